//! Findings: what a person is told about a record ([`Violation`]) or a Blueprint ([`Lint`]).

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::codes;
use crate::document::Position;
use crate::{FieldName, LocalText, Locale, ObjectName, RecordId, RuleId, Value};

/// How grave a finding is.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Default,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// Passes, but somebody should look.
    Warning,
    /// Blocks.
    #[default]
    Error,
}

impl Severity {
    /// The name, as a Blueprint writes it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A parameter of a finding's text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Param {
    /// A value.
    Value(Value),
    /// A word with a text per locale, such as a field's label.
    Text(LocalText),
}

impl Param {
    /// The parameter as text in a locale.
    #[must_use]
    pub fn text(&self, locale: &Locale) -> String {
        match self {
            Self::Value(value) => value.to_string(),
            Self::Text(text) => text.get_or(locale, "").to_owned(),
        }
    }
}

impl<T: Into<Value>> From<T> for Param {
    fn from(value: T) -> Self {
        Self::Value(value.into())
    }
}

/// Parameters by name, in a fixed order.
pub type Params = BTreeMap<String, Param>;

/// One rule that a record does not meet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Violation {
    /// The stable code, such as `field.required`.
    pub code: Cow<'static, str>,
    /// The rule.
    pub rule: RuleId,
    /// The record's object.
    pub object: ObjectName,
    /// The record, where it has an id.
    pub record: Option<RecordId>,
    /// The fields concerned.
    pub fields: Vec<FieldName>,
    /// How grave.
    pub severity: Severity,
    /// What the text speaks of. Holds no personal data.
    pub params: Params,
    /// The company's own text, where the Blueprint gives one.
    #[serde(default, skip_serializing_if = "LocalText::is_empty")]
    pub text: LocalText,
    /// The company's own advice, where the Blueprint gives one.
    #[serde(default, skip_serializing_if = "LocalText::is_empty")]
    pub fix: LocalText,
}

impl Violation {
    /// A violation with no fields and no parameters yet.
    #[must_use]
    pub fn new(code: &'static str, rule: RuleId, object: ObjectName) -> Self {
        Self {
            code: Cow::Borrowed(code),
            rule,
            object,
            record: None,
            fields: Vec::new(),
            severity: Severity::Error,
            params: Params::new(),
            text: LocalText::Empty,
            fix: LocalText::Empty,
        }
    }

    /// Adds a field.
    #[must_use]
    pub fn field(mut self, field: FieldName) -> Self {
        self.fields.push(field);
        self
    }

    /// Adds a parameter.
    #[must_use]
    pub fn param(mut self, name: &str, value: impl Into<Param>) -> Self {
        self.params.insert(name.to_owned(), value.into());
        self
    }

    /// Sets the severity.
    #[must_use]
    pub fn severity(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }

    /// Sets the record.
    #[must_use]
    pub fn record(mut self, record: RecordId) -> Self {
        self.record = Some(record);
        self
    }

    /// What is wrong, for a person.
    #[must_use]
    pub fn text(&self, locale: &Locale) -> String {
        match self.text.get(locale) {
            Some(own) => codes::render_template(own, &self.params, locale),
            None => codes::render(&self.code, &self.params, locale),
        }
    }

    /// What would fix it, for a person.
    #[must_use]
    pub fn fix(&self, locale: &Locale) -> Option<String> {
        match self.fix.get(locale) {
            Some(own) => Some(codes::render_template(own, &self.params, locale)),
            None => codes::render_fix(&self.code, &self.params, locale),
        }
    }
}

/// Something wrong with, or remarkable about, a Blueprint. An error stops compilation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Lint {
    /// The stable code.
    pub code: &'static str,
    /// How grave.
    pub severity: Severity,
    /// Where in the document, as a JSON pointer: `/processes/project_sale/stages/2/entry`.
    pub path: String,
    /// Line and column in the source, where it is known.
    pub position: Option<Position>,
    /// What the text speaks of.
    pub params: Params,
}

impl Lint {
    /// An error at a path.
    #[must_use]
    pub fn error(code: &'static str, path: impl Into<String>) -> Self {
        Self { code, severity: Severity::Error, path: path.into(), position: None, params: Params::new() }
    }

    /// A warning at a path.
    #[must_use]
    pub fn warning(code: &'static str, path: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, path) }
    }

    /// Adds a parameter.
    #[must_use]
    pub fn param(mut self, name: &str, value: impl Into<Param>) -> Self {
        self.params.insert(name.to_owned(), value.into());
        self
    }

    /// Adds the nearest of the valid words as parameter `suggestion`, where one is near.
    #[must_use]
    pub fn suggest<'a>(self, word: &str, valid: impl IntoIterator<Item = &'a str>) -> Self {
        match nearest(word, valid) {
            Some(near) => {
                let near = near.to_owned();
                self.param("suggestion", near)
            }
            None => self,
        }
    }

    /// Puts `prefix` before the path.
    #[must_use]
    pub fn within(mut self, prefix: &str) -> Self {
        self.path.insert_str(0, prefix);
        self
    }

    /// What is wrong, for a person.
    #[must_use]
    pub fn text(&self, locale: &Locale) -> String {
        codes::render(self.code, &self.params, locale)
    }

    /// What would fix it, for a person. Nothing where the advice is a suggestion and none is near.
    #[must_use]
    pub fn fix(&self, locale: &Locale) -> Option<String> {
        let info = codes::lookup(self.code)?;
        if info.fix_en.contains("{suggestion}") && !self.params.contains_key("suggestion") {
            return None;
        }
        codes::render_fix(self.code, &self.params, locale)
    }
}

/// The valid word nearest to a mistyped one: at most a third of its letters differ, or one begins with the other.
/// Ties go to the first in alphabetical order.
pub(crate) fn nearest<'a>(word: &str, valid: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let plain =
        |t: &str| t.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect::<String>();
    let wanted = plain(word);
    if wanted.is_empty() || wanted.len() > 200 {
        return None;
    }
    let limit = (wanted.chars().count() / 3).max(1);
    valid
        .into_iter()
        .map(|candidate| (candidate, plain(candidate)))
        .map(|(candidate, bare)| {
            let begins = bare.len() >= 3
                && wanted.len() >= 3
                && (wanted.starts_with(&bare) || bare.starts_with(&wanted));
            let distance = strsim::damerau_levenshtein(&wanted, &bare);
            (if begins { distance.min(limit) } else { distance }, candidate)
        })
        .filter(|(distance, _)| *distance <= limit)
        .min()
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nearest_word() {
        assert_eq!(nearest("requried", ["required", "unique"]), Some("required"));
        assert_eq!(nearest("taxId", ["tax_id", "phone"]), Some("tax_id"));
        assert_eq!(nearest("zebra", ["required", "unique"]), None);
        assert_eq!(nearest("", ["a"]), None);
    }

    #[test]
    fn violations_speak_both_languages() {
        let v =
            Violation::new("value.too_long", RuleId::new("r").unwrap(), ObjectName::new("account").unwrap())
                .param("field", Param::Text(LocalText::new("Name", "名称")))
                .param("max", 10_i64);
        assert_eq!(v.text(&Locale::en()), "Name: longer than 10 characters");
        assert_eq!(v.text(&Locale::zh()), "名称：超过 10 个字符");
        assert_eq!(v.fix(&Locale::en()).as_deref(), Some("shorten the text to 10 characters"));
    }
}
