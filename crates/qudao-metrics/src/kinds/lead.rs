//! Conversion of leads.

use std::collections::BTreeMap;

use qudao_model::{Child, FieldIx, FieldRole, Instant, ObjectName, Value};

use super::Context;
use crate::cases::{Case, at};
use crate::cells::{Cells, Gathered, Shape};
use crate::frame::{Bucket, Place, instant_of};
use crate::{Basis, Exclusion, Reason};

enum State {
    Open,
    Closed,
    Converted(Option<Instant>),
    Excluded(Exclusion),
}

fn state(ctx: &Context<'_, '_>, case: &Case<'_>) -> State {
    if case.merged {
        return State::Excluded(Exclusion::Merged);
    }
    let status = case.record.get("status").as_text().unwrap_or_default();
    if ctx.definition.exclude.contains(status) {
        return State::Excluded(if status == "merged" { Exclusion::Merged } else { Exclusion::Invalid });
    }
    let converted = at(case.record, ctx.slots.converted);
    let when = instant_of(converted, ctx.frame.zone);
    if when.is_some_and(|when| when > ctx.frame.as_of) {
        return State::Open;
    }
    match status {
        _ if when.is_some() => State::Converted(when),
        "converted" => State::Converted(None),
        "disqualified" => State::Closed,
        _ => State::Open,
    }
}

pub(super) fn gather(ctx: &Context<'_, '_>) -> Result<Gathered, Reason> {
    match ctx.basis {
        Basis::Cohort | Basis::AsOf => Ok(cohort(ctx)),
        Basis::Event => event(ctx),
    }
}

fn cohort(ctx: &Context<'_, '_>) -> Gathered {
    let mut cells = Cells::default();
    for (ix, case) in ctx.cases() {
        let Some(bucket) = ctx.place(&mut cells, ix, case.created) else { continue };
        let Some(cell) = ctx.admit(&mut cells, ix, bucket) else { continue };
        match state(ctx, case) {
            State::Excluded(reason) => cell.exclude(reason, ix),
            State::Converted(_) => {
                cell.count(ix);
                cell.hit(ix);
            }
            State::Closed => cell.count(ix),
            State::Open => {
                cell.count(ix);
                cell.censored.push(ix);
            }
        }
    }
    Gathered::single(cells, Shape::Ratio)
}

/// The activities of leads: where they are, and what of them is read.
struct Acts<'s> {
    object: &'s ObjectName,
    parent: FieldIx,
    at: Option<FieldIx>,
}

fn acts<'s>(ctx: &'s Context<'_, '_>) -> Result<Acts<'s>, Reason> {
    let missing = |object: &ObjectName| Reason::MissingTable { object: object.clone() };
    let child: &Child = ctx.object.child("activities").ok_or_else(|| missing(&ctx.object.name))?;
    let schema = ctx.schema.object(child.object.as_str()).ok_or_else(|| missing(&child.object))?;
    if !ctx.input.data.has(child.object.as_str()) {
        return Err(missing(&child.object));
    }
    let parent = schema.field_ix(child.field.as_str()).ok_or_else(|| missing(&child.object))?;
    Ok(Acts { object: &child.object, parent, at: schema.with_role(FieldRole::Happened) })
}

fn event(ctx: &Context<'_, '_>) -> Result<Gathered, Reason> {
    let acts = acts(ctx)?;
    let mut cells = Cells::default();
    for (ix, case) in ctx.cases() {
        // Per calendar unit: whether the lead converted in it.
        let mut worked: BTreeMap<Bucket, bool> = BTreeMap::new();
        let id = case.record.id().as_str();
        for act in ctx.input.data.children(acts.object.as_str(), acts.parent, id) {
            let qualifies = act.get("kind").as_text().is_some_and(|k| ctx.definition.acts.contains(k))
                && *act.get("done") != Value::Bool(false);
            let when = instant_of(at(act, acts.at), ctx.frame.zone);
            if qualifies && let Place::At(bucket) = ctx.frame.place(when) {
                worked.entry(bucket).or_default();
            }
        }
        let state = state(ctx, case);
        if let State::Converted(when) = state
            && let Some(bucket) = ctx.place(&mut cells, ix, when)
        {
            worked.insert(bucket, true);
        }
        for (bucket, converted) in worked {
            let Some(cell) = ctx.admit(&mut cells, ix, bucket) else { continue };
            if let State::Excluded(reason) = state {
                cell.exclude(reason, ix);
                continue;
            }
            cell.count(ix);
            if converted {
                cell.hit(ix);
            }
        }
    }
    Ok(Gathered::single(cells, Shape::Ratio))
}
