//! Words of the program in English and Chinese.

use qudao::prelude::Locale;
use serde::Serialize;

/// A text in English and Chinese.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub(crate) struct Bi {
    /// English.
    pub(crate) en: String,
    /// Chinese.
    pub(crate) zh: String,
}

impl Bi {
    /// A text in both languages.
    pub(crate) fn new(en: impl Into<String>, zh: impl Into<String>) -> Self {
        Self { en: en.into(), zh: zh.into() }
    }

    /// The same text in both.
    pub(crate) fn same(text: impl Into<String>) -> Self {
        let text = text.into();
        Self { en: text.clone(), zh: text }
    }

    /// A text that is made per locale.
    pub(crate) fn of(make: impl Fn(&Locale) -> String) -> Self {
        Self { en: make(&Locale::en()), zh: make(&Locale::zh()) }
    }
}

/// The word for a locale.
pub(crate) fn word<'a>(locale: &Locale, en: &'a str, zh: &'a str) -> &'a str {
    if locale.is_chinese() { zh } else { en }
}

/// A text with its advice in brackets, where there is any.
pub(crate) fn advised(locale: &Locale, text: &str, advice: Option<&str>) -> String {
    match advice {
        None => text.to_owned(),
        Some(advice) if locale.is_chinese() => format!("{text}（{advice}）"),
        Some(advice) => format!("{text} ({advice})"),
    }
}
