//! Runs programs: output goes to a log file, the tail of it to the terminal when they fail.

use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Why a task could not go on, in words for its reader.
#[derive(Debug)]
pub(crate) struct Fault(String);

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<&str> for Fault {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl From<String> for Fault {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        Self(error.to_string())
    }
}

/// A log file shared by the programs of one step.
#[derive(Debug)]
pub(crate) struct Log {
    path: PathBuf,
    file: File,
}

impl Log {
    /// Starts an empty log.
    pub(crate) fn create(path: PathBuf) -> Result<Self, Fault> {
        if let Some(dir) = path.parent() {
            fs::create_dir_all(dir)?;
        }
        let _ = fs::remove_file(&path);
        let file = OpenOptions::new().create(true).append(true).open(&path)?;
        Ok(Self { path, file })
    }

    /// Runs a program to its end; true when it ended well. A program that cannot start is a fault.
    pub(crate) fn run(&mut self, command: &mut Command) -> Result<bool, Fault> {
        writeln!(self.file, "$ {}", describe(command))?;
        let status = prepare(command)
            .stdout(self.file.try_clone()?)
            .stderr(self.file.try_clone()?)
            .status()
            .map_err(|error| cannot_start(command, &error))?;
        Ok(status.success())
    }

    /// Runs a program that has to end well.
    pub(crate) fn must(&mut self, command: &mut Command) -> Result<(), Fault> {
        if self.run(command)? {
            return Ok(());
        }
        Err(format!("{} failed\n{}", program_of(command), self.tail(12)?).into())
    }

    /// Adds a line of the task's own.
    pub(crate) fn note(&mut self, text: &str) -> Result<(), Fault> {
        Ok(writeln!(self.file, "{text}")?)
    }

    /// Everything written so far.
    pub(crate) fn text(&self) -> Result<String, Fault> {
        Ok(String::from_utf8_lossy(&fs::read(&self.path)?).into_owned())
    }

    /// The last lines.
    pub(crate) fn tail(&self, lines: usize) -> Result<String, Fault> {
        let text = self.text()?;
        let all: Vec<&str> = text.lines().collect();
        let from = all.len().saturating_sub(lines);
        Ok(all.into_iter().skip(from).map(|line| format!("    | {line}\n")).collect())
    }
}

/// What a program prints, or nothing when it fails or is not there.
pub(crate) fn capture(command: &mut Command) -> Option<String> {
    let output = prepare(command).stderr(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Cargo itself, as the one that runs this program.
pub(crate) fn cargo(root: &Path) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root);
    command
}

/// Shields a child from what `cargo run` sets for this process alone.
fn prepare(command: &mut Command) -> &mut Command {
    let own_path = command.get_envs().any(|(key, _)| key == "LD_LIBRARY_PATH");
    if !own_path {
        command.env_remove("LD_LIBRARY_PATH");
    }
    command.stdin(Stdio::null())
}

fn cannot_start(command: &Command, error: &io::Error) -> Fault {
    format!("{} cannot be started: {error}", program_of(command)).into()
}

fn program_of(command: &Command) -> String {
    let words: Vec<String> = std::iter::once(command.get_program())
        .chain(command.get_args().take(2))
        .map(|word| word.to_string_lossy().into_owned())
        .collect();
    words.join(" ")
}

fn describe(command: &Command) -> String {
    std::iter::once(command.get_program())
        .chain(command.get_args())
        .map(|word| word.to_string_lossy().into_owned())
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_keeps_output_and_tells_failure() {
        let path = std::env::temp_dir().join(format!("xtask-log-{}.log", std::process::id()));
        let mut log = Log::create(path.clone()).unwrap();
        assert!(log.run(Command::new("sh").args(["-c", "echo out; echo err >&2"])).unwrap());
        assert!(!log.run(Command::new("sh").args(["-c", "echo last; exit 3"])).unwrap());
        assert!(log.must(Command::new("sh").args(["-c", "exit 1"])).is_err());
        let text = log.text().unwrap();
        assert!(text.contains("out\nerr\n"), "{text}");
        assert!(log.tail(2).unwrap().contains("last"));
        assert!(log.run(&mut Command::new("/no/such/program")).is_err());
        fs::remove_file(path).unwrap();
    }
}
