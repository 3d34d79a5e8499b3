//! Ids of clusters that stay from run to run.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::collections::{BTreeMap, BTreeSet};

use common::{account, compile, rule};
use proptest::prelude::*;
use qudao_match::{ClusterChange, ClusterIds, MatchError, NamedClusters};
use qudao_model::{Record, RecordId};

fn id(text: &str) -> RecordId {
    RecordId::new(text).unwrap()
}

/// A run over clusters of records: "ab c" are two clusters.
fn run(previous: &ClusterIds, clusters: &str) -> NamedClusters {
    let (mut ids, mut numbers) = (Vec::new(), Vec::new());
    for cluster in clusters.split_whitespace() {
        let first = u32::try_from(ids.len()).unwrap();
        for record in cluster.chars() {
            ids.push(id(&record.to_string()));
            numbers.push(first);
        }
    }
    previous.next(&ids, &numbers).unwrap()
}

/// The ids of the clusters, as they were written.
fn names(found: &NamedClusters, clusters: &str) -> Vec<String> {
    let mut rows = found.rows.iter();
    clusters
        .split_whitespace()
        .map(|cluster| {
            let of: BTreeSet<&RecordId> = rows.by_ref().take(cluster.chars().count()).collect();
            assert_eq!(of.len(), 1, "one id for {cluster}");
            of.first().unwrap().to_string()
        })
        .collect()
}

/// What became of the clusters: id, earlier id, records, change.
fn told(found: &NamedClusters) -> Vec<String> {
    let share = |s: &qudao_match::ClusterShare| {
        let previous = s.previous.as_ref().map_or("-", |p| p.as_str());
        format!("{} {previous} {} {}", s.cluster, s.records, s.change.as_str())
    };
    found.shares.iter().map(share).collect()
}

#[test]
fn what_becomes_of_clusters() {
    let first = run(&ClusterIds::default(), "cb a fde");
    assert_eq!(names(&first, "cb a fde"), ["b", "a", "d"]);
    assert_eq!(told(&first), ["a - 1 new", "b - 2 new", "d - 3 new"]);
    let cases: &[(&str, &[&str], &[&str])] = &[
        // Nothing changed; the order of the rows did.
        ("def a bc", &["d", "a", "b"], &["a a 1 kept", "b b 2 kept", "d d 3 kept"]),
        // Records more, some of them smaller than all that were there.
        (
            "A0 Bcb def a",
            &["0", "b", "d", "a"],
            &["0 - 2 new", "a a 1 kept", "b b 2 kept", "b - 1 kept", "d d 3 kept"],
        ),
        // The record that gave the id is gone.
        ("c a ef", &["b", "a", "d"], &["a a 1 kept", "b b 1 kept", "d d 2 kept"]),
        // Of several that become one the largest keeps its id; of equally large ones the smaller id stays.
        ("bcdef a", &["d", "a"], &["a a 1 kept", "d b 2 merged", "d d 3 merged"]),
        ("bae", &["a"], &["a a 1 merged", "a b 1 merged", "a d 1 merged"]),
        // The larger part keeps the id, and of equal parts the one with the smaller record. An id that was given is not given again.
        ("ef d", &["d", "d~2"], &["d d 2 split", "d~2 d 1 split"]),
        ("c b", &["c", "b"], &["b b 1 split", "c b 1 split"]),
        // What was torn from one and joined to another.
        ("ca b", &["a", "b"], &["a a 1 regrouped", "a b 1 regrouped", "b b 1 split"]),
        // One that is joined to a part of another, and one of which nothing changed.
        ("def", &["d"], &["d d 3 kept"]),
        ("ef dbc", &["d", "b"], &["b b 2 regrouped", "b d 1 regrouped", "d d 2 split"]),
    ];
    for (clusters, expected, shares) in cases {
        let found = run(&first.ids, clusters);
        assert_eq!(names(&found, clusters), *expected, "{clusters}");
        assert_eq!(told(&found), *shares, "{clusters}");
        // What is kept is read again as it was written.
        let json = serde_json::to_string(&found.ids).unwrap();
        assert_eq!(serde_json::from_str::<ClusterIds>(&json).unwrap(), found.ids);
    }
}

#[test]
fn an_id_is_never_given_twice() {
    let first = run(&ClusterIds::default(), "ab cd");
    let joined = run(&first.ids, "abcd");
    assert_eq!(names(&joined, "abcd"), ["a"]);
    assert_eq!(joined.ids.retired().map(RecordId::as_str).collect::<Vec<_>>(), ["c"]);
    // Apart again: c was an id of its own once.
    let apart = run(&joined.ids, "ab cd");
    assert_eq!(names(&apart, "ab cd"), ["a", "d"]);
    let joined = run(&apart.ids, "abcd");
    let apart = run(&joined.ids, "ab cd");
    assert_eq!(names(&apart, "ab cd"), ["a", "c~2"]);
    assert_eq!(apart.changed(ClusterChange::Split), 2);
    // Records that were away have their cluster when they come back.
    let few = run(&apart.ids, "a x");
    assert_eq!(names(&run(&few.ids, "ab cd x"), "ab cd x"), ["a", "c~2", "x"]);
    // The longest id leaves room for a number, and an id of another record is not taken.
    let long = "l".repeat(200);
    let mut given = ClusterIds::default();
    [long.as_str(), "y", "y~2"].into_iter().for_each(|text| given.retire(id(text)));
    let found = given.next(&[id(&long), id("y"), id("y~3")], &[0, 1, 2]).unwrap();
    assert_eq!(found.rows[0].as_str(), format!("{}~2", "l".repeat(180)));
    assert_eq!((found.rows[1].as_str(), found.rows[2].as_str()), ("y~4", "y~3"));
    assert_eq!(found.ids.get("y"), Some(&id("y~4")));
}

#[test]
fn two_rows_of_one_id_are_told() {
    let ids = [id("a"), id("b"), id("a")];
    let error = ClusterIds::default().next(&ids, &[0, 1, 2]).unwrap_err();
    assert_eq!(error, MatchError::RepeatedId { left: 0, right: 2 });
    assert_eq!(error.code(), "matching.repeated_id");
    assert_eq!(ClusterIds::default().next(&[], &[]).unwrap(), NamedClusters::default());
    // A row without a number is alone.
    let found = ClusterIds::default().next(&ids[..2], &[1]).unwrap();
    assert_eq!(found.rows, ids[..2]);
}

#[test]
fn a_search_keeps_ids_when_records_come_and_go() {
    let matching = compile(
        "matching: {account.same: {compare: {name: company_name, phone: phone}, block: [[phone], [name.core]]}}",
    )
    .unwrap();
    let firm = |id: &str, name: &str, phone: &str| account(id, &[("name", name), ("phone", phone)]);
    let old = [
        firm("k1", "Swaniawski Ltd", "0755-28780808"),
        firm("k2", "Zenith Corp", "010-65529988"),
        firm("k3", "Swaniawski Limited", "+86 755 2878 0808"),
    ];
    let named = |records: &[Record], previous: &ClusterIds| {
        let ids: Vec<RecordId> = records.iter().map(|r| r.id().clone()).collect();
        matching.batch(&rule(), records, None).unwrap().named(&ids, previous).unwrap()
    };
    let first = named(&old, &ClusterIds::default());
    assert_eq!(first.rows, ["k1", "k2", "k1"].map(id));
    // Others stand before them now, one of them of the same firm and with a smaller id.
    let new = [
        firm("a9", "Acme Inc.", "021-61610000"),
        firm("a1", "Swaniawski", "0755 28780808"),
        old[1].clone(),
        old[2].clone(),
    ];
    let next = named(&new, &first.ids);
    assert_eq!(next.rows, ["a9", "k1", "k2", "k1"].map(id));
    assert_eq!(told(&next), ["a9 - 1 new", "k1 k1 1 kept", "k1 - 1 kept", "k2 k2 1 kept"]);
}

/// Some of ten records, each in one of four clusters.
fn partition() -> impl Strategy<Value = Vec<Option<u8>>> {
    proptest::collection::vec(proptest::option::weighted(0.8, 0_u8..4), 10)
}

fn rows(partition: &[Option<u8>]) -> (Vec<RecordId>, Vec<u32>) {
    let present = partition.iter().enumerate().filter_map(|(at, cluster)| Some((at, (*cluster)?)));
    present.map(|(at, cluster)| (id(&format!("r{at}")), u32::from(cluster))).unzip()
}

/// The ids by record.
fn by_record(ids: &[RecordId], found: &NamedClusters) -> BTreeMap<RecordId, RecordId> {
    ids.iter().cloned().zip(found.rows.iter().cloned()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn ids_stay_over_any_number_of_runs(
        runs in proptest::collection::vec((partition(), proptest::collection::vec(any::<u32>(), 10)), 1..8),
    ) {
        let mut state = ClusterIds::default();
        let mut given: BTreeSet<RecordId> = BTreeSet::new();
        for (partition, seed) in runs {
            let (ids, clusters) = rows(&partition);
            let found = state.next(&ids, &clusters).unwrap();
            // One id for one cluster.
            let pairs: BTreeSet<(u32, &RecordId)> = clusters.iter().copied().zip(&found.rows).collect();
            let numbers: BTreeSet<u32> = clusters.iter().copied().collect();
            let named: BTreeSet<&RecordId> = found.rows.iter().collect();
            prop_assert_eq!(pairs.len(), numbers.len());
            prop_assert_eq!(named.len(), numbers.len());
            for (_, name) in &pairs {
                let before: BTreeSet<&RecordId> = ids
                    .iter()
                    .zip(&found.rows)
                    .filter(|(_, of)| of == name)
                    .filter_map(|(record, _)| state.get(record.as_str()))
                    .collect();
                // It is the id of one of the clusters that its records were in, or it was never given.
                prop_assert!(before.contains(name) || !given.contains(*name), "{} {:?}", name, before);
                // An id is new only where every earlier one is with a cluster that has as much of it or more.
                if !before.contains(name) {
                    let shared = |of: &RecordId, was: &RecordId| {
                        let both = |(record, now): &(&RecordId, &RecordId)| *now == of && state.get(record.as_str()) == Some(was);
                        ids.iter().zip(&found.rows).filter(both).count()
                    };
                    for was in before {
                        prop_assert!(shared(was, was) >= shared(name, was));
                    }
                }
            }
            // What is told adds up.
            let sum: u32 = found.shares.iter().map(|share| share.records).sum();
            prop_assert_eq!(sum as usize, ids.len());
            // The order of the rows does not matter, nor do the numbers.
            let mut order: Vec<usize> = (0..ids.len()).collect();
            order.sort_by_key(|at| seed[*at]);
            let other_ids: Vec<RecordId> = order.iter().map(|at| ids[*at].clone()).collect();
            let other_clusters: Vec<u32> = order.iter().map(|at| 900 - clusters[*at]).collect();
            let other = state.next(&other_ids, &other_clusters).unwrap();
            prop_assert_eq!(by_record(&ids, &found), by_record(&other_ids, &other));
            prop_assert_eq!(&found.shares, &other.shares);
            prop_assert_eq!(&found.ids, &other.ids);
            // Once more with the answer nothing changes.
            let again = found.ids.next(&ids, &clusters).unwrap();
            prop_assert_eq!(&again.rows, &found.rows);
            prop_assert_eq!(&again.ids, &found.ids);
            prop_assert_eq!(again.changed(ClusterChange::Kept), numbers.len());
            // Records more change no id of the others, whether they are alone or in a cluster that is there.
            let (mut more, mut of_more) = (vec![id("0"), id("00")], vec![77, clusters.first().copied().unwrap_or(78)]);
            more.extend(ids.iter().cloned());
            of_more.extend(&clusters);
            let grown = found.ids.next(&more, &of_more).unwrap();
            prop_assert_eq!(&grown.rows[2..], &found.rows[..]);
            given.extend(found.rows.iter().cloned());
            state = found.ids;
        }
    }
}
