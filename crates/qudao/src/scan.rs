//! Validation of a whole table from columns.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};

use qudao_model::columns::Tables;
use qudao_model::{Dataset, Instant, ObjectName, RuleId};
use qudao_quality::{Failure, QualityError, RuleScan, RuleSummary, Scan, ScanPlan, TableReport};

use crate::engine::Engine;
use crate::error::Error;

/// What the rules say about a table of columns. Findings stand in a few bytes each, and become words on demand.
#[derive(Debug, Clone)]
pub struct Scanned<'e> {
    engine: &'e Engine,
    object: ObjectName,
    plan: ScanPlan<'e>,
    scan: Scan,
}

impl Engine {
    /// Validates a table of columns: every rule on every row, and uniqueness within the table. The answers are those of
    /// [`Engine::validate`], at the speed of columns. `tables` holds the table of `object` and those that rules navigate
    /// to. `threads` is the number of rules asked at a time; as many as there are processors where none is given. The
    /// answer does not depend on it.
    ///
    /// ```
    /// use qudao::model::columns::{Column, ColumnData, Table, Tables, TextData, Texts};
    /// use qudao::prelude::*;
    ///
    /// let engine = Engine::from_yaml(
    ///     "qudao: 1\nvalidation: [{id: size, object: account, range: {field: employees, min: 1}}]",
    /// )?;
    /// let account = engine.schema().object("account").ok_or("no account")?.clone();
    /// let ids: Texts = ["a1", "a2"].into_iter().collect();
    /// let table = Table::new(account, ids).with("employees", Column::new(ColumnData::Int(vec![5, 0]), None)?)?;
    /// let mut tables = Tables::new();
    /// tables.put(table);
    /// let found = engine.scan(&"account".parse()?, &tables, None, None)?;
    /// assert_eq!(found.failures().map(|(row, rule)| (row, rule.as_str())).collect::<Vec<_>>(), [(1, "size")]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`Engine::validate`].
    pub fn scan(
        &self,
        object: &ObjectName,
        tables: &Tables,
        now: Option<Instant>,
        threads: Option<NonZeroUsize>,
    ) -> Result<Scanned<'_>, Error> {
        if self.schema().object(object.as_str()).is_none() {
            return Err(self.unknown_object(object.as_str()));
        }
        let plan = self.quality().scan_plan(object, tables, true, now, self.zone())?;
        let threads =
            threads.or_else(|| std::thread::available_parallelism().ok()).map_or(1, NonZeroUsize::get);
        let scan = Scan::of(&ask(&plan, threads)?);
        Ok(Scanned { engine: self, object: object.clone(), plan, scan })
    }
}

/// Asks every rule, several at a time.
fn ask(plan: &ScanPlan<'_>, threads: usize) -> Result<Vec<RuleScan>, QualityError> {
    if threads <= 1 || plan.rules() <= 1 {
        return (0..plan.rules()).map(|rule| plan.rule(rule)).collect();
    }
    let next = AtomicUsize::new(0);
    let mut answers: Vec<(usize, Result<RuleScan, QualityError>)> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads.min(plan.rules()))
            .map(|_| {
                scope.spawn(|| {
                    let mut own = Vec::new();
                    loop {
                        let rule = next.fetch_add(1, Ordering::Relaxed);
                        if rule >= plan.rules() {
                            return own;
                        }
                        own.push((rule, plan.rule(rule)));
                    }
                })
            })
            .collect();
        workers.into_iter().flat_map(|w| w.join().unwrap_or_default()).collect()
    });
    answers.sort_by_key(|(rule, _)| *rule);
    // A worker that stopped unexpectedly left rules unasked: they are asked here.
    let missing: Vec<usize> =
        (0..plan.rules()).filter(|r| answers.binary_search_by_key(r, |(rule, _)| *rule).is_err()).collect();
    answers.extend(missing.into_iter().map(|rule| (rule, plan.rule(rule))));
    answers.sort_by_key(|(rule, _)| *rule);
    answers.into_iter().map(|(_, answer)| answer).collect()
}

impl Scanned<'_> {
    /// No rule of severity error failed.
    #[must_use]
    pub fn ok(&self) -> bool {
        self.scan.ok
    }

    /// The rules not met: the 0-based row and the rule, by row, then in the order of the rules.
    pub fn failures(&self) -> impl Iterator<Item = (usize, &RuleId)> + '_ {
        let rules = self.engine.quality().rules(&self.object);
        self.scan
            .failures
            .iter()
            .filter_map(move |f| Some((f.row as usize, rules.get(f.rule as usize)?.id())))
    }

    /// The rules not met, in a few bytes each; rules by their place in
    /// [`Quality::rules`](qudao_quality::Quality::rules).
    #[must_use]
    pub fn raw(&self) -> &[Failure] {
        &self.scan.failures
    }

    /// How each rule came out.
    pub fn summary(&self) -> impl Iterator<Item = (&RuleId, &RuleSummary)> + '_ {
        let rules = self.engine.quality().rules(&self.object).iter().map(qudao_quality::Rule::id);
        rules.zip(&self.scan.summary)
    }

    /// The findings in words. `data` holds the records that rules navigate to, the rows' own among them where rules read
    /// other rows.
    ///
    /// # Errors
    /// [`Error::Quality`] for a row whose id is none.
    pub fn report(&self, data: &Dataset) -> Result<TableReport, Error> {
        let mut report = self.engine.quality().scan_report(&self.plan, &self.scan, data)?;
        for row in &mut report.rows {
            self.engine.word(&mut row.violation);
        }
        Ok(report)
    }
}
