//! Counts of passed, failed and skipped tests, read from what each runner prints or writes.

use std::fmt;
use std::fs;
use std::ops::AddAssign;
use std::path::Path;

/// How many tests ended how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
    pub(crate) skipped: u64,
}

impl Tally {
    /// One step that passed.
    pub(crate) const PASS: Self = Self { passed: 1, failed: 0, skipped: 0 };
    /// One step that failed.
    pub(crate) const FAIL: Self = Self { passed: 0, failed: 1, skipped: 0 };

    /// All tests, however they ended.
    pub(crate) fn total(self) -> u64 {
        self.passed.saturating_add(self.failed).saturating_add(self.skipped)
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.passed = self.passed.saturating_add(other.passed);
        self.failed = self.failed.saturating_add(other.failed);
        self.skipped = self.skipped.saturating_add(other.skipped);
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed, {} skipped", self.passed, self.failed, self.skipped)
    }
}

/// Sums the `test result:` lines of `cargo test`.
pub(crate) fn from_cargo(output: &str) -> Tally {
    let mut sum = Tally::default();
    for line in output.lines() {
        // `test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out`
        let Some(rest) = line.trim_start().strip_prefix("test result: ") else { continue };
        sum += Tally {
            passed: before(rest, " passed").unwrap_or(0),
            failed: before(rest, " failed").unwrap_or(0),
            skipped: before(rest, " ignored").unwrap_or(0),
        };
    }
    sum
}

/// Reads XCTest's closing line: `Executed 5 tests, with 1 test skipped and 2 failures (0 unexpected)`.
pub(crate) fn from_xctest(output: &str) -> Tally {
    let Some(line) = output.lines().rev().find(|line| line.trim_start().starts_with("Executed ")) else {
        return Tally::default();
    };
    let total = before(line, " test").unwrap_or(0);
    let skipped = before(line, " test skipped").or_else(|| before(line, " tests skipped")).unwrap_or(0);
    // XCTest counts failed assertions, so one test may fail more than once.
    let failures = before(line, " failure").unwrap_or(0);
    let failed = if failures == 0 { 0 } else { failed_cases(output).max(1) };
    Tally { passed: total.saturating_sub(failed).saturating_sub(skipped), failed, skipped }
}

/// Reads JUnit reports: one file, or every `TEST-*.xml` below a folder.
pub(crate) fn from_junit(path: &Path) -> Tally {
    let mut sum = Tally::default();
    if path.is_dir() {
        for entry in fs::read_dir(path).into_iter().flatten().flatten() {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            if name.starts_with("TEST-") && name.ends_with(".xml") {
                sum += from_junit(&entry.path());
            }
        }
    } else if let Ok(text) = fs::read_to_string(path) {
        sum += from_junit_text(&text);
    }
    sum
}

fn from_junit_text(text: &str) -> Tally {
    let mut sum = Tally::default();
    for piece in text.split("<testsuite ").skip(1) {
        let head = piece.split('>').next().unwrap_or(piece);
        let count = |name: &str| attribute(head, name).unwrap_or(0);
        let failed = count("failures").saturating_add(count("errors"));
        let skipped = count("skipped");
        let passed = count("tests").saturating_sub(failed).saturating_sub(skipped);
        sum += Tally { passed, failed, skipped };
    }
    sum
}

fn attribute(head: &str, name: &str) -> Option<u64> {
    let marker = format!(" {name}=\"");
    // A space in front, so that `tests` is not found inside another attribute's name.
    let padded = format!(" {head}");
    padded.split(&marker).nth(1)?.split('"').next()?.parse().ok()
}

/// The number that stands right before a word.
fn before(line: &str, word: &str) -> Option<u64> {
    let head = line.split(word).next().filter(|head| head.len() < line.len())?;
    head.rsplit(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

fn failed_cases(output: &str) -> u64 {
    let failed = output.lines().filter(|line| line.starts_with("Test Case '") && line.contains("' failed ("));
    u64::try_from(failed.count()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(passed: u64, failed: u64, skipped: u64) -> Tally {
        Tally { passed, failed, skipped }
    }

    #[test]
    fn cargo_lines_are_summed() {
        let output = "running 3 tests\n\
            test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s\n\
            test result: FAILED. 10 passed; 2 failed; 0 ignored; 0 measured; 5 filtered out\n";
        assert_eq!(from_cargo(output), tally(13, 2, 1));
        assert_eq!(from_cargo("error: could not compile"), tally(0, 0, 0));
    }

    #[test]
    fn xctest_reads_the_last_line_and_counts_cases() {
        let good = "\t Executed 2 tests, with 0 failures (0 unexpected) in 0.1 (0.1) seconds\n\
                    \t Executed 5 tests, with 1 test skipped and 0 failures (0 unexpected) in 1 (1) seconds\n";
        assert_eq!(from_xctest(good), tally(4, 0, 1));
        let bad = "Test Case 'StoryTests.testA' failed (0.1 seconds)\n\
                   Executed 3 tests, with 2 failures (0 unexpected) in 0.1 (0.1) seconds\n";
        assert_eq!(from_xctest(bad), tally(2, 1, 0));
        assert_eq!(
            from_xctest("Executed 1 test, with 1 failure (1 unexpected) in 0 seconds"),
            tally(0, 1, 0)
        );
        assert_eq!(from_xctest("error: no such module"), tally(0, 0, 0));
    }

    #[test]
    fn junit_attributes_are_read() {
        let surefire = "<?xml?><testsuite version=\"3.0\" name=\"a\" time=\"0.1\" tests=\"4\" errors=\"1\" \
                        skipped=\"1\" failures=\"0\"><testcase/></testsuite>";
        assert_eq!(from_junit_text(surefire), tally(2, 1, 1));
        let pytest = "<testsuites name=\"p\"><testsuite name=\"pytest\" errors=\"0\" failures=\"2\" \
                      skipped=\"0\" tests=\"9\" time=\"1\"></testsuite></testsuites>";
        assert_eq!(from_junit_text(pytest), tally(7, 2, 0));
    }

    #[test]
    fn the_closing_line_is_plain() {
        let mut sum = tally(1, 0, 2);
        sum += Tally::PASS;
        assert_eq!(sum.to_string(), "2 passed, 0 failed, 2 skipped");
        assert_eq!(sum.total(), 4);
    }
}
