//! From the declared rules of survivorship to the compiled ones, with every lint at once.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use qudao_model::{
    FieldDef, FieldIx, FieldName, FieldRole, FieldType, Lint, ObjectName, ObjectSchema, Schema, Severity,
    SurvivalRule, standard_objects,
};

use super::spec::{FieldSurvival, GroupDetail, GroupSurvival, SurvivorshipSpec};

/// The group that is there by default, and the fields that make it, where an object has them.
const ADDRESS: &str = "address";
const ADDRESS_FIELDS: [&str; 14] = [
    "country",
    "region",
    "province",
    "state",
    "city",
    "district",
    "county",
    "town",
    "street",
    "address",
    "address2",
    "postcode",
    "postal_code",
    "zip",
];

/// What survives together, by one rule: a field, or a group of fields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unit {
    pub(crate) fields: Vec<FieldIx>,
    pub(crate) by: SurvivalRule,
    /// Sources, most trusted first.
    pub(crate) trust: Vec<String>,
}

/// The compiled rules of one object.
#[derive(Debug, Clone)]
pub struct SurvivorshipRules {
    pub(crate) schema: Arc<ObjectSchema>,
    pub(crate) units: Vec<Unit>,
    pub(crate) trust: Vec<String>,
    pub(crate) source: Option<FieldIx>,
    pub(crate) recency: Option<FieldIx>,
}

/// The compiled rules of every object.
#[derive(Debug, Clone, Default)]
pub struct Survivorship {
    objects: BTreeMap<ObjectName, SurvivorshipRules>,
    warnings: Vec<Lint>,
}

impl Survivorship {
    /// Compiles the rules against a schema. An object that the Blueprint does not name gets the rules that hold by
    /// default.
    ///
    /// # Errors
    /// Every lint, warnings included, when one of them is an error. Paths begin with `/survivorship`.
    pub fn compile(
        specs: &BTreeMap<ObjectName, SurvivorshipSpec>,
        schema: &Schema,
    ) -> Result<Self, Vec<Lint>> {
        let mut lints = Vec::new();
        let mut objects = BTreeMap::new();
        for name in specs.keys().filter(|o| schema.object(o.as_str()).is_none()) {
            let known = schema.objects().map(|o| o.name.as_str());
            let lint = Lint::error("blueprint.unknown_object", format!("/survivorship/{name}"));
            lints.push(lint.param("name", name.as_str()).suggest(name.as_str(), known));
        }
        let none = SurvivorshipSpec::default();
        for object in schema.objects() {
            let spec = specs.get(&object.name).unwrap_or(&none);
            let mut compiler = Compiler { object, spec, lints: &mut lints };
            objects.insert(object.name.clone(), compiler.rules());
        }
        if lints.iter().any(|l| l.severity == Severity::Error) {
            Err(lints)
        } else {
            Ok(Self { objects, warnings: lints })
        }
    }

    /// The rules of an object.
    #[must_use]
    pub fn rules(&self, object: &str) -> Option<&SurvivorshipRules> {
        self.objects.get(object)
    }

    /// What is remarkable about rules that compiled.
    #[must_use]
    pub fn warnings(&self) -> &[Lint] {
        &self.warnings
    }
}

impl SurvivorshipRules {
    /// The fields that survive by rules, by unit: the fields of one unit survive together. The others are the master's:
    /// what the engine keeps, what is computed, and where a deal stands in its process.
    pub fn units(&self) -> impl Iterator<Item = (&[FieldIx], SurvivalRule)> {
        self.units.iter().map(|u| (u.fields.as_slice(), u.by))
    }
}

/// Whether a field is the master's whatever the rules say.
fn is_fixed(object: &ObjectSchema, def: &FieldDef) -> bool {
    let staged = || object.staged && standard_objects().staged.0.iter().any(|(name, _)| *name == def.name);
    def.spec.system || def.spec.compute.is_some() || def.spec.role == Some(FieldRole::Updated) || staged()
}

struct Compiler<'a> {
    object: &'a Arc<ObjectSchema>,
    spec: &'a SurvivorshipSpec,
    lints: &'a mut Vec<Lint>,
}

impl Compiler<'_> {
    fn path(&self, rest: &str) -> String {
        format!("/survivorship/{}/{rest}", self.object.name)
    }

    fn rules(&mut self) -> SurvivorshipRules {
        let source = self.source();
        self.trust(&self.spec.trust, source, "trust");
        let recency = self.recency();
        self.default_rule(source);
        let opt_outs = self.opt_outs();
        let mut units: Vec<Unit> =
            opt_outs.iter().map(|ix| self.unit(vec![*ix], SurvivalRule::AnyYes, &[])).collect();
        let mut taken = opt_outs.clone();
        for (name, survival) in &self.spec.fields {
            let at = self.path(&format!("fields/{name}"));
            let Some(ix) = self.field(name, &at) else { continue };
            let (by, trust) = match survival {
                FieldSurvival::Rule(by) => (*by, [].as_slice()),
                FieldSurvival::Detailed(detail) => (detail.by, detail.trust.as_slice()),
            };
            if opt_outs.contains(&ix) {
                if by != SurvivalRule::AnyYes {
                    let lint = Lint::warning("survivorship.opt_out_rule", at);
                    self.lints.push(lint.param("field", name.as_str()));
                }
                continue;
            }
            self.check(by, trust, source, &[ix], &at);
            self.trust(trust, source, &format!("fields/{name}/trust"));
            units.push(self.unit(vec![ix], by, trust));
            taken.insert(ix);
        }
        self.groups(source, &mut units, &mut taken);
        let object = self.object.clone();
        for (def, slot) in object.fields.iter().zip(0_u32..) {
            let ix = FieldIx(slot);
            if taken.contains(&ix) || is_fixed(&object, def) {
                continue;
            }
            let created = def.spec.role == Some(FieldRole::Created);
            let by = if created { SurvivalRule::Earliest } else { self.fitting(def) };
            units.push(self.unit(vec![ix], by, &[]));
        }
        units.sort_by(|a, b| a.fields.cmp(&b.fields));
        SurvivorshipRules { schema: object, units, trust: self.spec.trust.clone(), source, recency }
    }

    /// The default rule, where it can be applied to values of a type; else the master's value.
    fn fitting(&self, def: &FieldDef) -> SurvivalRule {
        if fits(self.spec.default, &def.ty) { self.spec.default } else { SurvivalRule::Master }
    }

    fn unit(&self, mut fields: Vec<FieldIx>, by: SurvivalRule, trust: &[String]) -> Unit {
        fields.sort_unstable();
        let trust = if trust.is_empty() { &self.spec.trust } else { trust };
        Unit { fields, by, trust: trust.to_vec() }
    }

    fn groups(&mut self, source: Option<FieldIx>, units: &mut Vec<Unit>, taken: &mut BTreeSet<FieldIx>) {
        let mut grouped: BTreeMap<FieldIx, String> = BTreeMap::new();
        for (name, group) in &self.spec.groups {
            let detailed = matches!(group, GroupSurvival::Detailed(_));
            let inner = if detailed { "/fields" } else { "" };
            let mut fields = Vec::new();
            for (i, field) in group.fields().iter().enumerate() {
                let at = self.path(&format!("groups/{name}{inner}/{i}"));
                let Some(ix) = self.field(field, &at) else { continue };
                if let Some(other) = grouped.get(&ix) {
                    let lint = Lint::error("survivorship.field_twice", at);
                    self.lints.push(lint.param("field", field.as_str()).param("group", other.as_str()));
                } else if taken.contains(&ix) {
                    let lint = Lint::error("survivorship.grouped_field", at);
                    self.lints.push(lint.param("field", field.as_str()).param("group", name.as_str()));
                } else {
                    grouped.insert(ix, name.clone());
                    fields.push(ix);
                }
            }
            let (by, trust) = match group {
                GroupSurvival::Fields(_) => (self.spec.default, [].as_slice()),
                GroupSurvival::Detailed(GroupDetail { by, trust, .. }) => (*by, trust.as_slice()),
            };
            if detailed {
                self.check(by, trust, source, &fields, &self.path(&format!("groups/{name}")));
                self.trust(trust, source, &format!("groups/{name}/trust"));
            }
            if !fields.is_empty() {
                units.push(self.unit(fields, by, trust));
            }
        }
        taken.extend(grouped.into_keys());
        if !self.spec.groups.contains_key(ADDRESS) {
            let object = self.object.clone();
            let fields: Vec<FieldIx> = ADDRESS_FIELDS
                .iter()
                .filter_map(|name| object.field_ix(name))
                .filter(|ix| !taken.contains(ix))
                .filter(|ix| object.field_at(*ix).is_some_and(|def| !is_fixed(&object, def)))
                .collect();
            if fields.len() > 1 {
                taken.extend(fields.iter().copied());
                units.push(self.unit(fields, self.spec.default, &[]));
            }
        }
    }

    /// A field that rules may speak of.
    fn field(&mut self, name: &FieldName, path: &str) -> Option<FieldIx> {
        let Some(ix) = self.object.field_ix(name.as_str()) else {
            let names = self.object.fields.iter().map(|f| f.name.as_str());
            self.lints.push(
                Lint::error("blueprint.unknown_field", path)
                    .param("object", self.object.name.as_str())
                    .param("name", name.as_str())
                    .suggest(name.as_str(), names),
            );
            return None;
        };
        let def = self.object.field_at(ix)?;
        if is_fixed(self.object, def) {
            let lint = Lint::error("survivorship.engine_field", path);
            self.lints.push(lint.param("field", name.as_str()));
            return None;
        }
        Some(ix)
    }

    fn source(&mut self) -> Option<FieldIx> {
        match &self.spec.source {
            None => self.object.field_ix("source"),
            Some(name) => {
                let found = self.object.field_ix(name.as_str());
                if found.is_none() {
                    let names = self.object.fields.iter().map(|f| f.name.as_str());
                    let lint = Lint::error("blueprint.unknown_field", self.path("source"));
                    self.lints.push(
                        lint.param("object", self.object.name.as_str())
                            .param("name", name.as_str())
                            .suggest(name.as_str(), names),
                    );
                }
                found
            }
        }
    }

    fn recency(&mut self) -> Option<FieldIx> {
        let Some(name) = &self.spec.recency else { return self.object.with_role(FieldRole::Updated) };
        let path = self.path("recency");
        let Some(ix) = self.object.field_ix(name.as_str()) else {
            let names = self.object.fields.iter().map(|f| f.name.as_str());
            let lint = Lint::error("blueprint.unknown_field", path);
            self.lints.push(
                lint.param("object", self.object.name.as_str())
                    .param("name", name.as_str())
                    .suggest(name.as_str(), names),
            );
            return None;
        };
        let ty = self.object.field_at(ix).map(|d| &d.ty);
        if !matches!(ty, Some(FieldType::Date | FieldType::Instant)) {
            let lint = Lint::error("survivorship.type_mismatch", path);
            self.lints.push(lint.param("field", name.as_str()).param("rule", "recency"));
        }
        Some(ix)
    }

    /// The default rule applies to every field, so it must be one that any field can follow.
    fn default_rule(&mut self, source: Option<FieldIx>) {
        let by = self.spec.default;
        let path = self.path("default");
        if matches!(by, SurvivalRule::AnyYes | SurvivalRule::Earliest) {
            let lint = Lint::error("survivorship.not_a_default", path.clone());
            self.lints.push(lint.param("rule", by.as_str()));
        }
        self.trusted(by, &[], source, &path);
    }

    fn opt_outs(&mut self) -> BTreeSet<FieldIx> {
        let mut found = BTreeSet::new();
        for (i, name) in self.spec.opt_outs.iter().enumerate() {
            let path = self.path(&format!("opt_outs/{i}"));
            if let Some(ix) = self.field(name, &path) {
                self.check(SurvivalRule::AnyYes, &[], None, &[ix], &path);
                found.insert(ix);
            }
        }
        let object = self.object.clone();
        for (def, slot) in object.fields.iter().zip(0_u32..).filter(|(d, _)| d.spec.opt_out) {
            let path = format!("/objects/{}/fields/{}/opt_out", object.name, def.name);
            self.check(SurvivalRule::AnyYes, &[], None, &[FieldIx(slot)], &path);
            found.insert(FieldIx(slot));
        }
        found
    }

    /// Whether a rule can be applied to fields.
    fn check(
        &mut self,
        by: SurvivalRule,
        trust: &[String],
        source: Option<FieldIx>,
        fields: &[FieldIx],
        path: &str,
    ) {
        for def in fields.iter().filter_map(|ix| self.object.field_at(*ix)) {
            if !fits(by, &def.ty) {
                let lint = Lint::error("survivorship.type_mismatch", path);
                self.lints.push(lint.param("field", def.name.as_str()).param("rule", by.as_str()));
            }
        }
        self.trusted(by, trust, source, path);
    }

    fn trusted(&mut self, by: SurvivalRule, trust: &[String], source: Option<FieldIx>, path: &str) {
        if by != SurvivalRule::MostTrusted {
            return;
        }
        if trust.is_empty() && self.spec.trust.is_empty() {
            self.lints.push(Lint::error("survivorship.no_trust", path));
        } else if source.is_none() {
            let lint = Lint::error("survivorship.no_source", path);
            self.lints.push(lint.param("object", self.object.name.as_str()));
        }
    }

    fn trust(&mut self, trust: &[String], source: Option<FieldIx>, at: &str) {
        if trust.is_empty() {
            return;
        }
        let path = self.path(at);
        let Some(def) = source.and_then(|ix| self.object.field_at(ix)) else {
            if self.spec.source.is_none() {
                let lint = Lint::error("survivorship.no_source", path);
                self.lints.push(lint.param("object", self.object.name.as_str()));
            }
            return;
        };
        let mut seen = BTreeSet::new();
        for (i, word) in trust.iter().enumerate() {
            if !seen.insert(word) {
                let lint = Lint::error("survivorship.source_twice", format!("{path}/{i}"));
                self.lints.push(lint.param("source", word.as_str()));
            } else if !def.choices.is_empty() && !def.choices.contains(word) {
                let lint = Lint::warning("survivorship.unknown_source", format!("{path}/{i}"));
                let lint = lint.param("source", word.as_str()).param("field", def.name.as_str());
                self.lints.push(lint.suggest(word, def.choices.iter().map(String::as_str)));
            }
        }
    }
}

/// Whether a rule can be applied to values of a type.
fn fits(by: SurvivalRule, ty: &FieldType) -> bool {
    match by {
        SurvivalRule::AnyYes => *ty == FieldType::Bool,
        SurvivalRule::Earliest => matches!(
            ty,
            FieldType::Date | FieldType::Instant | FieldType::Int | FieldType::Decimal | FieldType::Duration
        ),
        SurvivalRule::Longest => matches!(ty, FieldType::Text | FieldType::List(_)),
        _ => true,
    }
}
