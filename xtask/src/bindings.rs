//! Builds the bindings: the native library, and the sources UniFFI writes for Kotlin and Swift.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Language;
use crate::layout::Layout;
use crate::run::{self, Fault, Log};
use crate::setup;

/// Builds one binding so that it can be used from the checkout.
pub(crate) fn build(layout: &Layout, language: Language) -> Result<(), Fault> {
    let mut log = Log::create(layout.log("bindings"))?;
    match language {
        Language::Rust => println!("Rust needs no binding: depend on the crate `qudao`"),
        Language::Python => {
            let venv = setup::python(layout)?;
            maturin(layout, &venv, &mut log)?;
            println!("installed into {}: run {}", venv.display(), venv.join("bin/python").display());
        }
        Language::Kotlin | Language::Swift => {
            let library = native_library(layout, &mut log)?;
            let out = generate(layout, language, &library, &mut log)?;
            println!("wrote {} (library: {})", layout.short(&out), layout.short(&library));
        }
    }
    Ok(())
}

/// Installs the Python binding into the virtual environment, sharing Cargo's build folder.
pub(crate) fn maturin(layout: &Layout, venv: &Path, log: &mut Log) -> Result<(), Fault> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let paths = std::iter::once(venv.join("bin")).chain(std::env::split_paths(&path));
    let path = std::env::join_paths(paths).map_err(|error| format!("PATH: {error}"))?;
    log.must(
        Command::new(venv.join("bin/maturin"))
            .args(["develop", "--manifest-path"])
            .arg(layout.root.join("bindings/python/Cargo.toml"))
            .env("VIRTUAL_ENV", venv)
            .env("PATH", path)
            .env("CARGO_TARGET_DIR", &layout.target)
            .env_remove("CONDA_PREFIX")
            .current_dir(&layout.root),
    )
}

/// Builds the library behind Kotlin and Swift, and the generator, and says where the library is.
///
/// Both in one command: Cargo then settles on the features that the whole workspace has, and
/// takes what `cargo test` has compiled before.
pub(crate) fn native_library(layout: &Layout, log: &mut Log) -> Result<PathBuf, Fault> {
    library(layout, "debug", &[], log)
}

/// As [`native_library`], the library as it is shipped.
pub(crate) fn release_library(layout: &Layout, log: &mut Log) -> Result<PathBuf, Fault> {
    library(layout, "release", &["--release"], log)
}

fn library(layout: &Layout, folder: &str, profile: &[&str], log: &mut Log) -> Result<PathBuf, Fault> {
    log.must(
        run::cargo(&layout.root)
            .args(["build", "--package", "qudao-mobile", "--package", "qudao-bindgen"])
            .args(profile),
    )?;
    let name = format!("{}qudao_mobile{}", std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX);
    Ok(layout.target.join(folder).join(name))
}

/// Writes the generated sources of a language and says where they are.
pub(crate) fn generate(
    layout: &Layout,
    language: Language,
    library: &Path,
    log: &mut Log,
) -> Result<PathBuf, Fault> {
    let (word, out) = match language {
        Language::Kotlin => {
            ("kotlin", layout.root.join("bindings/kotlin/core/target/generated-sources/uniffi"))
        }
        Language::Swift => ("swift", layout.root.join("bindings/swift/Generated")),
        Language::Rust | Language::Python => return Err("UniFFI writes Kotlin and Swift only".into()),
    };
    let fresh = layout.target.join("xtask-generated").join(word);
    if fresh.exists() {
        fs::remove_dir_all(&fresh)?;
    }
    log.must(
        // The generator was built beside the library.
        Command::new(library.with_file_name("qudao-bindgen"))
            .arg(word)
            .arg(library)
            .arg(&fresh)
            .current_dir(&layout.root),
    )?;
    mirror(&fresh, &out)?;
    Ok(out)
}

/// Makes `to` equal to `from` and leaves equal files untouched, so that compilers see no change.
fn mirror(from: &Path, to: &Path) -> Result<(), Fault> {
    fs::create_dir_all(to)?;
    let mut kept = BTreeSet::new();
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        kept.insert(entry.file_name());
        if entry.file_type()?.is_dir() {
            mirror(&entry.path(), &target)?;
        } else {
            let text = fs::read(entry.path())?;
            if fs::read(&target).ok().as_ref() != Some(&text) {
                fs::write(&target, text)?;
            }
        }
    }
    for entry in fs::read_dir(to)? {
        let entry = entry?;
        if kept.contains(&entry.file_name()) {
            continue;
        }
        if entry.file_type()?.is_dir() {
            fs::remove_dir_all(entry.path())?;
        } else {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mirror_keeps_equal_files_and_removes_the_rest() {
        let base = std::env::temp_dir().join(format!("xtask-mirror-{}", std::process::id()));
        let (from, to) = (base.join("from"), base.join("to"));
        fs::create_dir_all(from.join("a")).unwrap();
        fs::create_dir_all(to.join("old")).unwrap();
        fs::write(from.join("a/x"), "new").unwrap();
        fs::write(from.join("same"), "same").unwrap();
        fs::write(to.join("same"), "same").unwrap();
        fs::write(to.join("gone"), "gone").unwrap();
        let before = fs::metadata(to.join("same")).unwrap().modified().unwrap();
        mirror(&from, &to).unwrap();
        assert_eq!(fs::read_to_string(to.join("a/x")).unwrap(), "new");
        assert_eq!(fs::metadata(to.join("same")).unwrap().modified().unwrap(), before);
        assert!(!to.join("gone").exists() && !to.join("old").exists());
        fs::remove_dir_all(base).unwrap();
    }
}
