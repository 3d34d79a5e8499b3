//! Golden records of a whole table of clusters.

use std::collections::BTreeMap;

use qudao_model::{Cell, Record};

use super::compile::SurvivorshipRules;
use super::golden::{GoldenRecord, Member};

/// One record of one cluster.
#[derive(Debug, Clone, PartialEq)]
pub struct GoldenRow {
    /// The cluster.
    pub cluster: u32,
    /// The rows of the cluster, ascending.
    pub rows: Vec<u32>,
    /// The row of the master, whose id the record has.
    pub master: u32,
    /// The record.
    pub record: Record,
    /// Where each value came from; empty where the cluster is one row.
    pub cells: Vec<Cell>,
}

/// One record for each cluster, in the order of the smallest rows.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct GoldenTable {
    /// The records.
    pub rows: Vec<GoldenRow>,
}

impl SurvivorshipRules {
    /// Makes one record of each cluster of a table. `clusters` names the cluster of each row, as a search for duplicates
    /// answers it; a row beyond it is a cluster of its own. Ids that stand twice in one cluster are told apart by nothing:
    /// the earlier row stands first. `prepare` brings a record into its normal form first; one cluster is copied at a time.
    #[must_use]
    pub fn golden_table(
        &self,
        records: &[Record],
        clusters: &[u32],
        prepare: &dyn Fn(&mut Record),
    ) -> GoldenTable {
        let mut groups: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        for (row, _) in (0_u32..).zip(records) {
            let cluster = clusters.get(row as usize).copied().unwrap_or(row);
            groups.entry(cluster).or_default().push(row);
        }
        let mut rows: Vec<GoldenRow> = groups
            .into_iter()
            .filter_map(|(cluster, rows)| self.golden_row(records, prepare, cluster, rows))
            .collect();
        rows.sort_by_key(|r| r.rows.first().copied());
        GoldenTable { rows }
    }

    fn golden_row(
        &self,
        records: &[Record],
        prepare: &dyn Fn(&mut Record),
        cluster: u32,
        rows: Vec<u32>,
    ) -> Option<GoldenRow> {
        let mut found: Vec<Record> = rows.iter().filter_map(|r| records.get(*r as usize)).cloned().collect();
        found.iter_mut().for_each(prepare);
        if found.len() == 1 {
            let master = rows.first().copied().unwrap_or(cluster);
            return Some(GoldenRow { cluster, rows, master, record: found.pop()?, cells: Vec::new() });
        }
        let at = self.master(&found.iter().collect::<Vec<_>>())?;
        let members: Vec<Member<'_>> = found.iter().map(Member::new).collect();
        let GoldenRecord { record, cells } = self.golden(&members, at)?;
        let master = rows.get(at).copied()?;
        Some(GoldenRow { cluster, rows, master, record, cells })
    }
}
