//! What the names in an expression mean.

use qudao_model::{ObjectName, Schema};

use crate::ExprType;

/// What the names in an expression mean: the fields and child lists of one object, and extra variables.
///
/// A name is looked up among the variables of the macros around it, then among the fields and child lists of the
/// object, then among the extra variables.
#[derive(Debug, Clone)]
pub struct Env<'a> {
    pub(crate) schema: &'a Schema,
    pub(crate) object: &'a ObjectName,
    pub(crate) vars: Vec<(String, ExprType)>,
}

impl<'a> Env<'a> {
    /// The fields of `object` are bare identifiers.
    #[must_use]
    pub fn record(schema: &'a Schema, object: &'a ObjectName) -> Self {
        Self { schema, object, vars: Vec::new() }
    }

    /// Adds a variable. Its position among the variables is the position of its value in
    /// [`Scope::vars`](crate::Scope::vars).
    #[must_use]
    pub fn with_var(mut self, name: &str, ty: ExprType) -> Self {
        self.vars.push((name.to_owned(), ty));
        self
    }
}
