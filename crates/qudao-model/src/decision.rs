//! Decisions: the answer to a command, with its trace and the changes it makes.

use std::collections::BTreeMap;
use std::fmt;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::{
    FieldName, Golden, Grant, Hash, Instant, Moved, ObjectName, Patch, RecordId, RecordKey, RuleId, Severity,
    Value, Violation, Visit,
};

/// Whether a command was carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Carried out.
    Allowed,
    /// Refused by a rule.
    Blocked,
}

/// The step of the save path in which a rule ran.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// May this actor do this at all?
    Authorise,
    /// Values brought into their normal form.
    Normalise,
    /// Values computed from others.
    Derive,
    /// Validation rules.
    Validate,
    /// Duplicate rules.
    Duplicates,
    /// Entry and exit criteria.
    Gate,
}

/// How a rule came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RuleOutcome {
    /// Met.
    Passed,
    /// Not met.
    Failed,
    /// Could not be told, for a missing value.
    Unknown,
    /// Its condition did not hold, so it did not run.
    Skipped,
    /// Not met, and passed by a grant.
    Granted,
    /// Not asked, because the record came with its past.
    Historical,
    /// Changed a value.
    Applied,
}

/// What one rule did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TraceEntry {
    /// The step.
    pub step: Step,
    /// The rule.
    pub rule: RuleId,
    /// The record it ran on.
    pub record: Option<RecordKey>,
    /// How it came out.
    pub outcome: RuleOutcome,
    /// The values it read, by path.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub inputs: BTreeMap<String, Value>,
    /// What else explains the outcome: the clause that failed, the grant used, the value before and after.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<String>,
}

impl TraceEntry {
    /// An entry without inputs and evidence.
    #[must_use]
    pub fn new(step: Step, rule: RuleId, record: Option<RecordKey>, outcome: RuleOutcome) -> Self {
        Self { step, rule, record, outcome, inputs: BTreeMap::new(), evidence: Vec::new() }
    }
}

/// How one field of two records compares.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldEvidence {
    /// The field.
    pub field: FieldName,
    /// The value of the record asked about; none where the caller may not see it.
    pub left: Option<String>,
    /// The value of the other record; none where the caller may not see it.
    pub right: Option<String>,
    /// `exact`, `high`, `medium`, `low`, `different` or `missing`; `hidden` where the caller may not see the field.
    pub level: String,
    /// How frequent the value is on which both agree, or the rarest word that names which differ share: what made the weight of the level. None
    /// where nothing is shared, where frequencies were not learned, and where the caller may not see the field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frequency: Option<Frequency>,
    /// The weight of evidence, in bits (log2 of the likelihood ratio), quantised to 1/1000.
    pub weight: Decimal,
    /// The sum of the weights so far, prior included.
    pub total: Decimal,
}

/// How frequent something is that two values share, as a model has counted it.
///
/// ```
/// use qudao_model::{Frequency, Shared};
///
/// let word = Frequency { of: Shared::Word, at_most: Some(32), more_than: None };
/// assert_eq!(word.to_string(), "a word of up to 32 rows");
/// let value = Frequency { of: Shared::Value, at_most: None, more_than: None };
/// assert_eq!(value.to_string(), "a rare value");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Frequency {
    /// What is shared.
    pub of: Shared,
    /// At most so many rows hold it. With neither number it is rare: not among those that the model knows as frequent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_most: Option<u32>,
    /// More than so many rows hold it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub more_than: Option<u32>,
}

/// What two values share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shared {
    /// The value, or of a name what distinguishes it.
    Value,
    /// A word of names that differ.
    Word,
}

impl Shared {
    /// The name, as it is serialised.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Value => "value",
            Self::Word => "word",
        }
    }
}

impl fmt::Display for Frequency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let of = self.of.as_str();
        match (self.at_most, self.more_than) {
            (Some(rows), _) => write!(f, "a {of} of up to {rows} rows"),
            (None, Some(rows)) => write!(f, "a {of} of more than {rows} rows"),
            (None, None) => write!(f, "a rare {of}"),
        }
    }
}

/// A record that may be the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DuplicateFinding {
    /// The duplicate rule.
    pub rule: RuleId,
    /// The matching rule.
    pub matching: RuleId,
    /// What the rule does: `block`, `warn` or `report`.
    pub action: String,
    /// The object of the other record.
    pub object: ObjectName,
    /// The other record; none where the caller may not learn which.
    pub record: Option<RecordId>,
    /// The probability that both are the same, 0 to 1, to 4 decimals; none where the caller may not learn it.
    pub probability: Option<Decimal>,
    /// Field by field; empty where the caller may not see it.
    pub evidence: Vec<FieldEvidence>,
    /// What the caller is told about a record that he may not see.
    pub disclosure: Option<String>,
}

/// One effect on the state. The log keeps changes; everything else is rebuilt from them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "change")]
pub enum Change {
    /// A record is created or its fields change.
    Put {
        /// The record.
        record: RecordKey,
        /// The version it gets.
        version: u64,
        /// The values written, after normalising and deriving.
        patch: Patch,
        /// The values that were there before, for the fields of the patch.
        #[serde(default)]
        before: Patch,
    },
    /// A stage is left.
    CloseVisit {
        /// The record.
        record: RecordKey,
        /// Which of its visits.
        seq: u32,
        /// Business time.
        left: Instant,
        /// Recording time.
        recorded_at: Instant,
    },
    /// A stage is entered.
    OpenVisit {
        /// The visit.
        visit: Visit,
    },
    /// A permission is given.
    GiveGrant {
        /// The grant.
        grant: Grant,
    },
    /// A permission was used.
    UseGrant {
        /// The grant's id.
        grant: String,
        /// The record.
        record: RecordKey,
        /// The rule passed.
        rule: RuleId,
    },
    /// A record is merged into another: it leaves the records and is kept as it is.
    Absorb {
        /// The record.
        record: RecordKey,
        /// The record that it is merged into, of the same object.
        into: RecordId,
        /// The children that are moved with it.
        #[serde(default)]
        moved: Vec<Moved>,
    },
    /// A merged record stands among the records again, as it was.
    Restore {
        /// The record.
        record: RecordKey,
    },
    /// What is kept of a record into which others were merged.
    SetGolden {
        /// The record.
        record: RecordKey,
        /// None when no record stands merged into it any more.
        golden: Option<Box<Golden>>,
    },
    /// Possible duplicates to look at.
    OpenDuplicateSet {
        /// The duplicate rule.
        rule: RuleId,
        /// The records, sorted.
        records: Vec<RecordKey>,
    },
}

/// Something that happened, for other systems. The store turns it into a CloudEvents 1.0 row of the outbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// The type, such as `qudao.opportunity.advanced`.
    pub kind: String,
    /// The record it is about.
    pub subject: RecordKey,
    /// Business time.
    pub time: Instant,
    /// What happened.
    pub data: Json,
}

/// The answer to a command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// Carried out or refused.
    pub outcome: Outcome,
    /// The records created or changed, the main one first.
    pub records: Vec<RecordKey>,
    /// The rules not met, all of them; those of severity error block.
    pub violations: Vec<Violation>,
    /// Records that may be the same.
    pub duplicates: Vec<DuplicateFinding>,
    /// Every rule that ran.
    pub trace: Vec<TraceEntry>,
    /// The hash of the Blueprint that decided.
    pub blueprint: Hash,
    /// The effects; empty when blocked.
    pub changes: Vec<Change>,
    /// The events for other systems; empty when blocked.
    pub events: Vec<Event>,
    /// The command had been carried out before, under the same idempotency key.
    pub replayed: bool,
}

impl Decision {
    /// True when the command was carried out.
    #[must_use]
    pub fn is_allowed(&self) -> bool {
        self.outcome == Outcome::Allowed
    }

    /// The rules not met.
    #[must_use]
    pub fn violations(&self) -> &[Violation] {
        &self.violations
    }

    /// The rules that block.
    pub fn blocking(&self) -> impl Iterator<Item = &Violation> {
        self.violations.iter().filter(|v| v.severity == Severity::Error)
    }

    /// The main record.
    #[must_use]
    pub fn record(&self) -> Option<&RecordKey> {
        self.records.first()
    }
}
