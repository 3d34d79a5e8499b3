//! The labelled pairs of every normaliser: the accuracy is printed, and a pair may be missed only where its file says so.

#![cfg(all(feature = "phone-metadata", feature = "chinese-conversion"))]

#[path = "pairs/run.rs"]
mod run;

#[test]
fn labelled_pairs() {
    let mut wrong = Vec::new();
    println!("{:<16}{:>6}{:>8}{:>10}", "normaliser", "pairs", "right", "accuracy");
    for set in &run::SETS {
        let pairs = set.pairs();
        let right = pairs.iter().filter(|p| p.is_right()).count();
        println!(
            "{:<16}{:>6}{right:>8}{:>8}.{} %",
            set.name,
            pairs.len(),
            right * 100 / pairs.len(),
            right * 1000 / pairs.len() % 10
        );
        assert!(pairs.len() >= 100, "{}: {} pairs", set.name, pairs.len());
        assert!(!set.sources().is_empty(), "{} names no source", set.name);
        let mut seen = std::collections::BTreeSet::new();
        for pair in &pairs {
            assert!(!pair.reason.is_empty(), "{}: {:?} has no reason", set.name, pair.input);
            assert!(
                seen.insert((pair.input.clone(), pair.parameter)),
                "{}: {:?} stands twice",
                set.name,
                pair.input
            );
            if pair.is_right() == pair.is_known_miss() {
                let what = if pair.is_right() { "is no miss any more" } else { "is wrong" };
                wrong.push(format!(
                    "{} {:?} ({}) {what}: {:?}, the file says {:?}",
                    set.name, pair.input, pair.parameter, pair.answer, pair.expected
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{} pairs\n{}", wrong.len(), wrong.join("\n"));
}
