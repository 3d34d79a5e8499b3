//! Properties that hold for every expression.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test stops at what it does not expect"
)]

mod common;

use std::cell::RefCell;

use common::World;
use proptest::prelude::*;
use qudao_expr::{EvalError, Program, Scope, Truth};
use qudao_model::{Record, Value, ValueKind};
use serde_json::{Map, Value as Json, json};

thread_local! {
    static WORLD: World = World::new();
}

/// What a generated expression yields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Bool,
    Int,
    Decimal,
    Money,
    Text,
    Date,
    Instant,
    Duration,
    Texts,
    Ints,
}

const KINDS: [Kind; 10] = [
    Kind::Bool,
    Kind::Int,
    Kind::Decimal,
    Kind::Money,
    Kind::Text,
    Kind::Date,
    Kind::Instant,
    Kind::Duration,
    Kind::Texts,
    Kind::Ints,
];

/// A source of choices drawn from a list of bytes, so that a failing case shrinks.
struct Choices<'a> {
    bytes: &'a [u8],
    at: RefCell<usize>,
}

impl Choices<'_> {
    fn pick(&self, n: usize) -> usize {
        let mut at = self.at.borrow_mut();
        let byte = self.bytes.get(*at).copied().unwrap_or(0);
        *at += 1;
        usize::from(byte) % n
    }

    fn one<'s>(&self, of: &[&'s str]) -> &'s str {
        of[self.pick(of.len())]
    }

    /// A leaf of a kind: a literal, a field, or something navigated to.
    fn leaf(&self, kind: Kind) -> String {
        self.one(match kind {
            Kind::Bool => &[
                "true",
                "false",
                "urgent",
                "has(name)",
                "has(account.name)",
                "changed(seats)",
                "(missing && true)",
            ],
            Kind::Int => &[
                "0",
                "1",
                "-7",
                "9223372036854775807",
                "seats",
                "account.employees",
                "size(contacts)",
                "limit",
            ],
            Kind::Decimal => &["0.5", "-1.25", "99999999999999999999.9", "discount"],
            Kind::Money => &["amount", "account.annual_revenue", "money(5, 'CNY')", "actual_amount"],
            Kind::Text => {
                &["'a'", "''", "'华为'", "name", "account.type", "rating", "id", "partner.parent.tier"]
            }
            Kind::Date => &["date('2026-03-31')", "expected_close", "today()", "partner.joined_on"],
            Kind::Instant => &["instant('2026-01-31T16:30:00Z')", "created_at", "now()", "closed_at"],
            Kind::Duration => &["duration('1d')", "duration('90m')", "delay"],
            Kind::Texts => &["tags", "['a', 'vip']", "[]", "contacts.map(c, c.role)"],
            Kind::Ints => &["[1, 2, 3]", "[]", "[seats, missing]", "contacts.map(c, size(c.contact.name))"],
        })
        .to_owned()
    }

    fn expr(&self, kind: Kind, depth: usize) -> String {
        if depth == 0 {
            return self.leaf(kind);
        }
        let next = |kind: Kind| self.expr(kind, depth - 1);
        let sign = || self.one(&["+", "-", "*", "/", "%"]);
        match (kind, self.pick(9)) {
            (_, 0) => self.leaf(kind),
            (_, 1) => format!("({} ? {} : {})", next(Kind::Bool), next(kind), next(kind)),
            (Kind::Bool, 2) => format!("({} && {})", next(kind), next(kind)),
            (Kind::Bool, 3) => format!("({} || {})", next(kind), next(kind)),
            (Kind::Bool, 4) => format!("!{}", next(kind)),
            (Kind::Bool, 5) => {
                let of = [
                    Kind::Int,
                    Kind::Decimal,
                    Kind::Money,
                    Kind::Text,
                    Kind::Date,
                    Kind::Instant,
                    Kind::Duration,
                ];
                let of = of[self.pick(of.len())];
                format!("({} {} {})", next(of), self.one(&["==", "!=", "<", "<=", ">", ">="]), next(of))
            }
            (Kind::Bool, 6) => format!("({} in {})", next(Kind::Text), next(Kind::Texts)),
            (Kind::Bool, 7) => {
                format!(
                    "{}.{}({})",
                    next(Kind::Text),
                    self.one(&["startsWith", "endsWith", "contains", "matches"]),
                    next(Kind::Text)
                )
            }
            (Kind::Bool, _) => {
                format!(
                    "{}.{}(x, x > {})",
                    next(Kind::Ints),
                    self.one(&["exists", "all", "exists_one"]),
                    next(Kind::Int)
                )
            }
            (Kind::Int, 2) => format!("size({})", next(Kind::Text)),
            (Kind::Int, 3) => format!("days({}, {})", next(Kind::Date), next(Kind::Instant)),
            (Kind::Int, 4) => format!("sum({})", next(Kind::Ints)),
            (Kind::Int, 5) => format!("int({})", next(Kind::Decimal)),
            (Kind::Int, 6) => format!("min({}, {})", next(kind), next(kind)),
            (Kind::Int, _) => format!("({} {} {})", next(kind), sign(), next(kind)),
            (Kind::Decimal, 2) => format!("round({}, 2)", next(kind)),
            (Kind::Decimal, 3) => format!("decimal({})", next(Kind::Money)),
            (Kind::Decimal, 4) => format!("abs({})", next(kind)),
            (Kind::Decimal, 5) => format!("({} / {})", next(Kind::Money), next(Kind::Money)),
            (Kind::Decimal, _) => format!("({} {} {})", next(kind), sign(), next(Kind::Int)),
            (Kind::Money, 2) => format!("({} * {})", next(kind), next(Kind::Decimal)),
            (Kind::Money, 3) => format!("-{}", next(kind)),
            (Kind::Money, _) => format!("({} {} {})", next(kind), self.one(&["+", "-"]), next(kind)),
            (Kind::Text, 2) => format!("lower({})", next(kind)),
            (Kind::Text, 3) => format!("string({})", next(Kind::Int)),
            (Kind::Text, 4) => format!("({} + ['b'])[{}]", next(Kind::Texts), next(Kind::Int)),
            (Kind::Text, _) => format!("({} + {})", next(kind), next(kind)),
            (Kind::Date, _) => format!("({} {} {})", next(kind), self.one(&["+", "-"]), next(Kind::Duration)),
            (Kind::Instant, 2) => format!("instant({})", next(Kind::Date)),
            (Kind::Instant, _) => {
                format!("({} {} {})", next(kind), self.one(&["+", "-"]), next(Kind::Duration))
            }
            (Kind::Duration, 2) => format!("({} - {})", next(Kind::Instant), next(Kind::Date)),
            (Kind::Duration, 3) => format!("({} * {})", next(kind), next(Kind::Decimal)),
            (Kind::Duration, _) => format!("({} {} {})", next(kind), self.one(&["+", "-"]), next(kind)),
            (Kind::Texts, 2) => format!("[{}, {}]", next(Kind::Text), next(Kind::Text)),
            (Kind::Texts, 3) => format!("{}.map(x, x + 'z')", next(kind)),
            (Kind::Texts, _) => format!("({} + {})", next(kind), next(kind)),
            (Kind::Ints, 2) => format!("[{}, {}]", next(Kind::Int), next(Kind::Int)),
            (Kind::Ints, 3) => format!("{}.filter(x, x != {})", next(kind), next(Kind::Int)),
            (Kind::Ints, _) => format!("{}.map(x, x + {})", next(kind), next(Kind::Int)),
        }
    }

    /// A condition that cannot fail: no arithmetic, no conversion, no clock.
    fn safe(&self, depth: usize) -> String {
        if depth == 0 {
            return self
                .one(&[
                    "true",
                    "false",
                    "(missing && true)",
                    "urgent",
                    "has(name)",
                    "seats > 3",
                    "amount <= 100",
                    "rating == 'hot'",
                    "account.type in ['project']",
                    "partner == 'p1'",
                    "contacts.exists(c, c.role == 'user')",
                    "contacts.all(c, c.primary)",
                    "tags.exists(t, t == 'vip')",
                    "name.matches('^a')",
                    "on_hold",
                ])
                .to_owned();
        }
        match self.pick(4) {
            0 => self.safe(0),
            1 => format!("!({})", self.safe(depth - 1)),
            2 => format!("({} && {})", self.safe(depth - 1), self.safe(depth - 1)),
            _ => format!("({} || {})", self.safe(depth - 1), self.safe(depth - 1)),
        }
    }

    /// Values of some of the fields.
    fn record(&self) -> Json {
        let mut map = Map::new();
        let fields: [(&str, &[Json]); 16] = [
            ("name", &[json!("a"), json!("  "), json!("华为")]),
            ("seats", &[json!(0), json!(7), json!(i64::MAX), json!(i64::MIN)]),
            ("discount", &[json!("0.15"), json!("79228162514264337593543950335")]),
            ("amount", &[json!("100"), json!("-0.01"), json!("9999999999999999999999999999")]),
            ("actual_amount", &[json!("5")]),
            ("rating", &[json!("hot"), json!("cold")]),
            ("urgent", &[json!(true), json!(false)]),
            ("on_hold", &[json!(true), json!(false)]),
            ("tags", &[json!(["vip"]), json!([]), json!(["a", "b"])]),
            ("account", &[json!("a1"), json!("gone")]),
            ("partner", &[json!("p2"), json!("p1")]),
            ("expected_close", &[json!("2026-03-31"), json!("9999-12-31"), json!("0001-01-01")]),
            ("created_at", &[json!("2026-01-31T16:30:00Z")]),
            ("closed_at", &[json!("2026-03-30T16:00:00Z")]),
            (
                "delay",
                &[
                    json!({"$duration": 5}),
                    json!({"$duration": i64::MAX}),
                    json!({"$duration": 86_400_000_000_i64}),
                ],
            ),
            ("odd-name", &[json!(1)]),
        ];
        for (field, values) in fields {
            let n = self.pick(values.len() + 1);
            if let Some(value) = values.get(n) {
                map.insert(field.to_owned(), value.clone());
            }
        }
        Json::Object(map)
    }
}

fn choices(bytes: &[u8]) -> Choices<'_> {
    Choices { bytes, at: RefCell::new(0) }
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
