//! What the rules say about a table that was read from columns: in a few bytes a finding, and in words once somebody asks.

use qudao_model::columns::{ColumnError, Tables};
use qudao_model::{Dataset, Instant, ObjectName, RuleId, Severity};
use qudao_quality::{QualityError, RowViolation, RuleSummary, TableReport};

use crate::engine::Engine;
use crate::entered::Entered;
use crate::error::Error;
use crate::rows::Rows;
use crate::scan::Scanned;

/// What the rules say about a table: which rule fails in which row is known, words are made when they are asked for.
#[derive(Debug)]
pub struct Checked {
    engine: Engine,
    rows: usize,
    form: Form,
}

#[derive(Debug)]
enum Form {
    /// In words already.
    Words(Box<TableReport>),
    /// As a scan has it, with what could not be read.
    Scan { scanned: Box<Scanned>, problems: Vec<RowViolation>, related: Dataset },
}

impl Engine {
    /// As [`Engine::validate_entered`], without words for the findings.
    ///
    /// ```
    /// use qudao::prelude::*;
    ///
    /// let engine = Engine::from_yaml("qudao: 1\nobjects: {account: {fields: {name: {required: true}}}}")?;
    /// let account = "account".parse()?;
    /// let names = vec![Value::text("Acme"), Value::text("N/A")];
    /// let entered = engine.entered(&account, 2, [("name", names)])?;
    /// let checked = engine.check_entered(&account, &entered, Dataset::new(), None)?;
    /// assert_eq!(checked.failures().map(|(row, rule)| (row, rule.as_str())).collect::<Vec<_>>(), [(1, "account.name.required")]);
    /// assert_eq!(checked.into_report()?.rows[0].violation.text(&Locale::en()), "Name is required");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`Engine::validate`].
    pub fn check_entered(
        &self,
        object: &ObjectName,
        entered: &Entered,
        related: Dataset,
        now: Option<Instant>,
    ) -> Result<Checked, Error> {
        let failed = |e: ColumnError| columns_error(object, &e);
        let rows = entered.table.rows();
        let form = if related.has(object.as_str()) {
            // Rows and records of one object are seen together: one by one.
            let records = entered.table.to_records().map_err(failed)?;
            let read = Rows { records, problems: entered.problems.clone(), ..Rows::default() };
            Form::Words(Box::new(self.validate(object, &read, &related, now)?))
        } else {
            let mut tables = Tables::from_dataset(self.schema(), &related).map_err(failed)?;
            tables.put(entered.table.clone());
            let scanned = Box::new(self.scan(object, &tables, now, None)?);
            Form::Scan { scanned, problems: entered.problems.clone(), related }
        };
        Ok(Checked { engine: self.clone(), rows, form })
    }
}

fn columns_error(object: &ObjectName, error: &ColumnError) -> Error {
    QualityError::Columns { object: object.clone(), detail: error.to_string() }.into()
}

impl Checked {
    /// A report that was made in another way, of so many rows.
    #[must_use]
    pub fn of_report(engine: &Engine, rows: usize, report: TableReport) -> Self {
        Self { engine: engine.clone(), rows, form: Form::Words(Box::new(report)) }
    }

    /// How many rows were checked.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// No rule of severity error failed, and everything could be read.
    #[must_use]
    pub fn ok(&self) -> bool {
        match &self.form {
            Form::Words(report) => report.ok,
            Form::Scan { scanned, problems, .. } => {
                scanned.ok() && problems.iter().all(|p| p.violation.severity < Severity::Error)
            }
        }
    }

    /// The rules not met: the 0-based row and the rule, by row. What could not be read stands before what the rules say.
    pub fn failures(&self) -> impl Iterator<Item = (usize, &RuleId)> + '_ {
        let (words, scan) = match &self.form {
            Form::Words(report) => (&report.rows[..], None),
            Form::Scan { scanned, problems, .. } => (&problems[..], Some(scanned)),
        };
        let mut words = words.iter().map(|f| (f.row, &f.violation.rule)).peekable();
        let mut scan = scan.into_iter().flat_map(|s| s.failures()).peekable();
        std::iter::from_fn(move || match (words.peek(), scan.peek()) {
            (Some((first, _)), Some((second, _))) if first > second => scan.next(),
            (Some(_), _) => words.next(),
            (None, _) => scan.next(),
        })
    }

    /// The row of each of the [`failures`](Checked::failures) and how grave it is, in no order.
    pub fn severities(&self) -> impl Iterator<Item = (usize, Severity)> + '_ {
        let (words, scan) = match &self.form {
            Form::Words(report) => (&report.rows[..], None),
            Form::Scan { scanned, problems, .. } => (&problems[..], Some(scanned)),
        };
        let words = words.iter().map(|f| (f.row, f.violation.severity));
        words.chain(scan.into_iter().flat_map(|s| s.severities()))
    }

    /// How many findings there are in words; `None` where that has to be counted in the [`report`](Checked::report),
    /// since a rule that asks for several fields has one for each that is missing.
    #[must_use]
    pub fn count(&self) -> Option<usize> {
        match &self.form {
            Form::Words(report) => Some(report.rows.len()),
            Form::Scan { scanned, problems, .. } => {
                scanned.one_each().then(|| scanned.raw().len().saturating_add(problems.len()))
            }
        }
    }

    /// How each rule came out, in the order of their ids.
    #[must_use]
    pub fn summary(&self) -> Vec<(&RuleId, &RuleSummary)> {
        match &self.form {
            Form::Words(report) => report.summary.iter().collect(),
            Form::Scan { scanned, .. } => {
                let mut all: Vec<_> = scanned.summary().collect();
                all.sort_by_key(|(rule, _)| *rule);
                all
            }
        }
    }

    /// The findings in words. A rule that asks for several fields has one for each that is missing.
    ///
    /// # Errors
    /// [`Error::Quality`] for a row whose id is none.
    pub fn into_report(self) -> Result<TableReport, Error> {
        match self.form {
            Form::Words(report) => Ok(*report),
            Form::Scan { scanned, problems, related } => self.engine.words(&scanned, &problems, &related),
        }
    }

    /// The same, and what is known of the scan stays.
    ///
    /// # Errors
    /// As [`Checked::into_report`].
    pub fn report(&self) -> Result<TableReport, Error> {
        match &self.form {
            Form::Words(report) => Ok((**report).clone()),
            Form::Scan { scanned, problems, related } => self.engine.words(scanned, problems, related),
        }
    }
}

impl Engine {
    fn words(
        &self,
        scanned: &Scanned,
        problems: &[RowViolation],
        related: &Dataset,
    ) -> Result<TableReport, Error> {
        let object = scanned.object();
        let own = if !scanned.raw().is_empty() && self.looks_at_own(object) {
            let mut data = related.clone();
            for record in scanned.given().to_records().map_err(|e| columns_error(object, &e))? {
                if data.get(object.as_str(), record.id().as_str()).is_none() {
                    data.put(record);
                }
            }
            Some(data)
        } else {
            None
        };
        let mut report = scanned.report(own.as_ref().unwrap_or(related))?;
        if !problems.is_empty() {
            let mut all = problems.to_vec();
            all.append(&mut report.rows);
            all.sort_by_key(|r| r.row);
            for row in &mut all {
                self.word(&mut row.violation);
            }
            report.ok = all.iter().all(|r| r.violation.severity < Severity::Error);
            report.rows = all;
        }
        Ok(report)
    }
}
