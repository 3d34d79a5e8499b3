//! The native half of the Python package `qudao`. What people call is written in Python, in `python/qudao`; here are
//! the engine behind it, frames in and out through Arrow, and values in Python's own types.

mod arrow;
mod audit;
mod cells;
mod cleanse;
mod command;
mod compare;
mod convert;
mod engine;
mod error;
mod frame;
mod golden;
mod import;
mod ingest;
mod kpis;
mod matched;
mod plain;
mod records;
mod rows;
mod standard;
mod stream;
mod table;
mod validation;
mod watch;
mod workspace;

use pyo3::prelude::*;

/// The native half of the package.
#[pymodule]
mod _native {
    #[pymodule_export]
    use super::audit::Audit;
    #[pymodule_export]
    use super::cleanse::{BatchReport, CleanseDiff, UndoReport};
    #[pymodule_export]
    use super::compare::Comparison;
    #[pymodule_export]
    use super::engine::{Engine, codes, violation_text};
    #[pymodule_export]
    use super::frame::frame_rows;
    #[pymodule_export]
    use super::import::ImportReport;
    #[pymodule_export]
    use super::kpis::KpiReport;
    #[pymodule_export]
    use super::matched::{Matched, dedupe_by_guess, guess, guess_text};
    #[pymodule_export]
    use super::standard::EntryStandard;
    #[pymodule_export]
    use super::stream::Stream;
    #[pymodule_export]
    use super::table::Table;
    #[pymodule_export]
    use super::validation::Validation;
    #[pymodule_export]
    use super::workspace::{Session, Workspace, main, run_captured};

    #[pymodule_export]
    const VERSION: &str = env!("CARGO_PKG_VERSION");
}
