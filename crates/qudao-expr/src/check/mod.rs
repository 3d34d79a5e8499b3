//! The type checker: resolves every name to a slot, finds every type, and folds constants.
//!
//! A part with an issue has no type; what stands around it is checked as far as it can be, so that all issues are
//! reported at once.

mod call;
mod convert;
mod fold;
mod macros;
mod names;
mod nav;
mod operators;
mod types;

use qudao_model::{ObjectName, Severity, Value};
use rust_decimal::Decimal;

use crate::issue::{ExprIssue, Issues};
use crate::loc::Loc;
use crate::node::{Node, Op};
use crate::reads::Reads;
use crate::syntax::{Expr, Kind};
use crate::{Env, ExprType};

use nav::{Nav, Origin};

/// A checked expression.
pub(crate) struct Checked {
    pub(crate) node: Node,
    pub(crate) reads: Reads,
    /// Warnings met on the way.
    pub(crate) warnings: Vec<ExprIssue>,
}

/// Checks a tree.
pub(crate) fn check(text: &str, expr: &Expr, env: &Env<'_>, issues: &mut Issues) -> Option<Checked> {
    if env.schema.object(env.object.as_str()).is_none() {
        let issue = ExprIssue::error("expr.unknown_object", Loc::new(0, text.len()))
            .param("name", env.object.as_str())
            .suggest(env.object.as_str(), env.schema.objects().map(|o| o.name.as_str()));
        issues.push(issue);
        return None;
    }
    let mut checker = Checker {
        text,
        env,
        issues,
        locals: Vec::new(),
        nav: Nav::new(),
        patterns: 0,
        too_large: false,
        warnings: Vec::new(),
    };
    let typed = checker.expr(expr)?;
    Some(Checked { node: typed.node, reads: checker.nav.finish(), warnings: checker.warnings })
}

/// The zero of a type, where there is one.
pub(crate) fn zero(ty: &ExprType) -> Value {
    match ty {
        ExprType::Int => Value::Int(0),
        ExprType::Decimal => Value::Decimal(Decimal::ZERO),
        ExprType::Money(Some(currency)) => Value::money(Decimal::ZERO, currency),
        ExprType::Duration => Value::Duration(qudao_model::Span::from_micros(0)),
        _ => Value::Missing,
    }
}

/// A typed node and where its records come from.
struct Typed {
    node: Node,
    origins: Vec<Origin>,
}

impl Typed {
    fn plain(node: Node) -> Self {
        Self { node, origins: Vec::new() }
    }

    fn ty(&self) -> &ExprType {
        &self.node.ty
    }
}

/// The variable of a macro.
struct Local {
    name: String,
    ty: ExprType,
    origins: Vec<Origin>,
}

struct Checker<'a, 'i> {
    text: &'a str,
    env: &'a Env<'a>,
    issues: &'i mut Issues,
    locals: Vec<Local>,
    nav: Nav,
    patterns: usize,
    /// A pattern was refused for its size.
    too_large: bool,
    warnings: Vec<ExprIssue>,
}

impl Checker<'_, '_> {
    fn expr(&mut self, expr: &Expr) -> Option<Typed> {
        if self.issues.is_full() {
            return None;
        }
        let loc = expr.loc;
        match &expr.kind {
            Kind::Missing => Some(constant(Value::Missing, ExprType::Null, loc)),
            Kind::Bool(b) => Some(constant(Value::Bool(*b), ExprType::Bool, loc)),
            Kind::Int(n) => Some(constant(Value::Int(*n), ExprType::Int, loc)),
            Kind::Decimal(d) => Some(constant(Value::Decimal(*d), ExprType::Decimal, loc)),
            Kind::Text(t) => Some(constant(Value::Text(t.clone()), ExprType::Text, loc)),
            Kind::Name(name) => self.name(name, loc),
            Kind::Member(base, name) => self.member(base, name, loc),
            Kind::Index(list, index) => self.index(list, index, loc),
            Kind::Call { name, target, args } => self.call(name, target.as_deref(), args, loc),
            Kind::Not(inner) => self.not(inner, loc),
            Kind::Neg(inner) => self.neg(inner, loc),
            Kind::And(parts) => self.logic(parts, true, loc),
            Kind::Or(parts) => self.logic(parts, false, loc),
            Kind::Compare(op, a, b) => self.compare(*op, a, b, loc),
            Kind::In(item, list) => self.within(item, list, loc),
            Kind::Arith(op, a, b) => self.arith(*op, a, b, loc),
            Kind::Cond(test, then, other) => self.cond(test, then, other, loc),
            Kind::List(items) => self.list(items, loc),
        }
    }

    fn report(&mut self, issue: ExprIssue) {
        if issue.severity == Severity::Error {
            self.issues.push(issue);
        } else {
            self.warnings.push(issue);
        }
    }

    /// Makes a node; one of constants alone becomes a constant.
    fn make(&mut self, op: Op, ty: ExprType, loc: Loc) -> Option<Typed> {
        self.fold(Node::new(op, ty, loc)).map(Typed::plain)
    }

    fn wrong_type(&mut self, expected: &str, found: &Typed, suggestion: Option<String>) {
        let issue = ExprIssue::error("expr.wrong_type", found.node.loc)
            .param("expected", expected)
            .param("found", found.ty().to_string());
        self.report(match suggestion {
            Some(suggestion) => issue.param("suggestion", suggestion),
            None => issue,
        });
    }

    /// The text that a node was read from.
    fn source(&self, node: &Node) -> String {
        node.loc.of(self.text).to_owned()
    }

    fn object(&self) -> &ObjectName {
        self.env.object
    }
}

fn constant(value: Value, ty: ExprType, loc: Loc) -> Typed {
    Typed::plain(Node::new(Op::Const(value), ty, loc))
}
