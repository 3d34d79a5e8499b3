//! Where a command writes: text or JSON, in one locale, with progress on a terminal.

use std::io::Write;

use indicatif::{ProgressBar, ProgressStyle};
use qudao::prelude::{Instant, Locale};
use serde::Serialize;

use crate::fault::Fault;
use crate::words::word;

/// Where a command writes.
pub(crate) struct Console<'a> {
    pub(crate) out: &'a mut dyn Write,
    pub(crate) err: &'a mut dyn Write,
    pub(crate) locale: Locale,
    pub(crate) json: bool,
    pub(crate) progress: bool,
    pub(crate) now: Instant,
}

impl Console<'_> {
    /// A line of the answer.
    pub(crate) fn line(&mut self, text: impl AsRef<str>) -> Result<(), Fault> {
        writeln!(self.out, "{}", text.as_ref()).map_err(Fault::Output)
    }

    /// A line beside the answer. A stream that is gone does not matter here.
    pub(crate) fn note(&mut self, text: impl AsRef<str>) {
        let _ = writeln!(self.err, "{}", text.as_ref());
    }

    /// The answer as one JSON document.
    pub(crate) fn document(&mut self, value: &impl Serialize) -> Result<(), Fault> {
        let text = serde_json::to_string_pretty(value).map_err(|e| Fault::Internal(e.to_string()))?;
        self.line(text)
    }

    /// The word for the locale.
    pub(crate) fn word<'w>(&self, en: &'w str, zh: &'w str) -> &'w str {
        word(&self.locale, en, zh)
    }

    /// A bar for long work; invisible where nobody looks.
    pub(crate) fn bar(&self) -> Bar {
        Bar { bar: (self.progress && !self.json).then(new_bar), label: String::new() }
    }

    /// A turning sign for work of unknown length; invisible where nobody looks.
    pub(crate) fn spinner(&self, text: &str) -> Bar {
        let bar = self.bar();
        if let Some(b) = &bar.bar {
            b.set_style(ProgressStyle::default_spinner());
            b.set_message(text.to_owned());
            b.enable_steady_tick(std::time::Duration::from_millis(120));
        }
        bar
    }
}

fn new_bar() -> ProgressBar {
    let bar = ProgressBar::new(0);
    if let Ok(style) =
        ProgressStyle::with_template("{msg:32!} {wide_bar} {human_pos:>7}/{human_len:<7} {eta:>4}")
    {
        bar.set_style(style);
    }
    bar
}

/// How far long work is.
pub(crate) struct Bar {
    bar: Option<ProgressBar>,
    label: String,
}

impl Bar {
    /// Says how far a part of the work is.
    pub(crate) fn at(&mut self, label: &str, done: usize, total: usize) {
        let Some(bar) = &self.bar else { return };
        if self.label != label {
            label.clone_into(&mut self.label);
            bar.reset();
            bar.set_message(label.to_owned());
        }
        bar.set_length(u64::try_from(total).unwrap_or(u64::MAX));
        bar.set_position(u64::try_from(done).unwrap_or(u64::MAX));
    }

    /// Takes the bar away.
    pub(crate) fn end(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
