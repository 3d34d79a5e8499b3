//! Text folding and normalisers: company and person names, phone, e-mail, dates, identity numbers.
//!
//! Every function here is pure: it takes a `&str`, answers the same on every platform and never panics.
//! A normaliser returns the clean value and what it changed; a value that cannot be cleaned is a
//! [`NormaliseIssue`], a finding with a stable code, never a guess.
//!
//! ```
//! use qudao_text::{company_key, normalise_phone, parse_date, DateOptions};
//!
//! assert_eq!(normalise_phone("（０１０）６５５２－９９８８", "CN")?.value, "+861065529988");
//! assert_eq!(parse_date("2024年3月5日", &DateOptions::default())?.to_string(), "2024-03-05");
//! assert_eq!(company_key("華為（深圳）技術有限公司"), company_key("华为技术有限公司"));
//! # Ok::<(), qudao_text::NormaliseIssue>(())
//! ```

pub mod address;
pub mod company;
pub mod date;
pub mod defuse;
pub mod email;
pub mod fold;
mod host;
pub mod issue;
mod label;
pub mod list;
pub mod normalised;
pub mod number;
mod numeral;
pub mod person;
pub mod phone;
pub mod placeholder;
pub mod region;
pub mod suggest;
pub mod url;
pub mod uscc;

pub use address::{Address, complete_address, normalise_address, parse_address};
pub use company::{CompanyName, company_key, normalise_company, parse_company};
pub use date::{DateOptions, DateOrder, Moment, normalise_date, parse_date, parse_moment};
pub use defuse::{defuse, escape_html, undefuse};
pub use email::{Email, normalise_email, parse_email};
pub use fold::{fold, fold_key, fold_tokens, fold_words, normalise_text};
pub use issue::{IssueKind, NormaliseIssue};
pub use normalised::{Change, Normalised};
pub use number::{CurrencyMark, NumberOptions, ParsedNumber, normalise_number, parse_number};
pub use person::{PersonName, is_transposed, normalise_person, parse_person, person_key};
pub use phone::{Phone, PhoneKind, normalise_phone, parse_phone};
pub use placeholder::{PlaceholderList, is_missing, is_placeholder};
pub use region::{Level, Region};
pub use suggest::{Suggestion, did_you_mean, nearest};
pub use url::{domain_key, normalise_domain, normalise_url};
pub use uscc::{Uscc, check_character, normalise_uscc, parse_uscc};

/// The longest input, in bytes, that the normalisers of structured values read; a longer one is `text.too_long`.
pub const MAX_INPUT: usize = 4_096;

/// The version of the tables and rules in this crate that change answers. It belongs into every hash that
/// promises equal answers.
pub const TEXT_VERSION: u32 = 2;
