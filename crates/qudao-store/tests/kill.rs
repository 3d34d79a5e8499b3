//! A hundred kills −9 at random moments of an import. Each leaves a file that opens, is whole, and holds exactly
//! the committed decisions.

#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Command as Process, Stdio};
use std::time::Duration;

use common::*;
use qudao_model::*;
use qudao_store::*;
use tempfile::tempdir;

const PATH: &str = "QUDAO_STORE_KILL_TEST";
const DURABLE: &str = "QUDAO_STORE_KILL_TEST_DURABLE";
const ROWS: u64 = 600;
const CHUNK: u64 = 4;
const KILLS: u32 = 100;

/// Imports what is not done yet, row by row, and says how many rows are done after each commit.
fn import(path: &Path) {
    // Every fourth run waits for the disk, as a host does by default.
    let durability = match std::env::var(DURABLE).as_deref() {
        Ok("yes") => Durability::PowerLoss,
        _ => Durability::ProcessLoss,
    };
    let store = Store::open(path, options().durability(durability)).unwrap().ready().unwrap();
    let done = store.read(|v| v.import_done("file")).unwrap();
    let rows: Vec<u64> = (0..ROWS).filter(|row| !done.contains(row)).collect();
    let mut total = done.len();
    for chunk in rows.chunks(CHUNK as usize) {
        store
            .write(|tx| -> Result<(), StoreError> {
                for row in chunk {
                    let record = key("account", &format!("a{row}"));
                    // Every seventh row takes a value that the row before has, and is refused.
                    let tax = if row % 7 == 6 { row - 1 } else { *row };
                    let fields = [
                        ("name", Value::text(format!("Customer {row}"))),
                        ("tax_id", Value::text(format!("T{tax}"))),
                        ("parent", Value::Reference(RecordId::new(format!("a{}", row / 2)).unwrap())),
                    ];
                    let created =
                        tx.savepoint(|tx| append(tx, &record, vec![put(&record, 1, &fields)], *row as i64));
                    match created {
                        Ok(_) => {}
                        Err(error) if error.concerns_one_command() => {
                            let refusal = refusal(&["account.tax_id"], "account");
                            let (sent, sender) = (command(&record), actor());
                            tx.append(&LogEntry::of(&sent, &sender, &refusal, at(*row as i64)))?;
                        }
                        Err(error) => return Err(error),
                    }
                    tx.import_mark("file", *row)?;
                }
                Ok(())
            })
            .unwrap();
        total += chunk.len();
        // Not `println!`, which the test harness would hold back.
        let mut out = std::io::stdout().lock();
        writeln!(out, "done {total}").unwrap();
        out.flush().unwrap();
    }
}

#[test]
fn child() {
    if let Some(path) = std::env::var_os(PATH) {
        import(Path::new(&path));
    }
}

/// A small generator with a seed (Steele and others, SplitMix, 2014): the moments are the same in every run.
struct Moments(u64);

impl Moments {
    fn next(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % below
    }
}

/// Checks a file of which so many rows were said to be done; gives how many are.
fn check(path: &Path, said: u64) -> u64 {
    let store = open(path);
    assert_eq!(store.integrity_check().unwrap(), Vec::<String>::new());
    let (counts, done, log) = store
        .read(|v| -> Result<_, StoreError> {
            Ok((v.counts()?, v.import_done("file")?, v.log(0, usize::MAX)?))
        })
        .unwrap();
    // What was said is there; beyond it at most the chunk whose commit was not said any more.
    assert!(counts.log == said || counts.log == (said + CHUNK).min(ROWS), "{} of {said}", counts.log);
    assert_eq!(done.len() as u64, counts.log, "every row has its log entry, and the other way round");
    assert_eq!(done, (0..counts.log).collect());
    let refused = done.iter().filter(|row| *row % 7 == 6).count() as u64;
    assert_eq!(counts.refused, refused);
    assert_eq!(counts.records.values().sum::<u64>(), counts.log - refused);
    assert_eq!(counts.outbox, counts.log - refused);
    assert_eq!(counts.claims, counts.log - refused);
    for (row, item) in log.iter().enumerate() {
        assert_eq!((item.seq, item.recorded_at), (row as u64 + 1, at(row as i64)));
    }
    assert_equal_to_rebuild(&store);
    counts.log
}

#[test]
fn a_hundred_kills() {
    let mut moments = Moments(20_261_124);
    let (mut kills, mut files, mut mid) = (0, 0, 0);
    while kills < KILLS {
        files += 1;
        assert!(files < 400, "imports end before they are killed");
        let dir = tempdir().unwrap();
        let path = dir.path().join("a.db");
        let mut done = 0;
        while done < ROWS && kills < KILLS {
            let mut child = Process::new(std::env::current_exe().unwrap())
                .args(["--exact", "child", "--nocapture", "--test-threads=1"])
                .env(PATH, &path)
                .env(DURABLE, if kills % 4 == 0 { "yes" } else { "no" })
                .stdout(Stdio::piped())
                .stderr(Stdio::null())
                .spawn()
                .unwrap();
            let lines = BufReader::new(child.stdout.take().unwrap()).lines();
            // Half of the kills come at any moment, start-up included; half after some commits.
            let commits = moments.next(20);
            let pause = Duration::from_micros(moments.next(12_000));
            let said = std::thread::scope(|scope| {
                let (tell, told) = std::sync::mpsc::channel();
                let reader = scope.spawn(move || {
                    let mut said = None;
                    for (n, line) in
                        lines.map_while(Result::ok).filter(|l| l.starts_with("done ")).enumerate()
                    {
                        said = line.trim_start_matches("done ").parse::<u64>().ok();
                        if n as u64 == commits {
                            let _ = tell.send(());
                        }
                    }
                    said
                });
                if kills % 2 == 0 {
                    // The channel closes when the import ends before.
                    let _ = told.recv_timeout(Duration::from_secs(20));
                }
                std::thread::sleep(pause);
                let _ = child.kill();
                reader.join().unwrap()
            });
            let killed = !child.wait().unwrap().success();
            kills += u32::from(killed);
            mid += u32::from(killed && said.is_some());
            let before = done;
            done = check(&path, said.unwrap_or(done));
            assert!(done >= before);
        }
    }
    assert!(mid > KILLS / 3, "only {mid} kills in the middle of an import");
}
