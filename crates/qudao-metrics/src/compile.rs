//! From the declaration of metrics to metrics that can be computed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use qudao_expr::{Env, ExprType, Program};
use qudao_model::{
    FieldIx, FieldRole, FieldType, Hash, Lint, LocalText, MetricId, ObjectName, ObjectSchema,
    SEMANTICS_VERSION, Schema, Severity, StageClass,
};

use crate::catalogue::catalogue;
use crate::spec::{Basis, CycleStart, FunnelKind, Goal, MetricKind, MetricSpec, Unit};
use crate::{AsOfClock, KpiInput, KpiQuery, KpiReport, MetricInfo, MetricsError, ProcessInfo};

/// The smallest sample that is not flagged, where the Blueprint does not say.
pub(crate) const MIN_SAMPLE: u32 = 30;

/// A metric, compiled.
#[derive(Debug, Clone)]
pub(crate) struct Definition {
    pub(crate) id: MetricId,
    pub(crate) kind: MetricKind,
    /// None: every object given.
    pub(crate) object: Option<Arc<ObjectSchema>>,
    pub(crate) of: Option<Program>,
    pub(crate) over: Option<Program>,
    pub(crate) filter: Option<Program>,
    pub(crate) basis: Basis,
    pub(crate) time: Option<FieldIx>,
    pub(crate) funnel: FunnelKind,
    pub(crate) start: CycleStart,
    pub(crate) classes: Vec<StageClass>,
    pub(crate) acts: BTreeSet<String>,
    pub(crate) exclude: BTreeSet<String>,
    pub(crate) unit: Unit,
    pub(crate) min_sample: u64,
    /// What the definition hash covers of the declaration.
    spec: MetricSpec,
    built_in: bool,
}

/// Every metric of a Blueprint, compiled: the built-in ones and its own. Immutable.
#[derive(Debug, Clone)]
pub struct Metrics {
    pub(crate) schema: Arc<Schema>,
    pub(crate) processes: Vec<ProcessInfo>,
    pub(crate) zone: chrono_tz::Tz,
    pub(crate) definitions: BTreeMap<MetricId, Definition>,
    lints: Vec<Lint>,
}

impl Metrics {
    /// Compiles the built-in metrics and those of a Blueprint. Where several versions of a process are given, the
    /// last one is in force.
    ///
    /// # Errors
    /// Every lint, all at once, when one of them is an error; paths begin with `/metrics`.
    pub fn compile(
        specs: &BTreeMap<MetricId, MetricSpec>,
        schema: &Arc<Schema>,
        processes: Vec<ProcessInfo>,
        zone: chrono_tz::Tz,
    ) -> Result<Self, Vec<Lint>> {
        let mut all: BTreeMap<MetricId, (MetricSpec, bool)> =
            catalogue().into_iter().map(|e| (e.id, (e.spec, true))).collect();
        for (id, own) in specs {
            let spec = match all.get(id) {
                Some((base, _)) if own.kind.is_none() => overlay(base, own),
                _ => own.clone(),
            };
            all.insert(id.clone(), (spec, false));
        }
        let mut lints = Vec::new();
        let mut definitions = BTreeMap::new();
        for (id, (spec, built_in)) in all {
            let mut compiler = Compiler { schema, lints: &mut lints, path: format!("/metrics/{id}") };
            if let Some(definition) = compiler.metric(&id, spec, built_in) {
                definitions.insert(id, definition);
            }
        }
        if lints.iter().any(|l| l.severity == Severity::Error) {
            return Err(lints);
        }
        Ok(Self { schema: Arc::clone(schema), processes, zone, definitions, lints })
    }

    /// What is remarkable though not wrong.
    #[must_use]
    pub fn lints(&self) -> &[Lint] {
        &self.lints
    }

    /// The metrics, by id.
    #[must_use]
    pub fn list(&self) -> Vec<MetricInfo> {
        let info = |d: &Definition| MetricInfo {
            id: d.id.clone(),
            label: if d.spec.label.is_empty() {
                LocalText::from(d.id.as_str())
            } else {
                d.spec.label.clone()
            },
            description: d.spec.description.clone(),
            unit: d.unit,
            basis: d.basis,
            goal: d.spec.goal,
            built_in: d.built_in,
        };
        self.definitions.values().map(info).collect()
    }

    /// The processes of an object, each in the version in force.
    pub(crate) fn processes_of<'a>(&'a self, object: &'a ObjectName) -> Vec<&'a ProcessInfo> {
        let mut current: BTreeMap<&str, &ProcessInfo> = BTreeMap::new();
        for process in self.processes.iter().filter(|p| p.object == *object) {
            current.insert(process.id.as_str(), process);
        }
        current.into_values().collect()
    }

    /// The hash of a definition: everything that changes its answer, apart from the data.
    pub(crate) fn definition_hash(
        &self,
        definition: &Definition,
        basis: Basis,
        zone: chrono_tz::Tz,
        clock: AsOfClock,
    ) -> Hash {
        let spec = MetricSpec {
            label: LocalText::Empty,
            description: LocalText::Empty,
            goal: Goal::None,
            min_sample: None,
            ..definition.spec.clone()
        };
        let processes: Vec<_> = match &definition.object {
            Some(object) => self.processes_of(&object.name),
            None => Vec::new(),
        }
        .into_iter()
        .map(|p| {
            let stages: Vec<_> = p
                .stages
                .iter()
                .map(|s| {
                    let probability = s.probability.map(|p| p.normalize().to_string());
                    serde_json::json!([s.id.as_str(), s.order, s.class.as_str(), probability])
                })
                .collect();
            serde_json::json!([p.id.as_str(), stages])
        })
        .collect();
        let roles: Vec<_> = definition
            .object
            .iter()
            .flat_map(|o| &o.fields)
            .filter_map(|f| f.spec.role.map(|role| serde_json::json!([f.name.as_str(), role])))
            .collect();
        let covered = serde_json::json!({
            "semantics": SEMANTICS_VERSION,
            "metric": serde_json::to_value(&spec).unwrap_or_default(),
            "basis": basis.as_str(),
            "clock": clock.as_str(),
            "zone": zone.name(),
            "zone_data": chrono_tz::IANA_TZDB_VERSION,
            "currency": self.schema.currency(),
            "processes": processes,
            "roles": roles,
        });
        Hash::of(covered.to_string().as_bytes())
    }

    /// Computes a report.
    ///
    /// # Errors
    /// [`MetricsError`] when the query names an unknown metric or group, the window is empty, or an exchange rate is
    /// missing. What is wrong with a single metric is an undefined value.
    pub fn compute(&self, input: &KpiInput<'_>, query: &KpiQuery) -> Result<KpiReport, MetricsError> {
        crate::compute::report(self, input, query)
    }
}

fn overlay(base: &MetricSpec, own: &MetricSpec) -> MetricSpec {
    fn or<T: Clone>(own: &Option<T>, base: &Option<T>) -> Option<T> {
        own.clone().or_else(|| base.clone())
    }
    MetricSpec {
        kind: base.kind,
        object: or(&own.object, &base.object),
        of: or(&own.of, &base.of),
        over: or(&own.over, &base.over),
        filter: or(&own.filter, &base.filter),
        basis: or(&own.basis, &base.basis),
        time: or(&own.time, &base.time),
        funnel: or(&own.funnel, &base.funnel),
        start: or(&own.start, &base.start),
        classes: if own.classes.is_empty() { base.classes.clone() } else { own.classes.clone() },
        acts: or(&own.acts, &base.acts),
        exclude: or(&own.exclude, &base.exclude),
        unit: or(&own.unit, &base.unit),
        label: if own.label.is_empty() { base.label.clone() } else { own.label.clone() },
        description: if own.description.is_empty() {
            base.description.clone()
        } else {
            own.description.clone()
        },
        goal: if own.goal == Goal::None { base.goal } else { own.goal },
        min_sample: or(&own.min_sample, &base.min_sample),
    }
}

struct Compiler<'a> {
    schema: &'a Schema,
    lints: &'a mut Vec<Lint>,
    path: String,
}

impl Compiler<'_> {
    fn error(&mut self, code: &'static str, key: &str, params: &[(&str, &str)]) {
        let mut lint = Lint::error(code, format!("{}/{key}", self.path)).param("key", key);
        for (name, value) in params {
            lint = lint.param(name, *value);
        }
        self.lints.push(lint);
    }

    fn metric(&mut self, id: &MetricId, spec: MetricSpec, built_in: bool) -> Option<Definition> {
        let Some(kind) = spec.kind else {
            self.lints.push(
                Lint::error("metrics.no_kind", self.path.clone())
                    .param("metric", id.as_str())
                    .suggest(id.as_str(), catalogue().iter().map(|e| e.id.as_str())),
            );
            return None;
        };
        let before = self.lints.len();
        let object = self.object(kind, &spec)?;
        self.unused_keys(kind, &spec);
        let of = self.of(kind, object.as_deref(), &spec);
        let over = self.condition("over", object.as_deref(), spec.over.as_deref());
        let filter = self.condition("filter", object.as_deref(), spec.filter.as_deref());
        let basis = self.basis(kind, &spec);
        let time = self.time(kind, basis, object.as_deref(), &spec);
        if self.lints.iter().skip(before).any(|l| l.severity == Severity::Error) {
            return None;
        }
        let words = |given: &Option<Vec<String>>, default: &[&str]| match given {
            Some(words) => words.iter().cloned().collect(),
            None => default.iter().map(|w| (*w).to_owned()).collect(),
        };
        let unit = spec.unit.unwrap_or_else(|| match of.as_ref().map(Program::result_type) {
            Some(ExprType::Money(_)) => Unit::Money,
            Some(ExprType::Duration) => Unit::Days,
            _ => kind.default_unit(),
        });
        Some(Definition {
            id: id.clone(),
            kind,
            object,
            of,
            over,
            filter,
            basis,
            time,
            funnel: spec.funnel.unwrap_or(FunnelKind::Strict),
            start: spec.start.unwrap_or_default(),
            classes: if spec.classes.is_empty() { vec![StageClass::Won] } else { spec.classes.clone() },
            acts: words(&spec.acts, &["call", "visit", "email", "meeting", "demo"]),
            exclude: words(&spec.exclude, &["merged", "invalid"]),
            unit,
            min_sample: u64::from(spec.min_sample.unwrap_or(MIN_SAMPLE)),
            spec,
            built_in,
        })
    }

    /// The object measured; the outer `None` where a lint was added.
    #[expect(clippy::option_option, reason = "no object is an answer of its own: every object given")]
    fn object(&mut self, kind: MetricKind, spec: &MetricSpec) -> Option<Option<Arc<ObjectSchema>>> {
        let name = match (&spec.object, kind) {
            (Some(name), _) => name.as_str(),
            (None, MetricKind::Completeness | MetricKind::DuplicateRate) => return Some(None),
            (None, MetricKind::LeadConversion) => "lead",
            (None, _) => "opportunity",
        };
        let Some(object) = self.schema.object(name) else {
            let mut lint =
                Lint::error("blueprint.unknown_object", format!("{}/object", self.path)).param("name", name);
            if let Some(near) = self.schema.nearest_object(name) {
                lint = lint.param("suggestion", near);
            }
            self.lints.push(lint);
            return None;
        };
        let needs_stages = kind.is_staged();
        if needs_stages && !object.staged {
            let lint = Lint::error("metrics.not_staged", format!("{}/object", self.path));
            self.lints.push(lint.param("object", name));
            return None;
        }
        Some(Some(Arc::clone(object)))
    }

    fn unused_keys(&mut self, kind: MetricKind, spec: &MetricSpec) {
        use MetricKind as K;
        let generic = matches!(kind, K::Sum | K::Mean | K::Median | K::Distribution);
        let checks = [
            ("of", spec.of.is_some(), generic || kind == K::Ratio),
            ("over", spec.over.is_some(), kind == K::Ratio),
            ("filter", spec.filter.is_some(), spec.object.is_some() || !kind.is_per_object()),
            ("time", spec.time.is_some(), generic || matches!(kind, K::Ratio | K::Count)),
            ("funnel", spec.funnel.is_some(), kind == K::Funnel),
            ("start", spec.start.is_some(), matches!(kind, K::SalesCycle | K::Velocity)),
            ("classes", !spec.classes.is_empty(), kind == K::SalesCycle),
            ("acts", spec.acts.is_some(), kind == K::LeadConversion),
            ("exclude", spec.exclude.is_some(), kind == K::LeadConversion),
        ];
        for (key, given, read) in checks {
            if given && !read {
                self.error("metrics.unused_key", key, &[]);
            }
        }
        if let Some(class) = spec.classes.iter().find(|c| !matches!(c, StageClass::Won | StageClass::Lost)) {
            let name = class.as_str();
            self.error("metrics.bad_class", "classes", &[("class", name)]);
        }
    }

    fn of(&mut self, kind: MetricKind, object: Option<&ObjectSchema>, spec: &MetricSpec) -> Option<Program> {
        use MetricKind as K;
        match (kind, spec.of.as_deref(), object) {
            (K::Ratio, Some(text), object) => self.condition("of", object, Some(text)),
            (K::Sum | K::Mean | K::Median | K::Distribution, Some(text), Some(object)) => {
                let program = self.program("of", object, text, false)?;
                let ty = program.result_type();
                if ty.is_number() || matches!(ty, ExprType::Money(_) | ExprType::Duration) {
                    return Some(program);
                }
                let found = ty.to_string();
                self.error("metrics.not_a_number", "of", &[("found", &found)]);
                None
            }
            (K::Ratio | K::Sum | K::Mean | K::Median | K::Distribution, None, _) => {
                self.error("metrics.missing_key", "of", &[]);
                None
            }
            _ => None,
        }
    }

    fn condition(&mut self, key: &str, object: Option<&ObjectSchema>, text: Option<&str>) -> Option<Program> {
        self.program(key, object?, text?, true)
    }

    fn program(&mut self, key: &str, object: &ObjectSchema, text: &str, condition: bool) -> Option<Program> {
        let env = Env::record(self.schema, &object.name);
        let path = format!("{}/{key}", self.path);
        let result = if condition { Program::condition(text, &env) } else { Program::compile(text, &env) };
        match result {
            Ok(program) => {
                self.lints.extend(program.lints().into_iter().map(|i| i.into_lint(&path)));
                if !program.reads().changed.is_empty() {
                    self.error("metrics.reads_change", key, &[]);
                    return None;
                }
                Some(program)
            }
            Err(issues) => {
                self.lints.extend(issues.into_iter().map(|i| i.into_lint(&path)));
                None
            }
        }
    }

    fn basis(&mut self, kind: MetricKind, spec: &MetricSpec) -> Basis {
        use MetricKind as K;
        let (default, fits): (Basis, &[Basis]) = match kind {
            K::Count | K::Ratio | K::Sum | K::Mean | K::Median | K::Distribution => {
                let default = if spec.time.is_some() { Basis::Event } else { Basis::AsOf };
                (default, &[Basis::Cohort, Basis::Event, Basis::AsOf])
            }
            K::Funnel | K::LeadConversion => (Basis::Cohort, &[Basis::Cohort, Basis::Event]),
            K::Velocity | K::Reopened => (Basis::Event, &[Basis::Event]),
            K::WinRate | K::WinRateValue | K::ClosedWon | K::ClosedLost | K::SalesCycle | K::WonValue => {
                (Basis::Event, &[Basis::Cohort, Basis::Event])
            }
            K::PipelineValue | K::WeightedPipeline | K::StageAge | K::Completeness | K::DuplicateRate => {
                (Basis::AsOf, &[Basis::AsOf])
            }
        };
        match spec.basis {
            Some(basis) if fits.contains(&basis) => basis,
            Some(basis) => {
                let allowed: Vec<&str> = fits.iter().map(|b| b.as_str()).collect();
                self.error(
                    "metrics.bad_basis",
                    "basis",
                    &[("basis", basis.as_str()), ("allowed", &allowed.join(", "))],
                );
                default
            }
            None => default,
        }
    }

    fn time(
        &mut self,
        kind: MetricKind,
        basis: Basis,
        object: Option<&ObjectSchema>,
        spec: &MetricSpec,
    ) -> Option<FieldIx> {
        let object = object?;
        if let Some(name) = &spec.time {
            let Some(ix) = object.field_ix(name.as_str()) else {
                let lint = Lint::error("blueprint.unknown_field", format!("{}/time", self.path))
                    .param("object", object.name.as_str())
                    .param("name", name.as_str())
                    .suggest(name.as_str(), object.fields.iter().map(|f| f.name.as_str()));
                self.lints.push(lint);
                return None;
            };
            let ty = object.field_at(ix).map(|f| &f.ty);
            if !matches!(ty, Some(FieldType::Date | FieldType::Instant)) {
                self.error("metrics.not_a_time", "time", &[]);
                return None;
            }
            return Some(ix);
        }
        let role = match (kind, basis) {
            (MetricKind::PipelineValue | MetricKind::WeightedPipeline, _) => {
                return object.with_role(FieldRole::ExpectedClose);
            }
            (_, Basis::AsOf) => return None,
            (_, Basis::Cohort) => FieldRole::Created,
            (MetricKind::LeadConversion, Basis::Event) => FieldRole::Converted,
            (_, Basis::Event) => FieldRole::Closed,
        };
        let found = object.with_role(role);
        if found.is_none() {
            self.error("metrics.no_time", "time", &[("object", object.name.as_str())]);
        }
        found
    }
}

impl MetricKind {
    /// It measures records that move through stages.
    pub(crate) fn is_staged(self) -> bool {
        use MetricKind as K;
        matches!(
            self,
            K::WinRate
                | K::WinRateValue
                | K::ClosedWon
                | K::ClosedLost
                | K::Reopened
                | K::Funnel
                | K::SalesCycle
                | K::Velocity
                | K::PipelineValue
                | K::WeightedPipeline
                | K::WonValue
                | K::StageAge
        )
    }

    /// It gives a number per object.
    pub(crate) fn is_per_object(self) -> bool {
        matches!(self, Self::Completeness | Self::DuplicateRate)
    }

    /// It is defined on the cohort and on the event basis.
    pub(crate) fn has_both_bases(self) -> bool {
        use MetricKind as K;
        matches!(
            self,
            K::WinRate
                | K::WinRateValue
                | K::ClosedWon
                | K::ClosedLost
                | K::Funnel
                | K::SalesCycle
                | K::WonValue
                | K::LeadConversion
        )
    }
}
