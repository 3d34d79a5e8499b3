//! `qudao demo`: import, summary, report.

use std::path::{Path, PathBuf};

use qudao::import::{ImportOptions, ImportReport, Mapping, write_rejects};
use qudao::prelude::{Engine, Instant, Session, Workspace, WorkspaceOptions};

use super::import;
use crate::access;
use crate::args::DemoArgs;
use crate::console::Console;
use crate::exit;
use crate::fault::Fault;
use crate::format::{Grid, clip};
use crate::report::{self, Numbers, Source};

/// The moment at which the example data ends: its report is the same on every day.
const EXAMPLE_NOW: &str = "2025-12-31T16:00:00Z";

/// Imports data and writes a report.
pub(crate) fn run(args: &DemoArgs, now_given: bool, console: &mut Console<'_>) -> Result<u8, Fault> {
    let (mapping, data) = sources(args)?;
    let example = args.data.is_none() && args.mapping.is_none();
    if example
        && !now_given
        && let Some(now) = Instant::parse(EXAMPLE_NOW)
    {
        console.now = now;
    }
    let mapping = Mapping::from_file(mapping)?;
    let engine = import::engine(&mapping, args.blueprint.as_deref())?;
    std::fs::create_dir_all(&args.out).map_err(|e| Fault::io(&args.out, &e))?;
    let db = args.out.join("channel.db");
    let kept = set_aside(&db)?;
    let options = WorkspaceOptions { fast_commits: true, ..WorkspaceOptions::default() };
    let workspace = Workspace::open_with(&db, engine.clone(), options)?;
    let session = access::session(&workspace, &args.actor, console)?;
    let imported = import::import(&session, &mapping, &data, &ImportOptions::default(), console)?;
    let rejects = args.out.join("rejects.csv");
    write_rejects(&rejects, &imported.rejects, &console.locale)?;
    let page = args.out.join("report.html");
    let numbers = write_report(&session, &imported, args, &page, console)?;
    let files = [("channel.db", &db), ("rejects.csv", &rejects), ("report.html", &page)];
    if console.json {
        answer(&imported, &numbers, &engine, &files, console)?;
    } else {
        summary(&imported, &numbers, &engine, console)?;
        if example && !now_given {
            console.line(console.word(
                "as of the day on which the example data ends; --now takes another",
                "截至示例数据结束之日；可用 --now 指定其他时间",
            ))?;
        }
        if let Some(kept) = kept {
            let label = console.word("the database of an earlier run is kept as", "先前的数据库保留为");
            console.line(format!("{label} {}", kept.display()))?;
        }
        for (_, path) in files {
            console.line(path.display().to_string())?;
        }
    }
    Ok(exit::OK)
}

fn write_report(
    session: &Session,
    imported: &ImportReport,
    args: &DemoArgs,
    page: &Path,
    console: &Console<'_>,
) -> Result<Numbers, Fault> {
    let spinner = console.spinner(console.word("computing KPIs", "正在计算指标"));
    let numbers = report::gather(session, args.by.as_deref(), console.now);
    spinner.end();
    let numbers = numbers?;
    let html = report::render(&Source {
        engine: session.workspace().engine(),
        import: imported,
        numbers: &numbers,
        now: console.now,
        locale: &console.locale,
    })?;
    std::fs::write(page, html).map_err(|e| Fault::io(page, &e))?;
    Ok(numbers)
}

/// The mapping file and the data folder: those given, or those of the project's example.
fn sources(args: &DemoArgs) -> Result<(PathBuf, PathBuf), Fault> {
    match (&args.mapping, &args.data) {
        (Some(mapping), Some(data)) => Ok((mapping.clone(), data.clone())),
        (None, None) => {
            let folder = examples().ok_or_else(|| {
                Fault::Usage(
                    "the example data is not here: run in a checkout, or give --data and --mapping"
                        .to_owned(),
                )
            })?;
            Ok((folder.join("mappings/demo.yaml"), folder.join("data")))
        }
        (Some(_), None) => Err(Fault::Usage("--mapping needs --data, the folder of its files".to_owned())),
        (None, Some(_)) => {
            Err(Fault::Usage("--data needs --mapping, which says what its files hold".to_owned()))
        }
    }
}

/// The folder of examples: of the checkout named by the environment, or of one that the current folder is in.
fn examples() -> Option<PathBuf> {
    let named = std::env::var_os("QUDAO_ROOT").map(PathBuf::from);
    let here = std::env::current_dir().ok();
    let above = here.iter().flat_map(|h| h.ancestors()).map(Path::to_path_buf);
    named
        .into_iter()
        .chain(above)
        .map(|root| root.join("examples"))
        .find(|folder| folder.join("mappings/demo.yaml").is_file())
}

/// Moves the database of an earlier run out of the way, with what belongs to it. Nothing is deleted but the run before
/// the last one.
fn set_aside(db: &Path) -> Result<Option<PathBuf>, Fault> {
    if !db.exists() {
        return Ok(None);
    }
    let kept = db.with_file_name("channel.previous.db");
    for suffix in ["", "-wal", "-shm"] {
        let with = |path: &Path| {
            let mut name = path.as_os_str().to_owned();
            name.push(suffix);
            PathBuf::from(name)
        };
        let (from, to) = (with(db), with(&kept));
        if from.exists() {
            std::fs::rename(&from, &to).map_err(|e| Fault::io(&from, &e))?;
        } else if to.exists() {
            std::fs::remove_file(&to).map_err(|e| Fault::io(&to, &e))?;
        }
    }
    Ok(Some(kept))
}

/// The numbers that the terminal shows.
const SHOWN: [(&str, Option<&str>); 11] = [
    ("closed_won", None),
    ("closed_lost", None),
    ("win_rate", None),
    ("win_rate_value", None),
    ("won_value", None),
    ("sales_cycle", Some("median")),
    ("sales_cycle", Some("p75")),
    ("sales_cycle", Some("p90")),
    ("sales_cycle", Some("mean")),
    ("close_cycle", Some("mean")),
    ("weighted_pipeline", None),
];

fn summary(
    imported: &ImportReport,
    numbers: &Numbers,
    engine: &Engine,
    console: &mut Console<'_>,
) -> Result<(), Fault> {
    import::tell(imported, console, 12)?;
    console.line("")?;
    let rows =
        SHOWN.iter().filter_map(|(metric, part)| numbers.whole.whole(metric, *part)).cloned().collect();
    let report = qudao::metrics::KpiReport { rows };
    for line in super::kpis::lines(engine, &report, &console.locale) {
        console.line(line)?;
    }
    console.line("")?;
    let rows: Vec<_> = numbers.grouped.rows.iter().filter(|r| r.metric == *"win_rate").collect();
    let label = report::path_label(engine, &numbers.by);
    let (en, zh) = (format!("win rate by {}", label.en.to_lowercase()), format!("赢单率，按{}", label.zh));
    console.line(console.word(&en, &zh))?;
    let mut grid = Grid::new(&["", ">", ">n"]);
    let mut rows: Vec<_> = rows;
    rows.sort_by_key(|r| std::cmp::Reverse(r.n));
    for row in rows.iter().take(8) {
        let name = super::kpis::scope(engine, row, &console.locale);
        let name = numbers.names.get(&name).cloned().unwrap_or(name);
        grid.row(vec![clip(&name, 40), crate::format::value(row, &console.locale), row.n.to_string()]);
    }
    for line in grid.lines().into_iter().skip(1) {
        console.line(format!("  {line}"))?;
    }
    console.line("")
}

fn answer(
    imported: &ImportReport,
    numbers: &Numbers,
    engine: &Engine,
    files: &[(&str, &PathBuf)],
    console: &mut Console<'_>,
) -> Result<(), Fault> {
    let mut whole = numbers.whole.clone();
    let mut grouped = numbers.grouped.clone();
    for row in whole.rows.iter_mut().chain(&mut grouped.rows) {
        super::kpis::forget_ids(row);
    }
    let paths: serde_json::Map<String, serde_json::Value> =
        files.iter().map(|(name, path)| ((*name).to_owned(), path.display().to_string().into())).collect();
    let import = import::json(imported, &console.locale);
    console.document(&serde_json::json!({
        "ok": true,
        "blueprint": engine.hash().to_string(),
        "import": import,
        "counts": numbers.counts,
        "by": numbers.by,
        "kpis": whole.rows,
        "kpis_grouped": grouped.rows,
        "files": paths,
    }))
}
