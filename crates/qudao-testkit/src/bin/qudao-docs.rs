//! Writes the generated files of the project; with `--check`, compares them.

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let check = std::env::args().any(|a| a == "--check");
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut stale = Vec::new();
    for (path, text) in qudao_testkit::docs::files() {
        let full = root.join(path);
        if std::fs::read_to_string(&full).is_ok_and(|stored| stored == text) {
            continue;
        }
        if check {
            stale.push(path.to_owned());
        } else if let Err(error) = std::fs::write(&full, text) {
            stale.push(format!("{path}: {error}"));
        }
    }
    if stale.is_empty() {
        return ExitCode::SUCCESS;
    }
    let verb = if check { "not up to date; run `cargo xtask docs`" } else { "could not be written" };
    let _ = writeln!(std::io::stderr(), "{verb}: {}", stale.join(", "));
    ExitCode::FAILURE
}
