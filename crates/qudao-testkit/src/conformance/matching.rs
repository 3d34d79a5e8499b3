//! Pairs: the comparison over a table and the search in a workspace, which must agree.

use qudao::matching::MatchModel;
use qudao::model::{Decimal, Record, RuleId};
use qudao::{Engine, Workspace};
use serde_json::{Map, Value as Json, json};

use super::session::{session, submit};
use super::values::{actor, id, instant, list, patch, rows, text};

/// The record that the left side becomes in a workspace.
const LEFT: &str = "left";

pub(super) fn observe(engine: &Engine, input: &Json) -> Result<Json, String> {
    let engine = &with_model(engine, input)?;
    let object = text(input, "object")?;
    let (left, right) = (input.get(LEFT).ok_or("no left")?, input.get("right").ok_or("no right")?);
    let pair = rows(engine, object, &[left.clone(), right.clone()])?.map_err(|e| e.to_string())?;
    let rule = engine.matching_rule(&id(object)?).map_err(|e| e.to_string())?;
    let found = engine.dedupe(&id(object)?, &pair.records, None).map_err(|e| e.to_string())?;
    let threshold = engine.matching().rule(&rule).map(qudao::matching::MatchingRule::match_threshold);
    let over_table = !found.batch.groups().is_empty();
    let listed = found.batch.pairs.iter().any(|p| Some(p.probability) >= threshold);
    let in_workspace = search(engine, &rule, object, left, right)?;
    if [listed, in_workspace] != [over_table; 2] {
        return Err(format!(
            "a cluster over the table: {over_table}; a pair of the table: {listed}; found in a workspace: {in_workspace}"
        ));
    }
    let [a, b]: &[Record; 2] = pair.records.as_slice().try_into().map_err(|_| "no pair")?;
    let score = engine.explain_pair(&rule, a, b).map_err(|e| e.to_string())?;
    let levels: Map<String, Json> =
        score.evidence.iter().map(|e| (e.field.to_string(), json!(e.level))).collect();
    let frequencies: Map<String, Json> = score
        .evidence
        .iter()
        .map(|e| {
            (
                e.field.to_string(),
                e.frequency.map_or(Json::Null, |f| {
                    json!({
                        "of": f.of.as_str(), "at_most": f.at_most, "more_than": f.more_than,
                    })
                }),
            )
        })
        .collect();
    let weights: Map<String, Json> =
        score.evidence.iter().map(|e| (e.field.to_string(), json!(digits(e.weight)))).collect();
    Ok(json!({
        "probability": digits(score.probability),
        "frequencies": frequencies,
        "weights": weights,
        "match": over_table,
        "veto": score.veto.as_ref().map(qudao::model::FieldName::as_str),
        "related": score.related,
        "levels": levels,
    }))
}

/// The engine with the weights that the case gives, or learns from a table.
fn with_model(engine: &Engine, input: &Json) -> Result<Engine, String> {
    let model = match (input.get("model").and_then(Json::as_str), input.get("learn")) {
        (Some(model), _) => MatchModel::from_json(model).map_err(|e| e.to_string())?,
        (None, Some(_)) => {
            let object = text(input, "object")?;
            let table = rows(engine, object, list(input, "learn"))?.map_err(|e| e.to_string())?;
            engine.train(&id(object)?, &table.records, &[]).map_err(|e| e.to_string())?
        }
        (None, None) => return Ok(engine.clone()),
    };
    engine.with_model(&model).map_err(|e| e.to_string())
}

fn digits(number: Decimal) -> String {
    number.normalize().to_string()
}

/// Whether somebody who types the right side would be told of the left one as certain.
fn search(engine: &Engine, rule: &RuleId, object: &str, left: &Json, right: &Json) -> Result<bool, String> {
    let now = instant("2026-03-02T02:00:00Z")?;
    let workspace = Workspace::in_memory(engine.clone()).map_err(|e| e.to_string())?;
    let create = json!({"do": "create", "object": object, "id": LEFT, "set": left});
    let decision = submit(&workspace, &create, Some(now))?.map_err(|e| e.to_string())?;
    if !decision.is_allowed() {
        let codes: Vec<String> = decision.blocking().map(|v| format!("{} {}", v.rule, v.code)).collect();
        return Err(format!("the left side was refused by {}", codes.join(", ")));
    }
    let session = session(&workspace, actor(None)?);
    let duplicates =
        session.find_duplicates(&id(object)?, None, &patch(Some(right))?).map_err(|e| e.to_string())?;
    let threshold = engine.matching().rule(rule).map(qudao::matching::MatchingRule::match_threshold);
    Ok(duplicates.iter().any(|d| d.probability.is_some() && d.probability >= threshold))
}
