//! Weights learned from a table without labels.
//!
//! For each field a symbol says how much two values agree and, where they agree on one value, how many rows hold it. `m` is the
//! share of true pairs that show a symbol, `u` the share of different pairs; the weight is `log2(m / u)` (I. P. Fellegi and
//! A. B. Sunter, "A Theory for Record Linkage", 1969).
//!
//! - `u` of agreeing on a value comes from counting: with `n` rows that hold it, `n (n - 1) / 2` pairs agree. Values are put into
//!   classes by `n`, so that agreement on a rare value weighs more (term frequency, W. E. Winkler, 2000). `u` of everything else
//!   comes from pairs drawn at random, with a fixed seed. What true pairs add to either is taken out again.
//! - Values that differ and still agree somewhat may share a word, rare or frequent: see [`crate::words`]. `u` of that comes from counting too:
//!   `n (n - 1) / 2` pairs share a word of `n` rows, and a sample of them says how many come to a level.
//! - Rows that are equal in all that is compared are one thing written several times, so `u` looks at one of them. Else a table that is full
//!   of equal rows would teach that agreement says nothing, and they would not be found.
//! - `m` and the share of true pairs come from expectation-maximisation over the patterns of compared pairs (A. P. Dempster,
//!   N. M. Laird and D. B. Rubin, 1977; Winkler, 1988). Where an identity field names pairs that are the same beyond doubt, `m` of the other
//!   fields is counted on those, which is steadier.
//! - Where little was seen, the assumptions of [`crate::weights`] fill in, as if a few pairs more had been seen.

mod count;
mod em;
mod patterns;
mod shares;
mod terms;

pub(crate) use count::Counts;
pub(crate) use em::learn;
pub(crate) use terms::{classes, classes_of_learned};
