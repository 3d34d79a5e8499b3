//! Rows of plain texts by column, and the distinct ones among them.

use std::hash::BuildHasher as _;

use hashbrown::DefaultHashBuilder;

use qudao_model::FieldName;

use crate::huge::Huge;
use crate::slots::Slots;
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

/// The number of each row's value, and where the distinct values begin and end, by number.
pub(crate) type Distinct = (Huge<u32>, Huge<[usize; 2]>);

/// So many rows are told apart at a time.
const TOGETHER: usize = 1 << 11;

/// What telling values apart needs, used again from column to column.
#[derive(Debug, Default)]
pub(crate) struct Spare {
    slots: Slots,
    /// Of some rows: where their cells begin and end, their hashes, and the known values that are likely to be theirs.
    cells: Vec<[usize; 2]>,
    hashes: Vec<u32>,
    likely: Vec<u32>,
}

impl TextColumn {
    /// The number of each row's value, and where the distinct values stand, by number: in the order in which they come first.
    ///
    /// What takes the time is to wait for the memory. So where values may stand is looked at for many rows first.
    pub(crate) fn distinct(&self, spare: &mut Spare) -> Distinct {
        let Spare { slots, cells, hashes, likely } = spare;
        let hasher = DefaultHashBuilder::default();
        let rows = self.lengths.len();
        let mut slots = slots.clear(rows);
        let (mut ids, mut all): (Huge<u32>, Huge<[usize; 2]>) = (Huge::zeroed(rows), Huge::zeroed(rows));
        // Room that is not needed was never written to.
        let values: &mut [[usize; 2]] = &mut all;
        let (mut end, mut count) = (0, 0);
        for (lengths, ids) in self.lengths.chunks(TOGETHER).zip(ids.chunks_mut(TOGETHER)) {
            cells.clear();
            cells.extend(lengths.iter().map(|length| {
                let start = end;
                end += *length as usize;
                [start, end]
            }));
            hashes.clear();
            hashes.extend(cells.iter().map(|cell| (hasher.hash_one(self.cell(*cell)) >> u32::BITS) as u32));
            slots.look(hashes);
            likely.clear();
            likely.extend(hashes.iter().filter_map(|hash| slots.find(*hash)));
            self.look(likely, values);
            for ((cell, hash), id) in cells.iter().zip(hashes.iter()).zip(ids) {
                let next = number(count);
                let is_same = |known: u32| {
                    values.get(known as usize).is_some_and(|value| self.cell(*value) == self.cell(*cell))
                };
                *id = slots.find_or_set(*hash, next, is_same);
                if *id == next {
                    if let Some(slot) = values.get_mut(count) {
                        *slot = *cell;
                    }
                    count += 1;
                }
            }
        }
        all.truncate(count);
        (ids, all)
    }

    /// Looks at values, so that they are near.
    fn look(&self, numbers: &[u32], values: &[[usize; 2]]) {
        let start = |number: &u32| values.get(*number as usize).map_or(0, |value| value[0]);
        std::hint::black_box(numbers.iter().fold(0, |all, number| all ^ start(number)));
        let first = |number: &u32| self.text.as_bytes().get(start(number)).copied().unwrap_or(0);
        std::hint::black_box(numbers.iter().fold(0, |all, number| all ^ first(number)));
    }

    fn cell(&self, [start, end]: [usize; 2]) -> &[u8] {
        self.text.as_bytes().get(start..end).unwrap_or_default()
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;
    use std::collections::HashMap;

    use proptest::prelude::*;

    /// The numbers of the values of a column, and the distinct ones.
    fn distinct(texts: &[String], spare: &mut Spare) -> (Vec<u32>, Vec<String>) {
        let mut columns = Columns::new(vec![FieldName::new("name").unwrap()]);
        texts.iter().for_each(|text| columns.push(&[text]).unwrap());
        let column = columns.columns.pop().unwrap();
        let (ids, values) = column.distinct(spare);
        let text = |place: &[usize; 2]| column.text.get(place[0]..place[1]).unwrap().to_owned();
        (ids.to_vec(), values.iter().map(text).collect())
    }

    fn plainly(texts: &[String]) -> (Vec<u32>, Vec<String>) {
        let (mut known, mut values) = (HashMap::new(), Vec::new());
        let mut id = |text: &String| {
            *known.entry(text.trim().to_owned()).or_insert_with(|| {
                values.push(text.trim().to_owned());
                number(values.len() - 1)
            })
        };
        let ids = texts.iter().map(&mut id).collect();
        (ids, values)
    }

    proptest! {
        #[test]
        fn values_are_numbered_as_they_come(texts in proptest::collection::vec(" ?[a-c华]{0,3}", 0..200)) {
            prop_assert_eq!(distinct(&texts, &mut Spare::default()), plainly(&texts));
        }
    }

    #[test]
    fn many_values_are_told_apart_in_one_column_after_the_other() {
        let mut spare = Spare::default();
        for (rows, of) in
            [(9 * TOGETHER + 5, usize::MAX), (9 * TOGETHER + 5, 3000), (20, 7), (0, 1), (70_000, 9999)]
        {
            let texts: Vec<String> = (0..rows).map(|row| format!("value {}", row * 7919 % of)).collect();
            assert!(distinct(&texts, &mut spare) == plainly(&texts), "{rows} {of}");
        }
    }
}
