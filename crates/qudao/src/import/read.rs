//! Files read into cells: CSV in any of the usual encodings, and XLSX.

use std::path::Path;

use calamine::{Data, Reader, open_workbook_auto};
use encoding_rs::{Encoding, GB18030, UTF_8, UTF_16BE, UTF_16LE};

use crate::error::Error;

/// The longest cell that is read.
pub(crate) const MAX_CELL: usize = 100_000;

/// A sheet of cells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sheet {
    /// The column names, trimmed.
    pub header: Vec<String>,
    /// The rows below the header: their 1-based line or row number and their cells.
    pub rows: Vec<(u64, Vec<String>)>,
    /// How the text was encoded: `UTF-8`, `UTF-16LE`, `GB18030`, or `XLSX`.
    pub encoding: String,
    /// Parts of the text could not be decoded and show as U+FFFD.
    pub damaged: bool,
    /// The content's hash.
    pub hash: qudao_model::Hash,
}

/// Reads a file. Excel formats by their ending, all else as delimited text.
///
/// # Errors
/// [`Error::Io`] when the file cannot be read; [`Error::Import`] when it is no table.
pub fn read_sheet(path: &Path, sheet: Option<&str>) -> Result<Sheet, Error> {
    let bytes = std::fs::read(path).map_err(|e| Error::io(path, &e))?;
    let ending = path.extension().map(|e| e.to_string_lossy().to_ascii_lowercase()).unwrap_or_default();
    if matches!(ending.as_str(), "xlsx" | "xlsm" | "xls" | "ods") {
        return read_workbook(path, sheet, &bytes);
    }
    read_text(path, &bytes)
}

fn fail(path: &Path, code: &'static str, detail: &str) -> Error {
    let name = path.file_name().map_or_else(String::new, |n| n.to_string_lossy().into_owned());
    Error::Import { code, detail: format!("{name}: {detail}") }
}

/// Decodes text: by its byte-order mark; else as UTF-8 where it is valid; else by what it most looks like.
fn decode(bytes: &[u8]) -> (String, &'static Encoding, bool) {
    if let Some((encoding, _)) = Encoding::for_bom(bytes) {
        let (text, _, damaged) = encoding.decode(bytes);
        return (text.into_owned(), encoding, damaged);
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        return (text.to_owned(), UTF_8, false);
    }
    // UTF-16 without a mark: every second byte of plain text is zero.
    let sample = bytes.get(..bytes.len().min(4096)).unwrap_or(bytes);
    let zeros = |offset: usize| sample.iter().skip(offset).step_by(2).filter(|b| **b == 0).count();
    let half = sample.len() / 2;
    if half > 8 && zeros(1) * 3 > half {
        let (text, _, damaged) = UTF_16LE.decode(bytes);
        return (text.into_owned(), UTF_16LE, damaged);
    }
    if half > 8 && zeros(0) * 3 > half {
        let (text, _, damaged) = UTF_16BE.decode(bytes);
        return (text.into_owned(), UTF_16BE, damaged);
    }
    let (text, _, damaged) = GB18030.decode(bytes);
    if !damaged {
        return (text.into_owned(), GB18030, false);
    }
    let mut detector = chardetng::EncodingDetector::new(chardetng::Iso2022JpDetection::Allow);
    detector.feed(bytes, true);
    let encoding = detector.guess(None, chardetng::Utf8Detection::Allow);
    let (text, _, damaged) = encoding.decode(bytes);
    (text.into_owned(), encoding, damaged)
}

/// The delimiter of the header line: the one that occurs most outside quotes.
fn delimiter(text: &str) -> u8 {
    let line = text.lines().find(|l| !l.trim().is_empty()).unwrap_or_default();
    let mut quoted = false;
    let mut counts = [0_usize; 4];
    let candidates = [b',', b';', b'\t', b'|'];
    for byte in line.bytes() {
        if byte == b'"' {
            quoted = !quoted;
        }
        if !quoted && let Some(i) = candidates.iter().position(|c| *c == byte) {
            counts[i] += 1;
        }
    }
    let best = counts.iter().zip(candidates).max_by_key(|(n, c)| (**n, *c == b','));
    best.filter(|(n, _)| **n > 0).map_or(b',', |(_, c)| c)
}

fn read_text(path: &Path, bytes: &[u8]) -> Result<Sheet, Error> {
    let (text, encoding, damaged) = decode(bytes);
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter(&text))
        .has_headers(false)
        .flexible(true)
        .from_reader(text.as_bytes());
    let mut header: Option<Vec<String>> = None;
    let mut rows = Vec::new();
    let mut lines = Lines { text: text.as_bytes(), at: 0, line: 1 };
    for record in reader.records() {
        let record = record.map_err(|e| {
            let line = e.position().map_or(0, csv::Position::line);
            fail(path, "import.malformed", &format!("line {line} is not a row of cells"))
        })?;
        let line = lines.of(record.position().map_or(0, csv::Position::byte));
        let cells: Vec<String> = record.iter().map(str::to_owned).collect();
        if cells.iter().all(|c| c.trim().is_empty()) {
            continue;
        }
        match &header {
            None => {
                header =
                    Some(cells.iter().map(|c| c.trim().trim_start_matches('\u{feff}').to_owned()).collect())
            }
            Some(_) => rows.push((line, cells)),
        }
    }
    let header = header.ok_or_else(|| fail(path, "import.empty", "the file is empty"))?;
    let hash = qudao_model::Hash::of(bytes);
    Ok(Sheet {
        header,
        rows,
        encoding: encoding.name().to_ascii_uppercase().replace("GBK", "GB18030"),
        damaged,
        hash,
    })
}

/// Counts lines, the empty ones that the reader skips included.
struct Lines<'a> {
    text: &'a [u8],
    at: usize,
    line: u64,
}

impl Lines<'_> {
    /// The 1-based line of the first row at or after a byte. Bytes must be asked for in order.
    fn of(&mut self, byte: u64) -> u64 {
        let target = usize::try_from(byte).unwrap_or(usize::MAX);
        while let Some(b) = self.text.get(self.at) {
            if self.at >= target && !matches!(b, b'\r' | b'\n') {
                break;
            }
            self.line += u64::from(*b == b'\n');
            self.at += 1;
        }
        self.line
    }
}

fn read_workbook(path: &Path, sheet: Option<&str>, bytes: &[u8]) -> Result<Sheet, Error> {
    let unreadable = || fail(path, "import.malformed", "not a readable workbook");
    let mut book = open_workbook_auto(path).map_err(|_| unreadable())?;
    let names = book.sheet_names();
    let name = match sheet {
        Some(name) if names.iter().any(|n| n == name) => name.to_owned(),
        Some(name) => return Err(fail(path, "import.no_sheet", &format!("there is no sheet {name}"))),
        None => {
            names.first().cloned().ok_or_else(|| fail(path, "import.empty", "the workbook has no sheet"))?
        }
    };
    let range = book.worksheet_range(&name).map_err(|_| unreadable())?;
    let first = u64::from(range.start().map_or(0, |(row, _)| row)) + 1;
    let mut header: Option<Vec<String>> = None;
    let mut rows = Vec::new();
    for (number, row) in (first..).zip(range.rows()) {
        let cells: Vec<String> = row.iter().map(cell_text).collect();
        if cells.iter().all(|c| c.trim().is_empty()) {
            continue;
        }
        match &header {
            None => header = Some(cells.iter().map(|c| c.trim().to_owned()).collect()),
            Some(_) => rows.push((number, cells)),
        }
    }
    let header = header.ok_or_else(|| fail(path, "import.empty", "the sheet is empty"))?;
    Ok(Sheet { header, rows, encoding: "XLSX".into(), damaged: false, hash: qudao_model::Hash::of(bytes) })
}

/// A cell as text: dates in ISO form, whole numbers without decimals, errors as they show.
fn cell_text(cell: &Data) -> String {
    match cell {
        Data::Empty => String::new(),
        Data::DateTime(time) => match time.as_datetime() {
            Some(t) if t.time() == chrono::NaiveTime::MIN => t.date().to_string(),
            Some(t) => t.format("%Y-%m-%dT%H:%M:%S").to_string(),
            None => time.to_string(),
        },
        Data::Float(f) if f.fract() == 0.0 && f.abs() < 1e15 => format!("{f:.0}"),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Sheet {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.csv");
        std::fs::write(&path, bytes).unwrap();
        read_sheet(&path, None).unwrap()
    }

    #[test]
    fn detects_encodings() {
        let text = "名称,电话\n深圳市华强电子有限公司,0755-1\n";
        let utf16: Vec<u8> =
            [0xff_u8, 0xfe].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect();
        let (gb, _, _) = GB18030.encode(text);
        let bom = [&[0xef, 0xbb, 0xbf], text.as_bytes()].concat();
        for (bytes, name) in
            [(text.as_bytes(), "UTF-8"), (&bom, "UTF-8"), (&utf16, "UTF-16LE"), (gb.as_ref(), "GB18030")]
        {
            let sheet = read(bytes);
            assert_eq!(sheet.encoding, name);
            assert_eq!(sheet.header, ["名称", "电话"]);
            assert_eq!(sheet.rows[0].1[0], "深圳市华强电子有限公司");
            assert!(!sheet.damaged);
        }
    }

    #[test]
    fn finds_the_delimiter_and_keeps_ragged_rows() {
        let sheet = read(b"a;b;\"c,d\"\n1;2\n\n1;2;3;4\n");
        assert_eq!(sheet.header, ["a", "b", "c,d"]);
        assert_eq!(sheet.rows.iter().map(|(n, c)| (*n, c.len())).collect::<Vec<_>>(), [(2, 2), (4, 4)]);
    }

    #[test]
    fn an_empty_file_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.csv");
        std::fs::write(&path, b"").unwrap();
        assert_eq!(read_sheet(&path, None).unwrap_err().code(), "import.empty");
    }
}
