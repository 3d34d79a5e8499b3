//! Work on several threads with the same result on any number of them: work is cut into pieces by its size alone, and
//! the answers are put together in the order of the pieces.
//!
//! Between two pieces a call tells how far it is and asks whether it should stop. One that should stops with what it has, which is
//! thrown away: whoever began the call checks before the answer is used ([`Threads::check`]).

use std::ops::Range;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::MatchError;
use crate::values::CHECKED;
use crate::watch::Watch;

/// The threads of a call, and who watches it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Threads<'a> {
    count: usize,
    watch: Option<&'a Watch>,
    /// Of the watched work this is the part from here to there, in millionths.
    from: u32,
    to: u32,
}

/// As many threads as asked for, and what the machine offers when nobody asked. Nobody watches.
pub(crate) fn threads(asked: Option<usize>) -> Threads<'static> {
    Threads::of(asked, None)
}

impl<'a> Threads<'a> {
    pub(crate) fn of(asked: Option<usize>, watch: Option<&'a Watch>) -> Self {
        let offered = || std::thread::available_parallelism().map_or(1, usize::from);
        let (from, to) = watch.map_or((0, 0), Watch::range);
        Self { count: asked.unwrap_or_else(offered).clamp(1, 64), watch, from, to }
    }

    /// A part of the work, in thousandths of the whole.
    pub(crate) fn part(self, from: u32, to: u32) -> Self {
        let at = |part: u32| {
            self.from + (u64::from(self.to - self.from) * u64::from(part.min(1000)) / 1000) as u32
        };
        Self { from: at(from), to: at(to.max(from)), ..self }
    }

    /// One of several parts of the work that are about as large.
    pub(crate) fn nth(self, number: usize, of: usize) -> Self {
        let at = |n: usize| u32::try_from(n.min(of) * 1000 / of.max(1)).unwrap_or(1000);
        self.part(at(number), at(number.saturating_add(1)))
    }

    /// The call should stop.
    #[inline]
    pub(crate) fn stopped(self) -> bool {
        self.watch.is_some_and(Watch::is_cancelled)
    }

    /// An error where the call was stopped: what was worked out since is not whole.
    pub(crate) fn check(self) -> Result<(), MatchError> {
        if self.stopped() { Err(MatchError::Cancelled) } else { Ok(()) }
    }

    /// How many.
    pub(crate) fn count(self) -> usize {
        self.count
    }

    /// The same threads, of which nobody is told how far they are. They are stopped as the others are.
    pub(crate) fn quiet(self) -> Self {
        self.part(0, 0)
    }

    /// Goes through items, and stops among them where the call should stop.
    pub(crate) fn each<T>(self, items: impl IntoIterator<Item = T>, mut work: impl FnMut(T)) {
        let mut left = 0;
        for item in items {
            if left == 0 {
                if self.stopped() {
                    return;
                }
                left = CHECKED;
            }
            left -= 1;
            work(item);
        }
    }

    /// Does two things at once, each on half of the threads. How far the second one is, nobody is told.
    pub(crate) fn both<A, B: Send>(
        self,
        one: impl FnOnce(Self) -> A,
        two: impl FnOnce(Self) -> B + Send,
    ) -> (A, B) {
        let quiet = self.quiet();
        if self.count <= 1 {
            return (one(self), two(quiet));
        }
        let half = self.count / 2;
        std::thread::scope(|scope| {
            let second = scope.spawn(move || two(Self { count: half, ..quiet }));
            let first = one(Self { count: self.count - half, ..self });
            let second = second.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            (first, second)
        })
    }

    /// So much of this part is done.
    pub(crate) fn tell(self, done: usize, of: usize) {
        if let Some(watch) = self.watch {
            let share = u64::from(self.to - self.from) * done.min(of) as u64 / of.max(1) as u64;
            watch.reached(self.from + u32::try_from(share).unwrap_or(0));
        }
    }
}

/// Cuts `0..count` into pieces of `size`, works on each with a state of its thread, and gives the answers in order.
pub(crate) fn pieces<S, T: Send>(
    count: usize,
    size: usize,
    threads: Threads<'_>,
    state: impl Fn() -> S + Sync,
    work: impl Fn(&mut S, Range<usize>) -> T + Sync,
) -> Vec<T> {
    let size = size.max(1);
    let number = count.div_ceil(size);
    let piece = |i: usize| i * size..((i + 1) * size).min(count);
    if threads.count <= 1 || number <= 1 {
        let mut state = state();
        let left = (0..number).take_while(|_| !threads.stopped());
        let one = |i: usize| {
            let answer = work(&mut state, piece(i));
            threads.tell(i + 1, number);
            answer
        };
        return left.map(one).collect();
    }
    let next = AtomicUsize::new(0);
    let done: Mutex<Vec<(usize, T)>> = Mutex::new(Vec::with_capacity(number));
    let worker = || {
        let mut state = state();
        while !threads.stopped() {
            let i = next.fetch_add(1, Ordering::Relaxed);
            if i >= number {
                break;
            }
            let answer = work(&mut state, piece(i));
            if let Ok(mut done) = done.lock() {
                done.push((i, answer));
                threads.tell(done.len(), number);
            }
        }
    };
    // The thread that asks works too.
    std::thread::scope(|scope| {
        for _ in 1..threads.count.min(number) {
            scope.spawn(worker);
        }
        worker();
    });
    let mut done = done.into_inner().unwrap_or_default();
    done.sort_unstable_by_key(|(i, _)| *i);
    done.into_iter().map(|(_, answer)| answer).collect()
}

/// Works on each of some items, which hold where their answers go.
pub(crate) fn share<T: Send>(items: Vec<T>, threads: Threads<'_>, work: impl Fn(T) + Sync) {
    let number = items.len();
    let items = Mutex::new(items.into_iter());
    pieces(
        number,
        1,
        threads,
        || (),
        |(), _| {
            let next = items.lock().ok().and_then(|mut items| items.next());
            if let Some(item) = next {
                work(item);
            }
        },
    );
}

/// So many items are sorted at a time, without a question whether to stop.
const RUN: usize = 1 << 15;

/// Sorts items, which are all different, and stops where the call should stop; what is given back then is not whole.
pub(crate) fn sorted<T: Ord + Copy + Send + Sync>(mut items: Vec<T>, threads: Threads<'_>) -> Vec<T> {
    if items.len() <= RUN {
        items.sort_unstable();
        return items;
    }
    let threads = threads.quiet();
    let run = |(): &mut (), range: Range<usize>| {
        let mut run = items.get(range).unwrap_or_default().to_vec();
        run.sort_unstable();
        run
    };
    let mut runs = pieces(items.len(), RUN, threads, || (), run);
    drop(items);
    while runs.len() > 1 && !threads.stopped() {
        runs = pieces(
            runs.len(),
            2,
            threads,
            || (),
            |(), range| match runs.get(range).unwrap_or_default() {
                [one, two] => merged(one, two, threads),
                [one] => one.clone(),
                _ => Vec::new(),
            },
        );
    }
    runs.pop().unwrap_or_default()
}

/// Two sorted lists as one.
pub(crate) fn merged<T: Ord + Copy>(one: &[T], two: &[T], threads: Threads<'_>) -> Vec<T> {
    let mut out = Vec::with_capacity(one.len() + two.len());
    let (mut left, mut right) = (one.iter().peekable(), two.iter().peekable());
    threads.each(0..one.len() + two.len(), |_| {
        let next = match (left.peek(), right.peek()) {
            (Some(a), Some(b)) if a > b => right.next(),
            (None, _) => right.next(),
            _ => left.next(),
        };
        out.extend(next.copied());
    });
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_threads_does_not_matter() {
        let run = |count| pieces(1003, 10, threads(Some(count)), || 0_usize, |_, range| range.sum::<usize>());
        assert_eq!(run(1), run(2));
        assert_eq!(run(1), run(8));
        assert_eq!(run(3).iter().sum::<usize>(), 1002 * 1003 / 2);
        assert_eq!(pieces(0, 10, threads(Some(4)), || (), |(), r| r.len()), [0_usize; 0]);
    }

    #[test]
    fn what_is_shared_out_is_worked_on_once() {
        let mut places = vec![0_usize; 1003];
        for count in [1, 2, 8] {
            let shares = places.chunks_mut(10).enumerate().collect();
            share(shares, threads(Some(count)), |(at, places)| {
                places.iter_mut().for_each(|slot| *slot += at)
            });
        }
        assert!(places.iter().enumerate().all(|(at, place)| *place == 3 * (at / 10)));
    }

    #[test]
    fn two_things_are_done_at_once() {
        for count in [1, 2, 3, 8] {
            let (one, two) = threads(Some(count)).both(|one| one.count, |two| two.count);
            assert_eq!(one.max(two), count.div_ceil(2));
            assert_eq!(one + two, count.max(2));
        }
    }

    #[test]
    fn many_items_are_sorted_in_runs() {
        for count in [0, 1, RUN, RUN + 1, 5 * RUN + 17] {
            let items: Vec<u64> = (0..count as u64).map(|n| n.wrapping_mul(0x9e37_79b9_7f4a_7c15)).collect();
            let mut expected = items.clone();
            expected.sort_unstable();
            for asked in [1, 2] {
                assert_eq!(sorted(items.clone(), threads(Some(asked))), expected);
            }
        }
    }

    #[test]
    fn parts_of_parts_lie_one_after_another() {
        let watch = Watch::new();
        let all = Threads::of(Some(2), Some(&watch));
        let (first, second) = (all.part(0, 400), all.part(400, 1000));
        assert_eq!((first.from, first.to, second.from, second.to), (0, 400_000, 400_000, 1_000_000));
        let third = second.nth(2, 3);
        assert_eq!((third.from, third.to), (799_600, 1_000_000));
        third.tell(1, 2);
        assert_eq!(watch.permille(), 899);
        // What was reached is not taken back.
        first.tell(1, 1);
        assert_eq!(watch.permille(), 899);
        assert!(pieces(0, 1, all, || (), |(), _| ()).is_empty());
    }

    #[test]
    fn a_call_that_is_stopped_ends_between_two_pieces() {
        for count in [1, 4] {
            let watch = Watch::new();
            let all = Threads::of(Some(count), Some(&watch));
            let worked = pieces(
                1000,
                1,
                all,
                || (),
                |(), at| {
                    if at.start == 5 {
                        watch.cancel();
                    }
                    at.start
                },
            );
            assert!(worked.len() < 100, "{}", worked.len());
            assert_eq!(all.check(), Err(MatchError::Cancelled));
        }
    }
}
