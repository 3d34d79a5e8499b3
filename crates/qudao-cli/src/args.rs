//! The command line.

use std::path::PathBuf;

use clap::{Args, CommandFactory, Parser, Subcommand, ValueHint};

const EXIT_CODES: &str = "Exit codes:
  0   done
  1   done, with findings: lint errors, rules not met, rejected rows, differences
  2   wrong command line
  3   a file cannot be read, used or written
  4   the database cannot be used, or was written under another Blueprint
  5   not allowed
  70  a fault in qudao itself";

/// Channel sales management: check, import and measure. 渠道销售管理：检查、导入与度量。
#[derive(Debug, Parser)]
#[command(name = "qudao", version, after_help = EXIT_CODES, disable_help_subcommand = true)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) common: Common,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Options of every command.
#[derive(Debug, Args)]
pub(crate) struct Common {
    /// Answer with one JSON document.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Language of texts: en or zh-CN. Left out: that of the environment.
    #[arg(long, global = true, value_name = "TAG")]
    pub(crate) locale: Option<String>,
    /// The time to act at, such as 2026-01-01T00:00:00Z. Left out: the clock.
    #[arg(long, global = true, value_name = "TIME")]
    pub(crate) now: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Check a Blueprint: everything wrong or remarkable, with line and path.
    Lint(LintArgs),
    /// Check the rows of a table against the rules of a Blueprint.
    Validate(ValidateArgs),
    /// Find duplicates in a table; without a Blueprint the columns are guessed.
    Dedupe(DedupeArgs),
    /// Find the rows of one table in another; without a Blueprint the columns are guessed.
    Link(LinkArgs),
    /// Compute KPIs from a database.
    Kpis(KpisArgs),
    /// Import files through a mapping, or mended rejects.
    Import(ImportArgs),
    /// Make records, visits, claims and index again from the log.
    Rebuild(DatabaseArgs),
    /// Compare what is stored with what the log says, and check the file.
    Verify(DatabaseArgs),
    /// Explain a code, a rule, a metric, or why two rows are taken for the same.
    Explain(ExplainArgs),
    /// Show what another Blueprint would change in a database, or switch it on.
    Migrate(MigrateArgs),
    /// Try another Blueprint's rules on records that exist: who would newly be refused, by which rule.
    Compare(CompareArgs),
    /// Audit the records by the rules of stewardship: without owner, idle, due for review.
    Audit(AuditArgs),
    /// Cleanse records in bulk by a plan: shows the difference first.
    Cleanse(CleanseArgs),
    /// Undo a batch: every field that nobody has changed since.
    Undo(UndoArgs),
    /// Make one record of several: the master's id stays, children move, and the way back stays open.
    Merge(MergeArgs),
    /// Take a merged record out again: both records and their children are as they were.
    Unmerge(UnmergeArgs),
    /// Write the entry standard: the page from which people learn how data is entered.
    Standard(StandardArgs),
    /// Import data and write a report: the example data, or your own.
    Demo(DemoArgs),
}

#[derive(Debug, Args)]
pub(crate) struct LintArgs {
    /// The Blueprint, YAML or JSON.
    #[arg(value_hint = ValueHint::FilePath)]
    pub(crate) file: PathBuf,
    /// Warnings count as findings too.
    #[arg(long)]
    pub(crate) strict: bool,
    /// A table of existing data, OBJECT=FILE: rules that none of its values meets are told. May be given several times.
    #[arg(long, value_name = "OBJECT=FILE")]
    pub(crate) table: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct ValidateArgs {
    /// The Blueprint.
    #[arg(long, value_name = "FILE")]
    pub(crate) blueprint: PathBuf,
    /// The object that the rows are, such as account.
    #[arg(long, value_name = "OBJECT")]
    pub(crate) object: String,
    /// A table that rules navigate to: OBJECT=FILE. May be given several times.
    #[arg(long, value_name = "OBJECT=FILE")]
    pub(crate) related: Vec<String>,
    /// How many findings are printed.
    #[arg(long, default_value_t = 100, value_name = "N")]
    pub(crate) limit: usize,
    /// The table: CSV in any encoding, or XLSX. Columns are named by field or by a field's label.
    pub(crate) file: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct DedupeArgs {
    /// The Blueprint. Left out: columns and rule are guessed and printed.
    #[arg(long, value_name = "FILE", requires = "object")]
    pub(crate) blueprint: Option<PathBuf>,
    /// The object that the rows are.
    #[arg(long, value_name = "OBJECT", requires = "blueprint")]
    pub(crate) object: Option<String>,
    /// From which probability on two rows are taken for the same. Left out: the rule's.
    #[arg(long, value_name = "P")]
    pub(crate) threshold: Option<String>,
    /// The column that holds the ids of the rows. Clusters then get ids that stay from run to run, written to ids.csv. A guess does
    /// not compare the column.
    #[arg(long, value_name = "COLUMN")]
    pub(crate) id: Option<String>,
    /// The ids.csv of the run before: clusters keep their ids, and changes.csv tells which were kept, merged, split, regrouped or are new.
    #[arg(long, value_name = "FILE", requires = "id")]
    pub(crate) previous: Option<PathBuf>,
    /// The folder for pairs.csv and clusters.csv.
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
    /// Write report.html beside them: scores, weights, the largest and the most doubtful clusters, pairs near the threshold.
    #[arg(long)]
    pub(crate) report: bool,
    /// The table.
    pub(crate) file: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct LinkArgs {
    /// The Blueprint. Left out: columns and rule are guessed from the columns that both tables have, and printed.
    #[arg(long, value_name = "FILE", requires = "object")]
    pub(crate) blueprint: Option<PathBuf>,
    /// The object that the rows are.
    #[arg(long, value_name = "OBJECT", requires = "blueprint")]
    pub(crate) object: Option<String>,
    /// From which probability on two rows are taken for the same. Left out: the rule's.
    #[arg(long, value_name = "P")]
    pub(crate) threshold: Option<String>,
    /// Each row of either table is in at most one pair: pairs are taken by falling weight, of equal ones that of the smaller ids, and
    /// one is left out when one of its rows is taken. Related pairs are told as they are.
    #[arg(long)]
    pub(crate) one_to_one: bool,
    /// The column that holds the ids of the rows. Left out: id, where there is one. A guess does not compare the column.
    #[arg(long, value_name = "COLUMN")]
    pub(crate) id: Option<String>,
    /// That of the right table, where it is called otherwise.
    #[arg(long, value_name = "COLUMN")]
    pub(crate) right_id: Option<String>,
    /// The folder for pairs.csv, and for rows.csv with the cells of both rows of each pair.
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
    /// Write report.html beside them: scores, weights, pairs near the threshold.
    #[arg(long)]
    pub(crate) report: bool,
    /// The left table: CSV in any encoding, or XLSX.
    pub(crate) left: PathBuf,
    /// The right table.
    pub(crate) right: PathBuf,
}

/// A database and who looks at it.
#[derive(Debug, Args)]
pub(crate) struct DatabaseArgs {
    /// The database file.
    #[arg(long, value_name = "FILE")]
    pub(crate) db: PathBuf,
    /// The Blueprint.
    #[arg(long, value_name = "FILE")]
    pub(crate) blueprint: PathBuf,
}

/// Who acts.
#[derive(Debug, Args)]
pub(crate) struct ActorArgs {
    /// The id of the actor.
    #[arg(long = "as", value_name = "ACTOR", default_value = "qudao-cli")]
    pub(crate) actor: String,
    /// A role the actor holds; may be given several times. Left out: those of the actor's user record, or else the
    /// roles that may import records with their past.
    #[arg(long, value_name = "ROLE")]
    pub(crate) role: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct KpisArgs {
    #[command(flatten)]
    pub(crate) database: DatabaseArgs,
    #[command(flatten)]
    pub(crate) actor: ActorArgs,
    /// Only these metrics, by id.
    #[arg(long, value_name = "ID", value_delimiter = ',')]
    pub(crate) metric: Vec<String>,
    /// Groups: fields, paths such as owner.region, year, quarter or month.
    #[arg(long, value_name = "KEY", value_delimiter = ',')]
    pub(crate) by: Vec<String>,
    /// The first day of the window.
    #[arg(long, value_name = "DATE")]
    pub(crate) from: Option<String>,
    /// The first day after the window.
    #[arg(long, value_name = "DATE")]
    pub(crate) to: Option<String>,
    /// cohort or event, for the metrics that are defined on both.
    #[arg(long, value_name = "BASIS")]
    pub(crate) basis: Option<String>,
    /// Exchange rates: CSV with the columns from, into, date, rate.
    #[arg(long, value_name = "FILE")]
    pub(crate) rates: Option<PathBuf>,
    /// Name the records behind each number (with --json).
    #[arg(long)]
    pub(crate) ids: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ImportArgs {
    /// The database file; it is made when there is none.
    #[arg(long, value_name = "FILE")]
    pub(crate) db: PathBuf,
    /// The mapping.
    #[arg(long, value_name = "FILE")]
    pub(crate) mapping: PathBuf,
    /// The Blueprint. Left out: the one that the mapping names.
    #[arg(long, value_name = "FILE")]
    pub(crate) blueprint: Option<PathBuf>,
    /// The folder of the files that the mapping names. Left out: the current one.
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// A file of mended rejects to import in place of the mapping's files.
    #[arg(long, value_name = "FILE")]
    pub(crate) rejects: Option<PathBuf>,
    /// Only this file of the mapping.
    #[arg(long, value_name = "NAME")]
    pub(crate) only: Option<String>,
    /// Where rejected rows go. Left out: rejects.csv beside the database.
    #[arg(long, value_name = "FILE")]
    pub(crate) rejects_out: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) actor: ActorArgs,
}

#[derive(Debug, Args)]
pub(crate) struct ExplainArgs {
    /// A code (field.required), a rule id (account.name.required), a metric (win_rate), or exit-codes.
    #[arg(required_unless_present = "pair", conflicts_with = "pair")]
    pub(crate) term: Option<String>,
    /// The Blueprint to look rules up in.
    #[arg(long, value_name = "FILE")]
    pub(crate) blueprint: Option<PathBuf>,
    /// Two rows of a table, as 0-based positions: --pair 3 17 --file accounts.csv.
    #[arg(long, num_args = 2, value_names = ["LEFT", "RIGHT"], requires = "file")]
    pub(crate) pair: Vec<usize>,
    /// The table of the pair.
    #[arg(long, value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,
    /// The object that the rows of the table are; without it columns are guessed.
    #[arg(long, value_name = "OBJECT", requires = "blueprint")]
    pub(crate) object: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct MigrateArgs {
    #[command(flatten)]
    pub(crate) database: DatabaseArgs,
    #[command(flatten)]
    pub(crate) actor: ActorArgs,
    /// Switch the Blueprint on. Without it, only what would change is shown.
    #[arg(long)]
    pub(crate) apply: bool,
}

#[derive(Debug, Args)]
pub(crate) struct CompareArgs {
    /// The Blueprint in force.
    #[arg(long, value_name = "FILE")]
    pub(crate) blueprint: PathBuf,
    /// The Blueprint to try.
    #[arg(long, value_name = "FILE")]
    pub(crate) new: PathBuf,
    /// The database whose records are tried.
    #[arg(long, value_name = "FILE", conflicts_with = "table")]
    pub(crate) db: Option<PathBuf>,
    /// In place of a database, a table: OBJECT=FILE. May be given several times.
    #[arg(long, value_name = "OBJECT=FILE")]
    pub(crate) table: Vec<String>,
    /// Exit with 1 when more records than this would newly be refused: for a CI of Blueprints.
    #[arg(long, value_name = "N")]
    pub(crate) fail_over: Option<usize>,
    /// How many examples are printed.
    #[arg(long, default_value_t = 20, value_name = "N")]
    pub(crate) limit: usize,
    #[command(flatten)]
    pub(crate) actor: ActorArgs,
}

#[derive(Debug, Args)]
pub(crate) struct AuditArgs {
    #[command(flatten)]
    pub(crate) database: DatabaseArgs,
    #[command(flatten)]
    pub(crate) actor: ActorArgs,
    /// Put each finding as a task into the list of the owner. A finding of before makes no second task.
    #[arg(long)]
    pub(crate) tasks: bool,
    /// How many findings are printed.
    #[arg(long, default_value_t = 100, value_name = "N")]
    pub(crate) limit: usize,
}

#[derive(Debug, Args)]
pub(crate) struct CleanseArgs {
    #[command(flatten)]
    pub(crate) database: DatabaseArgs,
    #[command(flatten)]
    pub(crate) actor: ActorArgs,
    /// The plan, YAML or JSON: object, select, steps.
    #[arg(long, value_name = "FILE")]
    pub(crate) plan: PathBuf,
    /// Apply it, as a batch of this name.
    #[arg(long, value_name = "NAME")]
    pub(crate) apply: Option<String>,
    /// How many records are printed.
    #[arg(long, default_value_t = 50, value_name = "N")]
    pub(crate) limit: usize,
}

#[derive(Debug, Args)]
pub(crate) struct UndoArgs {
    #[command(flatten)]
    pub(crate) database: DatabaseArgs,
    #[command(flatten)]
    pub(crate) actor: ActorArgs,
    /// The name of the batch.
    #[arg(long, value_name = "NAME")]
    pub(crate) batch: String,
}

#[derive(Debug, Args)]
pub(crate) struct MergeArgs {
    #[command(flatten)]
    pub(crate) database: DatabaseArgs,
    #[command(flatten)]
    pub(crate) actor: ActorArgs,
    /// Only tell what would be done.
    #[arg(long)]
    pub(crate) check: bool,
    /// The object, such as account.
    #[arg(value_name = "OBJECT")]
    pub(crate) object: String,
    /// The record whose id stays.
    #[arg(value_name = "MASTER")]
    pub(crate) master: String,
    /// The records that are merged into it.
    #[arg(value_name = "OTHER", required = true)]
    pub(crate) others: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct UnmergeArgs {
    #[command(flatten)]
    pub(crate) database: DatabaseArgs,
    #[command(flatten)]
    pub(crate) actor: ActorArgs,
    /// Only tell what would be done.
    #[arg(long)]
    pub(crate) check: bool,
    /// A field whose present value goes with the restored record; may be given several times.
    #[arg(long, value_name = "FIELD")]
    pub(crate) take: Vec<String>,
    /// The object, such as account.
    #[arg(value_name = "OBJECT")]
    pub(crate) object: String,
    /// The merged record, by the id that it had.
    #[arg(value_name = "ID")]
    pub(crate) id: String,
}

#[derive(Debug, Args)]
pub(crate) struct StandardArgs {
    /// The Blueprint.
    #[arg(long, value_name = "FILE")]
    pub(crate) blueprint: PathBuf,
    /// The object, such as account.
    #[arg(long, value_name = "OBJECT")]
    pub(crate) object: String,
    /// The role whose form is described. Left out: everything.
    #[arg(long, value_name = "ROLE")]
    pub(crate) role: Option<String>,
    /// As an HTML page in both languages; Markdown in the language of --locale otherwise.
    #[arg(long)]
    pub(crate) html: bool,
    /// The file to write. Left out: standard output.
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct DemoArgs {
    /// The folder of the data files. Left out: the example data of the project.
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// The mapping. Left out: that of the example data.
    #[arg(long, value_name = "FILE")]
    pub(crate) mapping: Option<PathBuf>,
    /// The Blueprint. Left out: the one that the mapping names.
    #[arg(long, value_name = "FILE")]
    pub(crate) blueprint: Option<PathBuf>,
    /// The folder for channel.db, rejects.csv and report.html.
    #[arg(long, value_name = "DIR", default_value = "demo-out")]
    pub(crate) out: PathBuf,
    /// The group of the report's table: a path such as partner or owner.region. Left out: partner where there are
    /// partners, else owner.region, else owner.
    #[arg(long, value_name = "PATH")]
    pub(crate) by: Option<String>,
    #[command(flatten)]
    pub(crate) actor: ActorArgs,
}

/// The command line as clap describes it: for help pages and completions.
#[must_use]
pub fn command() -> clap::Command {
    Cli::command()
}
