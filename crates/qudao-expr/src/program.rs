//! A compiled expression.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use chrono_tz::Tz;
use qudao_model::{Instant, ObjectName, Value};

use crate::analyse::Analysis;
use crate::columns;
use crate::eval::{Eval, Source};
use crate::inputs::Input;
use crate::issue::Issues;
use crate::limits::MAX_TEXT;
use crate::loc::Loc;
use crate::named::{self, NamedRecord, OtherNames};
use crate::node::Node;
use crate::quick::Quick;
use crate::work::Size;
use crate::{
    Answers, ColumnScope, Env, EvalError, Explanation, ExprIssue, ExprType, Reads, Scope, Slots, Truth,
    Truths, check, lexer, lint, parser,
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
    /// Warnings met while it was checked.
    warnings: Vec<ExprIssue>,
    findings: OnceLock<Findings>,
    size: Size,
    quick: OnceLock<Quick>,
}

/// What analysis finds; made when it is first asked for.
#[derive(Debug)]
struct Findings {
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
        Ok(Self {
            inner: Arc::new(Inner {
                text: text.to_owned(),
                object: env.object.clone(),
                size: Size::of(&checked.node),
                quick: OnceLock::new(),
                root: checked.node,
                reads: checked.reads,
                warnings: checked.warnings,
                findings: OnceLock::new(),
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
        self.findings().constant
    }

    /// What is remarkable though not wrong: always true, always false, always failing, comparison with an unknown
    /// choice or with blank text, order of choices.
    #[must_use]
    pub fn lints(&self) -> Vec<ExprIssue> {
        self.findings().lints.clone()
    }

    fn findings(&self) -> &Findings {
        self.inner.findings.get_or_init(|| {
            let (text, root) = (&self.inner.text, &self.inner.root);
            let mut analysis = Analysis::default();
            let mut found = Issues::default();
            let warnings = self.inner.warnings.iter().cloned();
            for warning in warnings.chain(lint::lints(text, root, &mut analysis)) {
                found.push(warning);
            }
            let constant = (root.ty == ExprType::Bool).then(|| analysis.outcomes(root).constant()).flatten();
            Findings { lints: found.finish(text), constant }
        })
    }

    /// The texts that it compares, by `==`, `!=` or `in`, with the id of a record, with a reference or with a text field: what may
    /// name a record.
    #[must_use]
    pub fn named_records(&self) -> BTreeSet<NamedRecord> {
        let mut found = BTreeSet::new();
        named::named(&self.inner.root, &mut found);
        found
    }

    /// The expression in which texts name other records besides: a comparison with such a text holds for these too.
    ///
    /// ```
    /// use std::collections::BTreeSet;
    /// use qudao_expr::{Env, OtherNames, Program, Scope, Truth};
    /// use qudao_model::{Dataset, ObjectName, Record, RecordId, Schema};
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let schema = Schema::standard("CNY");
    /// let object = ObjectName::new("contact")?;
    /// let of = Program::condition("account == 'old'", &Env::record(&schema, &object)).map_err(|_| "not a condition")?;
    /// let contact = schema.object("contact").ok_or("no contacts")?;
    /// let contact = Record::new(contact.clone(), RecordId::new("c1")?).with("account", "new")?;
    /// let data = Dataset::new();
    /// let scope =
    ///     Scope { record: &contact, before: None, data: &data, now: None, zone: chrono_tz::UTC, vars: &[] };
    /// assert_eq!(of.test(&scope)?, Truth::False);
    ///
    /// let old = of.named_records().pop_first().ok_or("it names no record")?;
    /// let others = OtherNames::from([(old, BTreeSet::from([RecordId::new("new")?]))]);
    /// assert_eq!(of.naming_also(&others).test(&scope)?, Truth::True);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn naming_also(&self, others: &OtherNames) -> Self {
        let mut root = self.inner.root.clone();
        named::widen(&mut root, others);
        Self {
            inner: Arc::new(Inner {
                text: self.inner.text.clone(),
                object: self.inner.object.clone(),
                size: Size::of(&root),
                quick: OnceLock::new(),
                root,
                reads: self.inner.reads.clone(),
                warnings: self.inner.warnings.clone(),
                findings: OnceLock::new(),
            }),
        }
    }

    fn fits(&self, object: &ObjectName) -> Result<(), EvalError> {
        if *object == self.inner.object { Ok(()) } else { Err(EvalError::WrongType { offset: 0 }) }
    }

    fn quick(&self) -> &Quick {
        self.inner.quick.get_or_init(|| Quick::of(&self.inner.root, self.inner.size))
    }

    /// The value on a record. Records come as references.
    ///
    /// # Errors
    /// [`EvalError`] when the value cannot be had.
    pub fn eval(&self, scope: &Scope<'_>) -> Result<Value, EvalError> {
        self.fits(scope.record.object())?;
        Ok(Eval::new(scope, self.inner.size).eval(&self.inner.root)?.into_value())
    }

    /// The answer of a condition on a record.
    ///
    /// # Errors
    /// [`EvalError`] when the answer cannot be had.
    pub fn test(&self, scope: &Scope<'_>) -> Result<Truth, EvalError> {
        self.must_be_condition()?;
        self.fits(scope.record.object())?;
        let quick = self.quick();
        let answer = match quick.large {
            true => Eval::new(scope, self.inner.size).bool(&self.inner.root),
            false => quick.test(Source::Scope(scope), self.inner.size),
        };
        Ok(truth(answer?))
    }

    /// The value on each row of a table, or of some of its rows: the same values and errors as [`Program::eval`] on
    /// each row's record, a column at a time. Text functions on a dictionary-coded field are evaluated once per
    /// distinct text.
    ///
    /// ```
    /// use qudao_expr::{ColumnScope, Env, Program, Truth};
    /// use qudao_model::columns::{Column, ColumnData, Table, Tables};
    /// use qudao_model::{ObjectName, Schema};
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let schema = Schema::standard("CNY");
    /// let object = ObjectName::new("account")?;
    /// let accounts = Table::new(schema.object("account").unwrap().clone(), ["a1", "a2"].into_iter().collect())
    ///     .with("employees", Column::new(ColumnData::Int(vec![20, 300]), None)?)?;
    /// let mut data = Tables::new();
    /// data.put(accounts);
    /// let large = Program::condition("employees > 100", &Env::record(&schema, &object)).unwrap();
    /// let scope =
    ///     ColumnScope { object: &object, data: &data, before: None, now: None, zone: chrono_tz::UTC, vars: &[] };
    /// let answers = large.test_columns(&scope, None)?;
    /// assert_eq!((answers.get(0)?, answers.get(1)?), (Truth::False, Truth::True));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`EvalError::WrongType`] when the table is of another object or a variable has not as many rows,
    /// [`EvalError::MissingTable`] when the table was not given. What a row fails by is in the answer.
    pub fn eval_columns(
        &self,
        scope: &ColumnScope<'_>,
        rows: Option<Range<usize>>,
    ) -> Result<Answers, EvalError> {
        self.fits(scope.object)?;
        columns::eval(&self.inner.root, self.inner.size, scope, rows)
    }

    /// The answer of a condition on each row of a table, or of some of its rows: the same answers and errors as
    /// [`Program::test`] on each row's record. See [`Program::eval_columns`].
    ///
    /// # Errors
    /// As [`Program::eval_columns`], and [`EvalError::NotCondition`].
    pub fn test_columns(
        &self,
        scope: &ColumnScope<'_>,
        rows: Option<Range<usize>>,
    ) -> Result<Truths, EvalError> {
        self.must_be_condition()?;
        self.fits(scope.object)?;
        columns::test(&self.inner.root, self.inner.size, scope, rows)
    }

    /// The values that it reads, each once, in the order of the text: for hosts that have them at hand and no records.
    /// `None` when it reads more than single values, such as the records of a child list, and when it has more than
    /// 1,000 parts.
    ///
    /// ```
    /// use qudao_expr::{Env, Program, Truth};
    /// use qudao_model::{ObjectName, Schema, Value};
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let schema = Schema::standard("CNY");
    /// let object = ObjectName::new("opportunity")?;
    /// let env = Env::record(&schema, &object);
    /// let gate = Program::condition("size(contacts) > 0 && partner.tier == 'gold'", &env).unwrap();
    /// let paths: Vec<&str> = gate.inputs().unwrap().iter().map(|i| &*i.path).collect();
    /// assert_eq!(paths, ["size(contacts)", "partner.tier"]);
    /// let values = [Value::Int(2), Value::text("gold")];
    /// assert_eq!(gate.test_inputs(&values, None, chrono_tz::UTC)?, Truth::True);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn inputs(&self) -> Option<&[Input]> {
        let quick = self.quick();
        quick.alone.then_some(&*quick.inputs)
    }

    /// The answer of a condition on the values of its [`inputs`](Program::inputs), in their order. One that is not
    /// given is missing.
    ///
    /// # Errors
    /// [`EvalError`] when the answer cannot be had; [`EvalError::NeedsRecords`] when it reads more than values.
    pub fn test_inputs(&self, values: &[Value], now: Option<Instant>, zone: Tz) -> Result<Truth, EvalError> {
        self.must_be_condition()?;
        let quick = self.quick();
        if !quick.alone {
            return Err(EvalError::NeedsRecords { offset: 0 });
        }
        Ok(truth(quick.test(Source::Inputs { values, now, zone }, self.inner.size)?))
    }

    /// The answer of a condition on the values of its [`inputs`](Program::inputs), laid out in [`Slots`]: the same as
    /// that of [`Program::test_inputs`], a few times sooner.
    ///
    /// # Errors
    /// As [`Program::test_inputs`].
    #[inline]
    pub fn test_slots(&self, slots: &Slots, now: Option<Instant>, zone: Tz) -> Result<Truth, EvalError> {
        if let Some(quick) = self.inner.quick.get()
            && let Some(slotted) = &quick.slotted
            && let Some(answer) = slotted.test(slots)
        {
            return Ok(truth(answer));
        }
        self.test_values_of(slots, now, zone)
    }

    /// What no cell answers, and the first call.
    #[cold]
    fn test_values_of(&self, slots: &Slots, now: Option<Instant>, zone: Tz) -> Result<Truth, EvalError> {
        self.test_inputs(slots.values(), now, zone)
    }

    /// The value on the values of its [`inputs`](Program::inputs), in their order. One that is not given is missing.
    ///
    /// # Errors
    /// [`EvalError`] when the value cannot be had; [`EvalError::NeedsRecords`] when it reads more than values.
    pub fn eval_inputs(&self, values: &[Value], now: Option<Instant>, zone: Tz) -> Result<Value, EvalError> {
        let quick = self.quick();
        if !quick.alone {
            return Err(EvalError::NeedsRecords { offset: 0 });
        }
        let source = Source::Inputs { values, now, zone };
        Ok(Eval::of(source, self.inner.size).eval(&quick.root)?.into_value())
    }

    /// The answer of a condition on a record, with its reasons.
    ///
    /// # Errors
    /// [`EvalError`] when the answer cannot be had.
    pub fn explain(&self, scope: &Scope<'_>) -> Result<Explanation, EvalError> {
        self.must_be_condition()?;
        self.fits(scope.record.object())?;
        crate::explain::explain(&self.inner.text, &self.inner.root, self.inner.size, scope)
    }

    fn must_be_condition(&self) -> Result<(), EvalError> {
        match &self.inner.root.ty {
            ExprType::Bool => Ok(()),
            other => Err(EvalError::NotCondition { found: other.to_string() }),
        }
    }
}

#[inline]
fn truth(answer: Option<bool>) -> Truth {
    answer.map_or(Truth::Unknown, Truth::from)
}
