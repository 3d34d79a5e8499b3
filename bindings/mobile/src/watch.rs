//! Long work that tells how far it is, and that ends when its host says so.

use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use qudao::matching::{MatchError, Watch};
use qudao::model::Locale;

use crate::QudaoError;
use crate::error::Fault;
use crate::guard::{guard, guard_in, panicked};

/// So often the caller's thread looks up.
const EVERY: Duration = Duration::from_millis(25);

/// Hears how far a call is, and says whether it goes on.
#[uniffi::export(foreign)]
pub trait ProgressListener: Send + Sync {
    /// The share of the work that is done, from 0 to 1; it never falls. Called on the thread that made the call: with 0 before the
    /// work begins, some forty times a second while it goes on, and with 1 once all is done.
    ///
    /// With `false` the work ends within a fraction of a second, and the call with the error `Cancelled`; nothing is half done. At 1 it
    /// is too late for that.
    ///
    /// # Errors
    ///
    /// What it throws ends the work as well.
    fn on_progress(&self, done: f64) -> Result<bool, QudaoError>;
}

/// Works in a thread of its own while the caller's thread asks the listener; on the caller's thread where there is none. The work has ended
/// when this answers.
pub(crate) fn watched<T: Send>(
    listener: Option<Arc<dyn ProgressListener>>,
    locale: &Locale,
    work: impl FnOnce(Option<&Watch>) -> Result<T, Fault> + Send,
) -> Result<T, Fault> {
    let Some(listener) = listener else { return work(None) };
    let told = |done: f64| match guard(|| listener.on_progress(done)) {
        Ok(true) => Ok(()),
        Ok(false) | Err(QudaoError::Cancelled { .. }) => Err(Fault::from(MatchError::Cancelled)),
        Err(error) => Err(Fault::Told(error)),
    };
    told(0.0)?;
    let watch = Watch::new();
    let answer = thread::scope(|scope| {
        let (send, receive) = channel();
        let (watch, spoken) = (&watch, locale.as_str().to_owned());
        let run = move || {
            // A panic is told like any other error.
            let answer = guard_in(Some(spoken), |_| work(Some(watch)));
            let _ = send.send(answer.map_err(Fault::Told));
        };
        if let Err(error) = thread::Builder::new().name("qudao".to_owned()).spawn_scoped(scope, run) {
            return Err(qudao::Error::Internal { detail: error.to_string() }.into());
        }
        let mut stopped = None;
        loop {
            match receive.recv_timeout(EVERY) {
                Ok(answer) => return stopped.map_or(answer, Err),
                Err(RecvTimeoutError::Disconnected) => return Err(Fault::Told(panicked(locale))),
                Err(RecvTimeoutError::Timeout) if stopped.is_some() => {}
                Err(RecvTimeoutError::Timeout) => {
                    // All is done when the answer is here.
                    stopped = told(f64::from(watch.permille().min(999)) / 1000.0).err();
                    if stopped.is_some() {
                        watch.cancel();
                    }
                }
            }
        }
    })?;
    match told(1.0) {
        Err(Fault::Told(error)) => Err(Fault::Told(error)),
        Err(_) | Ok(()) => Ok(answer),
    }
}

/// An error where the work should stop.
pub(crate) fn check(watch: Option<&Watch>) -> Result<(), Fault> {
    match watch {
        Some(watch) if watch.is_cancelled() => Err(MatchError::Cancelled.into()),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    /// Keeps what it hears, and says no from the nth time on.
    struct Listener {
        heard: Mutex<Vec<f64>>,
        no_from: usize,
        thrown: bool,
    }

    impl Listener {
        fn new(no_from: usize, thrown: bool) -> Arc<Self> {
            Arc::new(Self { heard: Mutex::default(), no_from, thrown })
        }
    }

    impl ProgressListener for Listener {
        fn on_progress(&self, done: f64) -> Result<bool, QudaoError> {
            let mut heard = self.heard.lock().unwrap();
            heard.push(done);
            let no = heard.len() >= self.no_from;
            if no && self.thrown { Err(QudaoError::argument("own.code", "own words")) } else { Ok(!no) }
        }
    }

    /// Works until it is told to stop, or for so many steps of a millisecond.
    fn steps(watch: Option<&Watch>, count: usize) -> Result<usize, Fault> {
        for step in 0..count {
            check(watch)?;
            if let Some(watch) = watch {
                watch.tell(step, count);
            }
            thread::sleep(Duration::from_millis(1));
        }
        Ok(count)
    }

    fn run(listener: &Arc<Listener>, count: usize) -> Result<usize, QudaoError> {
        let heard: Arc<dyn ProgressListener> = listener.clone();
        guard_in(Some("zh-CN".to_owned()), |locale| watched(Some(heard), locale, |watch| steps(watch, count)))
    }

    #[test]
    fn what_is_told_rises_from_nothing_to_all() {
        let listener = Listener::new(usize::MAX, false);
        assert_eq!(run(&listener, 150).unwrap(), 150);
        let heard = listener.heard.lock().unwrap();
        assert!(heard.len() > 3 && heard.is_sorted(), "{heard:?}");
        assert_eq!((heard.first(), heard.last()), (Some(&0.0), Some(&1.0)));
    }

    #[test]
    fn a_no_stops_before_the_work_and_within_it() {
        for (no_from, count) in [(1, 0), (2, 60_000), (3, 60_000)] {
            let listener = Listener::new(no_from, false);
            let error = run(&listener, count).unwrap_err();
            assert!(matches!(error, QudaoError::Cancelled { .. }), "{error:?}");
            assert_eq!((error.code(), error.to_string().as_str()), ("matching.cancelled", "查重已被中止"));
            assert_eq!(listener.heard.lock().unwrap().len(), no_from, "it is not asked again");
        }
        // All is done by then.
        let listener = Listener::new(2, false);
        assert_eq!(run(&listener, 0).unwrap(), 0);
    }

    #[test]
    fn what_a_listener_throws_is_told_as_it_is() {
        for (no_from, count) in [(1, 0), (2, 60_000), (2, 0)] {
            let error = run(&Listener::new(no_from, true), count).unwrap_err();
            assert_eq!((error.code(), error.to_string().as_str()), ("own.code", "own words"));
        }
        let other: QudaoError = uniffi::UnexpectedUniFFICallbackError::new("phone 13800138000").into();
        assert_eq!(other.code(), "matching.cancelled");
        assert!(!other.to_string().contains("138"), "{other}");
    }

    #[test]
    fn a_panic_within_the_work_is_told() {
        let listener: Arc<dyn ProgressListener> = Listener::new(usize::MAX, false);
        let error = guard_in::<()>(None, |locale| watched(Some(listener), locale, |_| panic!("torn")));
        assert_eq!(error.unwrap_err().code(), "internal.panic");
    }
}
