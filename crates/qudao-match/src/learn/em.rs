//! Expectation-maximisation over the patterns of compared pairs, and the model that comes of it.

use std::sync::Arc;

use super::count::Counts;
use super::patterns::{Histogram, histogram, known_pairs, random_pairs};
use super::shares::{ASSUMED_PAIRS, FieldState, Shares, assumed, bounded, observed, ordered, smoothed, u_of};
use crate::Level;
use crate::frequent::Frequent;
use crate::level::Symbol;
use crate::model::{FieldModel, MatchModel, SymbolModel};
use crate::pairs::Candidates;
use crate::parallel::{Threads, pieces};
use crate::rule::{LearnedField, MatchingRule, Pattern};
use crate::table::{Table, number};
use crate::weights::{millibits, prior_weight, probability_exact};

/// With fewer known pairs than this, expectation-maximisation decides alone.
const FEW_KNOWN: f64 = 200.0;
/// Of pairs that agree in any set of fields at least this share is taken for different.
const UNSURE: f64 = 0.02;
const ROUNDS: usize = 25;

/// Learns the weights of a rule from a table.
pub(crate) fn learn(
    rule: &MatchingRule,
    table: &Table,
    candidates: &Candidates,
    counts: &Counts,
    classes: &[Vec<u8>],
    threads: Threads<'_>,
) -> MatchModel {
    // Patterns do not depend on weights, so the rule as it is will do; symbols need the classes.
    let Counts { fields: counted, drawn } = counts;
    let mut told = rule.clone();
    for (field, counted) in told.fields.iter_mut().zip(counted) {
        field.words.clone_from(&counted.words);
    }
    let rule = &told;
    let random = random_pairs(rule, table, classes, drawn, threads.part(0, 350));
    let state = |at: usize| {
        let (field, counted) = rule.fields.get(at).zip(counted.get(at))?;
        let observed = observed(rule, table, classes, at, field, counted, &random);
        let (assumed_m, assumed_u) = assumed(field, counted);
        Some(FieldState { counted, observed, assumed_m, assumed_u, m: assumed_m, known: false })
    };
    let states = pieces(rule.fields.len(), 1, threads.part(350, 400), || (), |(), at| state(at.start));
    let mut fields: Vec<FieldState<'_>> = states.into_iter().flatten().collect();
    let known = known_pairs(rule, table, classes, counted, threads.part(400, 500));
    for (at, (field, state)) in rule.fields.iter().zip(&mut fields).enumerate() {
        let is_identity = rule.identities.contains(&field.source);
        let total: f64 = known.iter().filter(|p| p[at] != Symbol::MISSING).map(|_| 1.0).sum();
        if !is_identity && total >= FEW_KNOWN {
            let mut sums = [0.0; Symbol::COUNT];
            for pattern in known.iter().filter(|p| p[at] != Symbol::MISSING) {
                sums[pattern[at].index()] += 1.0;
            }
            state.m = smoothed(&sums, &state.assumed_m);
            state.known = true;
        }
    }
    let Histogram { patterns, forbidden, scale } =
        histogram(rule, table, candidates, classes, threads.part(500, 900));
    let rows = f64::from(number(candidates.standing()));
    let all_pairs = (rows * (rows - 1.0) / 2.0).max(1.0);
    let mut trained = rule.clone();
    let assumed_share = odds_to_share(rule.prior);
    let mut share = (assumed_share * ASSUMED_PAIRS + 0.2 * rows) / (all_pairs + ASSUMED_PAIRS);
    for _ in 0..ROUNDS {
        if threads.stopped() {
            break;
        }
        apply(&mut trained, &fields, share);
        let shares = joint_shares(&trained, &patterns, &forbidden);
        trained.shares = shares;
        let (next, sums) = expect(&trained, &patterns);
        let true_pairs = next * scale;
        // Not more than every row in four pairs; small tables lean on what the rule assumes.
        share = (true_pairs.min(2.0 * rows) + assumed_share * ASSUMED_PAIRS) / (all_pairs + ASSUMED_PAIRS);
        for ((field, state), sums) in rule.fields.iter().zip(&mut fields).zip(&sums) {
            if !state.known {
                state.m = smoothed(sums, &state.assumed_m);
                bounded(field, state);
            }
            ordered(state, share);
        }
    }
    apply(&mut trained, &fields, share);
    trained.shares = joint_shares(&trained, &patterns, &forbidden);
    report(&trained, &fields, table.rows)
}

fn odds_to_share(prior: i64) -> f64 {
    probability_exact(prior)
}

/// What linked fields that agree say in common: sister firms, colleagues and households share several of them at once, so together
/// they say less than the sum. Identities tell how much less: of the pairs in which a set of fields agrees, and both sides hold
/// an identity, some hold the same one and some another, and their ratio is what the set says. Its part of the sum of the single
/// weights is given in thousandths. Empty where no identity can tell.
fn joint_shares(rule: &MatchingRule, patterns: &[(Pattern, f64)], forbidden: &[(Pattern, f64)]) -> Vec<i64> {
    let identities: Vec<usize> = (0..rule.fields.len())
        .filter(|at| rule.fields.get(*at).is_some_and(|f| rule.identities.contains(&f.source)))
        .collect();
    if rule.linked.len() < 2 || identities.is_empty() {
        return Vec::new();
    }
    let sets = 1_usize << rule.linked.len();
    let none = vec![0.0; sets];
    // Pairs of one identity, of two, and the sums of weights of the former and of all.
    let (mut same, mut other, mut of_same, mut all, mut of_all) =
        (none.clone(), none.clone(), none.clone(), none.clone(), none);
    for (at, (pattern, count)) in patterns.iter().chain(forbidden).enumerate() {
        let (set, sum) = rule.agreeing(pattern, &rule.weights_of(pattern));
        let sum = sum as f64;
        all[set] += count;
        of_all[set] += sum * count;
        let told = identities.iter().map(|at| pattern[*at].level()).filter(|l| *l != Level::Missing).max();
        match told {
            Some(Level::Different) => other[set] += count,
            Some(_) if at < patterns.len() => {
                same[set] += count;
                of_same[set] += sum * count;
            }
            _ if at >= patterns.len() => other[set] += count,
            _ => {}
        }
    }
    if same.iter().sum::<f64>() < FEW_KNOWN {
        return Vec::new();
    }
    (0..sets)
        .map(|set| {
            if set.count_ones() < 2 || all[set] < 1.0 {
                return 1000;
            }
            let ratio = (same[set] + 0.5) / (other[set] + 0.5).max(same[set] * UNSURE);
            let together = libm::log2(ratio) * 1000.0 - rule.prior as f64;
            let apart = if same[set] >= 1.0 { of_same[set] / same[set] } else { of_all[set] / all[set] };
            millibits((together / apart.max(1.0)).clamp(0.0, 1.0))
        })
        .collect()
}

/// Expected number of true pairs, and of each symbol among them.
fn expect(rule: &MatchingRule, patterns: &[(Pattern, f64)]) -> (f64, Vec<Shares>) {
    let mut sums = vec![[0.0; Symbol::COUNT]; rule.fields.len()];
    let mut pairs = 0.0;
    for (pattern, count) in patterns {
        let total = rule.contributions(pattern).iter().fold(rule.prior, |sum, w| sum.saturating_add(*w));
        let expected = probability_exact(total) * count;
        pairs += expected;
        for (sums, symbol) in sums.iter_mut().zip(pattern).filter(|(_, s)| **s != Symbol::MISSING) {
            sums[symbol.index()] += expected;
        }
    }
    (pairs, sums)
}

/// Puts weights from the shares into a rule.
fn apply(rule: &mut MatchingRule, fields: &[FieldState<'_>], share: f64) {
    rule.prior = prior_weight(share);
    for (field, state) in rule.fields.iter_mut().zip(fields).filter(|(f, _)| !f.by_hand) {
        let mut weights = [0; Symbol::COUNT];
        for symbol in Symbol::all().filter(|s| s.level() != Level::Missing) {
            let at = symbol.index();
            weights[at] = weight(state.m[at], u_of(state, at, share));
        }
        field.learned = Some(Arc::new(LearnedField { weights, terms: Frequent::default() }));
    }
    rule.prepare_bounds();
}

/// The weight of two shares, within what a single field may say.
fn weight(m: f64, u: f64) -> i64 {
    millibits(libm::log2(m.max(1e-9) / u.max(1e-12)).clamp(-15.0, 30.0))
}

fn report(rule: &MatchingRule, fields: &[FieldState<'_>], rows: usize) -> MatchModel {
    let share = odds_to_share(rule.prior);
    let learned = rule.fields.iter().zip(fields).filter(|(f, _)| !f.by_hand);
    let fields = learned.map(|(field, state)| FieldModel {
        field: field.field.clone(),
        comparator: field.comparator,
        symbols: Symbol::all()
            .filter(|s| s.level() != Level::Missing && state.m[s.index()] > 0.0)
            .filter(|s| s.class() <= 1 || state.counted.pairs[s.class()] > 0.0)
            .map(|s| SymbolModel::new(s, state.m[s.index()], u_of(state, s.index(), share)))
            .collect(),
        frequent: state.counted.terms.written(),
        words: state.counted.words.as_ref().map(|words| words.written()),
    });
    MatchModel::new(rule, rows as u64, fields.collect())
}
