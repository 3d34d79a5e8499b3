//! Goes through a table in batches that fit a core's caches.

use std::ops::Range;

use qudao_model::columns::{Bitmap, Column, ColumnData};
use qudao_model::{FieldType, Value};

use super::frame::Frame;
use super::vector::{Vector, without};
use super::walk::Walk;
use super::{Answers, ColumnScope, ColumnVar, Truths};
use crate::node::Node;
use crate::work::Size;
use crate::{EvalError, ExprType};

/// How many rows are evaluated at once: enough that what a batch costs by itself does not show, few enough for a core's
/// second cache.
const BATCH: usize = 8192;

/// The rows to go through, checked against the table and the variables.
fn rows(scope: &ColumnScope<'_>, rows: Option<Range<usize>>) -> Result<Range<usize>, EvalError> {
    let missing = || EvalError::MissingTable { object: scope.object.clone(), offset: 0 };
    let all = scope.table().ok_or_else(missing)?.rows();
    let odd = |var: &ColumnVar| matches!(var, ColumnVar::Column(column) if column.len() != all);
    if scope.vars.iter().any(odd) {
        return Err(EvalError::WrongType { offset: 0 });
    }
    let rows = rows.unwrap_or(0..all);
    Ok(rows.start.min(all)..rows.end.min(all))
}

fn batches(rows: Range<usize>) -> impl Iterator<Item = (usize, usize)> {
    let end = rows.end;
    rows.step_by(BATCH).map(move |start| (start, BATCH.min(end - start)))
}

fn place(errors: &mut Vec<(usize, EvalError)>, at: usize, found: Vec<(u32, EvalError)>) {
    errors.extend(found.into_iter().map(|(lane, error)| (at + lane as usize, error)));
}

/// A condition over rows.
pub(crate) fn test(
    root: &Node,
    size: Size,
    scope: &ColumnScope<'_>,
    range: Option<Range<usize>>,
) -> Result<Truths, EvalError> {
    let range = rows(scope, range)?;
    let mut walk = Walk::new(root, scope, size);
    let mut out = Truths { yes: Bitmap::default(), known: Bitmap::default(), errors: Vec::new() };
    for (start, len) in batches(range.clone()) {
        let (yes, known, errors) = walk.condition(root, &Frame::rows(start, len));
        out.yes.append(&yes);
        out.known.append(&known);
        place(&mut out.errors, start - range.start, errors);
    }
    Ok(out)
}

/// An expression over rows.
pub(crate) fn eval(
    root: &Node,
    size: Size,
    scope: &ColumnScope<'_>,
    range: Option<Range<usize>>,
) -> Result<Answers, EvalError> {
    let range = rows(scope, range)?;
    let mut walk = Walk::new(root, scope, size);
    let mut errors = Vec::new();
    let (mut yes, mut known) = (Bitmap::default(), Bitmap::default());
    let (mut ints, mut values): (Vec<i64>, Vec<Value>) = (Vec::new(), Vec::new());
    let mut shape = Shape::Open;
    for (start, len) in batches(range.clone()) {
        let lanes = walk.eval(root, &Frame::rows(start, len));
        let vector = without(lanes.values, &lanes.errors);
        place(&mut errors, start - range.start, lanes.errors);
        match (vector, shape) {
            (Vector::Bools { yes: more, known: more_known }, Shape::Open | Shape::Bools) => {
                shape = Shape::Bools;
                yes.append(&more);
                known.append(&more_known);
            }
            (Vector::Ints { values: more, known: more_known }, Shape::Open | Shape::Ints) => {
                shape = Shape::Ints;
                ints.extend_from_slice(&more);
                known.append(&more_known);
            }
            (vector, _) => {
                // What was met so far goes on value by value.
                let met = known.len();
                match shape {
                    Shape::Bools => values.extend((0..met).map(|at| value(known.get(at), yes.get(at)))),
                    Shape::Ints => values.extend((0..met).map(|at| value(known.get(at), ints[at]))),
                    Shape::Open | Shape::Values => {}
                }
                (yes, known) = (Bitmap::default(), Bitmap::default());
                ints.clear();
                shape = Shape::Values;
                values.extend((0..vector.len()).map(|lane| vector.value(lane)));
            }
        }
    }
    let column = match shape {
        Shape::Bools => Column::new(ColumnData::Bool(yes), Some(known)),
        Shape::Ints => Column::new(ColumnData::Int(ints), Some(known)),
        Shape::Open | Shape::Values => match field_type(&root.ty) {
            Some(ty) => Column::collect(&ty, values.iter()),
            None => Column::new(ColumnData::Values(values), None),
        },
    };
    // Only more than 4 GiB of text do not make a column.
    let column = column.map_err(|_| EvalError::CostLimit { offset: root.loc.start })?;
    Ok(Answers { column, errors })
}

#[derive(Clone, Copy)]
enum Shape {
    Open,
    Bools,
    Ints,
    Values,
}

fn value<T: Into<Value>>(known: bool, value: T) -> Value {
    if known { value.into() } else { Value::Missing }
}

/// The type of a field that holds the values of an expression; `None` for lists and for `missing`.
fn field_type(ty: &ExprType) -> Option<FieldType> {
    Some(match ty {
        ExprType::Bool => FieldType::Bool,
        ExprType::Int => FieldType::Int,
        ExprType::Decimal => FieldType::Decimal,
        ExprType::Money(currency) => FieldType::Money(currency.clone()),
        ExprType::Text => FieldType::Text,
        ExprType::Date => FieldType::Date,
        ExprType::Instant => FieldType::Instant,
        ExprType::Duration => FieldType::Duration,
        ExprType::Reference(object) | ExprType::Record(object) => FieldType::Reference(object.clone()),
        ExprType::List(_) | ExprType::Null => return None,
    })
}
