//! The sketches of a table, and what they prove of pairs.

use crate::Comparator;
use crate::Level;
use crate::compare::quick::CharSet;
use crate::compare::sketch::{self, Bound, Kind, is_branch, with_class};
use crate::huge::Huge;
use crate::level::Symbol;
use crate::parallel::{Threads, share};
use crate::rule::{CompareField, MAX_FIELDS, MatchingRule, Said, weight_of};
use crate::table::Column;

/// The sketches of the compared fields, row by row, so that a row is looked at in one place of the memory.
#[derive(Debug, Default)]
pub(crate) struct Sketches {
    words: Huge<u64>,
    /// Words of a row.
    pub(crate) width: usize,
    /// By field: how sketches are compared, and where they begin in a row.
    pub(crate) places: Vec<(Kind, usize)>,
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

/// How many rows are laid down at a time.
const TOGETHER: usize = 1 << 13;

/// The sketches of a table, where they lie.
#[derive(Clone, Copy)]
pub(crate) struct Rows<'s> {
    words: &'s [u64],
    width: usize,
}

impl<'s> Rows<'s> {
    #[inline]
    pub(crate) fn row(self, row: u32) -> &'s [u64] {
        let start = row as usize * self.width;
        self.words.get(start..start + self.width).unwrap_or_default()
    }
}

impl Sketches {
    pub(crate) fn of(
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
        let mut words: Huge<u64> = Huge::zeroed(rows * width);
        let shares = words.chunks_mut((TOGETHER * width).max(1)).zip((0..).step_by(TOGETHER)).collect();
        share(shares, threads, |(words, first): (&mut [u64], usize)| {
            for (column, at, count, classes) in &fields {
                let ids = column.ids.get(first..).unwrap_or_default();
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
        });
        Self { words, width, places }
    }

    /// Where the rows lie.
    pub(crate) fn rows(&self) -> Rows<'_> {
        Rows { words: &self.words, width: self.width }
    }

    pub(crate) fn row(&self, row: u32) -> &[u64] {
        self.rows().row(row)
    }

    /// What a field of two rows can come to.
    #[inline]
    pub(crate) fn bound(&self, at: usize, left: &[u64], right: &[u64]) -> Bound {
        let Some((kind, at)) = self.places.get(at) else { return Bound::AtMost(Level::Exact, true) };
        let word = |row: &[u64], at: usize| row.get(at).copied().unwrap_or(0);
        sketch::bound(*kind, word(left, *at), word(right, *at), || {
            (CharSet::from_bits(word(left, at + 1)), CharSet::from_bits(word(right, at + 1)))
        })
    }
}

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

    /// The most that a field weighs whose sketches say this, and whose terms, if they are one, are of a class.
    #[inline]
    fn weight(&self, bound: Bound, class: usize) -> i64 {
        let of = match bound {
            Bound::Missing => return 0,
            Bound::Different(_) => return self.different,
            Bound::AtMost(level, true) => self.together.get(level.index()).and_then(|of| of.get(class)),
            Bound::AtMost(level, false) => self.apart.get(level.index()),
        };
        of.copied().unwrap_or(0)
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
    let fields = of_fields.iter().zip(places).zip(bounds.iter_mut()).zip(&mut most);
    for (((of, (kind, place)), bound), slot) in fields {
        let word = |row: &[u64], at: usize| row.get(at).copied().unwrap_or(0);
        let (a, b) = (word(of_left, *place), word(of_right, *place));
        *bound = sketch::bound(*kind, a, b, || {
            (CharSet::from_bits(word(of_left, place + 1)), CharSet::from_bits(word(of_right, place + 1)))
        });
        clash |= of.forbids && *bound == Bound::Different(true);
        *slot = of.weight(*bound, sketch::class(a, b));
        branch |= *kind == Kind::Company && (is_branch(a) || is_branch(b));
        sum += *slot;
    }
    // Branches hold codes of their own: there identities may say nothing after all.
    if branch {
        return Some(rule.best);
    }
    if clash || sum < floor {
        return None;
    }
    let fields = of_fields.iter().zip(places).zip(bounds).zip(&mut most);
    for (((of, (kind, place)), bound), slot) in fields.filter(|f| f.0.0.1.0 == Kind::Company) {
        let words = |row: &[u64]| [0, 1, 2].map(|at| row.get(place + at).copied().unwrap_or(0));
        let (a, b) = (words(of_left), words(of_right));
        *bound = sketch::outlined(*kind, a, b, *bound);
        clash |= of.forbids && *bound == Bound::Different(true);
        let weight = of.weight(*bound, sketch::class(a[0], b[0]));
        sum += weight - *slot;
        *slot = weight;
    }
    (!clash && sum >= floor && rule.most_together(&most) >= floor).then_some(most)
}
