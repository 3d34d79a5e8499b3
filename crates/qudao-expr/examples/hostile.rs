//! How long texts take that are meant to hurt: compiled with lints, evaluated and explained; the least of five runs.
//!
//!     cargo run --release -p qudao-expr --example hostile
#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a program that measures")]

#[path = "../tests/common/mod.rs"]
mod common;
#[path = "../tests/common/hostile_texts.rs"]
mod hostile_texts;

use std::time::{Duration, Instant};

use common::World;
use serde_json::json;

fn main() {
    let world = World::new();
    let record = world.record_of("opportunity", "o1", &json!({"name": "n", "seats": 3, "tags": ["a"]}));
    let mut rows: Vec<(Duration, &str)> = hostile_texts::texts()
        .into_iter()
        .map(|(what, text)| {
            let once = || {
                let started = Instant::now();
                if let Ok(program) = world.compile(&text) {
                    let _ = program.lints();
                    let scope = world.scope(&record, &[]);
                    let _ = program.eval(&scope);
                    let _ = program.explain(&scope);
                }
                started.elapsed()
            };
            ((0..5).map(|_| once()).min().unwrap_or_default(), what)
        })
        .collect();
    rows.sort_unstable_by(|a, b| b.cmp(a));
    for (took, what) in rows {
        println!("{:8.3} ms  {what}", took.as_secs_f64() * 1e3);
    }
}
