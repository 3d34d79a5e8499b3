//! Kotlin and Swift binding of qudao.
//!
//! Coarse calls, owned types, and errors that a person can read. Sources for both languages are
//! written from the built library by `cargo xtask bindings kotlin` and `swift`.

mod error;
mod guard;
mod library;
mod types;

pub use error::QudaoError;
pub use library::library_version;
pub use types::CalendarDate;

uniffi::setup_scaffolding!("qudao");
