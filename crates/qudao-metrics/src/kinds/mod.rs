//! How each kind of metric gathers its cases.

mod closing;
mod funnel;
mod generic;
mod lead;
mod pipeline;
mod quality;
mod velocity;

use std::cell::RefCell;
use std::collections::BTreeSet;

use chrono::NaiveDate;
use qudao_expr::{EvalError, Program, Scope, Truth};
use qudao_model::{Decimal, Instant, ObjectSchema, Record, Schema, Value};

use crate::cases::{Case, Slots};
use crate::cells::{Cell, Cells, Gathered};
use crate::compile::Definition;
use crate::frame::{Bucket, Frame, Place};
use crate::groups::Groups;
use crate::{Basis, Exclusion, KpiInput, MetricKind, MissingRate, ProcessInfo, Reason};

/// What a metric is gathered from.
pub(crate) struct Context<'a, 'c> {
    pub(crate) input: &'c KpiInput<'a>,
    pub(crate) definition: &'c Definition,
    pub(crate) schema: &'c Schema,
    pub(crate) object: &'c ObjectSchema,
    pub(crate) slots: Slots,
    pub(crate) processes: &'c [&'c ProcessInfo],
    pub(crate) cases: &'c [Case<'a>],
    pub(crate) groups: &'c Groups,
    pub(crate) frame: &'c Frame,
    pub(crate) basis: Basis,
    pub(crate) currency: &'c str,
    /// Rates that were needed and not there.
    pub(crate) missing_rates: &'c RefCell<BTreeSet<MissingRate>>,
    pub(crate) admitted: Vec<Admitted>,
}

/// Whether the metric's filter lets a case in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Admitted {
    Yes,
    No,
    Excluded(Exclusion),
}

/// Gathers a metric.
pub(crate) fn gather(mut ctx: Context<'_, '_>) -> Result<Gathered, Reason> {
    use MetricKind as K;
    ctx.admitted = admitted(&ctx)?;
    match ctx.definition.kind {
        K::Count | K::Ratio | K::Sum | K::Mean | K::Median | K::Distribution => generic::gather(&ctx),
        K::WinRate => Ok(closing::win_rate(&ctx)),
        K::WinRateValue => Ok(closing::win_rate_value(&ctx)),
        K::ClosedWon | K::ClosedLost => Ok(closing::closed(&ctx)),
        K::WonValue => Ok(closing::won_value(&ctx)),
        K::Reopened => Ok(closing::reopened(&ctx)),
        K::SalesCycle => Ok(closing::cycle(&ctx)),
        K::Funnel => funnel::gather(&ctx),
        K::LeadConversion => lead::gather(&ctx),
        K::Velocity => Ok(velocity::gather(&ctx)),
        K::PipelineValue | K::WeightedPipeline => Ok(pipeline::gather(&ctx)),
        K::StageAge => Ok(pipeline::stage_age(&ctx)),
        K::Completeness => quality::completeness(&ctx),
        K::DuplicateRate => quality::duplicate_rate(&ctx),
    }
}

fn admitted(ctx: &Context<'_, '_>) -> Result<Vec<Admitted>, Reason> {
    let Some(filter) = &ctx.definition.filter else { return Ok(vec![Admitted::Yes; ctx.cases.len()]) };
    ctx.cases
        .iter()
        .map(|case| {
            Ok(match ctx.test(filter, case.record)? {
                Ok(Truth::True) => Admitted::Yes,
                Ok(Truth::False) => Admitted::No,
                Ok(Truth::Unknown) => Admitted::Excluded(Exclusion::Unknown),
                Err(exclusion) => Admitted::Excluded(exclusion),
            })
        })
        .collect()
}

/// An amount that cannot be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoMoney {
    /// There is none.
    Missing,
    /// A rate is missing; the report fails.
    Rate,
    /// Too large.
    Overflow,
}

impl<'a> Context<'a, '_> {
    /// The cases with their positions.
    pub(crate) fn cases(&self) -> impl Iterator<Item = (u32, &Case<'a>)> {
        (0_u32..).zip(self.cases)
    }

    /// The cell of a case, once the filter has let it in; a case that the filter cannot judge is excluded there.
    pub(crate) fn admit<'t>(&self, cells: &'t mut Cells, case: u32, bucket: Bucket) -> Option<&'t mut Cell> {
        match self.admitted.get(case as usize)? {
            Admitted::No => None,
            Admitted::Yes => Some(cells.at((self.groups.group(case), bucket))),
            Admitted::Excluded(reason) => {
                cells.at((self.groups.group(case), bucket)).exclude(*reason, case);
                None
            }
        }
    }

    /// Leaves a case out, unless the filter does already.
    pub(crate) fn exclude(&self, cells: &mut Cells, case: u32, bucket: Bucket, reason: Exclusion) {
        if let Some(cell) = self.admit(cells, case, bucket) {
            cell.exclude(reason, case);
        }
    }

    /// Where something that happened to a case falls; where it cannot be placed, the case is excluded.
    pub(crate) fn place(&self, cells: &mut Cells, case: u32, at: Option<Instant>) -> Option<Bucket> {
        match self.frame.place(at) {
            Place::At(bucket) => Some(bucket),
            Place::Outside => None,
            Place::NoTime => {
                self.exclude(cells, case, None, Exclusion::NoTime);
                None
            }
            Place::Late => {
                self.exclude(cells, case, self.frame.bucket(at), Exclusion::AfterAsOf);
                None
            }
        }
    }

    fn scope<'s>(&'s self, record: &'s Record) -> Scope<'s> {
        Scope {
            record,
            before: None,
            data: self.input.data,
            now: Some(self.frame.as_of),
            zone: self.frame.zone,
            vars: &[],
        }
    }

    /// The answer of a condition; the outer error is one of the whole metric.
    pub(crate) fn test(
        &self,
        program: &Program,
        record: &Record,
    ) -> Result<Result<Truth, Exclusion>, Reason> {
        settle(program.test(&self.scope(record)))
    }

    /// The value of an expression; the outer error is one of the whole metric.
    pub(crate) fn eval(
        &self,
        program: &Program,
        record: &Record,
    ) -> Result<Result<Value, Exclusion>, Reason> {
        settle(program.eval(&self.scope(record)))
    }

    /// An amount in the currency of the report, at the rate in force on a day.
    pub(crate) fn convert(&self, value: &Value, date: Option<NaiveDate>) -> Result<Decimal, NoMoney> {
        let money = match value {
            Value::Money(money) => money,
            other => return other.as_decimal().ok_or(NoMoney::Missing),
        };
        if *money.currency == *self.currency {
            return Ok(money.amount);
        }
        let date = date.or_else(|| self.frame.as_of.date_in(self.frame.zone)).unwrap_or_default();
        match self.input.rates.rate(&money.currency, self.currency, date) {
            Some(rate) => money.amount.checked_mul(rate).ok_or(NoMoney::Overflow),
            None => {
                self.missing_rates.borrow_mut().insert(MissingRate {
                    currency: money.currency.clone(),
                    into: self.currency.into(),
                    date,
                });
                Err(NoMoney::Rate)
            }
        }
    }

    /// The day of an instant in the zone of the query.
    pub(crate) fn date(&self, at: Option<Instant>) -> Option<NaiveDate> {
        at.and_then(|at| at.date_in(self.frame.zone))
    }
}

fn settle<T>(result: Result<T, EvalError>) -> Result<Result<T, Exclusion>, Reason> {
    match result {
        Ok(value) => Ok(Ok(value)),
        Err(EvalError::MissingTable { object, .. }) => Err(Reason::MissingTable { object }),
        Err(_) => Ok(Err(Exclusion::Failed)),
    }
}
