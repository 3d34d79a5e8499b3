//! A record: one typed object with its values in slots.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value as Json};

use crate::schema::{FieldIx, ObjectSchema};
use crate::{ActorId, FieldName, ObjectName, RecordId, RecordKey, Value, ValueIssue};

/// One typed object with an id, a version and field values. Fields that the schema does not know ride along.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    schema: Arc<ObjectSchema>,
    id: RecordId,
    version: u64,
    slots: Box<[Value]>,
    unknown: BTreeMap<String, Json>,
}

impl Record {
    /// A record without values, at version 0.
    #[must_use]
    pub fn new(schema: Arc<ObjectSchema>, id: RecordId) -> Self {
        let slots = vec![Value::Missing; schema.fields.len()].into_boxed_slice();
        Self { schema, id, version: 0, slots, unknown: BTreeMap::new() }
    }

    /// The id.
    #[must_use]
    pub fn id(&self) -> &RecordId {
        &self.id
    }

    /// The object and the id.
    #[must_use]
    pub fn key(&self) -> RecordKey {
        RecordKey { object: self.schema.name.clone(), id: self.id.clone() }
    }

    /// The object's name.
    #[must_use]
    pub fn object(&self) -> &ObjectName {
        &self.schema.name
    }

    /// The object's schema.
    #[must_use]
    pub fn schema(&self) -> &Arc<ObjectSchema> {
        &self.schema
    }

    /// How often the record has been written.
    #[must_use]
    pub fn version(&self) -> u64 {
        self.version
    }

    /// Sets the version.
    pub fn set_version(&mut self, version: u64) {
        self.version = version;
    }

    /// The value in a slot.
    #[must_use]
    pub fn at(&self, ix: FieldIx) -> &Value {
        self.slots.get(ix.index()).unwrap_or(&Value::Missing)
    }

    /// The value of a field; missing for a field that the schema does not know.
    #[must_use]
    pub fn get(&self, field: &str) -> &Value {
        self.schema.field_ix(field).map_or(&Value::Missing, |ix| self.at(ix))
    }

    /// Writes a slot without a check of the type. False when there is no such slot.
    pub fn set_at(&mut self, ix: FieldIx, value: Value) -> bool {
        match self.slots.get_mut(ix.index()) {
            Some(slot) => {
                *slot = value;
                true
            }
            None => false,
        }
    }

    /// Writes a field; the value is coerced to the field's type.
    ///
    /// # Errors
    /// [`ValueIssue`] when the value does not fit; `Ok(false)` when the schema does not know the field.
    pub fn set(&mut self, field: &str, value: impl Into<Value>) -> Result<bool, ValueIssue> {
        let Some(ix) = self.schema.field_ix(field) else { return Ok(false) };
        let value = match self.schema.field_at(ix) {
            Some(def) => def.ty.coerce(value.into())?,
            None => return Ok(false),
        };
        Ok(self.set_at(ix, value))
    }

    /// Sets a field and gives the record back, for building records in one expression.
    ///
    /// # Errors
    /// [`ValueIssue`] when the value does not fit; [`ValueIssue::BadForm`] when the schema does not know the field.
    pub fn with(mut self, field: &str, value: impl Into<Value>) -> Result<Self, ValueIssue> {
        if self.set(field, value)? { Ok(self) } else { Err(ValueIssue::BadForm) }
    }

    /// The fields that hold a value, in slot order.
    pub fn values(&self) -> impl Iterator<Item = (&FieldName, &Value)> {
        self.schema
            .fields
            .iter()
            .zip(self.slots.iter())
            .filter_map(|(def, value)| (*value != Value::Missing).then_some((&def.name, value)))
    }

    /// What came with the record and the schema does not know.
    #[must_use]
    pub fn unknown(&self) -> &BTreeMap<String, Json> {
        &self.unknown
    }

    /// Keeps something that the schema does not know; null removes it.
    pub fn set_unknown(&mut self, key: &str, value: Json) {
        if value.is_null() {
            self.unknown.remove(key);
        } else {
            self.unknown.insert(key.to_owned(), value);
        }
    }

    /// The owner.
    #[must_use]
    pub fn owner(&self) -> Option<&RecordId> {
        self.get("owner").as_reference()
    }

    /// True when the actor owns the record.
    #[must_use]
    pub fn is_owned_by(&self, actor: &ActorId) -> bool {
        self.owner().is_some_and(|o| o.as_str() == actor.as_str())
    }

    /// The values as self-describing JSON, for a store. Unknown keys stand under `$unknown`.
    #[must_use]
    pub fn to_stored_json(&self) -> Json {
        let mut map: Map<String, Json> =
            self.values().map(|(name, value)| (name.to_string(), value.to_tagged_json())).collect();
        if !self.unknown.is_empty() {
            let unknown = self.unknown.iter().map(|(k, v)| (k.clone(), v.clone())).collect();
            map.insert("$unknown".into(), Json::Object(unknown));
        }
        Json::Object(map)
    }

    /// Reads what [`Record::to_stored_json`] wrote. Fields that the schema no longer knows, or whose type has
    /// changed, are kept as unknown.
    ///
    /// # Errors
    /// [`ValueIssue::BadForm`] when the JSON is not a map.
    pub fn from_stored_json(
        schema: Arc<ObjectSchema>,
        id: RecordId,
        version: u64,
        json: &Json,
    ) -> Result<Self, ValueIssue> {
        let map = json.as_object().ok_or(ValueIssue::BadForm)?;
        let mut record = Self::new(schema, id);
        record.version = version;
        for (key, body) in map {
            if key == "$unknown" {
                for (k, v) in body.as_object().into_iter().flatten() {
                    record.set_unknown(k, v.clone());
                }
                continue;
            }
            let known = Value::from_tagged_json(body).and_then(|value| record.set(key, value));
            if !matches!(known, Ok(true)) {
                record.set_unknown(key, body.clone());
            }
        }
        Ok(record)
    }

    /// The values as plain JSON for people and other tools, with `id` and `version`.
    #[must_use]
    pub fn to_plain_json(&self) -> Json {
        let mut map = Map::new();
        map.insert("id".into(), Json::from(self.id.as_str()));
        map.insert("version".into(), Json::from(self.version));
        for (name, value) in self.values() {
            map.insert(name.to_string(), value.to_plain_json());
        }
        for (key, value) in &self.unknown {
            map.entry(key.clone()).or_insert_with(|| value.clone());
        }
        Json::Object(map)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Schema;

    fn account() -> Record {
        let schema = Schema::standard("CNY");
        Record::new(schema.object("account").unwrap().clone(), RecordId::new("a1").unwrap())
    }

    #[test]
    fn stores_and_reads_back() {
        let mut record = account()
            .with("name", "华为")
            .unwrap()
            .with("employees", 10_i64)
            .unwrap()
            .with("owner", "u1")
            .unwrap();
        record.set_unknown("legacy", Json::from(5));
        record.set_version(3);
        let json = record.to_stored_json();
        let back = Record::from_stored_json(record.schema().clone(), record.id().clone(), 3, &json).unwrap();
        assert_eq!(back, record);
        assert_eq!(back.owner().unwrap().as_str(), "u1");
    }

    #[test]
    fn keeps_what_the_schema_no_longer_knows() {
        let json: Json = serde_json::json!({"name": "x", "gone": {"$decimal": "1.5"}, "employees": "many"});
        let schema = account().schema().clone();
        let record = Record::from_stored_json(schema, RecordId::new("a").unwrap(), 1, &json).unwrap();
        assert_eq!(record.unknown().len(), 2);
        assert_eq!(record.get("employees"), &Value::Missing);
    }

    #[test]
    fn refuses_wrong_types() {
        assert!(account().with("employees", "many").is_err());
        assert!(account().with("no_such_field", 1_i64).is_err());
    }
}
