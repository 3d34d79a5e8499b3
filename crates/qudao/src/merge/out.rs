//! A merged record is taken out again.

use std::collections::BTreeSet;

use qudao_match::{Member, SurvivorshipRules};
use qudao_model::{
    Absorbed, Change, Event, FieldIx, FieldName, Golden, Operation, Param, Record, RecordKey, StateView,
    Value, Violation,
};

use super::children::Moves;
use super::into::{cells, write};
use super::leaves::{Kept, Leaf, rules_of};
use crate::decide::Pass;
use crate::draft::{Draft, Target, rule_id};
use crate::error::Error;

pub(crate) fn unmerge(
    pass: &mut Pass<'_>,
    key: &RecordKey,
    expected_version: Option<u64>,
    take: &[FieldName],
    children: &[RecordKey],
) -> Result<(), Error> {
    // The survivor, wherever it stands by now; one that may not be seen answers like one that is not there.
    let standing = pass.load(key)?;
    let Some(absorbed) = absorbed(pass, key)? else {
        problem(pass, "merge.not_merged", key);
        return Ok(());
    };
    // Where the survivor has been merged in turn, it is named, and so must be there for the actor too.
    let between = RecordKey { object: key.object.clone(), id: absorbed.into.clone() };
    let between = self::absorbed(pass, &between)?.map(|a| a.record);
    let named: Vec<Record> = std::iter::once(absorbed.record.clone()).chain(between).collect();
    if pass.sight.sees(&named, &pass.state)?.contains(&false) {
        return Err(pass.engine.not_found(&key.object));
    }
    if absorbed.into != *standing.id() {
        let violation = Violation::new("merge.survivor_merged", rule_id("merge.records"), key.object.clone());
        pass.add_problem(violation.record(key.id.clone()).param("survivor", absorbed.into.as_str()));
        return Ok(());
    }
    let survivor = standing;
    for record in [&survivor, &absorbed.record] {
        let may = pass.sight.edits(std::slice::from_ref(record), &pass.state)?;
        if may.first() != Some(&true) {
            pass.refuse("access.edit_denied", "access.edit", Some(record));
            return Ok(());
        }
    }
    let rules = rules_of(pass.engine, &survivor)?;
    let taken = taken(pass, rules, &survivor, take);

    // What the survivor is without it.
    let mut kept = Kept::of(rules, &pass.state, &survivor)?;
    kept.edits.retain(|field, _| !taken.contains(field));
    for edit in kept.edits.values_mut() {
        edit.over.remove(&key.id);
    }
    let leaves = kept.leaves(rules, &pass.state, 0, Some(&key.id))?;
    let members: Vec<Member<'_>> = leaves.iter().map(Leaf::member).collect();
    let golden = rules
        .golden(&members, 0)
        .ok_or_else(|| Error::Internal { detail: "an un-merge without a survivor".into() })?;
    let alone = kept.absorbed.iter().all(|a| *a.record.id() == key.id);
    let mut back = Draft::new(Some(survivor.clone()), survivor.clone(), Operation::Merge, Target::Stay);
    back.restoring = true;
    pass.expect_version(&mut back, expected_version);
    write(&mut back, rules, &golden);
    if alone && !kept.touched {
        // Nothing has happened to it: it was changed when it was changed before the merge.
        back.set_system("updated_at", kept.base.get("updated_at").clone());
    }

    // What the restored record is: what it was, and what is taken along.
    let before = absorbed.record.clone();
    let mut restored = Draft::new(Some(before.clone()), before.clone(), Operation::Merge, Target::Stay);
    restored.restoring = true;
    for field in &taken {
        restored.set_system(field.as_str(), survivor.get(field.as_str()).clone());
    }
    if !restored.changed().is_empty() {
        restored.set_system("updated_at", pass.asking.now);
    }

    let moves = moves(pass, &survivor, &absorbed, children)?;
    pass.state.put(before.clone(), [], []);
    moves.show(pass);
    pass.out.changes.push(Change::Restore { record: key.clone() });
    pass.save(back)?;
    pass.save(restored)?;
    let after = pass
        .state
        .records(&key.object, std::slice::from_ref(survivor.id()))?
        .into_iter()
        .flatten()
        .next()
        .unwrap_or_else(|| survivor.clone());
    let golden = (!alone).then(|| {
        Box::new(Golden {
            base: kept.base.to_stored_json(),
            written: after.to_stored_json(),
            edits: kept.edits,
            cells: cells(golden.cells, &after),
        })
    });
    pass.out.changes.push(Change::SetGolden { record: survivor.key(), golden });
    for (kind, subject, other) in
        [("unmerged", survivor.key(), key), ("restored", key.clone(), &survivor.key())]
    {
        let told = pass.out.events.iter().any(|e| e.subject == subject && e.kind.ends_with(".unmerged"));
        if kind == "unmerged" && told {
            continue;
        }
        pass.out.events.push(Event {
            kind: format!("qudao.{}.{kind}", key.object),
            subject,
            time: pass.occurred_at,
            data: serde_json::json!({"other": other.id.as_str()}),
        });
    }
    // The restored record is the main one.
    pass.out.records.retain(|r| r != key);
    pass.out.records.insert(0, key.clone());
    moves.finish(pass)
}

fn absorbed(pass: &Pass<'_>, key: &RecordKey) -> Result<Option<Absorbed>, Error> {
    let found = pass.state.absorbed(&key.object, std::slice::from_ref(&key.id))?;
    Ok(found.into_iter().flatten().next())
}

fn problem(pass: &mut Pass<'_>, code: &'static str, key: &RecordKey) {
    let violation = Violation::new(code, rule_id("merge.records"), key.object.clone());
    pass.add_problem(violation.record(key.id.clone()));
}

/// The fields that go with the restored record: those named, and those that survive together with them.
fn taken(
    pass: &mut Pass<'_>,
    rules: &SurvivorshipRules,
    survivor: &Record,
    take: &[FieldName],
) -> BTreeSet<FieldName> {
    let schema = survivor.schema().clone();
    let masked = pass.engine.roles().masked(pass.asking.actor, &schema);
    let mut taken = BTreeSet::new();
    for field in take {
        let unit = |ix: FieldIx| rules.units().map(|(fields, _)| fields).find(|fields| fields.contains(&ix));
        let found = schema.field(field.as_str()).zip(schema.field_ix(field.as_str()));
        let code = match found {
            None => "field.unknown",
            Some(_) if masked.contains(field) => "field.masked",
            Some((_, ix)) => match unit(ix) {
                Some(fields) => {
                    taken.extend(fields.iter().filter_map(|ix| schema.field_at(*ix)).map(|d| d.name.clone()));
                    continue;
                }
                None => "field.system",
            },
        };
        let label = found.map_or_else(|| field.as_str().into(), |(def, _)| def.label());
        pass.add_problem(
            Violation::new(code, rule_id("merge.take"), survivor.object().clone())
                .record(survivor.id().clone())
                .field(field.clone())
                .param("field", Param::Text(label)),
        );
    }
    taken
}

/// The children that came with the record and still are where the merge put them, and those named.
fn moves(
    pass: &mut Pass<'_>,
    survivor: &Record,
    absorbed: &Absorbed,
    named: &[RecordKey],
) -> Result<Moves, Error> {
    let mut moves = Moves::default();
    let to = absorbed.record.id();
    let refers = |child: &Record, field: FieldIx| child.at(field) == &Value::Reference(survivor.id().clone());
    for moved in &absorbed.moved {
        let found = pass.state.records(&moved.record.object, std::slice::from_ref(&moved.record.id))?;
        let Some(child) = found.into_iter().flatten().next() else { continue };
        if let Some(field) = child.schema().field_ix(moved.field.as_str())
            && refers(&child, field)
        {
            moves.add(child, field, to.clone());
        }
    }
    for key in named {
        let child = pass.load(key)?;
        let may = pass.sight.edits(std::slice::from_ref(&child), &pass.state)?;
        if may.first() != Some(&true) {
            pass.refuse("access.edit_denied", "access.edit", Some(&child));
            continue;
        }
        let fields: Vec<FieldIx> = child
            .schema()
            .parents()
            .filter(|p| p.object == *survivor.object() && refers(&child, p.field))
            .map(|p| p.field)
            .collect();
        if fields.is_empty() || child.key() == survivor.key() {
            problem(pass, "merge.no_child", key);
        }
        for field in fields.into_iter().filter(|_| child.key() != survivor.key()) {
            moves.add(child.clone(), field, to.clone());
        }
    }
    Ok(moves)
}
