//! Matching: who is similar, and what to do about duplicates.

mod error;
mod level;
mod score;
mod spec;
mod weights;

pub use error::MatchError;
pub use level::{Comparator, Level};
pub use score::{Batch, Link, Match, OversizedBlock, Pair, PairScore, mask};
pub use spec::{
    Action, AgainstSpec, CompareDetail, CompareSpec, DiscloseSpec, DiscloseWord, DuplicateRuleSpec,
    MatchSpec, MatchingRuleSpec, Thresholds,
};
