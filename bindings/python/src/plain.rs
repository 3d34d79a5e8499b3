//! What the engine says, as objects of `qudao._model`.

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyTuple};
use qudao::metrics::{DrillThrough, KpiValue, MetricInfo};
use qudao::model::{
    Change, Decision, DuplicateFinding, FieldDef, FieldEvidence, FieldType, Lint, LocalText, Locale, Outcome,
    Param, Params, Patch, Record, RecordId, RecordKey, TraceEntry, Value, Violation, Visit,
};
use qudao::pipeline::{GateReport, NextStep};
use qudao::store::{LogItem, MigrationPreview, OutboxItem, VerifyReport};
use qudao::{FieldChange, HistoryItem, RecordDiff};

use crate::convert::{time, value};

/// Keyword arguments.
macro_rules! kwargs {
    ($py:expr, { $($key:ident: $value:expr),* $(,)? }) => {{
        let dict = PyDict::new($py);
        $( dict.set_item(intern!($py, stringify!($key)), $value)?; )*
        dict
    }};
}

/// A class of the package.
pub(crate) fn class<'py>(py: Python<'py>, name: &str) -> PyResult<Bound<'py, PyAny>> {
    py.import(intern!(py, "qudao._model"))?.getattr(name)
}

fn build<'py>(py: Python<'py>, name: &str, with: &Bound<'py, PyDict>) -> PyResult<Bound<'py, PyAny>> {
    class(py, name)?.call((), Some(with))
}

/// A tuple of what `each` makes of the items.
pub(crate) fn tuple<'py, T>(
    py: Python<'py>,
    items: impl IntoIterator<Item = T>,
    mut each: impl FnMut(T) -> PyResult<Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyTuple>> {
    let list = PyList::empty(py);
    for item in items {
        list.append(each(item)?)?;
    }
    Ok(list.to_tuple())
}

fn words<'py, T: AsRef<str>>(
    py: Python<'py>,
    items: impl IntoIterator<Item = T>,
) -> PyResult<Bound<'py, PyTuple>> {
    tuple(py, items, |w| Ok(w.as_ref().into_pyobject(py)?.into_any()))
}

/// The name under which an enumeration is written.
pub(crate) fn word(of: &impl names::Word) -> String {
    of.word()
}

mod names {
    //! Enumerations whose name serde knows.

    /// Something with a name.
    pub(crate) trait Word {
        /// The name.
        fn word(&self) -> String;
    }

    macro_rules! words {
        ($($ty:ty),* $(,)?) => {$(
            impl Word for $ty {
                fn word(&self) -> String {
                    serde_json::to_value(self)
                        .ok()
                        .and_then(|json| json.as_str().map(str::to_owned))
                        .unwrap_or_default()
                }
            }
        )*};
    }
    words!(
        qudao::model::Outcome,
        qudao::model::Step,
        qudao::model::RuleOutcome,
        qudao::model::VisitCause,
        qudao::metrics::Unit,
        qudao::metrics::Goal,
        qudao::quality::StewardAction,
        qudao::RuleDirection,
    );
}

/// A text in several languages: a plain text, or a map from locale to text.
fn local<'py>(py: Python<'py>, text: &LocalText) -> PyResult<Bound<'py, PyAny>> {
    Ok(match text {
        LocalText::Empty => py.None().into_bound(py),
        LocalText::Plain(text) => text.into_pyobject(py)?.into_any(),
        LocalText::PerLocale(map) => map.into_pyobject(py)?.into_any(),
    })
}

/// A parameter of a text.
pub(crate) fn param<'py>(py: Python<'py>, param: &Param) -> PyResult<Bound<'py, PyAny>> {
    match param {
        Param::Value(v) => value(py, v),
        Param::Text(text) => local(py, text),
    }
}

fn params<'py>(py: Python<'py>, params: &Params) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    for (name, p) in params {
        dict.set_item(name, param(py, p)?)?;
    }
    Ok(dict)
}

/// A rule not met.
pub(crate) fn violation<'py>(
    py: Python<'py>,
    found: &Violation,
    locale: &Locale,
) -> PyResult<Bound<'py, PyAny>> {
    let with = kwargs!(py, {
        code: &*found.code,
        rule: found.rule.as_str(),
        object: found.object.as_str(),
        record: found.record.as_ref().map(RecordId::as_str),
        fields: words(py, &found.fields)?,
        severity: found.severity.as_str(),
        params: params(py, &found.params)?,
        locale: locale.as_str(),
        source: serde_json::to_string(found).unwrap_or_default(),
    });
    build(py, "Violation", &with)
}

fn violations<'py>(py: Python<'py>, found: &[Violation], locale: &Locale) -> PyResult<Bound<'py, PyTuple>> {
    tuple(py, found, |v| violation(py, v, locale))
}

/// Something remarkable about a Blueprint.
pub(crate) fn lint<'py>(py: Python<'py>, lint: &Lint) -> PyResult<Bound<'py, PyAny>> {
    let (en, zh) = (Locale::en(), Locale::zh());
    let with = kwargs!(py, {
        code: lint.code,
        severity: lint.severity.as_str(),
        path: &lint.path,
        line: lint.position.map(|p| p.line),
        column: lint.position.map(|p| p.column),
        params: params(py, &lint.params)?,
        text_en: lint.text(&en),
        text_zh: lint.text(&zh),
        fix_en: lint.fix(&en),
        fix_zh: lint.fix(&zh),
    });
    build(py, "Lint", &with)
}

/// How one field of a pair compares.
pub(crate) fn evidence<'py>(py: Python<'py>, e: &FieldEvidence) -> PyResult<Bound<'py, PyAny>> {
    let frequency = e.frequency.map(|f| {
        let with = kwargs!(py, { of: f.of.as_str(), at_most: f.at_most, more_than: f.more_than });
        build(py, "Frequency", &with)
    });
    let with = kwargs!(py, {
        field: e.field.as_str(), left: e.left.as_deref(), right: e.right.as_deref(),
        level: &e.level, frequency: frequency.transpose()?, weight: e.weight, total: e.total,
    });
    build(py, "FieldEvidence", &with)
}

/// Why a pair is, or is not, the same.
pub(crate) fn explanation<'py>(
    py: Python<'py>,
    score: &qudao::matching::PairScore,
) -> PyResult<Bound<'py, PyAny>> {
    let with = kwargs!(py, {
        probability: score.probability,
        fields: tuple(py, &score.evidence, |e| evidence(py, e))?,
        veto: score.veto.as_ref().map(qudao::model::FieldName::as_str),
        related: score.related,
    });
    build(py, "Explanation", &with)
}

/// A block that was too large.
pub(crate) fn oversized<'py>(
    py: Python<'py>,
    block: &qudao::matching::OversizedBlock,
) -> PyResult<Bound<'py, PyAny>> {
    let with = kwargs!(py, {
        key: &block.key, cut_by: words(py, &block.cut_by)?, blocks: block.blocks, rows: block.rows, example: block.example,
        not_compared: block.not_compared,
    });
    build(py, "OversizedBlock", &with)
}

fn duplicate<'py>(py: Python<'py>, found: &DuplicateFinding) -> PyResult<Bound<'py, PyAny>> {
    let with = kwargs!(py, {
        rule: found.rule.as_str(),
        matching: found.matching.as_str(),
        action: &found.action,
        object: found.object.as_str(),
        record: found.record.as_ref().map(RecordId::as_str),
        probability: found.probability,
        evidence: tuple(py, &found.evidence, |e| evidence(py, e))?,
        disclosure: found.disclosure.as_deref(),
    });
    build(py, "DuplicateFinding", &with)
}

/// Records that may be the same.
pub(crate) fn duplicates<'py>(py: Python<'py>, found: &[DuplicateFinding]) -> PyResult<Bound<'py, PyTuple>> {
    tuple(py, found, |d| duplicate(py, d))
}

fn key<'py>(py: Python<'py>, key: &RecordKey) -> PyResult<Bound<'py, PyAny>> {
    build(py, "RecordKey", &kwargs!(py, { object: key.object.as_str(), id: key.id.as_str() }))
}

fn trace<'py>(py: Python<'py>, entry: &TraceEntry) -> PyResult<Bound<'py, PyAny>> {
    let inputs = PyDict::new(py);
    for (path, v) in &entry.inputs {
        inputs.set_item(path, value(py, v)?)?;
    }
    let with = kwargs!(py, {
        step: word(&entry.step),
        rule: entry.rule.as_str(),
        record: entry.record.as_ref().map(|k| key(py, k)).transpose()?,
        outcome: word(&entry.outcome),
        inputs: inputs,
        evidence: words(py, &entry.evidence)?,
    });
    build(py, "TraceEntry", &with)
}

/// A patch as a dictionary.
pub(crate) fn patch<'py>(py: Python<'py>, patch: &Patch) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    for (field, v) in &patch.set {
        dict.set_item(field.as_str(), value(py, v)?)?;
    }
    Ok(dict)
}

fn change<'py>(py: Python<'py>, change: &Change) -> PyResult<Option<Bound<'py, PyAny>>> {
    let Change::Put { record, version, patch: set, before } = change else { return Ok(None) };
    let with = kwargs!(py, {
        record: key(py, record)?, version: *version, set: patch(py, set)?, before: patch(py, before)?,
    });
    build(py, "RecordChange", &with).map(Some)
}

/// The answer to a command.
pub(crate) fn decision<'py>(
    py: Python<'py>,
    decision: &Decision,
    locale: &Locale,
) -> PyResult<Bound<'py, PyAny>> {
    let changes = PyList::empty(py);
    for made in &decision.changes {
        if let Some(made) = change(py, made)? {
            changes.append(made)?;
        }
    }
    let visits = decision.changes.iter().filter_map(|c| match c {
        Change::OpenVisit { visit } => Some(visit),
        _ => None,
    });
    let with = kwargs!(py, {
        allowed: decision.outcome == Outcome::Allowed,
        records: tuple(py, &decision.records, |k| key(py, k))?,
        violations: violations(py, &decision.violations, locale)?,
        duplicates: duplicates(py, &decision.duplicates)?,
        trace: tuple(py, &decision.trace, |t| trace(py, t))?,
        changes: changes.to_tuple(),
        visits: tuple(py, visits, |v| visit(py, v))?,
        blueprint: decision.blueprint.as_str(),
        replayed: decision.replayed,
    });
    build(py, "Decision", &with)
}

/// A stay in a stage.
pub(crate) fn visit<'py>(py: Python<'py>, v: &Visit) -> PyResult<Bound<'py, PyAny>> {
    let at = |i: Option<qudao::model::Instant>| i.map(|i| time(py, i)).transpose();
    let with = kwargs!(py, {
        record: key(py, &v.record)?,
        seq: v.seq,
        process: v.process.as_str(),
        process_version: &v.process_version,
        stage: v.stage.as_str(),
        stage_order: v.stage_order,
        stage_class: v.class.as_str(),
        entered: time(py, v.entered)?,
        left: at(v.left)?,
        recorded_at: time(py, v.recorded_at)?,
        left_recorded_at: at(v.left_recorded_at)?,
        actor: v.actor.as_str(),
        cause: word(&v.cause),
        reason: v.reason.as_deref(),
    });
    build(py, "Visit", &with)
}

fn field_change<'py>(py: Python<'py>, c: &FieldChange) -> PyResult<Bound<'py, PyAny>> {
    let with = kwargs!(py, {
        field: c.field.as_str(), before: value(py, &c.before)?, after: value(py, &c.after)?,
    });
    build(py, "FieldChange", &with)
}

/// What a plan would change in one record.
pub(crate) fn record_diff<'py>(
    py: Python<'py>,
    diff: &RecordDiff,
    locale: &Locale,
) -> PyResult<Bound<'py, PyAny>> {
    let with = kwargs!(py, {
        record: key(py, &diff.record)?,
        version: diff.version,
        changes: tuple(py, &diff.changes, |c| field_change(py, c))?,
        refused: violations(py, &diff.refused, locale)?,
    });
    build(py, "RecordDiff", &with)
}

/// One entry of a record's history.
pub(crate) fn history<'py>(py: Python<'py>, item: &HistoryItem) -> PyResult<Bound<'py, PyAny>> {
    let with = kwargs!(py, {
        seq: item.seq,
        command: &item.command,
        actor: item.actor.as_str(),
        occurred_at: time(py, item.occurred_at)?,
        recorded_at: time(py, item.recorded_at)?,
        allowed: item.outcome == Outcome::Allowed,
        failed: words(py, &item.failed)?,
        granted: words(py, &item.granted)?,
        changes: tuple(py, &item.changes, |c| field_change(py, c))?,
        visits: tuple(py, &item.visits, |v| visit(py, v))?,
    });
    build(py, "HistoryItem", &with)
}

/// One entry of the log, without its payload.
pub(crate) fn log_entry<'py>(py: Python<'py>, item: &LogItem) -> PyResult<Bound<'py, PyAny>> {
    let changes = item.payload.iter().flat_map(|p| &p.changes);
    let made = PyList::empty(py);
    for c in changes {
        if let Some(c) = change(py, c)? {
            made.append(c)?;
        }
    }
    let with = kwargs!(py, {
        seq: item.seq,
        command: &item.command,
        actor: item.actor.as_str(),
        roles: words(py, &item.roles)?,
        occurred_at: time(py, item.occurred_at)?,
        recorded_at: time(py, item.recorded_at)?,
        allowed: item.outcome == Outcome::Allowed,
        failed: words(py, &item.failed)?,
        granted: words(py, &item.granted)?,
        records: tuple(py, &item.records, |k| key(py, k))?,
        changes: made.to_tuple(),
        blueprint: item.blueprint.as_str(),
        key: item.key.as_ref().map(qudao::model::IdempotencyKey::as_str),
    });
    build(py, "LogEntry", &with)
}

/// A record.
pub(crate) fn record<'py>(py: Python<'py>, record: &Record) -> PyResult<Bound<'py, PyAny>> {
    let values = PyDict::new(py);
    for (field, v) in record.values() {
        values.set_item(field.as_str(), value(py, v)?)?;
    }
    let unknown = PyDict::new(py);
    for (name, json) in record.unknown() {
        unknown.set_item(name, self::json(py, json)?)?;
    }
    let with = kwargs!(py, {
        object: record.object().as_str(),
        id: record.id().as_str(),
        version: record.version(),
        values: values,
        unknown: unknown,
    });
    build(py, "Record", &with)
}

/// JSON as Python has it; tagged values become what they are.
pub(crate) fn json<'py>(py: Python<'py>, json: &serde_json::Value) -> PyResult<Bound<'py, PyAny>> {
    if let Ok(v) = Value::from_tagged_json(json) {
        return value(py, &v);
    }
    py.import(intern!(py, "json"))?.call_method1(intern!(py, "loads"), (json.to_string(),))
}

/// What a gate says.
pub(crate) fn gate<'py>(
    py: Python<'py>,
    report: &GateReport,
    locale: &Locale,
) -> PyResult<Bound<'py, PyAny>> {
    let with = kwargs!(py, {
        allowed: report.allowed,
        direction: report.direction.as_str(),
        violations: violations(py, &report.violations, locale)?,
        trace: tuple(py, &report.trace, |t| trace(py, t))?,
        patch: patch(py, &report.patch)?,
    });
    build(py, "GateReport", &with)
}

/// A step that a record may take next.
pub(crate) fn next_step<'py>(
    py: Python<'py>,
    step: &NextStep,
    locale: &Locale,
) -> PyResult<Bound<'py, PyAny>> {
    let with = kwargs!(py, {
        stage: step.stage.as_str(),
        label: step.label.get_or(locale, step.stage.as_str()),
        stage_class: step.class.as_str(),
        direction: step.direction.as_str(),
        allowed: step.allowed,
        missing: violations(py, &step.missing, locale)?,
        advised: violations(py, &step.advised, locale)?,
        tip: step.tip.get(locale),
        key_fields: words(py, &step.key_fields)?,
    });
    build(py, "NextStep", &with)
}

/// A type as a text: `money(CNY)`, `reference(account)`, `list(text)`.
pub(crate) fn type_text(ty: &FieldType) -> String {
    match ty {
        FieldType::Money(Some(currency)) => format!("money({currency})"),
        FieldType::Choice => "choice".to_owned(),
        FieldType::Reference(object) => format!("reference({object})"),
        FieldType::List(item) => format!("list({})", type_text(item)),
        other => other.kind().to_string(),
    }
}

/// A field of an object.
pub(crate) fn field<'py>(py: Python<'py>, def: &FieldDef) -> PyResult<Bound<'py, PyAny>> {
    let with = kwargs!(py, {
        name: def.name.as_str(),
        type: type_text(&def.ty),
        label: local(py, &def.label())?,
        choices: words(py, &def.choices)?,
        required: def.spec.required,
        unique: def.spec.unique,
        personal: def.spec.personal,
        system: def.spec.system,
        computed: def.spec.compute.is_some(),
        standard: def.standard,
    });
    build(py, "Field", &with)
}

/// A metric.
pub(crate) fn metric<'py>(py: Python<'py>, info: &MetricInfo) -> PyResult<Bound<'py, PyAny>> {
    let with = kwargs!(py, {
        id: info.id.as_str(),
        label: local(py, &info.label)?,
        description: local(py, &info.description)?,
        unit: word(&info.unit),
        basis: info.basis.as_str(),
        goal: word(&info.goal),
        built_in: info.built_in,
    });
    build(py, "Metric", &with)
}

fn drill<'py>(py: Python<'py>, ids: &DrillThrough) -> PyResult<Bound<'py, PyAny>> {
    let with = kwargs!(py, {
        numerator: words(py, &ids.numerator)?,
        denominator: words(py, &ids.denominator)?,
        censored: words(py, &ids.censored)?,
    });
    build(py, "DrillThrough", &with)
}

/// One number of a report.
pub(crate) fn kpi<'py>(py: Python<'py>, row: &KpiValue) -> PyResult<Bound<'py, PyAny>> {
    let group = PyDict::new(py);
    for (name, v) in &row.group {
        group.set_item(name, value(py, v)?)?;
    }
    let excluded = tuple(py, &row.excluded, |e| {
        let with = kwargs!(py, {
            reason: e.reason.code(), count: e.count, ids: words(py, &e.ids)?,
            text_en: e.reason.text(&Locale::en()), text_zh: e.reason.text(&Locale::zh()),
        });
        build(py, "Excluded", &with)
    })?;
    let window = row.window.as_ref();
    let at = |i: Option<qudao::model::Instant>| i.map(|i| time(py, i)).transpose();
    let reason = row.value.reason();
    let with = kwargs!(py, {
        metric: row.metric.as_str(),
        object: row.object.as_ref().map(qudao::model::ObjectName::as_str),
        process: row.process.as_ref().map(qudao::model::ProcessId::as_str),
        part: row.part.as_deref(),
        group: group,
        value: row.value.defined(),
        reason: reason.map(qudao::metrics::Reason::code),
        reason_en: reason.map(|r| r.text(&Locale::en())),
        reason_zh: reason.map(|r| r.text(&Locale::zh())),
        unit: word(&row.unit),
        currency: row.currency.as_deref(),
        numerator: row.numerator,
        denominator: row.denominator,
        n: row.n,
        excluded: excluded,
        censored: row.censored,
        reopened: row.reopened,
        small_sample: row.small_sample,
        basis: row.basis.as_str(),
        window_from: at(window.and_then(|w| w.from))?,
        window_to: at(window.and_then(|w| w.to))?,
        partial_window: row.partial_window,
        zone: row.zone.name(),
        as_of: time(py, row.as_of)?,
        definition_hash: row.definition_hash.as_str(),
        blueprint_hash: row.blueprint_hash.as_str(),
        ids: drill(py, &row.ids)?,
    });
    build(py, "KpiValue", &with)
}

/// How projections compare with a rebuild.
pub(crate) fn verification<'py>(py: Python<'py>, report: &VerifyReport) -> PyResult<Bound<'py, PyAny>> {
    let tables = tuple(py, &report.tables, |t| {
        let with = kwargs!(py, {
            table: t.table, rows: t.rows, missing: t.missing, unexpected: t.unexpected,
        });
        build(py, "TableCheck", &with)
    })?;
    build(py, "Verification", &kwargs!(py, { entries: report.entries, tables: tables }))
}

/// What another Blueprint would change.
pub(crate) fn migration<'py>(py: Python<'py>, preview: &MigrationPreview) -> PyResult<Bound<'py, PyAny>> {
    let counts = |map: Vec<(String, u64)>| -> PyResult<Bound<'py, PyDict>> {
        let dict = PyDict::new(py);
        for (name, n) in map {
            dict.set_item(name, n)?;
        }
        Ok(dict)
    };
    let conflicts = tuple(py, &preview.conflicts, |c| {
        let with = kwargs!(py, {
            rule: c.rule.as_str(), holder: key(py, &c.holder)?, waiting: tuple(py, &c.waiting, |k| key(py, k))?,
        });
        build(py, "ClaimConflict", &with)
    })?;
    let with = kwargs!(py, {
        stored: preview.stored.as_str(),
        given: preview.given.as_str(),
        records: counts(preview.records.iter().map(|(k, n)| (k.to_string(), *n)).collect())?,
        objects_gone: counts(preview.objects_gone.iter().map(|(k, n)| (k.to_string(), *n)).collect())?,
        fields_unknown: counts(
            preview.fields_unknown.iter().map(|((o, f), n)| (format!("{o}.{f}"), *n)).collect(),
        )?,
        stages_gone: counts(preview.stages_gone.iter().map(|((p, s), n)| (format!("{p}.{s}"), *n)).collect())?,
        conflicts: conflicts,
    });
    build(py, "Migration", &with)
}

/// An event for other systems.
pub(crate) fn event<'py>(py: Python<'py>, item: &OutboxItem) -> PyResult<Bound<'py, PyAny>> {
    let text = serde_json::to_string(&item.event).unwrap_or_default();
    let event = py.import(intern!(py, "json"))?.call_method1(intern!(py, "loads"), (text,))?;
    build(py, "OutboxItem", &kwargs!(py, { position: item.position, seq: item.seq, event: event }))
}
