//! Tables of the page: groups, files, findings, every number.

use std::collections::BTreeMap;

use qudao::Engine;
use qudao::import::ImportReport;
use qudao::metrics::{KpiReport, KpiValue};
use qudao::prelude::{Decimal, Severity};

use super::gather::Numbers;
use super::model::{FileLine, Finding, GroupLine, MetricLine};
use crate::commands::kpis::{notes, scope};
use crate::format::{grouped, value};
use crate::words::Bi;

/// How many groups and findings the page lists.
const MOST: usize = 25;

/// The company's word for an object.
pub(crate) fn object_label(engine: &Engine, object: &str) -> Bi {
    let known = engine.schema().object(object).map(|o| o.label.clone());
    Bi::of(|l| known.as_ref().map_or(object, |k| k.get_or(l, object)).to_owned())
}

/// The company's word for the last field of a path.
pub(crate) fn path_label(engine: &Engine, path: &str) -> Bi {
    let mut object = engine.schema().object("opportunity").cloned();
    let mut label = Bi::same(path);
    for part in path.split('.') {
        let Some(field) = object.as_ref().and_then(|o| o.field(part)).cloned() else { return label };
        label = Bi::of(|l| field.label().get_or(l, part).to_owned());
        object = match &field.ty {
            qudao::model::FieldType::Reference(target) => engine.schema().object(target.as_str()).cloned(),
            _ => None,
        };
    }
    label
}

type ByMetric<'a> = BTreeMap<(&'a str, Option<&'a str>), &'a KpiValue>;

/// The groups with the largest won value, and how many more there are.
pub(crate) fn groups(numbers: &Numbers) -> (Vec<GroupLine>, usize) {
    let mut found: BTreeMap<String, ByMetric<'_>> = BTreeMap::new();
    for row in &numbers.grouped.rows {
        let Some((_, key)) = row.group.first() else { continue };
        let key = if key.is_blank() { String::new() } else { key.to_string() };
        found.entry(key).or_default().insert((row.metric.as_str(), row.part.as_deref()), row);
    }
    let won = |rows: &ByMetric<'_>| {
        rows.get(&("won_value", None)).and_then(|r| r.value.defined()).unwrap_or(Decimal::ZERO)
    };
    let mut list: Vec<(String, ByMetric<'_>)> = found.into_iter().collect();
    list.sort_by(|a, b| won(&b.1).cmp(&won(&a.1)).then_with(|| a.0.cmp(&b.0)));
    let more = list.len().saturating_sub(MOST);
    let lines = list
        .into_iter()
        .take(MOST)
        .map(|(key, rows)| {
            let shown = |metric, part| match rows.get(&(metric, part)) {
                Some(row) if row.value.defined().is_some() => Bi::of(|l| value(row, l)),
                _ => Bi::same("–"),
            };
            let rate = rows.get(&("win_rate", None));
            let counted = |metric| {
                let n = rows.get(&(metric, None)).and_then(|r| r.value.defined());
                n.map_or_else(|| "0".to_owned(), |n| grouped(n, 0))
            };
            GroupLine {
                name: if key.is_empty() {
                    Bi::new("(none)", "（无）")
                } else {
                    Bi::same(numbers.names.get(&key).cloned().unwrap_or(key))
                },
                won: counted("closed_won"),
                lost: counted("closed_lost"),
                rate: shown("win_rate", None),
                bar: rate
                    .and_then(|r| r.value.defined())
                    .and_then(|v| v.checked_mul(Decimal::ONE_HUNDRED))
                    .map(|v| v.round_dp(1).to_string()),
                small: rate.is_some_and(|r| r.small_sample),
                value: shown("won_value", None),
                cycle: shown("sales_cycle", Some("median")),
                pipeline: shown("weighted_pipeline", None),
            }
        })
        .collect();
    (lines, more)
}

/// The files of the import.
pub(crate) fn files(engine: &Engine, report: &ImportReport) -> Vec<FileLine> {
    report
        .files
        .iter()
        .map(|f| FileLine {
            file: f.file.clone(),
            object: object_label(engine, f.object.as_str()),
            encoding: f.encoding.clone(),
            rows: f.rows,
            stored: f.stored,
            already: f.already,
            warned: f.warned,
            rejected: f.rejected,
            duplicates: f.possible_duplicates,
        })
        .collect()
}

/// The findings that weigh most, and how many more kinds there are.
pub(crate) fn findings(engine: &Engine, report: &ImportReport) -> (Vec<Finding>, usize) {
    let lines = report
        .notes
        .iter()
        .take(MOST)
        .map(|n| {
            let object = report.files.iter().find(|f| f.file == n.file).map(|f| f.object.to_string());
            Finding {
                severity: n.severity.as_str(),
                severity_text: match n.severity {
                    Severity::Error => Bi::new("rejected", "拒绝"),
                    Severity::Warning => Bi::new("warning", "警告"),
                    Severity::Info => Bi::new("note", "提示"),
                },
                object: object.map_or_else(Bi::default, |o| object_label(engine, &o)),
                rule: n.rule.clone(),
                text: Bi::new(n.text_en.clone(), n.text_zh.clone()),
                fix: match (&n.fix_en, &n.fix_zh) {
                    (Some(en), Some(zh)) => Some(Bi::new(en.clone(), zh.clone())),
                    (Some(one), None) | (None, Some(one)) => Some(Bi::same(one.clone())),
                    (None, None) => None,
                },
                rows: n.rows,
                first: format!("{}:{}", n.file, n.first_row),
            }
        })
        .collect();
    (lines, report.notes.len().saturating_sub(MOST))
}

/// Every number, with its definition.
pub(crate) fn metrics(engine: &Engine, report: &KpiReport) -> Vec<MetricLine> {
    let infos = engine.metrics().list();
    report
        .rows
        .iter()
        .map(|row| {
            let info = infos.iter().find(|m| m.id == row.metric);
            MetricLine {
                label: Bi::of(|l| {
                    info.map_or(row.metric.as_str(), |m| m.label.get_or(l, row.metric.as_str())).to_owned()
                }),
                scope: Bi::of(|l| scope(engine, row, l)),
                value: Bi::of(|l| value(row, l)),
                n: row.n,
                notes: Bi::of(|l| notes(row, l)),
                hash: row.definition_hash.short().to_owned(),
            }
        })
        .collect()
}
