//! The values of a node over many rows at once: its lanes.

use std::rc::Rc;

use qudao_model::columns::{Bitmap, Children, Column, ColumnData, Dictionary, NO_ROW, Table, TextData};
use qudao_model::{FieldIx, ObjectName, RecordId, Value};

use crate::EvalError;

/// Rows of a table, a lane each.
#[derive(Debug, Clone)]
pub(super) enum Rows {
    /// Consecutive ones.
    Range(u32, usize),
    /// Any; [`NO_ROW`] for none.
    List(Rc<[u32]>),
}

impl Rows {
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Range(_, len) => *len,
            Self::List(rows) => rows.len(),
        }
    }

    #[inline]
    pub(super) fn get(&self, lane: usize) -> u32 {
        match self {
            Self::Range(start, _) => start.saturating_add(u32::try_from(lane).unwrap_or(NO_ROW)),
            Self::List(rows) => rows[lane],
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        (0..self.len()).map(|lane| self.get(lane))
    }

    pub(super) fn take(&self, lanes: &[u32]) -> Self {
        Self::List(lanes.iter().map(|lane| self.get(*lane as usize)).collect())
    }

    /// Which lanes have a row.
    pub(super) fn known(&self) -> Bitmap {
        match self {
            Self::Range(_, len) => Bitmap::filled(*len, true),
            Self::List(rows) => Bitmap::from_fn(rows.len(), |lane| rows[lane] != NO_ROW),
        }
    }

    /// The bits of a column, lane by lane; false where there is no row.
    pub(super) fn gather(&self, bits: &Bitmap) -> Bitmap {
        match self {
            Self::Range(start, len) => bits.slice(*start as usize, *len),
            Self::List(rows) => Bitmap::from_fn(rows.len(), |lane| bits.get(rows[lane] as usize)),
        }
    }
}

/// The values of a node, a lane each.
#[derive(Debug, Clone)]
pub(super) enum Vector<'a> {
    /// One value on all lanes.
    Same(Value, usize),
    /// Conditions: `yes` is set only where `known` is.
    Bools { yes: Bitmap, known: Bitmap },
    /// Computed whole numbers.
    Ints { values: Vec<i64>, known: Bitmap },
    /// A field of records.
    View { column: &'a Column, rows: Rows, object: &'a ObjectName, field: FieldIx },
    /// Texts of a dictionary.
    Codes { dictionary: &'a Dictionary, codes: Vec<u32>, reference: bool },
    /// Records.
    Records { table: &'a Table, rows: Rows },
    /// The lists of records that point to records.
    Linked { table: &'a Table, children: &'a Children, rows: Rows },
    /// Lists of records.
    Lists { table: &'a Table, offsets: Vec<u32>, rows: Vec<u32>, known: Bitmap },
    /// Value by value.
    Values(Vec<Value>),
}

impl<'a> Vector<'a> {
    pub(super) fn missing(len: usize) -> Self {
        Self::Same(Value::Missing, len)
    }

    pub(super) fn len(&self) -> usize {
        match self {
            Self::Same(_, len) => *len,
            Self::Bools { known, .. } | Self::Ints { known, .. } | Self::Lists { known, .. } => known.len(),
            Self::View { rows, .. } | Self::Records { rows, .. } | Self::Linked { rows, .. } => rows.len(),
            Self::Codes { codes, .. } => codes.len(),
            Self::Values(values) => values.len(),
        }
    }

    /// Some of the lanes, in any order.
    pub(super) fn take(&self, lanes: &[u32]) -> Self {
        let bits = |map: &Bitmap| Bitmap::from_fn(lanes.len(), |at| map.get(lanes[at] as usize));
        match self {
            Self::Same(value, _) => Self::Same(value.clone(), lanes.len()),
            Self::Bools { yes, known } => Self::Bools { yes: bits(yes), known: bits(known) },
            Self::Ints { values, known } => Self::Ints {
                values: lanes.iter().map(|lane| values[*lane as usize]).collect(),
                known: bits(known),
            },
            Self::View { column, rows, object, field } => {
                Self::View { column, rows: rows.take(lanes), object, field: *field }
            }
            Self::Codes { dictionary, codes, reference } => Self::Codes {
                dictionary,
                codes: lanes.iter().map(|lane| codes[*lane as usize]).collect(),
                reference: *reference,
            },
            Self::Records { table, rows } => Self::Records { table, rows: rows.take(lanes) },
            Self::Linked { table, children, rows } => {
                Self::Linked { table, children, rows: rows.take(lanes) }
            }
            Self::Lists { .. } => {
                let mut taken = ListsOf::default();
                for lane in lanes {
                    taken.push(self.rows_of(*lane as usize));
                }
                taken.finish(self.list_table())
            }
            Self::Values(values) => {
                Self::Values(lanes.iter().map(|lane| values[*lane as usize].clone()).collect())
            }
        }
    }

    /// The table of the records in lists of records.
    fn list_table(&self) -> Option<&'a Table> {
        match self {
            Self::Linked { table, .. } | Self::Lists { table, .. } => Some(table),
            _ => None,
        }
    }

    /// The records of a list of records; `None` where it is missing, or is none.
    pub(super) fn rows_of(&self, lane: usize) -> Option<&[u32]> {
        match self {
            Self::Linked { children, rows, .. } => match rows.get(lane) {
                NO_ROW => None,
                row => Some(children.of(row as usize)),
            },
            Self::Lists { offsets, rows, known, .. } => {
                known.get(lane).then(|| &rows[offsets[lane] as usize..offsets[lane + 1] as usize])
            }
            _ => None,
        }
    }

    pub(super) fn is_list_of_records(&self) -> bool {
        matches!(self, Self::Linked { .. } | Self::Lists { .. })
    }

    /// Which lanes have a value.
    pub(super) fn known(&self) -> Bitmap {
        match self {
            Self::Same(value, len) => Bitmap::filled(*len, *value != Value::Missing),
            Self::Bools { known, .. } | Self::Ints { known, .. } | Self::Lists { known, .. } => known.clone(),
            Self::View { column, rows, .. } => match column.present() {
                Some(present) => rows.gather(present),
                None => rows.known(),
            },
            Self::Codes { codes, .. } => Bitmap::from_fn(codes.len(), |lane| codes[lane] != Dictionary::NONE),
            Self::Records { rows, .. } | Self::Linked { rows, .. } => rows.known(),
            Self::Values(values) => Bitmap::from_fn(values.len(), |lane| values[lane] != Value::Missing),
        }
    }

    /// One value; records as references.
    pub(super) fn value(&self, lane: usize) -> Value {
        let reference = |table: &Table, row: u32| match row {
            NO_ROW => Value::Missing,
            row => RecordId::new(table.ids().get(row as usize)).map_or(Value::Missing, Value::Reference),
        };
        match self {
            Self::Same(value, _) => value.clone(),
            Self::Bools { yes, known } => {
                if known.get(lane) {
                    Value::Bool(yes.get(lane))
                } else {
                    Value::Missing
                }
            }
            Self::Ints { values, known } => {
                if known.get(lane) {
                    Value::Int(values[lane])
                } else {
                    Value::Missing
                }
            }
            Self::View { column, rows, .. } => {
                let row = rows.get(lane) as usize;
                if row >= column.len() || column.present().is_some_and(|p| !p.get(row)) {
                    return Value::Missing;
                }
                column.get(row)
            }
            Self::Codes { dictionary, codes, reference } => match codes[lane] {
                Dictionary::NONE => Value::Missing,
                code if *reference => {
                    RecordId::new(dictionary.get(code)).map_or(Value::Missing, Value::Reference)
                }
                code => Value::text(dictionary.get(code)),
            },
            Self::Records { table, rows } => reference(table, rows.get(lane)),
            Self::Linked { table, .. } | Self::Lists { table, .. } => match self.rows_of(lane) {
                None => Value::Missing,
                Some(rows) => Value::list(rows.iter().map(|row| reference(table, *row))),
            },
            Self::Values(values) => values[lane].clone(),
        }
    }

    /// The texts, where all lanes are of text: without copying them.
    pub(super) fn texts(&self) -> Option<TextLanes<'_>> {
        Some(match self {
            Self::Same(value, _) => TextLanes::One(value.as_text()?),
            Self::View { column, rows, .. } => {
                let present = column.present();
                match column.data() {
                    ColumnData::Text(TextData::Plain(_)) => TextLanes::Plain { column, rows, present },
                    ColumnData::Text(TextData::Coded { codes, dictionary })
                    | ColumnData::Reference { codes, dictionary } => {
                        TextLanes::Coded { codes, dictionary, rows, present }
                    }
                    _ => return None,
                }
            }
            Self::Codes { dictionary, codes, .. } => TextLanes::Codes { codes, dictionary },
            _ => return None,
        })
    }

    /// A view of dictionary-coded texts.
    pub(super) fn coded(&self) -> Option<Coded<'a, '_>> {
        match self {
            Self::View { column, rows, .. } => match column.data() {
                ColumnData::Text(TextData::Coded { codes, dictionary }) => {
                    Some(Coded { codes, dictionary, rows, present: column.present(), reference: false })
                }
                ColumnData::Reference { codes, dictionary } => {
                    Some(Coded { codes, dictionary, rows, present: column.present(), reference: true })
                }
                _ => None,
            },
            _ => None,
        }
    }
}

/// A view of dictionary-coded texts.
pub(super) struct Coded<'a, 'v> {
    codes: &'a [u32],
    pub(super) dictionary: &'a Dictionary,
    rows: &'v Rows,
    present: Option<&'a Bitmap>,
    pub(super) reference: bool,
}

impl Coded<'_, '_> {
    /// Where a number has a property, and where there is a value, a lane each.
    pub(super) fn answers(&self, holds: impl Fn(u32) -> bool) -> (Bitmap, Bitmap) {
        let none = Dictionary::NONE;
        let answer = |code: u32| (holds(code), code != none);
        match (self.rows, self.present) {
            (Rows::Range(start, len), None) => {
                let start = *start as usize;
                Bitmap::pair_from_slice(self.codes.get(start..start + len).unwrap_or_default(), answer)
            }
            (Rows::List(rows), None) => Bitmap::pair_from_slice(rows, |row| {
                answer(self.codes.get(row as usize).copied().unwrap_or(none))
            }),
            (Rows::Range(..) | Rows::List(_), Some(_)) => Bitmap::pair_from_slice(&self.codes(), answer),
        }
    }

    /// The number of each lane; [`Dictionary::NONE`] where there is no value.
    pub(super) fn codes(&self) -> Vec<u32> {
        let none = Dictionary::NONE;
        match (self.rows, self.present) {
            (Rows::Range(start, len), None) => self.codes[*start as usize..*start as usize + len].to_vec(),
            (Rows::Range(start, len), Some(present)) => {
                let codes = &self.codes[*start as usize..*start as usize + len];
                let present = present.slice(*start as usize, *len);
                codes.iter().enumerate().map(|(i, c)| if present.get(i) { *c } else { none }).collect()
            }
            (Rows::List(rows), None) => {
                rows.iter().map(|row| self.codes.get(*row as usize).copied().unwrap_or(none)).collect()
            }
            (Rows::List(rows), Some(present)) => rows
                .iter()
                .map(|row| match self.codes.get(*row as usize) {
                    Some(code) if present.get(*row as usize) => *code,
                    _ => none,
                })
                .collect(),
        }
    }
}

/// The texts of lanes.
pub(super) enum TextLanes<'v> {
    One(&'v str),
    Plain { column: &'v Column, rows: &'v Rows, present: Option<&'v Bitmap> },
    Coded { codes: &'v [u32], dictionary: &'v Dictionary, rows: &'v Rows, present: Option<&'v Bitmap> },
    Codes { codes: &'v [u32], dictionary: &'v Dictionary },
}

impl<'v> TextLanes<'v> {
    pub(super) fn get(&self, lane: usize) -> Option<&'v str> {
        let there = |present: &Option<&Bitmap>, row: usize| present.is_none_or(|p| p.get(row));
        match self {
            Self::One(text) => Some(text),
            Self::Plain { column, rows, present } => {
                let row = rows.get(lane) as usize;
                match column.data() {
                    ColumnData::Text(texts) if row < column.len() && there(present, row) => {
                        Some(texts.get(row))
                    }
                    _ => None,
                }
            }
            Self::Coded { codes, dictionary, rows, present } => {
                let row = rows.get(lane) as usize;
                codes.get(row).filter(|_| there(present, row)).map(|code| dictionary.get(*code))
            }
            Self::Codes { codes, dictionary } => match codes[lane] {
                Dictionary::NONE => None,
                code => Some(dictionary.get(code)),
            },
        }
    }
}

/// Lists of records under construction.
#[derive(Default)]
pub(super) struct ListsOf {
    offsets: Vec<u32>,
    rows: Vec<u32>,
    known: Bitmap,
}

impl ListsOf {
    pub(super) fn push(&mut self, list: Option<&[u32]>) {
        self.offsets.push(u32::try_from(self.rows.len()).unwrap_or(u32::MAX));
        self.known.push(list.is_some());
        self.rows.extend_from_slice(list.unwrap_or_default());
    }

    pub(super) fn finish(mut self, table: Option<&Table>) -> Vector<'_> {
        self.offsets.push(u32::try_from(self.rows.len()).unwrap_or(u32::MAX));
        match table {
            Some(table) => Vector::Lists { table, offsets: self.offsets, rows: self.rows, known: self.known },
            None => Vector::missing(self.known.len()),
        }
    }
}

/// Errors by lane, ascending. A lane with an error has no value.
pub(super) type Errors = Vec<(u32, EvalError)>;

/// The outcome of a node: values, and errors where there is none.
#[derive(Debug, Clone)]
pub(super) struct Lanes<'a> {
    pub(super) values: Vector<'a>,
    pub(super) errors: Errors,
}

impl<'a> Lanes<'a> {
    pub(super) fn of(values: Vector<'a>) -> Self {
        Self { values, errors: Errors::new() }
    }

    /// The same error on every lane.
    pub(super) fn failed(len: usize, error: &EvalError) -> Self {
        let lanes = 0..u32::try_from(len).unwrap_or(u32::MAX);
        Self { values: Vector::missing(len), errors: lanes.map(|lane| (lane, error.clone())).collect() }
    }
}

/// The errors of both, those of the first before those of the second.
pub(super) fn both(first: Errors, second: Errors) -> Errors {
    if second.is_empty() {
        return first;
    }
    let mut all: std::collections::BTreeMap<u32, EvalError> = second.into_iter().collect();
    all.extend(first);
    all.into_iter().collect()
}

/// True where a lane has an error.
pub(super) fn failed(errors: &Errors, lane: usize) -> bool {
    !errors.is_empty() && errors.binary_search_by_key(&lane, |(l, _)| *l as usize).is_ok()
}

/// Values that are missing on lanes with an error.
pub(super) fn without<'a>(values: Vector<'a>, errors: &Errors) -> Vector<'a> {
    if errors.is_empty() {
        return values;
    }
    let clear = |map: &mut Bitmap| errors.iter().for_each(|(lane, _)| map.set(*lane as usize, false));
    let clear_rows = |rows: &Rows| -> Rows {
        let mut rows: Vec<u32> = rows.iter().collect();
        errors.iter().for_each(|(lane, _)| rows[*lane as usize] = NO_ROW);
        Rows::List(rows.into())
    };
    match values {
        Vector::Bools { mut yes, mut known } => {
            clear(&mut yes);
            clear(&mut known);
            Vector::Bools { yes, known }
        }
        Vector::Ints { values, mut known } => {
            clear(&mut known);
            Vector::Ints { values, known }
        }
        Vector::Lists { table, offsets, rows, mut known } => {
            clear(&mut known);
            Vector::Lists { table, offsets, rows, known }
        }
        Vector::View { column, rows, object, field } => {
            Vector::View { column, rows: clear_rows(&rows), object, field }
        }
        Vector::Records { table, rows } => Vector::Records { table, rows: clear_rows(&rows) },
        Vector::Linked { table, children, rows } => {
            Vector::Linked { table, children, rows: clear_rows(&rows) }
        }
        Vector::Codes { dictionary, mut codes, reference } => {
            errors.iter().for_each(|(lane, _)| codes[*lane as usize] = Dictionary::NONE);
            Vector::Codes { dictionary, codes, reference }
        }
        other @ (Vector::Same(..) | Vector::Values(_)) => {
            let mut values: Vec<Value> = (0..other.len()).map(|lane| other.value(lane)).collect();
            errors.iter().for_each(|(lane, _)| values[*lane as usize] = Value::Missing);
            Vector::Values(values)
        }
    }
}

/// The lanes of one part after those of the other.
pub(super) fn concat<'a>(mut first: Lanes<'a>, second: Lanes<'a>) -> Lanes<'a> {
    let shift = u32::try_from(first.values.len()).unwrap_or(u32::MAX);
    first.errors.extend(second.errors.into_iter().map(|(lane, error)| (lane.saturating_add(shift), error)));
    first.values = match (first.values, second.values) {
        (Vector::Bools { mut yes, mut known }, Vector::Bools { yes: more, known: more_known }) => {
            yes.append(&more);
            known.append(&more_known);
            Vector::Bools { yes, known }
        }
        (a, b) if a.is_list_of_records() && b.is_list_of_records() => {
            let mut lists = ListsOf::default();
            for part in [&a, &b] {
                (0..part.len()).for_each(|lane| lists.push(part.rows_of(lane)));
            }
            lists.finish(a.list_table())
        }
        (a, b) => {
            let mut values: Vec<Value> = (0..a.len()).map(|lane| a.value(lane)).collect();
            values.extend((0..b.len()).map(|lane| b.value(lane)));
            Vector::Values(values)
        }
    };
    first
}
