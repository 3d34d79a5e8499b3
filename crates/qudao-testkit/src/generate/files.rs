//! All files of the example data, made, written and compared.

use std::path::{Path, PathBuf};

use super::sheet::DataFile;
use super::world::World;
use super::{accounts, deals, leads, network};

/// The seed of the example data in the repository.
pub const SEED: u64 = 20_240_102;

/// Makes every file of the example data.
#[must_use]
pub fn generate(seed: u64) -> Vec<DataFile> {
    let users = network::staff(seed);
    let partners = network::partners(seed, &users);
    let accounts = accounts::accounts(seed, &users, &partners);
    let deals = deals::deals(seed, &accounts, &partners);
    let world = World { seed, users, partners, accounts, deals };
    let contacts = accounts::contact_file(&world);
    let leads = leads::lead_file(&world);
    vec![
        network::territories(),
        network::products(),
        network::partner_file(&world),
        network::user_file(&world),
        network::certificates(&world),
        accounts::account_file(&world),
        leads::campaign_file(),
        deals::deal_file(&world),
        deals::visit_file(&world),
        deals::role_file(&world, &contacts),
        deals::registration_file(&world),
        leads::activity_file(&world, &leads),
        contacts,
        leads,
    ]
}

/// The folder of the example data in a checkout.
#[must_use]
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/data")
}

/// Writes every file into a folder.
///
/// # Errors
/// A text that names the file and says why it cannot be written.
pub fn write(folder: &Path, seed: u64) -> Result<(), String> {
    std::fs::create_dir_all(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    for file in generate(seed) {
        let path = folder.join(file.name);
        std::fs::write(&path, file.to_bytes()?).map_err(|e| format!("{}: {e}", path.display()))?;
    }
    Ok(())
}

/// The files of a folder that are not as they would be made now.
///
/// # Errors
/// A text that says why a file cannot be made.
pub fn check(folder: &Path, seed: u64) -> Result<Vec<&'static str>, String> {
    let mut drifted = Vec::new();
    for file in generate(seed) {
        let found = std::fs::read(folder.join(file.name)).unwrap_or_default();
        if found != file.to_bytes()? {
            drifted.push(file.name);
        }
    }
    Ok(drifted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_files_in_the_repository_are_those_that_are_made() {
        assert_eq!(check(&folder(), SEED).unwrap(), Vec::<&str>::new(), "run `cargo xtask gen-data`");
    }

    #[test]
    fn a_changed_file_is_found() {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), SEED).unwrap();
        assert_eq!(check(folder.path(), SEED).unwrap(), Vec::<&str>::new());
        std::fs::write(folder.path().join("users.csv"), "x").unwrap();
        assert_eq!(check(folder.path(), SEED).unwrap(), ["users.csv"]);
        assert!(check(folder.path(), SEED + 1).unwrap().len() > 5);
    }

    #[test]
    fn the_size_is_as_promised() {
        let files = generate(SEED);
        let rows = |name: &str| files.iter().find(|f| f.name == name).map_or(0, |f| f.rows.len());
        assert_eq!((rows("partners.csv"), rows("accounts.csv"), rows("opportunities.csv")), (60, 600, 2000));
        assert!(rows("visits.csv") > 5000);
        let bytes: usize = files.iter().map(|f| f.to_bytes().unwrap().len()).sum();
        assert!(bytes < 2_000_000, "{bytes}");
    }
}
