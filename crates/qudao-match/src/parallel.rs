//! Work on several threads with the same result on any number of them: work is cut into pieces by its size alone, and
//! the answers are put together in the order of the pieces.

use std::ops::Range;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// How many threads a call may use: as many as asked for, and what the machine offers when nobody asked.
pub(crate) fn threads(asked: Option<usize>) -> usize {
    let offered = || std::thread::available_parallelism().map_or(1, usize::from);
    asked.unwrap_or_else(offered).clamp(1, 64)
}

/// Cuts `0..count` into pieces of `size`, works on each with a state of its thread, and gives the answers in order.
pub(crate) fn pieces<S, T: Send>(
    count: usize,
    size: usize,
    threads: usize,
    state: impl Fn() -> S + Sync,
    work: impl Fn(&mut S, Range<usize>) -> T + Sync,
) -> Vec<T> {
    let size = size.max(1);
    let number = count.div_ceil(size);
    let piece = |i: usize| i * size..((i + 1) * size).min(count);
    if threads <= 1 || number <= 1 {
        let mut state = state();
        return (0..number).map(|i| work(&mut state, piece(i))).collect();
    }
    let next = AtomicUsize::new(0);
    let done: Mutex<Vec<(usize, T)>> = Mutex::new(Vec::with_capacity(number));
    std::thread::scope(|scope| {
        for _ in 0..threads.min(number) {
            scope.spawn(|| {
                let mut state = state();
                loop {
                    let i = next.fetch_add(1, Ordering::Relaxed);
                    if i >= number {
                        break;
                    }
                    let answer = work(&mut state, piece(i));
                    if let Ok(mut done) = done.lock() {
                        done.push((i, answer));
                    }
                }
            });
        }
    });
    let mut done = done.into_inner().unwrap_or_default();
    done.sort_unstable_by_key(|(i, _)| *i);
    done.into_iter().map(|(_, answer)| answer).collect()
}

/// Works on each of several things that may be changed, and gives the answers in order.
pub(crate) fn each_mut<T: Send, R: Send>(
    things: Vec<T>,
    threads: usize,
    work: impl Fn(T) -> R + Sync,
) -> Vec<R> {
    if threads <= 1 || things.len() <= 1 {
        return things.into_iter().map(work).collect();
    }
    let count = things.len();
    let waiting = Mutex::new(things.into_iter().enumerate());
    let done: Mutex<Vec<(usize, R)>> = Mutex::new(Vec::with_capacity(count));
    std::thread::scope(|scope| {
        for _ in 0..threads.min(count) {
            scope.spawn(|| {
                loop {
                    let next = waiting.lock().ok().and_then(|mut waiting| waiting.next());
                    let Some((at, thing)) = next else { break };
                    let answer = work(thing);
                    if let Ok(mut done) = done.lock() {
                        done.push((at, answer));
                    }
                }
            });
        }
    });
    let mut done = done.into_inner().unwrap_or_default();
    done.sort_unstable_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, answer)| answer).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_threads_does_not_matter() {
        let run = |threads| pieces(1003, 10, threads, || 0_usize, |_, range| range.sum::<usize>());
        assert_eq!(run(1), run(2));
        assert_eq!(run(1), run(8));
        assert_eq!(run(3).iter().sum::<usize>(), 1002 * 1003 / 2);
        assert_eq!(pieces(0, 10, 4, || (), |(), r| r.len()), [0_usize; 0]);
    }
}
