//! Golden records as tables.

use std::collections::{BTreeMap, BTreeSet};

use qudao::Lineage;
use qudao::matching::{GoldenRow, GoldenTable};
use qudao::model::{Record, RecordId, Value};

use crate::error::Fault;
use crate::records::column;
use crate::table::{Column, Table};

/// One row for each cluster: where it comes from, and the fields that any row of the frame fills.
pub(crate) fn records(read: &[Record], golden: &GoldenTable) -> Result<Table, Fault> {
    let rows = &golden.rows;
    let mut columns = vec![
        Column::ints("cluster_id", rows.iter().map(|r| i64::from(r.cluster))),
        Column::rows("rows", rows.iter().map(|r| r.rows.len())),
        Column::ints("master", rows.iter().map(|r| i64::from(r.master))),
        Column::texts("id", rows.iter().map(|r| r.record.id().as_str())),
    ];
    let filled = |name: &str| read.iter().any(|r| *r.get(name) != Value::Missing);
    let schema = read.first().map(Record::schema);
    for def in schema.iter().flat_map(|s| &s.fields).filter(|d| filled(d.name.as_str())) {
        let values: Vec<&Value> = rows.iter().map(|r| r.record.get(def.name.as_str())).collect();
        columns.push(column(def, &values)?);
    }
    // Columns of the frame that the schema does not know ride along, as text.
    let unknown: BTreeSet<&str> =
        rows.iter().flat_map(|r| r.record.unknown().keys().map(String::as_str)).collect();
    for name in unknown {
        let text = |row: &GoldenRow| {
            row.record.unknown().get(name).map(|v| v.as_str().map_or_else(|| v.to_string(), str::to_owned))
        };
        columns.push(Column::opt_texts(name, rows.iter().map(text)));
    }
    Table::of(columns)
}

/// One row for each value that a row of a cluster held: the one that survived, and those that were lost.
pub(crate) fn lineage(read: &[Record], golden: &GoldenTable) -> Result<Table, Fault> {
    struct Line<'a> {
        cluster: u32,
        field: &'a str,
        row: u32,
        value: Option<String>,
        survived: bool,
        rule: &'static str,
    }
    let mut lines: Vec<Line<'_>> = Vec::new();
    let text = |v: &Value| (*v != Value::Missing).then(|| v.to_string());
    for row in &golden.rows {
        // Of rows with one id the first stands for it.
        let mut at: BTreeMap<&RecordId, u32> = BTreeMap::new();
        for n in row.rows.iter().rev() {
            if let Some(record) = read.get(*n as usize) {
                at.insert(record.id(), *n);
            }
        }
        let row_of = |id: &RecordId| at.get(id).copied().unwrap_or(row.master);
        for cell in &row.cells {
            let rule = cell.rule.as_str();
            let (cluster, field) = (row.cluster, cell.field.as_str());
            let value = text(&cell.value);
            lines.push(Line { cluster, field, row: row_of(&cell.from), value, survived: true, rule });
            for lost in &cell.lost {
                let value = text(&lost.value);
                lines.push(Line { cluster, field, row: row_of(&lost.record), value, survived: false, rule });
            }
        }
    }
    Table::of(vec![
        Column::ints("cluster_id", lines.iter().map(|l| i64::from(l.cluster))),
        Column::texts("field", lines.iter().map(|l| l.field)),
        Column::ints("row", lines.iter().map(|l| i64::from(l.row))),
        Column::opt_texts("value", lines.iter().map(|l| l.value.as_deref())),
        Column::flags("survived", lines.iter().map(|l| Some(l.survived))),
        Column::texts("rule", lines.iter().map(|l| l.rule)),
    ])
}

/// One row for each value of a stored record: the one that stands, and those that were lost.
pub(crate) fn of_record(lineage: &Lineage) -> Result<Table, Fault> {
    struct Line<'a> {
        field: &'a str,
        record: Option<&'a RecordId>,
        value: &'a Value,
        survived: bool,
        edited: bool,
        rule: &'static str,
    }
    let mut lines: Vec<Line<'_>> = Vec::new();
    for cell in &lineage.cells {
        let (field, rule) = (cell.field.as_str(), cell.rule.as_str());
        let (record, value) = (cell.from.as_ref(), &cell.value);
        lines.push(Line { field, record, value, survived: true, edited: cell.edited, rule });
        for lost in &cell.lost {
            let (record, value) = (Some(&lost.record), &lost.value);
            lines.push(Line { field, record, value, survived: false, edited: false, rule });
        }
    }
    let text = |v: &Value| (*v != Value::Missing).then(|| v.to_string());
    Table::of(vec![
        Column::texts("field", lines.iter().map(|l| l.field)),
        Column::opt_texts("record", lines.iter().map(|l| l.record.map(RecordId::as_str))),
        Column::opt_texts("value", lines.iter().map(|l| text(l.value))),
        Column::flags("survived", lines.iter().map(|l| Some(l.survived))),
        Column::flags("edited", lines.iter().map(|l| Some(l.edited))),
        Column::texts("rule", lines.iter().map(|l| l.rule)),
    ])
}
