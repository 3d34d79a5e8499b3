//! The golden record: a pure function of the records that are the same.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::Datelike as _;
use qudao_model::{
    Cell, Decimal, FieldIx, FieldType, Instant, LostValue, Record, RecordId, SurvivalRule, Value,
};
use serde_json::Value as Json;

use super::compile::{SurvivorshipRules, Unit};

/// A record that takes part in a merge.
#[derive(Debug, Clone)]
pub struct Member<'a> {
    /// The record.
    pub record: &'a Record,
    /// Fields that somebody changed since an earlier merge.
    pub edited: BTreeSet<FieldIx>,
    /// When that was.
    pub edited_at: Option<Instant>,
    /// How many merges the record is away from the master, which is at 0: a record merged into another member is one
    /// further than that.
    pub depth: usize,
    /// Fields for which the record does not stand, because somebody changed the merged record since.
    pub superseded: BTreeSet<FieldIx>,
}

impl<'a> Member<'a> {
    /// A record as it is.
    #[must_use]
    pub fn new(record: &'a Record) -> Self {
        Self { record, edited: BTreeSet::new(), edited_at: None, depth: 1, superseded: BTreeSet::new() }
    }
}

/// One record of several.
#[derive(Debug, Clone, PartialEq)]
pub struct GoldenRecord {
    /// The record, under the master's id and version.
    pub record: Record,
    /// Where each value came from, in the order of the schema. A field that no record fills has no cell.
    pub cells: Vec<Cell>,
}

/// How well a record does in the choice of a unit; the largest wins.
type Rank<'m> =
    (Decimal, Reverse<usize>, Option<Instant>, Reverse<usize>, Reverse<&'m RecordId>, Reverse<usize>);

impl SurvivorshipRules {
    /// Makes one record of several, with the lineage of each value. `master` is the position of the record whose id
    /// stays. The answer does not depend on the order of the others.
    #[must_use]
    pub fn golden(&self, members: &[Member<'_>], master: usize) -> Option<GoldenRecord> {
        let first = members.get(master)?;
        let mut record = first.record.clone();
        let ids: BTreeSet<&RecordId> = members.iter().map(|m| m.record.id()).collect();
        let filled: Vec<usize> = members.iter().map(|m| self.filled(m.record)).collect();
        let mut cells = Vec::new();
        for unit in &self.units {
            let choice = Choice { rules: self, unit, members, master, filled: &filled, ids: &ids };
            choice.decide(&mut record, &mut cells);
        }
        cells.sort_by_key(|c| self.schema.field_ix(c.field.as_str()));
        self.unknown(members, master, &mut record);
        Some(GoldenRecord { record, cells })
    }

    /// The position of the record that is the master where nobody names one: the most trusted, then the one that fills
    /// most fields, then the one changed last, then that of the smallest id.
    #[must_use]
    pub fn master(&self, records: &[&Record]) -> Option<usize> {
        (0..records.len()).max_by_key(|at| {
            records.get(*at).map(|r| {
                let trusted = Reverse(self.trust_of(&self.trust, r));
                (trusted, self.filled(r), self.changed_at(r), Reverse(r.id()), Reverse(*at))
            })
        })
    }

    /// How many fields a record fills.
    fn filled(&self, record: &Record) -> usize {
        self.units.iter().flat_map(|u| &u.fields).filter(|ix| !record.at(**ix).is_blank()).count()
    }

    /// The place of a record's source in an order of trust; sources not named come last.
    fn trust_of(&self, trust: &[String], record: &Record) -> usize {
        let source = self.source.map_or(&Value::Missing, |ix| record.at(ix));
        let place = source.as_text().and_then(|s| trust.iter().position(|t| t == s));
        place.unwrap_or(trust.len())
    }

    fn changed_at(&self, record: &Record) -> Option<Instant> {
        match self.recency.map_or(&Value::Missing, |ix| record.at(ix)) {
            Value::Instant(at) => Some(*at),
            Value::Date(date) => Instant::start_of_day(*date, chrono_tz::UTC),
            _ => None,
        }
    }

    /// What the schema does not know: the master's, else that of the record changed last.
    fn unknown(&self, members: &[Member<'_>], master: usize, record: &mut Record) {
        let mut order: Vec<usize> = (0..members.len()).collect();
        order.sort_by_key(|at| {
            let changed = members.get(*at).map(|m| (self.changed_at(m.record), Reverse(m.record.id())));
            (*at != master, Reverse(changed))
        });
        let mut found: BTreeMap<&str, &Json> = BTreeMap::new();
        for member in order.iter().filter_map(|at| members.get(*at)) {
            for (key, value) in member.record.unknown() {
                found.entry(key.as_str()).or_insert(value);
            }
        }
        for (key, value) in found {
            record.set_unknown(key, value.clone());
        }
    }
}

/// The choice of one unit.
struct Choice<'c, 'm> {
    rules: &'c SurvivorshipRules,
    unit: &'c Unit,
    members: &'c [Member<'m>],
    master: usize,
    filled: &'c [usize],
    ids: &'c BTreeSet<&'m RecordId>,
}

impl<'m> Choice<'_, 'm> {
    /// A member's value of a field; missing where it refers to one of the records that become one.
    fn value(&self, member: &Member<'m>, ix: FieldIx) -> &'m Value {
        let value = member.record.at(ix);
        let refers_to_itself =
            value.as_reference().is_some_and(|id| self.ids.contains(id))
                && self.rules.schema.field_at(ix).is_some_and(
                    |d| matches!(&d.ty, FieldType::Reference(o) if *o == self.rules.schema.name),
                );
        if refers_to_itself || value.is_blank() { &Value::Missing } else { value }
    }

    fn values(&self, member: &Member<'m>) -> Vec<&'m Value> {
        self.unit.fields.iter().map(|ix| self.value(member, *ix)).collect()
    }

    fn decide(&self, record: &mut Record, cells: &mut Vec<Cell>) {
        let fields = &self.unit.fields;
        let candidates: Vec<(usize, &Member<'m>, Vec<&'m Value>)> = self
            .members
            .iter()
            .enumerate()
            .filter(|(_, m)| fields.iter().all(|ix| !m.superseded.contains(ix)))
            .map(|(at, m)| (at, m, self.values(m)))
            .filter(|(_, _, values)| values.iter().any(|v| **v != Value::Missing))
            .collect();
        // Looked up only, so that the order of the map reaches no answer.
        let mut counts: HashMap<&[&Value], usize> = HashMap::new();
        if self.unit.by == SurvivalRule::MostFrequent {
            for (_, _, values) in &candidates {
                *counts.entry(values).or_default() += 1;
            }
        }
        let winner = candidates.iter().max_by_key(|(at, member, values)| {
            let count = counts.get(values.as_slice()).copied().unwrap_or(0);
            self.rank(*at, member, values, count)
        });
        let Some((_, from, values)) = winner else {
            for ix in fields {
                record.set_at(*ix, Value::Missing);
            }
            return;
        };
        for (ix, value) in fields.iter().zip(values) {
            record.set_at(*ix, Value::clone(value));
            let Some(def) = self.rules.schema.field_at(*ix) else { continue };
            let mut lost: Vec<LostValue> = self
                .members
                .iter()
                .map(|m| (m, self.value(m, *ix)))
                .filter(|(_, other)| **other != Value::Missing && other != value)
                .map(|(m, other)| LostValue { record: m.record.id().clone(), value: other.clone() })
                .collect();
            lost.sort_by(|a, b| a.record.cmp(&b.record));
            if **value == Value::Missing && lost.is_empty() {
                continue;
            }
            cells.push(Cell {
                field: def.name.clone(),
                value: Value::clone(value),
                from: from.record.id().clone(),
                rule: self.unit.by,
                lost,
            });
        }
    }

    fn rank(&self, at: usize, member: &Member<'m>, values: &[&Value], count: usize) -> Rank<'m> {
        let edited = self.unit.fields.iter().any(|ix| member.edited.contains(ix));
        let changed = if edited { member.edited_at } else { self.rules.changed_at(member.record) };
        let trusted = self.rules.trust_of(&self.unit.trust, member.record);
        let depth = if at == self.master { 0 } else { member.depth.max(1) };
        let number = |n: usize| Decimal::from(u64::try_from(n).unwrap_or(u64::MAX));
        let merit = match self.unit.by {
            SurvivalRule::Master => -number(depth),
            SurvivalRule::MostTrusted => -number(trusted),
            SurvivalRule::MostRecent => changed.map_or(Decimal::MIN, |at| Decimal::from(at.micros())),
            SurvivalRule::MostComplete if self.unit.fields.len() > 1 => {
                number(values.iter().filter(|v| ***v != Value::Missing).count())
            }
            SurvivalRule::MostComplete => number(self.filled.get(at).copied().unwrap_or(0)),
            SurvivalRule::Longest => number(values.iter().map(|v| length(v)).sum()),
            SurvivalRule::MostFrequent => number(count),
            SurvivalRule::Earliest => {
                values.iter().filter_map(|v| size(v)).min().map_or(Decimal::MIN, |n| -n)
            }
            SurvivalRule::AnyYes => number(usize::from(values.contains(&&Value::Bool(true)))),
        };
        (merit, Reverse(trusted), changed, Reverse(depth), Reverse(member.record.id()), Reverse(at))
    }
}

fn length(value: &Value) -> usize {
    match value {
        Value::Missing => 0,
        other => other.to_string().chars().count(),
    }
}

/// A date, an instant, a duration or a number as a number.
fn size(value: &Value) -> Option<Decimal> {
    match value {
        Value::Instant(at) => Some(Decimal::from(at.micros())),
        Value::Date(date) => Some(Decimal::from(date.num_days_from_ce())),
        Value::Duration(span) => Some(Decimal::from(span.micros())),
        other => other.as_decimal(),
    }
}
