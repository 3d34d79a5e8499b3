//! What a search for duplicates looked at and what it found: numbers and examples, as a report shows them to people.
//!
//! It is worked out after the search and changes nothing of its answer. Scores of all compared pairs, those below every threshold
//! too, are told from a sample with a fixed seed where there are many.

use std::collections::{BTreeMap, HashMap};

use qudao_model::{Decimal, FieldName, Record, RuleId};

use crate::block::{key_uses, second_look};
use crate::found::lonely;
use crate::key::Key;
use crate::labels;
use crate::level::Symbol;
use crate::matching::Matching;
use crate::pairs::Side;
use crate::parallel::{Threads, pieces, threads};
use crate::rule::{CompareField, MatchingRule};
use crate::score::{bits, shown};
use crate::scorer::Scorer;
use crate::table::Table;
use crate::weights::weight_at;
use crate::whole::{Met, count, thresholds};
use crate::{Batch, Comparator, Label, Level, Link, MatchError, Pair, PairScore};

/// How many compared pairs are looked at.
const SAMPLE: u64 = 200_000;
/// The seed of the sample.
const SEED: u64 = 0x73_75_72_76_65_79;
/// A bar of the histogram stands for so many millibits.
const BAR: i64 = 2_000;
/// What lies beyond goes into the outermost bars, in bars.
const OUTERMOST: i64 = 16;
/// Of pairs near the threshold so many are explained, to find some that differ in kind.
const EXPLAINED: usize = 240;
/// A value is shown with at most so many characters.
const SHOWN: usize = 80;

/// What a survey shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SurveyOptions {
    /// The threshold that the search was given, as in [`crate::Dedupe`].
    pub threshold: Option<Decimal>,
    /// At most so many clusters of each kind.
    pub clusters: usize,
    /// At most so many rows of a cluster.
    pub rows: usize,
    /// At most so many pairs near the threshold.
    pub pairs: usize,
    /// What people say of pairs, against which blocking and clusters are measured.
    pub labels: Vec<Label>,
    /// How many threads; none: as many as the machine has.
    pub threads: Option<usize>,
}

impl Default for SurveyOptions {
    fn default() -> Self {
        Self { threshold: None, clusters: 6, rows: 8, pairs: 6, labels: Vec::new(), threads: None }
    }
}

/// How a key puts the rows of a table into blocks.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct KeyUse {
    /// The definition of the key, such as `name.core, region`. Never a value.
    pub key: String,
    /// Rows that have a value of it.
    pub rows: u32,
    /// Values that several rows share.
    pub blocks: u32,
    /// Rows of the largest block.
    pub largest: u32,
    /// Pairs that share a value, before blocks that are too large are cut.
    pub pairs: u64,
}

/// What the levels of a field weigh.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldLevels {
    /// The field.
    pub field: FieldName,
    /// How it is compared.
    pub comparator: Comparator,
    /// Different valid values forbid a pair.
    pub identity: bool,
    /// Levels that the comparator gives, from `different` to `exact`.
    pub levels: Vec<LevelWeight>,
}

/// What one level weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LevelWeight {
    /// The level.
    pub level: Level,
    /// The weight in bits; of learned weights, that of agreement on the most frequent values.
    pub least: Decimal,
    /// That of agreement on the rarest values.
    pub most: Decimal,
}

/// A bar of the histogram of scores.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScoreBar {
    /// The smallest total weight, in bits; the outermost bars also hold what lies beyond.
    pub from: Decimal,
    /// The total weight that it ends before.
    pub to: Decimal,
    /// Compared pairs: of the sample, times what each stands for.
    pub pairs: u64,
}

/// Pairs that were forbidden, whatever else agreed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Veto {
    /// The field that forbids: an identity, or a name where a person stands beside a company.
    pub field: FieldName,
    /// Compared pairs that it forbids: of the sample, times what each stands for.
    pub pairs: u64,
    /// Those among them whose other fields reach the review threshold.
    pub alike: u64,
    /// The one of these that is most alike, explained.
    pub example: Option<Example>,
}

/// A pair with its explanation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Example {
    /// The row of the first record.
    pub left: u32,
    /// The row of the second; of two tables, in the second.
    pub right: u32,
    /// Field by field.
    pub score: PairScore,
}

/// A cluster, as people look at it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClusterView {
    /// Its number, which is its smallest row.
    pub cluster: u32,
    /// How many rows it has.
    pub size: usize,
    /// The pair without which it would fall apart: the weakest of those that hold it together.
    pub weakest: Option<Pair>,
    /// The first rows.
    pub rows: Vec<ClusterRow>,
}

/// A row of a cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClusterRow {
    /// The row.
    pub row: u32,
    /// A cell for each compared field.
    pub cells: Vec<ClusterCell>,
}

/// A value of a row, beside that of the cluster's first row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClusterCell {
    /// The value, cut where it is long; none where it is missing.
    pub value: Option<String>,
    /// How much it agrees with that of the first row.
    pub level: Level,
}

/// What labels say of the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LabelsSeen {
    /// Pairs labelled as the same.
    pub same: u64,
    /// Of these, pairs that shared a key and were compared: what blocking let through.
    pub compared: u64,
    /// Of these, pairs that were found: in one cluster, or linked.
    pub found: u64,
    /// Pairs labelled as different.
    pub different: u64,
    /// Of these, pairs that were taken for the same.
    pub wrong: u64,
}

/// What a search for duplicates looked at and found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Survey {
    /// The matching rule.
    pub rule: RuleId,
    /// Rows of the first table.
    pub rows: usize,
    /// Rows of the second, where two were linked.
    pub right_rows: Option<usize>,
    /// From this probability on rows are taken for the same, in ten-thousandths as a decimal.
    pub match_at: Decimal,
    /// From this probability on pairs are listed.
    pub review_at: Decimal,
    /// The same as weights in bits.
    pub match_weight: Decimal,
    /// The same as weights in bits.
    pub review_weight: Decimal,
    /// The weight of the share of true pairs among all, in bits.
    pub prior: Decimal,
    /// The weights were learned from a table.
    pub learned: bool,
    /// What the fields weigh, in the order of explanations.
    pub fields: Vec<FieldLevels>,
    /// The keys.
    pub keys: Vec<KeyUse>,
    /// Compared pairs that were looked at for `scores` and `vetoes`.
    pub sampled: u64,
    /// How many pairs each stands for; 1: all were looked at.
    pub step: u64,
    /// How many pairs came to which total weight.
    pub scores: Vec<ScoreBar>,
    /// What was forbidden.
    pub vetoes: Vec<Veto>,
    /// How many clusters there are of each size, from two rows on.
    pub sizes: BTreeMap<usize, usize>,
    /// The largest clusters.
    pub largest: Vec<ClusterView>,
    /// The clusters that hang together by the weakest pairs, the weakest first.
    pub doubtful: Vec<ClusterView>,
    /// Pairs near the threshold, unlike each other, by falling weight.
    pub near: Vec<Example>,
    /// What labels say; none where there are none.
    pub labels: Option<LabelsSeen>,
}

impl Matching {
    /// What the search for duplicates in a table looked at and what it found: for a report. `found` is its answer.
    ///
    /// # Errors
    /// As [`Matching::dedupe`]; as [`Matching::teach`] for labels.
    pub fn survey(
        &self,
        rule: &RuleId,
        records: &[Record],
        found: &Batch,
        options: &SurveyOptions,
    ) -> Result<Survey, MatchError> {
        let rule = self.checked(rule, records)?;
        labels::check(&options.labels, records.len())?;
        let table = Asked { rule, left: records, right: None };
        let clusters = Some(found.clusters.as_slice());
        table.survey(&found.pairs, clusters, options)
    }

    /// As [`Matching::survey`], of two tables that were linked. Labels name rows of the first and of the second.
    ///
    /// # Errors
    /// As [`Matching::survey`].
    pub fn survey_link(
        &self,
        rule: &RuleId,
        left: &[Record],
        right: &[Record],
        found: &Link,
        options: &SurveyOptions,
    ) -> Result<Survey, MatchError> {
        let rule = self.checked(rule, left.iter().chain(right))?;
        for label in &options.labels {
            for (row, rows) in [(label.left, left.len()), (label.right, right.len())] {
                if row as usize >= rows {
                    return Err(MatchError::BadLabel { row });
                }
            }
        }
        Asked { rule, left, right: Some(right) }.survey(&found.pairs, None, options)
    }
}

/// One table, or two.
struct Asked<'a> {
    rule: &'a MatchingRule,
    left: &'a [Record],
    right: Option<&'a [Record]>,
}

impl Asked<'_> {
    /// The row in both tables together, of a row of the second.
    fn start(&self) -> u32 {
        if self.right.is_some() { crate::table::number(self.left.len()) } else { 0 }
    }

    /// A row of both tables together.
    fn record(&self, row: u32) -> Option<&Record> {
        let row = row as usize;
        self.left.get(row).or_else(|| self.right?.get(row.checked_sub(self.left.len())?))
    }

    fn example(&self, left: u32, right: u32) -> Option<Example> {
        let (a, b) = (self.record(left)?, self.record(right)?);
        let mut score = self.rule.explain(a, b, &std::collections::BTreeSet::new());
        for evidence in &mut score.evidence {
            for side in [&mut evidence.left, &mut evidence.right] {
                *side = side.take().map(cut);
            }
        }
        Some(Example { left, right: right.saturating_sub(self.start()), score })
    }

    fn survey(
        &self,
        found: &[Pair],
        clusters: Option<&[u32]>,
        options: &SurveyOptions,
    ) -> Result<Survey, MatchError> {
        let rule = self.rule;
        let (listed, joined) = thresholds(rule, options.threshold)?;
        let (least, floor) = (weight_at(listed).max(-64_000), weight_at(joined).max(-64_000));
        let both = self.left.iter().chain(self.right.unwrap_or_default());
        count(self.left.len().saturating_add(self.right.map_or(0, <[Record]>::len)))?;
        let threads = threads(options.threads);
        let side = if self.right.is_some() { Side::Across(self.start()) } else { Side::Within };
        let mut table = Table::of(rule, both, threads);
        let Met { candidates, classes, .. } = Met::of(rule, &mut table, side, false, threads)?;
        let (pairs, step) = candidates.sample(SAMPLE, SEED, threads);
        let seen = self.look(&table, &classes, &pairs, least, threads);
        let labels = (!options.labels.is_empty()).then(|| {
            let start = self.start();
            let pair = |l: &Label| match self.right {
                None => (l.left.min(l.right), l.left.max(l.right)),
                Some(_) => (l.left, l.right.saturating_add(start)),
            };
            let labelled = |same: bool| options.labels.iter().filter(move |l| l.same == same);
            let mut same: Vec<(u32, u32)> = labelled(true).map(pair).collect();
            same.sort_unstable();
            same.dedup();
            let linked: std::collections::BTreeSet<(u32, u32)> = found
                .iter()
                .filter(|p| clusters.is_none() && p.weight >= floor)
                .map(|p| (p.left, p.right.saturating_add(start)))
                .collect();
            let taken = |(left, right): &(u32, u32)| match clusters {
                Some(clusters) => clusters.get(*left as usize) == clusters.get(*right as usize),
                None => linked.contains(&(*left, *right)),
            };
            let mut different: Vec<(u32, u32)> = labelled(false).map(pair).collect();
            different.sort_unstable();
            different.dedup();
            let mut held = candidates.holds(&same);
            // Those that found each other by a second look were without partner before.
            let mut partners: Vec<(u32, u32)> =
                found.iter().map(|p| (p.left, p.right.saturating_add(start))).collect();
            partners.sort_unstable();
            partners.dedup();
            let first = candidates.holds(&partners);
            let partners = partners.into_iter().zip(first).filter(|(_, first)| *first).map(|(pair, _)| pair);
            let lonely = lonely(&candidates, partners);
            if rule.keys.iter().any(Key::is_second) && lonely.contains(&true) {
                let second = second_look(rule, &table, side, lonely, threads);
                for ((pair, slot), holds) in same.iter().zip(&mut held).zip(second.holds(&same)) {
                    *slot |= holds && second.asks(pair.0, pair.1);
                }
            }
            LabelsSeen {
                same: same.len() as u64,
                compared: held.into_iter().filter(|held| *held).count() as u64,
                found: same.iter().filter(|p| taken(p)).count() as u64,
                different: different.len() as u64,
                wrong: different.iter().filter(|p| taken(p)).count() as u64,
            }
        });
        let mut scorer = Scorer::new(rule, &table, &classes);
        let (sizes, largest, doubtful) =
            self.clusters(&mut scorer, clusters.unwrap_or_default(), found, floor, options);
        Ok(Survey {
            rule: rule.id.clone(),
            rows: self.left.len(),
            right_rows: self.right.map(<[Record]>::len),
            match_at: crate::score::decimal4(joined),
            review_at: crate::score::decimal4(listed),
            match_weight: bits(floor),
            review_weight: bits(least),
            prior: bits(rule.prior),
            learned: rule.fields.iter().any(|f| f.learned.is_some()),
            fields: rule.fields.iter().map(|f| levels(rule, f)).collect(),
            keys: key_uses(rule, &table, side, threads),
            sampled: pairs.len() as u64,
            step,
            scores: seen.bars(step),
            vetoes: self.vetoes(seen.vetoes, step),
            sizes,
            largest,
            doubtful,
            near: self.near(found, floor, options.pairs),
            labels,
        })
    }

    /// Scores and vetoes of pairs.
    fn look(
        &self,
        table: &Table,
        classes: &[Vec<u8>],
        pairs: &[(u32, u32)],
        floor: i64,
        threads: Threads<'_>,
    ) -> Seen {
        let rule = self.rule;
        let parts = pieces(
            pairs.len(),
            8192,
            threads,
            || Scorer::new(rule, table, classes),
            |scorer, range| {
                let mut seen = Seen::default();
                for (left, right) in pairs.get(range).unwrap_or_default() {
                    let Some(scored) = scorer.score(*left, *right) else { continue };
                    match scorer.forbidden_by(*left, *right).filter(|_| !scored.related) {
                        None => seen.score(scored.total),
                        Some(source) => {
                            // What the other fields come to: an identity that differs also speaks against the pair.
                            let others = scored.total - rule.against(source, &scored.pattern);
                            seen.veto(source, others, floor, (*left, *right));
                        }
                    }
                }
                seen
            },
        );
        let mut all = Seen::default();
        for part in parts {
            all.add(part);
        }
        all
    }

    fn vetoes(&self, seen: BTreeMap<usize, VetoSeen>, step: u64) -> Vec<Veto> {
        let veto = |(source, seen): (usize, VetoSeen)| {
            Some(Veto {
                field: self.rule.sources.get(source)?.field.clone(),
                pairs: seen.pairs.saturating_mul(step),
                alike: seen.alike.saturating_mul(step),
                example: seen.best.and_then(|(_, std::cmp::Reverse((l, r)))| self.example(l, r)),
            })
        };
        let mut all: Vec<Veto> = seen.into_iter().filter_map(veto).collect();
        all.sort_by(|a, b| b.alike.cmp(&a.alike).then(b.pairs.cmp(&a.pairs)).then(a.field.cmp(&b.field)));
        all
    }

    /// Sizes, the largest clusters, and the most doubtful ones.
    fn clusters(
        &self,
        scorer: &mut Scorer<'_>,
        clusters: &[u32],
        found: &[Pair],
        floor: i64,
        options: &SurveyOptions,
    ) -> (BTreeMap<usize, usize>, Vec<ClusterView>, Vec<ClusterView>) {
        let mut members: Vec<(u32, u32)> = clusters.iter().copied().zip(0_u32..).collect();
        members.sort_unstable();
        let groups: Vec<&[(u32, u32)]> =
            members.chunk_by(|a, b| a.0 == b.0).filter(|g| g.len() > 1).collect();
        let mut sizes = BTreeMap::new();
        for group in &groups {
            *sizes.entry(group.len()).or_insert(0) += 1;
        }
        let weakest = weakest(clusters, found, floor);
        let number = |group: &[(u32, u32)]| group.first().map_or(0, |g| g.0);
        let mut view = |group: &&[(u32, u32)]| {
            let cluster = number(group);
            let rows = group.iter().take(options.rows).map(|(_, row)| *row);
            let first = cluster;
            ClusterView {
                cluster,
                size: group.len(),
                weakest: weakest.get(&cluster).cloned(),
                rows: rows.filter_map(|row| self.row(scorer, first, row)).collect(),
            }
        };
        let mut by_size = groups.clone();
        by_size.sort_by_key(|g| (std::cmp::Reverse(g.len()), number(g)));
        let mut by_doubt: Vec<&[(u32, u32)]> = groups;
        by_doubt.retain(|g| weakest.contains_key(&number(g)));
        by_doubt.sort_by_key(|g| (weakest.get(&number(g)).map(|p| p.weight), number(g)));
        let largest = by_size.iter().take(options.clusters).map(&mut view).collect();
        let doubtful = by_doubt.iter().take(options.clusters).map(&mut view).collect();
        (sizes, largest, doubtful)
    }

    /// A row beside the first one of its cluster.
    fn row(&self, scorer: &mut Scorer<'_>, first: u32, row: u32) -> Option<ClusterRow> {
        let record = self.record(row)?;
        let values: Vec<_> = self.rule.values(record).collect();
        let cells = self.rule.fields.iter().enumerate().map(|(at, field)| {
            let value = values.get(field.source).and_then(|v| shown(v)).map(cut);
            let level =
                scorer.symbol(at, first.min(row), first.max(row)).map_or(Level::Missing, Symbol::level);
            let level = if first == row && value.is_some() { Level::Exact } else { level };
            ClusterCell { value, level }
        });
        Some(ClusterRow { row, cells: cells.collect() })
    }

    /// Pairs near the threshold: of each kind of agreement the nearest, half of them above where there are so many.
    fn near(&self, found: &[Pair], floor: i64, count: usize) -> Vec<Example> {
        let start = self.start();
        let (above, below): (Vec<&Pair>, Vec<&Pair>) = found.iter().partition(|p| p.weight >= floor);
        let mut taken: Vec<(i64, Example)> = Vec::new();
        let mut kinds = std::collections::BTreeSet::new();
        let half = count.div_ceil(2);
        for (mut side, room) in [(below, half), (above, count)] {
            side.sort_unstable_by_key(|p| (p.weight.abs_diff(floor), p.left, p.right));
            for pair in side.into_iter().take(EXPLAINED) {
                if taken.len() >= room {
                    break;
                }
                let Some(example) = self.example(pair.left, pair.right.saturating_add(start)) else {
                    continue;
                };
                let kind: Vec<String> = example.score.evidence.iter().map(|e| e.level.clone()).collect();
                if kinds.insert(kind) {
                    taken.push((pair.weight, example));
                }
            }
        }
        taken.sort_by_key(|(weight, example)| (std::cmp::Reverse(*weight), example.left, example.right));
        taken.into_iter().map(|(_, example)| example).collect()
    }
}

/// Of each cluster the pair without which it falls apart: the last one that joins its parts, taken by falling weight.
fn weakest(clusters: &[u32], found: &[Pair], floor: i64) -> HashMap<u32, Pair> {
    let cluster = |row: u32| clusters.get(row as usize).copied();
    let mut inside: Vec<&Pair> = found
        .iter()
        .filter(|p| p.weight >= floor && cluster(p.left).is_some() && cluster(p.left) == cluster(p.right))
        .collect();
    inside.sort_unstable_by_key(|p| (std::cmp::Reverse(p.weight), p.left, p.right));
    let mut links = Links::new(clusters.len());
    let mut last = HashMap::new();
    for pair in inside {
        if links.join(pair.left, pair.right)
            && let Some(cluster) = cluster(pair.left)
        {
            last.insert(cluster, pair.clone());
        }
    }
    last
}

/// Rows that hang together (R. E. Tarjan, "Efficiency of a Good But Not Linear Set Union Algorithm", 1975).
struct Links(Vec<u32>);

impl Links {
    fn new(rows: usize) -> Self {
        Self((0..crate::table::number(rows)).collect())
    }

    fn root(&mut self, row: u32) -> u32 {
        let mut at = row;
        while let Some(next) = self.0.get(at as usize).copied().filter(|next| *next != at) {
            // The way is halved for the next time.
            let after = self.0.get(next as usize).copied().unwrap_or(next);
            if let Some(slot) = self.0.get_mut(at as usize) {
                *slot = after;
            }
            at = next;
        }
        at
    }

    /// True when the two did not hang together before.
    fn join(&mut self, one: u32, two: u32) -> bool {
        let (a, b) = (self.root(one), self.root(two));
        if let Some(slot) = self.0.get_mut(a.max(b) as usize) {
            *slot = a.min(b);
        }
        a != b
    }
}

/// What pairs showed.
#[derive(Default)]
struct Seen {
    bars: BTreeMap<i64, u64>,
    vetoes: BTreeMap<usize, VetoSeen>,
}

#[derive(Default)]
struct VetoSeen {
    pairs: u64,
    alike: u64,
    /// The one most alike; of equal ones the first.
    best: Option<(i64, std::cmp::Reverse<(u32, u32)>)>,
}

impl Seen {
    fn score(&mut self, total: i64) {
        let bar = total.div_euclid(BAR).clamp(-OUTERMOST, OUTERMOST - 1);
        *self.bars.entry(bar).or_default() += 1;
    }

    fn veto(&mut self, source: usize, others: i64, floor: i64, pair: (u32, u32)) {
        let seen = self.vetoes.entry(source).or_default();
        seen.pairs += 1;
        if others >= floor {
            seen.alike += 1;
            seen.best = seen.best.max(Some((others, std::cmp::Reverse(pair))));
        }
    }

    fn add(&mut self, other: Self) {
        for (bar, pairs) in other.bars {
            *self.bars.entry(bar).or_default() += pairs;
        }
        for (source, more) in other.vetoes {
            let seen = self.vetoes.entry(source).or_default();
            seen.pairs += more.pairs;
            seen.alike += more.alike;
            seen.best = seen.best.max(more.best);
        }
    }

    /// Every bar between the first and the last one that holds something.
    fn bars(&self, step: u64) -> Vec<ScoreBar> {
        let (Some(first), Some(last)) = (self.bars.keys().next(), self.bars.keys().last()) else {
            return Vec::new();
        };
        (*first..=*last)
            .map(|bar| ScoreBar {
                from: bits(bar * BAR),
                to: bits((bar + 1) * BAR),
                pairs: self.bars.get(&bar).copied().unwrap_or(0).saturating_mul(step),
            })
            .collect()
    }
}

fn levels(rule: &MatchingRule, field: &CompareField) -> FieldLevels {
    let weights = |level: Level| -> Option<LevelWeight> {
        let (least, most) = match &field.learned {
            None => {
                let weight = field.weights.get(level.index()).copied()?;
                // A level that the comparator never gives holds nothing.
                if weight == 0 && !field.by_hand && !field.gives(level) {
                    return None;
                }
                (weight, weight)
            }
            Some(learned) => {
                let of = Symbol::all().filter(|s| s.level() == level && field.gives(level));
                let of = of.filter_map(|s| learned.weights.get(s.index()).copied());
                let of: Vec<i64> = of.collect();
                (of.iter().copied().min()?, of.iter().copied().max()?)
            }
        };
        Some(LevelWeight { level, least: bits(least), most: bits(most) })
    };
    let shown = Level::ALL.into_iter().filter(|l| *l != Level::Missing);
    FieldLevels {
        field: field.field.clone(),
        comparator: field.comparator,
        identity: rule.identities.contains(&field.source),
        levels: shown.filter_map(weights).collect(),
    }
}

/// A long value is cut.
fn cut(text: String) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or_default()),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(left: u32, right: u32, weight: i64) -> Pair {
        Pair { left, right, probability: Decimal::ONE, weight }
    }

    #[test]
    fn the_weakest_pair_is_the_one_without_which_a_cluster_falls_apart() {
        // 0-1 and 2-3 are sure; 1-2 joins them. 0-3 is weaker still, but not needed.
        let found =
            [pair(0, 1, 20), pair(0, 3, 5), pair(1, 2, 9), pair(2, 3, 30), pair(4, 5, 7), pair(0, 4, 50)];
        let weakest = weakest(&[0, 0, 0, 0, 4, 4], &found, 6);
        assert_eq!(weakest.get(&0), Some(&pair(1, 2, 9)));
        assert_eq!(weakest.get(&4), Some(&pair(4, 5, 7)));
        assert_eq!(weakest.len(), 2);
    }

    #[test]
    fn scores_beyond_the_histogram_stand_in_its_outermost_bars() {
        let mut seen = Seen::default();
        [-900_000, -1, 0, 1_999, 900_000].into_iter().for_each(|total| seen.score(total));
        let bars = seen.bars(3);
        assert_eq!(bars.iter().map(|b| b.pairs).sum::<u64>(), 15);
        assert_eq!(bars.len(), 32);
        assert_eq!((bars[15].pairs, bars[16].pairs), (3, 6));
        assert_eq!(bars[16].from, Decimal::ZERO);
    }

    #[test]
    fn long_values_are_cut_between_characters() {
        assert_eq!(cut("渠".repeat(81)), format!("{}…", "渠".repeat(80)));
        assert_eq!(cut("short".to_owned()), "short");
    }
}
