//! qudao (渠道): channel sales management as a library.
//!
//! A company writes its rules down once, in a [`Blueprint`]: objects and fields, validation, matching, processes with
//! entry and exit criteria, KPIs, roles. Compiled, it is an [`Engine`]. An engine and an embedded store make a
//! [`Workspace`]; people work in it through a [`Session`] each. A [`Command`](qudao_model::Command) is answered with a
//! [`Decision`](qudao_model::Decision): allowed or blocked, with every rule that ran. There is one path to save by, and
//! no way around it.
//!
//! ```
//! use qudao::prelude::*;
//!
//! let engine = Blueprint::from_yaml(Blueprint::starters()["simple"])?.compile()?;
//! let workspace = Workspace::in_memory(engine)?;
//! let session = workspace.session(Actor::new(ActorId::new("alice")?), "zh-CN");
//! let now = Instant::parse("2026-11-24T08:00:00Z").unwrap();
//!
//! let nameless = Command::create(ObjectName::new("account")?, Patch::new());
//! let decision = session.submit(nameless, now)?;
//! assert!(!decision.is_allowed());
//! for violation in decision.violations() {
//!     println!("{}", violation.text(session.locale()));
//! }
//! # Ok::<(), qudao::Error>(())
//! ```

mod blueprint;
mod checked;
mod cleanse;
mod compare;
mod convert;
mod decide;
mod derive;
mod draft;
mod duplicates;
mod engine;
mod entered;
mod entry;
mod entry_standard;
mod error;
#[cfg(feature = "import")]
pub mod import;
mod lint;
mod merge;
mod names;
mod neighbourhood;
mod old_names;
mod overlay;
pub mod prelude;
mod references;
#[cfg(feature = "report")]
pub mod report;
mod resolve;
mod roles;
mod rows;
mod salvage;
mod scan;
mod seen;
mod session;
mod spec;
mod stewardship;
mod stream;
mod tables;
mod workspace;

pub use blueprint::Blueprint;
pub use checked::Checked;
pub use cleanse::{
    BatchReport, CleanseDiff, CleansePlan, CleanseStep, MapStep, RecordDiff, Scalar, SetStep, UndoConflict,
    UndoReport,
};
pub use compare::{RuleChange, RuleComparison, RuleDirection, Share};
pub use decide::Asking;
pub use engine::{Engine, FormSection};
pub use entered::{Entered, EnteredColumn};
pub use entry::{EntryIssue, EntryRules, read_text};
pub use entry_standard::{EntryStandard, StandardField, StandardRule, StandardSection};
pub use error::Error;
pub use merge::{Lineage, LineageCell};
pub use roles::{Access, RoleSpec, Roles};
pub use rows::Rows;
pub use scan::Scanned;
pub use session::{FieldChange, HistoryItem, Page, Session};
pub use spec::{BlueprintSpec, SectionSpec};
pub use stream::ValidationStream;
pub use tables::Deduped;
pub use workspace::{Workspace, WorkspaceOptions};

pub use chrono_tz;
pub use {
    qudao_expr as expr, qudao_match as matching, qudao_metrics as metrics, qudao_model as model,
    qudao_pipeline as pipeline, qudao_quality as quality, qudao_store as store, qudao_text as text,
};
