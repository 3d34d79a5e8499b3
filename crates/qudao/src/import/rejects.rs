//! Rejected rows: as they were, with every reason, in a file that opens in Excel and imports again once mended.

use std::io::Write;
use std::path::Path;

use qudao_model::{Locale, Violation};
use qudao_text::{defuse, undefuse};

use crate::error::Error;

/// The columns that the file adds. They are left out when it is imported again.
pub(crate) const OWN: [&str; 4] = ["qudao_file", "qudao_row", "qudao_reasons", "qudao_codes"];

/// A row that was not stored.
#[derive(Debug, Clone, PartialEq)]
pub struct Reject {
    /// The file's name.
    pub file: String,
    /// The line or row number in it.
    pub row: u64,
    /// The header and the cells as they were.
    pub cells: Vec<(String, String)>,
    /// Why, all of it.
    pub reasons: Vec<Violation>,
}

/// Writes rejects as CSV: UTF-8 with a byte-order mark, formulas defused, the columns of all files side by side.
///
/// # Errors
/// [`Error::Io`] when the file cannot be written.
pub fn write_rejects(path: &Path, rejects: &[Reject], locale: &Locale) -> Result<(), Error> {
    let mut columns: Vec<&str> = Vec::new();
    for reject in rejects {
        for (column, _) in &reject.cells {
            if !columns.contains(&column.as_str()) {
                columns.push(column);
            }
        }
    }
    let write = || -> Result<(), std::io::Error> {
        let mut file = std::fs::File::create(path)?;
        file.write_all(b"\xef\xbb\xbf")?;
        let mut writer = csv::Writer::from_writer(file);
        writer.write_record(OWN.iter().copied().chain(columns.iter().copied()))?;
        for reject in rejects {
            let reasons: Vec<String> = reject
                .reasons
                .iter()
                .map(|v| match v.fix(locale) {
                    Some(fix) => format!("{} ({fix})", v.text(locale)),
                    None => v.text(locale),
                })
                .collect();
            let codes: Vec<&str> = reject.reasons.iter().map(|v| v.code.as_ref()).collect();
            let own = [reject.file.clone(), reject.row.to_string(), reasons.join(" | "), codes.join(" | ")];
            let cell = |column: &&str| {
                reject.cells.iter().find(|(c, _)| c == column).map_or("", |(_, text)| text.as_str())
            };
            let cells = own.iter().map(String::as_str).chain(columns.iter().map(cell));
            writer.write_record(cells.map(|c| defuse(c).into_owned()))?;
        }
        writer.flush()
    };
    write().map_err(|e| Error::io(path, &e))
}

/// The cell as it was before it was defused.
pub(crate) fn original(cell: &str) -> String {
    undefuse(cell).to_owned()
}
