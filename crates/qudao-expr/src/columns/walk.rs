//! Evaluation of a checked expression over the rows of a table.
//!
//! Each node is evaluated once for many rows. What a row answers does not depend on the rows beside it: an error stays
//! on its lane, and a part that a row would not have come to is either left out or its outcome dropped.

use std::collections::HashMap;

use qudao_model::columns::{Bitmap, NO_ROW};
use qudao_model::{ObjectName, RecordId, Value};

use super::frame::Frame;
use super::single::{Single, singles};
use super::vector::{Errors, Lanes, Rows, Vector, both, failed};
use super::{ColumnScope, ColumnVar, compare, distinct, lists, logic};
use crate::eval::{fault, widen};
use crate::func::Func;
use crate::limits::{HEAVY_TEXT, MAX_ITEMS, MAX_WORK, PATTERN_BYTES, PATTERN_WORK};
use crate::loc::Loc;
use crate::node::{Node, Op};
use crate::value_ops::{self, Fault};
use crate::work::{Size, weight};
use crate::{EvalError, calls, check};

/// One evaluation over a table.
pub(super) struct Walk<'a> {
    pub(super) scope: &'a ColumnScope<'a>,
    pub(super) size: Size,
    pub(super) singles: HashMap<*const Node, Single<'a>>,
    pub(super) memos: HashMap<*const Node, distinct::Memo>,
    /// Computed patterns, the last one met.
    pattern: Option<(String, Option<regex::Regex>)>,
}

impl<'a> Walk<'a> {
    pub(super) fn new(root: &'a Node, scope: &'a ColumnScope<'a>, size: Size) -> Self {
        Self { scope, size, singles: singles(root), memos: HashMap::new(), pattern: None }
    }

    /// The outcome of a node on every lane.
    pub(super) fn eval(&mut self, node: &'a Node, frame: &Frame<'a>) -> Lanes<'a> {
        if frame.instead.is_none()
            && let Some(single) = self.singles.get(&std::ptr::from_ref(node))
            && !(single.grows && frame.times.is_some())
        {
            let leaf = single.leaf;
            if let Some(lanes) = self.by_distinct(node, leaf, frame) {
                return lanes;
            }
        }
        let at = node.loc;
        match &node.op {
            Op::Const(value) => Lanes::of(Vector::Same(value.clone(), frame.len)),
            Op::Own => self.own(frame),
            Op::Var { slot, .. } => {
                let values = match self.scope.vars.get(*slot) {
                    None => Vector::missing(frame.len),
                    Some(ColumnVar::Value(value)) if value.is_blank() => Vector::missing(frame.len),
                    Some(ColumnVar::Value(value)) => Vector::Same(value.clone(), frame.len),
                    Some(ColumnVar::Column(column)) => Vector::View {
                        column,
                        rows: frame.own.clone(),
                        object: self.scope.object,
                        // No field of the table, so that it is not taken for a reference of it.
                        field: qudao_model::FieldIx(u32::MAX),
                    },
                };
                self.weigh(Lanes::of(values), frame, at)
            }
            Op::Local(slot) => {
                let values = frame.locals.get(*slot).cloned();
                let values = values.unwrap_or_else(|| Vector::missing(frame.len));
                self.weigh(Lanes::of(values), frame, at)
            }
            Op::Field { base, ix, .. } => {
                if let Some(instead) = &frame.instead {
                    return Lanes::of(instead.clone());
                }
                let base = self.records(base, frame);
                let Vector::Records { table, rows } = base.values else {
                    return Lanes { values: Vector::missing(frame.len), errors: base.errors };
                };
                let values = match table.column(*ix) {
                    None => Vector::missing(frame.len),
                    Some(column) => Vector::View { column, rows, object: &table.schema().name, field: *ix },
                };
                self.weigh(Lanes { values, errors: base.errors }, frame, at)
            }
            Op::Id(base) => {
                let base = self.records(base, frame);
                let Vector::Records { table, rows } = base.values else {
                    return Lanes { values: Vector::missing(frame.len), errors: base.errors };
                };
                let id = |row| match row {
                    NO_ROW => Value::Missing,
                    row => Value::text(table.ids().get(row as usize)),
                };
                Lanes { values: Vector::Values(rows.iter().map(id).collect()), errors: base.errors }
            }
            Op::Follow(_) => self.records(node, frame),
            Op::Children { .. } => {
                let lists = self.children(node, frame);
                self.weigh(lists, frame, at)
            }
            Op::Not(inner) => {
                let (yes, known, errors) = self.condition(inner, frame);
                Lanes { values: Vector::Bools { yes: known.clone().and_not(&yes), known }, errors }
            }
            Op::Neg(inner) => {
                let inner = self.eval(inner, frame);
                self.each(inner, at, |v| value_ops::negate(&v))
            }
            Op::And(parts) => logic::fold(self, parts, false, frame),
            Op::Or(parts) => logic::fold(self, parts, true, frame),
            Op::Cond(test, then, other) => logic::choose(self, test, then, other, frame),
            Op::Compare(op, a, b) => {
                let (a, b) = (self.eval(a, frame), self.eval(b, frame));
                compare::compare(*op, a, b, self.scope.zone, at)
            }
            Op::In(item, list) => {
                let (item, list) = (self.eval(item, frame), self.eval(list, frame));
                compare::within(item, list, self.scope.zone, at)
            }
            Op::Arith(op, a, b) => {
                let (a, b) = (self.eval(a, frame), self.eval(b, frame));
                let zone = self.scope.zone;
                let out = self.pairs(a, b, at, |a, b| value_ops::arith(*op, &a, &b, zone));
                self.bound(out, frame, at)
            }
            Op::Widen(inner) => {
                let inner = self.eval(inner, frame);
                self.each(inner, at, |v| Ok(widen(v)))
            }
            Op::List(parts) => {
                let mut errors = Errors::new();
                let mut columns = Vec::with_capacity(parts.len());
                for part in parts {
                    let lanes = self.eval(part, frame);
                    errors = both(errors, lanes.errors);
                    columns.push(lanes.values);
                }
                let list = |lane: usize| Value::list(columns.iter().map(|c| c.value(lane)));
                let values = (0..frame.len)
                    .map(|lane| if failed(&errors, lane) { Value::Missing } else { list(lane) })
                    .collect();
                self.bound(Lanes { values: Vector::Values(values), errors }, frame, at)
            }
            Op::Index(list, index) => {
                let (list, index) = (self.eval(list, frame), self.eval(index, frame));
                lists::index(list, index, at)
            }
            Op::Has(inner) => self.has(inner, frame),
            Op::Changed { ix, .. } => {
                let now = |row: u32| self.scope.table().map_or(Value::Missing, |t| t.get(row as usize, *ix));
                let was = |row: u32| self.scope.before.map_or(Value::Missing, |t| t.get(row as usize, *ix));
                let changed = |lane: usize| {
                    let (new, old) = (now(frame.own.get(lane)), was(frame.own.get(lane)));
                    if new.is_blank() || old.is_blank() {
                        new.is_blank() != old.is_blank()
                    } else {
                        new != old
                    }
                };
                let yes = Bitmap::from_fn(frame.len, changed);
                Lanes::of(Vector::Bools { yes, known: Bitmap::filled(frame.len, true) })
            }
            Op::Now => match self.scope.now {
                Some(now) => Lanes::of(Vector::Same(Value::Instant(now), frame.len)),
                None => Lanes::failed(frame.len, &EvalError::NowRequired { offset: at.start }),
            },
            Op::Today => match self.today(at) {
                Ok(today) => Lanes::of(Vector::Same(today, frame.len)),
                Err(error) => Lanes::failed(frame.len, &error),
            },
            Op::Call(func, args) => self.call(*func, args, node, frame),
            Op::Matches(text, pattern) => {
                let text = self.eval(text, frame);
                compare::matches(text, at, |t| Ok(pattern.is_match(t)))
            }
            Op::Macro { kind, source, slot, body } => {
                let source = self.eval(source, frame);
                lists::over(self, lists::Over { kind: *kind, slot: *slot, body, node }, source, frame)
            }
        }
    }

    /// The outcome of a condition: where it holds, where that is known, and errors.
    pub(super) fn condition(&mut self, node: &'a Node, frame: &Frame<'a>) -> (Bitmap, Bitmap, Errors) {
        let lanes = self.eval(node, frame);
        compare::truths(lanes, node.loc)
    }

    fn own(&self, frame: &Frame<'a>) -> Lanes<'a> {
        match self.scope.table() {
            Some(table) => Lanes::of(Vector::Records { table, rows: frame.own.clone() }),
            None => Lanes::of(Vector::missing(frame.len)),
        }
    }

    fn today(&self, at: Loc) -> Result<Value, EvalError> {
        let now = self.scope.now.ok_or(EvalError::NowRequired { offset: at.start })?;
        let date = now.date_in(self.scope.zone);
        date.map(Value::Date).ok_or(EvalError::Overflow { offset: at.start })
    }

    /// The records of a node of type record: a dangling or missing reference leads to none.
    fn records(&mut self, node: &'a Node, frame: &Frame<'a>) -> Lanes<'a> {
        let lanes = match &node.op {
            Op::Own => return self.own(frame),
            Op::Follow(reference) => self.eval(reference, frame),
            _ => self.eval(node, frame),
        };
        if let Vector::Records { .. } = lanes.values {
            return lanes;
        }
        let offset = node.loc.start;
        let Some(object) = node.ty.object() else {
            return Lanes::failed(frame.len, &EvalError::WrongType { offset });
        };
        let Some(table) = self.scope.data.table(object.as_str()) else {
            return self.no_table(object, lanes, offset);
        };
        if let Vector::View { rows, object, field, .. } = &lanes.values
            && let Some(parents) = self.scope.data.parents(object.as_str(), *field)
        {
            let rows = match rows {
                Rows::Range(start, len) => {
                    let start = *start as usize;
                    Rows::List(parents.rows()[start..start + len].into())
                }
                Rows::List(rows) => Rows::List(rows.iter().map(|row| parents.of(*row as usize)).collect()),
            };
            return Lanes { values: Vector::Records { table, rows }, errors: lanes.errors };
        }
        let mut errors = Errors::new();
        let mut rows = Vec::with_capacity(frame.len);
        for (lane, lane_ix) in (0..frame.len).zip(0_u32..) {
            rows.push(match lanes.values.value(lane) {
                Value::Missing => NO_ROW,
                Value::Reference(id) => self.scope.data.row(object.as_str(), id.as_str()).unwrap_or(NO_ROW),
                Value::Text(id) if RecordId::fits(&id) => {
                    self.scope.data.row(object.as_str(), &id).unwrap_or(NO_ROW)
                }
                _ => {
                    errors.push((lane_ix, EvalError::WrongType { offset }));
                    NO_ROW
                }
            });
        }
        let rows = Rows::List(rows.into());
        Lanes { values: Vector::Records { table, rows }, errors: both(lanes.errors, errors) }
    }

    /// Every lane that would lead somewhere fails.
    fn no_table(&self, object: &ObjectName, lanes: Lanes<'a>, offset: usize) -> Lanes<'a> {
        let error = EvalError::MissingTable { object: object.clone(), offset };
        let wrong = EvalError::WrongType { offset };
        let mut errors = Errors::new();
        for lane in lanes.values.known().ones() {
            let fits = match lanes.values.value(lane) {
                Value::Reference(_) => true,
                Value::Text(id) => RecordId::fits(&id),
                _ => false,
            };
            errors.push((lane_ix(lane), if fits { error.clone() } else { wrong.clone() }));
        }
        Lanes { values: Vector::missing(lanes.values.len()), errors: both(lanes.errors, errors) }
    }

    /// The lists of records that point to records.
    fn children(&mut self, node: &'a Node, frame: &Frame<'a>) -> Lanes<'a> {
        let Op::Children { base, object, field, .. } = &node.op else {
            return self.eval(node, frame);
        };
        let base = self.records(base, frame);
        let Vector::Records { table: of, rows } = base.values else {
            return Lanes { values: Vector::missing(frame.len), errors: base.errors };
        };
        let (Some(table), Some(children)) =
            (self.scope.data.table(object.as_str()), self.scope.data.children(object.as_str(), *field))
        else {
            let error = EvalError::MissingTable { object: object.clone(), offset: node.loc.start };
            let known = rows.known();
            let errors = known.ones().map(|lane| (lane_ix(lane), error.clone())).collect();
            return Lanes { values: Vector::missing(frame.len), errors: both(base.errors, errors) };
        };
        // Records of a table that is not the one of the object cannot be met: rows belong to it.
        debug_assert!(self.scope.data.table(of.schema().name.as_str()).is_some());
        Lanes { values: Vector::Linked { table, children, rows }, errors: base.errors }
    }

    fn has(&mut self, inner: &'a Node, frame: &Frame<'a>) -> Lanes<'a> {
        let lanes = match inner.op {
            // Whether a list is empty is told without going through it.
            Op::Children { .. } => self.children(inner, frame),
            _ => self.eval(inner, frame),
        };
        let mut yes = match &lanes.values {
            list if list.is_list_of_records() => {
                Bitmap::from_fn(frame.len, |lane| list.rows_of(lane).is_some_and(|rows| !rows.is_empty()))
            }
            Vector::Same(value, len) => Bitmap::filled(*len, !value.is_blank()),
            Vector::Values(values) => Bitmap::from_fn(frame.len, |lane| !values[lane].is_blank()),
            other => other.known(),
        };
        let mut known = Bitmap::filled(frame.len, true);
        for (lane, _) in &lanes.errors {
            yes.set(*lane as usize, false);
            known.set(*lane as usize, false);
        }
        Lanes { values: Vector::Bools { yes, known }, errors: lanes.errors }
    }

    fn call(&mut self, func: Func, args: &'a [Node], node: &'a Node, frame: &Frame<'a>) -> Lanes<'a> {
        let at = node.loc;
        let zone = self.scope.zone;
        if let (Func::Size, [list]) = (func, args)
            && matches!(list.op, Op::Children { .. })
        {
            let lists = self.children(list, frame);
            return lists::sizes(lists);
        }
        let mut errors = Errors::new();
        let mut columns: Vec<Vector<'a>> = Vec::with_capacity(args.len() + 1);
        for arg in args {
            let lanes = self.eval(arg, frame);
            errors = both(errors, lanes.errors);
            columns.push(lanes.values);
        }
        if let (Func::Size, [list]) = (func, columns.as_slice())
            && list.is_list_of_records()
        {
            return lists::sizes(Lanes { values: list.clone(), errors });
        }
        if func == Func::DaysSince {
            match self.today(at) {
                Ok(today) => columns.push(Vector::Same(today, frame.len)),
                Err(error) => {
                    return Lanes {
                        values: Vector::missing(frame.len),
                        errors: both(errors, Lanes::failed(frame.len, &error).errors),
                    };
                }
            }
        }
        if let (
            Func::StartsWith | Func::EndsWith | Func::Contains,
            [text, Vector::Same(Value::Text(part), _)],
        ) = (func, columns.as_slice())
        {
            let lanes = Lanes { values: text.clone(), errors };
            return compare::matches(lanes, at, |t| {
                Ok(match func {
                    Func::StartsWith => t.starts_with(&**part),
                    Func::EndsWith => t.ends_with(&**part),
                    _ => t.contains(&**part),
                })
            });
        }
        let mut values = Vec::with_capacity(frame.len);
        let mut found = Errors::new();
        let mut row = Vec::with_capacity(columns.len());
        for lane in 0..frame.len {
            if failed(&errors, lane) {
                values.push(Value::Missing);
                continue;
            }
            row.clear();
            row.extend(columns.iter().map(|c| c.value(lane)));
            let answer = match func {
                Func::Matches => self.computed_pattern(&row, frame.times(lane), at),
                Func::Sum if matches!(row.first(), Some(Value::List(items)) if items.is_empty()) => {
                    Ok(check::zero(&node.ty))
                }
                _ => calls::call(func, &row, zone).map_err(|f| fault(f, at)),
            };
            values.push(answer.unwrap_or_else(|error| {
                found.push((lane_ix(lane), error));
                Value::Missing
            }));
        }
        Lanes { values: Vector::Values(values), errors: both(errors, found) }
    }

    /// A match with a pattern that is known by the row only.
    fn computed_pattern(&mut self, row: &[Value], times: u64, at: Loc) -> Result<Value, EvalError> {
        if times.saturating_mul(self.size.patterns).saturating_mul(PATTERN_WORK) > MAX_WORK {
            return Err(EvalError::CostLimit { offset: at.start });
        }
        let (Some(Value::Text(text)), Some(Value::Text(pattern))) = (row.first(), row.get(1)) else {
            return calls::call(Func::Matches, row, self.scope.zone).map_err(|f| fault(f, at));
        };
        if self.pattern.as_ref().is_none_or(|(known, _)| **known != **pattern) {
            self.pattern = Some((pattern.to_string(), calls::pattern(pattern, PATTERN_BYTES).ok()));
        }
        match self.pattern.as_ref().and_then(|(_, regex)| regex.as_ref()) {
            Some(regex) => Ok(Value::Bool(regex.is_match(text))),
            None => Err(fault(Fault::BadPattern, at)),
        }
    }

    /// An operation on each value.
    fn each(&self, lanes: Lanes<'a>, at: Loc, f: impl Fn(Value) -> Result<Value, Fault>) -> Lanes<'a> {
        let len = lanes.values.len();
        if let (Vector::Same(value, _), true) = (&lanes.values, lanes.errors.is_empty()) {
            return match f(value.clone()) {
                Ok(value) => Lanes::of(Vector::Same(value, len)),
                Err(f) => Lanes::failed(len, &fault(f, at)),
            };
        }
        let mut found = Errors::new();
        let mut values = Vec::with_capacity(len);
        for lane in 0..len {
            if failed(&lanes.errors, lane) {
                values.push(Value::Missing);
                continue;
            }
            values.push(f(lanes.values.value(lane)).unwrap_or_else(|f| {
                found.push((lane_ix(lane), fault(f, at)));
                Value::Missing
            }));
        }
        Lanes { values: Vector::Values(values), errors: both(lanes.errors, found) }
    }

    /// An operation on each pair of values.
    fn pairs(
        &self,
        a: Lanes<'a>,
        b: Lanes<'a>,
        at: Loc,
        f: impl Fn(Value, Value) -> Result<Value, Fault>,
    ) -> Lanes<'a> {
        let errors = both(a.errors, b.errors);
        let len = a.values.len();
        let mut found = Errors::new();
        let mut values = Vec::with_capacity(len);
        for lane in 0..len {
            if failed(&errors, lane) {
                values.push(Value::Missing);
                continue;
            }
            values.push(f(a.values.value(lane), b.values.value(lane)).unwrap_or_else(|f| {
                found.push((lane_ix(lane), fault(f, at)));
                Value::Missing
            }));
        }
        Lanes { values: Vector::Values(values), errors: both(errors, found) }
    }

    /// Refuses what is read in a macro where reading it that often is too much work.
    fn weigh(&self, mut lanes: Lanes<'a>, frame: &Frame<'a>, at: Loc) -> Lanes<'a> {
        let heavy = match &lanes.values {
            Vector::View { column, .. } => {
                column.longest() > HEAVY_TEXT
                    || matches!(column.data(), qudao_model::columns::ColumnData::Values(_))
            }
            Vector::Same(value, _) => weight(value) > 1,
            Vector::Codes { .. } | Vector::Values(_) | Vector::Lists { .. } => true,
            Vector::Linked { children, .. } => {
                frame.times.is_some() || self.size.exceeds(1, children.longest() as u64)
            }
            Vector::Bools { .. } | Vector::Ints { .. } | Vector::Records { .. } => false,
        };
        if !heavy {
            return lanes;
        }
        let mut found = Errors::new();
        for lane in 0..frame.len {
            let weight = match &lanes.values {
                Vector::Values(values) => weight(&values[lane]),
                list if list.is_list_of_records() => list.rows_of(lane).map_or(0, <[u32]>::len) as u64,
                values => weight(&values.value(lane)),
            };
            if self.size.exceeds(frame.times(lane), weight) && !failed(&lanes.errors, lane) {
                found.push((lane_ix(lane), EvalError::CostLimit { offset: at.start }));
            }
        }
        if !found.is_empty() {
            lanes.errors = both(lanes.errors, found);
            lanes.values = super::vector::without(lanes.values, &lanes.errors);
        }
        lanes
    }

    /// Refuses results that have become too large.
    pub(super) fn bound(&self, mut lanes: Lanes<'a>, frame: &Frame<'a>, at: Loc) -> Lanes<'a> {
        let Vector::Values(values) = &mut lanes.values else { return lanes };
        let mut found = Errors::new();
        for (lane, value) in values.iter_mut().enumerate() {
            let weight = weight(value);
            if weight > MAX_ITEMS || (weight > 1 && self.size.exceeds(frame.times(lane), weight)) {
                *value = Value::Missing;
                found.push((lane_ix(lane), EvalError::CostLimit { offset: at.start }));
            }
        }
        lanes.errors = both(lanes.errors, found);
        lanes
    }
}

/// The number of a lane.
pub(super) fn lane_ix(lane: usize) -> u32 {
    u32::try_from(lane).unwrap_or(u32::MAX)
}
