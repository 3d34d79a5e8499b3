//! Who sees which records, as lists of the matcher's index: so that a look-up goes by what its asker sees (`qudao-store`, `meet.rs`).
//!
//! A record that rules compare stands in a list for each reference by which some role may see it: its owner, its partner, its
//! territory, the record through which it is seen. A Blueprint without roles, or whose roles see everything, has none of these lists.
//! `roles.rs` decides who sees what; this says the same of lists, and a test holds the two equal.

use std::collections::{BTreeMap, BTreeSet};

use qudao_match::Matching;
use qudao_model::{BlockKey, FieldName, ObjectName, ObjectSchema, Record, RecordKey, RuleId, Schema, Seen};

use crate::roles::{Access, Roles, Sight, Through};

/// The lists in which the records of each object stand.
#[derive(Debug, Clone, Default)]
pub(crate) struct SeenLists {
    of: BTreeMap<ObjectName, BTreeSet<Listed>>,
}

/// By what a record is listed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Listed {
    /// All records of the object.
    Every,
    /// Those that have a reference, whatever it leads to.
    Any(FieldName),
    /// By what a reference leads to.
    By(FieldName),
}

/// The fields by which records are seen.
const OWNER: &str = "owner";
const PARTNER: &str = "partner";
const TERRITORY: &str = "territory";

impl SeenLists {
    /// What the roles need, of the objects that matching rules compare.
    pub(crate) fn of(roles: &Roles, matching: &Matching, schema: &Schema) -> Self {
        let mut lists = Self::default();
        for rule in matching.rules() {
            let objects: Vec<&ObjectSchema> =
                rule.objects().filter_map(|o| schema.object(o.as_str())).map(AsRef::as_ref).collect();
            for spec in roles.declared().values() {
                let (all, some): (Vec<&ObjectSchema>, Vec<&ObjectSchema>) =
                    objects.iter().copied().partition(|o| Roles::see(spec, o) == Access::All);
                if !some.is_empty() {
                    for object in all {
                        lists.of.entry(object.name.clone()).or_default().insert(Listed::Every);
                    }
                }
            }
            for object in objects {
                lists.add(roles, schema, object, 0);
            }
        }
        lists
    }

    fn add(&mut self, roles: &Roles, schema: &Schema, object: &ObjectSchema, depth: u8) {
        let access: BTreeSet<Access> =
            roles.declared().values().map(|spec| Roles::see(spec, object)).collect();
        let some = access.iter().any(|a| !matches!(a, Access::None | Access::All));
        let fields = [
            (some, OWNER),
            (access.contains(&Access::PartnerSubtree), PARTNER),
            (access.contains(&Access::Territory), TERRITORY),
        ];
        let mut listed: BTreeSet<Listed> = fields
            .into_iter()
            .filter(|(needed, _)| *needed)
            .filter_map(|(_, field)| object.field(field))
            .map(|field| Listed::By(field.name.clone()))
            .collect();
        let partial = access.iter().any(|a| *a > Access::Own && *a < Access::All);
        if partial && let Some(through) = Through::of(schema, object, depth) {
            let all = roles.declared().values().any(|spec| Roles::see(spec, through.parent) == Access::All);
            listed.insert(Listed::By(through.field.clone()));
            if all {
                listed.insert(Listed::Any(through.field.clone()));
            }
            self.add(roles, schema, through.parent, depth + 1);
        }
        if !listed.is_empty() {
            self.of.entry(object.name.clone()).or_default().extend(listed);
        }
    }

    /// True where no record stands in such a list.
    pub(crate) fn is_empty(&self) -> bool {
        self.of.is_empty()
    }

    /// The lists of one record.
    pub(crate) fn keys<'r>(&'r self, record: &'r Record) -> impl Iterator<Item = (RuleId, BlockKey)> + 'r {
        let object = record.object();
        let listed = self.of.get(object).into_iter().flatten();
        let key = move |listed: &Listed| match listed {
            Listed::Every => Some(BlockKey::seen(object, "", "")),
            Listed::Any(field) => {
                record.get(field.as_str()).as_reference().map(|_| BlockKey::seen(object, field.as_str(), ""))
            }
            Listed::By(field) => {
                let target = record.get(field.as_str()).as_reference();
                target.map(|target| BlockKey::seen(object, field.as_str(), target.as_str()))
            }
        };
        listed.filter_map(key).map(|key| (RuleId::sight(), key))
    }
}

impl Sight<'_> {
    /// Which records of these objects the actor sees; none for all of them.
    pub(crate) fn seen<'o>(
        &self,
        schema: &Schema,
        objects: impl Iterator<Item = &'o ObjectName>,
    ) -> Option<Seen> {
        if self.roles.is_open() {
            return None;
        }
        let objects: Vec<&ObjectSchema> =
            objects.filter_map(|o| schema.object(o.as_str())).map(AsRef::as_ref).collect();
        let each: Vec<Option<Seen>> = objects.iter().map(|object| self.seen_of(schema, object, 0)).collect();
        if each.iter().all(Option::is_none) {
            return None;
        }
        let mut all = Seen::default();
        for (object, seen) in objects.iter().zip(each) {
            match seen {
                None => all.keys.push(BlockKey::seen(&object.name, "", "")),
                Some(seen) => {
                    all.keys.extend(seen.keys);
                    all.records.extend(seen.records);
                    all.through.extend(seen.through);
                }
            }
        }
        Some(all)
    }

    fn seen_of(&self, schema: &Schema, object: &ObjectSchema, depth: u8) -> Option<Seen> {
        let access: BTreeSet<Access> = self.roles.held(self.actor).map(|s| Roles::see(s, object)).collect();
        if access.contains(&Access::All) {
            return None;
        }
        let mut seen = Seen::default();
        let name = &object.name;
        let mut add = |field: &str, id: &str, own: &str| {
            seen.keys.push(BlockKey::seen(name, field, id));
            if name.as_str() == own
                && let Ok(id) = id.parse()
            {
                seen.records.push(RecordKey { object: name.clone(), id });
            }
        };
        if access.iter().any(|a| *a != Access::None) {
            add(OWNER, self.actor.id.as_str(), "user");
        }
        if access.contains(&Access::Team) {
            self.team.iter().for_each(|id| add(OWNER, id.as_str(), "user"));
        }
        if access.contains(&Access::Territory) {
            self.territories.iter().for_each(|id| add(TERRITORY, id.as_str(), "territory"));
        }
        if access.contains(&Access::PartnerSubtree) {
            self.partners.iter().for_each(|id| add(PARTNER, id.as_str(), "partner"));
        }
        if access.iter().any(|a| *a > Access::Own)
            && let Some(through) = Through::of(schema, object, depth)
        {
            match self.seen_of(schema, through.parent, depth + 1) {
                None => seen.keys.push(BlockKey::seen(name, through.field.as_str(), "")),
                Some(parents) => seen.through.push((name.clone(), through.field.clone(), parents)),
            }
        }
        Some(seen)
    }
}
