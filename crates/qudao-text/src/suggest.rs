//! "Did you mean": the nearest word by edit distance.

use crate::fold::{fold, fold_key};

/// Words longer than this, in characters, have no suggestions.
const LONGEST: usize = 96;

/// A candidate near to a word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suggestion<'a> {
    /// The candidate, as given.
    pub value: &'a str,
    /// The number of edits between the folded forms; 0 when only case, width, spaces or punctuation differ.
    pub distance: usize,
}

/// The candidates near to a word, nearest first, at most `limit` of them.
///
/// Both sides are folded and are also compared without spaces and punctuation (`GTXPro` is `GTX Pro`). An edit is
/// an insertion, a deletion, a substitution or a swap of neighbours (restricted Damerau-Levenshtein distance). One
/// edit is allowed from 3 characters on, two from 6, three from 10. Equal distances are ordered by the
/// difference in length, then by the common prefix, then alphabetically, so the answer never depends on the order given.
///
/// ```
/// use qudao_text::nearest;
/// let found = nearest("technolgy", ["medical", "technology", "retail"], 3);
/// assert_eq!(found[0].value, "technology");
/// assert_eq!(found[0].distance, 1);
/// ```
pub fn nearest<'a, I>(word: &str, candidates: I, limit: usize) -> Vec<Suggestion<'a>>
where
    I: IntoIterator<Item = &'a str>,
{
    let target = Form::new(word);
    if target.folded.is_empty() {
        return Vec::new();
    }
    let mut found: Vec<(usize, usize, usize, &'a str)> = Vec::new();
    for candidate in candidates {
        let form = Form::new(candidate);
        if let Some(distance) = target.distance(&form) {
            let lengths = target.squeezed.len().abs_diff(form.squeezed.len());
            let prefix = target.squeezed.iter().zip(&form.squeezed).take_while(|(a, b)| a == b).count();
            found.push((distance, lengths, usize::MAX.saturating_sub(prefix), candidate));
        }
    }
    found.sort_unstable();
    found.dedup();
    found.into_iter().take(limit).map(|(distance, _, _, value)| Suggestion { value, distance }).collect()
}

/// The nearest candidate, if any is near enough.
///
/// ```
/// assert_eq!(qudao_text::did_you_mean("GTXPro", ["GTX Basic", "GTX Pro", "GTX Plus Pro"]), Some("GTX Pro"));
/// assert_eq!(qudao_text::did_you_mean("amuont", ["amount", "stage"]), Some("amount"));
/// assert_eq!(qudao_text::did_you_mean("colour", ["amount", "stage"]), None);
/// ```
pub fn did_you_mean<'a, I>(word: &str, candidates: I) -> Option<&'a str>
where
    I: IntoIterator<Item = &'a str>,
{
    nearest(word, candidates, 1).first().map(|s| s.value)
}

/// The restricted Damerau-Levenshtein distance of two texts, in characters, or `None` when it exceeds `max` or one
/// is longer than 96 characters.
#[must_use]
pub fn edit_distance(a: &str, b: &str, max: usize) -> Option<usize> {
    let a: Vec<char> = a.chars().take(LONGEST + 1).collect();
    let b: Vec<char> = b.chars().take(LONGEST + 1).collect();
    if a.len() > LONGEST || b.len() > LONGEST { None } else { osa(&a, &b, max) }
}

struct Form {
    folded: Vec<char>,
    squeezed: Vec<char>,
}

impl Form {
    fn new(text: &str) -> Self {
        if text.chars().nth(LONGEST).is_some() {
            return Self { folded: Vec::new(), squeezed: Vec::new() };
        }
        Self { folded: fold(text).chars().collect(), squeezed: fold_key(text).chars().collect() }
    }

    fn distance(&self, other: &Self) -> Option<usize> {
        if other.folded.is_empty() {
            return None;
        }
        if self.folded == other.folded || (!self.squeezed.is_empty() && self.squeezed == other.squeezed) {
            return Some(0);
        }
        let n = self.squeezed.len().max(other.squeezed.len());
        let max = match n {
            0..=2 => return None,
            3..=5 => 1,
            6..=9 => 2,
            _ => 3,
        };
        // Chinese words are short and each character carries much: at most one edit up to 6 characters.
        let han = self.squeezed.iter().any(|c| crate::fold::is_han(*c));
        let max = if han { if n <= 6 { 1 } else { 2 } } else { max };
        let squeezed = osa(&self.squeezed, &other.squeezed, max);
        let folded = osa(&self.folded, &other.folded, max);
        match (squeezed, folded) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        }
    }
}

/// Optimal string alignment over three rows, cut off above `max`.
fn osa(a: &[char], b: &[char], max: usize) -> Option<usize> {
    if a.len().abs_diff(b.len()) > max {
        return None;
    }
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=b.len()).collect();
    let mut a_before: Option<char> = None;
    for (i, &ca) in (1_usize..).zip(a) {
        let mut row = Vec::with_capacity(above.len());
        row.push(i);
        let mut b_before: Option<char> = None;
        let mut left = i;
        let mut best = i;
        for (j, &cb) in (0_usize..).zip(b) {
            let at = |r: &[usize], k: usize| r.get(k).copied().unwrap_or(usize::MAX);
            let mut cell = at(&above, j).saturating_add(usize::from(ca != cb));
            cell = cell.min(left.saturating_add(1)).min(at(&above, j.saturating_add(1)).saturating_add(1));
            if a_before == Some(cb)
                && b_before == Some(ca)
                && let Some(k) = j.checked_sub(1)
            {
                cell = cell.min(at(&before, k).saturating_add(1));
            }
            row.push(cell);
            left = cell;
            best = best.min(cell);
            b_before = Some(cb);
        }
        if best > max {
            return None;
        }
        a_before = Some(ca);
        before = std::mem::replace(&mut above, row);
    }
    above.last().copied().filter(|d| *d <= max)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances() {
        for (a, b, d) in [
            ("", "", 0),
            ("", "abc", 3),
            ("abc", "abc", 0),
            ("abc", "acb", 1),
            ("ca", "abc", 3),
            ("kitten", "sitting", 3),
            ("technolgy", "technology", 1),
            ("华为", "华伟", 1),
        ] {
            assert_eq!(edit_distance(a, b, 9), Some(d), "{a} {b}");
            assert_eq!(edit_distance(b, a, 9), Some(d), "{b} {a}");
        }
        assert_eq!(edit_distance("kitten", "sitting", 2), None);
        assert_eq!(edit_distance(&"a".repeat(200), "a", 300), None);
    }

    #[cfg(feature = "chinese-conversion")]
    #[test]
    fn suggests() {
        let products = [
            "GTX Basic",
            "GTX Pro",
            "MG Special",
            "MG Advanced",
            "GTX Plus Pro",
            "GTX Plus Basic",
            "GTK 500",
        ];
        for (word, expected) in [
            ("GTXPro", Some("GTX Pro")),
            ("gtx-pro", Some("GTX Pro")),
            ("ＧＴＸ　Ｐｒｏ", Some("GTX Pro")),
            ("GTX Por", Some("GTX Pro")),
            ("GTXPlusPro", Some("GTX Plus Pro")),
            ("MG Advnaced", Some("MG Advanced")),
            ("GTK500", Some("GTK 500")),
            ("GTK 50", Some("GTK 500")),
            ("Widget", None),
            ("", None),
            ("--", None),
        ] {
            assert_eq!(did_you_mean(word, products), expected, "{word:?}");
        }
        for (word, list, expected) in [
            ("technolgy", &["technology", "medical"][..], Some("technology")),
            ("Philipines", &["Philippines", "Poland"], Some("Philippines")),
            ("ab", &["ac"], None),
            ("abc", &["abd", "xyz"], Some("abd")),
            ("项目性", &["项目型", "渠道型"], Some("项目型")),
            ("渠道", &["项目"], None),
            ("渠道型", &["项目型"], None),
            ("電子", &["电子"], Some("电子")),
            ("statge", &["stage", "strategy"], Some("stage")),
            ("stae", &["state", "stage"], Some("stage")),
        ] {
            assert_eq!(did_you_mean(word, list.iter().copied()), expected, "{word:?}");
        }
    }

    #[test]
    fn order_of_candidates_does_not_matter() {
        let mut list = ["cat", "bat", "rat", "hat", "chat"];
        let forward = nearest("xat", list, 5);
        list.reverse();
        assert_eq!(forward, nearest("xat", list, 5));
        assert_eq!(forward.iter().map(|s| s.value).collect::<Vec<_>>(), ["bat", "cat", "hat", "rat"]);
        assert_eq!(nearest("xat", list, 2).len(), 2);
    }

    #[test]
    fn long_words_answer_at_once() {
        let long = "x".repeat(1_000_000);
        assert_eq!(did_you_mean(&long, ["x"]), None);
        assert_eq!(did_you_mean("x", [long.as_str()]), None);
    }
}
