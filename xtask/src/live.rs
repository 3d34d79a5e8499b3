//! `cargo xtask bench live`: duplicates of one new record, asked from Rust, Kotlin and Swift of one workspace.

use std::path::Path;
use std::process::{Command, ExitCode};

use crate::Language;
use crate::bindings;
use crate::layout::Layout;
use crate::run::{self, Fault, Log};
use crate::setup;
use crate::suites::{kotlin, swift};

/// The name of the bench.
pub(crate) const NAME: &str = "live";

/// How many records the workspace holds, unless `QUDAO_BENCH_ROWS` says otherwise.
const ROWS: &str = "100000";

/// Makes the workspace where there is none, and asks. `others` takes Kotlin and Swift in.
pub(crate) fn run(layout: &Layout, others: bool) -> Result<ExitCode, Fault> {
    let mut log = Log::create(layout.log("bench-live"))?;
    let rows = std::env::var("QUDAO_BENCH_ROWS").unwrap_or_else(|_| ROWS.to_owned());
    // The folder that Swift sees, too, where it lives in a tree of its own.
    let build = layout.own_cache("swift-build");
    let name = Path::new("live").join(&rows);
    let folder = build.join(&name);
    std::fs::create_dir_all(&folder)?;
    let (table, workspace) = (folder.join("rows.csv"), folder.join("workspace.db"));
    if !table.is_file() {
        let script = layout.root.join("benches/peers/gen_dupes.py");
        log.must(Command::new("python3").arg(script).arg(&table).args(["--rows", &rows]))?;
    }
    let build_it = ["build", "--release", "--package", "qudao-benches", "--example", "live"];
    log.must(run::cargo(&layout.root).args(build_it))?;
    let mut rust = Command::new(layout.target.join("release/examples/live"));
    rust.arg(&table).arg(&workspace).arg("4000");
    println!("{rows} records");
    for line in run::capture(&mut rust).ok_or("the bench failed")?.lines() {
        println!("Rust: {line}");
    }
    if !others {
        return Ok(ExitCode::SUCCESS);
    }
    let library = bindings::release_library(layout, &mut log)?;
    from_kotlin(layout, &mut log, &library, &workspace)?;
    from_swift(layout, &mut log, &library, &build, &name.join("workspace.db"))?;
    Ok(ExitCode::SUCCESS)
}

fn from_kotlin(layout: &Layout, log: &mut Log, library: &Path, workspace: &Path) -> Result<(), Fault> {
    setup::maven(layout)?;
    bindings::generate(layout, Language::Kotlin, library, log)?;
    let native = library.parent().ok_or("the library has no folder")?;
    let more = [
        "-Dtest=LiveBench".to_owned(),
        "-Dsurefire.failIfNoSpecifiedTests=false".to_owned(),
        format!("-Dqudao.live={}", workspace.display()),
    ];
    if !kotlin::maven(layout, log, native, &more)? {
        return Err(format!("Kotlin failed\n{}", log.tail(12)?).into());
    }
    let mut said = workspace.as_os_str().to_owned();
    said.push(".kotlin.txt");
    print!("{}", std::fs::read_to_string(said)?);
    Ok(())
}

/// `workspace` lies below `build`.
fn from_swift(
    layout: &Layout,
    log: &mut Log,
    library: &Path,
    build: &Path,
    workspace: &Path,
) -> Result<(), Fault> {
    let swift = setup::swift(layout)?;
    bindings::generate(layout, Language::Swift, library, log)?;
    swift::place(library, &build.join("native-release"))?;
    let inside = swift.build_dir(build);
    let native = inside.join("native-release").display().to_string();
    let mut command = swift.command(layout, build, &[("LD_LIBRARY_PATH", native.as_str())]);
    command.args(["run", "--configuration", "release", "--scratch-path"]).arg(inside.join("swiftpm"));
    command.args(["-Xlinker", &format!("-L{native}"), "QudaoLive"]).arg(inside.join(workspace));
    log.must(&mut command)?;
    for line in log.text()?.lines().filter(|line| line.starts_with("Swift, ")) {
        println!("{line}");
    }
    Ok(())
}
