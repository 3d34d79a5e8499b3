//! What a rule asks of the person who enters data, in words.

use qudao_model::{LocalText, Locale, Operation};

use crate::message::{choice_words, limits, per_locale};
use crate::rule::{Kind, Rule, TypeScope};

impl Rule {
    /// What the rule asks, for a page that people learn from.
    #[must_use]
    pub fn requirement(&self) -> LocalText {
        match &self.kind {
            Kind::Required { when: None, .. } => LocalText::new("required", "必填"),
            Kind::Required { when: Some(when), .. } => LocalText::new(
                format!("required where {}", when.text()),
                format!("满足条件时必填：{}", when.text()),
            ),
            Kind::Format { format, .. } => format.label(),
            Kind::Length { min, max, .. } => {
                let limits = limits(min.as_ref(), max.as_ref());
                framed(&limits, |l| format!("{l} characters"), |l| format!("字数{l}"))
            }
            Kind::Range { min, max, .. } => limits(min.as_ref(), max.as_ref()),
            Kind::Choice { labels, .. } => {
                framed(&choice_words(labels), |c| format!("one of: {c}"), |c| format!("可选：{c}"))
            }
            Kind::Pattern { regex, .. } => {
                LocalText::new(format!("of the form {regex}"), format!("须符合格式 {regex}"))
            }
            Kind::Reference { label, .. } => {
                framed(label, |l| format!("an existing record of {l}"), |l| format!("须为已有的{l}"))
            }
            Kind::Unique { .. } => LocalText::new("no other record holds the same", "不得与其他记录重复"),
            Kind::Check(program) => LocalText::new(
                format!("it must hold: {}", program.text()),
                format!("须满足：{}", program.text()),
            ),
        }
    }

    /// The condition under which the rule runs, in the rule language, beside its types; none where there is none.
    #[must_use]
    pub fn condition(&self) -> Option<String> {
        let types = match &self.scope.types {
            Some(TypeScope::Parent(program)) => Some(program.text()),
            _ => None,
        };
        let parts: Vec<&str> =
            types.into_iter().chain(self.scope.when.as_ref().map(qudao_expr::Program::text)).collect();
        (!parts.is_empty()).then(|| parts.join(" && "))
    }

    /// The types of the record for which the rule runs, by id; empty for all.
    #[must_use]
    pub fn types(&self) -> &[String] {
        match &self.scope.types {
            Some(TypeScope::Own { types, .. }) => types,
            _ => &[],
        }
    }

    /// The ways by which records come or change on which the rule runs; empty for all.
    #[must_use]
    pub fn operations(&self) -> &[Operation] {
        &self.scope.operations
    }

    /// A value that meets the rule, where one is known.
    #[must_use]
    pub fn example(&self) -> Option<&str> {
        match &self.kind {
            Kind::Format { format, .. } => Some(format.example()),
            _ => None,
        }
    }

    /// True for a rule that asks for a value without any condition.
    #[must_use]
    pub fn always_requires(&self) -> bool {
        matches!(&self.kind, Kind::Required { when: None, .. }) && self.scope.is_open()
    }

    /// What to do, in the company's own words, where it gives any.
    #[must_use]
    pub fn advice(&self) -> &LocalText {
        &self.fix
    }
}

fn framed(text: &LocalText, en: impl Fn(&str) -> String, zh: impl Fn(&str) -> String) -> LocalText {
    per_locale([text], |locale: &Locale| {
        let word = text.get_or(locale, "");
        if locale.is_chinese() { zh(word) } else { en(word) }
    })
}
