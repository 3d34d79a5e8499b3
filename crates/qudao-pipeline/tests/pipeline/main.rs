//! Tests of processes and gates through the public API.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "helpers of tests")]

mod choice;
mod criteria;
mod history;
mod lints;
mod policies;
mod properties;
mod steps;
mod support;
mod traps;
