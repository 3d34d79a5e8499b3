//! What a criterion asks, and how it explains itself.

use qudao_model::{RuleOutcome, Severity, TraceEntry, Value};
use qudao_pipeline::{GateReport, Pipeline};

use crate::support::*;

fn with_exit(criterion: &str) -> Pipeline {
    pipeline(&format!(
        "p:\n  object: opportunity\n  stages:\n    - {{id: a, label: {{en: Qualified, zh-CN: 已确认}}, exit: [{criterion}]}}\n\
         \x20   - {{id: b}}\n    - {{id: won, class: won}}\n    - {{id: lost, class: lost}}\n"
    ))
}

fn in_a(pipeline: &Pipeline, mut deal: Deal) -> Deal {
    deal.must(pipeline, "a", day(0));
    deal
}

fn exit_entry(report: &GateReport) -> &TraceEntry {
    report.trace.iter().find(|t| t.rule.as_str().starts_with("p.a.exit.")).unwrap()
}

/// Trap: zero is a value, missing is not; unknown does not pass.
#[test]
fn conditions_are_three_valued() {
    let cases: [(&str, Option<i64>, RuleOutcome); 7] = [
        ("amount > 0", Some(1), RuleOutcome::Passed),
        ("amount > 0", Some(0), RuleOutcome::Failed),
        ("amount > 0", None, RuleOutcome::Unknown),
        ("amount >= 0", Some(0), RuleOutcome::Passed),
        ("has(amount)", None, RuleOutcome::Failed),
        ("amount > 0 || name == 'x'", None, RuleOutcome::Passed),
        ("!(amount > 0)", None, RuleOutcome::Unknown),
    ];
    for (check, amount, expected) in cases {
        let pipeline = with_exit(&format!("{{id: x, check: \"{check}\"}}"));
        let mut deal = in_a(&pipeline, Deal::new("p").with("name", "x"));
        if let Some(amount) = amount {
            deal.set("amount", amount);
        }
        let report = deal.ask(&pipeline, "b", day(1), day(1));
        assert_eq!(exit_entry(&report).outcome, expected, "{check} {amount:?}");
        assert_eq!(report.allowed, expected == RuleOutcome::Passed, "{check} {amount:?}");
    }
}

#[test]
fn a_finding_says_what_would_meet_it() {
    let pipeline = with_exit("{id: budget, check: amount > 0 && has(product)}");
    let deal = in_a(&pipeline, Deal::new("p"));
    let report = deal.ask(&pipeline, "b", day(1), day(1));
    let finding = &report.violations[0];
    assert_eq!(finding.code, "stage.exit_unmet");
    assert_eq!(finding.rule, "p.a.exit.budget");
    assert_eq!(finding.text(&"en".into()), "Qualified: the exit criterion budget is not met");
    assert_eq!(finding.text(&"zh-CN".into()), "已确认：退出条件 budget 未满足");
    assert!(finding.fields.iter().any(|f| f == "amount"), "{:?}", finding.fields);
    assert!(finding.fix(&"en".into()).unwrap().starts_with("fill in Amount"));
    assert!(finding.fix(&"zh-CN".into()).unwrap().starts_with("请填写 预计金额"));
    let entry = exit_entry(&report);
    assert_eq!(entry.evidence, ["amount > 0: unknown", "has(product): false"]);
    assert!(entry.inputs.contains_key("amount"));

    // Known values: what is wrong is not what is missing.
    let deal = deal.with("amount", 0_i64).with("product", "p1");
    let report = deal.ask(&pipeline, "b", day(1), day(1));
    assert_eq!(exit_entry(&report).evidence, ["amount > 0: false", "has(product): true"]);
    assert_eq!(
        report.violations[0].fix(&"en".into()).unwrap(),
        "meet the criterion, or ask for a grant of p.a.exit.budget"
    );
}

#[test]
fn the_companys_own_words_win() {
    let pipeline = with_exit(
        "{id: x, check: amount > 0, message: {en: budget not known, zh-CN: 预算未确认}, fix: {en: ask the customer, zh-CN: 请询问客户}}",
    );
    let deal = in_a(&pipeline, Deal::new("p"));
    let report = deal.ask(&pipeline, "b", day(1), day(1));
    let finding = &report.violations[0];
    assert_eq!(finding.text(&"zh-CN".into()), "预算未确认");
    assert_eq!(finding.fix(&"en".into()).unwrap(), "ask the customer");
}

#[test]
fn advice_warns_and_uses_no_grant() {
    let pipeline = with_exit("{id: x, check: amount > 0, severity: advised}");
    let mut deal = in_a(&pipeline, Deal::new("p"));
    deal.grant("p.a.exit.x");
    let report = deal.ask(&pipeline, "b", day(1), day(1));
    assert!(report.allowed);
    assert_eq!(report.violations.len(), 1);
    assert_eq!(report.violations[0].severity, Severity::Warning);
    assert!(report.used_grants.is_empty());
    assert_eq!(exit_entry(&report).outcome, RuleOutcome::Unknown);
    assert!(!pipeline.grantable_rules().iter().any(|r| r.as_str() == "p.a.exit.x"));
}

#[test]
fn documents() {
    let pipeline = with_exit("{id: x, document: \"customer's offer\"}");
    let schema = schema("{}");
    let mut deal = in_a(&pipeline, Deal::new("p"));
    let outcome = |deal: &Deal| {
        let report = deal.ask(&pipeline, "b", day(1), day(1));
        assert_eq!(report.allowed, exit_entry(&report).outcome == RuleOutcome::Passed);
        if !report.allowed {
            assert_eq!(
                report.violations[0].fix(&"en".into()).unwrap(),
                "add a document of the kind customer's offer"
            );
        }
        report.allowed
    };
    assert!(!outcome(&deal));
    deal.related(&schema, "document", "d1", &[("kind", "photo".into()), ("opportunity", "o1".into())]);
    assert!(!outcome(&deal));
    deal.related(
        &schema,
        "document",
        "d2",
        &[("kind", "customer's offer".into()), ("opportunity", "o2".into())],
    );
    assert!(!outcome(&deal));
    deal.related(
        &schema,
        "document",
        "d3",
        &[("kind", "customer's offer".into()), ("opportunity", "o1".into())],
    );
    assert!(outcome(&deal));
}

#[test]
fn navigation() {
    let pipeline = with_exit("{id: x, check: \"contacts.exists(c, c.role == 'decider')\"}");
    let schema = schema("{}");
    let mut deal = in_a(&pipeline, Deal::new("p"));
    assert!(!deal.ask(&pipeline, "b", day(1), day(1)).allowed);
    deal.related(&schema, "contact_role", "r1", &[("opportunity", "o1".into()), ("role", "user".into())]);
    assert!(!deal.ask(&pipeline, "b", day(1), day(1)).allowed);
    deal.related(&schema, "contact_role", "r2", &[("opportunity", "o1".into()), ("role", "decider".into())]);
    assert!(deal.ask(&pipeline, "b", day(1), day(1)).allowed);
}

#[test]
fn a_checklist_item() {
    let pipeline = with_exit("{id: x, checklist: site visit}");
    let mut deal = in_a(&pipeline, Deal::new("p"));
    for (items, passes) in [(&[][..], false), (&["other"], false), (&["other", " site visit "], true)] {
        deal.tick(items);
        let report = deal.ask(&pipeline, "b", day(1), day(1));
        assert_eq!(report.allowed, passes, "{items:?}");
        if !passes {
            assert_eq!(
                report.violations[0].fix(&"zh-CN".into()).unwrap(),
                "请完成 site visit 并在检查项中勾选"
            );
            assert_eq!(report.violations[0].fields[0], "checklist");
        }
    }
}

#[test]
fn time_conditions() {
    let pipeline = with_exit("{id: x, after: {days: 3}}");
    let deal = in_a(&pipeline, Deal::new("p"));
    let micro = qudao_model::Span::from_micros(-1);
    for (at, passes) in [(day(2), false), (day(3).plus(micro), false), (day(3), true), (day(9), true)] {
        assert_eq!(deal.ask(&pipeline, "b", at, day(20)).allowed, passes, "{at}");
    }
    let early = deal.ask(&pipeline, "b", day(2), day(20));
    assert_eq!(early.violations[0].fix(&"en".into()).unwrap(), "wait until 2026-01-04T12:00:00Z");
    assert_eq!(exit_entry(&early).evidence, ["a: 2 of 3 days"]);

    // Business time counts: recording late does not make a move older.
    assert!(!deal.ask(&pipeline, "b", day(1), day(20)).allowed);

    // Without visits the record's own time counts.
    let mut bare = deal.clone();
    bare.visits.clear();
    assert!(!bare.ask(&pipeline, "b", day(2), day(20)).allowed);
    assert!(bare.ask(&pipeline, "b", day(3), day(20)).allowed);
}

#[test]
fn time_in_an_earlier_stage() {
    let pipeline = pipeline(
        "p:\n  object: opportunity\n  stages:\n    - {id: a}\n    - {id: b}\n\
         \x20   - {id: c, entry: [{id: x, after: {days: 5, in: a}}, {id: y, after: {days: 1}}]}\n\
         \x20   - {id: won, class: won}\n    - {id: lost, class: lost}\n  policy: {create: any, skip: allow}\n",
    );
    let mut deal = Deal::new("p");
    assert_eq!(codes(&deal.ask(&pipeline, "c", day(0), day(0))), ["stage.entry_unmet", "stage.entry_unmet"]);
    deal.must(&pipeline, "a", day(0));
    deal.must(&pipeline, "b", day(4));
    let rules = |at| -> Vec<String> {
        deal.ask(&pipeline, "c", at, at).violations.iter().map(|v| v.rule.to_string()).collect()
    };
    assert_eq!(rules(day(4)), ["p.c.entry.x", "p.c.entry.y"]);
    assert!(rules(day(5)).is_empty());
    // Going back to a starts its time again.
    deal.must(&pipeline, "a", day(6));
    deal.must(&pipeline, "b", day(7));
    let report = deal.ask(&pipeline, "c", day(9), day(9));
    assert_eq!(report.violations.len(), 1);
    assert_eq!(report.violations[0].rule, "p.c.entry.x");
}

#[test]
fn stage_age_is_a_variable() {
    let pipeline = with_exit("{id: x, check: stage_age_days >= 1.5}");
    let deal = in_a(&pipeline, Deal::new("p"));
    let half = day(1).plus(qudao_model::Span::from_micros(qudao_model::Span::DAY / 2));
    assert!(!deal.ask(&pipeline, "b", day(1), day(9)).allowed);
    let report = deal.ask(&pipeline, "b", half, day(9));
    assert!(report.allowed);
    assert_eq!(
        exit_entry(&report).inputs.get("stage_age_days").and_then(Value::as_decimal).unwrap().to_string(),
        "1.5"
    );
}

#[test]
fn what_cannot_be_computed_does_not_pass() {
    let pipeline = with_exit("{id: x, check: 'amount / int(name) > 1'}");
    let mut deal = in_a(&pipeline, Deal::new("p").with("amount", 5_i64).with("name", "0"));
    let report = deal.ask(&pipeline, "b", day(1), day(1));
    assert_eq!(codes(&report), ["stage.criterion_error"]);
    assert_eq!(exit_entry(&report).outcome, RuleOutcome::Unknown);
    deal.set("name", "2");
    assert!(deal.ask(&pipeline, "b", day(1), day(1)).allowed);
}

#[test]
fn a_table_that_was_not_given_is_an_error() {
    let pipeline = with_exit("{id: x, check: size(contacts) > 0}");
    let mut deal = in_a(&pipeline, Deal::new("p"));
    deal.data = qudao_model::Dataset::new();
    let from = stage("a");
    let to = stage("b");
    let error = pipeline
        .gate(&qudao_pipeline::GateRequest {
            record: &deal.record,
            before: Some(&deal.record),
            data: &deal.data,
            process: &deal.process,
            from: Some(&from),
            to: &to,
            visits: &deal.visits,
            operation: deal.operation,
            occurred_at: day(1),
            now: day(1),
            actor: &deal.actor,
            grants: &[],
            zone: ZONE,
            historical: false,
        })
        .unwrap_err();
    assert_eq!(error.code(), "expr.missing_table");
}

/// All failures are told, not the first.
#[test]
fn everything_that_is_wrong_at_once() {
    let pipeline = pipeline(
        "p:\n  object: opportunity\n  stages:\n\
         \x20   - {id: a, exit: [{id: x, check: amount > 0}, {id: y, checklist: done}]}\n    - {id: b}\n\
         \x20   - {id: won, class: won, entry: [{id: z, document: contract}], require: [actual_amount]}\n\
         \x20   - {id: lost, class: lost}\n",
    );
    let deal = in_a(&pipeline, Deal::new("p"));
    let report = deal.ask(&pipeline, "won", day(1), day(1));
    let rules: Vec<&str> = report.violations.iter().map(|v| v.rule.as_str()).collect();
    assert_eq!(
        rules,
        ["p.a.exit.x", "p.a.exit.y", "p.policy.skip", "p.won.entry.z", "p.won.require.actual_amount"]
    );
}
