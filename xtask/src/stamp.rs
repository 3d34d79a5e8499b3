//! Stamps: a set-up step is skipped when what it was made from has not changed.

use std::fs;
use std::path::Path;

/// A short fingerprint (FNV-1a, 64 bit) of some texts; not for security.
pub(crate) fn digest(parts: &[&str]) -> String {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for part in parts {
        for byte in part.bytes().chain([0]) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    format!("{hash:016x}")
}

/// True when the stamp file holds exactly this fingerprint.
pub(crate) fn holds(file: &Path, fingerprint: &str) -> bool {
    fs::read_to_string(file).is_ok_and(|text| text.trim() == fingerprint)
}

/// Records that the step is done for this fingerprint.
pub(crate) fn write(file: &Path, fingerprint: &str) -> std::io::Result<()> {
    if let Some(dir) = file.parent() {
        fs::create_dir_all(dir)?;
    }
    fs::write(file, fingerprint)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_keeps_parts_apart() {
        assert_eq!(digest(&["ab", "c"]), digest(&["ab", "c"]));
        assert_ne!(digest(&["ab", "c"]), digest(&["a", "bc"]));
        assert_ne!(digest(&["ab"]), digest(&["ab", ""]));
    }
}
