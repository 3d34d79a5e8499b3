//! What is wrong with the text of an expression.

use qudao_model::{Lint, Locale, Param, Params, Severity, codes};

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
    pub(crate) fn new(code: &'static str, severity: Severity, offset: usize, length: usize) -> Self {
        Self { code, severity, offset, length, params: Params::new() }
    }

    pub(crate) fn param(mut self, name: &str, value: impl Into<Param>) -> Self {
        self.params.insert(name.to_owned(), value.into());
        self
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
