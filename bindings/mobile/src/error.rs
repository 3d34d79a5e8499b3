//! The one error type of the binding.

use qudao::matching::MatchError;
use qudao::model::{IdError, LocalText, Locale, Param, Params, codes};

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
    /// The host told the call to stop. Nothing was changed.
    #[error("{detail}")]
    Cancelled {
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
            | Self::Cancelled { code, .. }
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
            qudao::Error::Matching(MatchError::Cancelled) => Self::Cancelled { code, detail },
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

impl From<IdError> for QudaoError {
    fn from(error: IdError) -> Self {
        Self::argument("id.invalid", &error.to_string())
    }
}

/// What a listener throws that is no error of this library only stops the work.
impl From<uniffi::UnexpectedUniFFICallbackError> for QudaoError {
    fn from(_: uniffi::UnexpectedUniFFICallbackError) -> Self {
        qudao::Error::from(MatchError::Cancelled).into()
    }
}

/// Where no locale is known, English.
impl From<Fault> for QudaoError {
    fn from(fault: Fault) -> Self {
        fault.told(&Locale::en())
    }
}

/// Why a call gives no answer, before it is told in the caller's language.
#[derive(Debug)]
pub(crate) enum Fault {
    /// The library's error.
    Library(qudao::Error),
    /// An argument that does not fit: a code of the registry, and what its text speaks of.
    Argument(&'static str, Params),
    /// It is told already.
    Told(QudaoError),
}

impl Fault {
    /// An argument that does not fit; the text of the code speaks of nothing, or of a `detail`.
    pub(crate) fn argument(code: &'static str, detail: Option<LocalText>) -> Self {
        let detail = detail.map(|text| ("detail".to_owned(), Param::Text(text)));
        Self::Argument(code, detail.into_iter().collect())
    }

    /// The error, with its text in a locale.
    pub(crate) fn told(self, locale: &Locale) -> QudaoError {
        match self {
            Self::Library(error) => QudaoError::of(error, locale),
            Self::Argument(code, params) => QudaoError::argument(code, &codes::render(code, &params, locale)),
            Self::Told(error) => error,
        }
    }
}

impl<E: Into<qudao::Error>> From<E> for Fault {
    fn from(error: E) -> Self {
        Self::Library(error.into())
    }
}
