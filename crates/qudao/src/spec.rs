//! The Blueprint as a document: one struct per section.

use std::collections::BTreeMap;

use qudao_match::{DuplicateRuleSpec, MatchingRuleSpec, SurvivorshipSpec};
use qudao_metrics::MetricSpec;
use qudao_model::{FieldName, LocalText, MetricId, ObjectName, ObjectSpec, ProcessId, RoleName, RuleId};
use qudao_pipeline::ProcessSpec;
use qudao_quality::{PlaceholdersSpec, RuleSpec, StewardshipSpec};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::roles::RoleSpec;

fn default_locale() -> String {
    "en".into()
}

fn default_timezone() -> String {
    "UTC".into()
}

fn default_currency() -> String {
    "CNY".into()
}

fn default_refused_days() -> u32 {
    30
}

/// One Blueprint: everything that a company decides about its channel sales.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "qudao Blueprint")]
pub struct BlueprintSpec {
    /// The version of the Blueprint format: 1.
    #[schemars(range(min = 1, max = 1))]
    pub qudao: u32,
    /// What the company calls it.
    #[serde(default, skip_serializing_if = "LocalText::is_empty")]
    pub name: LocalText,
    /// The starter template it began as: `project-sale`, `channel-sale` or `simple`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<String>,
    /// The default locale, such as `en` or `zh-CN`.
    #[serde(default = "default_locale")]
    pub locale: String,
    /// The time zone of business days, as the IANA database names it: `Asia/Shanghai`.
    #[serde(default = "default_timezone")]
    pub timezone: String,
    /// The currency of money fields that name none (ISO 4217).
    #[serde(default = "default_currency")]
    pub currency: String,
    /// Objects: fields, types and words added to the standard ones, and objects of the company's own.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub objects: BTreeMap<ObjectName, ObjectSpec>,
    /// Texts that count as missing.
    #[serde(default, skip_serializing_if = "is_default")]
    pub placeholders: PlaceholdersSpec,
    /// Validation rules.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub validation: Vec<RuleSpec>,
    /// Weights of fields in the completeness score, by object.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub completeness: BTreeMap<ObjectName, BTreeMap<FieldName, u32>>,
    /// Stewardship: who looks after records, and how long they may lie idle. Asked by an audit, not on save.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stewardship: Vec<StewardshipSpec>,
    /// Matching rules: how similar two records are.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub matching: BTreeMap<RuleId, MatchingRuleSpec>,
    /// Duplicate rules: what to do about similar records.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub duplicates: Vec<DuplicateRuleSpec>,
    /// Survivorship: which values survive when records become one, by object.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub survivorship: BTreeMap<ObjectName, SurvivorshipSpec>,
    /// Processes: stages with entry and exit criteria.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub processes: BTreeMap<ProcessId, ProcessSpec>,
    /// Metrics, beside the built-in ones.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub metrics: BTreeMap<MetricId, MetricSpec>,
    /// Roles: who sees and edits what. Without this section everybody may do everything.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub roles: BTreeMap<RoleName, RoleSpec>,
    /// The company's own texts for codes, by code.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub messages: BTreeMap<String, LocalText>,
    /// Forms: sections and the order of fields, by object.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub layout: BTreeMap<ObjectName, Vec<SectionSpec>>,
    /// The KPIs that each role looks at.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub dashboards: BTreeMap<RoleName, Vec<MetricId>>,
    /// How long the payload of refused commands is kept, in days.
    #[serde(default = "default_refused_days")]
    pub keep_refused_days: u32,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// One section of a form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SectionSpec {
    /// Its heading.
    pub section: LocalText,
    /// Its fields, in order.
    pub fields: Vec<FieldName>,
    /// The roles that see it; all when none is named.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<RoleName>,
    /// The record types for which it is shown; all when none is named.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub types: Vec<String>,
}
