//! Roles: who sees and edits which records and which fields.

use std::collections::{BTreeMap, BTreeSet};

use qudao_model::{
    Actor, FieldName, Lint, LocalText, ObjectName, ObjectSchema, Record, RecordId, RoleName, Schema,
    StateError, StateView, Value,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Which records of an object.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Access {
    /// None.
    #[default]
    None,
    /// Those that the person owns.
    Own,
    /// Those of the person's team.
    Team,
    /// Those in the person's territories.
    Territory,
    /// Those of the person's partner and the partners below it.
    PartnerSubtree,
    /// All.
    All,
}

/// A role. Somebody with several roles may do what any of them may.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RoleSpec {
    /// The company's word for it.
    #[serde(skip_serializing_if = "LocalText::is_empty")]
    pub label: LocalText,
    /// Which records are seen, by object; `_` stands for every object not named.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub see: BTreeMap<ObjectName, Access>,
    /// Which records are edited, by object. An object not named here is edited as far as `see` names it.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub edit: BTreeMap<ObjectName, Access>,
    /// Fields whose values are not shown, by object.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub mask: BTreeMap<ObjectName, Vec<FieldName>>,
    /// May give permission to pass a rule.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub grant: bool,
    /// May export the log.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub export: bool,
    /// May import records with their past.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub import_history: bool,
}

/// The roles of a Blueprint, checked.
#[derive(Debug, Clone, Default)]
pub struct Roles {
    roles: BTreeMap<RoleName, RoleSpec>,
}

/// The name under which `see` and `edit` speak of every other object.
const OTHERS: &str = "_";

impl Roles {
    /// Checks the roles against the schema.
    pub(crate) fn compile(specs: &BTreeMap<RoleName, RoleSpec>, schema: &Schema) -> Result<Self, Vec<Lint>> {
        let mut lints = Vec::new();
        for (role, spec) in specs {
            let path = format!("/roles/{role}");
            let sections = [("see", &spec.see), ("edit", &spec.edit)];
            for (section, map) in sections {
                for object in map.keys().filter(|o| o.as_str() != OTHERS) {
                    if schema.object(object.as_str()).is_none() {
                        lints.push(unknown_object(schema, format!("{path}/{section}/{object}"), object));
                    }
                }
            }
            for (object, fields) in &spec.mask {
                let Some(known) = schema.object(object.as_str()) else {
                    lints.push(unknown_object(schema, format!("{path}/mask/{object}"), object));
                    continue;
                };
                for (i, field) in fields.iter().enumerate() {
                    if known.field(field.as_str()).is_none() {
                        let lint =
                            Lint::error("blueprint.unknown_field", format!("{path}/mask/{object}/{i}"));
                        lints.push(
                            lint.param("object", object.as_str())
                                .param("name", field.as_str())
                                .suggest(field.as_str(), known.fields.iter().map(|f| f.name.as_str())),
                        );
                    }
                }
            }
        }
        if lints.is_empty() { Ok(Self { roles: specs.clone() }) } else { Err(lints) }
    }

    /// True when the Blueprint declares no roles: everybody may do everything.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.roles.is_empty()
    }

    /// The declared roles.
    #[must_use]
    pub fn declared(&self) -> &BTreeMap<RoleName, RoleSpec> {
        &self.roles
    }

    pub(crate) fn held<'a>(&'a self, actor: &'a Actor) -> impl Iterator<Item = &'a RoleSpec> {
        actor.roles.iter().filter_map(|r| self.roles.get(r))
    }

    pub(crate) fn see(spec: &RoleSpec, object: &ObjectSchema) -> Access {
        let named = spec.see.get(object.name.as_str()).or_else(|| spec.see.get(OTHERS)).copied();
        named.unwrap_or(if object.shared { Access::All } else { Access::None })
    }

    fn edit(spec: &RoleSpec, object: &ObjectSchema) -> Access {
        spec.edit
            .get(object.name.as_str())
            .or_else(|| spec.edit.get(OTHERS))
            .or_else(|| spec.see.get(object.name.as_str()))
            .or_else(|| spec.see.get(OTHERS))
            .copied()
            .unwrap_or_default()
    }

    /// Which fields of an object the actor may not read: those that every role which sees the object masks.
    #[must_use]
    pub fn masked(&self, actor: &Actor, object: &ObjectSchema) -> BTreeSet<FieldName> {
        if self.is_open() {
            return BTreeSet::new();
        }
        self.held(actor)
            .filter(|s| Self::see(s, object) != Access::None)
            .map(|s| s.mask.get(&object.name).into_iter().flatten().cloned().collect::<BTreeSet<_>>())
            .reduce(|a, b| a.intersection(&b).cloned().collect())
            .unwrap_or_default()
    }

    /// True when the actor may give permission to pass a rule.
    #[must_use]
    pub fn may_grant(&self, actor: &Actor) -> bool {
        self.is_open() || self.held(actor).any(|s| s.grant)
    }

    /// True when the actor may export the log.
    #[must_use]
    pub fn may_export(&self, actor: &Actor) -> bool {
        self.is_open() || self.held(actor).any(|s| s.export)
    }

    /// True when the actor may bring in records with their past.
    #[must_use]
    pub fn may_import_history(&self, actor: &Actor) -> bool {
        self.is_open() || self.held(actor).any(|s| s.import_history)
    }

    /// What the actor sees, worked out from the state: the partners below, the team, the territories below.
    pub(crate) fn sight<'a>(
        &'a self,
        schema: &Schema,
        actor: &'a Actor,
        view: &dyn StateView,
    ) -> Result<Sight<'a>, StateError> {
        let mut sight = Sight {
            roles: self,
            actor,
            partners: BTreeSet::new(),
            team: BTreeSet::new(),
            territories: BTreeSet::new(),
        };
        if self.is_open() {
            return Ok(sight);
        }
        let wanted: BTreeSet<Access> =
            self.held(actor).flat_map(|s| s.see.values().chain(s.edit.values())).copied().collect();
        if wanted.contains(&Access::PartnerSubtree)
            && let Some(partner) = &actor.partner
        {
            sight.partners = below(schema, view, "partner", partner.clone())?;
        }
        if wanted.contains(&Access::Territory) {
            for territory in &actor.territories {
                sight.territories.extend(below(schema, view, "territory", territory.clone())?);
            }
        }
        if wanted.contains(&Access::Team)
            && let (Some(team), Ok(user)) = (&actor.team, ObjectName::new("user"))
        {
            sight.team = view
                .scan(&user)?
                .iter()
                .filter(|u| u.get("team").as_text() == Some(team))
                .map(|u| u.id().clone())
                .collect();
        }
        Ok(sight)
    }
}

fn unknown_object(schema: &Schema, path: String, object: &ObjectName) -> Lint {
    Lint::error("blueprint.unknown_object", path)
        .param("name", object.as_str())
        .suggest(object.as_str(), schema.objects().map(|o| o.name.as_str()))
}

/// A record and everything below it through `parent`.
fn below(
    schema: &Schema,
    view: &dyn StateView,
    object: &str,
    root: RecordId,
) -> Result<BTreeSet<RecordId>, StateError> {
    let mut found = BTreeSet::from([root.clone()]);
    let Some((name, parent)) =
        schema.object(object).and_then(|o| o.field_ix("parent").map(|ix| (o.name.clone(), ix)))
    else {
        return Ok(found);
    };
    let mut front = vec![root];
    while !front.is_empty() {
        let children = view.children(&name, parent, &front)?;
        // A cycle ends because every record is visited once.
        front = children.iter().map(|r| r.id().clone()).filter(|id| found.insert(id.clone())).collect();
    }
    Ok(found)
}

/// What one actor sees at one moment.
pub(crate) struct Sight<'a> {
    pub(crate) roles: &'a Roles,
    pub(crate) actor: &'a Actor,
    pub(crate) partners: BTreeSet<RecordId>,
    pub(crate) team: BTreeSet<RecordId>,
    pub(crate) territories: BTreeSet<RecordId>,
}

/// The reference through which records of an object are seen, where they have no partner of their own.
pub(crate) struct Through<'s> {
    pub(crate) field: &'s FieldName,
    pub(crate) parent: &'s ObjectSchema,
}

/// Through how many records a record is seen.
const MOST_THROUGH: u8 = 3;

impl<'s> Through<'s> {
    /// `depth` records were gone through already.
    pub(crate) fn of(schema: &'s Schema, object: &'s ObjectSchema, depth: u8) -> Option<Self> {
        let field = object.via.as_ref().filter(|_| depth <= MOST_THROUGH)?;
        let parent = object.parents().find(|p| object.field_at(p.field).is_some_and(|f| f.name == *field))?;
        Some(Self { field, parent: schema.object(parent.object.as_str())? })
    }
}

/// How many records of an object somebody sees, whatever stands in them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extent {
    None,
    Some,
    All,
}

impl Sight<'_> {
    /// How much of an object the actor sees.
    pub(crate) fn extent(&self, object: &ObjectSchema) -> Extent {
        if self.roles.is_open() {
            return Extent::All;
        }
        match self.roles.held(self.actor).map(|spec| Roles::see(spec, object)).max() {
            Some(Access::All) => Extent::All,
            Some(Access::None) | None => Extent::None,
            Some(_) => Extent::Some,
        }
    }

    /// Which of the records the actor may see.
    pub(crate) fn sees(&self, records: &[Record], view: &dyn StateView) -> Result<Vec<bool>, StateError> {
        self.reaches(records, view, Roles::see, 0)
    }

    /// Which of the records the actor may edit.
    pub(crate) fn edits(&self, records: &[Record], view: &dyn StateView) -> Result<Vec<bool>, StateError> {
        self.reaches(records, view, Roles::edit, 0)
    }

    /// The records that the actor may see.
    pub(crate) fn visible(
        &self,
        records: Vec<Record>,
        view: &dyn StateView,
    ) -> Result<Vec<Record>, StateError> {
        let seen = self.sees(&records, view)?;
        Ok(records.into_iter().zip(seen).filter_map(|(r, s)| s.then_some(r)).collect())
    }

    /// Takes the values that the actor may not read out of the record.
    pub(crate) fn mask(&self, record: &mut Record) {
        let schema = record.schema().clone();
        for field in self.roles.masked(self.actor, &schema) {
            if let Some(ix) = schema.field_ix(field.as_str()) {
                record.set_at(ix, Value::Missing);
            }
        }
    }

    fn reaches(
        &self,
        records: &[Record],
        view: &dyn StateView,
        access: fn(&RoleSpec, &ObjectSchema) -> Access,
        depth: u8,
    ) -> Result<Vec<bool>, StateError> {
        if self.roles.is_open() {
            return Ok(vec![true; records.len()]);
        }
        let mut seen: Vec<bool> = records
            .iter()
            .map(|r| self.roles.held(self.actor).any(|s| self.matches(access(s, r.schema()), r)))
            .collect();
        // Records without a partner of their own are seen through another record.
        let mut through: BTreeMap<ObjectName, (Vec<usize>, Vec<RecordId>)> = BTreeMap::new();
        for (i, record) in records.iter().enumerate() {
            if seen.get(i).copied().unwrap_or(true) || depth > MOST_THROUGH {
                continue;
            }
            let schema = record.schema();
            let partial = self.roles.held(self.actor).any(|s| access(s, schema) > Access::Own);
            let Some(via) = schema.via.as_ref().filter(|_| partial) else { continue };
            let target = schema.parents().find(|p| schema.field_at(p.field).is_some_and(|f| f.name == *via));
            if let (Some(target), Some(id)) = (target, record.get(via.as_str()).as_reference()) {
                let entry = through.entry(target.object).or_default();
                entry.0.push(i);
                entry.1.push(id.clone());
            }
        }
        for (object, (positions, ids)) in through {
            let parents = view.records(&object, &ids)?;
            let (at, found): (Vec<usize>, Vec<Record>) =
                positions.into_iter().zip(parents).filter_map(|(i, p)| p.map(|p| (i, p))).unzip();
            for (i, s) in at.into_iter().zip(self.reaches(&found, view, access, depth + 1)?) {
                if let Some(slot) = seen.get_mut(i) {
                    *slot = s;
                }
            }
        }
        Ok(seen)
    }

    fn matches(&self, access: Access, record: &Record) -> bool {
        let is = |object: &str| record.object() == object;
        let own = record.is_owned_by(&self.actor.id)
            || (is("user") && record.id().as_str() == self.actor.id.as_str());
        let refers = |field: &str, set: &BTreeSet<RecordId>| {
            record.get(field).as_reference().is_some_and(|id| set.contains(id))
        };
        match access {
            Access::None => false,
            Access::All => true,
            Access::Own => own,
            Access::Team => {
                own || refers("owner", &self.team) || (is("user") && self.team.contains(record.id()))
            }
            Access::Territory => {
                own || refers("territory", &self.territories)
                    || (is("territory") && self.territories.contains(record.id()))
            }
            Access::PartnerSubtree => {
                own || refers("partner", &self.partners)
                    || (is("partner") && self.partners.contains(record.id()))
            }
        }
    }

    /// The actor.
    pub(crate) fn actor(&self) -> &Actor {
        self.actor
    }
}
