//! How far a long search is, and how it is stopped.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

/// All of the work, in millionths.
const ALL: u32 = 1_000_000;

/// Watches a search from another thread: how far it is, and that it should stop. Clones watch the same.
///
/// A search that is stopped ends within a fraction of a second, in all its phases, and answers [`crate::MatchError::Cancelled`]; its
/// threads have ended by then. What it tells never goes back, and ends at 1000.
///
/// ```
/// use qudao_match::{Dedupe, Watch};
///
/// let watch = Watch::new();
/// let options = Dedupe { watch: Some(watch.clone()), ..Dedupe::default() };
/// // A thread searches with these options; meanwhile here:
/// println!("{} %", watch.permille() / 10);
/// watch.cancel();
/// assert!(watch.is_cancelled());
/// # drop(options);
/// ```
#[derive(Debug, Clone)]
pub struct Watch {
    state: Arc<State>,
    from: u32,
    to: u32,
}

#[derive(Debug, Default)]
struct State {
    cancelled: AtomicBool,
    reached: AtomicU32,
    /// How often it was asked whether to stop, and at which time of these it says so; 0 for never.
    #[cfg(test)]
    asked: std::sync::atomic::AtomicU64,
    #[cfg(test)]
    cancelled_when: std::sync::atomic::AtomicU64,
}

impl Default for Watch {
    fn default() -> Self {
        Self { state: Arc::default(), from: 0, to: ALL }
    }
}

impl PartialEq for Watch {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.state, &other.state) && self.range() == other.range()
    }
}

impl Eq for Watch {}

impl Watch {
    /// Nothing is done yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The same watch over a part of the work, in thousandths: what a search tells of all its work is told of that part.
    #[must_use]
    pub fn part(&self, from: u32, to: u32) -> Self {
        let at = |part: u32| {
            let share = u64::from(self.to - self.from) * u64::from(part.min(1000)) / 1000;
            self.from + u32::try_from(share).unwrap_or(0)
        };
        Self { state: self.state.clone(), from: at(from), to: at(to.max(from)) }
    }

    /// Tells the search to stop.
    pub fn cancel(&self) {
        self.state.cancelled.store(true, Ordering::Relaxed);
    }

    /// The search was told to stop.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        #[cfg(test)]
        {
            let asked = self.state.asked.fetch_add(1, Ordering::Relaxed) + 1;
            if asked == self.state.cancelled_when.load(Ordering::Relaxed) {
                self.cancel();
            }
        }
        self.state.cancelled.load(Ordering::Relaxed)
    }

    /// How much of the work is done, in thousandths.
    #[must_use]
    pub fn permille(&self) -> u32 {
        self.state.reached.load(Ordering::Relaxed) / 1000
    }

    /// Tells that so many of a number of equal steps of this part of the work are done.
    pub fn tell(&self, done: usize, of: usize) {
        let share = u64::from(self.to - self.from) * done.min(of) as u64 / of.max(1) as u64;
        self.reached(self.from + u32::try_from(share).unwrap_or(0));
    }

    /// How often it was asked whether to stop.
    #[cfg(test)]
    pub(crate) fn asked(&self) -> u64 {
        self.state.asked.load(Ordering::Relaxed)
    }

    /// Says so when it is asked for the nth time.
    #[cfg(test)]
    pub(crate) fn cancel_when_asked(&self, nth: u64) {
        self.state.cancelled_when.store(nth, Ordering::Relaxed);
    }

    pub(crate) fn range(&self) -> (u32, u32) {
        (self.from, self.to)
    }

    /// What was reached is never taken back.
    pub(crate) fn reached(&self, millionths: u32) {
        self.state.reached.fetch_max(millionths, Ordering::Relaxed);
    }
}
