//! From the Blueprint's sections to compiled rules.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono_tz::Tz;
use qudao_model::{
    FieldDef, FieldIx, FieldName, FieldType, Lint, ObjectName, ObjectSchema, PlaceholderSpec, RuleId, Schema,
    Severity, standard_objects,
};
use qudao_text::PlaceholderList;

use crate::field::FieldQuality;
use crate::format::{self, Format, FormatFault};
use crate::normalise::{self, Normaliser, takes_text};
use crate::quality::{ObjectQuality, Quality};
use crate::rule::{Kind, Rule};
use crate::{PlaceholdersSpec, QualitySpec};

/// Compiles a spec and collects everything that is wrong with it.
pub(crate) struct Builder<'a> {
    pub(crate) schema: &'a Arc<Schema>,
    pub(crate) zone: Tz,
    pub(crate) lints: Vec<Lint>,
}

impl<'a> Builder<'a> {
    pub(crate) fn new(schema: &'a Arc<Schema>, zone: Tz) -> Self {
        Self { schema, zone, lints: Vec::new() }
    }

    pub(crate) fn build(mut self, spec: &QualitySpec) -> Result<Quality, Vec<Lint>> {
        let placeholders = Arc::new(placeholder_list(&spec.placeholders));
        let mut objects = BTreeMap::new();
        for object in self.schema.clone().objects() {
            let fields = self.fields(object, &placeholders, spec.completeness.get(&object.name));
            let rules = self.field_rules(object, &fields);
            objects.insert(object.name.clone(), ObjectQuality { schema: object.clone(), fields, rules });
        }
        self.check_weights(&spec.completeness);
        self.listed_rules(spec, &mut objects);
        if self.lints.iter().any(|l| l.severity == Severity::Error) {
            Err(self.lints)
        } else {
            let objects = objects.into_iter().map(|(name, object)| (name, Arc::new(object))).collect();
            Ok(Quality { objects, lints: self.lints, zone: self.zone })
        }
    }

    fn listed_rules(&mut self, spec: &QualitySpec, objects: &mut BTreeMap<ObjectName, ObjectQuality>) {
        let mut seen: BTreeSet<RuleId> = BTreeSet::new();
        for (i, rule) in spec.validation.iter().enumerate() {
            let path = format!("/validation/{i}");
            let compiled = match objects.get(&rule.object) {
                Some(object) => self.listed_rule(&path, rule, object),
                None => {
                    let names = self.schema.objects().map(|o| o.name.as_str());
                    self.lints.push(
                        Lint::error("blueprint.unknown_object", format!("{path}/object"))
                            .param("name", rule.object.as_str())
                            .suggest(rule.object.as_str(), names),
                    );
                    None
                }
            };
            let twice = |id: &RuleId| {
                Lint::error("blueprint.duplicate_id", format!("{path}/id")).param("id", id.as_str())
            };
            if !seen.insert(rule.id.clone()) {
                self.lints.push(twice(&rule.id));
                continue;
            }
            let Some(compiled) = compiled else { continue };
            if let Some(object) = objects.get_mut(&rule.object) {
                object.rules.retain(|old| !(old.is_declared() && replaces(&compiled, old)));
            }
            if objects.values().flat_map(|o| &o.rules).any(|r| r.id == compiled.id) {
                self.lints.push(twice(&rule.id));
            } else if let Some(object) = objects.get_mut(&rule.object) {
                object.rules.push(compiled);
            }
        }
    }

    fn fields(
        &mut self,
        object: &ObjectSchema,
        blueprint: &Arc<PlaceholderList>,
        weights: Option<&BTreeMap<FieldName, u32>>,
    ) -> Vec<FieldQuality> {
        let standard = standard_objects();
        let is_base =
            |name: &FieldName| standard.common.0.iter().chain(&standard.staged.0).any(|(n, _)| n == name);
        let declared = weights.is_some() || object.fields.iter().any(|f| f.spec.weight.is_some());
        let mut fields = Vec::with_capacity(object.fields.len());
        for (slot, def) in (0_u32..).zip(&object.fields) {
            let path = format!("/objects/{}/fields/{}", object.name, def.name);
            let entered = !def.spec.system && def.spec.compute.is_none();
            let weight = match weights {
                Some(weights) => weights.get(&def.name).copied().unwrap_or(0),
                None if declared => def.spec.weight.unwrap_or(0),
                None => u32::from(entered && !is_base(&def.name)),
            };
            let format = self.declared_format(def, &path);
            let normaliser = self.normaliser(def, format.as_ref(), &path);
            let placeholders = match &def.spec.placeholders {
                _ if def.spec.system => Arc::new(PlaceholderList::none()),
                None => blueprint.clone(),
                Some(PlaceholderSpec::Switch(true)) => Arc::new(PlaceholderList::standard().clone()),
                Some(PlaceholderSpec::Switch(false)) => Arc::new(PlaceholderList::none()),
                Some(PlaceholderSpec::Words(words)) => Arc::new(PlaceholderList::new(words)),
            };
            let ids = self.rule_id(object, def, "normalise", &path).zip(self.rule_id(
                object,
                def,
                "placeholder",
                &path,
            ));
            let Some((normalise_rule, placeholder_rule)) = ids else { continue };
            fields.push(FieldQuality {
                ix: FieldIx(slot),
                name: def.name.clone(),
                label: def.label(),
                ty: def.ty.clone(),
                choices: def.choices.clone(),
                placeholders,
                normaliser,
                format,
                example: def.spec.example.clone(),
                normalise_rule,
                placeholder_rule,
                weight,
                personal: def.spec.personal,
            });
        }
        fields
    }

    /// The id of a rule that a field declares of itself.
    pub(crate) fn rule_id(
        &mut self,
        object: &ObjectSchema,
        def: &FieldDef,
        rule: &str,
        path: &str,
    ) -> Option<RuleId> {
        let id = format!("{}.{}.{rule}", object.name, def.name);
        let made = RuleId::new(&id).ok();
        if made.is_none() {
            let shown: String = id.chars().take(60).collect();
            self.lints.push(Lint::error("blueprint.bad_name", path).param("value", shown));
        }
        made
    }

    fn declared_format(&mut self, def: &FieldDef, path: &str) -> Option<Format> {
        let text = def.spec.format.as_deref()?;
        let path = format!("{path}/format");
        if !takes_text(&def.ty) {
            self.wrong_type(&path, "format", &def.name, &def.ty);
            return None;
        }
        self.format(text, &path)
    }

    /// Reads a format, and says what is wrong with it.
    pub(crate) fn format(&mut self, text: &str, path: &str) -> Option<Format> {
        let fault = match Format::parse(text) {
            Ok(format) => return Some(format),
            Err(fault) => fault,
        };
        self.lints.push(match fault {
            FormatFault::Unknown => Lint::error("quality.unknown_format", path)
                .param("name", text)
                .param("known", format::NAMES.join(", "))
                .suggest(text, format::NAMES),
            FormatFault::UnknownRegion => Lint::error("quality.unknown_region", path).param("name", text),
            FormatFault::FeatureOff(feature) => {
                Lint::error("quality.feature_off", path).param("name", text).param("feature", feature)
            }
        });
        None
    }

    fn normaliser(&mut self, def: &FieldDef, format: Option<&Format>, path: &str) -> Normaliser {
        if def.spec.system {
            return Normaliser::None;
        }
        let path = format!("{path}/normalise");
        let Some(name) = def.spec.normalise.as_deref().map(str::trim) else {
            return match (&def.ty, format) {
                (FieldType::Choice, _) => Normaliser::choices(def),
                (_, Some(format)) => Normaliser::Format(format.clone()),
                (ty, None) if takes_text(ty) => Normaliser::Trim,
                _ => Normaliser::None,
            };
        };
        if !takes_text(&def.ty) {
            if name != "none" {
                self.wrong_type(&path, "normalise", &def.name, &def.ty);
            }
            return Normaliser::None;
        }
        match name {
            "none" => Normaliser::None,
            "trim" => Normaliser::Trim,
            "company_name" => Normaliser::CompanyName,
            "person_name" => Normaliser::PersonName,
            "address" => Normaliser::Address,
            "upper" => Normaliser::Upper,
            "lower" => Normaliser::Lower,
            other => match Format::parse(other) {
                Ok(format) if format.is_normaliser() => Normaliser::Format(format),
                Err(FormatFault::UnknownRegion | FormatFault::FeatureOff(_)) => {
                    self.format(other, &path);
                    Normaliser::None
                }
                _ => {
                    self.lints.push(
                        Lint::error("quality.unknown_normaliser", path)
                            .param("name", other)
                            .param("known", normalise::NAMES.join(", "))
                            .suggest(other, normalise::NAMES),
                    );
                    Normaliser::None
                }
            },
        }
    }

    fn check_weights(&mut self, weights: &BTreeMap<ObjectName, BTreeMap<FieldName, u32>>) {
        for (object, fields) in weights {
            let path = format!("/completeness/{object}");
            let Some(schema) = self.schema.object(object.as_str()) else {
                let names = self.schema.objects().map(|o| o.name.as_str());
                self.lints.push(
                    Lint::error("blueprint.unknown_object", path)
                        .param("name", object.as_str())
                        .suggest(object.as_str(), names),
                );
                continue;
            };
            for field in fields.keys() {
                self.field_ix(schema, field, &format!("{path}/{field}"));
            }
            if fields.values().all(|w| *w == 0) {
                self.lints.push(Lint::warning("quality.no_weight", path).param("object", object.as_str()));
            }
        }
    }

    /// Finds a field, or says which one may be meant.
    pub(crate) fn field_ix(
        &mut self,
        object: &ObjectSchema,
        name: &FieldName,
        path: &str,
    ) -> Option<FieldIx> {
        let found = object.field_ix(name.as_str());
        if found.is_none() {
            self.lints.push(
                Lint::error("blueprint.unknown_field", path)
                    .param("object", object.name.as_str())
                    .param("name", name.as_str())
                    .suggest(name.as_str(), object.fields.iter().map(|f| f.name.as_str())),
            );
        }
        found
    }

    pub(crate) fn wrong_type(&mut self, path: &str, kind: &str, field: &FieldName, ty: &FieldType) {
        self.lints.push(
            Lint::error("quality.wrong_type", path)
                .param("kind", kind)
                .param("field", field.as_str())
                .param("found", ty.kind().to_string()),
        );
    }
}

fn placeholder_list(spec: &PlaceholdersSpec) -> PlaceholderList {
    match spec {
        PlaceholdersSpec::Switch(true) => PlaceholderList::standard().clone(),
        PlaceholdersSpec::Switch(false) => PlaceholderList::none(),
        PlaceholdersSpec::Words(words) => PlaceholderList::new(words),
        PlaceholdersSpec::Changes(changes) => {
            let removed: BTreeSet<String> = changes.remove.iter().map(|w| qudao_text::fold(w)).collect();
            let kept: Vec<&str> =
                PlaceholderList::standard().words().filter(|w| !removed.contains(*w)).collect();
            PlaceholderList::new(kept).and(&changes.add)
        }
    }
}

/// True when a rule of the list takes the place of one that a field declares: the same kind on the same field, and
/// either the same id, or nothing that narrows it.
fn replaces(listed: &Rule, own: &Rule) -> bool {
    if listed.kind.name() != own.kind.name() || !(listed.scope.is_open() || listed.id == own.id) {
        return false;
    }
    match (&listed.kind, &own.kind) {
        (Kind::Required { fields, .. }, Kind::Required { fields: own, .. }) => {
            own.iter().all(|f| fields.contains(f))
        }
        (Kind::Unique { fields, .. }, Kind::Unique { fields: own, .. }) => fields == own,
        _ => listed.fields == own.fields,
    }
}
