//! The part of a Blueprint that says how similar records must be, and what to do about duplicates.

use std::collections::BTreeMap;

use qudao_model::{FieldName, ObjectName, RuleId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Comparator, Level};

/// Matching rules (who is similar) and duplicate rules (what to do).
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct MatchSpec {
    /// Matching rules by id.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub matching: BTreeMap<RuleId, MatchingRuleSpec>,
    /// Duplicate rules.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub duplicates: Vec<DuplicateRuleSpec>,
}

/// A matching rule: which records are compared, and how.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct MatchingRuleSpec {
    /// The object. Left out: the rule's id up to its first dot, so `account.same` is about accounts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub object: Option<ObjectName>,
    /// Keys under which records meet. Two records are compared when they share one of them; a key of several parts
    /// is shared when all of its parts are. A part is a field, or a field and a view of it: `name.core`,
    /// `name.region`, `name.industry`, `name.tokens`, `name.family`, `name.given`, `email.user`, `email.domain`,
    /// `phone.suffix(7)`, `name.prefix(3)`, `address.number`, `address.postcode`, `founded.year`, `name.minhash`.
    /// Records share a `minhash` when they share most of their letter pairs, with slips in every word too. In a whole table a key with that part
    /// is only for records that find no partner by the other keys; one record that is looked up meets others by it at once. Left out: keys are derived from `compare`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub block: Vec<Vec<String>>,
    /// The fields compared. Fields declared `identity: true` are always compared, whether named here or not. Beside a
    /// company's or a person's name, of phone, address and domain (and a company's e-mail) that agree the weightiest counts in full, the others a
    /// quarter: they are not independent of each other.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub compare: BTreeMap<FieldName, CompareSpec>,
    /// From which probability on two records match, or need a look.
    #[serde(skip_serializing_if = "is_default")]
    pub thresholds: Thresholds,
    /// The probability that two records taken at random are the same. Left out: 0.0001.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.0, max = 1.0))]
    pub prior: Option<f64>,
    /// The largest number of records that are compared under one key. A larger block is cut by an added key or
    /// reported. In tables of more than 20,000 rows keys that say less are cut earlier: by words or by a mailbox from an eighth of it on
    /// (but not below 5), by a company's core from a quarter of it, and rows meet by the two rarest words of a text. Left out: 50.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_block: Option<u32>,
}

/// The two thresholds of a matching rule.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Thresholds {
    /// At or above: the records match. Left out: 0.95.
    #[serde(rename = "match")]
    #[schemars(range(min = 0.0, max = 1.0))]
    pub matched: f64,
    /// At or above: a person should look. Left out: 0.70.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub review: f64,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self { matched: 0.95, review: 0.70 }
    }
}

/// How a field is compared: a comparator's name, or the name with weights of its own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum CompareSpec {
    /// The comparator, with its default weights.
    Name(Comparator),
    /// The comparator and its weights.
    Detailed(CompareDetail),
}

/// A comparator with weights of its own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CompareDetail {
    /// The comparator.
    pub using: Comparator,
    /// A factor on the default weights: 0.5 halves what the field says, 0 switches it off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.0, max = 10.0))]
    pub weight: Option<f64>,
    /// Weights by level, in bits (the base-2 logarithm of the likelihood ratio). Levels left out keep their default.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub weights: BTreeMap<Level, f64>,
}

impl CompareSpec {
    /// The comparator.
    #[must_use]
    pub fn comparator(&self) -> Comparator {
        match self {
            Self::Name(name) => *name,
            Self::Detailed(detail) => detail.using,
        }
    }
}

impl From<Comparator> for CompareSpec {
    fn from(name: Comparator) -> Self {
        Self::Name(name)
    }
}

/// What a duplicate rule does.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Nothing.
    #[default]
    Off,
    /// Saves, and opens a duplicate set for a steward.
    Report,
    /// Saves only with an acknowledgement that names the pairs.
    Warn,
    /// Does not save.
    Block,
}

impl Action {
    /// The name, as a Blueprint writes it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Report => "report",
            Self::Warn => "warn",
            Self::Block => "block",
        }
    }
}

/// What the caller learns about a duplicate that he may not see.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum DiscloseSpec {
    /// A word.
    Word(DiscloseWord),
    /// The values of these fields, and that the record exists.
    Fields(Vec<FieldName>),
}

impl Default for DiscloseSpec {
    fn default() -> Self {
        Self::Word(DiscloseWord::Exists)
    }
}

/// What the caller learns about a duplicate that he may not see.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DiscloseWord {
    /// Nothing: the record is saved and the duplicate goes to a steward, since a refusal would tell.
    Nothing,
    /// That there is one.
    Exists,
    /// That there is one, and until when it is protected.
    Protected,
}

/// A second object whose records are looked at, and which of its fields stand for the fields compared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AgainstSpec {
    /// The other object.
    pub object: ObjectName,
    /// Its field for each field of the rule's object: `{company: name}`. A field not named here stands for
    /// the field of the same name, where the other object has one.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub fields: BTreeMap<FieldName, FieldName>,
}

/// A duplicate rule: what happens when a record matches another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DuplicateRuleSpec {
    /// The rule's id. Left out: the matching rule's id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<RuleId>,
    /// The object. Left out: the matching rule's object.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object: Option<ObjectName>,
    /// The matching rule.
    pub using: RuleId,
    /// On a new record.
    #[serde(default, skip_serializing_if = "is_default")]
    pub insert: Action,
    /// On a change of a compared field.
    #[serde(default, skip_serializing_if = "is_default")]
    pub update: Action,
    /// On a row of an import, against records and rows of the same file.
    #[serde(default, skip_serializing_if = "is_default")]
    pub import: Action,
    /// On the record that a merge leaves.
    #[serde(default, skip_serializing_if = "is_default")]
    pub merge: Action,
    /// On the records that a conversion makes.
    #[serde(default, skip_serializing_if = "is_default")]
    pub convert: Action,
    /// On a change that comes from another device.
    #[serde(default, skip_serializing_if = "is_default")]
    pub sync: Action,
    /// What the caller learns about a record that he may not see: `nothing`, `exists` (the default), `protected`,
    /// or a list of fields.
    #[serde(default, skip_serializing_if = "is_default")]
    pub disclose: DiscloseSpec,
    /// Other objects whose records are looked at too.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub against: Vec<AgainstSpec>,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_the_guide_shows() {
        let yaml = "matching:\n  account.same:\n    block: [[tax_id], [phone], [name.core, region]]\n    compare: {name: company_name, address: address, phone: {using: exact, weight: 0.5}, email: {using: domain, weights: {exact: 4, different: -1.5}}}\n    thresholds: {match: 0.95, review: 0.70}\nduplicates:\n  - {using: account.same, insert: block, update: warn, import: report, disclose: [name], against: [{object: lead, fields: {name: company}}]}\n  - {id: b, using: account.same, insert: 'off', disclose: protected}\n";
        let doc = qudao_model::Document::parse("t", yaml).unwrap();
        let schema = serde_json::to_value(schemars::schema_for!(MatchSpec)).unwrap();
        assert_eq!(qudao_model::check_document(&doc, &schema), []);
        let spec: MatchSpec = serde_json::from_value(doc.into_json()).unwrap();
        let rule = &spec.matching["account.same"];
        assert_eq!(rule.thresholds, Thresholds::default());
        assert_eq!(rule.compare["phone"].comparator(), Comparator::Exact);
        assert_eq!(spec.duplicates[0].update, Action::Warn);
        assert_eq!(spec.duplicates[0].disclose, DiscloseSpec::Fields(vec![FieldName::new("name").unwrap()]));
        assert_eq!(spec.duplicates[1].disclose, DiscloseSpec::Word(DiscloseWord::Protected));
        let back: MatchSpec = serde_json::from_value(serde_json::to_value(&spec).unwrap()).unwrap();
        assert_eq!(back, spec);
    }

    #[test]
    fn an_unknown_comparator_gets_a_suggestion() {
        let doc =
            qudao_model::Document::parse("t", "matching: {account.same: {compare: {name: companyname}}}")
                .unwrap();
        let schema = serde_json::to_value(schemars::schema_for!(MatchSpec)).unwrap();
        let lints = qudao_model::check_document(&doc, &schema);
        assert_eq!(lints.len(), 1, "{lints:?}");
        assert_eq!(lints[0].code, "blueprint.unknown_value");
        assert_eq!(lints[0].fix(&qudao_model::Locale::en()).as_deref(), Some("did you mean company_name?"));
    }
}
