//! One story through the front door: roles, gates, grants, history, two clocks.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on should stop")]

use qudao::prelude::*;

fn name<T: std::str::FromStr<Err = qudao::model::IdError>>(text: &str) -> T {
    text.parse().unwrap()
}

fn at(text: &str) -> Instant {
    Instant::parse(text).unwrap()
}

fn patch(fields: &[(&str, Value)]) -> Patch {
    fields.iter().map(|(f, v)| (name(f), v.clone())).collect()
}

fn create(object: &str, id: &str, fields: &[(&str, Value)]) -> Command {
    Command::create(name(object), patch(fields)).with_id(name(id))
}

fn key(object: &str, id: &str) -> RecordKey {
    RecordKey { object: name(object), id: name(id) }
}

fn money(amount: i64) -> Value {
    Value::money(Decimal::from(amount), "CNY")
}

fn workspace() -> Workspace {
    Workspace::in_memory(
        Blueprint::from_yaml(Blueprint::starters()["project-sale"]).unwrap().compile().unwrap(),
    )
    .unwrap()
}

fn manager(ws: &Workspace) -> Session {
    ws.session(Actor::new(name("boss")).with_role(name("channel_manager")), "zh-CN")
}

fn allowed(session: &Session, command: Command, now: &str) -> Decision {
    let decision = session.submit(command, at(now)).unwrap();
    let texts: Vec<String> = decision.violations().iter().map(|v| v.text(&Locale::en())).collect();
    assert!(decision.is_allowed(), "{texts:?}");
    decision
}

fn codes(decision: &Decision) -> Vec<String> {
    decision.blocking().map(|v| v.code.to_string()).collect()
}

const T0: &str = "2026-01-01T00:00:00Z";
const T1: &str = "2026-01-02T00:00:00Z";
const T2: &str = "2026-01-03T00:00:00Z";

#[test]
fn a_deal_moves_only_through_its_gates() {
    let ws = workspace();
    let s = manager(&ws);
    allowed(&s, create("account", "a1", &[("name", "华强电子".into()), ("type", "project".into())]), T0);
    allowed(
        &s,
        create(
            "contact",
            "c1",
            &[("name", "王伟".into()), ("account", "a1".into()), ("phone", "13800138000".into())],
        ),
        T0,
    );
    allowed(&s, create("opportunity", "o1", &[("name", "一期".into()), ("account", "a1".into())]), T0);
    let record = s.get(&name("opportunity"), &name("o1")).unwrap();
    assert_eq!(record.get("stage").as_text(), Some("lead_in"));
    assert_eq!(record.get("outcome").as_text(), Some("open"));

    allowed(&s, Command::advance(key("opportunity", "o1"), name("qualified")), T1);
    let refused = s.submit(Command::advance(key("opportunity", "o1"), name("proposal")), at(T2)).unwrap();
    assert!(!refused.is_allowed());
    let texts: Vec<String> = refused.blocking().map(|v| v.text(s.locale())).collect();
    assert_eq!(texts, ["预算未确认", "商机缺少联系人"], "everything that is missing is told at once");
    assert!(refused.changes.is_empty());

    let steps = s.next_steps(&name("opportunity"), &name("o1"), at(T2)).unwrap();
    let proposal = steps.iter().find(|n| n.stage == "proposal").unwrap();
    assert!(!proposal.allowed && proposal.missing.len() == 2);
    assert!(steps.iter().any(|n| n.stage == "lost"), "a deal can always be lost");

    allowed(
        &s,
        create(
            "contact_role",
            "r1",
            &[("opportunity", "o1".into()), ("contact", "c1".into()), ("role", "decider".into())],
        ),
        T2,
    );
    let with_amount = Command::advance(key("opportunity", "o1"), name("proposal"))
        .with_patch(patch(&[("amount", money(50_000))]));
    allowed(&s, with_amount, T2);

    let lost = Command::advance(key("opportunity", "o1"), name("lost"));
    assert_eq!(codes(&s.submit(lost.clone(), at(T2)).unwrap()).len(), 1, "a loss needs its reason");
    allowed(&s, lost.with_patch(patch(&[("loss_reason", "价格".into())])), "2026-01-05T00:00:00Z");
    let closed = s.get(&name("opportunity"), &name("o1")).unwrap();
    assert_eq!(closed.get("outcome").as_text(), Some("lost"));

    let visits = s.visits(&name("opportunity"), &name("o1")).unwrap();
    let stages: Vec<&str> = visits.iter().map(|v| v.stage.as_str()).collect();
    assert_eq!(stages, ["lead_in", "qualified", "proposal", "lost"]);
    assert_eq!(
        s.history(&name("opportunity"), &name("o1")).unwrap().len(),
        6,
        "refused commands are in the history"
    );
    assert!(ws.verify().unwrap().is_equal());
}

#[test]
fn stages_change_only_through_the_gate() {
    let ws = workspace();
    let s = manager(&ws);
    allowed(&s, create("account", "a1", &[("name", "华强电子".into())]), T0);
    allowed(&s, create("opportunity", "o1", &[("name", "一期".into()), ("account", "a1".into())]), T0);
    for field in ["stage", "outcome", "closed_at", "process"] {
        let value: Value = if field == "closed_at" { at(T1).into() } else { "won".into() };
        let sneaky = Command::update(key("opportunity", "o1"), patch(&[(field, value)]));
        assert_eq!(codes(&s.submit(sneaky, at(T1)).unwrap()), ["field.system"], "{field}");
    }
}

#[test]
fn a_grant_passes_one_rule_and_is_logged() {
    let ws = workspace();
    let s = manager(&ws);
    allowed(&s, create("account", "a1", &[("name", "华强电子".into())]), T0);
    allowed(&s, create("opportunity", "o1", &[("name", "一期".into()), ("account", "a1".into())]), T0);
    allowed(&s, Command::advance(key("opportunity", "o1"), name("qualified")), T1);
    let grant = |rule: &str, reason: &str| {
        Command::new(CommandKind::GiveGrant {
            grant: Grant {
                id: rule.to_owned(),
                record: key("opportunity", "o1"),
                rule: name(rule),
                granted_by: name("nobody"),
                granted_to: None,
                reason: reason.to_owned(),
                expires_at: Some(at("2026-02-01T00:00:00Z")),
                granted_at: at(T0),
            },
        })
    };
    let exit = "project_sale.qualified.exit.budget";
    assert_eq!(codes(&s.submit(grant(exit, " "), at(T1)).unwrap()), ["grant.no_reason"]);
    allowed(&s, grant(exit, "budget comes with the tender"), T1);
    allowed(&s, grant("project_sale.proposal.entry.contact", "contact on leave"), T1);
    let decision = allowed(&s, Command::advance(key("opportunity", "o1"), name("proposal")), T2);
    assert_eq!(decision.trace.iter().filter(|t| t.outcome == qudao::model::RuleOutcome::Granted).count(), 2);
    let last = s.history(&name("opportunity"), &name("o1")).unwrap().pop().unwrap();
    assert_eq!(last.granted.len(), 2);

    let rep = ws.session(Actor::new(name("rep")).with_role(name("sales_rep")), "en");
    let refused = rep.submit(grant(exit, "please"), at(T2));
    assert!(matches!(refused, Err(Error::NotFound { .. })), "a deal of somebody else is not there");
}

#[test]
fn versions_and_keys_guard_against_lost_updates_and_repeats() {
    let ws = workspace();
    let s = manager(&ws);
    allowed(&s, create("account", "a1", &[("name", "华强电子".into())]), T0);
    let update = |version, city: &str| {
        Command::update(key("account", "a1"), patch(&[("city", city.into())])).expecting(version)
    };
    allowed(&s, update(1, "深圳"), T1);
    assert_eq!(codes(&s.submit(update(1, "广州"), at(T1)).unwrap()), ["record.version_conflict"]);

    let once = create("account", "a2", &[("name", "Acme".into())]).with_key(name("k1"));
    assert!(!allowed(&s, once.clone(), T1).replayed);
    let again = s.submit(once, at(T2)).unwrap();
    assert!(again.replayed && again.is_allowed());
    assert_eq!(s.query(&Query::of(name("account")), at(T2)).unwrap().total, 2);
}

#[test]
fn duplicates_answer_alike_on_save_and_over_the_table() {
    let ws = workspace();
    let s = manager(&ws);
    allowed(
        &s,
        create(
            "account",
            "a1",
            &[("name", "深圳市华强电子有限公司".into()), ("phone", "0755-83216789".into())],
        ),
        T0,
    );
    let twin = create(
        "account",
        "a2",
        &[("name", "深圳华强电子有限公司".into()), ("phone", "0755 8321 6789".into())],
    );
    let refused = s.submit(twin.clone(), at(T1)).unwrap();
    assert_eq!(codes(&refused), ["duplicate.block"]);
    assert_eq!(refused.duplicates[0].record, Some(name("a1")));
    assert!(!refused.duplicates[0].evidence.is_empty());

    // An import reports, opens a duplicate set, and stores.
    let imported = allowed(&s, twin.as_operation(Operation::Import), T1);
    assert_eq!(imported.duplicates.len(), 1);
    assert_eq!(imported.duplicates[0].action, "report");
    let all = s.query(&Query::of(name("account")), at(T2)).unwrap().records;
    let batch = ws.engine().dedupe(&name("account"), &all, None).unwrap().batch;
    assert_eq!(batch.groups(), [[0, 1]]);
    assert!(ws.verify().unwrap().is_equal());
}

#[test]
fn a_lead_converts_in_one_decision() {
    let ws = workspace();
    let s = manager(&ws);
    let lead = [
        ("name", "李娜".into()),
        ("company", "Borealis GmbH".into()),
        ("email", "li@borealis.example".into()),
    ];
    allowed(&s, create("lead", "l1", &lead), T0);
    let convert = || {
        Command::new(CommandKind::Convert {
            lead: name("l1"),
            expected_version: None,
            account: None,
            contact: None,
            opportunity: Some(patch(&[("amount", money(10))])),
        })
    };
    let decision = allowed(&s, convert(), T1);
    assert_eq!(decision.records.len(), 4);
    let lead = s.get(&name("lead"), &name("l1")).unwrap();
    assert_eq!(lead.get("status").as_text(), Some("converted"));
    let account = lead.get("converted_account").as_reference().unwrap().clone();
    assert_eq!(s.get(&name("account"), &account).unwrap().get("name").as_text(), Some("Borealis GmbH"));
    assert_eq!(codes(&s.submit(convert(), at(T2)).unwrap()), ["lead.already_converted"]);
    assert!(ws.verify().unwrap().is_equal());
}

#[test]
fn history_comes_with_its_own_time() {
    let ws = workspace();
    let s = manager(&ws);
    allowed(&s, create("account", "a1", &[("name", "华强电子".into())]), T0);
    let visit = |stage: &str, entered: &str, left: Option<&str>| HistoryVisit {
        stage: name(stage),
        entered: at(entered),
        left: left.map(at),
        reason: None,
    };
    let past = Command::new(CommandKind::ImportHistory {
        object: name("opportunity"),
        id: Some(name("o1")),
        patch: patch(&[
            ("name", "旧单".into()),
            ("account", "a1".into()),
            ("created_at", at("2025-01-01T00:00:00Z").into()),
        ]),
        process: None,
        visits: vec![
            visit("qualified", "2025-01-01T00:00:00Z", Some("2025-03-01T00:00:00Z")),
            visit("won", "2025-03-01T00:00:00Z", None),
        ],
    });
    let decision = allowed(&s, past, T1);
    assert!(decision.trace.iter().any(|t| t.outcome == qudao::model::RuleOutcome::Historical));
    let record = s.get(&name("opportunity"), &name("o1")).unwrap();
    assert_eq!(record.get("outcome").as_text(), Some("won"));
    assert_eq!(record.get("closed_at").as_instant(), Some(at("2025-03-01T00:00:00Z")));
    let rate = s.kpis(&KpiQuery::of([name("win_rate")]), &RateTable::new(), at(T2)).unwrap();
    assert_eq!(rate.whole("win_rate", None).unwrap().value.defined(), Some(Decimal::ONE));
}

#[test]
fn a_record_that_comes_with_its_past_was_made_when_its_first_stay_began() {
    let ws = workspace();
    let s = manager(&ws);
    allowed(&s, create("account", "a1", &[("name", "华强电子".into())]), T0);
    let visit = |stage: &str, entered: &str| HistoryVisit {
        stage: name(stage),
        entered: at(entered),
        left: None,
        reason: None,
    };
    let past = Command::new(CommandKind::ImportHistory {
        object: name("opportunity"),
        id: Some(name("o1")),
        patch: patch(&[("name", "旧单".into()), ("account", "a1".into())]),
        process: None,
        visits: vec![visit("qualified", "2025-01-01T00:00:00Z"), visit("won", "2025-03-01T00:00:00Z")],
    });
    allowed(&s, past, T1);
    let record = s.get(&name("opportunity"), &name("o1")).unwrap();
    assert_eq!(record.get("created_at").as_instant(), Some(at("2025-01-01T00:00:00Z")));
    assert_eq!(record.get("closed_at").as_instant(), Some(at("2025-03-01T00:00:00Z")));
}

#[test]
fn a_blueprint_is_told_every_error_at_once_with_its_line() {
    let text = "qudao: 1\ntimezone: Asia/Shangai\nobjects:\n  account:\n    fields:\n      size: {type: number}\nvalidation:\n  - {id: a, object: acount, check: name == 'x'}\n  - {id: b, object: account, check: nam == 'x'}\n";
    let Err(Error::Blueprint { lints, .. }) = Blueprint::from_yaml(text) else { panic!("not refused") };
    assert_eq!(
        lints.iter().map(|l| (l.code, l.position.unwrap().line)).collect::<Vec<_>>(),
        [
            ("blueprint.bad_timezone", 2),
            ("blueprint.unknown_value", 6),
            ("blueprint.unknown_object", 8),
            ("expr.unknown_field", 9)
        ]
    );

    let text = text.replace("size: {type: number}", "grade: {type: int}");
    let Err(Error::Blueprint { lints, .. }) = Blueprint::from_yaml(&text).unwrap().compile() else {
        panic!("not refused")
    };
    let found: Vec<(u32, Option<String>)> =
        lints.iter().map(|l| (l.position.unwrap().line, l.fix(&Locale::en()))).collect();
    assert_eq!(found.iter().map(|(l, _)| *l).collect::<Vec<_>>(), [2, 8, 9], "{found:?}");
    assert!(found.iter().all(|(_, fix)| fix.is_some()), "{found:?}");
}

#[test]
fn sections_are_checked_against_each_other() {
    let text = "qudao: 1\nvalidation:\n  - {id: a, object: opportunity, required: amount, on: {enter: [propsal]}}\nprocesses:\n  p: {object: opportunity, stages: [{id: proposal}, {id: won, class: won}, {id: lost, class: lost}]}\nlayout:\n  account: [{section: s, fields: [nmae]}]\nroles: {boss: {}}\ndashboards: {bos: [win_rat]}\nmessages: {field.requird: x}\n";
    let Err(Error::Blueprint { lints, .. }) = Blueprint::from_yaml(text).unwrap().compile() else {
        panic!("not refused")
    };
    let found: Vec<(&str, u32, Option<String>)> = lints
        .iter()
        .filter(|l| l.severity == Severity::Error)
        .map(|l| (l.code, l.position.unwrap().line, l.fix(&Locale::en())))
        .collect();
    let hint = |word: &str| Some(format!("did you mean {word}?"));
    assert_eq!(
        found,
        [
            ("blueprint.unknown_stage", 3, hint("proposal")),
            ("blueprint.unknown_field", 7, hint("name")),
            ("blueprint.unknown_role", 9, hint("boss")),
            ("blueprint.unknown_metric", 9, hint("win_rate")),
            ("blueprint.unknown_code", 10, hint("field.required")),
        ]
    );
}

#[test]
fn another_blueprint_is_answered_previewed_and_migrated() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("channel.db");
    let text = Blueprint::starters()["project-sale"].to_owned();
    let engine = Engine::from_yaml(&text).unwrap();
    let ws = Workspace::open(&path, engine.clone()).unwrap();
    allowed(&manager(&ws), create("account", "a1", &[("name", "华强电子".into())]), T0);
    drop(ws);
    let changed = Engine::from_yaml(&text.replace(
        "name: {required: true, normalise: company_name, weight: 3}",
        "name: {required: true, unique: true}",
    ))
    .unwrap();
    let Err(error) = Workspace::open(&path, changed.clone()) else {
        panic!("opened under another blueprint")
    };
    assert_eq!(error.code(), "blueprint.changed");
    assert!(Workspace::preview(&path, &engine).unwrap().is_none());
    let preview = Workspace::preview(&path, &changed).unwrap().unwrap();
    assert_eq!(preview.records.values().sum::<u64>(), 1);
    let actor = Actor::new(name("boss"));
    let (ws, report) = Workspace::migrate(&path, changed.clone(), &actor, at(T1)).unwrap();
    assert!(report.is_some());
    let twin = create("account", "a2", &[("name", "华强电子".into())]).as_operation(Operation::Import);
    assert_eq!(codes(&manager(&ws).submit(twin, at(T2)).unwrap()), ["field.unique"]);
    assert!(ws.verify().unwrap().is_equal());
    drop(ws);
    assert!(Workspace::open(&path, changed).is_ok());
}

#[test]
fn two_writers_cannot_both_create_the_duplicate() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("channel.db");
    let engine = Engine::from_yaml(Blueprint::starters()["project-sale"]).unwrap();
    let shared = Workspace::open(&path, engine.clone()).unwrap();
    let other = Workspace::open(&path, engine).unwrap();
    let outcomes: Vec<bool> = std::thread::scope(|scope| {
        let handles: Vec<_> = (0..8)
            .map(|i| {
                let ws = if i % 2 == 0 { shared.clone() } else { other.clone() };
                scope.spawn(move || {
                    let fields =
                        [("name", "深圳市华强电子有限公司".into()), ("phone", "0755-83216789".into())];
                    let decision =
                        manager(&ws).submit(create("account", &format!("a{i}"), &fields), at(T0)).unwrap();
                    decision.is_allowed()
                })
            })
            .collect();
        handles.into_iter().map(|h| h.join().unwrap()).collect()
    });
    assert_eq!(outcomes.iter().filter(|ok| **ok).count(), 1);
}

#[test]
fn rules_judge_what_the_gate_writes() {
    let text = "qudao: 1\nprocesses: {sale: {object: opportunity, stages: [{id: open}, {id: won, class: won}, {id: lost, class: lost}]}}\nvalidation:\n  - {id: paid, object: opportunity, when: outcome == 'won', check: amount > 0}\n";
    let ws = Workspace::in_memory(Engine::from_yaml(text).unwrap()).unwrap();
    let s = manager(&ws);
    allowed(&s, create("account", "a1", &[("name", "华强电子".into())]), T0);
    let past = |id: &str, amount: Option<Value>| {
        let mut fields = patch(&[("name", "旧单".into()), ("account", "a1".into())]);
        if let Some(amount) = amount {
            fields.set.insert(name("amount"), amount);
        }
        Command::new(CommandKind::ImportHistory {
            object: name("opportunity"),
            id: Some(name(id)),
            patch: fields,
            process: None,
            visits: ["open", "won"]
                .into_iter()
                .zip(["2025-01-01T00:00:00Z", "2025-03-01T00:00:00Z"])
                .map(|(stage, entered)| HistoryVisit {
                    stage: name(stage),
                    entered: at(entered),
                    left: None,
                    reason: None,
                })
                .collect(),
        })
    };
    allowed(&s, past("o1", Some(money(10))), T1);
    assert_eq!(codes(&s.submit(past("o2", Some(money(0))), at(T1)).unwrap()), ["rule.check"]);

    // By a step through the gate it holds as well.
    let open = create(
        "opportunity",
        "o3",
        &[("name", "新单".into()), ("account", "a1".into()), ("amount", money(0))],
    );
    allowed(&s, open, T1);
    let decision = s.submit(Command::advance(key("opportunity", "o3"), name("won")), at(T2)).unwrap();
    let told = codes(&decision);
    assert!(told.contains(&"rule.check".to_owned()), "{told:?}");
    assert!(ws.verify().unwrap().is_equal());
}

#[test]
fn no_permission_makes_room_for_a_second_unique_value() {
    let text = Blueprint::starters()["project-sale"].replace(
        "name: {required: true, normalise: company_name, weight: 3}",
        "name: {required: true, unique: true}",
    );
    let ws = Workspace::in_memory(Engine::from_yaml(&text).unwrap()).unwrap();
    let s = manager(&ws);
    allowed(&s, create("account", "a1", &[("name", "华强电子".into())]), T0);
    allowed(&s, create("account", "a2", &[("name", "大疆".into())]), T0);
    let take = || Command::update(key("account", "a2"), patch(&[("name", "华强电子".into())]));
    let refused = s.submit(take(), at(T1)).unwrap();
    let rule = refused.blocking().find(|v| v.code == "field.unique").unwrap().rule.clone();
    let grant = Command::new(CommandKind::GiveGrant {
        grant: Grant {
            id: "g1".into(),
            record: key("account", "a2"),
            rule,
            granted_by: name("boss"),
            granted_to: None,
            reason: "please".into(),
            expires_at: None,
            granted_at: at(T1),
        },
    });
    s.submit(grant, at(T1)).unwrap();
    let told = codes(&s.submit(take(), at(T2)).unwrap());
    assert!(told.contains(&"field.unique".to_owned()), "{told:?}");
    assert!(ws.verify().unwrap().is_equal());
}

#[test]
fn what_a_converter_may_not_read_stays_with_the_lead() {
    let text = Blueprint::starters()["project-sale"].replace(
        "mask: {account: [phone, annual_revenue], contact: [email]}",
        "mask: {account: [phone, annual_revenue], contact: [email], lead: [phone]}",
    );
    assert_ne!(text, Blueprint::starters()["project-sale"]);
    let ws = Workspace::in_memory(Engine::from_yaml(&text).unwrap()).unwrap();
    let s = manager(&ws);
    allowed(&s, create("partner", "p1", &[("name", "华南代理".into())]), T0);
    let lead = [
        ("name", "李娜".into()),
        ("company", "Borealis GmbH".into()),
        ("phone", "0755-83216789".into()),
        ("email", "li@borealis.example".into()),
        ("partner", "p1".into()),
    ];
    allowed(&s, create("lead", "l1", &lead), T0);
    let dealer = ws
        .session(Actor::new(name("dealer")).with_role(name("partner_rep")).with_partner(name("p1")), "zh-CN");
    let convert = Command::new(CommandKind::Convert {
        lead: name("l1"),
        expected_version: None,
        account: None,
        contact: None,
        opportunity: None,
    });
    let decision = allowed(&dealer, convert, T1);
    for made in decision.records.iter().filter(|r| r.object.as_str() != "lead") {
        let record = s.get(&made.object, &made.id).unwrap();
        assert!(record.get("phone").is_blank(), "{}", made.object);
    }
    assert!(!s.get(&name("lead"), &name("l1")).unwrap().get("phone").is_blank());
}
