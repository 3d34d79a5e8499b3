//! `qudao lint`.

use qudao::model::Lint;
use qudao::prelude::{Locale, Severity};
use qudao::{Blueprint, Error};
use serde::Serialize;

use crate::args::LintArgs;
use crate::commands::validate::tables;
use crate::console::Console;
use crate::exit;
use crate::fault::Fault;
use crate::words::advised;

#[derive(Serialize)]
struct Answer {
    ok: bool,
    file: String,
    hash: Option<String>,
    errors: usize,
    warnings: usize,
    lints: Vec<Item>,
}

/// One lint, for programs.
#[derive(Serialize)]
pub(crate) struct Item {
    code: &'static str,
    severity: Severity,
    path: String,
    line: Option<u32>,
    column: Option<u32>,
    text: String,
    fix: Option<String>,
}

impl Item {
    pub(crate) fn of(lint: &Lint, locale: &Locale) -> Self {
        Self {
            code: lint.code,
            severity: lint.severity,
            path: lint.path.clone(),
            line: lint.position.map(|p| p.line),
            column: lint.position.map(|p| p.column),
            text: lint.text(locale),
            fix: lint.fix(locale),
        }
    }
}

/// Checks a Blueprint and says everything about it.
pub(crate) fn run(args: &LintArgs, console: &mut Console<'_>) -> Result<u8, Fault> {
    let file = args.file.display().to_string();
    let (hash, lints) = match Blueprint::from_file(&args.file) {
        Ok(blueprint) => {
            let mut lints = blueprint.lint();
            if !args.table.is_empty()
                && let Ok(engine) = blueprint.clone().compile()
            {
                lints.extend(engine.lint_data(&tables(&engine, &args.table, "--table")?));
            }
            (Some(blueprint.hash().to_string()), lints)
        }
        Err(Error::Blueprint { lints, .. }) => (None, lints),
        Err(error) => return Err(error.into()),
    };
    let count = |s: Severity| lints.iter().filter(|l| l.severity == s).count();
    let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
    let bad = errors > 0 || args.strict && warnings > 0;
    if console.json {
        let locale = console.locale.clone();
        let lints = lints.iter().map(|l| Item::of(l, &locale)).collect();
        console.document(&Answer { ok: !bad, file, hash, errors, warnings, lints })?;
    } else {
        for lint in &lints {
            let line = line(&file, lint, &console.locale);
            console.line(line)?;
        }
        let (e, w) = (errors, warnings);
        let summary = if console.locale.is_chinese() {
            format!("{file}：错误 {e}，警告 {w}")
        } else {
            format!("{file}: errors {e}, warnings {w}")
        };
        console.line(summary)?;
    }
    Ok(if bad { exit::FINDINGS } else { exit::OK })
}

/// `file:line:column: severity: text (fix) [code path]`.
fn line(file: &str, lint: &Lint, locale: &Locale) -> String {
    let place = lint.position.map_or_else(String::new, |p| format!(":{}:{}", p.line, p.column));
    let path = if lint.path.is_empty() { String::new() } else { format!(" {}", lint.path) };
    let severity = severity(lint.severity, locale);
    let text = advised(locale, &lint.text(locale), lint.fix(locale).as_deref());
    format!("{file}{place}: {severity}: {text} [{}{path}]", lint.code)
}

/// The word for a severity.
pub(crate) fn severity(severity: Severity, locale: &Locale) -> &'static str {
    match (severity, locale.is_chinese()) {
        (Severity::Error, false) => "error",
        (Severity::Warning, false) => "warning",
        (Severity::Info, false) => "note",
        (Severity::Error, true) => "错误",
        (Severity::Warning, true) => "警告",
        (Severity::Info, true) => "提示",
    }
}
