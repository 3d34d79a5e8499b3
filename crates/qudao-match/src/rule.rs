//! A compiled matching rule: features, levels, pattern, weight.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use qudao_model::{
    BlockKey, Decimal, FieldEvidence, FieldIx, FieldName, ObjectName, ObjectSchema, Record, RuleId, Value,
};

use crate::compare::{Verdict, compare};
use crate::feature::{Feature, Maker};
use crate::key::{Key, combine};
use crate::score::{PairScore, bits, decimal4, shown};
use crate::weights::probability;
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
    /// Tells where somebody is, not who it is: see [`MatchingRule::contributions`].
    pub(crate) site: bool,
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
    pub(crate) lenses: BTreeMap<ObjectName, Lens>,
}

/// A record in the form in which a rule compares it.
#[derive(Debug, Clone)]
pub(crate) struct Prepared {
    pub(crate) features: Vec<Feature>,
}

/// The levels of one pair, by field: its pattern.
pub(crate) type Pattern = [Level; MAX_FIELDS];

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
        self.pattern.iter().any(|l| *l != Level::Missing)
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
        let mut keys: Vec<BlockKey> = Vec::new();
        for (number, key) in self.keys.iter().enumerate() {
            let values: Vec<Vec<String>> =
                key.parts.iter().map(|p| p.values(feature(&prepared.features, p.source))).collect();
            keys.extend(
                combine(&values)
                    .iter()
                    .map(|parts| BlockKey::of(&format!("{}/{number}/{}", self.id, parts.join("\u{1f}")))),
            );
        }
        keys.sort_unstable();
        keys.dedup();
        keys
    }

    /// The identity field that forbids the pair.
    pub(crate) fn veto(&self, a: &Prepared, b: &Prepared) -> Option<&FieldName> {
        self.identities.iter().copied().find_map(|source| {
            let clash = identities_clash(feature(&a.features, source), feature(&b.features, source));
            if clash { self.sources.get(source).map(|s| &s.field) } else { None }
        })
    }

    /// Scores a pair. The one place where levels become a weight: every path of the crate comes through here.
    ///
    /// `verdict` compares one field by position. With a floor, a pair that cannot reach it is given up early.
    pub(crate) fn score(
        &self,
        floor: Option<i64>,
        mut verdict: impl FnMut(usize, &CompareField) -> Verdict,
    ) -> Option<Scored> {
        let mut pattern = [Level::Missing; MAX_FIELDS];
        let mut related = false;
        let mut bound = self.prior.saturating_add(self.fields.iter().map(best_weight).sum());
        for at in &self.order {
            let Some(field) = self.fields.get(*at) else { continue };
            let answer = verdict(*at, field);
            related |= answer.related;
            if let Some(slot) = pattern.get_mut(*at) {
                *slot = answer.level;
            }
            let weight = weight_of(field, answer.level);
            bound = bound.saturating_sub(best_weight(field)).saturating_add(weight);
            // Contributions are never above the weights summed here, so the bound holds.
            if floor.is_some_and(|f| bound < f) {
                return None;
            }
        }
        let total = self.contributions(&pattern).iter().fold(self.prior, |sum, w| sum.saturating_add(*w));
        if floor.is_some_and(|f| total < f) { None } else { Some(Scored { total, related, pattern }) }
    }

    /// The weight that each field adds, in millibits.
    ///
    /// Where the name of a company or a person is compared, phone, address and domain (and a company's mailbox) are not independent of each
    /// other: sister firms in one building, people in one household share all of them. Of several that
    /// agree the weightiest counts in full, the others a quarter. (Fellegi and Sunter assume independent fields;
    /// this is the smallest correction that keeps weights additive per pattern.)
    pub(crate) fn contributions(&self, pattern: &Pattern) -> [i64; MAX_FIELDS] {
        let mut weights = [0_i64; MAX_FIELDS];
        let mut strongest: Option<(i64, usize)> = None;
        for (at, ((field, level), slot)) in self.fields.iter().zip(pattern).zip(&mut weights).enumerate() {
            let weight = weight_of(field, *level);
            *slot = weight;
            if field.site && weight > 0 && strongest.is_none_or(|(w, _)| weight > w) {
                strongest = Some((weight, at));
            }
        }
        if let Some((_, keep)) = strongest {
            for (at, (field, slot)) in self.fields.iter().zip(&mut weights).enumerate() {
                if field.site && at != keep && *slot > 0 {
                    *slot /= 4;
                }
            }
        }
        weights
    }

    /// The outcome of a pair that an identity forbids: none, unless the two are a company and its branch. A branch holds a
    /// code of its own, so the identity says nothing there, and the rest must reach the floor.
    pub(crate) fn forbidden(&self, scored: Option<Scored>, floor: i64) -> Option<Scored> {
        let mut scored = scored.filter(|s| s.related)?;
        let contributions = self.contributions(&scored.pattern);
        let rest =
            self.fields.iter().zip(&contributions).filter(|(f, _)| !self.identities.contains(&f.source));
        scored.total = rest.fold(self.prior, |sum, (_, weight)| sum.saturating_add(*weight));
        (scored.total >= floor).then_some(scored)
    }

    pub(crate) fn score_prepared(&self, a: &Prepared, b: &Prepared, floor: Option<i64>) -> Option<Scored> {
        self.score(floor, |_, field| {
            compare(feature(&a.features, field.source), feature(&b.features, field.source))
        })
    }

    /// Compares two records and explains the answer. A hidden field counts as missing, for anything else (its level,
    /// its weight, what it does to the weights of other fields) would tell its content.
    pub(crate) fn explain(&self, left: &Record, right: &Record, hidden: &BTreeSet<FieldName>) -> PairScore {
        let (mut a, mut b) = (self.prepare(left), self.prepare(right));
        for (source, (x, y)) in self.sources.iter().zip(a.features.iter_mut().zip(&mut b.features)) {
            if hidden.contains(&source.field) {
                *x = Feature::Missing;
                *y = Feature::Missing;
            }
        }
        let veto = self.veto(&a, &b).cloned();
        let scored = self.score_prepared(&a, &b, None).unwrap_or(Scored {
            total: self.prior,
            related: false,
            pattern: [Level::Missing; MAX_FIELDS],
        });
        let left_values: Vec<&Value> = self.values(left).collect();
        let right_values: Vec<&Value> = self.values(right).collect();
        let mut total = self.prior;
        let contributions = self.contributions(&scored.pattern);
        let evidence = self
            .fields
            .iter()
            .zip(scored.pattern.iter().zip(&contributions))
            .map(|(field, (level, weight))| {
                total = total.saturating_add(*weight);
                let masked = hidden.contains(&field.field);
                let value = |of: &[&Value]| of.get(field.source).filter(|_| !masked).and_then(|v| shown(v));
                FieldEvidence {
                    field: field.field.clone(),
                    left: value(&left_values),
                    right: value(&right_values),
                    level: if masked { "hidden" } else { level.as_str() }.to_owned(),
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

fn best_weight(field: &CompareField) -> i64 {
    field.weights.iter().copied().max().unwrap_or(0)
}

fn weight_of(field: &CompareField, level: Level) -> i64 {
    field.weights.get(level.index()).copied().unwrap_or(0)
}

pub(crate) fn feature(features: &[Feature], source: usize) -> &Feature {
    features.get(source).unwrap_or(&Feature::Missing)
}

/// Both valid, and different.
pub(crate) fn identities_clash(a: &Feature, b: &Feature) -> bool {
    matches!((a, b), (Feature::Code(x), Feature::Code(y)) if x.valid && y.valid && x.key != y.key)
}
