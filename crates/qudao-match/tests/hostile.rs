//! Tables that nobody should have, and everybody has: a clear answer in bounded time and memory.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use common::{account, compile, rule, uscc};
use qudao_match::{Batch, Columns, Dedupe, Label, MatchError, Matching, Quality, SurveyOptions, guess_rule};
use qudao_model::{FieldName, Record};

const RULES: &str = "
matching:
  account.same:
    block: [[tax_id], [phone], [name.core], [name.tokens, city], [email]]
    compare: {name: company_name, address: address, phone: phone, email: email, city: text, tax_id: exact}
";

fn learned(matching: &Matching, rows: &[Record]) -> Batch {
    let options = Dedupe { learn: true, threads: Some(2), ..Dedupe::default() };
    matching.dedupe(&rule(), rows, &options).unwrap().batch
}

/// So many rows, by number.
fn rows(count: usize, values: impl Fn(usize) -> Vec<(&'static str, String)>) -> Vec<Record> {
    let row = |n: usize| {
        let values = values(n);
        let values: Vec<(&str, &str)> = values.iter().map(|(f, v)| (*f, v.as_str())).collect();
        account(&format!("r{n:06}"), &values)
    };
    (0..count).map(row).collect()
}

#[test]
fn nothing_to_compare() {
    let matching = compile(RULES).unwrap();
    for count in [0, 1, 2, 1500] {
        // Empty, and placeholders, which are no values.
        for value in ["", "N/A"] {
            let table = rows(count, |_| vec![("name", value.to_owned()), ("phone", value.to_owned())]);
            let found = learned(&matching, &table);
            assert_eq!(
                (found.pairs.len(), found.groups().len(), found.compared),
                (0, 0, 0),
                "{count} {value}"
            );
            assert_eq!(found.clusters.len(), count);
            let survey = matching.survey(&rule(), &table, &found, &SurveyOptions::default()).unwrap();
            assert!(survey.scores.is_empty() && survey.near.is_empty());
            assert!(matching.review(&rule(), &table, 5).unwrap().is_empty());
        }
    }
    let link = matching.link(&rule(), &[], &rows(3, |_| vec![("name", "Acme".to_owned())]), None).unwrap();
    assert_eq!((link.pairs.len(), link.compared), (0, 0));
}

#[test]
fn equal_rows_are_found_whatever_a_table_teaches() {
    let matching = compile(RULES).unwrap();
    // All rows are one. What every pair shares says nothing about a pair, unless equal rows are counted as what they are.
    let same = |_: usize| {
        vec![
            ("name", "Brightwater Optics Ltd".to_owned()),
            ("phone", "0755-28780808".to_owned()),
            ("email", "sales@brightwater.com".to_owned()),
        ]
    };
    let found = learned(&matching, &rows(3000, same));
    assert_eq!(found.groups().iter().map(Vec::len).collect::<Vec<_>>(), [3000]);
    assert_eq!((found.compared, found.pairs.len(), found.oversized.len()), (2999, 2999, 0));
    // A few things, each of them many times.
    let words = ["amber", "birch", "cedar", "delta", "ember", "fjord", "grove", "hazel", "ivory", "jasper"];
    let some = |n: usize| {
        let word = words[n % 10];
        vec![("name", format!("{word} {word} Ltd")), ("phone", format!("0755-2878080{}", n % 10))]
    };
    let found = learned(&matching, &rows(2000, some));
    assert_eq!(found.groups().iter().map(Vec::len).collect::<Vec<_>>(), [200; 10]);
    // Rows that agree in nothing that identifies are not the same, however equal they are.
    let city = learned(&matching, &rows(1500, |_| vec![("city", "Shenzhen".to_owned())]));
    assert_eq!((city.pairs.len(), city.groups().len()), (0, 0));
}

#[test]
fn many_equal_rows_beside_others_change_nothing_about_these() {
    let matching = compile(RULES).unwrap();
    let word = |n: usize| ["amber", "birch", "cedar", "delta", "ember", "fjord", "grove"][n % 7];
    let firm = |n: usize| {
        // Each firm twice, under another name for the second time.
        let (firm, twice) = (n / 2, n % 2 == 1);
        let name = format!(
            "{}{} {firm} {}",
            word(firm),
            word(firm / 7),
            if twice { "Trading Ltd" } else { "Trading" }
        );
        vec![("name", name), ("phone", format!("0755-{:08}", 20_000_000 + firm * 11))]
    };
    let alone = rows(800, firm);
    let mut with = alone.clone();
    with.extend(
        (0..1200)
            .map(|n| account(&format!("x{n:05}"), &[("name", "Same Old Ltd"), ("phone", "021-61610000")])),
    );
    let (before, after) = (learned(&matching, &alone).groups(), learned(&matching, &with).groups());
    assert_eq!(before.len(), 400);
    assert_eq!(after.len(), 401);
    assert_eq!(after[..400], before[..]);
    assert_eq!(after[400].len(), 1200);
}

#[test]
fn one_block_of_everything_is_cut_and_told() {
    let matching = compile(RULES).unwrap();
    // One switchboard, one city, and the same words in every name.
    let table = rows(2000, |n| {
        vec![
            (
                "name",
                format!("Trading Company {}", char::from_u32(0x4e00 + u32::try_from(n).unwrap()).unwrap()),
            ),
            ("phone", "0755-28780808".to_owned()),
            ("city", "Shenzhen".to_owned()),
        ]
    });
    let found = learned(&matching, &table);
    assert!(found.compared <= 2000 * 50 * 5, "{}", found.compared);
    assert!(found.oversized.iter().any(|b| b.not_compared > 1_000_000), "{:?}", found.oversized);
    assert!(found.groups().is_empty(), "{:?}", found.groups().len());
}

#[test]
fn a_text_of_a_megabyte_is_a_value_like_any_other() {
    let matching = compile(RULES).unwrap();
    let megabyte = |c: &str| c.repeat(1_048_576 / c.len());
    let cases = [
        ("a b ", "c d ", "name"),
        ("a", "b", "address"),
        ("a", "b", "email"),
        ("1", "2", "phone"),
        ("华", "为", "name"),
        ("\u{301}", "\u{200d}", "name"),
    ];
    for (letter, other, field) in cases {
        let text = |n: usize| if n < 2 { megabyte(letter) } else { megabyte(other) };
        let table = rows(3, |n| vec![(field, text(n)), ("tax_id", uscc("91350100M000100Y4"))]);
        let found = learned(&matching, &table);
        assert!(found.pairs.iter().any(|p| (p.left, p.right) == (0, 1)), "{field} {letter:?}");
        if field == "email" {
            let shown = matching.survey(&rule(), &table, &found, &SurveyOptions::default()).unwrap();
            assert!(format!("{shown:?}").len() < 20_000, "values are cut");
        }
    }
}

#[test]
fn labels_that_contradict_themselves_name_the_rows() {
    let matching = compile(RULES).unwrap();
    let table = rows(4, |n| vec![("name", format!("Acme {n}"))]);
    let label = |left, right, same| Label { left, right, same };
    for (labels, left, right) in [
        (vec![label(0, 1, true), label(0, 1, false)], 0, 1),
        (vec![label(0, 1, false), label(1, 0, true)], 0, 1),
        (vec![label(0, 1, true), label(1, 2, true), label(2, 3, true), label(3, 0, false)], 3, 0),
    ] {
        let error = matching.teach(&rule(), &table, &labels).unwrap_err();
        assert_eq!(error, MatchError::ContradictoryLabels { left, right });
        assert!(error.to_string().contains(&format!("rows {left} and {right}")), "{error}");
    }
    // A long chain is followed in time that grows with it.
    let table = rows(3000, |n| vec![("name", format!("Acme {n}"))]);
    let mut chain: Vec<Label> = (1..3000).rev().map(|n| label(n - 1, n, true)).collect();
    chain.push(label(2999, 0, false));
    let error = matching.teach(&rule(), &table, &chain).unwrap_err();
    assert_eq!(error, MatchError::ContradictoryLabels { left: 2999, right: 0 });
    // What is measured against need not be whole.
    let few = Dedupe { labels: Some(vec![1, 1]), ..Dedupe::default() };
    let measured = matching.dedupe(&rule(), &table, &few).unwrap().quality;
    assert_eq!(measured.map(|q: Quality| q.true_pairs), Some(1));
}

#[test]
fn columns_of_any_shape_are_guessed_and_searched() {
    let none: [&str; 0] = [];
    let long = "x".repeat(100_000);
    let odd = ["\u{0}", "\u{202e}abc", "   ", "=1+1", long.as_str(), "🙂🙂", "\u{feff}"];
    let columns: Vec<(&str, &[&str])> = vec![
        ("", &odd),
        ("name", &odd),
        ("name", &odd),
        ("电话", &none),
        ("\u{0}\n", &odd),
        ("e-mail", &odd),
    ];
    let guess = guess_rule(&columns);
    // Every field has a name of its own, and the guess can be printed.
    let mut fields: Vec<&FieldName> = guess.columns.iter().map(|c| &c.field).collect();
    fields.sort_unstable();
    fields.dedup();
    assert_eq!(fields.len(), guess.columns.len());
    assert!(guess.to_string().lines().count() > 5);
    let guessed = guess.compile().unwrap();
    let mut table = Columns::new(guess.columns.iter().map(|c| c.field.clone()).collect());
    for cell in odd.iter().chain(&odd) {
        table.push(&vec![*cell; guess.columns.len()]).unwrap();
    }
    let learn = Dedupe { learn: true, ..Dedupe::default() };
    let found = guessed.matching.dedupe_columns(&guessed.rule, table, &learn).unwrap();
    assert_eq!(found.batch.clusters.len(), 14);
}

/// The sizes of the bench: `cargo test --release -p qudao-match --test hostile -- --ignored --nocapture`.
#[test]
#[ignore = "takes minutes without optimisation"]
#[allow(clippy::print_stdout, reason = "what the bench quotes")]
fn a_million_of_each() {
    let matching = compile(RULES).unwrap();
    type Made = fn(usize) -> Vec<(&'static str, String)>;
    let tables: [(&str, Made); 3] = [
        ("equal rows", |_| vec![("name", "Same Old Ltd".to_owned()), ("phone", "021-61610000".to_owned())]),
        ("one block", |n| vec![("name", format!("Trading {n}")), ("phone", "021-61610000".to_owned())]),
        ("empty rows", |_| Vec::new()),
    ];
    for (name, make) in tables {
        let table = rows(1_000_000, make);
        let began = std::time::Instant::now();
        let found = learned(&matching, &table);
        println!(
            "{name}: {:.1} s, {} pairs compared, {} clusters",
            began.elapsed().as_secs_f64(),
            found.compared,
            found.groups().len()
        );
        assert!(found.compared < 1_000_000);
        assert_eq!(found.groups().len(), usize::from(name == "equal rows"));
    }
}
