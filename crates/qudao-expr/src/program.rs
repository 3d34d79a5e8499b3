//! A compiled expression.

use std::sync::Arc;

use qudao_model::{Severity, Value};

use crate::{Env, EvalError, Explanation, ExprIssue, ExprType, Reads, Scope, Truth};

/// A compiled expression: parsed, checked against the schema, with every name resolved to a slot.
#[derive(Debug, Clone)]
pub struct Program {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    text: String,
    ty: ExprType,
    reads: Reads,
    lints: Vec<ExprIssue>,
    constant: Option<bool>,
}

impl Program {
    /// Compiles an expression of any type.
    ///
    /// # Errors
    /// Everything wrong with the text, in the order of its position.
    pub fn compile(text: &str, env: &Env<'_>) -> Result<Self, Vec<ExprIssue>> {
        let _ = (env.schema, env.object, &env.vars);
        Err(vec![ExprIssue::new("expr.syntax", Severity::Error, 0, text.len()).param("at", 1_i64)])
    }

    /// Compiles a condition.
    ///
    /// # Errors
    /// Everything wrong with the text, in the order of its position.
    pub fn condition(text: &str, env: &Env<'_>) -> Result<Self, Vec<ExprIssue>> {
        Self::compile(text, env)
    }

    /// The text it was compiled from.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.inner.text
    }

    /// The type of its value.
    #[must_use]
    pub fn result_type(&self) -> &ExprType {
        &self.inner.ty
    }

    /// What it reads.
    #[must_use]
    pub fn reads(&self) -> &Reads {
        &self.inner.reads
    }

    /// `Some(false)` when the condition can never be true, `Some(true)` when it can never be false.
    #[must_use]
    pub fn constant(&self) -> Option<bool> {
        self.inner.constant
    }

    /// What is remarkable though not wrong: always true, always false, comparison with an unknown choice.
    #[must_use]
    pub fn lints(&self) -> Vec<ExprIssue> {
        self.inner.lints.clone()
    }

    /// The value on a record.
    ///
    /// # Errors
    /// [`EvalError`] when the value cannot be had.
    pub fn eval(&self, scope: &Scope<'_>) -> Result<Value, EvalError> {
        let _ = scope;
        Err(EvalError::NotCondition)
    }

    /// The answer of a condition on a record.
    ///
    /// # Errors
    /// [`EvalError`] when the answer cannot be had.
    pub fn test(&self, scope: &Scope<'_>) -> Result<Truth, EvalError> {
        self.eval(scope).map(|v| v.as_bool().map_or(Truth::Unknown, Truth::from))
    }

    /// The answer of a condition on a record, with its reasons.
    ///
    /// # Errors
    /// [`EvalError`] when the answer cannot be had.
    pub fn explain(&self, scope: &Scope<'_>) -> Result<Explanation, EvalError> {
        let _ = scope;
        Err(EvalError::NotCondition)
    }
}
