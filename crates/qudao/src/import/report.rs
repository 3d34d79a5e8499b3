//! What an import did.

use qudao_model::{ObjectName, Severity};

use super::rejects::Reject;

/// What an import did.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ImportReport {
    /// File by file.
    pub files: Vec<FileReport>,
    /// Rows that were not stored, with every reason.
    pub rejects: Vec<Reject>,
    /// What rules said, counted: the same finding with the same advice is one line. Gravest and most frequent first.
    pub notes: Vec<NoteCount>,
}

impl ImportReport {
    /// Rows read.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.files.iter().map(|f| f.rows).sum()
    }

    /// Rows stored by this run.
    #[must_use]
    pub fn stored(&self) -> usize {
        self.files.iter().map(|f| f.stored).sum()
    }
}

/// What an import did with one file.
#[derive(Debug, Clone, PartialEq)]
pub struct FileReport {
    /// The file's name.
    pub file: String,
    /// The object.
    pub object: ObjectName,
    /// How the text was encoded.
    pub encoding: String,
    /// Rows below the header.
    pub rows: usize,
    /// Rows stored by this run.
    pub stored: usize,
    /// Rows that an earlier run had stored.
    pub already: usize,
    /// Rows stored with a warning.
    pub warned: usize,
    /// Rows not stored.
    pub rejected: usize,
    /// Rows stored though another record may be the same.
    pub possible_duplicates: usize,
    /// Columns that the mapping does not name. They ride along with the records.
    pub extra_columns: Vec<String>,
    /// Columns that the mapping names and the file does not have.
    pub absent_columns: Vec<String>,
}

/// One finding, counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoteCount {
    /// The file.
    pub file: String,
    /// The rule.
    pub rule: String,
    /// The code.
    pub code: String,
    /// How grave.
    pub severity: Severity,
    /// What is wrong, in English.
    pub text_en: String,
    /// What is wrong, in Chinese.
    pub text_zh: String,
    /// What would fix it, in English.
    pub fix_en: Option<String>,
    /// What would fix it, in Chinese.
    pub fix_zh: Option<String>,
    /// How many rows.
    pub rows: usize,
    /// The first row of the file in which it occurs.
    pub first_row: u64,
}
