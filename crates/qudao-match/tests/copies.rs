//! Rows that are equal in everything the rule looks at: of many of them one stands for all.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::collections::BTreeSet;

use common::firms::{self, FIELDS, Row, firm, row};
use common::rule;
use proptest::prelude::*;
use proptest::sample::select;
use qudao_match::{Batch, Columns, Dedupe, Label, Link, Matching, SurveyOptions};
use qudao_model::{FieldName, Record};

/// Different rows, and how many times each stands.
fn rows() -> impl Strategy<Value = Vec<(Row, usize)>> {
    let times = select(vec![17_usize, 18, 23]);
    proptest::collection::vec((row(), times), 1..7).prop_map(|mut rows| {
        rows.sort_unstable();
        rows.dedup_by(|a, b| a.0 == b.0);
        rows
    })
}

/// Each row so many times, in an order that a seed decides; and which of the rows each is.
fn copied(rows: &[(Row, usize)], seed: u64) -> (Vec<Record>, Vec<usize>) {
    let mut all: Vec<(u64, usize, usize)> = Vec::new();
    for (at, (_, times)) in rows.iter().enumerate() {
        for nth in 0..*times {
            let key = (seed ^ (at as u64 * 131 + nth as u64)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            all.push((key, at, nth));
        }
    }
    all.sort_unstable();
    let made = all.iter().map(|(_, at, nth)| firm(&format!("r{at}-{nth:03}"), &rows[*at].0)).collect();
    (made, all.into_iter().map(|(_, at, _)| at).collect())
}

/// Clusters as sets of rows of the short table, and whether all rows that are equal are in one.
fn as_sets(batch: &Batch, of: &[usize]) -> BTreeSet<BTreeSet<usize>> {
    batch.groups().iter().map(|group| group.iter().map(|row| of[*row as usize]).collect()).collect()
}

fn matching() -> Matching {
    firms::matching("")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn many_times_the_same_rows_answer_as_the_rows_themselves(rows in rows(), seed in any::<u64>()) {
        let matching = matching();
        let once: Vec<Record> = rows.iter().enumerate().map(|(at, (row, _))| firm(&format!("r{at}-000"), row)).collect();
        let of_once = matching.batch(&rule(), &once, None).unwrap();
        let (many, of) = copied(&rows, seed);
        let of_many = matching.batch(&rule(), &many, None).unwrap();
        let first = |row: usize| of.iter().position(|at| *at == row).unwrap();
        // Pairs of different rows are those of the rows that stand for them.
        let different: BTreeSet<(usize, usize, i64)> = of_many
            .pairs
            .iter()
            .filter(|p| of[p.left as usize] != of[p.right as usize])
            .map(|p| (p.left as usize, p.right as usize, p.weight))
            .collect();
        let expected: BTreeSet<(usize, usize, i64)> = of_once
            .pairs
            .iter()
            .map(|p| (first(p.left as usize), first(p.right as usize), p.weight))
            .map(|(a, b, weight)| (a.min(b), a.max(b), weight))
            .collect();
        prop_assert_eq!(different, expected);
        // Of equal rows the first is listed with each of the others, with the weight that both have.
        for pair in of_many.pairs.iter().filter(|p| of[p.left as usize] == of[p.right as usize]) {
            let (left, right) = (pair.left as usize, pair.right as usize);
            prop_assert_eq!(left, first(of[left]));
            prop_assert_eq!(matching.compare(&rule(), &many[left], &many[right]).unwrap().weight, pair.weight);
        }
        for (at, (_, times)) in rows.iter().enumerate() {
            let listed = of_many.pairs.iter().filter(|p| of[p.left as usize] == at && of[p.right as usize] == at).count();
            let weight = matching.compare(&rule(), &many[first(at)], &many[first(at)]).unwrap().probability;
            let keyed = !rows[at].0[..3].iter().all(|v| v.is_empty());
            let reaches = keyed && weight >= matching.rule(&rule()).unwrap().review_threshold();
            prop_assert_eq!(listed, if reaches { times - 1 } else { 0 });
        }
        // Clusters are those of the rows, with all that is equal to one of them.
        let mut expected: BTreeSet<BTreeSet<usize>> = of_once.groups().iter().map(|g| g.iter().map(|r| *r as usize).collect()).collect();
        let joined: BTreeSet<usize> = expected.iter().flatten().copied().collect();
        for at in 0..rows.len() {
            let score = matching.compare(&rule(), &many[first(at)], &many[first(at)]).unwrap();
            let keyed = !rows[at].0[..3].iter().all(|v| v.is_empty());
            if keyed && !joined.contains(&at) && score.probability >= matching.rule(&rule()).unwrap().match_threshold() {
                expected.insert(BTreeSet::from([at]));
            }
        }
        prop_assert_eq!(as_sets(&of_many, &of), expected);
        prop_assert!(of_many.pairs.is_sorted_by_key(|p| (p.left, p.right)));
        // Neither threads nor the form of the table matter.
        for threads in [1, 3] {
            let options = Dedupe { threads: Some(threads), ..Dedupe::default() };
            prop_assert_eq!(&matching.dedupe(&rule(), &many, &options).unwrap().batch, &of_many);
        }
        let mut columns = Columns::new(FIELDS.map(|f| FieldName::new(f).unwrap()).to_vec());
        of.iter().for_each(|at| columns.push(&rows[*at].0).unwrap());
        prop_assert_eq!(&matching.dedupe_columns(&rule(), columns, &Dedupe::default()).unwrap().batch.pairs, &of_many.pairs);
        // Nor does the order of the rows.
        let (other, of_other) = copied(&rows, seed ^ 7);
        prop_assert_eq!(as_sets(&matching.batch(&rule(), &other, None).unwrap(), &of_other), as_sets(&of_many, &of));
    }

    #[test]
    fn two_tables_tell_every_row(rows in rows(), seed in any::<u64>()) {
        let matching = matching();
        let once: Vec<Record> = rows.iter().enumerate().map(|(at, (row, _))| firm(&format!("r{at}"), row)).collect();
        let (left, of_left) = copied(&rows, seed);
        let of_once: Link = matching.link(&rule(), &once, &once, None).unwrap();
        let linked: Link = matching.link(&rule(), &left, &once, None).unwrap();
        // Each row of the many has the pair that is the best of the row that it is a copy of.
        for (row, at) in of_left.iter().enumerate() {
            let best = of_once.pairs.iter().filter(|p| p.left as usize == *at).map(|p| p.weight).max();
            let found = linked.pairs.iter().filter(|p| p.left as usize == row).map(|p| p.weight).max();
            prop_assert_eq!(found, best);
        }
        for pair in &linked.pairs {
            let at = u32::try_from(of_left[pair.left as usize]).unwrap();
            prop_assert!(of_once.pairs.iter().any(|p| (p.left, p.right, p.weight) == (at, pair.right, pair.weight)));
        }
        // The other way round it is the same.
        let back = matching.link(&rule(), &once, &left, None).unwrap();
        let turned: BTreeSet<(u32, u32, i64)> = back.pairs.iter().map(|p| (p.right, p.left, p.weight)).collect();
        for row in 0..left.len() {
            let best = |pairs: &mut dyn Iterator<Item = (u32, u32, i64)>| {
                pairs.filter(|(l, ..)| *l as usize == row).map(|(.., w)| w).max()
            };
            prop_assert_eq!(
                best(&mut turned.iter().copied()),
                best(&mut linked.pairs.iter().map(|p| (p.left, p.right, p.weight)))
            );
        }
    }
}

#[test]
fn a_few_equal_rows_are_all_listed_many_are_listed_with_the_first() {
    let matching = matching();
    let row = ["Swaniawski Ltd", "0755-28780808", "", ""];
    for (count, pairs) in [(2_usize, 1), (16, 120), (17, 16), (40, 39)] {
        let records: Vec<Record> = (0..count).map(|n| firm(&format!("r{n:02}"), &row)).collect();
        let batch = matching.batch(&rule(), &records, None).unwrap();
        assert_eq!(
            (batch.pairs.len(), batch.groups().len(), batch.oversized.len()),
            (pairs, 1, 0),
            "{count}"
        );
    }
}

#[test]
fn what_is_measured_counts_the_rows_and_not_who_stands_for_them() {
    let matching = matching();
    let one = ["Swaniawski Ltd", "0755-28780808", "", ""];
    let two = ["Swaniawski Limited", "+86 755 2878 0808", "", ""];
    let records: Vec<Record> =
        (0..50).map(|n| firm(&format!("r{n:02}"), if n < 30 { &one } else { &two })).collect();
    let options = Dedupe { labels: Some(vec![7; 50]), ..Dedupe::default() };
    let found = matching.dedupe(&rule(), &records, &options).unwrap();
    let all = 50 * 49 / 2;
    let quality = found.quality.unwrap();
    assert_eq!((quality.true_pairs, quality.found_pairs, quality.right_pairs), (all, all, all));
    assert_eq!(quality.compared_true_pairs, all);
    assert!((quality.blocking_recall() - 1.0).abs() < 1e-12);
    // Labels of which half are others.
    let options = Dedupe { labels: Some((0..50).map(|n| n % 2).collect()), ..Dedupe::default() };
    let quality = matching.dedupe(&rule(), &records, &options).unwrap().quality.unwrap();
    assert_eq!((quality.true_pairs, quality.compared_true_pairs), (600, 600));
    // A report says the same of labelled pairs.
    let label = |left, right| Label { left, right, same: true };
    let labels = vec![label(1, 2), label(5, 40), label(31, 49)];
    let options = SurveyOptions { labels, ..SurveyOptions::default() };
    let seen = matching.survey(&rule(), &records, &found.batch, &options).unwrap().labels.unwrap();
    assert_eq!((seen.same, seen.compared, seen.found), (3, 3, 3));
    // Rows without a value of any key meet nobody, however many they are.
    let blank: Vec<Record> = (0..30).map(|n| firm(&format!("b{n:02}"), &["", "", "", "深圳"])).collect();
    let zero = Dedupe { threshold: Some("0".parse().unwrap()), ..Dedupe::default() };
    let found = matching.dedupe(&rule(), &blank, &zero).unwrap();
    assert_eq!((found.batch.compared, found.batch.pairs.len()), (0, 0));
}
