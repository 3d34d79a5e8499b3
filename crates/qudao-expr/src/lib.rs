//! The rule language: a typed CEL dialect with exact decimals and three-valued logic.

mod analyse;
mod calls;
mod check;
mod domain;
mod env;
mod error;
mod eval;
mod explain;
mod func;
mod issue;
mod lexer;
mod limits;
mod lint;
mod loc;
mod node;
mod parser;
mod program;
mod reads;
mod scope;
mod syntax;
mod types;
mod value_ops;

pub use env::Env;
pub use error::EvalError;
pub use explain::{Clause, Explanation};
pub use issue::ExprIssue;
pub use program::Program;
pub use reads::{NavStep, Navigation, Reads, VarReads};
pub use scope::{Scope, Truth};
pub use types::ExprType;
