//! The fence between the library and its host: no panic crosses it.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::QudaoError;

/// Code of a fault that the library did not foresee.
const INTERNAL: &str = "internal.panic";

/// Runs the work of one exported call; a panic becomes [`QudaoError::Internal`].
pub(crate) fn guard<T>(work: impl FnOnce() -> Result<T, QudaoError>) -> Result<T, QudaoError> {
    // What was borrowed mutably stays behind locks that report being poisoned.
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|payload| Err(internal(payload.as_ref())))
}

fn internal(payload: &(dyn Any + Send)) -> QudaoError {
    let text = payload
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| payload.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "no text".to_owned());
    QudaoError::Internal {
        code: INTERNAL.to_owned(),
        detail: format!("unexpected fault inside qudao: {text}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_an_error() {
        let error = guard::<()>(|| panic!("number {}", 7)).unwrap_err();
        assert_eq!(error.code(), "internal.panic");
        assert_eq!(error.to_string(), "unexpected fault inside qudao: number 7");
        assert_eq!(guard(|| Ok(3)).unwrap(), 3);
    }
}
