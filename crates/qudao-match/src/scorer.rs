//! Pairs of rows, scored: by sketches as far as they tell, else by the values.

use crate::Level;
use crate::compare::quick::mix;
use crate::compare::sketch::Bound;
use crate::compare::{Verdict, compare};
use crate::feature::Form;
use crate::level::Symbol;
use crate::rule::{
    CompareField, MAX_FIELDS, MatchingRule, Said, Scored, cross, identities_clash, kinds_clash,
};
use crate::sketches::{Most, most};
use crate::table::{Table, number};

/// How many pairs are scored in one go.
pub(crate) const FETCHED: usize = 128;

/// How many verdicts each field remembers.
const MEMORY: usize = 1 << 12;

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
        let rows = sketches.rows();
        let mut fetched = std::mem::take(&mut self.fetched);
        fetched.clear();
        for (_, right) in pairs {
            fetched.extend_from_slice(rows.row(*right));
        }
        let mut open = std::mem::take(&mut self.open);
        open.pairs.clear();
        open.fields.clear();
        let width = self.rule.fields.len();
        let mut bounds = [Bound::Missing; MAX_FIELDS];
        for ((left, right), of_right) in pairs.iter().zip(fetched.chunks_exact(sketches.width.max(1))) {
            let of_left = rows.row(*left);
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
            let ids: &[u32] = &column.ids;
            let looked = &mut open.looked;
            looked.clear();
            // Pairs of one row follow each other: what was just looked at is near.
            let mut before = None;
            for ((left, right), fields) in open.pairs.iter().zip(open.fields.chunks_exact(width)) {
                if matches!(fields.get(at), Some((Bound::AtMost(..), _))) {
                    if before != Some(left) {
                        looked.push((ids.get(*left as usize).copied().unwrap_or(0), 0));
                        before = Some(left);
                    }
                    looked.push((ids.get(*right as usize).copied().unwrap_or(0), 0));
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
    let ids: &[u32] = &column.ids;
    let (Some(i), Some(j)) = (ids.get(left).copied(), ids.get(right).copied()) else {
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
