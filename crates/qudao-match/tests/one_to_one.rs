//! Two tables of which each record is in at most one pair.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::collections::{BTreeMap, BTreeSet};

use common::firms::{self, FIELDS, Row, firm, row};
use common::rule;
use proptest::prelude::*;
use qudao_match::{Columns, Dedupe, Link, MatchError, Matching, Pair, Watch};
use qudao_model::{FieldName, Record};

fn records(side: &str, rows: &[Row]) -> Vec<Record> {
    rows.iter().enumerate().map(|(at, row)| firm(&format!("{side}{at:03}"), row)).collect()
}

fn matching() -> Matching {
    firms::matching("thresholds: {match: 0.9, review: 0.1}")
}

fn linked(left: &[Record], right: &[Record]) -> Link {
    let options = Dedupe { one_to_one: true, ..Dedupe::default() };
    matching().link_with(&rule(), left, right, &options).unwrap()
}

/// What taking pairs by falling weight and then by ids comes to.
fn greedy(all: &[Pair], left: &[Record], right: &[Record]) -> BTreeSet<(u32, u32, i64)> {
    let mut order: Vec<&Pair> = all.iter().collect();
    order.sort_by_key(|p| {
        let ids = (left[p.left as usize].id().clone(), right[p.right as usize].id().clone());
        (std::cmp::Reverse(p.weight), ids)
    });
    let (mut lefts, mut rights, mut out) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for pair in order {
        if !lefts.contains(&pair.left) && !rights.contains(&pair.right) {
            lefts.insert(pair.left);
            rights.insert(pair.right);
            out.insert((pair.left, pair.right, pair.weight));
        }
    }
    out
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn each_record_has_the_best_that_is_left(
        left in proptest::collection::vec(row(), 0..12),
        right in proptest::collection::vec(row(), 0..12),
        seed in proptest::collection::vec(any::<u32>(), 12),
    ) {
        let (left, right) = (records("l", &left), records("r", &right));
        let all = matching().link(&rule(), &left, &right, None).unwrap();
        let one = linked(&left, &right);
        let pairs: BTreeSet<(u32, u32, i64)> = one.pairs.iter().map(|p| (p.left, p.right, p.weight)).collect();
        prop_assert_eq!(&pairs, &greedy(&all.pairs, &left, &right));
        prop_assert!(one.pairs.is_sorted_by_key(|p| (p.left, p.right)));
        // What else is told stays.
        prop_assert_eq!((&one.related, one.compared), (&all.related, all.compared));
        // No two records would both rather have each other.
        let weight = |of: &dyn Fn(&(u32, u32, i64)) -> bool| pairs.iter().find(|p| of(p)).map_or(i64::MIN, |p| p.2);
        for p in &all.pairs {
            prop_assert!(weight(&|q| q.0 == p.left) >= p.weight || weight(&|q| q.1 == p.right) >= p.weight);
        }
        // The order of the rows does not matter.
        let mut order: Vec<usize> = (0..left.len()).collect();
        order.sort_by_key(|at| seed[*at]);
        let shuffled: Vec<Record> = order.iter().map(|at| left[*at].clone()).collect();
        let ids = |found: &Link, left: &[Record]| -> BTreeMap<String, String> {
            let name = |p: &Pair| (left[p.left as usize].id().to_string(), right[p.right as usize].id().to_string());
            found.pairs.iter().map(name).collect()
        };
        prop_assert_eq!(ids(&one, &left), ids(&linked(&shuffled, &right), &shuffled));
    }
}

#[test]
fn of_many_equal_rows_each_has_a_pair_of_its_own() {
    let same = ["Swaniawski Ltd", "0755-28780808", "", ""];
    let near = ["Swaniawskx Ltd", "0755-28780808", "", ""];
    let side = |side: &str, equal: usize, alike: usize| {
        records(side, &[vec![same; equal], vec![near; alike]].concat())
    };
    for (left, right) in [(20, 30), (30, 20), (20, 3), (1, 40), (4, 5)] {
        let (one, two) = (side("l", left, 1), side("r", right, 2));
        let found = linked(&one, &two);
        // Equal rows first; then what is alike, with what is left of the larger side.
        let equal: Vec<(u32, u32)> = (0..left.min(right)).map(|n| (n as u32, n as u32)).collect();
        let pairs: Vec<(u32, u32)> = found.pairs.iter().map(|p| (p.left, p.right)).collect();
        assert!(equal.iter().all(|pair| pairs.contains(pair)), "{left} {right}: {pairs:?}");
        assert!(pairs.contains(&(left as u32, right as u32)));
        let lefts: BTreeSet<u32> = pairs.iter().map(|p| p.0).collect();
        let rights: BTreeSet<u32> = pairs.iter().map(|p| p.1).collect();
        assert_eq!((lefts.len(), rights.len()), (pairs.len(), pairs.len()));
        // One alike is left on the right, and a row of the left where there are more of them.
        assert_eq!(pairs.len(), left.min(right) + 1 + usize::from(left > right), "{left} {right}: {pairs:?}");
    }
}

#[test]
fn two_parts_of_one_table_are_linked_alike() {
    let rows: Vec<Row> = vec![
        ["Swaniawski Ltd", "0755-28780808", "", ""],
        ["Swaniawski Ltd", "", "info@swaniawski.com", ""],
        ["Swaniawski Ltd", "0755-28780808", "info@swaniawski.com", ""],
        ["Swaniawski Ltd", "28780808", "sales@swaniawski.com", ""],
    ];
    let mut columns = Columns::new(FIELDS.map(|f| FieldName::new(f).unwrap()).to_vec());
    rows.iter().for_each(|row| columns.push(row).unwrap());
    let options =
        Dedupe { one_to_one: true, link_at: Some(2), labels: Some(vec![1, 2, 2, 1]), ..Dedupe::default() };
    let found = matching().dedupe_columns(&rule(), columns, &options).unwrap();
    let (left, right) = (records("l", &rows[..2]), records("r", &rows[2..]));
    assert_eq!(found.batch.pairs, linked(&left, &right).pairs);
    assert_eq!(found.batch.pairs.len(), 2);
    // What is measured are the pairs that stay.
    let quality = found.quality.unwrap();
    assert_eq!((quality.true_pairs, quality.found_pairs), (2, quality.right_pairs));
    // Within one table nothing is left out.
    let table = records("t", &rows);
    let within = Dedupe { one_to_one: true, ..Dedupe::default() };
    assert_eq!(
        matching().dedupe(&rule(), &table, &within).unwrap(),
        matching().dedupe(&rule(), &table, &Dedupe::default()).unwrap()
    );
    let watch = Watch::new();
    watch.cancel();
    let stopped = Dedupe { one_to_one: true, watch: Some(watch), ..Dedupe::default() };
    assert_eq!(matching().link_with(&rule(), &left, &right, &stopped), Err(MatchError::Cancelled));
}
