//! What a test run tells its reader: sections, steps, times, and one closing line.

use std::io::IsTerminal;
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use crate::layout::Layout;
use crate::run::{Fault, Log};
use crate::tally::Tally;

/// How a step went.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// It ran to its end; the counts say how.
    Ran(Tally),
    /// It could not run here: a toolchain is missing. Fails when a CI asks.
    Missing(String),
}

/// The running account of a test run.
#[derive(Debug)]
pub(crate) struct Report<'a> {
    layout: &'a Layout,
    sum: Tally,
    missing: Vec<String>,
    failed: Vec<String>,
    strict: bool,
    colour: bool,
    start: Instant,
}

impl<'a> Report<'a> {
    /// An empty account.
    pub(crate) fn new(layout: &'a Layout) -> Self {
        let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty() && value != "0");
        Self {
            layout,
            sum: Tally::default(),
            missing: Vec::new(),
            failed: Vec::new(),
            strict: std::env::var("CI").is_ok_and(|value| value == "true" || value == "1"),
            colour: set("CLICOLOR_FORCE") || (!set("NO_COLOR") && std::io::stdout().is_terminal()),
            start: Instant::now(),
        }
    }

    /// Starts a section.
    pub(crate) fn section(&self, title: &str) {
        println!("\n{}  [{}]", self.paint("1", &format!("== {title}")), seconds(self.start.elapsed()));
    }

    /// Runs one step with a log of its own and adds its counts.
    pub(crate) fn step(&mut self, name: &str, work: impl FnOnce(&mut Log) -> Result<Outcome, Fault>) -> bool {
        let path = self.layout.log(name);
        println!("   …    {name}");
        let start = Instant::now();
        let result = Log::create(path.clone()).and_then(|mut log| {
            let outcome = work(&mut log);
            // A fault goes into the log too, so that the log alone tells what happened.
            if let Err(fault) = &outcome {
                log.note(&fault.to_string())?;
            }
            outcome.map(|outcome| (outcome, log))
        });
        let time = seconds(start.elapsed());
        match result {
            Ok((Outcome::Ran(tally), _)) if tally.failed == 0 => {
                self.sum += tally;
                let counts = if tally.total() > 1 { format!(", {tally}") } else { String::new() };
                println!("   {}   {name} ({time}{counts})", self.paint("32", "ok"));
                true
            }
            Ok((Outcome::Ran(tally), log)) => {
                self.sum += tally;
                println!("   {} {name} ({time}, {tally})", self.paint("31", "FAIL"));
                if let Ok(tail) = log.tail(40) {
                    print!("{tail}");
                }
                self.note_failure(name, &path);
                false
            }
            Ok((Outcome::Missing(reason), _)) => {
                self.skip(name, &reason);
                false
            }
            Err(fault) => {
                self.sum += Tally::FAIL;
                println!("   {} {name} ({time}): {fault}", self.paint("31", "FAIL"));
                self.note_failure(name, &path);
                false
            }
        }
    }

    /// Records that a toolchain is missing.
    pub(crate) fn skip(&mut self, name: &str, reason: &str) {
        println!("   {}", self.paint("31", &format!("SKIP {name}: {reason}")));
        self.missing.push(format!("{name}: {}", reason.lines().next().unwrap_or_default()));
        if self.strict {
            self.sum.failed = self.sum.failed.saturating_add(1);
        } else {
            self.sum.skipped = self.sum.skipped.saturating_add(1);
        }
    }

    /// Prints the closing line and says how the run ended.
    pub(crate) fn close(self) -> ExitCode {
        println!("\n{}", self.paint("1", &format!("== Summary  [{}]", seconds(self.start.elapsed()))));
        for line in &self.failed {
            println!("   {} {line}", self.paint("31", "FAIL"));
        }
        for line in &self.missing {
            let because = if self.strict { " (a missing toolchain fails under CI=true)" } else { "" };
            println!("   {}", self.paint("31", &format!("SKIP {line}{because}")));
        }
        println!("{}", self.sum);
        if self.sum.failed == 0 && self.sum.passed > 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }

    fn note_failure(&mut self, name: &str, log: &Path) {
        let log = self.layout.short(log);
        println!("        full output: {log}");
        self.failed.push(format!("{name} ({log})"));
    }

    fn paint(&self, code: &str, text: &str) -> String {
        if self.colour { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }
}

/// The outcome of a test runner: its counts, made a failure when the program failed or ran nothing.
pub(crate) fn counted(ended_well: bool, mut tally: Tally) -> Outcome {
    let silent = tally.total() == 0 || (!ended_well && tally.failed == 0);
    if silent {
        tally.failed = tally.failed.saturating_add(1);
    }
    Outcome::Ran(tally)
}

/// The outcome of a step without counts of its own.
pub(crate) fn plain(ended_well: bool) -> Outcome {
    Outcome::Ran(if ended_well { Tally::PASS } else { Tally::FAIL })
}

fn seconds(time: Duration) -> String {
    if time.as_secs() >= 60 {
        format!("{} min {:02} s", time.as_secs() / 60, time.as_secs() % 60)
    } else {
        format!("{:.1} s", time.as_secs_f64())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_runner_that_counts_nothing_has_failed() {
        let failed = |outcome| match outcome {
            Outcome::Ran(tally) => tally.failed,
            Outcome::Missing(_) => 0,
        };
        assert_eq!(failed(counted(true, Tally::default())), 1);
        assert_eq!(failed(counted(false, Tally::PASS)), 1);
        assert_eq!(failed(counted(true, Tally::PASS)), 0);
        assert_eq!(failed(counted(false, Tally { passed: 4, failed: 2, skipped: 0 })), 2);
        assert_eq!(failed(plain(false)), 1);
    }
}
