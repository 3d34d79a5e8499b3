//! Why a condition answered as it did.

use std::collections::BTreeMap;

use qudao_model::Value;

use crate::eval::Eval;
use crate::node::{Node, Op};
use crate::work::Size;
use crate::{EvalError, Scope, Truth};

/// Why a condition answered as it did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// The answer of the whole.
    pub truth: Truth,
    /// The operands of the outermost `&&` or `||`, each with its own answer; the whole where there is neither.
    pub clauses: Vec<Clause>,
    /// Every value read, by path as it stands in the expression. Child lists stand as `size(path)`. What lies under
    /// the variable of a macro, and what could not be read, is left out.
    pub inputs: BTreeMap<String, Value>,
    /// The paths whose missing value keeps a clause from being true, sorted. None when the whole is true.
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

/// Explains the answer of a condition.
pub(crate) fn explain<'a>(
    text: &str,
    root: &'a Node,
    size: Size,
    scope: &'a Scope<'a>,
) -> Result<Explanation, EvalError> {
    let truth = Eval::new(scope, size).truth(root)?;
    let parts: &'a [Node] = match &root.op {
        Op::And(parts) | Op::Or(parts) => parts,
        _ => std::slice::from_ref(root),
    };
    let mut clauses = Vec::with_capacity(parts.len());
    let mut inputs = BTreeMap::new();
    let mut missing = Vec::new();
    for part in parts {
        // The whole has an answer, so that an error here has been outvoted.
        let answer = Eval::new(scope, size).truth(part).unwrap_or(Truth::Unknown);
        clauses.push(Clause { text: part.loc.of(text).to_owned(), truth: answer });
        let mut reader = Reader { scope, size, inputs: &mut inputs, missing: Vec::new() };
        reader.read(part, Use::Wanted);
        if !truth.is_true() && !answer.is_true() {
            missing.append(&mut reader.missing);
        }
    }
    missing.sort_unstable();
    missing.dedup();
    Ok(Explanation { truth, clauses, inputs, missing })
}

/// What a condition wants of a value that it asks for with `has`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Use {
    /// To be there.
    Wanted,
    /// To be missing.
    Unwanted,
}

impl Use {
    fn negated(self) -> Self {
        match self {
            Self::Wanted => Self::Unwanted,
            Self::Unwanted => Self::Wanted,
        }
    }
}

struct Reader<'r, 'a> {
    scope: &'a Scope<'a>,
    size: Size,
    inputs: &'r mut BTreeMap<String, Value>,
    missing: Vec<String>,
}

impl<'a> Reader<'_, 'a> {
    fn read(&mut self, node: &'a Node, wanted: Use) {
        match &node.op {
            Op::Not(inner) => self.read(inner, wanted.negated()),
            Op::Has(inner) => match inner.path() {
                Some(path) => self.input(inner, path, wanted),
                None => self.read(inner, wanted),
            },
            Op::Changed { name, ix } => {
                self.inputs.insert(name.to_string(), self.scope.record.at(*ix).clone());
            }
            Op::Own => {}
            _ => match node.path() {
                // The operand of anything but `has` is wanted whichever way the answer turns.
                Some(path) => self.input(node, path, Use::Wanted),
                None => {
                    for child in node.children() {
                        self.read(child, wanted);
                    }
                }
            },
        }
    }

    fn input(&mut self, node: &'a Node, path: String, wanted: Use) {
        let list = matches!(node.op, Op::Children { .. });
        let Ok(value) = Eval::new(self.scope, self.size).eval(node) else { return };
        let value = value.into_value();
        if value.is_blank() && wanted == Use::Wanted {
            // A list that holds nothing is a value, unless it is asked for.
            if !list || value == Value::Missing {
                self.missing.push(path.clone());
            }
        }
        match value {
            Value::List(items) if list => {
                let size = i64::try_from(items.len()).unwrap_or(i64::MAX);
                self.inputs.insert(format!("size({path})"), Value::Int(size));
            }
            value => {
                self.inputs.insert(path, value);
            }
        }
    }
}
