//! The `qudao` program.

use std::io::IsTerminal;
use std::process::ExitCode;

fn main() -> ExitCode {
    let (mut out, mut err) = (std::io::stdout().lock(), std::io::stderr());
    let progress = err.is_terminal();
    let streams = qudao_cli::Streams { out: &mut out, err: &mut err, progress };
    ExitCode::from(qudao_cli::run_with(std::env::args_os(), streams))
}
