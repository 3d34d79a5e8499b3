//! Facts about the library itself.

use crate::QudaoError;
use crate::guard::guard;

/// The version of the library, such as `0.1.0`.
///
/// # Errors
///
/// Only a fault inside the library.
#[uniffi::export]
pub fn library_version() -> Result<String, QudaoError> {
    guard(|| Ok(env!("CARGO_PKG_VERSION").to_owned()))
}
