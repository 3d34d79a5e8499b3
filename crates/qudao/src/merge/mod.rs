//! Merging records, and taking a merged record out again.
//!
//! A record that others were merged into is a tree of the records that it was made of. What it holds is worked out from
//! all of them, at each merge and at each un-merge, so that the order of merges makes no difference and any of them can
//! be taken back. What somebody writes between merges stands in the place of what was there.

mod before;
mod children;
mod into;
mod leaves;
mod lineage;
mod out;
#[cfg(feature = "import")]
mod weighed;

pub(crate) use before::before_merges;
pub(crate) use into::merge;
pub(crate) use lineage::lineage;
pub use lineage::{Lineage, LineageCell};
pub(crate) use out::unmerge;
#[cfg(feature = "import")]
pub(crate) use weighed::Weighed;
