//! A Blueprint: a document, read and checked as a whole.

use std::collections::BTreeMap;
use std::path::Path;

use qudao_model::{Document, Hash, Lint, SEMANTICS_VERSION, Severity, check_document};

use crate::engine::Engine;
use crate::error::Error;
use crate::salvage;
use crate::spec::BlueprintSpec;

/// The document that a company owns: objects, fields, types, rules, processes, metrics, roles, messages.
///
/// ```
/// use qudao::Blueprint;
///
/// let engine = Blueprint::from_yaml("qudao: 1\ncurrency: CNY\n")?.compile()?;
/// assert!(engine.schema().object("account").is_some());
/// # Ok::<(), qudao::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Blueprint {
    spec: BlueprintSpec,
    document: Option<Document>,
}

impl Blueprint {
    /// Reads YAML 1.2 or JSON.
    ///
    /// # Errors
    /// [`Error::Blueprint`] with every error of form at once, each with its line, path and the nearest valid word.
    pub fn from_yaml(text: &str) -> Result<Self, Error> {
        Self::parse("blueprint", text)
    }

    /// Reads JSON.
    ///
    /// # Errors
    /// As [`Blueprint::from_yaml`].
    pub fn from_json(text: &str) -> Result<Self, Error> {
        Self::parse("blueprint", text)
    }

    /// Reads a file, YAML or JSON.
    ///
    /// # Errors
    /// [`Error::Io`] when the file cannot be read; else as [`Blueprint::from_yaml`].
    pub fn from_file(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        let bytes = std::fs::read(path).map_err(|e| Error::io(path, &e))?;
        let text =
            String::from_utf8(bytes).map_err(|_| Error::NotText { path: path.display().to_string() })?;
        let name = path.file_name().map_or_else(String::new, |n| n.to_string_lossy().into_owned());
        Self::parse(&name, &text)
    }

    fn parse(name: &str, text: &str) -> Result<Self, Error> {
        let fail = |lints: Vec<Lint>| Error::Blueprint { name: name.to_owned(), lints };
        let document = Document::parse(name, text).map_err(fail)?;
        let mut lints = check_document(&document, &Self::json_schema());
        if lints.iter().any(|l| l.severity == Severity::Error) {
            lints.extend(salvage::other_errors(&document, &lints));
            lints.sort_by(|a, b| (a.position, &a.path, a.code).cmp(&(b.position, &b.path, b.code)));
            lints.dedup();
            return Err(fail(lints));
        }
        let spec: BlueprintSpec = serde_json::from_value(document.json().clone()).map_err(|e| {
            // The schema and the structs come from one source; what still differs is a value's own check.
            fail(vec![Lint::error("blueprint.syntax", "").param("detail", e.to_string())])
        })?;
        Ok(Self { spec, document: Some(document) })
    }

    /// A Blueprint made in code.
    #[must_use]
    pub fn from_spec(spec: BlueprintSpec) -> Self {
        Self { spec, document: None }
    }

    /// The sections.
    #[must_use]
    pub fn spec(&self) -> &BlueprintSpec {
        &self.spec
    }

    /// The document it was read from.
    #[must_use]
    pub fn document(&self) -> Option<&Document> {
        self.document.as_ref()
    }

    /// The content in its one canonical form: JSON with the sections in fixed order and maps sorted by key.
    #[must_use]
    pub fn canonical_json(&self) -> String {
        serde_json::to_string(&self.spec).unwrap_or_default()
    }

    /// The content hash. It covers the version of the rules that change answers, and neither layout nor comments
    /// of the document.
    #[must_use]
    pub fn hash(&self) -> Hash {
        Hash::of(format!("{SEMANTICS_VERSION}\n{}", self.canonical_json()).as_bytes())
    }

    /// Compiles the Blueprint.
    ///
    /// # Errors
    /// [`Error::Blueprint`] with every error at once.
    pub fn compile(self) -> Result<Engine, Error> {
        Engine::compile(self)
    }

    /// Errors, warnings and remarks, located: everything that [`Blueprint::compile`] would refuse, and what it
    /// would take though somebody should look.
    #[must_use]
    pub fn lint(&self) -> Vec<Lint> {
        crate::lint::lint(self)
    }

    /// The JSON Schema of Blueprint documents (draft 2020-12).
    #[must_use]
    pub fn json_schema() -> serde_json::Value {
        use std::sync::OnceLock;
        static SCHEMA: OnceLock<serde_json::Value> = OnceLock::new();
        SCHEMA
            .get_or_init(|| serde_json::to_value(schemars::schema_for!(BlueprintSpec)).unwrap_or_default())
            .clone()
    }

    /// The starter Blueprints by name: `channel-sale`, `project-sale`, `simple`.
    #[must_use]
    pub fn starters() -> BTreeMap<&'static str, &'static str> {
        BTreeMap::from([
            ("channel-sale", include_str!("../blueprints/channel-sale.yaml")),
            ("project-sale", include_str!("../blueprints/project-sale.yaml")),
            ("simple", include_str!("../blueprints/simple.yaml")),
        ])
    }

    pub(crate) fn locate(&self, lints: &mut [Lint]) {
        if let Some(document) = &self.document {
            document.locate(lints);
        }
    }

    pub(crate) fn name(&self) -> &str {
        self.document.as_ref().map_or("blueprint", Document::name)
    }
}
