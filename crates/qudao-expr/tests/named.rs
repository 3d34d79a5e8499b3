//! Which texts of a condition name records, and what a condition says once they name others besides.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test stops at what it does not expect"
)]

mod common;

use std::collections::BTreeSet;

use common::World;
use qudao_expr::{NamedRecord, OtherNames, Program, Truth};
use qudao_model::{Dataset, RecordId, Value};
use serde_json::json;

fn named(program: &Program) -> Vec<String> {
    let shown = |n: NamedRecord| {
        format!("{}.{}={}", n.object, n.field.as_ref().map_or("id", |field| field.as_str()), n.text)
    };
    program.named_records().into_iter().map(shown).collect()
}

#[test]
fn texts_beside_ids_references_and_text_fields_name_records() {
    let world = World::new();
    for (text, expected) in [
        ("id == 'x'", &["opportunity.id=x"][..]),
        ("'x' != id", &["opportunity.id=x"]),
        ("account == 'a'", &["account.id=a"]),
        ("account.id == 'a'", &["account.id=a"]),
        ("account.partner in ['p', 'q', 'p']", &["partner.id=p", "partner.id=q"]),
        ("account.external_id == 'E' && amount > 1", &["account.external_id=E"]),
        ("contacts.exists(r, r.contact == 'k')", &["contact.id=k"]),
        ("account == actor.id", &[]),
        ("account == account.partner.id", &[]),
        ("id < 'x'", &[]),
        ("lower(name) == 'x'", &[]),
        ("amount == 1 || has(account)", &[]),
    ] {
        let program = world.compile(text).unwrap_or_else(|e| panic!("{text}: {e:?}"));
        assert_eq!(named(&program), expected, "{text}");
    }
}

/// Every way of evaluation gives the answers of a record that has the other name.
#[test]
fn a_text_holds_for_the_records_that_it_names_besides() {
    let world = World::new();
    let record = world.record_of("opportunity", "o1", &json!({"account": "a1", "external_id": "E1"}));
    let vars = [Value::Reference(RecordId::new("u1").unwrap()), Value::Int(1)];
    // What was called `old` is this record, and what was called `was` the account `a1`.
    let meant = |n: &NamedRecord| match (n.object.as_str(), &*n.text) {
        ("opportunity", "old") => Some("o1"),
        ("account", "was") => Some("a1"),
        ("contact", "before") => Some("k2"),
        _ => None,
    };
    for (text, plain, widened) in [
        ("id == 'old'", Truth::False, Truth::True),
        ("id != 'old'", Truth::True, Truth::False),
        ("!(id == 'old')", Truth::True, Truth::False),
        ("id in ['x', 'old']", Truth::False, Truth::True),
        ("external_id == 'old'", Truth::False, Truth::True),
        ("external_id != 'old'", Truth::True, Truth::False),
        ("external_id == 'E1'", Truth::True, Truth::True),
        ("external_id == 'other'", Truth::False, Truth::False),
        ("account == 'was'", Truth::False, Truth::True),
        ("account == 'a1'", Truth::True, Truth::True),
        ("account.id in ['was']", Truth::False, Truth::True),
        // The account has none of its own: what it was called before is known all the same.
        ("account.external_id == 'was'", Truth::Unknown, Truth::True),
        ("account.external_id != 'was'", Truth::Unknown, Truth::False),
        ("account.external_id == 'other'", Truth::Unknown, Truth::Unknown),
        ("partner == 'was'", Truth::Unknown, Truth::Unknown),
        ("contacts.exists(r, r.contact == 'before')", Truth::False, Truth::True),
        ("account == 'was' ? amount > 1 : true", Truth::True, Truth::Unknown),
    ] {
        let program = world.compile(text).unwrap_or_else(|e| panic!("{text}: {e:?}"));
        let mut others = OtherNames::new();
        for name in program.named_records() {
            if let Some(id) = meant(&name) {
                others.insert(name, BTreeSet::from([RecordId::new(id).unwrap()]));
            }
        }
        let also = program.naming_also(&others);
        let scope = world.scope(&record, &vars);
        assert_eq!((program.test(&scope).unwrap(), also.test(&scope).unwrap()), (plain, widened), "{text}");
        assert_eq!(also.explain(&scope).unwrap().truth, widened, "{text}");
        assert_eq!((also.text(), also.reads()), (program.text(), program.reads()), "{text}");
        // With nothing to add it stays as it is.
        let same = program.naming_also(&OtherNames::new());
        assert_eq!(same.test(&scope).unwrap(), plain, "{text}");
    }
    // A dangling reference has no other names.
    let lost = world.record_of("opportunity", "o1", &json!({"account": "gone"}));
    let data = Dataset::new();
    let program = world.compile("account == 'was'").unwrap();
    let name = program.named_records().pop_first().unwrap();
    let others = OtherNames::from([(name, BTreeSet::from([RecordId::new("a1").unwrap()]))]);
    let scope = qudao_expr::Scope { data: &data, ..world.scope(&lost, &vars) };
    assert_eq!(program.naming_also(&others).test(&scope).unwrap(), Truth::False);
}
