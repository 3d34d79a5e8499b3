//! Calls that must end in an error.

use qudao::model::{Locale, RecordId, Severity};
use qudao::{Engine, Error};
use serde_json::{Value as Json, json};

use super::session::{prepared, session, submit};
use super::values::{actor, dataset, id, instant, list, query, rates, rows, text};
use super::{Case, Suite, duplicates, kpi};

pub(super) fn observe(suite: &Suite, case: &Case) -> Result<Json, String> {
    let error = match call(suite, case)? {
        Ok(()) => return Ok(json!({"code": null, "suggestion": null, "lints": [], "en": null, "zh": null})),
        Err(error) => error,
    };
    let word = |params: &qudao::model::Params| params.get("suggestion").map(|p| p.text(&Locale::en()));
    let mut lints: Vec<(Option<u32>, &str, &str, Json)> = Vec::new();
    if let Error::Blueprint { lints: found, .. } = &error {
        for lint in found.iter().filter(|l| l.severity == Severity::Error) {
            let line = lint.position.map(|p| p.line);
            let shown = json!({
                "code": lint.code,
                "line": line,
                "path": lint.path,
                "suggestion": word(&lint.params),
                "en": lint.text(&Locale::en()),
                "zh": lint.text(&Locale::zh()),
            });
            lints.push((line, &lint.path, lint.code, shown));
        }
    }
    lints.sort_by(|a, b| (a.0, a.1, a.2).cmp(&(b.0, b.1, b.2)));
    let lints: Vec<Json> = lints.into_iter().map(|l| l.3).collect();
    Ok(json!({
        "code": error.code(),
        "suggestion": word(&error.params()),
        "lints": lints,
        "en": error.text(&Locale::en()),
        "zh": error.text(&Locale::zh()),
    }))
}

/// The outer error says why the case could not be run; the inner one is the answer.
fn call(suite: &Suite, case: &Case) -> Result<Result<(), Error>, String> {
    let input = &case.input;
    let name = text(input, "call")?;
    if name == "from_yaml" {
        return Ok(Engine::from_yaml(text(input, "yaml")?).map(|_| ()));
    }
    let engine = suite.engine(case)?;
    let now = input.get("now").and_then(Json::as_str).map(instant).transpose()?;
    if name == "validate" {
        let object = text(input, "object")?;
        let read = match rows(engine, object, list(input, "rows"))? {
            Ok(read) => read,
            Err(error) => return Ok(Err(error)),
        };
        let related = dataset(engine, input.get("related"))?;
        return Ok(engine.validate(&id(object)?, &read, &related, now).map(|_| ()));
    }
    if name == "dedupe" {
        return Ok(duplicates::dedupe(engine, input)?.map(|_| ()));
    }
    let required = || now.ok_or("no now");
    if name == "kpis" {
        let report = kpi::tables(engine, input, &kpi::query(input)?, &rates(input)?, required()?)?;
        return Ok(report.map(|_| ()));
    }
    let workspace = prepared(engine, input, now)?;
    let session = session(&workspace, actor(input.get("as"))?);
    let record =
        || -> Result<_, String> { Ok((id(text(input, "object")?)?, id::<RecordId>(text(input, "id")?)?)) };
    Ok(match name {
        "get" => {
            let (object, id) = record()?;
            session.get(&object, &id).map(|_| ())
        }
        "next_steps" => {
            let (object, id) = record()?;
            session.next_steps(&object, &id, required()?).map(|_| ())
        }
        "submit" => submit(&workspace, input.get("command").ok_or("no command")?, now)?.map(|_| ()),
        "query" => session.query(&query(input.get("query").ok_or("no query")?)?, required()?).map(|_| ()),
        "session_kpis" => session.kpis(&kpi::query(input)?, &rates(input)?, required()?).map(|_| ()),
        "export_log" => session.export_log(0, 100).map(|_| ()),
        "session_of" => workspace.session_of(text(input, "user")?, Locale::en()).map(|_| ()),
        other => return Err(format!("there is no call {other}")),
    })
}
