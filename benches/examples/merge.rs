//! Golden records of a whole table, and merges in a workspace with their way back.
//!
//! ```sh
//! cargo run --release -p qudao-benches --example merge -- [rows] [accounts] [merges]
//! ```
//! The rows are made here: clusters of one to four rows, twelve fields, of which about a third is missing. In the workspace each
//! merged account has five contacts.

#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a bench that cannot run should stop")]

use std::time::Instant as Clock;

use qudao::prelude::*;
use qudao_benches::processor_seconds;

const BLUEPRINT: &str = "
qudao: 1
objects:
  account: {fields: {source: {type: text}, no_mail: {type: bool, opt_out: true}}}
survivorship:
  account:
    default: most_recent
    trust: [erp, crm, import]
    fields: {name: longest, email: most_trusted, phone: most_complete, industry: most_frequent}
";

/// A fixed sequence of numbers (the multiplier and increment of Knuth's MMIX).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }
}

fn name<T: std::str::FromStr<Err = qudao::model::IdError>>(text: &str) -> T {
    text.parse().unwrap()
}

fn patch(numbers: &mut Numbers, n: u64) -> Patch {
    let mut patch =
        Patch::new().set(name("name"), format!("Company {n} {}", "Ltd ".repeat(numbers.below(3) as usize)));
    for field in ["phone", "email", "website", "city", "address", "region", "industry", "country"] {
        if numbers.below(3) > 0 {
            patch = patch.set(name(field), format!("{field} {}", numbers.below(1000)));
        }
    }
    let source = ["erp", "crm", "import"][numbers.below(3) as usize];
    let at = Instant::from_micros(1_780_000_000_000_000 + (numbers.below(1_000_000) * 1_000_000) as i64);
    patch.set(name("source"), source).set(name("no_mail"), numbers.below(20) == 0).set(name("updated_at"), at)
}

fn golden(engine: &Engine, rows: usize) {
    let account = engine.schema().object("account").unwrap().clone();
    let mut numbers = Numbers(20_260_801);
    let (mut records, mut clusters) = (Vec::with_capacity(rows), Vec::with_capacity(rows));
    while records.len() < rows {
        let first = records.len() as u32;
        for _ in 0..=numbers.below(4) {
            let mut record = Record::new(account.clone(), name(&format!("r{}", records.len())));
            for (field, value) in patch(&mut numbers, u64::from(first)).set {
                record.set(field.as_str(), value).unwrap();
            }
            records.push(record);
            clusters.push(first);
        }
    }
    let (begun, processor) = (Clock::now(), processor_seconds());
    let made = engine.golden(&name("account"), &records, &clusters).unwrap();
    let cells: usize = made.rows.iter().map(|r| r.cells.len()).sum();
    println!(
        "{} rows, {} golden records, {cells} cells with their lineage: {:.2} s, {:.2} s of processor time",
        records.len(),
        made.rows.len(),
        begun.elapsed().as_secs_f64(),
        processor_seconds() - processor
    );
}

fn workspace(engine: &Engine, accounts: u64, merges: u64) {
    let workspace = Workspace::in_memory(engine.clone()).unwrap();
    let session = workspace.session(Actor::new(name("bench")), "en");
    let now = Instant::from_micros(1_782_864_000_000_000);
    let mut numbers = Numbers(7);
    for n in 0..accounts {
        let create = Command::create(name("account"), patch(&mut numbers, n)).with_id(name(&format!("a{n}")));
        assert!(session.submit(create, now).unwrap().is_allowed());
        if n < 2 * merges {
            for k in 0..5 {
                let contact =
                    Patch::new().set(name("name"), format!("C{k}")).set(name("account"), format!("a{n}"));
                assert!(session.submit(Command::create(name("contact"), contact), now).unwrap().is_allowed());
            }
        }
    }
    let time = |label: &str, command: &dyn Fn(u64) -> Command| {
        let mut times: Vec<f64> = (0..merges)
            .map(|n| {
                let command = command(n);
                let begun = Clock::now();
                assert!(session.submit(command, now).unwrap().is_allowed());
                begun.elapsed().as_secs_f64() * 1e3
            })
            .collect();
        times.sort_by(f64::total_cmp);
        let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize];
        println!("{label}: ms p50 {:.3}, p99 {:.3}", at(0.5), at(0.99));
    };
    println!("{accounts} accounts, {merges} merges of two, five contacts moved each");
    time("merge", &|n| {
        Command::merge(name("account"), name(&format!("a{}", 2 * n)), vec![name(&format!("a{}", 2 * n + 1))])
    });
    let begun = Clock::now();
    for n in 0..merges {
        let record = session.get(&name("account"), &name(&format!("a{}", 2 * n + 1))).unwrap();
        assert_eq!(record.id().as_str(), format!("a{}", 2 * n));
    }
    println!("read by an old id: ms {:.3}", begun.elapsed().as_secs_f64() * 1e3 / merges as f64);
    time("unmerge", &|n| {
        Command::unmerge(RecordKey { object: name("account"), id: name(&format!("a{}", 2 * n + 1)) })
    });
    assert!(workspace.verify().unwrap().is_equal());
}

fn main() {
    let mut args = std::env::args().skip(1).filter_map(|n| n.parse::<u64>().ok());
    let (rows, accounts, merges) =
        (args.next().unwrap_or(1_000_000), args.next().unwrap_or(50_000), args.next().unwrap_or(2_000));
    let engine = Engine::from_yaml(BLUEPRINT).unwrap();
    for rows in [rows / 100, rows / 10, rows] {
        golden(&engine, usize::try_from(rows).unwrap_or(0));
    }
    workspace(&engine, accounts, merges.min(accounts / 2));
}
