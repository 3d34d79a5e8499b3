//! Rows of plain texts by column, and the distinct ones among them.

use std::hash::BuildHasher as _;
use std::ops::Range;

use hashbrown::DefaultHashBuilder;
use hashbrown::hash_table::HashTable;

use qudao_model::FieldName;

use crate::compare::quick::mix;
use crate::table::number;

/// Rows of plain texts by column: what a file holds. Takes less memory than records, and each text is kept once.
///
/// ```
/// use qudao_match::Columns;
/// use qudao_model::FieldName;
///
/// let mut columns = Columns::new(vec![FieldName::new("name")?, FieldName::new("phone")?]);
/// columns.push(&["Acme Inc.", "312 226 2649"])?;
/// columns.push(&["ACME Incorporated", ""])?;
/// assert_eq!(columns.rows(), 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct Columns {
    pub(crate) fields: Vec<FieldName>,
    pub(crate) columns: Vec<TextColumn>,
    pub(crate) rows: usize,
}

/// The cells of a column, laid end to end.
#[derive(Debug, Clone, Default)]
pub(crate) struct TextColumn {
    pub(crate) text: String,
    lengths: Vec<u32>,
}

/// The number of each row's value, and where the distinct values stand, by number.
pub(crate) type Distinct = (Vec<u32>, Vec<Range<usize>>);

/// About so many rows are told apart at a time: their table is near while it is asked.
const TOLD_APART: usize = 1 << 13;

impl TextColumn {
    /// The number of each row's value, and where the distinct values stand, by number: in the order in which they come first.
    ///
    /// Rows are laid out by hashes first, so that only a small table is looked into at a time.
    pub(crate) fn distinct(&self) -> Distinct {
        let hasher = DefaultHashBuilder::default();
        let mut starts: Vec<usize> = Vec::with_capacity(self.lengths.len());
        let mut hashes: Vec<u32> = Vec::with_capacity(self.lengths.len());
        let mut start = 0;
        for length in &self.lengths {
            starts.push(start);
            let cell = self.cell(start, *length);
            start += cell.len();
            #[expect(clippy::cast_possible_truncation, reason = "a part of a hash")]
            hashes.push(hasher.hash_one(cell) as u32);
        }
        let parts = (self.lengths.len() / TOLD_APART).next_power_of_two();
        let part = |hash: u32| hash as usize & (parts - 1);
        let mut places = vec![0_usize; parts + 1];
        for hash in &hashes {
            if let Some(count) = places.get_mut(part(*hash) + 1) {
                *count += 1;
            }
        }
        for at in 1..places.len() {
            places[at] += places[at - 1];
        }
        let ends = places.get(1..).unwrap_or_default().to_vec();
        let mut ordered: Vec<(u32, u32)> = vec![(0, 0); self.lengths.len()];
        for (row, hash) in (0_u32..).zip(&hashes) {
            if let Some(place) = places.get_mut(part(*hash)) {
                if let Some(slot) = ordered.get_mut(*place) {
                    *slot = (*hash, row);
                }
                *place += 1;
            }
        }
        drop(hashes);
        let of_row = |row: u32| {
            let at = starts.get(row as usize).zip(self.lengths.get(row as usize));
            at.map_or(&[][..], |(start, length)| self.cell(*start, *length))
        };
        // By row, the first row of its value.
        let mut ids: Vec<u32> = vec![0; self.lengths.len()];
        let mut known: HashTable<(u32, u32)> = HashTable::with_capacity(TOLD_APART * 2);
        let mut start = 0;
        for end in ends {
            known.clear();
            for (hash, row) in ordered.get(std::mem::replace(&mut start, end)..end).unwrap_or_default() {
                let same = |(h, other): &(u32, u32)| h == hash && of_row(*other) == of_row(*row);
                let entry = known.entry(mix(u64::from(*hash)), same, |(hash, _)| mix(u64::from(*hash)));
                let first = entry.or_insert((*hash, *row)).get().1;
                if let Some(slot) = ids.get_mut(*row as usize) {
                    *slot = first;
                }
            }
        }
        let mut values: Vec<Range<usize>> = Vec::new();
        for (row, (start, length)) in starts.iter().zip(&self.lengths).enumerate() {
            let first = ids.get(row).copied().unwrap_or(0) as usize;
            let id = if first == row {
                values.push(*start..*start + *length as usize);
                number(values.len() - 1)
            } else {
                ids.get(first).copied().unwrap_or(0)
            };
            if let Some(slot) = ids.get_mut(row) {
                *slot = id;
            }
        }
        (ids, values)
    }

    fn cell(&self, start: usize, length: u32) -> &[u8] {
        self.text.as_bytes().get(start..start + length as usize).unwrap_or_default()
    }
}

impl Columns {
    /// No rows of these fields.
    #[must_use]
    pub fn new(fields: Vec<FieldName>) -> Self {
        let columns = fields.iter().map(|_| TextColumn::default()).collect();
        Self { fields, columns, rows: 0 }
    }

    /// Adds a row: a cell for each field in order. Cells that are not given are missing; further ones are left out.
    ///
    /// # Errors
    /// [`crate::MatchError::TooManyRecords`] beyond 100 million rows.
    pub fn push<S: AsRef<str>>(&mut self, cells: &[S]) -> Result<(), crate::MatchError> {
        if self.rows >= crate::whole::MAX_ROWS as usize {
            return Err(crate::MatchError::TooManyRecords { max: crate::whole::MAX_ROWS });
        }
        for (at, column) in self.columns.iter_mut().enumerate() {
            let cell = cells.get(at).map_or("", AsRef::as_ref).trim();
            // A cell of more than four gigabytes is no value of a field.
            let length = u32::try_from(cell.len()).unwrap_or(0);
            column.text.push_str(cell.get(..length as usize).unwrap_or_default());
            column.lengths.push(length);
        }
        self.rows += 1;
        Ok(())
    }

    /// How many rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The fields.
    #[must_use]
    pub fn fields(&self) -> &[FieldName] {
        &self.fields
    }
}
