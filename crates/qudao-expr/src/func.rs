//! The functions of the language.

/// A function. Which arguments it takes is checked in `check::call`; what it answers is in `calls`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Func {
    Size,
    Lower,
    Upper,
    Trim,
    StartsWith,
    EndsWith,
    Contains,
    Matches,
    Abs,
    Min,
    Max,
    Sum,
    Round,
    Int,
    Decimal,
    Text,
    Bool,
    Money,
    Currency,
    Date,
    Instant,
    Duration,
    Days,
    DaysSince,
    Year,
    Month,
    Day,
    Weekday,
}

const ALL: [(Func, &str); 28] = [
    (Func::Size, "size"),
    (Func::Lower, "lower"),
    (Func::Upper, "upper"),
    (Func::Trim, "trim"),
    (Func::StartsWith, "startsWith"),
    (Func::EndsWith, "endsWith"),
    (Func::Contains, "contains"),
    (Func::Matches, "matches"),
    (Func::Abs, "abs"),
    (Func::Min, "min"),
    (Func::Max, "max"),
    (Func::Sum, "sum"),
    (Func::Round, "round"),
    (Func::Int, "int"),
    (Func::Decimal, "decimal"),
    (Func::Text, "string"),
    (Func::Bool, "bool"),
    (Func::Money, "money"),
    (Func::Currency, "currency"),
    (Func::Date, "date"),
    (Func::Instant, "instant"),
    (Func::Duration, "duration"),
    (Func::Days, "days"),
    (Func::DaysSince, "days_since"),
    (Func::Year, "year"),
    (Func::Month, "month"),
    (Func::Day, "day"),
    (Func::Weekday, "weekday"),
];

/// Functions and macros that take no value of their own type, for suggestions.
const SPECIAL: [&str; 10] =
    ["has", "changed", "now", "today", "exists", "all", "exists_one", "existsOne", "filter", "map"];

/// Names that people know from elsewhere.
const ALIASES: [(&str, &str); 22] = [
    ("len", "size"),
    ("length", "size"),
    ("count", "size"),
    ("any", "exists"),
    ("some", "exists"),
    ("every", "all"),
    ("isEmpty", "!has"),
    ("is_blank", "!has"),
    ("isBlank", "!has"),
    ("is_null", "!has"),
    ("isnull", "!has"),
    ("exists_at", "has"),
    ("timestamp", "instant"),
    ("datetime", "instant"),
    ("double", "decimal"),
    ("float", "decimal"),
    ("number", "decimal"),
    ("uint", "int"),
    ("text", "string"),
    ("str", "string"),
    ("lowerAscii", "lower"),
    ("upperAscii", "upper"),
];

impl Func {
    /// The function of a name.
    pub(crate) fn of(name: &str) -> Option<Self> {
        ALL.iter().find(|(_, n)| *n == name).map(|(f, _)| *f)
    }
}

/// The name that an unknown function may stand for.
pub(crate) fn similar(name: &str) -> Option<String> {
    if let Some((_, ours)) = ALIASES.iter().find(|(theirs, _)| theirs.eq_ignore_ascii_case(name)) {
        return Some((*ours).to_owned());
    }
    crate::issue::nearest(name, ALL.iter().map(|(_, n)| *n).chain(SPECIAL))
}
