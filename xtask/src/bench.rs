//! `cargo xtask bench <name>`: builds one bench in release mode, with its peers, and runs it. A bench is a file of `benches/benches/`,
//! or a script of `benches/peers/` that sets up its peers by itself; `live` asks from several languages.

use std::process::ExitCode;

use crate::layout::Layout;
use crate::live;
use crate::run::{self, Fault};

/// Scripts that are benches.
const SCRIPTS: [&str; 2] = ["dedupe", "validate"];

/// Runs the bench with the terminal of this program.
pub(crate) fn run(layout: &Layout, name: &str, peers: bool) -> Result<ExitCode, Fault> {
    let script = layout.root.join("benches").join("peers").join(name).with_extension("py");
    if SCRIPTS.contains(&name) && script.is_file() {
        let mut command = std::process::Command::new("python3");
        command.arg(&script).current_dir(&layout.root);
        if !peers {
            command.arg("--no-peer");
        }
        return finish(command);
    }
    if name == live::NAME {
        return live::run(layout, peers);
    }
    let folder = layout.root.join("benches").join("benches");
    if !folder.join(name).with_extension("rs").is_file() {
        let mut known: Vec<String> = std::fs::read_dir(&folder)?
            .filter_map(|entry| entry.ok()?.path().file_stem().map(|s| s.to_string_lossy().into_owned()))
            .collect();
        known.extend(SCRIPTS.iter().chain(&[live::NAME]).map(|name| (*name).to_owned()));
        known.sort();
        return Err(format!("there is no bench {name}; there are {}", known.join(", ")).into());
    }
    let mut command = run::cargo(&layout.root);
    command.args(["bench", "--package", "qudao-benches", "--bench", name]);
    if peers {
        command.args(["--features", if name == "kernels" { "string-peers" } else { "peers" }]);
    }
    finish(command)
}

fn finish(mut command: std::process::Command) -> Result<ExitCode, Fault> {
    let program = command.get_program().to_string_lossy().into_owned();
    let status = command.status().map_err(|error| format!("{program} cannot be started: {error}"))?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
