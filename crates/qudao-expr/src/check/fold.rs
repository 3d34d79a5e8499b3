//! Folding of constants.

use chrono_tz::Tz;
use qudao_model::{LocalText, Param, Value, codes};

use super::Checker;
use crate::calls;
use crate::eval::widen;
use crate::func::Func;
use crate::issue::ExprIssue;
use crate::node::{Node, Op};
use crate::value_ops::{self, Fault};

/// Constants do not depend on a zone: what does is left for evaluation.
const ZONE: Tz = Tz::UTC;

impl Checker<'_, '_> {
    /// Turns a node of constants into a constant. `None`, with an issue, for a literal that cannot be read.
    pub(super) fn fold(&mut self, mut node: Node) -> Option<Node> {
        if let Op::Cond(test, then, other) = &node.op
            && let Some(value) = test.constant()
        {
            let op = match value {
                Value::Bool(true) => then.op.clone(),
                Value::Bool(false) => other.op.clone(),
                _ => Op::Const(Value::Missing),
            };
            node.op = op;
            return Some(node);
        }
        let children = node.children();
        if children.is_empty() && !matches!(node.op, Op::List(_)) {
            return Some(node);
        }
        let Some(args) = children.iter().map(|c| c.constant().cloned()).collect::<Option<Vec<Value>>>()
        else {
            return Some(node);
        };
        match apply(&node, &args) {
            None => Some(node),
            Some(Ok(value)) => {
                node.op = Op::Const(value);
                Some(node)
            }
            Some(Err(Fault::BadConversion(function))) => {
                let example = match function {
                    "date" => Some("date('2026-01-31')"),
                    "instant" => Some("instant('2026-01-31T08:00:00Z')"),
                    "duration" => Some("duration('1d')"),
                    _ => None,
                };
                let issue = ExprIssue::error("expr.bad_literal", node.loc).param("function", function);
                self.report(match example {
                    Some(example) => issue.param("suggestion", example),
                    None => issue,
                });
                None
            }
            Some(Err(fault)) => {
                let code = match fault {
                    Fault::DivisionByZero => "expr.division_by_zero",
                    Fault::CurrencyMismatch => "expr.currency_mismatch",
                    Fault::NotWholeDays => "expr.not_whole_days",
                    Fault::BadPattern => "expr.bad_pattern",
                    _ => "expr.overflow",
                };
                if let Some(info) = codes::lookup(code) {
                    let reason = Param::Text(LocalText::new(info.en, info.zh));
                    let issue = ExprIssue::warning("expr.always_fails", node.loc);
                    self.report(issue.param("reason", reason));
                }
                Some(node)
            }
        }
    }
}

/// The value of an operation on constants; `None` where it depends on more than them.
fn apply(node: &Node, args: &[Value]) -> Option<Result<Value, Fault>> {
    let instants = args.iter().any(|v| matches!(v, Value::Instant(_)));
    let dates = args.iter().any(|v| matches!(v, Value::Date(_)));
    let truth = |r: Result<Option<bool>, Fault>| r.map(|o| o.map_or(Value::Missing, Value::Bool));
    Some(match (&node.op, args) {
        (Op::Compare(..) | Op::Arith(..), _) if instants && dates => return None,
        (Op::Not(_), [Value::Bool(b)]) => Ok(Value::Bool(!b)),
        (Op::Not(_), [Value::Missing]) => Ok(Value::Missing),
        (Op::Neg(_), [a]) => value_ops::negate(a),
        (Op::Compare(op, ..), [a, b]) => truth(value_ops::compare(*op, a, b, ZONE)),
        (Op::Arith(op, ..), [a, b]) => value_ops::arith(*op, a, b, ZONE),
        (Op::In(..), [_, Value::Missing]) => Ok(Value::Missing),
        (Op::In(..), [item, Value::List(items)]) => {
            let mixed = items.iter().any(|v| matches!((v, item), (Value::Date(_), Value::Instant(_))))
                || items.iter().any(|v| matches!((v, item), (Value::Instant(_), Value::Date(_))));
            if mixed {
                return None;
            }
            truth(value_ops::contains(item, items.iter(), ZONE))
        }
        (Op::Widen(_), [a]) => Ok(widen(a.clone())),
        (Op::List(_), items) => Ok(Value::list(items.iter().cloned())),
        (Op::Index(..), [Value::List(items), Value::Int(n)]) => {
            Ok(usize::try_from(*n).ok().and_then(|n| items.get(n)).cloned().unwrap_or_default())
        }
        (Op::Has(_), [a]) => Ok(Value::Bool(!a.is_blank())),
        (Op::And(_), parts) => return kleene(parts, false).map(Ok),
        (Op::Or(_), parts) => return kleene(parts, true).map(Ok),
        (Op::Call(func, _), args) => {
            let zoned = match func {
                Func::DaysSince | Func::Sum => true,
                Func::Date | Func::Days | Func::Year | Func::Month | Func::Day | Func::Weekday => instants,
                Func::Instant => dates,
                _ => false,
            };
            if zoned {
                return None;
            }
            calls::call(*func, args, ZONE)
        }
        _ => return None,
    })
}

fn kleene(parts: &[Value], end: bool) -> Option<Value> {
    if parts.contains(&Value::Bool(end)) {
        return Some(Value::Bool(end));
    }
    if !parts.iter().all(|v| matches!(v, Value::Bool(_) | Value::Missing)) {
        return None;
    }
    Some(if parts.contains(&Value::Missing) { Value::Missing } else { Value::Bool(!end) })
}
