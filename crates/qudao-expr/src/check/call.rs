//! Function calls: which arguments each takes, and what it answers.

use qudao_model::Value;

use super::types::{orderable, unify};
use super::{Checker, Typed};
use crate::ExprType;
use crate::calls;
use crate::func::{Func, similar};
use crate::issue::ExprIssue;
use crate::limits::{LARGE_PATTERNS, MAX_PATTERNS, MORE_PATTERN_BYTES, PATTERN_BYTES};
use crate::loc::Loc;
use crate::node::{MacroKind, Node, Op};
use crate::syntax::{Expr, Name};

/// The functions that make a value of another one: used on a value as well as on a literal.
const fn takes(func: Func) -> (&'static str, usize, usize) {
    match func {
        Func::Size => ("text / list", 1, 1),
        Func::Lower | Func::Upper | Func::Trim => ("text", 1, 1),
        Func::StartsWith | Func::EndsWith | Func::Contains | Func::Matches => ("text", 2, 2),
        Func::Abs => ("int / decimal / money / duration", 1, 1),
        Func::Min | Func::Max => ("values of one type", 1, 64),
        Func::Sum => ("list(int / decimal / money / duration)", 1, 1),
        Func::Round => ("int / decimal / money", 1, 2),
        Func::Int => ("int / decimal / text", 1, 1),
        Func::Decimal => ("int / decimal / money / text", 1, 1),
        Func::Text => ("a single value", 1, 1),
        Func::Bool => ("bool / text", 1, 1),
        Func::Money => ("int / decimal", 2, 2),
        Func::Currency => ("money", 1, 1),
        Func::Date | Func::Instant => ("text / date / instant", 1, 1),
        Func::Duration => ("text / duration", 1, 1),
        Func::Days => ("date / instant", 1, 2),
        Func::DaysSince | Func::Year | Func::Month | Func::Day | Func::Weekday => ("date / instant", 1, 1),
    }
}

/// Whether a function takes a type as its first argument.
fn fits(func: Func, ty: &ExprType) -> bool {
    use ExprType as T;
    let numeric = matches!(ty, T::Int | T::Decimal);
    match func {
        _ if *ty == T::Null => true,
        Func::Size => matches!(ty, T::Text | T::List(_)),
        Func::Lower
        | Func::Upper
        | Func::Trim
        | Func::StartsWith
        | Func::EndsWith
        | Func::Contains
        | Func::Matches => *ty == T::Text,
        Func::Abs => numeric || matches!(ty, T::Money(_) | T::Duration),
        Func::Min | Func::Max => true,
        Func::Sum => match ty {
            T::List(item) => matches!(**item, T::Int | T::Decimal | T::Money(_) | T::Duration | T::Null),
            _ => false,
        },
        Func::Round => numeric || matches!(ty, T::Money(_)),
        Func::Int => numeric || *ty == T::Text,
        Func::Decimal => numeric || matches!(ty, T::Money(_) | T::Text),
        Func::Text => !matches!(ty, T::List(_) | T::Record(_)),
        Func::Bool => matches!(ty, T::Bool | T::Text),
        Func::Money => numeric,
        Func::Currency => matches!(ty, T::Money(_)),
        Func::Date | Func::Instant => matches!(ty, T::Text | T::Date | T::Instant),
        Func::Duration => matches!(ty, T::Text | T::Duration),
        Func::Days | Func::DaysSince | Func::Year | Func::Month | Func::Day | Func::Weekday => {
            matches!(ty, T::Date | T::Instant)
        }
    }
}

impl Checker<'_, '_> {
    /// `name(args)` and `target.name(args)`
    pub(super) fn call(
        &mut self,
        name: &Name,
        target: Option<&Expr>,
        args: &[Expr],
        loc: Loc,
    ) -> Option<Typed> {
        if let (Some(kind), Some(source)) = (MacroKind::of(&name.text), target) {
            return self.over(kind, name, source, args, loc);
        }
        match (name.text.as_str(), target) {
            ("has", None) => return self.has(name, args, loc),
            ("changed", None) => return self.changed(name, args, loc),
            ("now" | "today", None) => {
                if !args.is_empty() {
                    self.argument_count(name, "0", args.len());
                    return None;
                }
                self.nav.clock = true;
                let (op, ty) = match name.text.as_str() {
                    "now" => (Op::Now, ExprType::Instant),
                    _ => (Op::Today, ExprType::Date),
                };
                return Some(Typed::plain(Node::new(op, ty, loc)));
            }
            _ => {}
        }
        let Some(func) = Func::of(&name.text) else {
            let issue = ExprIssue::error("expr.unknown_function", name.loc).param("name", name.text.as_str());
            let advice = if MacroKind::of(&name.text).is_some() {
                Some(format!("list.{}(x, …)", name.text))
            } else {
                similar(&name.text)
            };
            self.report(match advice {
                Some(advice) => issue.param("suggestion", advice),
                None => issue,
            });
            // What stands inside is checked all the same.
            for arg in target.into_iter().chain(args) {
                self.expr(arg);
            }
            return None;
        };
        let given: Vec<Option<Typed>> = target.into_iter().chain(args).map(|e| self.expr(e)).collect();
        let (_, least, most) = takes(func);
        if given.len() < least || given.len() > most {
            let expected = if least == most { least.to_string() } else { format!("{least}–{most}") };
            self.argument_count(name, &expected, given.len());
            return None;
        }
        let given: Vec<Typed> = given.into_iter().collect::<Option<_>>()?;
        self.function(func, given, loc)
    }

    pub(super) fn argument_count(&mut self, name: &Name, expected: &str, found: usize) {
        let issue = ExprIssue::error("expr.argument_count", name.loc)
            .param("name", name.text.as_str())
            .param("expected", expected)
            .param("found", i64::try_from(found).unwrap_or(i64::MAX));
        self.report(issue);
    }

    /// Refuses an argument that a function does not take.
    fn refuse(&mut self, func: Func, expected: &str, arg: &Typed) -> Option<Typed> {
        let source = self.source(&arg.node);
        let advice = match (func, arg.ty()) {
            (Func::Contains, ExprType::List(_)) => Some(format!("… in {source}")),
            (_, ExprType::Reference(_)) if expected == "text" => Some(format!("string({source})")),
            (_, ExprType::Text) if expected.starts_with("date") => Some(format!("date({source})")),
            _ => None,
        };
        self.wrong_type(expected, arg, advice);
        None
    }

    fn function(&mut self, func: Func, args: Vec<Typed>, loc: Loc) -> Option<Typed> {
        use ExprType as T;
        let (expected, ..) = takes(func);
        let first = args.first()?;
        let ty = first.ty().clone();
        // `days` of one span is its length; of two points, what lies between.
        let span = func == Func::Days && args.len() == 1;
        if span && !matches!(ty, T::Duration | T::Null) {
            return self.refuse(func, "duration", first);
        }
        if !span && !fits(func, &ty) {
            return self.refuse(func, expected, first);
        }
        let result = match func {
            Func::Size
            | Func::Int
            | Func::DaysSince
            | Func::Year
            | Func::Month
            | Func::Day
            | Func::Weekday => T::Int,
            Func::Lower | Func::Upper | Func::Trim | Func::Text | Func::Currency => T::Text,
            Func::StartsWith | Func::EndsWith | Func::Contains | Func::Matches => {
                let second = args.get(1)?;
                if !matches!(second.ty(), T::Text | T::Null) {
                    return self.refuse(func, "text", second);
                }
                if func == Func::Matches
                    && let Some(Value::Text(pattern)) = second.node.constant()
                {
                    let pattern = pattern.clone();
                    return self.matches(&pattern, args, loc);
                }
                if func == Func::Matches {
                    self.count_pattern(second.node.loc)?;
                }
                T::Bool
            }
            Func::Bool => T::Bool,
            Func::Abs => ty,
            Func::Decimal => T::Decimal,
            Func::Date => T::Date,
            Func::Instant => T::Instant,
            Func::Duration => T::Duration,
            Func::Days if span => T::Decimal,
            Func::Days => {
                let second = args.get(1)?;
                if !fits(func, second.ty()) {
                    return self.refuse(func, expected, second);
                }
                T::Int
            }
            Func::Sum => match ty {
                T::List(item) => *item,
                other => other,
            },
            Func::Round => {
                if let Some(digits) = args.get(1)
                    && !matches!(digits.node.constant(), Some(Value::Int(0..=28)))
                {
                    let issue = ExprIssue::error("expr.needs_literal", digits.node.loc);
                    self.report(issue.param("expected", "0–28"));
                    return None;
                }
                ty
            }
            Func::Money => {
                let second = args.get(1)?;
                match second.node.constant() {
                    Some(Value::Text(code))
                        if code.len() == 3 && code.bytes().all(|b| b.is_ascii_uppercase()) =>
                    {
                        T::Money(Some(code.clone()))
                    }
                    _ => {
                        let issue = ExprIssue::error("expr.needs_literal", second.node.loc);
                        self.report(issue.param("expected", "'CNY'"));
                        return None;
                    }
                }
            }
            Func::Min | Func::Max => return self.extreme(func, args, loc),
        };
        if func == Func::DaysSince {
            self.nav.clock = true;
        }
        let args = args.into_iter().map(|t| t.node).collect();
        self.make(Op::Call(func, args), result, loc)
    }

    /// `min` and `max` of a list or of several values.
    fn extreme(&mut self, func: Func, args: Vec<Typed>, loc: Loc) -> Option<Typed> {
        let list = match args.as_slice() {
            [one] => match one.ty() {
                ExprType::List(item) => Some((**item).clone()),
                _ => None,
            },
            _ => None,
        };
        let mut ty = list.clone().unwrap_or(ExprType::Null);
        if list.is_none() {
            for arg in &args {
                match unify(&ty, arg.ty()) {
                    Some(wider) => ty = wider,
                    None => {
                        let (left, right) = (ty.to_string(), arg.ty().to_string());
                        let issue = ExprIssue::error("expr.mixed_types", arg.node.loc);
                        self.report(issue.param("left", left).param("right", right));
                        return None;
                    }
                }
            }
        }
        if !(orderable(&ty, &ty) || ty == ExprType::Null) {
            return self.refuse(
                func,
                "int / decimal / money / text / date / instant / duration",
                args.first()?,
            );
        }
        let mut nodes = Vec::with_capacity(args.len());
        for arg in args {
            nodes.push(if list.is_some() { arg.node } else { self.widen(arg, &ty)?.node });
        }
        self.make(Op::Call(func, nodes), ty, loc)
    }

    /// Counts a pattern; `None`, with an issue, where there are too many.
    fn count_pattern(&mut self, at: Loc) -> Option<()> {
        self.patterns += 1;
        if self.patterns > MAX_PATTERNS {
            let max = i64::try_from(MAX_PATTERNS).unwrap_or(i64::MAX);
            self.report(ExprIssue::error("expr.too_many_patterns", at).param("max", max));
            return None;
        }
        Some(())
    }

    /// A match with a literal pattern, compiled once.
    fn matches(&mut self, pattern: &str, args: Vec<Typed>, loc: Loc) -> Option<Typed> {
        let at = args.get(1)?.node.loc;
        let text = args.into_iter().next()?.node;
        self.count_pattern(at)?;
        let bytes = if self.patterns > LARGE_PATTERNS { MORE_PATTERN_BYTES } else { PATTERN_BYTES };
        if self.too_large {
            // One is enough to refuse the text.
            return None;
        }
        match calls::pattern(pattern, bytes) {
            Ok(regex) => {
                Some(Typed::plain(Node::new(Op::Matches(Box::new(text), regex), ExprType::Bool, loc)))
            }
            Err(regex::Error::CompiledTooBig(_)) => {
                self.too_large = true;
                self.report(ExprIssue::error("expr.pattern_size", at));
                None
            }
            Err(error) => {
                // The library's last line says what is wrong; those before it draw where.
                let all = error.to_string();
                let reason = all.lines().last().unwrap_or_default().trim();
                let reason = reason.strip_prefix("error: ").unwrap_or(reason).to_owned();
                self.report(ExprIssue::error("expr.pattern", at).param("reason", reason));
                None
            }
        }
    }
}
