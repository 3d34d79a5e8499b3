//! Opening: what is in the file, and whether it fits.

use std::path::Path;

use qudao_model::Hash;
use rusqlite::Connection;

use crate::connect::{Place, connect, in_write, prepare_writer};
use crate::format::{self, FORMAT, Found};
use crate::pool::Pool;
use crate::{ClosedStore, OpenOptions, OutdatedStore, Store, StoreError, derive};

/// What opening a file answers. Nothing is changed before it is asked for.
#[derive(Debug)]
pub enum Opened {
    /// It is open.
    Ready(Store),
    /// It was written under another Blueprint (`store.blueprint_changed`).
    BlueprintChanged {
        /// The hash of the Blueprint in the file.
        stored: Hash,
        /// The hash of the Blueprint given.
        given: Hash,
        /// Previews the change and makes it.
        store: ClosedStore,
    },
    /// It was written by an earlier version (`store.old_format`).
    OldFormat {
        /// The file's format.
        found: u32,
        /// The format of this version.
        current: u32,
        /// Previews the migration and makes it.
        store: OutdatedStore,
    },
}

impl Opened {
    /// The store when it is ready.
    #[must_use]
    pub fn ready(self) -> Option<Store> {
        if let Self::Ready(store) = self { Some(store) } else { None }
    }
}

pub(crate) fn open(path: &Path, options: OpenOptions) -> Result<Opened, StoreError> {
    let place = Place::File(path.to_owned());
    let conn = connect(&place, &options).map_err(|e| e.at(path))?;
    let mut found = format::inspect(&conn).map_err(|e| e.at(path))?;
    if found == Found::Empty {
        if !options.create {
            return Err(StoreError::corrupt(path.display().to_string(), "the file is empty"));
        }
        prepare_writer(&conn, &options).map_err(|e| e.at(path))?;
        create(&conn, &options).map_err(|e| e.at(path))?;
        // Another program may have been faster.
        found = format::inspect(&conn).map_err(|e| e.at(path))?;
    }
    let place_text = || path.display().to_string();
    match found {
        Found::Empty | Found::Foreign => Err(StoreError::Foreign { place: place_text() }),
        Found::Format(found) if found > FORMAT => {
            Err(StoreError::NewerFormat { place: place_text(), found, known: FORMAT })
        }
        Found::Format(found) => {
            prepare_writer(&conn, &options).map_err(|e| e.at(path))?;
            let store = assemble(place, conn, options).map_err(|e| e.at(path))?;
            if found < FORMAT {
                let store = OutdatedStore { store, found };
                return Ok(Opened::OldFormat { found, current: FORMAT, store });
            }
            settle(store).map_err(|e| e.at(path))
        }
    }
}

/// Compares the Blueprints of a store in the current format.
pub(crate) fn settle(store: Store) -> Result<Opened, StoreError> {
    let lease = store.writer()?;
    let stored = stored_blueprint(&lease)?;
    let given = store.blueprint().clone();
    if stored != given {
        drop(lease);
        return Ok(Opened::BlueprintChanged {
            stored: stored.clone(),
            given,
            store: ClosedStore { store, stored },
        });
    }
    if format::meta(&lease, "derived_for")?.as_deref() != Some(store.options.derivation().as_str()) {
        // A format migration under another Blueprint came first, or another version of the deriver.
        in_write(&lease, store.options.busy_timeout, || {
            format::clear(&lease, format::DERIVED)?;
            derive::derive_all(&lease, &store.options.schema, &*store.options.deriver)?;
            format::set_meta(&lease, "derived_for", &store.options.derivation())
        })?;
    }
    drop(lease);
    Ok(Opened::Ready(store))
}

pub(crate) fn stored_blueprint(conn: &Connection) -> Result<Hash, StoreError> {
    let stored = format::meta(conn, "blueprint")?
        .ok_or_else(|| StoreError::corrupt("meta", "the Blueprint's hash is missing"))?;
    crate::rows::hash("meta", &stored)
}

pub(crate) fn in_memory(options: OpenOptions) -> Result<Store, StoreError> {
    let conn = connect(&Place::Memory, &options)?;
    if let Some(pages) = options.max_pages {
        conn.pragma_update_and_check(None, "max_page_count", pages, |row| row.get::<_, i64>(0))?;
    }
    create(&conn, &options)?;
    assemble(Place::Memory, conn, options)
}

fn assemble(place: Place, conn: Connection, options: OpenOptions) -> Result<Store, StoreError> {
    let device = format::meta(&conn, "device")?
        .ok_or_else(|| StoreError::corrupt("meta", "the device's id is missing"))?;
    let readers = match place {
        Place::Memory => None,
        Place::File(_) => Some(Pool::new(options.readers, options.busy_timeout)),
    };
    Ok(Store { place, device, writer: Pool::with(conn, options.busy_timeout), readers, options })
}

/// Makes the tables of a new store, all of them or none.
fn create(conn: &Connection, options: &OpenOptions) -> Result<(), StoreError> {
    in_write(conn, options.busy_timeout, || {
        if format::inspect(conn)? != Found::Empty {
            return Ok(());
        }
        format::upgrade(conn, 0)?;
        let device = options.device.clone().unwrap_or_else(|| uuid::Uuid::now_v7().to_string());
        format::set_meta(conn, "device", &device)?;
        keep_blueprint(conn, options)?;
        format::set_meta(conn, "derived_for", &options.derivation())
    })
}

/// Makes the given Blueprint the store's own.
pub(crate) fn keep_blueprint(conn: &Connection, options: &OpenOptions) -> Result<(), StoreError> {
    let blueprint = &options.blueprint;
    conn.prepare_cached("INSERT INTO blueprints (hash, text) VALUES (?1, ?2) ON CONFLICT DO NOTHING")?
        .execute([blueprint.hash.as_str(), &blueprint.text])?;
    format::set_meta(conn, "blueprint", blueprint.hash.as_str())
}
