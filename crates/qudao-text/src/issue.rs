//! Why a value could not be normalised: a finding with a stable code.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Serialize, Serializer};

macro_rules! issue_kinds {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $text:literal;)*) => {
        /// Every reason why a value cannot be normalised.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum IssueKind {
            $($(#[$doc])* $name,)*
        }

        impl IssueKind {
            /// Every kind, in the order of declaration.
            pub const ALL: &'static [IssueKind] = &[$(IssueKind::$name,)*];

            /// The stable dotted code.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            /// A short English text; `{name}` stands for a parameter.
            #[must_use]
            pub const fn template(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }
        }
    };
}

issue_kinds! {
    /// The input is empty or white space.
    Empty = "text.empty", "the value is empty";
    /// The input is longer than the normaliser reads.
    TooLong = "text.too_long", "longer than {max} bytes";

    /// The phone number has too few digits for its country.
    PhoneTooShort = "phone.too_short", "too few digits for a phone number of {region}";
    /// The phone number has too many digits.
    PhoneTooLong = "phone.too_long", "too many digits for a phone number of {region}";
    /// There is something in the value that no phone number holds.
    PhoneCharacter = "phone.character", "a phone number holds only digits and + - ( ) . /";
    /// The number does not exist in the numbering plan of its country.
    PhoneInvalid = "phone.invalid", "not a phone number of the numbering plan of {region}";
    /// The calling code is not assigned to a country.
    PhoneCountry = "phone.country", "unknown country calling code";
    /// An obvious stand-in such as 12345678.
    PhonePlaceholder = "phone.placeholder", "a stand-in instead of a phone number";
    /// The value holds several phone numbers.
    PhoneMultiple = "phone.multiple", "more than one phone number";
    /// The region given for national numbers is not an ISO 3166 code with a numbering plan.
    PhoneRegion = "phone.region", "unknown region {region}";
    /// The build has no phone metadata.
    PhoneUnsupported = "phone.unsupported", "this build has no phone metadata";

    /// There is no at sign.
    EmailNoAt = "email.no_at", "no @ in the e-mail address";
    /// There are several addresses or several at signs.
    EmailMultiple = "email.multiple", "more than one e-mail address";
    /// Nothing stands before the at sign.
    EmailNoUser = "email.no_user", "nothing before the @";
    /// The part before the at sign is malformed.
    EmailUser = "email.user", "the part before the @ is malformed";
    /// The part before the at sign is too long.
    EmailUserTooLong = "email.user_too_long", "more than {max} bytes before the @";
    /// The domain is malformed.
    EmailDomain = "email.domain", "the domain after the @ is malformed";
    /// The domain has no dot.
    EmailNoDot = "email.no_dot", "no dot in the domain after the @";

    /// The scheme is neither http nor https.
    UrlScheme = "url.scheme", "a web address starts with http:// or https://";
    /// The host is malformed.
    UrlHost = "url.host", "the host name is malformed";
    /// The address carries a user name or a password.
    UrlCredentials = "url.credentials", "a web address must not carry a user name or a password";
    /// The address holds white space.
    UrlSpace = "url.space", "a web address holds no space";

    /// The text is no date.
    DateUnrecognised = "date.unrecognised", "not a date";
    /// The text fits none of the declared formats.
    DateFormat = "date.format", "fits none of the declared formats ({formats})";
    /// A declared format is itself malformed.
    DateBadFormat = "date.bad_format", "the declared format {format} is malformed";
    /// The day does not exist.
    DateImpossible = "date.impossible", "no such day or time exists";
    /// Day and month can be read in more than one order.
    DateAmbiguous = "date.ambiguous", "can be read as {readings}";
    /// A part of the date is missing.
    DateIncomplete = "date.incomplete", "year, month or day is missing";
    /// The year is outside 1000 to 9999.
    DateOutOfRange = "date.out_of_range", "the year is outside 1000 to 9999";

    /// The text is no number.
    NumberUnrecognised = "number.unrecognised", "not a number";
    /// Not a number, infinity or a spreadsheet error.
    NumberNotFinite = "number.not_finite", "not a finite number";
    /// The number is too large.
    NumberOverflow = "number.overflow", "larger than {max}";
    /// The number has more digits than can be kept exactly.
    NumberPrecision = "number.precision", "more than {digits} digits";
    /// The separators do not stand between groups of digits.
    NumberGrouping = "number.grouping", "the separators do not stand between groups of three digits";

    /// The code has not 18 characters.
    UsccLength = "uscc.length", "{actual} characters instead of {expected}";
    /// A character outside of the alphabet.
    UsccCharacter = "uscc.character", "character {position} is not a digit or a letter of the alphabet";
    /// One of the letters I, O, S, V, Z, which the standard leaves out.
    UsccLetter = "uscc.letter", "character {position} is {letter}, which the standard leaves out; perhaps {digit} is meant";
    /// The check character is wrong.
    UsccCheckCharacter = "uscc.check_character", "the check character is wrong";
    /// A registration number of 15 digits from before 2015.
    UsccOldNumber = "uscc.old_number", "a registration number of {actual} digits from before 2015";
    /// An obvious stand-in such as eighteen zeros.
    UsccPlaceholder = "uscc.placeholder", "a stand-in instead of a code";
}

impl Serialize for IssueKind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

/// A finding: why a value could not be normalised, and what would fix it.
///
/// The parameters never hold the value or a part of it that could identify a person.
///
/// ```
/// let issue = qudao_text::parse_uscc("91110000").unwrap_err();
/// assert_eq!(issue.code(), "uscc.length");
/// assert_eq!(issue.param("expected"), Some("18"));
/// assert_eq!(issue.to_string(), "8 characters instead of 18");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NormaliseIssue {
    #[serde(rename = "code")]
    kind: IssueKind,
    params: BTreeMap<&'static str, String>,
}

impl NormaliseIssue {
    /// A finding without parameters.
    #[must_use]
    pub fn new(kind: IssueKind) -> Self {
        Self { kind, params: BTreeMap::new() }
    }

    /// Adds a parameter.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl ToString) -> Self {
        self.params.insert(name, value.to_string());
        self
    }

    /// The kind of finding.
    #[must_use]
    pub fn kind(&self) -> IssueKind {
        self.kind
    }

    /// The stable dotted code, such as `phone.too_short`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.kind.code()
    }

    /// The parameters, by name.
    #[must_use]
    pub fn params(&self) -> &BTreeMap<&'static str, String> {
        &self.params
    }

    /// One parameter.
    #[must_use]
    pub fn param(&self, name: &str) -> Option<&str> {
        self.params.get(name).map(String::as_str)
    }
}

impl From<IssueKind> for NormaliseIssue {
    fn from(kind: IssueKind) -> Self {
        Self::new(kind)
    }
}

impl fmt::Display for NormaliseIssue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.kind.template();
        while let Some((before, after)) = rest.split_once('{') {
            f.write_str(before)?;
            let Some((name, tail)) = after.split_once('}') else { return f.write_str(after) };
            f.write_str(self.param(name).unwrap_or("…"))?;
            rest = tail;
        }
        f.write_str(rest)
    }
}

impl std::error::Error for NormaliseIssue {}

/// Trims an input and refuses one that is empty or too long to be a value of its kind.
pub(crate) fn bounded(input: &str) -> Result<&str, NormaliseIssue> {
    let trimmed = input.trim_matches(|c: char| c.is_whitespace() || crate::fold::is_invisible(c));
    if trimmed.is_empty() {
        Err(IssueKind::Empty.into())
    } else if trimmed.len() > crate::MAX_INPUT {
        Err(NormaliseIssue::new(IssueKind::TooLong).with("max", crate::MAX_INPUT))
    } else {
        Ok(trimmed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_dotted() {
        let mut codes: Vec<_> = IssueKind::ALL.iter().map(|k| k.code()).collect();
        codes.sort_unstable();
        for pair in codes.windows(2) {
            assert_ne!(pair[0], pair[1]);
        }
        assert!(codes.iter().all(|c| c.split('.').count() == 2));
        insta::assert_yaml_snapshot!(codes);
    }

    #[test]
    fn shows_parameters() {
        let issue = NormaliseIssue::new(IssueKind::TooLong).with("max", 10);
        assert_eq!(issue.to_string(), "longer than 10 bytes");
        assert_eq!(NormaliseIssue::new(IssueKind::TooLong).to_string(), "longer than … bytes");
        assert_eq!(
            serde_json::to_string(&issue).unwrap(),
            r#"{"code":"text.too_long","params":{"max":"10"}}"#
        );
    }

    #[test]
    fn bounds_inputs() {
        assert_eq!(bounded(" \u{feff}a\u{200b} ").unwrap(), "a");
        assert_eq!(bounded(" \t\u{3000}").unwrap_err().code(), "text.empty");
        assert_eq!(bounded(&"x".repeat(1_000_000)).unwrap_err().code(), "text.too_long");
    }
}
