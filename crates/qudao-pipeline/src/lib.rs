//! Processes, stages, entry and exit criteria, gates and visits.
//!
//! A Blueprint's `processes` are compiled into a [`Pipeline`]. It chooses the process of a record, answers whether
//! a record may move from one stage to another ([`GateReport`]), says what is missing for each possible step
//! ([`NextStep`]) and takes in histories from other systems. One gate stands on every path: what is asked does not
//! depend on the way a move comes.

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
