//! A search through a whole table, or two: which rows meet, what the table teaches, pairs and clusters.

use std::collections::BTreeMap;

use qudao_model::{Decimal, Record};

use crate::block::{Cuts, candidates};
use crate::cluster::cluster;
use crate::found::{Found, Scores, Search, split};
use crate::learn::{Counts, classes, classes_of_learned, learn};
use crate::one::one_to_one;
use crate::pairs::{Candidates, Side};
use crate::parallel::Threads;
use crate::parts::Records;
use crate::rule::MatchingRule;
use crate::table::Table;
use crate::weights::{probability, weight_at};
use crate::{Batch, Dedupe, Deduped, Link, MatchError, MatchModel, Quality};

/// Which rows of a table meet, and what its terms tell.
pub(crate) struct Met {
    pub(crate) candidates: Candidates,
    /// By field, the class of each distinct value; where nothing was counted and nothing was learned before, none.
    pub(crate) classes: Vec<Vec<u8>>,
    counts: Option<Counts>,
}

impl Met {
    /// Lets rows meet, and lays down what compares them. With `learn`, terms are counted, so that a model can be learned.
    pub(crate) fn of(
        rule: &MatchingRule,
        table: &mut Table,
        side: Side,
        learn: bool,
        threads: Threads<'_>,
    ) -> Result<Self, MatchError> {
        let of_terms = |threads| {
            if learn {
                let (counts, classes) = Counts::of(rule, table, threads);
                (Some(counts), classes)
            } else {
                (None, classes(rule, table, threads))
            }
        };
        let ((counts, classes), cuts) =
            threads.part(0, 300).both(of_terms, |threads| Cuts::of(rule, table, side, threads));
        // Nobody asks for terms any more.
        table.forget_terms();
        threads.check()?;
        let candidates = candidates(rule, table, side, cuts, threads.part(300, 850));
        threads.check()?;
        table.sketch(rule, &classes, threads.part(850, 1000));
        threads.check()?;
        Ok(Self { candidates, classes, counts })
    }

    /// The weights that a table teaches.
    pub(crate) fn learn(&self, rule: &MatchingRule, table: &Table, threads: Threads<'_>) -> MatchModel {
        let none = Counts::default();
        let counts = self.counts.as_ref().unwrap_or(&none);
        learn(rule, table, &self.candidates, counts, &self.classes, threads)
    }
}

/// A table, and which of its rows meet.
pub(crate) fn met(
    rule: &MatchingRule,
    records: &[Record],
    learn: bool,
    threads: Threads<'_>,
) -> Result<(Table, Met), MatchError> {
    count(records.len())?;
    let mut table = Table::of(rule, records.iter(), threads.part(0, 620));
    threads.check()?;
    let met = Met::of(rule, &mut table, Side::Within, learn, threads.part(620, 1000))?;
    Ok((table, met))
}

/// The largest number of rows in one call.
pub(crate) const MAX_ROWS: u32 = 100_000_000;

pub(crate) fn count(rows: usize) -> Result<u32, MatchError> {
    let rows = u32::try_from(rows).ok().filter(|r| *r <= MAX_ROWS);
    rows.ok_or(MatchError::TooManyRecords { max: MAX_ROWS })
}

/// From which probability on pairs are listed, and joined.
pub(crate) fn thresholds(rule: &MatchingRule, given: Option<Decimal>) -> Result<(u16, u16), MatchError> {
    use rust_decimal::prelude::ToPrimitive as _;
    let Some(given) = given else { return Ok((rule.review_at, rule.match_at)) };
    if given < Decimal::ZERO || given > Decimal::ONE {
        return Err(MatchError::BadThreshold);
    }
    let scaled = (given * Decimal::from(10_000)).round().to_u16().ok_or(MatchError::BadThreshold)?;
    Ok((scaled, scaled))
}

/// The answer for one table.
pub(crate) fn dedupe(
    rule: &MatchingRule,
    options: &Dedupe,
    rows: usize,
    records: Option<Records<'_>>,
    table: impl FnOnce(Threads<'_>) -> Table,
) -> Result<Deduped, MatchError> {
    let (listed, joined) = thresholds(rule, options.threshold)?;
    count(rows)?;
    let threads = Threads::of(options.threads, options.watch.as_ref());
    let mut table = table(threads.part(0, 380));
    threads.check()?;
    let side = options.link_at.map_or(Side::Within, Side::Across);
    let met = Met::of(rule, &mut table, side, options.learn, threads.part(380, 630))?;
    let model = options.learn.then(|| met.learn(rule, &table, threads.part(630, 690)));
    threads.check()?;
    let (rule, classes) = match &model {
        Some(model) => {
            let learned = model.apply(rule)?;
            let classes = classes_of_learned(&learned, met.classes);
            (learned, classes)
        }
        None => (rule.clone(), met.classes),
    };
    let (rule, candidates) = (&rule, met.candidates);
    let labels = options.labels.as_deref();
    let search =
        Search { rule, table: &table, classes: &classes, candidates: &candidates, floor: weight_at(listed) };
    let mut scores = search.scores(labels, threads.part(690, 880));
    threads.check()?;
    let more = search.second_look(&mut scores, labels, threads.part(880, 930));
    threads.check()?;
    let of_copies = search.of_copies(threads);
    let joins = |f: &Found| !f.related && probability(f.total) >= joined;
    let clusters = match options.link_at {
        None => {
            let edges =
                scores.found.iter().filter(|f| joins(f)).map(|f| (f.left, f.right, f.total)).collect();
            let floor = joined.min(rule.review_at);
            let mut clusters = cluster(&search, records, edges, floor, threads.part(930, 1000));
            // Equal rows are where the one is that stands for them.
            for group in candidates.copies.groups() {
                let cluster = clusters.get(group.first as usize).copied();
                let Some(cluster) = cluster.filter(|_| of_copies.get(&group.first).is_some_and(joins)) else {
                    continue;
                };
                for other in group.others {
                    if let Some(slot) = clusters.get_mut(*other as usize) {
                        *slot = cluster;
                    }
                }
            }
            clusters
        }
        Some(_) => (0..count(rows)?).collect(),
    };
    threads.check()?;
    let chosen = (options.one_to_one && options.link_at.is_some())
        .then(|| one_to_one(&scores.found, rows, &candidates.copies, records, threads));
    search.add_copies(&mut scores, &of_copies, threads);
    scores.choose(chosen, threads);
    threads.check()?;
    let Scores { found, compared, reached } = scores;
    let quality = options.labels.as_ref().map(|labels| match options.link_at {
        None => Quality::of(&clusters, labels, reached),
        Some(start) => {
            let pairs: Vec<(u32, u32)> =
                found.iter().filter(|f| joins(f)).map(|f| (f.left, f.right)).collect();
            Quality::of_links(&pairs, labels, start, reached)
        }
    });
    let (pairs, related) = split(&found, options.link_at.unwrap_or(0), threads);
    threads.check()?;
    threads.tell(1, 1);
    let mut oversized = candidates.oversized;
    oversized.extend(more);
    Ok(Deduped { batch: Batch { pairs, related, clusters, oversized, compared }, model, quality })
}

/// The answer for two tables.
pub(crate) fn link(rule: &MatchingRule, records: Records<'_>, options: &Dedupe) -> Result<Link, MatchError> {
    let Records { left, right } = records;
    let (listed, _) = thresholds(rule, options.threshold)?;
    count(left.len().saturating_add(right.len()))?;
    let start = count(left.len())?;
    let threads = Threads::of(options.threads, options.watch.as_ref());
    let mut table = Table::of(rule, left.iter().chain(right), threads.part(0, 450));
    threads.check()?;
    let Met { candidates, classes, .. } =
        Met::of(rule, &mut table, Side::Across(start), false, threads.part(450, 710))?;
    let search =
        Search { rule, table: &table, classes: &classes, candidates: &candidates, floor: weight_at(listed) };
    let mut scores = search.scores(None, threads.part(710, 950));
    threads.check()?;
    let more = search.second_look(&mut scores, None, threads.part(950, 1000));
    threads.check()?;
    let records = Some(records);
    let chosen = options
        .one_to_one
        .then(|| one_to_one(&scores.found, table.rows, &candidates.copies, records, threads));
    search.add_copies(&mut scores, &BTreeMap::new(), threads);
    scores.choose(chosen, threads);
    threads.check()?;
    let (pairs, related) = split(&scores.found, start, threads);
    threads.check()?;
    threads.tell(1, 1);
    let mut oversized = candidates.oversized;
    oversized.extend(more);
    for block in &mut oversized {
        // An example of the first table, where there is one; rows of the second begin anew.
        block.example =
            if block.example >= start { block.example.saturating_sub(start) } else { block.example };
    }
    Ok(Link { pairs, related, oversized, compared: scores.compared })
}
