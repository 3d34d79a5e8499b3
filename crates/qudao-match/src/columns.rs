//! Rows of plain texts by column, and the distinct ones among them.

use std::hash::BuildHasher as _;

use hashbrown::DefaultHashBuilder;
use hashbrown::hash_table::HashTable;

use qudao_model::FieldName;

use crate::compare::quick::mix;
use crate::huge::Huge;

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

/// The number of each row's value, and where the distinct values begin and end, by number.
pub(crate) type Distinct = (Huge<u32>, Huge<[usize; 2]>);

/// About so many rows are told apart at a time: their table is near while it is asked.
const TOLD_APART: usize = 1 << 13;

impl TextColumn {
    /// The number of each row's value, and where the distinct values stand, by number: in the order in which they come first.
    ///
    /// Rows are laid out by hashes first, so that only a small table is looked into at a time.
    pub(crate) fn distinct(&self) -> Distinct {
        let hasher = DefaultHashBuilder::default();
        let rows = self.lengths.len();
        let (mut starts, mut hashes): (Huge<usize>, Huge<u32>) = (Huge::zeroed(rows), Huge::zeroed(rows));
        let mut start = 0;
        for ((length, of), hash) in self.lengths.iter().zip(starts.iter_mut()).zip(hashes.iter_mut()) {
            *of = start;
            let cell = self.cell(start, *length);
            start += cell.len();
            #[expect(clippy::cast_possible_truncation, reason = "a part of a hash")]
            let low = hasher.hash_one(cell) as u32;
            *hash = low;
        }
        let parts = (rows / TOLD_APART).next_power_of_two();
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
        // Hashes and rows.
        let mut ordered: Huge<[u32; 2]> = Huge::zeroed(rows);
        let slots: &mut [[u32; 2]] = &mut ordered;
        for (row, hash) in (0_u32..).zip(&hashes) {
            if let Some(place) = places.get_mut(part(*hash)) {
                if let Some(slot) = slots.get_mut(*place) {
                    *slot = [*hash, row];
                }
                *place += 1;
            }
        }
        drop(hashes);
        let of_rows: &[usize] = &starts;
        let of_row = |row: u32| {
            let at = of_rows.get(row as usize).zip(self.lengths.get(row as usize));
            at.map_or(&[][..], |(start, length)| self.cell(*start, *length))
        };
        // By row, the first row of its value.
        let mut of: Huge<u32> = Huge::zeroed(rows);
        let ids: &mut [u32] = &mut of;
        let mut known: HashTable<[u32; 2]> = HashTable::with_capacity(TOLD_APART * 2);
        let mut start = 0;
        for end in ends {
            known.clear();
            for [hash, row] in ordered.get(std::mem::replace(&mut start, end)..end).unwrap_or_default() {
                let same = |[h, other]: &[u32; 2]| h == hash && of_row(*other) == of_row(*row);
                let entry = known.entry(mix(u64::from(*hash)), same, |[hash, _]| mix(u64::from(*hash)));
                let [_, first] = *entry.or_insert([*hash, *row]).get();
                if let Some(slot) = ids.get_mut(*row as usize) {
                    *slot = first;
                }
            }
        }
        drop(ordered);
        let distinct = ids.iter().enumerate().filter(|(row, first)| **first as usize == *row).count();
        let mut values: Huge<[usize; 2]> = Huge::zeroed(distinct);
        let (mut slots, mut next) = (values.iter_mut(), 0);
        for (row, (start, length)) in of_rows.iter().zip(&self.lengths).enumerate() {
            let first = ids.get(row).copied().unwrap_or(0) as usize;
            let id = if first == row {
                if let Some(slot) = slots.next() {
                    *slot = [*start, *start + *length as usize];
                }
                next += 1;
                next - 1
            } else {
                ids.get(first).copied().unwrap_or(0)
            };
            if let Some(slot) = ids.get_mut(row) {
                *slot = id;
            }
        }
        (of, values)
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
