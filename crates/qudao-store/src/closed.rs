//! Files that must be migrated before they can be used.

use qudao_model::{Actor, Hash, Instant};

use crate::connect::in_write;
use crate::{MigrationPreview, MigrationReport, Opened, ReadTx, Store, StoreError};
use crate::{blueprint, format, open, rebuild};

/// A file that was written under another Blueprint. It stays as it is until [`migrate`](Self::migrate).
#[derive(Debug)]
pub struct ClosedStore {
    pub(crate) store: Store,
    pub(crate) stored: Hash,
}

impl ClosedStore {
    /// What the new Blueprint would change. Reads every record, writes nothing.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub fn preview(&self) -> Result<MigrationPreview, StoreError> {
        self.store.read(|view| {
            blueprint::preview(view, &*self.store.options.deriver, &self.stored, self.store.blueprint())
        })
    }

    /// Reads the file under the new schema, for looking at records before the migration.
    ///
    /// # Errors
    /// The closure's, or [`StoreError`] when the store fails.
    pub fn read<R, E: From<StoreError>>(
        &self,
        work: impl FnOnce(&ReadTx<'_>) -> Result<R, E>,
    ) -> Result<R, E> {
        self.store.read(work)
    }

    /// Makes the new Blueprint the store's own: logged as the command `migrate_blueprint`, with references, claims
    /// and block keys computed anew, in one transaction. Of several records with one unique value the first made
    /// holds it; the others are reported, and nothing of them is lost.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails; the file stays as it was. [`StoreError::MigratedElsewhere`] when
    /// another program was faster.
    pub fn migrate(self, actor: &Actor, now: Instant) -> Result<(Store, MigrationReport), StoreError> {
        let report = {
            let lease = self.store.writer()?;
            in_write(&lease, self.store.options.busy_timeout, || {
                if open::stored_blueprint(&lease)? != self.stored {
                    return Err(StoreError::MigratedElsewhere);
                }
                blueprint::migrate(&self.store, &lease, &self.stored, actor, now)
            })?
        };
        Ok((self.store, report))
    }
}

/// A file that was written by an earlier version. It stays as it is until [`migrate`](Self::migrate).
#[derive(Debug)]
pub struct OutdatedStore {
    pub(crate) store: Store,
    pub(crate) found: u32,
}

impl OutdatedStore {
    /// What the migration adds to the file, step by step.
    #[must_use]
    pub fn preview(&self) -> Vec<&'static str> {
        let steps = format::STEPS.iter().filter(|s| s.format > self.found).map(|s| s.summary);
        steps.chain(std::iter::once("projections rebuilt from the log")).collect()
    }

    /// Brings the file to the current format, in one transaction: the log stays as it is, projections are made
    /// anew and replayed. The Blueprint may still differ afterwards.
    ///
    /// # Errors
    /// [`StoreError`] when the log is damaged or the store fails; the file stays as it was.
    pub fn migrate(self) -> Result<Opened, StoreError> {
        {
            let lease = self.store.writer()?;
            let options = &self.store.options;
            in_write(&lease, options.busy_timeout, || {
                if format::inspect(&lease)? != format::Found::Format(self.found) {
                    return Err(StoreError::MigratedElsewhere);
                }
                format::upgrade(&lease, self.found)?;
                rebuild::rebuild(&lease, &options.schema, &*options.deriver)?;
                format::set_meta(&lease, "derived_for", &options.derivation())
            })?;
        }
        open::settle(self.store)
    }
}
