//! Patterns as tables of states: one look-up a byte, or one shift.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use regex::Regex;
use regex_automata::dfa::{Automaton as _, StartKind, dense};
use regex_automata::{Anchored, Input};

/// The bytes that the making of an automaton may take. Patterns that need more are asked by the general engine.
const LIMIT: usize = 1 << 20;

/// The most states before equal ones are joined.
const MOST_STATES: usize = 1024;

/// The automaton of a pattern, made when a table is first scanned; none where the pattern is too large for one.
#[derive(Debug, Clone, Default)]
pub(crate) struct QuickPattern(Arc<OnceLock<Option<Automaton>>>);

impl QuickPattern {
    pub(super) fn get(&self, regex: &Regex) -> Option<&Automaton> {
        self.0.get_or_init(|| Automaton::of(regex.as_str())).as_ref()
    }
}

/// A pattern that stands for a whole text.
#[derive(Debug)]
pub(crate) enum Automaton {
    Shift(Box<Shift>),
    Table(Box<Table>),
}

/// Up to ten states, six bits each: the next state of all of them for one byte stands in one word, and a step is a
/// shift. Only the shift waits for the state before (P. Vognsen, *Shift-based DFAs*, 2022).
#[derive(Debug)]
pub(crate) struct Shift {
    rows: [u64; 256],
    start: u64,
    /// A bit at the place of each state that accepts.
    accepts: u64,
}

/// Any number of states: classes of bytes, and the next state by state and class.
#[derive(Debug)]
pub(crate) struct Table {
    classes: [u8; 256],
    /// States stand for the place of their row.
    next: Vec<u32>,
    start: u32,
    stride: u32,
    accepts: Vec<bool>,
}

/// States while they are worked out: number 0 refuses whatever comes.
struct States {
    classes: [u8; 256],
    /// By state, then by class.
    next: Vec<Vec<u32>>,
    accepts: Vec<bool>,
    start: u32,
}

impl Automaton {
    /// `None` where the pattern is too large, or asks what a table cannot tell.
    pub(crate) fn of(pattern: &str) -> Option<Self> {
        let states = States::of(pattern)?.joined();
        Some(match Shift::of(&states) {
            Some(shift) => Self::Shift(Box::new(shift)),
            None => Self::Table(Box::new(Table::of(&states)?)),
        })
    }

    /// True when the whole text is of the pattern.
    pub(crate) fn accepts(&self, text: &str) -> bool {
        match self {
            Self::Shift(shift) => shift.accepts(text.as_bytes()),
            Self::Table(table) => table.accepts(text.as_bytes()),
        }
    }

    /// The texts, among those asked, that are not of the pattern: a bit each.
    pub(super) fn refused(&self, texts: &[&str], asked: u64) -> u64 {
        let mut out = 0;
        if let Self::Table(table) = self
            && asked.count_ones() as usize == texts.len()
        {
            for (nth, four) in texts.chunks(4).enumerate() {
                let bits = match <[&str; 4]>::try_from(four) {
                    Ok(four) => table.refused(four.map(str::as_bytes)),
                    Err(_) => {
                        let bit = |(at, text): (usize, &&str)| u64::from(!self.accepts(text)) << at;
                        four.iter().enumerate().map(bit).fold(0, |a, b| a | b)
                    }
                };
                out |= bits << (nth * 4);
            }
            return out;
        }
        for (at, text) in texts.iter().enumerate() {
            if asked >> at & 1 == 1 {
                out |= u64::from(!self.accepts(text)) << at;
            }
        }
        out
    }
}

impl States {
    fn of(pattern: &str) -> Option<Self> {
        let config = dense::Config::new()
            .start_kind(StartKind::Anchored)
            .accelerate(false)
            .dfa_size_limit(Some(LIMIT))
            .determinize_size_limit(Some(LIMIT));
        let dfa = dense::Builder::new().configure(config).build(pattern).ok()?;
        let first = dfa.start_state_forward(&Input::new("").anchored(Anchored::Yes)).ok()?;
        // Number 0 refuses, number 1 accepts whatever comes.
        let mut next: Vec<[u32; 256]> = vec![[0; 256], [1; 256]];
        let mut accepts = vec![false, true];
        let mut numbers = HashMap::new();
        let mut open = Vec::new();
        let mut number = |state, next: &mut Vec<[u32; 256]>, open: &mut Vec<_>| {
            if dfa.is_dead_state(state) {
                return Some(0);
            }
            if dfa.is_match_state(state) {
                return Some(1);
            }
            if dfa.is_quit_state(state) {
                return None;
            }
            if let Some(known) = numbers.get(&state) {
                return Some(*known);
            }
            let new = u32::try_from(next.len()).ok().filter(|n| (*n as usize) < MOST_STATES)?;
            numbers.insert(state, new);
            next.push([0; 256]);
            open.push((new, state));
            Some(new)
        };
        let start = number(first, &mut next, &mut open)?;
        while let Some((at, state)) = open.pop() {
            for byte in 0..=255_u8 {
                let to = number(dfa.next_state(state, byte), &mut next, &mut open)?;
                if let Some(slot) = next.get_mut(at as usize).and_then(|row| row.get_mut(usize::from(byte))) {
                    *slot = to;
                }
            }
            accepts.resize(next.len(), false);
            if let Some(slot) = accepts.get_mut(at as usize) {
                *slot = dfa.is_match_state(dfa.next_eoi_state(state));
            }
        }
        accepts.resize(next.len(), false);
        // Bytes that lead to the same states from everywhere are of one class.
        let mut classes = [0_u8; 256];
        let mut columns: Vec<Vec<u32>> = Vec::new();
        for (byte, class) in classes.iter_mut().enumerate() {
            let column: Vec<u32> = next.iter().filter_map(|row| row.get(byte).copied()).collect();
            let at = columns.iter().position(|c| *c == column).unwrap_or_else(|| {
                columns.push(column);
                columns.len() - 1
            });
            *class = u8::try_from(at).ok()?;
        }
        let by_class = |state: usize| columns.iter().filter_map(|c| c.get(state).copied()).collect();
        let next = (0..next.len()).map(by_class).collect();
        Some(Self { classes, next, accepts, start })
    }

    /// States that no text tells apart become one (E. F. Moore, *Gedanken-experiments on sequential machines*, 1956).
    fn joined(self) -> Self {
        let mut group: Vec<u32> = self.accepts.iter().map(|a| u32::from(*a)).collect();
        let mut groups = 0;
        let of = |group: &[u32], state: u32| group.get(state as usize).copied().unwrap_or(0);
        loop {
            let mut numbers: HashMap<Vec<u32>, u32> = HashMap::new();
            let mut finer = Vec::with_capacity(group.len());
            for (own, row) in group.iter().zip(&self.next) {
                let sign: Vec<u32> =
                    std::iter::once(*own).chain(row.iter().map(|to| of(&group, *to))).collect();
                let new = u32::try_from(numbers.len()).unwrap_or(0);
                finer.push(*numbers.entry(sign).or_insert(new));
            }
            group = finer;
            if numbers.len() == groups {
                break;
            }
            groups = numbers.len();
        }
        let mut next = vec![Vec::new(); groups];
        let mut accepts = vec![false; groups];
        for ((own, row), accepted) in group.iter().zip(&self.next).zip(&self.accepts) {
            if let (Some(new), Some(flag)) = (next.get_mut(*own as usize), accepts.get_mut(*own as usize)) {
                *new = row.iter().map(|to| of(&group, *to)).collect();
                *flag = *accepted;
            }
        }
        Self { classes: self.classes, next, accepts, start: of(&group, self.start) }
    }
}

impl Shift {
    fn of(states: &States) -> Option<Self> {
        if states.next.len() > 10 {
            return None;
        }
        let mut rows = [0_u64; 256];
        for (row, class) in rows.iter_mut().zip(&states.classes) {
            for (state, next) in states.next.iter().enumerate() {
                *row |= u64::from(*next.get(usize::from(*class))? * 6) << (state * 6);
            }
        }
        let accepts = states.accepts.iter().enumerate().map(|(s, a)| u64::from(*a) << (s * 6));
        Some(Self { rows, start: u64::from(states.start * 6), accepts: accepts.fold(0, |a, b| a | b) })
    }

    #[inline]
    fn accepts(&self, text: &[u8]) -> bool {
        let end = text.iter().fold(self.start, |state, byte| {
            self.rows.get(usize::from(*byte)).copied().unwrap_or(0) >> (state & 63)
        });
        self.accepts >> (end & 63) & 1 == 1
    }
}

impl Table {
    fn of(states: &States) -> Option<Self> {
        let width = states.next.first()?.len().next_power_of_two();
        let stride = u32::try_from(width).ok()?;
        let mut next = vec![0; states.next.len() * width];
        for (state, row) in states.next.iter().enumerate() {
            for (to, slot) in row.iter().zip(next.iter_mut().skip(state * width)) {
                *slot = to * stride;
            }
        }
        let (classes, accepts) = (states.classes, states.accepts.clone());
        Some(Self { classes, next, start: states.start * stride, stride, accepts })
    }

    #[inline]
    fn step(&self, state: u32, byte: u8) -> u32 {
        let class = self.classes.get(usize::from(byte)).copied().unwrap_or(0);
        self.next.get((state | u32::from(class)) as usize).copied().unwrap_or(0)
    }

    #[inline]
    fn ends_well(&self, state: u32) -> bool {
        self.accepts.get((state / self.stride) as usize).copied().unwrap_or(false)
    }

    #[inline]
    fn accepts(&self, text: &[u8]) -> bool {
        self.ends_well(text.iter().fold(self.start, |state, byte| self.step(state, *byte)))
    }

    /// Four texts side by side, so that the steps of one do not wait for those of another.
    fn refused(&self, texts: [&[u8]; 4]) -> u64 {
        let [a, b, c, d] = texts;
        let shared = a.len().min(b.len()).min(c.len()).min(d.len());
        let mut states = [self.start; 4];
        let ((a, a_rest), (b, b_rest)) = (a.split_at(shared), b.split_at(shared));
        let ((c, c_rest), (d, d_rest)) = (c.split_at(shared), d.split_at(shared));
        for at in 0..shared {
            let byte = |text: &[u8]| text.get(at).copied().unwrap_or(0);
            let [s, t, u, v] = states;
            states =
                [self.step(s, byte(a)), self.step(t, byte(b)), self.step(u, byte(c)), self.step(v, byte(d))];
        }
        let mut out = 0;
        for ((at, state), rest) in states.iter().enumerate().zip([a_rest, b_rest, c_rest, d_rest]) {
            let end = rest.iter().fold(*state, |state, byte| self.step(state, *byte));
            out |= u64::from(!self.ends_well(end)) << at;
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PATTERNS: [&str; 14] = [
        "[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(\\.[A-Za-z0-9-]+)*\\.[A-Za-z]{2,}",
        "\\+[1-9][0-9]{6,14}",
        "[A-Z]{2}",
        "",
        "a|ab|abc",
        "(?i)abc|[^x-z]+",
        "\\d{3}-?\\d{4}",
        "(?s).*b.*",
        "(?m)^a$|b",
        "[\\p{Han}a]{1,3}",
        "(a|b)*a(a|b){4}",
        "a*?b+?",
        "(?:a{0,30}){3}",
        "é+|ß",
    ];

    #[test]
    fn the_forms_are_chosen_by_the_number_of_states() {
        let whole = |p: &str| Automaton::of(&format!("^(?:{p})$"));
        assert!(matches!(whole(PATTERNS[0]), Some(Automaton::Shift(_))));
        assert!(matches!(whole(PATTERNS[1]), Some(Automaton::Table(_))));
        assert!(whole("(?:[ab]*a[ab]{40})").is_none(), "too many states");
        assert!(whole("\\bé\\b").is_none(), "a look at letters of all scripts");
        assert_eq!(made().len(), PATTERNS.len());
    }

    fn made() -> &'static [(Regex, Automaton)] {
        static MADE: OnceLock<Vec<(Regex, Automaton)>> = OnceLock::new();
        MADE.get_or_init(|| {
            let whole = PATTERNS.iter().map(|p| format!("^(?:{p})$"));
            whole.filter_map(|w| Some((Regex::new(&w).unwrap(), Automaton::of(&w)?))).collect()
        })
    }

    proptest! {
        #[test]
        fn automata_say_what_the_general_engine_says(
            texts in prop::collection::vec(
                prop_oneof!["[ab.@A-Z0-9+\\-]{0,12}", "\\PC{0,6}", "[a-c]{0,3}@[a-c]{1,3}\\.[a-c]{1,3}", "\\+[0-9]{5,17}"],
                0..64,
            ),
            asked in any::<u64>(),
        ) {
            for (regex, quick) in made() {
                let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
                let all = u64::MAX.checked_shr(64 - u32::try_from(texts.len()).unwrap()).unwrap_or(0);
                for asked in [all, asked & all] {
                    let want = texts.iter().enumerate().filter(|(at, t)| asked >> at & 1 == 1 && !regex.is_match(t));
                    let want = want.fold(0_u64, |word, (at, _)| word | 1 << at);
                    prop_assert_eq!(quick.refused(&texts, asked), want, "{} {:?}", regex, texts);
                }
            }
        }
    }
}
