//! Frames in: anything that speaks Arrow, columns of lists, and lists of rows.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};

use arrow_array::{ArrayRef, RecordBatch, RecordBatchReader};
use chrono_tz::Tz;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyString, PyTuple};
use pyo3_arrow::PyChunkedArray;
use pyo3_arrow::input::AnyRecordBatch;
use qudao::model::{
    Dataset, FieldDef, FieldType, Instant, ObjectName, ObjectSchema, Param, RecordId, RuleId, Value,
    ValueIssue, Violation, Visit,
};
use qudao::quality::RowViolation;
use qudao::{Engine, Entered, EnteredColumn, EntryIssue, Rows};

use crate::arrow::{self, Column, Fit};
use crate::cells;
use crate::convert::{self, Cell, pairs, type_name};
use crate::error::{self, Fault};
use crate::ingest;
use crate::rows::{self, Cells};
use crate::table::arrow_fault;

/// A frame as it came in.
pub(crate) enum Frame {
    /// Chunks of Arrow columns.
    Arrow(Vec<RecordBatch>),
    /// Rows of Python values.
    Rows(Cells),
    /// Columns of Python values.
    Columns(cells::Cells),
    /// Columns of Arrow arrays, each in chunks of its own.
    Chunks { columns: Vec<(String, Vec<ArrayRef>)>, rows: usize },
}

/// How the columns begin that pandas makes of an index.
const INDEX: &str = "__index_level_";

impl Frame {
    /// Reads a frame.
    pub(crate) fn read(obj: &Bound<'_, PyAny>) -> Result<Self, Fault> {
        Self::read_as(obj, false)
    }

    /// Reads a frame of which columns are wanted, not rows.
    pub(crate) fn read_columns_of(obj: &Bound<'_, PyAny>) -> Result<Self, Fault> {
        Self::read_as(obj, true)
    }

    fn read_as(obj: &Bound<'_, PyAny>, by_column: bool) -> Result<Self, Fault> {
        let py = obj.py();
        if is_lazy(obj)? {
            return Self::read_as(&obj.call_method0(intern!(py, "collect"))?, by_column);
        }
        if obj.hasattr(intern!(py, "__arrow_c_stream__"))? || obj.hasattr(intern!(py, "__arrow_c_array__"))? {
            return if by_column { Self::read_chunks(obj) } else { Self::read_arrow(obj) };
        }
        if obj.cast::<PyString>().is_ok() {
            return Err(unsupported(obj));
        }
        if obj.hasattr(intern!(py, "keys"))? && !obj.hasattr(intern!(py, "collect"))? {
            return Self::read_columns(obj);
        }
        let is_rows = obj.cast::<PyList>().is_ok() || obj.cast::<PyTuple>().is_ok();
        if !is_rows || obj.hasattr(intern!(py, "collect"))? {
            return Err(unsupported(obj));
        }
        if by_column {
            return Ok(Self::Columns(cells::read(obj)?));
        }
        Ok(Self::Rows(rows::read(obj)?))
    }

    /// Polars gives the chunks of a column as they are, but copies a whole frame that has several into one.
    fn read_chunks(obj: &Bound<'_, PyAny>) -> Result<Self, Fault> {
        let py = obj.py();
        let obj = &mended(obj)?;
        if !is_polars_frame(obj)? {
            return Self::read_arrow(obj);
        }
        let mut columns = Vec::new();
        for series in obj.call_method0(intern!(py, "get_columns"))?.try_iter()? {
            let series = series?;
            let name: String = series.getattr(intern!(py, "name"))?.extract()?;
            let chunks: PyChunkedArray = series.extract().map_err(|e| unreadable(&series, e))?;
            columns.push((name, chunks.into_inner().0));
        }
        Ok(Self::Chunks { columns, rows: obj.len()? })
    }

    fn read_arrow(obj: &Bound<'_, PyAny>) -> Result<Self, Fault> {
        let obj = &mended(obj)?;
        // Texts of Polars are whole, for it makes sure itself; what others hand over nobody has looked at.
        let trusted = is_polars_frame(obj)?;
        let table: AnyRecordBatch = obj.extract().map_err(|e: PyErr| unreadable(obj, e))?;
        let reader: Box<dyn RecordBatchReader + Send> =
            table.into_reader().map_err(|e: PyErr| unreadable(obj, e))?;
        let batches = error::run(obj.py(), move || {
            let schema = reader.schema();
            let mut seen = BTreeSet::new();
            for field in schema.fields() {
                if !seen.insert(field.name()) {
                    let text = format!("two columns are named {}", field.name());
                    return Err(Fault::input("frame.duplicate_column", text).with("column", field.name()));
                }
            }
            let mut batches: Vec<RecordBatch> = Vec::new();
            let mut before = 0_usize;
            for batch in reader {
                let batch = batch.map_err(arrow_fault)?;
                if !trusted {
                    for (field, array) in schema.fields().iter().zip(batch.columns()) {
                        arrow::check_texts(field.name(), array, before)?;
                    }
                }
                before = before.saturating_add(batch.num_rows());
                batches.push(batch);
            }
            if batches.is_empty() {
                batches.push(RecordBatch::new_empty(schema));
            }
            Ok(batches)
        })?;
        Ok(Self::Arrow(batches))
    }

    /// A mapping from column to values.
    fn read_columns(obj: &Bound<'_, PyAny>) -> Result<Self, Fault> {
        let mut out = Cells::default();
        for (nth, (name, values)) in pairs(obj, "frame")?.into_iter().enumerate() {
            if values.cast::<PyString>().is_ok() || values.hasattr("__iter__").is_ok_and(|has| !has) {
                let text = format!("column {name}: expected the values of a column");
                return Err(Fault::input("frame.bad_column", text).with("column", name));
            }
            let column = u32::try_from(nth).map_err(|_| ragged(&name))?;
            let mut count = 0_usize;
            for value in values.try_iter()? {
                let cell = convert::cell(&value?).map_err(|fault| place(fault, &name, Some(count)))?;
                if nth == 0 {
                    out.rows.push(Vec::new());
                }
                match out.rows.get_mut(count) {
                    Some(row) => row.push((column, cell)),
                    None => return Err(ragged(&name)),
                }
                count = count.saturating_add(1);
            }
            if count != out.rows.len() {
                return Err(ragged(&name));
            }
            out.names.push(name);
        }
        Ok(Self::Rows(out))
    }

    /// The number of rows.
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Arrow(batches) => batches.iter().map(RecordBatch::num_rows).sum(),
            Self::Rows(cells) => cells.rows.len(),
            Self::Columns(cells) => cells.rows,
            Self::Chunks { rows, .. } => *rows,
        }
    }

    /// The names of the columns, in order of appearance.
    pub(crate) fn names(&self) -> Vec<String> {
        match self {
            Self::Arrow(batches) => batches.first().map_or_else(Vec::new, |b| {
                b.schema().fields().iter().map(|f| f.name().clone()).filter(|n| !is_index(n)).collect()
            }),
            Self::Rows(cells) => cells.names.clone(),
            Self::Columns(cells) => cells.names.clone(),
            Self::Chunks { columns, .. } => columns.iter().map(|(name, _)| name.clone()).collect(),
        }
    }

    /// Every row with its values, read without a schema. What fits no type is missing.
    pub(crate) fn values(&self, zone: Tz) -> Result<Vec<Vec<(&str, Value)>>, Fault> {
        let mut out = Vec::with_capacity(self.len());
        self.each(
            zone,
            |_| None,
            |_, row| out.push(row.into_iter().map(|(n, c)| (n, c.unwrap_or_default())).collect()),
        )?;
        Ok(out)
    }

    /// Visits the rows in order. `ty` says what a column is read as.
    fn each<'f, T>(
        &'f self,
        zone: Tz,
        ty: impl Fn(&str) -> Option<&'f FieldType>,
        mut visit: impl FnMut(usize, Vec<(&'f str, Cell)>) -> T,
    ) -> Result<(), Fault> {
        match self {
            Self::Rows(cells) => {
                for (at, row) in cells.rows.iter().enumerate() {
                    visit(at, row.iter().map(|(n, c)| (cells.name(*n), c.clone())).collect());
                }
            }
            Self::Chunks { columns, rows } => {
                let mut ready = Vec::with_capacity(columns.len());
                for (name, chunks) in columns {
                    if let Some(fit) = fit(name, chunks, ty(name), zone)? {
                        ready.push((name.as_str(), fit));
                    }
                }
                let mut cells: Vec<_> = ready.iter().map(|(name, fit)| (*name, cells_of(fit))).collect();
                for at in 0..*rows {
                    let row =
                        cells.iter_mut().map(|(n, cells)| (*n, cells.next().unwrap_or(Ok(Value::Missing))));
                    visit(at, row.collect());
                }
            }
            Self::Columns(cells) => {
                for at in 0..cells.rows {
                    let names = cells.names.iter().map(String::as_str);
                    visit(at, names.zip(&cells.columns).map(|(n, c)| (n, c.cell(at))).collect());
                }
            }
            Self::Arrow(batches) => {
                let mut at = 0_usize;
                for batch in batches {
                    let columns = plan(batch, zone, &ty)?;
                    for row in 0..batch.num_rows() {
                        visit(at, columns.iter().map(|(n, c)| (*n, c.cell(row))).collect());
                        at = at.saturating_add(1);
                    }
                }
            }
        }
        Ok(())
    }
}

/// A lazy frame of Polars, which has to be run before there is anything to read.
fn is_lazy(obj: &Bound<'_, PyAny>) -> PyResult<bool> {
    let kind = obj.get_type();
    Ok(kind.name()?.to_str()? == "LazyFrame" && kind.module()?.to_str()?.starts_with("polars"))
}

/// Why a frame cannot be read. Errors of the frame's own code, such as a failed query, are told as they are.
fn unreadable(obj: &Bound<'_, PyAny>, e: PyErr) -> Fault {
    let py = obj.py();
    if e.is_instance_of::<pyo3::exceptions::PyValueError>(py)
        || e.is_instance_of::<pyo3::exceptions::PyTypeError>(py)
    {
        Fault::input("frame.unreadable", format!("the frame cannot be read: {}", e.value(py)))
            .with("type", type_name(obj))
    } else {
        Fault::Python(e)
    }
}

fn is_polars_frame(obj: &Bound<'_, PyAny>) -> PyResult<bool> {
    let kind = obj.get_type();
    Ok(kind.name()?.to_str()? == "DataFrame" && kind.module()?.to_str()?.starts_with("polars"))
}

/// Polars gives a column of nothing a buffer, which the Arrow C interface does not allow for: it becomes one of text.
fn mended<'py>(obj: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let py = obj.py();
    if !is_polars_frame(obj)? {
        return Ok(obj.clone());
    }
    let has_nothing = |frame: &Bound<'py, PyAny>| -> PyResult<bool> {
        Ok(frame.getattr(intern!(py, "schema"))?.str()?.to_str()?.contains("Null"))
    };
    if !has_nothing(obj)? {
        return Ok(obj.clone());
    }
    let polars = py.import(intern!(py, "polars"))?;
    let types = PyDict::new(py);
    types.set_item(polars.getattr("Null")?, polars.getattr("String")?)?;
    let cast = obj.call_method1(intern!(py, "cast"), (types,))?;
    // Lists of nothing are left to PyArrow.
    if has_nothing(&cast)? { cast.call_method0(intern!(py, "to_arrow")) } else { Ok(cast) }
}

/// The columns of a chunk that can be read. One that a field needs and that cannot be read is an error.
fn plan<'f>(
    batch: &'f RecordBatch,
    zone: Tz,
    ty: &impl Fn(&str) -> Option<&'f FieldType>,
) -> Result<Vec<(&'f str, Column<'f>)>, Fault> {
    let mut out = Vec::new();
    for (field, array) in batch.schema_ref().fields().iter().zip(batch.columns()) {
        let name = field.name().as_str();
        if is_index(name) {
            continue;
        }
        let chunks = std::slice::from_ref(array);
        if let Some(column) = fit(name, chunks, ty(name), zone)?.and_then(|mut fit| fit.pop()) {
            out.push((name, column));
        }
    }
    Ok(out)
}

/// The chunks of a column, ready to be read; `None` where they cannot be read and no field needs them.
fn fit<'f>(
    name: &str,
    chunks: &[ArrayRef],
    wanted: Option<&'f FieldType>,
    zone: Tz,
) -> Result<Option<Vec<Column<'f>>>, Fault> {
    let mut out = Vec::with_capacity(chunks.len());
    for array in chunks {
        match Column::fit(array, wanted, zone) {
            Fit::Ready(column) => out.push(column),
            // A column that no field needs is not the engine's business.
            _ if wanted.is_none() => return Ok(None),
            Fit::Naive => {
                let text = format!(
                    "column {name} holds timestamps without a time zone, which name no point in time: give it one"
                );
                return Err(Fault::input("frame.naive_timestamp", text)
                    .with("column", name)
                    .with("type", array.data_type()));
            }
            Fit::Unsupported => {
                let text = format!("column {name}: the type {} is not supported", array.data_type());
                return Err(Fault::input("frame.unsupported_type", text)
                    .with("column", name)
                    .with("type", array.data_type()));
            }
        }
    }
    Ok(Some(out))
}

/// The values of a column, chunk after chunk.
fn cells_of<'c>(chunks: &'c [Column<'_>]) -> impl Iterator<Item = Cell> + 'c {
    chunks.iter().flat_map(|chunk| (0..chunk.len()).map(|row| chunk.cell(row)))
}

/// A column that pandas makes of its index.
fn is_index(name: &str) -> bool {
    name.starts_with(INDEX)
}

fn ragged(column: &str) -> Fault {
    Fault::input("frame.ragged", format!("column {column} is not as long as the first one"))
        .with("column", column)
}

fn unsupported(obj: &Bound<'_, PyAny>) -> Fault {
    let found = type_name(obj);
    let hint = if obj.hasattr("collect").unwrap_or(false) { "; call .collect() first" } else { "" };
    Fault::input(
        "frame.unsupported",
        format!("expected a frame that speaks Arrow, or a list of dicts, not {found}{hint}"),
    )
    .with("type", found)
}

/// A fault of a value, told with its place.
pub(crate) fn place(fault: Fault, column: &str, row: Option<usize>) -> Fault {
    let Fault::Input { code, text, params } = fault else { return fault };
    let at = row.map_or_else(String::new, |r| format!("row {r}, "));
    let placed =
        Fault::Input { code, text: format!("{at}column {column}: {text}"), params }.with("column", column);
    match row {
        Some(row) => placed.with("row", row),
        None => placed,
    }
}

/// Rows of values by column.
type ValueRows<'f> = Vec<Vec<(&'f str, Value)>>;

/// Reads a frame into the records of an object. What cannot be read is a finding of its row.
pub(crate) fn records(engine: &Engine, object: &ObjectName, frame: &Frame) -> Result<Rows, Fault> {
    let Some(schema) = engine.schema().object(object.as_str()) else {
        // The engine says which object is near.
        return Ok(engine.rows(object, Vec::<Vec<(&str, Value)>>::new())?);
    };
    let issues: RefCell<Vec<(usize, &str, ValueIssue)>> = RefCell::default();
    let mut rows: ValueRows<'_> = Vec::with_capacity(frame.len());
    let ty =
        |name: &str| if name == "id" { Some(&FieldType::Text) } else { schema.field(name).map(|f| &f.ty) };
    read_rows(frame, engine.zone(), ty, &mut rows, &issues)?;
    let mut read = engine.rows(object, rows)?;
    let issues = issues.into_inner();
    if !issues.is_empty() {
        for (row, column, issue) in issues {
            let Some(def) = schema.field(column) else { continue };
            let Some(record) = read.records.get(row) else { continue };
            let mut violation = problem(schema, def, &issue);
            violation.record = Some(record.id().clone());
            read.problems.push(RowViolation { row, violation });
        }
        read.problems.sort_by_key(|p| p.row);
    }
    Ok(read)
}

/// Columns of a frame, by name.
pub(crate) type Columns = Vec<(String, EnteredColumn)>;

/// Reads a frame into the columns of an object. What cannot be read is a finding of its row.
pub(crate) fn entered(engine: &Engine, object: &ObjectName, frame: Frame) -> Result<Entered, Fault> {
    entered_by(engine, object, frame, |rows, columns| Ok(engine.entered(object, rows, columns)?))
}

/// As [`entered`], by another reader of columns.
pub(crate) fn entered_by(
    engine: &Engine,
    object: &ObjectName,
    frame: Frame,
    read: impl FnOnce(usize, Columns) -> Result<Entered, Fault>,
) -> Result<Entered, Fault> {
    let Some(schema) = engine.schema().object(object.as_str()) else {
        // The engine says which object is near.
        return read(0, Vec::new());
    };
    let rows = frame.len();
    let mut issues: Vec<Issue> = Vec::new();
    let columns = match frame {
        Frame::Rows(cells) => {
            let mut columns: Vec<Vec<Value>> = cells.names.iter().map(|_| Vec::with_capacity(rows)).collect();
            for (row, cells_of_row) in cells.rows.into_iter().enumerate() {
                for (column, cell) in cells_of_row {
                    let at = usize::try_from(column).unwrap_or(usize::MAX);
                    let Some(values) = columns.get_mut(at) else { continue };
                    let value = cell.unwrap_or_else(|issue| {
                        let name = cells.names.get(at).cloned().unwrap_or_default();
                        issues.push((row, name, issue));
                        Value::Missing
                    });
                    values.resize(row, Value::Missing);
                    values.push(value);
                }
            }
            let columns = columns.into_iter().map(EnteredColumn::Values);
            cells.names.into_iter().zip(columns).collect::<Vec<_>>()
        }
        Frame::Columns(cells) => {
            let mut columns = Vec::with_capacity(cells.names.len());
            for (name, build) in cells.names.into_iter().zip(cells.columns) {
                let ty =
                    if name == "id" { Some(&FieldType::Text) } else { schema.field(&name).map(|f| &f.ty) };
                let Some(ty) = ty else {
                    columns.push((name, EnteredColumn::Values(Vec::new())));
                    continue;
                };
                let (column, found) = build.into_entered(ty, rows)?;
                issues.extend(found.into_iter().map(|(row, issue)| (row, name.clone(), issue)));
                columns.push((name, column));
            }
            columns
        }
        Frame::Arrow(batches) => {
            let names: Vec<String> = batches.first().map_or_else(Vec::new, |b| {
                b.schema_ref().fields().iter().map(|f| f.name().clone()).filter(|n| !is_index(n)).collect()
            });
            let mut columns = Vec::with_capacity(names.len());
            for name in names {
                let chunks: Option<Vec<ArrayRef>> =
                    batches.iter().map(|b| b.column_by_name(&name).cloned()).collect();
                let Some(chunks) = chunks else {
                    return Err(Fault::input("frame.unreadable", "the chunks have different columns"));
                };
                columns.push((name, chunks));
            }
            from_chunks(schema, engine.zone(), columns, rows, &mut issues)?
        }
        Frame::Chunks { columns, .. } => from_chunks(schema, engine.zone(), columns, rows, &mut issues)?,
    };
    let mut read = read(rows, columns)?;
    if !issues.is_empty() {
        for (row, column, issue) in issues {
            let Some(def) = schema.field(&column) else { continue };
            let mut violation = problem(schema, def, &issue);
            violation.record = RecordId::new(read.table.ids().get(row)).ok();
            read.problems.push(RowViolation { row, violation });
        }
        read.problems.sort_by_key(|p| p.row);
    }
    Ok(read)
}

/// A value that cannot be read: its row, its column, and why.
type Issue = (usize, String, ValueIssue);

/// Frames of fewer rows are read by one thread.
const FEW_ROWS: usize = 32_768;

/// Columns of Arrow arrays, several at a time.
fn from_chunks(
    schema: &ObjectSchema,
    zone: Tz,
    columns: Vec<(String, Vec<ArrayRef>)>,
    rows: usize,
    issues: &mut Vec<Issue>,
) -> Result<Columns, Fault> {
    let next = AtomicUsize::new(0);
    let take = || {
        let mut own = Vec::new();
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some((name, chunks)) = columns.get(at) else { return own };
            own.push((at, from_column(schema, zone, name, chunks, rows)));
        }
    };
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get);
    let threads = if rows < FEW_ROWS { 1 } else { threads.min(columns.len()) };
    let mut read = std::thread::scope(|scope| {
        let helpers: Vec<_> = (1..threads).map(|_| scope.spawn(take)).collect();
        let mut read = take();
        for helper in helpers {
            read.extend(helper.join().map_err(|_| Fault::internal())?);
        }
        Ok::<_, Fault>(read)
    })?;
    read.sort_by_key(|(at, _)| *at);
    let mut out = Vec::with_capacity(read.len());
    for ((name, _), (_, column)) in columns.iter().zip(read) {
        if let Some((column, found)) = column? {
            issues.extend(found.into_iter().map(|(row, issue)| (row, name.clone(), issue)));
            out.push((name.clone(), column));
        }
    }
    Ok(out)
}

/// A column, and what could not be read of it, by row.
type Read = (EnteredColumn, Vec<(usize, ValueIssue)>);

/// One column; `None` where it cannot be read and no field needs it.
fn from_column(
    schema: &ObjectSchema,
    zone: Tz,
    name: &str,
    chunks: &[ArrayRef],
    rows: usize,
) -> Result<Option<Read>, Fault> {
    let wanted = if name == "id" { Some(&FieldType::Text) } else { schema.field(name).map(|f| &f.ty) };
    let Some(fit) = fit(name, chunks, wanted, zone)? else { return Ok(None) };
    let Some(wanted) = wanted else { return Ok(Some((EnteredColumn::Values(Vec::new()), Vec::new()))) };
    let typed = if name == "id" { ingest::ids(chunks) } else { ingest::column(chunks, wanted) };
    if let Some(typed) = typed {
        return Ok(Some((EnteredColumn::Typed(typed), Vec::new())));
    }
    let mut issues = Vec::new();
    let mut values = Vec::with_capacity(rows);
    for cell in cells_of(&fit) {
        let value = cell.unwrap_or_else(|issue| {
            issues.push((values.len(), issue));
            Value::Missing
        });
        values.push(value);
    }
    Ok(Some((EnteredColumn::Values(values), issues)))
}

fn read_rows<'f>(
    frame: &'f Frame,
    zone: Tz,
    ty: impl Fn(&str) -> Option<&'f FieldType>,
    rows: &mut Vec<Vec<(&'f str, Value)>>,
    issues: &RefCell<Vec<(usize, &'f str, ValueIssue)>>,
) -> Result<(), Fault> {
    frame.each(zone, ty, |at, row| {
        rows.push(
            row.into_iter()
                .map(|(name, cell)| match cell {
                    Ok(value) => (name, value),
                    Err(issue) => {
                        issues.borrow_mut().push((at, name, issue));
                        (name, Value::Missing)
                    }
                })
                .collect(),
        );
    })
}

fn problem(schema: &ObjectSchema, def: &FieldDef, issue: &ValueIssue) -> Violation {
    let object = &schema.name;
    let entry = EntryIssue::Value(issue.clone());
    // Object and field names are made of the characters of rule ids.
    let rule = RuleId::new(format!("{object}.{}.type", def.name)).or_else(|_| RuleId::new("value.type"));
    let mut violation = match rule {
        Ok(rule) => Violation::new(entry.code(), rule, object.clone()),
        Err(_) => return Violation::new(entry.code(), fallback(), object.clone()),
    };
    violation.fields.push(def.name.clone());
    violation.params = entry.params();
    violation.params.insert("field".to_owned(), Param::Text(def.label()));
    violation
}

#[expect(clippy::expect_used, reason = "the literal is a valid rule id")]
fn fallback() -> RuleId {
    RuleId::new("value").expect("a literal")
}

/// The tables that rules navigate to, by object.
pub(crate) fn frames(given: Option<&Bound<'_, PyAny>>) -> Result<Vec<(ObjectName, Frame)>, Fault> {
    let Some(given) = given else { return Ok(Vec::new()) };
    let mut out = Vec::new();
    for (name, obj) in pairs(given, "related")? {
        out.push((ObjectName::new(&name)?, Frame::read(&obj).map_err(|f| of_object(f, &name))?));
    }
    Ok(out)
}

fn of_object(fault: Fault, object: &str) -> Fault {
    let Fault::Input { code, text, params } = fault else { return fault };
    Fault::Input { code, text: format!("{object}: {text}"), params }.with("object", object)
}

/// Frames as one dataset, and what could not be read of them.
pub(crate) fn dataset(
    engine: &Engine,
    frames: &[(ObjectName, Frame)],
) -> Result<(Dataset, Vec<(ObjectName, RowViolation)>), Fault> {
    let mut data = Dataset::new();
    let mut problems = Vec::new();
    for (object, frame) in frames {
        let rows = records(engine, object, frame).map_err(|f| of_object(f, object.as_str()))?;
        problems.extend(rows.problems.into_iter().map(|p| (object.clone(), p)));
        data.add(object, rows.records).map_err(qudao::Error::from)?;
    }
    Ok((data, problems))
}

/// One row by column.
type ByColumn = BTreeMap<String, Value>;

/// Stage visits from a frame with the columns `record`, `stage`, `entered` and, where there are any, `left`,
/// `process`, `reason`, and `object` (an opportunity where none is named).
pub(crate) fn visits(engine: &Engine, frame: &Frame) -> Result<Vec<Visit>, Fault> {
    let (text, instant) = (FieldType::Text, FieldType::Instant);
    let ty = |name: &str| match name {
        "entered" | "left" => Some(&instant),
        "record" | "stage" | "process" | "reason" | "object" => Some(&text),
        _ => None,
    };
    let issues = RefCell::default();
    let mut rows = Vec::with_capacity(frame.len());
    read_rows(frame, engine.zone(), ty, &mut rows, &issues)?;
    if let Some((row, field, issue)) = issues.into_inner().into_iter().find(|(_, n, _)| ty(n).is_some()) {
        return Err(place(Fault::input("visit.bad_row", issue.to_string()), field, Some(row)));
    }
    let mut by_object: BTreeMap<String, Vec<(usize, ByColumn)>> = BTreeMap::new();
    for (at, row) in rows.into_iter().enumerate() {
        let mut values: ByColumn = row.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        for name in ["entered", "left"] {
            if let Some(Value::Date(day)) = values.get(name) {
                let start = Instant::start_of_day(*day, engine.zone()).map_or(Value::Missing, Value::Instant);
                values.insert(name.to_owned(), start);
            }
        }
        let object = values.remove("object").filter(|v| !v.is_blank());
        let object = object.map_or_else(|| "opportunity".to_owned(), |v| v.to_string());
        by_object.entry(object).or_default().push((at, values));
    }
    let mut out = Vec::new();
    for (object, rows) in by_object {
        let (places, values): (Vec<usize>, Vec<_>) = rows.into_iter().unzip();
        let made = engine.visits(&ObjectName::new(&object)?, values).map_err(|e| match e {
            qudao::Error::BadVisit { row, field } => {
                qudao::Error::BadVisit { row: places.get(row).copied().unwrap_or(row), field }
            }
            other => other,
        })?;
        out.extend(made);
    }
    Ok(out)
}

/// Rows as Python has them.
#[pyfunction]
pub(crate) fn frame_rows<'py>(py: Python<'py>, frame: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyList>> {
    let frame = Frame::read(frame)?;
    let list = PyList::empty(py);
    for row in frame.values(Tz::UTC)? {
        let dict = PyDict::new(py);
        for (name, value) in row {
            dict.set_item(name, convert::value(py, &value)?)?;
        }
        list.append(dict)?;
    }
    Ok(list)
}
