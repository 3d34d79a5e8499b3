//! Evaluation over the rows of a table, a column at a time.
//!
//! It walks the same checked form as evaluation on a record and shares its operations on single values, so that both
//! answer alike; it never evaluates row by row.

mod answers;
mod compare;
mod distinct;
mod frame;
mod lists;
mod logic;
mod run;
mod scope;
mod single;
mod vector;
mod walk;

pub use answers::{Answers, Truths};
pub(crate) use run::{eval, test};
pub use scope::{ColumnScope, ColumnVar};
