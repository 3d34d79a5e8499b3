//! Bringing values into their normal form.

use std::sync::Arc;

use qudao_model::{FieldDef, FieldName, FieldType, Record, Value};

use crate::Normalisation;
use crate::field::FieldQuality;
use crate::format::Format;
use crate::quality::Quality;

/// The names of the normalisers, for suggestions.
pub(crate) const NAMES: [&str; 15] = [
    "trim",
    "company_name",
    "person_name",
    "address",
    "phone(CN)",
    "email",
    "url",
    "domain",
    "date",
    "date(dmy)",
    "amount",
    "uscc",
    "upper",
    "lower",
    "none",
];

/// Texts longer than this, in bytes, are trimmed and otherwise left as they are.
const LONGEST: usize = 4_096;

/// How a value is brought into its normal form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Normaliser {
    /// The value stays as it is.
    None,
    /// White space at both ends goes.
    Trim,
    /// A company's name, cleaned for display.
    CompanyName,
    /// A person's name, cleaned for display.
    PersonName,
    /// An address, cleaned; a Chinese one with its upper levels filled in.
    Address,
    /// The standard form of a format.
    Format(Format),
    /// Upper case.
    Upper,
    /// Lower case.
    Lower,
    /// The id of the choice whose id or word was entered: folded spellings and their ids.
    Choice(Arc<[(String, String)]>),
}

impl Normaliser {
    /// The normaliser of a choice field: every id, and every word that names one choice only.
    pub(crate) fn choices(def: &FieldDef) -> Self {
        let mut spellings: Vec<(String, String)> = Vec::new();
        for choice in &def.spec.choices {
            let label = choice.label();
            for word in crate::message::spellings(&label).into_iter().chain([choice.id()]) {
                spellings.push((qudao_text::fold(word), choice.id().to_owned()));
            }
        }
        spellings.sort();
        spellings.dedup();
        let ambiguous: Vec<String> = spellings
            .windows(2)
            .filter(|w| matches!(w, [a, b] if a.0 == b.0))
            .filter_map(|w| w.first())
            .map(|s| s.0.clone())
            .collect();
        spellings.retain(|s| !s.0.is_empty() && !ambiguous.contains(&s.0));
        Self::Choice(spellings.into())
    }

    /// The normal form of a text; `None` where it has none.
    pub(crate) fn text(&self, text: &str) -> Option<String> {
        if text.len() > LONGEST && !matches!(self, Self::None) {
            return Some(trim(text).to_owned());
        }
        match self {
            Self::None => Some(text.to_owned()),
            Self::Trim => Some(trim(text).to_owned()),
            Self::CompanyName => Some(qudao_text::normalise_company(text).value),
            Self::PersonName => Some(qudao_text::normalise_person(text).value),
            Self::Address => Some(qudao_text::complete_address(text).value),
            Self::Format(format) => format.normalise(text).ok(),
            Self::Upper => Some(trim(text).to_uppercase()),
            Self::Lower => Some(trim(text).to_lowercase()),
            Self::Choice(spellings) => {
                let folded = qudao_text::fold(text);
                let at = spellings.binary_search_by(|s| s.0.as_str().cmp(&folded)).ok()?;
                spellings.get(at).map(|s| s.1.clone())
            }
        }
    }

    /// The normal form of a value.
    pub(crate) fn value(&self, value: &Value) -> Value {
        match value {
            Value::Text(text) => match self.text(text) {
                Some(normal) if *normal != **text => Value::text(normal),
                _ => value.clone(),
            },
            Value::List(items) => {
                let normal: Vec<Value> = items.iter().map(|item| self.value(item)).collect();
                if normal[..] == items[..] { value.clone() } else { Value::list(normal) }
            }
            other => other.clone(),
        }
    }
}

/// True when trimming changes nothing.
#[inline]
pub(crate) fn is_trimmed(text: &str) -> bool {
    match text.as_bytes() {
        [a, .., b] if a.is_ascii_graphic() & b.is_ascii_graphic() => true,
        _ => trim(text).len() == text.len(),
    }
}

fn trim(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || matches!(c, '\u{feff}' | '\u{200b}'))
}

/// True for the types whose values a normaliser may change.
pub(crate) fn takes_text(ty: &FieldType) -> bool {
    match ty {
        FieldType::Text => true,
        FieldType::List(item) => **item == FieldType::Text,
        _ => false,
    }
}

impl Quality {
    /// Brings the values of a record into their normal form, and says what changed. A placeholder becomes a missing
    /// value. What has no normal form stays as it is: checking finds it.
    ///
    /// With `fields`, only these are touched. Doing it twice changes nothing the second time.
    pub fn normalise(&self, record: &mut Record, fields: Option<&[FieldName]>) -> Vec<Normalisation> {
        let mut done = Vec::new();
        let Some(object) = self.object(record.object()) else { return done };
        for field in &object.fields {
            if fields.is_some_and(|wanted| !wanted.contains(&field.name)) {
                continue;
            }
            let before = record.at(field.ix).clone();
            if before == Value::Missing {
                continue;
            }
            let (after, rule) = normal_form(field, &before);
            if after != before && record.set_at(field.ix, after.clone()) {
                done.push(Normalisation { field: field.name.clone(), rule: rule.clone(), before, after });
            }
        }
        done
    }
}

fn normal_form<'a>(field: &'a FieldQuality, value: &Value) -> (Value, &'a qudao_model::RuleId) {
    if field.is_missing(value) {
        return (Value::Missing, &field.placeholder_rule);
    }
    let after = field.normaliser.value(value);
    if field.is_missing(&after) {
        (Value::Missing, &field.placeholder_rule)
    } else {
        (after, &field.normalise_rule)
    }
}
