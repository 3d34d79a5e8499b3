//! Checking a whole table, column by column.
//!
//! The answers are those of the rows, one by one ([`Quality::validate_table`](crate::Quality::validate_table)): a property
//! test compares the two. Here each rule runs once over typed columns, a text that repeats is judged once, and nothing is
//! made for a row that has no fault; a finding becomes words only when somebody asks.

mod outcome;
mod prepare;
mod quick;
mod report;
mod rules;
mod table_scan;
mod texts;
mod unique;

pub use outcome::{Failure, RuleScan};
pub use table_scan::{Scan, ScanPlan};
