//! Validation, matching and the save path over growing data: `cargo bench -p qudao-benches`.

#![allow(clippy::unwrap_used, reason = "a bench that cannot run should stop")]

use divan::{Bencher, black_box};
use qudao::expr::{Env, Program, Scope};
use qudao::prelude::*;
use qudao_benches::{SIZES, accounts, engine};

fn main() {
    divan::main();
}

#[divan::bench]
fn one_gate_expression(bencher: Bencher<'_, '_>) {
    let engine = engine().unwrap();
    let object = ObjectName::new("opportunity").unwrap();
    let text = "amount >= 10000 && size(contacts) > 0 && partner.tier in ['gold', 'platinum']";
    let program = Program::condition(text, &Env::record(engine.schema(), &object)).unwrap();
    let record = |object: &str, id: &str| {
        Record::new(engine.schema().object(object).unwrap().clone(), RecordId::new(id).unwrap())
    };
    let deal = record("opportunity", "o")
        .with("amount", Value::money(Decimal::from(20_000), "CNY"))
        .and_then(|r| r.with("partner", "p"))
        .unwrap();
    let mut data = Dataset::new();
    data.put(deal.clone());
    data.put(record("partner", "p").with("tier", "gold").unwrap());
    data.put(record("contact_role", "r").with("opportunity", "o").unwrap());
    let scope = Scope { record: &deal, before: None, data: &data, now: None, zone: engine.zone(), vars: &[] };
    bencher.bench_local(|| program.test(black_box(&scope)));
}

#[divan::bench(args = SIZES, sample_count = 5)]
fn validate_accounts(bencher: Bencher<'_, '_>, n: usize) {
    let engine = engine().unwrap();
    let rows = accounts(&engine, n).unwrap();
    let object = ObjectName::new("account").unwrap();
    bencher.counter(n).bench_local(|| engine.validate(&object, &rows, &Dataset::new(), None));
}

#[divan::bench(args = SIZES, sample_count = 3)]
fn dedupe_accounts(bencher: Bencher<'_, '_>, n: usize) {
    let engine = engine().unwrap();
    let rows = accounts(&engine, n).unwrap();
    let object = ObjectName::new("account").unwrap();
    bencher.counter(n).bench_local(|| engine.dedupe(&object, &rows.records, None));
}

#[divan::bench(args = [1_000], sample_count = 5)]
fn save_accounts(bencher: Bencher<'_, '_>, n: usize) {
    let engine = engine().unwrap();
    let rows = accounts(&engine, n).unwrap();
    let now = Instant::from_micros(1_700_000_000_000_000);
    bencher.counter(n).bench_local(|| {
        let workspace = Workspace::in_memory(engine.clone()).unwrap();
        let actor =
            Actor::new(ActorId::new("bench").unwrap()).with_role(RoleName::new("channel_manager").unwrap());
        let session = workspace.session(actor, "en");
        for record in &rows.records {
            let patch: Patch = record.values().map(|(f, v)| (f.clone(), v.clone())).collect();
            let command = Command::create(record.object().clone(), patch).with_id(record.id().clone());
            black_box(session.submit(command, now).unwrap());
        }
    });
}
