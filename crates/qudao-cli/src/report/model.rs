//! What the page shows, ready for its template.

use serde::Serialize;

use crate::words::Bi;

/// The whole page.
#[derive(Debug, Serialize)]
pub(crate) struct Page {
    pub(crate) lang: &'static str,
    pub(crate) title: Bi,
    pub(crate) company: Bi,
    pub(crate) as_of: String,
    pub(crate) zone: String,
    pub(crate) blueprint: String,
    pub(crate) version: &'static str,
    pub(crate) css: &'static str,
    pub(crate) tiles: Vec<Tile>,
    pub(crate) cards: Vec<Card>,
    pub(crate) stages: Vec<Chart>,
    pub(crate) cycle: Option<Chart>,
    pub(crate) months: Option<Chart>,
    pub(crate) quality: Vec<Chart>,
    pub(crate) findings: Vec<Finding>,
    pub(crate) findings_more: usize,
    pub(crate) files: Vec<FileLine>,
    pub(crate) group: Bi,
    pub(crate) groups: Vec<GroupLine>,
    pub(crate) groups_more: usize,
    pub(crate) metrics: Vec<MetricLine>,
}

/// A number of the import at the head of the page.
#[derive(Debug, Serialize)]
pub(crate) struct Tile {
    pub(crate) label: Bi,
    pub(crate) value: String,
    pub(crate) tone: &'static str,
}

/// A KPI.
#[derive(Debug, Serialize)]
pub(crate) struct Card {
    pub(crate) id: String,
    pub(crate) label: Bi,
    pub(crate) value: Bi,
    pub(crate) defined: bool,
    pub(crate) lines: Vec<Bi>,
    pub(crate) definition: Bi,
    pub(crate) hash: String,
    pub(crate) basis: Bi,
}

/// A chart with the numbers behind it.
#[derive(Debug, Serialize)]
pub(crate) struct Chart {
    pub(crate) title: Bi,
    pub(crate) svg: String,
    pub(crate) header: Vec<Bi>,
    pub(crate) rows: Vec<Vec<Bi>>,
}

/// A finding, counted.
#[derive(Debug, Serialize)]
pub(crate) struct Finding {
    pub(crate) severity: &'static str,
    pub(crate) severity_text: Bi,
    pub(crate) object: Bi,
    pub(crate) rule: String,
    pub(crate) text: Bi,
    pub(crate) fix: Option<Bi>,
    pub(crate) rows: usize,
    pub(crate) first: String,
}

/// A file of the import.
#[derive(Debug, Serialize)]
pub(crate) struct FileLine {
    pub(crate) file: String,
    pub(crate) object: Bi,
    pub(crate) encoding: String,
    pub(crate) rows: usize,
    pub(crate) stored: usize,
    pub(crate) already: usize,
    pub(crate) warned: usize,
    pub(crate) rejected: usize,
    pub(crate) duplicates: usize,
}

/// A group: a partner, a region, an owner.
#[derive(Debug, Serialize)]
pub(crate) struct GroupLine {
    pub(crate) name: Bi,
    pub(crate) won: String,
    pub(crate) lost: String,
    pub(crate) rate: Bi,
    /// The rate in per cent, for a bar.
    pub(crate) bar: Option<String>,
    pub(crate) small: bool,
    pub(crate) value: Bi,
    pub(crate) cycle: Bi,
    pub(crate) pipeline: Bi,
}

/// One number of one metric.
#[derive(Debug, Serialize)]
pub(crate) struct MetricLine {
    pub(crate) label: Bi,
    pub(crate) scope: Bi,
    pub(crate) value: Bi,
    pub(crate) n: u64,
    pub(crate) notes: Bi,
    pub(crate) hash: String,
}
