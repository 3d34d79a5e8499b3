//! What the library answers, as JSON.

use qudao::model::{Dataset, RecordId, RuleId};
use qudao::pipeline::NextStep;
use serde_json::{Value as Json, json};

use super::session::{decided, prepared, session, submit};
use super::values::{
    actor, dataset, id, instant, list, query, rows, shown_record, shown_violation, sorted, text,
};
use super::{Case, Suite, calls, duplicates, kpi, matching};

/// Everything that the API answers to a case, as JSON in the form of `expected`.
///
/// # Errors
/// Why the case could not be run.
pub fn observe(suite: &Suite, case: &Case) -> Result<Json, String> {
    let input = &case.input;
    if case.kind == "error" {
        return calls::observe(suite, case);
    }
    let engine = suite.engine(case)?;
    let now = input.get("now").and_then(Json::as_str).map(instant).transpose()?;
    match case.kind.as_str() {
        "validate" => {
            let read =
                rows(engine, text(input, "object")?, list(input, "rows"))?.map_err(|e| e.to_string())?;
            let related: Dataset = dataset(engine, input.get("related"))?;
            let object = id(text(input, "object")?)?;
            let report = engine.validate(&object, &read, &related, now).map_err(|e| e.to_string())?;
            let violations = report.rows.iter().map(|row| {
                let mut shown = shown_violation(&row.violation);
                shown["row"] = json!(row.row);
                shown
            });
            Ok(json!({"ok": report.ok, "violations": sorted(violations.collect())}))
        }
        "normalise" => {
            let workspace = prepared(engine, input, now)?;
            let create = json!({"do": "create", "object": input["object"], "id": "new", "set": input["set"]});
            let decision = submit(&workspace, &create, now)?.map_err(|e| e.to_string())?;
            decided(&workspace, &create, &decision)
        }
        "gate" => {
            let workspace = prepared(engine, input, now)?;
            let step = input.get("step").ok_or("no step")?;
            let decision = submit(&workspace, step, now)?.map_err(|e| e.to_string())?;
            decided(&workspace, step, &decision)
        }
        "next_steps" => {
            let workspace = prepared(engine, input, now)?;
            let session = session(&workspace, actor(input.get("as"))?);
            let (object, record) = (id(text(input, "object")?)?, id::<RecordId>(text(input, "id")?)?);
            let now = now.ok_or("no now")?;
            let steps = session.next_steps(&object, &record, now).map_err(|e| e.to_string())?;
            Ok(json!({"steps": steps.iter().map(shown_step).collect::<Vec<_>>()}))
        }
        "query" => {
            let workspace = prepared(engine, input, now)?;
            let session = session(&workspace, actor(input.get("as"))?);
            let query = query(input.get("query").ok_or("no query")?)?;
            let page = session.query(&query, now.ok_or("no now")?).map_err(|e| e.to_string())?;
            let rows: Vec<Json> = page.records.iter().map(shown_record).collect();
            Ok(json!({"total": page.total, "rows": rows}))
        }
        "match" => matching::observe(engine, input),
        "dedupe" => duplicates::observe(engine, input),
        "link" => duplicates::link(engine, input),
        "kpi" => kpi::observe(engine, input),
        other => Err(format!("there is no kind {other}")),
    }
}

fn shown_step(step: &NextStep) -> Json {
    let rules = |violations: &[qudao::model::Violation]| {
        let mut rules: Vec<RuleId> = violations.iter().map(|v| v.rule.clone()).collect();
        rules.sort();
        json!(rules.iter().map(RuleId::as_str).collect::<Vec<_>>())
    };
    json!({
        "stage": step.stage.as_str(),
        "class": step.class.as_str(),
        "direction": step.direction.as_str(),
        "allowed": step.allowed,
        "missing": rules(&step.missing),
        "advised": rules(&step.advised),
    })
}
