//! Random expressions that are well typed, and random records.

use std::cell::RefCell;

use serde_json::{Map, Value as Json, json};

/// What a generated expression yields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
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

pub(crate) const KINDS: [Kind; 10] = [
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
pub(crate) struct Choices<'a> {
    bytes: &'a [u8],
    at: RefCell<usize>,
}

impl Choices<'_> {
    pub(crate) fn pick(&self, n: usize) -> usize {
        let mut at = self.at.borrow_mut();
        let byte = self.bytes.get(*at).copied().unwrap_or(0);
        *at += 1;
        usize::from(byte) % n
    }

    pub(crate) fn one<'s>(&self, of: &[&'s str]) -> &'s str {
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
                "contacts.exists(c, c.role == 'decider' && has(c.contact.phone))",
                "contacts.all(c, c.primary)",
                "contacts.exists_one(c, c.contact.account.type == 'project')",
                "has(contacts)",
                "(partner in ['p1', 'p2'])",
                "(rating in ['hot', 'cold'])",
                "(amount >= 100)",
                "(discount < 0.2)",
                "(created_at > expected_close)",
                "(actor == 'u1')",
                "(limit >= seats)",
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
                "size(contacts.filter(c, has(c.role)))",
                "size(account.opportunities)",
                "sum(account.opportunities.map(o, o.seats))",
                "days_since(created_at)",
                "year(expected_close)",
            ],
            Kind::Decimal => &["0.5", "-1.25", "99999999999999999999.9", "discount"],
            Kind::Money => &["amount", "account.annual_revenue", "money(5, 'CNY')", "actual_amount"],
            Kind::Text => &[
                "'a'",
                "''",
                "'华为'",
                "name",
                "account.type",
                "rating",
                "id",
                "partner.parent.tier",
                "contacts[0].contact.name",
                "string(partner)",
                "actor.team",
                "contacts.filter(c, c.role == 'user')[1].id",
            ],
            Kind::Date => &["date('2026-03-31')", "expected_close", "today()", "partner.joined_on"],
            Kind::Instant => &["instant('2026-01-31T16:30:00Z')", "created_at", "now()", "closed_at"],
            Kind::Duration => &["duration('1d')", "duration('90m')", "delay"],
            Kind::Texts => &[
                "tags",
                "['a', 'vip']",
                "[]",
                "contacts.map(c, c.role)",
                "contacts.filter(c, c.role != 'user').map(c, c.contact.name)",
                "account.opportunities.map(o, o.name)",
            ],
            Kind::Ints => &["[1, 2, 3]", "[]", "[seats, missing]", "contacts.map(c, size(c.contact.name))"],
        })
        .to_owned()
    }

    pub(crate) fn expr(&self, kind: Kind, depth: usize) -> String {
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
    pub(crate) fn safe(&self, depth: usize) -> String {
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
    pub(crate) fn record(&self) -> Json {
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

pub(crate) fn choices(bytes: &[u8]) -> Choices<'_> {
    Choices { bytes, at: RefCell::new(0) }
}
