//! The rule language on one gate expression, beside other expression libraries, in one run:
//! `cargo xtask bench rules`, or `cargo bench -p qudao-benches --bench rules --features peers`.
//!
//! All evaluate the same 1,024 deals in turn, so that no branch predictor learns a single one by heart; a tenth of the
//! amounts and of the ages and a twentieth of the partners is missing. The others know no missing values and no
//! decimals: they get 0, 9,999 and an empty tier, with which they come to the same answers, which is checked. Rounds
//! alternate, twenty runs of each at least in a row; the least time of each is shown, and that of the first run of a
//! round for the columns, which the others have driven out of the caches by then.
#![allow(clippy::unwrap_used, reason = "a bench that cannot run should stop")]
#![allow(clippy::print_stdout, reason = "it prints its table")]

use std::hint::black_box;
use std::time::{Duration, Instant as Clock};

use qudao::expr::{ColumnScope, ColumnVar, Env, ExprType, Program, Scope, Slots};
use qudao::model::Schema;
use qudao::model::columns::{Bitmap, Column, ColumnData, Currencies, Decimals, Table, Tables, TextData};
use qudao::prelude::*;

const GATE: &str =
    "amount >= 10000 && size(contacts) > 0 && stage_age_days <= 30 && partner.tier in ['gold', 'platinum']";
const DEALS: usize = 1024;
const PARTNERS: usize = 200;
const TIERS: [&str; 4] = ["silver", "gold", "platinum", "bronze"];
const ROUNDS: usize = 15;

/// One deal.
#[derive(Debug, Clone)]
struct Deal {
    /// In hundredths.
    amount: Option<i64>,
    contacts: usize,
    age: Option<i64>,
    partner: Option<usize>,
}

/// A fixed sequence of numbers (Knuth's 64-bit linear congruential generator).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }
}

fn deals(n: usize) -> Vec<Deal> {
    let mut numbers = Numbers(7);
    (0..n)
        .map(|_| Deal {
            amount: (numbers.below(10) > 0).then(|| i64::try_from(numbers.below(4_000_000)).unwrap()),
            contacts: usize::try_from(numbers.below(4)).unwrap(),
            age: (numbers.below(10) > 0).then(|| i64::try_from(numbers.below(60)).unwrap()),
            partner: (numbers.below(20) > 0)
                .then(|| usize::try_from(numbers.below(PARTNERS as u64)).unwrap()),
        })
        .collect()
}

fn tier(partner: usize) -> &'static str {
    TIERS[partner % TIERS.len()]
}

/// Something timed: it answers all deals once and tells how many pass.
struct Contestant<'a> {
    name: &'static str,
    run: Box<dyn FnMut() -> usize + 'a>,
    /// Evaluations a run.
    per_run: usize,
    best: Duration,
    /// Of the first run of a round.
    first: Duration,
}

impl<'a> Contestant<'a> {
    fn new(name: &'static str, per_run: usize, run: impl FnMut() -> usize + 'a) -> Self {
        Self { name, run: Box::new(run), per_run, best: Duration::MAX, first: Duration::MAX }
    }

    fn nanos(&self) -> f64 {
        self.best.as_secs_f64() * 1e9 / self.per_run as f64
    }

    fn first_nanos(&self) -> f64 {
        self.first.as_secs_f64() * 1e9 / self.per_run as f64
    }
}

/// Hand-written, on plain numbers: the floor.
fn by_hand(deal: &Deal) -> bool {
    deal.amount.is_some_and(|a| a >= 1_000_000)
        && deal.contacts > 0
        && deal.age.is_some_and(|a| a <= 30)
        && deal.partner.is_some_and(|p| matches!(tier(p), "gold" | "platinum"))
}

fn columns(schema: &Schema, deals: &[Deal]) -> (Tables, Vec<ColumnVar>) {
    let known = |have: &dyn Fn(&Deal) -> bool| Some(Bitmap::from_fn(deals.len(), |i| have(&deals[i])));
    let object = |name: &str| schema.object(name).unwrap().clone();
    let mut tables = Tables::new();
    let text = |texts: Vec<String>| {
        ColumnData::Text(TextData::collect(texts.iter().map(|t| Some(t.as_str())), true).unwrap())
    };
    let reference = |ids: Vec<Option<String>>| {
        let data = TextData::collect(ids.iter().map(Option::as_deref), true).unwrap();
        let TextData::Coded { codes, dictionary } = data else { unreachable!("always coded") };
        ColumnData::Reference { codes, dictionary }
    };
    let ids = |prefix: &str, n: usize| -> Vec<String> { (0..n).map(|i| format!("{prefix}{i}")).collect() };
    let partner_ids = ids("p", PARTNERS);
    let tiers = (0..PARTNERS).map(|p| tier(p).to_owned()).collect();
    tables.put(
        Table::new(object("partner"), partner_ids.iter().map(String::as_str).collect())
            .with("tier", Column::new(text(tiers), None).unwrap())
            .unwrap(),
    );
    let amounts = deals.iter().map(|d| d.amount.unwrap_or(0)).collect();
    let money = ColumnData::Money {
        amounts: Decimals::fixed(amounts, 2).unwrap(),
        currencies: Currencies::One("CNY".into()),
    };
    let partners = deals.iter().map(|d| d.partner.map(|p| format!("p{p}"))).collect();
    let deal_ids = ids("o", deals.len());
    tables.put(
        Table::new(object("opportunity"), deal_ids.iter().map(String::as_str).collect())
            .with("amount", Column::new(money, known(&|d| d.amount.is_some())).unwrap())
            .and_then(|t| t.with("partner", Column::new(reference(partners), None)?))
            .unwrap(),
    );
    let of: Vec<Option<String>> = deals
        .iter()
        .enumerate()
        .flat_map(|(i, d)| std::iter::repeat_n(Some(format!("o{i}")), d.contacts))
        .collect();
    let role_ids = ids("r", of.len());
    tables.put(
        Table::new(object("contact_role"), role_ids.iter().map(String::as_str).collect())
            .with("opportunity", Column::new(reference(of), None).unwrap())
            .unwrap(),
    );
    let ages = ColumnData::Int(deals.iter().map(|d| d.age.unwrap_or(0)).collect());
    let age = Column::new(ages, known(&|d| d.age.is_some())).unwrap();
    (tables, vec![ColumnVar::Column(age)])
}

fn main() {
    let schema = Schema::standard("CNY");
    let object = ObjectName::new("opportunity").unwrap();
    let env = Env::record(&schema, &object).with_var("stage_age_days", ExprType::Int);
    let gate = Program::condition(GATE, &env).unwrap();
    let few = deals(DEALS);

    // Records.
    let record = |object: &str, id: String| {
        Record::new(schema.object(object).unwrap().clone(), RecordId::new(id).unwrap())
    };
    let mut data = Dataset::new();
    for p in 0..PARTNERS {
        data.put(record("partner", format!("p{p}")).with("tier", tier(p)).unwrap());
    }
    let mut records = Vec::new();
    let mut roles = Vec::new();
    for (i, deal) in few.iter().enumerate() {
        let mut row = record("opportunity", format!("o{i}"));
        if let Some(amount) = deal.amount {
            row.set("amount", Value::money(Decimal::new(amount, 2), "CNY")).unwrap();
        }
        if let Some(partner) = deal.partner {
            row.set("partner", format!("p{partner}")).unwrap();
        }
        for c in 0..deal.contacts {
            roles.push(
                record("contact_role", format!("r{i}-{c}")).with("opportunity", format!("o{i}")).unwrap(),
            );
        }
        records.push(row);
    }
    data.add(&ObjectName::new("contact_role").unwrap(), roles).unwrap();
    data.add(&object, records.clone()).unwrap();
    let vars: Vec<[Value; 1]> = few.iter().map(|d| [Value::from(d.age)]).collect();

    // Values alone, in the order of the program's inputs.
    let inputs: Vec<Vec<Value>> = few
        .iter()
        .map(|d| {
            let value = |path: &str| match path {
                "amount" => Value::from(d.amount.map(|a| Money::new(Decimal::new(a, 2), "CNY"))),
                "size(contacts)" => Value::Int(i64::try_from(d.contacts).unwrap()),
                "stage_age_days" => Value::from(d.age),
                _ => d.partner.map_or(Value::Missing, |p| Value::text(tier(p))),
            };
            gate.inputs().unwrap().iter().map(|i| value(&i.path)).collect()
        })
        .collect();

    let slots: Vec<Slots> = inputs.iter().map(|values| values.iter().cloned().collect()).collect();

    // Columns.
    let rows = std::env::var("QUDAO_BENCH_ROWS").ok().and_then(|n| n.parse().ok()).unwrap_or(1_000_000);
    let many = deals(rows);
    let (tables, column_vars) = columns(&schema, &many);
    let scope = ColumnScope {
        object: &object,
        data: &tables,
        before: None,
        now: None,
        zone: qudao::chrono_tz::UTC,
        vars: &column_vars,
    };
    let started = Clock::now();
    black_box(gate.test_columns(&scope, None).unwrap());
    let linked = started.elapsed();

    let expected = few.iter().filter(|d| by_hand(d)).count();
    let expected_many = many.iter().filter(|d| by_hand(d)).count();
    let zone = qudao::chrono_tz::UTC;
    let mut all = vec![
        Contestant::new("by hand, plain numbers", DEALS, || {
            few.iter().filter(|d| by_hand(black_box(d))).count()
        }),
        Contestant::new("qudao, typed slots", DEALS, || {
            let test = |s: &&Slots| gate.test_slots(black_box(s), None, zone).unwrap().is_true();
            slots.iter().filter(test).count()
        }),
        Contestant::new("qudao, values", DEALS, || {
            let test = |v: &&Vec<Value>| gate.test_inputs(black_box(v), None, zone).unwrap().is_true();
            inputs.iter().filter(test).count()
        }),
        Contestant::new("qudao, record", DEALS, || {
            let rows = records.iter().zip(&vars);
            rows.filter(|(record, vars)| {
                let scope = Scope { record, before: None, data: &data, now: None, zone, vars: &vars[..] };
                gate.test(black_box(&scope)).unwrap().is_true()
            })
            .count()
        }),
        Contestant::new("qudao, column", rows, || {
            gate.test_columns(black_box(&scope), None).unwrap().yes.count()
        }),
        Contestant::new("qudao, compile", 1, || {
            usize::from(Program::condition(black_box(GATE), &env).is_ok())
        }),
        Contestant::new("qudao, compile and lints", 1, || {
            Program::condition(black_box(GATE), &env).map_or(0, |p| 1 + p.lints().len())
        }),
    ];
    #[cfg(feature = "peers")]
    all.extend(peers::contestants(&few));
    // Some alone, for a profile.
    if let Ok(only) = std::env::var("QUDAO_BENCH_ONLY") {
        all.retain(|c| c.name.contains(&only));
    }
    for contestant in &mut all {
        let passed = (contestant.run)();
        let right = match contestant.per_run {
            1 => 1,
            n if n == rows => expected_many,
            _ => expected,
        };
        assert_eq!(passed, right, "{}", contestant.name);
    }
    for _ in 0..ROUNDS {
        for contestant in &mut all {
            let repeats = (200_000 / contestant.per_run).clamp(20, 2000);
            let started = Clock::now();
            black_box((contestant.run)());
            contestant.first = contestant.first.min(started.elapsed());
            for _ in 1..repeats {
                black_box((contestant.run)());
            }
            let repeats = u32::try_from(repeats).unwrap();
            contestant.best = contestant.best.min(started.elapsed() / repeats);
        }
    }
    let nanos = |name: &str| all.iter().find(|c| c.name == name).map_or(f64::NAN, Contestant::nanos);
    let (slots, values) = (nanos("qudao, typed slots"), nanos("qudao, values"));
    println!("{GATE}");
    println!("{DEALS} deals in turn, {expected} pass; by column {rows} rows, {expected_many} pass");
    println!("first run by column, which finds parents and children: {:.0} ms\n", linked.as_secs_f64() * 1e3);
    if let Some(column) = all.iter().find(|c| c.name == "qudao, column") {
        println!("first run of a round by column: {:.1} ns a row\n", column.first_nanos());
    }
    println!("{:<38} {:>12} {:>10} {:>10}", "", "ns", "/ slots", "/ values");
    for contestant in &all {
        let ns = contestant.nanos();
        println!("{:<38} {ns:>12.1} {:>10.2} {:>10.2}", contestant.name, ns / slots, ns / values);
    }
}

#[cfg(feature = "peers")]
mod peers {
    //! Other expression libraries, each with its compiled form and its context made beforehand.

    use super::{Contestant, DEALS, Deal, tier};

    fn json(deal: &Deal) -> serde_json::Value {
        serde_json::json!({
            "amount": deal.amount.unwrap_or(0) / 100,
            "contacts": vec!["c"; deal.contacts],
            "stage_age_days": deal.age.unwrap_or(9_999),
            "partner": {"tier": deal.partner.map_or("", tier)},
        })
    }

    pub(super) fn contestants(deals: &[Deal]) -> Vec<Contestant<'static>> {
        vec![cel(deals), cel_binding(deals), cel_compile(), rhai(deals), zen(deals), datalogic(deals)]
    }

    fn cel_context(deal: &Deal) -> cel::Context<'static, 'static> {
        let mut context = cel::Context::default();
        context.add_variable_from_value("amount", deal.amount.unwrap_or(0) / 100);
        context.add_variable_from_value("contacts", vec!["c"; deal.contacts]);
        context.add_variable_from_value("stage_age_days", deal.age.unwrap_or(9_999));
        let partner = std::collections::HashMap::from([("tier", deal.partner.map_or("", tier))]);
        context.add_variable_from_value("partner", partner);
        context
    }

    fn holds(program: &cel::Program, context: &cel::Context<'_, '_>) -> bool {
        matches!(program.execute(context), Ok(cel::Value::Bool(true)))
    }

    fn cel(deals: &[Deal]) -> Contestant<'static> {
        let program = cel::Program::compile(super::GATE).unwrap();
        let contexts: Vec<cel::Context<'_, '_>> = deals.iter().map(cel_context).collect();
        Contestant::new("cel 0.15", DEALS, move || contexts.iter().filter(|c| holds(&program, c)).count())
    }

    fn cel_binding(deals: &[Deal]) -> Contestant<'static> {
        let program = cel::Program::compile(super::GATE).unwrap();
        let deals = deals.to_vec();
        Contestant::new("cel 0.15, binding included", DEALS, move || {
            deals.iter().filter(|d| holds(&program, &cel_context(d))).count()
        })
    }

    fn cel_compile() -> Contestant<'static> {
        Contestant::new("cel 0.15, compile", 1, || {
            usize::from(cel::Program::compile(std::hint::black_box(super::GATE)).is_ok())
        })
    }

    fn rhai(deals: &[Deal]) -> Contestant<'static> {
        let engine = rhai::Engine::new();
        let text = "amount >= 10000 && contacts.len() > 0 && stage_age_days <= 30 && partner.tier in [\"gold\", \"platinum\"]";
        let ast = engine.compile_expression(text).unwrap();
        let mut scopes: Vec<rhai::Scope<'_>> = deals
            .iter()
            .map(|deal| {
                let mut scope = rhai::Scope::new();
                scope.push("amount", deal.amount.unwrap_or(0) / 100);
                scope.push("contacts", vec![rhai::Dynamic::from("c"); deal.contacts]);
                scope.push("stage_age_days", deal.age.unwrap_or(9_999));
                let mut partner = rhai::Map::new();
                partner.insert("tier".into(), deal.partner.map_or("", tier).into());
                scope.push("partner", partner);
                scope
            })
            .collect();
        Contestant::new("rhai 1.27", DEALS, move || {
            let test = |s: &mut rhai::Scope<'_>| engine.eval_ast_with_scope::<bool>(s, &ast).unwrap();
            scopes.iter_mut().map(test).filter(|b| *b).count()
        })
    }

    fn zen(deals: &[Deal]) -> Contestant<'static> {
        let text = "amount >= 10000 and len(contacts) > 0 and stage_age_days <= 30 and partner.tier in ['gold', 'platinum']";
        let expression = zen_expression::compile_expression(text).unwrap();
        let scopes: Vec<zen_expression::Scope> =
            deals.iter().map(|d| zen_expression::Scope::new(json(d).into())).collect();
        let mut vm = zen_expression::vm::VM::new();
        Contestant::new("zen-expression 2.1", DEALS, move || {
            let holds = |scope: &&zen_expression::Scope| {
                let answer = expression.evaluate_with_scope(scope, &mut vm).unwrap();
                matches!(answer, zen_expression::Variable::Bool(true))
            };
            scopes.iter().filter(holds).count()
        })
    }

    fn datalogic(deals: &[Deal]) -> Contestant<'static> {
        let engine = datalogic_rs::Engine::new();
        let rule = r#"{"and": [
            {">=": [{"var": "amount"}, 10000]},
            {"!!": [{"var": "contacts"}]},
            {"<=": [{"var": "stage_age_days"}, 30]},
            {"in": [{"var": "partner.tier"}, ["gold", "platinum"]]}
        ]}"#;
        let logic = engine.compile(rule).unwrap();
        let inputs: Vec<datalogic_rs::ParsedData> = deals
            .iter()
            .map(|deal| datalogic_rs::ParsedData::from_json(&json(deal).to_string()).unwrap())
            .collect();
        let mut arena = datalogic_rs::bumpalo::Bump::new();
        Contestant::new("datalogic-rs 5.4", DEALS, move || {
            arena.reset();
            let holds = |input: &&datalogic_rs::ParsedData| {
                engine.evaluate(&logic, *input, &arena).unwrap().as_bool() == Some(true)
            };
            inputs.iter().filter(holds).count()
        })
    }
}
