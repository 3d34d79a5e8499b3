//! Properties that hold for every expression.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test stops at what it does not expect"
)]

mod common;

use common::World;
use common::random::{KINDS, Kind, choices};
use proptest::prelude::*;
use qudao_expr::{EvalError, Program, Scope, Truth};
use qudao_model::{Record, Value, ValueKind};
use serde_json::{Value as Json, json};

thread_local! {
    static WORLD: World = World::new();
}

fn compile(world: &World, text: &str) -> Program {
    world.compile(text).unwrap_or_else(|e| panic!("{text}: {e:?}"))
}

fn test(world: &World, scope: &Scope<'_>, text: &str) -> Result<Truth, EvalError> {
    compile(world, text).test(scope)
}

/// Data faults are expected of random arithmetic; faults of types are not.
fn well_typed(text: &str, error: &EvalError) {
    assert!(
        !matches!(error, EvalError::WrongType { .. } | EvalError::NotCondition { .. }),
        "{text}: {error:?}"
    );
}

fn record_of(world: &World, values: &Json) -> Record {
    world.record_of("opportunity", "o1", values)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_answered(text in "\\PC{0,120}") {
        WORLD.with(|world| {
            if let Err(issues) = world.compile(&text) {
                prop_assert!(!issues.is_empty());
                for issue in issues {
                    prop_assert!(text.get(issue.offset..issue.offset + issue.length).is_some());
                }
            }
            Ok(())
        })?;
    }

    #[test]
    fn any_row_of_tokens_is_answered(parts in prop::collection::vec(prop::sample::select(vec![
        "(", ")", "[", "]", ",", ".", "?", ":", "!", "-", "+", "*", "/", "%", "==", "<", "&&", "||", " in ", "name", "seats",
        "contacts", "account", ".exists(", "x, ", "has(", "changed(", "1", "1.5", "'a'", "true", "missing", "size(", " and ",
        "=", "（", "“", "`", "\\", "\n", "//", "🦀", "r'", "0x", "1e", "date('2026-01-01')",
    ]), 0..40)) {
        let text = parts.concat();
        WORLD.with(|world| {
            if let Ok(program) = world.compile(&text) {
                let record = record_of(world, &json!({"seats": 3, "account": "a1"}));
                if let Err(error) = program.eval(&world.scope(&record, &[])) {
                    well_typed(&text, &error);
                }
            }
        });
    }

    #[test]
    fn well_typed_expressions_yield_their_type(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        WORLD.with(|world| {
            let choices = choices(&bytes);
            let kind = KINDS[choices.pick(KINDS.len())];
            let values = choices.record();
            let text = choices.expr(kind, 4);
            let program = compile(world, &text);
            let record = record_of(world, &values);
            let vars = [Value::Missing, Value::Int(3)];
            let scope = world.scope(&record, &vars);
            match program.eval(&scope) {
                Ok(value) => {
                    let expected = match kind {
                        Kind::Bool => ValueKind::Bool,
                        Kind::Int => ValueKind::Int,
                        Kind::Decimal => ValueKind::Decimal,
                        Kind::Money => ValueKind::Money,
                        Kind::Text => ValueKind::Text,
                        Kind::Date => ValueKind::Date,
                        Kind::Instant => ValueKind::Instant,
                        Kind::Duration => ValueKind::Duration,
                        Kind::Texts | Kind::Ints => ValueKind::List,
                    };
                    if value.kind().is_some() {
                        prop_assert_eq!(value.kind(), Some(expected), "{}", text);
                    }
                    // Compiling and evaluating again gives the same.
                    prop_assert_eq!(&compile(world, &text).eval(&scope).unwrap(), &value, "{}", text);
                }
                Err(error) => well_typed(&text, &error),
            }
            Ok(())
        })?;
    }

    #[test]
    fn what_is_proven_holds(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        WORLD.with(|world| {
            let choices = choices(&bytes);
            let values = choices.record();
            let text = if choices.pick(2) == 0 { choices.expr(Kind::Bool, 4) } else { choices.safe(4) };
            let program = compile(world, &text);
            let record = record_of(world, &values);
            let scope = world.scope(&record, &[]);
            if let Ok(truth) = program.test(&scope) {
                let against = match program.constant() {
                    Some(true) => truth.is_false(),
                    Some(false) => truth.is_true(),
                    None => false,
                };
                prop_assert!(!against, "{}: proven {:?}, is {}", text, program.constant(), truth);
                let explanation = program.explain(&scope).unwrap();
                prop_assert_eq!(explanation.truth, truth);
                prop_assert!(!truth.is_true() || explanation.missing.is_empty());
            }
            Ok(())
        })?;
    }

    #[test]
    fn laws_of_three_valued_logic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        WORLD.with(|world| {
            let choices = choices(&bytes);
            let values = choices.record();
            let (a, b, c) = (choices.safe(2), choices.safe(2), choices.safe(1));
            let record = record_of(world, &values);
            let scope = world.scope(&record, &[]);
            let laws = [
                (format!("!({a} && {b})"), format!("!({a}) || !({b})")),
                (format!("!({a} || {b})"), format!("!({a}) && !({b})")),
                (format!("{a} && {b}"), format!("{b} && {a}")),
                (format!("{a} || {b}"), format!("{b} || {a}")),
                (format!("{a} && ({b} && {c})"), format!("({a} && {b}) && {c}")),
                (format!("{a} || ({b} || {c})"), format!("({a} || {b}) || {c}")),
                (format!("{a} && ({b} || {c})"), format!("({a} && {b}) || ({a} && {c})")),
                (format!("{a} || ({b} && {c})"), format!("({a} || {b}) && ({a} || {c})")),
                (format!("{a} && ({a} || {b})"), a.clone()),
                (format!("{a} || ({a} && {b})"), a.clone()),
                (format!("!!({a})"), a.clone()),
                (format!("{a} && true"), a.clone()),
                (format!("{a} || false"), a.clone()),
                (format!("{a} && false"), "false".to_owned()),
                (format!("{a} || true"), "true".to_owned()),
                (format!("[1].exists(x, {a})"), a.clone()),
                (format!("![1, 2].all(x, {a})"), format!("[1, 2].exists(x, !({a}))")),
            ];
            for (left, right) in laws {
                let (l, r) = (test(world, &scope, &left).unwrap(), test(world, &scope, &right).unwrap());
                prop_assert_eq!(l, r, "{} / {}", left, right);
            }
            // Kleene's tables.
            let (ta, tb) = (test(world, &scope, &a).unwrap(), test(world, &scope, &b).unwrap());
            let and = match (ta, tb) {
                (Truth::False, _) | (_, Truth::False) => Truth::False,
                (Truth::True, Truth::True) => Truth::True,
                _ => Truth::Unknown,
            };
            prop_assert_eq!(test(world, &scope, &format!("{a} && {b}")).unwrap(), and);
            Ok(())
        })?;
    }
}
