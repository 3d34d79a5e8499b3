//! A table whose parts were scanned: what asks about all rows, and the findings.

use std::sync::{Arc, OnceLock};

use chrono_tz::Tz;
use qudao_model::columns::{Bitmap, Column, ColumnData, ColumnError, Table, Tables, TextData, Texts};
use qudao_model::{FieldIx, Instant, Record, Severity};

use super::outcome::{Failure, RuleScan};
use super::part::{Answer, Change, PartScan};
use super::plan::{ScanPlan, columns_fault};
use super::prepare::held;
use super::rules::{Claiming, Ground};
use super::unique::{self, KeyPlan};
use crate::quality::ObjectQuality;
use crate::rule::{Kind, Rule};
use crate::{QualityError, RuleSummary};

/// A table whose parts were scanned. Its tasks may be done in any order and by several threads.
#[derive(Debug)]
pub struct ScanWhole {
    rules: Arc<ObjectQuality>,
    /// The table as it was given, normalised where that was asked.
    given: Arc<Table>,
    /// The table as rules see it, and those that they navigate to.
    table: Arc<Table>,
    tables: Tables,
    now: Option<Instant>,
    zone: Tz,
    keys: KeyPlan,
    dangling: Vec<OnceLock<Bitmap>>,
    /// By rule; nothing once the scan is finished.
    known: Vec<Known>,
    tasks: Vec<Task>,
}

/// What is known of a rule.
enum Known {
    Told(RuleScan),
    Claims(Vec<Claiming>),
    Later,
}

impl std::fmt::Debug for Known {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Told(_) => "Told",
            Self::Claims(_) => "Claims",
            Self::Later => "Later",
        })
    }
}

/// What is to be done over all rows.
#[derive(Debug, Clone, Copy)]
enum Task {
    /// A rule, by its place.
    Rule(usize),
    /// A part of the keys of a unique rule.
    Keys { rule: usize, part: usize },
}

/// The outcome of a task.
#[derive(Debug)]
pub struct ScanTask {
    at: usize,
    task: Task,
    outcome: Outcome,
}

#[derive(Debug)]
enum Outcome {
    Rule(RuleScan),
    Rows(Vec<u32>),
}

/// What the rules say about a table, in a few bytes a finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scan {
    /// The rules not met, by row, then in the order of the rules.
    pub failures: Vec<Failure>,
    /// How each rule came out, in the order of [`Quality::rules`](crate::Quality::rules).
    pub summary: Vec<RuleSummary>,
    /// No rule of severity error failed.
    pub ok: bool,
}

impl ScanPlan {
    /// Puts the parts together. One that is not among them is scanned here.
    ///
    /// # Errors
    /// As [`ScanPlan::part`].
    pub fn gather(self, mut parts: Vec<PartScan>) -> Result<ScanWhole, QualityError> {
        parts.sort_by_key(|p| p.at);
        parts.dedup_by_key(|p| p.at);
        for at in 0..self.parts() {
            if let Err(place) = parts.binary_search_by_key(&at, |p| p.at) {
                parts.insert(place, self.part(at)?);
            }
        }
        let failed = |e| columns_fault(&self.rules.schema.name, &e);
        let (mut given, mut table) = (self.given.clone(), self.seen.clone());
        let mut changed: Vec<FieldIx> =
            parts.iter().flat_map(|p| p.changes.iter().map(|c| c.field)).collect();
        changed.sort_unstable();
        changed.dedup();
        for field in changed {
            for (table, new) in [
                (&mut given, (|c: &Change| c.given.clone()) as fn(&Change) -> Option<Arc<Column>>),
                (&mut table, |c: &Change| c.seen.clone()),
            ] {
                if let Some(column) = self.joined(table, field, &parts, new).map_err(failed)? {
                    Arc::make_mut(table).set(field, Arc::new(column)).map_err(failed)?;
                }
            }
        }
        let mut tables = self.tables;
        if !Arc::ptr_eq(&table, &self.seen) {
            tables.put(table.clone());
        }
        let mut known: Vec<Known> = Vec::new();
        for part in parts {
            for (rule, answer) in part.answers.into_iter().enumerate() {
                match (known.get_mut(rule), answer) {
                    (Some(Known::Told(whole)), Answer::Told(next)) => whole.append(&next),
                    (Some(Known::Claims(all)), Answer::Claims(next)) => all.push(next),
                    (Some(_), _) => {}
                    (None, Answer::Told(first)) => known.push(Known::Told(first)),
                    (None, Answer::Claims(first)) => known.push(Known::Claims(vec![first])),
                    (None, Answer::Later) => known.push(Known::Later),
                }
            }
        }
        // What takes longest comes first.
        let places = || known.iter().enumerate();
        let later = places().filter(|(_, k)| matches!(k, Known::Later)).map(|(rule, _)| Task::Rule(rule));
        let keys = places().filter(|(_, k)| matches!(k, Known::Claims(_)));
        let keys =
            keys.flat_map(|(rule, _)| (0..self.keys.parts()).map(move |part| Task::Keys { rule, part }));
        let tasks = later.chain(keys).collect();
        Ok(ScanWhole {
            rules: self.rules,
            given,
            table,
            tables,
            now: self.now,
            zone: self.zone,
            keys: self.keys,
            dangling: self.dangling,
            known,
            tasks,
        })
    }

    /// A column of texts, where it was changed in some part; `None` where it stayed as it is.
    fn joined(
        &self,
        table: &Table,
        field: FieldIx,
        parts: &[PartScan],
        new: fn(&Change) -> Option<Arc<Column>>,
    ) -> Result<Option<Column>, ColumnError> {
        let Some(old) = table.column(field) else { return Ok(None) };
        let change = |part: &PartScan| part.changes.iter().find(|c| c.field == field).and_then(new);
        if parts.iter().all(|part| change(part).is_none()) {
            return Ok(None);
        }
        let mut texts = Vec::with_capacity(parts.len());
        let mut valid = Bitmap::default();
        for part in parts {
            let (start, len) = self.place(part.at);
            let column = change(part).unwrap_or_else(|| Arc::new(old.slice(start, len)));
            valid.append(&held(&column));
            if let ColumnData::Text(TextData::Plain(own)) = column.data() {
                texts.push(own.clone());
            }
        }
        Column::new(ColumnData::Text(TextData::Plain(Texts::joined(texts))), Some(valid)).map(Some)
    }
}

impl ScanWhole {
    /// How many tasks there are.
    #[must_use]
    pub fn tasks(&self) -> usize {
        self.tasks.len()
    }

    /// Does one task.
    ///
    /// # Errors
    /// [`QualityError`] when a rule needs a table or a time that was not given.
    pub fn task(&self, at: usize) -> Result<ScanTask, QualityError> {
        let unknown = || QualityError::UnknownObject { object: at.to_string() };
        let task = *self.tasks.get(at).ok_or_else(unknown)?;
        let outcome = match task {
            Task::Rule(rule) => Outcome::Rule(self.rule(rule)?),
            Task::Keys { rule, part } => {
                match (self.known.get(rule), self.rules.rules.get(rule).map(|r| &r.kind)) {
                    (Some(Known::Claims(all)), Some(Kind::Unique { fields, .. })) => {
                        let keys: Vec<_> = all.iter().map(|claiming| &claiming.keys).collect();
                        Outcome::Rows(unique::repeated(&self.rules, &self.table, fields, &keys, part))
                    }
                    _ => Outcome::Rows(Vec::new()),
                }
            }
        };
        Ok(ScanTask { at, task, outcome })
    }

    /// What one rule says over all rows: the answer that the scan comes to, found without its parts.
    ///
    /// # Errors
    /// As [`ScanWhole::task`].
    pub fn rule(&self, at: usize) -> Result<RuleScan, QualityError> {
        let Some(rule) = self.rules.rules.get(at) else {
            return Err(QualityError::UnknownObject { object: at.to_string() });
        };
        let ground = self.ground();
        let Kind::Unique { fields, .. } = &rule.kind else { return ground.rule(at, rule) };
        let claiming = ground.claiming(rule, fields, &self.keys, 0)?;
        let mut repeated = Vec::new();
        for part in 0..self.keys.parts() {
            repeated.extend(unique::repeated(&self.rules, &self.table, fields, &[&claiming.keys], part));
        }
        Ok(self.claimed(rule, &[claiming], &repeated))
    }

    /// Tells the rows that claim a key under a unique rule, with the key: the folded values of its fields. Under other
    /// rules nothing is claimed.
    ///
    /// # Errors
    /// As [`ScanWhole::task`].
    pub fn claims(&self, at: usize, tell: &mut dyn FnMut(usize, &[u8])) -> Result<(), QualityError> {
        let Some(rule) = self.rules.rules.get(at) else { return Ok(()) };
        let Kind::Unique { fields, .. } = &rule.kind else { return Ok(()) };
        let claiming = self.ground().scope(rule)?.0;
        unique::tell(&self.rules, &self.table, fields, claiming, tell);
        Ok(())
    }

    fn ground(&self) -> Ground<'_> {
        Ground {
            object: &self.rules,
            tables: &self.tables,
            whole: &self.tables,
            table: &self.table,
            now: self.now,
            zone: self.zone,
            judged: &[],
            dangling: &self.dangling,
        }
    }

    /// The answer of a unique rule.
    fn claimed(&self, rule: &Rule, claims: &[Claiming], repeated: &[u32]) -> RuleScan {
        let (mut claiming, mut failed) = (Bitmap::default(), Bitmap::default());
        for part in claims {
            claiming.append(&part.keys.claiming);
            failed.append(&part.broken);
        }
        repeated.iter().for_each(|row| failed.set(*row as usize, true));
        let all = Bitmap::filled(self.table.rows(), true);
        RuleScan::of(rule.severity, &all, &claiming.inverted(), failed)
    }

    /// The findings, once all tasks are done. One that is not among them is done here. What was kept for them is let go.
    ///
    /// # Errors
    /// As [`ScanWhole::task`].
    pub fn finish(&mut self, mut done: Vec<ScanTask>) -> Result<Scan, QualityError> {
        done.sort_by_key(|t| t.at);
        done.dedup_by_key(|t| t.at);
        for at in 0..self.tasks.len() {
            if let Err(place) = done.binary_search_by_key(&at, |t| t.at) {
                done.insert(place, self.task(at)?);
            }
        }
        let mut rows: Vec<Vec<u32>> = vec![Vec::new(); self.known.len()];
        let mut known = std::mem::take(&mut self.known);
        for ScanTask { task, outcome, .. } in done {
            match (task, outcome) {
                (Task::Rule(rule), Outcome::Rule(answer)) => {
                    if let Some(slot) = known.get_mut(rule) {
                        *slot = Known::Told(answer);
                    }
                }
                (Task::Keys { rule, .. }, Outcome::Rows(more)) => {
                    if let Some(slot) = rows.get_mut(rule) {
                        slot.extend(more);
                    }
                }
                _ => {}
            }
        }
        self.tasks.clear();
        let mut answers = Vec::with_capacity(known.len());
        for (((rule, known), repeated), at) in self.rules.rules.iter().zip(known).zip(rows).zip(0..) {
            answers.push(match known {
                Known::Told(answer) => answer,
                Known::Claims(claims) => self.claimed(rule, &claims, &repeated),
                Known::Later => self.rule(at)?,
            });
        }
        Ok(Scan::of(&answers))
    }

    /// The table as it was given, normalised where that was asked: what words about a finding are made from.
    #[must_use]
    pub fn given(&self) -> &Arc<Table> {
        &self.given
    }

    pub(super) fn object(&self) -> &ObjectQuality {
        &self.rules
    }

    pub(super) fn now(&self) -> Option<Instant> {
        self.now
    }

    pub(super) fn zone(&self) -> Tz {
        self.zone
    }

    /// One row as a record, as it was given.
    ///
    /// # Errors
    /// [`QualityError::Columns`] when the row's id is none.
    pub fn record(&self, row: usize) -> Result<Record, QualityError> {
        self.given.record(row).map_err(|error| columns_fault(&self.rules.schema.name, &error))
    }
}

impl Scan {
    /// The answers of all rules, in their order, as one list by rows.
    #[must_use]
    pub fn of(answers: &[RuleScan]) -> Self {
        let mut failures: Vec<Failure> = Vec::with_capacity(answers.iter().map(|a| a.summary().failed).sum());
        let words = answers.iter().map(|a| a.failed.words().len()).max().unwrap_or(0);
        let word = |answer: &RuleScan, at: usize| answer.failed.words().get(at).copied().unwrap_or(0);
        for at in 0..words {
            let any = answers.iter().fold(0, |any, answer| any | word(answer, at));
            for bit in super::judge::ones(any) {
                let row = u32::try_from(at * 64 + bit).unwrap_or(u32::MAX);
                let fails = (0_u32..).zip(answers).filter(|(_, answer)| word(answer, at) >> bit & 1 == 1);
                failures.extend(fails.map(|(rule, _)| Failure { row, rule }));
            }
        }
        let summary: Vec<RuleSummary> = answers.iter().map(|a| *a.summary()).collect();
        let ok = summary.iter().all(|s| s.failed == 0 || s.severity < Severity::Error);
        Self { failures, summary, ok }
    }
}
