//! Ids of clusters that stay from run to run.
//!
//! A search numbers clusters by row, and rows move. Here a cluster gets an id of its own, and a later search that is told the ids of
//! an earlier one keeps them: a cluster takes the id of the earlier cluster with which it shares most records. So of a cluster that fell
//! apart the larger part keeps the id, and of several that became one the id of the largest stays. What has no id yet gets one that was never
//! used. (Communities that change over time are followed in the same way, by what successive groups share: D. Greene, D. Doyle and
//! P. Cunningham, "Tracking the Evolution of Communities in Dynamic Social Networks", 2010.)

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use qudao_model::RecordId;
use serde::{Deserialize, Serialize};

use crate::table::number;
use crate::{Batch, MatchError};

/// The cluster of each record by its id, to be kept and handed to the next run.
///
/// ```
/// use qudao_match::{ClusterChange, ClusterIds};
/// use qudao_model::RecordId;
///
/// let (a, aa, b, c) = (RecordId::new("a")?, RecordId::new("aa")?, RecordId::new("b")?, RecordId::new("c")?);
/// // A first run found that b and c are one. Numbers of clusters are those of a search: they count rows.
/// let first = ClusterIds::default().next(&[c.clone(), a.clone(), b.clone()], &[0, 1, 0])?;
/// assert_eq!(first.rows, [b.clone(), a.clone(), b.clone()]);
/// // The next one knows a record more. The cluster keeps its id, although the record that gave it is gone.
/// let next = first.ids.next(&[a.clone(), aa, c], &[0, 1, 1])?;
/// assert_eq!(next.rows, [a, b.clone(), b]);
/// assert_eq!(next.changed(ClusterChange::Kept), 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClusterIds {
    /// The id of the cluster of each record, also of records that were not there the last time.
    #[serde(default)]
    records: BTreeMap<RecordId, RecordId>,
    /// Ids that clusters had, and that none has any more. They are not given again.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    retired: BTreeSet<RecordId>,
}

/// What a cluster is beside those of the run before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClusterChange {
    /// None of its records had a cluster.
    New,
    /// It holds all that is left of one earlier cluster, and nothing of others. It may have grown.
    Kept,
    /// It holds all that is left of several earlier clusters.
    Merged,
    /// It holds a part of one earlier cluster; the rest is elsewhere.
    Split,
    /// It holds records of several earlier clusters, of which some have records elsewhere.
    Regrouped,
}

impl ClusterChange {
    /// The word for it, such as `merged`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Kept => "kept",
            Self::Merged => "merged",
            Self::Split => "split",
            Self::Regrouped => "regrouped",
        }
    }
}

/// How many records a cluster has of an earlier one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ClusterShare {
    /// The id of the cluster.
    pub cluster: RecordId,
    /// The id that the earlier one had; none for records that had no cluster.
    pub previous: Option<RecordId>,
    /// How many records.
    pub records: u32,
    /// What the cluster is, all its shares considered.
    pub change: ClusterChange,
}

/// The clusters of one run with their ids.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NamedClusters {
    /// By row, the id of its cluster.
    pub rows: Vec<RecordId>,
    /// What the next run should be told.
    pub ids: ClusterIds,
    /// Where the records of each cluster were before, by the cluster's id; records that were in none come last.
    pub shares: Vec<ClusterShare>,
}

impl NamedClusters {
    /// How many clusters changed in a way.
    #[must_use]
    pub fn changed(&self, how: ClusterChange) -> usize {
        let clusters = self.shares.chunk_by(|a, b| a.cluster == b.cluster);
        clusters.filter(|shares| shares.first().is_some_and(|share| share.change == how)).count()
    }
}

impl Batch {
    /// These clusters with ids that stay: those of `previous` where clusters share records with its clusters, and new ones elsewhere.
    /// `ids` are those of the records, by row.
    ///
    /// # Errors
    /// As [`ClusterIds::next`].
    pub fn named(&self, ids: &[RecordId], previous: &ClusterIds) -> Result<NamedClusters, MatchError> {
        previous.next(ids, &self.clusters)
    }
}

impl ClusterIds {
    /// Says that a record is in a cluster.
    pub fn insert(&mut self, record: RecordId, cluster: RecordId) {
        self.records.insert(record, cluster);
    }

    /// Says that an id was given, and is not to be given again.
    pub fn retire(&mut self, cluster: RecordId) {
        self.retired.insert(cluster);
    }

    /// The id of the cluster of a record.
    #[must_use]
    pub fn get(&self, record: &str) -> Option<&RecordId> {
        self.records.get(record)
    }

    /// The records with the ids of their clusters, by the record's id.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&RecordId, &RecordId)> {
        self.records.iter()
    }

    /// Ids that no cluster has any more, in order.
    pub fn retired(&self) -> impl ExactSizeIterator<Item = &RecordId> {
        self.retired.iter()
    }

    /// Gives the clusters of a run their ids. `ids` are those of the records by row, and `clusters` the numbers of their clusters as
    /// [`Batch::clusters`] has them; a row without a number is a cluster by itself.
    ///
    /// - A cluster keeps the id of the earlier cluster with which it shares most records. Each id goes to one cluster: the largest share comes first;
    ///   of equal ones that of the smaller id, and then the cluster with the smaller record.
    /// - A cluster that is left gets the id of the smallest of its records whose id no cluster ever had. Where there is none, a number
    ///   is put behind it: `a~2`.
    ///
    /// The order of the rows does not matter. Ids compare as texts. Records that are not among the rows keep the cluster that they had.
    ///
    /// # Errors
    /// [`MatchError::RepeatedId`] for two rows with one id.
    pub fn next(&self, ids: &[RecordId], clusters: &[u32]) -> Result<NamedClusters, MatchError> {
        let mut by_id: Vec<(&RecordId, u32)> = ids.iter().zip(0_u32..).collect();
        by_id.sort_unstable();
        for pair in by_id.windows(2) {
            if let [(one, left), (two, right)] = pair
                && one == two
            {
                return Err(MatchError::RepeatedId { left: *left, right: *right });
            }
        }
        // Clusters are numbered by their smallest record.
        let mut numbers: HashMap<u64, u32> = HashMap::new();
        let mut smallest: Vec<&RecordId> = Vec::new();
        let mut of_row = vec![0_u32; ids.len()];
        for (id, row) in &by_id {
            let alone = u64::from(*row) | 1 << u32::BITS;
            let key = clusters.get(*row as usize).map_or(alone, |cluster| u64::from(*cluster));
            let at = *numbers.entry(key).or_insert_with(|| {
                smallest.push(id);
                number(smallest.len() - 1)
            });
            if let Some(slot) = of_row.get_mut(*row as usize) {
                *slot = at;
            }
        }
        drop(numbers);
        let of = |row: u32| of_row.get(row as usize).copied().unwrap_or(0);
        // What clusters share with earlier ones; nothing is more than every id.
        let mut met: Vec<(u32, bool, Option<&RecordId>)> = Vec::with_capacity(ids.len());
        for (id, row) in &by_id {
            let before = self.records.get(*id);
            met.push((of(*row), before.is_none(), before));
        }
        met.sort_unstable();
        let shares: Vec<Share<'_>> = met
            .chunk_by(|a, b| a == b)
            .filter_map(|same| same.first().map(|(at, _, before)| (*at, *before, number(same.len()))))
            .collect();
        drop(met);
        let mut names = kept(&shares, smallest.len());
        self.give(&mut names, &by_id, of, &smallest);
        let rows: Vec<RecordId> =
            (0..number(ids.len())).filter_map(|row| names.get(of(row) as usize).cloned().flatten()).collect();
        let shares = told(&shares, &names);
        Ok(NamedClusters { ids: self.following(ids, &rows), rows, shares })
    }

    fn was_given(&self, used: &BTreeSet<&RecordId>, id: &RecordId) -> bool {
        used.contains(id) || self.retired.contains(id)
    }

    /// Gives ids to clusters that have none.
    fn give(
        &self,
        names: &mut [Option<RecordId>],
        by_id: &[(&RecordId, u32)],
        of: impl Fn(u32) -> u32,
        smallest: &[&RecordId],
    ) {
        let used: BTreeSet<&RecordId> = self.records.values().collect();
        for (id, row) in by_id {
            if let Some(name @ None) = names.get_mut(of(*row) as usize)
                && !self.was_given(&used, id)
            {
                *name = Some((*id).clone());
            }
        }
        if names.iter().all(Option::is_some) {
            return;
        }
        let mut given: BTreeSet<RecordId> = names.iter().flatten().cloned().collect();
        for (name, smallest) in names.iter_mut().zip(smallest).filter(|(name, _)| name.is_none()) {
            // As long as an id may be.
            let longest: String = smallest.as_str().chars().take(180).collect();
            let numbered = (2_u32..).filter_map(|n| RecordId::new(format!("{longest}~{n}")).ok());
            let free = numbered.into_iter().find(|id| !self.was_given(&used, id) && !given.contains(id));
            given.extend(free.clone());
            *name = free;
        }
    }

    /// What the next run should be told.
    fn following(&self, ids: &[RecordId], rows: &[RecordId]) -> Self {
        let mut next = self.clone();
        next.records.extend(ids.iter().cloned().zip(rows.iter().cloned()));
        let borne: BTreeSet<&RecordId> = next.records.values().collect();
        let gone = self.records.values().filter(|id| !borne.contains(id));
        next.retired.extend(gone.cloned());
        next
    }
}

/// How many records of a cluster were in an earlier one, or in none.
type Share<'a> = (u32, Option<&'a RecordId>, u32);

/// The ids that clusters keep.
fn kept(shares: &[Share<'_>], clusters: usize) -> Vec<Option<RecordId>> {
    let mut best: Vec<(Reverse<u32>, &RecordId, u32)> =
        shares.iter().filter_map(|(at, before, count)| Some((Reverse(*count), (*before)?, *at))).collect();
    best.sort_unstable();
    let mut names: Vec<Option<RecordId>> = vec![None; clusters];
    let mut taken: BTreeSet<&RecordId> = BTreeSet::new();
    for (_, before, at) in best {
        if let Some(name @ None) = names.get_mut(at as usize)
            && taken.insert(before)
        {
            *name = Some(before.clone());
        }
    }
    names
}

/// What became of earlier clusters, in the order of ids.
fn told(shares: &[Share<'_>], names: &[Option<RecordId>]) -> Vec<ClusterShare> {
    // How many clusters have something of an earlier one.
    let mut parts: BTreeMap<&RecordId, u32> = BTreeMap::new();
    for before in shares.iter().filter_map(|(_, before, _)| *before) {
        *parts.entry(before).or_default() += 1;
    }
    let mut out = Vec::with_capacity(shares.len());
    for of_one in shares.chunk_by(|a, b| a.0 == b.0) {
        let earlier = of_one.iter().filter_map(|(_, before, _)| *before);
        let apart = earlier.clone().any(|before| parts.get(before).is_some_and(|parts| *parts > 1));
        let change = match (earlier.count(), apart) {
            (0, _) => ClusterChange::New,
            (1, false) => ClusterChange::Kept,
            (1, true) => ClusterChange::Split,
            (_, false) => ClusterChange::Merged,
            (_, true) => ClusterChange::Regrouped,
        };
        for (at, before, count) in of_one {
            let Some(cluster) = names.get(*at as usize).cloned().flatten() else { continue };
            out.push(ClusterShare { cluster, previous: before.cloned(), records: *count, change });
        }
    }
    out.sort_by(|a, b| a.cluster.cmp(&b.cluster));
    out
}
