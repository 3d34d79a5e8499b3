//! Conditions on slots answer as on values, whatever the values are.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot be set up should fail")]

use proptest::prelude::*;
use qudao_expr::{Env, ExprType, Program, Slots, Truth};
use qudao_model::{Decimal, Instant, Money, ObjectName, RecordId, Schema, Span, Value};

const VARS: [(&str, ExprType); 7] = [
    ("n", ExprType::Int),
    ("d", ExprType::Decimal),
    ("t", ExprType::Text),
    ("day", ExprType::Date),
    ("at", ExprType::Instant),
    ("span", ExprType::Duration),
    ("b", ExprType::Bool),
];

/// Tests of one value, each against the variable of its type.
const TESTS: [&str; 26] = [
    "n == 3",
    "n != 3",
    "n < 3",
    "n <= 3",
    "n > -3",
    "3 <= n",
    "n < 2.5",
    "n != 2.5",
    "n > 9223372036854775806",
    "d == 0.5",
    "d != 0.5",
    "d < 0.5",
    "d >= 12.3400",
    "d <= -7.25",
    "d > 0.00000000001",
    "d < 7922816251426433759354395033.5",
    "t == 'gold'",
    "t != 'gold'",
    "t in ['gold', 'platinum', '十六字节以内']",
    "t == 'sixteen bytes ok' || t == 'more than sixteen bytes'",
    "has(t)",
    "day >= date('2026-11-28')",
    "at < instant('2026-11-28T00:00:00Z')",
    "span != duration('36h')",
    "b",
    "has(n)",
];

fn condition() -> impl Strategy<Value = String> {
    let leaf = prop::sample::select(TESTS.as_slice()).prop_map(str::to_owned);
    leaf.prop_recursive(4, 24, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 1..5).prop_map(|p| format!("({})", p.join(" && "))),
            prop::collection::vec(inner.clone(), 1..5).prop_map(|p| format!("({})", p.join(" || "))),
            inner.prop_map(|p| format!("!({p})")),
        ]
    })
}

fn decimal() -> impl Strategy<Value = Decimal> {
    prop_oneof![
        (-1300_i64..1300, 0_u32..4).prop_map(|(n, scale)| Decimal::new(n, scale)),
        (any::<i64>(), 0_u32..=28).prop_map(|(n, scale)| Decimal::new(n, scale)),
        prop::sample::select(vec![Decimal::MAX, Decimal::MIN, Decimal::ZERO, Decimal::new(1, 28)]),
        prop::sample::select(vec![Decimal::new(5, 1), Decimal::new(50_000_000, 8), Decimal::new(1234, 2)]),
    ]
}

/// Values of the variables' types and, as hosts err, of others.
fn value(ty: &ExprType) -> BoxedStrategy<Value> {
    let int = prop_oneof![
        -4_i64..5,
        any::<i64>(),
        prop::sample::select(vec![i64::MIN, i64::MAX, i64::MAX / 2, i64::MAX / 2 + 1, i64::MIN / 2]),
    ];
    let texts = [
        "gold",
        "Gold",
        "gold ",
        " ",
        "",
        "platinum",
        "platinum\0",
        "十六字节以内",
        "sixteen bytes ok",
        "more than sixteen bytes",
        "more than sixteen byte",
        "\u{3000}",
    ];
    let text = prop::sample::select(texts.map(str::to_owned).to_vec());
    let text = prop_oneof![8 => text, 1 => Just("gold".repeat(2000))];
    let own = match ty {
        ExprType::Int => int.prop_map(Value::Int).boxed(),
        ExprType::Decimal => decimal().prop_map(Value::Decimal).boxed(),
        ExprType::Text => text.prop_map(Value::text).boxed(),
        ExprType::Date => (-2_i64..3)
            .prop_map(|days| {
                let day = chrono::NaiveDate::from_ymd_opt(2026, 11, 28).unwrap();
                Value::Date(day + chrono::TimeDelta::days(days))
            })
            .boxed(),
        ExprType::Instant => prop_oneof![Just(1_795_824_000_000_000), any::<i64>()]
            .prop_map(|t| Value::Instant(Instant::from_micros(t)))
            .boxed(),
        ExprType::Duration => prop_oneof![Just(Span::DAY * 3 / 2), any::<i64>()]
            .prop_map(|t| Value::Duration(Span::from_micros(t)))
            .boxed(),
        _ => any::<bool>().prop_map(Value::Bool).boxed(),
    };
    let odd = prop::sample::select(vec![
        Value::Int(3),
        Value::text("gold"),
        Value::Bool(true),
        Value::Decimal(Decimal::new(25, 1)),
        Value::Money(Money::new(Decimal::new(50, 2), "CNY")),
        Value::Reference(RecordId::new("gold").unwrap()),
        Value::list([Value::Int(1)]),
        Value::list([]),
        Value::Instant(Instant::from_micros(0)),
    ]);
    prop_oneof![6 => own, 2 => Just(Value::Missing), 1 => odd].boxed()
}

fn values() -> impl Strategy<Value = Vec<Value>> {
    VARS.map(|(_, ty)| value(&ty)).to_vec()
}

fn compile(text: &str) -> Program {
    let schema = Schema::standard("CNY");
    let object = ObjectName::new("account").unwrap();
    let env =
        VARS.iter().fold(Env::record(&schema, &object), |env, (name, ty)| env.with_var(name, ty.clone()));
    Program::condition(text, &env).unwrap_or_else(|issues| panic!("{text}: {issues:?}"))
}

/// The values of the variables that a condition reads, in its order.
fn inputs(program: &Program, values: &[Value]) -> Vec<Value> {
    let of = |path: &str| VARS.iter().position(|(name, _)| *name == path).unwrap();
    program.inputs().unwrap().iter().map(|input| values[of(&input.path)].clone()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn slots_answer_as_values(text in condition(), values in values(), given in 0_usize..8) {
        let program = compile(&text);
        let zone = chrono_tz::Asia::Shanghai;
        let mut inputs = inputs(&program, &values);
        inputs.truncate(given.max(1));
        let by_value = program.test_inputs(&inputs, None, zone);
        let slots: Slots = inputs.iter().cloned().collect();
        prop_assert_eq!(&program.test_slots(&slots, None, zone), &by_value, "{} on {:?}", text, inputs);
        // Set one by one, from the last.
        let mut set = Slots::default();
        for (at, value) in inputs.iter().enumerate().rev() {
            set.set(at, Value::Bool(false));
            set.set(at, value.clone());
        }
        prop_assert_eq!(&set, &slots);
        prop_assert_eq!(set.values(), &inputs[..]);
    }
}

#[test]
fn the_first_call_answers_too() {
    let program = compile("n > 2 && t == 'gold'");
    let slots: Slots = [Value::Int(3), Value::text("gold")].into_iter().collect();
    assert_eq!(program.test_slots(&slots, None, chrono_tz::UTC), Ok(Truth::True));
    assert_eq!(program.test_slots(&Slots::default(), None, chrono_tz::UTC), Ok(Truth::Unknown));
}

#[test]
fn what_is_no_condition_is_refused() {
    let schema = Schema::standard("CNY");
    let object = ObjectName::new("account").unwrap();
    let env = Env::record(&schema, &object).with_var("n", ExprType::Int);
    let program = Program::compile("n + 1", &env).unwrap();
    let slots: Slots = [Value::Int(3)].into_iter().collect();
    for _ in 0..2 {
        let number = Program::compile("n", &env).unwrap();
        assert_eq!(number.eval_inputs(&[Value::Missing], None, chrono_tz::UTC), Ok(Value::Missing));
        assert!(number.test_slots(&[Value::Missing].into_iter().collect(), None, chrono_tz::UTC).is_err());
        assert!(program.test_slots(&slots, None, chrono_tz::UTC).is_err());
        assert_eq!(program.eval_inputs(slots.values(), None, chrono_tz::UTC), Ok(Value::Int(4)));
    }
}
