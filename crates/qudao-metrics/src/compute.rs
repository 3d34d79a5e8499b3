//! The computation of a report.

use crate::{KpiInput, KpiQuery, KpiReport, Metrics, MetricsError};

pub(crate) fn report(_: &Metrics, _: &KpiInput<'_>, _: &KpiQuery) -> Result<KpiReport, MetricsError> {
    Ok(KpiReport::default())
}
