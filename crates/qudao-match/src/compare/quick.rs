//! Edits between short texts, and quick proofs that there are too many of them.

/// The characters of a text as a set of bits. Two characters may share a bit, so the set may hide a difference but
/// never invents one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct CharSet(u64);

impl CharSet {
    pub(crate) fn of(chars: impl Iterator<Item = char>) -> Self {
        Self(chars.fold(0, |set, c| set | 1_u64 << bit(c)))
    }

    /// How many distinct characters of `self` are certainly not in `other`.
    pub(crate) fn missing_from(self, other: Self) -> usize {
        usize::try_from((self.0 & !other.0).count_ones()).unwrap_or(0)
    }

    /// The fewest edits that could make one text of the other. A swap of neighbours changes no set.
    pub(crate) fn fewest_edits(self, other: Self) -> usize {
        self.missing_from(other).max(other.missing_from(self))
    }
}

fn bit(c: char) -> u32 {
    let code = u32::from(c);
    match c {
        'a'..='z' => code.wrapping_sub(u32::from('a')),
        '0'..='9' => code.wrapping_sub(u32::from('0')).wrapping_add(26),
        _ => code.wrapping_rem(28).wrapping_add(36),
    }
}

/// Insert, delete, replace, swap of neighbours (optimal string alignment).
pub(crate) fn edits(a: &[char], b: &[char]) -> usize {
    // Equal beginnings and ends cost nothing.
    let start = a.iter().zip(b).take_while(|(x, y)| x == y).count();
    let (a, b) = (a.get(start..).unwrap_or_default(), b.get(start..).unwrap_or_default());
    let end = a.iter().rev().zip(b.iter().rev()).take_while(|(x, y)| x == y).count();
    let a = a.get(..a.len().saturating_sub(end)).unwrap_or_default();
    let b = b.get(..b.len().saturating_sub(end)).unwrap_or_default();
    if a.is_empty() || b.is_empty() {
        return a.len().max(b.len());
    }
    let width = b.len().saturating_add(1);
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..width).collect();
    let mut previous: Option<char> = None;
    for (i, x) in a.iter().enumerate() {
        let mut row = Vec::with_capacity(width);
        let mut left = i.saturating_add(1);
        row.push(left);
        let mut y_before: Option<char> = None;
        for (j, y) in b.iter().enumerate() {
            let cell = |cells: &[usize], at: usize| cells.get(at).copied().unwrap_or(usize::MAX / 2);
            let replace = cell(&last, j).saturating_add(usize::from(x != y));
            let delete = cell(&last, j.saturating_add(1)).saturating_add(1);
            let mut best = replace.min(delete).min(left.saturating_add(1));
            if previous == Some(*y) && y_before == Some(*x) && j > 0 {
                best = best.min(cell(&before, j.saturating_sub(1)).saturating_add(1));
            }
            row.push(best);
            left = best;
            y_before = Some(*y);
        }
        before = std::mem::replace(&mut last, row);
        previous = Some(*x);
    }
    last.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn edits_are_those_of_the_reference(a in "[abc华为]{0,9}", b in "[abc华为]{0,9}") {
            let (x, y): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
            let count = edits(&x, &y);
            prop_assert_eq!(count, strsim::osa_distance(&a, &b));
            prop_assert_eq!(count, edits(&y, &x));
        }

        #[test]
        fn the_quick_proof_never_lies(a in "\\PC{0,12}", b in "\\PC{0,12}") {
            let fewest = CharSet::of(a.chars()).fewest_edits(CharSet::of(b.chars()));
            prop_assert!(fewest <= strsim::osa_distance(&a, &b));
        }
    }
}
