//! The commands, one module each.

pub(crate) mod compare;
pub(crate) mod dedupe;
pub(crate) mod demo;
pub(crate) mod explain;
mod found;
mod guessed;
pub(crate) mod import;
pub(crate) mod kpis;
pub(crate) mod link;
pub(crate) mod lint;
pub(crate) mod merge;
mod stable;
pub(crate) mod steward;
pub(crate) mod upkeep;
pub(crate) mod validate;
