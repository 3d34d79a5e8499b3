//! What is gathered per group and calendar unit, and the numbers made of it.

use std::collections::BTreeMap;

use qudao_model::{Decimal, ProcessId};

use crate::frame::Bucket;
use crate::stats::{quantile, sum};
use crate::{Exclusion, Number, Reason};

/// What is gathered for one number.
#[derive(Debug, Clone, Default)]
pub(crate) struct Cell {
    pub(crate) numerator: Decimal,
    pub(crate) denominator: Decimal,
    pub(crate) overflow: bool,
    /// The values of a distribution.
    pub(crate) samples: Vec<Decimal>,
    pub(crate) numerator_ids: Vec<u32>,
    pub(crate) denominator_ids: Vec<u32>,
    pub(crate) censored: Vec<u32>,
    pub(crate) excluded: BTreeMap<Exclusion, Vec<u32>>,
    pub(crate) reopened: u64,
    /// A reason found by the metric itself.
    pub(crate) undefined: Option<Reason>,
}

impl Cell {
    /// Leaves a case out.
    pub(crate) fn exclude(&mut self, reason: Exclusion, case: u32) {
        let cases = self.excluded.entry(reason).or_default();
        if cases.last() != Some(&case) {
            cases.push(case);
        }
    }

    /// Counts a case in the denominator.
    pub(crate) fn count(&mut self, case: u32) {
        self.denominator_ids.push(case);
        self.add_denominator(Decimal::ONE);
    }

    /// Counts a case in the numerator too.
    pub(crate) fn hit(&mut self, case: u32) {
        self.numerator_ids.push(case);
        self.add_numerator(Decimal::ONE);
    }

    pub(crate) fn add_numerator(&mut self, value: Decimal) {
        match self.numerator.checked_add(value) {
            Some(total) => self.numerator = total,
            None => self.overflow = true,
        }
    }

    pub(crate) fn add_denominator(&mut self, value: Decimal) {
        match self.denominator.checked_add(value) {
            Some(total) => self.denominator = total,
            None => self.overflow = true,
        }
    }
}

/// Group and calendar unit.
pub(crate) type Key = (u32, Bucket);

/// The cells of one part of a metric.
#[derive(Debug, Clone, Default)]
pub(crate) struct Cells(pub(crate) BTreeMap<Key, Cell>);

impl Cells {
    pub(crate) fn at(&mut self, key: Key) -> &mut Cell {
        self.0.entry(key).or_default()
    }
}

/// How a number is made of a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// How many cases.
    Count,
    /// Numerator / denominator.
    Ratio,
    /// The numerator.
    Sum,
    /// The mean of the samples.
    Mean,
    /// A quantile of the samples, in per cent.
    Quantile(u32),
}

/// One of a metric's numbers.
#[derive(Debug, Clone)]
pub(crate) struct Series {
    pub(crate) table: usize,
    pub(crate) process: Option<ProcessId>,
    pub(crate) part: Option<String>,
    pub(crate) shape: Shape,
}

/// What a metric gathered.
#[derive(Debug, Clone, Default)]
pub(crate) struct Gathered {
    pub(crate) tables: Vec<Cells>,
    pub(crate) series: Vec<Series>,
}

impl Gathered {
    /// One table read in one way.
    pub(crate) fn single(cells: Cells, shape: Shape) -> Self {
        Self { tables: vec![cells], series: vec![Series { table: 0, process: None, part: None, shape }] }
    }

    /// One table read as median, 75th and 90th percentile and mean.
    pub(crate) fn distribution(cells: Cells) -> Self {
        let parts = [
            ("median", Shape::Quantile(50)),
            ("p75", Shape::Quantile(75)),
            ("p90", Shape::Quantile(90)),
            ("mean", Shape::Mean),
        ];
        let series = parts
            .into_iter()
            .map(|(part, shape)| Series { table: 0, process: None, part: Some(part.to_owned()), shape })
            .collect();
        Self { tables: vec![cells], series }
    }
}

/// A number with what it is made of.
pub(crate) struct Made {
    pub(crate) value: Number,
    pub(crate) numerator: Option<Decimal>,
    pub(crate) denominator: Option<Decimal>,
}

/// Makes the number of a cell whose samples are sorted.
pub(crate) fn make(cell: &Cell, shape: Shape) -> Made {
    let undefined = |reason| Made { value: Number::Undefined(reason), numerator: None, denominator: None };
    if let Some(reason) = &cell.undefined {
        return undefined(reason.clone());
    }
    if cell.overflow {
        return undefined(Reason::Overflow);
    }
    let defined = |value: Option<Decimal>, numerator, denominator| match value {
        Some(value) => Made { value: Number::Defined(value), numerator, denominator },
        None => undefined(Reason::Overflow),
    };
    match shape {
        Shape::Count => {
            let n = Decimal::from(cell.denominator_ids.len());
            defined(Some(n), Some(n), None)
        }
        Shape::Sum => defined(Some(cell.numerator), Some(cell.numerator), None),
        Shape::Ratio if cell.denominator.is_zero() => {
            let reason = if cell.denominator_ids.is_empty() { Reason::NoCases } else { Reason::ZeroDivisor };
            Made {
                value: Number::Undefined(reason),
                numerator: Some(cell.numerator),
                denominator: Some(cell.denominator),
            }
        }
        Shape::Ratio => defined(
            cell.numerator.checked_div(cell.denominator),
            Some(cell.numerator),
            Some(cell.denominator),
        ),
        Shape::Mean | Shape::Quantile(_) if cell.samples.is_empty() => undefined(Reason::NoCases),
        Shape::Mean => {
            let n = Decimal::from(cell.samples.len());
            let total = sum(&cell.samples);
            defined(total.and_then(|t| t.checked_div(n)), total, Some(n))
        }
        Shape::Quantile(q) => defined(quantile(&cell.samples, q), None, None),
    }
}
