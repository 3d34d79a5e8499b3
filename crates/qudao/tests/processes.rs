//! Two processes on one database that make the same accounts at the same moment: of each account one of them makes it, and the other
//! is told of the duplicate.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on should stop")]

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command as Process, Stdio};

use qudao::prelude::*;

const PATH: &str = "QUDAO_PROCESSES_TEST";
const NUMBER: &str = "QUDAO_PROCESSES_TEST_NUMBER";

/// Companies that have nothing in common.
const NAMES: [&str; 16] = [
    "Alderwick",
    "Brynmoor",
    "Castelline",
    "Dunharrow",
    "Elmsgate",
    "Fennimore",
    "Glasbury",
    "Hollenbeck",
    "Inverness",
    "Jorvikson",
    "Kettleby",
    "Lindqvist",
    "Marchetti",
    "Northolme",
    "Ormskirk",
    "Pellegrin",
];

fn name<T: std::str::FromStr<Err = qudao::model::IdError>>(text: &str) -> T {
    text.parse().unwrap()
}

fn session(path: &Path) -> Session {
    let engine = Engine::from_yaml(Blueprint::starters()["project-sale"]).unwrap();
    let workspace = Workspace::open(path, engine).unwrap();
    workspace.session(Actor::new(name("boss")).with_role(name("channel_manager")), "en")
}

fn say(line: &str) {
    // Not `println!`, which the test harness would hold back.
    let mut out = std::io::stdout().lock();
    writeln!(out, "said {line}").unwrap();
    out.flush().unwrap();
}

/// Opens the database, waits for the word, and makes every account.
#[test]
fn child() {
    let Some(path) = std::env::var_os(PATH) else { return };
    let number = std::env::var(NUMBER).unwrap();
    let session = session(Path::new(&path));
    say("ready");
    std::io::stdin().read_line(&mut String::new()).unwrap();
    for (at, company) in NAMES.iter().enumerate() {
        let fields =
            [("name", format!("{company} Ltd")), ("phone", format!("0755-8321{:04}", 1000 + at * 37))];
        let patch: Patch = fields.into_iter().map(|(field, text)| (name(field), text.into())).collect();
        let id: RecordId = name(&format!("p{number}-{at}"));
        let command = Command::create(name("account"), patch).with_id(id);
        let decision = session.submit(command, Instant::parse("2026-01-01T00:00:00Z").unwrap()).unwrap();
        let codes: Vec<String> = decision.blocking().map(|v| v.code.to_string()).collect();
        say(&format!("{at} {}", if decision.is_allowed() { "made".to_owned() } else { codes.join(",") }));
    }
}

fn start(path: &Path, number: usize) -> (Child, ChildStdin, BufReader<ChildStdout>) {
    let mut child = Process::new(std::env::current_exe().unwrap())
        .args(["--exact", "child", "--nocapture", "--test-threads=1"])
        .env(PATH, path)
        .env(NUMBER, number.to_string())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .unwrap();
    let (to, from) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    (child, to, BufReader::new(from))
}

#[test]
fn of_two_processes_one_makes_each_account() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("channel.db");
    drop(session(&path));
    let mut children: Vec<_> = (0..2).map(|number| start(&path, number)).collect();
    let next = |from: &mut BufReader<ChildStdout>| {
        let mut line = String::new();
        while from.read_line(&mut line).unwrap() > 0 {
            if let Some(at) = line.find("said ") {
                return Some(line[at + 5..].trim().to_owned());
            }
            line.clear();
        }
        None
    };
    // Both have the database open before either writes.
    for (_, _, from) in &mut children {
        assert_eq!(next(from).as_deref(), Some("ready"));
    }
    for (_, to, _) in &mut children {
        to.write_all(b"go\n").unwrap();
    }
    let mut said: BTreeMap<usize, Vec<String>> = BTreeMap::new();
    for (child, to, from) in &mut children {
        let _ = to;
        while let Some(line) = next(from) {
            let (at, what) = line.split_once(' ').unwrap();
            said.entry(at.parse().unwrap()).or_default().push(what.to_owned());
        }
        assert!(child.wait().unwrap().success());
    }
    assert_eq!(said.len(), NAMES.len());
    for (at, mut what) in said {
        what.sort();
        assert_eq!(what, ["duplicate.block", "made"], "{}", NAMES[at]);
    }
    let session = session(&path);
    let query = Query { limit: 100, ..Query::of(name("account")) };
    let page = session.query(&query, Instant::parse("2026-01-02T00:00:00Z").unwrap()).unwrap();
    let made: BTreeSet<String> = page.records.iter().map(|r| r.get("name").to_string()).collect();
    assert_eq!((page.records.len(), made.len()), (NAMES.len(), NAMES.len()));
}
