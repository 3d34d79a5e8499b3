//! Locales and texts in several of them.

use std::collections::BTreeMap;
use std::fmt;

use schemars::{JsonSchema, Schema as JsonSchemaDoc, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

/// A language tag such as `en` or `zh-CN` (BCP 47). Unknown tags fall back to their language, then to English.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Locale(String);

impl Locale {
    /// Makes a locale of a tag. Any text is taken: an unknown one reads English.
    #[must_use]
    pub fn new(tag: impl Into<String>) -> Self {
        Self(tag.into().trim().replace('_', "-"))
    }

    /// English.
    #[must_use]
    pub fn en() -> Self {
        Self("en".into())
    }

    /// Simplified Chinese.
    #[must_use]
    pub fn zh() -> Self {
        Self("zh-CN".into())
    }

    /// The tag.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The language part of the tag, lower case: `zh` of `zh-CN`.
    #[must_use]
    pub fn language(&self) -> String {
        self.0.split('-').next().unwrap_or_default().to_ascii_lowercase()
    }

    /// True when the language is Chinese.
    #[must_use]
    pub fn is_chinese(&self) -> bool {
        self.language() == "zh"
    }
}

impl Default for Locale {
    fn default() -> Self {
        Self::en()
    }
}

impl fmt::Display for Locale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<&str> for Locale {
    fn from(tag: &str) -> Self {
        Self::new(tag)
    }
}

/// A text in one or several locales. In a Blueprint: a plain string, or a map from locale to text.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(untagged)]
pub enum LocalText {
    /// Not given.
    #[default]
    Empty,
    /// The same text in every locale.
    Plain(String),
    /// A text per locale.
    PerLocale(BTreeMap<String, String>),
}

impl LocalText {
    /// A text in English and Chinese.
    #[must_use]
    pub fn new(en: impl Into<String>, zh: impl Into<String>) -> Self {
        Self::PerLocale(BTreeMap::from([("en".into(), en.into()), ("zh-CN".into(), zh.into())]))
    }

    /// True when no text is given.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        match self {
            Self::Empty => true,
            Self::Plain(text) => text.is_empty(),
            Self::PerLocale(map) => map.is_empty(),
        }
    }

    /// The text for a locale: the same tag, else the same language, else English, else the first one.
    #[must_use]
    pub fn get(&self, locale: &Locale) -> Option<&str> {
        match self {
            Self::Empty => None,
            Self::Plain(text) => Some(text),
            Self::PerLocale(map) => map
                .get(locale.as_str())
                .or_else(|| {
                    let language = locale.language();
                    map.iter()
                        .find(|(tag, _)| Locale::new(tag.as_str()).language() == language)
                        .map(|(_, t)| t)
                })
                .or_else(|| map.get("en"))
                .or_else(|| map.values().next())
                .map(String::as_str),
        }
    }

    /// The text for a locale, or the fallback where none is given.
    #[must_use]
    pub fn get_or<'a>(&'a self, locale: &Locale, fallback: &'a str) -> &'a str {
        self.get(locale).unwrap_or(fallback)
    }
}

impl From<&str> for LocalText {
    fn from(text: &str) -> Self {
        Self::Plain(text.into())
    }
}

impl JsonSchema for LocalText {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "LocalText".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> JsonSchemaDoc {
        json_schema!({
            "description": "A text, or a map from locale (en, zh-CN) to text.",
            "anyOf": [
                {"type": "string"},
                {"type": "object", "additionalProperties": {"type": "string"}},
                {"type": "null"}
            ]
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn falls_back_by_language_then_english() {
        let text = LocalText::new("stage", "阶段");
        assert_eq!(text.get(&Locale::new("zh-TW")), Some("阶段"));
        assert_eq!(text.get(&Locale::new("zh_CN")), Some("阶段"));
        assert_eq!(text.get(&Locale::new("fr")), Some("stage"));
        assert_eq!(LocalText::Empty.get(&Locale::en()), None);
    }
}
