//! Why two records are taken for the same, or not, field by field.

use std::borrow::Cow;
use std::collections::BTreeSet;

use qudao_model::{FieldEvidence, FieldName, Record, Value};

use crate::feature::Feature;
use crate::level::Symbol;
use crate::rule::{MAX_FIELDS, MatchingRule, Prepared, Scored};
use crate::score::{PairScore, bits, decimal4, shown};
use crate::weights::probability;

impl MatchingRule {
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
