//! A workspace in memory, prepared by the commands of a case.

use qudao::model::{Actor, Decision, Instant, Locale, RecordKey};
use qudao::{Engine, Session, Workspace};
use serde_json::{Value as Json, json};

use super::values::{actor, command, id, list, now_or, shown_record, shown_violation, sorted, text};

/// A workspace with the records of the setup. Every command of a setup must be carried out.
pub(super) fn prepared(engine: &Engine, input: &Json, now: Option<Instant>) -> Result<Workspace, String> {
    let workspace = Workspace::in_memory(engine.clone()).map_err(|e| e.to_string())?;
    for json in list(input, "setup") {
        let decision = submit(&workspace, json, now)?.map_err(|e| format!("setup: {e}: {json}"))?;
        if !decision.is_allowed() {
            let codes: Vec<String> = decision.blocking().map(|v| format!("{} {}", v.rule, v.code)).collect();
            return Err(format!("setup: {json} was refused by {}", codes.join(", ")));
        }
    }
    Ok(workspace)
}

pub(super) fn session(workspace: &Workspace, who: Actor) -> Session {
    workspace.session(who, Locale::en())
}

/// Submits one command as the actor it names.
pub(super) fn submit(
    workspace: &Workspace,
    json: &Json,
    now: Option<Instant>,
) -> Result<Result<Decision, qudao::Error>, String> {
    let now = now_or(json, "now", now)?;
    let who = actor(json.get("as"))?;
    Ok(session(workspace, who).submit(command(json, now)?, now))
}

/// A decision, and the record as it stands after it, seen by whoever asked.
pub(super) fn decided(workspace: &Workspace, json: &Json, decision: &Decision) -> Result<Json, String> {
    let violations = decision.violations().iter().map(shown_violation).collect();
    let duplicates: Vec<Json> = decision
        .duplicates
        .iter()
        .map(|d| {
            json!({
                "rule": d.rule.as_str(),
                "record": d.record.as_ref().map(qudao::model::RecordId::as_str),
                "action": d.action,
                "disclosure": d.disclosure,
            })
        })
        .collect();
    let key = RecordKey { object: id(text(json, "object")?)?, id: id(text(json, "id")?)? };
    let session = session(workspace, actor(json.get("as"))?);
    let record = session.get(&key.object, &key.id).ok();
    let visits = match &record {
        Some(_) => session.visits(&key.object, &key.id).map_err(|e| e.to_string())?,
        None => Vec::new(),
    };
    let visits: Vec<Json> = visits
        .iter()
        .map(|v| json!({"stage": v.stage.as_str(), "class": v.class.as_str(), "reason": v.reason}))
        .collect();
    Ok(json!({
        "allowed": decision.is_allowed(),
        "violations": sorted(violations),
        "duplicates": duplicates,
        "replayed": decision.replayed,
        "values": record.as_ref().map_or(Json::Null, shown_record),
        "version": record.as_ref().map(qudao::model::Record::version),
        "visits": visits,
    }))
}
