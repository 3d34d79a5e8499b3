//! Kernels over short texts: edit distances and Jaro-Winkler, one text against many at once.
//!
//! A column of the textbook's table fits into the bits of an integer (G. Myers, 1999; H. Hyyrö, 2003), and so do the
//! matches of Jaro's similarity. Integers of many texts stand in the lanes of a vector, 32 of them for texts of up to 16
//! characters: one character of the text at hand then moves all of them on at once.
//!
//! - [`Batch`] and [`Kernels`]: one text against many.
//! - [`TokenBatch`] and [`Kernels`]: the same for bags of tokens, by common tokens or by TF-IDF.
//! - [`Pattern`]: one text against others one by one, of any length.
//! - [`Alphabet`]: small numbers for the characters of a corpus. Texts may also be UTF-16 units, characters or bytes.

mod batch;
mod formula;
mod kernels;
mod lanes;
pub(crate) mod near;
mod pattern;
mod symbol;
#[cfg(test)]
mod tests;
mod tokens;
mod wide;
mod word;

pub use batch::Batch;
pub use kernels::Kernels;
pub use pattern::Pattern;
pub use symbol::{Alphabet, Code, Symbol};
pub use tokens::{Token, TokenBatch, Vocabulary};
