//! Why a condition answered as it did.

use std::collections::BTreeMap;

use qudao_model::Value;

use crate::Truth;

/// Why a condition answered as it did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// The answer of the whole.
    pub truth: Truth,
    /// The operands of the outermost `&&` or `||`, each with its own answer; the whole where there is neither.
    pub clauses: Vec<Clause>,
    /// Every value read, by path as it stands in the expression. Child lists stand as `size(path)`.
    pub inputs: BTreeMap<String, Value>,
    /// The paths whose missing value keeps a clause from being true.
    pub missing: Vec<String>,
}

impl Explanation {
    /// The clauses that are not true.
    pub fn failing(&self) -> impl Iterator<Item = &Clause> {
        self.clauses.iter().filter(|c| !c.truth.is_true())
    }
}

/// One operand of the outermost `&&` or `||`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clause {
    /// Its text.
    pub text: String,
    /// Its answer.
    pub truth: Truth,
}
