//! Tables without a Blueprint: what their columns are taken for.

use std::collections::BTreeMap;

use qudao::Error;
use qudao::import::Sheet;
use qudao::matching::{Guess, GuessedMatching, guess_rule};
use qudao::prelude::{Record, RecordId, Value};

use crate::fault::Fault;

/// So many rows of a table are looked at.
const SAMPLE: usize = 2000;

/// Guesses a rule from the columns of tables. Each column goes by the name beside it, and one without a name is left out; in several
/// tables columns of one name are one.
pub(crate) fn rule(tables: &[(&Sheet, &[Option<&str>])]) -> Result<(Guess, GuessedMatching), Fault> {
    // In the order of their appearance.
    let mut columns: Vec<(&str, Vec<&str>)> = Vec::new();
    for (sheet, names) in tables {
        let mut seen: BTreeMap<&str, usize> =
            columns.iter().enumerate().map(|(at, (name, _))| (*name, at)).collect();
        for (place, name) in names.iter().enumerate() {
            let Some(name) = name else { continue };
            let cells = sheet.rows.iter().take(SAMPLE).filter_map(|(_, c)| c.get(place)).map(String::as_str);
            // Of a table's own columns that are called alike each stands for itself.
            match seen.remove(name).and_then(|at| columns.get_mut(at)) {
                Some((_, samples)) => samples.extend(cells),
                None => columns.push((name, cells.collect())),
            }
        }
    }
    let named: Vec<(&str, &[&str])> = columns.iter().map(|(name, cells)| (*name, cells.as_slice())).collect();
    let guess = guess_rule(&named);
    let matching = guess.compile().map_err(|lints| Error::Blueprint { name: "guess".into(), lints })?;
    Ok((guess, matching))
}

/// The rows as records of the guess, with ids.
pub(crate) fn records(
    sheet: &Sheet,
    names: &[Option<&str>],
    guess: &Guess,
    matching: &GuessedMatching,
    id: impl Fn(usize) -> String,
) -> Result<Vec<Record>, Fault> {
    let schema = matching
        .schema
        .object(matching.object.as_str())
        .ok_or_else(|| Error::Internal { detail: "a guess without its object".into() })?
        .clone();
    let fields: Vec<_> = names
        .iter()
        .map(|name| guess.field((*name)?).and_then(|field| schema.field_ix(field.as_str())))
        .collect();
    let mut records = Vec::with_capacity(sheet.rows.len());
    for (row, (_, cells)) in sheet.rows.iter().enumerate() {
        let mut record = Record::new(schema.clone(), RecordId::new(id(row)).map_err(Error::from)?);
        for (ix, cell) in fields.iter().zip(cells) {
            if let Some(ix) = ix
                && !cell.trim().is_empty()
            {
                record.set_at(*ix, Value::text(cell));
            }
        }
        records.push(record);
    }
    Ok(records)
}
