//! What the value of a term can be: an interval, a set of texts, present or missing.

use std::collections::BTreeSet;

use qudao_model::Value;
use rust_decimal::Decimal;

use crate::syntax::CompareOp;

/// One end of an interval.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct End {
    at: Decimal,
    open: bool,
}

/// What the value of one term can be, given what is assumed of it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Domain<'n> {
    present: Option<bool>,
    whole: bool,
    low: Option<End>,
    high: Option<End>,
    not: BTreeSet<Decimal>,
    texts: Option<BTreeSet<&'n str>>,
    not_texts: BTreeSet<&'n str>,
    empty: bool,
}

/// The place of a value on a number line; `None` for texts and lists.
fn number(value: &Value) -> Option<Decimal> {
    match value {
        Value::Bool(b) => Some(Decimal::from(u8::from(*b))),
        Value::Int(n) => Some(Decimal::from(*n)),
        Value::Decimal(d) => Some(*d),
        Value::Money(m) => Some(m.amount),
        Value::Date(d) => Some(Decimal::from(d.signed_duration_since(chrono::NaiveDate::MIN).num_days())),
        Value::Instant(i) => Some(Decimal::from(i.micros())),
        Value::Duration(d) => Some(Decimal::from(d.micros())),
        _ => None,
    }
}

impl<'n> Domain<'n> {
    /// Only whole numbers.
    pub(crate) fn whole(mut self) -> Self {
        self.whole = true;
        self
    }

    /// Only one of these texts.
    pub(crate) fn one_of(mut self, texts: impl IntoIterator<Item = &'n str>) -> Self {
        self.texts = Some(texts.into_iter().collect());
        self
    }

    /// At least this number.
    pub(crate) fn at_least(mut self, at: Decimal) -> Self {
        self.raise(End { at, open: false });
        self
    }

    /// At most this number.
    pub(crate) fn at_most(mut self, at: Decimal) -> Self {
        self.lower(End { at, open: false });
        self
    }

    /// Assumes that the value is there, or that it is missing.
    pub(crate) fn presence(&mut self, present: bool) {
        self.empty |= self.present.is_some_and(|p| p != present);
        self.present = Some(present);
    }

    /// Assumes a comparison with a value.
    pub(crate) fn compare(&mut self, op: CompareOp, value: &'n Value) {
        self.presence(true);
        if let Some(at) = number(value) {
            match op {
                CompareOp::Eq => {
                    self.raise(End { at, open: false });
                    self.lower(End { at, open: false });
                }
                CompareOp::Ne => {
                    self.not.insert(at);
                }
                CompareOp::Lt => self.lower(End { at, open: true }),
                CompareOp::Le => self.lower(End { at, open: false }),
                CompareOp::Gt => self.raise(End { at, open: true }),
                CompareOp::Ge => self.raise(End { at, open: false }),
            }
        } else if let Some(text) = value.as_text() {
            match op {
                CompareOp::Eq => self.keep_texts(&BTreeSet::from([text])),
                CompareOp::Ne => {
                    self.not_texts.insert(text);
                }
                // The order of texts is not followed.
                _ => {}
            }
        }
    }

    /// Assumes that the value is one of these.
    pub(crate) fn within(&mut self, values: &'n [Value]) {
        self.presence(true);
        if values.iter().all(|v| v.as_text().is_some()) {
            let texts = values.iter().filter_map(Value::as_text).collect();
            self.keep_texts(&texts);
            return;
        }
        let numbers: Option<Vec<Decimal>> = values.iter().map(number).collect();
        if let Some(numbers) = numbers
            && let (Some(least), Some(most)) = (numbers.iter().min(), numbers.iter().max())
        {
            self.raise(End { at: *least, open: false });
            self.lower(End { at: *most, open: false });
        }
    }

    /// Assumes that the value is none of these.
    pub(crate) fn outside(&mut self, values: &'n [Value]) {
        self.presence(true);
        for value in values {
            self.compare(CompareOp::Ne, value);
        }
    }

    fn keep_texts(&mut self, texts: &BTreeSet<&'n str>) {
        self.texts = Some(match self.texts.take() {
            None => texts.clone(),
            Some(own) => own.intersection(texts).copied().collect(),
        });
    }

    fn raise(&mut self, end: End) {
        let tighter = self.low.is_none_or(|low| end.at > low.at || (end.at == low.at && end.open));
        if tighter {
            self.low = Some(end);
        }
    }

    fn lower(&mut self, end: End) {
        let tighter = self.high.is_none_or(|high| end.at < high.at || (end.at == high.at && end.open));
        if tighter {
            self.high = Some(end);
        }
    }

    /// True when no value is left, and a missing one is not either.
    pub(crate) fn is_empty(&self) -> bool {
        if self.empty {
            return true;
        }
        if self.present != Some(true) {
            return false;
        }
        if self.texts.as_ref().is_some_and(|t| t.iter().all(|x| self.not_texts.contains(x))) {
            return true;
        }
        let (Some(low), Some(high)) = (self.low, self.high) else { return false };
        if self.whole {
            return self.no_whole(low, high);
        }
        low.at > high.at || (low.at == high.at && (low.open || high.open || self.not.contains(&low.at)))
    }

    /// Whether no whole number lies between the ends.
    fn no_whole(&self, low: End, high: End) -> bool {
        let one = Decimal::ONE;
        let mut least = low.at.ceil();
        if low.open && least == low.at {
            least = least.saturating_add(one);
        }
        let mut most = high.at.floor();
        if high.open && most == high.at {
            most = most.saturating_sub(one);
        }
        // Each number that is ruled out can close the gap by one.
        for _ in 0..=self.not.len() {
            if least > most {
                return true;
            }
            if !self.not.contains(&least) {
                return false;
            }
            least = least.saturating_add(one);
        }
        false
    }
}
