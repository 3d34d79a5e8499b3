//! Validation of data that is larger than memory: rows come in batches, and the answer is that of one validation of all
//! of them.

use std::collections::BTreeMap;

use qudao_expr::{NavStep, Navigation};
use qudao_model::columns::{ColumnError, Table, Tables};
use qudao_model::{Dataset, Instant, ObjectName, Record, RecordId, RuleId, Severity, Value, Violation};
use qudao_quality::{QualityError, RowViolation, RuleSummary, TableReport};
use sha2::{Digest, Sha256};

use crate::engine::Engine;
use crate::entered::{Entered, EnteredColumn};
use crate::error::Error;
use crate::rows::Rows;
use crate::tables::row_problem;

/// The most other rows that a finding about a repeated value names.
const MOST_ROWS: usize = 5;

/// The code of an id that stands twice.
const DUPLICATE_ID: &str = "record.duplicate_id";

/// A validation that is fed batch by batch.
///
/// ```
/// use qudao::prelude::*;
///
/// let engine = Engine::from_yaml("qudao: 1\nobjects: {account: {fields: {tax_id: {unique: true}}}}")?;
/// let mut stream = engine.validate_stream(&"account".parse()?, Dataset::new(), None)?;
/// let mut found = Vec::new();
/// for tax_id in ["1", "2", "1"] {
///     let batch = stream.read([[("tax_id", Value::text(tax_id))]])?;
///     found.extend(stream.check(batch)?);
/// }
/// let report = stream.finish(found);
/// assert_eq!(report.rows.iter().map(|r| r.row).collect::<Vec<_>>(), [0, 2]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct ValidationStream {
    engine: Engine,
    object: ObjectName,
    related: Dataset,
    now: Option<Instant>,
    /// Rows read, and rows checked.
    read: usize,
    checked: usize,
    summary: BTreeMap<RuleId, RuleSummary>,
    unique: Vec<Unique>,
    ids: Claims,
    failed: bool,
}

/// A unique rule and what was claimed under it.
#[derive(Debug)]
struct Unique {
    rule: RuleId,
    claims: Claims,
    /// The finding without its rows, once a claim was seen.
    finding: Option<Violation>,
}

impl Engine {
    /// Begins a validation of rows that come in batches: for data that is larger than memory. What is kept of a row is
    /// 16 bytes for each unique value that it claims, and for its id.
    ///
    /// The answer is that of [`Engine::validate`] on all rows together, but for two things. A finding of a repeated value
    /// names the rows and not the records' ids, which are not kept. Rows are not there to navigate to: a rule that reads
    /// other records of the same object needs them in `related`, and a reference to the same object is checked where
    /// they are given.
    ///
    /// # Errors
    /// As [`Engine::validate`], before the first row is looked at.
    pub fn validate_stream(
        &self,
        object: &ObjectName,
        related: Dataset,
        now: Option<Instant>,
    ) -> Result<ValidationStream, Error> {
        if self.schema().object(object.as_str()).is_none() {
            return Err(self.unknown_object(object.as_str()));
        }
        let rules = self.quality().rules(object);
        if !related.has(object.as_str()) {
            let asked = rules.iter().filter(|r| r.enters().is_empty());
            let own = asked.filter(|r| r.programs().any(|p| reaches(&p.reads().navigation, object)));
            if let Some(rule) = own.into_iter().next() {
                let (rule, object) = (rule.id().clone(), object.clone());
                return Err(QualityError::MissingTable { rule, object }.into());
            }
        }
        let nothing = self.quality().validate_table(object, &[], &related, now, self.zone())?;
        let unique = rules
            .iter()
            .filter(|r| r.kind() == "unique")
            .map(|r| Unique { rule: r.id().clone(), claims: Claims::default(), finding: None })
            .collect();
        Ok(ValidationStream {
            engine: self.clone(),
            object: object.clone(),
            related,
            now,
            read: 0,
            checked: 0,
            summary: nothing.summary,
            unique,
            ids: Claims::default(),
            failed: false,
        })
    }
}

impl ValidationStream {
    /// How many rows were checked.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.checked
    }

    /// Reads the next rows, as [`Engine::rows`] does. Positions go on from batch to batch.
    ///
    /// # Errors
    /// As [`Engine::rows`].
    pub fn read<R, C>(&mut self, rows: R) -> Result<Rows, Error>
    where
        R: IntoIterator,
        R::Item: IntoIterator<Item = (C, Value)>,
        C: AsRef<str>,
    {
        let ids = &mut self.ids;
        let mut claim = |row: usize, id: &RecordId| {
            ids.claim(id.as_str().as_bytes(), row);
            // Which ids stand twice is known at the end.
            false
        };
        let rows = self.engine.rows_from(&self.object, self.read, rows, &mut claim)?;
        self.read = self.read.saturating_add(rows.records.len());
        Ok(rows)
    }

    /// Reads the columns of the next rows, as [`Engine::entered`] does. Positions go on from batch to batch. To be checked
    /// by [`check_columns`](ValidationStream::check_columns), many times faster than rows.
    ///
    /// # Errors
    /// As [`Engine::entered`].
    pub fn read_columns<C: AsRef<str>, V: Into<EnteredColumn>>(
        &mut self,
        rows: usize,
        columns: impl IntoIterator<Item = (C, V)>,
    ) -> Result<Entered, Error> {
        let ids = &mut self.ids;
        let mut claim = |row: usize, id: &str| {
            ids.claim(id.as_bytes(), row);
            // Which ids stand twice is known at the end.
            false
        };
        let entered = self.engine.entered_from(&self.object, self.read, rows, columns, &mut claim)?;
        self.read = self.read.saturating_add(rows);
        Ok(entered)
    }

    /// As [`check`](ValidationStream::check), for columns.
    ///
    /// # Errors
    /// As [`Engine::validate`].
    pub fn check_columns(&mut self, entered: Entered) -> Result<Vec<RowViolation>, Error> {
        let Entered { table, problems, .. } = entered;
        let problems = moved(problems, self.checked);
        if self.related.has(self.object.as_str()) {
            let records = table.to_records().map_err(|e| self.columns_error(&e))?;
            return self.check_records(records, problems);
        }
        self.check_table(table, problems)
    }

    /// Checks rows that were read, and gives what is found. What was found of repeated values, [`finish`] tells.
    ///
    /// # Errors
    /// As [`Engine::validate`].
    ///
    /// [`finish`]: ValidationStream::finish
    pub fn check(&mut self, rows: Rows) -> Result<Vec<RowViolation>, Error> {
        let Rows { records, problems, .. } = rows;
        let known = self.engine.schema().object(self.object.as_str()).cloned();
        match known {
            Some(schema) if !self.related.has(self.object.as_str()) => {
                let table = Table::from_records(&schema, &records).map_err(|e| self.columns_error(&e))?;
                self.check_table(table, problems)
            }
            _ => self.check_records(records, problems),
        }
    }

    fn check_table(&mut self, table: Table, problems: Vec<RowViolation>) -> Result<Vec<RowViolation>, Error> {
        let (rows, first) = (table.rows(), self.checked);
        let mut tables =
            Tables::from_dataset(self.engine.schema(), &self.related).map_err(|e| self.columns_error(&e))?;
        tables.put(table);
        let mut scanned = self.engine.scan(&self.object, &tables, self.now, None)?;
        let engine = self.engine.clone();
        let rules = engine.quality().rules(&self.object);
        for (rule, part) in scanned.summary() {
            add(&mut self.summary, &self.unique, rule, part);
        }
        let mut places = Vec::with_capacity(self.unique.len());
        for unique in &mut self.unique {
            let Some(at) = rules.iter().position(|r| *r.id() == unique.rule) else { continue };
            places.push(at);
            let whole = scanned.whole();
            let mut one = None;
            whole.claims(at, &mut |row, key| {
                one.get_or_insert(row);
                unique.claims.claim(key, first.saturating_add(row));
            })?;
            if let (None, Some(row)) = (&unique.finding, one) {
                let record = whole.record(row)?;
                let claim = engine.quality().claims(&record).into_iter().find(|c| c.rule == unique.rule);
                unique.finding = claim.and_then(|claim| engine.quality().unique_violation(&claim, &record));
            }
        }
        scanned.forget(&places);
        let report = scanned.report(&self.related)?;
        Ok(self.found(problems, moved(report.rows, first), rows))
    }

    fn columns_error(&self, error: &ColumnError) -> Error {
        QualityError::Columns { object: self.object.clone(), detail: error.to_string() }.into()
    }

    /// What was found in a batch of so many rows: what could not be read, then what the rules say.
    fn found(
        &mut self,
        problems: Vec<RowViolation>,
        by_rules: Vec<RowViolation>,
        rows: usize,
    ) -> Vec<RowViolation> {
        let mut found = problems;
        found.extend(by_rules);
        found.sort_by_key(|f| f.row);
        for one in &mut found {
            self.engine.word(&mut one.violation);
        }
        self.failed |= found.iter().any(|f| f.violation.severity >= Severity::Error);
        self.checked = self.checked.saturating_add(rows);
        found
    }

    /// Rows and records of one object are seen together: one by one.
    fn check_records(
        &mut self,
        mut records: Vec<Record>,
        problems: Vec<RowViolation>,
    ) -> Result<Vec<RowViolation>, Error> {
        let (quality, first) = (self.engine.quality(), self.checked);
        for record in &mut records {
            quality.normalise(record, None);
        }
        let report =
            quality.validate_table(&self.object, &records, &self.related, self.now, self.engine.zone())?;
        for (rule, part) in &report.summary {
            add(&mut self.summary, &self.unique, rule, part);
        }
        if !self.unique.is_empty() {
            for (at, record) in records.iter().enumerate() {
                let row = first.saturating_add(at);
                for claim in quality.claims(record) {
                    let Some(unique) = self.unique.iter_mut().find(|u| u.rule == claim.rule) else {
                        continue;
                    };
                    unique.claims.claim(claim.key.as_str().as_bytes(), row);
                    if unique.finding.is_none() {
                        unique.finding = quality.unique_violation(&claim, record);
                    }
                }
            }
        }
        let rules = report.rows.into_iter();
        let rules = rules.filter(|f| !self.unique.iter().any(|u| u.rule == f.violation.rule)).collect();
        Ok(self.found(problems, moved(rules, first), records.len()))
    }

    /// Ends the validation. `found` is what the caller kept of what the batches gave; the report holds it together with
    /// the repeated values, in the order of a validation of all rows.
    #[must_use]
    pub fn finish(self, found: Vec<RowViolation>) -> TableReport {
        let Self { engine, object, mut summary, unique, ids, mut failed, .. } = self;
        let mut rows = found;
        let duplicate = row_problem(&object, DUPLICATE_ID, "record.id");
        ids.repeats(|repeated| {
            // The first row keeps the id.
            for row in repeated.iter().skip(1) {
                rows.push(RowViolation { row: *row, violation: duplicate.clone() });
            }
        });
        for one in unique {
            let Some(mut finding) = one.finding else { continue };
            finding.record = None;
            let mut count = 0_usize;
            one.claims.repeats(|repeated| {
                count = count.saturating_add(repeated.len());
                for row in repeated {
                    let others = repeated.iter().filter(|r| *r != row).take(MOST_ROWS);
                    let others = others.map(|r| Value::Int(i64::try_from(*r).unwrap_or(i64::MAX)));
                    let violation = finding
                        .clone()
                        .param("rows", Value::list(others))
                        .param("count", i64::try_from(repeated.len()).unwrap_or(i64::MAX));
                    rows.push(RowViolation { row: *row, violation });
                }
            });
            if let Some(rule) = summary.get_mut(&one.rule) {
                rule.failed = count;
            }
        }
        for row in &mut rows {
            engine.word(&mut row.violation);
        }
        failed |= rows.iter().any(|f| f.violation.severity >= Severity::Error);
        let order: BTreeMap<&RuleId, usize> =
            engine.quality().rules(&object).iter().enumerate().map(|(at, r)| (r.id(), at)).collect();
        // What could not be read stands before what the rules say.
        let rank = |found: &Violation| match order.get(&found.rule) {
            Some(at) => at.saturating_add(2),
            None => usize::from(found.code != DUPLICATE_ID),
        };
        rows.sort_by_cached_key(|f| (f.row, rank(&f.violation)));
        TableReport { rows, summary, ok: !failed }
    }
}

/// Findings of rows of which the first stands at a position.
fn moved(found: Vec<RowViolation>, first: usize) -> Vec<RowViolation> {
    found.into_iter().map(|f| RowViolation { row: first.saturating_add(f.row), ..f }).collect()
}

/// Adds the counts of a batch. Which unique values repeat is known at the end.
fn add(all: &mut BTreeMap<RuleId, RuleSummary>, unique: &[Unique], rule: &RuleId, part: &RuleSummary) {
    let whole = match all.get_mut(rule) {
        Some(whole) => whole,
        None => all.entry(rule.clone()).or_default(),
    };
    whole.severity = part.severity;
    whole.checked = whole.checked.saturating_add(part.checked);
    whole.unknown = whole.unknown.saturating_add(part.unknown);
    whole.skipped = whole.skipped.saturating_add(part.skipped);
    if !unique.iter().any(|u| u.rule == *rule) {
        whole.failed = whole.failed.saturating_add(part.failed);
    }
}

/// True when the steps lead to an object.
pub(crate) fn reaches(steps: &[Navigation], own: &ObjectName) -> bool {
    steps.iter().any(|nav| {
        let (NavStep::Parent { object, .. } | NavStep::Children { object, .. }) = &nav.step;
        object == own || reaches(&nav.then, own)
    })
}

/// Which rows claim which values: 16 bytes a claim, by the first 96 bits of the value's SHA-256, so that two values that
/// differ are taken for one with a chance of some 10⁻¹⁵ among twenty million.
#[derive(Debug)]
struct Claims {
    /// By the first byte of the hash, so that no part is long to sort and none has to be copied whole to grow. In each
    /// entry 88 bits of the hash, then 40 of the row.
    parts: Vec<Vec<u128>>,
}

/// The bits of a row in an entry: enough for 10¹² rows.
const ROW_BITS: u32 = 40;

impl Default for Claims {
    fn default() -> Self {
        Self { parts: vec![Vec::new(); 256] }
    }
}

impl Claims {
    fn claim(&mut self, value: &[u8], row: usize) {
        let digest = Sha256::digest(value);
        let hash = digest.iter().take(16).fold(0_u128, |word, byte| word << 8 | u128::from(*byte));
        let part = usize::try_from(hash >> 120).unwrap_or(0);
        let rows = (1_u128 << ROW_BITS) - 1;
        let row = u128::try_from(row).unwrap_or(rows).min(rows);
        if let Some(part) = self.parts.get_mut(part) {
            if part.len() == part.capacity() {
                part.reserve_exact(part.len() / 4 + 16);
            }
            part.push((hash << 8) & !rows | row);
        }
    }

    /// Tells of each value that several rows claim, with the rows in order.
    fn repeats(self, mut tell: impl FnMut(&[usize])) {
        let mut rows = Vec::new();
        for mut part in self.parts {
            part.sort_unstable();
            for same in part.chunk_by(|a, b| a >> ROW_BITS == b >> ROW_BITS).filter(|s| s.len() > 1) {
                rows.clear();
                let row = |entry: &u128| usize::try_from(entry & ((1 << ROW_BITS) - 1)).unwrap_or(usize::MAX);
                rows.extend(same.iter().map(row));
                tell(&rows);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn claims_tell_each_value_with_its_rows_in_order() {
        let mut claims = Claims::default();
        for (row, value) in ["a", "b", "a", "c", "a", "b"].into_iter().enumerate() {
            claims.claim(value.as_bytes(), row);
        }
        let mut found = Vec::new();
        claims.repeats(|rows| found.push(rows.to_vec()));
        found.sort();
        assert_eq!(found, [vec![0, 2, 4], vec![1, 5]]);
    }
}
