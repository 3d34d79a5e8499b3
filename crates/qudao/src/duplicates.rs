//! The duplicate step: the same comparison as over a whole table, for one record against the state.

use std::collections::BTreeSet;

use qudao_match::{Action, Duplicate, DuplicateRule, Sight as Shown, violations};
use qudao_model::{
    Acknowledgement, Change, DuplicateFinding, FieldName, Kept, Operation, Record, RecordId, RecordKey,
    RuleOutcome, Severity, StateView, Step, TraceEntry, Violation,
};

use crate::draft::Draft;
use crate::engine::Engine;
use crate::error::Error;
use crate::roles::Sight;

/// What the step found.
#[derive(Default)]
pub(crate) struct Found {
    pub(crate) violations: Vec<Violation>,
    pub(crate) findings: Vec<DuplicateFinding>,
    pub(crate) trace: Vec<TraceEntry>,
    pub(crate) changes: Vec<Change>,
}

/// Runs the duplicate rules of a save.
pub(crate) fn check(
    engine: &Engine,
    sight: &Sight<'_>,
    view: &dyn StateView,
    draft: &Draft,
    acknowledged: &[Acknowledgement],
) -> Result<Found, Error> {
    let mut out = Found::default();
    let after = &draft.after;
    let changed = draft.changed();
    for (rule, action) in engine.matching().duplicate_rules(after.object(), draft.operation) {
        let entry =
            |outcome| TraceEntry::new(Step::Duplicates, rule.id().clone(), Some(after.key()), outcome);
        if draft.before.is_some() && !rule.concerns(&changed) {
            out.trace.push(entry(RuleOutcome::Skipped));
            continue;
        }
        let duplicates = search_rule(engine, sight, view, after, rule, action)?;
        // What nothing may be told of is no reason to fail, since that would tell.
        let told = duplicates.iter().any(|d| d.finding.is_some());
        out.trace.push(entry(if told { RuleOutcome::Failed } else { RuleOutcome::Passed }));
        for mut violation in violations(rule, &duplicates, after) {
            let warns = violation.severity == Severity::Warning;
            if warns && !is_acknowledged(rule, &duplicates, acknowledged) {
                // A warning lets the save pass once somebody has said that it was seen.
                violation.severity = Severity::Error;
            }
            out.violations.push(violation);
        }
        let mut records: Vec<RecordKey> =
            duplicates.iter().filter(|d| d.action == Action::Report).map(|d| d.record.clone()).collect();
        if !records.is_empty() {
            records.push(after.key());
            records.sort();
            records.dedup();
            out.changes.push(Change::OpenDuplicateSet { rule: rule.id().clone(), records });
        }
        out.findings.extend(duplicates.into_iter().filter_map(|d| d.finding));
    }
    Ok(out)
}

/// True when the caller named every record that the warning tells of, or the rule for a whole batch.
fn is_acknowledged(rule: &DuplicateRule, duplicates: &[Duplicate], acknowledged: &[Acknowledgement]) -> bool {
    let told: BTreeSet<&RecordId> = duplicates
        .iter()
        .filter(|d| d.action == Action::Warn)
        .filter_map(|d| d.finding.as_ref().and_then(|f| f.record.as_ref()))
        .collect();
    acknowledged
        .iter()
        .filter(|a| a.rule == *rule.id())
        .any(|a| a.records.is_empty() || told.iter().all(|id| a.records.contains(id)))
}

/// Every record that may be the same, for a person who types. No rule is enforced.
pub(crate) fn search(
    engine: &Engine,
    sight: &Sight<'_>,
    view: &dyn StateView,
    record: &Record,
) -> Result<Vec<DuplicateFinding>, Error> {
    let mut findings: Vec<DuplicateFinding> = Vec::new();
    for (rule, action) in engine.matching().duplicate_rules(record.object(), Operation::Insert) {
        let found = search_rule(engine, sight, view, record, rule, action)?;
        findings.extend(found.into_iter().filter_map(|d| d.finding));
    }
    Ok(findings)
}

fn search_rule(
    engine: &Engine,
    sight: &Sight<'_>,
    view: &dyn StateView,
    record: &Record,
    rule: &DuplicateRule,
    action: Action,
) -> Result<Vec<Duplicate>, Error> {
    let matching = engine.matching();
    let mut question = matching.question(rule.using(), record)?;
    let mut meeting = question.meeting();
    meeting.seen = sight.seen(engine.schema(), question.objects());
    let mut records = view.candidates(rule.using(), &meeting, &mut |kept| match kept {
        Kept::Sketches(kept) => question.may_reach(kept),
        Kept::Features(kept) => question.may_match(kept),
    })?;
    records.retain(|r| r.id() != record.id() || r.object() != record.object());
    let seen: BTreeSet<RecordKey> = sight
        .sees(&records, view)?
        .into_iter()
        .zip(&records)
        .filter(|(seen, _)| *seen)
        .map(|(_, r)| r.key())
        .collect();
    let masked =
        |record: &Record| -> BTreeSet<FieldName> { engine.roles().masked(sight.actor(), record.schema()) };
    let shown = |other: &Record| {
        if !seen.contains(&other.key()) {
            return Shown::Hidden { protected_until: other.get("protected_until").as_instant() };
        }
        let fields = masked(other);
        if fields.is_empty() { Shown::Full } else { Shown::Masked(fields) }
    };
    Ok(question.find_duplicates(rule, action, &records, &masked(record), &shown))
}
