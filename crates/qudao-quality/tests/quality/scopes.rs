//! When rules run: conditions, types, operations, changes, stages, and what they read of other records.

use qudao_model::{Dataset, Instant, Locale, Operation, Record, RuleOutcome, StageId, Value};
use qudao_quality::CheckContext;

use crate::common::{World, ZONE, failed, outcome, t, world};

fn date(text: &str) -> Value {
    Value::Date(text.parse().unwrap())
}

#[test]
fn a_check_fails_only_when_it_is_false() {
    let w = world(
        "validation:\n  - {id: dates, object: contract, check: '!has(ends_on) || ends_on >= starts_on', message: {en: 'ends before it starts', zh-CN: '结束早于开始'}}\n",
    );
    let contract = |from: Value, to: Value| w.record("contract", "c", [("starts_on", from), ("ends_on", to)]);
    let missing = Value::Missing;
    for (from, to, expected) in [
        (date("2024-01-01"), date("2024-12-31"), RuleOutcome::Passed),
        (date("2024-12-31"), date("2024-01-01"), RuleOutcome::Failed),
        (date("2024-01-01"), missing.clone(), RuleOutcome::Passed),
        (missing, date("2024-12-31"), RuleOutcome::Unknown),
    ] {
        let record = contract(from, to);
        assert_eq!(w.outcome(&record, "dates"), expected, "{record:?}");
    }
    let report = w.check(&contract(date("2024-12-31"), date("2024-01-01")));
    let violation = &report.violations[0];
    assert_eq!(violation.text(&Locale::zh()), "结束早于开始");
    assert_eq!(
        violation.fix(&Locale::en()).unwrap(),
        "this must hold: !has(ends_on) || ends_on >= starts_on"
    );
    assert_eq!(violation.fields, ["ends_on", "starts_on"].map(crate::common::field));
    let entry = report.trace.iter().find(|e| e.rule == "dates").unwrap();
    assert_eq!(entry.inputs["ends_on"], date("2024-01-01"));
    assert_eq!(entry.evidence, ["!has(ends_on)", "ends_on >= starts_on"]);
}

#[test]
fn a_placeholder_is_missing_to_conditions_too() {
    let w = world(
        "validation:\n  - {id: next, object: opportunity, required_when: {fields: next_action_on, when: has(next_action)}}\n",
    );
    let deal = |text: &str| w.record("opportunity", "o", [("next_action", t(text))]);
    assert_eq!(w.outcome(&deal("call"), "next"), RuleOutcome::Failed);
    assert_eq!(w.outcome(&deal("无"), "next"), RuleOutcome::Skipped);
    assert_eq!(w.outcome(&deal("  "), "next"), RuleOutcome::Skipped);
}

#[test]
fn an_unknown_condition_switches_the_rule_off_and_the_trace_says_so() {
    let w = world(
        "validation:\n  - {id: big, object: opportunity, when: amount > 1000, required: partner}\n  - {id: big2, object: opportunity, required_when: {fields: [partner, territory], when: amount > 1000}}\n",
    );
    let deal = |amount: Value| w.record("opportunity", "o", [("amount", amount)]);
    let big = w.check(&deal(Value::Int(1001)));
    assert_eq!(failed(&big), ["big", "big2", "big2"]);
    assert_eq!(w.outcome(&deal(Value::Int(1000)), "big"), RuleOutcome::Skipped);
    let unknown = w.check(&deal(Value::Missing));
    assert_eq!(failed(&unknown), Vec::<String>::new());
    for id in ["big", "big2"] {
        let entry = unknown.trace.iter().find(|e| e.rule == *id).unwrap();
        assert_eq!(entry.outcome, RuleOutcome::Skipped);
        assert_eq!(entry.evidence, ["its condition is unknown, for a missing value"]);
    }
}

#[test]
fn new_rules_do_not_freeze_old_records() {
    let w = world(
        "validation:\n  - {id: phone, object: account, on: {changed: [phone]}, format: {field: phone, format: phone(CN)}}\n  - {id: budget, object: opportunity, on: {enter: [proposal]}, required: amount}\n  - {id: ops, object: account, operations: [insert, import], required: city}\n  - {id: when, object: account, when: changed(phone), required: email}\n",
    );
    let data = Dataset::new();
    let old = w.record("account", "a", [("phone", t("12")), ("name", t("old"))]);
    let renamed = w.record("account", "a", [("phone", t("12")), ("name", t("new"))]);
    let rephoned = w.record("account", "a", [("phone", t("13")), ("name", t("old"))]);
    let update = |record: &Record| {
        let cx = CheckContext::new(record, &data, ZONE).before(Some(&old)).operation(Operation::Update);
        failed(&w.quality.check(&cx))
    };
    assert_eq!(update(&renamed), Vec::<String>::new());
    assert_eq!(update(&rephoned), ["phone", "when"]);
    let insert = CheckContext::new(&old, &data, ZONE).operation(Operation::Insert);
    assert_eq!(
        failed(&w.quality.check(&insert))[..2],
        ["phone", "ops"],
        "a new record is changed in every field"
    );

    let deal = w.record("opportunity", "o", []);
    let entering = |stage: Option<&str>| {
        let stage = stage.map(|s| StageId::new(s).unwrap());
        let cx = CheckContext::new(&deal, &data, ZONE).entering(stage.as_ref());
        outcome(&w.quality.check(&cx), "budget")
    };
    assert_eq!(entering(Some("proposal")), RuleOutcome::Failed);
    assert_eq!(entering(Some("qualified")), RuleOutcome::Skipped);
    assert_eq!(entering(None), RuleOutcome::Skipped);
}

#[test]
fn types_are_the_records_own_or_its_accounts_or_its_partners() {
    let w = world(
        "validation:\n  - {id: own, object: account, types: [project], required: tax_id}\n  - {id: deal, object: opportunity, types: [project], required: expected_close}\n  - {id: dealer, object: opportunity, types: [dealer, agent], required: territory}\n",
    );
    let account = |ty: &str| w.record("account", "a", [("type", t(ty))]);
    assert_eq!(w.failed(&account("project")), ["own"]);
    assert_eq!(w.outcome(&account("channel"), "own"), RuleOutcome::Skipped);
    assert_eq!(w.outcome(&w.record("account", "a", []), "own"), RuleOutcome::Skipped);

    let deal = w.record("opportunity", "o", [("account", t("a")), ("partner", t("p"))]);
    let around = |account: &str, partner: &str| {
        let mut data = Dataset::new();
        data.put(w.record("account", "a", [("type", t(account))]));
        data.put(w.record("partner", "p", [("type", t(partner))]));
        failed(&w.quality.check(&CheckContext::new(&deal, &data, ZONE)))
    };
    assert_eq!(around("project", "agent"), ["deal", "dealer"]);
    assert_eq!(around("channel", "referral"), Vec::<String>::new());
    let programs: Vec<&str> =
        w.quality.programs(&crate::common::name("opportunity")).map(qudao_expr::Program::text).collect();
    assert_eq!(programs, ["account.type in ['project']", "partner.type in ['dealer', 'agent']"]);
}

fn navigating() -> World {
    world(
        "validation:\n  - {id: decider, object: opportunity, check: \"contacts.exists(c, c.role == 'decider')\"}\n  - {id: late, object: opportunity, severity: warning, check: 'expected_close >= today()'}\n  - {id: tier, object: opportunity, when: \"partner.parent.tier == 'gold'\", required: amount}\n",
    )
}

#[test]
fn rules_navigate() {
    let w = navigating();
    let deal = w.record("opportunity", "o", [("partner", t("p2")), ("expected_close", date("2024-05-01"))]);
    let mut data = Dataset::new();
    data.put(w.record("partner", "p1", [("tier", t("gold"))]));
    data.put(w.record("partner", "p2", [("parent", t("p1"))]));
    data.put(w.record("contact_role", "r", [("opportunity", t("o")), ("role", t("decider"))]));
    let now = Instant::parse("2024-04-30T16:00:00Z");
    let cx = CheckContext::new(&deal, &data, ZONE).now(now);
    assert_eq!(failed(&w.quality.check(&cx)), ["tier"]);
    let next_day = Instant::parse("2024-05-01T16:00:00Z");
    assert_eq!(failed(&w.quality.check(&cx.now(next_day))), ["late", "tier"]);
}

#[test]
fn a_rule_that_cannot_be_evaluated_is_reported_not_lost() {
    let w = navigating();
    let deal = w.record("opportunity", "o", [("expected_close", date("2024-05-01"))]);
    let report = w.check(&deal);
    assert_eq!(failed(&report), ["decider", "late"]);
    for violation in &report.violations {
        assert_eq!(violation.code, "rule.error");
    }
    assert_eq!(report.violations[1].severity, qudao_model::Severity::Warning);
    assert_eq!(outcome(&report, "decider"), RuleOutcome::Failed);
    assert_eq!(outcome(&report, "tier"), RuleOutcome::Skipped);
}

#[test]
fn a_unique_rule_may_look_at_the_record_itself() {
    let w = world(
        "validation: [{id: u, object: account, types: [project], when: employees > 10, unique: name}]\n",
    );
    let account = |ty: &str, n: i64| {
        w.record("account", "a", [("name", t("y1")), ("type", t(ty)), ("employees", Value::Int(n))])
    };
    assert_eq!(w.quality.claims(&account("project", 11)).len(), 1);
    assert_eq!(w.quality.claims(&account("project", 10)), []);
    assert_eq!(w.quality.claims(&account("channel", 11)), []);
}
