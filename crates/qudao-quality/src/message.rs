//! What a person is told: texts in every language that the Blueprint speaks.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;

use qudao_model::{FieldIx, LocalText, Locale, Param, Violation};

use crate::quality::ObjectQuality;
use crate::rule::Rule;

/// The most choices that a message lists.
const MOST_CHOICES: usize = 20;

/// A text per locale: English, Chinese, and every other locale that one of the parts speaks.
pub(crate) fn per_locale<'a>(
    parts: impl IntoIterator<Item = &'a LocalText>,
    text: impl Fn(&Locale) -> String,
) -> LocalText {
    let mut tags: BTreeSet<&str> = BTreeSet::from(["en", "zh-CN"]);
    for part in parts {
        if let LocalText::PerLocale(map) = part {
            tags.extend(map.keys().map(String::as_str));
        }
    }
    let texts: BTreeMap<String, String> =
        tags.into_iter().map(|tag| (tag.to_owned(), text(&Locale::new(tag)))).collect();
    LocalText::PerLocale(texts)
}

/// Words in a row.
fn join(parts: &[LocalText], locale: &Locale) -> String {
    let words: Vec<&str> = parts.iter().map(|p| p.get_or(locale, "")).collect();
    words.join(if locale.is_chinese() { "、" } else { ", " })
}

/// The company's words for choices, in a row.
pub(crate) fn choice_words(labels: &[LocalText]) -> LocalText {
    let mut words: Vec<LocalText> = labels.iter().take(MOST_CHOICES).cloned().collect();
    if labels.len() > MOST_CHOICES {
        words.push(LocalText::from("…"));
    }
    per_locale(&words, |locale| join(&words, locale))
}

/// Every text of a word, in all its locales.
pub(crate) fn spellings(word: &LocalText) -> Vec<&str> {
    match word {
        LocalText::Empty => Vec::new(),
        LocalText::Plain(text) => vec![text],
        LocalText::PerLocale(map) => map.values().map(String::as_str).collect(),
    }
}

/// `at least 1`, `at most 10` or `between 1 and 10`.
pub(crate) fn limits(min: Option<&impl Display>, max: Option<&impl Display>) -> LocalText {
    match (min, max) {
        (Some(min), Some(max)) => {
            LocalText::new(format!("between {min} and {max}"), format!("介于 {min} 与 {max} 之间"))
        }
        (Some(min), None) => LocalText::new(format!("at least {min}"), format!("不小于 {min}")),
        (None, Some(max)) => LocalText::new(format!("at most {max}"), format!("不大于 {max}")),
        (None, None) => LocalText::Empty,
    }
}

/// `(did you mean X?)`, to stand at the end of advice; nothing where there is no suggestion.
pub(crate) fn suggestion_hint(suggestion: Option<&LocalText>) -> LocalText {
    suggestion.map_or(LocalText::Empty, |word| {
        per_locale([word], |locale| {
            let word = word.get_or(locale, "");
            if locale.is_chinese() {
                format!("（您是否想填“{word}”？）")
            } else {
                format!(" (did you mean {word}?)")
            }
        })
    })
}

/// `, for example X`, to stand at the end of advice.
pub(crate) fn example_hint(example: Option<&str>) -> LocalText {
    example.filter(|e| !e.trim().is_empty()).map_or(LocalText::Empty, |example| {
        LocalText::new(format!(", for example {example}"), format!("，例如 {example}"))
    })
}

impl Rule {
    /// A violation of this rule about these fields, with the company's own words.
    pub(crate) fn violation(
        &self,
        code: &'static str,
        object: &ObjectQuality,
        fields: &[FieldIx],
    ) -> Violation {
        let known: Vec<_> = fields.iter().filter_map(|ix| object.field(*ix)).collect();
        let label = match known.as_slice() {
            [one] => one.label.clone(),
            many => {
                let labels: Vec<LocalText> = many.iter().map(|f| f.label.clone()).collect();
                per_locale(&labels, |locale| join(&labels, locale))
            }
        };
        let mut violation = Violation::new(code, self.id.clone(), self.object.clone())
            .severity(self.severity)
            .param("field", Param::Text(label))
            .param("object", Param::Text(object.schema.label.clone()))
            .param("rule", self.id.as_str());
        violation.fields = known.into_iter().map(|f| f.name.clone()).collect();
        violation.text = self.message.clone();
        violation.fix = self.fix.clone();
        violation
    }
}
