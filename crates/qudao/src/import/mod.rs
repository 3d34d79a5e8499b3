//! Import: files of other systems through a mapping, every row through the save path.

mod mapping;
mod news;
mod read;
mod rejects;
mod report;
mod row;
mod run;

pub use mapping::{ColumnSpec, FileSpec, HistorySpec, IdSpec, Mapping, MappingSpec, StageColumn, VisitFile};
pub use read::{Sheet, read_sheet};
pub use rejects::{Reject, write_rejects};
pub use report::{FileReport, ImportReport, NoteCount};
pub use run::{ImportOptions, Progress};
