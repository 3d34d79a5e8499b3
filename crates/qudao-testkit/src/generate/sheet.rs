//! Tables of cells before they are encoded.

use super::encode::Encoding;

/// A file of example data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataFile {
    /// Its name in the data folder.
    pub name: &'static str,
    /// How it is encoded.
    pub encoding: Encoding,
    /// The column names.
    pub header: Vec<&'static str>,
    /// The rows. A row may have more or fewer cells than the header: some real rows do.
    pub rows: Vec<Vec<String>>,
}

impl DataFile {
    pub(crate) fn new(name: &'static str, encoding: Encoding, header: &[&'static str]) -> Self {
        Self { name, encoding, header: header.to_vec(), rows: Vec::new() }
    }

    pub(crate) fn row<const N: usize>(&mut self, cells: [&str; N]) {
        self.rows.push(cells.iter().map(|c| (*c).to_owned()).collect());
    }
}
