//! Conditions in the form in which they are tested fastest: `&&`, `||`, `!` over tests of one value against constants.
//!
//! What is none of these, or meets a value that the test is not made for, is evaluated as it stands in the tree, which
//! also tells of errors.

use std::cmp::Ordering;
use std::sync::Arc;

use chrono_tz::Tz;
use qudao_model::{Decimal, FieldIx, ObjectName, Record, Value};

use crate::eval::{Eval, Source};
use crate::func::Func;
use crate::inputs::{Input, number};
use crate::limits::HEAVY_TEXT;
use crate::loc::Loc;
use crate::node::{NO_INPUT, Node, Op};
use crate::slots::Slotted;
use crate::syntax::CompareOp;
use crate::value_ops;
use crate::work::Size;
use crate::{EvalError, ExprType, Scope};

/// A condition, ready to be tested.
#[derive(Debug)]
pub(crate) struct Quick {
    /// The values that it reads.
    pub(crate) inputs: Vec<Input>,
    /// True when it reads nothing but these.
    pub(crate) alone: bool,
    /// True where the tree is asked instead.
    pub(crate) large: bool,
    /// The tree with its inputs numbered.
    pub(crate) root: Node,
    condition: Condition,
    /// True when it is made of tests alone.
    pure: bool,
    /// The condition over cells, where it can be had.
    pub(crate) slotted: Option<Slotted>,
}

#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "most parts are tests, and lie side by side")]
pub(crate) enum Condition {
    And(Box<[Condition]>),
    Or(Box<[Condition]>),
    Not(Box<Condition>),
    Test(Leaf),
    Node(Box<Node>),
}

/// A test of one value.
#[derive(Debug)]
pub(crate) struct Leaf {
    pub(crate) test: Test,
    /// The input that holds the value, or the size of a child list.
    pub(crate) input: usize,
    pub(crate) list: bool,
    read: Read,
    node: Box<Node>,
}

/// The outcome of tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    No,
    Yes,
    Unknown,
    /// The tree has to be asked.
    Ask,
}

impl From<bool> for Outcome {
    #[inline]
    fn from(answer: bool) -> Self {
        if answer { Self::Yes } else { Self::No }
    }
}

impl From<Outcome> for Option<Option<bool>> {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Ask => None,
            Outcome::Unknown => Some(None),
            answer => Some(Some(answer == Outcome::Yes)),
        }
    }
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
pub(crate) enum Test {
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
pub(crate) struct Than {
    decimal: Decimal,
    whole: Option<i64>,
    /// The number as a mantissa of its own scale, and of those with 1 to 6 digits more.
    mantissas: [i128; 7],
}

/// A value that was read.
enum Got<'a> {
    Missing,
    Value(&'a Value),
    Count(usize),
    Ask,
}

/// What values are read from.
trait Reader {
    fn get<'a>(&'a self, leaf: &Leaf) -> Got<'a>;
    fn zone(&self) -> Tz;
}

/// Values one by one.
struct Values<'a>(&'a [Value], Tz);

impl Reader for Values<'_> {
    #[inline]
    fn get<'a>(&'a self, leaf: &Leaf) -> Got<'a> {
        self.0.get(leaf.input).map_or(Got::Missing, Got::Value)
    }

    fn zone(&self) -> Tz {
        self.1
    }
}

impl Reader for Scope<'_> {
    #[inline]
    fn get<'a>(&'a self, leaf: &Leaf) -> Got<'a> {
        leaf.read.get(self)
    }

    fn zone(&self) -> Tz {
        self.zone
    }
}

impl Quick {
    pub(crate) fn of(root: &Node, size: Size) -> Self {
        if size.is_large() {
            // Not worth its memory: the tree is asked.
            let node = Node::new(Op::Const(Value::Missing), ExprType::Null, Loc::default());
            let condition = Condition::And(Box::new([]));
            return Self {
                inputs: Vec::new(),
                alone: false,
                large: true,
                root: node,
                condition,
                pure: false,
                slotted: None,
            };
        }
        let mut root = root.clone();
        let mut inputs = Vec::new();
        let alone = number(&mut root, &mut inputs);
        let condition = Condition::of(&root);
        let pure = condition.is_pure();
        let slotted = match root.ty {
            ExprType::Bool if pure && alone => Slotted::of(&condition),
            _ => None,
        };
        Self { inputs, alone, large: false, root, condition, pure, slotted }
    }

    /// The answer; `None` when it is unknown.
    #[inline]
    pub(crate) fn test(&self, source: Source<'_>, size: Size) -> Result<Option<bool>, EvalError> {
        if self.pure {
            let outcome = match source {
                Source::Inputs { values, zone, .. } => self.condition.outcome(&Values(values, zone)),
                Source::Scope(scope) => self.condition.outcome(scope),
            };
            match outcome {
                Outcome::Yes => return Ok(Some(true)),
                Outcome::No => return Ok(Some(false)),
                Outcome::Unknown => return Ok(None),
                Outcome::Ask => {}
            }
        }
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
                Some(leaf) => Self::Test(leaf),
                None => Self::Node(Box::new(node.clone())),
            },
        }
    }

    fn is_pure(&self) -> bool {
        match self {
            Self::And(parts) | Self::Or(parts) => parts.iter().all(Self::is_pure),
            Self::Not(inner) => inner.is_pure(),
            Self::Test(_) => true,
            Self::Node(_) => false,
        }
    }

    /// The outcome of a condition of tests alone. They have no errors: where one meets what it is not made for, the
    /// whole is left to the tree, unless it has been decided before.
    fn outcome(&self, reader: &impl Reader) -> Outcome {
        match self {
            Self::Test(leaf) => leaf.outcome(reader),
            Self::And(parts) => decide(parts, Outcome::No, Outcome::Yes, reader),
            Self::Or(parts) => decide(parts, Outcome::Yes, Outcome::No, reader),
            Self::Not(inner) => match inner.outcome(reader) {
                Outcome::Yes => Outcome::No,
                Outcome::No => Outcome::Yes,
                other => other,
            },
            Self::Node(_) => Outcome::Ask,
        }
    }

    fn test(&self, source: Source<'_>, size: Size) -> Result<Option<bool>, EvalError> {
        match self {
            Self::And(parts) => fold(parts, false, source, size),
            Self::Or(parts) => fold(parts, true, source, size),
            Self::Not(inner) => Ok(inner.test(source, size)?.map(|b| !b)),
            Self::Test(leaf) => {
                let outcome = match source {
                    Source::Inputs { values, zone, .. } => leaf.outcome(&Values(values, zone)),
                    Source::Scope(scope) => leaf.outcome(scope),
                };
                match outcome.into() {
                    Some(answer) => Ok(answer),
                    None => Eval::of(source, size).bool(&leaf.node),
                }
            }
            Self::Node(node) => Eval::of(source, size).bool(node),
        }
    }
}

#[inline]
fn decide(parts: &[Condition], end: Outcome, other: Outcome, reader: &impl Reader) -> Outcome {
    let mut all = other;
    for part in parts {
        let outcome = match part {
            Condition::Test(leaf) => leaf.outcome(reader),
            part => part.outcome(reader),
        };
        if outcome == end || outcome == Outcome::Ask {
            return outcome;
        }
        if outcome == Outcome::Unknown {
            all = Outcome::Unknown;
        }
    }
    all
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
        Some(Self { read: Read::of(value)?, test, input: input as usize, list, node: Box::new(node.clone()) })
    }

    #[inline]
    fn outcome(&self, reader: &impl Reader) -> Outcome {
        let value = match reader.get(self) {
            Got::Value(Value::Missing) | Got::Missing => {
                return if let Test::Has = self.test { Outcome::No } else { Outcome::Unknown };
            }
            Got::Ask => return Outcome::Ask,
            Got::Count(n) => return self.count(n),
            Got::Value(value) => value,
        };
        match (&self.test, value) {
            (Test::Number(op, than), value) => match than.order(value) {
                Some(order) => answer(*op, order).into(),
                None => Outcome::Ask,
            },
            (Test::Among(words), Value::Text(text)) => match present(text) {
                Outcome::Yes => words.iter().any(|word| **word == **text).into(),
                other => other,
            },
            (Test::Text(equal, word), Value::Text(text)) => match present(text) {
                Outcome::Yes => ((**text == **word) == *equal).into(),
                other => other,
            },
            (Test::Text(equal, word), Value::Reference(id)) => ((id.as_str() == &**word) == *equal).into(),
            // An input for a child list is its size.
            (Test::Has, Value::Int(n)) if self.list => (*n > 0).into(),
            (Test::Has, value) => (!value.is_blank()).into(),
            (Test::Holds, Value::Bool(b)) => (*b).into(),
            (Test::Other(op, than), Value::Date(_) | Value::Instant(_) | Value::Duration(_)) => {
                match value_ops::compare(*op, value, than, reader.zone()) {
                    Ok(Some(answer)) => answer.into(),
                    Ok(None) => Outcome::Unknown,
                    Err(_) => Outcome::Ask,
                }
            }
            _ => Outcome::Ask,
        }
    }

    /// The outcome on the size of a child list.
    fn count(&self, n: usize) -> Outcome {
        match (&self.test, i64::try_from(n)) {
            (Test::Has, _) => (n > 0).into(),
            (Test::Number(op, Than { whole: Some(than), .. }), Ok(n)) => answer(*op, n.cmp(than)).into(),
            _ => Outcome::Ask,
        }
    }
}

/// Whether a text is more than blanks; a heavy one is left to the tree.
#[inline]
fn present(text: &str) -> Outcome {
    match text.as_bytes().first() {
        _ if text.len() > HEAVY_TEXT => Outcome::Ask,
        Some(b'!'..=b'~') => Outcome::Yes,
        _ if text.trim_start().is_empty() => Outcome::Unknown,
        _ => Outcome::Yes,
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
    /// The number.
    pub(crate) fn decimal(&self) -> Decimal {
        self.decimal
    }

    fn new(decimal: Decimal, whole: Option<i64>) -> Self {
        // A mantissa has 96 bits, a million 20.
        let mut mantissas = [decimal.mantissa(); 7];
        for at in 1..mantissas.len() {
            mantissas[at] = mantissas[at - 1].saturating_mul(10);
        }
        Self { decimal, whole, mantissas }
    }

    /// The order of a value and the constant; `None` for what is no number.
    #[inline]
    fn order(&self, value: &Value) -> Option<Ordering> {
        let decimal = match value {
            Value::Int(n) => {
                return Some(match self.whole {
                    Some(than) => n.cmp(&than),
                    None => Decimal::from(*n).cmp(&self.decimal),
                });
            }
            Value::Decimal(d) => d,
            Value::Money(m) => &m.amount,
            _ => return None,
        };
        let digits = decimal.scale().wrapping_sub(self.decimal.scale());
        Some(match self.mantissas.get(digits as usize) {
            Some(than) => decimal.mantissa().cmp(than),
            None => decimal.cmp(&self.decimal),
        })
    }
}

impl Test {
    fn compare(op: CompareOp, than: &Value) -> Option<Self> {
        Some(match than {
            Value::Int(n) => Self::Number(op, Than::new(Decimal::from(*n), Some(*n))),
            Value::Decimal(d) => Self::Number(op, Than::new(*d, None)),
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
    fn get<'a>(&self, scope: &'a Scope<'_>) -> Got<'a> {
        let (steps, field) = match self {
            Self::Field(steps, ix) => (steps, Ok(*ix)),
            Self::Count(steps, object, field) => (steps, Err((object, *field))),
            Self::Var(slot) => return scope.vars.get(*slot).map_or(Got::Missing, Got::Value),
        };
        let record = match follow(steps, scope) {
            None => return Got::Ask,
            Some(None) => return Got::Missing,
            Some(Some(record)) => record,
        };
        match field {
            Ok(ix) => Got::Value(record.at(ix)),
            Err((object, field)) => match scope.data.table(object.as_str()) {
                Some(table) => Got::Count(table.children(field, record.id().as_str()).len()),
                None => Got::Ask,
            },
        }
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
fn follow<'a>(steps: &[(FieldIx, ObjectName)], scope: &'a Scope<'_>) -> Option<Option<&'a Record>> {
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
