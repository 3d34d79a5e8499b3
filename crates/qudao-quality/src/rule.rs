//! A validation rule, compiled.

use qudao_expr::Program;
use qudao_model::{
    Decimal, FieldIx, FieldName, LocalText, Money, ObjectName, Operation, Record, RuleId, Severity, StageId,
    Value,
};
use regex::Regex;

use crate::format::Format;
use crate::scan::QuickPattern;

/// A validation rule, compiled: one that a field declares of itself, or one of the Blueprint's list.
#[derive(Debug, Clone)]
pub struct Rule {
    pub(crate) id: RuleId,
    pub(crate) object: ObjectName,
    pub(crate) severity: Severity,
    pub(crate) path: String,
    pub(crate) scope: Scoping,
    pub(crate) kind: Kind,
    pub(crate) fields: Vec<FieldName>,
    pub(crate) message: LocalText,
    pub(crate) fix: LocalText,
}

/// When a rule runs.
#[derive(Debug, Clone, Default)]
pub(crate) struct Scoping {
    pub(crate) operations: Vec<Operation>,
    pub(crate) changed: Vec<FieldIx>,
    pub(crate) enter: Vec<StageId>,
    pub(crate) types: Option<TypeScope>,
    pub(crate) when: Option<Program>,
}

/// How a record's customer or partner type is found.
#[derive(Debug, Clone)]
pub(crate) enum TypeScope {
    /// In a field of its own.
    Own { field: FieldIx, types: Vec<String> },
    /// On a record that it points to.
    Parent(Program),
}

/// What a rule asks.
#[derive(Debug, Clone)]
pub(crate) enum Kind {
    Required { fields: Vec<FieldIx>, when: Option<Program> },
    Format { field: FieldIx, format: Format },
    Length { field: FieldIx, min: Option<u32>, max: Option<u32> },
    Range { field: FieldIx, min: Option<Limit>, max: Option<Limit> },
    Choice { field: FieldIx, values: Vec<String>, labels: Vec<LocalText> },
    Pattern { field: FieldIx, regex: Regex, quick: QuickPattern },
    Reference { field: FieldIx, target: ObjectName, label: LocalText },
    Unique { fields: Vec<FieldIx>, hashed: bool },
    Check(Program),
}

/// An end of a range.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Limit {
    /// A number, compared with numbers and with the amount of money; days for a length of time.
    Number(Decimal),
    /// A date or a point in time.
    Value(Value),
}

impl Limit {
    /// How a value compares to the limit; `None` where the two do not compare.
    pub(crate) fn compare(&self, value: &Value) -> Option<std::cmp::Ordering> {
        match (self, value) {
            (Self::Number(limit), Value::Int(n)) => Some(Decimal::from(*n).cmp(limit)),
            (Self::Number(limit), Value::Decimal(d)) => Some(d.cmp(limit)),
            (Self::Number(limit), Value::Money(Money { amount, .. })) => Some(amount.cmp(limit)),
            (Self::Number(limit), Value::Duration(span)) => Some(span.days().cmp(limit)),
            (Self::Value(Value::Date(limit)), Value::Date(d)) => Some(d.cmp(limit)),
            (Self::Value(Value::Instant(limit)), Value::Instant(i)) => Some(i.cmp(limit)),
            _ => None,
        }
    }
}

impl std::fmt::Display for Limit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Number(n) => write!(f, "{n}"),
            Self::Value(v) => write!(f, "{v}"),
        }
    }
}

impl Kind {
    /// The key of a rule in a Blueprint.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Required { when: None, .. } => "required",
            Self::Required { when: Some(_), .. } => "required_when",
            Self::Format { .. } => "format",
            Self::Length { .. } => "length",
            Self::Range { .. } => "range",
            Self::Choice { .. } => "choice",
            Self::Pattern { .. } => "pattern",
            Self::Reference { .. } => "reference",
            Self::Unique { .. } => "unique",
            Self::Check(_) => "check",
        }
    }

    /// The field whose value alone decides, whatever the other fields and records.
    pub(crate) fn value_field(&self) -> Option<FieldIx> {
        match self {
            Self::Format { field, .. }
            | Self::Length { field, .. }
            | Self::Range { field, .. }
            | Self::Choice { field, .. }
            | Self::Pattern { field, .. } => Some(*field),
            _ => None,
        }
    }
}

impl Scoping {
    /// True when nothing narrows the rule.
    pub(crate) fn is_open(&self) -> bool {
        self.operations.is_empty()
            && self.changed.is_empty()
            && self.enter.is_empty()
            && self.types.is_none()
            && self.when.is_none()
    }

    /// True for a rule that runs only when a stage is entered: never in a scan.
    pub(crate) fn only_on_entry(&self) -> bool {
        self.changed.is_empty() && !self.enter.is_empty()
    }

    pub(crate) fn programs(&self) -> impl Iterator<Item = &Program> {
        let types = match &self.types {
            Some(TypeScope::Parent(program)) => Some(program),
            _ => None,
        };
        types.into_iter().chain(&self.when)
    }

    /// True when one of the fields differs from before; a new record differs in all.
    pub(crate) fn is_changed(&self, record: &Record, before: Option<&Record>) -> bool {
        before.is_none_or(|before| self.changed.iter().any(|ix| record.at(*ix) != before.at(*ix)))
    }
}

impl Rule {
    /// The id.
    #[must_use]
    pub fn id(&self) -> &RuleId {
        &self.id
    }

    /// The object whose records it checks.
    #[must_use]
    pub fn object(&self) -> &ObjectName {
        &self.object
    }

    /// How grave a failure is.
    #[must_use]
    pub fn severity(&self) -> Severity {
        self.severity
    }

    /// What it asks, by its key in a Blueprint: `required`, `format`, `unique`, `check` …
    #[must_use]
    pub fn kind(&self) -> &'static str {
        self.kind.name()
    }

    /// The fields it asks about.
    #[must_use]
    pub fn fields(&self) -> &[FieldName] {
        &self.fields
    }

    /// Where it is declared, as a JSON pointer into the Blueprint.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// True when a field declares the rule of itself.
    #[must_use]
    pub fn is_declared(&self) -> bool {
        self.path.starts_with("/objects/")
    }

    /// The stages on whose entry it runs; empty where it does not depend on one.
    #[must_use]
    pub fn enters(&self) -> &[StageId] {
        &self.scope.enter
    }

    /// The company's own message, where it gives one.
    #[must_use]
    pub fn message(&self) -> &LocalText {
        &self.message
    }

    /// The condition it runs under or asks, in the rule language.
    pub fn programs(&self) -> impl Iterator<Item = &Program> {
        let own = match &self.kind {
            Kind::Required { when: Some(program), .. } | Kind::Check(program) => Some(program),
            _ => None,
        };
        self.scope.programs().chain(own)
    }
}
