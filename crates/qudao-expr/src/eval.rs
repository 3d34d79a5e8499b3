//! Evaluation on one record.
//!
//! Recursion follows the tree, whose height is bounded. Every node evaluated and every list item costs a step.

use qudao_model::{ObjectName, Record, RecordId, Value};

use crate::func::Func;
use crate::limits::{MAX_COST, PATTERN_COST};
use crate::loc::Loc;
use crate::node::{MacroKind, Node, Op};
use crate::value_ops::{self, Fault};
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

/// One evaluation.
pub(crate) struct Eval<'a> {
    scope: &'a Scope<'a>,
    locals: Vec<Val<'a>>,
    cost: u64,
}

impl<'a> Eval<'a> {
    pub(crate) fn new(scope: &'a Scope<'a>) -> Self {
        Self { scope, locals: Vec::new(), cost: 0 }
    }

    fn spend(&mut self, steps: usize, loc: Loc) -> Result<(), EvalError> {
        self.cost = self.cost.saturating_add(u64::try_from(steps).unwrap_or(u64::MAX));
        if self.cost > MAX_COST { Err(EvalError::CostLimit { offset: loc.start }) } else { Ok(()) }
    }

    /// The truth of a condition.
    pub(crate) fn truth(&mut self, node: &'a Node) -> Result<Truth, EvalError> {
        match self.bool(node)? {
            Some(value) => Ok(Truth::from(value)),
            None => Ok(Truth::Unknown),
        }
    }

    fn bool(&mut self, node: &'a Node) -> Result<Option<bool>, EvalError> {
        self.eval(node)?.with(|v| match v {
            Value::Bool(b) => Ok(Some(*b)),
            Value::Missing => Ok(None),
            _ => Err(EvalError::WrongType { offset: node.loc.start }),
        })
    }

    /// The value of a node.
    pub(crate) fn eval(&mut self, node: &'a Node) -> Result<Val<'a>, EvalError> {
        self.spend(1, node.loc)?;
        let at = node.loc;
        Ok(match &node.op {
            Op::Const(value) => Val::Ref(value),
            Op::Own => Val::Record(self.scope.record),
            Op::Var { slot, .. } => self.scope.vars.get(*slot).map_or(Val::missing(), present),
            Op::Local(slot) => self.locals.get(*slot).cloned().unwrap_or(Val::missing()),
            Op::Field { base, ix, .. } => match self.record(base)? {
                Some(record) => present(record.at(*ix)),
                None => Val::missing(),
            },
            Op::Id(base) => match self.record(base)? {
                Some(record) => Val::Own(Value::text(record.id().as_str())),
                None => Val::missing(),
            },
            Op::Follow(_) => self.record(node)?.map_or(Val::missing(), Val::Record),
            Op::Children { base, object, field, .. } => match self.record(base)? {
                None => Val::missing(),
                Some(record) => {
                    self.table(object, at)?;
                    let list = self.scope.data.children(object.as_str(), *field, record.id().as_str());
                    self.spend(list.len(), at)?;
                    Val::Records(list.collect())
                }
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
                self.spend(weight(&a).min(weight(&b)), at)?;
                let zone = self.scope.zone;
                Val::truth(
                    a.with(|a| b.with(|b| value_ops::compare(*op, a, b, zone))).map_err(|f| fault(f, at))?,
                )
            }
            Op::In(item, list) => self.within(item, list, at)?,
            Op::Arith(op, a, b) => {
                let (a, b) = (self.eval(a)?, self.eval(b)?);
                self.spend(weight(&a) + weight(&b), at)?;
                let zone = self.scope.zone;
                Val::Own(a.with(|a| b.with(|b| value_ops::arith(*op, a, b, zone))).map_err(|f| fault(f, at))?)
            }
            Op::Widen(inner) => Val::Own(widen(self.eval(inner)?.into_value())),
            Op::List(parts) => {
                let mut items = Vec::with_capacity(parts.len());
                for part in parts {
                    items.push(self.eval(part)?.into_value());
                }
                Val::Own(Value::list(items))
            }
            Op::Index(list, index) => self.index(list, index, at)?,
            Op::Has(inner) => Val::truth(Some(match self.eval(inner)? {
                Val::Records(records) => !records.is_empty(),
                other => other.with(|v| !v.is_blank()),
            })),
            Op::Changed { ix, .. } => {
                let blank = |v: &Value| v.is_blank();
                let new = self.scope.record.at(*ix);
                let old = self.scope.before.map_or(&MISSING, |r| r.at(*ix));
                Val::truth(Some(if blank(new) || blank(old) { blank(new) != blank(old) } else { new != old }))
            }
            Op::Now => Val::Own(Value::Instant(self.now(at)?)),
            Op::Today => Val::Own(self.today(at)?),
            Op::Call(func, args) => self.call(*func, args, node)?,
            Op::Matches(text, pattern) => {
                let text = self.eval(text)?;
                self.spend(weight(&text), at)?;
                text.with(|v| match v {
                    Value::Missing => Ok(Val::missing()),
                    Value::Text(t) => Ok(Val::truth(Some(pattern.is_match(t)))),
                    _ => Err(fault(Fault::WrongType, at)),
                })?
            }
            Op::Macro { kind, source, slot, body } => self.over(*kind, source, *slot, body, at)?,
        })
    }

    fn now(&self, at: Loc) -> Result<qudao_model::Instant, EvalError> {
        self.scope.now.ok_or(EvalError::NowRequired { offset: at.start })
    }

    fn today(&self, at: Loc) -> Result<Value, EvalError> {
        let date = self.now(at)?.date_in(self.scope.zone);
        date.map(Value::Date).ok_or(EvalError::Overflow { offset: at.start })
    }

    fn table(&self, object: &ObjectName, at: Loc) -> Result<(), EvalError> {
        if self.scope.data.has(object.as_str()) {
            return Ok(());
        }
        Err(EvalError::MissingTable { object: object.clone(), offset: at.start })
    }

    /// The record of a node of type record: a dangling or missing reference leads to none.
    fn record(&mut self, node: &'a Node) -> Result<Option<&'a Record>, EvalError> {
        let val = match &node.op {
            Op::Own => return Ok(Some(self.scope.record)),
            Op::Follow(reference) => self.eval(reference)?,
            _ => self.eval(node)?,
        };
        if let Val::Record(record) = val {
            return Ok(Some(record));
        }
        let wrong = EvalError::WrongType { offset: node.loc.start };
        let object = node.ty.object().ok_or_else(|| wrong.clone())?;
        let id: RecordId = match val.with(|v| match v {
            Value::Missing => Ok(None),
            Value::Reference(id) => Ok(Some(id.clone())),
            // Actors and other hosts' ids come as text.
            Value::Text(id) => RecordId::new(id).map(Some).map_err(|_| wrong.clone()),
            _ => Err(wrong.clone()),
        })? {
            Some(id) => id,
            None => return Ok(None),
        };
        self.table(object, node.loc)?;
        Ok(self.scope.data.get(object.as_str(), id.as_str()))
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
        self.spend(weight(&list), at)?;
        let zone = self.scope.zone;
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
        let mut values = Vec::with_capacity(args.len() + 1);
        for arg in args {
            let value = self.eval(arg)?;
            if let (Func::Size, Val::Records(records)) = (func, &value) {
                return Ok(Val::Own(Value::Int(i64::try_from(records.len()).unwrap_or(i64::MAX))));
            }
            self.spend(weight(&value), at)?;
            values.push(value.into_value());
        }
        if func == Func::DaysSince {
            values.push(self.today(at)?);
        }
        if func == Func::Matches {
            self.spend(usize::try_from(PATTERN_COST).unwrap_or(usize::MAX), at)?;
        }
        let value = crate::calls::call(func, &values, self.scope.zone).map_err(|f| fault(f, at))?;
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
        self.spend(items.len(), at)?;
        self.locals.truncate(slot);
        self.locals.push(Val::missing());
        let result = self.over_items(kind, items, slot, body);
        self.locals.truncate(slot);
        result
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

/// What copying or comparing a value costs beyond one step.
fn weight(val: &Val<'_>) -> usize {
    match val {
        Val::Ref(Value::Text(t)) => t.len() / 64,
        Val::Own(Value::Text(t)) => t.len() / 64,
        Val::Ref(Value::List(items)) => items.len(),
        Val::Own(Value::List(items)) => items.len(),
        Val::Records(records) => records.len(),
        _ => 0,
    }
}

/// Whole numbers as decimals, in lists too.
pub(crate) fn widen(value: Value) -> Value {
    match value {
        Value::Int(n) => Value::Decimal(n.into()),
        Value::List(items) => Value::list(items.iter().cloned().map(widen)),
        other => other,
    }
}

fn fault(fault: Fault, at: Loc) -> EvalError {
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
