//! The Swift suite: the native library, generated sources, SwiftPM with XCTest.

use std::fs;
use std::path::Path;

use crate::Language;
use crate::bindings;
use crate::layout::Layout;
use crate::report::{Outcome, Report, counted, plain};
use crate::run::{Fault, Log};
use crate::setup::{Pending, Swift};
use crate::tally;

pub(super) fn run(layout: &Layout, report: &mut Report<'_>, setup: Pending<Swift>) {
    report.section("Swift");
    let build = layout.own_cache("swift-build");
    let built = report.step("swift library", |log| {
        let library = bindings::native_library(layout, log)?;
        bindings::generate(layout, Language::Swift, &library, log)?;
        place(&library, &build.join("native"))?;
        Ok(plain(true))
    });
    let swift = match setup.wait() {
        Ok(swift) => swift,
        Err(fault) => return report.skip("swift", &fault.to_string()),
    };
    if built {
        report.step("swift tests", |log| tests(layout, log, &swift, &build));
    }
}

fn tests(layout: &Layout, log: &mut Log, swift: &Swift, build: &Path) -> Result<Outcome, Fault> {
    let inside = swift.build_dir(build);
    let native = inside.join("native").display().to_string();
    let checkout = swift.checkout(layout).display().to_string();
    // QUDAO_STRICT turns warnings in hand-written sources into errors.
    // The tree is entered with an empty environment.
    let flip = std::env::var("QUDAO_CONFORMANCE_FLIP").unwrap_or_default();
    let variables = [
        ("QUDAO_STRICT", "1"),
        ("QUDAO_CHECKOUT", checkout.as_str()),
        ("LD_LIBRARY_PATH", native.as_str()),
        ("QUDAO_CONFORMANCE_FLIP", flip.as_str()),
    ];
    let mut command = swift.command(layout, build, &variables);
    command.args(["test", "--disable-swift-testing", "--scratch-path"]).arg(inside.join("swiftpm"));
    command.args(["-Xlinker", &format!("-L{native}")]);
    let ended_well = log.run(&mut command)?;
    Ok(counted(ended_well, tally::from_xctest(&log.text()?)))
}

/// Puts the library where Swift sees it; renamed into place, as a running test may still map it.
pub(crate) fn place(library: &Path, dir: &Path) -> Result<(), Fault> {
    fs::create_dir_all(dir)?;
    let name = library.file_name().ok_or("the library has no file name")?;
    let part = dir.join("part");
    fs::copy(library, &part)?;
    Ok(fs::rename(part, dir.join(name))?)
}
