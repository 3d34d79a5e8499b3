//! Evaluation on one record.
//!
//! Recursion follows the tree, whose height is bounded.

use chrono_tz::Tz;
use qudao_model::{Instant, Record, RecordId, Value};

use crate::func::Func;
use crate::limits::{MAX_ITEMS, MAX_WORK, PATTERN_WORK};
use crate::loc::Loc;
use crate::node::{MacroKind, NO_INPUT, Node, Op};
use crate::value_ops::{self, Fault};
use crate::work::{Size, weight};
use crate::{EvalError, Scope, Truth};

/// A value under evaluation: borrowed where it lies in a record or in the program.
#[derive(Debug, Clone)]
pub(crate) enum Val<'a> {
    Ref(&'a Value),
    Own(Value),
    Record(&'a Record),
    Records(Vec<&'a Record>),
}

const MISSING: Value = Value::Missing;

impl<'a> Val<'a> {
    fn missing() -> Self {
        Val::Own(MISSING)
    }

    fn truth(value: Option<bool>) -> Self {
        Val::Own(value.map_or(MISSING, Value::Bool))
    }

    fn is_missing(&self) -> bool {
        matches!(self, Val::Ref(Value::Missing) | Val::Own(Value::Missing))
    }

    /// As a plain value: records as references.
    pub(crate) fn into_value(self) -> Value {
        match self {
            Val::Ref(value) => value.clone(),
            Val::Own(value) => value,
            Val::Record(record) => Value::Reference(record.id().clone()),
            Val::Records(records) => Value::list(records.iter().map(|r| Value::Reference(r.id().clone()))),
        }
    }

    /// Calls `f` with the value, without copying it where it can be had in place.
    fn with<T>(&self, f: impl FnOnce(&Value) -> T) -> T {
        match self {
            Val::Ref(value) => f(value),
            Val::Own(value) => f(value),
            other => f(&other.clone().into_value()),
        }
    }
}

/// What an evaluation reads from.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Source<'a> {
    /// A record and what it leads to.
    Scope(&'a Scope<'a>),
    /// Values given one by one.
    Inputs { values: &'a [Value], now: Option<Instant>, zone: Tz },
}

/// One evaluation.
pub(crate) struct Eval<'a> {
    source: Source<'a>,
    zone: Tz,
    size: Size,
    locals: Vec<Val<'a>>,
    /// How often the macros around repeat what is evaluated.
    times: u64,
}

impl<'a> Eval<'a> {
    pub(crate) fn new(scope: &'a Scope<'a>, size: Size) -> Self {
        Self::of(Source::Scope(scope), size)
    }

    pub(crate) fn of(source: Source<'a>, size: Size) -> Self {
        let zone = match source {
            Source::Scope(scope) => scope.zone,
            Source::Inputs { zone, .. } => zone,
        };
        Self { source, zone, size, locals: Vec::new(), times: 1 }
    }

    /// Refuses what is too much to go through, as often as it is met.
    fn weigh(&self, val: Val<'a>, at: Loc) -> Result<Val<'a>, EvalError> {
        let weight = match &val {
            Val::Ref(value @ (Value::Text(_) | Value::List(_))) => weight(value),
            Val::Own(value @ (Value::Text(_) | Value::List(_))) => weight(value),
            Val::Records(records) => records.len() as u64,
            _ => return Ok(val),
        };
        if self.size.exceeds(self.times, weight) {
            return Err(EvalError::CostLimit { offset: at.start });
        }
        Ok(val)
    }

    /// Refuses results that have become too large.
    fn bound(&self, value: Value, at: Loc) -> Result<Val<'a>, EvalError> {
        if let Value::Text(_) | Value::List(_) = value {
            let weight = weight(&value);
            if weight > MAX_ITEMS || self.size.exceeds(self.times, weight) {
                return Err(EvalError::CostLimit { offset: at.start });
            }
        }
        Ok(Val::Own(value))
    }

    /// The record whose fields are bare names, and what it leads to.
    fn scope(&self, at: Loc) -> Result<&'a Scope<'a>, EvalError> {
        match self.source {
            Source::Scope(scope) => Ok(scope),
            Source::Inputs { .. } => Err(EvalError::NeedsRecords { offset: at.start }),
        }
    }

    /// The truth of a condition.
    pub(crate) fn truth(&mut self, node: &'a Node) -> Result<Truth, EvalError> {
        match self.bool(node)? {
            Some(value) => Ok(Truth::from(value)),
            None => Ok(Truth::Unknown),
        }
    }

    pub(crate) fn bool(&mut self, node: &'a Node) -> Result<Option<bool>, EvalError> {
        self.eval(node)?.with(|v| match v {
            Value::Bool(b) => Ok(Some(*b)),
            Value::Missing => Ok(None),
            _ => Err(EvalError::WrongType { offset: node.loc.start }),
        })
    }

    /// The value of a node.
    pub(crate) fn eval(&mut self, node: &'a Node) -> Result<Val<'a>, EvalError> {
        let at = node.loc;
        if node.input != NO_INPUT
            && let Source::Inputs { values, .. } = self.source
        {
            let value = values.get(node.input as usize).map_or(Val::missing(), present);
            return self.weigh(value, at);
        }
        Ok(match &node.op {
            Op::Const(value) => Val::Ref(value),
            Op::Own => Val::Record(self.scope(at)?.record),
            Op::Var { slot, .. } => {
                let value = self.scope(at)?.vars.get(*slot).map_or(Val::missing(), present);
                self.weigh(value, at)?
            }
            Op::Local(slot) => {
                let value = self.locals.get(*slot).cloned().unwrap_or(Val::missing());
                self.weigh(value, at)?
            }
            Op::Field { base, ix, .. } => match self.record(base)? {
                Some(record) => self.weigh(present(record.at(*ix)), at)?,
                None => Val::missing(),
            },
            Op::Id(base) => match self.record(base)? {
                Some(record) => Val::Own(Value::text(record.id().as_str())),
                None => Val::missing(),
            },
            Op::Follow(_) => self.record(node)?.map_or(Val::missing(), Val::Record),
            Op::Children { .. } => match self.children(node)? {
                None => Val::missing(),
                Some(list) if self.size.exceeds(self.times, list.len() as u64) => {
                    return Err(EvalError::CostLimit { offset: at.start });
                }
                Some(list) => Val::Records(list.collect()),
            },
            Op::Not(inner) => Val::truth(self.bool(inner)?.map(|b| !b)),
            Op::Neg(inner) => Val::Own(self.eval(inner)?.with(value_ops::negate).map_err(|f| fault(f, at))?),
            Op::And(parts) => Val::truth(self.fold(parts.iter(), false)?),
            Op::Or(parts) => Val::truth(self.fold(parts.iter(), true)?),
            Op::Cond(test, then, other) => match self.bool(test)? {
                Some(true) => self.eval(then)?,
                Some(false) => self.eval(other)?,
                None => Val::missing(),
            },
            Op::Compare(op, a, b) => {
                let (a, b) = (self.eval(a)?, self.eval(b)?);
                let zone = self.zone;
                Val::truth(
                    a.with(|a| b.with(|b| value_ops::compare(*op, a, b, zone))).map_err(|f| fault(f, at))?,
                )
            }
            Op::In(item, list) => self.within(item, list, at)?,
            Op::Arith(op, a, b) => {
                let (a, b) = (self.eval(a)?, self.eval(b)?);
                let zone = self.zone;
                let value = a.with(|a| b.with(|b| value_ops::arith(*op, a, b, zone)));
                self.bound(value.map_err(|f| fault(f, at))?, at)?
            }
            Op::Widen(inner) => Val::Own(widen(self.eval(inner)?.into_value())),
            Op::List(parts) => {
                let mut items = Vec::with_capacity(parts.len());
                for part in parts {
                    items.push(self.eval(part)?.into_value());
                }
                self.bound(Value::list(items), at)?
            }
            Op::Index(list, index) => self.index(list, index, at)?,
            Op::Has(inner) => Val::truth(Some(self.has(inner)?)),
            Op::Changed { ix, .. } => {
                let scope = self.scope(at)?;
                let blank = |v: &Value| v.is_blank();
                let new = scope.record.at(*ix);
                let old = scope.before.map_or(&MISSING, |r| r.at(*ix));
                Val::truth(Some(if blank(new) || blank(old) { blank(new) != blank(old) } else { new != old }))
            }
            Op::Now => Val::Own(Value::Instant(self.now(at)?)),
            Op::Today => Val::Own(self.today(at)?),
            Op::Call(func, args) => self.call(*func, args, node)?,
            Op::Matches(text, pattern) => self.eval(text)?.with(|v| match v {
                Value::Missing => Ok(Val::missing()),
                Value::Text(t) => Ok(Val::truth(Some(pattern.is_match(t)))),
                _ => Err(fault(Fault::WrongType, at)),
            })?,
            Op::Macro { kind, source, slot, body } => self.over(*kind, source, *slot, body, at)?,
        })
    }

    fn has(&mut self, inner: &'a Node) -> Result<bool, EvalError> {
        if let Op::Children { .. } = inner.op {
            // Whether a list is empty is told without going through it.
            if let Source::Inputs { values, .. } = self.source {
                let size = values.get(inner.input as usize);
                return Ok(matches!(size, Some(Value::Int(1..))));
            }
            return Ok(self.children(inner)?.is_some_and(|list| list.len() > 0));
        }
        Ok(match self.eval(inner)? {
            Val::Records(records) => !records.is_empty(),
            other => other.with(|v| !v.is_blank()),
        })
    }

    /// The records that point to a record; `None` where there is none.
    fn children(
        &mut self,
        node: &'a Node,
    ) -> Result<Option<impl ExactSizeIterator<Item = &'a Record> + use<'a>>, EvalError> {
        let at = node.loc;
        let Op::Children { base, object, field, .. } = &node.op else {
            return Err(fault(Fault::WrongType, at));
        };
        let Some(record) = self.record(base)? else { return Ok(None) };
        let table = self.scope(at)?.data.table(object.as_str());
        let missing = || EvalError::MissingTable { object: object.clone(), offset: at.start };
        Ok(Some(table.ok_or_else(missing)?.children(*field, record.id().as_str())))
    }

    fn now(&self, at: Loc) -> Result<qudao_model::Instant, EvalError> {
        let now = match self.source {
            Source::Scope(scope) => scope.now,
            Source::Inputs { now, .. } => now,
        };
        now.ok_or(EvalError::NowRequired { offset: at.start })
    }

    fn today(&self, at: Loc) -> Result<Value, EvalError> {
        let date = self.now(at)?.date_in(self.zone);
        date.map(Value::Date).ok_or(EvalError::Overflow { offset: at.start })
    }

    /// The record of a node of type record: a dangling or missing reference leads to none.
    fn record(&mut self, node: &'a Node) -> Result<Option<&'a Record>, EvalError> {
        let val = match &node.op {
            Op::Own => return Ok(Some(self.scope(node.loc)?.record)),
            Op::Follow(reference) => self.eval(reference)?,
            _ => self.eval(node)?,
        };
        if let Val::Record(record) = val {
            return Ok(Some(record));
        }
        let wrong = || EvalError::WrongType { offset: node.loc.start };
        let object = node.ty.object().ok_or_else(wrong)?;
        let table = self.scope(node.loc)?.data.table(object.as_str());
        let missing = || EvalError::MissingTable { object: object.clone(), offset: node.loc.start };
        val.with(|v| match v {
            Value::Missing => Ok(None),
            Value::Reference(id) => Ok(table.ok_or_else(missing)?.get(id.as_str())),
            // Actors and other hosts' ids come as text.
            Value::Text(id) if RecordId::fits(id) => Ok(table.ok_or_else(missing)?.get(id)),
            _ => Err(wrong()),
        })
    }

    /// Kleene's `&&` and `||` over many: `end` decides the whole. As in CEL, an error of the data is outvoted by a
    /// deciding operand on either side; errors of the host are not.
    fn fold(&mut self, parts: impl Iterator<Item = &'a Node>, end: bool) -> Result<Option<bool>, EvalError> {
        let mut known = true;
        let mut error = None;
        for part in parts {
            match self.bool(part) {
                Ok(Some(value)) if value == end => return Ok(Some(end)),
                Ok(Some(_)) => {}
                Ok(None) => known = false,
                Err(e) if e.is_data() => error = error.or(Some(e)),
                Err(e) => return Err(e),
            }
        }
        match error {
            Some(e) => Err(e),
            None => Ok(known.then_some(!end)),
        }
    }

    fn within(&mut self, item: &'a Node, list: &'a Node, at: Loc) -> Result<Val<'a>, EvalError> {
        let item = self.eval(item)?;
        let list = self.eval(list)?;
        let zone = self.zone;
        let found = match &list {
            Val::Records(records) => item.with(|item| match item.as_text() {
                None => Ok(None),
                Some(id) => Ok(Some(records.iter().any(|r| r.id().as_str() == id))),
            }),
            other => other.with(|list| match list {
                Value::Missing => Ok(None),
                Value::List(items) => item.with(|item| value_ops::contains(item, items.iter(), zone)),
                _ => Err(Fault::WrongType),
            }),
        };
        found.map(Val::truth).map_err(|f| fault(f, at))
    }

    fn index(&mut self, list: &'a Node, index: &'a Node, at: Loc) -> Result<Val<'a>, EvalError> {
        let list = self.eval(list)?;
        let index = self.eval(index)?.into_value();
        let position = match index {
            Value::Missing => return Ok(Val::missing()),
            Value::Int(n) => usize::try_from(n).ok(),
            _ => return Err(fault(Fault::WrongType, at)),
        };
        let Some(position) = position else { return Ok(Val::missing()) };
        Ok(match list {
            Val::Records(records) => records.get(position).copied().map_or(Val::missing(), Val::Record),
            Val::Ref(Value::List(items)) => items.get(position).map_or(Val::missing(), Val::Ref),
            Val::Own(Value::List(items)) => Val::Own(items.get(position).cloned().unwrap_or_default()),
            other if other.is_missing() => Val::missing(),
            _ => return Err(fault(Fault::WrongType, at)),
        })
    }

    fn call(&mut self, func: Func, args: &'a [Node], node: &'a Node) -> Result<Val<'a>, EvalError> {
        let at = node.loc;
        let count = |n: usize| Ok(Val::Own(Value::Int(i64::try_from(n).unwrap_or(i64::MAX))));
        if let (Func::Size, [list]) = (func, args)
            && matches!(list.op, Op::Children { .. })
        {
            // How many there are is told without going through them.
            return match self.children(list)? {
                Some(list) => count(list.len()),
                None => Ok(Val::missing()),
            };
        }
        let mut values = Vec::with_capacity(args.len() + 1);
        for arg in args {
            let value = self.eval(arg)?;
            if let (Func::Size, Val::Records(records)) = (func, &value) {
                return count(records.len());
            }
            values.push(value.into_value());
        }
        if func == Func::DaysSince {
            values.push(self.today(at)?);
        }
        if func == Func::Matches {
            let work = self.times.saturating_mul(self.size.patterns).saturating_mul(PATTERN_WORK);
            if work > MAX_WORK {
                return Err(EvalError::CostLimit { offset: at.start });
            }
        }
        let value = crate::calls::call(func, &values, self.zone).map_err(|f| fault(f, at))?;
        if func == Func::Sum && matches!(values.first(), Some(Value::List(items)) if items.is_empty()) {
            return Ok(Val::Own(crate::check::zero(&node.ty)));
        }
        Ok(Val::Own(value))
    }

    fn over(
        &mut self,
        kind: MacroKind,
        source: &'a Node,
        slot: usize,
        body: &'a Node,
        at: Loc,
    ) -> Result<Val<'a>, EvalError> {
        let items: Vec<Val<'a>> = match self.eval(source)? {
            Val::Records(records) => records.into_iter().map(Val::Record).collect(),
            Val::Ref(Value::List(items)) => items.iter().map(Val::Ref).collect(),
            Val::Own(Value::List(items)) => items.iter().cloned().map(Val::Own).collect(),
            other if other.is_missing() => return Ok(Val::missing()),
            _ => return Err(fault(Fault::WrongType, at)),
        };
        if self.size.exceeds(self.times, items.len() as u64) {
            return Err(EvalError::CostLimit { offset: at.start });
        }
        let times = self.times;
        self.times = times.saturating_mul(items.len() as u64);
        self.locals.truncate(slot);
        self.locals.push(Val::missing());
        let result = self.over_items(kind, items, slot, body);
        self.locals.truncate(slot);
        self.times = times;
        match result? {
            Val::Own(list @ Value::List(_)) if kind == MacroKind::Map => self.bound(list, at),
            Val::Records(list) if kind == MacroKind::Map && list.len() as u64 > MAX_ITEMS => {
                Err(EvalError::CostLimit { offset: at.start })
            }
            other => Ok(other),
        }
    }

    fn over_items(
        &mut self,
        kind: MacroKind,
        items: Vec<Val<'a>>,
        slot: usize,
        body: &'a Node,
    ) -> Result<Val<'a>, EvalError> {
        let mut known = true;
        let mut error = None;
        let mut hits = 0_usize;
        let mut kept: Vec<Val<'a>> = Vec::new();
        for item in items {
            self.locals.truncate(slot);
            self.locals.push(item.clone());
            if kind == MacroKind::Map {
                kept.push(self.eval(body)?);
                continue;
            }
            let answer = match self.bool(body) {
                Ok(answer) => answer,
                Err(e) if e.is_data() && matches!(kind, MacroKind::Exists | MacroKind::All) => {
                    error = error.or(Some(e));
                    continue;
                }
                Err(e) => return Err(e),
            };
            match (kind, answer) {
                (MacroKind::Exists, Some(true)) => return Ok(Val::truth(Some(true))),
                (MacroKind::All, Some(false)) => return Ok(Val::truth(Some(false))),
                (MacroKind::ExistsOne, Some(true)) => hits += 1,
                (MacroKind::Filter, Some(true)) => kept.push(item),
                (_, None) => known = false,
                _ => {}
            }
        }
        if let Some(e) = error {
            return Err(e);
        }
        Ok(match kind {
            MacroKind::Exists => Val::truth(known.then_some(false)),
            MacroKind::All => Val::truth(known.then_some(true)),
            MacroKind::ExistsOne => {
                Val::truth(if hits > 1 { Some(false) } else { known.then_some(hits == 1) })
            }
            MacroKind::Filter | MacroKind::Map => gather(kept),
        })
    }
}

/// A list of values; one of records alone stays one of records.
fn gather<'a>(items: Vec<Val<'a>>) -> Val<'a> {
    if items.is_empty() {
        return Val::Own(Value::list([]));
    }
    let records: Option<Vec<&'a Record>> =
        items.iter().map(|v| if let Val::Record(r) = v { Some(*r) } else { None }).collect();
    match records {
        Some(records) => Val::Records(records),
        None => Val::Own(Value::list(items.into_iter().map(Val::into_value))),
    }
}

/// A stored value; blank text and empty lists are missing.
fn present(value: &Value) -> Val<'_> {
    if value.is_blank() { Val::missing() } else { Val::Ref(value) }
}

/// Whole numbers as decimals, in lists too.
pub(crate) fn widen(value: Value) -> Value {
    match value {
        Value::Int(n) => Value::Decimal(n.into()),
        Value::List(items) => Value::list(items.iter().cloned().map(widen)),
        other => other,
    }
}

pub(crate) fn fault(fault: Fault, at: Loc) -> EvalError {
    let offset = at.start;
    match fault {
        Fault::Overflow => EvalError::Overflow { offset },
        Fault::DivisionByZero => EvalError::DivisionByZero { offset },
        Fault::CurrencyMismatch => EvalError::CurrencyMismatch { offset },
        Fault::BadConversion(function) => EvalError::BadConversion { function, offset },
        Fault::NotWholeDays => EvalError::NotWholeDays { offset },
        Fault::BadPattern => EvalError::BadPattern { offset },
        Fault::WrongType => EvalError::WrongType { offset },
    }
}
