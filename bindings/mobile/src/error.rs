//! The one error type of the binding.

use qudao::model::Locale;

use crate::findings::{Lint, suggestion};

/// Why a call did not give an answer. A refusal by a rule is not an error: it is a decision.
#[derive(Debug, thiserror::Error, uniffi::Error)]
#[non_exhaustive]
pub enum QudaoError {
    /// A value handed over does not fit; nothing was done.
    #[error("{detail}")]
    Argument {
        /// Stable dotted code.
        code: String,
        /// What happened, for a person.
        detail: String,
        /// The word that was probably meant.
        suggestion: Option<String>,
    },
    /// A Blueprint with errors; all of them.
    #[error("{detail}")]
    Blueprint {
        /// Stable dotted code.
        code: String,
        /// What happened, for a person.
        detail: String,
        /// Every error, with its place.
        lints: Vec<Lint>,
    },
    /// No such record, or none that the actor may see: both answer alike.
    #[error("{detail}")]
    NotFound {
        /// Stable dotted code.
        code: String,
        /// What happened, for a person.
        detail: String,
    },
    /// The actor may not do this.
    #[error("{detail}")]
    Access {
        /// Stable dotted code.
        code: String,
        /// What happened, for a person.
        detail: String,
    },
    /// The database: locked, full, damaged, or written under another Blueprint. Nothing of the call is kept.
    #[error("{detail}")]
    Store {
        /// Stable dotted code.
        code: String,
        /// What happened, for a person.
        detail: String,
    },
    /// A fault inside the library. The text says what to report.
    #[error("{detail}")]
    Internal {
        /// Stable dotted code.
        code: String,
        /// What happened, for a person.
        detail: String,
    },
}

impl QudaoError {
    /// Stable dotted code, the same in every language.
    pub fn code(&self) -> &str {
        match self {
            Self::Argument { code, .. }
            | Self::Blueprint { code, .. }
            | Self::NotFound { code, .. }
            | Self::Access { code, .. }
            | Self::Store { code, .. }
            | Self::Internal { code, .. } => code,
        }
    }

    pub(crate) fn argument(code: &str, detail: &str) -> Self {
        Self::Argument { code: code.to_owned(), detail: detail.to_owned(), suggestion: None }
    }

    /// The library's error, with its text in a locale.
    pub(crate) fn of(error: qudao::Error, locale: &Locale) -> Self {
        let code = error.code().to_owned();
        let detail = error.text(locale);
        match error {
            qudao::Error::Blueprint { lints, .. } => {
                let lints = lints.iter().map(|l| Lint::of(l, locale)).collect();
                Self::Blueprint { code, detail, lints }
            }
            qudao::Error::NotFound { .. } => Self::NotFound { code, detail },
            qudao::Error::Denied { .. } | qudao::Error::Masked { .. } | qudao::Error::UnknownActor => {
                Self::Access { code, detail }
            }
            qudao::Error::Store(_) | qudao::Error::State(_) | qudao::Error::BlueprintChanged { .. } => {
                Self::Store { code, detail }
            }
            qudao::Error::Internal { .. } => Self::Internal { code, detail },
            other => Self::Argument { code, detail, suggestion: suggestion(&other.params()) },
        }
    }
}

impl From<qudao::Error> for QudaoError {
    fn from(error: qudao::Error) -> Self {
        Self::of(error, &Locale::en())
    }
}

impl From<qudao::model::IdError> for QudaoError {
    fn from(error: qudao::model::IdError) -> Self {
        Self::argument("id.invalid", &error.to_string())
    }
}
