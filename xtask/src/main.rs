//! Development tasks: `cargo xtask demo`, `test`, `bindings`, `docs`, `gen-data`, `bench`.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command-line program talks to its terminal")]

mod bench;
mod bindings;
mod demo;
mod layout;
mod live;
mod report;
mod run;
mod setup;
mod stamp;
mod suites;
mod tally;
mod tasks;

use std::process::ExitCode;

use clap::{Parser, Subcommand, ValueEnum};

/// The languages a test run or a binding can be narrowed to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Language {
    Rust,
    Python,
    Kotlin,
    Swift,
}

#[derive(Debug, Parser)]
#[command(name = "cargo xtask", about = "Development tasks of qudao", disable_help_subcommand = true)]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Set up what is missing and run every test
    Test {
        /// Run only this language (may be given more than once)
        #[arg(long, value_enum)]
        only: Vec<Language>,
    },
    /// Build the `qudao` program and run its demo; arguments are passed on
    #[command(disable_help_flag = true)]
    Demo {
        /// `--data DIR --mapping FILE --blueprint FILE --out DIR`
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        args: Vec<String>,
    },
    /// Build one language's binding, ready to use from the checkout
    Bindings {
        /// The language to build for
        #[arg(value_enum)]
        language: Language,
    },
    /// Write the generated pages of `docs/`, or check that they are up to date
    Docs {
        /// Change nothing; fail when a page would change
        #[arg(long)]
        check: bool,
    },
    /// Run one bench beside its peers and print its table
    Bench {
        /// The bench: a file of `benches/benches/` without its ending, such as `rules`
        name: String,
        /// Leave the other libraries out, which take minutes to build
        #[arg(long)]
        alone: bool,
    },
    /// Write the generated example data, or check that it is up to date
    GenData {
        /// Change nothing; fail when a file would change
        #[arg(long)]
        check: bool,
    },
}

fn main() -> ExitCode {
    let result = layout::Layout::find().and_then(|layout| match Cli::parse().task {
        Task::Test { only } => suites::run(&layout, &only),
        Task::Demo { args } => demo::run(&layout, &args),
        Task::Bindings { language } => bindings::build(&layout, language).map(|()| ExitCode::SUCCESS),
        Task::Bench { name, alone } => bench::run(&layout, &name, !alone),
        Task::Docs { check } => tasks::run(&layout, tasks::DOCS, check),
        Task::GenData { check } => tasks::run(&layout, tasks::GEN_DATA, check),
    });
    result.unwrap_or_else(|error| {
        eprintln!("xtask: {error}");
        ExitCode::FAILURE
    })
}
