//! The import itself: files in order, rows in chunks, each row a decision of its own.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use qudao_model::{
    Command, FieldName, FieldType, HistoryVisit, Instant, Locale, ObjectName, Operation, RecordId, Severity,
    StageId, Violation,
};
use qudao_store::{MAX_CHUNK, WriteTx};

use super::mapping::{FileSpec, Mapping, VisitFile};
use super::read::{Sheet, read_sheet};
use super::rejects::{OWN, Reject, original};
use super::report::{FileReport, ImportReport, NoteCount};
use super::row::{RowReader, Stays};
use crate::draft::rule_id;
use crate::entry::{EntryRules, read_text};
use crate::error::Error;
use crate::resolve;
use crate::session::Session;

/// How an import runs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ImportOptions {
    /// A file of mended rejects, in place of the mapping's own files.
    pub rejects: Option<PathBuf>,
    /// Only this file of the mapping.
    pub only: Option<String>,
    /// Rows of one transaction, from 1 to 500; 500 where none is given. Fewer let other writers in between more often.
    pub chunk: Option<usize>,
}

/// How far an import is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress<'a> {
    /// The file.
    pub file: &'a str,
    /// Rows done.
    pub done: usize,
    /// Rows in all.
    pub total: usize,
}

impl Session {
    /// Imports files through a mapping. Every row goes through the save path; a row that is refused becomes a reject
    /// with every reason, and nothing of it is stored. Rows are committed in chunks of at most 500, so that a run that
    /// was interrupted goes on where it ended. A row whose record exists updates it. A row of a record that was merged into another
    /// updates that one, and what the merge has weighed already it does not write again.
    ///
    /// # Errors
    /// [`Error::Blueprint`] when the mapping names what the Blueprint does not know; [`Error::Io`] and
    /// [`Error::Import`] for a file that cannot be read; [`Error::Store`] when the database fails: what was committed
    /// before stays.
    pub fn import(
        &self,
        mapping: &Mapping,
        folder: &Path,
        options: &ImportOptions,
        now: Instant,
        progress: &mut dyn FnMut(&Progress<'_>),
    ) -> Result<ImportReport, Error> {
        let engine = self.workspace().engine();
        let lints = mapping.lint(engine);
        if !lints.is_empty() {
            return Err(Error::Blueprint { name: "mapping".into(), lints });
        }
        let zone = match &mapping.spec().timezone {
            None => engine.zone(),
            Some(name) => name.parse().map_err(|_| Error::Import {
                code: "import.bad_timezone",
                detail: format!("{name} is not a time zone of the IANA database"),
            })?,
        };
        let mended = options.rejects.as_ref().map(|path| read_sheet(path, None)).transpose()?;
        let mut report = ImportReport::default();
        let mut notes = Notes::default();
        for file in &mapping.spec().files {
            if options.only.as_ref().is_some_and(|only| *only != file.file) {
                continue;
            }
            let sheet = match &mended {
                Some(sheet) => rows_of(sheet, &file.file),
                None => read_sheet(&folder.join(&file.file), file.sheet.as_deref())?,
            };
            let visits = match file.history.as_ref().and_then(|h| h.visits.as_ref()) {
                Some(visits) => {
                    let path = folder.join(&visits.file);
                    read_visits(&path, visits, &file.object, &RowReader::rules(file, zone))?
                }
                None => BTreeMap::new(),
            };
            let schema = engine
                .schema()
                .object(file.object.as_str())
                .ok_or_else(|| engine.unknown_object(file.object.as_str()))?
                .clone();
            let reader = RowReader {
                spec: file,
                schema: &schema,
                rules: RowReader::rules(file, zone),
                closed: engine
                    .pipeline()
                    .processes_of(file.object.as_str())
                    .flat_map(qudao_pipeline::Process::stages)
                    .filter(|s| s.class().is_closed())
                    .map(|s| s.id().clone())
                    .collect(),
                visits,
                stem: Path::new(&file.file)
                    .file_stem()
                    .map_or_else(String::new, |s| s.to_string_lossy().into_owned()),
                now,
            };
            let import = import_id(mapping, file, &sheet);
            let chunk = options.chunk.unwrap_or(MAX_CHUNK).clamp(1, MAX_CHUNK);
            let one =
                self.import_file(&reader, &sheet, &import, chunk, &mut report.rejects, &mut notes, progress)?;
            report.files.push(one);
            if mended.is_none() {
                note_orphans(&reader, &sheet, &mut notes);
            }
        }
        report.notes = notes.sorted();
        Ok(report)
    }

    #[expect(clippy::too_many_arguments, reason = "one call site; the parts have nothing else in common")]
    fn import_file(
        &self,
        reader: &RowReader<'_>,
        sheet: &Sheet,
        import: &str,
        chunk: usize,
        rejects: &mut Vec<Reject>,
        notes: &mut Notes,
        progress: &mut dyn FnMut(&Progress<'_>),
    ) -> Result<FileReport, Error> {
        let now = reader.now;
        let named: Vec<&String> = reader.spec.columns.keys().collect();
        let mut report = FileReport {
            file: reader.spec.file.clone(),
            object: reader.spec.object.clone(),
            encoding: sheet.encoding.clone(),
            rows: sheet.rows.len(),
            stored: 0,
            already: 0,
            warned: 0,
            rejected: 0,
            possible_duplicates: 0,
            extra_columns: sheet
                .header
                .iter()
                .filter(|c| !reader.spec.columns.contains_key(*c) && !reader.names(c) && !c.is_empty())
                .cloned()
                .collect(),
            absent_columns: named
                .iter()
                .filter(|c| !sheet.header.contains(c))
                .map(|c| (*c).clone())
                .collect(),
        };
        let done = self.workspace().store().read(|view| view.import_done(import).map_err(Error::from))?;
        let total = sheet.rows.len();
        let mut at = 0;
        progress(&Progress { file: &report.file, done: 0, total });
        let rows = parents_first(reader, sheet);
        for chunk in rows.chunks(chunk) {
            let before = rejects.len();
            let counted = self.workspace().store().write(|tx| -> Result<Counted, Error> {
                let mut counted = Counted::default();
                for (row, cells) in chunk.iter().copied() {
                    if done.contains(row) {
                        counted.already += 1;
                        continue;
                    }
                    let paired: Vec<(String, String)> =
                        sheet.header.iter().cloned().zip(cells.iter().cloned()).collect();
                    let outcome = if misfit(&sheet.header, cells) {
                        Err(vec![
                            Violation::new(
                                "import.ragged",
                                rule_id("import.row"),
                                reader.spec.object.clone(),
                            )
                            .param("expected", i64::try_from(sheet.header.len()).unwrap_or(i64::MAX))
                            .param("found", i64::try_from(cells.len()).unwrap_or(i64::MAX)),
                        ])
                    } else {
                        self.import_row(tx, reader, *row, &paired, now)?
                    };
                    match outcome {
                        Ok(stored) => {
                            tx.import_mark(import, *row)?;
                            counted.add(&stored);
                            counted.findings.extend(stored.findings.into_iter().map(|v| (*row, v)));
                        }
                        Err(reasons) => {
                            let (given, mut cells) = (cells, paired);
                            for (i, extra) in given.iter().enumerate().skip(sheet.header.len()) {
                                cells.push((format!("column {}", i + 1), extra.clone()));
                            }
                            counted.findings.extend(reasons.iter().map(|v| (*row, v.clone())));
                            counted.rejects.push(Reject {
                                file: reader.spec.file.clone(),
                                row: *row,
                                cells,
                                reasons,
                            });
                        }
                    }
                }
                Ok(counted)
            })?;
            report.stored += counted.stored;
            report.already += counted.already;
            report.warned += counted.warned;
            report.possible_duplicates += counted.duplicates;
            for (row, violation) in &counted.findings {
                notes.add(&report.file, *row, violation);
            }
            rejects.extend(counted.rejects);
            report.rejected += rejects.len() - before;
            at += chunk.len();
            progress(&Progress { file: &report.file, done: at, total });
        }
        Ok(report)
    }

    /// Stores one row: creates its record, or updates the one that exists. `Err` holds the reasons of a refusal.
    fn import_row(
        &self,
        tx: &mut WriteTx<'_>,
        reader: &RowReader<'_>,
        row: u64,
        cells: &[(String, String)],
        now: Instant,
    ) -> Result<Result<Stored, Vec<Violation>>, Error> {
        let mut parsed = reader.read(row, cells);
        let problems = std::mem::take(&mut parsed.problems);
        let existing = match &parsed.id {
            Some(id) => resolve::record(&*tx, &reader.spec.object, id)?.map(|record| (id.clone(), record)),
            None => None,
        };
        let command = match existing {
            None => reader.create(parsed),
            Some((id, record)) => {
                let news = self.news(&*tx, &id, &record, parsed.patch)?;
                if news.is_none() && problems.is_empty() {
                    return Ok(Ok(Stored { unchanged: true, ..Stored::default() }));
                }
                Command::update(record.key(), news.unwrap_or_default()).as_operation(Operation::Import)
            }
        };
        if !problems.is_empty() {
            // What the rules say of the rest is told too, so that one mending is enough.
            let mut reasons = problems;
            if let Ok(decision) = self.check_in(tx, &command, now) {
                reasons.extend(decision.violations.into_iter().filter(|v| v.severity == Severity::Error));
            }
            return Ok(Err(reasons));
        }
        match self.submit_in(tx, &command, now) {
            Ok(decision) if decision.is_allowed() => Ok(Ok(Stored {
                unchanged: false,
                duplicates: !decision.duplicates.is_empty(),
                findings: decision.violations,
            })),
            Ok(decision) => Ok(Err(decision.violations)),
            Err(Error::Store(error)) if error.concerns_one_command() => Ok(Err(vec![Violation::new(
                "import.conflict",
                rule_id("import.row"),
                reader.spec.object.clone(),
            )])),
            Err(Error::NotFound { .. }) => Ok(Err(vec![Violation::new(
                "access.edit_denied",
                rule_id("access.edit"),
                reader.spec.object.clone(),
            )])),
            Err(error) => Err(error),
        }
    }
}

#[derive(Default)]
struct Stored {
    unchanged: bool,
    duplicates: bool,
    findings: Vec<Violation>,
}

#[derive(Default)]
struct Counted {
    stored: usize,
    already: usize,
    warned: usize,
    duplicates: usize,
    findings: Vec<(u64, Violation)>,
    rejects: Vec<Reject>,
}

impl Counted {
    fn add(&mut self, stored: &Stored) {
        if stored.unchanged {
            self.already += 1;
            return;
        }
        self.stored += 1;
        self.warned += usize::from(!stored.findings.is_empty());
        self.duplicates += usize::from(stored.duplicates);
    }
}

/// Findings counted by what they say.
#[derive(Default)]
struct Notes(BTreeMap<(String, String, String, Option<String>), NoteCount>);

impl Notes {
    fn add(&mut self, file: &str, row: u64, violation: &Violation) {
        let (en, zh) = (Locale::en(), Locale::zh());
        let text = violation.text(&en);
        let fix = violation.fix(&en);
        let key = (file.to_owned(), violation.rule.to_string(), text.clone(), fix.clone());
        let note = self.0.entry(key).or_insert_with(|| NoteCount {
            file: file.to_owned(),
            rule: violation.rule.to_string(),
            code: violation.code.to_string(),
            severity: violation.severity,
            text_en: text,
            text_zh: violation.text(&zh),
            fix_en: fix,
            fix_zh: violation.fix(&zh),
            rows: 0,
            first_row: row,
        });
        note.rows += 1;
    }

    fn sorted(self) -> Vec<NoteCount> {
        let mut notes: Vec<NoteCount> = self.0.into_values().collect();
        notes.sort_by(|a, b| {
            (b.severity, b.rows, &a.file, a.first_row).cmp(&(a.severity, a.rows, &b.file, b.first_row))
        });
        notes
    }
}

/// The same file through the same mapping is the same import.
fn import_id(mapping: &Mapping, file: &FileSpec, sheet: &Sheet) -> String {
    let text = format!("{}\n{}\n{}", file.file, sheet.hash, mapping.text());
    qudao_model::Hash::of(text.as_bytes()).to_string()
}

/// A row with more cells than the header has columns, or fewer. Empty cells at the end are no misfit.
fn misfit(header: &[String], cells: &[String]) -> bool {
    cells.len() < header.len() || cells.iter().skip(header.len()).any(|c| !c.trim().is_empty())
}

/// The record that each row is about.
fn ids_of(reader: &RowReader<'_>, sheet: &Sheet) -> Vec<Option<RecordId>> {
    sheet
        .rows
        .iter()
        .map(|(row, cells)| {
            let cell = |column: &str| {
                let at = sheet.header.iter().position(|c| c == column)?;
                cells.get(at).map(String::as_str)
            };
            reader.id_of(*row, &cell)
        })
        .collect()
}

/// Tells of stays that no row of the file asks for: they are stored nowhere.
fn note_orphans(reader: &RowReader<'_>, sheet: &Sheet, notes: &mut Notes) {
    let Some(file) = reader.spec.history.as_ref().and_then(|h| h.visits.as_ref()).map(|v| v.file.as_str())
    else {
        return;
    };
    let ids = ids_of(reader, sheet);
    let known: BTreeSet<&str> = ids.iter().flatten().map(RecordId::as_str).collect();
    let orphans = reader.visits.iter().filter(|(record, _)| !known.contains(record.as_str()));
    for row in orphans.flat_map(|(_, stays)| &stays.rows) {
        let violation =
            Violation::new("import.orphan_visit", rule_id("import.row"), reader.spec.object.clone())
                .severity(Severity::Warning)
                .param("file", reader.spec.file.as_str());
        notes.add(file, *row, &violation);
    }
}

/// The rows in the order in which they are stored: as they stand in the file, but one that another row refers to, such as
/// a parent account or a manager, before that other row. A circle is entered where the file enters it.
fn parents_first<'s>(reader: &RowReader<'_>, sheet: &'s Sheet) -> Vec<&'s (u64, Vec<String>)> {
    let own = |field: &FieldName| {
        let known = reader.schema.field(field.as_str());
        known.is_some_and(|f| matches!(&f.ty, FieldType::Reference(o) if *o == reader.spec.object))
    };
    let columns: Vec<usize> = sheet
        .header
        .iter()
        .enumerate()
        .filter(|(_, c)| reader.spec.columns.get(*c).is_some_and(|t| t.fields().iter().any(own)))
        .map(|(i, _)| i)
        .collect();
    if columns.is_empty() {
        return sheet.rows.iter().collect();
    }
    let ids = ids_of(reader, sheet);
    let places: BTreeMap<&str, usize> =
        ids.iter().enumerate().filter_map(|(i, id)| Some((id.as_ref()?.as_str(), i))).collect();
    let mut order = Vec::with_capacity(sheet.rows.len());
    let mut entered = vec![false; sheet.rows.len()];
    for start in 0..sheet.rows.len() {
        // Rows on the way up, each with whether its parents have been put on the way already.
        let mut way = vec![(start, false)];
        while let Some((at, ready)) = way.pop() {
            let Some(row) = sheet.rows.get(at) else { continue };
            if ready {
                order.push(row);
                continue;
            }
            if entered.get(at).copied().unwrap_or(true) {
                continue;
            }
            if let Some(slot) = entered.get_mut(at) {
                *slot = true;
            }
            way.push((at, true));
            let parents = columns.iter().filter_map(|c| row.1.get(*c)).filter_map(|t| places.get(t.trim()));
            way.extend(parents.map(|p| (*p, false)));
        }
    }
    order
}

/// The rows of one file within a file of rejects, without the columns that the rejects file adds.
fn rows_of(sheet: &Sheet, file: &str) -> Sheet {
    let position = |name: &str| sheet.header.iter().position(|c| c == name);
    let (file_at, row_at) = (position("qudao_file"), position("qudao_row"));
    let keep: Vec<usize> = (0..sheet.header.len())
        .filter(|i| sheet.header.get(*i).is_some_and(|c| !OWN.contains(&c.as_str())))
        .collect();
    let pick = |cells: &[String]| -> Vec<String> {
        keep.iter().map(|i| original(cells.get(*i).map_or("", String::as_str))).collect()
    };
    let rows = sheet
        .rows
        .iter()
        .filter(|(_, cells)| file_at.is_none_or(|i| cells.get(i).is_some_and(|f| original(f) == file)))
        .map(|(line, cells)| {
            let row = row_at.and_then(|i| cells.get(i)).and_then(|t| t.trim().parse().ok()).unwrap_or(*line);
            (row, pick(cells))
        })
        .collect();
    Sheet { header: pick_header(sheet, &keep), rows, ..sheet.clone() }
}

fn pick_header(sheet: &Sheet, keep: &[usize]) -> Vec<String> {
    keep.iter().filter_map(|i| sheet.header.get(*i).cloned()).collect()
}

/// Reads a file of stays. A row that cannot be read becomes a problem of its record.
fn read_visits(
    path: &Path,
    spec: &VisitFile,
    object: &ObjectName,
    rules: &EntryRules,
) -> Result<BTreeMap<String, Stays>, Error> {
    let sheet = read_sheet(path, None)?;
    let column = |name: &str| -> Result<usize, Error> {
        sheet.header.iter().position(|c| c == name).ok_or_else(|| Error::Import {
            code: "import.no_column",
            detail: format!("{} has no column {name}", spec.file),
        })
    };
    let (record, stage, entered) = (column(&spec.record)?, column(&spec.stage)?, column(&spec.entered)?);
    let left = spec.left.as_deref().map(column).transpose()?;
    let reason = spec.reason.as_deref().map(column).transpose()?;
    let mut visits: BTreeMap<String, Stays> = BTreeMap::new();
    for (row, cells) in &sheet.rows {
        let text = |i: usize| cells.get(i).map_or("", |c| c.trim());
        let time = |i: usize| read_text(&FieldType::Instant, text(i), rules).map(|v| v.as_instant());
        let read = || -> Result<HistoryVisit, &str> {
            Ok(HistoryVisit {
                stage: StageId::new(text(stage)).map_err(|_| spec.stage.as_str())?,
                entered: time(entered).ok().flatten().ok_or(spec.entered.as_str())?,
                left: match left {
                    Some(i) => time(i).map_err(|_| spec.left.as_deref().unwrap_or_default())?,
                    None => None,
                },
                reason: reason.map(text).filter(|r| !r.is_empty()).map(str::to_owned),
            })
        };
        let stays = visits.entry(text(record).to_owned()).or_default();
        stays.rows.push(*row);
        match read() {
            Ok(visit) => stays.visits.push(visit),
            Err(what) => stays.problems.push(
                Violation::new("import.bad_visit", rule_id("import.row"), object.clone())
                    .param("file", spec.file.as_str())
                    .param("row", i64::try_from(*row).unwrap_or(i64::MAX))
                    .param("column", what),
            ),
        }
    }
    for stays in visits.values_mut() {
        stays.visits.sort_by_key(|v| v.entered);
    }
    Ok(visits)
}
