//! What the rules know of a field beside its declaration.

use std::sync::Arc;

use qudao_model::{FieldIx, FieldName, FieldType, LocalText, RuleId, Value};
use qudao_text::PlaceholderList;

use crate::format::Format;
use crate::normalise::Normaliser;

/// The only words that stand for a missing reference, beside signs and words of other scripts. A plain word such as
/// `test` may be the id of a record.
const NO_REFERENCE: [&str; 6] = ["null", "none", "nil", "nan", "na", "undefined"];

/// What the rules know of a field beside its declaration.
#[derive(Debug, Clone)]
pub(crate) struct FieldQuality {
    pub(crate) ix: FieldIx,
    pub(crate) name: FieldName,
    pub(crate) label: LocalText,
    pub(crate) ty: FieldType,
    /// The ids of the choices. A declared choice is never a placeholder.
    pub(crate) choices: Vec<String>,
    /// The texts that count as missing; none where only the engine writes the field.
    pub(crate) placeholders: Arc<PlaceholderList>,
    pub(crate) normaliser: Normaliser,
    /// The format that the field declares.
    pub(crate) format: Option<Format>,
    pub(crate) example: Option<String>,
    pub(crate) normalise_rule: RuleId,
    pub(crate) placeholder_rule: RuleId,
    /// The weight in the completeness score.
    pub(crate) weight: u32,
    /// The value says something about a person.
    pub(crate) personal: bool,
}

impl FieldQuality {
    /// True when a value counts as missing.
    pub(crate) fn is_missing(&self, value: &Value) -> bool {
        match value {
            Value::Missing => true,
            Value::Text(text) => self.is_missing_text(text),
            Value::Reference(id) => self.is_missing_id(id.as_str()),
            Value::List(items) => items.iter().all(|item| match item {
                Value::Text(text) => self.is_missing_text(text),
                other => *other == Value::Missing,
            }),
            _ => false,
        }
    }

    /// True when a text in place of an id counts as missing.
    pub(crate) fn is_missing_id(&self, id: &str) -> bool {
        let word = id.trim();
        let plain = word.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.'));
        let plain = plain && word.chars().any(|c| c.is_ascii_alphanumeric());
        if plain && !NO_REFERENCE.contains(&word.to_ascii_lowercase().as_str()) {
            return false;
        }
        qudao_text::is_missing(word, &self.placeholders)
    }

    pub(crate) fn is_missing_text(&self, text: &str) -> bool {
        if self.choices.iter().any(|c| c == text.trim()) {
            return false;
        }
        qudao_text::is_missing(text, &self.placeholders)
    }

    /// The value in the form in which equal values are equal: normalised and folded.
    pub(crate) fn folded(&self, value: &Value) -> String {
        if let (Some(format), Value::Text(text)) = (&self.format, value)
            && let Ok(standard) = format.normalise(text)
        {
            return qudao_text::fold(&standard);
        }
        match self.normaliser.value(value) {
            Value::Text(text) => qudao_text::fold(&text),
            Value::Decimal(d) => d.normalize().to_string(),
            Value::Money(m) => format!("{} {}", m.amount.normalize(), m.currency),
            Value::Instant(i) => i.micros().to_string(),
            Value::Duration(d) => d.micros().to_string(),
            Value::List(items) => {
                items.iter().map(|item| self.folded(item)).collect::<Vec<_>>().join("\u{1f}")
            }
            other => other.to_string(),
        }
    }
}
