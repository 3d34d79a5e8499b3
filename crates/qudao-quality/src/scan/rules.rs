//! One rule over all rows.

use std::sync::OnceLock;

use qudao_expr::{ColumnScope, EvalError, Program};
use qudao_model::columns::{Bitmap, Column, ColumnData, Dictionary, Table, Tables};
use qudao_model::{FieldIx, Instant, ObjectName};

use super::judge::Judge;
use super::outcome::RuleScan;
use super::prepare::{held, missing};
use super::range::Bounds;
use super::texts::{refused, rows_where};
use super::unique::{self, KeyPart, KeyPlan};
use crate::QualityError;
use crate::check::value_fault;
use crate::quality::ObjectQuality;
use crate::rule::{Kind, Rule, TypeScope};

/// What rules are asked on: a table, or some of its rows.
#[derive(Clone, Copy)]
pub(super) struct Ground<'a> {
    pub(super) object: &'a ObjectQuality,
    /// The tables that conditions go through.
    pub(super) tables: &'a Tables,
    /// The whole tables, to look up ids.
    pub(super) whole: &'a Tables,
    pub(super) table: &'a Table,
    pub(super) now: Option<Instant>,
    pub(super) zone: chrono_tz::Tz,
    /// By rule, the rows whose text does not meet it, where that is known.
    pub(super) judged: &'a [Option<Bitmap>],
    /// By rule, which ids of a dictionary lead nowhere.
    pub(super) dangling: &'a [OnceLock<Bitmap>],
}

/// A unique rule over some rows: to be told once the keys of all rows are known.
pub(super) struct Claiming {
    pub(super) keys: KeyPart,
    /// Rows in which the rule's scope cannot be told.
    pub(super) broken: Bitmap,
}

/// The answers of a condition: where it holds, where it is unknown, where it cannot be had.
struct Asked {
    yes: Bitmap,
    unknown: Bitmap,
    failed: Bitmap,
}

impl<'a> Ground<'a> {
    fn none(&self) -> Bitmap {
        Bitmap::filled(self.table.rows(), false)
    }

    fn all(&self) -> Bitmap {
        Bitmap::filled(self.table.rows(), true)
    }

    fn ask(&self, rule: &Rule, program: &Program) -> Result<Asked, QualityError> {
        let scope = ColumnScope {
            object: &self.object.schema.name,
            data: self.tables,
            before: None,
            now: self.now,
            zone: self.zone,
            vars: &[],
        };
        let truths = match program.test_columns(&scope, None) {
            Ok(truths) => truths,
            Err(error @ (EvalError::MissingTable { .. } | EvalError::NowRequired { .. })) => {
                return Err(fault(rule, &error));
            }
            // What cannot be had for any row fails on each.
            Err(_) => return Ok(Asked { yes: self.none(), unknown: self.none(), failed: self.all() }),
        };
        let mut failed = self.none();
        for (row, error) in &truths.errors {
            if let EvalError::MissingTable { .. } | EvalError::NowRequired { .. } = error {
                return Err(fault(rule, error));
            }
            failed.set(*row, true);
        }
        let unknown = truths.known.clone().inverted().and_not(&failed);
        Ok(Asked { yes: truths.yes, unknown, failed })
    }

    /// The keys that the rows claim under a unique rule. `first` is the number of the first row.
    pub(super) fn claiming(
        &self,
        rule: &Rule,
        fields: &[FieldIx],
        plan: &KeyPlan,
        first: usize,
    ) -> Result<Claiming, QualityError> {
        let (applies, broken) = self.scope(rule)?;
        Ok(Claiming { keys: unique::keys(plan, self.object, self.table, fields, &applies, first), broken })
    }

    /// One rule over all rows; `at` is its place. Unique rules are asked by [`Ground::claiming`].
    pub(super) fn rule(&self, at: usize, rule: &Rule) -> Result<RuleScan, QualityError> {
        // The rows to which the rule applies, and those in which a condition of its scope cannot be had: they fail.
        let (applies, broken) = self.scope(rule)?;
        let (applies, unknown, failed) = match &rule.kind {
            Kind::Required { fields, when } => {
                let (applies, broken) = match when {
                    None => (applies, broken),
                    Some(when) => {
                        let asked = self.ask(rule, when)?;
                        let broken = broken.or(&asked.failed.and(&applies));
                        (applies.and(&asked.yes), broken)
                    }
                };
                let mut lacking = self.none();
                for field in fields {
                    lacking = lacking.or(&missing(self.table, *field));
                }
                let failed = lacking.and(&applies).or(&broken);
                (applies.or(&broken), self.none(), failed)
            }
            Kind::Check(program) => {
                let asked = self.ask(rule, program)?;
                let known_no = self.all().and_not(&asked.yes).and_not(&asked.unknown);
                let failed = known_no.and(&applies).or(&broken);
                (applies.or(&broken), asked.unknown, failed)
            }
            Kind::Reference { field, target, .. } => {
                let absent = missing(self.table, *field);
                if self.whole.has(target.as_str()) {
                    let dangling = self.dangling(at, *field, target);
                    let failed = dangling.and(&applies).or(&broken);
                    (applies.or(&broken), absent, failed)
                } else {
                    // The records pointed to were not given: only what is missing can be told.
                    let applies = applies.and(&absent);
                    (applies.or(&broken), absent, broken)
                }
            }
            Kind::Unique { .. } => (self.all(), self.all(), broken),
            Kind::Format { field, .. }
            | Kind::Length { field, .. }
            | Kind::Range { field, .. }
            | Kind::Choice { field, .. }
            | Kind::Pattern { field, .. } => {
                let absent = missing(self.table, *field);
                let bad = match self.table.column(*field) {
                    None => self.none(),
                    Some(column) => match self.judged.get(at) {
                        Some(Some(bad)) => bad.clone().and(&applies),
                        _ => self.values(rule, column, &held(column).and(&applies)),
                    },
                };
                (applies.or(&broken), absent, bad.or(&broken))
            }
        };
        Ok(RuleScan::of(rule.severity, &applies, &unknown, failed))
    }

    /// The rows to which a rule applies in a scan, and those in which that cannot be told for an error.
    pub(super) fn scope(&self, rule: &Rule) -> Result<(Bitmap, Bitmap), QualityError> {
        let scope = &rule.scope;
        if rule.scope.only_on_entry() {
            return Ok((self.none(), self.none()));
        }
        let (mut applies, mut broken) = (self.all(), self.none());
        match &scope.types {
            None => {}
            Some(TypeScope::Own { field, types }) => {
                applies = match self.table.column(*field).map(|c| (c, c.data())) {
                    Some((column, ColumnData::Text(texts))) => {
                        rows_where(texts, &held(column), |text| types.iter().any(|t| t == text))
                    }
                    _ => self.none(),
                };
            }
            Some(TypeScope::Parent(program)) => {
                let asked = self.ask(rule, program)?;
                applies = asked.yes;
                broken = asked.failed;
            }
        }
        if let Some(when) = &scope.when {
            let asked = self.ask(rule, when)?;
            broken = broken.or(&asked.failed.and(&applies));
            applies = applies.and(&asked.yes);
        }
        Ok((applies, broken))
    }

    fn dangling(&self, rule: usize, field: FieldIx, target: &ObjectName) -> Bitmap {
        let Some(column) = self.table.column(field) else { return self.none() };
        let ColumnData::Reference { codes, dictionary } = column.data() else { return self.none() };
        let find = || {
            let ids = dictionary.texts().iter();
            ids.map(|id| self.whole.row(target.as_str(), id).is_none()).collect::<Bitmap>()
        };
        let lost;
        let lost = match self.dangling.get(rule) {
            Some(known) => known.get_or_init(find),
            None => {
                lost = find();
                &lost
            }
        };
        if lost.none() {
            return self.none();
        }
        Bitmap::from_slice(codes, |code| code != Dictionary::NONE && lost.get(code as usize))
            .and(&held(column))
    }

    /// The rows, among those asked, whose value alone does not meet the rule.
    fn values(&self, rule: &Rule, column: &Column, asked: &Bitmap) -> Bitmap {
        let by_value = |asked: &Bitmap| {
            let mut out = self.none();
            for row in asked.ones() {
                if value_fault(rule, self.object, &column.get(row)).is_some() {
                    out.set(row, true);
                }
            }
            out
        };
        match (&rule.kind, column.data()) {
            (_, ColumnData::Text(texts)) => match Judge::of(rule, self.object) {
                Some(judge) => refused(texts, asked, &judge),
                None => by_value(asked),
            },
            (Kind::Range { min, max, .. }, data) => {
                match Bounds::of(min.as_ref(), max.as_ref()).and_then(|bounds| bounds.outside(data, asked)) {
                    Some(outside) => outside,
                    None => by_value(asked),
                }
            }
            _ => by_value(asked),
        }
    }
}

/// What a host left out.
fn fault(rule: &Rule, error: &EvalError) -> QualityError {
    match error {
        EvalError::MissingTable { object, .. } => {
            QualityError::MissingTable { rule: rule.id.clone(), object: object.clone() }
        }
        _ => QualityError::NowRequired { rule: rule.id.clone() },
    }
}
