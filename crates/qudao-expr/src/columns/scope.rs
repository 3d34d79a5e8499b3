//! What an expression is evaluated on, as columns.

use qudao_model::columns::{Column, Table, Tables};
use qudao_model::{Instant, ObjectName, Value};

/// The value of an extra variable over the rows of a table.
#[derive(Debug, Clone)]
pub enum ColumnVar {
    /// The same for all rows.
    Value(Value),
    /// One for each row.
    Column(Column),
}

/// What an expression is evaluated on, as columns: the counterpart of [`Scope`](crate::Scope).
#[derive(Debug, Clone, Copy)]
pub struct ColumnScope<'a> {
    /// The object whose table in `data` is gone through.
    pub object: &'a ObjectName,
    /// The tables that navigation reaches, that of `object` included.
    pub data: &'a Tables,
    /// The table as it was, row by row; `None` when every row is new.
    pub before: Option<&'a Table>,
    /// What `now()` and `today()` answer.
    pub now: Option<Instant>,
    /// The zone in which days begin.
    pub zone: chrono_tz::Tz,
    /// The values of the extra variables, in the order of their declaration. One that is not given is missing.
    pub vars: &'a [ColumnVar],
}

impl<'a> ColumnScope<'a> {
    pub(crate) fn table(&self) -> Option<&'a Table> {
        self.data.table(self.object.as_str()).map(|t| &**t)
    }
}
