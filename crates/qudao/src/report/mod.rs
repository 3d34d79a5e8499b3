//! Reports as self-contained HTML pages in English and Chinese.

mod charts;
mod matched;
mod page;

pub use matched::MatchReport;

/// The style of all pages: nothing is fetched, light and dark follow the reader's choice, and print is thought of.
pub const PAGE_CSS: &str = include_str!("page.css");
