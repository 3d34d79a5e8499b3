//! Generators that live in the workspace's own crates: pages of `docs/` and example data.

use std::process::{Command, ExitCode};

use crate::layout::Layout;
use crate::run::{self, Fault};

/// Binary target that writes the generated pages of `docs/`.
pub(crate) const DOCS: &str = "qudao-docs";
/// Binary target that writes the example data.
pub(crate) const GEN_DATA: &str = "qudao-gen-data";

/// A generator, found by the name of its binary target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Generator {
    package: String,
    binary: &'static str,
}

impl Generator {
    /// The command that writes, or with `check` compares.
    pub(crate) fn command(&self, layout: &Layout, check: bool) -> Command {
        let mut command = run::cargo(&layout.root);
        command.args(["run", "--quiet", "--package", &self.package, "--bin", self.binary, "--"]);
        if check {
            command.arg("--check");
        }
        command
    }
}

/// Looks a generator up among the workspace's binary targets.
pub(crate) fn find(layout: &Layout, binary: &'static str) -> Result<Option<Generator>, Fault> {
    let text = run::capture(run::cargo(&layout.root).args([
        "metadata",
        "--no-deps",
        "--format-version",
        "1",
        "--offline",
    ]))
    .ok_or("cargo metadata failed")?;
    let metadata: serde_json::Value =
        serde_json::from_str(&text).map_err(|error| format!("cargo metadata: {error}"))?;
    let packages = metadata.get("packages").and_then(serde_json::Value::as_array);
    Ok(packages.into_iter().flatten().find_map(|package| {
        let targets = package.get("targets")?.as_array()?;
        let has = targets.iter().any(|target| {
            let kinds = target.get("kind").and_then(serde_json::Value::as_array);
            target.get("name").is_some_and(|name| name == binary)
                && kinds.is_some_and(|kinds| kinds.iter().any(|kind| kind == "bin"))
        });
        let name = package.get("name")?.as_str()?;
        has.then(|| Generator { package: name.to_owned(), binary })
    }))
}

/// Runs a generator with the terminal of this program.
pub(crate) fn run(layout: &Layout, binary: &'static str, check: bool) -> Result<ExitCode, Fault> {
    let generator = find(layout, binary)?.ok_or_else(|| format!("no crate has a program {binary}"))?;
    let status = generator
        .command(layout, check)
        .status()
        .map_err(|error| format!("cargo cannot be started: {error}"))?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
