//! A compiled matching rule: features, levels, pattern, weight.

use std::collections::BTreeMap;
use std::sync::Arc;

use qudao_model::{BlockKey, Decimal, FieldIx, FieldName, ObjectName, ObjectSchema, Record, RuleId, Value};

use crate::block::limit;
use crate::compare::{Verdict, compare};
use crate::feature::{Feature, Form, Maker};
use crate::frequent::Frequent;
use crate::key::{Key, combine};
use crate::level::Symbol;
use crate::score::decimal4;
use crate::weights::Profile;
use crate::words::{is_told, rarest_shared};
use crate::{Comparator, Level};

/// How many fields a rule compares at most.
pub(crate) const MAX_FIELDS: usize = 20;

/// A field in the form in which a comparator or a key wants it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Source {
    pub(crate) field: FieldName,
    pub(crate) maker: Maker,
}

/// A field that is compared.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct CompareField {
    pub(crate) field: FieldName,
    pub(crate) source: usize,
    pub(crate) comparator: Comparator,
    /// In millibits, by level.
    pub(crate) weights: [i64; Level::COUNT],
    /// The kind of value.
    pub(crate) profile: Profile,
    /// The Blueprint gives weights: they are not learned.
    pub(crate) by_hand: bool,
    /// In millibits, by symbol, and which values are frequent: what a model has learned.
    pub(crate) learned: Option<Arc<LearnedField>>,
    /// How frequent words are, where a model tells values that differ by the words that they share.
    pub(crate) words: Option<Arc<Frequent>>,
    /// Tells where somebody is, not who it is: see [`MatchingRule::contributions`].
    pub(crate) site: bool,
    /// Its agreement depends on that of others: see [`MatchingRule::shares`].
    pub(crate) linked: bool,
    /// The source of the family name beside a given name, and the other way round: the two are often exchanged.
    pub(crate) crossed: Option<usize>,
}

impl CompareField {
    pub(crate) fn is_name(&self) -> bool {
        matches!(self.profile, Profile::Company | Profile::Person)
    }

    /// The class of frequency of the rarest word that two values share, where that tells something: not of values of one term.
    #[inline]
    pub(crate) fn word_class(&self, found: Verdict, a: &Form<'_>, b: &Form<'_>) -> u8 {
        let words = self.words.as_ref().filter(|_| is_told(found.level) && !found.same_term);
        words.map_or(0, |words| rarest_shared(words, a, b))
    }

    /// Whether values of the kind ever come to a level.
    pub(crate) fn gives(&self, level: Level) -> bool {
        self.profile.weights().get(level.index()).is_some_and(|w| *w != 0)
            || self.weights.get(level.index()).is_some_and(|w| *w != 0)
    }
}

/// What a model says about a field.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct LearnedField {
    pub(crate) weights: [i64; Symbol::COUNT],
    pub(crate) terms: Frequent,
}

/// Where the values of a rule's sources stand in the records of one object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Lens {
    pub(crate) slots: Vec<Option<FieldIx>>,
}

/// A compiled matching rule.
#[derive(Debug, Clone)]
pub struct MatchingRule {
    pub(crate) id: RuleId,
    pub(crate) schema: Arc<ObjectSchema>,
    pub(crate) sources: Vec<Source>,
    pub(crate) fields: Vec<CompareField>,
    /// Positions of the sources of identity fields.
    pub(crate) identities: Vec<usize>,
    pub(crate) keys: Vec<Key>,
    /// Keys that are added where a block is too large.
    pub(crate) cuts: Vec<Key>,
    pub(crate) prior: i64,
    /// In ten-thousandths.
    pub(crate) match_at: u16,
    pub(crate) review_at: u16,
    pub(crate) max_block: usize,
    /// Positions of the fields, cheap ones first.
    pub(crate) order: Vec<usize>,
    /// Positions of the sources of companies' names.
    pub(crate) names: Vec<usize>,
    /// Positions of the fields whose agreement is learned together: what tells a site or a place, and names.
    pub(crate) linked: Vec<usize>,
    /// The bit of each field among the linked ones; 0 for none.
    pub(crate) linked_bit: [usize; MAX_FIELDS],
    /// The bits of linked fields that are not names.
    pub(crate) open: usize,
    /// Positions of the fields that tell a site.
    pub(crate) sites: Vec<usize>,
    /// The share of their weights, in thousandths, that linked fields which agree have together, by the bits of [`Self::agreeing`].
    /// Empty: of several sites that agree the weightiest counts in full, the others a quarter.
    pub(crate) shares: Vec<i64>,
    /// The most that each field can say.
    pub(crate) best: [i64; MAX_FIELDS],
    pub(crate) lenses: BTreeMap<ObjectName, Lens>,
}

/// A record in the form in which a rule compares it.
#[derive(Debug, Clone)]
pub(crate) struct Prepared {
    pub(crate) features: Vec<Feature>,
}

impl Prepared {
    pub(crate) fn form(&self, source: usize) -> Form<'_> {
        self.features.get(source).map_or(Form::Missing, Feature::form)
    }

    /// The feature of a source as units.
    pub(crate) fn units(&self, source: usize) -> &[u16] {
        self.features.get(source).map_or(&[], Feature::units)
    }
}

/// What is said of one pair, by field: its pattern.
pub(crate) type Pattern = [Symbol; MAX_FIELDS];

/// What one field says of a pair.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Said {
    pub(crate) symbol: Symbol,
    pub(crate) related: bool,
    /// The two can not be the same.
    pub(crate) clash: bool,
}

impl Said {
    pub(crate) const NOTHING: Self = Self { symbol: Symbol::MISSING, related: false, clash: false };
}

/// A scored pair.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scored {
    pub(crate) total: i64,
    pub(crate) related: bool,
    pub(crate) pattern: Pattern,
}

impl Scored {
    /// Some field was present on both sides.
    pub(crate) fn comparable(&self) -> bool {
        self.pattern.iter().any(|s| *s != Symbol::MISSING)
    }
}

impl MatchingRule {
    /// The rule's id.
    #[must_use]
    pub fn id(&self) -> &RuleId {
        &self.id
    }

    /// The object it is about.
    #[must_use]
    pub fn object(&self) -> &ObjectName {
        &self.schema.name
    }

    /// The fields it compares, in the order of explanations.
    pub fn fields(&self) -> impl Iterator<Item = (&FieldName, Comparator)> {
        self.fields.iter().map(|f| (&f.field, f.comparator))
    }

    /// The keys under which records meet, as a Blueprint writes them.
    pub fn key_texts(&self) -> impl Iterator<Item = &str> {
        self.keys.iter().map(|k| k.text.as_str())
    }

    /// The objects whose records it can compare: its own, and those that duplicate rules map to it.
    pub fn objects(&self) -> impl Iterator<Item = &ObjectName> {
        self.lenses.keys()
    }

    /// At or above this probability records match.
    #[must_use]
    pub fn match_threshold(&self) -> Decimal {
        decimal4(self.match_at)
    }

    /// At or above this probability a person should look.
    #[must_use]
    pub fn review_threshold(&self) -> Decimal {
        decimal4(self.review_at)
    }

    /// The largest number of records that are compared under one key.
    #[must_use]
    pub fn max_block(&self) -> usize {
        self.max_block
    }

    /// The values that the rule reads of a record, one per source. Missing where the record's object has no such field.
    pub(crate) fn values<'r>(&'r self, record: &'r Record) -> impl Iterator<Item = &'r Value> {
        let lens = self.lenses.get(record.object());
        (0..self.sources.len()).map(move |i| {
            let slot = lens.and_then(|l| l.slots.get(i)).copied().flatten();
            slot.map_or(&Value::Missing, |ix| record.at(ix))
        })
    }

    pub(crate) fn prepare(&self, record: &Record) -> Prepared {
        let features = self.sources.iter().zip(self.values(record)).map(|(s, v)| s.maker.make(v)).collect();
        Prepared { features }
    }

    /// The keys of a record, sorted, without repetition.
    pub(crate) fn block_keys(&self, prepared: &Prepared) -> Vec<BlockKey> {
        self.limited_keys(prepared).into_iter().map(|(key, _)| key).collect()
    }

    /// The keys of a record, sorted, without repetition, with the largest block of each.
    pub(crate) fn limited_keys(&self, prepared: &Prepared) -> Vec<(BlockKey, usize)> {
        let mut all = Vec::new();
        for key in &self.keys {
            let limit = limit(key, self.max_block);
            all.extend(texts_of(key, prepared).map(|key| (key, limit)));
        }
        all.sort_unstable();
        all.dedup();
        all
    }

    /// What tells a record among those of an oversized key, sorted, without repetition. A cut that is a key too has the same text.
    pub(crate) fn cut_keys(&self, prepared: &Prepared) -> Vec<BlockKey> {
        let mut all: Vec<BlockKey> = self.cuts.iter().flat_map(|key| texts_of(key, prepared)).collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    /// The field that forbids the pair: an identity, or the name of a person beside that of a company.
    pub(crate) fn veto(&self, a: &Prepared, b: &Prepared) -> Option<&FieldName> {
        let clash =
            |source: usize, test: fn(&Form<'_>, &Form<'_>) -> bool| test(&a.form(source), &b.form(source));
        let identity = self.identities.iter().copied().find(|source| clash(*source, identities_clash));
        let source =
            identity.or_else(|| self.names.iter().copied().find(|source| clash(*source, kinds_clash)))?;
        self.sources.get(source).map(|s| &s.field)
    }

    /// Scores a pair. The one place where levels become a weight: every path of the crate comes through here.
    ///
    /// `verdict` compares one field by position. With a floor, a pair that cannot reach it is given up early, and so is one that
    /// is forbidden, unless it is a company and its branch: a branch holds a code of its own, so that identities say nothing there.
    /// `most` is the most that each field can say, at best [`Self::best`]; `crossed` compares two sources with each other exchanged, as
    /// [`cross`] does.
    pub(crate) fn score(
        &self,
        floor: Option<i64>,
        mut most: [i64; MAX_FIELDS],
        mut verdict: impl FnMut(usize, &CompareField) -> Said,
        crossed: impl Fn(usize, usize) -> Level,
    ) -> Option<Scored> {
        let mut pattern = [Symbol::MISSING; MAX_FIELDS];
        let (mut related, mut clash) = (false, false);
        let mut open = self.open;
        for at in &self.order {
            let Some(field) = self.fields.get(*at) else { continue };
            let mut said = verdict(*at, field);
            if let Some(other) = field.crossed
                && matches!(said.symbol.level(), Level::Different | Level::Low)
            {
                let level = crossed(field.source, other);
                if level >= Level::Medium {
                    said.symbol = Symbol::of(level, 0);
                }
            }
            related |= said.related;
            clash |= said.clash;
            if let (Some(slot), Some(weight)) = (pattern.get_mut(*at), most.get_mut(*at)) {
                *slot = said.symbol;
                *weight = weight_of(field, said.symbol);
            }
            if let Some(floor) = floor {
                if clash {
                    // Names come first, so that it is known by now whether the two are related.
                    if !related {
                        return None;
                    }
                    self.without_identities(&mut most);
                }
                open &= !self.linked_bit.get(*at).copied().unwrap_or(0);
                // What fields say in common only takes away, so that the plain sum is tried first.
                if self.sum(&most) < floor || !field.is_name() && self.bound(&pattern, &most, open) < floor {
                    return None;
                }
            }
        }
        let total = self.settle(&pattern, &mut most);
        if floor.is_some_and(|f| total < f) { None } else { Some(Scored { total, related, pattern }) }
    }

    fn without_identities(&self, weights: &mut [i64; MAX_FIELDS]) {
        for (field, weight) in self.fields.iter().zip(weights) {
            if self.identities.contains(&field.source) {
                *weight = 0;
            }
        }
    }

    pub(crate) fn score_prepared(&self, a: &Prepared, b: &Prepared, floor: Option<i64>) -> Option<Scored> {
        self.score(
            floor,
            self.best,
            |_, field| self.said(field, &a.form(field.source), &b.form(field.source)),
            |one, two| cross(&a.form(one), &a.form(two), &b.form(one), &b.form(two)),
        )
    }

    pub(crate) fn said(&self, field: &CompareField, a: &Form<'_>, b: &Form<'_>) -> Said {
        let found = compare(a, b);
        let class = match &field.learned {
            Some(learned) if found.same_term => {
                learned.terms.value(a.term()).max(learned.terms.value(b.term()))
            }
            _ => field.word_class(found, a, b),
        };
        let clash = identities_clash(a, b) && self.identities.contains(&field.source) || kinds_clash(a, b);
        Said { symbol: Symbol::of(found.level, class), related: found.related, clash }
    }
}

fn texts_of(key: &Key, prepared: &Prepared) -> impl Iterator<Item = BlockKey> {
    let values: Vec<Vec<String>> = key.parts.iter().map(|p| p.values(&prepared.form(p.source))).collect();
    let texts = combine(&values);
    texts.into_iter().map(|parts| BlockKey::of(&format!("{}/{}", key.text, parts.join("\u{1f}"))))
}

pub(crate) fn best_weight(field: &CompareField) -> i64 {
    let best = match &field.learned {
        Some(learned) => learned.weights.iter().copied().max(),
        None => field.weights.iter().copied().max(),
    };
    best.unwrap_or(0).max(0)
}

pub(crate) fn weight_of(field: &CompareField, symbol: Symbol) -> i64 {
    let weight = match &field.learned {
        Some(learned) => learned.weights.get(symbol.index()),
        None => field.weights.get(symbol.level().index()),
    };
    weight.copied().unwrap_or(0)
}

/// How much a given and a family name agree with a family and a given name: the worse of both, at most `high`.
pub(crate) fn cross(a_one: &Form<'_>, a_two: &Form<'_>, b_one: &Form<'_>, b_two: &Form<'_>) -> Level {
    compare(a_one, b_two).level.min(compare(a_two, b_one).level).min(Level::High)
}

/// A person and a company.
pub(crate) fn kinds_clash(a: &Form<'_>, b: &Form<'_>) -> bool {
    matches!((a, b), (Form::Company(x), Form::Company(y)) if x.other_kind(y))
}

/// Both valid, and different.
pub(crate) fn identities_clash(a: &Form<'_>, b: &Form<'_>) -> bool {
    matches!((a, b), (Form::Code(x), Form::Code(y)) if x.valid && y.valid && x.key != y.key)
}
