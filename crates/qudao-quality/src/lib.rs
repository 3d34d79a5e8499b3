//! What good data is: normalising, validation rules, completeness and stewardship.
//!
//! A [`QualitySpec`] is compiled against a schema into a [`Quality`], which is immutable and may be shared between
//! threads. It normalises records, checks one record or a whole table, says which values are claimed by unique
//! rules, and scores completeness.
//!
//! # What the fields declare
//! A field's own declaration makes rules of severity error with stable ids: `account.name.required`, `.format`,
//! `.length` (of `max_length`), `.choice`, `.reference` and `.unique`. A rule of the list takes the place of one of
//! these when it is of the same kind on the same field and either has the same id or is not narrowed by `when`,
//! `types`, `operations` or `on`. So a company softens a rule, words it, or limits it to changes. `owner` has no rule
//! `.reference`: hosts without user records have owners too. `identity` says how records are matched, and makes no
//! rule of its own.
//!
//! # Missing values
//! No value, white space only, and placeholders are missing. A missing value fails `required` rules only; the
//! other rules answer *unknown*, which does not fail. Choices that a field declares, fields that only the engine
//! writes, and references that may be ids are never taken for placeholders.

mod check;
mod claims;
mod compile;
mod completeness;
mod conflicts;
mod describe;
mod error;
mod field;
mod format;
mod message;
mod normalise;
mod quality;
mod reference;
mod report;
mod rule;
mod rules;
mod scan;
mod spec;
mod stewardship;
mod table;

pub use error::QualityError;
pub use quality::Quality;
pub use report::{
    CheckContext, CheckReport, Claim, Completeness, FieldCompleteness, Normalisation, RowViolation,
    RuleSummary, TableCompleteness, TableReport,
};
pub use rule::Rule;
pub use scan::{Failure, PartScan, RuleScan, Scan, ScanPlan, ScanTask, ScanWhole};
pub use spec::{
    Bound, ChoiceRuleSpec, FieldList, FormatRuleSpec, LengthSpec, PatternSpec, PlaceholderChanges,
    PlaceholdersSpec, QualitySpec, RangeSpec, ReferenceField, ReferenceSpec, RequiredWhenSpec, RuleSpec,
    TriggerSpec,
};
pub use stewardship::{
    AuditFinding, IdleSpec, ReviewPeriod, ReviewSpec, StewardAction, Stewardship, StewardshipSpec,
};
