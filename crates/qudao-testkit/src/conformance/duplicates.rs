//! Duplicates of a whole table with ids that stay and golden records, and links between two tables.

use qudao::matching::{ClusterIds, Dedupe, GoldenRow, NamedClusters, Pair};
use qudao::model::{Record, RecordId, Value};
use qudao::{Engine, Error, Rows};
use serde_json::{Map, Value as Json, json};

use super::values::{id, list, rows, shown_record, text};

/// Clusters by row; with ids of an earlier run those that stay; golden records.
pub(super) fn observe(engine: &Engine, input: &Json) -> Result<Json, String> {
    let (found, read, named) = dedupe(engine, input)?.map_err(|e| e.to_string())?;
    let golden =
        engine.golden(&id(text(input, "object")?)?, &read.records, &found).map_err(|e| e.to_string())?;
    let golden: Vec<Json> = golden.rows.iter().map(|row| shown_golden(&read.records, row)).collect();
    let mut out = json!({"clusters": found, "golden": golden});
    if let Some(named) = named {
        let records: Map<String, Json> =
            named.ids.iter().map(|(record, cluster)| (record.to_string(), json!(cluster.as_str()))).collect();
        out["ids"] = json!(named.rows.iter().map(RecordId::as_str).collect::<Vec<_>>());
        out["next"] = json!({
            "records": records,
            "retired": named.ids.retired().map(RecordId::as_str).collect::<Vec<_>>(),
        });
        let shown = named.shares.iter().map(|share| {
            json!({
                "cluster": share.cluster.as_str(),
                "previous": share.previous.as_ref().map(RecordId::as_str),
                "rows": share.records,
                "change": share.change.as_str(),
            })
        });
        out["changes"] = shown.collect();
    }
    Ok(out)
}

type Found = (Vec<u32>, Rows, Option<NamedClusters>);

/// The outer error says why the case could not be run; the inner one is the answer.
pub(super) fn dedupe(engine: &Engine, input: &Json) -> Result<Result<Found, Error>, String> {
    let object = text(input, "object")?;
    let read = match rows(engine, object, list(input, "rows"))? {
        Ok(read) => read,
        Err(error) => return Ok(Err(error)),
    };
    let previous = input.get("previous").map(previous).transpose()?;
    let object = id(object)?;
    let found = || -> Result<Found, Error> {
        let found = engine.dedupe(&object, &read.records, None)?;
        let named = match previous {
            Some(previous) => Some(found.batch.named(&read.ids()?, &previous)?),
            None => None,
        };
        Ok((found.batch.clusters, read, named))
    };
    Ok(found())
}

fn previous(json: &Json) -> Result<ClusterIds, String> {
    let mut ids = ClusterIds::default();
    for (record, cluster) in json.get("records").and_then(Json::as_object).into_iter().flatten() {
        ids.insert(id(record)?, id(cluster.as_str().unwrap_or_default())?);
    }
    for cluster in list(json, "retired") {
        ids.retire(id(cluster.as_str().unwrap_or_default())?);
    }
    Ok(ids)
}

fn shown_golden(read: &[Record], row: &GoldenRow) -> Json {
    let row_of = |id: &RecordId| {
        row.rows.iter().find(|at| read.get(**at as usize).is_some_and(|record| record.id() == id)).copied()
    };
    // Values of a lineage stand as text: not every language tells their type.
    let told = |value: &Value| (*value != Value::Missing).then(|| value.to_string());
    let cell = |cell: &qudao::model::Cell| -> (String, Json) {
        let lost = cell.lost.iter().map(|l| json!({"row": row_of(&l.record), "value": told(&l.value)}));
        let shown = json!({
            "row": row_of(&cell.from),
            "value": told(&cell.value),
            "rule": cell.rule.as_str(),
            "lost": lost.collect::<Vec<_>>(),
        });
        (cell.field.to_string(), shown)
    };
    let mut traced: Vec<&str> = row.cells.iter().map(|cell| cell.field.as_str()).collect();
    traced.sort_unstable();
    json!({
        "traced": traced,
        "rows": row.rows.len(),
        "master": row.master,
        "values": shown_record(&row.record),
        "cells": row.cells.iter().map(cell).collect::<Map<_, _>>(),
    })
}

/// The pairs between two tables.
pub(super) fn link(engine: &Engine, input: &Json) -> Result<Json, String> {
    let object = text(input, "object")?;
    let table = |side: &str| rows(engine, object, list(input, side))?.map_err(|e| e.to_string());
    let (left, right) = (table("left")?, table("right")?);
    let one_to_one = input.get("one_to_one").and_then(Json::as_bool).unwrap_or(false);
    let options = Dedupe { one_to_one, ..Dedupe::default() };
    let (_, link) =
        engine.link_with(&id(object)?, &left.records, &right.records, &options).map_err(|e| e.to_string())?;
    let shown =
        |pairs: &[Pair]| pairs.iter().map(|p| json!({"left": p.left, "right": p.right})).collect::<Vec<_>>();
    Ok(json!({"pairs": shown(&link.pairs), "related": shown(&link.related)}))
}
