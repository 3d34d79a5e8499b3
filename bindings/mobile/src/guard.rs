//! The fence between the library and its host: no panic crosses it.

use std::panic::{AssertUnwindSafe, catch_unwind};

use qudao::model::{Locale, Param, Params, codes};

use crate::QudaoError;
use crate::error::Fault;

/// Runs the work of one exported call; a panic becomes [`QudaoError::Internal`].
///
/// The panic's own text goes to the process's panic hook only: it may quote what a record holds.
pub(crate) fn guard<T>(work: impl FnOnce() -> Result<T, QudaoError>) -> Result<T, QudaoError> {
    // What the work held mutably sits behind locks that report being poisoned.
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| Err(panicked(&Locale::en())))
}

/// As [`guard`]; every error is told in the locale, in English where none is given.
pub(crate) fn guard_in<T>(
    locale: Option<String>,
    work: impl FnOnce(&Locale) -> Result<T, Fault>,
) -> Result<T, QudaoError> {
    let locale = locale.map_or_else(Locale::en, Locale::new);
    let answer = catch_unwind(AssertUnwindSafe(|| work(&locale)));
    answer.unwrap_or_else(|_| Err(Fault::Told(panicked(&locale)))).map_err(|fault| fault.told(&locale))
}

pub(crate) fn panicked(locale: &Locale) -> QudaoError {
    let code = "internal.panic";
    let params = Params::from([("version".to_owned(), Param::from(env!("CARGO_PKG_VERSION")))]);
    QudaoError::Internal { code: code.to_owned(), detail: codes::render(code, &params, locale) }
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
        let chinese = guard_in::<()>(Some("zh-CN".to_owned()), |_| panic!("phone {}", 13_800_138_000_u64));
        assert!(chinese.unwrap_err().to_string().contains("请报告此问题"));
    }
}
