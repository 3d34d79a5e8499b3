//! Several records become one.

use std::collections::BTreeMap;

use qudao_match::{GoldenRecord, Member, identity_conflict};
use qudao_model::{
    Cell, Change, Event, Golden, Moved, ObjectName, Operation, Param, Record, RecordId, RecordKey, Severity,
    StateView, Violation,
};

use super::children::{Moves, references};
use super::leaves::{Kept, rules_of};
use crate::decide::Pass;
use crate::draft::{Draft, Target, rule_id};
use crate::error::Error;

/// The rules that only a grant for the master passes.
const IDENTITY: &str = "merge.identity";
const RELATED: &str = "merge.related";
const WON: &str = "merge.won";

pub(crate) fn merge(
    pass: &mut Pass<'_>,
    object: &ObjectName,
    master: &RecordId,
    others: &[RecordId],
    expected_version: Option<u64>,
) -> Result<(), Error> {
    let load =
        |pass: &Pass<'_>, id: &RecordId| pass.load(&RecordKey { object: object.clone(), id: id.clone() });
    let survivor = load(pass, master)?;
    let mut losers: Vec<Record> = Vec::new();
    for id in others {
        let loser = load(pass, id)?;
        if loser.id() == survivor.id() {
            let code = if id == survivor.id() { "merge.itself" } else { "merge.already_merged" };
            problem(pass, code, &survivor);
        } else if losers.iter().all(|l| l.id() != loser.id()) {
            losers.push(loser);
        }
    }
    if others.is_empty() {
        problem(pass, "merge.nothing", &survivor);
    }
    for record in std::iter::once(&survivor).chain(&losers) {
        let may = pass.sight.edits(std::slice::from_ref(record), &pass.state)?;
        if may.first() != Some(&true) {
            pass.refuse("access.edit_denied", "access.edit", Some(record));
            return Ok(());
        }
    }
    if losers.is_empty() {
        return Ok(());
    }
    judge(pass, &survivor, &losers)?;

    // What the records were made of, and what becomes of them.
    let rules = rules_of(pass.engine, &survivor)?;
    let kept = Kept::of(rules, &pass.state, &survivor)?;
    let mut leaves = kept.leaves(rules, &pass.state, 0, None)?;
    for loser in &losers {
        leaves.extend(Kept::of(rules, &pass.state, loser)?.leaves(rules, &pass.state, 1, None)?);
    }
    let members: Vec<Member<'_>> = leaves.iter().map(super::leaves::Leaf::member).collect();
    let golden = rules
        .golden(&members, 0)
        .ok_or_else(|| Error::Internal { detail: "a merge without a master".into() })?;

    // The children move, and the records that are merged go.
    let ids: Vec<RecordId> = losers.iter().map(|l| l.id().clone()).collect();
    let mut moves = Moves::default();
    let mut moved: BTreeMap<RecordId, Vec<Moved>> = BTreeMap::new();
    for reference in references(pass, object, &ids)? {
        let child = reference.child.key();
        let merged = child.object == *object && (child.id == *survivor.id() || ids.contains(&child.id));
        let Some(def) = reference.child.schema().field_at(reference.field).filter(|_| !merged) else {
            continue;
        };
        let field = def.name.clone();
        moved.entry(reference.target).or_default().push(Moved { record: child, field });
        moves.add(reference.child, reference.field, survivor.id().clone());
    }
    for loser in &losers {
        pass.state.remove(loser.key());
    }
    moves.show(pass);

    let mut draft = Draft::new(Some(survivor.clone()), survivor.clone(), Operation::Merge, Target::Stay);
    pass.expect_version(&mut draft, expected_version);
    write(&mut draft, rules, &golden);
    pass.save(draft)?;
    let after = pass
        .state
        .records(object, std::slice::from_ref(survivor.id()))?
        .into_iter()
        .flatten()
        .next()
        .unwrap_or_else(|| survivor.clone());

    for loser in &losers {
        let moved = moved.remove(loser.id()).unwrap_or_default();
        pass.out.records.push(loser.key());
        pass.out.changes.push(Change::Absorb { record: loser.key(), into: survivor.id().clone(), moved });
        pass.out.events.push(Event {
            kind: format!("qudao.{object}.absorbed"),
            subject: loser.key(),
            time: pass.occurred_at,
            data: serde_json::json!({"into": survivor.id().as_str()}),
        });
    }
    let golden = Golden {
        base: kept.base.to_stored_json(),
        written: after.to_stored_json(),
        edits: kept.edits,
        cells: cells(golden.cells, &after),
    };
    pass.out.changes.push(Change::SetGolden { record: survivor.key(), golden: Some(Box::new(golden)) });
    moves.finish(pass)
}

/// Writes what survived on the record whose id stays.
pub(super) fn write(draft: &mut Draft, rules: &qudao_match::SurvivorshipRules, golden: &GoldenRecord) {
    let schema = draft.after.schema().clone();
    for def in rules.units().flat_map(|(fields, _)| fields).filter_map(|ix| schema.field_at(*ix)) {
        let value = golden.record.get(def.name.as_str());
        if draft.after.get(def.name.as_str()) != value {
            draft.set_system(def.name.as_str(), value.clone());
        }
    }
    let gone: Vec<String> = draft.after.unknown().keys().cloned().collect();
    for key in gone.iter().filter(|k| !golden.record.unknown().contains_key(*k)) {
        draft.after.set_unknown(key, serde_json::Value::Null);
    }
    for (key, value) in golden.record.unknown() {
        draft.after.set_unknown(key, value.clone());
    }
}

/// Lineage with the values as they were stored.
pub(super) fn cells(mut cells: Vec<Cell>, after: &Record) -> Vec<Cell> {
    for cell in &mut cells {
        cell.value = after.get(cell.field.as_str()).clone();
    }
    cells
}

fn problem(pass: &mut Pass<'_>, code: &'static str, record: &Record) {
    let violation = Violation::new(code, rule_id("merge.records"), record.object().clone());
    pass.add_problem(violation.record(record.id().clone()));
}

/// What forbids a merge unless somebody permits it: different identities, a branch, a deal that is won and would be
/// lost.
fn judge(pass: &mut Pass<'_>, survivor: &Record, losers: &[Record]) -> Result<(), Error> {
    let mut findings = Vec::new();
    let all: Vec<&Record> = std::iter::once(survivor).chain(losers).collect();
    let finding = |code: &'static str| {
        Violation::new(code, rule_id(code), survivor.object().clone())
            .record(survivor.id().clone())
            .severity(Severity::Error)
    };
    let mut forbidden = None;
    for (at, one) in all.iter().enumerate() {
        for two in all.iter().skip(at + 1) {
            forbidden = forbidden.or_else(|| identity_conflict(one, two));
        }
    }
    if let Some(field) = forbidden {
        let label = survivor.schema().field(field.as_str()).map(qudao_model::FieldDef::label);
        let label = Param::Text(label.unwrap_or_default());
        findings.push(finding(IDENTITY).field(field).param("field", label));
    }
    if let Some(rule) = pass.engine.rule_for(survivor.object()) {
        for loser in losers {
            if pass.engine.matching().compare(rule, survivor, loser)?.related {
                findings.push(finding(RELATED));
                break;
            }
        }
    }
    if losers.iter().any(|l| is_won(pass, l)) {
        findings.push(finding(WON));
    }
    let key = survivor.key();
    let grants = pass.state.grants(std::slice::from_ref(&key))?;
    pass.use_grants(&key, &grants, &mut findings);
    pass.out.violations.extend(findings);
    Ok(())
}

/// A deal that is won, or a lead that became one: where it ends in another record, its success goes.
fn is_won(pass: &Pass<'_>, record: &Record) -> bool {
    let text = |field: &str, word: &str| record.get(field).as_text() == Some(word);
    if *record.object() == pass.engine.names().lead {
        return text("status", "converted") || !record.get("converted_at").is_blank();
    }
    record.schema().staged && text("outcome", "won")
}
