//! The rule language: a strict, typed dialect of CEL (the Common Expression Language) with exact decimals and
//! three-valued logic.
//!
//! A Blueprint's rules, gates, process choices, role scopes and metric filters are expressions. Each is compiled once
//! against the [`Schema`](qudao_model::Schema): an unknown field or a wrong type is an [`ExprIssue`] with its place,
//! its reason and, where one is near, the word that was meant; all issues come at once. The compiled [`Program`] is
//! evaluated on a record ([`Program::eval`], [`Program::test`]) and can say why it answered as it did
//! ([`Program::explain`]), what it reads ([`Program::reads`]) and whether it can answer otherwise at all
//! ([`Program::constant`], [`Program::lints`]).
//!
//! ```
//! use qudao_expr::{Env, Program, Scope, Truth};
//! use qudao_model::{Dataset, ObjectName, Record, RecordId, Schema, Value};
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let schema = Schema::standard("CNY");
//! let object = ObjectName::new("opportunity")?;
//! let env = Env::record(&schema, &object);
//! let gate = Program::condition("amount > 100000 && account.type == 'project'", &env)
//!     .map_err(|issues| issues[0].text(&"en".into()))?;
//!
//! let account = |id: &str| Record::new(schema.object("account").unwrap().clone(), RecordId::new(id).unwrap());
//! let mut data = Dataset::new();
//! data.put(account("a1").with("type", "project")?);
//! let deal = Record::new(schema.object("opportunity").unwrap().clone(), RecordId::new("o1")?)
//!     .with("account", "a1")?;
//! let scope =
//!     Scope { record: &deal, before: None, data: &data, now: None, zone: chrono_tz::UTC, vars: &[] };
//!
//! assert_eq!(gate.test(&scope)?, Truth::Unknown, "the amount is missing");
//! let why = gate.explain(&scope)?;
//! assert_eq!(why.missing, ["amount"]);
//! assert_eq!(why.clauses[1].text, "account.type == 'project'");
//! assert_eq!(why.inputs["account.type"], Value::text("project"));
//!
//! let issues = Program::condition("ammount > 1", &env).unwrap_err();
//! assert_eq!(issues[0].text(&"en".into()), "at 1: opportunity has no field ammount");
//! assert_eq!(issues[0].fix(&"zh-CN".into()).as_deref(), Some("您是否想写 amount？"));
//! # Ok(())
//! # }
//! ```
//!
//! # What is taken from CEL
//! The syntax and precedence of literals, `?:`, `||`, `&&`, `in`, comparisons, arithmetic, member access, indexes and
//! calls in both styles (`size(x)`, `x.size()`); the macros `exists`, `all`, `exists_one`, `filter`, `map`; the
//! functions `size`, `startsWith`, `endsWith`, `contains`, `matches`, `int`, `string`, `bool`, `duration`; comments
//! (`//`), raw and triple-quoted texts, back-quoted names; whole-number arithmetic that is checked and truncates
//! (`7 / 2` is `3`, `7.0 / 2` is `3.5`). A deciding operand of `&&`, `||`, `exists` or `all` outvotes an error of the
//! data on either side. See <https://github.com/google/cel-spec>.
//!
//! # Additions
//! - **Fields are bare names** of one object; references and child lists are navigated: `partner.parent.tier`,
//!   `size(contacts)`, `contacts.exists(c, c.role == 'decider')`. `id` is the record's id, and a reference compares with
//!   text by id: `partner == 'p1'`. A dangling reference leads to missing.
//! - **Missing** is a value of every type; the literal is `missing` (or `null`). Blank text and empty lists in fields
//!   are missing; zero and false are not. `has(x)` tells, of any value.
//! - `changed(field)`: the field differs from the record as it was; of a new record, that it has a value.
//! - **Decimals** are exact to 28 digits and mix with whole numbers; `1.5` is one. `decimal(x)`, `abs`, `min`, `max`,
//!   `sum(list)`, `round(x)`, `round(x, 2)` (half away from zero).
//! - **Money** adds and compares within a currency, and with bare numbers only where the field's currency is fixed:
//!   `money(100, 'CNY')`, `currency(x)`, `decimal(x)`.
//! - **Dates and instants**: `date('2026-01-31')`, `instant('2026-01-31T08:00:00Z')`, `now()`, `today()`,
//!   `days(from, to)` and `days_since(x)` (calendar days in the scope's zone), `days(span)`, `year`, `month`, `day`,
//!   `weekday` (1 is Monday), spans with days (`duration('1d12h')`). Beside an instant, a date is its first instant in the
//!   zone. A date moves by whole days.
//! - **Texts**: `lower`, `upper`, `trim`, all Unicode. Texts compare by code point.
//!
//! # Deviations
//! - Expressions are typed strictly: no `dyn`, no mixed lists, no unsigned numbers, doubles, bytes, maps, messages,
//!   nor `type()`. There is no NaN: a division by zero is an error. `%` takes decimals too.
//! - A comparison with a missing value is unknown, and so is `in`; arithmetic and functions of a missing value are
//!   missing. `&&`, `||` and `!` are those of Kleene. Comparing with the literal `missing` is an issue that suggests
//!   `has(x)`. `filter` keeps what is true and drops what is unknown. The size of a child list is never missing, that of
//!   an empty list field is.
//! - An index outside a list leads to missing. Spans reach 292,000 years and are counted in microseconds.
//! - `x.matches(p)` searches, in time linear in the text, with the syntax of the `regex` crate; a literal pattern is
//!   compiled once.
//! - Texts of unlike digits (`int('１')`), and whatever else a conversion cannot read, are errors; guard with `matches`.
//!
//! # Limits
//! A text has at most 64 KiB, 64 levels, 10,000 parts and 16 patterns. A pattern has at most 2,000 bytes; compiled, the
//! first four have at most 256 KiB each, the others 64 KiB. Chains of `&&`
//! and of `||` are one level. What macros repeat is bounded: how often a part is met, times the items of the list it
//! goes through, times the parts of the expression, is at most 4,000,000, and a list has at most 1,000,000 items. The
//! bound does not depend on the order of evaluation. Compiling and evaluating never overflow the stack, loop or panic,
//! on any text and any record.
//!
//! # Errors of evaluation
//! [`EvalError`] says what and where. The host's faults are raised always: a related table that was not given
//! ([`EvalError::MissingTable`]), a clock that was not given ([`EvalError::NowRequired`]), too many steps. The data's
//! faults (overflow, division by zero, two currencies, unreadable text) can be outvoted, as in CEL.
//!
//! # Shape
//! Text → tokens → tree → typed nodes. In the typed form every name is a slot: a field is its position in the object, a
//! parent a step from a reference slot to an object's table, a child list the slot that points back, a macro's variable
//! its depth. The same nodes are evaluated three ways:
//!
//! - on a record ([`Program::eval`], [`Program::test`]): fields are read in place, parents and child lists found in the
//!   [`Dataset`](qudao_model::Dataset);
//! - on the values it reads ([`Program::inputs`], [`Program::test_inputs`]), without a record; fastest where they are
//!   laid out in [`Slots`];
//! - on the rows of a table ([`Program::test_columns`], [`Program::eval_columns`]): each node once for many rows over
//!   typed columns. A parent is a gather, a child list a pair of offsets, a macro a segmented fold, `&&` and `||` go on
//!   with the rows that are still open, and what reads one dictionary-coded text field is evaluated once per distinct
//!   text.
//!
//! All three give the same answers and the same errors, row by row; a property test compares them.

mod analyse;
mod calls;
mod check;
mod columns;
mod domain;
mod env;
mod error;
mod eval;
mod explain;
mod func;
mod inputs;
mod issue;
mod lexer;
mod limits;
mod lint;
mod loc;
mod named;
mod node;
mod parser;
mod program;
mod quick;
mod reads;
mod scope;
mod slots;
mod syntax;
mod types;
mod value_ops;
mod work;

pub use columns::{Answers, ColumnScope, ColumnVar, Truths};
pub use env::Env;
pub use error::EvalError;
pub use explain::{Clause, Explanation};
pub use inputs::Input;
pub use issue::ExprIssue;
pub use named::{NamedRecord, OtherNames};
pub use program::Program;
pub use reads::{NavStep, Navigation, Reads, VarReads};
pub use scope::{Scope, Truth};
pub use slots::Slots;
pub use types::ExprType;
