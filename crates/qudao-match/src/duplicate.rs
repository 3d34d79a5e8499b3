//! Duplicate rules: what happens when a record matches another, and what the caller learns.

use std::collections::BTreeSet;

use qudao_model::{
    DuplicateFinding, FieldName, Instant, ObjectName, Operation, Param, Record, RecordKey, RuleId, Severity,
    Violation,
};

use crate::index::Question;
use crate::matching::online;
use crate::rule::MatchingRule;
use crate::spec::{Action, DiscloseSpec, DiscloseWord};
use crate::{MatchError, Matching};

/// Actions on insert, update, import, merge, convert, sync.
pub(crate) type Actions = [Action; 6];

/// A compiled duplicate rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DuplicateRule {
    pub(crate) id: RuleId,
    pub(crate) object: ObjectName,
    pub(crate) using: RuleId,
    pub(crate) actions: Actions,
    pub(crate) disclose: DiscloseSpec,
    pub(crate) against: Vec<ObjectName>,
    pub(crate) compared: BTreeSet<FieldName>,
}

impl DuplicateRule {
    /// The rule's id.
    #[must_use]
    pub fn id(&self) -> &RuleId {
        &self.id
    }

    /// The object whose records it watches.
    #[must_use]
    pub fn object(&self) -> &ObjectName {
        &self.object
    }

    /// The matching rule.
    #[must_use]
    pub fn using(&self) -> &RuleId {
        &self.using
    }

    /// The objects among whose records it looks: its own first.
    pub fn targets(&self) -> impl Iterator<Item = &ObjectName> {
        std::iter::once(&self.object).chain(&self.against)
    }

    /// What it does on an operation.
    #[must_use]
    pub fn action(&self, operation: Operation) -> Action {
        let [insert, update, import, merge, convert, sync] = self.actions;
        match operation {
            Operation::Insert => insert,
            Operation::Update => update,
            Operation::Import => import,
            Operation::Merge => merge,
            Operation::Convert => convert,
            Operation::Sync => sync,
            Operation::Advance => Action::Off,
        }
    }

    /// Whether a change of these fields concerns the rule: an update of anything else is not checked.
    #[must_use]
    pub fn concerns<'f>(&self, changed: impl IntoIterator<Item = &'f FieldName>) -> bool {
        changed.into_iter().any(|f| self.compared.contains(f))
    }
}

impl MatchingRule {
    /// The fields whose change can change an answer.
    pub(crate) fn compared_fields(&self) -> BTreeSet<FieldName> {
        self.sources.iter().map(|s| s.field.clone()).collect()
    }
}

/// How the caller sees a record.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Sight {
    /// With all fields.
    #[default]
    Full,
    /// Without these fields.
    Masked(BTreeSet<FieldName>),
    /// Not at all.
    Hidden {
        /// Until when the record is protected, where it is.
        protected_until: Option<Instant>,
    },
}

/// A duplicate found, for the engine and for the caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Duplicate {
    /// The other record. For the engine: it opens duplicate sets, it is never shown to somebody who may not see it.
    pub record: RecordKey,
    /// What is done, after disclosure: a duplicate that nothing may be told about is reported, since a refusal would tell.
    pub action: Action,
    /// What the caller may be told; none when nothing.
    pub finding: Option<DuplicateFinding>,
    /// Until when a hidden record is protected, where the caller may be told.
    pub protected_until: Option<Instant>,
}

impl Matching {
    /// What a duplicate rule finds among candidates, and what the caller may be told of it.
    ///
    /// Only candidates at or above the match threshold count; those above the review threshold are reported at most.
    /// `sight` says how the caller sees a candidate; `masked` names the fields of the record itself that he may not see.
    ///
    /// # Errors
    /// [`MatchError::UnknownRule`], [`MatchError::WrongObject`].
    pub fn find_duplicates(
        &self,
        rule: &DuplicateRule,
        action: Action,
        record: &Record,
        candidates: &[Record],
        masked: &BTreeSet<FieldName>,
        sight: &dyn Fn(&Record) -> Sight,
    ) -> Result<Vec<Duplicate>, MatchError> {
        Ok(self.question(&rule.using, record)?.find_duplicates(rule, action, candidates, masked, sight))
    }
}

impl Question<'_> {
    /// As [`Matching::find_duplicates`], for a record that was asked about already. The question must be one about the matching rule
    /// that the duplicate rule [uses](DuplicateRule::using).
    #[must_use]
    pub fn find_duplicates(
        &self,
        rule: &DuplicateRule,
        action: Action,
        candidates: &[Record],
        masked: &BTreeSet<FieldName>,
        sight: &dyn Fn(&Record) -> Sight,
    ) -> Vec<Duplicate> {
        let (matching, record) = (self.rule(), self.record());
        let targets: BTreeSet<&ObjectName> = rule.targets().collect();
        let compared = |c: &&Record| targets.contains(c.object()) && matching.lenses.contains_key(c.object());
        let candidates: Vec<&Record> = candidates.iter().filter(compared).collect();
        let mut out = Vec::new();
        for (found, prepared) in online(matching, record, self.own(), candidates.iter().copied(), false) {
            let Some(other) = candidates.get(found.position) else { continue };
            let action = if found.certain { action } else { action.min(Action::Report) };
            let sight = sight(other);
            let mut hidden = masked.clone();
            if let Sight::Masked(fields) = &sight {
                hidden.extend(fields.iter().cloned());
            }
            let score = matching.explain_prepared((record, self.own()), (other, &prepared), &hidden);
            // Below what was found: the rest comes from fields that are hidden, and would tell of them.
            let whole = score.evidence.iter().all(|e| !hidden.contains(&e.field));
            let finding = DuplicateFinding {
                rule: rule.id.clone(),
                matching: rule.using.clone(),
                action: action.as_str().to_owned(),
                object: other.object().clone(),
                record: Some(other.id().clone()),
                probability: whole.then_some(score.probability),
                evidence: score.evidence,
                disclosure: None,
            };
            let mut duplicate =
                Duplicate { record: other.key(), action, finding: None, protected_until: None };
            match sight {
                Sight::Full | Sight::Masked(_) => duplicate.finding = Some(finding),
                Sight::Hidden { protected_until } => {
                    disclose(rule, other, protected_until, finding, &mut duplicate);
                }
            }
            out.push(duplicate);
        }
        out
    }
}

fn disclose(
    rule: &DuplicateRule,
    other: &Record,
    protected_until: Option<Instant>,
    finding: DuplicateFinding,
    duplicate: &mut Duplicate,
) {
    let bare = DuplicateFinding { record: None, probability: None, evidence: Vec::new(), ..finding };
    match &rule.disclose {
        DiscloseSpec::Word(DiscloseWord::Nothing) => {
            duplicate.action = duplicate.action.min(Action::Report);
        }
        DiscloseSpec::Word(DiscloseWord::Exists) => {
            duplicate.finding = Some(DuplicateFinding { disclosure: Some("exists".to_owned()), ..bare });
        }
        DiscloseSpec::Word(DiscloseWord::Protected) => {
            duplicate.protected_until = protected_until;
            let told =
                protected_until.map_or_else(|| "exists".to_owned(), |t| format!("protected until {t}"));
            duplicate.finding = Some(DuplicateFinding { disclosure: Some(told), ..bare });
        }
        DiscloseSpec::Fields(fields) => {
            let shown: Vec<String> = fields
                .iter()
                .map(|f| (f, other.get(f.as_str())))
                .filter(|(_, value)| !value.is_blank())
                .map(|(f, value)| format!("{f}: {value}"))
                .collect();
            duplicate.finding = Some(DuplicateFinding { disclosure: Some(shown.join("; ")), ..bare });
        }
    }
}

/// The violations that a rule's duplicates amount to: one for those that the caller may see, one for each that he may
/// not. `report` alone is no violation.
#[must_use]
pub fn violations(rule: &DuplicateRule, duplicates: &[Duplicate], record: &Record) -> Vec<Violation> {
    let label = record.schema().label.clone();
    let label = if label.is_empty() { qudao_model::LocalText::from(rule.object.as_str()) } else { label };
    let start = |code: &'static str, action: Action| {
        let severity = if action == Action::Block { Severity::Error } else { Severity::Warning };
        Violation::new(code, rule.id.clone(), rule.object.clone())
            .severity(severity)
            .record(record.id().clone())
            .param("object", Param::Text(label.clone()))
    };
    let mut out = Vec::new();
    for action in [Action::Block, Action::Warn] {
        let told = || duplicates.iter().filter(move |d| d.action == action && d.finding.is_some());
        let seen = told().filter(|d| d.finding.as_ref().is_some_and(|f| f.record.is_some())).count();
        if seen > 0 {
            let code = if action == Action::Block { "duplicate.block" } else { "duplicate.warn" };
            let count = i64::try_from(seen).unwrap_or(i64::MAX);
            out.push(start(code, action).param("count", count));
        }
        for hidden in told().filter(|d| d.finding.as_ref().is_some_and(|f| f.record.is_none())) {
            out.push(match hidden.protected_until {
                Some(until) => start("duplicate.protected", action).param("until", until),
                None => start("duplicate.hidden", action),
            });
        }
    }
    out.dedup();
    out
}
