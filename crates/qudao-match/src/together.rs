//! What the fields of a rule say of a pair together: less than the sum of what each says where they depend on each other; and the most that
//! they can come to while some are not known.

use crate::level::Symbol;
use crate::rule::{CompareField, MAX_FIELDS, MatchingRule, Pattern, best_weight, weight_of};
use crate::{Comparator, Level};

/// How many bits the agreement of linked fields has at most.
const MAX_LINKED: usize = 10;

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
    /// The most that can come out when the linked fields of `open` (by their bits) are not known yet, and `weights` hold the best of
    /// every field that is not known.
    #[inline]
    pub(crate) fn bound(&self, pattern: &Pattern, weights: &[i64; MAX_FIELDS], open: usize) -> i64 {
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
    #[inline]
    pub(crate) fn settle(&self, pattern: &Pattern, weights: &mut [i64; MAX_FIELDS]) -> i64 {
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

    #[inline]
    pub(crate) fn sum(&self, weights: &[i64; MAX_FIELDS]) -> i64 {
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
}
