//! The part of a Blueprint that says what good data is.

use std::collections::BTreeMap;

use qudao_model::{FieldName, LocalText, ObjectName, Operation, RuleId, Severity, StageId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// What good data is: the three sections of a Blueprint that this crate compiles.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct QualitySpec {
    /// The validation rules, beside those that the fields declare of themselves.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub validation: Vec<RuleSpec>,
    /// The texts that count as missing, such as `N/A` and `无`.
    #[serde(skip_serializing_if = "is_default")]
    pub placeholders: PlaceholdersSpec,
    /// The weight of each field in the completeness score, by object. Replaces the weights that the fields declare.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub completeness: BTreeMap<ObjectName, BTreeMap<FieldName, u32>>,
}

/// The texts that count as missing: `true` or left out for the default list, `false` for none, a list for
/// exactly these, or `{add: [...], remove: [...]}` to change the default list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum PlaceholdersSpec {
    /// `false`: no text counts as missing; `true`: the default list.
    Switch(bool),
    /// Exactly these texts.
    Words(Vec<String>),
    /// The default list, changed.
    Changes(PlaceholderChanges),
}

impl Default for PlaceholdersSpec {
    fn default() -> Self {
        Self::Switch(true)
    }
}

/// Changes to the default list of placeholders.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PlaceholderChanges {
    /// More texts that count as missing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub add: Vec<String>,
    /// Texts of the default list that are answers in this company.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub remove: Vec<String>,
}

/// One validation rule. It holds exactly one of `required`, `required_when`, `format`, `length`, `range`, `choice`,
/// `pattern`, `reference`, `unique` and `check`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RuleSpec {
    /// The id, unique in the Blueprint. A rule with the id of a field's own rule, such as `account.name.required`,
    /// takes its place.
    pub id: RuleId,
    /// The object whose records are checked.
    pub object: ObjectName,
    /// `error` blocks, `warning` and `info` only tell.
    #[serde(default, skip_serializing_if = "is_default")]
    pub severity: Severity,
    /// The rule runs only where this condition holds. Unknown counts as not holding.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<String>,
    /// The rule runs only for these types: the record's own, or else its account's, or else its partner's.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub types: Vec<String>,
    /// The rule runs only on these ways by which records come or change. Left out: on all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub operations: Vec<Operation>,
    /// The rule runs only when something happens, so that a new rule does not freeze old records.
    #[serde(default, skip_serializing_if = "is_default")]
    pub on: TriggerSpec,
    /// These fields must hold a value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub required: Option<FieldList>,
    /// These fields must hold a value where a condition holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub required_when: Option<RequiredWhenSpec>,
    /// The value must have a form, such as `email`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<FormatRuleSpec>,
    /// The number of characters of a text, or of items of a list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub length: Option<LengthSpec>,
    /// The smallest and largest number, amount, date or time, both included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub range: Option<RangeSpec>,
    /// The value must be one of a list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub choice: Option<ChoiceRuleSpec>,
    /// The whole text must match a regular expression.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pattern: Option<PatternSpec>,
    /// The record pointed to must exist.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<ReferenceSpec>,
    /// No two records may hold the same values in these fields together. A record in which one of them is missing
    /// takes no part.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unique: Option<FieldList>,
    /// A condition over fields that must not be false. Unknown, for a missing value, does not fail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub check: Option<String>,
    /// What a person is told. `{field}` and the other parameters of the finding may stand in it.
    #[serde(default, skip_serializing_if = "LocalText::is_empty")]
    pub message: LocalText,
    /// What a person should do.
    #[serde(default, skip_serializing_if = "LocalText::is_empty")]
    pub fix: LocalText,
}

impl RuleSpec {
    /// A rule without a kind yet.
    #[must_use]
    pub fn new(id: RuleId, object: ObjectName) -> Self {
        Self {
            id,
            object,
            severity: Severity::default(),
            when: None,
            types: Vec::new(),
            operations: Vec::new(),
            on: TriggerSpec::default(),
            required: None,
            required_when: None,
            format: None,
            length: None,
            range: None,
            choice: None,
            pattern: None,
            reference: None,
            unique: None,
            check: None,
            message: LocalText::Empty,
            fix: LocalText::Empty,
        }
    }
}

/// What has to happen for a rule to run. Where several are named, one is enough. A new record counts as changed in
/// every field.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct TriggerSpec {
    /// One of these fields changed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub changed: Vec<FieldName>,
    /// One of these stages is entered.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub enter: Vec<StageId>,
}

/// One field or several.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum FieldList {
    /// One field.
    One(FieldName),
    /// Several fields.
    Many(Vec<FieldName>),
}

impl FieldList {
    /// The fields, in order.
    #[must_use]
    pub fn fields(&self) -> &[FieldName] {
        match self {
            Self::One(field) => std::slice::from_ref(field),
            Self::Many(fields) => fields,
        }
    }
}

/// Fields that must hold a value where a condition holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RequiredWhenSpec {
    /// The fields.
    pub fields: FieldList,
    /// The condition.
    pub when: String,
}

/// The form of a text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FormatRuleSpec {
    /// The field.
    pub field: FieldName,
    /// `email`, `phone(CN)`, `uscc`, `url`, `domain`, `date`, `date(dmy)` (also `ymd`, `mdy`, `excel`), `amount`,
    /// `amount(comma)`, `postcode(CN)`, `currency` or `country`.
    pub format: String,
}

/// The length of a text in characters, or of a list in items.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LengthSpec {
    /// The field.
    pub field: FieldName,
    /// The smallest length.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<u32>,
    /// The largest length.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<u32>,
}

/// The smallest and largest value, both included.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RangeSpec {
    /// The field.
    pub field: FieldName,
    /// The smallest value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<Bound>,
    /// The largest value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<Bound>,
}

/// An end of a range: a number, or a date `2024-01-31` or a time in quotes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Bound {
    /// A number.
    Number(serde_json::Number),
    /// A date, a time, or a number in quotes.
    Text(String),
}

/// A list of values, one of which the field must hold.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChoiceRuleSpec {
    /// The field.
    pub field: FieldName,
    /// The values.
    pub values: Vec<String>,
}

/// A regular expression that the whole text must match.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PatternSpec {
    /// The field.
    pub field: FieldName,
    /// The expression, in the syntax of the Rust crate `regex`.
    pub regex: String,
}

/// A reference whose record must exist: the field, or `{field: ...}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum ReferenceSpec {
    /// The field.
    Field(FieldName),
    /// The field, named.
    Named(ReferenceField),
}

/// The field that holds a reference.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReferenceField {
    /// The field.
    pub field: FieldName,
}

impl ReferenceSpec {
    /// The field.
    #[must_use]
    pub fn field(&self) -> &FieldName {
        match self {
            Self::Field(field) | Self::Named(ReferenceField { field }) => field,
        }
    }
}
