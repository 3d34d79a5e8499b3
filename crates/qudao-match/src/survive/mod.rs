//! Survivorship: what one record keeps of several that are the same.

mod compile;
mod golden;
mod identity;
mod spec;
mod table;

pub use compile::{Survivorship, SurvivorshipRules};
pub use golden::{GoldenRecord, Member};
pub use identity::identity_conflict;
pub use spec::{FieldSurvival, FieldSurvivalDetail, GroupDetail, GroupSurvival, SurvivorshipSpec};
pub use table::{GoldenRow, GoldenTable};
