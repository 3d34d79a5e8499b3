//! Explanations, what an expression reads, and errors of the host.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test stops at what it does not expect"
)]

mod common;

use std::collections::BTreeMap;

use common::{World, show};
use qudao_expr::{EvalError, Explanation, NavStep, Navigation, Program, Reads, Truth};
use qudao_model::{Locale, Record, Value};
use serde_json::json;

fn explain(world: &World, record: &Record, text: &str) -> Explanation {
    let program = Program::condition(text, &world.env()).unwrap();
    let explanation = program.explain(&world.scope(record, &[])).unwrap();
    assert_eq!(explanation.truth, program.test(&world.scope(record, &[])).unwrap());
    explanation
}

fn shown(inputs: &BTreeMap<String, Value>) -> Vec<String> {
    inputs.iter().map(|(path, value)| format!("{path} = {}", show(value))).collect()
}

#[test]
fn every_clause_with_its_answer() {
    let world = World::new();
    let record = world.record_of(
        "opportunity",
        "o1",
        &json!({"amount": "5", "account": "a1", "name": " ", "seats": 0}),
    );
    let e = explain(
        &world,
        &record,
        "amount > 10 && has(name) && account.type == 'project' && (seats > 0 || expected_close > today()) && size(contacts) > 0",
    );
    assert_eq!(e.truth, Truth::False);
    let clauses: Vec<(&str, Truth)> = e.clauses.iter().map(|c| (c.text.as_str(), c.truth)).collect();
    assert_eq!(
        clauses,
        [
            ("amount > 10", Truth::False),
            ("has(name)", Truth::False),
            ("account.type == 'project'", Truth::True),
            ("(seats > 0 || expected_close > today())", Truth::Unknown),
            ("size(contacts) > 0", Truth::True),
        ]
    );
    assert_eq!(e.failing().count(), 3);
    assert_eq!(
        shown(&e.inputs),
        [
            "account.type = text project",
            "amount = money 5 CNY",
            "expected_close = missing",
            "name = missing",
            "seats = int 0",
            "size(contacts) = int 3",
        ]
    );
    assert_eq!(e.missing, ["expected_close", "name"]);
}

#[test]
fn missing_names_only_what_would_help() {
    let world = World::new();
    let record = world.record_of("opportunity", "o1", &json!({}));
    let missing = |text: &str| explain(&world, &record, text).missing;
    assert_eq!(missing("has(closed_at) || has(loss_reason)"), ["closed_at", "loss_reason"]);
    // Nothing is asked for where the whole is true.
    assert!(missing("!has(closed_at) || closed_at > created_at").is_empty());
    // What must be missing is not asked for.
    assert_eq!(missing("!has(closed_at) && amount > 0"), ["amount"]);
    assert_eq!(missing("!(has(closed_at) && !has(amount)) && seats > 1"), ["seats"]);
    // The clause that holds needs nothing.
    assert_eq!(missing("(!has(closed_at) || closed_at > created_at) && seats > 1"), ["seats"]);
    assert_eq!(missing("account.partner.tier == 'gold'"), ["account.partner.tier"]);
    assert!(missing("has(contacts)").is_empty());
    assert_eq!(missing("size(account.contacts) > 0"), ["account.contacts"]);
    assert_eq!(missing("actor.team == 'north'"), ["actor.team"]);
}

#[test]
fn an_outvoted_error_is_an_unknown_clause() {
    let world = World::new();
    let record = world.record_of("opportunity", "o1", &json!({"seats": 0}));
    let e = explain(&world, &record, "10 / seats > 1 || seats == 0");
    assert_eq!(e.truth, Truth::True);
    assert_eq!(e.clauses[0].truth, Truth::Unknown);
}

#[test]
fn changed_compares_with_the_record_as_it_was() {
    let world = World::new();
    let program = Program::condition("changed(amount) || changed(name)", &world.env()).unwrap();
    let record = |values| world.record_of("opportunity", "o1", &values);
    let test = |before: Option<&Record>, after: &Record| {
        let mut scope = world.scope(after, &[]);
        scope.before = before;
        program.test(&scope).unwrap()
    };
    let (a, b) =
        (record(json!({"amount": "1.0", "name": "x"})), record(json!({"amount": "1.00", "name": "x"})));
    assert_eq!(test(Some(&a), &b), Truth::False, "the same number written otherwise is no change");
    assert_eq!(test(Some(&a), &record(json!({"amount": "2", "name": "x"}))), Truth::True);
    assert_eq!(test(Some(&a), &record(json!({"amount": "1.0"}))), Truth::True, "removing is a change");
    assert_eq!(test(None, &a), Truth::True, "a new value is a change");
    assert_eq!(test(None, &record(json!({"name": "  "}))), Truth::False, "blank is no value");
    assert_eq!(program.reads().changed.len(), 2);
}

fn fields(names: &[&str]) -> std::collections::BTreeSet<qudao_model::FieldName> {
    names.iter().map(|n| qudao_model::FieldName::new(n).unwrap()).collect()
}

#[test]
fn reads_are_a_tree() {
    let world = World::new();
    let reads = |text: &str| -> Reads { world.compile(text).unwrap().reads().clone() };
    let name = |n: &str| qudao_model::FieldName::new(n).unwrap();
    let parent = |field: &str, object: &str, read: &[&str], then: Vec<Navigation>| Navigation {
        step: NavStep::Parent { field: name(field), object: common::object(object) },
        fields: fields(read),
        then,
    };
    let role = |read: &[&str], then: Vec<Navigation>| Navigation {
        step: NavStep::Children {
            name: name("contacts"),
            object: common::object("contact_role"),
            field: name("opportunity"),
        },
        fields: fields(read),
        then,
    };
    let r = reads("account.type == 'project' && account.partner.tier == 'gold' && amount > 0 && id != 'x'");
    assert_eq!(r.fields, fields(&["account", "amount"]));
    let partner = parent("partner", "partner", &["tier"], vec![]);
    assert_eq!(r.navigation, [parent("account", "account", &["partner", "type"], vec![partner])]);
    assert!(!r.clock);

    let r = reads("contacts.exists(c, c.role == 'user' && c.contact.name == 'x')");
    assert!(r.fields.is_empty());
    let contact = parent("contact", "contact", &["name"], vec![]);
    assert_eq!(r.navigation, [role(&["contact", "role"], vec![contact.clone()])]);
    // The same through a list of references, and through an index.
    let r = reads("contacts.filter(c, has(c.role)).map(c, c.contact).exists(k, k.name == 'x')");
    assert_eq!(r.navigation, [role(&["contact", "role"], vec![contact.clone()])]);
    assert_eq!(reads("contacts[0].contact.name").navigation, [role(&["contact"], vec![contact])]);
    // A list that is only counted is read all the same.
    assert_eq!(reads("size(contacts)").navigation, [role(&[], vec![])]);
    // Two ways to one object.
    let r = reads("(urgent ? account.partner : partner).tier");
    assert_eq!(r.navigation.len(), 2);
    assert_eq!(r.fields, fields(&["account", "partner", "urgent"]));

    let r = reads("actor.team == 'north' && limit > 3 && expected_close < today()");
    assert!(r.clock);
    assert_eq!(r.vars.keys().collect::<Vec<_>>(), ["actor", "limit"]);
    assert_eq!(r.vars["actor"].fields, fields(&["team"]));
    assert!(reads("days_since(created_at)").clock);
}

#[test]
fn errors_are_located() {
    let world = World::new();
    let record = world.record_of("opportunity", "o1", &json!({"product": "x1", "seats": 0, "amount": "1"}));
    let eval = |text: &str, vars: &[Value]| {
        let mut scope = world.scope(&record, vars);
        scope.now = None;
        world.compile(text).unwrap().eval(&scope)
    };
    let error = |text: &str| eval(text, &[]).unwrap_err();
    assert_eq!(
        error("urgent || product.name == 'x'"),
        EvalError::MissingTable { object: common::object("product"), offset: 10 }
    );
    assert_eq!(error("urgent || now() > date('2026-01-01')"), EvalError::NowRequired { offset: 10 });
    assert_eq!(error("days_since(created_at) > 3 || today() > expected_close").code(), "expr.now_required");
    assert_eq!(error("1 + 7 / seats"), EvalError::DivisionByZero { offset: 4 });
    assert_eq!(error("amount * 999999999999999999999999999.0 * 99999"), EvalError::Overflow { offset: 0 });
    assert_eq!(error("product.name == 'x'").text(&Locale::zh()), "未提供 product 的记录");
    // A variable of another type than declared.
    assert_eq!(
        eval("limit + 1", &[Value::Missing, Value::text("many")]).unwrap_err(),
        EvalError::WrongType { offset: 0 }
    );
    // A record of another object than the program was compiled for.
    let contact = world.record_of("contact", "k1", &json!({}));
    let program = world.compile("amount").unwrap();
    assert_eq!(program.eval(&world.scope(&contact, &[])).unwrap_err().code(), "expr.value_type");
    let number = world.compile("seats").unwrap();
    assert_eq!(number.test(&world.scope(&record, &[])).unwrap_err().code(), "expr.not_condition");
    assert_eq!(number.explain(&world.scope(&record, &[])).unwrap_err().code(), "expr.not_condition");
}

#[test]
fn programs_are_shared_between_threads() {
    fn shared<T: Clone + Send + Sync + std::fmt::Debug>(_: &T) {}
    let world = World::new();
    let program = world.compile("amount > 0").unwrap();
    shared(&program);
    assert_eq!(program.text(), "amount > 0");
    assert_eq!(program.result_type().to_string(), "bool");
}
