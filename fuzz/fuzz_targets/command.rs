//! Any JSON as a command, decided and committed in a workspace. Never a panic, and the log stays replayable.
#![no_main]

use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;
use qudao::prelude::*;

static ENGINE: OnceLock<Option<Engine>> = OnceLock::new();

fuzz_target!(|text: &str| {
    let Ok(command) = serde_json::from_str::<Command>(text) else { return };
    let engine = ENGINE.get_or_init(|| Engine::from_yaml(Blueprint::starters()["project-sale"]).ok());
    let Some(engine) = engine else { return };
    let (Ok(workspace), Ok(id)) = (Workspace::in_memory(engine.clone()), ActorId::new("fuzz")) else { return };
    let Ok(role) = RoleName::new("channel_manager") else { return };
    let session = workspace.session(Actor::new(id).with_role(role), "en");
    let _ = session.submit(command, Instant::from_micros(1_700_000_000_000_000));
    assert!(workspace.verify().is_ok_and(|report| report.is_equal()));
});
