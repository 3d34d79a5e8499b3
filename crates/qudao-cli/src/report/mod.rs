//! The report: one self-contained HTML page in two languages.

mod cards;
mod charts;
mod gather;
mod model;
mod page;
mod scale;
mod tables;

pub(crate) use gather::{Numbers, gather};
pub(crate) use page::{Source, render};
pub(crate) use tables::path_label;
