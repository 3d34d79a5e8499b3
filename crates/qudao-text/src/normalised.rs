//! The answer of a normaliser: the clean value and what was changed to reach it.

use serde::{Deserialize, Serialize};

/// One kind of change made by a normaliser.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Change {
    /// White space at the ends was removed.
    Trimmed,
    /// White space inside was collapsed or removed.
    Spaces,
    /// Full-width characters became half-width.
    Width,
    /// Letters changed case.
    Case,
    /// Punctuation was unified or removed.
    Punctuation,
    /// Invisible or control characters were removed.
    Invisible,
    /// Traditional Chinese became simplified.
    Traditional,
    /// The value was rewritten to its standard format, such as E.164 or ISO 8601.
    Format,
}

impl Change {
    /// The stable name of the change.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Trimmed => "trimmed",
            Self::Spaces => "spaces",
            Self::Width => "width",
            Self::Case => "case",
            Self::Punctuation => "punctuation",
            Self::Invisible => "invisible",
            Self::Traditional => "traditional",
            Self::Format => "format",
        }
    }
}

/// A normalised value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Normalised {
    /// The clean value.
    pub value: String,
    /// Whether the value differs from the input.
    pub changed: bool,
    /// What was changed, without repetition, in a fixed order; empty when nothing was.
    pub notes: Vec<Change>,
}

impl Normalised {
    /// Wraps a clean value and works out what differs from the input.
    #[must_use]
    pub fn new(input: &str, value: String) -> Self {
        let changed = input != value;
        let notes = if changed { differences(input, &value) } else { Vec::new() };
        Self { value, changed, notes }
    }

    /// Wraps a value rewritten to a standard format; [`Change::Format`] is noted when more than the
    /// surroundings changed.
    #[must_use]
    pub(crate) fn formatted(input: &str, value: String) -> Self {
        let mut out = Self::new(input, value);
        if out.changed && input.trim() != out.value && !out.notes.contains(&Change::Format) {
            out.notes.push(Change::Format);
        }
        out
    }
}

/// Names the differences between an input and its clean form by the characters that went away.
fn differences(input: &str, value: &str) -> Vec<Change> {
    use crate::fold;
    let mut notes = Vec::new();
    let trimmed = input.trim();
    if trimmed.len() != input.len() {
        notes.push(Change::Trimmed);
    }
    if trimmed == value {
        return notes;
    }
    let count = |s: &str, f: fn(char) -> bool| s.chars().filter(|c| f(*c)).count();
    if count(trimmed, char::is_whitespace) != count(value, char::is_whitespace)
        || count(trimmed, |c| c.is_whitespace() && c != ' ')
            != count(value, |c| c.is_whitespace() && c != ' ')
    {
        notes.push(Change::Spaces);
    }
    if count(trimmed, fold::is_full_width) != count(value, fold::is_full_width) {
        notes.push(Change::Width);
    }
    let lower = |s: &str| count(s, char::is_lowercase);
    let upper = |s: &str| count(s, char::is_uppercase);
    if upper(trimmed) != upper(value) && lower(trimmed) != lower(value) {
        notes.push(Change::Case);
    }
    let marks = |c: char| !c.is_alphanumeric() && !c.is_whitespace() && !fold::is_invisible(c);
    if trimmed.chars().filter(|c| marks(*c)).ne(value.chars().filter(|c| marks(*c))) {
        notes.push(Change::Punctuation);
    }
    if trimmed.chars().any(fold::is_invisible) {
        notes.push(Change::Invisible);
    }
    if trimmed.chars().any(fold::is_han)
        && count(trimmed, fold::is_traditional) != count(value, fold::is_traditional)
    {
        notes.push(Change::Traditional);
    }
    if notes.is_empty() {
        notes.push(Change::Format);
    }
    notes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unchanged_has_no_notes() {
        let n = Normalised::new("华为", "华为".to_owned());
        assert!(!n.changed);
        assert!(n.notes.is_empty());
    }

    #[test]
    fn names_what_changed() {
        let notes = |a: &str, b: &str| Normalised::new(a, b.to_owned()).notes;
        assert_eq!(notes(" a ", "a"), [Change::Trimmed]);
        assert_eq!(notes("a  b", "a b"), [Change::Spaces]);
        assert_eq!(notes("ＡＢ", "AB"), [Change::Width]);
        assert_eq!(notes("AB", "ab"), [Change::Case]);
        assert_eq!(notes("a—b", "a-b"), [Change::Punctuation]);
        assert_eq!(notes("a\u{200b}b", "ab"), [Change::Invisible]);
        assert_eq!(notes("1", "2"), [Change::Format]);
    }

    #[test]
    fn codes_match_the_serialised_names() {
        for c in [Change::Trimmed, Change::Width, Change::Traditional, Change::Format] {
            assert_eq!(serde_json::to_value(c).unwrap(), c.code());
        }
    }
}
