//! Every conformance case holds, and no part of an expectation goes unread.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on should stop")]

use std::path::Path;

use qudao_testkit::conformance::{Suite, flip, flips, judge, load, observe, run};

/// So many cases there are at least, by kind of area.
const LEAST: [(&str, usize); 8] = [
    ("validation.", 50),
    ("normalising.", 30),
    ("gates.", 30),
    ("matching.", 20),
    ("merging.", 60),
    ("duplicates.", 20),
    ("kpis.", 25),
    ("errors.", 15),
];

fn suite() -> Suite {
    load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../conformance")).unwrap()
}

/// `QUDAO_CONFORMANCE_FLIP=<case name>` turns one expectation wrong: then this test must fail, on that case alone.
#[test]
fn every_case_holds() {
    let mut suite = suite();
    if let Ok(name) = std::env::var("QUDAO_CONFORMANCE_FLIP") {
        let flipped = flip(suite.case(&name).unwrap_or_else(|| panic!("there is no case {name}")));
        for case in suite.cases.iter_mut().filter(|c| c.name == name) {
            *case = flipped.clone();
        }
    }
    let mut failed = 0;
    for case in &suite.cases {
        if let Err(differences) = run(&suite, case) {
            failed += 1;
            eprintln!(
                "{} ({})\n    {}\n    {}\n",
                case.name,
                case.kind,
                case.reason,
                differences.join("\n    ")
            );
        }
    }
    println!("conformance: {} cases run, {failed} failed", suite.cases.len());
    assert_eq!(failed, 0, "of {} cases", suite.cases.len());
}

#[test]
fn there_are_enough_cases_of_each_area() {
    let suite = suite();
    assert!(suite.cases.len() >= 150, "{}", suite.cases.len());
    for (area, least) in LEAST {
        let found = suite.cases.iter().filter(|c| c.name.starts_with(area)).count();
        assert!(found >= least, "{area} {found}");
    }
}

#[test]
fn every_flipped_expectation_is_noticed() {
    let suite = suite();
    let mut count = 0;
    for case in &suite.cases {
        let observed = observe(&suite, case).unwrap_or_else(|e| panic!("{}: {e}", case.name));
        for (path, flipped) in flips(case) {
            count += 1;
            assert!(!judge(&flipped.expected, &observed).is_empty(), "{} {path}", case.name);
        }
        assert_ne!(flip(case).expected, case.expected, "{}", case.name);
    }
    assert!(count > 4 * suite.cases.len(), "{count}");
}

#[test]
fn a_flipped_case_turns_the_runner_red() {
    let suite = suite();
    for kind in
        ["validate", "normalise", "gate", "next_steps", "query", "match", "dedupe", "link", "kpi", "error"]
    {
        let case = suite.cases.iter().find(|c| c.kind == kind).unwrap();
        assert_eq!(run(&suite, case), Ok(()), "{}", case.name);
        let differences = run(&suite, &flip(case)).unwrap_err();
        assert_eq!(differences.len(), 1, "{differences:?}");
    }
}
