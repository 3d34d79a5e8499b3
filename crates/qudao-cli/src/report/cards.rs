//! KPI cards: one number, how many cases it stands on, and what was left out.

use qudao::Engine;
use qudao::metrics::{Basis, KpiReport, KpiValue, Number};

use super::model::Card;
use crate::commands::kpis::{notes, scope};
use crate::format::value;
use crate::words::Bi;

/// The metrics of the head of the page, the first ones first, and the part that is shown large.
const FIRST: [(&str, Option<&str>); 12] = [
    ("win_rate", None),
    ("won_value", None),
    ("sales_cycle", Some("median")),
    ("weighted_pipeline", None),
    ("win_rate_value", None),
    ("velocity", None),
    ("close_cycle", Some("mean")),
    ("pipeline_value", None),
    ("stage_age", Some("median")),
    ("lead_conversion", None),
    ("completeness", None),
    ("duplicate_rate", None),
];

/// The cards: those above, and the metrics of the company's own that are one number.
pub(crate) fn cards(engine: &Engine, report: &KpiReport) -> Vec<Card> {
    let mut cards = Vec::new();
    for (metric, part) in FIRST {
        let rows: Vec<&KpiValue> = report.of(metric).filter(|r| r.group.is_empty()).collect();
        // Completeness and duplicates are told for customers: the other objects stand in the table below.
        let rows: Vec<&KpiValue> = if matches!(metric, "completeness" | "duplicate_rate") {
            let account =
                rows.iter().copied().filter(|r| r.object.as_ref().is_some_and(|o| *o == *"account"));
            account.collect()
        } else {
            rows
        };
        cards.extend(card(engine, &rows, part));
    }
    for info in engine.metrics().list() {
        let shown = FIRST.iter().any(|(id, _)| info.id == *id);
        let rows: Vec<&KpiValue> = report.of(info.id.as_str()).filter(|r| r.group.is_empty()).collect();
        if !shown && !info.built_in && rows.len() == 1 {
            cards.extend(card(engine, &rows, None));
        }
    }
    cards
}

fn card(engine: &Engine, rows: &[&KpiValue], part: Option<&str>) -> Option<Card> {
    let main = rows.iter().find(|r| r.part.as_deref() == part).or_else(|| rows.first())?;
    let info = engine.metrics().list().into_iter().find(|m| m.id == main.metric)?;
    let defined = matches!(main.value, Number::Defined(_));
    let mut lines = Vec::new();
    let scope_text = Bi::of(|l| scope(engine, main, l));
    let cases = match (&main.numerator, &main.denominator) {
        (Some(a), Some(b)) if main.unit == qudao::metrics::Unit::Ratio => {
            Bi::same(format!("{} / {}", crate::format::grouped(*a, 2), crate::format::grouped(*b, 2)))
        }
        _ => Bi::same(format!("n = {}", main.n)),
    };
    lines.push(if scope_text.en.is_empty() {
        cases
    } else {
        Bi::new(format!("{} · {}", scope_text.en, cases.en), format!("{} · {}", scope_text.zh, cases.zh))
    });
    let others: Vec<Bi> = rows
        .iter()
        .filter(|r| r.part.is_some() && r.part != main.part)
        .map(|r| Bi::of(|l| format!("{} {}", scope(engine, r, l), value(r, l))))
        .collect();
    if !others.is_empty() {
        let join = |pick: &dyn Fn(&Bi) -> &str| others.iter().map(pick).collect::<Vec<_>>().join(" · ");
        lines.push(Bi::new(join(&|b| &b.en), join(&|b| &b.zh)));
    }
    let notes = Bi::of(|l| notes(main, l));
    if !notes.en.is_empty() {
        lines.push(notes);
    }
    let shown = match &main.value {
        Number::Defined(_) => Bi::of(|l| value(main, l)),
        Number::Undefined(reason) => {
            lines.insert(0, Bi::of(|l| reason.text(l)));
            Bi::new("undefined", "未定义")
        }
    };
    Some(Card {
        id: main.metric.to_string(),
        label: Bi::of(|l| info.label.get_or(l, main.metric.as_str()).to_owned()),
        value: shown,
        defined,
        lines,
        definition: Bi::of(|l| info.description.get_or(l, "").to_owned()),
        hash: main.definition_hash.short().to_owned(),
        basis: match main.basis {
            Basis::Cohort => Bi::new("cohort", "队列口径"),
            Basis::Event => Bi::new("event", "事件口径"),
            Basis::AsOf => Bi::new("as of", "时点口径"),
        },
    })
}
