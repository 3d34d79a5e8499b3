//! Metrics that a Blueprint writes itself: counts, ratios, sums, means and quantiles over expressions.

use std::borrow::Cow;

use qudao_expr::Truth;
use qudao_model::{Decimal, FieldRole, Record, Value};

use super::closing::{add_amount, undefined_without_amounts};
use super::{Context, NoMoney};
use crate::cases::Closing;
use crate::cells::{Cells, Gathered, Shape};
use crate::frame::{Bucket, instant_of};
use crate::{Basis, Exclusion, MetricKind, Reason};

/// A record to measure, as it was where it is placed.
struct Subject<'a> {
    case: u32,
    bucket: Bucket,
    record: Cow<'a, Record>,
    /// The day whose rate converts money.
    date: Option<chrono::NaiveDate>,
}

/// The records in the window.
///
/// A deal placed by when it closed is seen as it closed: once per window, by its last closing there, with the outcome,
/// stage, closing time and loss reason of that closing.
fn subjects<'a>(ctx: &Context<'a, '_>, cells: &mut Cells) -> Vec<Subject<'a>> {
    let role = ctx.definition.time.and_then(|ix| ctx.object.field_at(ix)).and_then(|f| f.spec.role);
    let mut subjects = Vec::new();
    if ctx.object.staged && ctx.basis == Basis::Event && role == Some(FieldRole::Closed) {
        for hit in super::closing::hits(ctx, cells) {
            let (Some(closing), Some(case)) = (hit.closing, ctx.cases.get(hit.case as usize)) else {
                continue;
            };
            let record = as_closed(ctx, case.record, closing);
            let date = ctx.date(closing.at);
            subjects.push(Subject { case: hit.case, bucket: hit.bucket, record, date });
        }
        return subjects;
    }
    for (ix, case) in ctx.cases() {
        let field = ctx.definition.time.map(|t| instant_of(case.record.at(t), ctx.frame.zone));
        let time = match (ctx.basis, role, field) {
            (_, Some(FieldRole::Created), _) | (Basis::AsOf, _, None) => case.created,
            (_, _, field) => field.flatten(),
        };
        let bucket = match ctx.basis {
            Basis::AsOf => Some(ctx.frame.bucket(time)),
            Basis::Cohort | Basis::Event => ctx.place(cells, ix, time),
        };
        let Some(bucket) = bucket else { continue };
        let date = if ctx.basis == Basis::Event { ctx.date(time) } else { None };
        subjects.push(Subject { case: ix, bucket, record: Cow::Borrowed(case.record), date });
    }
    subjects
}

fn as_closed<'a>(ctx: &Context<'_, '_>, record: &'a Record, closing: Closing<'_>) -> Cow<'a, Record> {
    let Some(visit) = closing.visit else { return Cow::Borrowed(record) };
    let mut seen = record.clone();
    let values = [
        (ctx.slots.outcome, Value::text(closing.class.as_str())),
        (ctx.slots.closed, Value::from(closing.at)),
        (ctx.slots.stage, Value::text(visit.stage.as_str())),
        (ctx.slots.stage_entered, Value::Instant(visit.entered)),
        (ctx.slots.process, Value::text(visit.process.as_str())),
        (ctx.object.field_ix("loss_reason"), Value::from(visit.reason.clone())),
    ];
    for (slot, value) in values {
        if let Some(ix) = slot {
            seen.set_at(ix, value);
        }
    }
    Cow::Owned(seen)
}

pub(super) fn gather(ctx: &Context<'_, '_>) -> Result<Gathered, Reason> {
    let mut cells = Cells::default();
    let subjects = subjects(ctx, &mut cells);
    match ctx.definition.kind {
        MetricKind::Ratio => ratio(ctx, cells, subjects),
        MetricKind::Count => {
            for subject in subjects {
                if let Some(cell) = ctx.admit(&mut cells, subject.case, subject.bucket) {
                    cell.count(subject.case);
                    cell.hit(subject.case);
                }
            }
            Ok(Gathered::single(cells, Shape::Count))
        }
        kind => numbers(ctx, cells, subjects, kind),
    }
}

fn ratio(ctx: &Context<'_, '_>, mut cells: Cells, subjects: Vec<Subject<'_>>) -> Result<Gathered, Reason> {
    for subject in subjects {
        let Some(cell) = ctx.admit(&mut cells, subject.case, subject.bucket) else { continue };
        let over = match &ctx.definition.over {
            Some(over) => ctx.test(over, &subject.record)?,
            None => Ok(Truth::True),
        };
        match over {
            Ok(Truth::True) => {}
            Ok(Truth::False) => continue,
            Ok(Truth::Unknown) => {
                cell.exclude(Exclusion::Unknown, subject.case);
                continue;
            }
            Err(reason) => {
                cell.exclude(reason, subject.case);
                continue;
            }
        }
        let of = match &ctx.definition.of {
            Some(of) => ctx.test(of, &subject.record)?,
            None => Ok(Truth::True),
        };
        match of {
            Ok(Truth::True) => {
                cell.count(subject.case);
                cell.hit(subject.case);
            }
            Ok(Truth::False) => cell.count(subject.case),
            Ok(Truth::Unknown) => cell.exclude(Exclusion::Unknown, subject.case),
            Err(reason) => cell.exclude(reason, subject.case),
        }
    }
    Ok(Gathered::single(cells, Shape::Ratio))
}

fn numbers(
    ctx: &Context<'_, '_>,
    mut cells: Cells,
    subjects: Vec<Subject<'_>>,
    kind: MetricKind,
) -> Result<Gathered, Reason> {
    for subject in subjects {
        let Some(cell) = ctx.admit(&mut cells, subject.case, subject.bucket) else { continue };
        let value = match &ctx.definition.of {
            Some(of) => ctx.eval(of, &subject.record)?,
            None => Ok(Value::Missing),
        };
        let number = match value {
            Ok(Value::Duration(span)) => Ok(span.days()),
            Ok(value @ Value::Money(_)) => ctx.convert(&value, subject.date),
            Ok(value) => value.as_decimal().ok_or(NoMoney::Missing),
            Err(reason) => {
                cell.exclude(reason, subject.case);
                continue;
            }
        };
        match number {
            Err(NoMoney::Missing) if kind == MetricKind::Sum => add_amount(cell, subject.case, number),
            Err(NoMoney::Missing) => cell.exclude(Exclusion::Unknown, subject.case),
            Err(NoMoney::Overflow) => cell.overflow = true,
            Err(NoMoney::Rate) => cell.exclude(Exclusion::NoAmount, subject.case),
            Ok(value) if kind == MetricKind::Sum => add_amount(cell, subject.case, Ok::<Decimal, _>(value)),
            Ok(value) => {
                cell.denominator_ids.push(subject.case);
                cell.samples.push(value);
            }
        }
    }
    Ok(match kind {
        MetricKind::Sum => {
            undefined_without_amounts(&mut cells);
            Gathered::single(cells, Shape::Sum)
        }
        MetricKind::Mean => Gathered::single(cells, Shape::Mean),
        MetricKind::Median => Gathered::single(cells, Shape::Quantile(50)),
        _ => Gathered::distribution(cells),
    })
}
