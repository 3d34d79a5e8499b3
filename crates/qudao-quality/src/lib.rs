//! What good data is: normalising, validation rules and completeness.
//!
//! A [`QualitySpec`] is compiled against a schema into a [`Quality`], which is immutable and may be shared between
//! threads. It normalises records, checks one record or a whole table, says which values are claimed by unique
//! rules, and scores completeness.

mod error;
mod report;
mod spec;

pub use error::QualityError;
pub use report::{
    CheckContext, CheckReport, Claim, Completeness, Normalisation, RowViolation, RuleSummary, TableReport,
};
pub use spec::{
    Bound, ChoiceRuleSpec, FieldList, FormatRuleSpec, LengthSpec, PatternSpec, PlaceholderChanges,
    PlaceholdersSpec, QualitySpec, RangeSpec, ReferenceField, ReferenceSpec, RequiredWhenSpec, RuleSpec,
    TriggerSpec,
};
