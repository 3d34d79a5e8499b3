//! Metrics of open deals as of an instant.

use qudao_model::{Decimal, StageClass};

use super::closing::{add_amount, undefined_without_amounts};
use super::{Context, NoMoney};
use crate::cases::{Case, at, stage_named, stage_of};
use crate::cells::{Cells, Gathered, Shape};
use crate::frame::{Bucket, days_between, instant_of};
use crate::{Exclusion, MetricKind, Reason};

/// Deals that are open at as-of. What is not known is excluded.
fn open<'a, 'c>(ctx: &'c Context<'a, '_>, cells: &mut Cells) -> Vec<(u32, &'c Case<'a>, Bucket)> {
    let as_of = ctx.frame.as_of;
    let mut open = Vec::new();
    for (ix, case) in ctx.cases() {
        let time = match ctx.definition.time {
            Some(field) => instant_of(case.record.at(field), ctx.frame.zone),
            None => case.created,
        };
        let bucket = ctx.frame.bucket(time);
        match case.outcome {
            None => ctx.exclude(cells, ix, bucket, Exclusion::NoOutcome),
            Some(_) if case.created.is_some_and(|c| c > as_of) => {
                ctx.exclude(cells, ix, bucket, Exclusion::AfterAsOf);
            }
            Some(StageClass::Open) => open.push((ix, case, bucket)),
            // Without visits it is not known in which stage the deal was before it closed.
            Some(_) if case.closings.iter().any(|c| c.at.is_some_and(|at| at > as_of)) => {
                ctx.exclude(cells, ix, bucket, Exclusion::AfterAsOf);
            }
            Some(_) => {}
        }
    }
    open
}

fn probability(ctx: &Context<'_, '_>, case: &Case<'_>) -> Option<Decimal> {
    let stage = match case.visits.last() {
        Some(visit) => stage_of(ctx.processes, &visit.process, &visit.stage),
        None => {
            let process = at(case.record, ctx.slots.process).as_text();
            stage_named(ctx.processes, process, at(case.record, ctx.slots.stage).as_text()?)
        }
    };
    stage?.probability
}

/// The amount of open deals, plain or weighted.
pub(super) fn gather(ctx: &Context<'_, '_>) -> Gathered {
    let weighted = ctx.definition.kind == MetricKind::WeightedPipeline;
    let today = ctx.date(Some(ctx.frame.as_of));
    let mut cells = Cells::default();
    for (ix, case, bucket) in open(ctx, &mut cells) {
        let Some(cell) = ctx.admit(&mut cells, ix, bucket) else { continue };
        let mut amount = ctx.convert(at(case.record, ctx.slots.estimated), today);
        if weighted && let Ok(value) = amount {
            let Some(probability) = probability(ctx, case) else {
                cell.exclude(Exclusion::NoProbability, ix);
                continue;
            };
            amount = value.checked_mul(probability).ok_or(NoMoney::Overflow);
        }
        add_amount(cell, ix, amount);
    }
    undefined_without_amounts(&mut cells);
    for cell in cells.0.values_mut() {
        let unknown = cell.excluded.contains_key(&Exclusion::NoProbability);
        if cell.denominator_ids.is_empty() && unknown && cell.undefined.is_none() {
            cell.undefined = Some(Reason::NoProbability);
        }
    }
    Gathered::single(cells, Shape::Sum)
}

/// Days since open deals entered their stage.
pub(super) fn stage_age(ctx: &Context<'_, '_>) -> Gathered {
    let mut cells = Cells::default();
    for (ix, case, bucket) in open(ctx, &mut cells) {
        let Some(cell) = ctx.admit(&mut cells, ix, bucket) else { continue };
        let entered = match case.visits.last() {
            Some(visit) => Some(visit.entered),
            None => instant_of(at(case.record, ctx.slots.stage_entered), ctx.frame.zone),
        };
        let days = entered.map(|e| days_between(e, ctx.frame.as_of, ctx.frame.zone));
        match days {
            Some(Some(days @ 0..)) => {
                cell.denominator_ids.push(ix);
                cell.samples.push(Decimal::from(days));
            }
            Some(_) => cell.exclude(Exclusion::NegativeSpan, ix),
            None => cell.exclude(Exclusion::NoTime, ix),
        }
    }
    Gathered::distribution(cells)
}
