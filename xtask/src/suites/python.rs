//! The Python suite: the wheel in a virtual environment, pytest, stubs, types of tests and examples.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::bindings;
use crate::layout::Layout;
use crate::report::{Report, counted, plain};
use crate::run::Fault;
use crate::setup::Pending;
use crate::tally;

pub(super) fn run(layout: &Layout, report: &mut Report<'_>, setup: Pending<PathBuf>) {
    report.section("Python");
    let venv = match setup.wait() {
        Ok(venv) => venv,
        Err(fault) => return report.skip("python", &fault.to_string()),
    };
    let project = layout.root.join("bindings/python");
    let python = |dir: &Path| {
        let mut command = Command::new(venv.join("bin/python"));
        command.current_dir(dir).env("PYTHONDONTWRITEBYTECODE", "1");
        command
    };
    let built = report.step("maturin develop", |log| {
        bindings::maturin(layout, &venv, log)?;
        Ok(plain(true))
    });
    if !built {
        return;
    }
    report.step("pytest", |log| {
        let results = layout.target.join("xtask-logs/pytest.xml");
        let _ = fs::remove_file(&results);
        let ended_well = log.run(
            python(&project)
                .args(["-m", "pytest", "-q", "-p", "no:cacheprovider", "tests"])
                .arg(format!("--junitxml={}", results.display())),
        )?;
        Ok(counted(ended_well, tally::from_junit(&results)))
    });
    let mypy_cache = layout.target.join("mypy");
    report.step("stubtest", |log| {
        let mut command = python(&project);
        command.args(["-m", "mypy.stubtest", "qudao", "--mypy-config-file", "pyproject.toml"]);
        let allowed = project.join("stubtest-allowlist.txt");
        if allowed.is_file() {
            command.arg("--allowlist").arg(allowed);
        }
        Ok(plain(log.run(command.env("MYPY_CACHE_DIR", &mypy_cache))?))
    });
    let folders = ["examples", "benches/python"];
    let found: Result<Vec<_>, Fault> = folders.iter().map(|f| scripts(&layout.root.join(f))).collect();
    match found.map(|lists| lists.concat()) {
        Ok(scripts) => {
            report.step("mypy on tests, examples and benches", |log| {
                let mut command = python(&project);
                command
                    .args(["-m", "mypy", "--strict", "--config-file", "pyproject.toml", "tests"])
                    .args(scripts);
                Ok(plain(log.run(command.env("MYPY_CACHE_DIR", &mypy_cache))?))
            });
        }
        Err(fault) => {
            report.step("mypy on tests, examples and benches", |_| Err(fault));
        }
    }
}

/// Every Python file of a folder.
fn scripts(dir: &Path) -> Result<Vec<PathBuf>, Fault> {
    let mut found = Vec::new();
    let Ok(entries) = fs::read_dir(dir) else { return Ok(found) };
    for entry in entries {
        let path = entry?.path();
        if path.is_dir() {
            if path.file_name().is_some_and(|name| name != "target") {
                found.extend(scripts(&path)?);
            }
        } else if path.extension().is_some_and(|extension| extension == "py") {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}
