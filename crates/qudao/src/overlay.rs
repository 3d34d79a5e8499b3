//! A state with pending records on top: what the later parts of one command see of the earlier ones.

use std::collections::{BTreeMap, BTreeSet};

use qudao_model::{
    Absorbed, BlockKey, ClaimKey, FieldIx, Golden, Grant, Kept, Meeting, ObjectName, Record, RecordId,
    RecordKey, RuleId, StateError, StateView, Value, Visit,
};

/// The base state with records, claims and block keys laid over it.
pub(crate) struct Overlay<'a> {
    base: &'a dyn StateView,
    records: BTreeMap<RecordKey, Record>,
    claims: BTreeMap<(RuleId, ClaimKey), RecordKey>,
    keys: BTreeMap<(RuleId, BlockKey), Vec<RecordKey>>,
    hidden: BTreeSet<RecordKey>,
    removed: BTreeSet<RecordKey>,
    released: BTreeSet<(RuleId, ClaimKey, RecordKey)>,
}

impl<'a> Overlay<'a> {
    pub(crate) fn new(base: &'a dyn StateView) -> Self {
        Self {
            base,
            records: BTreeMap::new(),
            claims: BTreeMap::new(),
            keys: BTreeMap::new(),
            hidden: BTreeSet::new(),
            removed: BTreeSet::new(),
            released: BTreeSet::new(),
        }
    }

    /// Lets a record count as not there when it is asked for by id.
    pub(crate) fn hide(&mut self, key: RecordKey) {
        self.hidden.insert(key);
    }

    /// True where the base state is not what counts of a record.
    fn stands_over(&self, key: &RecordKey) -> bool {
        self.records.contains_key(key) || self.removed.contains(key)
    }

    /// Takes a record away, with everything that it claims.
    pub(crate) fn remove(&mut self, key: RecordKey) {
        self.removed.insert(key);
    }

    /// Lets a record give up claims that it held in the base state.
    pub(crate) fn release(
        &mut self,
        record: &RecordKey,
        claims: impl IntoIterator<Item = (RuleId, ClaimKey)>,
    ) {
        self.released.extend(claims.into_iter().map(|(rule, key)| (rule, key, record.clone())));
    }

    pub(crate) fn put(
        &mut self,
        record: Record,
        claims: impl IntoIterator<Item = (RuleId, ClaimKey)>,
        keys: impl IntoIterator<Item = (RuleId, BlockKey)>,
    ) {
        let key = record.key();
        for claim in claims {
            self.claims.insert(claim, key.clone());
        }
        for block in keys {
            let list = self.keys.entry(block).or_default();
            if !list.contains(&key) {
                list.push(key.clone());
            }
        }
        self.records.insert(key, record);
    }
}

impl StateView for Overlay<'_> {
    fn records(&self, object: &ObjectName, ids: &[RecordId]) -> Result<Vec<Option<Record>>, StateError> {
        let mut found = self.base.records(object, ids)?;
        for (slot, id) in found.iter_mut().zip(ids) {
            let key = RecordKey { object: object.clone(), id: id.clone() };
            if let Some(record) = self.records.get(&key) {
                *slot = Some(record.clone());
            } else if self.hidden.contains(&key) || self.removed.contains(&key) {
                *slot = None;
            }
        }
        Ok(found)
    }

    fn children(
        &self,
        object: &ObjectName,
        field: FieldIx,
        parents: &[RecordId],
    ) -> Result<Vec<Record>, StateError> {
        let mut found = self.base.children(object, field, parents)?;
        found.retain(|r| !self.stands_over(&r.key()));
        found.extend(
            self.records
                .values()
                .filter(|r| r.object() == object)
                .filter(|r| matches!(r.at(field), Value::Reference(id) if parents.contains(id)))
                .cloned(),
        );
        found.sort_by(|a, b| a.id().cmp(b.id()));
        Ok(found)
    }

    fn visits(&self, records: &[RecordKey]) -> Result<Vec<Vec<Visit>>, StateError> {
        self.base.visits(records)
    }

    fn claims(&self, rule: &RuleId, keys: &[ClaimKey]) -> Result<Vec<Option<RecordKey>>, StateError> {
        let mut found = self.base.claims(rule, keys)?;
        for (slot, key) in found.iter_mut().zip(keys) {
            if let Some(holder) = self.claims.get(&(rule.clone(), key.clone())) {
                *slot = Some(holder.clone());
            } else if let Some(holder) = slot
                && (self.removed.contains(holder)
                    || self.released.contains(&(rule.clone(), key.clone(), holder.clone())))
            {
                *slot = None;
            }
        }
        Ok(found)
    }

    fn candidates(
        &self,
        rule: &RuleId,
        meeting: &Meeting,
        may_match: &mut dyn FnMut(Kept<'_>) -> bool,
    ) -> Result<Vec<Record>, StateError> {
        let mut found = self.base.candidates(rule, meeting, may_match)?;
        found.retain(|r| !self.stands_over(&r.key()) && !self.hidden.contains(&r.key()));
        let met: BTreeSet<&RecordKey> = meeting
            .keys
            .iter()
            .filter_map(|(key, _)| self.keys.get(&(rule.clone(), key.clone())))
            .flatten()
            .collect();
        found.extend(met.into_iter().filter_map(|key| self.records.get(key)).cloned());
        found.sort_by(|a, b| (a.object(), a.id()).cmp(&(b.object(), b.id())));
        Ok(found)
    }

    fn grants(&self, records: &[RecordKey]) -> Result<Vec<Grant>, StateError> {
        self.base.grants(records)
    }

    fn scan(&self, object: &ObjectName) -> Result<Vec<Record>, StateError> {
        let mut found = self.base.scan(object)?;
        found.retain(|r| !self.stands_over(&r.key()));
        found.extend(self.records.values().filter(|r| r.object() == object).cloned());
        found.sort_by(|a, b| a.id().cmp(b.id()));
        Ok(found)
    }

    fn absorbed(&self, object: &ObjectName, ids: &[RecordId]) -> Result<Vec<Option<Absorbed>>, StateError> {
        self.base.absorbed(object, ids)
    }

    fn absorbed_by(
        &self,
        object: &ObjectName,
        survivors: &[RecordId],
    ) -> Result<Vec<Vec<Absorbed>>, StateError> {
        self.base.absorbed_by(object, survivors)
    }

    fn golden(&self, object: &ObjectName, ids: &[RecordId]) -> Result<Vec<Option<Golden>>, StateError> {
        self.base.golden(object, ids)
    }
}
