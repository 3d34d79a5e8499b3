//! A hundred kills −9 at random moments of an import through the save path. Each leaves a database that opens, passes
//! its integrity check and holds exactly the committed decisions; the last run goes on where the others ended.
#![cfg(all(feature = "import", unix))]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on should stop")]

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Command as Process, Stdio};
use std::time::Duration;

use qudao::import::{ImportOptions, ImportReport, Mapping};
use qudao::prelude::*;

const FOLDER: &str = "QUDAO_IMPORT_KILL_TEST";
const ROWS: usize = 400;
const CHUNK: usize = 8;

const BLUEPRINT: &str = "\
qudao: 1
objects:
  account:
    fields:
      name: {required: true, normalise: company_name}
      phone: {format: phone(CN), unique: true}
";

const MAPPING: &str = "\
mapping: 1
files:
  - {file: a.csv, object: account, id: id, columns: {name: name, phone: phone}}
";

fn name<T: std::str::FromStr<Err = qudao::model::IdError>>(text: &str) -> T {
    text.parse().unwrap()
}

fn workspace(folder: &Path) -> Workspace {
    let engine = Blueprint::from_yaml(BLUEPRINT).unwrap().compile().unwrap();
    let options = WorkspaceOptions { fast_commits: true, ..WorkspaceOptions::default() };
    Workspace::open_with(folder.join("c.db"), engine, options).unwrap()
}

/// Every seventh row has no name and is refused.
fn is_refused(row: usize) -> bool {
    row % 7 == 6
}

fn write_rows(folder: &Path) {
    let mut text = String::from("id,name,phone\n");
    for row in 0..ROWS {
        let company = if is_refused(row) { String::new() } else { format!("客户{row}有限公司") };
        text.push_str(&format!("a{row},{company},0755-2878{row:04}\n"));
    }
    std::fs::write(folder.join("a.csv"), text).unwrap();
}

/// Imports the rows, and says after each commit how many are done.
fn import(folder: &Path) -> ImportReport {
    let session = workspace(folder).session(Actor::new(name("importer")), "en");
    let mapping = Mapping::from_yaml("m", MAPPING, ".").unwrap();
    let options = ImportOptions { chunk: Some(CHUNK), ..ImportOptions::default() };
    let now = Instant::parse("2026-01-01T00:00:00Z").unwrap();
    session
        .import(&mapping, folder, &options, now, &mut |p| {
            // Not `println!`, which the test harness would hold back.
            let mut out = std::io::stdout().lock();
            writeln!(out, "done {}", p.done).unwrap();
            out.flush().unwrap();
        })
        .unwrap()
}

#[test]
fn child() {
    if let Some(folder) = std::env::var_os(FOLDER) {
        import(Path::new(&folder));
    }
}

/// A small generator with a seed (Steele and others, `SplitMix`, 2014): the moments are the same in every run.
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

/// Checks the database after a kill; gives how many of the first rows are done.
fn check(folder: &Path, said: usize) -> usize {
    let ws = workspace(folder);
    assert_eq!(ws.integrity_check().unwrap(), Vec::<String>::new());
    assert!(ws.verify().unwrap().is_equal(), "the records are those that the log tells of");
    let session = ws.session(Actor::new(name("importer")), "en");
    let query = Query { limit: ROWS, ..Query::of(name("account")) };
    let page = session.query(&query, Instant::parse("2026-01-01T00:00:00Z").unwrap()).unwrap();
    let mut stored: Vec<usize> = page.records.iter().map(|r| r.id().as_str()[1..].parse().unwrap()).collect();
    stored.sort_unstable();
    let done = stored.last().map_or(0, |last| (last + 1).div_ceil(CHUNK) * CHUNK).min(ROWS);
    let expected: Vec<usize> = (0..done).filter(|row| !is_refused(*row)).collect();
    assert_eq!(stored, expected, "whole chunks, and nothing else");
    // What was said is there; beyond it at most the chunk whose commit was not said any more.
    assert!(done >= said && done <= (said + CHUNK).min(ROWS), "{done} of {said}");
    done
}

/// Kills so many imports, and counts those that were killed between two commits.
fn kill(kills: u32, seed: u64) -> u32 {
    let mut moments = Moments(seed);
    let (mut killed, mut midway) = (0, 0);
    while killed < kills {
        let folder = tempfile::tempdir().unwrap();
        write_rows(folder.path());
        let mut done = 0;
        while done < ROWS && killed < kills {
            let mut child = Process::new(std::env::current_exe().unwrap())
                .args(["--exact", "child", "--nocapture", "--test-threads=1"])
                .env(FOLDER, folder.path())
                .stdout(Stdio::piped())
                .stderr(Stdio::null())
                .spawn()
                .unwrap();
            // Most kills come after some commits, some at any moment, start-up included. The rows that are done
            // already are passed over in commits of their own.
            let after = (done / CHUNK) as u64 + 2 + moments.next(6);
            let commits = if moments.next(4) == 0 { 0 } else { after };
            let pause = Duration::from_micros(moments.next(30_000));
            let mut lines = BufReader::new(child.stdout.take().unwrap())
                .lines()
                .map_while(Result::ok)
                .filter_map(|l| l.strip_prefix("done ").and_then(|n| n.parse::<usize>().ok()));
            let heard = lines.by_ref().take(usize::try_from(commits).unwrap()).last();
            std::thread::sleep(pause);
            let _ = child.kill();
            let said = lines.last().or(heard).unwrap_or(0).max(done);
            if !child.wait().unwrap().success() {
                killed += 1;
                midway += u32::from(heard.is_some());
            }
            done = check(folder.path(), said);
        }
        if done < ROWS {
            continue;
        }
        let report = import(folder.path());
        assert_eq!(report.stored(), 0);
        assert_eq!(report.files[0].already, (0..ROWS).filter(|row| !is_refused(*row)).count());
    }
    midway
}

#[test]
fn fifty_kills() {
    assert!(kill(50, 20_261_127) > 25, "most come in the middle of an import");
}

#[test]
fn fifty_other_kills() {
    assert!(kill(50, 7) > 25, "most come in the middle of an import");
}
