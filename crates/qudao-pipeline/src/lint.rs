//! What is wrong with, or remarkable about, the shape of one process.

use std::collections::BTreeSet;

use qudao_expr::{Env, ExprType, Program};
use qudao_model::{Decimal, Lint, Param, Schema, StageClass};

use crate::compile::{STAGE_AGE, unknown_stage};
use crate::process::{Check, Criterion, Process, Stage};
use crate::spec::{BackwardPolicy, CreatePolicy, ProcessSpec, SkipPolicy};

/// At most so many pairs of criteria are compared for each gate.
const MAX_PAIRS: usize = 400;

/// Every lint about the shape of a process.
pub(crate) fn lint_process(process: &Process, spec: &ProcessSpec, schema: &Schema) -> Vec<Lint> {
    let path = format!("/processes/{}", process.id);
    let mut lints = Vec::new();
    classes(process, &path, &mut lints);
    probabilities(process, &path, &mut lints);
    policies(process, spec, &path, &mut lints);
    for stage in &process.stages {
        if stage.class.is_closed() && !stage.exit.is_empty() {
            let path = format!("{path}/stages/{}/exit", stage.order);
            lints.push(
                Lint::warning("process.exit_unused", path).param("stage", Param::Text(stage.label.clone())),
            );
        }
    }
    contradictions(process, schema, &path, &mut lints);
    unreachable(process, &path, &mut lints);
    lints
}

fn text(stage: &Stage) -> Param {
    Param::Text(stage.label.clone())
}

fn classes(process: &Process, path: &str, lints: &mut Vec<Lint>) {
    let has = |class| process.stages.iter().any(|s| s.class == class);
    let path = format!("{path}/stages");
    if !has(StageClass::Open) {
        lints.push(Lint::error("process.no_open_stage", path.clone()));
    }
    if !has(StageClass::Won) {
        lints.push(Lint::warning("process.no_won_stage", path.clone()));
    }
    if !has(StageClass::Lost) {
        lints.push(Lint::warning("process.no_lost_stage", path.clone()));
    }
    let closed = process.stages.iter().find(|s| s.class.is_closed());
    let open = closed.and_then(|c| process.open_between(c.order, None).next());
    if let (Some(closed), Some(open)) = (closed, open) {
        lints.push(
            Lint::warning("process.closed_before_open", format!("{path}/{}", closed.order))
                .param("stage", text(closed))
                .param("open", text(open)),
        );
    }
}

fn probabilities(process: &Process, path: &str, lints: &mut Vec<Lint>) {
    let mut highest = Decimal::ZERO;
    for stage in &process.stages {
        let Some(declared) = stage.probability else { continue };
        let path = format!("{path}/stages/{}/probability", stage.order);
        if stage.class.is_closed() {
            let expected = if stage.class == StageClass::Won { Decimal::ONE } else { Decimal::ZERO };
            if declared != expected {
                lints.push(
                    Lint::warning("process.probability_outcome", path)
                        .param("stage", text(stage))
                        .param("expected", expected),
                );
            }
            continue;
        }
        if declared < highest {
            lints.push(Lint::warning("process.probability_falls", path).param("stage", text(stage)));
        }
        highest = highest.max(declared);
    }
}

fn policies(process: &Process, spec: &ProcessSpec, path: &str, lints: &mut Vec<Lint>) {
    let path = format!("{path}/policy");
    if let Some(reopen) = spec.policy.reopen.allowed() {
        match process.stage(reopen.to.as_str()) {
            None => lints.push(unknown_stage(&reopen.to, spec, format!("{path}/reopen/to"))),
            Some(stage) if stage.class.is_closed() => lints.push(
                Lint::error("process.reopen_target", format!("{path}/reopen/to")).param("stage", text(stage)),
            ),
            Some(_) => {}
        }
        if reopen.roles.is_empty() {
            lints.push(Lint::warning("process.reopen_nobody", format!("{path}/reopen/roles")));
        }
    }
    let open = process.stages.iter().filter(|s| s.class == StageClass::Open).count();
    if spec.policy.create == CreatePolicy::Any && spec.policy.skip == SkipPolicy::Forbid && open > 1 {
        lints.push(Lint::warning("process.policy_contradiction", format!("{path}/create")));
    }
}

/// Pairs of required conditions of one gate that can never hold together, found by the analysis of the rule
/// language (choices and intervals).
fn contradictions(process: &Process, schema: &Schema, path: &str, lints: &mut Vec<Lint>) {
    let env = Env::record(schema, &process.object).with_var(STAGE_AGE, ExprType::Decimal);
    let mut seen = BTreeSet::new();
    let mut compare = |gate: Vec<(&Criterion, String)>| {
        let mut left = MAX_PAIRS;
        for (i, (a, _)) in gate.iter().enumerate() {
            for (b, b_path) in gate.iter().skip(i + 1) {
                if left == 0 {
                    return;
                }
                left -= 1;
                if seen.insert((a.rule.clone(), b.rule.clone())) && contradict(a, b, &env) {
                    lints.push(
                        Lint::warning("process.gate_contradictory", b_path.clone())
                            .param("criterion", a.id.as_str())
                            .param("other", b.id.as_str()),
                    );
                }
            }
        }
    };
    for stage in &process.stages {
        let numbered =
            |stage: &Stage, side: &str, i: usize| format!("{path}/stages/{}/{side}/{i}", stage.order);
        compare(stage.entry.iter().enumerate().map(|(i, c)| (c, numbered(stage, "entry", i))).collect());
        if stage.class.is_closed() {
            continue;
        }
        let exits = stage.exit.iter().enumerate().map(|(i, c)| (c, numbered(stage, "exit", i)));
        let won = process.stages.iter().find(|s| s.class == StageClass::Won);
        let next = process.open_between(stage.order, None).next().or(won);
        let entries = next
            .into_iter()
            .flat_map(|n| n.entry.iter().enumerate().map(move |(i, c)| (c, numbered(n, "entry", i))));
        compare(exits.chain(entries).collect());
    }
}

fn contradict(a: &Criterion, b: &Criterion, env: &Env<'_>) -> bool {
    let (Check::Condition(x), Check::Condition(y)) = (&a.check, &b.check) else { return false };
    if !a.required || !b.required || x.constant().is_some() || y.constant().is_some() {
        return false;
    }
    Program::condition(&format!("({}) && ({})", x.text(), y.text()), env)
        .is_ok_and(|both| both.constant() == Some(false))
}

/// Stages that no record can enter, following creation, forward moves, skips, moves back, closing and re-opening.
fn unreachable(process: &Process, path: &str, lints: &mut Vec<Lint>) {
    let enterable = |stage: &Stage| !stage.entry.iter().any(Criterion::is_never);
    let leavable = |stage: &Stage| !stage.exit.iter().any(Criterion::is_never);
    let policy = &process.policy;
    let first = process.first_stage().map(|s| s.order);
    let creates = |stage: &Stage| match policy.create {
        CreatePolicy::First => Some(stage.order) == first,
        CreatePolicy::Any => {
            policy.skip != SkipPolicy::Evaluate
                || process.stages.iter().filter(|s| is_before(s, stage)).all(leavable)
        }
    };
    let moves = |from: &Stage, to: &Stage| -> bool {
        if from.class.is_closed() {
            return policy.reopen.allowed().is_some_and(|r| r.to == to.id && !r.roles.is_empty());
        }
        match to.class {
            StageClass::Lost | StageClass::Cancelled => true,
            StageClass::Open if to.order < from.order => policy.backward != BackwardPolicy::Forbid,
            StageClass::Open | StageClass::Won => {
                let end = (to.class == StageClass::Open).then_some(to.order);
                let mut between = process.open_between(from.order, end);
                leavable(from)
                    && match policy.skip {
                        SkipPolicy::Forbid => between.next().is_none(),
                        SkipPolicy::Allow => true,
                        SkipPolicy::Evaluate => between.all(leavable),
                    }
            }
        }
    };
    let asks_entry = |from: &Stage, to: &Stage| {
        from.class.is_closed()
            || to.class.is_closed()
            || to.order > from.order
            || policy.backward == BackwardPolicy::Evaluate
    };
    let mut reached: BTreeSet<u32> =
        process.stages.iter().filter(|s| creates(s) && enterable(s)).map(|s| s.order).collect();
    loop {
        let more: Vec<u32> = process
            .stages
            .iter()
            .filter(|to| !reached.contains(&to.order))
            .filter(|to| {
                process
                    .stages
                    .iter()
                    .filter(|from| reached.contains(&from.order))
                    .any(|from| moves(from, to) && (enterable(to) || !asks_entry(from, to)))
            })
            .map(|to| to.order)
            .collect();
        if more.is_empty() {
            break;
        }
        reached.extend(more);
    }
    for stage in process.stages.iter().filter(|s| !reached.contains(&s.order)) {
        lints.push(
            Lint::warning("process.stage_unreachable", format!("{path}/stages/{}", stage.order))
                .param("stage", text(stage)),
        );
    }
}

/// The open stages whose exit criteria a record would have passed before it enters `stage`.
pub(crate) fn is_before(other: &Stage, stage: &Stage) -> bool {
    other.class == StageClass::Open
        && match stage.class {
            StageClass::Open => other.order < stage.order,
            StageClass::Won => true,
            StageClass::Lost | StageClass::Cancelled => false,
        }
}
