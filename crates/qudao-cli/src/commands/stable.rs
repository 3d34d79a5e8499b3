//! Ids of clusters that stay from run to run, for `qudao dedupe`.

use std::path::{Path, PathBuf};

use qudao::Error;
use qudao::import::{Sheet, read_sheet};
use qudao::matching::{Batch, ClusterChange, ClusterIds, NamedClusters};
use qudao::prelude::RecordId;
use qudao::text::{defuse, undefuse};
use serde::Serialize;

use super::found::{failed, place, writer};
use crate::console::Console;
use crate::fault::Fault;

/// The clusters of a file by ids that stay.
pub(crate) struct Stable {
    named: NamedClusters,
    /// An earlier run was given.
    later: bool,
}

/// What is told of them.
#[derive(Serialize)]
pub(crate) struct Told {
    ids_file: PathBuf,
    #[serde(skip_serializing_if = "Option::is_none")]
    changes_file: Option<PathBuf>,
    #[serde(skip_serializing_if = "Option::is_none")]
    changes: Option<Changes>,
}

/// How many clusters are what beside those of the run before.
#[derive(Serialize)]
struct Changes {
    kept: usize,
    merged: usize,
    split: usize,
    regrouped: usize,
    new: usize,
}

/// The ids of the rows, from a column of the file.
pub(crate) fn ids(sheet: &Sheet, column: &str) -> Result<Vec<RecordId>, Fault> {
    let at = place(sheet, column).ok_or_else(|| Fault::input("table.no_column", column))?;
    let cells = sheet.rows.iter().map(|(_, cells)| cells.get(at).map_or("", String::as_str));
    cells
        .enumerate()
        .map(|(row, cell)| Ok(RecordId::new(cell.trim()).map_err(|_| Error::RowWithoutId { row })?))
        .collect()
}

/// What an earlier run wrote into `ids.csv`. A row without an `id` tells an id that is not to be given again.
pub(crate) fn previous(path: &Path) -> Result<ClusterIds, Fault> {
    let sheet = read_sheet(path, None)?;
    let bad = |what: String| Fault::input("matching.bad_previous", format!("--previous: {what}"));
    let column = |name: &str| place(&sheet, name).ok_or_else(|| bad(format!("there is no column {name}")));
    let (record, cluster) = (column("id")?, column("cluster_id")?);
    let mut ids = ClusterIds::default();
    for (line, cells) in &sheet.rows {
        let read = |at: usize, name: &str| {
            let cell = undefuse(cells.get(at).map_or("", |cell| cell.trim()));
            let id = (!cell.is_empty()).then(|| RecordId::new(cell)).transpose();
            id.map_err(|_| bad(format!("line {line} has no {name} that an id can be")))
        };
        let cluster = read(cluster, "cluster_id")?
            .ok_or_else(|| bad(format!("line {line} has no cluster_id that an id can be")))?;
        match read(record, "id")? {
            Some(record) => ids.insert(record, cluster),
            None => ids.retire(cluster),
        }
    }
    Ok(ids)
}

impl Stable {
    pub(crate) fn of(batch: &Batch, ids: &[RecordId], previous: Option<&ClusterIds>) -> Result<Self, Fault> {
        let first = ClusterIds::default();
        let named = batch.named(ids, previous.unwrap_or(&first)).map_err(Error::from)?;
        Ok(Self { named, later: previous.is_some() })
    }

    /// The id of the cluster of a row.
    pub(crate) fn of_row(&self, row: usize) -> &str {
        self.named.rows.get(row).map_or("", RecordId::as_str)
    }

    /// Writes `ids.csv`, and `changes.csv` beside an earlier run.
    pub(crate) fn write(&self, folder: &Path) -> Result<Told, Fault> {
        let ids_file = folder.join("ids.csv");
        let ids = &self.named.ids;
        let records = ids.iter().map(|(record, cluster)| [record.as_str(), cluster.as_str()]);
        let retired = ids.retired().map(|cluster| ["", cluster.as_str()]);
        write(&ids_file, ["id", "cluster_id"], records.chain(retired))?;
        if !self.later {
            return Ok(Told { ids_file, changes_file: None, changes: None });
        }
        let changes_file = folder.join("changes.csv");
        let shares: Vec<(&str, &str, String, &str)> = self
            .named
            .shares
            .iter()
            .map(|s| {
                let previous = s.previous.as_ref().map_or("", RecordId::as_str);
                (s.cluster.as_str(), previous, s.records.to_string(), s.change.as_str())
            })
            .collect();
        let rows = shares
            .iter()
            .map(|(cluster, previous, rows, change)| [*cluster, *previous, rows.as_str(), *change]);
        write(&changes_file, ["cluster_id", "previous_id", "rows", "change"], rows)?;
        let changed = |how| self.named.changed(how);
        let changes = Changes {
            kept: changed(ClusterChange::Kept),
            merged: changed(ClusterChange::Merged),
            split: changed(ClusterChange::Split),
            regrouped: changed(ClusterChange::Regrouped),
            new: changed(ClusterChange::New),
        };
        Ok(Told { ids_file, changes_file: Some(changes_file), changes: Some(changes) })
    }
}

impl Told {
    /// For a person: what became of earlier clusters.
    pub(crate) fn summary(&self, console: &mut Console<'_>) -> Result<(), Fault> {
        let Some(Changes { kept, merged, split, regrouped, new }) = self.changes else { return Ok(()) };
        console.line(if console.locale.is_chinese() {
            format!("与上次相比的簇：保留 {kept}，合并 {merged}，拆分 {split}，重组 {regrouped}，新增 {new}")
        } else {
            format!(
                "clusters beside the run before: kept {kept}, merged {merged}, split {split}, regrouped {regrouped}, new {new}"
            )
        })
    }

    /// The files that were written.
    pub(crate) fn files(&self) -> impl Iterator<Item = &Path> {
        std::iter::once(self.ids_file.as_path()).chain(self.changes_file.as_deref())
    }
}

fn write<'a, const N: usize>(
    path: &Path,
    header: [&str; N],
    rows: impl Iterator<Item = [&'a str; N]>,
) -> Result<(), Fault> {
    let mut out = writer(path)?;
    out.write_record(header).map_err(failed(path))?;
    for row in rows {
        out.write_record(row.map(|cell| defuse(cell).into_owned())).map_err(failed(path))?;
    }
    out.flush().map_err(|e| Fault::io(path, &e))
}
