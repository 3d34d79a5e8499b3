//! Stewardship: who looks after a record, and whether anybody does.
//!
//! A rule here is not asked on save. An audit asks it of every record at a given time, and answers with tasks: whose it
//! is, by when, and what is proposed.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::{Datelike, Days, Months, NaiveDate};
use chrono_tz::Tz;
use qudao_expr::{Env, EvalError, Program, Scope, Truth};
use qudao_model::{
    Dataset, FieldIx, FieldName, FieldType, Instant, Lint, LocalText, ObjectName, Param, Record, RecordId,
    RecordKey, RuleId, Schema, Severity, Span, Violation,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::QualityError;

/// The days in which a task is to be done, where a rule names none.
const DUE_DAYS: u32 = 14;

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// One rule of stewardship. It holds exactly one of `owned`, `idle` and `review`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StewardshipSpec {
    /// The id, unique among the rules of stewardship.
    pub id: RuleId,
    /// The object whose records are audited.
    pub object: ObjectName,
    /// The rule looks only at records for which this condition holds. Unknown counts as not holding.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<String>,
    /// `true`: every record has an owner, and one who is still active.
    #[serde(default, skip_serializing_if = "is_default")]
    pub owned: bool,
    /// Something must have happened to the record not too long ago.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub idle: Option<IdleSpec>,
    /// Somebody must look at the record in every period.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub review: Option<ReviewSpec>,
    /// The days in which the task is to be done. Left out: 14, and for reviews the end of the period.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_days: Option<u32>,
    /// What the audit proposes.
    #[serde(default, skip_serializing_if = "is_default")]
    pub then: StewardAction,
    /// How grave a finding is.
    #[serde(default = "warning", skip_serializing_if = "is_warning")]
    pub severity: Severity,
    /// What a person is told.
    #[serde(default, skip_serializing_if = "LocalText::is_empty")]
    pub message: LocalText,
    /// What a person should do.
    #[serde(default, skip_serializing_if = "LocalText::is_empty")]
    pub fix: LocalText,
}

fn warning() -> Severity {
    Severity::Warning
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_warning(severity: &Severity) -> bool {
    *severity == Severity::Warning
}

/// A time that must not lie too far back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct IdleSpec {
    /// A time or a date of the record. Where it holds none, the time of creation counts.
    pub field: FieldName,
    /// The days after which the record counts as idle.
    pub over_days: u32,
}

/// A look that is due in every period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReviewSpec {
    /// The time or date of the last review.
    pub field: FieldName,
    /// The period.
    pub every: ReviewPeriod,
}

/// A period of the calendar, in the company's zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReviewPeriod {
    /// Monday to Sunday.
    Week,
    /// A calendar month.
    Month,
    /// Three calendar months.
    Quarter,
    /// Six calendar months.
    HalfYear,
    /// A calendar year.
    Year,
}

impl ReviewPeriod {
    /// The first day of the period that holds a day, and the first day of the next one; none at the ends of time.
    #[must_use]
    pub fn around(self, day: NaiveDate) -> Option<(NaiveDate, NaiveDate)> {
        let months = match self {
            Self::Week => {
                let first = day.checked_sub_days(Days::new(day.weekday().num_days_from_monday().into()))?;
                return Some((first, first.checked_add_days(Days::new(7))?));
            }
            Self::Month => 1,
            Self::Quarter => 3,
            Self::HalfYear => 6,
            Self::Year => 12,
        };
        let first = NaiveDate::from_ymd_opt(day.year(), day.month0() / months * months + 1, 1)?;
        Some((first, first.checked_add_months(Months::new(months))?))
    }
}

/// What an audit proposes for a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum StewardAction {
    /// The owner looks at it.
    #[default]
    Review,
    /// It gets an owner.
    Assign,
    /// It is taken back from its owner, into the pool.
    TakeBack,
}

/// One record that nobody looks after as the rules ask.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AuditFinding {
    /// The record.
    pub record: RecordKey,
    /// Its owner.
    pub owner: Option<RecordId>,
    /// The rule not met, with its message.
    pub violation: Violation,
    /// Since when nothing has happened.
    pub since: Option<Instant>,
    /// The day by which it is to be done.
    pub due_on: NaiveDate,
    /// What is proposed.
    pub action: StewardAction,
}

#[derive(Debug, Clone)]
enum Kind {
    Owned,
    Idle { field: FieldIx, label: LocalText, over_days: u32 },
    Review { field: FieldIx, every: ReviewPeriod },
}

#[derive(Debug, Clone)]
struct StewardRule {
    id: RuleId,
    object: ObjectName,
    when: Option<Program>,
    kind: Kind,
    due_days: Option<u32>,
    action: StewardAction,
    severity: Severity,
    message: LocalText,
    fix: LocalText,
}

/// The rules of stewardship, compiled. Immutable; may be shared between threads.
#[derive(Debug, Clone, Default)]
pub struct Stewardship {
    rules: Vec<StewardRule>,
}

impl Stewardship {
    /// Compiles the rules against a schema.
    ///
    /// # Errors
    /// Every lint, at once. Paths begin with `/stewardship`.
    pub fn compile(specs: &[StewardshipSpec], schema: &Arc<Schema>) -> Result<Self, Vec<Lint>> {
        let mut lints = Vec::new();
        let mut rules = Vec::new();
        let mut seen = BTreeSet::new();
        for (i, spec) in specs.iter().enumerate() {
            let path = format!("/stewardship/{i}");
            if !seen.insert(&spec.id) {
                lints.push(
                    Lint::error("blueprint.duplicate_id", format!("{path}/id")).param("id", spec.id.as_str()),
                );
            }
            if schema.object(spec.object.as_str()).is_none() {
                lints.push(
                    Lint::error("blueprint.unknown_object", format!("{path}/object"))
                        .param("name", spec.object.as_str())
                        .suggest(spec.object.as_str(), schema.objects().map(|o| o.name.as_str())),
                );
                continue;
            }
            let env = Env::record(schema, &spec.object);
            let when = match spec.when.as_ref().map(|text| Program::condition(text, &env)).transpose() {
                Ok(when) => when,
                Err(issues) => {
                    let at = format!("{path}/when");
                    lints.extend(issues.into_iter().map(|issue| issue.into_lint(&at)));
                    None
                }
            };
            let Some(kind) = kind(spec, schema, &path, &mut lints) else { continue };
            rules.push(StewardRule {
                id: spec.id.clone(),
                object: spec.object.clone(),
                when,
                kind,
                due_days: spec.due_days,
                action: spec.then,
                severity: spec.severity,
                message: spec.message.clone(),
                fix: spec.fix.clone(),
            });
        }
        if lints.iter().any(|l| l.severity == Severity::Error) { Err(lints) } else { Ok(Self { rules }) }
    }

    /// True when there is no rule.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// Audits every record of a dataset: by due date, record and rule. An owner counts as gone where `data` has users
    /// and the owner's record says `active: false`.
    ///
    /// # Errors
    /// [`QualityError`] when a condition needs a table that is not given.
    pub fn audit(&self, data: &Dataset, now: Instant, zone: Tz) -> Result<Vec<AuditFinding>, QualityError> {
        let mut found = Vec::new();
        let Some(today) = now.date_in(zone) else { return Ok(found) };
        for rule in &self.rules {
            for record in data.records(rule.object.as_str()) {
                if rule.applies(record, data, now, zone)? {
                    found.extend(rule.finding(record, data, now, today, zone));
                }
            }
        }
        found.sort_by(|a, b| {
            (a.due_on, &a.record, &a.violation.rule).cmp(&(b.due_on, &b.record, &b.violation.rule))
        });
        Ok(found)
    }
}

fn kind(spec: &StewardshipSpec, schema: &Schema, path: &str, lints: &mut Vec<Lint>) -> Option<Kind> {
    let given =
        usize::from(spec.owned) + usize::from(spec.idle.is_some()) + usize::from(spec.review.is_some());
    if given != 1 {
        lints.push(Lint::error("stewardship.one_kind", path));
        return None;
    }
    let object = schema.object(spec.object.as_str())?;
    let mut time = |field: &FieldName, at: String| -> Option<(FieldIx, LocalText)> {
        let Some(ix) = object.field_ix(field.as_str()) else {
            lints.push(
                Lint::error("blueprint.unknown_field", at)
                    .param("object", spec.object.as_str())
                    .param("name", field.as_str())
                    .suggest(field.as_str(), object.fields.iter().map(|f| f.name.as_str())),
            );
            return None;
        };
        let def = object.field_at(ix)?;
        if !matches!(def.ty, FieldType::Instant | FieldType::Date) {
            lints.push(Lint::error("stewardship.no_time", at).param("field", field.as_str()));
            return None;
        }
        Some((ix, def.label()))
    };
    if let Some(idle) = &spec.idle {
        let (field, label) = time(&idle.field, format!("{path}/idle/field"))?;
        return Some(Kind::Idle { field, label, over_days: idle.over_days });
    }
    if let Some(review) = &spec.review {
        let (field, _) = time(&review.field, format!("{path}/review/field"))?;
        return Some(Kind::Review { field, every: review.every });
    }
    Some(Kind::Owned)
}

impl StewardRule {
    fn applies(&self, record: &Record, data: &Dataset, now: Instant, zone: Tz) -> Result<bool, QualityError> {
        let Some(when) = &self.when else { return Ok(true) };
        let scope = Scope { record, before: None, data, now: Some(now), zone, vars: &[] };
        match when.test(&scope) {
            Ok(truth) => Ok(truth == Truth::True),
            Err(EvalError::MissingTable { object, .. }) => {
                Err(QualityError::MissingTable { rule: self.id.clone(), object })
            }
            // What cannot be computed does not hold.
            Err(_) => Ok(false),
        }
    }

    fn finding(
        &self,
        record: &Record,
        data: &Dataset,
        now: Instant,
        today: NaiveDate,
        zone: Tz,
    ) -> Option<AuditFinding> {
        let owner = record.owner().cloned();
        let mut since = None;
        let mut period_end = None;
        let violation = match &self.kind {
            Kind::Owned => match &owner {
                None => self.violation("stewardship.no_owner", record),
                Some(owner) => {
                    let user = data.get("user", owner.as_str())?;
                    if user.get("active").as_bool() != Some(false) {
                        return None;
                    }
                    self.violation("stewardship.owner_left", record)
                }
            },
            Kind::Idle { field, label, over_days } => {
                let last = time_of(record, *field, zone).or_else(|| record.get("created_at").as_instant())?;
                if last.plus(Span::from_days(i64::from(*over_days))) > now {
                    return None;
                }
                since = Some(last);
                let days = now.since(last).micros() / Span::from_days(1).micros();
                self.violation("stewardship.idle", record)
                    .param("field", Param::Text(label.clone()))
                    .param("days", days)
                    .param("limit", i64::from(*over_days))
            }
            Kind::Review { field, every } => {
                let (first, next) = every.around(today)?;
                let last = time_of(record, *field, zone);
                if last.is_some_and(|l| l.date_in(zone).is_some_and(|day| day >= first)) {
                    return None;
                }
                since = last;
                period_end = next.pred_opt();
                self.violation("stewardship.review_due", record).param("from", first.to_string())
            }
        };
        let due_on = match (self.due_days, period_end) {
            (None, Some(end)) => Some(end),
            (days, _) => today.checked_add_days(Days::new(days.unwrap_or(DUE_DAYS).into())),
        };
        Some(AuditFinding {
            record: record.key(),
            owner,
            violation,
            since,
            due_on: due_on.unwrap_or(today),
            action: self.action,
        })
    }

    fn violation(&self, code: &'static str, record: &Record) -> Violation {
        let mut violation = Violation::new(code, self.id.clone(), record.object().clone())
            .record(record.id().clone())
            .severity(self.severity);
        violation.text = self.message.clone();
        violation.fix = self.fix.clone();
        violation
    }
}

/// A date counts from the beginning of its day in the zone.
fn time_of(record: &Record, field: FieldIx, zone: Tz) -> Option<Instant> {
    let value = record.at(field);
    value.as_instant().or_else(|| Instant::start_of_day(value.as_date()?, zone))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

    use qudao_model::{Document, Locale, Value};

    use super::*;

    fn day(text: &str) -> NaiveDate {
        NaiveDate::parse_from_str(text, "%Y-%m-%d").unwrap()
    }

    type Told = Vec<(&'static str, String)>;

    fn compile(yaml: &str) -> Result<(Stewardship, Arc<Schema>), Told> {
        let json = Document::parse("t", yaml).unwrap().into_json();
        let specs: Vec<StewardshipSpec> = serde_json::from_value(json).unwrap();
        let schema = Arc::new(Schema::standard("CNY"));
        Stewardship::compile(&specs, &schema)
            .map(|s| (s, schema))
            .map_err(|lints| lints.into_iter().map(|l| (l.code, l.path)).collect())
    }

    fn table(schema: &Schema, object: &str, rows: &[(&str, &[(&str, Value)])]) -> Vec<Record> {
        let object = schema.object(object).unwrap();
        rows.iter()
            .map(|(id, fields)| {
                let mut record = Record::new(object.clone(), RecordId::new(*id).unwrap());
                for (field, value) in *fields {
                    record.set(field, value.clone()).unwrap();
                }
                record
            })
            .collect()
    }

    fn found(yaml: &str, now: &str) -> Vec<(String, String, String)> {
        let (rules, schema) = compile(yaml).unwrap();
        let time = |t: &str| Value::Instant(Instant::parse(t).unwrap());
        let mut data = Dataset::new();
        let users = table(&schema, "user", &[("u1", &[]), ("u2", &[("active", false.into())])]);
        data.add(&"user".parse().unwrap(), users).unwrap();
        let accounts = table(
            &schema,
            "account",
            &[
                ("a1", &[("owner", "u1".into()), ("updated_at", time("2026-01-10T00:00:00Z"))]),
                ("a2", &[("owner", "u2".into()), ("updated_at", time("2026-03-31T16:00:00Z"))]),
                ("a3", &[("created_at", time("2025-01-01T00:00:00Z")), ("type", "project".into())]),
                ("a4", &[]),
            ],
        );
        data.add(&"account".parse().unwrap(), accounts).unwrap();
        rules
            .audit(&data, Instant::parse(now).unwrap(), chrono_tz::Asia::Shanghai)
            .unwrap()
            .into_iter()
            .map(|f| (f.record.id.to_string(), f.violation.code.to_string(), f.due_on.to_string()))
            .collect()
    }

    fn told(of: &[(&str, &str, &str)]) -> Vec<(String, String, String)> {
        of.iter().map(|(a, b, c)| ((*a).into(), (*b).into(), (*c).into())).collect()
    }

    #[test]
    fn periods_of_the_calendar() {
        let around = |p: ReviewPeriod, d: &str| p.around(day(d)).map(|(a, b)| (a.to_string(), b.to_string()));
        let is = |a: &str, b: &str| Some((a.to_owned(), b.to_owned()));
        assert_eq!(around(ReviewPeriod::Week, "2026-11-27"), is("2026-11-23", "2026-11-30"));
        assert_eq!(around(ReviewPeriod::Week, "2026-11-23"), is("2026-11-23", "2026-11-30"));
        assert_eq!(around(ReviewPeriod::Month, "2026-02-28"), is("2026-02-01", "2026-03-01"));
        assert_eq!(around(ReviewPeriod::Quarter, "2026-12-31"), is("2026-10-01", "2027-01-01"));
        assert_eq!(around(ReviewPeriod::HalfYear, "2026-07-01"), is("2026-07-01", "2027-01-01"));
        assert_eq!(around(ReviewPeriod::Year, "2024-02-29"), is("2024-01-01", "2025-01-01"));
        assert_eq!(ReviewPeriod::Year.around(NaiveDate::MAX), None);
    }

    #[test]
    fn an_owner_is_missing_or_gone() {
        let all =
            found("- {id: owned, object: account, owned: true, then: assign}\n", "2026-04-01T00:00:00Z");
        assert_eq!(
            all,
            told(&[
                ("a2", "stewardship.owner_left", "2026-04-15"),
                ("a3", "stewardship.no_owner", "2026-04-15"),
                ("a4", "stewardship.no_owner", "2026-04-15"),
            ])
        );
    }

    #[test]
    fn idle_counts_from_the_field_else_from_the_creation() {
        let yaml = "- {id: idle, object: account, idle: {field: updated_at, over_days: 81}, due_days: 3, then: take_back}\n";
        // a1: 10 January and 81 days is 1 April, 00:00 UTC. a4 has no time at all: nothing can be told.
        assert_eq!(found(yaml, "2026-03-31T23:59:59Z"), told(&[("a3", "stewardship.idle", "2026-04-04")]));
        assert_eq!(
            found(yaml, "2026-04-01T00:00:00Z"),
            told(&[("a1", "stewardship.idle", "2026-04-04"), ("a3", "stewardship.idle", "2026-04-04")])
        );
    }

    #[test]
    fn a_review_is_due_once_a_period_in_the_zone() {
        let yaml =
            "- {id: q, object: account, review: {field: updated_at, every: quarter}, when: has(owner)}\n";
        // The second quarter begins in Shanghai at 16:00 UTC of 31 March, when a2 was looked at.
        assert_eq!(
            found(yaml, "2026-04-01T00:00:00Z"),
            told(&[("a1", "stewardship.review_due", "2026-06-30")])
        );
        assert_eq!(found(yaml, "2026-03-31T15:59:59Z"), []);
    }

    #[test]
    fn messages_speak_both_languages() {
        let (rules, schema) =
            compile("- {id: idle, object: account, idle: {field: updated_at, over_days: 1}}\n").unwrap();
        let mut data = Dataset::new();
        let at = Value::Instant(Instant::parse("2026-01-01T00:00:00Z").unwrap());
        data.add(&"account".parse().unwrap(), table(&schema, "account", &[("a", &[("updated_at", at)])]))
            .unwrap();
        let now = Instant::parse("2026-01-04T12:00:00Z").unwrap();
        let finding = rules.audit(&data, now, chrono_tz::UTC).unwrap().remove(0);
        assert_eq!(finding.violation.text(&Locale::en()), "nothing for 3 days (Updated); 1 are allowed");
        assert!(finding.violation.text(&Locale::zh()).contains("3 天"));
    }

    #[test]
    fn wrong_rules_are_told_at_once() {
        let yaml = "- {id: a, object: acount, owned: true}\n- {id: b, object: account}\n\
                    - {id: b, object: account, idle: {field: name, over_days: 1}}\n\
                    - {id: d, object: account, review: {field: reviewd, every: month}, when: nam == 'x'}\n";
        assert_eq!(
            compile(yaml).unwrap_err(),
            [
                ("blueprint.unknown_object", "/stewardship/0/object".to_owned()),
                ("stewardship.one_kind", "/stewardship/1".to_owned()),
                ("blueprint.duplicate_id", "/stewardship/2/id".to_owned()),
                ("stewardship.no_time", "/stewardship/2/idle/field".to_owned()),
                ("expr.unknown_field", "/stewardship/3/when".to_owned()),
                ("blueprint.unknown_field", "/stewardship/3/review/field".to_owned()),
            ]
        );
    }
}
