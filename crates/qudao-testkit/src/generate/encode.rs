//! Files as bytes: UTF-8, UTF-16, GB18030 and XLSX.

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Workbook};

use super::sheet::DataFile;

/// How a file is encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// Comma-separated, UTF-8.
    Utf8,
    /// Tab-separated, UTF-16 little-endian with a byte-order mark: what a spreadsheet program calls Unicode text.
    Utf16,
    /// Comma-separated, GB18030, as older Chinese systems export.
    Gb18030,
    /// A workbook.
    Xlsx,
}

impl DataFile {
    /// The file's bytes.
    ///
    /// # Errors
    /// A text that says why it cannot be written.
    pub fn to_bytes(&self) -> Result<Vec<u8>, String> {
        match self.encoding {
            Encoding::Utf8 => self.delimited(b','),
            Encoding::Utf16 => {
                let text = String::from_utf8(self.delimited(b'\t')?).map_err(|e| e.to_string())?;
                let units = std::iter::once(0xfeff_u16).chain(text.encode_utf16());
                Ok(units.flat_map(u16::to_le_bytes).collect())
            }
            Encoding::Gb18030 => {
                let text = String::from_utf8(self.delimited(b',')?).map_err(|e| e.to_string())?;
                Ok(encoding_rs::GB18030.encode(&text).0.into_owned())
            }
            Encoding::Xlsx => self.workbook().map_err(|e| e.to_string()),
        }
    }

    fn delimited(&self, delimiter: u8) -> Result<Vec<u8>, String> {
        let mut out = csv::WriterBuilder::new().delimiter(delimiter).flexible(true).from_writer(Vec::new());
        out.write_record(&self.header).map_err(|e| e.to_string())?;
        for row in &self.rows {
            out.write_record(row).map_err(|e| e.to_string())?;
        }
        out.into_inner().map_err(|e| e.to_string())
    }

    /// Numbers are numbers and days are days in a workbook, as people enter them.
    fn workbook(&self) -> Result<Vec<u8>, rust_xlsxwriter::XlsxError> {
        let mut book = Workbook::new();
        // The time of making would differ from run to run.
        book.set_properties(
            &DocProperties::new().set_creation_datetime(&ExcelDateTime::from_ymd(2026, 1, 1)?),
        );
        let bold = rust_xlsxwriter::Format::new().set_bold();
        let sheet = book.add_worksheet();
        sheet.set_name("data")?;
        for (column, name) in (0_u16..).zip(&self.header) {
            sheet.write_string_with_format(0, column, *name, &bold)?;
        }
        for (row, cells) in (1_u32..).zip(&self.rows) {
            for (column, cell) in (0_u16..).zip(cells) {
                match cell.parse::<f64>() {
                    Ok(number) => sheet.write_number(row, column, number)?,
                    Err(_) => sheet.write_string(row, column, cell)?,
                };
            }
        }
        book.save_to_buffer()
    }
}
