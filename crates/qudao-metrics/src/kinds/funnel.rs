//! Conversion from stage to stage.

use std::collections::BTreeMap;

use qudao_model::{Instant, StageClass};

use super::Context;
use crate::cases::{Case, at};
use crate::cells::{Cells, Gathered, Series, Shape};
use crate::frame::Bucket;
use crate::{Basis, Exclusion, FunnelKind, ProcessInfo, Reason};

/// The stages of a process in the order of a funnel: open ones, then won. Lost and cancelled have no rank.
struct Ladder<'p> {
    process: &'p ProcessInfo,
    ranks: BTreeMap<&'p str, usize>,
    names: Vec<&'p str>,
    open: usize,
}

impl<'p> Ladder<'p> {
    fn of(process: &'p ProcessInfo) -> Self {
        let mut open: Vec<_> = process.stages.iter().filter(|s| s.class == StageClass::Open).collect();
        open.sort_by_key(|s| s.order);
        let mut names: Vec<&str> = open.iter().map(|s| s.id.as_str()).collect();
        let mut ranks: BTreeMap<&str, usize> =
            names.iter().enumerate().map(|(rank, name)| (*name, rank)).collect();
        let open = names.len();
        let won: Vec<_> = process.stages.iter().filter(|s| s.class == StageClass::Won).collect();
        match won.as_slice() {
            [] => {}
            [only] => names.push(only.id.as_str()),
            _ => names.push("won"),
        }
        ranks.extend(won.iter().map(|s| (s.id.as_str(), open)));
        Self { process, ranks, names, open }
    }

    /// How many pairs of neighbours there are.
    fn pairs(&self) -> usize {
        self.names.len().saturating_sub(1)
    }
}

/// A stay in a stage of one process.
#[derive(Debug, Clone, Copy)]
struct Step {
    rank: Option<usize>,
    class: StageClass,
    at: Instant,
}

/// What became of a deal that entered a stage.
struct Fate {
    /// The step in which it entered.
    from: usize,
    entered: Instant,
    /// The step in which it was decided, after which nothing counts.
    decided: Option<usize>,
    converted: bool,
}

fn fate(steps: &[Step], k: usize, kind: FunnelKind) -> Option<Fate> {
    let first = |wanted: &dyn Fn(usize) -> bool| steps.iter().position(|s| s.rank.is_some_and(wanted));
    let (entered, decided, converted) = match kind {
        FunnelKind::Strict => {
            let entered = first(&|rank| rank == k)?;
            let higher = |s: &Step| s.rank.is_some_and(|rank| rank > k);
            let next = steps.iter().enumerate().skip(entered + 1).find(|(_, s)| higher(s));
            (entered, next.map(|(i, _)| i), next.is_some_and(|(_, s)| s.rank == Some(k + 1)))
        }
        FunnelKind::Any => {
            let entered = first(&|rank| rank == k)?;
            let next = first(&|rank| rank == k + 1);
            (entered, next.map(|n| n.max(entered)), next.is_some())
        }
        FunnelKind::Imputed => {
            let entered = first(&|rank| rank >= k)?;
            let next = first(&|rank| rank > k);
            (entered, next, next.is_some())
        }
    };
    Some(Fate { from: entered, entered: steps.get(entered)?.at, decided, converted })
}

/// Each decision with whether it was to go on to the next stage, in order. The last one stands.
fn decisions<'s>(steps: &'s [Step], fate: &'s Fate) -> impl Iterator<Item = (Instant, bool)> + 's {
    let end = fate.decided.unwrap_or(steps.len());
    let lost = steps.iter().take(end).skip(fate.from + 1).filter(|s| s.class == StageClass::Lost);
    let last = fate.decided.and_then(|i| steps.get(i));
    lost.map(|s| (s.at, false)).chain(last.map(|s| (s.at, fate.converted)))
}

pub(super) fn gather(ctx: &Context<'_, '_>) -> Result<Gathered, Reason> {
    if ctx.processes.is_empty() {
        return Err(Reason::NoProcess);
    }
    if !ctx.cases.is_empty() && ctx.cases.iter().all(|c| c.visits.is_empty()) {
        return Err(Reason::NoVisits);
    }
    let mut gathered = Gathered::default();
    for process in ctx.processes {
        let ladder = Ladder::of(process);
        let mut tables = vec![Cells::default(); ladder.pairs()];
        for (ix, case) in ctx.cases() {
            one_case(ctx, &ladder, ix, case, &mut tables);
        }
        for (pair, cells) in ladder.names.windows(2).zip(tables) {
            let table = gathered.tables.len();
            gathered.tables.push(cells);
            gathered.series.push(Series {
                table,
                process: Some(ladder.process.id.clone()),
                part: Some(pair.join("→")),
                shape: Shape::Ratio,
            });
        }
    }
    Ok(gathered)
}

fn one_case(ctx: &Context<'_, '_>, ladder: &Ladder<'_>, ix: u32, case: &Case<'_>, tables: &mut [Cells]) {
    if case.visits.is_empty() {
        let named = at(case.record, ctx.slots.process).as_text();
        if named.is_none_or(|id| ladder.process.id == *id) {
            for cells in tables {
                if let Some(bucket) = ctx.place(cells, ix, case.created) {
                    ctx.exclude(cells, ix, bucket, Exclusion::NoVisits);
                }
            }
        }
        return;
    }
    let mut steps = Vec::with_capacity(case.visits.len());
    let mut unknown = false;
    for visit in case.visits.iter().filter(|v| v.process == ladder.process.id) {
        let rank = match visit.class {
            StageClass::Open => {
                let rank = ladder.ranks.get(visit.stage.as_str()).copied();
                unknown |= rank.is_none();
                rank
            }
            StageClass::Won => Some(ladder.open),
            StageClass::Lost | StageClass::Cancelled => None,
        };
        steps.push(Step { rank, class: visit.class, at: visit.entered });
    }
    let Some(first) = steps.first() else { return };
    if unknown {
        for cells in tables {
            if let Some(bucket) = ctx.place(cells, ix, Some(first.at)) {
                ctx.exclude(cells, ix, bucket, Exclusion::UnknownStage);
            }
        }
        return;
    }
    let cancelled = case.outcome == Some(StageClass::Cancelled);
    let left_process = case.visits.last().is_some_and(|v| v.process != ladder.process.id);
    for (k, cells) in tables.iter_mut().enumerate() {
        let Some(fate) = fate(&steps, k, ctx.definition.funnel) else { continue };
        if cancelled {
            let at = match ctx.basis {
                Basis::Cohort => Some(fate.entered),
                Basis::Event | Basis::AsOf => case.closings.last().and_then(|c| c.at),
            };
            if let Some(bucket) = ctx.place(cells, ix, at) {
                ctx.exclude(cells, ix, bucket, Exclusion::Cancelled);
            }
            continue;
        }
        match ctx.basis {
            Basis::Cohort => {
                let Some(bucket) = ctx.place(cells, ix, Some(fate.entered)) else { continue };
                let Some(cell) = ctx.admit(cells, ix, bucket) else { continue };
                if left_process && fate.decided.is_none() {
                    cell.exclude(Exclusion::ProcessChanged, ix);
                    continue;
                }
                cell.count(ix);
                if fate.converted {
                    cell.hit(ix);
                } else if fate.decided.is_none() && case.outcome == Some(StageClass::Open) {
                    cell.censored.push(ix);
                }
            }
            Basis::Event | Basis::AsOf => {
                let mut last: BTreeMap<Bucket, bool> = BTreeMap::new();
                for (at, converted) in decisions(&steps, &fate) {
                    if let Some(bucket) = ctx.place(cells, ix, Some(at)) {
                        last.insert(bucket, converted);
                    }
                }
                for (bucket, converted) in last {
                    let Some(cell) = ctx.admit(cells, ix, bucket) else { continue };
                    cell.count(ix);
                    if converted {
                        cell.hit(ix);
                    }
                }
            }
        }
    }
}
