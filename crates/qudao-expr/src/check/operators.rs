//! Operators.

use super::types::{arith, equatable, lacks_currency, orderable, unify};
use super::{Checker, Typed};
use crate::ExprType;
use crate::issue::{ExprIssue, nearest};
use crate::loc::Loc;
use crate::node::{Node, Op};
use crate::syntax::{ArithOp, CompareOp, Expr, Kind};

impl Checker<'_, '_> {
    /// A part that must be a condition.
    pub(super) fn condition(&mut self, expr: &Expr) -> Option<Typed> {
        let typed = self.expr(expr)?;
        if matches!(typed.ty(), ExprType::Bool | ExprType::Null) {
            return Some(typed);
        }
        let advice = typed.node.path().map(|_| format!("has({})", self.source(&typed.node)));
        self.wrong_type("bool", &typed, advice);
        None
    }

    pub(super) fn not(&mut self, inner: &Expr, loc: Loc) -> Option<Typed> {
        let inner = self.condition(inner)?;
        self.make(Op::Not(Box::new(inner.node)), ExprType::Bool, loc)
    }

    pub(super) fn neg(&mut self, inner: &Expr, loc: Loc) -> Option<Typed> {
        let inner = self.expr(inner)?;
        let ty = inner.ty().clone();
        let fits = matches!(
            ty,
            ExprType::Int | ExprType::Decimal | ExprType::Money(_) | ExprType::Duration | ExprType::Null
        );
        if !fits {
            self.wrong_type("int / decimal / money / duration", &inner, None);
            return None;
        }
        self.make(Op::Neg(Box::new(inner.node)), ty, loc)
    }

    pub(super) fn logic(&mut self, parts: &[Expr], and: bool, loc: Loc) -> Option<Typed> {
        let mut nodes = Vec::with_capacity(parts.len());
        let mut whole = true;
        for part in parts {
            match self.condition(part) {
                // A chain in brackets belongs to the chain around it.
                Some(Typed { node: Node { op: Op::And(inner), .. }, .. }) if and => nodes.extend(inner),
                Some(Typed { node: Node { op: Op::Or(inner), .. }, .. }) if !and => nodes.extend(inner),
                Some(typed) => nodes.push(typed.node),
                None => whole = false,
            }
        }
        if !whole {
            return None;
        }
        self.make(if and { Op::And(nodes) } else { Op::Or(nodes) }, ExprType::Bool, loc)
    }

    /// Checks two operands; a bare word beside a choice field is most likely a choice without its quotes.
    fn operands(&mut self, a: &Expr, b: &Expr) -> Option<(Typed, Typed)> {
        let bare = |checker: &Self, e: &Expr| match &e.kind {
            Kind::Name(name) if !checker.is_known(name) => Some(name.clone()),
            _ => None,
        };
        match (bare(self, a), bare(self, b)) {
            (Some(name), None) => {
                let known = self.expr(b);
                self.unquoted(&name, a.loc, known.as_ref());
                None
            }
            (None, Some(name)) => {
                let known = self.expr(a);
                self.unquoted(&name, b.loc, known.as_ref());
                None
            }
            _ => {
                let (a, b) = (self.expr(a), self.expr(b));
                Some((a?, b?))
            }
        }
    }

    fn unquoted(&mut self, name: &str, loc: Loc, beside: Option<&Typed>) {
        let choices = beside.and_then(|t| t.node.choices.clone()).unwrap_or_default();
        match nearest(name, choices.iter().map(String::as_str)) {
            Some(choice) => {
                let issue = ExprIssue::error("expr.unquoted", loc).param("name", name);
                self.report(issue.param("suggestion", format!("'{choice}'")));
            }
            None => {
                self.name(name, loc);
            }
        }
    }

    pub(super) fn compare(&mut self, op: CompareOp, a: &Expr, b: &Expr, loc: Loc) -> Option<Typed> {
        let (a, b) = self.operands(a, b)?;
        self.no_missing(op.as_str(), op != CompareOp::Ne, &a, &b, loc)?;
        let fits = if op.is_equality() { equatable(a.ty(), b.ty()) } else { orderable(a.ty(), b.ty()) };
        if !fits {
            self.not_comparable(op.as_str(), &a, &b, loc);
            return None;
        }
        self.make(Op::Compare(op, Box::new(a.node), Box::new(b.node)), ExprType::Bool, loc)
    }

    /// Refuses the literal `missing` as an operand: the answer would always be unknown.
    fn no_missing(&mut self, op: &str, negative: bool, a: &Typed, b: &Typed, loc: Loc) -> Option<()> {
        let literal = |t: &Typed| *t.ty() == ExprType::Null && t.node.constant().is_some();
        let other = match (literal(a), literal(b)) {
            (true, _) => b,
            (_, true) => a,
            _ => return Some(()),
        };
        let source = self.source(&other.node);
        let advice = if negative { format!("!has({source})") } else { format!("has({source})") };
        let issue = ExprIssue::error("expr.compare_missing", loc).param("operator", op);
        self.report(issue.param("suggestion", advice));
        None
    }

    fn not_comparable(&mut self, op: &str, a: &Typed, b: &Typed, loc: Loc) {
        let code = if lacks_currency(a.ty(), b.ty()) { "expr.no_currency" } else { "expr.not_comparable" };
        let issue = ExprIssue::error(code, loc)
            .param("operator", op)
            .param("left", a.ty().to_string())
            .param("right", b.ty().to_string());
        self.report(match self.advise(&a.node, &b.node) {
            Some(advice) => issue.param("suggestion", advice),
            None => issue,
        });
    }

    /// Reports bare words in a list that are most likely choices without their quotes; true when there are such.
    fn unquoted_items(&mut self, item: &Typed, list: &Expr) -> bool {
        let (Some(choices), Kind::List(items)) = (item.node.choices.clone(), &list.kind) else {
            return false;
        };
        let mut found = false;
        for expr in items {
            if let Kind::Name(name) = &expr.kind
                && !self.is_known(name)
                && nearest(name, choices.iter().map(String::as_str)).is_some()
            {
                self.unquoted(name, expr.loc, Some(item));
                found = true;
            }
        }
        found
    }

    pub(super) fn within(&mut self, item: &Expr, list: &Expr, loc: Loc) -> Option<Typed> {
        let item = self.expr(item);
        if let Some(item) = &item
            && self.unquoted_items(item, list)
        {
            return None;
        }
        let list = self.expr(list);
        let (item, list) = (item?, list?);
        let ExprType::List(of) = list.ty().clone() else {
            let advice = (*list.ty() == ExprType::Text && *item.ty() == ExprType::Text)
                .then(|| format!("{}.contains({})", self.source(&list.node), self.source(&item.node)));
            self.wrong_type("list", &list, advice);
            return None;
        };
        if *item.ty() == ExprType::Null {
            self.no_missing("in", true, &item, &list, loc)?;
        }
        if !equatable(item.ty(), &of) {
            self.not_comparable("in", &item, &list, loc);
            return None;
        }
        self.make(Op::In(Box::new(item.node), Box::new(list.node)), ExprType::Bool, loc)
    }

    pub(super) fn arith(&mut self, op: ArithOp, a: &Expr, b: &Expr, loc: Loc) -> Option<Typed> {
        let (a, b) = (self.expr(a), self.expr(b));
        let (a, b) = (a?, b?);
        let Some(ty) = arith(op, a.ty(), b.ty()) else {
            let code = match lacks_currency(a.ty(), b.ty()) && matches!(op, ArithOp::Add | ArithOp::Sub) {
                true => "expr.no_currency",
                false => "expr.no_operator",
            };
            let issue = ExprIssue::error(code, loc)
                .param("operator", op.as_str())
                .param("left", a.ty().to_string())
                .param("right", b.ty().to_string());
            let advice = self.advise_arith(op, &a.node, &b.node);
            self.report(match advice {
                Some(advice) => issue.param("suggestion", advice),
                None => issue,
            });
            return None;
        };
        let (a, b) = match &ty {
            ExprType::List(_) => (self.widen(a, &ty)?, self.widen(b, &ty)?),
            _ => (a, b),
        };
        let origins = [a.origins, b.origins].concat();
        let mut typed = self.make(Op::Arith(op, Box::new(a.node), Box::new(b.node)), ty, loc)?;
        typed.origins = dedup(origins);
        Some(typed)
    }

    pub(super) fn cond(&mut self, test: &Expr, then: &Expr, other: &Expr, loc: Loc) -> Option<Typed> {
        let (test, then, other) = (self.condition(test), self.expr(then), self.expr(other));
        let (test, then, other) = (test?, then?, other?);
        let Some(ty) = unify(then.ty(), other.ty()) else {
            self.mixed(&then, &other);
            return None;
        };
        let (then, other) = (self.widen(then, &ty)?, self.widen(other, &ty)?);
        let origins = [then.origins, other.origins].concat();
        let op = Op::Cond(Box::new(test.node), Box::new(then.node), Box::new(other.node));
        let mut typed = self.make(op, ty, loc)?;
        typed.origins = dedup(origins);
        Some(typed)
    }

    fn mixed(&mut self, a: &Typed, b: &Typed) {
        let issue = ExprIssue::error("expr.mixed_types", b.node.loc)
            .param("left", a.ty().to_string())
            .param("right", b.ty().to_string());
        self.report(issue);
    }

    pub(super) fn list(&mut self, items: &[Expr], loc: Loc) -> Option<Typed> {
        let checked: Vec<Option<Typed>> = items.iter().map(|e| self.expr(e)).collect();
        let typed: Vec<Typed> = checked.into_iter().collect::<Option<_>>()?;
        let ty = match self.common(&typed) {
            Ok(ty) => ty,
            Err(at) => {
                if let (Some(first), Some(odd)) = (typed.first(), typed.get(at)) {
                    self.mixed(first, odd);
                }
                return None;
            }
        };
        let mut origins = Vec::new();
        let mut nodes = Vec::with_capacity(typed.len());
        for item in typed {
            let wide = self.widen(item, &ty)?;
            origins.extend(wide.origins);
            nodes.push(wide.node);
        }
        let mut typed = self.make(Op::List(nodes), ExprType::list_of(ty), loc)?;
        typed.origins = dedup(origins);
        Some(typed)
    }
}

/// Each once, in order. There are no more distinct origins than fields.
fn dedup<T: PartialEq>(items: Vec<T>) -> Vec<T> {
    let mut out: Vec<T> = Vec::with_capacity(items.len().min(16));
    for item in items {
        if !out.contains(&item) {
            out.push(item);
        }
    }
    out
}
