//! Every policy × direction: the kind of the move, the rules asked, and what blocks.

use qudao_model::{RuleOutcome, Severity};
use qudao_pipeline::Pipeline;

use crate::support::*;

/// Three open stages, each closing class once; every stage has a required entry and exit criterion that is met by
/// ticking its item.
pub(crate) fn staged(policy: &str) -> Pipeline {
    let open = |id: &str| {
        format!(
            "    - {{id: {id}, entry: [{{id: i, checklist: in_{id}}}], exit: [{{id: o, checklist: out_{id}}}]}}\n"
        )
    };
    let closed = |id: &str, class: &str| {
        format!("    - {{id: {id}, class: {class}, entry: [{{id: i, checklist: in_{id}}}]}}\n")
    };
    pipeline(&format!(
        "p:\n  object: opportunity\n  stages:\n{}{}{}{}{}{}  policy: {policy}\n",
        open("a"),
        open("b"),
        open("c"),
        closed("won", "won"),
        closed("lost", "lost"),
        closed("void", "cancelled"),
    ))
}

/// Puts a deal into a stage by its history, which asks nothing.
fn deal_in(pipeline: &Pipeline, stage: &str) -> Deal {
    let mut deal = Deal::new("p");
    if stage != "-" {
        let report = deal.ask_as(pipeline, stage, day(0), day(0), true);
        assert!(report.allowed, "{:?}", codes(&report));
        deal.apply(&report);
    }
    deal
}

/// policy | from → to | direction | rules asked and not met | code of the policy finding
const TABLE: &str = "
{}                       | - → a     | create   | a.entry.i                                      |
{}                       | - → b     | create   | policy.create b.entry.i                        | stage.create_forbidden
{}                       | - → won   | create   | policy.create won.entry.i                      | stage.create_forbidden
{}                       | - → lost  | create   | policy.create lost.entry.i lost.require.loss_reason | stage.create_forbidden
{create: any}            | - → c     | create   | c.entry.i                                      |
{create: any, skip: allow}    | - → c | create  | c.entry.i                                      |
{create: any, skip: evaluate} | - → c | create  | a.exit.o b.exit.o c.entry.i                    |
{create: any, skip: evaluate} | - → won | create | a.exit.o b.exit.o c.exit.o won.entry.i        |
{create: any, skip: evaluate} | - → lost | create | lost.entry.i lost.require.loss_reason        |
{create: any, skip: evaluate} | - → a | create  | a.entry.i                                      |
{}                       | a → b     | forward  | a.exit.o b.entry.i                             |
{}                       | b → c     | forward  | b.exit.o c.entry.i                             |
{}                       | c → won   | forward  | c.exit.o won.entry.i                           |
{}                       | a → c     | skip     | a.exit.o policy.skip c.entry.i                 | stage.skip_forbidden
{}                       | a → won   | skip     | a.exit.o policy.skip won.entry.i               | stage.skip_forbidden
{}                       | b → won   | skip     | b.exit.o policy.skip won.entry.i               | stage.skip_forbidden
{skip: allow}            | a → c     | skip     | a.exit.o c.entry.i                             |
{skip: allow}            | a → won   | skip     | a.exit.o won.entry.i                           |
{skip: evaluate}         | a → c     | skip     | a.exit.o b.exit.o c.entry.i                    |
{skip: evaluate}         | a → won   | skip     | a.exit.o b.exit.o c.exit.o won.entry.i         |
{}                       | c → a     | backward | a.entry.i                                      |
{backward: evaluate}     | c → b     | backward | b.entry.i                                      |
{backward: allow}        | c → b     | backward |                                                |
{backward: allow}        | c → a     | backward |                                                |
{backward: forbid}       | c → b     | backward | policy.backward b.entry.i                      | stage.backward_forbidden
{skip: forbid}           | a → lost  | close    | lost.entry.i lost.require.loss_reason          |
{skip: evaluate}         | b → lost  | close    | lost.entry.i lost.require.loss_reason          |
{loss_reason: optional}  | b → lost  | close    | lost.entry.i                                   |
{backward: forbid}       | c → void  | close    | void.entry.i                                   |
{}                       | won → a   | reopen   | policy.reopen a.entry.i                        | stage.reopen_forbidden
{reopen: {roles: [seller], to: b}}  | won → b  | reopen | b.entry.i                               |
{reopen: {roles: [seller], to: b}}  | lost → b | reopen | b.entry.i                               |
{reopen: {roles: [seller], to: b}}  | void → b | reopen | b.entry.i                               |
{reopen: {roles: [seller], to: b}}  | won → a  | reopen | policy.reopen a.entry.i                 | stage.reopen_target
{reopen: {roles: [manager], to: b}} | won → b  | reopen | policy.reopen b.entry.i                 | stage.reopen_forbidden
{reopen: {roles: [seller], to: b}}  | won → lost | close | lost.entry.i lost.require.loss_reason  | stage.closed
{reopen: {roles: [seller], to: b}}  | lost → won | close | won.entry.i                            | stage.closed
";

struct Row<'a> {
    policy: &'a str,
    from: &'a str,
    to: &'a str,
    direction: &'a str,
    asked: Vec<String>,
    code: &'a str,
}

fn rows() -> Vec<Row<'static>> {
    TABLE
        .lines()
        .filter(|l| !l.trim().is_empty())
        .map(|line| {
            let cells: Vec<&str> = line.split('|').map(str::trim).collect();
            let (from, to) = cells[1].split_once(" → ").unwrap();
            Row {
                policy: cells[0],
                from,
                to,
                direction: cells[2],
                asked: cells[3].split_whitespace().map(|r| format!("p.{r}")).collect(),
                code: cells[4],
            }
        })
        .collect()
}

#[test]
fn every_policy_and_direction() {
    assert!(rows().len() > 30);
    for row in rows() {
        let name = format!("{} {} → {}", row.policy, row.from, row.to);
        let pipeline = staged(row.policy);
        let deal = deal_in(&pipeline, row.from);
        let report = deal.ask(&pipeline, row.to, day(1), day(1));
        let failed: Vec<String> = report
            .trace
            .iter()
            .filter(|t| t.outcome == RuleOutcome::Failed)
            .map(|t| t.rule.to_string())
            .collect();
        assert_eq!(report.direction.as_str(), row.direction, "{name}");
        assert_eq!(failed, row.asked, "{name}");
        let mut expected: Vec<&str> = row.asked.iter().map(String::as_str).collect();
        // A closed record is a state, not a rule that a trace or a grant could name.
        if row.code == "stage.closed" {
            expected.insert(0, if row.to == "lost" { "p.lost" } else { "p.won" });
        }
        let found: Vec<&str> = report.violations.iter().map(|v| v.rule.as_str()).collect();
        assert_eq!(found, expected, "{name}");
        if row.code.is_empty() {
            let policy = report.violations.iter().find(|v| v.code.ends_with("_forbidden"));
            assert!(policy.is_none(), "{name}: {policy:?}");
        } else {
            assert!(codes(&report).iter().any(|c| c == row.code), "{name}: {:?}", codes(&report));
        }
        assert_eq!(report.allowed, row.asked.is_empty(), "{name}");
        if !report.allowed {
            assert!(report.changes.is_empty() && report.patch.is_empty(), "{name}");
        }
    }
}

/// With everything met, exactly the rows without a policy finding pass.
#[test]
fn what_is_met_passes() {
    for row in rows() {
        let name = format!("{} {} → {}", row.policy, row.from, row.to);
        let pipeline = staged(row.policy);
        let mut deal = deal_in(&pipeline, row.from);
        let items = ["a", "b", "c", "won", "lost", "void"].map(|s| [format!("in_{s}"), format!("out_{s}")]);
        let items: Vec<&str> = items.iter().flatten().map(String::as_str).collect();
        deal.tick(&items);
        deal.set("loss_reason", "price");
        let report = deal.go(&pipeline, row.to, day(1));
        assert_eq!(report.allowed, row.code.is_empty(), "{name}: {:?}", codes(&report));
        assert!(report.used_grants.is_empty(), "{name}");
        if report.allowed {
            assert_eq!(deal.stage().unwrap(), row.to, "{name}");
            assert_eq!(deal.visits.last().unwrap().stage, row.to, "{name}");
        } else {
            assert_eq!(codes(&report), [row.code], "{name}");
        }
    }
}

/// Each unmet rule by itself keeps the gate shut, and a grant of exactly that rule opens it again; but nobody is
/// granted a loss without a reason, or a move out of a closed stage into another.
#[test]
fn a_grant_passes_one_rule() {
    for row in rows() {
        let name = format!("{} {} → {}", row.policy, row.from, row.to);
        let pipeline = staged(row.policy);
        let mut deal = deal_in(&pipeline, row.from);
        for (given, rule) in row.asked.iter().enumerate() {
            let report = deal.ask(&pipeline, row.to, day(1), day(1));
            assert!(!report.allowed, "{name} before {rule}");
            assert_eq!(report.used_grants.len(), given, "{name} before {rule}");
            deal.grant(rule);
        }
        let report = deal.ask(&pipeline, row.to, day(1), day(1));
        let stuck: Vec<String> = codes(&report);
        if row.asked.iter().any(|r| r.ends_with("lost.require.loss_reason")) || row.code == "stage.closed" {
            assert!(!report.allowed, "{name}");
            assert!(
                stuck.iter().all(|c| c == "stage.loss_reason_required" || c == "stage.closed"),
                "{name}: {stuck:?}"
            );
        } else {
            assert!(report.allowed, "{name}: {stuck:?}");
            assert_eq!(report.used_grants.len(), row.asked.len(), "{name}");
            let granted = report.trace.iter().filter(|t| t.outcome == RuleOutcome::Granted).count();
            assert_eq!(granted, row.asked.len(), "{name}");
        }
    }
}

#[test]
fn a_grant_of_another_record_actor_rule_or_time_does_not_help() {
    let pipeline = staged("{}");
    let mut deal = deal_in(&pipeline, "a");
    deal.tick(&["in_b"]);
    deal.grant("p.a.exit.o");
    assert!(deal.ask(&pipeline, "b", day(1), day(1)).allowed);
    let good = deal.grants[0].clone();

    let mut other = good.clone();
    other.record.id = qudao_model::RecordId::new("o2").unwrap();
    let mut somebody = good.clone();
    somebody.granted_to = Some(qudao_model::ActorId::new("u9").unwrap());
    let mut rule = good.clone();
    rule.rule = qudao_model::RuleId::new("p.b.exit.o").unwrap();
    let mut expired = good.clone();
    expired.expires_at = Some(day(1));
    for grant in [other, somebody, rule, expired] {
        deal.grants = vec![grant.clone()];
        let report = deal.ask(&pipeline, "b", day(1), day(1));
        assert!(!report.allowed, "{grant:?}");
        assert_eq!(codes(&report), ["stage.exit_unmet"]);
    }

    let mut mine = good;
    mine.granted_to = Some(deal.actor.id.clone());
    mine.expires_at = Some(day(2));
    deal.grants = vec![mine];
    let report = deal.go(&pipeline, "b", day(1));
    assert!(report.allowed);
    assert!(matches!(
        report.changes.first(),
        Some(qudao_model::Change::UseGrant { grant, rule, .. }) if grant == "g0" && *rule == "p.a.exit.o"
    ));
}

/// An administrator is asked like everybody else, on every path.
#[test]
fn nobody_and_no_path_is_exempt() {
    use qudao_model::Operation;
    let pipeline = staged("{}");
    let mut deal = deal_in(&pipeline, "a");
    deal.actor = actor(&["administrator", "manager"]);
    let paths = [
        Operation::Insert,
        Operation::Update,
        Operation::Import,
        Operation::Merge,
        Operation::Convert,
        Operation::Advance,
        Operation::Sync,
    ];
    let reports: Vec<_> = paths
        .iter()
        .map(|path| {
            deal.operation = *path;
            deal.ask(&pipeline, "b", day(1), day(1))
        })
        .collect();
    for report in &reports {
        assert!(!report.allowed);
        assert_eq!(report, &reports[0]);
    }
}

#[test]
fn staying_is_a_finding_without_effect() {
    let pipeline = staged("{}");
    let deal = deal_in(&pipeline, "b");
    let report = deal.ask(&pipeline, "b", day(1), day(1));
    assert!(report.allowed);
    assert_eq!(codes(&report), ["stage.unchanged"]);
    assert_eq!(report.violations[0].severity, Severity::Warning);
    assert!(report.changes.is_empty() && report.patch.is_empty() && report.trace.is_empty());
    assert_eq!(report.direction, qudao_pipeline::Direction::None);
}

#[test]
fn an_unknown_stage_is_a_finding() {
    let pipeline = staged("{}");
    let deal = deal_in(&pipeline, "b");
    let report = deal.ask(&pipeline, "z", day(1), day(1));
    assert_eq!(codes(&report), ["stage.unknown"]);
    assert!(!report.allowed);
    let text = report.violations[0].fix(&"en".into()).unwrap();
    assert_eq!(text, "choose one of: a, b, c, won, lost, void");
}

#[test]
fn times() {
    let pipeline = staged("{backward: allow}");
    let deal = {
        let mut deal = deal_in(&pipeline, "a");
        deal.tick(&["out_a", "in_b"]);
        deal.must(&pipeline, "b", day(5));
        deal
    };
    // (occurred, now, codes)
    let cases: [(i64, i64, &[&str]); 5] =
        [(6, 9, &[]), (5, 9, &[]), (4, 9, &["stage.time_order"]), (9, 9, &[]), (10, 9, &["stage.in_future"])];
    for (occurred, now, expected) in cases {
        let report = deal.ask(&pipeline, "a", day(occurred), day(now));
        assert_eq!(codes(&report), expected, "{occurred} {now}");
        assert_eq!(report.allowed, expected.is_empty());
    }
    let late = deal.ask(&pipeline, "a", day(6), day(9));
    let Some(qudao_model::Change::OpenVisit { visit }) = late.changes.last() else { panic!() };
    assert_eq!((visit.entered, visit.recorded_at), (day(6), day(9)));
    assert_eq!(
        late.patch.set[&qudao_model::FieldName::new("stage_entered_at").unwrap()].as_instant(),
        Some(day(6))
    );
}

#[test]
fn the_request_must_agree_with_the_visits() {
    let pipeline = staged("{backward: allow}");
    let mut deal = deal_in(&pipeline, "b");
    deal.set("stage", "c");
    let report = deal.ask(&pipeline, "a", day(1), day(1));
    assert_eq!(codes(&report), ["stage.visit_mismatch"]);
    assert!(!report.allowed);
}

#[test]
fn a_record_stays_in_its_process() {
    let two = pipeline(
        "p: {object: opportunity, default: true, stages: [{id: a}, {id: b}, {id: won, class: won}, {id: lost, class: lost}]}\n\
         q: {object: opportunity, when: \"name == 'x'\", stages: [{id: a}, {id: b}, {id: won, class: won}, {id: lost, class: lost}]}\n",
    );
    let mut deal = Deal::new("p");
    deal.must(&two, "a", day(0));
    deal.process = process("q");
    let report = deal.ask(&two, "b", day(1), day(1));
    assert_eq!(codes(&report), ["process.mismatch"]);
    assert!(!report.allowed);
    // Without visits the record itself tells.
    deal.visits.clear();
    assert_eq!(codes(&deal.ask(&two, "b", day(1), day(1))), ["process.mismatch"]);
}

#[test]
fn a_stage_that_the_process_no_longer_has() {
    let before = staged("{}");
    let deal = deal_in(&before, "b");
    let after = pipeline(
        "p: {object: opportunity, stages: [{id: a}, {id: c}, {id: won, class: won}, {id: lost, class: lost}]}",
    );
    let report = deal.ask(&after, "c", day(1), day(1));
    assert_eq!(codes(&report), ["process.version_changed", "stage.left_unknown"]);
    assert!(!report.allowed);
    // It can always be lost.
    let mut deal = deal.with("loss_reason", "gone");
    let report = deal.go(&after, "lost", day(1));
    assert!(report.allowed, "{:?}", codes(&report));
    assert_eq!(codes(&report), ["process.version_changed"]);
    assert_eq!(deal.record.get("outcome").as_text(), Some("lost"));
}

#[test]
fn words_do_not_make_a_new_version() {
    let plain = pipeline(
        "p: {object: opportunity, stages: [{id: a, probability: 0.2}, {id: won, class: won}, {id: lost, class: lost}]}",
    );
    let worded = pipeline(
        "p: {object: opportunity, label: P, stages: [{id: a, label: {en: A, zh-CN: 甲}, tip: t, probability: 0.2}, {id: won, class: won}, {id: lost, class: lost}]}",
    );
    let other = pipeline(
        "p: {object: opportunity, stages: [{id: a, probability: 0.3}, {id: won, class: won}, {id: lost, class: lost}]}",
    );
    let version = |p: &Pipeline| p.process("p").unwrap().version().clone();
    assert_eq!(version(&plain), version(&worded));
    assert_ne!(version(&plain), version(&other));
}
