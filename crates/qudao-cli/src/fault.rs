//! Why a command ended early.

use std::path::Path;

use qudao::Error;
use qudao::prelude::Locale;

use crate::exit;

/// Why a command ended early.
#[derive(Debug)]
pub(crate) enum Fault {
    /// The command line is wrong.
    Usage(String),
    /// qudao says why.
    Qudao(Error),
    /// The output cannot be written: the reader went away, or the disk is full.
    Output(std::io::Error),
    /// A template of the program itself cannot be rendered.
    Internal(String),
}

impl Fault {
    /// The exit code.
    pub(crate) fn exit(&self) -> u8 {
        match self {
            Self::Usage(_) => exit::USAGE,
            Self::Output(_) => exit::INPUT,
            Self::Internal(_) => exit::INTERNAL,
            Self::Qudao(error) => match error {
                Error::Store(_) | Error::State(_) | Error::BlueprintChanged { .. } => exit::DATABASE,
                Error::Denied { .. }
                | Error::Masked { .. }
                | Error::NotFound { .. }
                | Error::UnknownActor => exit::DENIED,
                Error::Internal { .. } => exit::INTERNAL,
                _ => exit::INPUT,
            },
        }
    }

    /// The stable code.
    pub(crate) fn code(&self) -> &str {
        match self {
            Self::Usage(_) => "cli.usage",
            Self::Qudao(error) => error.code(),
            Self::Output(_) => "io.failed",
            Self::Internal(_) => "internal.error",
        }
    }

    /// What went wrong, for a person.
    pub(crate) fn text(&self, locale: &Locale) -> String {
        match self {
            Self::Usage(text) | Self::Internal(text) => text.clone(),
            Self::Qudao(error) => error.text(locale),
            Self::Output(error) => error.to_string(),
        }
    }

    /// A file that cannot be read or written.
    pub(crate) fn io(path: &Path, error: &std::io::Error) -> Self {
        Self::Qudao(Error::Io { path: path.display().to_string(), detail: error.to_string() })
    }

    /// A file or word of the command line that cannot be used.
    pub(crate) fn input(code: &'static str, detail: impl Into<String>) -> Self {
        Self::Qudao(Error::Import { code, detail: detail.into() })
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Self::Qudao(error)
    }
}
