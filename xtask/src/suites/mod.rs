//! The test suites, one module a language.

pub(crate) mod kotlin;
mod python;
mod rust;
mod snapshots;
pub(crate) mod swift;

use std::process::ExitCode;

use crate::Language;
use crate::layout::Layout;
use crate::report::Report;
use crate::run::Fault;
use crate::setup::{self, Pending};

/// Runs the chosen suites, or all of them.
pub(crate) fn run(layout: &Layout, only: &[Language]) -> Result<ExitCode, Fault> {
    let wanted = |language| only.is_empty() || only.contains(&language);
    let mut report = Report::new(layout);
    // Downloads run while Cargo compiles; each suite waits for its own.
    let deny = wanted(Language::Rust).then(|| Pending::start(layout, setup::cargo_deny));
    let python = wanted(Language::Python).then(|| Pending::start(layout, setup::python));
    let maven = wanted(Language::Kotlin).then(|| Pending::start(layout, setup::maven));
    let swift = wanted(Language::Swift).then(|| Pending::start(layout, setup::swift));
    if let Some(deny) = deny {
        rust::run(layout, &mut report, deny);
    }
    if let Some(python) = python {
        python::run(layout, &mut report, python);
    }
    if let Some(maven) = maven {
        kotlin::run(layout, &mut report, maven);
    }
    if let Some(swift) = swift {
        swift::run(layout, &mut report, swift);
    }
    Ok(report.close())
}
