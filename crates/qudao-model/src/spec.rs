//! The part of a Blueprint that declares objects and fields.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{FieldName, LocalText, ObjectName};

/// The name of a field type, as a Blueprint writes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TypeName {
    /// True or false.
    Bool,
    /// A whole number.
    Int,
    /// An exact decimal.
    Decimal,
    /// An amount in a currency.
    Money,
    /// Text.
    Text,
    /// A calendar date.
    Date,
    /// A point in time.
    Instant,
    /// A length of time.
    Duration,
    /// One of a list of choices.
    Choice,
    /// A reference to another record.
    Reference,
    /// Several values.
    List,
}

/// What a date or an amount means to processes and KPIs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FieldRole {
    /// When the record was created.
    Created,
    /// When the record was last changed.
    Updated,
    /// When the deal was qualified.
    Qualified,
    /// When the current stage was entered.
    StageEntered,
    /// When the deal is expected to close.
    ExpectedClose,
    /// When the deal closed.
    Closed,
    /// When the lead was converted.
    Converted,
    /// When the activity happened.
    Happened,
    /// The amount expected of an open deal.
    EstimatedAmount,
    /// The amount of a won deal.
    ActualAmount,
}

/// One choice: its id, or its id with the company's word for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum ChoiceSpec {
    /// The id alone.
    Id(String),
    /// The id and its words.
    Labelled(Described),
}

/// An id with its words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Described {
    /// The id, which never changes.
    pub id: String,
    /// The company's word for it.
    #[serde(default, skip_serializing_if = "LocalText::is_empty")]
    pub label: LocalText,
}

impl ChoiceSpec {
    /// The choice's id.
    #[must_use]
    pub fn id(&self) -> &str {
        match self {
            Self::Id(id) | Self::Labelled(Described { id, .. }) => id,
        }
    }

    /// The company's word for the choice.
    #[must_use]
    pub fn label(&self) -> LocalText {
        match self {
            Self::Id(_) => LocalText::Empty,
            Self::Labelled(d) => d.label.clone(),
        }
    }
}

/// Which texts count as missing: the Blueprint's list, none, or a list of the field's own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum PlaceholderSpec {
    /// `false`: no text counts as missing; `true`: the default list.
    Switch(bool),
    /// Exactly these texts.
    Words(Vec<String>),
}

fn is_false(value: &bool) -> bool {
    !*value
}

/// A field.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct FieldSpec {
    /// The type. May be left out for a standard field.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub type_name: Option<TypeName>,
    /// The object a reference points to, or the type of a list's items.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub of: Option<String>,
    /// The name of the list of records that point here, on the object pointed to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inverse: Option<FieldName>,
    /// The company's word for the field.
    #[serde(skip_serializing_if = "LocalText::is_empty")]
    pub label: LocalText,
    /// What to enter, shown to people.
    #[serde(skip_serializing_if = "LocalText::is_empty")]
    pub help: LocalText,
    /// An example of a good value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub example: Option<String>,
    /// A value must be given.
    #[serde(skip_serializing_if = "is_false")]
    pub required: bool,
    /// No two records may hold the same value.
    #[serde(skip_serializing_if = "is_false")]
    pub unique: bool,
    /// The choices of a choice field.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<ChoiceSpec>,
    /// The form a text must have: `email`, `phone(CN)`, `uscc`, `url`, `domain`, `date`, `date(dmy)` (also `ymd`, `mdy`,
    /// `excel`), `amount`, `amount(comma)`, `postcode(CN)`, `currency`, `country`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub format: Option<String>,
    /// How a text is normalised before it is checked: `trim`, `company_name`, `person_name`, `address`,
    /// `upper`, `lower`, `none`, or a format that stands for a value as a whole: `phone(CN)`, `email`, `url`, `domain`,
    /// `date`, `amount`, `uscc`. A format normalises by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub normalise: Option<String>,
    /// Two records with different valid values of this field are never the same.
    #[serde(skip_serializing_if = "is_false")]
    pub identity: bool,
    /// The value says something about a person.
    #[serde(skip_serializing_if = "is_false")]
    pub personal: bool,
    /// A yes that survives every merge, such as that somebody wants no marketing. Only of a switch.
    #[serde(skip_serializing_if = "is_false")]
    pub opt_out: bool,
    /// The largest number of characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_length: Option<u32>,
    /// The fixed currency of a money field. Left out: the Blueprint's currency; `any`: each value names its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// The weight of the field in the completeness score. 0: not counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weight: Option<u32>,
    /// Texts that count as missing in this field.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub placeholders: Option<PlaceholderSpec>,
    /// What the field means to processes and KPIs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<FieldRole>,
    /// An expression that gives the value. Nobody enters it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compute: Option<String>,
    /// Only the engine writes the field.
    #[serde(skip_serializing_if = "is_false")]
    pub system: bool,
}

/// An object: a standard one that the company adds to, or one of its own.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ObjectSpec {
    /// The company's word for the object.
    #[serde(skip_serializing_if = "LocalText::is_empty")]
    pub label: LocalText,
    /// The types of records, such as project and channel. They become the choices of the field `type`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub types: Vec<ChoiceSpec>,
    /// The fields, added to the standard ones or changing them.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub fields: BTreeMap<FieldName, FieldSpec>,
    /// Records move through the stages of a process.
    #[serde(skip_serializing_if = "is_false")]
    pub staged: bool,
    /// Everybody may see the records (users, territories, campaigns). A role may still narrow it.
    #[serde(skip_serializing_if = "is_false")]
    pub shared: bool,
    /// The reference through which records without a partner of their own are seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub via: Option<FieldName>,
}

/// The standard objects, as `objects.yaml` declares them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StandardObjects {
    /// The fields of every object.
    pub common: indexed::Fields,
    /// The fields of every staged object.
    pub staged: indexed::Fields,
    /// The objects, by name.
    pub objects: BTreeMap<ObjectName, StandardObject>,
}

/// One standard object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StandardObject {
    /// Its words.
    pub label: LocalText,
    /// Its types.
    #[serde(default)]
    pub types: Vec<ChoiceSpec>,
    /// Its fields, in the order of the file.
    pub fields: indexed::Fields,
    /// Whether it moves through stages.
    #[serde(default)]
    pub staged: bool,
    /// Whether everybody may see it.
    #[serde(default)]
    pub shared: bool,
    /// The reference through which it is seen.
    #[serde(default)]
    pub via: Option<FieldName>,
}

pub use indexed::Fields;

mod indexed {
    //! Fields in the order of the document: the order of a form.

    use serde::de::{MapAccess, Visitor};
    use serde::ser::SerializeMap;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use crate::{FieldName, FieldSpec};

    /// Fields in the order in which the document gives them.
    #[derive(Debug, Clone, PartialEq, Eq, Default)]
    pub struct Fields(pub Vec<(FieldName, FieldSpec)>);

    impl Serialize for Fields {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            let mut map = serializer.serialize_map(Some(self.0.len()))?;
            for (name, spec) in &self.0 {
                map.serialize_entry(name, spec)?;
            }
            map.end()
        }
    }

    impl<'de> Deserialize<'de> for Fields {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            struct FieldsVisitor;
            impl<'de> Visitor<'de> for FieldsVisitor {
                type Value = Fields;
                fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                    f.write_str("a map of fields")
                }
                fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields, A::Error> {
                    let mut fields = Vec::new();
                    while let Some(entry) = map.next_entry()? {
                        fields.push(entry);
                    }
                    Ok(Fields(fields))
                }
            }
            deserializer.deserialize_map(FieldsVisitor)
        }
    }
}

/// The standard objects.
///
/// The file is part of the crate and a test reads it, so this holds for every build; a damaged build
/// has no objects.
pub fn standard_objects() -> &'static StandardObjects {
    static OBJECTS: OnceLock<StandardObjects> = OnceLock::new();
    OBJECTS.get_or_init(|| {
        crate::Document::parse("objects.yaml", include_str!("../objects.yaml"))
            .ok()
            .and_then(|doc| serde_json::from_value(doc.into_json()).ok())
            .unwrap_or_else(|| StandardObjects {
                common: Fields::default(),
                staged: Fields::default(),
                objects: BTreeMap::new(),
            })
    })
}
