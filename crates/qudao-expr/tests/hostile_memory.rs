//! Hostile texts are answered in little memory: 4 MiB at most beyond what was held before.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test stops at what it does not expect")]

mod common;
#[path = "common/hostile_texts.rs"]
mod hostile_texts;

use common::World;
use peak_alloc::PeakAlloc;
use serde_json::json;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

const MOST: usize = 4 * 1024 * 1024;

// The only test of this file: what others take at the same time would count.
#[test]
fn sixty_four_kibibytes_of_anything_take_four_mebibytes() {
    let world = World::new();
    let record = world.record_of("opportunity", "o1", &json!({"name": "n", "seats": 3, "tags": ["a"]}));
    let mut over = Vec::new();
    for (what, text) in hostile_texts::texts() {
        let before = MEMORY.current_usage();
        MEMORY.reset_peak_usage();
        if let Ok(program) = world.compile(&text) {
            let _ = program.lints();
            let scope = world.scope(&record, &[]);
            let _ = program.eval(&scope);
            let _ = program.explain(&scope);
        }
        let taken = MEMORY.peak_usage().saturating_sub(before);
        println!("{what}: {} KiB", taken / 1024);
        if taken > MOST {
            over.push((what, taken));
        }
    }
    assert!(over.is_empty(), "{over:?}");
}
