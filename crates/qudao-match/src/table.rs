//! A table in columns of distinct features: each distinct value is taken apart once.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, Hash};
use std::ops::Range;

use hashbrown::DefaultHashBuilder;
use hashbrown::hash_table::HashTable;

use qudao_model::{FieldName, Record, Value};

use crate::arena::{Arena, PART, Spare};
use crate::compare::quick::{CharSet, mix};
use crate::compare::sketch::{self, Bound, Kind, is_branch, sketch, with_class};
use crate::compare::{Verdict, compare};
use crate::feature::Form;
use crate::level::Symbol;
use crate::pack::Writer;
use crate::parallel::{Threads, pieces};
use crate::rule::{
    CompareField, MAX_FIELDS, MatchingRule, Said, Scored, cross, identities_clash, kinds_clash, weight_of,
};
use crate::values::CHECKED;
use crate::{Comparator, Level};

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
    fields: Vec<FieldName>,
    columns: Vec<TextColumn>,
    rows: usize,
}

/// The cells of a column, laid end to end.
#[derive(Debug, Clone, Default)]
struct TextColumn {
    text: String,
    lengths: Vec<u32>,
}

/// The number of each row's value, and where the distinct values stand, by number.
type Distinct = (Vec<u32>, Vec<Range<usize>>);

/// About so many rows are told apart at a time: their table is near while it is asked.
const TOLD_APART: usize = 1 << 13;

impl TextColumn {
    /// The number of each row's value, and where the distinct values stand, by number: in the order in which they come first.
    ///
    /// Rows are laid out by hashes first, so that only a small table is looked into at a time.
    fn distinct(&self) -> Distinct {
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
        if self.rows >= crate::matching::MAX_ROWS as usize {
            return Err(crate::MatchError::TooManyRecords { max: crate::matching::MAX_ROWS });
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

/// One source of a rule over all rows.
#[derive(Debug)]
pub(crate) struct Column {
    /// The distinct features.
    pub(crate) features: Arena,
    /// The feature of each row.
    pub(crate) ids: Vec<u32>,
    /// The term of each distinct feature, see [`Form::term`], until the classes are known.
    pub(crate) terms: Vec<u64>,
    /// The sketches of the distinct features, until they are laid down by row.
    sketches: Vec<u64>,
}

/// A table prepared for one rule.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) columns: Vec<Column>,
    pub(crate) rows: usize,
    sketches: Sketches,
}

/// The sketches of the compared fields, row by row, so that a row is looked at in one place of the memory.
#[derive(Debug, Default)]
struct Sketches {
    words: Vec<Vec<u64>>,
    /// Words of a row.
    width: usize,
    /// By field: how sketches are compared, and where they begin in a row.
    places: Vec<(Kind, usize)>,
}

/// By field: how sketches are compared, and where they begin in a row; and how many words a row has.
pub(crate) fn places(rule: &MatchingRule) -> (Vec<(Kind, usize)>, usize) {
    let mut width = 0;
    let mut places = Vec::with_capacity(rule.fields.len());
    for field in &rule.fields {
        // What may be exchanged with another field is not known from its own sketch.
        let kind = if field.crossed.is_some() { Kind::Other } else { Kind::of(field.comparator) };
        places.push((kind, width));
        width += kind.words();
    }
    (places, width)
}

/// How many rows stand together: a power of two.
const TOGETHER: usize = 1 << 13;

impl Sketches {
    fn of(
        rule: &MatchingRule,
        columns: &[Column],
        rows: usize,
        classes: &[Vec<u8>],
        threads: Threads<'_>,
    ) -> Self {
        let (places, width) = places(rule);
        let fields: Vec<(&Column, usize, usize, &[u8])> = (rule.fields.iter().zip(&places).enumerate())
            .filter_map(|(number, (field, (kind, at)))| {
                // What weighs as somebody said weighs the same however frequent it is.
                let classes = classes.get(number).filter(|_| !field.by_hand).map_or(&[][..], Vec::as_slice);
                Some((columns.get(field.source)?, *at, kind.words(), classes))
            })
            .collect();
        let words = pieces(
            rows,
            TOGETHER,
            threads,
            || (),
            |(), some| {
                let mut words = vec![0_u64; some.len() * width];
                for (column, at, count, classes) in &fields {
                    let ids = column.ids.get(some.clone()).unwrap_or_default();
                    for (row, id) in words.chunks_exact_mut(width.max(1)).zip(ids) {
                        let made = column.sketch(*id as usize);
                        for (slot, word) in row.iter_mut().skip(*at).zip(made).take(*count) {
                            *slot = *word;
                        }
                        if let (Some(word), Some(class)) = (row.get_mut(*at), classes.get(*id as usize)) {
                            *word = with_class(*word, *class);
                        }
                    }
                }
                words
            },
        );
        Self { words, width, places }
    }

    #[inline]
    fn row(&self, row: u32) -> &[u64] {
        let row = row as usize;
        let start = (row % TOGETHER) * self.width;
        let words = self.words.get(row / TOGETHER);
        words.and_then(|words| words.get(start..start + self.width)).unwrap_or_default()
    }

    /// What a field of two rows can come to.
    #[inline]
    fn bound(&self, at: usize, left: &[u64], right: &[u64]) -> Bound {
        let Some((kind, at)) = self.places.get(at) else { return Bound::AtMost(Level::Exact, true) };
        let word = |row: &[u64], at: usize| row.get(at).copied().unwrap_or(0);
        sketch::bound(*kind, word(left, *at), word(right, *at), || {
            (CharSet::from_bits(word(left, at + 1)), CharSet::from_bits(word(right, at + 1)))
        })
    }
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
            column.sketches = Vec::new();
        }
    }

    /// Lets the terms go, which nobody needs once values are counted and their classes are known.
    pub(crate) fn forget_terms(&mut self) {
        for column in &mut self.columns {
            column.terms = Vec::new();
        }
    }

    /// Of plain texts. The text of a column is let go as soon as its features are made.
    pub(crate) fn of_columns(rule: &MatchingRule, mut columns: Columns, threads: Threads<'_>) -> Self {
        let rows = columns.rows;
        let mut found: Vec<Option<Distinct>> = pieces(
            columns.columns.len(),
            1,
            threads.part(0, 200),
            || (),
            |(), range| columns.columns.get(range.start).map(TextColumn::distinct),
        );
        let mut made = Vec::with_capacity(rule.sources.len());
        for (number, source) in rule.sources.iter().enumerate() {
            let threads = threads.part(200, 1000).nth(number, rule.sources.len());
            let at = columns.fields.iter().position(|f| *f == source.field);
            let text = at.and_then(|at| Some((columns.columns.get_mut(at)?, found.get_mut(at)?)));
            let Some((column, Some((ids, values)))) = text.map(|(column, found)| (column, found.as_mut()))
            else {
                made.push(Column::of(&[()], vec![0; rows], source.maker.comparator, threads, |(), _| ()));
                continue;
            };
            let text = column.text.as_str();
            let again = rule.sources.iter().skip(number + 1).any(|s| s.field == source.field);
            let ids = if again { ids.clone() } else { std::mem::take(ids) };
            let of = Column::of(values, ids, source.maker.comparator, threads, |value, out| {
                source.maker.text(text.get(value.clone()).unwrap_or_default(), out);
            });
            if !again {
                *column = TextColumn::default();
                *values = Vec::new();
            }
            made.push(of);
        }
        Self { columns: made, rows, sketches: Sketches::default() }
    }

    pub(crate) fn id(&self, source: usize, row: usize) -> u32 {
        self.columns.get(source).and_then(|c| c.ids.get(row)).copied().unwrap_or(u32::MAX)
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

impl Column {
    /// Takes distinct values apart, each once. While a feature is at hand, so are its term and its sketch.
    fn of<V: Sync>(
        values: &[V],
        ids: Vec<u32>,
        comparator: Comparator,
        threads: Threads<'_>,
        make: impl Fn(&V, &mut Writer) + Sync,
    ) -> Self {
        let words = Kind::of(comparator).words();
        let (mut arenas, mut terms, mut sketches) = (Vec::new(), Vec::new(), Vec::new());
        terms.reserve_exact(values.len());
        sketches.reserve_exact(values.len() * words);
        let runs = values.len().div_ceil(PARTS * PART);
        for (run, values) in values.chunks(PARTS * PART).enumerate() {
            let made = pieces(values.len(), PART, threads.nth(run, runs), Spare::default, |spare, range| {
                let (mut terms, mut sketches) = (Vec::new(), Vec::new());
                let arena = Arena::part(values.get(range).unwrap_or_default(), spare, &make, |units| {
                    let form = Form::read(units);
                    terms.push(form.term());
                    sketches.extend_from_slice(sketch(&form).get(..words).unwrap_or_default());
                });
                (arena, terms, sketches)
            });
            for (arena, of_terms, of_sketches) in made {
                arenas.push(arena);
                terms.extend(of_terms);
                sketches.extend(of_sketches);
            }
        }
        Self { features: Arena::joined(arenas), ids, terms, sketches }
    }

    /// The sketch of a distinct feature.
    fn sketch(&self, id: usize) -> &[u64] {
        let words = self.sketches.len().checked_div(self.features.len()).unwrap_or(0);
        self.sketches.get(id * words..(id + 1) * words).unwrap_or_default()
    }
}

/// How many parts are made before what was found on the way is put together, so that it takes little room beside the whole.
const PARTS: usize = 64;

pub(crate) fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// How many pairs are scored in one go.
pub(crate) const FETCHED: usize = 128;

/// How many verdicts each field remembers.
const MEMORY: usize = 1 << 12;

/// What the outcomes of a field's comparison weigh at most, in millibits.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Most {
    /// Values that exclude each other forbid the pair.
    forbids: bool,
    different: i64,
    /// By level: at most this level, of different terms.
    apart: [i64; Level::COUNT],
    /// By level and class: at most this level, of the same term or of different ones.
    together: [[i64; Symbol::VALUES]; Level::COUNT],
}

impl Most {
    pub(crate) fn of(field: &CompareField, rule: &MatchingRule) -> Self {
        let forbids = field.comparator == Comparator::CompanyName || rule.identities.contains(&field.source);
        let different = weight_of(field, Symbol::of(Level::Different, 0));
        let mut out = Self { forbids, different, ..Self::default() };
        // A comparison may also say nothing, which weighs nothing.
        let (mut apart, mut together) = (0, [0; Symbol::VALUES]);
        for level in Level::ALL.into_iter().filter(|l| *l != Level::Missing) {
            // Values of different terms may share a word.
            for class in std::iter::once(0).chain(Symbol::WORDS) {
                apart = apart.max(weight_of(field, Symbol::of(level, class)));
            }
            for (class, most) in (0_u8..).zip(&mut together) {
                *most = apart.max(weight_of(field, Symbol::of(level, class))).max(*most);
            }
            out.apart[level.index()] = apart;
            out.together[level.index()] = together;
        }
        out
    }

    /// For sketches that do not tell how frequent their terms are.
    pub(crate) fn of_any_class(mut self) -> Self {
        for together in &mut self.together {
            *together = [together.iter().copied().max().unwrap_or(0); Symbol::VALUES];
        }
        self
    }

    /// What sketches that differ say for certain.
    pub(crate) fn said(&self, bound: Bound) -> Option<Said> {
        match bound {
            Bound::Missing => Some(Said::NOTHING),
            Bound::Different(clashing) => Some(Said {
                symbol: Symbol::of(Level::Different, 0),
                related: false,
                clash: clashing && self.forbids,
            }),
            Bound::AtMost(..) => None,
        }
    }
}

/// Scores pairs of rows. Verdicts on two distinct values are remembered for as long as there is room.
pub(crate) struct Scorer<'a> {
    rule: &'a MatchingRule,
    table: &'a Table,
    terms: &'a [Vec<u8>],
    most: Vec<Most>,
    /// By field.
    memory: Vec<Memory>,
    /// Sketches at hand.
    fetched: Vec<u64>,
    open: Open,
}

/// What a field remembers.
struct Memory {
    /// Verdicts on two distinct values, whether they exclude each other, and the class of the words that they share. Empty where the same two seldom meet again.
    verdicts: Vec<(u64, Verdict, bool, u8)>,
    /// The value looked at last: pairs of one row follow each other.
    last: Option<u32>,
    left: Vec<u16>,
    right: Vec<u16>,
}

/// Pairs whose sketches leave open whether they reach the floor.
#[derive(Default)]
struct Open {
    pairs: Vec<(u32, u32)>,
    /// For each pair, field by field: what is open, and the most that it can say.
    fields: Vec<(Bound, i64)>,
    /// Features to be looked at.
    looked: Vec<(u32, u32)>,
}

impl<'a> Scorer<'a> {
    /// `terms` holds the class of frequency of each distinct value, by field.
    pub(crate) fn new(rule: &'a MatchingRule, table: &'a Table, terms: &'a [Vec<u8>]) -> Self {
        let memory = rule
            .fields
            .iter()
            .map(|f| {
                let dear = f.comparator.is_dear();
                let distinct = table.columns.get(f.source).map_or(0, |c| c.features.len());
                // Where nearly every value stands once, the same two seldom meet again.
                let verdicts = if dear && distinct * 4 < table.rows * 3 {
                    vec![(u64::MAX, Verdict::MISSING, false, 0); MEMORY]
                } else {
                    Vec::new()
                };
                Memory { verdicts, last: None, left: Vec::new(), right: Vec::new() }
            })
            .collect();
        let most = rule.fields.iter().map(|field| Most::of(field, rule)).collect();
        Self { rule, table, terms, most, memory, fetched: Vec::new(), open: Open::default() }
    }

    /// What one field says of a pair.
    pub(crate) fn symbol(&mut self, at: usize, left: u32, right: u32) -> Option<Symbol> {
        let field = self.rule.fields.get(at)?;
        let (terms, memory) = (self.terms.get(at), self.memory.get_mut(at));
        Some(verdict(self.rule, self.table, terms, memory, field, left as usize, right as usize).symbol)
    }

    /// Different valid values of an identity field.
    pub(crate) fn other_identity(&self, left: u32, right: u32) -> bool {
        self.clash(&self.rule.identities, left, right, identities_clash)
    }

    /// The source that forbids a pair: an identity, or the name of a person beside that of a company.
    pub(crate) fn forbidden_by(&self, left: u32, right: u32) -> Option<usize> {
        let identities = self.rule.identities.iter().map(|source| (*source, true));
        let names = self.rule.names.iter().map(|source| (*source, false));
        let clash = |(source, identity): &(usize, bool)| {
            self.clash(&[*source], left, right, if *identity { identities_clash } else { kinds_clash })
        };
        identities.chain(names).find(clash).map(|(source, _)| source)
    }

    /// A person and a company.
    pub(crate) fn other_kind(&self, left: u32, right: u32) -> bool {
        self.clash(&self.rule.names, left, right, kinds_clash)
    }

    fn clash(
        &self,
        sources: &[usize],
        left: u32,
        right: u32,
        test: fn(&Form<'_>, &Form<'_>) -> bool,
    ) -> bool {
        let (left, right) = (left as usize, right as usize);
        let (mut one, mut two) = (Vec::new(), Vec::new());
        sources.iter().any(|source| {
            self.table.id(*source, left) != self.table.id(*source, right)
                && test(&self.table.form(*source, left, &mut one), &self.table.form(*source, right, &mut two))
        })
    }

    /// Scores a pair.
    pub(crate) fn score(&mut self, left: u32, right: u32) -> Option<Scored> {
        let sketches = &self.table.sketches;
        let (of_left, of_right) = (sketches.row(left), sketches.row(right));
        let mut bounds = [Bound::Missing; MAX_FIELDS];
        for (at, bound) in bounds.iter_mut().enumerate().take(self.rule.fields.len()) {
            *bound = sketches.bound(at, of_left, of_right);
        }
        self.settle(left, right, None, &bounds, self.rule.best)
    }

    /// Calls for each of the pairs that reaches a floor.
    pub(crate) fn reaching(&mut self, pairs: &[(u32, u32)], floor: i64, each: impl FnMut(u32, u32, Scored)) {
        self.together(pairs, Some(floor), each);
    }

    /// Calls for each of the pairs with what [`Self::score`] says of it.
    pub(crate) fn all(&mut self, pairs: &[(u32, u32)], mut each: impl FnMut(u32, u32, Scored)) {
        for some in pairs.chunks(FETCHED) {
            self.together(some, None, &mut each);
        }
    }

    /// Scores pairs together. The sketches of all of them are fetched first, and then what they leave open, for that is what takes the
    /// time.
    fn together(&mut self, pairs: &[(u32, u32)], floor: Option<i64>, mut each: impl FnMut(u32, u32, Scored)) {
        let sketches = &self.table.sketches;
        let mut fetched = std::mem::take(&mut self.fetched);
        fetched.clear();
        for (_, right) in pairs {
            fetched.extend_from_slice(sketches.row(*right));
        }
        let mut open = std::mem::take(&mut self.open);
        open.pairs.clear();
        open.fields.clear();
        let width = self.rule.fields.len();
        let mut bounds = [Bound::Missing; MAX_FIELDS];
        for ((left, right), of_right) in pairs.iter().zip(fetched.chunks_exact(sketches.width.max(1))) {
            let of_left = sketches.row(*left);
            let most = match floor {
                Some(floor) => self.most(of_left, of_right, floor, &mut bounds),
                None => {
                    for (at, bound) in bounds.iter_mut().enumerate().take(width) {
                        *bound = sketches.bound(at, of_left, of_right);
                    }
                    Some(self.rule.best)
                }
            };
            if let Some(most) = most {
                open.pairs.push((*left, *right));
                open.fields.extend(bounds.iter().copied().zip(most).take(width));
            }
        }
        self.fetch(&mut open);
        let mut most = [0_i64; MAX_FIELDS];
        for ((left, right), fields) in open.pairs.iter().zip(open.fields.chunks_exact(width.max(1))) {
            for ((bound, most), (of_bound, of_most)) in bounds.iter_mut().zip(&mut most).zip(fields) {
                (*bound, *most) = (*of_bound, *of_most);
            }
            if let Some(scored) = self.settle(*left, *right, floor, &bounds, most) {
                each(*left, *right, scored);
            }
        }
        self.open = open;
        self.fetched = fetched;
    }

    /// Brings what is going to be compared near: one look-up at a time waits for the memory, many at once hardly do.
    fn fetch(&self, open: &mut Open) {
        let width = self.rule.fields.len().max(1);
        let mut seen = 0_usize;
        for (at, field) in self.rule.fields.iter().enumerate() {
            let Some(column) = self.table.columns.get(field.source) else { continue };
            let looked = &mut open.looked;
            looked.clear();
            // Pairs of one row follow each other: what was just looked at is near.
            let mut before = None;
            for ((left, right), fields) in open.pairs.iter().zip(open.fields.chunks_exact(width)) {
                if matches!(fields.get(at), Some((Bound::AtMost(..), _))) {
                    if before != Some(left) {
                        looked.push((column.ids.get(*left as usize).copied().unwrap_or(0), 0));
                        before = Some(left);
                    }
                    looked.push((column.ids.get(*right as usize).copied().unwrap_or(0), 0));
                }
            }
            for (id, start) in looked.iter_mut() {
                *start = number(column.features.start(*id as usize));
            }
            for (id, start) in looked.iter() {
                seen ^= column.features.look(*id as usize, *start as usize);
            }
        }
        std::hint::black_box(seen);
    }

    fn most(
        &self,
        of_left: &[u64],
        of_right: &[u64],
        floor: i64,
        bounds: &mut [Bound; MAX_FIELDS],
    ) -> Option<[i64; MAX_FIELDS]> {
        most(self.rule, &self.most, &self.table.sketches.places, of_left, of_right, floor, bounds)
    }

    /// Looks at the values, where the sketches leave something open.
    fn settle(
        &mut self,
        left: u32,
        right: u32,
        floor: Option<i64>,
        bounds: &[Bound; MAX_FIELDS],
        most: [i64; MAX_FIELDS],
    ) -> Option<Scored> {
        let (rule, table, terms, memory) = (self.rule, self.table, self.terms, &mut self.memory);
        let of_fields = &self.most;
        let said = |at: usize, field: &CompareField| {
            let known = of_fields.get(at).zip(bounds.get(at)).and_then(|(of, bound)| of.said(*bound));
            known.unwrap_or_else(|| {
                verdict(rule, table, terms.get(at), memory.get_mut(at), field, left as usize, right as usize)
            })
        };
        rule.score(floor, most, said, |one, two| {
            let mut buffers = [Vec::new(), Vec::new(), Vec::new(), Vec::new()];
            let [a, b, c, d] = &mut buffers;
            let (left, right) = (left as usize, right as usize);
            cross(
                &table.form(one, left, a),
                &table.form(two, left, b),
                &table.form(one, right, c),
                &table.form(two, right, d),
            )
        })
    }
}

/// What sketches leave open, and the most that each field can say; none when the pair can not reach the floor.
pub(crate) fn most(
    rule: &MatchingRule,
    of_fields: &[Most],
    places: &[(Kind, usize)],
    of_left: &[u64],
    of_right: &[u64],
    floor: i64,
    bounds: &mut [Bound; MAX_FIELDS],
) -> Option<[i64; MAX_FIELDS]> {
    let mut most = [0_i64; MAX_FIELDS];
    let (mut sum, mut clash, mut branch) = (rule.prior, false, false);
    let fields = of_fields.iter().zip(places).zip(bounds).zip(&mut most);
    for (((of, (kind, place)), bound), slot) in fields {
        let word = |row: &[u64], at: usize| row.get(at).copied().unwrap_or(0);
        let (a, b) = (word(of_left, *place), word(of_right, *place));
        *bound = sketch::bound(*kind, a, b, || {
            (CharSet::from_bits(word(of_left, place + 1)), CharSet::from_bits(word(of_right, place + 1)))
        });
        *slot = match *bound {
            Bound::Missing => 0,
            Bound::Different(clashing) => {
                clash |= clashing && of.forbids;
                of.different
            }
            Bound::AtMost(level, true) => {
                let of_level = of.together.get(level.index());
                of_level.and_then(|l| l.get(sketch::class(a, b))).copied().unwrap_or(0)
            }
            Bound::AtMost(level, false) => of.apart.get(level.index()).copied().unwrap_or(0),
        };
        branch |= *kind == Kind::Company && (is_branch(a) || is_branch(b));
        sum += *slot;
    }
    // Branches hold codes of their own: there identities may say nothing after all.
    if branch {
        return Some(rule.best);
    }
    (!clash && sum >= floor && rule.most_together(&most) >= floor).then_some(most)
}

fn verdict(
    rule: &MatchingRule,
    table: &Table,
    terms: Option<&Vec<u8>>,
    memory: Option<&mut Memory>,
    field: &CompareField,
    left: usize,
    right: usize,
) -> Said {
    let Some(column) = table.columns.get(field.source) else { return Said::NOTHING };
    let (Some(i), Some(j)) = (column.ids.get(left).copied(), column.ids.get(right).copied()) else {
        return Said::NOTHING;
    };
    if column.features.is_missing(i as usize) || column.features.is_missing(j as usize) {
        return Said::NOTHING;
    }
    let Some(memory) = memory else { return Said::NOTHING };
    let key = u64::from(i.min(j)) << 32 | u64::from(i.max(j));
    let place = (mix(key) as usize) & (MEMORY - 1);
    let known = memory.verdicts.get(place).filter(|known| known.0 == key).copied();
    let (_, found, clash, words) = known.unwrap_or_else(|| {
        if memory.last != Some(i) {
            column.features.read(i as usize, &mut memory.left);
            memory.last = Some(i);
        }
        let (a, b) =
            (Form::read(&memory.left), Form::read(column.features.read(j as usize, &mut memory.right)));
        let found = compare(&a, &b);
        let clash = i != j
            && found.level < Level::Exact
            && match a {
                Form::Code(_) => identities_clash(&a, &b) && rule.identities.contains(&field.source),
                Form::Company(_) => kinds_clash(&a, &b),
                _ => false,
            };
        let words = field.word_class(found, &a, &b);
        if let Some(slot) = memory.verdicts.get_mut(place) {
            *slot = (key, found, clash, words);
        }
        (key, found, clash, words)
    });
    let class = match terms.filter(|_| found.same_term) {
        Some(terms) => {
            let class = |id: u32| terms.get(id as usize).copied().unwrap_or(0);
            class(i).max(class(j))
        }
        None => words,
    };
    Said { symbol: Symbol::of(found.level, class), related: found.related, clash }
}
