//! Many requests at once, each in the session of its own caller.

use std::sync::Arc;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use http_body_util::BodyExt;
use qudao::prelude::*;
use tower::ServiceExt;

fn host() -> axum::Router {
    let engine = Engine::from_yaml(Blueprint::starters()["simple"]).unwrap();
    let now = Instant::parse("2026-11-24T08:00:00Z").unwrap();
    qudao_axum_host::router(Workspace::in_memory(engine).unwrap(), Arc::new(move || now))
}

async fn send(app: &axum::Router, method: &str, path: &str, body: &str) -> (StatusCode, serde_json::Value) {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("x-actor", "mei")
        .header("accept-language", "zh-CN")
        .header("content-type", "application/json")
        .body(Body::from(body.to_owned()))
        .unwrap();
    let response = app.clone().oneshot(request).await.unwrap();
    let status = response.status();
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    (status, serde_json::from_slice(&bytes).unwrap_or_default())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_workspace_serves_many_requests() {
    let app = host();
    let tasks: Vec<_> = (0..20)
        .map(|i| {
            let app = app.clone();
            tokio::spawn(async move { send(&app, "POST", "/account", &format!("{{\"name\": \"Firm number {i}0{i}\"}}")).await.0 })
        })
        .collect();
    let mut stored = 0;
    for task in tasks {
        stored += usize::from(task.await.unwrap() == StatusCode::OK);
    }
    let (_, page) = send(&app, "GET", "/account", "").await;
    assert_eq!(page["total"], stored);
    assert!(stored > 0);
}

#[tokio::test]
async fn refusals_are_told_in_the_callers_language() {
    let app = host();
    let (status, answer) = send(&app, "POST", "/account", "{}").await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(answer["violations"][0]["code"], "field.required");
    assert!(answer["violations"][0]["text"].as_str().unwrap().chars().any(|c| c as u32 > 0x4e00));
    assert_eq!(send(&app, "GET", "/account/none", "").await.0, StatusCode::NOT_FOUND);
    assert_eq!(send(&app, "GET", "/nothing", "").await.0, StatusCode::NOT_FOUND);
}
