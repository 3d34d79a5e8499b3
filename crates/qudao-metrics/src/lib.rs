//! KPI definitions, funnels, windows, statistics.
//!
//! A KPI is data: a [`MetricSpec`] names what is counted, on which basis, and when. [`Metrics::compile`] checks the
//! Blueprint's metrics and the built-in ones ([`catalogue`]) against the schema; [`Metrics::compute`] gives a
//! [`KpiReport`], whose every [`KpiValue`] carries the hash of its definition, what was left out and why, and the ids
//! of the records behind it. What cannot be known is undefined with a reason, never zero.

mod cases;
mod catalogue;
mod cells;
mod compile;
mod compute;
mod error;
mod frame;
mod groups;
mod input;
mod kinds;
mod query;
mod rates;
mod report;
mod spec;
mod stats;

pub use catalogue::{CatalogueEntry, catalogue};
pub use compile::Metrics;
pub use compute::Needs;
pub use error::{MetricsError, MissingRate};
pub use input::{ClusterInput, KpiInput, ProcessInfo, StageInfo};
pub use query::{AsOfClock, Bound, GroupKey, KpiQuery, TimeUnit, Window, WindowSpan};
pub use rates::RateTable;
pub use report::{DrillThrough, Excluded, Exclusion, KpiReport, KpiValue, MetricInfo, Number, Reason};
pub use spec::{Basis, CycleStart, FunnelKind, Goal, MetricKind, MetricSpec, Unit};
