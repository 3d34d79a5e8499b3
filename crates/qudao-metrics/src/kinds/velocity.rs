//! What the pipeline yields a day.

use std::collections::{BTreeMap, BTreeSet};

use qudao_model::{Decimal, StageClass};

use super::closing::{closed_amount, cycle_days, hits};
use super::{Admitted, Context, NoMoney};
use crate::cells::{Cells, Gathered, Key, Shape};
use crate::stats::{quantile, sum};
use crate::{Exclusion, Reason};

#[derive(Default)]
struct Segment {
    open: u64,
    won: u64,
    closed: u64,
    values: Vec<Decimal>,
    days: Vec<Decimal>,
}

pub(super) fn gather(ctx: &Context<'_, '_>) -> Gathered {
    let mut cells = Cells::default();
    let mut segments: BTreeMap<Key, Segment> = BTreeMap::new();
    for hit in hits(ctx, &mut cells) {
        let key = (ctx.groups.group(hit.case), hit.bucket);
        let Some(closing) = hit.closing else { continue };
        let Some(cell) = ctx.admit(&mut cells, hit.case, hit.bucket) else { continue };
        let segment = segments.entry(key).or_default();
        match closing.class {
            StageClass::Cancelled => cell.exclude(Exclusion::Cancelled, hit.case),
            StageClass::Open => {}
            StageClass::Lost => {
                segment.closed += 1;
                cell.denominator_ids.push(hit.case);
            }
            StageClass::Won => {
                segment.closed += 1;
                segment.won += 1;
                cell.denominator_ids.push(hit.case);
                cell.numerator_ids.push(hit.case);
                match closed_amount(ctx, hit.case, closing) {
                    Ok(value) => segment.values.push(value),
                    Err(NoMoney::Overflow) => cell.overflow = true,
                    Err(_) => cell.exclude(Exclusion::NoAmount, hit.case),
                }
                match cycle_days(ctx, hit.case, closing) {
                    Ok(days) => segment.days.push(days),
                    Err(reason) => cell.exclude(reason, hit.case),
                }
            }
        }
    }
    count_open(ctx, &mut segments);
    for (key, mut segment) in segments {
        segment.days.sort_unstable();
        let cell = cells.at(key);
        match velocity(&segment) {
            Ok((numerator, denominator)) => {
                cell.numerator = numerator;
                cell.denominator = denominator;
            }
            Err(reason) => cell.undefined = Some(reason),
        }
    }
    Gathered::single(cells, Shape::Ratio)
}

/// Counts the deals that are open at the end of each segment's window.
fn count_open(ctx: &Context<'_, '_>, segments: &mut BTreeMap<Key, Segment>) {
    let mut buckets: BTreeSet<_> = segments.keys().map(|(_, bucket)| *bucket).collect();
    if ctx.frame.unit.is_none() {
        buckets.insert(None);
    }
    for bucket in buckets {
        let end = ctx.frame.last_instant(bucket);
        for (ix, case) in ctx.cases() {
            let admitted = ctx.admitted.get(ix as usize) == Some(&Admitted::Yes);
            if !admitted || case.open_at(end) != Some(true) {
                continue;
            }
            let key = (ctx.groups.group(ix), bucket);
            if ctx.frame.unit.is_none() || segments.contains_key(&key) {
                segments.entry(key).or_default().open += 1;
            }
        }
    }
}

/// Open count × win rate × mean won value, and the median cycle.
fn velocity(segment: &Segment) -> Result<(Decimal, Decimal), Reason> {
    if segment.won == 0 {
        return Err(Reason::NoCases);
    }
    if segment.values.is_empty() {
        return Err(Reason::WonWithoutAmount);
    }
    let median = quantile(&segment.days, 50).ok_or(Reason::NoCases)?;
    if median.is_zero() {
        return Err(Reason::ZeroDivisor);
    }
    // One division, so that nothing is rounded before the end.
    let top = || {
        let total = sum(&segment.values)?;
        let counts = Decimal::from(segment.open).checked_mul(Decimal::from(segment.won))?;
        let bottom = Decimal::from(segment.closed).checked_mul(Decimal::from(segment.values.len()))?;
        counts.checked_mul(total)?.checked_div(bottom)
    };
    Ok((top().ok_or(Reason::Overflow)?, median))
}
