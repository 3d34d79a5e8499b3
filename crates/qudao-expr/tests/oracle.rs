//! The common subset against another implementation of CEL, the `cel` crate.
//!
//! Texts are generated with a bounded depth: that crate's parser recurses without a bound.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test stops at what it does not expect"
)]

use cel::{Context, Program as Theirs, Value as TheirValue};
use proptest::prelude::*;
use qudao_expr::{Env, Program, Scope};
use qudao_model::{Dataset, ObjectName, Record, RecordId, Schema, Value};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Bool,
    Int,
    Text,
    Ints,
    Texts,
}

fn leaf(kind: Kind) -> BoxedStrategy<String> {
    match kind {
        Kind::Bool => prop::sample::select(vec!["true", "false"]).prop_map(str::to_owned).boxed(),
        Kind::Int => prop_oneof![
            (-20_i64..20).prop_map(|n| n.to_string()),
            prop::sample::select(vec!["9223372036854775807", "-9223372036854775808", "0x10"])
                .prop_map(str::to_owned),
        ]
        .boxed(),
        Kind::Text => prop::sample::select(vec![
            "''",
            "'a'",
            "\"b\"",
            "'ab'",
            "'华为'",
            r"'\n\x41'",
            r"r'\d'",
            "'''x'''",
        ])
        .prop_map(str::to_owned)
        .boxed(),
        Kind::Ints => {
            prop::sample::select(vec!["[1]", "[1, 2, 3]", "[-1, 0, 7, 7]"]).prop_map(str::to_owned).boxed()
        }
        Kind::Texts => {
            prop::sample::select(vec!["['a']", "['a', 'b', 'ab']"]).prop_map(str::to_owned).boxed()
        }
    }
}

fn expr(kind: Kind, depth: u32) -> BoxedStrategy<String> {
    if depth == 0 {
        return leaf(kind);
    }
    let e = move |k: Kind| expr(k, depth - 1);
    let cond = (e(Kind::Bool), e(kind), e(kind)).prop_map(|(c, a, b)| format!("({c} ? {a} : {b})"));
    let compare = prop::sample::select(vec!["==", "!=", "<", "<=", ">", ">="]);
    match kind {
        Kind::Bool => prop_oneof![
            1 => leaf(kind),
            1 => cond,
            2 => (e(kind), e(kind)).prop_map(|(a, b)| format!("({a} && {b})")),
            2 => (e(kind), e(kind)).prop_map(|(a, b)| format!("({a} || {b})")),
            1 => e(kind).prop_map(|a| format!("!{a}")),
            3 => (e(Kind::Int), compare.clone(), e(Kind::Int)).prop_map(|(a, o, b)| format!("({a} {o} {b})")),
            2 => (e(Kind::Text), compare, e(Kind::Text)).prop_map(|(a, o, b)| format!("({a} {o} {b})")),
            1 => (e(Kind::Ints), e(Kind::Ints)).prop_map(|(a, b)| format!("({a} == {b})")),
            1 => (e(Kind::Int), e(Kind::Ints)).prop_map(|(a, b)| format!("({a} in {b})")),
            1 => (e(Kind::Text), e(Kind::Texts)).prop_map(|(a, b)| format!("({a} in {b})")),
            2 => (e(Kind::Text), prop::sample::select(vec!["startsWith", "endsWith", "contains"]), e(Kind::Text))
                .prop_map(|(a, f, b)| format!("{a}.{f}({b})")),
            2 => (e(Kind::Ints), prop::sample::select(vec!["exists", "all", "exists_one"]), e(Kind::Int))
                .prop_map(|(l, m, b)| format!("{l}.{m}(x, x > {b})")),
            1 => (e(Kind::Texts), e(Kind::Text)).prop_map(|(l, b)| format!("{l}.exists(t, t == {b})")),
        ]
        .boxed(),
        Kind::Int => prop_oneof![
            1 => leaf(kind),
            1 => cond,
            4 => (e(kind), prop::sample::select(vec!["+", "-", "*", "/", "%"]), e(kind))
                .prop_map(|(a, o, b)| format!("({a} {o} {b})")),
            1 => e(kind).prop_map(|a| format!("-({a})")),
            1 => e(Kind::Text).prop_map(|a| format!("size({a})")),
            1 => e(Kind::Ints).prop_map(|a| format!("{a}.size()")),
        ]
        .boxed(),
        Kind::Text => prop_oneof![
            1 => leaf(kind),
            1 => cond,
            2 => (e(kind), e(kind)).prop_map(|(a, b)| format!("({a} + {b})")),
            1 => e(Kind::Int).prop_map(|a| format!("string({a})")),
            1 => (e(Kind::Texts)).prop_map(|a| format!("{a}[0]")),
        ]
        .boxed(),
        Kind::Ints => prop_oneof![
            1 => leaf(kind),
            1 => cond,
            1 => (e(kind), e(kind)).prop_map(|(a, b)| format!("({a} + {b})")),
            1 => (e(kind), e(Kind::Int)).prop_map(|(a, b)| format!("{a}.map(x, x * {b})")),
            1 => (e(kind), e(Kind::Int)).prop_map(|(a, b)| format!("({a}.filter(x, x < {b}) + [0])")),
            1 => (e(Kind::Int), e(Kind::Int)).prop_map(|(a, b)| format!("[{a}, {b}]")),
        ]
        .boxed(),
        Kind::Texts => prop_oneof![
            1 => leaf(kind),
            1 => cond,
            1 => (e(Kind::Text), e(Kind::Text)).prop_map(|(a, b)| format!("[{a}, {b}]")),
        ]
        .boxed(),
    }
}

fn ours(text: &str) -> Result<Value, String> {
    let schema = Schema::standard("CNY");
    let object = ObjectName::new("account").unwrap();
    let record = Record::new(schema.object("account").unwrap().clone(), RecordId::new("a").unwrap());
    let program =
        Program::compile(text, &Env::record(&schema, &object)).unwrap_or_else(|e| panic!("{text}: {e:?}"));
    let data = Dataset::new();
    let scope =
        Scope { record: &record, before: None, data: &data, now: None, zone: chrono_tz::UTC, vars: &[] };
    program.eval(&scope).map_err(|e| e.code().to_owned())
}

fn theirs(text: &str) -> Result<Value, String> {
    fn value(v: TheirValue) -> Value {
        match v {
            TheirValue::Bool(b) => Value::Bool(b),
            TheirValue::Int(n) => Value::Int(n),
            TheirValue::String(s) => Value::text(&*s),
            TheirValue::List(items) => Value::list(items.iter().cloned().map(value)),
            other => panic!("an unexpected value: {other:?}"),
        }
    }
    let program = Theirs::compile(text).unwrap_or_else(|e| panic!("{text}: {e:?}"));
    program.execute(&Context::default()).map(value).map_err(|e| e.to_string())
}

fn kind() -> impl Strategy<Value = Kind> {
    prop::sample::select(vec![Kind::Bool, Kind::Int, Kind::Text, Kind::Ints, Kind::Texts])
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn both_agree(text in kind().prop_flat_map(|k| expr(k, 3))) {
        let (ours, theirs) = (ours(&text), theirs(&text));
        match (&ours, &theirs) {
            (Ok(a), Ok(b)) => prop_assert_eq!(a, b, "{}", text),
            (Err(_), Err(_)) => {}
            _ => prop_assert!(false, "{}: ours {:?}, theirs {:?}", text, ours, theirs),
        }
    }
}

#[test]
fn precedence_agrees() {
    for text in [
        "1 + 2 * 3 - 4 / 2 % 3",
        "1 - 2 - 3",
        "100 / 10 / 5",
        "-2 * -3",
        "!true || true && false",
        "true || false && false",
        "1 + 2 == 3 && 2 < 3",
        "true ? (false ? 1 : 2) : 3",
        "false ? 1 : false ? 2 : 3",
        "true || true ? 1 : 2",
        "1 in [1] == true",
        "'a' + 'b' == 'ab'",
        "[1, 2].map(x, [x, x + 1].exists(y, y == 3))",
        "[[1], [2, 3]][1][0]",
    ] {
        assert_eq!(ours(text), theirs(text), "{text}");
    }
}
