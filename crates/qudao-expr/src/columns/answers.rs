//! What an expression answers over the rows of a table.

use qudao_model::Value;
use qudao_model::columns::{Bitmap, Column};

use crate::{EvalError, Truth};

/// What a condition answers over rows: two bitmaps, and the rows whose answer cannot be had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Truths {
    /// The rows on which it holds.
    pub yes: Bitmap,
    /// The rows on which it is known whether it holds: neither unknown nor an error.
    pub known: Bitmap,
    /// The rows whose answer cannot be had, ascending, and why.
    pub errors: Vec<(usize, EvalError)>,
}

impl Truths {
    /// How many rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.known.len()
    }

    /// True when there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    /// The answer on one row; unknown beyond the last.
    ///
    /// # Errors
    /// [`EvalError`] when the answer cannot be had.
    pub fn get(&self, row: usize) -> Result<Truth, EvalError> {
        if let Some(error) = error_of(&self.errors, row) {
            return Err(error.clone());
        }
        Ok(match (self.known.get(row), self.yes.get(row)) {
            (false, _) => Truth::Unknown,
            (true, yes) => Truth::from(yes),
        })
    }
}

/// What an expression answers over rows: a column of its type, and the rows whose value cannot be had.
#[derive(Debug, Clone, PartialEq)]
pub struct Answers {
    /// The values. Records are references.
    pub column: Column,
    /// The rows whose value cannot be had, ascending, and why.
    pub errors: Vec<(usize, EvalError)>,
}

impl Answers {
    /// The value on one row; missing beyond the last.
    ///
    /// # Errors
    /// [`EvalError`] when the value cannot be had.
    pub fn get(&self, row: usize) -> Result<Value, EvalError> {
        match error_of(&self.errors, row) {
            Some(error) => Err(error.clone()),
            None => Ok(self.column.get(row)),
        }
    }
}

fn error_of(errors: &[(usize, EvalError)], row: usize) -> Option<&EvalError> {
    let at = errors.binary_search_by_key(&row, |(row, _)| *row).ok()?;
    errors.get(at).map(|(_, error)| error)
}
