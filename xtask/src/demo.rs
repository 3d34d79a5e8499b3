//! `cargo xtask demo`: the `qudao` program in release form, running its demo.

use std::process::{Command, ExitCode};

use crate::layout::Layout;
use crate::run::{self, Fault};

/// Builds the program and hands it the arguments and the terminal.
pub(crate) fn run(layout: &Layout, args: &[String]) -> Result<ExitCode, Fault> {
    let built = run::cargo(&layout.root)
        .args(["build", "--release", "--package", "qudao-cli", "--bin", "qudao"])
        .status()
        .map_err(|error| format!("cargo cannot be started: {error}"))?;
    if !built.success() {
        return Err("the qudao program could not be built".into());
    }
    // The caller's folder stays the current one, so that relative arguments mean what they say.
    let status = Command::new(layout.target.join("release/qudao"))
        .arg("demo")
        .args(args)
        .env("QUDAO_ROOT", &layout.root)
        .env_remove("LD_LIBRARY_PATH")
        .status()
        .map_err(|error| format!("the qudao program cannot be started: {error}"))?;
    let code = status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1);
    Ok(ExitCode::from(code))
}
