//! Matching: who is similar, and what to do about duplicates.
//!
//! A matching rule says which records are compared (blocking keys) and how (a comparator per field). Each field of a pair
//! gets a [`Level`], the levels form a pattern, the pattern has a weight, and the weight is a probability, after
//! Fellegi and Sunter (1969). One comparison serves a form ([`Matching::find`]), a whole table ([`Matching::batch`]),
//! two tables ([`Matching::link`]) and the explanation of a pair ([`Matching::compare`]), so that they cannot disagree.
//!
//! A duplicate rule says what happens then: block, warn or report per operation, and what a caller learns about a
//! record that he may not see ([`Matching::find_duplicates`]).
//!
//! A survey says what a search looked at and what it found, for a report ([`Matching::survey`]).
//!
//! A rule of survivorship says what one record keeps of several that are the same ([`SurvivorshipRules::golden`]).

mod arena;
mod bits;
mod block;
mod cluster;
mod columns;
mod compare;
mod compile;
mod copies;
mod duplicate;
mod error;
mod explain;
mod feature;
mod found;
mod frequent;
mod guess;
mod held;
mod huge;
mod index;
mod joining;
pub mod kernel;
mod key;
mod kind;
mod labels;
mod learn;
mod level;
mod marks;
mod matching;
mod minhash;
mod model;
mod names;
mod narrow;
mod one;
mod pack;
mod pairs;
mod parallel;
mod parts;
mod rule;
mod score;
mod scorer;
mod sketches;
mod slots;
mod spec;
mod stable;
mod survey;
mod survive;
mod table;
mod together;
mod values;
mod watch;
mod weights;
mod whole;
mod words;

pub use columns::Columns;
pub use duplicate::{Duplicate, DuplicateRule, Sight, violations};
pub use error::MatchError;
pub use guess::{Guess, GuessedColumn, GuessedMatching, guess_rule};
pub use index::{INDEX_VERSION, IndexEntry, Question};
pub use kind::FieldKind;
pub use level::{Comparator, Level};
pub use matching::Matching;
pub use model::{FieldModel, MatchModel, SymbolModel};
pub use rule::MatchingRule;
pub use score::{Batch, Dedupe, Deduped, Label, Link, Match, OversizedBlock, Pair, PairScore, Quality};
pub use spec::{
    Action, AgainstSpec, CompareDetail, CompareSpec, DiscloseSpec, DiscloseWord, DuplicateRuleSpec,
    MatchSpec, MatchingRuleSpec, Thresholds,
};
pub use stable::{ClusterChange, ClusterIds, ClusterShare, NamedClusters};
pub use survey::{
    ClusterCell, ClusterRow, ClusterView, Example, FieldLevels, KeyUse, LabelsSeen, LevelWeight, ScoreBar,
    Survey, SurveyOptions, Veto,
};
pub use survive::{
    FieldSurvival, FieldSurvivalDetail, GoldenRecord, GoldenRow, GoldenTable, GroupDetail, GroupSurvival,
    Member, Survivorship, SurvivorshipRules, SurvivorshipSpec, identity_conflict,
};
pub use watch::Watch;
