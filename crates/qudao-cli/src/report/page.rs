//! From numbers to the page.

use std::collections::BTreeMap;

use minijinja::Environment;
use minijinja::value::{Serde, Value as Jinja};
use qudao::Engine;
use qudao::import::ImportReport;
use qudao::metrics::{KpiReport, KpiValue};
use qudao::prelude::{Decimal, Instant, Locale, Severity, StageClass};

use super::charts::{self, Conversion, Count, Share, Step};
use super::gather::Numbers;
use super::model::{Chart, Page, Tile};
use super::{cards, tables};
use crate::commands::kpis::part_text;
use crate::fault::Fault;
use crate::format::{grouped, percent};
use crate::words::Bi;

/// Where a report comes from.
pub(crate) struct Source<'a> {
    pub(crate) engine: &'a Engine,
    pub(crate) import: &'a ImportReport,
    pub(crate) numbers: &'a Numbers,
    pub(crate) now: Instant,
    pub(crate) locale: &'a Locale,
}

/// The page as HTML. Everything that comes from data is escaped.
pub(crate) fn render(source: &Source<'_>) -> Result<String, Fault> {
    let mut env = Environment::new();
    // The name's ending switches escaping on.
    env.add_template("report.html", include_str!("report.html"))
        .map_err(|e| Fault::Internal(e.to_string()))?;
    let template = env.get_template("report.html").map_err(|e| Fault::Internal(e.to_string()))?;
    let page = page(source);
    template.render(Jinja::from(Serde(&page))).map_err(|e| Fault::Internal(format!("{e:#}")))
}

fn page(source: &Source<'_>) -> Page {
    let Source { engine, import, numbers, now, locale } = source;
    let spec = engine.blueprint().spec();
    let company = Bi::of(|l| spec.name.get_or(l, "").to_owned());
    let (groups, groups_more) = tables::groups(numbers);
    let (findings, findings_more) = tables::findings(engine, import);
    Page {
        lang: if locale.is_chinese() { "zh" } else { "en" },
        title: Bi::new("Channel sales report", "渠道销售报告"),
        company,
        as_of: as_of(*now, engine),
        zone: engine.zone().name().to_owned(),
        blueprint: engine.hash().short().to_owned(),
        version: env!("CARGO_PKG_VERSION"),
        css: qudao::report::PAGE_CSS,
        tiles: tiles(import, numbers),
        cards: cards::cards(engine, &numbers.whole),
        stages: stages(engine, &numbers.whole),
        cycle: cycle(numbers),
        months: months(&numbers.monthly),
        quality: quality(engine, import).into_iter().chain(rules(engine, import)).collect(),
        findings,
        findings_more,
        files: tables::files(engine, import),
        group: tables::path_label(engine, &numbers.by),
        groups,
        groups_more,
        metrics: tables::metrics(engine, &numbers.whole),
    }
}

/// The day and time of the report in the Blueprint's zone.
fn as_of(now: Instant, engine: &Engine) -> String {
    now.to_chrono().map_or_else(
        || now.to_string(),
        |t| t.with_timezone(&engine.zone()).format("%Y-%m-%d %H:%M").to_string(),
    )
}

fn tiles(import: &ImportReport, numbers: &Numbers) -> Vec<Tile> {
    let sum = |f: fn(&qudao::import::FileReport) -> usize| import.files.iter().map(f).sum::<usize>();
    let shown = |n: usize| grouped(Decimal::from(n), 0);
    let records: usize = numbers.counts.values().sum();
    let mut tiles = vec![
        Tile { label: Bi::new("rows read", "读取行数"), value: shown(import.rows()), tone: "" },
        Tile { label: Bi::new("stored", "入库"), value: shown(import.stored()), tone: "good" },
    ];
    let already = sum(|f| f.already);
    if already > 0 {
        tiles.push(Tile { label: Bi::new("there already", "已有"), value: shown(already), tone: "" });
    }
    tiles.extend([
        Tile {
            label: Bi::new("stored with warnings", "入库但有警告"),
            value: shown(sum(|f| f.warned)),
            tone: "warn",
        },
        Tile { label: Bi::new("rejected", "拒绝"), value: shown(import.rejects.len()), tone: "bad" },
        Tile {
            label: Bi::new("maybe there twice", "疑似重复"),
            value: shown(sum(|f| f.possible_duplicates)),
            tone: "warn",
        },
        Tile { label: Bi::new("records", "记录总数"), value: shown(records), tone: "" },
    ]);
    tiles
}

/// The rows of one metric by process, in the order of stages.
fn by_process<'r>(report: &'r KpiReport, metric: &'r str) -> BTreeMap<String, Vec<&'r KpiValue>> {
    let mut found: BTreeMap<String, Vec<&KpiValue>> = BTreeMap::new();
    for row in report.of(metric).filter(|r| r.group.is_empty() && r.part.is_some()) {
        let process = row.process.as_ref().map(ToString::to_string).unwrap_or_default();
        found.entry(process).or_default().push(row);
    }
    found
}

/// Rows in the order in which their first stage stands in the process.
fn in_order<'r>(engine: &Engine, mut rows: Vec<&'r KpiValue>) -> Vec<&'r KpiValue> {
    let order = |row: &KpiValue| -> u32 {
        let from = row.part.as_deref().and_then(|p| p.split_once('→')).map(|(from, _)| from);
        let process = row.process.as_ref().and_then(|p| engine.pipeline().process(p.as_str()));
        match (process, from) {
            (Some(process), Some(from)) => {
                process.stage(from).filter(|s| s.class() == StageClass::Open).map_or(u32::MAX, |s| s.order())
            }
            _ => u32::MAX,
        }
    };
    rows.sort_by_key(|r| order(r));
    rows
}

fn process_title(engine: &Engine, process: &str, en: &str, zh: &str) -> Bi {
    let known = engine.pipeline().process(process);
    let name = Bi::of(|l| known.map_or(process, |p| p.label().get_or(l, process)).to_owned());
    Bi::new(format!("{}: {en}", name.en), format!("{}：{zh}", name.zh))
}

fn whole(value: Option<Decimal>) -> u64 {
    value.and_then(|v| u64::try_from(v.trunc()).ok()).unwrap_or(0)
}

/// Process by process, its funnel and its conversions side by side.
fn stages(engine: &Engine, report: &KpiReport) -> Vec<Chart> {
    let mut conversions = conversions(engine, report);
    let mut charts = Vec::new();
    for (process, funnel) in funnels(engine, report) {
        charts.push(funnel);
        charts.extend(conversions.remove(&process));
    }
    charts.extend(conversions.into_values());
    charts
}

fn funnels(engine: &Engine, report: &KpiReport) -> BTreeMap<String, Chart> {
    let mut charts = BTreeMap::new();
    for (process, rows) in by_process(report, "stage_conversion_imputed") {
        let rows = in_order(engine, rows);
        let name = |row: &KpiValue, last: bool| {
            let part = row.part.clone().unwrap_or_default();
            let (from, to) = part.split_once('→').unwrap_or((part.as_str(), ""));
            Bi::of(|l| part_text_of(engine, row, if last { to } else { from }, l))
        };
        let mut steps: Vec<Step> =
            rows.iter().map(|r| Step { label: name(r, false), reached: whole(r.denominator) }).collect();
        if let Some(last) = rows.last() {
            steps.push(Step { label: name(last, true), reached: whole(last.numerator) });
        }
        if steps.iter().all(|s| s.reached == 0) {
            continue;
        }
        let title = process_title(engine, &process, "funnel", "漏斗");
        let chart = Chart {
            svg: charts::funnel(&title, &steps),
            header: vec![Bi::new("stage", "阶段"), Bi::new("deals that reached it", "到达的商机")],
            rows: steps.iter().map(|s| vec![s.label.clone(), Bi::same(s.reached.to_string())]).collect(),
            title,
        };
        charts.insert(process, chart);
    }
    charts
}

/// A stage by the company's name for it; `won` where several stages are of that class.
fn part_text_of(engine: &Engine, row: &KpiValue, stage: &str, locale: &Locale) -> String {
    let named = part_text(engine, row, &format!("{stage}→{stage}"), locale);
    named.split(" → ").next().unwrap_or(stage).to_owned()
}

fn conversions(engine: &Engine, report: &KpiReport) -> BTreeMap<String, Chart> {
    let any = by_process(report, "stage_conversion_any");
    let imputed = by_process(report, "stage_conversion_imputed");
    let mut charts = BTreeMap::new();
    for (process, rows) in by_process(report, "stage_conversion_strict") {
        let other = |list: &BTreeMap<String, Vec<&KpiValue>>, part: &Option<String>| {
            let rows = list.get(&process)?;
            rows.iter().find(|r| r.part == *part).and_then(|r| r.value.defined())
        };
        let rows: Vec<Conversion> = in_order(engine, rows)
            .into_iter()
            .map(|r| Conversion {
                label: Bi::of(|l| part_text(engine, r, r.part.as_deref().unwrap_or_default(), l)),
                strict: r.value.defined(),
                any: other(&any, &r.part),
                imputed: other(&imputed, &r.part),
                n: whole(r.denominator),
                censored: r.censored,
            })
            .collect();
        if rows.iter().all(|r| r.n == 0) {
            continue;
        }
        let title = process_title(engine, &process, "conversion by stage", "阶段转化率");
        let cell = |v: Option<Decimal>| Bi::same(v.map_or_else(|| "–".to_owned(), percent));
        let chart = Chart {
            svg: charts::conversions(&title, &rows),
            header: vec![
                Bi::new("step", "步骤"),
                Bi::new("strict", "严格"),
                Bi::new("any order", "不限顺序"),
                Bi::new("imputed", "推定"),
                Bi::same("n"),
                Bi::new("still open", "未决"),
            ],
            rows: rows
                .iter()
                .map(|r| {
                    vec![
                        r.label.clone(),
                        cell(r.strict),
                        cell(r.any),
                        cell(r.imputed),
                        Bi::same(r.n.to_string()),
                        Bi::same(r.censored.to_string()),
                    ]
                })
                .collect(),
            title,
        };
        charts.insert(process.clone(), chart);
    }
    charts
}

fn cycle(numbers: &Numbers) -> Option<Chart> {
    if numbers.cycle_days.is_empty() {
        return None;
    }
    let marks: Vec<(Bi, Decimal)> = [
        ("median", Bi::new("median", "中位数")),
        ("p75", Bi::new("p75", "75 分位")),
        ("p90", Bi::new("p90", "90 分位")),
        ("mean", Bi::new("mean", "均值")),
    ]
    .into_iter()
    .filter_map(|(part, label)| {
        let row = numbers.whole.whole("sales_cycle", Some(part))?;
        row.value.defined().map(|v| (label, v))
    })
    .collect();
    let title = Bi::new("Sales cycle of won deals", "赢单销售周期");
    Some(Chart {
        svg: charts::histogram(&title, &numbers.cycle_days, marks.get(..3).unwrap_or(&marks)),
        header: vec![Bi::new("figure", "统计量"), Bi::new("calendar days", "日历天数")],
        rows: marks
            .iter()
            .map(|(label, v)| vec![label.clone(), Bi::same(grouped(*v, 2))])
            .chain([vec![Bi::new("deals", "商机数"), Bi::same(numbers.cycle_days.len().to_string())]])
            .collect(),
        title,
    })
}

fn months(report: &KpiReport) -> Option<Chart> {
    let rows: Vec<(String, Decimal)> = report
        .rows
        .iter()
        .filter_map(|r| Some((r.group.first()?.1.to_string(), r.value.defined().unwrap_or(Decimal::ZERO))))
        .collect();
    if rows.len() < 2 {
        return None;
    }
    let currency = report.rows.iter().find_map(|r| r.currency.clone()).unwrap_or_default();
    let title = Bi::new("Won value by month", "每月赢单金额");
    Some(Chart {
        svg: charts::columns(&title, &rows, &currency),
        header: vec![
            Bi::new("month", "月份"),
            Bi::new(format!("won value, {currency}"), format!("赢单金额，{currency}")),
        ],
        rows: rows.iter().map(|(m, v)| vec![Bi::same(m.clone()), Bi::same(grouped(*v, 2))]).collect(),
        title,
    })
}

fn quality(engine: &Engine, import: &ImportReport) -> Option<Chart> {
    let n = |v: usize| u64::try_from(v).unwrap_or(u64::MAX);
    let shares: Vec<Share> = import
        .files
        .iter()
        .filter(|f| f.rows > 0)
        .map(|f| Share {
            label: tables::object_label(engine, f.object.as_str()),
            clean: n(f.stored.saturating_add(f.already).saturating_sub(f.warned)),
            warned: n(f.warned),
            rejected: n(f.rejected),
        })
        .collect();
    if shares.is_empty() {
        return None;
    }
    let title = Bi::new("Data quality by object", "各对象数据质量");
    Some(Chart {
        svg: charts::quality(&title, &shares),
        header: vec![
            Bi::new("object", "对象"),
            Bi::new("clean", "合格"),
            Bi::new("with warnings", "有警告"),
            Bi::new("rejected", "拒绝"),
        ],
        rows: shares
            .iter()
            .map(|s| {
                vec![
                    s.label.clone(),
                    Bi::same(s.clean.to_string()),
                    Bi::same(s.warned.to_string()),
                    Bi::same(s.rejected.to_string()),
                ]
            })
            .collect(),
        title,
    })
}

/// The rules that were most often not met.
fn rules(engine: &Engine, import: &ImportReport) -> Option<Chart> {
    let mut found: BTreeMap<(String, String), (Severity, usize)> = BTreeMap::new();
    for note in &import.notes {
        let file = import.files.iter().find(|f| f.file == note.file);
        let object = file.map(|f| f.object.to_string()).unwrap_or_default();
        let entry = found.entry((object, note.rule.clone())).or_insert((note.severity, 0));
        entry.0 = entry.0.max(note.severity);
        entry.1 = entry.1.saturating_add(note.rows);
    }
    let mut list: Vec<((String, String), (Severity, usize))> = found.into_iter().collect();
    list.sort_by(|a, b| b.1.1.cmp(&a.1.1).then_with(|| a.0.cmp(&b.0)));
    list.truncate(13);
    if list.is_empty() {
        return None;
    }
    let counts: Vec<Count> = list
        .iter()
        .map(|((object, rule), (severity, rows))| {
            let object = tables::object_label(engine, object);
            Count {
                // Findings of reading and of records belong to no rule of the Blueprint: the object tells them apart.
                label: if rule.starts_with("import.") || rule.starts_with("record.") {
                    Bi::new(format!("{} · {rule}", object.en), format!("{} · {rule}", object.zh))
                } else {
                    Bi::same(rule.clone())
                },
                hint: Bi::new(
                    format!("{}, {rule}: {rows} rows", object.en),
                    format!("{}，{rule}：{rows} 行", object.zh),
                ),
                class: match severity {
                    Severity::Error => "bad",
                    Severity::Warning => "warn",
                    Severity::Info => "track",
                },
                rows: u64::try_from(*rows).unwrap_or(u64::MAX),
            }
        })
        .collect();
    let title = Bi::new("Rules most often not met", "最常不符的规则");
    Some(Chart {
        svg: charts::counts(&title, &counts),
        header: vec![Bi::new("rule", "规则"), Bi::new("rows", "行数")],
        rows: counts.iter().map(|c| vec![c.label.clone(), Bi::same(c.rows.to_string())]).collect(),
        title,
    })
}
