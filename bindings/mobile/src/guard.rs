//! The fence between the library and its host: no panic crosses it.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::QudaoError;

/// Runs the work of one exported call; a panic becomes [`QudaoError::Internal`].
///
/// The panic's own text goes to the process's panic hook only: it may quote what a record holds.
pub(crate) fn guard<T>(work: impl FnOnce() -> Result<T, QudaoError>) -> Result<T, QudaoError> {
    // What the work held mutably sits behind locks that report being poisoned.
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| {
        Err(QudaoError::Internal {
            code: "internal.panic".to_owned(),
            detail: format!("unexpected fault inside qudao {}; please report it", env!("CARGO_PKG_VERSION")),
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_an_error_that_quotes_nothing() {
        let error = guard::<()>(|| panic!("phone {}", 13_800_138_000_u64)).unwrap_err();
        assert_eq!(error.code(), "internal.panic");
        assert!(!error.to_string().contains("138"), "{error}");
        assert_eq!(guard(|| Ok(3)).unwrap(), 3);
    }
}
