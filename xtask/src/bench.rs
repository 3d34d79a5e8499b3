//! `cargo xtask bench <name>`: builds one bench in release mode, with its peers, and runs it.

use std::process::ExitCode;

use crate::layout::Layout;
use crate::run::{self, Fault};

/// Runs the bench with the terminal of this program.
pub(crate) fn run(layout: &Layout, name: &str, peers: bool) -> Result<ExitCode, Fault> {
    let folder = layout.root.join("benches").join("benches");
    if !folder.join(name).with_extension("rs").is_file() {
        let mut known: Vec<String> = std::fs::read_dir(&folder)?
            .filter_map(|entry| entry.ok()?.path().file_stem().map(|s| s.to_string_lossy().into_owned()))
            .collect();
        known.sort();
        return Err(format!("there is no bench {name}; there are {}", known.join(", ")).into());
    }
    let mut command = run::cargo(&layout.root);
    command.args(["bench", "--package", "qudao-benches", "--bench", name]);
    if peers {
        command.args(["--features", "peers"]);
    }
    let status = command.status().map_err(|error| format!("cargo cannot be started: {error}"))?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
