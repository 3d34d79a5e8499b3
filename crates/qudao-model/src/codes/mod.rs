//! The registry of codes: every finding and error that a host can meet, with its text in English and Chinese.
//!
//! Codes are a contract: they are never renamed or used again for something else.

mod blueprint;
mod engine;
mod expr;
mod matching;
mod merge;
mod metrics;
mod pipeline;
mod quality;
mod registry;
mod store;
mod text;
mod value;

pub(crate) use registry::fill as render_template;
pub use registry::{CodeInfo, all, lookup, render, render_fix};
