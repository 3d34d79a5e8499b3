//! One pass over a column of texts: trimmed or not, placeholder or not, and what every rule on the text alone says.

use std::borrow::Cow;

use qudao_model::columns::{Bitmap, Column, ColumnData, ColumnError, TextData, Texts};

use super::judge::{Judge, bits, ones};
use super::quick::QuickNo;
use crate::field::FieldQuality;
use crate::normalise::{Normaliser, is_trimmed};

/// A rule, by its place, and what it asks of a text.
pub(super) type Asked<'a> = (usize, Judge<'a>);

/// What became of a column.
pub(super) struct Read {
    /// The column in its normal form, where that differs.
    pub(super) given: Option<Column>,
    /// The same without placeholders, where that differs from the column as it was.
    pub(super) seen: Option<Column>,
    /// Per rule that was asked, the rows whose text does not meet it.
    pub(super) judged: Vec<(usize, Bitmap)>,
}

/// Reads the texts of a column. With `normalise`, they are brought into their normal form first.
pub(super) fn read(
    field: &FieldQuality,
    quick: &QuickNo,
    column: &Column,
    texts: &Texts,
    asked: &[Asked<'_>],
    normalise: bool,
) -> Result<Read, ColumnError> {
    let len = column.len();
    // Where a text is trimmed and certainly no placeholder, nothing else is to be done for it.
    let settles = match field.normaliser {
        _ if !normalise => Settles::AsItIs,
        Normaliser::None => Settles::AsItIs,
        Normaliser::Trim => Settles::Trimmed,
        _ => Settles::Never,
    };
    let mut changes: Vec<(usize, String)> = Vec::new();
    let mut missing: Vec<usize> = Vec::new();
    let mut words: Vec<Vec<u64>> = asked.iter().map(|_| Vec::with_capacity(len.div_ceil(64))).collect();
    texts.blocks(|start, block| {
        let all = u64::MAX >> (64 - block.len().clamp(1, 64));
        let held = column.valid().map_or(all, |v| v.word_at(start) & all);
        let settled = match settles {
            Settles::Never => 0,
            Settles::AsItIs => held & bits(block, |text| quick.is_value(text)),
            Settles::Trimmed => held & bits(block, |text| is_trimmed(text) & quick.is_value(text)),
        };
        for ((_, judge), out) in asked.iter().zip(&mut words) {
            out.push(if settled == 0 { 0 } else { judge.refused(block, settled) });
        }
        for at in ones(held & !settled) {
            let Some(text) = block.get(at) else { continue };
            let normal = match field.normaliser.text(text) {
                Some(normal) if normalise && normal != **text => Cow::Owned(normal),
                _ => Cow::Borrowed(*text),
            };
            let is_missing = !quick.is_value(&normal) && field.is_missing_text(&normal);
            if is_missing {
                missing.push(start + at);
            } else {
                for ((_, judge), out) in asked.iter().zip(&mut words) {
                    if let Some(word) = out.last_mut() {
                        *word |= u64::from(judge.refuses(&normal)) << at;
                    }
                }
            }
            if let Cow::Owned(normal) = normal {
                changes.push((start + at, normal));
            }
        }
    });
    let given = (!changes.is_empty()).then(|| changed(column, texts, &changes)).transpose()?;
    let seen = if missing.is_empty() {
        given.clone()
    } else {
        let mut valid = Bitmap::filled(len, true);
        missing.iter().for_each(|row| valid.set(*row, false));
        Some(given.as_ref().unwrap_or(column).with_valid(valid)?)
    };
    let judged = asked.iter().zip(words).map(|((rule, _), words)| (*rule, Bitmap::from_words(words, len)));
    Ok(Read { given, seen, judged: judged.collect() })
}

#[derive(Clone, Copy)]
enum Settles {
    Never,
    AsItIs,
    Trimmed,
}

/// The column with other texts in some rows.
fn changed(column: &Column, texts: &Texts, changes: &[(usize, String)]) -> Result<Column, ColumnError> {
    let mut out = Texts::with_capacity(texts.len(), 0);
    let mut changes = changes.iter().peekable();
    for (row, text) in texts.iter().enumerate() {
        match changes.next_if(|(at, _)| *at == row) {
            Some((_, new)) => out.push(new)?,
            None => out.push(text)?,
        }
    }
    Column::new(ColumnData::Text(TextData::Plain(out)), column.valid().cloned())
}
