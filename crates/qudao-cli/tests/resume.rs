//! An import that is killed goes on where it ended.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on should stop"
)]
#![cfg(unix)]

mod common;

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use common::{Folder, qudao};

#[test]
fn a_killed_import_goes_on() {
    let f = Folder::with(&[
        (
            "b.yaml",
            "qudao: 1\nobjects: {account: {fields: {name: {required: true}, phone: {format: phone(CN)}}}}\n",
        ),
        (
            "m.yaml",
            "mapping: 1\nblueprint: b.yaml\nfiles: [{file: a.csv, object: account, id: id, columns: {name: name, phone: phone}}]\n",
        ),
    ]);
    let total = 6000;
    let mut text = String::from("id,name,phone\n");
    for n in 0..total {
        text.push_str(&format!("a{n},Customer {n},0755-2878{n:04}\n"));
    }
    f.write("a.csv", text);
    let args =
        ["import", "--db", &f.path("c.db"), "--mapping", &f.path("m.yaml"), "--data", &f.path(""), "--json"]
            .map(str::to_owned);
    let verify = || {
        let ran = qudao(["verify", "--db", &f.path("c.db"), "--blueprint", &f.path("b.yaml"), "--json"]);
        assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    };
    let mut killed = 0;
    for wait in [150_u64, 400] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_qudao"))
            .args(&args)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // Killed once the database has grown, so that some rows are committed and some are not.
        let begun = Instant::now();
        let size = |suffix: &str| std::fs::metadata(f.path(&format!("c.db{suffix}"))).map_or(0, |m| m.len());
        let before = size("") + size("-wal");
        while begun.elapsed() < Duration::from_secs(60) && size("") + size("-wal") < before + 400_000 {
            std::thread::sleep(Duration::from_millis(5));
        }
        std::thread::sleep(Duration::from_millis(wait));
        if child.try_wait().unwrap().is_none() {
            killed += 1;
        }
        child.kill().unwrap();
        child.wait().unwrap();
        verify();
    }
    assert!(killed > 0, "no run was killed: give it more rows");
    let ran = qudao(&args);
    assert_eq!(ran.code, 0, "{}", ran.out);
    let answer: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    let n = |key: &str| answer["files"][0][key].as_u64().unwrap();
    assert_eq!(n("rows"), total);
    assert_eq!(n("stored") + n("already"), total);
    assert!(n("already") >= 500, "the first chunk had been committed");
    verify();
    let again = qudao(&args);
    let answer: serde_json::Value = serde_json::from_str(&again.out).unwrap();
    assert_eq!(answer["files"][0]["already"], total);
}
