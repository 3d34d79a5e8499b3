//! The computation of a report.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use qudao_model::{Hash, MetricId, ObjectName, ObjectSchema, RecordId, Value};

use crate::cases::{Case, Slots, cases};
use crate::cells::{Cell, Gathered, Key, Made, Series, make};
use crate::compile::Definition;
use crate::frame::{Frame, bucket_label};
use crate::groups::{Groups, Path, compare_groups};
use crate::kinds::{Context, gather};
use crate::query::{AsOfClock, TimeUnit};
use crate::stats::tidy;
use crate::{
    Basis, DrillThrough, Excluded, GroupKey, KpiInput, KpiQuery, KpiReport, KpiValue, MetricKind, Metrics,
    MetricsError, MissingRate, Number, Reason, Unit,
};

/// The largest number of rows of a report.
const MAX_ROWS: usize = 200_000;

/// The records of one object, grouped.
struct Subject<'a> {
    object: Arc<ObjectSchema>,
    cases: Vec<Case<'a>>,
    groups: Result<Groups, Reason>,
}

struct Run<'a, 'q> {
    metrics: &'q Metrics,
    input: &'q KpiInput<'a>,
    query: &'q KpiQuery,
    frame: Frame,
    /// By object, and by whether records that were merged into others count as excluded.
    subjects: BTreeMap<(ObjectName, bool), Subject<'a>>,
    missing_rates: RefCell<BTreeSet<MissingRate>>,
    rows: Vec<(usize, usize, KpiValue)>,
}

pub(crate) fn report(
    metrics: &Metrics,
    input: &KpiInput<'_>,
    query: &KpiQuery,
) -> Result<KpiReport, MetricsError> {
    let definitions = chosen(metrics, query)?;
    let zone = query.zone.unwrap_or(metrics.zone);
    let window = query.window.map(|w| w.resolve(zone)).transpose()?;
    let as_of = query.as_of.unwrap_or(input.as_of);
    let frame = Frame::new(window, finest_unit(query), zone, as_of);
    let mut run = Run {
        metrics,
        input,
        query,
        frame,
        subjects: BTreeMap::new(),
        missing_rates: RefCell::default(),
        rows: Vec::new(),
    };
    check_groups(metrics, query, &definitions)?;
    for (at, definition) in definitions.iter().enumerate() {
        run.metric(at, definition);
        if run.rows.len() > MAX_ROWS {
            return Err(MetricsError::TooManyRows { limit: MAX_ROWS });
        }
    }
    let missing: Vec<MissingRate> = run.missing_rates.into_inner().into_iter().collect();
    if !missing.is_empty() {
        return Err(MetricsError::MissingRates { missing });
    }
    let mut rows = run.rows;
    rows.sort_by(|a, b| {
        a.0.cmp(&b.0).then_with(|| compare_groups(&a.2.group, &b.2.group)).then_with(|| a.1.cmp(&b.1))
    });
    Ok(KpiReport { rows: rows.into_iter().map(|(_, _, row)| row).collect() })
}

fn finest_unit(query: &KpiQuery) -> Option<TimeUnit> {
    let units = query.by.iter().filter_map(|k| if let GroupKey::Time(unit) = k { Some(*unit) } else { None });
    units.max()
}

fn chosen<'m>(metrics: &'m Metrics, query: &KpiQuery) -> Result<Vec<&'m Definition>, MetricsError> {
    if query.metrics.is_empty() {
        return Ok(metrics.definitions.values().collect());
    }
    let mut seen: BTreeSet<&MetricId> = BTreeSet::new();
    let mut chosen = Vec::new();
    for id in query.metrics.iter().filter(|id| seen.insert(id)) {
        let definition = metrics.definitions.get(id).ok_or_else(|| MetricsError::UnknownMetric {
            metric: id.clone(),
            suggestion: metrics.nearest(id.as_str()),
        })?;
        chosen.push(definition);
    }
    Ok(chosen)
}

/// The objects a metric may measure.
fn objects_of<'m>(metrics: &'m Metrics, definition: &'m Definition) -> Vec<&'m Arc<ObjectSchema>> {
    match &definition.object {
        Some(object) => vec![object],
        None => metrics.schema.objects().collect(),
    }
}

/// A group that no metric can be grouped by is a mistake in the query.
fn check_groups(
    metrics: &Metrics,
    query: &KpiQuery,
    definitions: &[&Definition],
) -> Result<(), MetricsError> {
    for key in &query.by {
        let GroupKey::Field(path) = key else { continue };
        let mut unknown = None;
        let fits =
            definitions.iter().flat_map(|d| objects_of(metrics, d)).any(|object| {
                match Path::resolve(&metrics.schema, object, path) {
                    Ok(_) => true,
                    Err(place) => {
                        unknown.get_or_insert(place);
                        false
                    }
                }
            });
        if let (false, Some((object, name))) = (fits, unknown) {
            let suggestion = metrics.schema.nearest_field(object.as_str(), &name).map(str::to_owned);
            return Err(MetricsError::UnknownGroup { path: path.clone(), suggestion });
        }
    }
    Ok(())
}

impl<'a> Run<'a, '_> {
    fn metric(&mut self, at: usize, definition: &Definition) {
        let basis = match self.query.basis {
            Some(basis @ (Basis::Cohort | Basis::Event)) if definition.kind.has_both_bases() => basis,
            _ => definition.basis,
        };
        let hash = self.metrics.definition_hash(definition, basis, self.frame.zone, self.query.clock);
        match &definition.object {
            Some(object) => self.measure(at, definition, object, basis, &hash),
            None => {
                let objects = self.objects_with_input(definition.kind);
                if objects.is_empty() {
                    let reason = match definition.kind {
                        MetricKind::DuplicateRate => Reason::NoClusters,
                        _ => Reason::NoScores,
                    };
                    self.undefined(at, definition, None, basis, &hash, reason);
                }
                for object in objects {
                    self.measure(at, definition, &object, basis, &hash);
                }
            }
        }
    }

    /// The objects for which scores, or clusters, were given.
    fn objects_with_input(&self, kind: MetricKind) -> Vec<Arc<ObjectSchema>> {
        let names: BTreeSet<&ObjectName> = match kind {
            MetricKind::DuplicateRate => self.input.clusters.keys().collect(),
            _ => self.input.completeness.keys().map(|k| &k.object).collect(),
        };
        names.into_iter().filter_map(|n| self.metrics.schema.object(n.as_str())).map(Arc::clone).collect()
    }

    fn subject(&mut self, object: &Arc<ObjectSchema>, merged: bool) -> &Subject<'a> {
        self.subjects.entry((object.name.clone(), merged)).or_insert_with(|| {
            let (input, query) = (self.input, self.query);
            let processes = self.metrics.processes_of(&object.name);
            let cases =
                cases(input, object, merged, &processes, self.frame.as_of, query.clock, self.frame.zone);
            let groups = Groups::of(&self.metrics.schema, object, input.data, &query.by, &cases);
            Subject { object: Arc::clone(object), cases, groups }
        })
    }

    fn measure(
        &mut self,
        at: usize,
        definition: &Definition,
        object: &Arc<ObjectSchema>,
        basis: Basis,
        hash: &Hash,
    ) {
        if !self.input.data.has(object.name.as_str()) {
            let reason = Reason::MissingTable { object: object.name.clone() };
            return self.undefined(at, definition, Some(object), basis, hash, reason);
        }
        let merged = definition.kind == MetricKind::LeadConversion && !self.input.merged.is_empty();
        self.subject(object, merged);
        let Some(subject) = self.subjects.get(&(object.name.clone(), merged)) else { return };
        let groups = match &subject.groups {
            Ok(groups) => groups,
            Err(reason) => {
                let reason = reason.clone();
                return self.undefined(at, definition, Some(object), basis, hash, reason);
            }
        };
        let processes = self.metrics.processes_of(&object.name);
        let gathered = gather(Context {
            input: self.input,
            definition,
            schema: &self.metrics.schema,
            object,
            slots: Slots::of(object),
            processes: &processes,
            cases: &subject.cases,
            groups,
            frame: &self.frame,
            basis,
            currency: self.metrics.schema.currency(),
            missing_rates: &self.missing_rates,
            admitted: Vec::new(),
        });
        let rule = self.input.clusters.get(&object.name).map(|c| &c.rule);
        let hash = match (definition.kind, rule) {
            (MetricKind::DuplicateRate, Some(rule)) => Hash::of(format!("{hash}{rule}").as_bytes()),
            _ => hash.clone(),
        };
        match gathered {
            Ok(gathered) => {
                let writer = Writer { run: self, definition, subject, groups, basis, hash: &hash };
                let rows = writer.rows(gathered);
                self.rows.extend(rows.into_iter().map(|(series, row)| (at, series, row)));
            }
            Err(reason) => self.undefined(at, definition, Some(object), basis, &hash, reason),
        }
    }

    fn undefined(
        &mut self,
        at: usize,
        definition: &Definition,
        object: Option<&Arc<ObjectSchema>>,
        basis: Basis,
        hash: &Hash,
        reason: Reason,
    ) {
        let made = Made { value: Number::Undefined(reason), numerator: None, denominator: None };
        let row = self.row(definition, object, basis, hash, made);
        self.rows.push((at, 0, row));
    }

    /// A row without cases.
    fn row(
        &self,
        definition: &Definition,
        object: Option<&Arc<ObjectSchema>>,
        basis: Basis,
        hash: &Hash,
        made: Made,
    ) -> KpiValue {
        let money = matches!(definition.unit, Unit::Money | Unit::MoneyPerDay);
        let part = object.filter(|_| definition.object.is_none()).map(|o| o.name.to_string());
        KpiValue {
            metric: definition.id.clone(),
            object: object.map(|o| o.name.clone()),
            process: None,
            part,
            group: Vec::new(),
            value: match made.value {
                Number::Defined(value) => Number::Defined(tidy(value)),
                undefined @ Number::Undefined(_) => undefined,
            },
            unit: definition.unit,
            currency: money.then(|| Arc::from(self.metrics.schema.currency())),
            numerator: made.numerator.map(tidy),
            denominator: made.denominator.map(tidy),
            n: 0,
            excluded: Vec::new(),
            censored: 0,
            reopened: 0,
            small_sample: definition.min_sample > 0,
            basis,
            window: if basis == Basis::AsOf { None } else { self.frame.window },
            partial_window: false,
            zone: self.frame.zone,
            as_of: self.frame.as_of,
            definition_hash: hash.clone(),
            blueprint_hash: self.input.blueprint.clone(),
            ids: DrillThrough::default(),
        }
    }
}

/// Writes the rows of what one metric gathered.
struct Writer<'r, 'a, 'q> {
    run: &'r Run<'a, 'q>,
    definition: &'r Definition,
    subject: &'r Subject<'a>,
    groups: &'r Groups,
    basis: Basis,
    hash: &'r Hash,
}

impl Writer<'_, '_, '_> {
    fn rows(&self, mut gathered: Gathered) -> Vec<(usize, KpiValue)> {
        for cells in &mut gathered.tables {
            for cell in cells.0.values_mut() {
                cell.samples.sort_unstable();
            }
        }
        let mut keys: BTreeSet<Key> = gathered.tables.iter().flat_map(|t| t.0.keys().copied()).collect();
        if self.run.query.by.is_empty() {
            keys.insert((0, None));
        }
        let empty = Cell::default();
        let mut rows = Vec::new();
        for (at, series) in gathered.series.iter().enumerate() {
            let Some(table) = gathered.tables.get(series.table) else { continue };
            for key in &keys {
                let cell = table.0.get(key).unwrap_or(&empty);
                rows.push((at, self.row(series, cell, Some(*key))));
            }
            if keys.is_empty() {
                rows.push((at, self.row(series, &empty, None)));
            }
        }
        rows
    }

    fn row(&self, series: &Series, cell: &Cell, key: Option<Key>) -> KpiValue {
        let run = self.run;
        let object = Some(&self.subject.object);
        let mut row = run.row(self.definition, object, self.basis, self.hash, make(cell, series.shape));
        row.process.clone_from(&series.process);
        if series.part.is_some() {
            row.part.clone_from(&series.part);
        }
        if let Some((group, bucket)) = key {
            row.group = self.group(group, bucket);
            if self.basis != Basis::AsOf {
                row.window = run.frame.span(bucket);
            }
        }
        row.partial_window = row.window.and_then(|w| w.to).is_some_and(|to| to > run.frame.as_of);
        row.n = cell.denominator_ids.len() as u64;
        row.small_sample = row.n < self.definition.min_sample;
        row.censored = cell.censored.len() as u64;
        row.reopened = cell.reopened;
        row.excluded = cell
            .excluded
            .iter()
            .map(|(reason, cases)| Excluded {
                reason: *reason,
                count: cases.len() as u64,
                ids: self.ids(cases),
            })
            .collect();
        row.ids = DrillThrough {
            numerator: self.ids(&cell.numerator_ids),
            denominator: self.ids(&cell.denominator_ids),
            censored: self.ids(&cell.censored),
        };
        row
    }

    fn ids(&self, cases: &[u32]) -> Vec<RecordId> {
        cases
            .iter()
            .filter_map(|ix| self.subject.cases.get(*ix as usize))
            .map(|case| case.record.id().clone())
            .collect()
    }

    fn group(&self, group: u32, bucket: crate::frame::Bucket) -> Vec<(String, Value)> {
        let mut fields = self.groups.values.get(group as usize).into_iter().flatten();
        self.run
            .query
            .by
            .iter()
            .map(|key| {
                let value = match key {
                    GroupKey::Time(unit) => bucket_label(bucket, *unit),
                    GroupKey::Field(_) => fields.next().cloned().unwrap_or_default(),
                };
                (key.to_string(), value)
            })
            .collect()
    }
}

/// What a query needs, so that a host loads no more.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Needs {
    /// The objects whose records are read.
    pub objects: BTreeSet<ObjectName>,
    /// Stage visits are read.
    pub visits: bool,
    /// Completeness scores are read.
    pub completeness: bool,
    /// Clusters of duplicates are read.
    pub clusters: bool,
    /// The answer depends on the as-of instant itself, not only on what had happened by then.
    pub clock: bool,
}

impl Metrics {
    /// What a query reads. For metrics of every object, the objects are those of the other metrics: the caller knows
    /// for which objects it has scores and clusters.
    ///
    /// # Errors
    /// [`MetricsError::UnknownMetric`] when there is no such metric.
    pub fn needs(&self, query: &KpiQuery) -> Result<Needs, MetricsError> {
        let mut needs = Needs::default();
        for definition in chosen(self, query)? {
            needs.visits |= definition.object.as_ref().is_some_and(|o| o.staged);
            needs.completeness |= definition.kind == MetricKind::Completeness;
            needs.clusters |= definition.kind == MetricKind::DuplicateRate;
            needs.clock |= matches!(
                definition.kind,
                MetricKind::PipelineValue
                    | MetricKind::WeightedPipeline
                    | MetricKind::StageAge
                    | MetricKind::Velocity
            );
            let Some(object) = &definition.object else { continue };
            needs.objects.insert(object.name.clone());
            for key in &query.by {
                if let GroupKey::Field(path) = key
                    && let Ok(path) = Path::resolve(&self.schema, object, path)
                {
                    needs.objects.extend(path.objects().cloned());
                }
            }
            if definition.kind == MetricKind::LeadConversion
                && let Some(child) = object.child("activities")
            {
                needs.objects.insert(child.object.clone());
            }
            for program in [&definition.of, &definition.over, &definition.filter].into_iter().flatten() {
                needs.clock |= program.reads().clock;
                let mut steps: Vec<&qudao_expr::Navigation> = program.reads().navigation.iter().collect();
                while let Some(navigation) = steps.pop() {
                    let (qudao_expr::NavStep::Parent { object, .. }
                    | qudao_expr::NavStep::Children { object, .. }) = &navigation.step;
                    needs.objects.insert(object.clone());
                    steps.extend(&navigation.then);
                }
            }
        }
        Ok(needs)
    }

    fn nearest(&self, id: &str) -> Option<String> {
        let lint = qudao_model::Lint::error("kpi.unknown_metric", "")
            .suggest(id, self.definitions.keys().map(MetricId::as_str));
        lint.params.get("suggestion").map(|p| p.text(&qudao_model::Locale::en()))
    }
}

impl AsOfClock {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Recorded => "recorded",
            Self::Occurred => "occurred",
        }
    }
}
