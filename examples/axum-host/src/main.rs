//! Serves a workspace on this machine: `cargo run -- blueprint.yaml channel.db`.

use std::process::ExitCode;
use std::sync::Arc;

use qudao::prelude::*;

fn now() -> Instant {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    Instant::from_micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}

#[tokio::main]
async fn main() -> ExitCode {
    let mut args = std::env::args().skip(1);
    let (Some(blueprint), Some(database)) = (args.next(), args.next()) else {
        eprintln!("usage: qudao-axum-host BLUEPRINT DATABASE");
        return ExitCode::from(2);
    };
    let workspace = match Engine::from_file(blueprint).and_then(|e| Workspace::open(database, e)) {
        Ok(workspace) => workspace,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::FAILURE;
        }
    };
    let app = qudao_axum_host::router(workspace, Arc::new(now));
    let served = async {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 8080)).await?;
        axum::serve(listener, app).await
    };
    match served.await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
