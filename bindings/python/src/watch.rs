//! Long work that tells how far it is, and that ends when somebody presses Ctrl-C.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use pyo3::prelude::*;
use qudao::matching::{MatchError, Watch};

use crate::error::Fault;

/// So often the caller's thread looks up.
const EVERY: Duration = Duration::from_millis(15);

/// What work tells while it goes on.
pub(crate) struct Told {
    /// How far it is, and whether it should stop.
    pub(crate) watch: Watch,
    rows: AtomicUsize,
}

impl Told {
    /// So many more rows are to be worked on.
    pub(crate) fn add_rows(&self, rows: usize) {
        self.rows.fetch_add(rows, Ordering::Relaxed);
    }

    /// An error where the work should stop.
    pub(crate) fn check(&self) -> Result<(), Fault> {
        if self.watch.is_cancelled() { Err(qudao::Error::from(MatchError::Cancelled).into()) } else { Ok(()) }
    }

    /// Rows so far and rows in all: the share of the work that is done, in rows.
    fn so_far(&self) -> (usize, usize) {
        let rows = self.rows.load(Ordering::Relaxed);
        (usize::try_from(rows as u64 * u64::from(self.watch.permille()) / 1000).unwrap_or(rows), rows)
    }
}

/// Works without the interpreter's lock in a thread of its own. Meanwhile the caller's thread runs what Python does on signals and calls
/// `progress` with the rows so far and the rows in all; what either raises stops the work, and is raised once its threads have ended.
pub(crate) fn watched<T: Send>(
    py: Python<'_>,
    progress: Option<Py<PyAny>>,
    work: impl FnOnce(&Told) -> Result<T, Fault> + Send,
) -> PyResult<T> {
    let told = Told { watch: Watch::new(), rows: AtomicUsize::new(0) };
    let outcome = py.detach(|| {
        thread::scope(|scope| {
            let (send, receive) = channel();
            let told = &told;
            let worker = thread::Builder::new().name("qudao".to_owned()).spawn_scoped(scope, move || {
                let answer = catch_unwind(AssertUnwindSafe(|| work(told)));
                let _ = send.send(answer.unwrap_or_else(|_| Err(Fault::internal())));
            });
            let worker = match worker {
                Ok(worker) => worker,
                Err(error) => return Err(Fault::Python(error.into())),
            };
            let mut raised: Option<PyErr> = None;
            loop {
                match receive.recv_timeout(EVERY) {
                    Ok(answer) => {
                        // The thread has ended too when the caller goes on.
                        let _ = worker.join();
                        return raised.map_or(answer, |error| Err(error.into()));
                    }
                    Err(RecvTimeoutError::Disconnected) => return Err(Fault::internal()),
                    Err(RecvTimeoutError::Timeout) if raised.is_some() => {}
                    Err(RecvTimeoutError::Timeout) => {
                        raised = Python::attach(|py| {
                            py.check_signals()?;
                            tell(py, progress.as_ref(), told)
                        })
                        .err();
                        if raised.is_some() {
                            told.watch.cancel();
                        }
                    }
                }
            }
        })
    })?;
    tell(py, progress.as_ref(), &told)?;
    Ok(outcome)
}

fn tell(py: Python<'_>, progress: Option<&Py<PyAny>>, told: &Told) -> PyResult<()> {
    let Some(call) = progress else { return Ok(()) };
    let (done, rows) = told.so_far();
    if rows > 0 {
        call.call1(py, (done, rows))?;
    }
    Ok(())
}
