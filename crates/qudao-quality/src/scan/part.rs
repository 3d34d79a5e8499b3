//! One part of a table: all rules that ask about single rows.

use std::sync::Arc;

use qudao_model::FieldIx;
use qudao_model::columns::{Bitmap, Column, ColumnData, Tables, TextData};

use super::judge::Judge;
use super::outcome::RuleScan;
use super::plan::{Reach, ScanPlan, columns_fault};
use super::read::{Asked, read};
use super::rules::{Claiming, Ground};
use crate::QualityError;
use crate::rule::Kind;

/// What the rules say about one part of a table.
pub struct PartScan {
    /// The number of the part.
    pub(super) at: usize,
    /// The columns that were normalised, or in which placeholders were found.
    pub(super) changes: Vec<Change>,
    /// By rule.
    pub(super) answers: Vec<Answer>,
}

/// A column of texts that differs from the one given.
pub(super) struct Change {
    pub(super) field: FieldIx,
    pub(super) given: Option<Arc<Column>>,
    pub(super) seen: Option<Arc<Column>>,
}

/// What a rule says about a part.
pub(super) enum Answer {
    Told(RuleScan),
    Claims(Claiming),
    /// To be asked of whole tables.
    Later,
}

impl std::fmt::Debug for PartScan {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PartScan").field("at", &self.at).finish_non_exhaustive()
    }
}

impl ScanPlan {
    /// What the rules say about one part of the table.
    ///
    /// # Errors
    /// [`QualityError`] when a rule needs a table or a time that was not given.
    pub fn part(&self, at: usize) -> Result<PartScan, QualityError> {
        let object = &*self.rules;
        let failed = |e| columns_fault(&object.schema.name, &e);
        let (start, len) = self.place(at);
        let mut seen = self.seen.slice(start, len);
        let mut changes = Vec::new();
        let mut judged: Vec<Option<Bitmap>> = vec![None; object.rules.len()];
        for (field, quick) in object.fields.iter().zip(&self.quick) {
            let (Some(quick), Some(column)) = (quick, seen.column(field.ix).cloned()) else { continue };
            let ColumnData::Text(TextData::Plain(texts)) = column.data() else { continue };
            let asked: Vec<Asked<'_>> = self.asked(field.ix).collect();
            let done = read(field, quick, &column, texts, &asked, self.normalise).map_err(failed)?;
            for (rule, bad) in done.judged {
                if let Some(slot) = judged.get_mut(rule) {
                    *slot = Some(bad);
                }
            }
            let (given, new) = (done.given.map(Arc::new), done.seen.map(Arc::new));
            if let Some(new) = &new {
                seen.set(field.ix, new.clone()).map_err(failed)?;
            }
            if given.is_some() || new.is_some() {
                changes.push(Change { field: field.ix, given, seen: new });
            }
        }
        let seen = Arc::new(seen);
        let mut tables = Tables::new();
        tables.put(seen.clone());
        let ground = Ground {
            object,
            tables: &tables,
            whole: &self.tables,
            table: &seen,
            now: self.now,
            zone: self.zone,
            judged: &judged,
            dangling: &self.dangling,
        };
        let mut answers = Vec::with_capacity(object.rules.len());
        for (nth, (rule, reach)) in object.rules.iter().zip(&self.reach).enumerate() {
            answers.push(match (reach, &rule.kind) {
                (Reach::Row, _) => Answer::Told(ground.rule(nth, rule)?),
                (Reach::Keys, Kind::Unique { fields, .. }) => {
                    Answer::Claims(ground.claiming(rule, fields, &self.keys, start)?)
                }
                _ => Answer::Later,
            });
        }
        Ok(PartScan { at, changes, answers })
    }

    /// The rules that ask about the texts of a field alone, whatever else stands in the row.
    fn asked(&self, field: FieldIx) -> impl Iterator<Item = Asked<'_>> {
        let rules = self.rules.rules.iter().zip(&self.reach).enumerate();
        rules.filter_map(move |(at, (rule, reach))| {
            let alone =
                *reach == Reach::Row && rule.scope.is_open() && rule.kind.value_field() == Some(field);
            alone.then(|| Some((at, Judge::of(rule, &self.rules)?))).flatten()
        })
    }
}
