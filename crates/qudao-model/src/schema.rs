//! The schema: every object and field of one Blueprint, compiled.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::finding::nearest;
use crate::spec::{ChoiceSpec, FieldRole, FieldSpec, ObjectSpec, StandardObject, TypeName, standard_objects};
use crate::{FieldName, FieldType, Lint, LocalText, ObjectName};

/// The position of a field in its object: the slot of its value in a [`Record`](crate::Record).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FieldIx(pub u32);

impl FieldIx {
    /// As an index.
    #[must_use]
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// A field, compiled.
#[derive(Debug, Clone, PartialEq)]
pub struct FieldDef {
    /// The name.
    pub name: FieldName,
    /// The type.
    pub ty: FieldType,
    /// The ids of the choices, where the type is [`FieldType::Choice`].
    pub choices: Vec<String>,
    /// The declaration, with everything the engine crates read from it.
    pub spec: FieldSpec,
    /// The field is one of the standard ones.
    pub standard: bool,
}

impl FieldDef {
    /// The word for the field; its name where none is given.
    #[must_use]
    pub fn label(&self) -> LocalText {
        if self.spec.label.is_empty() { LocalText::from(self.name.as_str()) } else { self.spec.label.clone() }
    }
}

/// A list of records that point to this object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Child {
    /// The name of the list, such as `contacts`.
    pub name: FieldName,
    /// The object of the records in it.
    pub object: ObjectName,
    /// Their field that points here.
    pub field: FieldName,
}

/// A reference from this object to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parent {
    /// The field that holds the reference.
    pub field: FieldIx,
    /// The object pointed to.
    pub object: ObjectName,
}

/// An object, compiled.
#[derive(Debug, Clone, PartialEq)]
pub struct ObjectSchema {
    /// The name.
    pub name: ObjectName,
    /// The company's word for it.
    pub label: LocalText,
    /// The fields, in the order of a form. Their position is their slot.
    pub fields: Vec<FieldDef>,
    /// Lists of records that point here, by name.
    pub children: Vec<Child>,
    /// Records move through stages.
    pub staged: bool,
    /// Everybody may see the records.
    pub shared: bool,
    /// The reference through which records without a partner of their own are seen.
    pub via: Option<FieldName>,
    by_name: BTreeMap<FieldName, FieldIx>,
}

impl ObjectSchema {
    /// The slot of a field.
    #[must_use]
    pub fn field_ix(&self, name: &str) -> Option<FieldIx> {
        self.by_name.get(name).copied()
    }

    /// A field by name.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&FieldDef> {
        self.field_ix(name).and_then(|ix| self.fields.get(ix.index()))
    }

    /// A field by slot.
    #[must_use]
    pub fn field_at(&self, ix: FieldIx) -> Option<&FieldDef> {
        self.fields.get(ix.index())
    }

    /// A child list by name.
    #[must_use]
    pub fn child(&self, name: &str) -> Option<&Child> {
        self.children.iter().find(|c| c.name == *name)
    }

    /// The first field with a role.
    #[must_use]
    pub fn with_role(&self, role: FieldRole) -> Option<FieldIx> {
        let at = self.fields.iter().position(|f| f.spec.role == Some(role))?;
        u32::try_from(at).ok().map(FieldIx)
    }

    /// The references that this object holds.
    pub fn parents(&self) -> impl Iterator<Item = Parent> + '_ {
        (0_u32..).zip(&self.fields).filter_map(|(ix, f)| match &f.ty {
            FieldType::Reference(object) => Some(Parent { field: FieldIx(ix), object: object.clone() }),
            _ => None,
        })
    }
}

/// Every object of one Blueprint.
#[derive(Debug, Clone, PartialEq)]
pub struct Schema {
    objects: BTreeMap<ObjectName, Arc<ObjectSchema>>,
    currency: Arc<str>,
}

/// Field names that rules use for something else.
const RESERVED: [&str; 12] =
    ["id", "now", "today", "has", "changed", "size", "in", "true", "false", "null", "missing", "visits"];

impl Schema {
    /// Builds the schema of the standard objects and a company's own declarations.
    /// `currency` is the Blueprint's currency, the default of money fields.
    ///
    /// # Errors
    /// Every lint of severity error, all at once; paths begin with `/objects`.
    pub fn build(specs: &BTreeMap<ObjectName, ObjectSpec>, currency: &str) -> Result<Self, Vec<Lint>> {
        let mut builder = Builder { lints: Vec::new(), currency, drafts: BTreeMap::new() };
        let standard = standard_objects();
        for (name, object) in &standard.objects {
            builder.standard(name, object);
        }
        for (name, spec) in specs {
            builder.company(name, spec);
        }
        builder.finish()
    }

    /// The schema of the standard objects alone.
    #[must_use]
    pub fn standard(currency: &str) -> Self {
        Self::build(&BTreeMap::new(), currency)
            .unwrap_or_else(|_| Self { objects: BTreeMap::new(), currency: Arc::from(currency) })
    }

    /// An object by name.
    #[must_use]
    pub fn object(&self, name: &str) -> Option<&Arc<ObjectSchema>> {
        self.objects.get(name)
    }

    /// The objects, by name.
    pub fn objects(&self) -> impl Iterator<Item = &Arc<ObjectSchema>> {
        self.objects.values()
    }

    /// The Blueprint's currency.
    #[must_use]
    pub fn currency(&self) -> &str {
        &self.currency
    }

    /// The object nearest to a mistyped name.
    #[must_use]
    pub fn nearest_object(&self, name: &str) -> Option<&str> {
        nearest(name, self.objects.keys().map(ObjectName::as_str))
    }

    /// The field or child list nearest to a mistyped name.
    #[must_use]
    pub fn nearest_field<'a>(&'a self, object: &str, name: &str) -> Option<&'a str> {
        let object = self.object(object)?;
        let fields = object.fields.iter().map(|f| f.name.as_str());
        nearest(name, fields.chain(object.children.iter().map(|c| c.name.as_str())))
    }
}

struct Draft {
    label: LocalText,
    fields: Vec<(FieldName, FieldSpec, bool)>,
    staged: bool,
    shared: bool,
    via: Option<FieldName>,
}

struct Builder<'a> {
    lints: Vec<Lint>,
    currency: &'a str,
    drafts: BTreeMap<ObjectName, Draft>,
}

impl Builder<'_> {
    fn base_fields(staged: bool) -> Vec<(FieldName, FieldSpec, bool)> {
        let standard = standard_objects();
        let groups = [Some(&standard.common), staged.then_some(&standard.staged)];
        groups.into_iter().flatten().flat_map(|f| f.0.iter().cloned()).map(|(n, s)| (n, s, true)).collect()
    }

    fn type_field(types: &[ChoiceSpec]) -> Option<(FieldName, FieldSpec)> {
        let name = FieldName::new("type").ok()?;
        let spec = FieldSpec {
            type_name: Some(TypeName::Choice),
            choices: types.to_vec(),
            label: LocalText::new("Type", "类型"),
            ..FieldSpec::default()
        };
        Some((name, spec))
    }

    fn standard(&mut self, name: &ObjectName, object: &StandardObject) {
        let mut fields: Vec<_> = object.fields.0.iter().cloned().map(|(n, s)| (n, s, true)).collect();
        if !object.types.is_empty()
            && let Some((field, spec)) = Self::type_field(&object.types)
        {
            fields.insert(1.min(fields.len()), (field, spec, true));
        }
        fields.extend(Self::base_fields(object.staged));
        self.drafts.insert(
            name.clone(),
            Draft {
                label: object.label.clone(),
                fields,
                staged: object.staged,
                shared: object.shared,
                via: object.via.clone(),
            },
        );
    }

    fn company(&mut self, name: &ObjectName, spec: &ObjectSpec) {
        let path = format!("/objects/{name}");
        if RESERVED.contains(&name.as_str()) {
            self.lints
                .push(Lint::error("blueprint.reserved_name", path.clone()).param("name", name.as_str()));
        }
        let draft = self.drafts.entry(name.clone()).or_insert_with(|| Draft {
            label: LocalText::Empty,
            fields: Self::base_fields(spec.staged),
            staged: spec.staged,
            shared: spec.shared,
            via: None,
        });
        if spec.staged && !draft.staged {
            draft.staged = true;
            draft.fields.extend(Self::base_fields(true).into_iter().skip(standard_objects().common.0.len()));
        }
        if !spec.label.is_empty() {
            draft.label = spec.label.clone();
        }
        draft.shared |= spec.shared;
        if spec.via.is_some() {
            draft.via.clone_from(&spec.via);
        }
        if !spec.types.is_empty() {
            match draft.fields.iter_mut().find(|(n, ..)| n == "type") {
                Some((_, field, _)) => field.choices.clone_from(&spec.types),
                None => draft.fields.extend(Self::type_field(&spec.types).map(|(n, s)| (n, s, false))),
            }
        }
        for (field, own) in &spec.fields {
            let field_path = format!("{path}/fields/{field}");
            if RESERVED.contains(&field.as_str()) {
                let lint = Lint::error("blueprint.reserved_name", field_path.clone());
                self.lints.push(lint.param("name", field.as_str()));
            }
            match draft.fields.iter_mut().find(|(n, ..)| n == field) {
                Some((_, base, _)) => {
                    if let (Some(theirs), Some(ours)) = (own.type_name, base.type_name)
                        && theirs != ours
                    {
                        let expected = serde_json::to_value(ours).ok();
                        let expected = expected.as_ref().and_then(|j| j.as_str()).unwrap_or_default();
                        self.lints.push(
                            Lint::error("blueprint.type_changed", format!("{field_path}/type"))
                                .param("name", field.as_str())
                                .param("expected", expected),
                        );
                    }
                    overlay(base, own);
                }
                None => draft.fields.push((field.clone(), own.clone(), false)),
            }
        }
    }

    fn finish(mut self) -> Result<Schema, Vec<Lint>> {
        let names: Vec<ObjectName> = self.drafts.keys().cloned().collect();
        let mut objects = BTreeMap::new();
        let mut children: Vec<(ObjectName, Child, String)> = Vec::new();
        for (name, draft) in std::mem::take(&mut self.drafts) {
            let mut fields = Vec::with_capacity(draft.fields.len());
            let mut by_name = BTreeMap::new();
            for (slot, (field, spec, standard)) in (0_u32..).zip(draft.fields) {
                let path = format!("/objects/{name}/fields/{field}");
                let ty = self.field_type(&path, &field, &spec, &names);
                if let (FieldType::Reference(target), Some(inverse)) = (&ty, &spec.inverse) {
                    let child = Child { name: inverse.clone(), object: name.clone(), field: field.clone() };
                    children.push((target.clone(), child, path));
                }
                let choices = spec.choices.iter().map(|c| c.id().to_owned()).collect();
                by_name.insert(field.clone(), FieldIx(slot));
                fields.push(FieldDef { name: field, ty, choices, spec, standard });
            }
            if let Some(via) = &draft.via
                && !by_name.contains_key(via)
            {
                let lint = Lint::error("blueprint.unknown_field", format!("/objects/{name}/via"));
                self.lints.push(
                    lint.param("object", name.as_str())
                        .param("name", via.as_str())
                        .suggest(via.as_str(), fields.iter().map(|f| f.name.as_str())),
                );
            }
            let object = ObjectSchema {
                name: name.clone(),
                label: if draft.label.is_empty() { LocalText::from(name.as_str()) } else { draft.label },
                fields,
                children: Vec::new(),
                staged: draft.staged,
                shared: draft.shared,
                via: draft.via,
                by_name,
            };
            objects.insert(name, object);
        }
        for (target, child, path) in children {
            let Some(object) = objects.get_mut(&target) else { continue };
            if object.child(child.name.as_str()).is_some() || object.field(child.name.as_str()).is_some() {
                self.lints.push(
                    Lint::error("blueprint.duplicate_inverse", format!("{path}/inverse"))
                        .param("object", target.as_str())
                        .param("name", child.name.as_str()),
                );
            } else {
                object.children.push(child);
            }
        }
        if self.lints.is_empty() {
            let objects = objects.into_iter().map(|(n, o)| (n, Arc::new(o))).collect();
            Ok(Schema { objects, currency: Arc::from(self.currency) })
        } else {
            Err(self.lints)
        }
    }

    fn field_type(
        &mut self,
        path: &str,
        name: &FieldName,
        spec: &FieldSpec,
        objects: &[ObjectName],
    ) -> FieldType {
        let Some(type_name) = spec.type_name else {
            self.lints.push(Lint::error("blueprint.no_type", path).param("name", name.as_str()));
            return FieldType::Text;
        };
        let named = spec.currency.as_deref().filter(|c| *c != "any");
        if let Some(code) = named.filter(|c| !crate::is_currency(c)) {
            self.lints
                .push(Lint::error("blueprint.bad_currency", format!("{path}/currency")).param("value", code));
        }
        let money = || match spec.currency.as_deref() {
            None => FieldType::Money(Some(Arc::from(self.currency))),
            Some("any") => FieldType::Money(None),
            Some(code) => FieldType::Money(Some(Arc::from(code))),
        };
        match type_name {
            TypeName::Bool => FieldType::Bool,
            TypeName::Int => FieldType::Int,
            TypeName::Decimal => FieldType::Decimal,
            TypeName::Money => money(),
            TypeName::Text => FieldType::Text,
            TypeName::Date => FieldType::Date,
            TypeName::Instant => FieldType::Instant,
            TypeName::Duration => FieldType::Duration,
            TypeName::Choice => {
                if spec.choices.is_empty() {
                    self.lints.push(Lint::error("blueprint.no_choices", path).param("name", name.as_str()));
                }
                FieldType::Choice
            }
            TypeName::Reference => {
                let target = spec.of.as_deref().unwrap_or_default();
                match objects.iter().find(|o| o.as_str() == target) {
                    Some(object) => FieldType::Reference(object.clone()),
                    None => {
                        self.lints.push(
                            Lint::error("blueprint.unknown_object", format!("{path}/of"))
                                .param("name", target)
                                .suggest(target, objects.iter().map(ObjectName::as_str)),
                        );
                        FieldType::Text
                    }
                }
            }
            TypeName::List => {
                let item = match spec.of.as_deref() {
                    None | Some("text") => FieldType::Text,
                    Some("int") => FieldType::Int,
                    Some("decimal") => FieldType::Decimal,
                    Some("date") => FieldType::Date,
                    Some("instant") => FieldType::Instant,
                    Some("bool") => FieldType::Bool,
                    Some(other) => {
                        self.lints.push(
                            Lint::error("blueprint.unknown_value", format!("{path}/of"))
                                .param("value", other)
                                .suggest(other, ["text", "int", "decimal", "date", "instant", "bool"]),
                        );
                        FieldType::Text
                    }
                };
                FieldType::List(Box::new(item))
            }
        }
    }
}

/// Lays a company's declaration over a standard field: what it gives replaces, what it leaves out stays.
fn overlay(base: &mut FieldSpec, own: &FieldSpec) {
    if !own.label.is_empty() {
        base.label = own.label.clone();
    }
    if !own.help.is_empty() {
        base.help = own.help.clone();
    }
    if !own.choices.is_empty() {
        base.choices.clone_from(&own.choices);
    }
    macro_rules! replace {
        ($($field:ident),*) => {$( if own.$field.is_some() { base.$field.clone_from(&own.$field); } )*};
    }
    replace!(
        of,
        inverse,
        example,
        format,
        normalise,
        max_length,
        currency,
        weight,
        placeholders,
        role,
        compute
    );
    base.required |= own.required;
    base.unique |= own.unique;
    base.identity |= own.identity;
    base.personal |= own.personal;
    base.opt_out |= own.opt_out;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn specs(yaml: &str) -> BTreeMap<ObjectName, ObjectSpec> {
        let doc = crate::Document::parse("t", yaml).unwrap();
        serde_json::from_value(doc.into_json()).unwrap()
    }

    #[test]
    fn the_standard_objects_build() {
        let schema = Schema::build(&BTreeMap::new(), "CNY").unwrap();
        assert_eq!(schema.objects().count(), standard_objects().objects.len());
        let opportunity = schema.object("opportunity").unwrap();
        assert!(opportunity.staged);
        assert_eq!(opportunity.field("amount").unwrap().ty, FieldType::Money(Some("CNY".into())));
        assert_eq!(opportunity.child("contacts").unwrap().object, "contact_role");
        assert!(schema.object("account").unwrap().child("contacts").is_some());
    }

    #[test]
    fn a_company_adds_fields_objects_and_types() {
        let schema = Schema::build(
            &specs(
                "account: {types: [key, small], fields: {grade: {type: choice, choices: [A, B]}, name: {required: true}}}\n\
                 site: {fields: {account: {type: reference, of: account, inverse: sites}}}",
            ),
            "CNY",
        )
        .unwrap();
        let account = schema.object("account").unwrap();
        assert_eq!(account.field("type").unwrap().choices, ["key", "small"]);
        assert!(account.field("name").unwrap().spec.required);
        assert!(account.child("sites").is_some());
        assert!(schema.object("site").unwrap().field("owner").is_some());
    }

    #[test]
    fn every_error_at_once() {
        let lints = Schema::build(
            &specs(
                "account: {fields: {x: {}, y: {type: choice}, z: {type: reference, of: acount}, name: {type: int}, now: {type: int}}}",
            ),
            "CNY",
        )
        .unwrap_err();
        let mut codes: Vec<_> = lints.iter().map(|l| l.code).collect();
        codes.sort_unstable();
        assert_eq!(
            codes,
            [
                "blueprint.no_choices",
                "blueprint.no_type",
                "blueprint.reserved_name",
                "blueprint.type_changed",
                "blueprint.unknown_object"
            ]
        );
        let unknown = lints.iter().find(|l| l.code == "blueprint.unknown_object").unwrap();
        assert_eq!(unknown.fix(&crate::Locale::en()).as_deref(), Some("did you mean account?"));
        assert_eq!(unknown.path, "/objects/account/fields/z/of");
    }
}
