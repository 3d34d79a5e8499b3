//! From arguments to an exit code.

use std::ffi::OsString;
use std::io::Write;
use std::time::SystemTime;

use clap::Parser;
use qudao::prelude::{Instant, Locale};

use crate::args::{Cli, Command, Common};
use crate::commands;
use crate::console::Console;
use crate::exit;
use crate::fault::Fault;

/// Where a run writes.
pub struct Streams<'a> {
    /// The answer.
    pub out: &'a mut dyn Write,
    /// Everything beside the answer.
    pub err: &'a mut dyn Write,
    /// Draw progress bars on the terminal of the process.
    pub progress: bool,
}

impl std::fmt::Debug for Streams<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Streams").field("progress", &self.progress).finish_non_exhaustive()
    }
}

/// Runs the program without progress bars. The first argument is the program's name. The answer is an exit code of
/// [`exit`].
pub fn run<I, S>(args: I, out: &mut dyn Write, err: &mut dyn Write) -> u8
where
    I: IntoIterator<Item = S>,
    S: Into<OsString> + Clone,
{
    run_with(args, Streams { out, err, progress: false })
}

/// Runs the program. The first argument is the program's name. The answer is an exit code of [`exit`].
pub fn run_with<I, S>(args: I, streams: Streams<'_>) -> u8
where
    I: IntoIterator<Item = S>,
    S: Into<OsString> + Clone,
{
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(error) => {
            let text = error.render().to_string();
            // Help and version are answers; a stream that is gone does not matter.
            let (stream, code) =
                if error.use_stderr() { (streams.err, exit::USAGE) } else { (streams.out, exit::OK) };
            let _ = stream.write_all(text.as_bytes());
            return code;
        }
    };
    let locale = locale(&cli.common);
    let mut console = Console {
        out: streams.out,
        err: streams.err,
        json: cli.common.json,
        progress: streams.progress,
        now: Instant::from_micros(0),
        locale,
    };
    let done = now(&cli.common).and_then(|now| {
        console.now = now;
        dispatch(&cli, &mut console)
    });
    let code = match done {
        Ok(code) => code,
        Err(fault) => {
            tell(&fault, &mut console);
            fault.exit()
        }
    };
    let _ = console.out.flush();
    code
}

fn dispatch(cli: &Cli, console: &mut Console<'_>) -> Result<u8, Fault> {
    match &cli.command {
        Command::Lint(args) => commands::lint::run(args, console),
        Command::Validate(args) => commands::validate::run(args, console),
        Command::Dedupe(args) => commands::dedupe::run(args, console),
        Command::Link(args) => commands::link::run(args, console),
        Command::Kpis(args) => commands::kpis::run(args, console),
        Command::Import(args) => commands::import::run(args, console),
        Command::Rebuild(args) => commands::upkeep::rebuild(args, console),
        Command::Verify(args) => commands::upkeep::verify(args, console),
        Command::Migrate(args) => commands::upkeep::migrate(args, console),
        Command::Audit(args) => commands::steward::audit(args, console),
        Command::Cleanse(args) => commands::steward::cleanse(args, console),
        Command::Merge(args) => commands::merge::merge(args, console),
        Command::Unmerge(args) => commands::merge::unmerge(args, console),
        Command::Undo(args) => commands::steward::undo(args, console),
        Command::Standard(args) => commands::steward::standard(args, console),
        Command::Compare(args) => commands::compare::run(args, console),
        Command::Explain(args) => commands::explain::run(args, console),
        Command::Demo(args) => commands::demo::run(args, cli.common.now.is_some(), console),
    }
}

/// The locale asked for, or else that of the environment, or else English.
fn locale(common: &Common) -> Locale {
    if let Some(tag) = &common.locale {
        return Locale::new(tag.as_str());
    }
    let set = ["LC_ALL", "LC_MESSAGES", "LANG"]
        .into_iter()
        .filter_map(|name| std::env::var(name).ok())
        .find(|value| !value.trim().is_empty());
    let tag = set.unwrap_or_default();
    let tag = tag.split('.').next().unwrap_or_default();
    if matches!(tag, "" | "C" | "POSIX") { Locale::en() } else { Locale::new(tag) }
}

fn now(common: &Common) -> Result<Instant, Fault> {
    match &common.now {
        Some(text) => Instant::parse(text)
            .ok_or_else(|| Fault::Usage("--now: write a time such as 2026-01-01T00:00:00Z".to_owned())),
        None => {
            let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
            Ok(Instant::from_micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX)))
        }
    }
}

/// Says why a command ended early: to people beside the answer, to programs as the answer.
fn tell(fault: &Fault, console: &mut Console<'_>) {
    if let Fault::Output(error) = fault
        && error.kind() == std::io::ErrorKind::BrokenPipe
    {
        return;
    }
    let text = fault.text(&console.locale.clone());
    if console.json {
        let answer = serde_json::json!({
            "ok": false,
            "error": {"code": fault.code(), "text": text},
            "exit": fault.exit(),
        });
        let _ = console.document(&answer);
    } else {
        let label = console.word("error", "错误");
        console.note(format!("{label}: [{}] {text}", fault.code()));
    }
}
