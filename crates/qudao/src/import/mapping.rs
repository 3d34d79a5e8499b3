//! The mapping: which column of which file is which field.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use qudao_model::{Document, FieldName, Lint, ObjectName, ProcessId, Severity, StageId, check_document};
use qudao_text::DateOrder;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::engine::Engine;
use crate::error::Error;

/// A mapping document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "qudao import mapping")]
pub struct MappingSpec {
    /// The version of the mapping format: 1.
    #[schemars(range(min = 1, max = 1))]
    pub mapping: u32,
    /// The Blueprint to import under, as a path from the mapping file. May be given by the caller instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blueprint: Option<String>,
    /// The zone of times that name none; the Blueprint's when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timezone: Option<String>,
    /// The files, in the order in which they are imported: what others refer to comes first.
    pub files: Vec<FileSpec>,
}

/// One file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FileSpec {
    /// The file's name in the data folder: CSV, TSV or XLSX.
    pub file: String,
    /// The sheet of an XLSX file; the first when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sheet: Option<String>,
    /// The object that the rows become.
    pub object: ObjectName,
    /// Where the record's id comes from. Left out: file name and row number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<IdSpec>,
    /// Columns and the fields that they fill.
    pub columns: BTreeMap<String, ColumnSpec>,
    /// Columns that are left out on purpose. Any other column that is not named rides along with the record.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub skip: Vec<String>,
    /// Values that every record of the file gets.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub constants: BTreeMap<FieldName, serde_json::Value>,
    /// Values that stand for others, by field: `{industry: {technolgy: technology}}`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub aliases: BTreeMap<FieldName, BTreeMap<String, String>>,
    /// Date formats, as strftime writes them. Left out: ISO and what is plain.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dates: Vec<String>,
    /// The order of day, month and year where a date is written with digits alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub date_order: Option<DateOrder>,
    /// Numbers are written 1.234,56.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub decimal_comma: bool,
    /// The records come with their past.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub history: Option<HistorySpec>,
}

/// Where a record's id comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum IdSpec {
    /// One column.
    Column(String),
    /// Several columns, joined by `-`.
    Columns(Vec<String>),
}

/// What a column fills.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum ColumnSpec {
    /// A field.
    Field(FieldName),
    /// Several fields.
    Fields(Vec<FieldName>),
}

impl ColumnSpec {
    /// The fields.
    #[must_use]
    pub fn fields(&self) -> &[FieldName] {
        match self {
            Self::Field(field) => std::slice::from_ref(field),
            Self::Fields(fields) => fields,
        }
    }
}

/// How the past of a record is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HistorySpec {
    /// The process; chosen by its condition when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub process: Option<ProcessId>,
    /// The column that names the stage the record is in now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stage: Option<StageColumn>,
    /// The column that says when a stage was entered, by stage; `_` stands for any other stage.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub entered: BTreeMap<StageId, String>,
    /// The column that says why a deal was lost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// A file with one row for each stay in a stage.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub visits: Option<VisitFile>,
}

/// The column that names a stage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StageColumn {
    /// The column.
    pub column: String,
    /// The stage for each value; a value that is not named must be a stage's id.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub values: BTreeMap<String, StageId>,
}

/// A file with one row for each stay in a stage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct VisitFile {
    /// The file's name.
    pub file: String,
    /// The column with the record's id.
    pub record: String,
    /// The column with the stage.
    pub stage: String,
    /// The column with the time of entering.
    pub entered: String,
    /// The column with the time of leaving.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left: Option<String>,
    /// The column with the loss reason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// A mapping, read and checked for form. It is checked against an engine when it is used.
#[derive(Debug, Clone, PartialEq)]
pub struct Mapping {
    spec: MappingSpec,
    folder: PathBuf,
    text: String,
}

impl Mapping {
    /// Reads a mapping, YAML or JSON. `folder` is where its own paths begin.
    ///
    /// # Errors
    /// [`Error::Blueprint`] with every error of form at once.
    pub fn from_yaml(name: &str, text: &str, folder: impl Into<PathBuf>) -> Result<Self, Error> {
        let fail = |lints: Vec<Lint>| Error::Blueprint { name: name.to_owned(), lints };
        let document = Document::parse(name, text).map_err(fail)?;
        let lints = check_document(&document, &Self::json_schema());
        if lints.iter().any(|l| l.severity == Severity::Error) {
            return Err(fail(lints));
        }
        let spec = serde_json::from_value(document.into_json())
            .map_err(|e| fail(vec![Lint::error("blueprint.syntax", "").param("detail", e.to_string())]))?;
        Ok(Self { spec, folder: folder.into(), text: text.to_owned() })
    }

    /// Reads a mapping file.
    ///
    /// # Errors
    /// [`Error::Io`] when it cannot be read; else as [`Mapping::from_yaml`].
    pub fn from_file(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        let text = std::fs::read_to_string(path).map_err(|e| Error::io(path, &e))?;
        let name = path.file_name().map_or_else(String::new, |n| n.to_string_lossy().into_owned());
        Self::from_yaml(&name, &text, path.parent().unwrap_or(Path::new(".")))
    }

    /// A mapping made in code.
    #[must_use]
    pub fn from_spec(spec: MappingSpec) -> Self {
        let text = serde_json::to_string(&spec).unwrap_or_default();
        Self { spec, folder: PathBuf::from("."), text }
    }

    /// The document.
    #[must_use]
    pub fn spec(&self) -> &MappingSpec {
        &self.spec
    }

    /// The Blueprint that the mapping names, as a path.
    #[must_use]
    pub fn blueprint_path(&self) -> Option<PathBuf> {
        self.spec.blueprint.as_ref().map(|b| self.folder.join(b))
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// The JSON Schema of mapping documents.
    #[must_use]
    pub fn json_schema() -> serde_json::Value {
        serde_json::to_value(schemars::schema_for!(MappingSpec)).unwrap_or_default()
    }

    /// Objects, fields and stages that the mapping names and the Blueprint does not know.
    #[must_use]
    pub fn lint(&self, engine: &Engine) -> Vec<Lint> {
        let mut lints = Vec::new();
        for (i, file) in self.spec.files.iter().enumerate() {
            let path = format!("/files/{i}");
            let Some(object) = engine.schema().object(file.object.as_str()) else {
                lints.push(
                    Lint::error("blueprint.unknown_object", format!("{path}/object"))
                        .param("name", file.object.as_str())
                        .suggest(file.object.as_str(), engine.schema().objects().map(|o| o.name.as_str())),
                );
                continue;
            };
            let mapped =
                file.columns.iter().flat_map(|(c, s)| s.fields().iter().map(move |f| (c.as_str(), f)));
            let constants = file.constants.keys().map(|f| ("constants", f));
            let aliases = file.aliases.keys().map(|f| ("aliases", f));
            for (place, field) in mapped.chain(constants).chain(aliases) {
                if object.field(field.as_str()).is_none() {
                    lints.push(
                        Lint::error(
                            "blueprint.unknown_field",
                            format!("{path}/columns/{}", place.replace('/', "~1")),
                        )
                        .param("object", file.object.as_str())
                        .param("name", field.as_str())
                        .suggest(field.as_str(), object.fields.iter().map(|f| f.name.as_str())),
                    );
                }
            }
        }
        lints
    }
}
