//! What several unit tests of the index share.

use qudao_model::RuleId;
use rusqlite::Connection;

/// An empty database.
pub(crate) fn index() -> Connection {
    let conn = Connection::open_in_memory().unwrap();
    crate::format::upgrade(&conn, 0).unwrap();
    conn
}

pub(crate) fn rule() -> RuleId {
    RuleId::new("r").unwrap()
}
