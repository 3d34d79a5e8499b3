//! The engine: a compiled, checked Blueprint. Immutable, cheap to clone, shared between threads.

use std::str::FromStr;
use std::sync::Arc;

use chrono_tz::Tz;
use qudao_match::{IndexEntry, MatchSpec, Matching, Survivorship};
use qudao_metrics::{Metrics, ProcessInfo, StageInfo};
use qudao_model::{
    FieldName, Hash, Lint, LocalText, Locale, ObjectName, ProcessId, Record, Schema, Severity, StageId,
    Violation, codes,
};
use qudao_pipeline::Pipeline;
use qudao_quality::{Quality, QualitySpec, Stewardship};
use qudao_store::{Derived, Deriver};

use crate::blueprint::Blueprint;
use crate::derive::Derivation;
use crate::error::Error;
use crate::names::Names;
use crate::roles::Roles;
use crate::seen::SeenLists;

/// A compiled Blueprint.
#[derive(Clone)]
pub struct Engine {
    inner: Arc<Inner>,
    /// The rules of the Blueprint, or the same with the weights of a model.
    matching: Arc<Matching>,
}

struct Inner {
    blueprint: Blueprint,
    hash: Hash,
    schema: Arc<Schema>,
    zone: Tz,
    quality: Quality,
    stewardship: Stewardship,
    survivorship: Survivorship,
    pipeline: Pipeline,
    metrics: Metrics,
    roles: Roles,
    /// Of the rules as they came with the Blueprint: learned weights compare the same objects.
    seen: SeenLists,
    derivation: Derivation,
    names: Names,
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine").field("hash", &self.inner.hash).finish_non_exhaustive()
    }
}

/// Collects the lints of the parts.
#[derive(Default)]
struct Findings(Vec<Lint>);

impl Findings {
    fn take<T>(&mut self, result: Result<T, Vec<Lint>>) -> Option<T> {
        result.map_err(|lints| self.0.extend(lints)).ok()
    }
}

impl Engine {
    /// Compiles a Blueprint. Every part is compiled, so that all errors are told at once.
    pub(crate) fn compile(blueprint: Blueprint) -> Result<Self, Error> {
        let spec = blueprint.spec().clone();
        let mut findings = Findings::default();
        let zone = Tz::from_str(&spec.timezone).unwrap_or_else(|_| {
            let lint =
                Lint::error("blueprint.bad_timezone", "/timezone").param("value", spec.timezone.as_str());
            findings.0.push(lint.suggest(&spec.timezone, chrono_tz::TZ_VARIANTS.iter().map(|z| z.name())));
            Tz::UTC
        });
        if !qudao_model::is_currency(&spec.currency) {
            let lint = Lint::error("blueprint.bad_currency", "/currency");
            findings.0.push(lint.param("value", spec.currency.as_str()));
        }
        let schema = match Schema::build(&spec.objects, &spec.currency) {
            Ok(schema) => Arc::new(schema),
            Err(lints) => {
                findings.0.extend(lints);
                return Err(fail(&blueprint, findings.0));
            }
        };
        let quality_spec = QualitySpec {
            validation: spec.validation.clone(),
            placeholders: spec.placeholders.clone(),
            completeness: spec.completeness.clone(),
        };
        let match_spec = MatchSpec { matching: spec.matching.clone(), duplicates: spec.duplicates.clone() };
        let quality = findings.take(Quality::compile(&quality_spec, &schema, zone));
        let stewardship = findings.take(Stewardship::compile(&spec.stewardship, &schema));
        let matching = findings.take(Matching::compile(&match_spec, &schema));
        let survivorship = findings.take(Survivorship::compile(&spec.survivorship, &schema));
        let pipeline = findings.take(Pipeline::compile(&spec.processes, &schema, zone));
        let processes = pipeline.as_ref().map(process_infos).unwrap_or_default();
        let metrics = findings.take(Metrics::compile(&spec.metrics, &schema, processes, zone));
        let roles = findings.take(Roles::compile(&spec.roles, &schema));
        let derivation = findings.take(Derivation::compile(&schema));
        findings.0.extend(check_references(&blueprint, &schema, metrics.as_ref()));
        if let (Some(quality), Some(pipeline)) = (&quality, &pipeline) {
            findings.0.extend(check_stages(quality, pipeline, &schema));
        }
        let names = Names::new()?;
        let errors = findings.0.iter().any(|l| l.severity == Severity::Error);
        match (quality, stewardship, matching, survivorship, pipeline, metrics, roles, derivation) {
            (
                Some(quality),
                Some(stewardship),
                Some(matching),
                Some(survivorship),
                Some(pipeline),
                Some(metrics),
                Some(roles),
                Some(derivation),
            ) if !errors => {
                let hash = blueprint.hash();
                let seen = SeenLists::of(&roles, &matching, &schema);
                let inner = Inner {
                    blueprint,
                    hash,
                    schema,
                    zone,
                    quality,
                    stewardship,
                    survivorship,
                    pipeline,
                    metrics,
                    roles,
                    seen,
                    derivation,
                    names,
                };
                Ok(Self { inner: Arc::new(inner), matching: Arc::new(matching) })
            }
            _ => Err(fail(&blueprint, findings.0)),
        }
    }

    /// Reads and compiles YAML or JSON.
    ///
    /// # Errors
    /// [`Error::Blueprint`] with every error at once.
    pub fn from_yaml(text: &str) -> Result<Self, Error> {
        Blueprint::from_yaml(text)?.compile()
    }

    /// Reads and compiles a file.
    ///
    /// # Errors
    /// [`Error::Io`] when the file cannot be read; [`Error::Blueprint`] with every error at once.
    pub fn from_file(path: impl AsRef<std::path::Path>) -> Result<Self, Error> {
        Blueprint::from_file(path)?.compile()
    }

    /// The Blueprint.
    #[must_use]
    pub fn blueprint(&self) -> &Blueprint {
        &self.inner.blueprint
    }

    /// The Blueprint's content hash.
    #[must_use]
    pub fn hash(&self) -> &Hash {
        &self.inner.hash
    }

    /// The objects and fields.
    #[must_use]
    pub fn schema(&self) -> &Schema {
        &self.inner.schema
    }

    pub(crate) fn schema_arc(&self) -> &Arc<Schema> {
        &self.inner.schema
    }

    /// The time zone of business days.
    #[must_use]
    pub fn zone(&self) -> Tz {
        self.inner.zone
    }

    /// The Blueprint's default locale.
    #[must_use]
    pub fn locale(&self) -> Locale {
        Locale::new(self.inner.blueprint.spec().locale.as_str())
    }

    /// Normalising, validation and completeness.
    #[must_use]
    pub fn quality(&self) -> &Quality {
        &self.inner.quality
    }

    /// Matching and duplicate rules.
    #[must_use]
    pub fn matching(&self) -> &Matching {
        &self.matching
    }

    /// Which values survive a merge.
    #[must_use]
    pub fn survivorship(&self) -> &Survivorship {
        &self.inner.survivorship
    }

    /// Processes and gates.
    #[must_use]
    pub fn pipeline(&self) -> &Pipeline {
        &self.inner.pipeline
    }

    /// Metrics.
    #[must_use]
    pub fn metrics(&self) -> &Metrics {
        &self.inner.metrics
    }

    /// Roles.
    #[must_use]
    pub fn roles(&self) -> &Roles {
        &self.inner.roles
    }

    pub(crate) fn derivation(&self) -> &Derivation {
        &self.inner.derivation
    }

    /// The rules of stewardship.
    #[must_use]
    pub fn stewardship(&self) -> &Stewardship {
        &self.inner.stewardship
    }

    pub(crate) fn names(&self) -> &Names {
        &self.inner.names
    }

    /// The same engine with other matching rules.
    pub(crate) fn with_matching(&self, matching: Matching) -> Self {
        Self { inner: self.inner.clone(), matching: Arc::new(matching) }
    }

    /// Lints of the parts: what compiles though somebody should look.
    #[must_use]
    pub fn lints(&self) -> Vec<Lint> {
        let mut lints = self.quality().lints().to_vec();
        lints.extend(self.matching().warnings().iter().cloned());
        lints.extend(self.survivorship().warnings().iter().cloned());
        lints.extend(self.pipeline().lints().iter().cloned());
        lints.extend(self.metrics().lints().iter().cloned());
        self.inner.blueprint.locate(&mut lints);
        lints
    }

    /// The keys under which a record claims its unique values and meets possible duplicates.
    pub(crate) fn derive_keys(&self, record: &Record) -> Derived {
        let claims = self.quality().claims(record).into_iter().map(|c| (c.rule, c.key)).collect();
        let IndexEntry { mut keys, sketches, features } = self.matching().index_entry(record);
        keys.extend(self.inner.seen.keys(record));
        Derived { claims, keys, sketches, features }
    }

    /// Gives a violation the company's own words for its code.
    pub(crate) fn word(&self, violation: &mut Violation) {
        if violation.text.is_empty()
            && let Some(own) = self.inner.blueprint.spec().messages.get(violation.code.as_ref())
        {
            violation.text = LocalText::clone(own);
        }
    }

    pub(crate) fn unknown_object(&self, name: &str) -> Error {
        let suggestion = self.schema().nearest_object(name).map(str::to_owned);
        Error::UnknownObject { name: name.to_owned(), suggestion }
    }

    pub(crate) fn not_found(&self, object: &ObjectName) -> Error {
        let label = self.schema().object(object.as_str()).map(|o| o.label.clone()).unwrap_or_default();
        Error::NotFound { object: object.clone(), label }
    }

    pub(crate) fn unknown_field(&self, object: &ObjectName, name: &str) -> Error {
        let suggestion = self.schema().nearest_field(object.as_str(), name).map(str::to_owned);
        Error::UnknownField { object: object.clone(), name: name.to_owned(), suggestion }
    }
}

/// The version of the lists by which records are seen. Another one means that they must be made anew.
const SEEN_VERSION: u32 = 1;

impl Deriver for Engine {
    fn derived(&self, record: &Record) -> Derived {
        self.derive_keys(record)
    }

    fn version(&self) -> u32 {
        let lists = if self.inner.seen.is_empty() { 0 } else { SEEN_VERSION };
        qudao_match::INDEX_VERSION | lists << 16
    }

    fn knows_stage(&self, process: &ProcessId, stage: &StageId) -> bool {
        self.inner
            .blueprint
            .spec()
            .processes
            .get(process)
            .is_some_and(|p| p.stages.iter().any(|s| s.id == *stage))
    }
}

fn fail(blueprint: &Blueprint, mut lints: Vec<Lint>) -> Error {
    blueprint.locate(&mut lints);
    lints.sort_by(|a, b| (a.position, &a.path, a.code).cmp(&(b.position, &b.path, b.code)));
    lints.dedup();
    Error::Blueprint { name: blueprint.name().to_owned(), lints }
}

fn process_infos(pipeline: &Pipeline) -> Vec<ProcessInfo> {
    pipeline
        .processes()
        .map(|process| ProcessInfo {
            id: process.id().clone(),
            version: process.version().to_string(),
            object: process.object().clone(),
            stages: process
                .stages()
                .iter()
                .map(|stage| StageInfo {
                    id: stage.id().clone(),
                    order: stage.order(),
                    class: stage.class(),
                    probability: stage.probability(),
                })
                .collect(),
        })
        .collect()
}

/// References between sections: fields in forms, roles and metrics in dashboards, codes of messages.
fn check_references(blueprint: &Blueprint, schema: &Schema, metrics: Option<&Metrics>) -> Vec<Lint> {
    let spec = blueprint.spec();
    let mut lints = Vec::new();
    let roles: Vec<&str> = spec.roles.keys().map(qudao_model::RoleName::as_str).collect();
    let unknown_role = |path: String, role: &str| {
        Lint::error("blueprint.unknown_role", path).param("name", role).suggest(role, roles.iter().copied())
    };
    for (object, sections) in &spec.layout {
        let path = format!("/layout/{object}");
        let Some(known) = schema.object(object.as_str()) else {
            lints.push(
                Lint::error("blueprint.unknown_object", path)
                    .param("name", object.as_str())
                    .suggest(object.as_str(), schema.objects().map(|o| o.name.as_str())),
            );
            continue;
        };
        for (i, section) in sections.iter().enumerate() {
            for (j, field) in section.fields.iter().enumerate() {
                if known.field(field.as_str()).is_none() {
                    lints.push(
                        Lint::error("blueprint.unknown_field", format!("{path}/{i}/fields/{j}"))
                            .param("object", object.as_str())
                            .param("name", field.as_str())
                            .suggest(field.as_str(), known.fields.iter().map(|f| f.name.as_str())),
                    );
                }
            }
            for (j, role) in section.roles.iter().enumerate() {
                if !spec.roles.contains_key(role) {
                    lints.push(unknown_role(format!("{path}/{i}/roles/{j}"), role.as_str()));
                }
            }
        }
    }
    let known_metrics: Vec<String> =
        metrics.map(|m| m.list().iter().map(|i| i.id.to_string()).collect()).unwrap_or_default();
    for (role, board) in &spec.dashboards {
        if !spec.roles.contains_key(role) {
            lints.push(unknown_role(format!("/dashboards/{role}"), role.as_str()));
        }
        for (i, metric) in board.iter().enumerate() {
            if metrics.is_some() && !known_metrics.iter().any(|k| k == metric.as_str()) {
                lints.push(
                    Lint::error("blueprint.unknown_metric", format!("/dashboards/{role}/{i}"))
                        .param("name", metric.as_str())
                        .suggest(metric.as_str(), known_metrics.iter().map(String::as_str)),
                );
            }
        }
    }
    for code in spec.messages.keys() {
        if codes::lookup(code).is_none() {
            let all = codes::all();
            lints.push(
                Lint::error("blueprint.unknown_code", format!("/messages/{}", code.replace('/', "~1")))
                    .param("name", code.as_str())
                    .suggest(code, all.iter().map(|c| c.code)),
            );
        }
    }
    lints
}

/// Stages that validation rules speak of and no process of their object has.
fn check_stages(quality: &Quality, pipeline: &Pipeline, schema: &Schema) -> Vec<Lint> {
    let mut lints = Vec::new();
    for object in schema.objects() {
        let stages: Vec<&StageId> =
            pipeline.processes_of(object.name.as_str()).flat_map(|p| p.stages()).map(|s| s.id()).collect();
        for rule in quality.rules(&object.name) {
            for (i, stage) in rule.enters().iter().enumerate().filter(|(_, s)| !stages.contains(s)) {
                lints.push(
                    Lint::error("blueprint.unknown_stage", format!("{}/on/enter/{i}", rule.path()))
                        .param("object", object.name.as_str())
                        .param("name", stage.as_str())
                        .suggest(stage.as_str(), stages.iter().map(|s| s.as_str())),
                );
            }
        }
    }
    lints
}

/// A form of an object for a role and a record type: sections in order, each with the fields shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormSection {
    /// The heading.
    pub heading: LocalText,
    /// The fields, in order.
    pub fields: Vec<FieldName>,
}

impl Engine {
    /// The form of an object for the roles held and a record type. Without a layout, all fields that people enter
    /// stand in one section, in the order of the schema.
    ///
    /// # Errors
    /// [`Error::UnknownObject`].
    pub fn form(
        &self,
        object: &ObjectName,
        actor: &qudao_model::Actor,
        record_type: Option<&str>,
    ) -> Result<Vec<FormSection>, Error> {
        let schema =
            self.schema().object(object.as_str()).ok_or_else(|| self.unknown_object(object.as_str()))?;
        let masked = self.roles().masked(actor, schema);
        let visible = |f: &&FieldName| !masked.contains(*f);
        let spec = self.blueprint().spec();
        let Some(sections) = spec.layout.get(object) else {
            let fields = schema
                .fields
                .iter()
                .filter(|f| !f.spec.system && f.spec.compute.is_none())
                .map(|f| &f.name)
                .filter(visible)
                .cloned()
                .collect();
            return Ok(vec![FormSection { heading: schema.label.clone(), fields }]);
        };
        Ok(sections
            .iter()
            .filter(|s| s.roles.is_empty() || s.roles.iter().any(|r| actor.roles.contains(r)))
            .filter(|s| s.types.is_empty() || record_type.is_some_and(|t| s.types.iter().any(|x| x == t)))
            .map(|s| FormSection {
                heading: s.section.clone(),
                fields: s.fields.iter().filter(visible).cloned().collect(),
            })
            .collect())
    }
}
