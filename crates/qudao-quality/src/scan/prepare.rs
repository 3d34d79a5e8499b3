//! A table as rules see it: normalised where that is asked, and without placeholders.

use std::sync::Arc;

use qudao_model::columns::{Bitmap, Column, ColumnData, ColumnError, Dictionary, Table, TextData};
use qudao_model::{FieldIx, Value};

use super::judge::bits;
use super::quick::QuickNo;
use crate::field::FieldQuality;
use crate::normalise::Normaliser;
use crate::quality::ObjectQuality;

/// The table without placeholders and blank texts, as [`Quality::seen`](crate::Quality::seen) shows a record.
pub(super) fn cleared(object: &ObjectQuality, table: &Arc<Table>) -> Result<Arc<Table>, ColumnError> {
    let mut out = table.clone();
    for field in &object.fields {
        let Some(column) = table.column(field.ix) else { continue };
        if let Some(new) = cleared_column(field, column)? {
            Arc::make_mut(&mut out).set(field.ix, Arc::new(new))?;
        }
    }
    Ok(out)
}

/// The table in its normal form and without placeholders, and the same with placeholders: as rules see it, and as words about
/// it are made from. Texts that stand each by itself are left as they are, for [`read`](super::read::read).
pub(super) fn ready(
    object: &ObjectQuality,
    table: &Arc<Table>,
    normalise: bool,
) -> Result<(Arc<Table>, Arc<Table>), ColumnError> {
    let (mut given, mut seen) = (table.clone(), table.clone());
    for field in &object.fields {
        let Some(column) = table.column(field.ix) else { continue };
        let coded;
        let column = match column.data() {
            ColumnData::Text(TextData::Plain(texts)) if normalise && is_costly(&field.normaliser) => {
                if !TextData::repeats(texts) {
                    continue;
                }
                // What takes long is done once for each distinct text.
                let held = |row: usize| column.valid().is_none_or(|v| v.get(row));
                let rows = (0..column.len()).map(|row| held(row).then(|| texts.get(row)));
                let data = ColumnData::Text(TextData::collect(rows, true)?);
                coded = Arc::new(Column::new(data, column.valid().cloned())?);
                Arc::make_mut(&mut given).set(field.ix, coded.clone())?;
                Arc::make_mut(&mut seen).set(field.ix, coded.clone())?;
                &coded
            }
            ColumnData::Text(TextData::Plain(_)) => continue,
            _ => column,
        };
        let normal = if normalise { normal_column(field, column)?.map(Arc::new) } else { None };
        if let Some(normal) = &normal {
            Arc::make_mut(&mut given).set(field.ix, normal.clone())?;
        }
        let clear = cleared_column(field, normal.as_ref().unwrap_or(column))?.map(Arc::new);
        if let Some(new) = clear.or(normal) {
            Arc::make_mut(&mut seen).set(field.ix, new)?;
        }
    }
    Ok((given, seen))
}

/// True for normal forms that take longer to find than a look into a dictionary.
fn is_costly(normaliser: &Normaliser) -> bool {
    !matches!(normaliser, Normaliser::None | Normaliser::Trim | Normaliser::Upper | Normaliser::Lower)
}

/// The rows that hold a value.
pub(super) fn held(column: &Column) -> Bitmap {
    column.valid().cloned().unwrap_or_else(|| Bitmap::filled(column.len(), true))
}

fn normal_column(field: &FieldQuality, column: &Column) -> Result<Option<Column>, ColumnError> {
    let ColumnData::Text(texts) = column.data() else {
        let ColumnData::Values(values) = column.data() else { return Ok(None) };
        let new: Vec<Value> = values.iter().map(|v| field.normaliser.value(v)).collect();
        if new == *values {
            return Ok(None);
        }
        return Column::new(ColumnData::Values(new), column.valid().cloned()).map(Some);
    };
    if matches!(field.normaliser, Normaliser::None) {
        return Ok(None);
    }
    match texts {
        TextData::Coded { codes, dictionary } => {
            let mut changed = false;
            let new: Vec<String> = dictionary
                .texts()
                .iter()
                .map(|text| {
                    let normal = field.normaliser.text(text).unwrap_or_else(|| text.to_owned());
                    changed |= normal != text;
                    normal
                })
                .collect();
            if !changed {
                return Ok(None);
            }
            let mut merged = Dictionary::default();
            let codes_of: Vec<u32> = new.iter().map(|t| merged.add(t)).collect::<Result<_, _>>()?;
            let codes = codes
                .iter()
                .map(|code| codes_of.get(*code as usize).copied().unwrap_or(Dictionary::NONE))
                .collect();
            let data = ColumnData::Text(TextData::Coded { codes, dictionary: Arc::new(merged) });
            Column::new(data, column.valid().cloned()).map(Some)
        }
        TextData::Plain(_) => Ok(None),
    }
}

fn cleared_column(field: &FieldQuality, column: &Column) -> Result<Option<Column>, ColumnError> {
    let held = held(column);
    let missing = match column.data() {
        ColumnData::Text(TextData::Plain(texts)) => {
            let quick = QuickNo::new(&field.placeholders);
            let mut words = Vec::with_capacity(column.len().div_ceil(64));
            texts.blocks(|_, block| {
                words.push(bits(block, |text| !quick.is_value(text) && field.is_missing_text(text)));
            });
            Bitmap::from_words(words, column.len()).and(&held)
        }
        ColumnData::Text(TextData::Coded { codes, dictionary }) => {
            match coded(codes, dictionary, &held, |text| field.is_missing_text(text)) {
                Some(missing) => missing,
                None => return Ok(None),
            }
        }
        ColumnData::Reference { codes, dictionary } => {
            match coded(codes, dictionary, &held, |id| field.is_missing_id(id)) {
                Some(missing) => missing,
                None => return Ok(None),
            }
        }
        ColumnData::Values(values) => {
            Bitmap::from_fn(values.len(), |row| values.get(row).is_some_and(|v| field.is_missing(v)))
        }
        _ => return Ok(None),
    };
    let valid = held.clone().and_not(&missing);
    if valid == held {
        return Ok(None);
    }
    // The value of a row that is not valid is never read, save where values stand as they are.
    let data = match column.data() {
        ColumnData::Values(values) => ColumnData::Values(
            values
                .iter()
                .enumerate()
                .map(|(row, v)| if valid.get(row) { v.clone() } else { Value::Missing })
                .collect(),
        ),
        other => other.clone(),
    };
    Column::new(data, Some(valid)).map(Some)
}

/// The rows, among those asked, whose text of a dictionary has a property; `None` where no text has it.
fn coded(
    codes: &[u32],
    dictionary: &Dictionary,
    asked: &Bitmap,
    holds: impl Fn(&str) -> bool,
) -> Option<Bitmap> {
    let flags: Bitmap = dictionary.texts().iter().map(holds).collect();
    let rows =
        || Bitmap::from_slice(codes, |code| code != Dictionary::NONE && flags.get(code as usize)).and(asked);
    (!flags.none()).then(rows)
}

/// The rows in which a field is missing.
pub(super) fn missing(table: &Table, field: FieldIx) -> Bitmap {
    match table.column(field) {
        None => Bitmap::filled(table.rows(), true),
        Some(column) => match column.valid() {
            None => Bitmap::filled(table.rows(), false),
            Some(valid) => valid.clone().inverted(),
        },
    }
}
