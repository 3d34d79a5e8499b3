//! JSON of the case files as typed values, and typed values as JSON of an observation.

use std::str::FromStr;

use qudao::metrics::RateTable;
use qudao::model::{
    Acknowledgement, Actor, ActorId, Command, CommandKind, Dataset, Decimal, FieldName, Grant, HistoryVisit,
    IdempotencyKey, Instant, Locale, ObjectName, Operation, Patch, ProcessId, Query, Record, RecordId,
    RecordKey, RoleName, RuleId, SortOrder, StageId, Value, Violation,
};
use qudao::{Engine, Rows};
use serde_json::{Map, Value as Json, json};

/// Any failure of reading becomes the reason why a case cannot run.
pub(super) fn wrong(what: &str) -> impl Fn(&Json) -> String + '_ {
    move |json| format!("{json} is no {what}")
}

pub(super) fn text<'a>(json: &'a Json, key: &str) -> Result<&'a str, String> {
    json.get(key).and_then(Json::as_str).ok_or_else(|| format!("no text {key} in {json}"))
}

pub(super) fn list<'a>(json: &'a Json, key: &str) -> &'a [Json] {
    json.get(key).and_then(Json::as_array).map_or(&[], Vec::as_slice)
}

/// An identifier of any kind.
pub(super) fn id<T: FromStr>(text: &str) -> Result<T, String> {
    text.parse().map_err(|_| format!("{text} is no id"))
}

pub(super) fn instant(text: &str) -> Result<Instant, String> {
    Instant::parse(text).ok_or_else(|| format!("{text} is no instant"))
}

pub(super) fn decimal(text: &str) -> Result<Decimal, String> {
    text.parse().map_err(|_| format!("{text} is no decimal"))
}

/// The instant under a key, else the one given.
pub(super) fn now_or(json: &Json, key: &str, now: Option<Instant>) -> Result<Instant, String> {
    match json.get(key).and_then(Json::as_str) {
        Some(text) => instant(text),
        None => now.ok_or_else(|| format!("no {key} in {json}")),
    }
}

/// A value by the table of `conformance/README.md`.
pub(super) fn value(json: &Json) -> Result<Value, String> {
    Ok(match json {
        Json::Null => Value::Missing,
        Json::Bool(b) => Value::Bool(*b),
        Json::Number(n) => Value::Int(n.as_i64().ok_or_else(|| wrong("whole number")(json))?),
        Json::String(t) => Value::text(t),
        Json::Array(items) => Value::list(items.iter().map(value).collect::<Result<Vec<_>, _>>()?),
        Json::Object(map) => {
            let tagged = |tag: &str| map.get(tag).and_then(Json::as_str);
            if let Some(amount) = tagged("amount") {
                Value::money(decimal(amount)?, tagged("currency").unwrap_or_default())
            } else if let Some(number) = tagged("decimal") {
                Value::Decimal(decimal(number)?)
            } else if let Some(date) = tagged("date") {
                Value::Date(date.parse().map_err(|_| wrong("date")(json))?)
            } else {
                return Err(wrong("value")(json));
            }
        }
    })
}

/// A value as an observation shows it: plain JSON, numbers without trailing zeros.
pub(super) fn shown(value: &Value) -> Json {
    match value {
        Value::Decimal(d) => json!(d.normalize().to_string()),
        Value::Money(m) => json!({"amount": m.amount.normalize().to_string(), "currency": &*m.currency}),
        Value::List(items) => Json::Array(items.iter().map(shown).collect()),
        other => other.to_plain_json(),
    }
}

/// Every field of a record, null where it holds nothing, with id and version.
pub(super) fn shown_record(record: &Record) -> Json {
    let mut map = Map::new();
    for field in &record.schema().fields {
        map.insert(field.name.to_string(), shown(record.get(field.name.as_str())));
    }
    map.insert("id".into(), json!(record.id().as_str()));
    map.insert("version".into(), json!(record.version()));
    Json::Object(map)
}

pub(super) fn shown_violation(violation: &Violation) -> Json {
    let mut fields: Vec<&str> = violation.fields.iter().map(FieldName::as_str).collect();
    fields.sort_unstable();
    json!({
        "rule": violation.rule.as_str(),
        "code": violation.code,
        "severity": violation.severity.as_str(),
        "fields": fields,
        "en": violation.text(&Locale::en()),
        "zh": violation.text(&Locale::zh()),
    })
}

/// Violations in the order of the case files: by row, rule, code, fields.
pub(super) fn sorted(mut violations: Vec<Json>) -> Json {
    violations.sort_by_cached_key(|v| {
        let part = |key: &str| v.get(key).map(Json::to_string).unwrap_or_default();
        (v.get("row").and_then(Json::as_u64), part("rule"), part("code"), part("fields"))
    });
    Json::Array(violations)
}

pub(super) fn patch(json: Option<&Json>) -> Result<Patch, String> {
    let map = json.and_then(Json::as_object);
    map.into_iter().flatten().map(|(field, v)| Ok((id::<FieldName>(field)?, value(v)?))).collect()
}

/// Rows of plain values, as a host would hand them over.
pub(super) fn rows(
    engine: &Engine,
    object: &str,
    rows: &[Json],
) -> Result<Result<Rows, qudao::Error>, String> {
    let mut cells = Vec::with_capacity(rows.len());
    for row in rows {
        let map = row.as_object().ok_or_else(|| wrong("row")(row))?;
        cells.push(map.iter().map(|(k, v)| Ok((k.clone(), value(v)?))).collect::<Result<Vec<_>, String>>()?);
    }
    Ok(engine.rows(&id(object)?, cells))
}

/// Several tables: object name to rows.
pub(super) fn dataset(engine: &Engine, tables: Option<&Json>) -> Result<Dataset, String> {
    let mut data = Dataset::new();
    for (object, table) in tables.and_then(Json::as_object).into_iter().flatten() {
        let table = table.as_array().map_or(&[][..], Vec::as_slice);
        let read = rows(engine, object, table)?.map_err(|e| e.to_string())?;
        if let Some(problem) = read.problems.first() {
            return Err(format!("{object}: {} in row {}", problem.violation.code, problem.row));
        }
        data.add(&id(object)?, read.records).map_err(|e| e.to_string())?;
    }
    Ok(data)
}

/// Who acts: `alice` without roles where the case names nobody.
pub(super) fn actor(json: Option<&Json>) -> Result<Actor, String> {
    let Some(json) = json else { return Ok(Actor::new(id::<ActorId>("alice")?)) };
    let mut actor = Actor::new(id(text(json, "id")?)?);
    for role in list(json, "roles") {
        actor = actor.with_role(id::<RoleName>(role.as_str().unwrap_or_default())?);
    }
    if let Some(partner) = json.get("partner").and_then(Json::as_str) {
        actor = actor.with_partner(id(partner)?);
    }
    Ok(actor)
}

fn key(json: &Json) -> Result<RecordKey, String> {
    Ok(RecordKey { object: id::<ObjectName>(text(json, "object")?)?, id: id::<RecordId>(text(json, "id")?)? })
}

/// A list of record ids.
fn ids(json: &Json, name: &str) -> Result<Vec<RecordId>, String> {
    list(json, name).iter().filter_map(Json::as_str).map(id::<RecordId>).collect()
}

/// A command.
pub(super) fn command(json: &Json, now: Instant) -> Result<Command, String> {
    let set = patch(json.get("set"))?;
    let key = key(json)?;
    let optional = |name: &str| json.get(name).and_then(Json::as_str);
    let mut command = match text(json, "do")? {
        "create" => {
            let stage = optional("stage").map(id::<StageId>).transpose()?;
            Command::new(CommandKind::Create { object: key.object, id: Some(key.id), patch: set, stage })
        }
        "update" => Command::update(key, set),
        "advance" => Command::advance(key, id(text(json, "to")?)?).with_patch(set),
        "convert" => Command::new(CommandKind::Convert {
            lead: key.id,
            expected_version: None,
            account: optional("account").map(id::<RecordId>).transpose()?,
            contact: optional("contact").map(id::<RecordId>).transpose()?,
            opportunity: json.get("opportunity").map(|o| patch(Some(o))).transpose()?,
        }),
        "import_history" => Command::new(CommandKind::ImportHistory {
            object: key.object,
            id: Some(key.id),
            patch: set,
            process: optional("process").map(id::<ProcessId>).transpose()?,
            visits: list(json, "visits").iter().map(history_visit).collect::<Result<Vec<_>, _>>()?,
        }),
        "merge" => Command::merge(key.object, key.id, ids(json, "others")?),
        "unmerge" => {
            let fields = list(json, "take").iter().filter_map(Json::as_str).map(id::<FieldName>);
            let children = list(json, "children").iter().map(self::key).collect::<Result<Vec<_>, _>>()?;
            Command::unmerge(key).taking(fields.collect::<Result<Vec<_>, _>>()?).with_children(children)
        }
        "grant" => Command::new(CommandKind::GiveGrant {
            grant: Grant {
                id: text(json, "grant")?.to_owned(),
                record: key,
                rule: id::<RuleId>(text(json, "rule")?)?,
                granted_by: id::<ActorId>("alice")?,
                granted_to: optional("granted_to").map(id::<ActorId>).transpose()?,
                reason: text(json, "reason")?.to_owned(),
                expires_at: optional("expires_at").map(instant).transpose()?,
                granted_at: now,
            },
        }),
        other => return Err(format!("there is no command {other}")),
    };
    if let Some(version) = json.get("expected_version").and_then(Json::as_u64) {
        command = command.expecting(version);
    }
    if let Some(at) = optional("occurred_at") {
        command = command.occurred_at(instant(at)?);
    }
    if let Some(key) = optional("key") {
        command = command.with_key(id::<IdempotencyKey>(key)?);
    }
    if optional("operation") == Some("import") {
        command = command.as_operation(Operation::Import);
    }
    for seen in list(json, "acknowledge") {
        let records = list(seen, "records").iter().filter_map(Json::as_str).map(id::<RecordId>);
        let records = records.collect::<Result<Vec<_>, _>>()?;
        command.acknowledge.push(Acknowledgement { rule: id(text(seen, "rule")?)?, records });
    }
    Ok(command)
}

pub(super) fn history_visit(json: &Json) -> Result<HistoryVisit, String> {
    Ok(HistoryVisit {
        stage: id(text(json, "stage")?)?,
        entered: instant(text(json, "entered")?)?,
        left: None,
        reason: json.get("reason").and_then(Json::as_str).map(str::to_owned),
    })
}

pub(super) fn query(json: &Json) -> Result<Query, String> {
    let mut query = Query::of(id(text(json, "object")?)?);
    if let Some(filter) = json.get("filter").and_then(Json::as_str) {
        query = query.filter(filter);
    }
    for key in list(json, "sort") {
        let order = match text(key, "order")? {
            "ascending" => SortOrder::Ascending,
            "descending" => SortOrder::Descending,
            other => return Err(format!("there is no order {other}")),
        };
        query = query.sort(id(text(key, "field")?)?, order);
    }
    let number = |key: &str| json.get(key).and_then(Json::as_u64).and_then(|n| usize::try_from(n).ok());
    query.limit = number("limit").unwrap_or(query.limit);
    query.offset = number("offset").unwrap_or(0);
    Ok(query)
}

pub(super) fn rates(json: &Json) -> Result<RateTable, String> {
    let mut table = RateTable::new();
    for rate in list(json, "rates") {
        let date = text(rate, "date")?.parse().map_err(|_| wrong("rate")(rate))?;
        let amount = decimal(text(rate, "rate")?)?;
        table.add(text(rate, "from")?, text(rate, "into")?, date, amount).map_err(|e| e.to_string())?;
    }
    Ok(table)
}
