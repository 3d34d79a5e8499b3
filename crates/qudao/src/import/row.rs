//! One row of a file, made into a command.

use std::collections::{BTreeMap, BTreeSet};

use qudao_model::{
    Command, CommandKind, FieldType, HistoryVisit, Instant, ObjectSchema, Operation, Param, Patch, RecordId,
    StageId, Value, Violation,
};
use qudao_text::{DateOptions, NumberOptions};

use super::mapping::{FileSpec, IdSpec, StageColumn};
use super::read::MAX_CELL;
use crate::draft::rule_id;
use crate::entry::{EntryRules, read_text};

/// A row, read as far as it can be.
pub(crate) struct RowCommand {
    pub(crate) id: Option<RecordId>,
    pub(crate) patch: Patch,
    pub(crate) visits: Vec<HistoryVisit>,
    pub(crate) problems: Vec<Violation>,
}

/// The stays of one record, as a file of visits tells them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Stays {
    pub(crate) visits: Vec<HistoryVisit>,
    /// The rows of the file that tell of them.
    pub(crate) rows: Vec<u64>,
    /// Rows of the file that could not be read.
    pub(crate) problems: Vec<Violation>,
}

/// What is the same for every row of a file.
pub(crate) struct RowReader<'a> {
    pub(crate) spec: &'a FileSpec,
    pub(crate) schema: &'a ObjectSchema,
    pub(crate) rules: EntryRules,
    /// The stages that close a deal: a row tells of one only when the deal is in it now.
    pub(crate) closed: BTreeSet<StageId>,
    /// The stays of each record, where a file of visits is given.
    pub(crate) visits: BTreeMap<String, Stays>,
    pub(crate) stem: String,
    pub(crate) now: Instant,
}

impl<'a> RowReader<'a> {
    pub(crate) fn rules(spec: &FileSpec, zone: chrono_tz::Tz) -> EntryRules {
        EntryRules {
            dates: DateOptions { order: spec.date_order, formats: spec.dates.clone(), excel_serial: false },
            numbers: NumberOptions { decimal_comma: spec.decimal_comma },
            zone: Some(zone),
            list_separator: None,
        }
    }

    pub(crate) fn read(&self, row: u64, cells: &[(String, String)]) -> RowCommand {
        let mut out = RowCommand { id: None, patch: Patch::new(), visits: Vec::new(), problems: Vec::new() };
        let cell = |column: &str| cells.iter().find(|(c, _)| c == column).map(|(_, t)| t.as_str());
        self.id(row, &cell, &mut out);
        for (field, json) in &self.spec.constants {
            let Some(def) = self.schema.field(field.as_str()) else { continue };
            match def.ty.parse_json(json) {
                Ok(value) => {
                    out.patch.set.insert(field.clone(), value);
                }
                Err(issue) => {
                    out.problems.push(self.problem(issue.code()).param("field", Param::Text(def.label())))
                }
            }
        }
        for (column, text) in cells {
            if text.chars().nth(MAX_CELL).is_some() {
                let max = i64::try_from(MAX_CELL).unwrap_or(i64::MAX);
                out.problems
                    .push(self.problem("value.too_long").param("field", column.as_str()).param("max", max));
                continue;
            }
            match self.spec.columns.get(column) {
                Some(target) => {
                    for field in target.fields() {
                        self.fill(field.as_str(), text, &mut out);
                    }
                }
                None if self.names(column) || text.trim().is_empty() => {}
                None => {
                    out.patch.unknown.insert(column.clone(), serde_json::Value::from(text.as_str()));
                }
            }
        }
        self.history(&cell, &mut out);
        out
    }

    /// True when the mapping uses the column for something else than a field.
    pub(crate) fn names(&self, column: &str) -> bool {
        let id = match &self.spec.id {
            Some(IdSpec::Column(c)) => c == column,
            Some(IdSpec::Columns(cs)) => cs.iter().any(|c| c == column),
            None => false,
        };
        let history = self.spec.history.as_ref().is_some_and(|h| {
            h.stage.as_ref().is_some_and(|s| s.column == column)
                || h.entered.values().any(|c| c == column)
                || h.reason.as_deref() == Some(column)
        });
        id || history || self.spec.skip.iter().any(|c| c == column)
    }

    fn problem(&self, code: &'static str) -> Violation {
        Violation::new(code, rule_id("import.row"), self.spec.object.clone())
    }

    fn id<'c>(&self, row: u64, cell: &dyn Fn(&str) -> Option<&'c str>, out: &mut RowCommand) {
        match self.id_of(row, cell) {
            Some(id) => out.id = Some(id),
            None => out.problems.push(self.problem("import.no_id")),
        }
    }

    /// The id of a row's record, where the row has one.
    pub(crate) fn id_of<'c>(&self, row: u64, cell: &dyn Fn(&str) -> Option<&'c str>) -> Option<RecordId> {
        let text = match &self.spec.id {
            None => format!("{}-{row}", self.stem),
            Some(IdSpec::Column(column)) => cell(column).unwrap_or_default().trim().to_owned(),
            Some(IdSpec::Columns(columns)) => {
                let parts: Vec<&str> = columns.iter().map(|c| cell(c).unwrap_or_default().trim()).collect();
                if parts.iter().all(|p| p.is_empty()) { String::new() } else { parts.join("-") }
            }
        };
        RecordId::new(&text).ok()
    }

    fn fill(&self, field: &str, text: &str, out: &mut RowCommand) {
        let Some(def) = self.schema.field(field) else { return };
        let alias = self.spec.aliases.get(field).and_then(|a| a.get(text.trim()));
        let text = alias.map_or(text, String::as_str);
        match read_text(&def.ty, text, &self.rules) {
            Ok(Value::Missing) => {}
            Ok(value) => {
                out.patch.set.insert(def.name.clone(), value);
            }
            Err(issue) => {
                let mut v = self.problem(issue.code()).field(def.name.clone());
                v = v.param("field", Param::Text(def.label()));
                v.params.extend(issue.params());
                out.problems.push(v);
            }
        }
    }

    fn stage_of<'c>(
        &self,
        column: &StageColumn,
        cell: &dyn Fn(&str) -> Option<&'c str>,
    ) -> Result<Option<StageId>, Box<Violation>> {
        let text = cell(&column.column).unwrap_or_default().trim();
        if text.is_empty() {
            return Ok(None);
        }
        match column.values.get(text) {
            Some(stage) => Ok(Some(stage.clone())),
            None => StageId::new(text)
                .map(Some)
                .map_err(|_| Box::new(self.problem("stage.unknown").param("stage", text))),
        }
    }

    fn time(&self, text: &str, out: &mut RowCommand) -> Option<Instant> {
        match read_text(&FieldType::Instant, text, &self.rules) {
            Ok(value) => value.as_instant(),
            Err(issue) => {
                let mut v = self.problem(issue.code()).param("field", "entered");
                v.params.extend(issue.params());
                out.problems.push(v);
                None
            }
        }
    }

    /// The stays: those of the file of visits, or those that the row itself tells.
    fn history<'c>(&self, cell: &dyn Fn(&str) -> Option<&'c str>, out: &mut RowCommand) {
        let Some(history) = &self.spec.history else { return };
        if let Some(id) = &out.id
            && let Some(stays) = self.visits.get(id.as_str())
        {
            out.visits.clone_from(&stays.visits);
            out.problems.extend(stays.problems.iter().cloned());
            return;
        }
        let Some(column) = &history.stage else { return };
        let stage = match self.stage_of(column, cell) {
            Ok(Some(stage)) => stage,
            Ok(None) => return,
            Err(problem) => {
                out.problems.push(*problem);
                return;
            }
        };
        let own = history.entered.get(&stage).or_else(|| history.entered.get("_"));
        let entered = own.and_then(|c| cell(c)).and_then(|t| self.time(t, out));
        let mut path: Vec<(Instant, StageId)> = Vec::new();
        for (other, column) in &history.entered {
            if *other == stage || other == "_" || own == Some(column) || self.closed.contains(other) {
                continue;
            }
            if let Some(at) = cell(column).and_then(|t| self.time(t, out))
                && entered.is_none_or(|e| at <= e)
            {
                path.push((at, other.clone()));
            }
        }
        path.sort();
        // Without a date the stay begins now: it is not known to have begun before.
        path.push((entered.unwrap_or(self.now), stage));
        let reason = history.reason.as_deref().and_then(cell).map(str::trim).filter(|r| !r.is_empty());
        let ends: Vec<Option<Instant>> =
            path.iter().skip(1).map(|(at, _)| Some(*at)).chain(std::iter::once(None)).collect();
        let last = path.len().saturating_sub(1);
        out.visits = path
            .into_iter()
            .zip(ends)
            .enumerate()
            .map(|(i, ((entered, stage), left))| HistoryVisit {
                stage,
                entered,
                left,
                reason: reason.filter(|_| i == last).map(str::to_owned),
            })
            .collect();
    }

    /// The command that stores the row as a new record.
    pub(crate) fn create(&self, row: RowCommand) -> Command {
        let object = self.spec.object.clone();
        let kind = match &self.spec.history {
            Some(history) => CommandKind::ImportHistory {
                object,
                id: row.id,
                patch: row.patch,
                process: history.process.clone(),
                visits: row.visits,
            },
            None => CommandKind::Create { object, id: row.id, patch: row.patch, stage: None },
        };
        Command::new(kind).as_operation(Operation::Import)
    }
}
