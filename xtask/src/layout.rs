//! Where things are: the checkout, the build folder and the cache outside the checkout.

use std::env;
use std::path::{Path, PathBuf};

use crate::run::Fault;
use crate::stamp;

/// The folders a task works in.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    /// Root of the checkout.
    pub(crate) root: PathBuf,
    /// Cargo's build folder.
    pub(crate) target: PathBuf,
    /// Toolchains and virtual environments, kept between runs and checkouts.
    pub(crate) cache: PathBuf,
}

impl Layout {
    /// Finds the folders from the environment that `cargo run` gives.
    pub(crate) fn find() -> Result<Self, Fault> {
        let manifest = env::var_os("CARGO_MANIFEST_DIR")
            .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
        let root = manifest.parent().ok_or("the workspace root was not found")?.to_path_buf();
        let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
        let cache = env::var_os("QUDAO_CACHE")
            .map(PathBuf::from)
            .or_else(|| env::var_os("XDG_CACHE_HOME").map(|dir| PathBuf::from(dir).join("qudao")))
            .or_else(|| env::var_os("HOME").map(|dir| PathBuf::from(dir).join(".cache/qudao")))
            .ok_or("neither QUDAO_CACHE nor HOME is set")?;
        Ok(Self { root: absolute(&root)?, target: absolute(&target)?, cache: absolute(&cache)? })
    }

    /// A folder of the cache that belongs to this checkout alone.
    pub(crate) fn own_cache(&self, name: &str) -> PathBuf {
        self.cache.join(format!("{name}-{}", stamp::digest(&[&self.root.to_string_lossy()])))
    }

    /// The file a step writes its full output to.
    pub(crate) fn log(&self, name: &str) -> PathBuf {
        let file: String = name
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' })
            .collect();
        self.target.join("xtask-logs").join(format!("{file}.log"))
    }

    /// The path as seen from the root, for messages.
    pub(crate) fn short(&self, path: &Path) -> String {
        path.strip_prefix(&self.root).unwrap_or(path).display().to_string()
    }
}

fn absolute(path: &Path) -> Result<PathBuf, Fault> {
    std::path::absolute(path).map_err(|error| format!("{}: {error}", path.display()).into())
}
