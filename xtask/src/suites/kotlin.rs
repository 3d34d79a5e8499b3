//! The Kotlin suite: the native library, generated sources, Maven with JUnit 5.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::Language;
use crate::bindings;
use crate::layout::Layout;
use crate::report::{Report, counted, plain};
use crate::run::{Fault, Log};
use crate::setup::{self, Pending};
use crate::{stamp, tally};

pub(super) fn run(layout: &Layout, report: &mut Report<'_>, setup: Pending<()>) {
    report.section("Kotlin");
    // The library compiles while Maven still fetches.
    let built = report.step("kotlin library", |log| {
        let library = bindings::native_library(layout, log)?;
        bindings::generate(layout, Language::Kotlin, &library, log)?;
        Ok(plain(true))
    });
    if let Err(fault) = setup.wait() {
        return report.skip("kotlin", &fault.to_string());
    }
    if !built {
        return;
    }
    report.step("kotlin tests", |log| {
        let results = layout.root.join("bindings/kotlin/qudao/target/surefire-reports");
        if results.exists() {
            fs::remove_dir_all(&results)?;
        }
        let ended_well = maven(layout, log, &layout.target.join("debug"), &[])?;
        Ok(counted(ended_well, tally::from_junit(&results)))
    });
}

/// Runs the tests, those that `more` names or all, with the native library of a folder. Maven works offline when it has run with these
/// project files before.
pub(crate) fn maven(layout: &Layout, log: &mut Log, native: &Path, more: &[String]) -> Result<bool, Fault> {
    let fingerprint = setup::kotlin_fingerprint(layout)?;
    let seen = layout.own_cache("maven");
    let mut command = Command::new("mvn");
    command.args(["--quiet", "--batch-mode", "-Dstyle.color=never", "test", "--file"]);
    command.arg(layout.root.join("bindings/kotlin/pom.xml"));
    command.arg(format!("-Dqudao.native={}", native.display())).args(more);
    if stamp::holds(&seen, &fingerprint) {
        command.arg("--offline");
        if log.run(&mut command)? {
            return Ok(true);
        }
        if !log.text()?.contains("offline") {
            return Ok(false);
        }
        // The local repository was emptied since.
        fs::remove_file(&seen)?;
        return maven(layout, log, native, more);
    }
    let ended_well = log.run(&mut command)?;
    if ended_well {
        stamp::write(&seen, &fingerprint)?;
    }
    Ok(ended_well)
}
