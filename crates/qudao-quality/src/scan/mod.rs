//! Checking a whole table, column by column.
//!
//! The answers are those of the rows, one by one ([`Quality::validate_table`](crate::Quality::validate_table)): a property
//! test compares the two. Here each rule runs once over typed columns, a text that repeats is judged once, and nothing is
//! made for a row that has no fault; a finding becomes words only when somebody asks.
//!
//! A table is gone through in parts of some thousand consecutive rows, each of which stays in the cache while all rules
//! are asked about it ([`ScanPlan::part`]). What needs all rows comes after: values that repeat, and rules that
//! navigate ([`ScanWhole::task`]). Parts and tasks may be done in any order and by several threads.

mod automaton;
mod hash;
mod judge;
mod outcome;
mod part;
mod plan;
mod prepare;
mod quick;
mod range;
mod read;
mod report;
mod rules;
mod texts;
mod unique;
mod whole;

pub(crate) use automaton::{Automaton, QuickPattern};
pub use outcome::{Failure, RuleScan};
pub use part::PartScan;
pub use plan::ScanPlan;
pub use whole::{Scan, ScanTask, ScanWhole};
