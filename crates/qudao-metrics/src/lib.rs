//! KPI definitions, funnels, windows, statistics.
//!
//! A KPI is data: a [`MetricSpec`] names what is counted, on which basis, and when. [`Metrics::compile`] checks the
//! Blueprint's metrics and the built-in ones ([`catalogue`]) against the schema; [`Metrics::compute`] gives a
//! [`KpiReport`], whose every [`KpiValue`] carries the hash of its definition, what was left out and why, and the ids
//! of the records behind it. What cannot be known is undefined with a reason, never zero.
//!
//! ```
//! use std::collections::BTreeMap;
//! use std::sync::Arc;
//! use qudao_metrics::{KpiInput, KpiQuery, Metrics, RateTable};
//! use qudao_model::{Dataset, Hash, Instant, MetricId, Record, RecordId, Schema};
//!
//! let schema = Arc::new(Schema::standard("CNY"));
//! let deal = |id: &str, outcome: &str| -> Result<Record, Box<dyn std::error::Error>> {
//!     let object = schema.object("opportunity").ok_or("no such object")?;
//!     Ok(Record::new(object.clone(), RecordId::new(id)?).with("outcome", outcome)?)
//! };
//! let mut data = Dataset::new();
//! for (id, outcome) in [("a", "won"), ("b", "lost"), ("c", "won"), ("d", "open")] {
//!     data.put(deal(id, outcome)?);
//! }
//! let metrics = Metrics::compile(&BTreeMap::new(), &schema, vec![], chrono_tz::Asia::Shanghai).map_err(|_| "lints")?;
//! let input = KpiInput {
//!     data: &data,
//!     merged: &[],
//!     visits: &[],
//!     completeness: &BTreeMap::new(),
//!     clusters: &BTreeMap::new(),
//!     rates: &RateTable::new(),
//!     blueprint: &Hash::of(b"blueprint"),
//!     as_of: Instant::parse("2026-11-24T08:00:00Z").ok_or("no instant")?,
//! };
//! let report = metrics.compute(&input, &KpiQuery::of([MetricId::new("win_rate")?]))?;
//! let rate = report.whole("win_rate", None).ok_or("no row")?;
//! assert_eq!(rate.value.defined(), Some("0.666667".parse()?));
//! assert_eq!(rate.n, 3);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

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
