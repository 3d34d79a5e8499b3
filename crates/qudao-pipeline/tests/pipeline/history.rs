//! Histories from other systems.

use qudao_model::{Change, HistoryVisit, Instant, RuleOutcome, Violation, VisitCause};
use qudao_pipeline::{History, Pipeline};

use crate::support::*;

fn sale() -> Pipeline {
    pipeline(
        "p:\n  object: opportunity\n  stages:\n\
         \x20   - {id: a, exit: [{id: o, checklist: done}]}\n\
         \x20   - {id: b, entry: [{id: i, checklist: never}]}\n\
         \x20   - {id: won, class: won}\n\
         \x20   - {id: lost, class: lost}\n",
    )
}

fn at(id: &str, entered: Instant, left: Option<Instant>) -> HistoryVisit {
    HistoryVisit { stage: stage(id), entered, left, reason: None }
}

fn import(
    pipeline: &Pipeline,
    deal: &Deal,
    visits: &[HistoryVisit],
    now: Instant,
) -> Result<History, Vec<Violation>> {
    pipeline.history(&deal.process, &deal.record, visits, &deal.actor, now)
}

#[test]
fn any_stage_in_the_past() {
    let pipeline = sale();
    let mut deal = Deal::new("p");
    let past = [at("b", day(1), None), at("a", day(3), Some(day(4))), at("won", day(6), None)];
    let history = import(&pipeline, &deal, &past, day(9)).unwrap();
    for change in &history.changes {
        deal.change(change);
    }
    deal.patch(&history.patch);
    let stays: Vec<_> = deal.visits.iter().map(|v| (v.stage.as_str(), v.entered, v.left, v.cause)).collect();
    let past_cause = VisitCause::Historical;
    assert_eq!(
        stays,
        [
            ("b", day(1), Some(day(3)), past_cause),
            ("a", day(3), Some(day(4)), past_cause),
            ("won", day(6), None, past_cause)
        ]
    );
    assert!(deal.visits.iter().all(|v| v.recorded_at == day(9)));
    assert!(history.trace.iter().all(|t| t.outcome == RuleOutcome::Historical));
    assert_eq!(history.trace.len(), 3);
    assert_eq!(history.trace[1].evidence, ["exit criterion o not asked"]);
    assert_eq!(deal.record.get("outcome").as_text(), Some("won"));
    assert_eq!(deal.record.get("closed_at").as_instant(), Some(day(6)));
    assert_eq!(deal.record.get("stage").as_text(), Some("won"));
}

#[test]
fn an_open_history_goes_on_through_the_gate() {
    let pipeline = sale();
    let mut deal = Deal::new("p");
    let history = import(&pipeline, &deal, &[at("a", day(1), None)], day(9)).unwrap();
    history.changes.iter().for_each(|c| deal.change(c));
    deal.patch(&history.patch);
    assert_eq!(codes(&deal.go(&pipeline, "b", day(10))), ["stage.exit_unmet", "stage.entry_unmet"]);
    assert_eq!(
        codes(&deal.ask(&pipeline, "lost", day(0), day(10))),
        ["stage.time_order", "stage.loss_reason_required"]
    );
    deal.tick(&["done", "never"]);
    deal.must(&pipeline, "b", day(10));
    assert_eq!(deal.visits[0].left, Some(day(10)));
}

#[test]
fn every_finding_at_once() {
    let pipeline = sale();
    let deal = Deal::new("p");
    let bad = [
        at("a", day(5), Some(day(4))),
        at("x", day(5), None),
        at("b", day(2), None),
        at("won", day(20), Some(day(21))),
    ];
    let findings = import(&pipeline, &deal, &bad, day(9)).unwrap_err();
    let found: Vec<&str> = findings.iter().map(|v| v.code.as_ref()).collect();
    assert_eq!(
        found,
        [
            "stage.time_order",
            "stage.unknown",
            "stage.time_order",
            "stage.in_future",
            "stage.in_future",
            "stage.history_ended"
        ]
    );
    assert_eq!(
        findings[2].text(&"en".into()),
        "b would be entered at 2026-01-03T12:00:00Z, before 2026-01-06T12:00:00Z"
    );
    let codes = |r: Result<History, Vec<Violation>>| -> Vec<String> {
        r.unwrap_err().iter().map(|v| v.code.to_string()).collect()
    };
    assert_eq!(codes(import(&pipeline, &deal, &[], day(9))), ["stage.history_empty"]);
    let stranger = Deal::new("nowhere");
    assert_eq!(
        codes(import(&pipeline, &stranger, &[at("a", day(1), None)], day(9))),
        ["pipeline.unknown_process"]
    );
}

#[test]
fn stays_that_overlap_are_a_finding() {
    let pipeline = sale();
    let deal = Deal::new("p");
    let overlap = [at("a", day(1), Some(day(5))), at("b", day(4), None)];
    let findings = import(&pipeline, &deal, &overlap, day(9)).unwrap_err();
    assert_eq!(findings.len(), 1);
    assert_eq!(findings[0].code, "stage.time_order");
}

#[test]
fn a_loss_keeps_its_reason() {
    let pipeline = sale();
    let mut lost = at("lost", day(2), None);
    lost.reason = Some("price".into());
    let deal = Deal::new("p");
    let visits = [at("a", day(1), None), lost];
    let history = import(&pipeline, &deal, &visits, day(9)).unwrap();
    let reason = history.patch.set.iter().find(|(f, _)| *f == "loss_reason").map(|(_, v)| v.clone());
    assert_eq!(reason, Some("price".into()));
    let Some(Change::OpenVisit { visit }) = history.changes.last() else { panic!() };
    assert_eq!(visit.reason.as_deref(), Some("price"));

    // A reason on the record is the reason of its last closing; a loss without any is history, not a finding.
    let told = Deal::new("p").with("loss_reason", "no budget");
    let bare = [at("a", day(1), None), at("lost", day(2), None)];
    let history = import(&pipeline, &told, &bare, day(9)).unwrap();
    let Some(Change::OpenVisit { visit }) = history.changes.last() else { panic!() };
    assert_eq!(visit.reason.as_deref(), Some("no budget"));
    assert!(import(&pipeline, &Deal::new("p"), &bare, day(9)).is_ok());
}
