//! The dry run of a change of rules.

use pyo3::prelude::*;
use qudao::model::{Locale, ObjectName, RecordKey};
use qudao::quality::RowViolation;
use qudao::{RuleChange, RuleComparison, Share};

use crate::error::{Fault, run};
use crate::plain;
use crate::table::{Column, Table};
use crate::validation::problem_tables;

/// What a change of rules does to records that exist.
#[pyclass(frozen, name = "Comparison", module = "qudao._native")]
pub(crate) struct Comparison {
    pub(crate) found: RuleComparison,
    pub(crate) problems: Vec<(ObjectName, RowViolation)>,
}

/// Records by object and id.
pub(crate) fn keys(found: &[RecordKey]) -> Result<Table, Fault> {
    Table::of(vec![
        Column::texts("object", found.iter().map(|k| &k.object)),
        Column::texts("record", found.iter().map(|k| &k.id)),
    ])
}

fn head<'a>(rows: impl Iterator<Item = &'a RuleChange> + Clone) -> Vec<Column> {
    vec![
        Column::texts("object", rows.clone().map(|c| &c.object)),
        Column::texts("rule", rows.clone().map(|c| &c.rule)),
        Column::texts("severity", rows.clone().map(|c| c.severity.as_str())),
        Column::texts("direction", rows.map(|c| plain::word(&c.direction))),
    ]
}

fn shares(name: &str, found: &[&Share]) -> [Column; 2] {
    [
        Column::opt_texts(name, found.iter().map(|s| s.id.as_ref())),
        Column::rows("records", found.iter().map(|s| s.records)),
    ]
}

/// The name of the column of shares.
fn by(partner: bool) -> &'static str {
    if partner { "partner" } else { "owner" }
}

#[pymethods]
impl Comparison {
    /// The hashes of the Blueprint in force and of the one that is tried.
    fn hashes(&self) -> (&str, &str) {
        (self.found.from.as_str(), self.found.to.as_str())
    }

    /// How many records were checked under both.
    fn records(&self) -> usize {
        self.found.records
    }

    /// True when no record would be judged otherwise.
    fn unchanged(&self) -> bool {
        self.found.is_unchanged()
    }

    /// What changes, by object, rule and direction.
    fn changes(&self, py: Python<'_>) -> PyResult<Table> {
        run(py, || {
            let mut columns = head(self.found.changes.iter());
            columns.push(Column::rows("count", self.found.changes.iter().map(|c| c.records.len())));
            columns.push(Column::lists("records", self.found.changes.iter().map(|c| &c.records)));
            Table::of(columns)
        })
    }

    /// Records without an error now that would have one, or the other way round.
    fn moved(&self, py: Python<'_>, blocked: bool) -> PyResult<Table> {
        run(py, || keys(if blocked { &self.found.newly_blocked } else { &self.found.newly_free }))
    }

    /// The records of each change by partner or by owner.
    fn shares(&self, py: Python<'_>, partner: bool) -> PyResult<Table> {
        run(py, || {
            let of = |c: &'_ RuleChange| if partner { c.by_partner.len() } else { c.by_owner.len() };
            let rows = self.found.changes.iter().flat_map(|c| std::iter::repeat_n(c, of(c)));
            let all: Vec<&Share> = self
                .found
                .changes
                .iter()
                .flat_map(|c| if partner { &c.by_partner } else { &c.by_owner })
                .collect();
            let mut columns = head(rows);
            columns.extend(shares(by(partner), &all));
            Table::of(columns)
        })
    }

    /// The newly blocked records by partner or by owner.
    fn blocked_shares(&self, py: Python<'_>, partner: bool) -> PyResult<Table> {
        run(py, || {
            let of = if partner { &self.found.blocked_by_partner } else { &self.found.blocked_by_owner };
            let all: Vec<&Share> = of.iter().collect();
            Table::of(shares(by(partner), &all).into())
        })
    }

    /// Some findings of each change, as texts.
    fn examples(&self, py: Python<'_>, locale: &str) -> PyResult<Table> {
        let locale = Locale::new(locale);
        run(py, || {
            let rows = || self.found.changes.iter().flat_map(|c| c.examples.iter().map(move |e| (c, e)));
            let mut columns = head(rows().map(|(c, _)| c));
            columns.extend([
                Column::opt_texts("record", rows().map(|(_, e)| e.record.as_ref())),
                Column::texts("message", rows().map(|(_, e)| e.text(&locale))),
                Column::opt_texts("fix", rows().map(|(_, e)| e.fix(&locale))),
            ]);
            Table::of(columns)
        })
    }

    /// What could not be read of the frames, by object.
    fn problems(&self, py: Python<'_>) -> PyResult<Vec<(String, Table)>> {
        run(py, || problem_tables(&self.problems))
    }
}
