//! A column answers what its rows answer one by one: values, unknowns and errors.
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
use qudao_expr::{ColumnScope, ColumnVar, EvalError, Program, Scope, Slots, Truth};
use qudao_model::columns::{Column, Table, Tables};
use qudao_model::{Dataset, FieldType, Instant, Record, RecordId, Value};

/// The tables of a world and the rows of its object, by row and by column.
struct Both {
    records: Vec<Record>,
    before: Option<Vec<Record>>,
    data: Dataset,
    tables: Tables,
    before_table: Option<Table>,
    limits: Vec<Value>,
    limit_column: bool,
    now: Option<Instant>,
}

impl Both {
    fn new(world: &World, records: Vec<Record>, left_out: Option<&str>) -> Self {
        let mut data = Dataset::new();
        for object in world.data.objects().filter(|o| Some(o.as_str()) != left_out) {
            data.add(object, world.data.records(object.as_str()).to_vec()).unwrap();
        }
        data.add(&world.object, records.clone()).unwrap();
        let tables = Tables::from_dataset(&world.schema, &data).unwrap();
        let limits = records.iter().map(|_| Value::Int(3)).collect();
        let now = Instant::parse("2026-03-10T17:00:00Z");
        Self { records, before: None, data, tables, before_table: None, limits, limit_column: false, now }
    }

    fn vars(&self, row: usize) -> [Value; 2] {
        [Value::Reference(RecordId::new("u1").unwrap()), self.limits[row].clone()]
    }

    fn scope<'a>(&'a self, row: usize, vars: &'a [Value]) -> Scope<'a> {
        Scope {
            record: &self.records[row],
            before: self.before.as_ref().map(|b| &b[row]),
            data: &self.data,
            now: self.now,
            zone: chrono_tz::Asia::Shanghai,
            vars,
        }
    }

    fn column_vars(&self) -> [ColumnVar; 2] {
        let limit = match self.limit_column {
            true => ColumnVar::Column(Column::collect(&FieldType::Int, self.limits.iter()).unwrap()),
            false => ColumnVar::Value(self.limits.first().cloned().unwrap_or_default()),
        };
        [ColumnVar::Value(Value::Reference(RecordId::new("u1").unwrap())), limit]
    }

    fn column_scope<'a>(&'a self, world: &'a World, vars: &'a [ColumnVar]) -> ColumnScope<'a> {
        ColumnScope {
            object: &world.object,
            data: &self.tables,
            before: self.before_table.as_ref(),
            now: self.now,
            zone: chrono_tz::Asia::Shanghai,
            vars,
        }
    }

    /// Compares every row.
    fn agree(&self, world: &World, text: &str) -> Result<(), TestCaseError> {
        let program = world.compile(text).unwrap_or_else(|e| panic!("{text}: {e:?}"));
        let vars = self.column_vars();
        let scope = self.column_scope(world, &vars);
        let answers = program.eval_columns(&scope, None).unwrap();
        let mut by_row: Vec<Result<Value, EvalError>> = Vec::new();
        for row in 0..self.records.len() {
            let vars = self.vars(row);
            by_row.push(program.eval(&self.scope(row, &vars)));
            prop_assert_eq!(&answers.get(row), &by_row[row], "row {} of {}", row, text);
        }
        let condition = *program.result_type() == qudao_expr::ExprType::Bool;
        if condition {
            let truths = program.test_columns(&scope, None).unwrap();
            for (row, expected) in by_row.iter().enumerate() {
                let vars = self.vars(row);
                let scope = self.scope(row, &vars);
                let tested = program.test(&scope);
                prop_assert_eq!(&tested.clone().map(value), expected, "test of row {} of {}", row, text);
                prop_assert_eq!(&truths.get(row), &tested, "row {} of {}", row, text);
            }
            let half = self.records.len() / 2;
            let some = program.test_columns(&scope, Some(half..self.records.len())).unwrap();
            for row in half..self.records.len() {
                prop_assert_eq!(some.get(row - half), truths.get(row), "row {} of {}", row, text);
            }
        }
        let Some(inputs) = program.inputs() else { return Ok(()) };
        let reads: Vec<Program> = inputs.iter().map(|i| world.compile(&i.path).unwrap()).collect();
        for (row, expected) in by_row.iter().enumerate() {
            let vars = self.vars(row);
            let scope = self.scope(row, &vars);
            let Ok(values) = reads.iter().map(|p| p.eval(&scope)).collect::<Result<Vec<Value>, _>>() else {
                continue;
            };
            let found = program.eval_inputs(&values, self.now, scope.zone);
            prop_assert_eq!(&found, expected, "inputs of row {} of {}", row, text);
            if condition {
                let found = program.test_inputs(&values, self.now, scope.zone).map(value);
                prop_assert_eq!(&found, expected, "test of inputs of row {} of {}", row, text);
                let slots: Slots = values.iter().cloned().collect();
                let found = program.test_slots(&slots, self.now, scope.zone).map(value);
                prop_assert_eq!(&found, expected, "test of slots of row {} of {}", row, text);
            }
        }
        Ok(())
    }
}

fn value(truth: Truth) -> Value {
    match truth {
        Truth::True => Value::Bool(true),
        Truth::False => Value::Bool(false),
        Truth::Unknown => Value::Missing,
    }
}

thread_local! {
    static WORLD: World = World::new();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn columns_answer_as_rows_do(
        bytes in prop::collection::vec(any::<u8>(), 0..160),
        rows in prop::collection::vec(prop::collection::vec(any::<u8>(), 17), 0..12),
        (repeats, flags) in (1_usize..6, any::<u8>()),
    ) {
        WORLD.with(|world| {
            let choices = choices(&bytes);
            let kind = KINDS[choices.pick(KINDS.len())];
            let text = if choices.pick(4) == 0 { choices.safe(4) } else { choices.expr(kind, 1 + choices.pick(4)) };
            let record = |n: usize, bytes: &[u8]| {
                world.record_of("opportunity", &format!("o{n}"), &common::random::choices(bytes).record())
            };
            let all: Vec<&Vec<u8>> = rows.iter().cycle().take(rows.len() * repeats).collect();
            let records: Vec<Record> = all.iter().enumerate().map(|(n, b)| record(n, b)).collect();
            let left_out = [None, None, None, Some("partner"), Some("contact_role")][usize::from(flags) % 5];
            let mut both = Both::new(world, records, left_out);
            if flags & 32 != 0 {
                let turned: Vec<Record> = all.iter().rev().enumerate().map(|(n, b)| record(n, b)).collect();
                both.before_table =
                    Some(Table::from_records(world.schema.object("opportunity").unwrap(), &turned).unwrap());
                both.before = Some(turned);
            }
            if flags & 64 != 0 {
                both.limit_column = true;
                both.limits = (0_i64..).zip(&all).map(|(n, b)| match b[0] % 4 {
                    0 => Value::Missing,
                    _ => Value::Int(n % 5),
                }).collect();
            }
            if flags & 128 != 0 {
                both.now = None;
            }
            both.agree(world, &text)
        })?;
    }
}

/// Expressions that take each way at least once.
const TEXTS: &[&str] = &[
    "amount >= 10000 && size(contacts) > 0 && seats <= 30 && partner.tier in ['gold', 'platinum']",
    "has(contacts) || !has(account.contacts)",
    "contacts.exists(c, c.role == 'decider' && c.contact.name == name)",
    "contacts.all(c, contacts.exists(d, d.id != c.id && d.role != c.role))",
    "contacts.map(c, c.contact.name)",
    "contacts.map(c, c.contact)",
    "contacts.filter(c, has(c.role)).map(c, c.role + name)",
    "contacts.map(c, tags.map(t, t + c.role))",
    "contacts",
    "partner",
    "partner.parent",
    "account.partner.parent.name",
    "contacts[seats].role",
    "tags[seats]",
    "lower(name).matches('^[a-z]+$') && size(name) > 1",
    "name.matches(account.name)",
    "'a'.matches(name)",
    "name.startsWith('a') ? 1 : size(tags)",
    "rating == 'hot' ? amount : money(1, 'CNY')",
    "fee == usd",
    "amount / seats",
    "seats / (seats - 7) > 0 || urgent",
    "urgent && seats / 0 == 1",
    "tags == ['vip']",
    "'vip' in tags || seats in [0, 7]",
    "seats in []",
    "created_at >= date('2026-01-31') && expected_close < today()",
    "days(created_at, expected_close)",
    "days_since(created_at) > 3",
    "changed(amount) && changed(tags)",
    "changed(partner)",
    "actor.team == 'north' && limit > 2",
    "sum(contacts.map(c, size(c.role)))",
    "min(tags)",
    "[seats, seats + 1].exists(x, x > limit)",
    "[[seats], [1]].map(x, x[0])",
    "id + name",
    "discount > 0.15 || discount <= -0.1 || discount == 79228162514264337593543950335",
    "discount > 99999999999999999999.5",
    "amount != 100 && amount < 1e20",
    "account.opportunities.exists_one(o, o.amount == amount)",
    "account.opportunities.filter(o, o.seats > 1).exists(o, o.partner.tier == 'gold')",
    "partner.deals.size() > 0",
    "name < account.name",
    "name == account.name || rating != account.type",
    "expected_close > closed_at",
    "string(rating) + string(seats)",
    "missing",
    "[missing, 1]",
    "missing && urgent",
];

#[test]
fn every_way_is_taken() {
    let world = World::new();
    let rows: Vec<Record> = (0_u8..90)
        .map(|n| {
            let bytes: Vec<u8> =
                (0_u8..17).map(|f| n.wrapping_mul(31).wrapping_add(f.wrapping_mul(n / 3))).collect();
            let values = common::random::choices(&bytes).record();
            world.record_of("opportunity", &format!("o{n}"), &values)
        })
        .collect();
    let both = Both::new(&world, rows, None);
    let mut tried = 0;
    for text in TEXTS {
        if world.compile(text).is_err() {
            println!("not compiled: {text}");
            continue;
        }
        tried += 1;
        both.agree(&world, text).unwrap_or_else(|e| panic!("{text}: {e}"));
    }
    assert!(tried + 2 >= TEXTS.len(), "{tried} of {}", TEXTS.len());
}

#[test]
fn more_rows_than_one_batch() {
    let world = World::new();
    let rows: Vec<Record> = (0_u32..5000)
        .map(|n| {
            let bytes: Vec<u8> =
                (0..17).map(|f| (n.wrapping_mul(2_654_435_761) >> (f % 24)).to_le_bytes()[0]).collect();
            let mut record =
                world.record_of("opportunity", &format!("o{n}"), &common::random::choices(&bytes).record());
            if n % 3 == 0 {
                record.set("name", format!("deal {n}")).unwrap();
            }
            record
        })
        .collect();
    let both = Both::new(&world, rows, None);
    for text in [
        "amount >= 100 && size(contacts) > 0 && partner.tier in ['gold', 'platinum']",
        "upper(name) == 'A' || rating.matches('^h')",
        "contacts.exists(c, c.role == 'user')",
        "seats + 1",
        "name + 'x'",
    ] {
        both.agree(&world, text).unwrap_or_else(|e| panic!("{text}: {e}"));
    }
}

#[test]
fn too_much_work_is_refused_on_the_same_rows() {
    let mut world = World::new();
    let activities = |deal: &'static str, n: usize| {
        (0..n).map(move |i| (format!("{deal}-{i}"), serde_json::json!({"opportunity": deal, "subject": "x"})))
    };
    let records = activities("o1", 700)
        .chain(activities("o2", 30))
        .map(|(id, values)| world.record_of("activity", &id, &values))
        .collect();
    world.data.add(&common::object("activity"), records).unwrap();
    let long = "很".repeat(30_000);
    let rows = ["o1", "o2", "o3"]
        .map(|id| world.record_of("opportunity", id, &serde_json::json!({"name": long, "seats": 3})));
    let both = Both::new(&world, rows.to_vec(), None);
    for text in [
        "activities.all(a, activities.all(b, a.subject == b.subject))",
        "activities.all(a, activities.exists(b, activities.exists(c, c.subject == b.subject)))",
        "activities.exists(a, name.startsWith(a.subject))",
        "activities.exists(a, a.subject.matches(a.subject))",
        "[name + name].map(x, x + x).map(x, x + x).map(x, x + x).map(x, x + x).map(x, x + x).map(x, x + x).map(x, x + x).map(x, x + x).map(x, x + x)",
    ] {
        let program = world.compile(text).unwrap();
        let vars = both.vars(0);
        assert_eq!(program.eval(&both.scope(0, &vars)).unwrap_err().code(), "expr.cost_limit", "{text}");
        both.agree(&world, text).unwrap_or_else(|e| panic!("{text}: {e}"));
    }
}

#[test]
fn what_is_not_given_is_told() {
    let world = World::new();
    let program = world.compile("has(name)").unwrap();
    let tables = Tables::new();
    let scope = |vars| ColumnScope {
        object: &world.object,
        data: &tables,
        before: None,
        now: None,
        zone: chrono_tz::UTC,
        vars,
    };
    assert_eq!(program.test_columns(&scope(&[]), None).unwrap_err().code(), "expr.missing_table");
    let other = common::object("account");
    let wrong = ColumnScope { object: &other, ..scope(&[]) };
    assert_eq!(program.test_columns(&wrong, None).unwrap_err().code(), "expr.value_type");
    let number = world.compile("seats").unwrap();
    assert_eq!(number.test_columns(&scope(&[]), None).unwrap_err().code(), "expr.not_condition");
    let lists = world.compile("contacts.exists(c, has(c.role))").unwrap();
    assert!(lists.inputs().is_none());
    let error = lists.test_inputs(&[], None, chrono_tz::UTC).unwrap_err();
    assert_eq!(error.code(), "expr.needs_records");
    assert_eq!(KINDS[0], Kind::Bool);
}

#[test]
fn a_field_that_cannot_be_had_does_not_hide_what_fails_before_it() {
    let schema = qudao_model::Schema::standard("CNY");
    let object = qudao_model::ObjectName::new("opportunity").unwrap();
    let known = schema.object("opportunity").unwrap();
    let record = qudao_model::Record::new(known.clone(), RecordId::new("o1").unwrap());
    // The contacts are not given.
    let mut data = qudao_model::Dataset::new();
    data.add(&object, vec![record.clone()]).unwrap();
    let tables = Tables::from_dataset(&schema, &data).unwrap();
    for text in [
        "int(99999999999999999999.9) + size(contacts[0].contact.name)",
        "size(contacts[0].contact.name) + int(99999999999999999999.9)",
        "false && size(contacts[0].contact.name) > 1",
    ] {
        let program = Program::compile(text, &qudao_expr::Env::record(&schema, &object)).unwrap();
        let zone = chrono_tz::UTC;
        let scope = Scope { record: &record, before: None, data: &data, now: None, zone, vars: &[] };
        let columns =
            ColumnScope { object: &object, data: &tables, before: None, now: None, zone, vars: &[] };
        let answers = program.eval_columns(&columns, None).unwrap();
        assert_eq!(answers.get(0), program.eval(&scope), "{text}");
    }
}
