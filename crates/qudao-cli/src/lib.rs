//! The `qudao` program as a library, so that `python -m qudao` and the binary run the same code.
//!
//! ```
//! let (mut out, mut err) = (Vec::new(), Vec::new());
//! let code = qudao_cli::run(["qudao", "explain", "field.required", "--locale", "en"], &mut out, &mut err);
//! assert_eq!(code, qudao_cli::exit::OK);
//! assert!(String::from_utf8_lossy(&out).contains("field.required"));
//! ```

mod access;
mod args;
mod commands;
mod console;
mod data;
pub mod exit;
mod fault;
mod format;
mod report;
mod run;
mod words;

pub use args::command;
pub use run::{Streams, run, run_with};
