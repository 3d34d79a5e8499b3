//! Hostile texts are answered quickly, on a small stack.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test stops at what it does not expect"
)]

mod common;
#[path = "common/hostile_texts.rs"]
mod hostile_texts;

use std::time::{Duration, Instant};

use common::World;
use serde_json::json;

/// Small enough for the threads of a phone. Frames of an unoptimised build are several times those of a release.
const STACK: usize = if cfg!(debug_assertions) { 1024 * 1024 } else { 256 * 1024 };

fn on_small_stack<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    std::thread::scope(|s| {
        std::thread::Builder::new().stack_size(STACK).spawn_scoped(s, work).unwrap().join().unwrap()
    })
}

#[test]
fn sixty_four_kibibytes_of_anything() {
    let world = World::new();
    let record = world.record_of("opportunity", "o1", &json!({"name": "n", "seats": 3, "tags": ["a"]}));
    for (what, text) in hostile_texts::texts() {
        let (world, record) = (&world, &record);
        let started = Instant::now();
        let compiled = on_small_stack(move || {
            let program = world.compile(&text).ok()?;
            let _ = program.lints();
            let scope = world.scope(record, &[]);
            let _ = program.eval(&scope);
            let _ = program.explain(&scope);
            Some(program)
        });
        let took = started.elapsed();
        drop(compiled);
        assert!(took < Duration::from_secs(5), "{what}: {took:?}");
    }
}

#[test]
fn the_deepest_that_compiles_runs_on_a_small_stack() {
    let world = World::new();
    let record = world.record_of("account", "a9", &json!({"parent": "a1", "name": "n"}));
    let object = common::object("account");
    let deep = |n: usize, open: &str, inner: &str, close: &str| {
        format!("{}{inner}{}", open.repeat(n), close.repeat(n))
    };
    let shapes: [(&str, &str, &str); 7] = [
        ("(1 + ", "1", ")"),
        ("!(has(name) && ", "has(phone)", ")"),
        ("[", "1", "]"),
        ("abs(", "employees", ")"),
        ("parent.", "name", ""),
        ("(has(name) ? 1 : ", "2", ")"),
        ("contacts.exists(c, size(contacts) == 0 || ", "c.name == 'x'", ")"),
    ];
    for (open, inner, close) in shapes {
        let (world, record, object) = (&world, &record, &object);
        let depths: Vec<usize> = (1..=66)
            .filter(|n| {
                let text = deep(*n, open, inner, close);
                on_small_stack(move || {
                    let env = qudao_expr::Env::record(&world.schema, object);
                    let Ok(program) = qudao_expr::Program::compile(&text, &env) else { return false };
                    let scope = world.scope(record, &[]);
                    let _ = program.eval(&scope);
                    let _ = program.explain(&scope);
                    true
                })
            })
            .collect();
        // All depths up to some bound compile, and none beyond it.
        assert!(depths.len() >= 15, "{open}: {depths:?}");
        assert_eq!(depths, (1..=depths.len()).collect::<Vec<_>>(), "{open}");
        assert!(depths.len() < 66, "{open} has no bound");
    }
}

#[test]
fn long_chains_of_conditions_compile() {
    let world = World::new();
    let parts: Vec<String> = (0..1500).map(|i| format!("seats != {i}")).collect();
    let program = world.compile(&parts.join(" && ")).unwrap();
    let record = world.record_of("opportunity", "o1", &json!({"seats": 5000}));
    assert_eq!(program.eval(&world.scope(&record, &[])).unwrap(), true.into());
    assert_eq!(program.explain(&world.scope(&record, &[])).unwrap().clauses.len(), 1500);
}

#[test]
fn work_is_bounded() {
    let mut world = World::new();
    let records = (0..3000)
        .map(|i| world.record_of("activity", &format!("v{i}"), &json!({"opportunity": "o1", "subject": "x"})))
        .collect();
    world.data.add(&common::object("activity"), records).unwrap();
    let record = world.record_of("opportunity", "o1", &json!({}));
    let text = "activities.all(a, activities.all(b, activities.all(c, a.subject == c.subject)))";
    let program = world.compile(text).unwrap();
    let started = Instant::now();
    let error = program.eval(&world.scope(&record, &[])).unwrap_err();
    assert_eq!(error.code(), "expr.cost_limit");
    assert!(started.elapsed() < Duration::from_secs(20));
    // A linear one over a long list is fine.
    let program = world.compile("activities.filter(a, a.subject == 'x').size() == 3000").unwrap();
    assert_eq!(program.eval(&world.scope(&record, &[])).unwrap(), true.into());
}
