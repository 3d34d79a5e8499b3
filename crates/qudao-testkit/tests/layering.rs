//! The arrows between the crates point down only, and pyo3 and uniffi stay in one crate each.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on should stop")]

use std::collections::{BTreeMap, BTreeSet};

use cargo_metadata::{DependencyKind, MetadataCommand};

/// What each crate of the workspace may use of the others (development dependencies apart).
const ALLOWED: [(&str, &[&str]); 15] = [
    ("qudao-model", &[]),
    ("qudao-text", &[]),
    ("qudao-expr", &["qudao-model"]),
    ("qudao-quality", &["qudao-model", "qudao-text", "qudao-expr"]),
    ("qudao-match", &["qudao-model", "qudao-text", "qudao-expr"]),
    ("qudao-pipeline", &["qudao-model", "qudao-text", "qudao-expr"]),
    ("qudao-metrics", &["qudao-model", "qudao-text", "qudao-expr"]),
    ("qudao-store", &["qudao-model"]),
    (
        "qudao",
        &[
            "qudao-model",
            "qudao-text",
            "qudao-expr",
            "qudao-quality",
            "qudao-match",
            "qudao-pipeline",
            "qudao-metrics",
            "qudao-store",
        ],
    ),
    ("qudao-cli", &["qudao"]),
    ("qudao-python", &["qudao", "qudao-cli"]),
    ("qudao-mobile", &["qudao"]),
    ("qudao-bindgen", &[]),
    ("qudao-testkit", &["qudao", "qudao-cli", "qudao-model", "qudao-text"]),
    ("qudao-benches", &["qudao", "qudao-testkit"]),
];

/// Crates that reach out of the process, and the only crates of ours that may use them directly.
const GUARDED: [(&str, &[&str]); 4] = [
    ("pyo3", &["qudao-python"]),
    ("uniffi", &["qudao-mobile", "qudao-bindgen"]),
    ("rusqlite", &["qudao-store"]),
    ("arrow", &["qudao-python"]),
];

fn dependencies() -> BTreeMap<String, BTreeSet<String>> {
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/../../Cargo.toml");
    let metadata = MetadataCommand::new().manifest_path(manifest).no_deps().exec().unwrap();
    metadata
        .packages
        .iter()
        .map(|p| {
            let normal = p.dependencies.iter().filter(|d| d.kind == DependencyKind::Normal);
            (p.name.to_string(), normal.map(|d| d.name.clone()).collect())
        })
        .collect()
}

#[test]
fn arrows_point_down_only() {
    let allowed: BTreeMap<&str, &[&str]> = ALLOWED.into_iter().collect();
    for (name, uses) in dependencies() {
        if name == "xtask" {
            continue;
        }
        let may =
            allowed.get(name.as_str()).unwrap_or_else(|| panic!("{name} has no place in the layers: add it"));
        for dependency in uses.iter().filter(|d| d.starts_with("qudao")) {
            assert!(may.contains(&dependency.as_str()), "{name} must not use {dependency}");
        }
    }
}

#[test]
fn what_reaches_out_stays_in_one_crate() {
    for (name, uses) in dependencies() {
        for (guarded, homes) in GUARDED {
            assert!(
                !uses.contains(guarded) || homes.contains(&name.as_str()),
                "{name} must not use {guarded}"
            );
        }
    }
}
