//! Widening, and advice for values of the wrong type.

use qudao_model::{Instant, Value};

use super::types::unify;
use super::{Checker, Typed};
use crate::ExprType;
use crate::calls::parse_date;
use crate::node::{Node, Op};
use crate::syntax::ArithOp;

impl Checker<'_, '_> {
    /// Brings a node to a type that holds its values.
    pub(super) fn widen(&mut self, typed: Typed, to: &ExprType) -> Option<Typed> {
        let Typed { node, origins } = typed;
        if !widens(&node.ty, to) {
            return Some(Typed { node, origins });
        }
        let loc = node.loc;
        let mut wide = self.make(Op::Widen(Box::new(node)), to.clone(), loc)?;
        wide.origins = origins;
        Some(wide)
    }

    /// The common type of several nodes, to which each is brought. `Err` with the position of the first that does
    /// not fit.
    pub(super) fn common(&self, items: &[Typed]) -> Result<ExprType, usize> {
        let mut ty = ExprType::Null;
        for (i, item) in items.iter().enumerate() {
            ty = unify(&ty, item.ty()).ok_or(i)?;
        }
        Ok(ty)
    }

    /// What an author most likely meant who compared these two; `None` where nothing is likely.
    pub(super) fn advise(&self, a: &Node, b: &Node) -> Option<String> {
        let (first, second) = if b.constant().is_some() { (b, a) } else { (a, b) };
        self.advise_one(first, second).or_else(|| self.advise_one(second, first))
    }

    /// What an author most likely meant who calculated with these two.
    pub(super) fn advise_arith(&self, op: ArithOp, a: &Node, b: &Node) -> Option<String> {
        for (literal, other) in [(a, b), (b, a)] {
            match (literal.constant(), &other.ty) {
                (Some(Value::Int(n)), ExprType::Date | ExprType::Instant) => {
                    return Some(format!("duration('{n}d')"));
                }
                // Only a sum takes texts.
                (Some(_), ExprType::Text) if op != ArithOp::Add => return self.advise_one(other, literal),
                _ => {}
            }
        }
        self.advise(a, b)
    }

    /// A better form of `literal` beside `other`.
    fn advise_one(&self, literal: &Node, other: &Node) -> Option<String> {
        use ExprType as T;
        let source = self.source(literal);
        match (literal.constant(), &other.ty) {
            (Some(Value::Text(t)), T::Date) => Some(match parse_date(t) {
                Some(date) => format!("date('{date}')"),
                None => "date('2026-01-31')".to_owned(),
            }),
            (Some(Value::Text(t)), T::Instant) => Some(match (parse_date(t), Instant::parse(t)) {
                (Some(date), _) => format!("date('{date}')"),
                (None, Some(instant)) => format!("instant('{instant}')"),
                (None, None) => "instant('2026-01-31T08:00:00Z')".to_owned(),
            }),
            (Some(Value::Text(t)), T::Duration) => match crate::calls::parse_duration(t) {
                Some(_) => Some(format!("duration('{t}')")),
                None => Some("duration('1d')".to_owned()),
            },
            (Some(Value::Int(n)), T::Duration) => Some(format!("duration('{n}d')")),
            (Some(Value::Text(t)), T::Int | T::Decimal | T::Money(Some(_))) if is_number(t) => {
                Some(t.to_string())
            }
            (Some(Value::Text(t)), T::Bool) if matches!(&**t, "true" | "false") => Some(t.to_string()),
            (Some(Value::Int(_) | Value::Decimal(_)), T::Text) => Some(format!("'{source}'")),
            (Some(Value::Bool(b)), T::Text) => Some(format!("'{b}'")),
            (None, T::Int) if literal.ty == T::Text => Some(format!("int({source})")),
            (None, T::Decimal | T::Money(Some(_))) if literal.ty == T::Text => {
                Some(format!("decimal({source})"))
            }
            (_, T::List(item)) if **item == literal.ty => Some(format!("{source} in {}", self.source(other))),
            _ => None,
        }
    }
}

fn is_number(text: &str) -> bool {
    text.trim().parse::<rust_decimal::Decimal>().is_ok()
}

/// Whether values change on the way from one type to another that holds them.
fn widens(from: &ExprType, to: &ExprType) -> bool {
    match (from, to) {
        (ExprType::Int, ExprType::Decimal) => true,
        (ExprType::List(a), ExprType::List(b)) => widens(a, b),
        _ => false,
    }
}
