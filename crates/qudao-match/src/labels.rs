//! What people say of pairs: which pairs to ask about, and weights that learn from the answers.
//!
//! A label says of two rows that they are the same, or not. Each field gets two factors, one for what speaks for a pair and one for
//! what speaks against it, and the prior moves: a logistic regression on the weights in bits, fitted by Newton's
//! method with a Gaussian prior around what was there before (ridge regression towards 1: A. E. Hoerl and R. W. Kennard,
//! 1970; S. le Cessie and J. C. van Houwelingen, "Ridge Estimators in Logistic Regression", 1992). So a few labels move little, and
//! labels from a review, which are chosen by what is compared and not by the answer, do not mislead it.

use std::collections::BTreeMap;

use crate::MatchError;
use crate::found::Search;
use crate::model::MatchModel;
use crate::parallel::Threads;
use crate::rule::{MAX_FIELDS, MatchingRule, Pattern};
use crate::score::{Label, Pair, decimal4};
use crate::scorer::Scorer;
use crate::table::Table;
use crate::weights::{millibits, probability, weight_at};

/// How far from the threshold a pair may be to be worth a question, in millibits.
const NEAR: i64 = 12_000;
/// How much a factor is held to 1, and the prior to what it was: the inverse of the variance that is thought likely.
const HELD_FACTOR: f64 = 2.0;
const HELD_PRIOR: f64 = 1.0 / 16.0;
const ROUNDS: usize = 40;
/// A factor is at most so much.
const MOST: f64 = 3.0;

/// The labels are of rows that are there, and do not contradict each other, by way of a third row neither.
pub(crate) fn check(labels: &[Label], rows: usize) -> Result<(), MatchError> {
    let mut parent: BTreeMap<u32, u32> = BTreeMap::new();
    fn root(parent: &BTreeMap<u32, u32>, row: u32) -> u32 {
        let mut at = row;
        while let Some(next) = parent.get(&at).filter(|next| **next != at) {
            at = *next;
        }
        at
    }
    for label in labels {
        for row in [label.left, label.right] {
            if row as usize >= rows || label.left == label.right {
                return Err(MatchError::BadLabel { row });
            }
        }
        if label.same {
            let (a, b) = (root(&parent, label.left), root(&parent, label.right));
            parent.insert(a.max(b), a.min(b));
        }
    }
    let against = labels.iter().filter(|l| !l.same);
    for label in against {
        if root(&parent, label.left) == root(&parent, label.right) {
            return Err(MatchError::ContradictoryLabels { left: label.left, right: label.right });
        }
    }
    Ok(())
}

/// The pairs that tell most when somebody labels them: near the threshold, and unlike each other. Each pattern of
/// levels is asked about once before any is asked about again.
pub(crate) fn review(search: &Search<'_>, count: usize, threads: Threads<'_>) -> Vec<Pair> {
    let rule = search.rule;
    let middle = (weight_at(rule.review_at).max(-64_000) + weight_at(rule.match_at).max(-64_000)) / 2;
    let found = search.candidates.slices(
        threads,
        || search.scorer(),
        |scorer, pairs| {
            let mut near: BTreeMap<Pattern, Vec<Near>> = BTreeMap::new();
            let mut some: Vec<(u32, u32)> = Vec::new();
            pairs.each(|left, right| some.push((left, right)));
            for some in some.chunks(1 << 10) {
                if threads.stopped() {
                    break;
                }
                scorer.reaching(some, middle - NEAR, |left, right, scored| {
                    if scored.related || scored.total > middle + NEAR {
                        return;
                    }
                    let list = near.entry(scored.pattern).or_default();
                    list.push((scored.total.abs_diff(middle), left, right, scored.total));
                    nearest(list, count);
                });
            }
            near
        },
    );
    let mut near: BTreeMap<Pattern, Vec<Near>> = BTreeMap::new();
    for (pattern, more) in found.into_iter().flatten() {
        let list = near.entry(pattern).or_default();
        list.extend(more);
        nearest(list, count);
    }
    let mut all: Vec<(usize, Near)> = Vec::new();
    for mut list in near.into_values() {
        list.sort_unstable();
        all.extend(list.into_iter().take(count).enumerate());
    }
    all.sort_unstable();
    let pair = |(_, (_, left, right, weight))| Pair {
        left,
        right,
        probability: decimal4(probability(weight)),
        weight,
    };
    all.into_iter().take(count).map(pair).collect()
}

/// How far from the threshold, the rows, and the weight.
type Near = (u64, u32, u32, i64);

/// Keeps the nearest, once there are many more than are asked for.
fn nearest(list: &mut Vec<Near>, count: usize) {
    if list.len() >= count.saturating_mul(2).max(64) {
        list.sort_unstable();
        list.truncate(count);
    }
}

/// A model whose weights have learned from labels.
pub(crate) fn teach(
    rule: &MatchingRule,
    table: &Table,
    classes: &[Vec<u8>],
    mut model: MatchModel,
    labels: &[Label],
    threads: Threads<'_>,
) -> MatchModel {
    let mut scorer = Scorer::new(rule, table, classes);
    let mut seen: Vec<(Vec<f64>, f64, bool)> = Vec::new();
    threads.each(labels, |label| {
        // What is forbidden is not weighed.
        let Some(scored) = scorer.score(label.left.min(label.right), label.left.max(label.right)) else {
            return;
        };
        let (x, fixed) = inputs(rule, &rule.contributions(&scored.pattern));
        seen.push((x, fixed, label.same));
    });
    let start = bits(model.prior);
    let factors = fit(&seen, start, 1 + 2 * rule.fields.len(), threads);
    model.prior = millibits(factors.first().copied().unwrap_or(start));
    for (at, field) in rule.fields.iter().enumerate() {
        let factor = |n: usize| factors.get(1 + 2 * at + n).copied().unwrap_or(1.0).clamp(0.0, MOST);
        let (speaks_for, against) = (factor(0), factor(1));
        if let Some(learned) = model.fields.iter_mut().find(|f| f.field == field.field) {
            for symbol in &mut learned.symbols {
                let factor = if symbol.weight > 0 { speaks_for } else { against };
                symbol.weight = millibits(bits(symbol.weight) * factor);
            }
        }
    }
    model
}

#[expect(clippy::cast_precision_loss, reason = "weights are small")]
fn bits(millibits: i64) -> f64 {
    millibits as f64 / 1000.0
}

/// 1 for the prior, then two numbers for each field: what speaks for the pair, or else against it. Apart, what is given by hand.
fn inputs(rule: &MatchingRule, weights: &[i64; MAX_FIELDS]) -> (Vec<f64>, f64) {
    let (mut x, mut fixed) = (vec![1.0], 0.0);
    for (field, weight) in rule.fields.iter().zip(weights) {
        let weight = bits(*weight);
        if field.by_hand {
            fixed += weight;
            x.extend([0.0, 0.0]);
        } else {
            x.extend([weight.max(0.0), weight.min(0.0)]);
        }
    }
    (x, fixed)
}

/// The prior and the factors that explain the labels best, held to where they were.
fn fit(seen: &[(Vec<f64>, f64, bool)], start: f64, count: usize, threads: Threads<'_>) -> Vec<f64> {
    let mut at = vec![1.0; count];
    if let Some(prior) = at.first_mut() {
        *prior = start;
    }
    let rest = at.clone();
    let held = |n: usize| if n == 0 { HELD_PRIOR } else { HELD_FACTOR };
    let ln2 = std::f64::consts::LN_2;
    for round in 0..ROUNDS {
        if threads.stopped() {
            break;
        }
        threads.tell(round, ROUNDS);
        let mut gradient: Vec<f64> =
            at.iter().zip(&rest).enumerate().map(|(n, (a, r))| held(n) * (r - a)).collect();
        let mut curve = vec![vec![0.0; count]; count];
        for (n, row) in curve.iter_mut().enumerate() {
            if let Some(slot) = row.get_mut(n) {
                *slot = held(n);
            }
        }
        threads.each(seen, |(x, fixed, same)| {
            let total: f64 = fixed + x.iter().zip(&at).map(|(x, a)| x * a).sum::<f64>();
            let p = 1.0 / (1.0 + libm::exp2(-total.clamp(-64.0, 64.0)));
            let miss = f64::from(u8::from(*same)) - p;
            for (slot, x) in gradient.iter_mut().zip(x) {
                *slot += miss * ln2 * x;
            }
            let steep = p * (1.0 - p) * ln2 * ln2;
            for (row, a) in curve.iter_mut().zip(x).filter(|(_, a)| **a != 0.0) {
                for (slot, b) in row.iter_mut().zip(x) {
                    *slot += steep * a * b;
                }
            }
        });
        let step = solve(curve, gradient);
        let longest = step.iter().fold(0.0_f64, |m, s| m.max(s.abs()));
        // Long steps overshoot.
        let scale = if longest > 1.0 { 1.0 / longest } else { 1.0 };
        for (slot, step) in at.iter_mut().zip(&step) {
            *slot += scale * step;
        }
        if longest < 1e-9 {
            break;
        }
    }
    at
}

/// Solves a symmetric positive definite system by Cholesky's decomposition.
#[expect(clippy::indexing_slicing, reason = "square, and within bounds")]
fn solve(mut a: Vec<Vec<f64>>, mut b: Vec<f64>) -> Vec<f64> {
    let n = b.len();
    for i in 0..n {
        for j in 0..=i {
            let sum: f64 = (0..j).map(|k| a[i][k] * a[j][k]).sum();
            let rest = a[i][j] - sum;
            a[i][j] = if i == j { libm::sqrt(rest.max(1e-12)) } else { rest / a[j][j] };
        }
    }
    for i in 0..n {
        let sum: f64 = (0..i).map(|k| a[i][k] * b[k]).sum();
        b[i] = (b[i] - sum) / a[i][i];
    }
    for i in (0..n).rev() {
        let sum: f64 = (i + 1..n).map(|k| a[k][i] * b[k]).sum();
        b[i] = (b[i] - sum) / a[i][i];
    }
    b
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parallel::threads;

    fn label(left: u32, right: u32, same: bool) -> Label {
        Label { left, right, same }
    }

    #[test]
    fn labels_that_contradict_themselves_are_told() {
        let fine = [label(0, 1, true), label(1, 2, true), label(0, 3, false)];
        assert_eq!(check(&fine, 4), Ok(()));
        let by_a_third = [label(0, 1, true), label(1, 2, true), label(2, 0, false)];
        assert_eq!(check(&by_a_third, 4), Err(MatchError::ContradictoryLabels { left: 2, right: 0 }));
        assert_eq!(check(&[label(0, 4, true)], 4), Err(MatchError::BadLabel { row: 4 }));
        assert_eq!(check(&[label(1, 1, true)], 4), Err(MatchError::BadLabel { row: 1 }));
    }

    #[test]
    fn systems_are_solved() {
        let x = solve(vec![vec![4.0, 2.0], vec![2.0, 3.0]], vec![10.0, 8.0]);
        assert!((x[0] - 1.75).abs() < 1e-12 && (x[1] - 1.5).abs() < 1e-12, "{x:?}");
    }

    #[test]
    fn without_labels_nothing_moves() {
        assert_eq!(fit(&[], -13.0, 5, threads(None)), [-13.0, 1.0, 1.0, 1.0, 1.0]);
    }

    #[test]
    fn a_field_that_misleads_loses_weight() {
        // The second field agrees where the labels say no.
        let seen: Vec<(Vec<f64>, f64, bool)> = (0..100)
            .map(|n| {
                let same = n % 2 == 0;
                let name = if same { 12.0 } else { 2.0 };
                let phone = if same { 0.0 } else { 14.0 };
                (vec![1.0, name, 0.0, phone, 0.0], 0.0, same)
            })
            .collect();
        let at = fit(&seen, -13.0, 5, threads(None));
        assert!(at[3] < 0.8, "{at:?}");
        let total = |x: &[f64]| x.iter().zip(&at).map(|(x, a)| x * a).sum::<f64>();
        assert!(seen.iter().all(|(x, _, same)| (total(x) > 0.0) == *same), "{at:?}");
    }
}
