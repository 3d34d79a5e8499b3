//! What authors are told about expressions that are wrong, in both languages.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test stops at what it does not expect"
)]

mod common;

use std::fmt::Write as _;

use common::World;
use qudao_expr::{Env, ExprIssue, Program};
use qudao_model::{Locale, ObjectName, Severity};

const WRONG: &[&str] = &[
    // names
    "ammount > 0",
    "account.tpye == 'project'",
    "account.partner.teir == 'gold' && onwer == 'u1'",
    "contacts.role == 'decider'",
    "contacts.exists(c, c.roel == 'decider')",
    "name.size > 3",
    "rating == hot",
    "rating in [hot, 'cold']",
    "zzz",
    "acter.team",
    // functions
    "len(name) > 3",
    "isEmpty(name)",
    "name.startswith('x')",
    "exists(contacts, c, true)",
    "frobnicate(ammount)",
    "size()",
    "size(name, name)",
    "round(amount, seats)",
    "money(1, 'yuan')",
    "changed(account.type)",
    "contacts.exists(c.role, true)",
    "tags.contains('vip')",
    "partner.contains('p')",
    "days_since(name)",
    "lower(seats)",
    "min(seats, name)",
    // types
    "amount > '100'",
    "seats == 'seven'",
    "name == 5",
    "rating == 5",
    "expected_close > '2026-01-31'",
    "created_at > '2026-01-31T08:00:00Z'",
    "delay > 3",
    "delay > '3d'",
    "urgent == 'true'",
    "fee > 100",
    "fee + 1 > usd",
    "usd > amount",
    "partner == account",
    "account > 'a'",
    "tags == 'vip'",
    "seats in 5",
    "'x' in name",
    "seats in ['a']",
    "name + 1",
    "name * 2",
    "expected_close + 1",
    "-name",
    "!name",
    "name && urgent",
    "amount ? 1 : 2",
    "urgent ? 1 : 'x'",
    "[1, 'x']",
    "name[0]",
    "tags['x']",
    // missing
    "name == null",
    "null != account.name",
    "amount > missing",
    "missing in tags",
    // literals
    "date('2026-02-30') == expected_close",
    "instant('yesterday') < now()",
    "duration('3 weeks') == delay",
    "int('x') == 1",
    "name.matches('[')",
    "name.matches('(?:a{1000}){1000}')",
    "99999999999999999999",
    "0.00000000000000000000000000001",
    "12abc",
    "0xZZ",
    // syntax
    "",
    "   // nothing",
    "amount >",
    "amount > 0)",
    "(amount > 0",
    "[1, 2",
    "amount amount",
    "urgent ? 1",
    "a.",
    "f(1 2)",
    "'open",
    "\"open\n\"",
    "'\\q'",
    "`open",
    "{'a': 1}",
    "b'x' == 'x'",
    "amount # 0",
    // slips with one sure meaning: the rest is checked as well
    "name = 'x' and amout > 0",
    "seats <> 3 or not urgent",
    "urgent & has(name) | has(seat)",
    "（amount ＞ 0） ＆＆ nmae == “x”",
    "seats ≥ 3",
    "seats === 3",
];

fn describe(out: &mut String, text: &str, issues: &[ExprIssue]) {
    writeln!(out, "{text}").unwrap();
    for issue in issues {
        let at = format!("{}+{}", issue.offset, issue.length);
        writeln!(out, "    {} {} {at}", issue.code, issue.severity).unwrap();
        for locale in [Locale::en(), Locale::zh()] {
            let fix = issue.fix(&locale).map(|f| format!(" → {f}")).unwrap_or_default();
            writeln!(out, "      {}{fix}", issue.text(&locale)).unwrap();
        }
    }
}

#[test]
fn messages_in_both_languages() {
    let world = World::new();
    let mut out = String::new();
    for text in WRONG {
        match world.compile(text) {
            Ok(_) => panic!("{text} compiles"),
            Err(issues) => {
                for issue in &issues {
                    assert_eq!(issue.severity, Severity::Error);
                    assert!(issue.offset + issue.length <= text.len(), "{text}: {issue:?}");
                    assert!(text.is_char_boundary(issue.offset), "{text}: {issue:?}");
                    assert!(
                        !issue.text(&Locale::zh()).contains('…'),
                        "{text}: a parameter is missing: {issue:?}"
                    );
                }
                describe(&mut out, text, &issues);
            }
        }
    }
    insta::assert_snapshot!(out);
}

#[test]
fn all_issues_at_once_in_order() {
    let world = World::new();
    let issues = world.compile("ammount > 0 && name == 5 || contacts.exists(c, c.roel = 'x')").unwrap_err();
    let codes: Vec<_> = issues.iter().map(|i| i.code).collect();
    assert_eq!(codes, ["expr.unknown_field", "expr.not_comparable", "expr.unknown_field", "expr.operator"]);
    assert!(issues.is_sorted_by_key(|i| i.offset));
}

#[test]
fn a_condition_must_be_one() {
    let world = World::new();
    let mut out = String::new();
    for text in ["amount", "size(contacts)", "account.name", "missing"] {
        describe(&mut out, text, &Program::condition(text, &world.env()).unwrap_err());
    }
    assert!(Program::condition("urgent", &world.env()).is_ok());
    insta::assert_snapshot!(out);
}

#[test]
fn an_unknown_object_is_an_issue() {
    let world = World::new();
    let object = ObjectName::new("oportunity").unwrap();
    let issues = Program::compile("true", &Env::record(&world.schema, &object)).unwrap_err();
    assert_eq!(issues[0].code, "expr.unknown_object");
    assert_eq!(issues[0].fix(&Locale::en()).as_deref(), Some("did you mean opportunity?"));
}

#[test]
fn an_issue_becomes_a_lint_at_a_path() {
    let world = World::new();
    let issue = world.compile("ammount > 0").unwrap_err().remove(0);
    let lint = issue.clone().into_lint("/validation/3/check");
    assert_eq!(lint.path, "/validation/3/check");
    assert_eq!(lint.text(&Locale::en()), issue.text(&Locale::en()));
    assert_eq!(lint.fix(&Locale::zh()).as_deref(), Some("您是否想写 amount？"));
}
