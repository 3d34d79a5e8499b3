//! The compiled rules.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono_tz::Tz;
use qudao_expr::Program;
use qudao_model::{FieldIx, FieldName, Lint, ObjectName, ObjectSchema, Record, RuleId, Schema, Value};

use crate::compile::Builder;
use crate::field::FieldQuality;
use crate::{QualitySpec, Rule};

/// What good data is, compiled. Immutable; may be shared between threads.
///
/// ```
/// use std::sync::Arc;
/// use qudao_model::{Dataset, Document, Locale, Record, RecordId, Schema};
/// use qudao_quality::{CheckContext, Quality, QualitySpec};
///
/// let yaml = "validation:\n  - {id: account.named, object: account, required: name}\n";
/// let json = Document::parse("blueprint", yaml).map_err(|lints| format!("{lints:?}"))?.into_json();
/// let spec: QualitySpec = serde_json::from_value(json)?;
/// let schema = Arc::new(Schema::standard("CNY"));
/// let quality = Quality::compile(&spec, &schema, chrono_tz::UTC).map_err(|lints| format!("{lints:?}"))?;
///
/// let account = schema.object("account").ok_or("no account")?;
/// let record = Record::new(account.clone(), RecordId::new("a1")?).with("name", "N/A")?;
/// let report = quality.check(&CheckContext::new(&record, &Dataset::new(), chrono_tz::UTC));
/// assert_eq!(report.violations[0].text(&Locale::en()), "Name is required");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Quality {
    pub(crate) objects: BTreeMap<ObjectName, Arc<ObjectQuality>>,
    pub(crate) lints: Vec<Lint>,
    pub(crate) zone: Tz,
}

/// The rules of one object.
#[derive(Debug, Clone)]
pub(crate) struct ObjectQuality {
    pub(crate) schema: Arc<ObjectSchema>,
    /// By slot.
    pub(crate) fields: Vec<FieldQuality>,
    /// Those that the fields declare, in the order of the form, then those of the list.
    pub(crate) rules: Vec<Rule>,
}

impl ObjectQuality {
    pub(crate) fn field(&self, ix: FieldIx) -> Option<&FieldQuality> {
        self.fields.get(ix.index())
    }

    /// True when the value in a slot counts as missing.
    pub(crate) fn is_missing(&self, record: &Record, ix: FieldIx) -> bool {
        let value = record.at(ix);
        match self.field(ix) {
            Some(field) => field.is_missing(value),
            None => value.is_blank(),
        }
    }
}

impl Quality {
    /// Compiles the rules against a schema. `zone` is the zone of dates given as limits of times.
    ///
    /// # Errors
    /// Every lint, at once, where at least one is an error. Paths begin with `/validation`, `/placeholders`,
    /// `/completeness` or `/objects`.
    pub fn compile(spec: &QualitySpec, schema: &Arc<Schema>, zone: Tz) -> Result<Self, Vec<Lint>> {
        Builder::new(schema, zone).build(spec)
    }

    /// What is remarkable about the rules, though no error: conditions that are always true or always false.
    #[must_use]
    pub fn lints(&self) -> &[Lint] {
        &self.lints
    }

    /// The rules of an object: those that its fields declare, in the order of the form, then those of the list.
    #[must_use]
    pub fn rules(&self, object: &ObjectName) -> &[Rule] {
        self.objects.get(object).map_or(&[], |o| &o.rules)
    }

    /// A rule by id.
    #[must_use]
    pub fn rule(&self, id: &RuleId) -> Option<&Rule> {
        self.objects.values().flat_map(|o| &o.rules).find(|r| r.id == *id)
    }

    /// The conditions of an object's rules, so that the records they navigate to can be loaded before.
    pub fn programs(&self, object: &ObjectName) -> impl Iterator<Item = &Program> {
        self.rules(object).iter().flat_map(Rule::programs)
    }

    /// The objects whose existence an object's rules look up, with the field that points there.
    pub fn references(&self, object: &ObjectName) -> impl Iterator<Item = (&FieldName, &ObjectName)> {
        self.rules(object).iter().filter_map(|rule| match (&rule.kind, rule.fields.first()) {
            (crate::rule::Kind::Reference { target, .. }, Some(field)) => Some((field, target)),
            _ => None,
        })
    }

    /// True when a value counts as missing in this field: no value, white space only, or a placeholder.
    /// Zero and false are values.
    #[must_use]
    pub fn is_missing(&self, object: &ObjectName, field: &FieldName, value: &Value) -> bool {
        let known = self.object(object).and_then(|o| {
            let ix = o.schema.field_ix(field.as_str())?;
            o.field(ix)
        });
        known.map_or_else(|| value.is_blank(), |f| f.is_missing(value))
    }

    pub(crate) fn object(&self, object: &ObjectName) -> Option<&ObjectQuality> {
        self.objects.get(object).map(|o| &**o)
    }

    /// The same, to be kept.
    pub(crate) fn shared(&self, object: &ObjectName) -> Option<Arc<ObjectQuality>> {
        self.objects.get(object).cloned()
    }
}
