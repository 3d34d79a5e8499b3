//! A compiled matching rule: features, levels, pattern, weight.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use qudao_model::{
    BlockKey, Decimal, FieldEvidence, FieldIx, FieldName, ObjectName, ObjectSchema, Record, RuleId, Value,
};

use crate::block::limit;
use crate::compare::{Verdict, compare};
use crate::feature::{Feature, Form, Maker};
use crate::frequent::Frequent;
use crate::key::{Key, combine};
use crate::level::Symbol;
use crate::score::{PairScore, bits, decimal4, shown};
use crate::weights::{Profile, probability};
use crate::words::{is_told, rarest_shared};
use crate::{Comparator, Level};

/// How many fields a rule compares at most.
pub(crate) const MAX_FIELDS: usize = 20;

/// How many bits the agreement of linked fields has at most.
const MAX_LINKED: usize = 10;

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
    fn is_name(&self) -> bool {
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
    features: Vec<Feature>,
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

/// Linked fields that may agree, by their bits, with the most that each can weigh.
#[derive(Default)]
struct May {
    fields: [(usize, i64); MAX_LINKED],
    count: usize,
}

impl May {
    /// What weighs nothing says nothing when it agrees.
    fn push(&mut self, bit: usize, weight: i64) {
        if weight > 0
            && let Some(slot) = self.fields.get_mut(self.count)
        {
            *slot = (1 << bit, weight);
            self.count += 1;
        }
    }

    /// Calls for every choice of them, the empty one too, with its sum.
    fn choices(&self, mut each: impl FnMut(usize, i64)) {
        for choice in 0..1_usize << self.count {
            let chosen =
                self.fields.iter().enumerate().take(self.count).filter(|(n, _)| choice >> n & 1 == 1);
            let (set, sum) = chosen.fold((0, 0), |(set, sum), (_, (bit, weight))| (set | bit, sum + weight));
            each(set, sum);
        }
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

    /// The most that can come out when the linked fields of `open` (by their bits) are not known yet, and `weights` hold the best of
    /// every field that is not known.
    fn bound(&self, pattern: &Pattern, weights: &[i64; MAX_FIELDS], open: usize) -> i64 {
        let total = self.sum(weights);
        if self.shares.is_empty() {
            let (mut sum, mut most) = (0_i64, 0_i64);
            for at in &self.sites {
                let weight = weights.get(*at).copied().unwrap_or(0).max(0);
                sum += weight;
                most = most.max(weight);
            }
            return total - (sum - most) + (sum - most) / 4;
        }
        // What agrees for certain, and every choice of what may agree besides.
        let (mut known, mut sum, mut all) = (0_usize, 0_i64, 0_i64);
        let mut may = May::default();
        for (bit, at) in self.linked.iter().enumerate() {
            let weight = weights.get(*at).copied().unwrap_or(0);
            if open >> bit & 1 == 1 {
                all += weight;
                may.push(bit, weight);
            } else if weight > 0 && self.is_linked(*at, pattern) {
                known |= 1 << bit;
                sum += weight;
                all += weight;
            }
        }
        let mut most = i64::MIN;
        may.choices(|set, best| {
            let share = self.shares.get(known | set).copied().unwrap_or(1000);
            most = most.max((sum + best) * share / 1000);
        });
        total - all + most
    }

    /// The most that can come out where each field says at most what `weights` hold, and nothing else is known.
    pub(crate) fn most_together(&self, weights: &[i64; MAX_FIELDS]) -> i64 {
        if self.shares.is_empty() {
            return self.bound(&[Symbol::MISSING; MAX_FIELDS], weights, 0);
        }
        // Names that agree count by themselves, and those that agree little are linked. So they count in full, linked or not.
        let (mut may, mut names, mut all) = (May::default(), 0_usize, 0_i64);
        for (bit, at) in self.linked.iter().enumerate() {
            let weight = weights.get(*at).copied().unwrap_or(0);
            if weight > 0 && self.fields.get(*at).is_some_and(CompareField::is_name) {
                names |= 1 << bit;
            } else if weight > 0 {
                may.push(bit, weight);
                all += weight;
            }
        }
        let mut most = 0;
        may.choices(|set, sum| {
            let mut linked = names;
            loop {
                let share = self.shares.get(set | linked).copied().unwrap_or(1000);
                // Rounding may give a name and the others one more than by themselves.
                most = most.max(sum * share / 1000 + 1);
                if linked == 0 {
                    break;
                }
                linked = (linked - 1) & names;
            }
        });
        self.sum(weights) - all + most.min(all)
    }

    /// Makes contributions of the weights of all fields, and gives their sum with the prior.
    fn settle(&self, pattern: &Pattern, weights: &mut [i64; MAX_FIELDS]) -> i64 {
        if self.shares.is_empty() {
            let strongest = self
                .sites
                .iter()
                .copied()
                .max_by_key(|at| (weights.get(*at).copied(), std::cmp::Reverse(*at)));
            for at in &self.sites {
                if let Some(slot) = weights.get_mut(*at).filter(|w| **w > 0 && Some(*at) != strongest) {
                    *slot /= 4;
                }
            }
        } else {
            // Learned: what they say in common is taken from all of them alike; what rounding leaves goes to the first.
            let (set, sum) = self.agreeing(pattern, weights);
            let share = self.shares.get(set).copied().unwrap_or(1000);
            if share >= 1000 || sum <= 0 {
                return self.sum(weights);
            }
            let rest = sum * share / 1000;
            let mut left = rest;
            let mut first = None;
            for at in self.linked.iter().filter(|at| self.is_linked(**at, pattern)) {
                if let Some(slot) = weights.get_mut(*at).filter(|w| **w > 0) {
                    *slot = *slot * rest / sum;
                    left -= *slot;
                    first = first.or(Some(*at));
                }
            }
            if let Some(slot) = first.and_then(|at| weights.get_mut(at)) {
                *slot += left;
            }
        }
        self.sum(weights)
    }

    fn sum(&self, weights: &[i64; MAX_FIELDS]) -> i64 {
        weights.iter().take(self.fields.len()).fold(self.prior, |sum, w| sum.saturating_add(*w))
    }

    /// Which linked fields agree, as bits, and the sum of their weights. A name counts only where it speaks for being of one kin, below
    /// medium: sister firms, members of one family. Names that agree say something of their own.
    pub(crate) fn agreeing(&self, pattern: &Pattern, weights: &[i64; MAX_FIELDS]) -> (usize, i64) {
        let (mut mask, mut sum) = (0, 0);
        for (bit, at) in self.linked.iter().enumerate() {
            let weight = weights.get(*at).copied().unwrap_or(0);
            if weight > 0 && self.is_linked(*at, pattern) {
                sum += weight;
                mask |= 1 << bit;
            }
        }
        (mask, sum)
    }

    fn is_linked(&self, at: usize, pattern: &Pattern) -> bool {
        let name = self.fields.get(at).is_some_and(CompareField::is_name);
        !name || pattern.get(at).is_some_and(|s| s.level() < Level::Medium)
    }

    /// The weights of a pattern, before what fields say in common is taken out.
    pub(crate) fn weights_of(&self, pattern: &Pattern) -> [i64; MAX_FIELDS] {
        let mut weights = [0_i64; MAX_FIELDS];
        for ((field, symbol), slot) in self.fields.iter().zip(pattern).zip(&mut weights) {
            *slot = weight_of(field, *symbol);
        }
        weights
    }

    /// What does not depend on the pair, worked out once the fields are known.
    pub(crate) fn prepare_bounds(&mut self) {
        self.sites = self.fields.iter().enumerate().filter(|(_, f)| f.site).map(|(at, _)| at).collect();
        self.linked = self.fields.iter().enumerate().filter(|(_, f)| f.linked).map(|(at, _)| at).collect();
        if self.linked.len() > MAX_LINKED {
            self.linked.clear();
        }
        // Names come first, and may agree without being linked: they are known before any of this is asked.
        self.linked_bit = [0; MAX_FIELDS];
        self.open = 0;
        for (bit, at) in self.linked.iter().enumerate() {
            if let Some(slot) = self.linked_bit.get_mut(*at) {
                *slot = 1 << bit;
            }
            if self.fields.get(*at).is_some_and(|f| !f.is_name()) {
                self.open |= 1 << bit;
            }
        }
        let names = self.fields.iter().filter(|f| f.comparator == Comparator::CompanyName);
        self.names = names.map(|f| f.source).collect();
        self.best = [0; MAX_FIELDS];
        for (slot, field) in self.best.iter_mut().zip(&self.fields) {
            *slot = best_weight(field);
        }
    }

    /// The weight that each field adds, in millibits.
    ///
    /// Where the name of a company or a person is compared, phone, address and domain (and a company's mailbox) are not independent of each
    /// other: sister firms in one building, people in one household share all of them. Of several that
    /// agree the weightiest counts in full, the others a quarter. (Fellegi and Sunter assume independent fields;
    /// this is the smallest correction that keeps weights additive per pattern.)
    pub(crate) fn contributions(&self, pattern: &Pattern) -> [i64; MAX_FIELDS] {
        let mut weights = self.weights_of(pattern);
        self.settle(pattern, &mut weights);
        weights
    }

    /// What the fields of a source add to the weight of a pattern, in millibits.
    pub(crate) fn against(&self, source: usize, pattern: &Pattern) -> i64 {
        let fields = self.fields.iter().zip(self.contributions(pattern));
        fields.filter(|(f, _)| f.source == source).map(|(_, weight)| weight).sum()
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

    /// Compares two records and explains the answer. A hidden field counts as missing, for anything else (its level,
    /// its weight, what it does to the weights of other fields) would tell its content.
    pub(crate) fn explain(&self, left: &Record, right: &Record, hidden: &BTreeSet<FieldName>) -> PairScore {
        self.explain_prepared((left, &self.prepare(left)), (right, &self.prepare(right)), hidden)
    }

    /// As [`Self::explain`], of records that are taken apart already.
    pub(crate) fn explain_prepared(
        &self,
        (left, a): (&Record, &Prepared),
        (right, b): (&Record, &Prepared),
        hidden: &BTreeSet<FieldName>,
    ) -> PairScore {
        let (a, b) = (&*self.without(a, hidden), &*self.without(b, hidden));
        let veto = self.veto(a, b).cloned();
        let scored = self.score_prepared(a, b, None).unwrap_or(Scored {
            total: self.prior,
            related: false,
            pattern: [Symbol::MISSING; MAX_FIELDS],
        });
        let left_values: Vec<&Value> = self.values(left).collect();
        let right_values: Vec<&Value> = self.values(right).collect();
        let mut total = self.prior;
        let contributions = self.contributions(&scored.pattern);
        let evidence = self
            .fields
            .iter()
            .zip(scored.pattern.iter().zip(&contributions))
            .map(|(field, (symbol, weight))| {
                total = total.saturating_add(*weight);
                let masked = hidden.contains(&field.field);
                let value = |of: &[&Value]| of.get(field.source).filter(|_| !masked).and_then(|v| shown(v));
                FieldEvidence {
                    field: field.field.clone(),
                    left: value(&left_values),
                    right: value(&right_values),
                    level: if masked { "hidden" } else { symbol.level().as_str() }.to_owned(),
                    frequency: symbol.frequency().filter(|_| !masked && field.learned.is_some()),
                    weight: bits(*weight),
                    total: bits(total),
                }
            })
            .collect();
        PairScore {
            probability: if veto.is_some() { decimal4(0) } else { decimal4(probability(scored.total)) },
            weight: scored.total,
            evidence,
            veto,
            related: scored.related,
        }
    }
}

impl MatchingRule {
    fn without<'p>(&self, of: &'p Prepared, hidden: &BTreeSet<FieldName>) -> Cow<'p, Prepared> {
        let mut of = Cow::Borrowed(of);
        for (at, _) in self.sources.iter().enumerate().filter(|(_, s)| hidden.contains(&s.field)) {
            if let Some(slot) = of.to_mut().features.get_mut(at) {
                *slot = Feature::default();
            }
        }
        of
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
