//! The rule language: a typed CEL dialect with exact decimals and three-valued logic.

mod env;
mod error;
mod explain;
mod issue;
mod program;
mod reads;
mod scope;
mod types;

pub use env::Env;
pub use error::EvalError;
pub use explain::{Clause, Explanation};
pub use issue::ExprIssue;
pub use program::Program;
pub use reads::{NavStep, Navigation, Reads, VarReads};
pub use scope::{Scope, Truth};
pub use types::ExprType;
