//! Metrics of closings: win rate, won value, sales cycle.

use std::collections::BTreeMap;

use qudao_model::{Decimal, Instant, StageClass};

use super::{Context, NoMoney};
use crate::cases::{Case, Closing, at};
use crate::cells::{Cell, Cells, Gathered, Key, Shape};
use crate::frame::{Bucket, days_between, instant_of};
use crate::{Basis, CycleStart, Exclusion, MetricKind, Reason};

/// A deal in a window: with its last closing there, or (on the cohort basis) still open.
#[derive(Debug, Clone, Copy)]
pub(super) struct Hit<'a> {
    pub(super) case: u32,
    pub(super) bucket: Bucket,
    pub(super) closing: Option<Closing<'a>>,
}

/// Each deal once per window, by its last closing in it. What cannot be placed is excluded in `cells`.
pub(super) fn hits<'a>(ctx: &Context<'a, '_>, cells: &mut Cells) -> Vec<Hit<'a>> {
    let mut hits = Vec::new();
    for (ix, case) in ctx.cases() {
        if case.outcome.is_none() {
            ctx.exclude(cells, ix, ctx.frame.bucket(case.created), Exclusion::NoOutcome);
            continue;
        }
        match ctx.basis {
            Basis::Cohort => {
                let Some(bucket) = ctx.place(cells, ix, case.created) else { continue };
                let closed = case.outcome.is_some_and(StageClass::is_closed);
                let closing = case
                    .closings
                    .iter()
                    .rev()
                    .find(|c| closed && c.at.is_none_or(|at| at <= ctx.frame.as_of));
                hits.push(Hit { case: ix, bucket, closing: closing.copied() });
            }
            Basis::Event | Basis::AsOf => {
                let start = hits.len();
                for closing in &case.closings {
                    let Some(bucket) = ctx.place(cells, ix, closing.at) else { continue };
                    let hit = Hit { case: ix, bucket, closing: Some(*closing) };
                    match hits.iter_mut().skip(start).find(|h| h.bucket == bucket) {
                        Some(earlier) => *earlier = hit,
                        None => hits.push(hit),
                    }
                }
            }
        }
    }
    hits
}

/// Counts deals that were opened again in the window, each once.
fn count_reopened(ctx: &Context<'_, '_>, cells: &mut Cells) {
    for (ix, case) in ctx.cases().filter(|(_, c)| !c.reopenings.is_empty()) {
        let mut buckets: Vec<Bucket> = match ctx.basis {
            Basis::Cohort => ctx.place(cells, ix, case.created).into_iter().collect(),
            Basis::Event | Basis::AsOf => {
                case.reopenings.iter().filter_map(|at| ctx.place(cells, ix, Some(*at))).collect()
            }
        };
        buckets.sort_unstable();
        buckets.dedup();
        for bucket in buckets {
            if let Some(cell) = ctx.admit(cells, ix, bucket) {
                cell.reopened += 1;
            }
        }
    }
}

/// Won / (won + lost).
pub(super) fn win_rate(ctx: &Context<'_, '_>) -> Gathered {
    let mut cells = Cells::default();
    for hit in hits(ctx, &mut cells) {
        let Some(cell) = ctx.admit(&mut cells, hit.case, hit.bucket) else { continue };
        match hit.closing.map(|c| c.class) {
            Some(StageClass::Won) => {
                cell.count(hit.case);
                cell.hit(hit.case);
            }
            Some(StageClass::Lost) => cell.count(hit.case),
            Some(StageClass::Cancelled) => cell.exclude(Exclusion::Cancelled, hit.case),
            Some(StageClass::Open) | None => cell.censored.push(hit.case),
        }
    }
    count_reopened(ctx, &mut cells);
    Gathered::single(cells, Shape::Ratio)
}

/// The amount of a closed deal: actual, else estimated where `class` is won; estimated where it is lost.
pub(super) fn closed_amount(
    ctx: &Context<'_, '_>,
    case: u32,
    closing: Closing<'_>,
) -> Result<Decimal, NoMoney> {
    let Some(case) = ctx.cases.get(case as usize) else { return Err(NoMoney::Missing) };
    let date = ctx.date(closing.at);
    let estimated = at(case.record, ctx.slots.estimated);
    let actual = at(case.record, ctx.slots.actual);
    if closing.class == StageClass::Won && !actual.is_blank() {
        ctx.convert(actual, date)
    } else {
        ctx.convert(estimated, date)
    }
}

/// Won amount / (won amount + lost amount).
pub(super) fn win_rate_value(ctx: &Context<'_, '_>) -> Gathered {
    #[derive(Default)]
    struct Seen {
        won: (u64, u64),
        lost: (u64, u64),
    }
    let mut cells = Cells::default();
    let mut seen: BTreeMap<Key, Seen> = BTreeMap::new();
    for hit in hits(ctx, &mut cells) {
        let key = (ctx.groups.group(hit.case), hit.bucket);
        let Some(cell) = ctx.admit(&mut cells, hit.case, hit.bucket) else { continue };
        let Some(closing) = hit.closing.filter(|c| c.class.is_closed()) else {
            cell.censored.push(hit.case);
            continue;
        };
        if closing.class == StageClass::Cancelled {
            cell.exclude(Exclusion::Cancelled, hit.case);
            continue;
        }
        let won = closing.class == StageClass::Won;
        let seen = seen.entry(key).or_default();
        let counts = if won { &mut seen.won } else { &mut seen.lost };
        counts.0 += 1;
        match closed_amount(ctx, hit.case, closing) {
            Ok(value) => {
                counts.1 += 1;
                cell.denominator_ids.push(hit.case);
                cell.add_denominator(value);
                if won {
                    cell.numerator_ids.push(hit.case);
                    cell.add_numerator(value);
                }
            }
            Err(NoMoney::Overflow) => cell.overflow = true,
            Err(NoMoney::Missing | NoMoney::Rate) => cell.exclude(Exclusion::NoAmount, hit.case),
        }
    }
    for (key, seen) in seen {
        let cell = cells.at(key);
        if matches!(seen.lost, (1.., 0)) {
            cell.undefined = Some(Reason::LostWithoutAmount);
        } else if matches!(seen.won, (1.., 0)) {
            cell.undefined = Some(Reason::WonWithoutAmount);
        }
    }
    count_reopened(ctx, &mut cells);
    Gathered::single(cells, Shape::Ratio)
}

/// How many deals closed as won, or as lost.
pub(super) fn closed(ctx: &Context<'_, '_>) -> Gathered {
    let wanted =
        if ctx.definition.kind == MetricKind::ClosedWon { StageClass::Won } else { StageClass::Lost };
    let mut cells = Cells::default();
    for hit in hits(ctx, &mut cells) {
        if hit.closing.is_some_and(|c| c.class == wanted)
            && let Some(cell) = ctx.admit(&mut cells, hit.case, hit.bucket)
        {
            cell.count(hit.case);
            cell.hit(hit.case);
        }
    }
    Gathered::single(cells, Shape::Count)
}

/// The amount of won deals.
pub(super) fn won_value(ctx: &Context<'_, '_>) -> Gathered {
    let mut cells = Cells::default();
    for hit in hits(ctx, &mut cells) {
        let Some(closing) = hit.closing.filter(|c| c.class == StageClass::Won) else { continue };
        let Some(cell) = ctx.admit(&mut cells, hit.case, hit.bucket) else { continue };
        add_amount(cell, hit.case, closed_amount(ctx, hit.case, closing));
    }
    undefined_without_amounts(&mut cells);
    Gathered::single(cells, Shape::Sum)
}

/// Adds an amount to a sum, or says why there is none.
pub(super) fn add_amount(cell: &mut Cell, case: u32, amount: Result<Decimal, NoMoney>) {
    match amount {
        Ok(value) => {
            cell.denominator_ids.push(case);
            cell.numerator_ids.push(case);
            cell.add_numerator(value);
        }
        Err(NoMoney::Overflow) => cell.overflow = true,
        Err(NoMoney::Missing | NoMoney::Rate) => cell.exclude(Exclusion::NoAmount, case),
    }
}

/// A sum of which no part is known is not zero.
pub(super) fn undefined_without_amounts(cells: &mut Cells) {
    for cell in cells.0.values_mut() {
        if cell.denominator_ids.is_empty() && cell.excluded.contains_key(&Exclusion::NoAmount) {
            cell.undefined = Some(Reason::NoAmount);
        }
    }
}

/// Deals that went from a closed stage back to an open one.
pub(super) fn reopened(ctx: &Context<'_, '_>) -> Gathered {
    let mut cells = Cells::default();
    for (ix, case) in ctx.cases() {
        let mut buckets: Vec<Bucket> =
            case.reopenings.iter().filter_map(|at| ctx.place(&mut cells, ix, Some(*at))).collect();
        buckets.sort_unstable();
        buckets.dedup();
        for bucket in buckets {
            if let Some(cell) = ctx.admit(&mut cells, ix, bucket) {
                cell.count(ix);
                cell.hit(ix);
                cell.reopened += 1;
            }
        }
    }
    Gathered::single(cells, Shape::Count)
}

/// When the cycle of a deal starts.
fn start(ctx: &Context<'_, '_>, case: &Case<'_>) -> Option<Instant> {
    match ctx.definition.start {
        CycleStart::Created => case.created,
        CycleStart::Qualified => instant_of(at(case.record, ctx.slots.qualified), ctx.frame.zone),
        CycleStart::FirstActive => {
            case.visits.iter().filter(|v| v.class == StageClass::Open).map(|v| v.entered).min()
        }
    }
}

/// The days of a closed deal, from its first start.
pub(super) fn cycle_days(
    ctx: &Context<'_, '_>,
    case: u32,
    closing: Closing<'_>,
) -> Result<Decimal, Exclusion> {
    let case = ctx.cases.get(case as usize).ok_or(Exclusion::NoStart)?;
    let end = closing.at.ok_or(Exclusion::NoTime)?;
    let start = start(ctx, case).ok_or(Exclusion::NoStart)?;
    match days_between(start, end, ctx.frame.zone) {
        Some(days @ 0..) => Ok(Decimal::from(days)),
        _ => Err(Exclusion::NegativeSpan),
    }
}

/// Days from the first start to the last closing of the classes asked for.
pub(super) fn cycle(ctx: &Context<'_, '_>) -> Gathered {
    let mut cells = Cells::default();
    for hit in hits(ctx, &mut cells) {
        let wanted = |c: &Closing<'_>| ctx.definition.classes.contains(&c.class);
        let Some(closing) = hit.closing.filter(wanted) else { continue };
        let Some(cell) = ctx.admit(&mut cells, hit.case, hit.bucket) else { continue };
        match cycle_days(ctx, hit.case, closing) {
            Ok(days) => {
                cell.denominator_ids.push(hit.case);
                cell.samples.push(days);
            }
            Err(reason) => cell.exclude(reason, hit.case),
        }
    }
    Gathered::distribution(cells)
}
