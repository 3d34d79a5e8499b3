//! A small HTTP host for qudao: one [`Workspace`] shared between threads, a session per request.
//!
//! Who asks stands in the header `x-actor`: a real host takes it from its own sign-in. Database work runs on the
//! blocking pool, so that it never holds up the threads that answer the network.

use std::sync::Arc;

use axum::extract::{Path, Query as UrlQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use qudao::prelude::*;
use serde_json::{Value as JsonValue, json};

/// The time of a request. A test gives its own.
pub type Clock = Arc<dyn Fn() -> Instant + Send + Sync>;

#[derive(Clone)]
struct Host {
    workspace: Workspace,
    clock: Clock,
}

/// The routes of the host.
pub fn router(workspace: Workspace, clock: Clock) -> Router {
    Router::new()
        .route("/{object}", get(query).post(create))
        .route("/{object}/{id}", get(read))
        .route("/{object}/{id}/next-steps", get(next_steps))
        .route("/{object}/{id}/stage/{stage}", post(advance))
        .with_state(Host { workspace, clock })
}

/// A failure as HTTP knows it: the code of the library and a text in the caller's locale.
struct Failure(Error, Locale);

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let status = match self.0.code() {
            "record.not_found" | "object.unknown" => StatusCode::NOT_FOUND,
            "actor.unknown" => StatusCode::UNAUTHORIZED,
            "access.denied" | "field.masked" => StatusCode::FORBIDDEN,
            "store.locked" => StatusCode::SERVICE_UNAVAILABLE,
            code if code.starts_with("store.") || code.starts_with("internal") => StatusCode::INTERNAL_SERVER_ERROR,
            _ => StatusCode::BAD_REQUEST,
        };
        (status, Json(json!({"code": self.0.code(), "text": self.0.text(&self.1)}))).into_response()
    }
}

fn header<'a>(headers: &'a HeaderMap, name: &str, fallback: &'a str) -> &'a str {
    headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or(fallback)
}

/// Runs a piece of work in the session of the caller, off the network's threads.
async fn in_session<T: Send + 'static>(
    host: Host,
    headers: HeaderMap,
    work: impl FnOnce(&Session, Instant) -> Result<T, Error> + Send + 'static,
) -> Result<T, Failure> {
    let locale = Locale::new(header(&headers, "accept-language", "en").split(',').next().unwrap_or("en"));
    let spoken = locale.clone();
    let actor = header(&headers, "x-actor", "").to_owned();
    let now = (host.clock)();
    let task = tokio::task::spawn_blocking(move || {
        let session = host.workspace.session_of(&actor, spoken)?;
        work(&session, now)
    });
    match task.await {
        Ok(result) => result.map_err(|e| Failure(e, locale)),
        Err(_) => Err(Failure(Error::Internal { detail: "the task ended early".into() }, locale)),
    }
}

fn answer(session: &Session, decision: &Decision) -> Response {
    let violations: Vec<JsonValue> = decision
        .violations()
        .iter()
        .map(|v| {
            json!({
                "code": v.code,
                "severity": v.severity.as_str(),
                "fields": v.fields,
                "text": v.text(session.locale()),
                "fix": v.fix(session.locale()),
            })
        })
        .collect();
    let status = if decision.is_allowed() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let id = decision.record().filter(|_| decision.is_allowed()).map(|r| r.id.to_string());
    (status, Json(json!({"allowed": decision.is_allowed(), "id": id, "violations": violations}))).into_response()
}

fn patch_of(session: &Session, object: &ObjectName, body: &JsonValue) -> Result<Patch, Error> {
    let engine = session.workspace().engine();
    let Some(schema) = engine.schema().object(object.as_str()) else {
        return Err(Error::UnknownObject { name: object.to_string(), suggestion: None });
    };
    let mut patch = Patch::new();
    for (field, json) in body.as_object().into_iter().flatten() {
        let value = match schema.field(field) {
            // What does not fit its field is told by the decision, beside everything else.
            Some(def) => def.ty.parse_json(json).unwrap_or_else(|_| Value::text(json.to_string())),
            None => Value::text(json.to_string()),
        };
        patch.set.insert(FieldName::new(field)?, value);
    }
    Ok(patch)
}

async fn create(
    State(host): State<Host>,
    Path(object): Path<String>,
    headers: HeaderMap,
    Json(body): Json<JsonValue>,
) -> Result<Response, Failure> {
    in_session(host, headers, move |session, now| {
        let object = ObjectName::new(object)?;
        let patch = patch_of(session, &object, &body)?;
        let decision = session.submit(Command::create(object, patch), now)?;
        Ok(answer(session, &decision))
    })
    .await
}

async fn advance(
    State(host): State<Host>,
    Path((object, id, stage)): Path<(String, String, String)>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    in_session(host, headers, move |session, now| {
        let record = RecordKey { object: ObjectName::new(object)?, id: RecordId::new(id)? };
        let decision = session.submit(Command::advance(record, StageId::new(stage)?), now)?;
        Ok(answer(session, &decision))
    })
    .await
}

async fn read(
    State(host): State<Host>,
    Path((object, id)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Json<JsonValue>, Failure> {
    in_session(host, headers, move |session, _| {
        Ok(Json(session.get(&ObjectName::new(object)?, &RecordId::new(id)?)?.to_plain_json()))
    })
    .await
}

async fn query(
    State(host): State<Host>,
    Path(object): Path<String>,
    UrlQuery(params): UrlQuery<std::collections::BTreeMap<String, String>>,
    headers: HeaderMap,
) -> Result<Json<JsonValue>, Failure> {
    in_session(host, headers, move |session, now| {
        let mut query = Query::of(ObjectName::new(object)?);
        if let Some(filter) = params.get("filter") {
            query = query.filter(filter);
        }
        let page = session.query(&query, now)?;
        let records: Vec<JsonValue> = page.records.iter().map(Record::to_plain_json).collect();
        Ok(Json(json!({"total": page.total, "records": records})))
    })
    .await
}

async fn next_steps(
    State(host): State<Host>,
    Path((object, id)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Json<JsonValue>, Failure> {
    in_session(host, headers, move |session, now| {
        let steps = session.next_steps(&ObjectName::new(object)?, &RecordId::new(id)?, now)?;
        let steps: Vec<JsonValue> = steps
            .iter()
            .map(|s| {
                let missing: Vec<String> = s.missing.iter().map(|v| v.text(session.locale())).collect();
                json!({"stage": s.stage, "allowed": s.allowed, "missing": missing})
            })
            .collect();
        Ok(Json(JsonValue::Array(steps)))
    })
    .await
}
