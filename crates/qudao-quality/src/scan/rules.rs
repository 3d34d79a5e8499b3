//! One rule over all rows.

use qudao_expr::{ColumnScope, EvalError, Program};
use qudao_model::columns::{Bitmap, Column, ColumnData, Dictionary, Table, Tables, date_of};
use qudao_model::{Decimal, FieldIx, Instant, ObjectName, Span, Value};
use regex::Regex;

use super::outcome::RuleScan;
use super::prepare::{held, missing};
use super::texts::rows_where;
use super::unique;
use crate::QualityError;
use crate::check::value_fault;
use crate::quality::ObjectQuality;
use crate::rule::{Kind, Limit, Rule, TypeScope};

/// What rules are asked on.
#[derive(Clone, Copy)]
pub(super) struct Ground<'a> {
    pub(super) object: &'a ObjectQuality,
    pub(super) tables: &'a Tables,
    pub(super) table: &'a Table,
    pub(super) now: Option<Instant>,
    pub(super) zone: chrono_tz::Tz,
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

    /// One rule over all rows.
    pub(super) fn rule(&self, rule: &Rule) -> Result<RuleScan, QualityError> {
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
                if self.tables.has(target.as_str()) {
                    let dangling = self.dangling(*field, target);
                    let failed = dangling.and(&applies).or(&broken);
                    (applies.or(&broken), absent, failed)
                } else {
                    // The records pointed to were not given: only what is missing can be told.
                    let applies = applies.and(&absent);
                    (applies.or(&broken), absent, broken)
                }
            }
            Kind::Unique { fields, .. } => {
                let keys = unique::keys(self.object, self.table, fields, &applies);
                let unknown = self.all().and_not(&keys.claiming);
                (self.all(), unknown, keys.repeated.or(&broken))
            }
            Kind::Format { field, .. }
            | Kind::Length { field, .. }
            | Kind::Range { field, .. }
            | Kind::Choice { field, .. }
            | Kind::Pattern { field, .. } => {
                let absent = missing(self.table, *field);
                let bad = match self.table.column(*field) {
                    None => self.none(),
                    Some(column) => self.values(rule, column, &held(column).and(&applies)),
                };
                (applies.or(&broken), absent, bad.or(&broken))
            }
        };
        Ok(RuleScan::of(rule.severity, &applies, &unknown, failed))
    }

    /// The rows to which a rule applies in a scan, and those in which that cannot be told for an error.
    fn scope(&self, rule: &Rule) -> Result<(Bitmap, Bitmap), QualityError> {
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

    fn dangling(&self, field: FieldIx, target: &ObjectName) -> Bitmap {
        let Some(column) = self.table.column(field) else { return self.none() };
        let ColumnData::Reference { codes, dictionary } = column.data() else { return self.none() };
        let known: Vec<bool> =
            dictionary.texts().iter().map(|id| self.tables.row(target.as_str(), id).is_some()).collect();
        let held = held(column);
        Bitmap::from_fn(codes.len(), |row| {
            let code = codes.get(row).copied().unwrap_or(Dictionary::NONE);
            held.get(row) && !known.get(code as usize).copied().unwrap_or(true)
        })
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
            (Kind::Pattern { regex, .. }, ColumnData::Text(texts)) => {
                let regex: &Regex = regex;
                rows_where(texts, asked, |text| !regex.is_match(text))
            }
            (Kind::Length { min, max, .. }, ColumnData::Text(texts)) => {
                let outside = |text: &str| {
                    let length = if text.is_ascii() { text.len() } else { text.chars().count() };
                    let length = u32::try_from(length).unwrap_or(u32::MAX);
                    min.is_some_and(|min| length < min) || max.is_some_and(|max| length > max)
                };
                rows_where(texts, asked, outside)
            }
            (Kind::Format { .. } | Kind::Choice { .. }, ColumnData::Text(texts)) => {
                rows_where(texts, asked, |text| value_fault(rule, self.object, &Value::text(text)).is_some())
            }
            (Kind::Range { min, max, .. }, data) => {
                let outside = |value: &Value| {
                    let below = min.as_ref().and_then(|m| m.compare(value)).is_some_and(|o| o.is_lt());
                    let above = max.as_ref().and_then(|m| m.compare(value)).is_some_and(|o| o.is_gt());
                    below || above
                };
                match (data, Bounds::of(min.as_ref(), max.as_ref())) {
                    (ColumnData::Int(values), Some(bounds)) => bounds.whole(values, asked),
                    (ColumnData::Decimal(values), Some(bounds)) => {
                        rows(asked, |row| bounds.outside(values.get(row)))
                    }
                    (ColumnData::Money { amounts, .. }, Some(bounds)) => {
                        rows(asked, |row| bounds.outside(amounts.get(row)))
                    }
                    (ColumnData::Date(days), None) => rows(asked, |row| {
                        let date = days.get(row).and_then(|d| date_of(*d));
                        date.is_some_and(|d| outside(&Value::Date(d)))
                    }),
                    (ColumnData::Instant(times), None) => rows(asked, |row| {
                        times.get(row).is_some_and(|t| outside(&Value::Instant(Instant::from_micros(*t))))
                    }),
                    (ColumnData::Duration(spans), Some(bounds)) => rows(asked, |row| {
                        spans.get(row).is_some_and(|s| bounds.outside(Span::from_micros(*s).days()))
                    }),
                    _ => by_value(asked),
                }
            }
            _ => by_value(asked),
        }
    }
}

fn rows(asked: &Bitmap, mut bad: impl FnMut(usize) -> bool) -> Bitmap {
    let mut out = Bitmap::filled(asked.len(), false);
    for row in asked.ones() {
        if bad(row) {
            out.set(row, true);
        }
    }
    out
}

/// The ends of a range of numbers.
struct Bounds {
    min: Option<Decimal>,
    max: Option<Decimal>,
}

impl Bounds {
    /// Where both ends, as far as they are given, are numbers.
    fn of(min: Option<&Limit>, max: Option<&Limit>) -> Option<Self> {
        let number = |limit: Option<&Limit>| match limit {
            None => Some(None),
            Some(Limit::Number(n)) => Some(Some(*n)),
            Some(Limit::Value(_)) => None,
        };
        Some(Self { min: number(min)?, max: number(max)? })
    }

    fn outside(&self, value: Decimal) -> bool {
        self.min.is_some_and(|min| value < min) || self.max.is_some_and(|max| value > max)
    }

    /// Whole numbers are compared as such: the ends are drawn in to whole numbers first.
    fn whole(&self, values: &[i64], asked: &Bitmap) -> Bitmap {
        let low = self.min.map_or(Some(i64::MIN), |m| whole(m.ceil()));
        let high = self.max.map_or(Some(i64::MAX), |m| whole(m.floor()));
        let (Some(low), Some(high)) = (low, high) else {
            return rows(asked, |row| values.get(row).is_some_and(|v| self.outside(Decimal::from(*v))));
        };
        Bitmap::from_fn(values.len(), |row| values.get(row).is_some_and(|v| *v < low || *v > high)).and(asked)
    }
}

fn whole(value: Decimal) -> Option<i64> {
    i64::try_from(value).ok()
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
