//! Conditions proven always true or always false, and other warnings.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test stops at what it does not expect"
)]

mod common;

use common::World;
use qudao_expr::Program;
use qudao_model::Locale;

/// Expression, what is proven of the whole, and the codes of its warnings.
const CASES: &[(&str, Option<bool>, &[&str])] = &[
    ("amount > 0", None, &[]),
    ("true", Some(true), &[]),
    ("false", Some(false), &[]),
    ("1 + 1 == 2", Some(true), &["expr.always_true"]),
    ("1 > 2 && amount > 0", Some(false), &["expr.always_false"]),
    ("amount > 0 || 1 < 2", Some(true), &["expr.always_true"]),
    // intervals
    ("amount > 100 && amount < 50", Some(false), &["expr.always_false"]),
    ("amount > 100 && 50 > amount", Some(false), &["expr.always_false"]),
    ("amount > 100 && (amount < 50 && urgent)", Some(false), &["expr.always_false"]),
    ("amount > 100 && !(amount >= 50)", Some(false), &["expr.always_false"]),
    ("amount > 100 && amount < 150", None, &[]),
    ("amount >= 100 && amount <= 100", None, &[]),
    ("amount > 100 && amount <= 100", Some(false), &["expr.always_false"]),
    ("amount == 1 && amount == 2", Some(false), &["expr.always_false"]),
    ("amount == 1 && amount != 1", Some(false), &["expr.always_false"]),
    ("amount > 0 || amount <= 0", Some(true), &["expr.always_true"]),
    ("amount > 0 || amount < 0", None, &[]),
    ("seats > 1 && seats < 2", Some(false), &["expr.always_false"]),
    ("discount > 1 && discount < 2", None, &[]),
    ("seats > 1 && seats < 4 && seats != 2 && seats != 3", Some(false), &["expr.always_false"]),
    ("seats in [1, 2] && seats > 5", Some(false), &["expr.always_false"]),
    ("seats == 1.5", Some(false), &["expr.always_false"]),
    ("account.employees > 5 && account.employees < 3", Some(false), &["expr.always_false"]),
    ("account.employees > 5 && seats < 3", None, &[]),
    ("usd > 5 && usd < 3", Some(false), &["expr.always_false"]),
    // currencies differ from record to record
    ("fee > money(5, 'CNY') && fee < money(3, 'USD')", None, &[]),
    (
        "expected_close > date('2026-02-01') && expected_close < date('2026-01-01')",
        Some(false),
        &["expr.always_false"],
    ),
    // a zone lies between a date and an instant
    ("created_at > date('2026-02-01') && created_at < date('2026-01-01')", None, &[]),
    (
        "created_at > instant('2026-02-01T00:00:00Z') && created_at < instant('2026-01-01T00:00:00Z')",
        Some(false),
        &["expr.always_false"],
    ),
    ("delay > duration('2d') && delay < duration('1h')", Some(false), &["expr.always_false"]),
    // sizes
    ("size(contacts) >= 0", Some(true), &["expr.always_true"]),
    ("size(contacts) < 0", Some(false), &["expr.always_false"]),
    ("size(contacts) > 0", None, &[]),
    ("size(contacts) > 1 && size(contacts) < 2", Some(false), &["expr.always_false"]),
    ("month(expected_close) == 13", Some(false), &["expr.always_false"]),
    // texts and choices
    ("name == 'a' && name == 'b'", Some(false), &["expr.always_false"]),
    ("name == 'a' || name == 'b'", None, &[]),
    ("rating == 'hot' && rating == 'cold'", Some(false), &["expr.always_false"]),
    ("rating in ['hot', 'warm', 'cold']", Some(true), &["expr.always_true"]),
    ("rating != 'hot' && rating != 'warm' && rating != 'cold'", Some(false), &["expr.always_false"]),
    ("rating == 'hto'", Some(false), &["expr.unknown_choice"]),
    ("rating in ['hot', 'wram']", None, &["expr.unknown_choice"]),
    ("account.type == 'projekt'", Some(false), &["expr.unknown_choice"]),
    ("contacts.exists(c, c.role == 'deciider')", Some(false), &["expr.unknown_choice"]),
    ("rating > 'cold'", None, &["expr.choice_order"]),
    ("name == ''", None, &["expr.compare_blank"]),
    // presence
    ("has(name) || !has(name)", Some(true), &["expr.always_true"]),
    ("has(name) && !has(name)", Some(false), &["expr.always_false"]),
    ("!has(amount) && amount > 0", Some(false), &["expr.always_false"]),
    ("!has(amount) || amount > 0", None, &[]),
    ("has(id)", Some(true), &["expr.always_true"]),
    // booleans, and a value beside itself
    ("urgent && !urgent", Some(false), &["expr.always_false"]),
    ("urgent || !urgent", Some(true), &["expr.always_true"]),
    ("amount < amount", Some(false), &["expr.always_false"]),
    ("amount <= amount", Some(true), &["expr.always_true"]),
    ("lower(name) != lower(name)", Some(false), &["expr.always_false"]),
    // inside
    ("urgent && (amount > 5 && amount < 3 || has(name))", None, &["expr.always_false"]),
    ("contacts.exists(c, c.primary && !c.primary)", Some(false), &["expr.always_false"]),
    ("contacts.all(c, size(c.contact.name) >= 0)", Some(true), &["expr.always_true"]),
    ("urgent ? 1 > 2 : 2 < 1", Some(false), &["expr.always_false"]),
    // never true: always unknown
    ("missing && urgent", Some(false), &["expr.always_false"]),
    // faults
    ("amount > 1 / 0", None, &["expr.always_fails"]),
    ("amount > 0 && name.lower() == 'x' && size(tags) > 2", None, &[]),
];

#[test]
fn constants_and_warnings() {
    let world = World::new();
    let mut wrong = Vec::new();
    for (text, constant, codes) in CASES {
        let program = Program::condition(text, &world.env()).unwrap_or_else(|e| panic!("{text}: {e:?}"));
        let found: Vec<&str> = program.lints().iter().map(|l| l.code).collect();
        if program.constant() != *constant || found != *codes {
            wrong.push(format!("{text}: {:?} {found:?}", program.constant()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn an_unknown_choice_has_a_suggestion() {
    let world = World::new();
    let program = Program::condition("rating == 'hto'", &world.env()).unwrap();
    let lint = program.lints().remove(0);
    assert_eq!(lint.text(&Locale::en()), "at 11: hto is not one of the field's choices");
    assert_eq!(lint.fix(&Locale::zh()).as_deref(), Some("您是否想写 hot？"));
}
