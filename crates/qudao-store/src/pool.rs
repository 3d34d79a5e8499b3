//! Connections shared between threads, with a bound on waiting.

use std::ops::Deref;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rusqlite::Connection;

use crate::StoreError;

/// A fixed number of connections, made when needed.
///
/// Waiting ends after a time: a closure that asks for a connection that its own thread holds gets an error, not a
/// deadlock.
pub(crate) struct Pool {
    state: Mutex<State>,
    freed: Condvar,
    wait: Duration,
    max: usize,
}

struct State {
    idle: Vec<Connection>,
    made: usize,
}

impl Pool {
    pub(crate) fn new(max: usize, wait: Duration) -> Self {
        Self {
            state: Mutex::new(State { idle: Vec::new(), made: 0 }),
            freed: Condvar::new(),
            wait,
            max: max.max(1),
        }
    }

    pub(crate) fn with(connection: Connection, wait: Duration) -> Self {
        let pool = Self::new(1, wait);
        {
            let mut state = pool.lock();
            state.idle.push(connection);
            state.made = 1;
        }
        pool
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // The state is two numbers and a list that no panic leaves half-changed.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A connection, at once or when one is given back; [`StoreError::Locked`] after the waiting time.
    pub(crate) fn take(
        &self,
        make: impl FnOnce() -> Result<Connection, StoreError>,
    ) -> Result<Lease<'_>, StoreError> {
        let began = Instant::now();
        let mut state = self.lock();
        loop {
            if let Some(connection) = state.idle.pop() {
                return Ok(Lease { pool: self, connection: Some(connection) });
            }
            if state.made < self.max {
                state.made = state.made.saturating_add(1);
                drop(state);
                return match make() {
                    Ok(connection) => Ok(Lease { pool: self, connection: Some(connection) }),
                    Err(error) => {
                        self.give_back(None);
                        Err(error)
                    }
                };
            }
            let Some(left) = self.wait.checked_sub(began.elapsed()) else { return Err(StoreError::Locked) };
            state = self.freed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn give_back(&self, connection: Option<Connection>) {
        let mut state = self.lock();
        match connection {
            Some(connection) => state.idle.push(connection),
            None => state.made = state.made.saturating_sub(1),
        }
        drop(state);
        self.freed.notify_one();
    }
}

/// A connection until dropped. A transaction left open, by a panic, is rolled back then.
pub(crate) struct Lease<'p> {
    pool: &'p Pool,
    connection: Option<Connection>,
}

impl Deref for Lease<'_> {
    type Target = Connection;

    #[expect(clippy::expect_used, reason = "a lease holds its connection until it is dropped")]
    fn deref(&self) -> &Connection {
        self.connection.as_ref().expect("held until dropped")
    }
}

impl Drop for Lease<'_> {
    fn drop(&mut self) {
        let usable = self
            .connection
            .take()
            .filter(|connection| connection.is_autocommit() || connection.execute_batch("ROLLBACK").is_ok());
        self.pool.give_back(usable);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn memory() -> Result<Connection, StoreError> {
        Ok(Connection::open_in_memory()?)
    }

    #[test]
    fn waiting_ends() {
        let pool = Pool::new(1, Duration::from_millis(20));
        let held = pool.take(memory).unwrap();
        assert_eq!(pool.take(memory).err(), Some(StoreError::Locked));
        drop(held);
        assert!(pool.take(memory).is_ok());
    }

    #[test]
    fn an_open_transaction_does_not_come_back() {
        let pool = Pool::new(1, Duration::from_millis(20));
        pool.take(memory)
            .unwrap()
            .execute_batch("CREATE TABLE t (x); BEGIN; INSERT INTO t VALUES (1)")
            .unwrap();
        let again = pool.take(memory).unwrap();
        assert!(again.is_autocommit());
        let n: i64 = again.query_row("SELECT count(*) FROM t", [], |r| r.get(0)).unwrap();
        assert_eq!(n, 0);
    }

    #[test]
    fn a_failed_connection_frees_its_place() {
        let pool = Pool::new(1, Duration::from_millis(20));
        assert_eq!(pool.take(|| Err(StoreError::Io)).err(), Some(StoreError::Io));
        assert!(pool.take(memory).is_ok());
    }
}
