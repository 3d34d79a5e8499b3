//! Conformance: the cases under `conformance/`, run through the public API of the crate `qudao`.
//!
//! The other languages read the same files and go through their own typed API; `conformance/README.md` is the contract.
//! A case is first *observed*: everything that the API answers, as JSON. Then it is *judged*: `expected` is a partial
//! description of what is observed. So a runner cannot leave out a part of an expectation, which [`flips`] shows.

mod calls;
mod case;
mod duplicates;
mod judge;
mod kpi;
mod matching;
mod observe;
mod session;
mod values;

pub use case::{Case, Suite, load};
pub use judge::{flip, flips, judge};
pub use observe::observe;

/// Runs one case.
///
/// # Errors
/// Every difference between what is expected and what is observed, one a line; or why the case could not be run.
pub fn run(suite: &Suite, case: &Case) -> Result<(), Vec<String>> {
    let observed = observe(suite, case).map_err(|problem| vec![problem])?;
    let differences = judge(&case.expected, &observed);
    if differences.is_empty() { Ok(()) } else { Err(differences) }
}
