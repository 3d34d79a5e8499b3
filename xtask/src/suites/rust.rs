//! The Rust suite: format, lints, licences, tests, documentation, generated files.

use std::path::PathBuf;
use std::process::Command;

use super::snapshots;
use crate::layout::Layout;
use crate::report::{Outcome, Report, counted, plain};
use crate::run::{self, Fault, Log};
use crate::setup::Pending;
use crate::tally;
use crate::tasks;

/// A step that is one Cargo command: name, arguments, environment.
struct Check {
    name: &'static str,
    args: &'static [&'static str],
    env: &'static [(&'static str, &'static str)],
}

/// Steps before the tests. To add one, add a line.
const BEFORE: &[Check] = &[
    Check { name: "cargo fmt", args: &["fmt", "--all", "--check"], env: &[] },
    Check {
        name: "cargo clippy",
        args: &["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"],
        env: &[],
    },
];

/// Steps after the tests. To add one, add a line.
const AFTER: &[Check] = &[Check {
    name: "cargo doc",
    args: &["doc", "--workspace", "--no-deps"],
    env: &[("RUSTDOCFLAGS", "-D warnings")],
}];

/// Programs with a manifest of their own, outside the workspace.
const OUTSIDE: &[(&str, &str)] = &[("example axum-host", "examples/axum-host/Cargo.toml")];

/// Generated files that must be up to date.
const GENERATED: &[(&str, &str)] =
    &[("docs are up to date", tasks::DOCS), ("example data is up to date", tasks::GEN_DATA)];

pub(super) fn run(layout: &Layout, report: &mut Report<'_>, deny: Pending<PathBuf>) {
    report.section("Rust");
    for check in BEFORE {
        cargo_step(layout, report, check);
    }
    report.step("cargo test", |log| tests(layout, log));
    report.step("snapshots in use", |log| snapshots::check(layout, log));
    for check in AFTER {
        cargo_step(layout, report, check);
    }
    for (name, manifest) in OUTSIDE {
        if layout.root.join(manifest).is_file() {
            report.step(name, |log| outside(layout, log, manifest));
        }
    }
    for (name, binary) in GENERATED {
        match tasks::find(layout, binary) {
            Ok(None) => {}
            Ok(Some(generator)) => {
                report.step(name, |log| Ok(plain(log.run(&mut generator.command(layout, true))?)));
            }
            Err(fault) => {
                report.step(name, |_| Err(fault));
            }
        }
    }
    report.step("cargo deny", |log| match deny.wait() {
        Ok(program) => licences(layout, log, &program),
        Err(fault) => Ok(Outcome::Missing(format!("cargo-deny could not be had: {fault}"))),
    });
}

fn cargo_step(layout: &Layout, report: &mut Report<'_>, check: &Check) {
    report.step(check.name, |log| {
        let mut command = run::cargo(&layout.root);
        command.args(check.args).envs(check.env.iter().copied());
        Ok(plain(log.run(&mut command)?))
    });
}

/// Unit, property, snapshot and documentation tests. The Python extension is tested from Python:
/// linked as a test program it would need an interpreter of its own.
fn tests(layout: &Layout, log: &mut Log) -> Result<Outcome, Fault> {
    let references = snapshots::references(layout);
    let _ = std::fs::remove_file(&references);
    let ended_well = log.run(
        run::cargo(&layout.root)
            .args(["test", "--workspace", "--exclude", "qudao-python", "--no-fail-fast"])
            .env("INSTA_SNAPSHOT_REFERENCES_FILE", &references),
    )?;
    Ok(counted(ended_well, tally::from_cargo(&log.text()?)))
}

fn outside(layout: &Layout, log: &mut Log, manifest: &str) -> Result<Outcome, Fault> {
    let ended_well = log.run(
        run::cargo(&layout.root)
            .args(["test", "--no-fail-fast", "--manifest-path", manifest])
            .env("CARGO_TARGET_DIR", &layout.target),
    )?;
    Ok(counted(ended_well, tally::from_cargo(&log.text()?)))
}

/// Bans, licences and sources need no network; the advisory database is left to a job that has one.
fn licences(layout: &Layout, log: &mut Log, program: &PathBuf) -> Result<Outcome, Fault> {
    // Crates of other platforms are checked too, and nothing has fetched them yet.
    log.must(run::cargo(&layout.root).args(["fetch", "--quiet", "--locked"]))?;
    let mut command = Command::new(program);
    command
        .args(["--offline", "--workspace", "--all-features"])
        .args(["check", "--hide-inclusion-graph", "bans", "licenses", "sources"])
        .current_dir(&layout.root);
    Ok(plain(log.run(&mut command)?))
}
