//! A compiled expression.

use std::sync::Arc;

use qudao_model::{ObjectName, Value};

use crate::analyse::outcomes;
use crate::eval::Eval;
use crate::issue::Issues;
use crate::limits::MAX_TEXT;
use crate::loc::Loc;
use crate::node::Node;
use crate::{
    Env, EvalError, Explanation, ExprIssue, ExprType, Reads, Scope, Truth, check, lexer, lint, parser,
};

/// A compiled expression: parsed, checked against the schema, with every name resolved to a slot.
///
/// It is immutable and cheap to clone.
#[derive(Debug, Clone)]
pub struct Program {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    text: String,
    object: ObjectName,
    root: Node,
    reads: Reads,
    lints: Vec<ExprIssue>,
    constant: Option<bool>,
}

impl Program {
    /// Compiles an expression of any type.
    ///
    /// # Errors
    /// Everything wrong with the text, in the order of its position. A slip of syntax that has one sure meaning is
    /// read as what it means, and the rest is checked as well; any other ends the list.
    pub fn compile(text: &str, env: &Env<'_>) -> Result<Self, Vec<ExprIssue>> {
        Self::build(text, env, false)
    }

    /// Compiles a condition.
    ///
    /// # Errors
    /// As [`Program::compile`], and when the expression is of another type than bool.
    pub fn condition(text: &str, env: &Env<'_>) -> Result<Self, Vec<ExprIssue>> {
        Self::build(text, env, true)
    }

    fn build(text: &str, env: &Env<'_>, condition: bool) -> Result<Self, Vec<ExprIssue>> {
        let mut issues = Issues::default();
        let root = Self::front(text, env, &mut issues);
        let whole = Loc::new(0, text.len());
        if let Some(checked) = &root
            && condition
            && checked.node.ty != ExprType::Bool
        {
            let issue =
                ExprIssue::error("expr.not_condition", whole).param("found", checked.node.ty.to_string());
            issues.push(match checked.node.path() {
                Some(path) => issue.param("suggestion", format!("has({path})")),
                None => issue,
            });
        }
        let checked = match root {
            Some(checked) if issues.is_empty() => checked,
            _ => {
                if issues.is_empty() {
                    issues.push(ExprIssue::error("expr.syntax_end", whole).param("expected", "a value"));
                }
                return Err(issues.finish(text));
            }
        };
        let mut found = Issues::default();
        for warning in checked.warnings.into_iter().chain(lint::lints(text, &checked.node)) {
            found.push(warning);
        }
        let constant =
            (checked.node.ty == ExprType::Bool).then(|| outcomes(&checked.node).constant()).flatten();
        Ok(Self {
            inner: Arc::new(Inner {
                text: text.to_owned(),
                object: env.object.clone(),
                root: checked.node,
                reads: checked.reads,
                lints: found.finish(text),
                constant,
            }),
        })
    }

    fn front(text: &str, env: &Env<'_>, issues: &mut Issues) -> Option<check::Checked> {
        if text.len() > MAX_TEXT {
            let max = i64::try_from(MAX_TEXT).unwrap_or(i64::MAX);
            issues.push(ExprIssue::error("expr.too_long", Loc::new(0, text.len())).param("max", max));
            return None;
        }
        let tokens = lexer::lex(text, issues)?;
        let expr = parser::parse(text, tokens, issues)?;
        check::check(text, &expr, env, issues)
    }

    /// The text it was compiled from.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.inner.text
    }

    /// The type of its value.
    #[must_use]
    pub fn result_type(&self) -> &ExprType {
        &self.inner.root.ty
    }

    /// What it reads.
    #[must_use]
    pub fn reads(&self) -> &Reads {
        &self.inner.reads
    }

    /// `Some(false)` when the condition can never be true, `Some(true)` when it can never be false; either may still
    /// be unknown where a value is missing. Found from constants, choice sets and simple intervals: `None` proves
    /// nothing.
    #[must_use]
    pub fn constant(&self) -> Option<bool> {
        self.inner.constant
    }

    /// What is remarkable though not wrong: always true, always false, always failing, comparison with an unknown
    /// choice or with blank text, order of choices.
    #[must_use]
    pub fn lints(&self) -> Vec<ExprIssue> {
        self.inner.lints.clone()
    }

    fn fits(&self, scope: &Scope<'_>) -> Result<(), EvalError> {
        if *scope.record.object() == self.inner.object {
            Ok(())
        } else {
            Err(EvalError::WrongType { offset: 0 })
        }
    }

    /// The value on a record. Records come as references.
    ///
    /// # Errors
    /// [`EvalError`] when the value cannot be had.
    pub fn eval(&self, scope: &Scope<'_>) -> Result<Value, EvalError> {
        self.fits(scope)?;
        Ok(Eval::new(scope).eval(&self.inner.root)?.into_value())
    }

    /// The answer of a condition on a record.
    ///
    /// # Errors
    /// [`EvalError`] when the answer cannot be had.
    pub fn test(&self, scope: &Scope<'_>) -> Result<Truth, EvalError> {
        self.must_be_condition()?;
        self.fits(scope)?;
        Eval::new(scope).truth(&self.inner.root)
    }

    /// The answer of a condition on a record, with its reasons.
    ///
    /// # Errors
    /// [`EvalError`] when the answer cannot be had.
    pub fn explain(&self, scope: &Scope<'_>) -> Result<Explanation, EvalError> {
        self.must_be_condition()?;
        self.fits(scope)?;
        crate::explain::explain(&self.inner.text, &self.inner.root, scope)
    }

    fn must_be_condition(&self) -> Result<(), EvalError> {
        match &self.inner.root.ty {
            ExprType::Bool => Ok(()),
            other => Err(EvalError::NotCondition { found: other.to_string() }),
        }
    }
}
