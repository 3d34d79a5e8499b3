//! The one error type of the binding.

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
            Self::Argument { code, .. } | Self::Internal { code, .. } => code,
        }
    }

    pub(crate) fn argument(code: &str, detail: &str) -> Self {
        Self::Argument { code: code.to_owned(), detail: detail.to_owned() }
    }
}
