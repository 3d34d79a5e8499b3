//! What can go wrong that is no finding.

use qudao_model::{ObjectName, ProcessId};

/// Misuse of the pipeline. That a record may not move is a finding, never an error.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PipelineError {
    /// There is no process of this id.
    #[error("there is no process {process}")]
    UnknownProcess {
        /// The id.
        process: ProcessId,
    },
    /// The process belongs to another object than the record.
    #[error("process {process} is for {expected}, not for {found}")]
    WrongObject {
        /// The process.
        process: ProcessId,
        /// Its object.
        expected: ObjectName,
        /// The record's object.
        found: ObjectName,
    },
    /// A criterion reads an object whose records were not given.
    #[error("the records of {object} were not given")]
    MissingTable {
        /// The object.
        object: ObjectName,
    },
}

impl PipelineError {
    /// A stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::UnknownProcess { .. } => "pipeline.unknown_process",
            Self::WrongObject { .. } => "pipeline.wrong_object",
            Self::MissingTable { .. } => "expr.missing_table",
        }
    }
}
