//! Conversion from stage to stage.

use qudao_metrics::{Basis, KpiQuery};
use qudao_model::Value;

use crate::closings::deals;
use crate::world::{World, excluded, ids, lines, metric, q1, q2, renewal};

fn funnel(kind: &str) -> KpiQuery {
    KpiQuery::of([metric(&format!("stage_conversion_{kind}"))])
}

#[test]
fn strict_any_and_imputed() {
    let w = deals();
    // a: qualified, proposal, won. b: qualified, lost. c: qualified, proposal, lost, proposal, negotiation, won.
    // d: cancelled. e: proposal, open. f: negotiation, won, negotiation, lost.
    // Strict:
    //   qualified→proposal: entered a b c; next higher stage proposal: a c. 2/3.
    //   proposal→negotiation: entered a c e; a went on to won (skipped), c to negotiation, e open. 1/3.
    //   negotiation→won: entered c f; both. 2/2.
    assert_eq!(
        lines(&w.report(&funnel("strict"))),
        [
            " | qualified→proposal = 0.666667 (n 3)",
            " | proposal→negotiation = 0.333333 (n 3)",
            " | negotiation→won = 1 (n 2)"
        ]
    );
    // Any order is the same here.
    assert_eq!(lines(&w.report(&funnel("any"))), lines(&w.report(&funnel("strict"))));
    // Imputed:
    //   qualified: reached by all five; proposal or later: a c e f. 4/5.
    //   proposal: a c e f; negotiation or later: a (won) c f. 3/4.
    //   negotiation: a c f; won: a c f. 3/3.
    assert_eq!(
        lines(&w.report(&funnel("imputed"))),
        [
            " | qualified→proposal = 0.8 (n 5)",
            " | proposal→negotiation = 0.75 (n 4)",
            " | negotiation→won = 1 (n 3)"
        ]
    );
}

#[test]
fn the_cohort_is_those_who_first_entered_in_the_window() {
    let w = deals();
    let rows = w.report(&KpiQuery { metrics: vec![metric("stage_conversion_strict")], ..q1() }).rows;
    // c entered proposal first on Feb 1, again on Apr 5: it counts once, in Q1, and its conversion in Q2 counts too.
    assert_eq!(ids(&rows[1].ids.denominator), ["a", "c", "e"]);
    assert_eq!(ids(&rows[1].ids.numerator), ["c"]);
    assert_eq!((rows[1].censored, ids(&rows[1].ids.censored)), (1, vec!["e"]));
    assert_eq!(excluded(&rows[0]), [("kpi.excluded.cancelled", 1)]);
    assert_eq!(rows[0].basis, Basis::Cohort);
    let rows = w.report(&KpiQuery { metrics: vec![metric("stage_conversion_strict")], ..q2() }).rows;
    // In Q2 only c entered a stage for the first time: negotiation.
    assert_eq!(
        lines(&qudao_metrics::KpiReport { rows }),
        [
            " | qualified→proposal = kpi.undefined.no_cases (n 0)",
            " | proposal→negotiation = kpi.undefined.no_cases (n 0)",
            " | negotiation→won = 1 (n 1)"
        ]
    );
}

#[test]
fn the_event_basis_is_those_decided_in_the_window() {
    let w = deals();
    let ask = |query: KpiQuery| {
        lines(&w.report(&KpiQuery {
            metrics: vec![metric("stage_conversion_strict")],
            ..query.basis(Basis::Event)
        }))
    };
    // Q1. qualified: a → proposal Jan 20, b lost Feb 20, c → proposal Feb 1. 2/3.
    // proposal: a → won Feb 10 (skipped), c lost Mar 1. 0/2. e is undecided.
    // negotiation: f → won Feb 25. 1/1.
    assert_eq!(
        ask(q1()),
        [
            " | qualified→proposal = 0.666667 (n 3)",
            " | proposal→negotiation = 0 (n 2)",
            " | negotiation→won = 1 (n 1)"
        ]
    );
    // Q2. proposal: c → negotiation Apr 20. 1/1: what was decided in Q1 stays there. negotiation: c → won May 1.
    assert_eq!(
        ask(q2()),
        [
            " | qualified→proposal = kpi.undefined.no_cases (n 0)",
            " | proposal→negotiation = 1 (n 1)",
            " | negotiation→won = 1 (n 1)"
        ]
    );
}

/// Traps: re-entry counted twice, first stage not counted, lost deals dropped.
#[test]
fn traps() {
    let mut w = World::new();
    // Back and forth: each stage counts once.
    w.path(
        "a",
        &[],
        &[
            ("qualified", "2024-01-01"),
            ("proposal", "2024-01-02"),
            ("qualified", "2024-01-03"),
            ("proposal", "2024-01-04"),
            ("won", "2024-01-05"),
        ],
    );
    // Lost in the first stage, never moved: in the denominator.
    w.path("b", &[], &[("qualified", "2024-01-01"), ("lost", "2024-01-02")]);
    // Created late, goes back: strict sees qualified → proposal; any too.
    w.path("c", &[], &[("proposal", "2024-01-01"), ("qualified", "2024-01-02"), ("lost", "2024-01-03")]);
    // Skips proposal, comes back to it.
    w.path(
        "d",
        &[],
        &[("qualified", "2024-01-01"), ("negotiation", "2024-01-02"), ("proposal", "2024-01-03")],
    );
    let first = |kind: &str| lines(&w.report(&funnel(kind))).swap_remove(0);
    // Strict: a yes, b no, c no (proposal came before), d no (negotiation was next). 1/4.
    assert_eq!(first("strict"), " | qualified→proposal = 0.25 (n 4)");
    // Any order: a, c, d visited both. 3/4.
    assert_eq!(first("any"), " | qualified→proposal = 0.75 (n 4)");
    // Imputed: all reached qualified or later; a, c, d reached proposal or later. 3/4.
    assert_eq!(first("imputed"), " | qualified→proposal = 0.75 (n 4)");
    // Strict, proposal: a won is no negotiation, c lost, d open and back from negotiation: negotiation came before.
    let rows = w.report(&funnel("strict")).rows;
    assert_eq!((rows[1].n, rows[1].numerator.unwrap().to_string(), rows[1].censored), (3, "0".to_owned(), 1));
}

#[test]
fn lost_imputes_nothing() {
    let mut w = World::new();
    w.path("a", &[], &[("qualified", "2024-01-01"), ("lost", "2024-01-02")]);
    let report = w.report(&funnel("imputed"));
    assert_eq!(lines(&report)[0], " | qualified→proposal = 0 (n 1)");
    assert_eq!(lines(&report)[1], " | proposal→negotiation = kpi.undefined.no_cases (n 0)");
}

#[test]
fn without_visits_conversion_is_undefined() {
    let mut w = World::new();
    w.deal("a", &[("outcome", "won".into())]);
    let report = w.report(&funnel("strict"));
    assert_eq!(lines(&report), [" | - = kpi.undefined.no_visits (n 0)"]);
    // Where some have visits, the others are excluded and counted.
    w.path("b", &[], &[("qualified", "2024-01-01"), ("proposal", "2024-01-02")]);
    let report = w.report(&funnel("strict"));
    assert_eq!(lines(&report)[0], " | qualified→proposal = 1 (n 1)");
    assert_eq!(excluded(&report.rows[0]), [("kpi.excluded.no_visits", 1)]);
    w.processes.clear();
    assert_eq!(lines(&w.report(&funnel("strict"))), [" | - = kpi.undefined.no_process (n 0)"]);
}

#[test]
fn each_process_has_its_own_funnel() {
    let mut w = World::new();
    w.processes.push(renewal());
    w.path("a", &[], &[("qualified", "2024-01-01"), ("proposal", "2024-01-05")]);
    w.path("b", &[], &[("offer", "2024-01-01"), ("signed", "2024-01-05")]);
    // c leaves the sale for a renewal before qualified is decided; d after.
    w.path("c", &[], &[("qualified", "2024-01-01"), ("offer", "2024-01-05"), ("ended", "2024-01-06")]);
    w.path("d", &[], &[("qualified", "2024-01-01"), ("proposal", "2024-01-03"), ("offer", "2024-01-05")]);
    let report = w.report(&funnel("strict"));
    let process: Vec<_> = report.rows.iter().map(|r| r.process.as_ref().unwrap().as_str()).collect();
    assert_eq!(process, ["renewal", "sale", "sale", "sale"]);
    // offer: b signed, c ended, d open. 1/3.
    assert_eq!(lines(&report)[0], " | offer→signed = 0.333333 (n 3)");
    assert_eq!(report.rows[0].censored, 1);
    // qualified: a and d went on; c left undecided.
    assert_eq!(lines(&report)[1], " | qualified→proposal = 1 (n 2)");
    assert_eq!(excluded(&report.rows[1]), [("kpi.excluded.process_changed", 1)]);
    // proposal: a open, d left undecided.
    assert_eq!(excluded(&report.rows[2]), [("kpi.excluded.process_changed", 1)]);
}

#[test]
fn a_stage_that_the_process_no_longer_has_is_said() {
    let mut w = World::new();
    w.path("a", &[], &[("qualified", "2024-01-01"), ("proposal", "2024-01-02")]);
    w.path("b", &[], &[("qualified", "2024-01-01"), ("negotiation", "2024-01-02")]);
    w.processes[0].stages.retain(|s| s.id != *"negotiation");
    let report = w.report(&funnel("strict"));
    assert_eq!(lines(&report), [" | qualified→proposal = 1 (n 1)", " | proposal→won = 0 (n 1)"]);
    assert_eq!(excluded(&report.rows[0]), [("kpi.excluded.unknown_stage", 1)]);
}

#[test]
fn the_definition_hash_covers_the_stages() {
    let mut w = deals();
    let hash = |w: &World| w.report(&funnel("strict")).rows[0].definition_hash.clone();
    let before = hash(&w);
    assert_eq!(before, hash(&w));
    w.processes[0].stages[1].order = 9;
    let after = hash(&w);
    assert_ne!(before, after);
    // Deals, windows and groups do not change a definition.
    let mut other = deals();
    other.deal("z", &[("partner", Value::text("p9"))]);
    assert_eq!(before, hash(&other));
}
