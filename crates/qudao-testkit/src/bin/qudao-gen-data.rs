//! Writes the example data, or with `--check` says which files have drifted.

use std::io::Write;
use std::process::ExitCode;

use qudao_testkit::generate::{SEED, check, folder, write};

fn main() -> ExitCode {
    let mut args = std::env::args().skip(1);
    let mut err = std::io::stderr();
    let outcome = match (args.next().as_deref(), args.next()) {
        (None, _) => write(&folder(), SEED).map(|()| Vec::new()),
        (Some("--check"), None) => check(&folder(), SEED),
        _ => Err("usage: qudao-gen-data [--check]".to_owned()),
    };
    match outcome {
        Ok(drifted) if drifted.is_empty() => ExitCode::SUCCESS,
        Ok(drifted) => {
            let _ = writeln!(err, "not as they would be made now: {}", drifted.join(", "));
            ExitCode::FAILURE
        }
        Err(text) => {
            let _ = writeln!(err, "{text}");
            ExitCode::FAILURE
        }
    }
}
