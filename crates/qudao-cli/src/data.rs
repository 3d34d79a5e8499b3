//! Tables from files, for commands that need no database.

use std::path::Path;

use qudao::import::{Sheet, read_sheet};
use qudao::prelude::{Engine, ObjectName, Rows, Value};
use qudao::text::fold;

use crate::fault::Fault;

/// A table read for an engine: the file's cells, and the records that they make.
pub(crate) struct Table {
    pub(crate) sheet: Sheet,
    /// By what the columns are read: a field, `id`, or the file's own word; none for a column that is called `id` and is none.
    pub(crate) columns: Vec<Option<String>>,
    pub(crate) rows: Rows,
}

impl Table {
    /// The line of the file in which a row stands.
    pub(crate) fn line(&self, row: usize) -> u64 {
        self.sheet.rows.get(row).map_or(0, |(line, _)| *line)
    }
}

/// Reads a table of one object. A column is named by a field, or by a field's label in any language.
pub(crate) fn read(engine: &Engine, object: &ObjectName, path: &Path) -> Result<Table, Fault> {
    read_with_ids(engine, object, path, None)
}

/// As [`read`], with the column that holds the ids of the rows; `id` where none is named.
pub(crate) fn read_with_ids(
    engine: &Engine,
    object: &ObjectName,
    path: &Path,
    id: Option<&str>,
) -> Result<Table, Fault> {
    let id = id.unwrap_or("id");
    let sheet = read_sheet(path, None)?;
    let schema = engine.schema().object(object.as_str()).ok_or_else(|| qudao::Error::UnknownObject {
        name: object.to_string(),
        suggestion: engine.schema().nearest_object(object.as_str()).map(str::to_owned),
    })?;
    let columns: Vec<Option<String>> = sheet
        .header
        .iter()
        .map(|column| {
            if column == id || column == "id" {
                return (column == id).then(|| "id".to_owned());
            }
            if schema.field(column).is_some() {
                return Some(column.clone());
            }
            let wanted = fold(column);
            let named = schema.fields.iter().find(|f| {
                fold(f.name.as_str()) == wanted
                    || ["en", "zh-CN"].iter().any(|tag| {
                        f.label().get(&qudao::prelude::Locale::new(*tag)).is_some_and(|l| fold(l) == wanted)
                    })
            });
            Some(named.map_or_else(|| column.clone(), |f| f.name.to_string()))
        })
        .collect();
    let rows = engine.rows(
        object,
        sheet.rows.iter().map(|(_, cells)| {
            let cells = columns.iter().zip(cells);
            cells.filter_map(|(c, cell)| Some((c.as_deref()?, Value::text(cell)))).collect::<Vec<_>>()
        }),
    )?;
    Ok(Table { sheet, columns, rows })
}

/// An object's name on the command line.
pub(crate) fn object(name: &str) -> Result<ObjectName, Fault> {
    ObjectName::new(name).map_err(|_| Fault::Usage(format!("--object: {name} is not an object's name")))
}
