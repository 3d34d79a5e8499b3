//! Small blueprints and records for tests.

use std::collections::BTreeMap;
use std::sync::Arc;

use qudao_model::{
    Dataset, Document, FieldName, Lint, ObjectName, ObjectSpec, Record, RecordId, RuleId, RuleOutcome,
    Schema, Value,
};
use qudao_quality::{CheckContext, CheckReport, Quality, QualitySpec};

pub(crate) const ZONE: chrono_tz::Tz = chrono_tz::Asia::Shanghai;

pub(crate) struct World {
    pub(crate) schema: Arc<Schema>,
    pub(crate) quality: Quality,
}

/// Compiles a Blueprint with the sections `objects`, `validation`, `placeholders` and `completeness`.
pub(crate) fn try_world(yaml: &str) -> Result<World, Vec<Lint>> {
    let mut json = Document::parse("test", yaml).unwrap().into_json();
    let objects = json.as_object_mut().and_then(|map| map.remove("objects"));
    let objects: BTreeMap<ObjectName, ObjectSpec> =
        objects.map(|o| serde_json::from_value(o).unwrap()).unwrap_or_default();
    let schema = Arc::new(Schema::build(&objects, "CNY").unwrap());
    let spec: QualitySpec =
        if json.is_null() { QualitySpec::default() } else { serde_json::from_value(json).unwrap() };
    let quality = Quality::compile(&spec, &schema, ZONE)?;
    Ok(World { schema, quality })
}

pub(crate) fn world(yaml: &str) -> World {
    try_world(yaml).unwrap_or_else(|lints| panic!("{lints:#?}"))
}

pub(crate) fn name(text: &str) -> ObjectName {
    ObjectName::new(text).unwrap()
}

pub(crate) fn field(text: &str) -> FieldName {
    FieldName::new(text).unwrap()
}

pub(crate) fn rule(text: &str) -> RuleId {
    RuleId::new(text).unwrap()
}

impl World {
    /// A record with values; texts become what the field holds.
    pub(crate) fn record<const N: usize>(
        &self,
        object: &str,
        id: &str,
        values: [(&str, Value); N],
    ) -> Record {
        let schema = self.schema.object(object).unwrap().clone();
        let mut record = Record::new(schema, RecordId::new(id).unwrap());
        for (field, value) in values {
            assert!(record.set(field, value).unwrap(), "{object}.{field}");
        }
        record
    }

    pub(crate) fn check(&self, record: &Record) -> CheckReport {
        self.quality.check(&CheckContext::new(record, &Dataset::new(), ZONE))
    }

    /// `rule: outcome` of one rule.
    pub(crate) fn outcome(&self, record: &Record, id: &str) -> RuleOutcome {
        outcome(&self.check(record), id)
    }

    /// The rules not met.
    pub(crate) fn failed(&self, record: &Record) -> Vec<String> {
        failed(&self.check(record))
    }
}

pub(crate) fn outcome(report: &CheckReport, id: &str) -> RuleOutcome {
    report.trace.iter().find(|t| t.rule == *id).unwrap_or_else(|| panic!("no rule {id}")).outcome
}

pub(crate) fn failed(report: &CheckReport) -> Vec<String> {
    report.violations.iter().map(|v| v.rule.to_string()).collect()
}

pub(crate) fn t(text: &str) -> Value {
    Value::text(text)
}
