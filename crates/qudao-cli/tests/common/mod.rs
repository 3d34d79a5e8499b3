//! Runs the program and makes small files for it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test that cannot go on should stop"
)]
#![allow(dead_code, reason = "each test file uses a part of it")]

use std::path::{Path, PathBuf};

use tempfile::TempDir;

/// What a run answered.
pub(crate) struct Ran {
    pub(crate) code: u8,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// Runs the program in English at a fixed time.
pub(crate) fn qudao<S: AsRef<str>>(args: impl IntoIterator<Item = S>) -> Ran {
    let mut all: Vec<String> = vec!["qudao".into()];
    all.extend(args.into_iter().map(|a| a.as_ref().to_owned()));
    if !all.iter().any(|a| a == "--locale") {
        all.extend(["--locale".into(), "en".into()]);
    }
    if !all.iter().any(|a| a == "--now") {
        all.extend(["--now".into(), "2026-02-01T00:00:00Z".into()]);
    }
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let code = qudao_cli::run(all, &mut out, &mut err);
    Ran { code, out: String::from_utf8(out).unwrap(), err: String::from_utf8(err).unwrap() }
}

/// A folder with files that goes away with the test.
pub(crate) struct Folder(TempDir);

impl Folder {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn with(files: &[(&str, &str)]) -> Self {
        let folder = Self::new();
        for (name, text) in files {
            folder.write(name, text);
        }
        folder
    }

    pub(crate) fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        std::fs::write(self.0.path().join(name), text).unwrap();
    }

    pub(crate) fn path(&self, name: &str) -> String {
        self.0.path().join(name).display().to_string()
    }

    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.0.path().join(name)).unwrap()
    }

    /// A text without what differs from run to run: the folder, and content hashes.
    pub(crate) fn steady(&self, text: &str) -> String {
        let text = text.replace(&self.0.path().display().to_string(), "[dir]");
        let mut out = String::with_capacity(text.len());
        let mut run = String::new();
        for c in text.chars().chain(['\n']) {
            if c.is_ascii_hexdigit() && !c.is_ascii_uppercase() {
                run.push(c);
                continue;
            }
            let digits = run.chars().any(|d| d.is_ascii_digit());
            let letters = run.chars().any(|d| d.is_ascii_alphabetic());
            if matches!(run.len(), 12 | 64) && digits && letters {
                out.push_str("[hash]");
            } else {
                out.push_str(&run);
            }
            run.clear();
            out.push(c);
        }
        out.pop();
        out
    }
}

/// A file of the checkout.
pub(crate) fn checkout(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)
}

/// Public data sets, where they are at hand.
pub(crate) fn data(name: &str) -> Option<PathBuf> {
    let path =
        std::env::var_os("QUDAO_DATA").map(|root| PathBuf::from(root).join(name)).filter(|p| p.is_dir());
    if path.is_none() {
        println!("{name}: skipped, QUDAO_DATA names no folder that holds it");
    }
    path
}

/// The cells of a CSV file with a byte-order mark, as a map from column to cell per row.
pub(crate) fn rows(text: &str) -> Vec<std::collections::BTreeMap<String, String>> {
    let text = text.strip_prefix('\u{feff}').expect("a byte-order mark");
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
    let header = reader.headers().unwrap().clone();
    reader
        .records()
        .map(|r| header.iter().map(str::to_owned).zip(r.unwrap().iter().map(str::to_owned)).collect())
        .collect()
}
