//! Random sequences of moves against an oracle written apart from the gate.

use proptest::prelude::*;
use qudao_model::{Severity, Visit};

use crate::policies::staged;
use crate::support::*;

const STAGES: [&str; 6] = ["a", "b", "c", "won", "lost", "void"];
const OPEN: usize = 3;
const WON: usize = 3;
const LOST: usize = 4;

#[derive(Debug, Clone, Copy)]
struct Policy {
    create_any: bool,
    /// 0 forbid, 1 allow, 2 evaluate.
    skip: u8,
    backward: u8,
    reopen: Option<usize>,
    reason: bool,
}

impl Policy {
    fn text(self) -> String {
        let word = |n: u8| ["forbid", "allow", "evaluate"][usize::from(n)];
        let reopen =
            self.reopen.map_or("forbid".to_owned(), |to| format!("{{roles: [seller], to: {}}}", STAGES[to]));
        format!(
            "{{create: {}, skip: {}, backward: {}, reopen: {reopen}, loss_reason: {}}}",
            if self.create_any { "any" } else { "first" },
            word(self.skip),
            word(self.backward),
            if self.reason { "required" } else { "optional" }
        )
    }
}

/// The rules that a move needs, or `None` where no rule can allow it. A rule written `!policy.x` is never met by a
/// record: only a grant passes it.
fn needed(policy: Policy, from: Option<usize>, to: usize) -> Option<Vec<String>> {
    let entry = |k: usize| format!("p.{}.entry.i", STAGES[k]);
    let exit = |k: usize| format!("p.{}.exit.o", STAGES[k]);
    let mut rules = Vec::new();
    match from {
        None => {
            if to != 0 && !policy.create_any {
                rules.push("!p.policy.create".to_owned());
            }
            if policy.skip == 2 && to <= WON {
                rules.extend((0..to.min(OPEN)).map(exit));
            }
            rules.push(entry(to));
        }
        Some(from) if from < OPEN && to <= WON && to > from => {
            rules.push(exit(from));
            if to - from > 1 {
                match policy.skip {
                    0 => rules.push("!p.policy.skip".to_owned()),
                    1 => {}
                    _ => rules.extend((from + 1..to).map(exit)),
                }
            }
            rules.push(entry(to));
        }
        Some(from) if from < OPEN && to < from => {
            if policy.backward == 0 {
                rules.push("!p.policy.backward".to_owned());
            }
            if policy.backward != 1 {
                rules.push(entry(to));
            }
        }
        Some(from) if from < OPEN => rules.push(entry(to)),
        Some(_) if to >= WON => return None,
        Some(_) => {
            if policy.reopen != Some(to) {
                rules.push("!p.policy.reopen".to_owned());
            }
            rules.push(entry(to));
        }
    }
    if to == LOST && policy.reason {
        rules.push("reason".to_owned());
    }
    Some(rules)
}

#[derive(Debug, Clone)]
struct Move {
    to: usize,
    ticked: u16,
    reason: bool,
    granted: u32,
    later: i64,
    historical: bool,
}

fn policy() -> impl Strategy<Value = Policy> {
    (any::<bool>(), 0..3_u8, 0..3_u8, proptest::option::of(0..OPEN), any::<bool>()).prop_map(
        |(create_any, skip, backward, reopen, reason)| Policy { create_any, skip, backward, reopen, reason },
    )
}

fn moves() -> impl Strategy<Value = Vec<Move>> {
    // Mostly ticked, so that sequences get far.
    let ticked = prop_oneof![3 => Just(0x0fff_u16), 2 => any::<u16>()];
    let granted = prop_oneof![3 => Just(0_u32), 1 => any::<u32>()];
    let one = (0..STAGES.len(), ticked, any::<bool>(), granted, -1..4_i64, prop::bool::weighted(0.05))
        .prop_map(|(to, ticked, reason, granted, later, historical)| Move {
            to,
            ticked,
            reason,
            granted,
            later,
            historical,
        });
    proptest::collection::vec(one, 1..14)
}

/// Every rule that a grant could name in this process.
fn grantable() -> Vec<String> {
    let mut rules: Vec<String> =
        ["create", "skip", "backward", "reopen"].iter().map(|p| format!("p.policy.{p}")).collect();
    for (k, id) in STAGES.iter().enumerate() {
        rules.push(format!("p.{id}.entry.i"));
        if k < OPEN {
            rules.push(format!("p.{id}.exit.o"));
        }
    }
    // Nobody is granted a loss without a reason: giving it must not help.
    rules.push("p.lost.require.loss_reason".to_owned());
    rules
}

fn check_visits(visits: &[Visit]) -> Result<(), TestCaseError> {
    for pair in visits.windows(2) {
        let left = pair[0].left;
        prop_assert!(left.is_some(), "an earlier visit is still open");
        prop_assert!(pair[0].entered <= left.unwrap() && left.unwrap() <= pair[1].entered, "visits overlap");
        prop_assert_eq!(pair[0].seq + 1, pair[1].seq);
        prop_assert_ne!(&pair[0].stage, &pair[1].stage);
    }
    if let Some(last) = visits.last() {
        prop_assert_eq!(last.left, None);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn no_stage_without_its_criteria(policy in policy(), moves in moves()) {
        let pipeline = staged(&policy.text());
        let mut deal = Deal::new("p");
        let grantable = grantable();
        let mut time = 0;
        for step in moves {
            let items: Vec<String> = STAGES
                .iter()
                .flat_map(|s| [format!("in_{s}"), format!("out_{s}")])
                .enumerate()
                .filter_map(|(i, item)| (step.ticked & (1 << i) != 0).then_some(item))
                .collect();
            deal.tick(&items.iter().map(String::as_str).collect::<Vec<_>>());
            let reason = if step.reason { qudao_model::Value::text("price") } else { qudao_model::Value::Missing };
            deal.set("loss_reason", reason);
            deal.grants.clear();
            for (i, rule) in grantable.iter().enumerate() {
                if step.granted & (1 << i) != 0 {
                    deal.grant(rule);
                }
            }
            let from = deal.stage().map(|s| STAGES.iter().position(|x| s == *x).unwrap());
            let at = day(time + step.later);
            let before = deal.clone();
            let report = deal.ask_as(&pipeline, STAGES[step.to], at, day(1000), step.historical);

            let met = |rule: &str| -> bool {
                if rule == "reason" {
                    return step.reason;
                }
                let name = rule.trim_start_matches('!');
                if deal.grants.iter().any(|g| g.rule == *name) {
                    return true;
                }
                let parts: Vec<&str> = name.split('.').collect();
                match parts.as_slice() {
                    ["p", stage, "entry", "i"] => items.contains(&format!("in_{stage}")),
                    ["p", stage, "exit", "o"] => items.contains(&format!("out_{stage}")),
                    _ => false,
                }
            };
            let in_order = deal.visits.last().is_none_or(|v| at >= v.entered);
            let moves_on = from != Some(step.to);
            let expected = !moves_on || in_order && (step.historical
                || needed(policy, from, step.to).is_some_and(|rules| rules.iter().all(|r| met(r))));
            prop_assert_eq!(report.allowed, expected, "{:?} {:?} {:?}", policy, from, codes(&report));
            let blocks = report.violations.iter().any(|v| v.severity == Severity::Error);
            prop_assert_eq!(report.allowed, !blocks);
            for used in &report.used_grants {
                prop_assert!(deal.grants.iter().any(|g| g.id == used.grant && g.rule == used.rule));
            }

            deal.apply(&report);
            if !(report.allowed && moves_on) {
                prop_assert_eq!(&deal.record, &before.record);
                prop_assert_eq!(&deal.visits, &before.visits);
                continue;
            }
            time += step.later;

            // Visits are appended; the old ones keep everything but the moment of leaving.
            prop_assert_eq!(deal.visits.len(), before.visits.len() + 1);
            for (i, old) in before.visits.iter().enumerate() {
                let mut now = deal.visits[i].clone();
                if old.left.is_none() {
                    now.left = None;
                    now.left_recorded_at = None;
                }
                prop_assert_eq!(&now, old);
            }
            check_visits(&deal.visits)?;

            // Stage, outcome, closing time and visit agree.
            let visit = deal.visits.last().unwrap();
            let stage = pipeline.process("p").unwrap().stage(STAGES[step.to]).unwrap();
            prop_assert_eq!(visit.class, stage.class());
            prop_assert_eq!(deal.record.get("stage").as_text(), Some(STAGES[step.to]));
            prop_assert_eq!(deal.record.get("outcome").as_text(), Some(stage.class().as_str()));
            prop_assert_eq!(deal.record.get("closed_at").as_instant(), stage.class().is_closed().then_some(at));
            prop_assert_eq!(deal.record.get("stage_entered_at").as_instant(), Some(at));
            if step.to == LOST && policy.reason && !step.historical {
                prop_assert!(visit.reason.is_some());
            }
        }
    }

    /// The steps offered are exactly the moves that the gate would judge, with the same findings.
    #[test]
    fn next_steps_agree_with_the_gate(policy in policy(), start in 0..STAGES.len(), ticked in any::<u16>()) {
        let pipeline = staged(&policy.text());
        let mut deal = Deal::new("p");
        let report = deal.ask_as(&pipeline, STAGES[start], day(0), day(0), true);
        deal.apply(&report);
        let items: Vec<String> = STAGES
            .iter()
            .flat_map(|s| [format!("in_{s}"), format!("out_{s}")])
            .enumerate()
            .filter_map(|(i, item)| (ticked & (1 << i) != 0).then_some(item))
            .collect();
        deal.tick(&items.iter().map(String::as_str).collect::<Vec<_>>());
        let steps = deal.steps(&pipeline, day(3));
        for (k, id) in STAGES.iter().enumerate() {
            let step = steps.iter().find(|s| s.stage == *id);
            let possible = k != start && needed(policy, Some(start), k)
                .is_some_and(|rules| rules.iter().all(|r| !r.starts_with('!')));
            prop_assert_eq!(step.is_some(), possible, "{} → {}", STAGES[start], id);
            if let Some(step) = step {
                let report = deal.ask(&pipeline, id, day(3), day(3));
                prop_assert_eq!(step.allowed, report.allowed);
                prop_assert_eq!(&step.missing, &report.violations);
                prop_assert_eq!(step.missing.is_empty(), step.allowed);
            }
        }
    }

    /// Any history either is refused with findings or gives visits in order that end in the record's stage.
    #[test]
    fn histories_are_in_order_or_refused(
        stays in proptest::collection::vec((0..7_usize, -2..12_i64, proptest::option::of(-2..12_i64)), 0..6)
    ) {
        let pipeline = staged("{}");
        let mut deal = Deal::new("p");
        let visits: Vec<_> = stays
            .iter()
            .map(|(k, entered, left)| qudao_model::HistoryVisit {
                stage: stage(STAGES.get(*k).copied().unwrap_or("nowhere")),
                entered: day(*entered),
                left: left.map(day),
                reason: None,
            })
            .collect();
        match pipeline.history(&deal.process, &deal.record, &visits, &deal.actor, day(10)) {
            Err(findings) => prop_assert!(!findings.is_empty()),
            Ok(history) => {
                history.changes.iter().for_each(|c| deal.change(c));
                deal.patch(&history.patch);
                prop_assert_eq!(deal.visits.len(), visits.len());
                for pair in deal.visits.windows(2) {
                    prop_assert!(pair[0].left.is_some_and(|l| pair[0].entered <= l && l <= pair[1].entered));
                }
                let last = deal.visits.last().unwrap();
                prop_assert!(last.left.is_none() && last.entered <= day(10));
                prop_assert_eq!(deal.record.get("stage").as_text(), Some(last.stage.as_str()));
                prop_assert_eq!(deal.record.get("outcome").as_text(), Some(last.class.as_str()));
            }
        }
    }
}
