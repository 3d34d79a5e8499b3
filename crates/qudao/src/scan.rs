//! Validation of a whole table from columns.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};

use qudao_model::columns::{Table, Tables};
use qudao_model::{Dataset, Instant, ObjectName, RuleId, Severity};
use qudao_quality::{Failure, QualityError, Rule, RuleSummary, Scan, ScanWhole, TableReport};

use crate::engine::Engine;
use crate::error::Error;

/// What the rules say about a table of columns. Findings stand in a few bytes each, and become words on demand.
#[derive(Debug)]
pub struct Scanned {
    engine: Engine,
    object: ObjectName,
    whole: ScanWhole,
    scan: Scan,
}

impl Engine {
    /// Validates a table of columns: every rule on every row, and uniqueness within the table. The answers are those of
    /// [`Engine::validate`], at the speed of columns. `tables` holds the table of `object` and those that rules navigate
    /// to. `threads` is the number of parts gone through at a time; as many as there are processors where none is given.
    /// The answer does not depend on it.
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
    ) -> Result<Scanned, Error> {
        if self.schema().object(object.as_str()).is_none() {
            return Err(self.unknown_object(object.as_str()));
        }
        let plan = self.quality().scan_plan(object, tables, true, now, self.zone())?;
        let threads =
            threads.or_else(|| std::thread::available_parallelism().ok()).map_or(1, NonZeroUsize::get);
        let parts = each(plan.parts(), threads, |at| plan.part(at))?;
        let mut whole = plan.gather(parts)?;
        let tasks = each(whole.tasks(), threads, |at| whole.task(at))?;
        let scan = whole.finish(tasks)?;
        Ok(Scanned { engine: self.clone(), object: object.clone(), whole, scan })
    }
}

/// Does every piece of work, several at a time. Of several errors the first by number is told.
fn each<T: Send>(
    count: usize,
    threads: usize,
    work: impl Fn(usize) -> Result<T, QualityError> + Sync,
) -> Result<Vec<T>, QualityError> {
    if threads <= 1 || count <= 1 {
        return (0..count).map(work).collect();
    }
    let next = AtomicUsize::new(0);
    let take = || {
        let mut own = Vec::new();
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            if at >= count {
                return own;
            }
            own.push((at, work(at)));
        }
    };
    let mut answers: Vec<(usize, Result<T, QualityError>)> = std::thread::scope(|scope| {
        let helpers: Vec<_> = (1..threads.min(count)).map(|_| scope.spawn(take)).collect();
        let mut answers = take();
        // What a helper that stopped unexpectedly left undone is done where the pieces are put together.
        helpers.into_iter().for_each(|w| answers.extend(w.join().unwrap_or_default()));
        answers
    });
    answers.sort_by_key(|(at, _)| *at);
    answers.into_iter().map(|(_, answer)| answer).collect()
}

impl Scanned {
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

    /// The row and the severity of each failure, in their order.
    pub(crate) fn severities(&self) -> impl Iterator<Item = (usize, Severity)> + '_ {
        let rules = &self.scan.summary;
        self.scan.failures.iter().filter_map(|f| Some((f.row as usize, rules.get(f.rule as usize)?.severity)))
    }

    /// True when no rule that fails has more than one finding a row.
    pub(crate) fn one_each(&self) -> bool {
        let rules = self.engine.quality().rules(&self.object);
        let several = |rule: &Rule| rule.kind().starts_with("required") && rule.fields().len() > 1;
        rules.iter().zip(&self.scan.summary).all(|(rule, counts)| counts.failed == 0 || !several(rule))
    }

    /// Lets go of what some rules found, by their places.
    pub(crate) fn forget(&mut self, rules: &[usize]) {
        self.scan.failures.retain(|f| !rules.contains(&(f.rule as usize)));
    }

    pub(crate) fn whole(&self) -> &ScanWhole {
        &self.whole
    }

    pub(crate) fn object(&self) -> &ObjectName {
        &self.object
    }

    /// The table as it was given, in its normal form.
    pub(crate) fn given(&self) -> &Table {
        self.whole.given()
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
        let mut report = self.engine.quality().scan_report(&self.whole, &self.scan, data)?;
        for row in &mut report.rows {
            self.engine.word(&mut row.violation);
        }
        Ok(report)
    }
}
