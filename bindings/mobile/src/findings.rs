//! What a person is told about a record or a Blueprint.

use std::collections::HashMap;

use qudao::model::{self, Locale};
use rust_decimal::Decimal;

/// How grave a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// Passes, but somebody should look.
    Warning,
    /// Blocks.
    Error,
}

impl From<model::Severity> for Severity {
    fn from(severity: model::Severity) -> Self {
        match severity {
            model::Severity::Info => Self::Info,
            model::Severity::Warning => Self::Warning,
            model::Severity::Error => Self::Error,
        }
    }
}

/// One rule that a record does not meet.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Violation {
    /// The stable code, such as `field.required`.
    pub code: String,
    /// The rule.
    pub rule: String,
    /// The record's object.
    pub object: String,
    /// The record, where it has an id.
    pub record: Option<String>,
    /// The fields concerned.
    pub fields: Vec<String>,
    /// How grave.
    pub severity: Severity,
    /// What is wrong, in the session's locale.
    pub text: String,
    /// What would fix it, in the session's locale.
    pub fix: Option<String>,
    /// What the text speaks of, by name.
    pub params: HashMap<String, String>,
}

impl Violation {
    pub(crate) fn of(violation: &model::Violation, locale: &Locale) -> Self {
        Self {
            code: violation.code.to_string(),
            rule: violation.rule.to_string(),
            object: violation.object.to_string(),
            record: violation.record.as_ref().map(ToString::to_string),
            fields: violation.fields.iter().map(ToString::to_string).collect(),
            severity: violation.severity.into(),
            text: violation.text(locale),
            fix: violation.fix(locale),
            params: violation.params.iter().map(|(k, v)| (k.clone(), v.text(locale))).collect(),
        }
    }
}

/// Something wrong with, or remarkable about, a Blueprint.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Lint {
    /// The stable code.
    pub code: String,
    /// How grave.
    pub severity: Severity,
    /// Where in the document, as a JSON pointer.
    pub path: String,
    /// The line in the source, from 1, where it is known.
    pub line: Option<u32>,
    /// The column in the source, from 1, where it is known.
    pub column: Option<u32>,
    /// What is wrong.
    pub text: String,
    /// What would fix it.
    pub fix: Option<String>,
    /// The word that was probably meant.
    pub suggestion: Option<String>,
}

impl Lint {
    pub(crate) fn of(lint: &model::Lint, locale: &Locale) -> Self {
        Self {
            code: lint.code.to_owned(),
            severity: lint.severity.into(),
            path: lint.path.clone(),
            line: lint.position.map(|p| p.line),
            column: lint.position.map(|p| p.column),
            text: lint.text(locale),
            fix: lint.fix(locale),
            suggestion: suggestion(&lint.params),
        }
    }
}

/// The word that was probably meant, where there is one.
pub(crate) fn suggestion(params: &model::Params) -> Option<String> {
    params.get("suggestion").map(|p| p.text(&Locale::en()))
}

/// How one field of two records compares.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct FieldEvidence {
    /// The field.
    pub field: String,
    /// The value of the record asked about; none where the caller may not see it.
    pub left: Option<String>,
    /// The value of the other record; none where the caller may not see it.
    pub right: Option<String>,
    /// `exact`, `high`, `medium`, `low`, `different` or `missing`.
    pub level: String,
    /// How frequent what both share is, where that was learned.
    pub frequency: Option<Frequency>,
    /// The weight of evidence, in bits.
    pub weight: Decimal,
    /// The sum so far, prior included.
    pub total: Decimal,
}

/// How frequent something is that two values share. With neither number it is rare.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Frequency {
    /// `value`, or `word` of names that differ.
    pub of: String,
    /// At most so many rows hold it.
    pub at_most: Option<u32>,
    /// More than so many rows hold it.
    pub more_than: Option<u32>,
}

/// A record that may be the same.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Duplicate {
    /// The duplicate rule.
    pub rule: String,
    /// `block`, `warn` or `report`.
    pub action: String,
    /// The object of the other record.
    pub object: String,
    /// The other record; none where the caller may not learn which.
    pub record: Option<String>,
    /// The probability that both are the same; none where the caller may not learn it.
    pub probability: Option<Decimal>,
    /// Field by field; empty where the caller may not see it.
    pub evidence: Vec<FieldEvidence>,
    /// What the caller is told about a record that he may not see.
    pub disclosure: Option<String>,
}

impl From<model::FieldEvidence> for FieldEvidence {
    fn from(e: model::FieldEvidence) -> Self {
        Self {
            field: e.field.to_string(),
            left: e.left,
            right: e.right,
            level: e.level,
            frequency: e.frequency.map(|f| Frequency {
                of: f.of.as_str().to_owned(),
                at_most: f.at_most,
                more_than: f.more_than,
            }),
            weight: e.weight,
            total: e.total,
        }
    }
}

impl From<model::DuplicateFinding> for Duplicate {
    fn from(found: model::DuplicateFinding) -> Self {
        Self {
            rule: found.rule.to_string(),
            action: found.action,
            object: found.object.to_string(),
            record: found.record.map(|r| r.to_string()),
            probability: found.probability,
            evidence: found.evidence.into_iter().map(Into::into).collect(),
            disclosure: found.disclosure,
        }
    }
}
