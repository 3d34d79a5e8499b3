//! A table in columns of distinct features: each distinct value is taken apart once.

use std::collections::HashMap;
use std::hash::Hash;

use qudao_model::{Record, Value};

use crate::Comparator;
use crate::arena::{Arena, PART, Part, RUN};
use crate::bits::Bits;
use crate::columns::{self, Columns, Distinct, TextColumn};
use crate::compare::sketch::{Kind, sketch};
use crate::feature::Form;
use crate::huge::Huge;
use crate::marks::Marks;
use crate::pack::Writer;
use crate::parallel::{Threads, pieces, share};
use crate::rule::MatchingRule;
use crate::sketches::Sketches;
use crate::values::CHECKED;

/// One source of a rule over all rows.
#[derive(Debug)]
pub(crate) struct Column {
    /// The distinct features.
    pub(crate) features: Arena,
    /// The feature of each row.
    pub(crate) ids: Huge<u32>,
    /// The term of each distinct feature, see [`Form::term`], until the classes are known.
    pub(crate) terms: Huge<u64>,
    /// Which of the distinct values bear a mark that others may speak against: see [`Marks::bears`].
    pub(crate) marked: Bits,
    /// The sketches of the distinct features, until they are laid down by row.
    sketches: Huge<u64>,
}

/// A table prepared for one rule.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) columns: Vec<Column>,
    pub(crate) rows: usize,
    pub(crate) sketches: Sketches,
}

impl Table {
    /// Of records.
    pub(crate) fn of<'r>(
        rule: &'r MatchingRule,
        records: impl Iterator<Item = &'r Record>,
        threads: Threads<'_>,
    ) -> Self {
        let mut known: Vec<HashMap<&Value, u32>> = rule.sources.iter().map(|_| HashMap::new()).collect();
        let mut ids: Vec<Vec<u32>> = rule.sources.iter().map(|_| Vec::new()).collect();
        let mut rows = 0_usize;
        for record in records {
            if rows.is_multiple_of(CHECKED as usize) && threads.stopped() {
                break;
            }
            rows += 1;
            for ((known, ids), value) in known.iter_mut().zip(&mut ids).zip(rule.values(record)) {
                let next = number(known.len());
                ids.push(*known.entry(value).or_insert(next));
            }
        }
        let columns = rule
            .sources
            .iter()
            .zip(known)
            .zip(ids)
            .enumerate()
            .map(|(at, ((source, known), ids))| {
                let threads = threads.nth(at, rule.sources.len());
                let values = in_order(known);
                let ids = Huge::from(ids.as_slice());
                Column::of(&values, ids, source.maker.comparator, threads, |value, out| {
                    source.maker.write(value, out);
                })
            })
            .collect();
        Self { columns, rows, sketches: Sketches::default() }
    }

    /// Lays down the sketches by row, without which no pair is compared. They tell how frequent the values are: the class of each
    /// distinct value, by field.
    pub(crate) fn sketch(&mut self, rule: &MatchingRule, classes: &[Vec<u8>], threads: Threads<'_>) {
        self.sketches = Sketches::of(rule, &self.columns, self.rows, classes, threads);
        for column in &mut self.columns {
            column.sketches = Huge::default();
        }
    }

    /// Lets the terms go, which nobody needs once values are counted and their classes are known.
    pub(crate) fn forget_terms(&mut self) {
        for column in &mut self.columns {
            column.terms = Huge::default();
        }
    }

    /// Of plain texts. The text of a column is let go as soon as its features are made.
    pub(crate) fn of_columns(rule: &MatchingRule, mut columns: Columns, threads: Threads<'_>) -> Self {
        let rows = columns.rows;
        let mut found: Vec<Option<Distinct>> = pieces(
            columns.columns.len(),
            1,
            threads.part(0, 200),
            columns::Spare::default,
            |spare, range| columns.columns.get(range.start).map(|column| column.distinct(spare)),
        );
        let mut made = Vec::with_capacity(rule.sources.len());
        for (number, source) in rule.sources.iter().enumerate() {
            let threads = threads.part(200, 1000).nth(number, rule.sources.len());
            let at = columns.fields.iter().position(|f| *f == source.field);
            let text = at.and_then(|at| Some((columns.columns.get_mut(at)?, found.get_mut(at)?)));
            let Some((column, Some((ids, values)))) = text.map(|(column, found)| (column, found.as_mut()))
            else {
                made.push(Column::of(
                    &[()],
                    Huge::zeroed(rows),
                    source.maker.comparator,
                    threads,
                    |(), _| (),
                ));
                continue;
            };
            let text = column.text.as_str();
            let again = rule.sources.iter().skip(number + 1).any(|s| s.field == source.field);
            let ids = if again { ids.clone() } else { std::mem::take(ids) };
            let of = Column::of(values, ids, source.maker.comparator, threads, |value, out| {
                let [start, end] = *value;
                source.maker.text(text.get(start..end).unwrap_or_default(), out);
            });
            if !again {
                *column = TextColumn::default();
                *values = Huge::default();
            }
            made.push(of);
        }
        Self { columns: made, rows, sketches: Sketches::default() }
    }

    pub(crate) fn id(&self, source: usize, row: usize) -> u32 {
        self.columns.get(source).and_then(|c| c.ids.get(row)).copied().unwrap_or(u32::MAX)
    }

    /// The number of what a source of a row holds, where that bears a mark: see [`Marks::bears`].
    pub(crate) fn marked(&self, source: usize, row: u32) -> Option<u32> {
        let id = self.id(source, row as usize);
        self.columns.get(source).is_some_and(|column| column.marked.get(id as usize)).then_some(id)
    }

    /// What a source of a row holds, in a buffer that it is given.
    pub(crate) fn form<'b>(&self, source: usize, row: usize, buffer: &'b mut Vec<u16>) -> Form<'b> {
        let column = self.columns.get(source);
        column.map_or(Form::Missing, |c| Form::read(c.features.read(self.id(source, row) as usize, buffer)))
    }
}

/// The values in the order of their numbers.
fn in_order<V: Copy + Hash + Eq>(known: impl IntoIterator<Item = (V, u32)>) -> Vec<V> {
    let mut values: Vec<(u32, V)> = known.into_iter().map(|(value, id)| (id, value)).collect();
    values.sort_unstable_by_key(|(id, _)| *id);
    values.into_iter().map(|(_, value)| value).collect()
}

/// What one thread makes of some distinct values beside their terms and sketches: their features, and which of them bear marks.
#[derive(Debug, Default)]
struct Made {
    part: Part,
    writer: Writer,
    marked: Bits,
}

impl Column {
    /// Takes distinct values apart, each once. While a feature is at hand, so are its term and its sketch.
    fn of<V: Sync>(
        values: &[V],
        ids: Huge<u32>,
        comparator: Comparator,
        threads: Threads<'_>,
        make: impl Fn(&V, &mut Writer) + Sync,
    ) -> Self {
        let words = Kind::of(comparator).words();
        let (mut features, mut marked) = (Arena::default(), Bits::default());
        let (mut terms, mut sketches) = (Huge::zeroed(values.len()), Huge::zeroed(values.len() * words));
        let (mut next_terms, mut next_sketches): (&mut [u64], &mut [u64]) = (&mut terms, &mut sketches);
        let runs = values.len().div_ceil(RUN);
        // What one run was made with is used again for the next.
        let mut all: Vec<Made> = values.chunks(PART).take(RUN / PART).map(|_| Made::default()).collect();
        for (run, values) in values.chunks(RUN).enumerate() {
            let (of_terms, other_terms) = next_terms.split_at_mut(values.len());
            let (of_sketches, other_sketches) = next_sketches.split_at_mut(values.len() * words);
            (next_terms, next_sketches) = (other_terms, other_sketches);
            let made = all.get_mut(..values.len().div_ceil(PART)).unwrap_or_default();
            let places = of_terms.chunks_mut(PART).zip(of_sketches.chunks_mut(PART * words));
            let shares = values.chunks(PART).zip(places).zip(made.iter_mut()).collect();
            share(shares, threads.nth(run, runs), |((values, (terms, sketches)), made)| {
                let Made { part, writer, marked } = made;
                *marked = Bits::default();
                let mut places = terms.iter_mut().zip(sketches.chunks_exact_mut(words));
                part.fill(values, writer, &make, |units| {
                    let form = Form::read(units);
                    marked.push(Marks::bears(&form));
                    let Some((term, of_sketch)) = places.next() else { return };
                    *term = form.term();
                    of_sketch.iter_mut().zip(sketch(&form)).for_each(|(slot, word)| *slot = word);
                });
            });
            let parts: Vec<&Part> = made.iter().map(|made| &made.part).collect();
            features.push(&parts, threads.quiet());
            made.iter().for_each(|made| marked.extend(&made.marked));
        }
        Self { features, ids, terms, marked, sketches }
    }

    /// The sketch of a distinct feature.
    pub(crate) fn sketch(&self, id: usize) -> &[u64] {
        let words = self.sketches.len().checked_div(self.features.len()).unwrap_or(0);
        self.sketches.get(id * words..(id + 1) * words).unwrap_or_default()
    }
}

pub(crate) fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
