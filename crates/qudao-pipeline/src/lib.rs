//! Processes, stages, entry and exit criteria, gates and visits.
//!
//! A Blueprint's `processes` are compiled into a [`Pipeline`]. It chooses the process of a record, answers whether
//! a record may move from one stage to another ([`GateReport`]), says what is missing for each possible step
//! ([`NextStep`]) and takes in histories from other systems. One gate stands on every path: what is asked does not
//! depend on the way a move comes.
//!
//! What counts as missing (placeholders such as "N/A" included) is decided before the gate, when values are
//! normalised; the gate sees a blank value.
//!
//! ```
//! use std::{collections::BTreeMap, sync::Arc};
//! use qudao_model::{
//!     Actor, ActorId, Dataset, Instant, Operation, ProcessId, Record, RecordId, Schema, StageId,
//! };
//! use qudao_pipeline::{GateRequest, Pipeline, ProcessSpec};
//!
//! let specs: BTreeMap<ProcessId, ProcessSpec> = serde_json::from_str(r#"{"sale": {
//!     "object": "opportunity",
//!     "stages": [
//!         {"id": "qualified", "exit": [{"id": "visit", "checklist": "site visit"}]},
//!         {"id": "won", "class": "won"},
//!         {"id": "lost", "class": "lost"}
//!     ]}}"#)?;
//! let schema = Arc::new(Schema::standard("CNY"));
//! let pipeline = Pipeline::compile(&specs, &schema, chrono_tz::UTC).map_err(|lints| format!("{lints:?}"))?;
//!
//! let object = schema.object("opportunity").ok_or("no such object")?;
//! let record = Record::new(object.clone(), RecordId::new("o1")?);
//! let (process, from, to) = (ProcessId::new("sale")?, StageId::new("qualified")?, StageId::new("won")?);
//! let now = Instant::from_micros(0);
//! let report = pipeline.gate(&GateRequest {
//!     record: &record,
//!     before: None,
//!     data: &Dataset::new(),
//!     process: &process,
//!     from: Some(&from),
//!     to: &to,
//!     visits: &[],
//!     operation: Operation::Advance,
//!     occurred_at: now,
//!     now,
//!     actor: &Actor::new(ActorId::new("u1")?),
//!     grants: &[],
//!     zone: chrono_tz::UTC,
//!     historical: false,
//! })?;
//! assert!(!report.allowed);
//! assert_eq!(report.violations[0].text(&"zh-CN".into()), "qualified：退出条件 visit 未满足");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod choose;
mod compile;
mod effects;
mod error;
mod evaluate;
mod gate;
mod history;
mod lint;
mod pipeline;
mod probability;
mod process;
mod report;
mod spec;
mod steps;
mod visits;
mod words;

pub use error::PipelineError;
pub use pipeline::{Pipeline, StageClock};
pub use probability::Probability;
pub use process::{Criterion, Process, Side, Stage};
pub use report::{Choice, Direction, GateReport, GateRequest, History, NextStep, UsedGrant};
pub use spec::{
    AfterSpec, BackwardPolicy, CreatePolicy, CriterionSeverity, CriterionSpec, LossReasonPolicy, PolicySpec,
    ProcessSpec, ReopenPolicy, ReopenTo, ReopenWord, SkipPolicy, StageSpec,
};
pub use visits::{current_visit, stage_age};
