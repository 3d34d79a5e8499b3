//! Which answers a condition can give, found from constants, choice sets and simple intervals.
//!
//! The answers are over-approximated: an answer that is ruled out cannot come, one that is not ruled out may.

#![expect(
    clippy::mutable_key_type,
    reason = "nodes hold compiled patterns, whose caches do not take part in their form"
)]

use std::collections::HashMap;
use std::hash::{Hash, Hasher};

use qudao_model::Value;
use rust_decimal::Decimal;

use crate::ExprType;
use crate::domain::Domain;
use crate::func::Func;
use crate::node::{MacroKind, Node, Op};
use crate::syntax::CompareOp;

/// Which answers a condition can give.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Outcomes {
    pub(crate) yes: bool,
    pub(crate) no: bool,
    pub(crate) unknown: bool,
}

impl Outcomes {
    const ANY: Self = Self { yes: true, no: true, unknown: true };

    /// `Some(false)` when it can never be true, `Some(true)` when it can never be false.
    pub(crate) fn constant(self) -> Option<bool> {
        match (self.yes, self.no) {
            (false, _) => Some(false),
            (true, false) => Some(true),
            (true, true) => None,
        }
    }

    fn or(self, other: Self) -> Self {
        Self { yes: self.yes || other.yes, no: self.no || other.no, unknown: self.unknown || other.unknown }
    }
}

/// What has been found of the parts of a tree, by their address.
#[derive(Debug, Default)]
pub(crate) struct Analysis {
    known: HashMap<*const Node, Outcomes>,
}

impl Analysis {
    /// Which answers a condition can give.
    pub(crate) fn outcomes(&mut self, node: &Node) -> Outcomes {
        let key = std::ptr::from_ref(node);
        if let Some(known) = self.known.get(&key) {
            return *known;
        }
        let found = self.find(node);
        self.known.insert(key, found);
        found
    }

    fn find(&mut self, node: &Node) -> Outcomes {
        match &node.op {
            Op::Const(value) => Outcomes {
                yes: *value == Value::Bool(true),
                no: *value == Value::Bool(false),
                unknown: *value == Value::Missing,
            },
            Op::Not(inner) => {
                let inner = self.outcomes(inner);
                Outcomes { yes: inner.no, no: inner.yes, unknown: inner.unknown }
            }
            Op::And(parts) => {
                let all: Vec<Outcomes> = parts.iter().map(|part| self.outcomes(part)).collect();
                Outcomes {
                    yes: all.iter().all(|o| o.yes) && possible(parts, true),
                    no: all.iter().any(|o| o.no),
                    unknown: all.iter().any(|o| o.unknown) && all.iter().all(|o| o.yes || o.unknown),
                }
            }
            Op::Or(parts) => {
                let all: Vec<Outcomes> = parts.iter().map(|part| self.outcomes(part)).collect();
                Outcomes {
                    yes: all.iter().any(|o| o.yes),
                    no: all.iter().all(|o| o.no) && possible(parts, false),
                    unknown: all.iter().any(|o| o.unknown) && all.iter().all(|o| o.no || o.unknown),
                }
            }
            Op::Cond(test, then, other) => {
                let test = self.outcomes(test);
                let none = Outcomes { yes: false, no: false, unknown: test.unknown };
                let then = if test.yes { self.outcomes(then) } else { none };
                let other = if test.no { self.outcomes(other) } else { none };
                none.or(then).or(other)
            }
            Op::Has(_) | Op::Compare(..) | Op::In(..) => {
                let atom = std::slice::from_ref(node);
                Outcomes {
                    yes: possible(atom, true),
                    no: possible(atom, false),
                    unknown: self.may_be_missing(node),
                }
            }
            Op::Macro { kind, body, source, .. } => {
                let body = self.outcomes(body);
                let unknown = body.unknown || self.may_be_missing(source);
                match kind {
                    MacroKind::Exists | MacroKind::ExistsOne => Outcomes { yes: body.yes, no: true, unknown },
                    MacroKind::All => Outcomes { yes: true, no: body.no, unknown },
                    MacroKind::Filter | MacroKind::Map => Outcomes::ANY,
                }
            }
            Op::Changed { .. } => Outcomes { unknown: false, ..Outcomes::ANY },
            _ => Outcomes::ANY,
        }
    }

    /// Whether the value of a node may be missing.
    fn may_be_missing(&mut self, node: &Node) -> bool {
        match &node.op {
            Op::Const(value) => *value == Value::Missing,
            Op::Has(_) | Op::Changed { .. } | Op::Now | Op::Today | Op::Own | Op::List(_) => false,
            // The lists and the id of a record that is there are there.
            Op::Children { base, .. } | Op::Id(base) => self.may_be_missing(base),
            Op::Local(_) => !matches!(node.ty, ExprType::Record(_)),
            Op::Var { .. } | Op::Field { .. } | Op::Follow(_) | Op::Index(..) => true,
            Op::Call(Func::Min | Func::Max | Func::Sum, _) => true,
            Op::Macro { kind: MacroKind::Filter | MacroKind::Map, source, .. } => self.may_be_missing(source),
            Op::Not(_) | Op::And(_) | Op::Or(_) | Op::Macro { .. } | Op::Cond(..)
                if node.ty == ExprType::Bool =>
            {
                self.outcomes(node).unknown
            }
            Op::In(item, list) => {
                self.may_be_missing(item)
                    || self.may_be_missing(list)
                    || !matches!(&list.op, Op::Const(Value::List(items)) if !items.contains(&Value::Missing))
            }
            _ => {
                let mut missing = false;
                node.each_child(&mut |child| missing = missing || self.may_be_missing(child));
                missing
            }
        }
    }
}

/// Whether all the conditions can have this answer at once.
fn possible(parts: &[Node], answer: bool) -> bool {
    let mut domains = Domains::new();
    parts.iter().all(|part| assume(part, answer, &mut domains)) && !domains.values().any(Domain::is_empty)
}

const YES: Value = Value::Bool(true);
const NO: Value = Value::Bool(false);

/// A term, compared by its form.
struct Term<'n>(&'n Node);

impl PartialEq for Term<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.0.same(other.0)
    }
}

impl Eq for Term<'_> {}

impl Hash for Term<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash_form(state);
    }
}

/// Only whether one of them is empty is asked, whatever their order.
type Domains<'n> = HashMap<Term<'n>, Domain<'n>>;

/// Assumes that a condition has an answer; false when it cannot.
fn assume<'n>(node: &'n Node, answer: bool, domains: &mut Domains<'n>) -> bool {
    match &node.op {
        Op::Const(value) => *value == Value::Bool(answer),
        Op::Not(inner) => assume(inner, !answer, domains),
        Op::And(parts) if answer => parts.iter().all(|p| assume(p, true, domains)),
        Op::Or(parts) if !answer => parts.iter().all(|p| assume(p, false, domains)),
        Op::Has(inner) => {
            domain(inner, domains).presence(answer);
            !(inner.constant().is_some_and(|v| v.is_blank() == answer) || (!answer && !may_be_blank(inner)))
        }
        Op::Compare(op, a, b) => {
            let op = if answer { *op } else { op.negated() };
            if let (None, None) = (a.constant(), b.constant()) {
                // A value compares with itself in one way only.
                return matches!(op, CompareOp::Eq | CompareOp::Le | CompareOp::Ge) || !a.same(b);
            }
            if comparable_in_place(a, b) {
                if let Some(value) = b.constant() {
                    domain(a, domains).compare(op, value);
                } else if let Some(value) = a.constant() {
                    domain(b, domains).compare(op.swapped(), value);
                }
            }
            true
        }
        Op::In(item, list) => {
            let Op::Const(Value::List(values)) = &list.op else { return true };
            if !comparable_in_place(item, list) || values.contains(&Value::Missing) {
                return true;
            }
            if answer {
                domain(item, domains).within(values);
                !values.is_empty()
            } else {
                domain(item, domains).outside(values);
                true
            }
        }
        _ if node.ty == ExprType::Bool => {
            domain(node, domains).compare(CompareOp::Eq, if answer { &YES } else { &NO });
            true
        }
        _ => true,
    }
}

/// `has` of these may be false.
fn may_be_blank(node: &Node) -> bool {
    match &node.op {
        Op::Now | Op::Today | Op::Own => false,
        Op::Id(base) => !matches!(base.op, Op::Own),
        Op::Local(_) => !matches!(node.ty, ExprType::Record(_)),
        _ => true,
    }
}

/// Whether the values of two types stand on one number line without regard to a zone or a currency.
fn comparable_in_place(a: &Node, b: &Node) -> bool {
    let item = |ty: &ExprType| match ty {
        ExprType::List(item) => (**item).clone(),
        other => other.clone(),
    };
    !matches!(
        (item(&a.ty), item(&b.ty)),
        (ExprType::Date, ExprType::Instant)
            | (ExprType::Instant, ExprType::Date)
            | (ExprType::Money(None), _)
            | (_, ExprType::Money(None))
    )
}

/// The domain of a term; at first, what its type allows.
fn domain<'d, 'n>(node: &'n Node, domains: &'d mut Domains<'n>) -> &'d mut Domain<'n> {
    domains.entry(Term(node)).or_insert_with(|| {
        let domain = Domain::default();
        if let Some(choices) = &node.choices {
            return domain.one_of(choices.iter().map(String::as_str));
        }
        match (&node.op, &node.ty) {
            (Op::Call(Func::Size, _), _) => domain.whole().at_least(Decimal::ZERO),
            (Op::Call(Func::Weekday, _), _) => {
                domain.whole().at_least(Decimal::ONE).at_most(Decimal::from(7))
            }
            (Op::Call(Func::Month, _), _) => domain.whole().at_least(Decimal::ONE).at_most(Decimal::from(12)),
            (Op::Call(Func::Day, _), _) => domain.whole().at_least(Decimal::ONE).at_most(Decimal::from(31)),
            (Op::Call(Func::Abs, _), _) => domain.at_least(Decimal::ZERO),
            (_, ExprType::Bool) => domain.whole().at_least(Decimal::ZERO).at_most(Decimal::ONE),
            (_, ExprType::Int) => {
                domain.whole().at_least(Decimal::from(i64::MIN)).at_most(Decimal::from(i64::MAX))
            }
            (_, ExprType::Date) => domain.whole(),
            _ => domain,
        }
    })
}
