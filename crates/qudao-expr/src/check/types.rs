//! Which types go together.

use crate::ExprType;
use crate::syntax::ArithOp;

/// The type that holds the values of both; `None` where there is none.
pub(super) fn unify(a: &ExprType, b: &ExprType) -> Option<ExprType> {
    use ExprType as T;
    Some(match (a, b) {
        _ if a == b => a.clone(),
        (T::Null, other) | (other, T::Null) => other.clone(),
        (T::Int, T::Decimal) | (T::Decimal, T::Int) => T::Decimal,
        (T::Money(_), T::Money(_)) => T::Money(None),
        (T::Reference(a) | T::Record(a), T::Reference(b) | T::Record(b)) if a == b => T::Reference(a.clone()),
        (T::List(a), T::List(b)) => T::list_of(unify(a, b)?),
        _ => return None,
    })
}

/// Whether two types compare for equality.
pub(super) fn equatable(a: &ExprType, b: &ExprType) -> bool {
    use ExprType as T;
    match (a, b) {
        (T::Text | T::Reference(_) | T::Record(_), T::Text) | (T::Text, T::Reference(_) | T::Record(_)) => {
            true
        }
        (T::Reference(a) | T::Record(a), T::Reference(b) | T::Record(b)) => a == b,
        (T::List(a), T::List(b)) => equatable(a, b),
        _ => orderable(a, b),
    }
}

/// Whether two types compare for order.
pub(super) fn orderable(a: &ExprType, b: &ExprType) -> bool {
    use ExprType as T;
    match (a, b) {
        (T::Null, _)
        | (_, T::Null)
        | (T::Int | T::Decimal, T::Int | T::Decimal)
        | (T::Bool, T::Bool)
        | (T::Text, T::Text)
        | (T::Date | T::Instant, T::Date | T::Instant)
        | (T::Duration, T::Duration)
        | (T::Money(Some(_)), T::Int | T::Decimal)
        | (T::Int | T::Decimal, T::Money(Some(_))) => true,
        (T::Money(Some(a)), T::Money(Some(b))) => a == b,
        (T::Money(_), T::Money(_)) => true,
        _ => false,
    }
}

/// Money of no fixed currency meets a bare number.
pub(super) fn lacks_currency(a: &ExprType, b: &ExprType) -> bool {
    matches!(
        (a, b),
        (ExprType::Money(None), ExprType::Int | ExprType::Decimal)
            | (ExprType::Int | ExprType::Decimal, ExprType::Money(None))
    )
}

/// The type of an arithmetic result; `None` where the operation is not defined.
pub(super) fn arith(op: ArithOp, a: &ExprType, b: &ExprType) -> Option<ExprType> {
    use ArithOp::{Add, Div, Mul, Rem, Sub};
    use ExprType as T;
    Some(match (op, a, b) {
        (_, T::Null, other) | (_, other, T::Null) => other.clone(),
        (_, T::Int, T::Int) => T::Int,
        (_, T::Int | T::Decimal, T::Int | T::Decimal) => T::Decimal,
        (Add, T::Text, T::Text) => T::Text,
        (Add, T::List(_), T::List(_)) => unify(a, b)?,
        (Add | Sub | Div, T::Money(x), T::Money(y)) => {
            if let (Some(x), Some(y)) = (x, y)
                && x != y
            {
                return None;
            }
            if op == Div { T::Decimal } else { T::Money(x.clone().or_else(|| y.clone())) }
        }
        (Mul | Div, T::Money(x), T::Int | T::Decimal) | (Mul, T::Int | T::Decimal, T::Money(x)) => {
            T::Money(x.clone())
        }
        (Add | Sub, T::Money(Some(x)), T::Int | T::Decimal)
        | (Add | Sub, T::Int | T::Decimal, T::Money(Some(x))) => T::Money(Some(x.clone())),
        (Rem, ..) => return None,
        (Sub, T::Date | T::Instant, T::Date | T::Instant) => T::Duration,
        (Add | Sub, T::Date | T::Instant, T::Duration) => a.clone(),
        (Add, T::Duration, T::Date | T::Instant) => b.clone(),
        (Add | Sub, T::Duration, T::Duration) => T::Duration,
        (Div, T::Duration, T::Duration) => T::Decimal,
        (Mul | Div, T::Duration, T::Int | T::Decimal) | (Mul, T::Int | T::Decimal, T::Duration) => {
            T::Duration
        }
        _ => return None,
    })
}
