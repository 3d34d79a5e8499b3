//! The part of a Blueprint that says which values survive a merge.

use std::collections::BTreeMap;

use qudao_model::{FieldName, SurvivalRule};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Which values of an object's records survive a merge. Without it: the master's values, those of the other records
/// where the master has none, and the address as one group.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SurvivorshipSpec {
    /// The rule of every field and group that names none. Left out: `master`.
    #[serde(skip_serializing_if = "is_default")]
    pub default: SurvivalRule,
    /// Rules by field.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub fields: BTreeMap<FieldName, FieldSurvival>,
    /// Fields whose values survive together, from one record, by the name of the group: `{address: [city, address]}`.
    /// The group `address` is there by default, with the fields that tell a place; an empty list takes it away.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub groups: BTreeMap<String, GroupSurvival>,
    /// The sources of records, most trusted first: `[erp, crm, import]`. Sources not named come last. Breaks ties of every rule.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub trust: Vec<String>,
    /// The field that names a record's source. Left out: `source`, where the object has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<FieldName>,
    /// The date or instant that says when a record was changed last. Left out: `updated_at`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recency: Option<FieldName>,
    /// Switches of which a yes survives from any record, beside those declared `opt_out: true`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub opt_outs: Vec<FieldName>,
}

/// The rule of a field: its name, or its name and an order of trust of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum FieldSurvival {
    /// The rule.
    Rule(SurvivalRule),
    /// The rule, and what it needs.
    Detailed(FieldSurvivalDetail),
}

/// A rule with an order of trust of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FieldSurvivalDetail {
    /// The rule.
    pub by: SurvivalRule,
    /// The sources, most trusted first. Left out: the object's.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub trust: Vec<String>,
}

/// A group of fields: its fields, or its fields with a rule of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum GroupSurvival {
    /// The fields; the default rule decides.
    Fields(Vec<FieldName>),
    /// The fields and the rule.
    Detailed(GroupDetail),
}

/// A group of fields with a rule of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GroupDetail {
    /// The fields.
    pub fields: Vec<FieldName>,
    /// The rule.
    pub by: SurvivalRule,
    /// The sources, most trusted first. Left out: the object's.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub trust: Vec<String>,
}

impl GroupSurvival {
    /// The fields.
    #[must_use]
    pub fn fields(&self) -> &[FieldName] {
        match self {
            Self::Fields(fields) | Self::Detailed(GroupDetail { fields, .. }) => fields,
        }
    }
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}
