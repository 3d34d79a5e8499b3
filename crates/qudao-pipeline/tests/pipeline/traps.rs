//! Traps that other systems fall into, and that this one must not.

use qudao_model::{RuleOutcome, Value, VisitCause};
use qudao_pipeline::{Pipeline, stage_age};

use crate::support::*;

fn sale() -> Pipeline {
    pipeline(
        "p:\n  object: opportunity\n  stages:\n\
         \x20   - {id: a, exit: [{id: o, checklist: done}], sla_days: 3}\n\
         \x20   - {id: b}\n\
         \x20   - {id: won, class: won}\n\
         \x20   - {id: lost, class: lost}\n\
         \x20 policy: {reopen: {roles: [manager], to: b}}\n",
    )
}

/// "Close date not cleared or overwritten on re-open", "re-opening rewrites history".
#[test]
fn reopening_leaves_history_as_it_was() {
    let pipeline = sale();
    let mut deal = Deal::new("p");
    deal.must(&pipeline, "a", day(0));
    deal.set("loss_reason", "price");
    deal.must(&pipeline, "lost", day(4));
    assert_eq!(deal.record.get("closed_at").as_instant(), Some(day(4)));
    let closed = deal.visits.clone();

    assert_eq!(codes(&deal.go(&pipeline, "b", day(6))), ["stage.reopen_forbidden"]);
    deal.actor = actor(&["manager"]);
    deal.must(&pipeline, "b", day(6));
    assert_eq!(deal.record.get("closed_at"), &Value::Missing);
    assert_eq!(deal.record.get("outcome").as_text(), Some("open"));
    assert_eq!(deal.record.get("loss_reason"), &Value::Missing);
    assert_eq!(deal.visits[0], closed[0]);
    assert_eq!(deal.visits[1].reason.as_deref(), Some("price"));
    assert_eq!(deal.visits[1].entered, day(4));
    assert_eq!(deal.visits[1].left, Some(day(6)));
    assert_eq!(deal.visits[2].cause, VisitCause::Reopen);

    // The next loss needs a reason of its own, and both closings stay.
    assert_eq!(codes(&deal.go(&pipeline, "lost", day(7))), ["stage.loss_reason_required"]);
    deal.set("loss_reason", "no budget");
    deal.must(&pipeline, "lost", day(8));
    let closings: Vec<_> = deal
        .visits
        .iter()
        .filter(|v| v.class.is_closed())
        .map(|v| (v.entered, v.reason.as_deref().unwrap()))
        .collect();
    assert_eq!(closings, [(day(4), "price"), (day(8), "no budget")]);
    assert_eq!(deal.record.get("closed_at").as_instant(), Some(day(8)));
}

/// "First stage never counted", "lost deals removed from the funnel": each stay is a visit, the first one too.
#[test]
fn every_stay_is_a_visit() {
    let pipeline = sale();
    let mut deal = Deal::new("p").with("loss_reason", "price");
    deal.must(&pipeline, "a", day(0));
    deal.must(&pipeline, "lost", day(1));
    let stages: Vec<&str> = deal.visits.iter().map(|v| v.stage.as_str()).collect();
    assert_eq!(stages, ["a", "lost"]);
    assert_eq!(deal.visits[0].cause, VisitCause::Create);
    assert_eq!(deal.visits[1].cause, VisitCause::Close);
}

/// "Status and stage that disagree": a status whose choices are the stages follows the stage.
#[test]
fn status_follows_the_stage() {
    let pipeline = pipeline(
        "r:\n  object: registration\n  stages:\n\
         \x20   - {id: draft}\n    - {id: submitted}\n    - {id: approved, class: won}\n    - {id: rejected, class: lost}\n",
    );
    assert!(pipeline.owned_fields("registration").iter().any(|f| f == "status"));
    let schema = schema("{}");
    let mut deal = Deal::with_schema("r", &schema);
    deal.record = qudao_model::Record::new(
        schema.object("registration").unwrap().clone(),
        qudao_model::RecordId::new("r1").unwrap(),
    );
    deal.must(&pipeline, "draft", day(0));
    assert_eq!(deal.record.get("status").as_text(), Some("draft"));
    deal.must(&pipeline, "submitted", day(1));
    deal.must(&pipeline, "approved", day(2));
    assert_eq!(deal.record.get("status").as_text(), Some("approved"));
    assert_eq!(deal.record.get("outcome").as_text(), Some("won"));
    // Where the choices are not the stages, status means something else.
    assert!(!sale().owned_fields("opportunity").iter().any(|f| f == "status"));
}

/// "Closing always sets outcome, time and a reason": a reason of white space is none, on no path.
#[test]
fn a_loss_without_reason_is_refused_everywhere() {
    use qudao_model::Operation;
    let pipeline = sale();
    for operation in [Operation::Advance, Operation::Import, Operation::Merge, Operation::Sync] {
        for reason in [Value::Missing, Value::text(" ")] {
            let mut deal = Deal::new("p");
            deal.operation = operation;
            deal.must(&pipeline, "a", day(0));
            deal.set("loss_reason", reason);
            let report = deal.ask(&pipeline, "lost", day(1), day(1));
            assert_eq!(codes(&report), ["stage.loss_reason_required"]);
            assert_eq!(report.violations[0].text(&"zh-CN".into()), "lost：缺少 丢单原因");
        }
    }
}

/// History that was not asked is said to be so; it is no grant.
#[test]
fn the_past_is_not_a_grant() {
    let pipeline = sale();
    let mut deal = Deal::new("p");
    let report = deal.ask_as(&pipeline, "b", day(0), day(9), true);
    assert!(report.allowed);
    assert!(report.used_grants.is_empty());
    assert!(!report.trace.is_empty());
    assert!(report.trace.iter().all(|t| t.outcome == RuleOutcome::Historical));
    deal.apply(&report);
    assert_eq!(deal.visits[0].cause, VisitCause::Historical);
    // Time still goes forward.
    assert_eq!(codes(&deal.ask_as(&pipeline, "won", day(-1), day(9), true)), ["stage.time_order"]);
}

#[test]
fn ages() {
    let pipeline = sale();
    let mut deal = Deal::new("p");
    assert_eq!(stage_age(&deal.visits, day(1)), None);
    deal.must(&pipeline, "a", day(0));
    let half = day(2).plus(qudao_model::Span::from_micros(qudao_model::Span::DAY / 2));
    assert_eq!(stage_age(&deal.visits, half).unwrap().to_string(), "2.5");
    assert_eq!(stage_age(&deal.visits, day(-1)).unwrap().to_string(), "0");
    let clock = |now| pipeline.stage_clock(&deal.visits, now).unwrap();
    assert_eq!(clock(day(3)).sla_days, Some(3));
    assert!(!clock(day(3)).overdue);
    assert!(clock(day(4)).overdue);
}

/// Errors are for misuse; a wrong process is one, and carries no content of the record.
#[test]
fn misuse_is_an_error() {
    use qudao_pipeline::{GateRequest, PipelineError};
    let pipeline = sale();
    let deal = Deal::new("none");
    let to = stage("a");
    let request = GateRequest {
        record: &deal.record,
        before: None,
        data: &deal.data,
        process: &deal.process,
        from: None,
        to: &to,
        visits: &[],
        operation: deal.operation,
        occurred_at: day(0),
        now: day(0),
        actor: &deal.actor,
        grants: &[],
        zone: ZONE,
        historical: false,
    };
    let error = pipeline.gate(&request).unwrap_err();
    assert_eq!(error.code(), "pipeline.unknown_process");
    let schema = schema("{}");
    let lead = qudao_model::Record::new(
        schema.object("lead").unwrap().clone(),
        qudao_model::RecordId::new("l").unwrap(),
    );
    let p = process("p");
    let error = pipeline.gate(&GateRequest { record: &lead, process: &p, ..request }).unwrap_err();
    assert!(matches!(error, PipelineError::WrongObject { .. }));
    for code in ["pipeline.unknown_process", "pipeline.wrong_object"] {
        assert!(qudao_model::codes::lookup(code).is_some());
    }
}
