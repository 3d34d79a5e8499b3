//! What is wrong with the text of an expression.

use qudao_model::{Lint, Locale, Param, Params, Severity, codes};

use crate::limits::MAX_ISSUES;
use crate::loc::Loc;

/// Something wrong with, or remarkable about, the text of an expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExprIssue {
    /// The stable code, such as `expr.unknown_field`.
    pub code: &'static str,
    /// How grave. An error stops compilation.
    pub severity: Severity,
    /// Where, in bytes from the start of the text.
    pub offset: usize,
    /// How many bytes are concerned.
    pub length: usize,
    /// What the text speaks of. `at` is the position in characters, counted from 1.
    pub params: Params,
}

impl ExprIssue {
    pub(crate) fn error(code: &'static str, loc: Loc) -> Self {
        let length = loc.end.saturating_sub(loc.start);
        Self { code, severity: Severity::Error, offset: loc.start, length, params: Params::new() }
    }

    pub(crate) fn warning(code: &'static str, loc: Loc) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, loc) }
    }

    pub(crate) fn param(mut self, name: &str, value: impl Into<Param>) -> Self {
        self.params.insert(name.to_owned(), value.into());
        self
    }

    /// Adds the nearest of the valid words as parameter `suggestion`, where one is near.
    pub(crate) fn suggest<'a>(self, word: &str, valid: impl IntoIterator<Item = &'a str>) -> Self {
        match nearest(word, valid) {
            Some(near) => self.param("suggestion", near),
            None => self,
        }
    }

    /// The issue as a finding of a Blueprint: `path` is where the expression stands, as a JSON pointer.
    #[must_use]
    pub fn into_lint(self, path: &str) -> Lint {
        Lint {
            code: self.code,
            severity: self.severity,
            path: path.to_owned(),
            position: None,
            params: self.params,
        }
    }

    /// What is wrong, for a person.
    #[must_use]
    pub fn text(&self, locale: &Locale) -> String {
        codes::render(self.code, &self.params, locale)
    }

    /// What would fix it, for a person. Nothing where the advice is a suggestion and none is near.
    #[must_use]
    pub fn fix(&self, locale: &Locale) -> Option<String> {
        self.clone().into_lint("").fix(locale)
    }
}

/// The valid word nearest to a mistyped one, as everywhere in a Blueprint.
pub(crate) fn nearest<'a>(word: &str, valid: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let lint = Lint::error("expr.unknown_field", "").suggest(word, valid);
    lint.params.get("suggestion").map(|p| p.text(&Locale::en()))
}

/// Collects issues up to a bound.
#[derive(Debug, Default)]
pub(crate) struct Issues {
    list: Vec<ExprIssue>,
}

impl Issues {
    pub(crate) fn push(&mut self, issue: ExprIssue) {
        if !self.is_full() {
            self.list.push(issue);
        }
    }

    pub(crate) fn is_full(&self) -> bool {
        self.list.len() >= MAX_ISSUES
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// The issues by position, each with its `at`.
    pub(crate) fn finish(mut self, text: &str) -> Vec<ExprIssue> {
        self.list.sort_by(|a, b| (a.offset, a.length, a.code).cmp(&(b.offset, b.length, b.code)));
        for issue in &mut self.list {
            let at = text.get(..issue.offset).map_or(0, |before| before.chars().count());
            issue.params.insert("at".into(), Param::from(i64::try_from(at + 1).unwrap_or(i64::MAX)));
        }
        self.list
    }
}
