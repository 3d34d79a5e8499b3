//! Dated exchange rates.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::NaiveDate;
use qudao_model::Decimal;

use crate::MetricsError;

/// Exchange rates by currency pair and day.
///
/// The rate in force on a day is the latest one dated on or before it. There is no default: a rate that is not there
/// is an error, never 1.
///
/// ```
/// use qudao_metrics::RateTable;
/// let day = |text: &str| text.parse().unwrap();
/// let mut rates = RateTable::new();
/// rates.add("USD", "CNY", day("2024-01-01"), "7.1".parse().unwrap())?;
/// rates.add("USD", "CNY", day("2024-02-01"), "7.2".parse().unwrap())?;
/// assert_eq!(rates.rate("USD", "CNY", day("2024-01-31")), Some("7.1".parse().unwrap()));
/// assert_eq!(rates.rate("USD", "CNY", day("2023-12-31")), None);
/// assert_eq!(rates.rate("CNY", "CNY", day("2023-12-31")), Some("1".parse().unwrap()));
/// # Ok::<(), qudao_metrics::MetricsError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RateTable {
    /// By source currency, then by target currency.
    pairs: BTreeMap<Arc<str>, BTreeMap<Arc<str>, ByDay>>,
}

type ByDay = BTreeMap<NaiveDate, Decimal>;

impl RateTable {
    /// A table without rates.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the rate in force from a day on: one `from` is `rate` of `into`. A rate of the same day is replaced.
    ///
    /// # Errors
    /// [`MetricsError::BadRate`] when the rate is not above zero.
    pub fn add(
        &mut self,
        from: &str,
        into: &str,
        date: NaiveDate,
        rate: Decimal,
    ) -> Result<(), MetricsError> {
        if rate <= Decimal::ZERO {
            return Err(MetricsError::BadRate { currency: Arc::from(from), date });
        }
        let days = self.pairs.entry(Arc::from(from)).or_default().entry(Arc::from(into)).or_default();
        days.insert(date, rate);
        Ok(())
    }

    /// The rate in force on a day; 1 only from a currency into itself.
    #[must_use]
    pub fn rate(&self, from: &str, into: &str, date: NaiveDate) -> Option<Decimal> {
        if from == into {
            return Some(Decimal::ONE);
        }
        self.pairs.get(from)?.get(into)?.range(..=date).next_back().map(|(_, rate)| *rate)
    }

    /// True when there is no rate at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }
}
