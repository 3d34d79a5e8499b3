//! The plan of a scan: what is done once, before the rows are gone through.

use std::num::NonZeroUsize;
use std::sync::{Arc, OnceLock};

use chrono_tz::Tz;
use qudao_model::columns::{Bitmap, ColumnData, ColumnError, Table, Tables, TextData};
use qudao_model::{Dataset, Instant, ObjectName};

use super::prepare::{cleared, ready};
use super::quick::QuickNo;
use super::unique::KeyPlan;
use super::whole::{Scan, ScanWhole};
use crate::QualityError;
use crate::quality::{ObjectQuality, Quality};
use crate::rule::{Kind, Rule, TypeScope};
use crate::table::check_needs;

/// How many rows make a part: some hundred kilobytes of texts, and whole words of a bitmap.
const PART: usize = 8_192;

/// A table made ready for a scan. Its parts are scanned one by one, in any order and by several threads; then
/// [`ScanPlan::gather`] puts them together.
#[derive(Debug)]
pub struct ScanPlan {
    pub(super) rules: Arc<ObjectQuality>,
    /// The table as it was given. Where that was asked, what is coded is normalised; texts that stand each by itself are not.
    pub(super) given: Arc<Table>,
    /// The same without placeholders.
    pub(super) seen: Arc<Table>,
    /// The tables as rules see them.
    pub(super) tables: Tables,
    pub(super) normalise: bool,
    /// How many rows make a part.
    part: usize,
    pub(super) now: Option<Instant>,
    pub(super) zone: Tz,
    pub(super) keys: KeyPlan,
    /// By field.
    pub(super) quick: Vec<Option<Arc<QuickNo>>>,
    /// By rule.
    pub(super) reach: Vec<Reach>,
    pub(super) dangling: Vec<OnceLock<Bitmap>>,
}

/// What a rule needs to be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// The row.
    Row,
    /// The row, and the keys of all others.
    Keys,
    /// Whole tables.
    Tables,
}

impl Reach {
    fn of(rule: &Rule) -> Self {
        let navigates = rule.programs().any(|p| !p.reads().navigation.is_empty());
        if navigates || matches!(rule.scope.types, Some(TypeScope::Parent(_))) {
            Self::Tables
        } else if matches!(rule.kind, Kind::Unique { .. }) {
            Self::Keys
        } else {
            Self::Row
        }
    }
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
    ) -> Result<ScanPlan, QualityError> {
        let rules =
            self.shared(object).ok_or_else(|| QualityError::UnknownObject { object: object.to_string() })?;
        let columns = |error: ColumnError| columns_fault(object, &error);
        let Some(given) = tables.table(object.as_str()).cloned() else {
            return Err(QualityError::NoTable { object: object.clone() });
        };
        if *given.schema() != rules.schema {
            return Err(QualityError::WrongObject { object: object.clone(), row: 0 });
        }
        let names: Dataset = names_of(tables);
        check_needs(&rules, &names, now)?;
        let (given, seen) = ready(&rules, &given, normalise).map_err(columns)?;
        let mut all = Tables::new();
        for other in tables.objects() {
            let Some(table) = tables.table(other.as_str()) else { continue };
            all.put(match self.object(other) {
                _ if other == object => seen.clone(),
                Some(quality) => cleared(quality, table).map_err(columns)?,
                None => table.clone(),
            });
        }
        Ok(ScanPlan {
            quick: quick(&rules, &seen),
            reach: rules.rules.iter().map(Reach::of).collect(),
            dangling: rules.rules.iter().map(|_| OnceLock::new()).collect(),
            keys: KeyPlan::new(seen.rows()),
            rules,
            given,
            seen,
            tables: all,
            normalise,
            part: PART,
            now,
            zone,
        })
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
    ) -> Result<(Scan, ScanWhole), QualityError> {
        let plan = self.scan_plan(object, tables, normalise, now, zone)?;
        let parts = (0..plan.parts()).map(|at| plan.part(at)).collect::<Result<Vec<_>, _>>()?;
        let mut whole = plan.gather(parts)?;
        let tasks = (0..whole.tasks()).map(|at| whole.task(at)).collect::<Result<Vec<_>, _>>()?;
        let scan = whole.finish(tasks)?;
        Ok((scan, whole))
    }
}

pub(super) fn columns_fault(object: &ObjectName, error: &ColumnError) -> QualityError {
    QualityError::Columns { object: object.clone(), detail: error.to_string() }
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

/// The quick looks for placeholders, one for each list.
fn quick(rules: &ObjectQuality, table: &Table) -> Vec<Option<Arc<QuickNo>>> {
    let mut made: Vec<(&Arc<qudao_text::PlaceholderList>, Arc<QuickNo>)> = Vec::new();
    let mut out = Vec::with_capacity(rules.fields.len());
    for field in &rules.fields {
        let plain =
            table.column(field.ix).is_some_and(|c| matches!(c.data(), ColumnData::Text(TextData::Plain(_))));
        if !plain {
            out.push(None);
            continue;
        }
        let list = &field.placeholders;
        let known = made.iter().find(|(other, _)| Arc::ptr_eq(other, list) || *other == list);
        let quick = known.map_or_else(|| Arc::new(QuickNo::new(list)), |(_, quick)| quick.clone());
        made.push((list, quick.clone()));
        out.push(Some(quick));
    }
    out
}

impl ScanPlan {
    /// The same plan with parts of so many rows. The answer does not depend on it.
    #[must_use]
    pub fn in_parts_of(self, rows: NonZeroUsize) -> Self {
        Self { part: rows.get(), ..self }
    }

    /// How many parts the table has.
    #[must_use]
    pub fn parts(&self) -> usize {
        self.seen.rows().div_ceil(self.part).max(1)
    }

    /// The first row of a part, and how many rows there are from it on.
    pub(super) fn place(&self, part: usize) -> (usize, usize) {
        let start = part.saturating_mul(self.part).min(self.seen.rows());
        (start, self.part.min(self.seen.rows() - start))
    }

    /// How many rules there are.
    #[must_use]
    pub fn rules(&self) -> usize {
        self.rules.rules.len()
    }
}
