//! Which answers a condition can give, found from constants, choice sets and simple intervals.
//!
//! The answers are over-approximated: an answer that is ruled out cannot come, one that is not ruled out may.

use std::collections::BTreeMap;

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

/// Which answers a condition can give.
pub(crate) fn outcomes(node: &Node) -> Outcomes {
    match &node.op {
        Op::Const(value) => Outcomes {
            yes: *value == Value::Bool(true),
            no: *value == Value::Bool(false),
            unknown: *value == Value::Missing,
        },
        Op::Not(inner) => {
            let inner = outcomes(inner);
            Outcomes { yes: inner.no, no: inner.yes, unknown: inner.unknown }
        }
        Op::And(parts) => {
            let all: Vec<Outcomes> = parts.iter().map(outcomes).collect();
            Outcomes {
                yes: all.iter().all(|o| o.yes) && possible(parts, true),
                no: all.iter().any(|o| o.no),
                unknown: all.iter().any(|o| o.unknown) && all.iter().all(|o| o.yes || o.unknown),
            }
        }
        Op::Or(parts) => {
            let all: Vec<Outcomes> = parts.iter().map(outcomes).collect();
            Outcomes {
                yes: all.iter().any(|o| o.yes),
                no: all.iter().all(|o| o.no) && possible(parts, false),
                unknown: all.iter().any(|o| o.unknown) && all.iter().all(|o| o.no || o.unknown),
            }
        }
        Op::Cond(test, then, other) => {
            let test = outcomes(test);
            let none = Outcomes { yes: false, no: false, unknown: test.unknown };
            let then = if test.yes { outcomes(then) } else { none };
            let other = if test.no { outcomes(other) } else { none };
            none.or(then).or(other)
        }
        Op::Has(_) | Op::Compare(..) | Op::In(..) => {
            let atom = std::slice::from_ref(node);
            Outcomes { yes: possible(atom, true), no: possible(atom, false), unknown: may_be_missing(node) }
        }
        Op::Macro { kind, body, source, .. } => {
            let body = outcomes(body);
            let unknown = body.unknown || may_be_missing(source);
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
fn may_be_missing(node: &Node) -> bool {
    match &node.op {
        Op::Const(value) => *value == Value::Missing,
        Op::Has(_) | Op::Changed { .. } | Op::Now | Op::Today | Op::Own | Op::List(_) => false,
        // The lists and the id of a record that is there are there.
        Op::Children { base, .. } | Op::Id(base) => may_be_missing(base),
        Op::Local(_) => !matches!(node.ty, ExprType::Record(_)),
        Op::Var { .. } | Op::Field { .. } | Op::Follow(_) | Op::Index(..) => true,
        Op::Call(Func::Min | Func::Max | Func::Sum, _) => true,
        Op::Macro { kind: MacroKind::Filter | MacroKind::Map, source, .. } => may_be_missing(source),
        Op::Not(_) | Op::And(_) | Op::Or(_) | Op::Macro { .. } | Op::Cond(..)
            if node.ty == ExprType::Bool =>
        {
            outcomes(node).unknown
        }
        Op::In(item, list) => {
            may_be_missing(item)
                || may_be_missing(list)
                || !matches!(&list.op, Op::Const(Value::List(items)) if !items.contains(&Value::Missing))
        }
        _ => node.children().iter().any(|c| may_be_missing(c)),
    }
}

/// Whether all the conditions can have this answer at once.
fn possible(parts: &[Node], answer: bool) -> bool {
    let mut domains = BTreeMap::new();
    parts.iter().all(|part| assume(part, answer, &mut domains)) && !domains.values().any(Domain::is_empty)
}

type Domains = BTreeMap<String, Domain>;

/// Assumes that a condition has an answer; false when it cannot.
fn assume(node: &Node, answer: bool, domains: &mut Domains) -> bool {
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
                return matches!(op, CompareOp::Eq | CompareOp::Le | CompareOp::Ge) || a.key() != b.key();
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
            domain(node, domains).compare(CompareOp::Eq, &Value::Bool(answer));
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
fn domain<'d>(node: &Node, domains: &'d mut Domains) -> &'d mut Domain {
    domains.entry(node.key()).or_insert_with(|| {
        let domain = Domain::default();
        if let Some(choices) = &node.choices {
            return domain.one_of(choices.iter().cloned());
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
