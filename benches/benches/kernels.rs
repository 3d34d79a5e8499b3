//! The kernels of the matcher over short texts, beside other libraries, in one run:
//! `cargo xtask bench kernels`, or `cargo bench -p qudao-benches --bench kernels --features string-peers`.
//!
//! English names of 25 characters and Chinese names of 12 on average, made from a seed; a part of them are slips of
//! others. Every contestant compares the same pairs: all names of one half with all of the other, or block by block.
//! That they come to the same answers is checked before anything is timed. Rounds alternate; the least time of each is shown.
//!
//! - *many*: each name of one half against all of the other, which were laid down before (as `cdist` of RapidFuzz).
//! - *blocks*: blocks of twenty, laid down and compared with each other, as a matcher meets them; laying down is timed too.
//! - *one by one*: a pattern is made for each name, and compared with the others one at a time.
//!
//! `QUDAO_BENCH_NAMES=folder` writes the names into it, for libraries of other languages (`benches/peers/kernels.py`).
#![allow(clippy::unwrap_used, reason = "a bench that cannot run should stop")]
#![allow(clippy::print_stdout, reason = "it prints its table")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use qudao::matching::kernel::{Alphabet, Batch, Code, Kernels, Pattern, Token, TokenBatch, Vocabulary};

const NAMES: usize = 1_000;
const BLOCK: usize = 20;
const ROUNDS: usize = 15;
/// What is asked for where there is a cut-off: a similarity of 0.85, three edits.
const LEAST: u32 = 850;
const MOST: u32 = 3;

/// A fixed sequence of numbers (Knuth's 64-bit linear congruential generator).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % n
    }

    fn of<'t>(&mut self, words: &[&'t str]) -> &'t str {
        words[self.below(words.len())]
    }
}

fn english(numbers: &mut Numbers) -> String {
    const SYLLABLES: [&str; 24] = [
        "an", "bor", "cel", "dar", "en", "fal", "gre", "hol", "is", "jun", "kel", "lor", "mar", "nor", "ost",
        "per", "qu", "ros", "sil", "tan", "ul", "ver", "wes", "yar",
    ];
    const TRADES: [&str; 8] = ["trade", "systems", "freight", "foods", "textile", "soft", "tools", "media"];
    const FORMS: [&str; 4] = ["ltd", "inc", "gmbh", "llc"];
    let mut word = |syllables: usize| (0..syllables).map(|_| numbers.of(&SYLLABLES)).collect::<String>();
    let brand = format!("{} {}", word(3), word(2));
    format!("{brand} {} {}", numbers.of(&TRADES), numbers.of(&FORMS))
}

fn chinese(numbers: &mut Numbers) -> String {
    const PLACES: [&str; 8] = ["上海", "北京", "深圳市", "杭州", "成都市", "武汉", "沈阳", "苏州市"];
    const TRADES: [&str; 8] = ["科技", "贸易", "信息技术", "机械", "文化传媒", "物流", "新材料", "电子商务"];
    // Two characters of some hundred that names are made of, and one of all the others now and then.
    let mut brand = String::new();
    for _ in 0..2 + numbers.below(2) {
        let (from, count) = if numbers.below(4) == 0 { (0x4e00, 6_000) } else { (0x5b89, 300) };
        brand.extend(char::from_u32(from + u32::try_from(numbers.below(count)).unwrap()));
    }
    format!("{}{brand}{}有限公司", numbers.of(&PLACES), numbers.of(&TRADES))
}

/// Names, every fifth one with a letter less, twice or swapped with the next.
fn names(make: fn(&mut Numbers) -> String, seed: u64) -> Vec<String> {
    let mut numbers = Numbers(seed);
    let mut names: Vec<String> = Vec::new();
    for at in 0..NAMES {
        if at % 5 == 4 {
            let mut chars: Vec<char> = names[numbers.below(at)].chars().collect();
            let place = numbers.below(chars.len() - 1);
            match numbers.below(3) {
                0 => drop(chars.remove(place)),
                1 => chars.insert(place, chars[place]),
                _ => chars.swap(place, place + 1),
            }
            names.push(chars.into_iter().collect());
        } else {
            names.push(make(&mut numbers));
        }
    }
    names
}

/// Something timed: it compares all pairs once, and gives a sum of what it found.
struct Contestant<'a> {
    name: &'static str,
    run: Box<dyn FnMut() -> u64 + 'a>,
    pairs: usize,
    best: Duration,
}

fn contestant<'a>(name: &'static str, pairs: usize, run: impl FnMut() -> u64 + 'a) -> Contestant<'a> {
    Contestant { name, run: Box::new(run), pairs, best: Duration::MAX }
}

/// One kernel in all its ways.
#[derive(Clone, Copy)]
enum Measure {
    Levenshtein,
    Alignment,
    Winkler,
}

impl Measure {
    fn all<'k>(self, kernels: &'k mut Kernels, batch: &Batch<Code>, text: &[Code], cut: bool) -> &'k [u32] {
        let most = if cut { MOST } else { u32::MAX };
        match self {
            Self::Levenshtein => kernels.levenshtein(batch, text, most),
            Self::Alignment => kernels.alignment(batch, text, most),
            Self::Winkler => kernels.jaro_winkler(batch, text, if cut { LEAST } else { 0 }),
        }
    }

    fn one(self, pattern: &Pattern, text: &[Code]) -> u32 {
        match self {
            Self::Levenshtein => pattern.levenshtein(text),
            Self::Alignment => pattern.alignment(text),
            Self::Winkler => pattern.jaro_winkler(text),
        }
    }

    /// What is left of an answer by a cut-off.
    fn cut(self, found: u32) -> u32 {
        match self {
            Self::Winkler => {
                if found < LEAST {
                    0
                } else {
                    found
                }
            }
            _ => found.min(MOST + 1),
        }
    }
}

fn sum(found: &[u32]) -> u64 {
    found.iter().map(|n| u64::from(*n)).sum()
}

fn ours<'a>(measure: Measure, left: &'a [Vec<Code>], right: &'a [Vec<Code>]) -> Vec<Contestant<'a>> {
    let batch = Batch::new(right);
    let many = |cut: bool, mut kernels: Kernels, batch: Batch<Code>| {
        move || left.iter().map(|text| sum(measure.all(&mut kernels, black_box(&batch), text, cut))).sum()
    };
    let pairs = left.len() * right.len();
    let blocks = move |cut: bool| {
        let (mut kernels, mut batch) = (Kernels::new(), Batch::new::<Vec<Code>>(&[]));
        move || {
            let blocks = left.chunks(BLOCK).zip(right.chunks(BLOCK));
            let of = |(some, others): (&[Vec<Code>], &[Vec<Code>])| -> u64 {
                batch.refill(black_box(others));
                some.iter().map(|text| sum(measure.all(&mut kernels, &batch, text, cut))).sum()
            };
            blocks.map(of).sum()
        }
    };
    vec![
        contestant("qudao, many", pairs, many(false, Kernels::new(), batch.clone())),
        contestant("qudao, many, cut-off", pairs, many(true, Kernels::new(), batch.clone())),
        contestant("qudao, many, without vectors", pairs, many(false, Kernels::scalar(), batch)),
        contestant("qudao, blocks", left.len() * BLOCK, blocks(false)),
        contestant("qudao, one by one", pairs, move || {
            let of = |text: &Vec<Code>| -> u64 {
                let pattern = Pattern::new(black_box(text));
                right.iter().map(|other| u64::from(measure.one(&pattern, other))).sum()
            };
            left.iter().map(of).sum()
        }),
    ]
}

fn main() {
    let mut kinds: Vec<(&str, Vec<String>)> = Vec::new();
    for (kind, make) in [("English", english as fn(&mut Numbers) -> String), ("Chinese", chinese)] {
        kinds.push((kind, names(make, 7)));
    }
    if let Some(folder) = std::env::var_os("QUDAO_BENCH_NAMES") {
        for (kind, names) in &kinds {
            let file = std::path::Path::new(&folder).join(format!("{}.txt", kind.to_lowercase()));
            std::fs::write(file, names.join("\n")).unwrap();
        }
    }
    for (kind, names) in &kinds {
        let mut alphabet = Alphabet::default();
        let coded: Vec<Vec<Code>> = names.iter().map(|name| alphabet.encode(name)).collect();
        let (left, right) = coded.split_at(NAMES / 2);
        let length = coded.iter().map(Vec::len).sum::<usize>() as f64 / NAMES as f64;
        println!("\n{kind}: {NAMES} names of {length:.1} characters, {} distinct ones", alphabet.len());
        for (name, measure) in [
            ("Levenshtein", Measure::Levenshtein),
            ("optimal string alignment", Measure::Alignment),
            ("Jaro-Winkler", Measure::Winkler),
        ] {
            let mut all = ours(measure, left, right);
            #[cfg(feature = "string-peers")]
            {
                let (left, right) = names.split_at(NAMES / 2);
                all.extend(peers::contestants(measure, left, right));
            }
            let whole: Vec<u32> = left
                .iter()
                .flat_map(|text| right.iter().map(|other| measure.one(&Pattern::new(text), other)))
                .collect();
            let blocks: u64 = left
                .chunks(BLOCK)
                .zip(right.chunks(BLOCK))
                .flat_map(|(some, others)| some.iter().flat_map(|a| others.iter().map(move |b| (a, b))))
                .map(|(a, b)| u64::from(measure.one(&Pattern::new(a), b)))
                .sum();
            let cut: u64 = whole.iter().map(|found| u64::from(measure.cut(*found))).sum();
            for contestant in &mut all {
                let expected = match contestant.name {
                    name if name.contains("blocks") => blocks,
                    name if name.contains("cut-off") => cut,
                    _ => sum(&whole),
                };
                assert_eq!((contestant.run)(), expected, "{}", contestant.name);
            }
            time(name, &mut all);
        }
        bags(names);
    }
}

/// Rounds alternate; prints the least time of each.
fn time(title: &str, all: &mut [Contestant<'_>]) {
    for _ in 0..ROUNDS {
        for contestant in all.iter_mut() {
            let started = Instant::now();
            black_box((contestant.run)());
            contestant.best = contestant.best.min(started.elapsed());
        }
    }
    let nanos = |c: &Contestant<'_>| c.best.as_secs_f64() * 1e9 / c.pairs as f64;
    let first = all.first().map_or(f64::NAN, nanos);
    println!("\n{title:<52} {:>10} {:>10}", "ns a pair", "/ many");
    for contestant in all.iter() {
        println!("  {:<50} {:>10.1} {:>10.2}", contestant.name, nanos(contestant), nanos(contestant) / first);
    }
}

/// Bags of pairs of neighbouring characters; beside them the common tokens counted pair by pair in sorted lists.
fn bags(names: &[String]) {
    let mut vocabulary = Vocabulary::default();
    let coded: Vec<Vec<Token>> = names.iter().map(|name| vocabulary.runs(name, 2)).collect();
    let (left, right) = coded.split_at(NAMES / 2);
    let (batch, pairs) = (TokenBatch::new(right), left.len() * right.len());
    let (mut kernels, mut others) = (Kernels::new(), Kernels::new());
    let sorted = |some: &[Vec<Token>]| -> Vec<Vec<Token>> {
        let distinct =
            |text: &Vec<Token>| text.iter().copied().collect::<std::collections::BTreeSet<Token>>();
        some.iter().map(|text| distinct(text).into_iter().collect()).collect()
    };
    let (of_left, of_right) = (sorted(left), sorted(right));
    let mut all = vec![
        contestant("qudao, many", pairs, || {
            left.iter().map(|text| sum(kernels.jaccard(black_box(&batch), text, 0))).sum()
        }),
        contestant("pair by pair", pairs, || {
            of_left.iter().map(|a| of_right.iter().map(|b| shared(a, b)).sum::<u64>()).sum()
        }),
    ];
    let answers: Vec<u64> = all.iter_mut().map(|contestant| (contestant.run)()).collect();
    assert!(answers.windows(2).all(|two| two[0] == two[1]), "{answers:?}");
    time("common tokens (Jaccard)", &mut all);
    let mut weighted = vec![contestant("qudao, many", pairs, || {
        left.iter().map(|text| sum(others.tf_idf(black_box(&batch), text, 0))).sum()
    })];
    time("TF-IDF, cosine", &mut weighted);
}

/// The common tokens of two sorted lists among all of theirs, in thousandths.
fn shared(a: &[Token], b: &[Token]) -> u64 {
    let (mut i, mut j, mut common) = (0, 0, 0);
    while let (Some(x), Some(y)) = (a.get(i), b.get(j)) {
        common += usize::from(x == y);
        (i, j) = (i + usize::from(x <= y), j + usize::from(y <= x));
    }
    (common * 1000 / (a.len() + b.len() - common)) as u64
}

#[cfg(feature = "string-peers")]
mod peers {
    //! Other libraries, with texts as characters.

    use rapidfuzz::distance::{jaro_winkler, levenshtein, osa};

    use super::{Contestant, LEAST, MOST, Measure, contestant};

    /// Thousandths, rounded down.
    fn thousandths(similarity: f64) -> u64 {
        (similarity * 1000.0).floor() as u64
    }

    fn edits(found: usize) -> u64 {
        found as u64
    }

    fn plain<'a>(
        name: &'static str,
        left: &'a [String],
        right: &'a [String],
        of: impl Fn(&str, &str) -> u64 + 'a,
    ) -> Contestant<'a> {
        contestant(name, left.len() * right.len(), move || {
            left.iter().map(|a| right.iter().map(|b| of(a, b)).sum::<u64>()).sum()
        })
    }

    /// A comparator for each text of one side, made once, as the batches are.
    fn compared<'a, T: 'a>(
        name: &'static str,
        left: &'a [String],
        right: &'a [String],
        make: impl Fn(&str) -> T,
        of: impl Fn(&T, &str) -> u64 + 'a,
    ) -> Contestant<'a> {
        let made: Vec<T> = left.iter().map(|a| make(a)).collect();
        contestant(name, left.len() * right.len(), move || {
            made.iter().map(|a| right.iter().map(|b| of(a, b)).sum::<u64>()).sum()
        })
    }

    pub(super) fn contestants<'a>(
        measure: Measure,
        left: &'a [String],
        right: &'a [String],
    ) -> Vec<Contestant<'a>> {
        const STRSIM: &str = "strsim 0.11";
        const PLAIN: &str = "rapidfuzz 0.5";
        const BATCH: &str = "rapidfuzz 0.5, comparator";
        const CUT: &str = "rapidfuzz 0.5, comparator, cut-off";
        let most = MOST as usize;
        match measure {
            Measure::Levenshtein => vec![
                plain(STRSIM, left, right, |a, b| edits(strsim::levenshtein(a, b))),
                plain(PLAIN, left, right, |a, b| edits(levenshtein::distance(a.chars(), b.chars()))),
                compared(
                    BATCH,
                    left,
                    right,
                    |a| levenshtein::BatchComparator::new(a.chars()),
                    |a, b| edits(a.distance(b.chars())),
                ),
                compared(
                    CUT,
                    left,
                    right,
                    |a| levenshtein::BatchComparator::new(a.chars()),
                    move |a, b| {
                        let args = levenshtein::Args::default().score_cutoff(most);
                        edits(a.distance_with_args(b.chars(), &args).unwrap_or(most + 1))
                    },
                ),
            ],
            Measure::Alignment => vec![
                plain(STRSIM, left, right, |a, b| edits(strsim::osa_distance(a, b))),
                plain(PLAIN, left, right, |a, b| edits(osa::distance(a.chars(), b.chars()))),
                compared(
                    BATCH,
                    left,
                    right,
                    |a| osa::BatchComparator::new(a.chars()),
                    |a, b| edits(a.distance(b.chars())),
                ),
                compared(
                    CUT,
                    left,
                    right,
                    |a| osa::BatchComparator::new(a.chars()),
                    move |a, b| {
                        let args = osa::Args::default().score_cutoff(most);
                        edits(a.distance_with_args(b.chars(), &args).unwrap_or(most + 1))
                    },
                ),
            ],
            Measure::Winkler => vec![
                plain(STRSIM, left, right, |a, b| thousandths(strsim::jaro_winkler(a, b))),
                plain(PLAIN, left, right, |a, b| thousandths(jaro_winkler::similarity(a.chars(), b.chars()))),
                compared(
                    BATCH,
                    left,
                    right,
                    |a| jaro_winkler::BatchComparator::new(a.chars()),
                    |a, b| thousandths(a.similarity(b.chars())),
                ),
                compared(
                    CUT,
                    left,
                    right,
                    |a| jaro_winkler::BatchComparator::new(a.chars()),
                    |a, b| {
                        let args = jaro_winkler::Args::default().score_cutoff(f64::from(LEAST) / 1000.0);
                        a.similarity_with_args(b.chars(), &args).map_or(0, thousandths)
                    },
                ),
            ],
        }
    }
}
