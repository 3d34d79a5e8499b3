//! The scan of a table: a plan, one answer for each rule, and the findings in words.

use std::sync::Arc;

use chrono_tz::Tz;
use qudao_model::columns::{ColumnError, Table, Tables};
use qudao_model::{Dataset, Instant, ObjectName, Record, Severity};

use super::outcome::{Failure, RuleScan};
use super::prepare::{cleared, ready};
use super::rules::Ground;
use crate::quality::{ObjectQuality, Quality};
use crate::table::check_needs;
use crate::{QualityError, RuleSummary};

/// A table made ready: its rules may be asked one by one, in any order and from several threads.
#[derive(Debug, Clone)]
pub struct ScanPlan<'a> {
    rules: &'a ObjectQuality,
    /// The table as it was given, normalised where that was asked.
    given: Arc<Table>,
    /// The tables as rules see them.
    tables: Tables,
    table: Arc<Table>,
    now: Option<Instant>,
    zone: Tz,
}

/// What the rules say about a table, in a few bytes a finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scan {
    /// The rules not met, by row, then in the order of the rules.
    pub failures: Vec<Failure>,
    /// How each rule came out, in the order of [`Quality::rules`].
    pub summary: Vec<RuleSummary>,
    /// No rule of severity error failed.
    pub ok: bool,
}

impl Quality {
    /// Makes a table ready for a scan. `tables` holds the table of `object` and those that rules navigate to; with
    /// `normalise`, values are brought into their normal form first, as on save.
    ///
    /// # Errors
    /// As [`Quality::validate_table`], and [`QualityError::Columns`] for columns that do not fit together.
    pub fn scan_plan(
        &self,
        object: &ObjectName,
        tables: &Tables,
        normalise: bool,
        now: Option<Instant>,
        zone: Tz,
    ) -> Result<ScanPlan<'_>, QualityError> {
        let rules =
            self.object(object).ok_or_else(|| QualityError::UnknownObject { object: object.to_string() })?;
        let columns =
            |error: ColumnError| QualityError::Columns { object: object.clone(), detail: error.to_string() };
        let Some(given) = tables.table(object.as_str()).cloned() else {
            return Err(QualityError::NoTable { object: object.clone() });
        };
        if *given.schema() != rules.schema {
            return Err(QualityError::WrongObject { object: object.clone(), row: 0 });
        }
        let (given, own) = match normalise {
            true => ready(rules, &given).map_err(columns)?,
            false => (given.clone(), cleared(rules, &given).map_err(columns)?),
        };
        let names: Dataset = names_of(tables);
        check_needs(rules, &names, now)?;
        let mut seen = Tables::new();
        for other in tables.objects() {
            let Some(table) = tables.table(other.as_str()) else { continue };
            seen.put(match self.object(other) {
                _ if other == object => own.clone(),
                Some(quality) => cleared(quality, table).map_err(columns)?,
                None => table.clone(),
            });
        }
        let table = seen.table(object.as_str()).cloned().unwrap_or_else(|| given.clone());
        Ok(ScanPlan { rules, given, tables: seen, table, now, zone })
    }

    /// Checks every row of a table by every rule of its object: the answers of [`Quality::validate_table`], from
    /// columns.
    ///
    /// # Errors
    /// As [`Quality::scan_plan`].
    pub fn scan(
        &self,
        object: &ObjectName,
        tables: &Tables,
        normalise: bool,
        now: Option<Instant>,
        zone: Tz,
    ) -> Result<Scan, QualityError> {
        let plan = self.scan_plan(object, tables, normalise, now, zone)?;
        let answers = (0..plan.rules()).map(|rule| plan.rule(rule)).collect::<Result<Vec<_>, _>>()?;
        Ok(Scan::of(&answers))
    }
}

/// Which tables there are: what a rule needs is told before the first row is looked at.
fn names_of(tables: &Tables) -> Dataset {
    let mut names = Dataset::new();
    for object in tables.objects() {
        // An empty table has no id twice.
        let _ = names.add(object, Vec::new());
    }
    names
}

impl ScanPlan<'_> {
    /// How many rules there are to ask.
    #[must_use]
    pub fn rules(&self) -> usize {
        self.rules.rules.len()
    }

    /// The table as it was given, normalised where that was asked: what words about a finding are made from.
    #[must_use]
    pub fn given(&self) -> &Arc<Table> {
        &self.given
    }

    pub(super) fn object(&self) -> &ObjectQuality {
        self.rules
    }

    pub(super) fn now(&self) -> Option<Instant> {
        self.now
    }

    pub(super) fn zone(&self) -> Tz {
        self.zone
    }

    pub(super) fn record(&self, row: usize) -> Result<Record, QualityError> {
        self.given.record(row).map_err(|error| QualityError::Columns {
            object: self.rules.schema.name.clone(),
            detail: error.to_string(),
        })
    }

    /// What one rule says over all rows.
    ///
    /// # Errors
    /// [`QualityError`] when the rule needs a table or a time that was not given.
    pub fn rule(&self, rule: usize) -> Result<RuleScan, QualityError> {
        let ground = Ground {
            object: self.rules,
            tables: &self.tables,
            table: &self.table,
            now: self.now,
            zone: self.zone,
        };
        match self.rules.rules.get(rule) {
            Some(rule) => ground.rule(rule),
            None => Err(QualityError::UnknownObject { object: rule.to_string() }),
        }
    }
}

impl Scan {
    /// The answers of all rules, in their order, as one list by rows.
    #[must_use]
    pub fn of(answers: &[RuleScan]) -> Self {
        let mut failures: Vec<Failure> = Vec::with_capacity(answers.iter().map(|a| a.summary().failed).sum());
        for (rule, answer) in (0_u32..).zip(answers) {
            failures.extend(
                answer.rows().map(|row| Failure { row: u32::try_from(row).unwrap_or(u32::MAX), rule }),
            );
        }
        failures.sort_unstable();
        let summary: Vec<RuleSummary> = answers.iter().map(|a| *a.summary()).collect();
        let ok = summary.iter().all(|s| s.failed == 0 || s.severity < Severity::Error);
        Self { failures, summary, ok }
    }
}
