//! A table as rules see it: normalised where that is asked, and without placeholders.

use std::sync::Arc;

use qudao_model::columns::{Bitmap, Column, ColumnData, ColumnError, Dictionary, Table, TextData, Texts};
use qudao_model::{FieldIx, Value};

use super::quick::QuickNo;
use super::texts::rows_where;
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
/// it are made from. A column that needs neither is passed over after one look at each of its texts.
pub(super) fn ready(
    object: &ObjectQuality,
    table: &Arc<Table>,
) -> Result<(Arc<Table>, Arc<Table>), ColumnError> {
    let (mut given, mut seen) = (table.clone(), table.clone());
    for field in &object.fields {
        let Some(column) = table.column(field.ix) else { continue };
        if is_settled(field, column) {
            continue;
        }
        let normal = normal_column(field, column)?.map(Arc::new);
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

/// True when every text is trimmed and certainly no placeholder, and trimming is all that the field asks for.
fn is_settled(field: &FieldQuality, column: &Column) -> bool {
    if !matches!(field.normaliser, Normaliser::Trim | Normaliser::None) {
        return false;
    }
    let quick = QuickNo::new(&field.placeholders);
    let is_good = |text: &str| is_trimmed(text) && quick.is_value(text);
    match column.data() {
        ColumnData::Text(TextData::Coded { dictionary, .. }) => dictionary.texts().iter().all(is_good),
        ColumnData::Text(TextData::Plain(texts)) => match column.valid() {
            None => texts.iter().all(is_good),
            Some(valid) => valid.ones().all(|row| is_good(texts.get(row))),
        },
        _ => false,
    }
}

/// True when a text begins and ends with a visible ASCII character. Others are looked at properly.
fn is_trimmed(text: &str) -> bool {
    let ends = text.as_bytes().first().zip(text.as_bytes().last());
    ends.is_some_and(|(a, b)| a.is_ascii_graphic() && b.is_ascii_graphic())
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
    let held = held(column);
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
        TextData::Plain(texts) => {
            let trims = matches!(field.normaliser, Normaliser::Trim);
            let mut out = Texts::with_capacity(texts.len(), texts.data().len());
            let mut changed = false;
            for (row, text) in texts.iter().enumerate() {
                if !held.get(row) || (trims && is_trimmed(text)) {
                    out.push(text)?;
                    continue;
                }
                match field.normaliser.text(text) {
                    Some(normal) if normal != text => {
                        changed = true;
                        out.push(&normal)?;
                    }
                    _ => out.push(text)?,
                }
            }
            if !changed {
                return Ok(None);
            }
            Column::new(ColumnData::Text(TextData::Plain(out)), column.valid().cloned()).map(Some)
        }
    }
}

fn cleared_column(field: &FieldQuality, column: &Column) -> Result<Option<Column>, ColumnError> {
    let held = held(column);
    let missing = match column.data() {
        ColumnData::Text(texts) => {
            let quick = QuickNo::new(&field.placeholders);
            rows_where(texts, &held, |text| !quick.is_value(text) && field.is_missing_text(text))
        }
        ColumnData::Reference { codes, dictionary } => {
            let bad: Vec<bool> = dictionary.texts().iter().map(|id| field.is_missing_id(id)).collect();
            if !bad.contains(&true) {
                return Ok(None);
            }
            Bitmap::from_fn(codes.len(), |row| {
                let code = codes.get(row).copied().unwrap_or(Dictionary::NONE);
                held.get(row) && bad.get(code as usize).copied().unwrap_or(false)
            })
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
