//! Checking a whole table.

use std::borrow::Cow;
use std::collections::BTreeMap;

use chrono_tz::Tz;
use qudao_expr::{EvalError, NavStep, Navigation};
use qudao_model::{ClaimKey, Dataset, Instant, ObjectName, Record, RuleOutcome, Severity, Value};

use crate::check::Run;
use crate::quality::{ObjectQuality, Quality};
use crate::reference::Suggestions;
use crate::rule::{Kind, Rule};
use crate::{CheckContext, QualityError, RowViolation, RuleSummary, TableReport};

/// The most other rows that a message about a repeated value names.
const MOST_ROWS: usize = 5;

impl Quality {
    /// Checks every record of a table by every rule of its object, unique rules included: each row of a repeated
    /// key is reported. It is a scan: nothing counts as entered into a stage, every row as new.
    ///
    /// `data` holds the other tables that rules read and references point to; rules that navigate within the
    /// object itself see the rows where `data` has no such table. Placeholders there are seen as missing.
    ///
    /// # Errors
    /// [`QualityError`] when the object is unknown or a row belongs to another, and when a rule needs a table or a
    /// time that was not given.
    pub fn validate_table(
        &self,
        object: &ObjectName,
        records: &[Record],
        data: &Dataset,
        now: Option<Instant>,
        zone: Tz,
    ) -> Result<TableReport, QualityError> {
        let rules =
            self.object(object).ok_or_else(|| QualityError::UnknownObject { object: object.to_string() })?;
        if let Some(row) = records.iter().position(|r| r.object() != object) {
            return Err(QualityError::WrongObject { object: object.clone(), row });
        }
        check_needs(rules, data, now)?;
        let data = self.surroundings(rules, records, data);
        let suggestions = Suggestions::default();
        let mut counts: Vec<RuleSummary> = rules
            .rules
            .iter()
            .map(|r| RuleSummary { severity: r.severity, ..RuleSummary::default() })
            .collect();
        let repeats = self.repeats(rules, records);
        let mut rows = Vec::new();
        for (row, record) in records.iter().enumerate() {
            let seen = self.seen(record);
            let mut cx = CheckContext::new(&seen, &data, zone);
            cx.now = now;
            let run = Run { object: rules, suggestions: &suggestions, cx, traced: false };
            for (at, (rule, count)) in rules.rules.iter().zip(&mut counts).enumerate() {
                let (outcome, violations) = match run.rule(rule) {
                    Ok(None) => match repeats.get(&at).map(|r| r.of_row(row)) {
                        None | Some(Claimed::Nothing) => (RuleOutcome::Unknown, Vec::new()),
                        Some(Claimed::Alone) => (RuleOutcome::Passed, Vec::new()),
                        Some(Claimed::With(others)) => {
                            (RuleOutcome::Failed, repeated(rule, rules, record, row, others))
                        }
                    },
                    Ok(Some(answer)) => (answer.outcome, answer.violations),
                    Err(EvalError::MissingTable { object, .. }) => {
                        return Err(QualityError::MissingTable { rule: rule.id.clone(), object });
                    }
                    Err(EvalError::NowRequired { .. }) => {
                        return Err(QualityError::NowRequired { rule: rule.id.clone() });
                    }
                    Err(error) => (RuleOutcome::Failed, vec![run.error(rule, &error)]),
                };
                let counter = match outcome {
                    RuleOutcome::Unknown => &mut count.unknown,
                    RuleOutcome::Skipped => &mut count.skipped,
                    _ => &mut count.checked,
                };
                *counter = counter.saturating_add(1);
                count.failed = count.failed.saturating_add(usize::from(outcome == RuleOutcome::Failed));
                rows.extend(violations.into_iter().map(|violation| RowViolation { row, violation }));
            }
        }
        let ok = counts.iter().all(|c| c.failed == 0 || c.severity < Severity::Error);
        let summary = rules.rules.iter().map(|r| r.id.clone()).zip(counts).collect();
        Ok(TableReport { rows, summary, ok })
    }

    /// The tables around the rows, as rules see them.
    fn surroundings<'a>(
        &self,
        rules: &ObjectQuality,
        records: &[Record],
        data: &'a Dataset,
    ) -> Cow<'a, Dataset> {
        let mut out = Cow::Borrowed(data);
        let changes = |r: &Record| matches!(self.seen(r), Cow::Owned(_));
        if data.objects().any(|object| data.records(object.as_str()).iter().any(changes)) {
            let mut cleared = Dataset::new();
            for object in data.objects() {
                let records =
                    data.records(object.as_str()).iter().map(|r| self.seen(r).into_owned()).collect();
                // The ids were distinct in the table that they come from.
                let _ = cleared.add(object, records);
            }
            out = Cow::Owned(cleared);
        }
        let own = &rules.schema.name;
        let reads_own =
            rules.rules.iter().flat_map(Rule::programs).any(|p| reaches(&p.reads().navigation, own));
        if reads_own && !data.has(own.as_str()) {
            let out = out.to_mut();
            for record in records {
                if out.get(own.as_str(), record.id().as_str()).is_none() {
                    out.put(self.seen(record).into_owned());
                }
            }
        }
        out
    }

    /// Per unique rule, by its position: which rows hold the same key.
    fn repeats(&self, rules: &ObjectQuality, records: &[Record]) -> BTreeMap<usize, Repeats> {
        let mut repeats: BTreeMap<usize, Repeats> = BTreeMap::new();
        for (at, rule) in rules.rules.iter().enumerate() {
            if matches!(rule.kind, Kind::Unique { .. }) {
                repeats.insert(at, Repeats::default());
            }
        }
        if repeats.is_empty() {
            return repeats;
        }
        for (row, record) in records.iter().enumerate() {
            for claim in self.claims(record) {
                let at = rules.rules.iter().position(|r| r.id == claim.rule);
                if let Some(found) = at.and_then(|at| repeats.get_mut(&at)) {
                    found.by_key.entry(claim.key.clone()).or_default().push(row);
                    found.by_row.insert(row, claim.key);
                }
            }
        }
        repeats
    }
}

#[derive(Debug, Default)]
struct Repeats {
    by_key: BTreeMap<ClaimKey, Vec<usize>>,
    by_row: BTreeMap<usize, ClaimKey>,
}

enum Claimed<'a> {
    Nothing,
    Alone,
    With(&'a [usize]),
}

impl Repeats {
    fn of_row(&self, row: usize) -> Claimed<'_> {
        match self.by_row.get(&row).and_then(|key| self.by_key.get(key)).map(Vec::as_slice) {
            None => Claimed::Nothing,
            Some([_] | []) => Claimed::Alone,
            Some(rows) => Claimed::With(rows),
        }
    }
}

pub(crate) fn repeated(
    rule: &Rule,
    object: &ObjectQuality,
    record: &Record,
    row: usize,
    rows: &[usize],
) -> Vec<qudao_model::Violation> {
    let Kind::Unique { fields, .. } = &rule.kind else { return Vec::new() };
    let others = rows.iter().filter(|r| **r != row).take(MOST_ROWS);
    let others = others.map(|r| Value::Int(i64::try_from(*r).unwrap_or(i64::MAX)));
    let violation = rule
        .violation("field.unique", object, fields)
        .record(record.id().clone())
        .param("rows", Value::list(others))
        .param("count", i64::try_from(rows.len()).unwrap_or(i64::MAX));
    vec![violation]
}

/// Says which table or time is lacking before the first row is looked at, so that the answer does not depend on
/// the rows.
pub(crate) fn check_needs(
    rules: &ObjectQuality,
    data: &Dataset,
    now: Option<Instant>,
) -> Result<(), QualityError> {
    let own = &rules.schema.name;
    for rule in rules.rules.iter().filter(|r| !r.scope.only_on_entry()) {
        for program in rule.programs() {
            let reads = program.reads();
            if reads.clock && now.is_none() {
                return Err(QualityError::NowRequired { rule: rule.id.clone() });
            }
            if let Some(object) = lacking(&reads.navigation, data, own) {
                return Err(QualityError::MissingTable { rule: rule.id.clone(), object: object.clone() });
            }
        }
    }
    Ok(())
}

fn target(step: &NavStep) -> &ObjectName {
    match step {
        NavStep::Parent { object, .. } | NavStep::Children { object, .. } => object,
    }
}

fn lacking<'a>(steps: &'a [Navigation], data: &Dataset, own: &ObjectName) -> Option<&'a ObjectName> {
    steps.iter().find_map(|nav| {
        let object = target(&nav.step);
        if data.has(object.as_str()) || object == own { lacking(&nav.then, data, own) } else { Some(object) }
    })
}

fn reaches(steps: &[Navigation], own: &ObjectName) -> bool {
    steps.iter().any(|nav| target(&nav.step) == own || reaches(&nav.then, own))
}
