//! Conditions in the form in which they are tested fastest: `&&`, `||`, `!` over tests of one value against constants.
//!
//! What is none of these, or meets a value that the test is not made for, is evaluated as it stands in the tree, which
//! also tells of errors.

use std::cmp::Ordering;
use std::sync::Arc;

use qudao_model::{Decimal, FieldIx, ObjectName, Record, Value};

use crate::eval::{Eval, Source};
use crate::func::Func;
use crate::inputs::{Input, number};
use crate::limits::HEAVY_TEXT;
use crate::node::{NO_INPUT, Node, Op};
use crate::syntax::CompareOp;
use crate::value_ops;
use crate::work::Size;
use crate::{EvalError, Scope};

/// A condition, ready to be tested.
#[derive(Debug)]
pub(crate) struct Quick {
    /// The values that it reads.
    pub(crate) inputs: Vec<Input>,
    /// True when it reads nothing but these.
    pub(crate) alone: bool,
    /// The tree with its inputs numbered.
    pub(crate) root: Node,
    condition: Condition,
}

#[derive(Debug)]
enum Condition {
    And(Box<[Condition]>),
    Or(Box<[Condition]>),
    Not(Box<Condition>),
    Test(Box<Leaf>),
    Node(Box<Node>),
}

/// A test of one value.
#[derive(Debug)]
struct Leaf {
    read: Read,
    test: Test,
    /// The input that holds the value, or the size of a child list.
    input: usize,
    list: bool,
    node: Node,
}

/// Where the value lies, seen from a record.
#[derive(Debug)]
enum Read {
    /// A field, reached over references.
    Field(Box<[(FieldIx, ObjectName)]>, FieldIx),
    /// The number of records that point to a record.
    Count(Box<[(FieldIx, ObjectName)]>, ObjectName, FieldIx),
    /// An extra variable.
    Var(usize),
}

#[derive(Debug)]
enum Test {
    /// The value is there.
    Has,
    /// The value is true.
    Holds,
    /// A number or an amount against a number.
    Number(CompareOp, Than),
    /// A text against one, equal or not.
    Text(bool, Arc<str>),
    /// A text among others.
    Among(Box<[Arc<str>]>),
    /// Dates and spans.
    Other(CompareOp, Value),
}

#[derive(Debug)]
struct Than {
    decimal: Decimal,
    whole: Option<i64>,
}

/// A value that was read.
enum Got<'a> {
    Missing,
    Value(&'a Value),
    Count(usize),
}

impl Quick {
    pub(crate) fn of(root: &Node) -> Self {
        let mut root = root.clone();
        let mut inputs = Vec::new();
        let alone = number(&mut root, &mut inputs);
        let condition = Condition::of(&root);
        Self { inputs, alone, root, condition }
    }

    /// The answer; `None` when it is unknown.
    pub(crate) fn test(&self, source: Source<'_>, size: Size) -> Result<Option<bool>, EvalError> {
        self.condition.test(source, size)
    }
}

impl Condition {
    fn of(node: &Node) -> Self {
        match &node.op {
            Op::And(parts) => Self::And(parts.iter().map(Self::of).collect()),
            Op::Or(parts) => Self::Or(parts.iter().map(Self::of).collect()),
            Op::Not(inner) => Self::Not(Box::new(Self::of(inner))),
            _ => match Leaf::of(node) {
                Some(leaf) => Self::Test(Box::new(leaf)),
                None => Self::Node(Box::new(node.clone())),
            },
        }
    }

    fn test(&self, source: Source<'_>, size: Size) -> Result<Option<bool>, EvalError> {
        match self {
            Self::And(parts) => fold(parts, false, source, size),
            Self::Or(parts) => fold(parts, true, source, size),
            Self::Not(inner) => Ok(inner.test(source, size)?.map(|b| !b)),
            Self::Test(leaf) => match leaf.test(source) {
                Some(answer) => Ok(answer),
                None => Eval::of(source, size).bool(&leaf.node),
            },
            Self::Node(node) => Eval::of(source, size).bool(node),
        }
    }
}

/// Kleene's `&&` and `||` over many, as in [`Eval`].
fn fold(parts: &[Condition], end: bool, source: Source<'_>, size: Size) -> Result<Option<bool>, EvalError> {
    let mut known = true;
    let mut error = None;
    for part in parts {
        match part.test(source, size) {
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

impl Leaf {
    fn of(node: &Node) -> Option<Self> {
        let (value, test) = match &node.op {
            Op::Has(inner) => (&**inner, Test::Has),
            Op::Compare(op, a, b) => match (a.constant(), b.constant()) {
                (None, Some(than)) => (&**a, Test::compare(*op, than)?),
                (Some(than), None) => (&**b, Test::compare(op.swapped(), than)?),
                _ => return None,
            },
            Op::In(item, list) => {
                let Some(Value::List(items)) = list.constant() else { return None };
                let words = items.iter().map(|v| if let Value::Text(t) = v { Some(t.clone()) } else { None });
                let words: Box<[Arc<str>]> = words.collect::<Option<_>>()?;
                if words.is_empty() {
                    return None;
                }
                (&**item, Test::Among(words))
            }
            Op::Field { .. } | Op::Var { .. } => (node, Test::Holds),
            _ => return None,
        };
        let list = matches!(value.op, Op::Children { .. });
        let input = value.input;
        if input == NO_INPUT || (list && !matches!(test, Test::Has)) {
            return None;
        }
        Some(Self { read: Read::of(value)?, test, input: input as usize, list, node: node.clone() })
    }

    /// The answer, or `None` where the tree has to be asked.
    #[inline]
    fn test(&self, source: Source<'_>) -> Option<Option<bool>> {
        let got = match source {
            Source::Inputs { values, .. } => match values.get(self.input) {
                None => Got::Missing,
                Some(value) => Got::Value(value),
            },
            Source::Scope(scope) => self.read.get(scope)?,
        };
        let value = match got {
            Got::Missing | Got::Value(Value::Missing) => {
                return Some(if let Test::Has = self.test { Some(false) } else { None });
            }
            Got::Count(n) => {
                let n = i64::try_from(n).ok()?;
                return match &self.test {
                    Test::Has => Some(Some(n > 0)),
                    Test::Number(op, Than { whole: Some(than), .. }) => Some(Some(answer(*op, n.cmp(than)))),
                    _ => None,
                };
            }
            Got::Value(value) => value,
        };
        match (&self.test, value) {
            (Test::Has, Value::Int(n)) if self.list => Some(Some(*n > 0)),
            (Test::Has, value) => Some(Some(!value.is_blank())),
            (Test::Holds, Value::Bool(b)) => Some(Some(*b)),
            (Test::Number(op, than), value) => Some(Some(answer(*op, than.order(value)?.reverse()))),
            (Test::Text(equal, word), Value::Text(text)) => match present(text)? {
                true => Some(Some((**text == **word) == *equal)),
                false => Some(None),
            },
            (Test::Text(equal, word), Value::Reference(id)) => Some(Some((id.as_str() == &**word) == *equal)),
            (Test::Among(words), Value::Text(text)) => match present(text)? {
                true => Some(Some(words.iter().any(|word| **word == **text))),
                false => Some(None),
            },
            (Test::Other(op, than), Value::Date(_) | Value::Instant(_) | Value::Duration(_)) => {
                let zone = match source {
                    Source::Scope(scope) => scope.zone,
                    Source::Inputs { zone, .. } => zone,
                };
                value_ops::compare(*op, value, than, zone).ok()
            }
            _ => None,
        }
    }
}

/// Whether a text is more than blanks; `None` where it is heavy.
#[inline]
fn present(text: &str) -> Option<bool> {
    match text.as_bytes().first() {
        _ if text.len() > HEAVY_TEXT => None,
        Some(b'!'..=b'~') => Some(true),
        _ => Some(!text.trim_start().is_empty()),
    }
}

#[inline]
fn answer(op: CompareOp, order: Ordering) -> bool {
    match op {
        CompareOp::Eq => order.is_eq(),
        CompareOp::Ne => order.is_ne(),
        CompareOp::Lt => order.is_lt(),
        CompareOp::Le => order.is_le(),
        CompareOp::Gt => order.is_gt(),
        CompareOp::Ge => order.is_ge(),
    }
}

impl Than {
    /// The order of the constant and a value; `None` for what is no number.
    #[inline]
    fn order(&self, value: &Value) -> Option<Ordering> {
        let decimal = match value {
            Value::Int(n) => {
                return Some(match self.whole {
                    Some(than) => than.cmp(n),
                    None => self.decimal.cmp(&Decimal::from(*n)),
                });
            }
            Value::Decimal(d) => d,
            Value::Money(m) => &m.amount,
            _ => return None,
        };
        if decimal.scale() == self.decimal.scale() {
            return Some(self.decimal.mantissa().cmp(&decimal.mantissa()));
        }
        Some(self.decimal.cmp(decimal))
    }
}

impl Test {
    fn compare(op: CompareOp, than: &Value) -> Option<Self> {
        Some(match than {
            Value::Int(n) => Self::Number(op, Than { decimal: Decimal::from(*n), whole: Some(*n) }),
            Value::Decimal(d) => Self::Number(op, Than { decimal: *d, whole: None }),
            Value::Text(word) if op.is_equality() => Self::Text(op == CompareOp::Eq, word.clone()),
            Value::Date(_) | Value::Instant(_) | Value::Duration(_) => Self::Other(op, than.clone()),
            _ => return None,
        })
    }
}

impl Read {
    fn of(node: &Node) -> Option<Self> {
        Some(match &node.op {
            Op::Field { base, ix, .. } => Self::Field(steps(base)?.into(), *ix),
            Op::Var { slot, .. } => Self::Var(*slot),
            Op::Children { base, object, field, .. } => {
                Self::Count(steps(base)?.into(), object.clone(), *field)
            }
            Op::Call(Func::Size, args) => match args.as_slice() {
                [list] if matches!(list.op, Op::Children { .. }) => return Self::of(list),
                _ => return None,
            },
            _ => return None,
        })
    }

    #[inline]
    fn get<'a>(&self, scope: &'a Scope<'a>) -> Option<Got<'a>> {
        Some(match self {
            Self::Field(steps, ix) => match follow(steps, scope)? {
                None => Got::Missing,
                Some(record) => Got::Value(record.at(*ix)),
            },
            Self::Count(steps, object, field) => match follow(steps, scope)? {
                None => Got::Missing,
                Some(record) => {
                    let table = scope.data.table(object.as_str())?;
                    Got::Count(table.children(*field, record.id().as_str()).len())
                }
            },
            Self::Var(slot) => scope.vars.get(*slot).map_or(Got::Missing, Got::Value),
        })
    }
}

/// The references from the record itself to a record.
fn steps(node: &Node) -> Option<Vec<(FieldIx, ObjectName)>> {
    match &node.op {
        Op::Own => Some(Vec::new()),
        Op::Follow(reference) => {
            let Op::Field { base, ix, .. } = &reference.op else { return None };
            let mut all = steps(base)?;
            all.push((*ix, node.ty.object()?.clone()));
            Some(all)
        }
        _ => None,
    }
}

/// The record that references lead to, where there is one; `None` where the tree has to be asked.
#[inline]
fn follow<'a>(steps: &[(FieldIx, ObjectName)], scope: &'a Scope<'a>) -> Option<Option<&'a Record>> {
    let mut record = scope.record;
    for (ix, object) in steps {
        match record.at(*ix) {
            Value::Missing => return Some(None),
            Value::Reference(id) => match scope.data.table(object.as_str())?.get(id.as_str()) {
                Some(next) => record = next,
                None => return Some(None),
            },
            _ => return None,
        }
    }
    Some(Some(record))
}
