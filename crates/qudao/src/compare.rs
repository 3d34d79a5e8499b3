//! The dry run of a change of rules: which records newly fail, or pass, before the change is switched on.

use std::collections::{BTreeMap, BTreeSet};

use qudao_model::{
    Dataset, Hash, Instant, LocalText, ObjectName, Record, RecordId, RecordKey, RuleId, Severity, Violation,
};
use qudao_quality::TableReport;
use serde::Serialize;

use crate::engine::Engine;
use crate::error::Error;
use crate::rows::Rows;

/// The most findings shown as examples of one change.
const MOST_EXAMPLES: usize = 3;

/// Which way a record goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RuleDirection {
    /// It meets the rule now, and would not.
    NewlyFails,
    /// It does not meet the rule now, and would; or the rule is gone.
    NewlyPasses,
}

impl RuleDirection {
    /// The word for people.
    #[must_use]
    pub fn label(self) -> LocalText {
        match self {
            Self::NewlyFails => LocalText::new("newly fails", "新增不符"),
            Self::NewlyPasses => LocalText::new("newly passes", "不再不符"),
        }
    }
}

/// How many records fall to one partner or one owner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Share {
    /// The partner or the owner; none for records without one.
    pub id: Option<RecordId>,
    /// How many records.
    pub records: usize,
}

/// What changes by one rule, in one direction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RuleChange {
    /// The object.
    pub object: ObjectName,
    /// The rule.
    pub rule: RuleId,
    /// How grave a failure is.
    pub severity: Severity,
    /// Which way the records go.
    pub direction: RuleDirection,
    /// The records, sorted.
    pub records: Vec<RecordId>,
    /// The records by partner, most first.
    pub by_partner: Vec<Share>,
    /// The records by owner, most first.
    pub by_owner: Vec<Share>,
    /// Some of the findings, as the Blueprint words them in which the records fail.
    pub examples: Vec<Violation>,
}

/// What a change of rules does to records that exist.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RuleComparison {
    /// The Blueprint in force.
    pub from: Hash,
    /// The Blueprint that is tried.
    pub to: Hash,
    /// How many records were checked under both.
    pub records: usize,
    /// The changes: by object, rule and direction. A rule that becomes graver or milder shows as both.
    pub changes: Vec<RuleChange>,
    /// Records without an error now that would have one: saving them would be refused.
    pub newly_blocked: Vec<RecordKey>,
    /// Records with an error now that would have none.
    pub newly_free: Vec<RecordKey>,
    /// The newly blocked by partner, most first.
    pub blocked_by_partner: Vec<Share>,
    /// The newly blocked by owner, most first.
    pub blocked_by_owner: Vec<Share>,
}

impl RuleComparison {
    /// True when no record would be judged otherwise.
    #[must_use]
    pub fn is_unchanged(&self) -> bool {
        self.changes.is_empty()
    }
}

/// A rule as it counts here: one that becomes an error is another one.
type RuleKey = (RuleId, Severity);

impl Engine {
    /// Tries another Blueprint's rules on records that exist, before they are switched on: which rules newly fail or
    /// pass, for which records, partners and owners. It is the difference of two full validations, no more and no
    /// less. Nothing is written.
    ///
    /// ```
    /// use qudao::prelude::*;
    ///
    /// let now = Engine::from_yaml("qudao: 1")?;
    /// let then = Engine::from_yaml("qudao: 1\nobjects: {account: {fields: {city: {required: true}}}}")?;
    /// let account = "account".parse()?;
    /// let rows = now.rows(&account, [[("name", Value::text("Acme"))]])?;
    /// let found = now.compare(&then, &rows.to_dataset(), None)?;
    /// assert_eq!(found.newly_blocked.len(), 1);
    /// assert_eq!(found.changes[0].rule.as_str(), "account.city.required");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`Engine::validate`]: a rule that reads the clock needs `now`, one that navigates needs the table.
    pub fn compare(
        &self,
        new: &Engine,
        data: &Dataset,
        now: Option<Instant>,
    ) -> Result<RuleComparison, Error> {
        self.compare_seen(new, data, now, &|_| true)
    }

    /// The comparison over a whole state, told of the records that somebody sees: the rules read all of it, as they do
    /// on save.
    pub(crate) fn compare_seen(
        &self,
        new: &Engine,
        data: &Dataset,
        now: Option<Instant>,
        sees: &dyn Fn(&Record) -> bool,
    ) -> Result<RuleComparison, Error> {
        let renewed = under(new, data);
        let mut out = RuleComparison {
            from: self.hash().clone(),
            to: new.hash().clone(),
            records: 0,
            changes: Vec::new(),
            newly_blocked: Vec::new(),
            newly_free: Vec::new(),
            blocked_by_partner: Vec::new(),
            blocked_by_owner: Vec::new(),
        };
        let (mut blocked, mut free) = (Vec::new(), Vec::new());
        for object in data.objects() {
            let known = |engine: &Engine| engine.schema().object(object.as_str()).is_some();
            if !known(self) || !known(new) {
                continue;
            }
            let records = data.records(object.as_str());
            let seen: Vec<bool> = records.iter().map(sees).collect();
            out.records += seen.iter().filter(|s| **s).count();
            let mut before = Findings::of(self, object, records, data, now)?;
            let mut after = Findings::of(new, object, renewed.records(object.as_str()), &renewed, now)?;
            before.keep(&seen);
            after.keep(&seen);
            let keys: BTreeSet<&RuleKey> = before.failed.keys().chain(after.failed.keys()).collect();
            for key in keys {
                let fails = after.but_not(&before, key);
                let passes = before.but_not(&after, key);
                let sides = [
                    (RuleDirection::NewlyFails, fails, &after),
                    (RuleDirection::NewlyPasses, passes, &before),
                ];
                for (direction, rows, told) in sides {
                    if !rows.is_empty() {
                        out.changes.push(change(object, key, direction, &rows, records, told));
                    }
                }
            }
            let rows = 0..records.len();
            blocked.extend(
                rows.clone()
                    .filter(|row| after.errors.contains(row) && !before.errors.contains(row))
                    .filter_map(|row| records.get(row)),
            );
            free.extend(
                rows.filter(|row| before.errors.contains(row) && !after.errors.contains(row))
                    .filter_map(|row| records.get(row)),
            );
        }
        out.blocked_by_partner = shares(blocked.iter().map(|r| partner(r)));
        out.blocked_by_owner = shares(blocked.iter().map(|r| r.owner().cloned()));
        out.newly_blocked = blocked.into_iter().map(Record::key).collect();
        out.newly_free = free.into_iter().map(Record::key).collect();
        out.newly_blocked.sort();
        out.newly_free.sort();
        Ok(out)
    }
}

/// What one Blueprint says about one table.
struct Findings {
    /// For each rule, the rows that do not meet it.
    failed: BTreeMap<RuleKey, BTreeSet<usize>>,
    /// Rows with an error.
    errors: BTreeSet<usize>,
    report: TableReport,
}

impl Findings {
    fn of(
        engine: &Engine,
        object: &ObjectName,
        records: &[Record],
        data: &Dataset,
        now: Option<Instant>,
    ) -> Result<Self, Error> {
        let rows = Rows { records: records.to_vec(), ..Rows::default() };
        let report = engine.validate(object, &rows, data, now)?;
        let mut failed: BTreeMap<RuleKey, BTreeSet<usize>> = BTreeMap::new();
        let mut errors = BTreeSet::new();
        for found in &report.rows {
            let key = (found.violation.rule.clone(), found.violation.severity);
            failed.entry(key).or_default().insert(found.row);
            if found.violation.severity == Severity::Error {
                errors.insert(found.row);
            }
        }
        Ok(Self { failed, errors, report })
    }

    fn keep(&mut self, seen: &[bool]) {
        let keeps = |row: &usize| seen.get(*row).copied().unwrap_or(false);
        self.errors.retain(&keeps);
        for rows in self.failed.values_mut() {
            rows.retain(&keeps);
        }
    }

    fn but_not(&self, other: &Self, key: &RuleKey) -> Vec<usize> {
        let own = self.failed.get(key).into_iter().flatten();
        let others = other.failed.get(key);
        own.filter(|row| others.is_none_or(|o| !o.contains(row))).copied().collect()
    }
}

fn change(
    object: &ObjectName,
    (rule, severity): &RuleKey,
    direction: RuleDirection,
    rows: &[usize],
    records: &[Record],
    told: &Findings,
) -> RuleChange {
    let of = || rows.iter().filter_map(|row| records.get(*row));
    let mut ids: Vec<RecordId> = of().map(|r| r.id().clone()).collect();
    ids.sort();
    let examples = told
        .report
        .rows
        .iter()
        .filter(|f| f.violation.rule == *rule && f.violation.severity == *severity)
        .filter(|f| rows.binary_search(&f.row).is_ok())
        .take(MOST_EXAMPLES)
        .map(|f| f.violation.clone())
        .collect();
    RuleChange {
        object: object.clone(),
        rule: rule.clone(),
        severity: *severity,
        direction,
        records: ids,
        by_partner: shares(of().map(partner)),
        by_owner: shares(of().map(|r| r.owner().cloned())),
        examples,
    }
}

/// The partner that a record belongs to; a partner belongs to itself.
fn partner(record: &Record) -> Option<RecordId> {
    if record.object() == "partner" {
        return Some(record.id().clone());
    }
    record.get("partner").as_reference().cloned()
}

/// Most first, then by id.
fn shares(ids: impl Iterator<Item = Option<RecordId>>) -> Vec<Share> {
    let mut counts: BTreeMap<Option<RecordId>, usize> = BTreeMap::new();
    for id in ids {
        *counts.entry(id).or_default() += 1;
    }
    let mut shares: Vec<Share> = counts.into_iter().map(|(id, records)| Share { id, records }).collect();
    shares.sort_by(|a, b| (b.records, &a.id).cmp(&(a.records, &b.id)));
    shares
}

/// The same records as another Blueprint reads them: what it does not know, or reads as another type, rides along, as
/// in a migration.
fn under(engine: &Engine, data: &Dataset) -> Dataset {
    let mut out = Dataset::new();
    for object in data.objects() {
        let Some(schema) = engine.schema().object(object.as_str()) else { continue };
        let records = data.records(object.as_str()).iter().map(|record| {
            let json = record.to_stored_json();
            Record::from_stored_json(schema.clone(), record.id().clone(), record.version(), &json)
                .unwrap_or_else(|_| Record::new(schema.clone(), record.id().clone()))
        });
        // The ids were distinct in the table that they come from.
        let _ = out.add(object, records.collect());
    }
    out
}
