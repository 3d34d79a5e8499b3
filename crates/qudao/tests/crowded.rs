//! Blocks above their limits: what an actor may not see takes the place of nothing that he may.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on should stop")]

use proptest::prelude::*;
use qudao::prelude::*;

/// At most two records of a key are met whole. `DISCLOSE` is what is told of hidden ones.
const BLUEPRINT: &str = "
qudao: 1
objects:
  account: {fields: {tax_id: {type: text, identity: true}}}
matching:
  account.same:
    compare: {name: company_name, address: address, phone: phone, email: email, tax_id: exact}
    thresholds: {match: 0.9, review: 0.3}
    max_block: 2
  contact.same:
    object: contact
    compare: {name: person_name, phone: phone, email: email}
    thresholds: {match: 0.9, review: 0.3}
    max_block: 2
  lead.same:
    object: lead
    compare: {company: company_name, phone: phone, email: email}
    thresholds: {match: 0.9, review: 0.3}
    max_block: 2
duplicates:
  - {object: account, using: account.same, insert: warn, update: block, import: 'off', disclose: DISCLOSE}
  - {object: contact, using: contact.same, insert: block, update: report, import: 'off', disclose: DISCLOSE}
  - object: lead
    using: lead.same
    against: [{object: account, fields: {company: name}}]
    insert: block
    import: 'off'
    disclose: DISCLOSE
roles:
  boss: {see: {_: all}, edit: {_: all}}
  own: {see: {_: own}}
  team: {see: {_: team}}
  territory: {see: {_: territory}}
  partner: {see: {_: partner_subtree}}
  accounts: {see: {_: own, account: all}}
  open_accounts: {see: {_: team, account: all}}
  leads: {see: {lead: all, account: territory}}
  blind: {see: {}}
";

const ROLES: [&str; 8] =
    ["own", "team", "territory", "partner", "accounts", "open_accounts", "leads", "blind"];

fn name<T: std::str::FromStr<Err = qudao::model::IdError>>(text: &str) -> T {
    text.parse().unwrap()
}

fn now() -> Instant {
    Instant::parse("2026-06-01T00:00:00Z").unwrap()
}

/// Who has it, and what it says: few words, so that many share each.
#[derive(Debug, Clone)]
struct Row {
    object: &'static str,
    owner: &'static str,
    partner: &'static str,
    territory: &'static str,
    name: &'static str,
    phone: &'static str,
    email: &'static str,
    account: usize,
}

fn row() -> impl Strategy<Value = Row> {
    let of = |texts: &'static [&'static str]| prop::sample::select(texts);
    (
        of(&["account", "account", "contact", "lead"]),
        (of(&["u1", "u2", "u3", ""]), of(&["p1", "p2", "p3", ""]), of(&["t1", "t2", "t3", ""])),
        0_usize..12,
        of(&["1380013800", "1380013801", "1390000000", ""]),
        of(&["li.lei@acme.example", "lilei@acme.example", "sales@acme.example", ""]),
        0_usize..6,
    )
        .prop_map(|(object, (owner, partner, territory), which, phone, email, account)| {
            let firms = [
                "Acme Tools Ltd",
                "Acme Tool Limited",
                "Acme Trading",
                "Acme Tools Trading",
                "Tools Trading",
                "深圳新星科技有限公司",
                "深圳新星科技",
                "新星科技贸易",
                "新星贸易",
                "深圳科技",
                "Acme 新星",
                "Acme",
            ];
            let people = [
                "Li Lei",
                "Lei Li",
                "Li Lee",
                "L. Li",
                "李雷",
                "李蕾",
                "韩梅梅",
                "Li Ming",
                "Liu Lei",
                "Han Lei",
                "王雷",
                "Li",
            ];
            let name = if object == "contact" { people } else { firms }[which];
            Row { object, owner, partner, territory, name, phone, email, account }
        })
}

fn values(row: &Row) -> Patch {
    let first = if row.object == "lead" { "company" } else { "name" };
    let given = [(first, row.name), ("phone", row.phone), ("email", row.email)];
    given.into_iter().filter(|(_, v)| !v.is_empty()).map(|(f, v)| (name(f), Value::text(v))).collect()
}

fn stored(row: &Row) -> Patch {
    let mut patch = values(row);
    let account = format!("a{}", row.account);
    let places = match row.object {
        "contact" => vec![("owner", row.owner), ("account", account.as_str())],
        _ => vec![("owner", row.owner), ("partner", row.partner), ("territory", row.territory)],
    };
    for (field, id) in places.into_iter().filter(|(_, id)| !id.is_empty()) {
        patch = patch.set(name(field), Value::Reference(name(id)));
    }
    patch
}

/// Accounts a0 to a5 of several people, then the rows; only those that `keep` says yes to.
fn fill(engine: &Engine, rows: &[Row], keep: &dyn Fn(&RecordKey) -> bool) -> Workspace {
    let ws = Workspace::in_memory(engine.clone()).unwrap();
    let boss = ws.session(Actor::new(name("boss")).with_role(name("boss")), "en");
    let put = |object: &str, id: &str, patch: Patch| {
        let command = Command::create(name(object), patch).with_id(name(id)).as_operation(Operation::Import);
        let decision = boss.submit(command, now()).unwrap();
        assert!(decision.is_allowed(), "{:?}", decision.violations);
    };
    let set = |fields: &[(&str, Value)]| fields.iter().map(|(f, v)| (name(f), v.clone())).collect::<Patch>();
    for partner in ["p1", "p2", "p3"] {
        let mut patch =
            set(&[("name", partner.into()), ("type", "agent".into()), ("status", "active".into())]);
        if partner == "p2" {
            patch = patch.set(name("parent"), Value::Reference(name("p1")));
        }
        put("partner", partner, patch);
    }
    for territory in ["t1", "t2", "t3"] {
        put("territory", territory, set(&[("name", territory.into())]));
    }
    for (user, team) in [("u1", "north"), ("u2", "north"), ("u3", "south")] {
        put("user", user, set(&[("name", user.into()), ("team", team.into())]));
    }
    for at in 0..6 {
        let key = RecordKey { object: name("account"), id: name(&format!("a{at}")) };
        if keep(&key) {
            let row = Row {
                object: "account",
                owner: ["u1", "u2", "u3"][at % 3],
                partner: ["p1", "p2", "p3"][at / 2],
                territory: ["t1", "t3"][at % 2],
                name: "Acme Tools Trading",
                phone: "",
                email: "",
                account: 0,
            };
            put("account", key.id.as_ref(), stored(&row));
        }
    }
    for (at, row) in rows.iter().enumerate() {
        let key = key(at, row);
        if keep(&key) {
            put(row.object, key.id.as_ref(), stored(row));
        }
    }
    ws
}

fn key(at: usize, row: &Row) -> RecordKey {
    RecordKey { object: name(row.object), id: name(&format!("r{at}")) }
}

fn actor(role: &str) -> Actor {
    let actor = Actor::new(name("u1")).with_role(name(role)).with_partner(name("p1")).with_team("north");
    Actor { territories: [name("t1"), name("t2")].into(), ..actor }
}

/// What an actor is told of duplicates of these; without what is told of records that he does not see.
fn told(ws: &Workspace, role: &str, rows: &[Row], questions: &[Row]) -> Vec<String> {
    let session = ws.session(actor(role), "en");
    let seen = |found: &[qudao::model::DuplicateFinding]| {
        let seen: Vec<_> = found.iter().filter(|f| f.disclosure.is_none()).collect();
        format!("{seen:?}")
    };
    let mut out = Vec::new();
    for question in questions {
        let found = session.find_duplicates(&name(question.object), None, &values(question)).unwrap();
        out.push(seen(&found));
        let decision =
            session.check(&Command::create(name(question.object), values(question)), now()).unwrap();
        let mut violations = decision.violations.clone();
        violations.retain(|v| v.code != "duplicate.hidden");
        for violation in &mut violations {
            violation.record = None;
        }
        out.push(format!("{} {violations:?}", seen(&decision.duplicates)));
    }
    for (at, row) in rows.iter().enumerate() {
        let key = key(at, row);
        if let (Ok(_), Some(question)) = (session.get(&key.object, &key.id), questions.first()) {
            let found = session.find_duplicates(&key.object, Some(&key.id), &Patch::new()).unwrap();
            out.push(seen(&found));
            if question.object == row.object {
                let decision = session.check(&Command::update(key, values(question)), now()).unwrap();
                out.push(seen(&decision.duplicates));
            }
        }
    }
    out
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, ..ProptestConfig::default() })]

    #[test]
    fn what_is_not_seen_takes_the_place_of_nothing(
        rows in prop::collection::vec(row(), 1..28),
        questions in prop::collection::vec(row(), 1..4),
        roles in prop::sample::subsequence(ROLES.to_vec(), 2),
        disclose in prop::sample::select(vec!["nothing", "exists"]),
    ) {
        let engine = Engine::from_yaml(&BLUEPRINT.replace("DISCLOSE", disclose)).unwrap();
        let all = fill(&engine, &rows, &|_| true);
        for role in roles {
            let session = all.session(actor(role), "en");
            for (object, n) in session.counts().unwrap() {
                prop_assert_eq!(n, session.query(&Query::of(object), now()).unwrap().total);
            }
            let sees = |key: &RecordKey| session.get(&key.object, &key.id).is_ok();
            // What a record that stays refers to stays too, seen or not.
            let referred = |id: &RecordId| {
                let contacts = rows.iter().enumerate().filter(|(_, row)| row.object == "contact");
                let mut of_it = contacts.filter(|(_, row)| id.as_str() == format!("a{}", row.account));
                of_it.any(|(at, row)| sees(&key(at, row)))
            };
            let alone = fill(&engine, &rows, &|key| sees(key) || referred(&key.id));
            prop_assert_eq!(told(&all, role, &rows, &questions), told(&alone, role, &rows, &questions), "{}", role);
        }
        prop_assert!(all.verify().unwrap().is_equal());
    }
}

/// Where nothing may be told, nothing is: the whole decision is that of a table without the hidden record.
#[test]
fn nothing_is_told_by_the_trace() {
    let engine = Engine::from_yaml(&BLUEPRINT.replace("DISCLOSE", "nothing")).unwrap();
    let hidden = Row {
        object: "account",
        owner: "u3",
        partner: "p3",
        territory: "t3",
        name: "Acme Tools Ltd",
        phone: "1380013800",
        email: "li.lei@acme.example",
        account: 0,
    };
    let decisions = [true, false].map(|there| {
        let ws = fill(&engine, std::slice::from_ref(&hidden), &|key| there && key.id.as_str() == "r0");
        let command = Command::create(name("account"), values(&hidden)).with_id(name("new"));
        let session = ws.session(actor("own"), "en");
        serde_json::to_value(session.check(&command, now()).unwrap()).unwrap()
    });
    assert_eq!(decisions[0], decisions[1]);
    let trace = decisions[0]["trace"].as_array().unwrap();
    assert!(trace.iter().any(|t| t["step"] == "duplicates" && t["outcome"] == "passed"), "{trace:?}");
}
