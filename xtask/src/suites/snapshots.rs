//! Snapshots that no test reads are dead weight, and pending ones are forgotten reviews.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::layout::Layout;
use crate::report::{Outcome, plain};
use crate::run::{Fault, Log};

/// Where the tests record the snapshots they read (insta's own record).
pub(super) fn references(layout: &Layout) -> PathBuf {
    layout.target.join("xtask-logs/snapshot-references.txt")
}

/// Compares that record with the files in the tree.
pub(super) fn check(layout: &Layout, log: &mut Log) -> Result<Outcome, Fault> {
    let read = fs::read_to_string(references(layout)).unwrap_or_default();
    let used: BTreeSet<PathBuf> =
        read.lines().filter_map(|line| fs::canonicalize(line.trim()).ok()).collect();
    let mut found = Vec::new();
    for dir in ["crates", "bindings", "xtask", "benches"] {
        collect(&layout.root.join(dir), &mut found)?;
    }
    let mut good = true;
    for path in found {
        let pending = path.extension().is_some_and(|extension| extension != "snap");
        let problem = if pending {
            "pending snapshot"
        } else if !fs::canonicalize(&path).is_ok_and(|path| used.contains(&path)) {
            "no test reads"
        } else {
            continue;
        };
        good = false;
        log.note(&format!("{problem}: {}", layout.short(&path)))?;
    }
    Ok(plain(good))
}

fn collect(dir: &Path, found: &mut Vec<PathBuf>) -> Result<(), Fault> {
    let Ok(entries) = fs::read_dir(dir) else { return Ok(()) };
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if entry.file_type()?.is_dir() {
            if name != "target" && !name.starts_with('.') {
                collect(&entry.path(), found)?;
            }
        } else if name.ends_with(".snap") || name.ends_with(".snap.new") || name.ends_with(".pending-snap") {
            found.push(entry.path());
        }
    }
    found.sort();
    Ok(())
}
