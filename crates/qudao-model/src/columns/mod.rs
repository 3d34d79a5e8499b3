//! Records as columns: typed vectors, each with a bitmap of the rows that have a value.
//!
//! The vectors are those of Arrow arrays (bits least significant first, texts end to end with offsets, numbers into a
//! dictionary, days, microseconds), so that a binding fills them by copying buffers. Texts are not even copied: a column
//! shares them with whoever holds them ([`TextSource`]).

mod bitmap;
mod column;
mod decimal;
mod error;
mod table;
mod tables;
mod text;

pub use bitmap::Bitmap;
pub use column::{Column, ColumnData, Currencies, date_of, days_of};
pub use decimal::{Decimals, Written};
pub use error::ColumnError;
pub use table::{RowIds, Table};
pub use tables::{Children, NO_ROW, Parents, Tables};
pub use text::{BLOCK, Dictionary, TextData, TextSource, Texts};
