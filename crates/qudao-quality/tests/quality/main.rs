//! Tests of the rules through their public interface.
#![allow(clippy::unwrap_used, clippy::panic, reason = "the set-up of tests fails loudly too")]

mod claims;
mod common;
mod completeness;
mod conflicts;
mod lints;
mod messages;
mod normalise;
mod placeholders;
mod properties;
mod rules;
mod scan;
mod scopes;
mod table;
