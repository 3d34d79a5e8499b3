//! Metrics of data quality, from scores and clusters that come from outside.

use std::collections::BTreeMap;

use qudao_model::{Decimal, RecordKey};

use super::Context;
use crate::cells::{Cells, Gathered, Shape};
use crate::{Exclusion, Reason};

/// The mean score.
pub(super) fn completeness(ctx: &Context<'_, '_>) -> Result<Gathered, Reason> {
    let mut cells = Cells::default();
    let mut any = false;
    for (ix, case) in ctx.cases() {
        let key = RecordKey { object: ctx.object.name.clone(), id: case.record.id().clone() };
        let score = ctx.input.completeness.get(&key).copied();
        any |= score.is_some();
        let bucket = ctx.frame.bucket(case.created);
        let Some(cell) = ctx.admit(&mut cells, ix, bucket) else { continue };
        match score {
            Some(score) => {
                cell.denominator_ids.push(ix);
                cell.numerator_ids.push(ix);
                cell.add_numerator(score);
                cell.add_denominator(Decimal::ONE);
            }
            None => cell.exclude(Exclusion::NoScore, ix),
        }
    }
    if !any && !ctx.cases.is_empty() {
        return Err(Reason::NoScores);
    }
    Ok(Gathered::single(cells, Shape::Ratio))
}

/// Records beyond one per cluster.
pub(super) fn duplicate_rate(ctx: &Context<'_, '_>) -> Result<Gathered, Reason> {
    let clusters = ctx.input.clusters.get(&ctx.object.name).ok_or(Reason::NoClusters)?;
    let mut cluster_of: BTreeMap<&str, usize> = BTreeMap::new();
    for (number, cluster) in clusters.clusters.iter().enumerate() {
        for id in cluster {
            cluster_of.entry(id.as_str()).or_insert(number);
        }
    }
    // Cases are in the order of ids: the first of a cluster is the one that is not counted as a duplicate.
    let mut met = vec![false; clusters.clusters.len()];
    let mut cells = Cells::default();
    for (ix, case) in ctx.cases() {
        let bucket = ctx.frame.bucket(case.created);
        let Some(cell) = ctx.admit(&mut cells, ix, bucket) else { continue };
        cell.count(ix);
        let seen = cluster_of.get(case.record.id().as_str()).and_then(|number| met.get_mut(*number));
        if let Some(seen) = seen {
            if *seen {
                cell.hit(ix);
            }
            *seen = true;
        }
    }
    Ok(Gathered::single(cells, Shape::Ratio))
}
