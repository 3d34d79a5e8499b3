//! All ways to the same answers, and the textbook's.

use fearless_simd::Level;
use proptest::prelude::*;

use super::*;

/// The textbook's table.
fn table(a: &[char], b: &[char], swaps: bool) -> u32 {
    let mut rows: Vec<Vec<u32>> = vec![(0..=b.len() as u32).collect()];
    for (i, x) in a.iter().enumerate() {
        let mut row = vec![i as u32 + 1];
        for (j, y) in b.iter().enumerate() {
            let mut best = (rows[i][j] + u32::from(x != y)).min(rows[i][j + 1] + 1).min(row[j] + 1);
            if swaps && i > 0 && j > 0 && a[i - 1] == *y && b[j - 1] == *x {
                best = best.min(rows[i - 1][j - 1] + 1);
            }
            row.push(best);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

/// Jaro and Winkler as they are written down: who matches whom, place by place.
fn similarity(a: &[char], b: &[char]) -> u32 {
    if a.is_empty() && b.is_empty() {
        return 1000;
    }
    let far = (a.len().max(b.len()) / 2).saturating_sub(1);
    let mut free = vec![true; b.len()];
    let mut of_a = Vec::new();
    for (i, x) in a.iter().enumerate() {
        if let Some(j) = (0..b.len()).find(|j| free[*j] && b[*j] == *x && i.abs_diff(*j) <= far) {
            free[j] = false;
            of_a.push(*x);
        }
    }
    let of_b: Vec<char> = b.iter().zip(&free).filter(|(_, free)| !**free).map(|(y, _)| *y).collect();
    if of_a.is_empty() {
        return 0;
    }
    let halves = of_a.iter().zip(&of_b).filter(|(x, y)| x != y).count();
    let m = of_a.len() as f64;
    let jaro = (m / a.len() as f64 + m / b.len() as f64 + (of_a.len() - halves / 2) as f64 / m) / 3.0;
    let prefix = a.iter().zip(b).take(4).take_while(|(x, y)| x == y).count() as f64;
    let similarity = if jaro > 0.7 { jaro + 0.1 * prefix * (1.0 - jaro) } else { jaro };
    (similarity * 1000.0).floor() as u32
}

/// Every path that this machine has, the one without vectors first.
fn paths() -> Vec<Kernels> {
    let mut levels = vec![None, Some(Level::baseline()), Some(Level::new())];
    #[cfg(target_arch = "x86_64")]
    {
        let best = Level::new();
        levels.extend(best.as_sse4_2().map(|l| Some(Level::Sse4_2(l))));
        levels.extend(best.as_avx2().map(|l| Some(Level::Avx2(l))));
    }
    levels.into_iter().map(Kernels::with).collect()
}

/// Texts of all lengths, close to each other, of few and of many letters.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[a-c]{0,20}",
        3 => "[a-e华为深圳]{0,40}",
        2 => "[ab]{30,70}",
        1 => "[a-z \u{10000}-\u{10010}]{60,200}",
        2 => "[华为技术有限公司深圳市]{0,16}",
    ]
}

fn check(texts: &[String], query: &str, most: u32, least: u32) {
    let chars: Vec<Vec<char>> = texts.iter().map(|t| t.chars().collect()).collect();
    let of_query: Vec<char> = query.chars().collect();
    let mut alphabet = Alphabet::default();
    let coded: Vec<Vec<Code>> = texts.iter().map(|t| alphabet.encode(t)).collect();
    let of_coded = alphabet.encode(query);
    let (batch, of_codes) = (Batch::new(&chars), Batch::new(&coded));
    let cut = |edits: u32| edits.min(most.saturating_add(1));
    let expected = |of: &dyn Fn(&[char]) -> u32| chars.iter().map(|t| of(t)).collect::<Vec<u32>>();
    let levenshtein = expected(&|t| cut(table(t, &of_query, false)));
    let alignment = expected(&|t| cut(table(t, &of_query, true)));
    let winkler = expected(&|t| Some(similarity(t, &of_query)).filter(|s| *s >= least).unwrap_or(0));
    for mut kernels in paths() {
        assert_eq!(kernels.levenshtein(&batch, &of_query, most), levenshtein);
        assert_eq!(kernels.alignment(&batch, &of_query, most), alignment);
        assert_eq!(kernels.jaro_winkler(&batch, &of_query, least), winkler);
        assert_eq!(kernels.levenshtein(&of_codes, &of_coded, most), levenshtein);
        assert_eq!(kernels.alignment(&of_codes, &of_coded, most), alignment);
        assert_eq!(kernels.jaro_winkler(&of_codes, &of_coded, least), winkler);
    }
    let pattern = Pattern::new(&of_query);
    for ((text, chars), of_it) in texts.iter().zip(&chars).zip(0..) {
        let backwards = Pattern::new(chars);
        assert_eq!(pattern.levenshtein(chars) as usize, strsim::levenshtein(query, text));
        assert_eq!(pattern.alignment(chars) as usize, strsim::osa_distance(query, text));
        assert_eq!(cut(backwards.levenshtein(&of_query)), levenshtein[of_it]);
        assert_eq!(cut(backwards.alignment(&of_query)), alignment[of_it]);
        let reference = (strsim::jaro_winkler(query, text) * 1000.0).floor() as u32;
        assert_eq!(pattern.jaro_winkler(chars), reference, "{query} {text}");
        assert_eq!(backwards.jaro_winkler(&of_query), reference, "{text} {query}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn all_paths_give_what_the_textbook_says(
        texts in prop::collection::vec(text(), 0..80),
        query in text(),
        most in prop_oneof![0..8_u32, Just(u32::MAX)],
        least in prop_oneof![0..1001_u32, Just(0)],
    ) {
        check(&texts, &query, most, least);
    }

    #[test]
    fn slips_of_one_text_too(query in text(), slips in prop::collection::vec((0..70_usize, "[a-c华]{0,2}", 0..3_usize), 1..40)) {
        let texts: Vec<String> = slips
            .iter()
            .map(|(at, put, cut)| {
                let mut chars: Vec<char> = query.chars().collect();
                let at = (*at).min(chars.len());
                let end = (at + cut).min(chars.len());
                chars.splice(at..end, put.chars());
                if chars.len() > at + 1 && cut % 2 == 1 {
                    chars.swap(at, at + 1);
                }
                chars.into_iter().collect()
            })
            .collect();
        check(&texts, &query, 3, 850);
        check(&texts, &query, u32::MAX, 0);
    }
}

/// The two measures as they are written down, pair by pair.
fn bags(texts: &[Vec<Token>], query: &[Token]) -> (Vec<u32>, Vec<u32>) {
    use std::collections::{BTreeMap, BTreeSet};
    let sets: Vec<BTreeSet<Token>> = texts.iter().map(|t| t.iter().copied().collect()).collect();
    let weights = |text: &[Token]| -> BTreeMap<Token, f64> {
        let weight = |token: &Token| {
            let times = text.iter().filter(|t| *t == token).count() as f64;
            let held = sets.iter().filter(|set| set.contains(token)).count() as f64;
            let rarity = 1.0 + libm::log((texts.len() as f64 + 1.0) / (held + 1.0));
            libm::round((1.0 + libm::log(times)) * rarity * 1000.0)
        };
        text.iter().map(|token| (*token, weight(token))).collect()
    };
    let (own, set) = (weights(query), query.iter().copied().collect::<BTreeSet<Token>>());
    let norm = |weights: &BTreeMap<Token, f64>| weights.values().map(|w| w * w).sum::<f64>();
    let of = |(text, other): (&Vec<Token>, &BTreeSet<Token>)| {
        if set.is_empty() && other.is_empty() {
            return (1000, 1000);
        }
        let others = weights(text);
        let dot: f64 = own.iter().filter_map(|(token, w)| Some(w * others.get(token)?)).sum();
        let cosine = if dot == 0.0 { 0.0 } else { dot / (norm(&own) * norm(&others)).sqrt() };
        let share = set.intersection(other).count() * 1000 / set.union(other).count();
        ((cosine.min(1.0) * 1000.0).floor() as u32, share as u32)
    };
    texts.iter().zip(&sets).map(of).unzip()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn bags_of_tokens_too(
        texts in prop::collection::vec(text(), 0..30),
        query in text(),
        runs in 1..4_usize,
        least in prop_oneof![0..1001_u32, Just(0)],
    ) {
        let mut vocabulary = Vocabulary::default();
        let coded: Vec<Vec<Token>> = texts.iter().map(|t| vocabulary.runs(t, runs)).collect();
        let batch = TokenBatch::new(&coded);
        let cut = |found: Vec<u32>| found.into_iter().map(|n| if n < least { 0 } else { n }).collect::<Vec<u32>>();
        let mut kernels = Kernels::new();
        for text in coded.iter().take(3).chain([&vocabulary.runs(&query, runs)]) {
            let (cosines, shares) = bags(&coded, text);
            prop_assert_eq!(kernels.tf_idf(&batch, text, least), cut(cosines));
            prop_assert_eq!(kernels.jaccard(&batch, text, least), cut(shares));
        }
    }
}

#[test]
fn every_length_at_the_edges_of_a_lane() {
    let lengths = [0, 1, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 128, 129, 200];
    let of = |length: usize, step: usize| -> String {
        "abcd华为深圳".chars().cycle().step_by(step).take(length).collect()
    };
    let texts: Vec<String> = lengths.iter().flat_map(|l| [of(*l, 1), of(*l, 3)]).collect();
    for length in lengths {
        check(&texts, &of(length, 1), u32::MAX, 0);
        check(&texts, &of(length, 5), 9, 500);
    }
}

#[test]
fn known_values() {
    let of = |text: &str| text.chars().collect::<Vec<char>>();
    // Winkler's own examples, and the two that tell a swap apart.
    for (a, b, levenshtein, alignment, winkler) in [
        ("martha", "marhta", 2, 1, 961),
        ("dixon", "dicksonx", 4, 4, 813),
        ("dwayne", "duane", 2, 2, 840),
        ("ca", "abc", 3, 3, 0),
        ("", "abc", 3, 3, 0),
        ("", "", 0, 0, 1000),
    ] {
        let (pattern, batch) = (Pattern::new(&of(a)), Batch::new(&[of(a)]));
        let b = of(b);
        assert_eq!((pattern.levenshtein(&b), pattern.alignment(&b)), (levenshtein, alignment), "{a}");
        assert_eq!(pattern.jaro_winkler(&b), winkler, "{a}");
        let mut kernels = Kernels::new();
        assert_eq!(kernels.levenshtein(&batch, &b, 9), [levenshtein]);
        assert_eq!(kernels.alignment(&batch, &b, 9), [alignment]);
        assert_eq!(kernels.jaro_winkler(&batch, &b, 0), [winkler]);
    }
}

#[test]
fn a_batch_is_filled_again() {
    let mut batch: Batch<u8> = Batch::new(&["alpha", "beta"]);
    batch.refill(&["gamma"]);
    assert_eq!((batch.len(), batch.is_empty()), (1, false));
    assert_eq!(Kernels::new().levenshtein(&batch, b"gama", 9), [1]);
}
