//! Ids of clusters that stay from run to run.

use std::collections::HashMap;

use qudao::matching::{self, NamedClusters};
use qudao::model::{IdError, LocalText, RecordId};

use crate::QudaoError;
use crate::error::Fault;
use crate::guard::guard_in;

/// The ids of clusters, to be kept from one run to the next. One without anything in it begins.
#[derive(Debug, Clone, PartialEq, Eq, Default, uniffi::Record)]
pub struct ClusterIds {
    /// The id of the cluster of each record, by the record's id; also of records that were not there the last time.
    #[uniffi(default)]
    pub records: HashMap<String, String>,
    /// Ids that clusters had and that none has any more. They are not given again.
    #[uniffi(default)]
    pub retired: Vec<String>,
}

/// The clusters of a table by ids that stay from run to run.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct StableClusters {
    /// By row, the id of its cluster.
    pub by_row: Vec<String>,
    /// What the next run is told, as its `previous`.
    pub ids: ClusterIds,
    /// Where the rows of each cluster were before, by the id of the cluster; those that were in none come last.
    pub changes: Vec<ClusterShare>,
}

/// How many rows a cluster has of an earlier one.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct ClusterShare {
    /// The id of the cluster.
    pub cluster_id: String,
    /// The id that the earlier one had; none for rows that had no cluster.
    pub previous_id: Option<String>,
    /// How many rows.
    pub rows: u32,
    /// What the cluster is, all its shares considered.
    pub change: ClusterChange,
}

/// What a cluster is beside those of the run before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum ClusterChange {
    /// None of its rows had a cluster.
    New,
    /// It holds all that is left of one earlier cluster, and nothing of others. It may have grown.
    Kept,
    /// It holds all that is left of several earlier clusters.
    Merged,
    /// It holds a part of one earlier cluster; the rest is elsewhere.
    Split,
    /// It holds rows of several earlier clusters, of which some have rows elsewhere.
    Regrouped,
}

/// The ids of clusters as JSON, to be kept until the next run. The same ids give the same text, in Kotlin and in Swift. Texts of an error
/// are in the locale, English where none is given.
///
/// # Errors
///
/// `Argument` for what cannot be an id.
#[uniffi::export(default(locale = None))]
pub fn cluster_ids_to_json(ids: ClusterIds, locale: Option<String>) -> Result<String, QudaoError> {
    guard_in(locale, |_| serde_json::to_string(&into_ids(ids)?).map_err(|_| unreadable()))
}

/// The ids of clusters from JSON. Texts of an error are in the locale, English where none is given.
///
/// # Errors
///
/// `Argument` for a text that does not hold them.
#[uniffi::export(default(locale = None))]
pub fn cluster_ids_from_json(text: String, locale: Option<String>) -> Result<ClusterIds, QudaoError> {
    guard_in(locale, |_| {
        let ids: matching::ClusterIds = serde_json::from_str(&text).map_err(|_| unreadable())?;
        Ok(ids.into())
    })
}

fn unreadable() -> Fault {
    bad_previous(LocalText::new("the ids of an earlier run cannot be read", "无法读取上次运行的编号"))
}

fn bad_previous(detail: LocalText) -> Fault {
    Fault::argument("matching.bad_previous", Some(detail))
}

pub(crate) fn into_ids(given: ClusterIds) -> Result<matching::ClusterIds, Fault> {
    let id = |text: String| RecordId::new(text).map_err(|error: IdError| bad_previous(error.words()));
    let mut ids = matching::ClusterIds::default();
    for (record, cluster) in given.records {
        ids.insert(id(record)?, id(cluster)?);
    }
    for cluster in given.retired {
        ids.retire(id(cluster)?);
    }
    Ok(ids)
}

impl From<matching::ClusterIds> for ClusterIds {
    fn from(ids: matching::ClusterIds) -> Self {
        Self {
            records: ids.iter().map(|(r, c)| (r.to_string(), c.to_string())).collect(),
            retired: ids.retired().map(ToString::to_string).collect(),
        }
    }
}

impl From<NamedClusters> for StableClusters {
    fn from(named: NamedClusters) -> Self {
        let share = |s: matching::ClusterShare| ClusterShare {
            cluster_id: s.cluster.to_string(),
            previous_id: s.previous.map(|p| p.to_string()),
            rows: s.records,
            change: match s.change {
                matching::ClusterChange::New => ClusterChange::New,
                matching::ClusterChange::Kept => ClusterChange::Kept,
                matching::ClusterChange::Merged => ClusterChange::Merged,
                matching::ClusterChange::Split => ClusterChange::Split,
                matching::ClusterChange::Regrouped => ClusterChange::Regrouped,
            },
        };
        Self {
            by_row: named.rows.iter().map(ToString::to_string).collect(),
            changes: named.shares.into_iter().map(share).collect(),
            ids: named.ids.into(),
        }
    }
}
