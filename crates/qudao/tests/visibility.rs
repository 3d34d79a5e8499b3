//! Nothing that an actor may not see reaches him: not through a read, a query, a KPI, a history, a duplicate or an error.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on should stop")]

use proptest::prelude::*;
use qudao::prelude::*;

fn name<T: std::str::FromStr<Err = qudao::model::IdError>>(text: &str) -> T {
    text.parse().unwrap()
}

fn now() -> Instant {
    Instant::parse("2026-06-01T00:00:00Z").unwrap()
}

/// An account of one of two partners, with words that nobody of the other partner may meet.
#[derive(Debug, Clone)]
struct Case {
    partner: bool,
    twin: bool,
    amount: i64,
    won: bool,
}

fn cases() -> impl Strategy<Value = Vec<Case>> {
    let case = (any::<bool>(), any::<bool>(), 1_i64..10_000, any::<bool>())
        .prop_map(|(partner, twin, amount, won)| Case { partner, twin, amount, won });
    prop::collection::vec(case, 1..7)
}

fn patch(fields: &[(&str, Value)]) -> Patch {
    fields.iter().map(|(f, v)| (name(f), v.clone())).collect()
}

fn create(object: &str, id: &str, fields: &[(&str, Value)]) -> Command {
    Command::create(name(object), patch(fields)).with_id(name(id)).as_operation(Operation::Import)
}

fn rep(ws: &Workspace, partner: &str, role: &str) -> Session {
    let actor = Actor::new(name(&format!("rep-{partner}"))).with_role(name(role)).with_partner(name(partner));
    ws.session(actor, "en")
}

/// Everything that a session tells, as one text.
fn everything(session: &Session, cases: &[Case], mine: &str) -> String {
    let mut told = String::new();
    let mut tell = |text: String| {
        told.push_str(&text);
        told.push('\n');
    };
    for object in ["account", "opportunity", "contact", "partner", "lead", "registration"] {
        let page = session.query(&Query::of(name(object)).page(1000), now()).unwrap();
        for record in &page.records {
            tell(record.to_plain_json().to_string());
            tell(format!("{:?}", session.history(record.object(), record.id()).unwrap()));
        }
    }
    for filter in ["account.name.startsWith('ZEBRA')", "account.opportunities.exists(o, o.amount > 0)"] {
        let page = session.query(&Query::of(name("opportunity")).filter(filter), now()).unwrap();
        tell(format!("{:?}", page.records.iter().map(|r| r.to_plain_json()).collect::<Vec<_>>()));
    }
    for (i, case) in cases.iter().enumerate() {
        let id: RecordId = name(&format!("a{i}"));
        match session.get(&name("account"), &id) {
            Ok(record) => tell(record.to_plain_json().to_string()),
            Err(error) => {
                tell(format!("{} {} {:?}", error.code(), error.text(session.locale()), error.params()))
            }
        }
        if let Err(error) = session.history(&name("account"), &id) {
            tell(format!("{error} {error:?}"));
        }
        // A form that somebody fills with the very words of a hidden record.
        let twin = patch(&[("name", company(i, case).into()), ("phone", phone(i).into())]);
        let found = session.find_duplicates(&name("account"), None, &twin).unwrap();
        // The words of the form itself are the caller's own.
        tell(format!("{found:?}").replace(&company(i, case), "").replace(&phone(i), ""));
        let update = Command::update(
            RecordKey { object: name("account"), id: id.clone() },
            patch(&[("city", "x".into())]),
        );
        match session.check(&update, now()) {
            Ok(decision) => tell(serde_json::to_string(&decision).unwrap()),
            Err(error) => tell(format!("{error} {error:?}")),
        }
        let refers = create(
            "opportunity",
            &format!("new{i}"),
            &[("name", "n".into()), ("account", Value::from(id)), ("partner", mine.into())],
        );
        match session.check(&refers, now()) {
            Ok(decision) => tell(serde_json::to_string(&decision).unwrap().replace(&format!("\"a{i}\""), "")),
            Err(error) => tell(format!("{error} {error:?}")),
        }
    }
    // Two records become one, as far as both are there for the person who asks.
    for i in 1..cases.len() {
        let id = |i: usize| -> RecordId { name(&format!("a{i}")) };
        let merge = Command::merge(name("account"), id(i - 1), vec![id(i)]);
        match session.check(&merge, now()) {
            Ok(decision) => {
                // The words of both are the caller's own.
                let mut text = serde_json::to_string(&decision).unwrap();
                for at in [i - 1, i] {
                    text = text.replace(&company(at, &cases[at]), "").replace(&phone(at), "");
                }
                tell(text);
            }
            Err(error) => tell(format!("{error} {error:?}")),
        }
        if let Err(error) = session.lineage(&name("account"), &id(i)) {
            tell(format!("{error} {error:?}"));
        }
        let out = RecordKey { object: name("account"), id: id(i) };
        match session.check(&Command::unmerge(out), now()) {
            Ok(decision) => tell(serde_json::to_string(&decision).unwrap()),
            Err(error) => tell(format!("{error} {error:?}")),
        }
    }
    let query = KpiQuery::all().by(["partner", "account.name"]);
    let report = session.kpis(&query, &RateTable::new(), now()).unwrap();
    tell(serde_json::to_string(&report).unwrap());
    told
}

fn company(i: usize, case: &Case) -> String {
    if case.twin { "ZEBRA Twin GmbH".into() } else { format!("ZEBRA Name{i} GmbH") }
}

fn phone(i: usize) -> String {
    format!("1380013800{}", i % 10)
}

/// Fills a workspace; the words of the records of the other partner are told by `secret`.
fn fill(cases: &[Case], hidden_partner: bool, secret: &str) -> Workspace {
    let ws = Workspace::in_memory(Engine::from_yaml(Blueprint::starters()["channel-sale"]).unwrap()).unwrap();
    let boss = ws.session(Actor::new(name("boss")).with_role(name("channel_manager")), "en");
    let submit = |command: Command| {
        let decision = boss.submit(command, now()).unwrap();
        assert!(decision.is_allowed(), "{:?}", decision.violations);
    };
    for partner in ["p0", "p1"] {
        submit(create(
            "partner",
            partner,
            &[
                ("name", format!("Partner {partner}").into()),
                ("type", "agent".into()),
                ("status", "active".into()),
            ],
        ));
    }
    for (i, case) in cases.iter().enumerate() {
        let partner = if case.partner { "p1" } else { "p0" };
        let hidden = case.partner == hidden_partner;
        let word = if hidden { secret } else { "plain" };
        submit(create(
            "account",
            &format!("a{i}"),
            &[
                ("name", company(i, case).into()),
                ("phone", phone(i).into()),
                ("partner", partner.into()),
                ("city", format!("city-{word}").into()),
                ("industry", word.into()),
                // Masked for partners even where the account is theirs.
                ("annual_revenue", Value::money(Decimal::from(424_242), "CNY")),
            ],
        ));
        submit(create(
            "contact",
            &format!("c{i}"),
            &[("name", format!("contact-{word}").into()), ("account", Value::text(format!("a{i}")))],
        ));
        let amount = if hidden && secret == "SECRET" { 987_654_321 } else { case.amount };
        submit(create(
            "opportunity",
            &format!("o{i}"),
            &[
                ("name", format!("deal-{word}").into()),
                ("account", Value::text(format!("a{i}"))),
                ("partner", partner.into()),
                ("amount", Value::money(Decimal::from(amount), "CNY")),
            ],
        ));
        if case.won {
            for stage in ["qualified", "quoted", "won"] {
                submit(Command::advance(
                    RecordKey { object: name("opportunity"), id: name(&format!("o{i}")) },
                    name(stage),
                ));
            }
        }
    }
    ws
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn nothing_invisible_is_told(cases in cases(), of_first in any::<bool>()) {
        // The caller is of one partner; the records of the other one are hidden.
        let (mine, hidden_partner) = if of_first { ("p0", true) } else { ("p1", false) };
        let ws = fill(&cases, hidden_partner, "SECRET");
        let session = rep(&ws, mine, "partner_rep");
        let told = everything(&session, &cases, mine);
        prop_assert!(!told.contains("SECRET"), "{told}");
        prop_assert!(!told.contains("987654321"), "{told}");
        prop_assert!(!told.contains("424242"), "a masked value: {told}");
        for (i, case) in cases.iter().enumerate() {
            if case.partner == hidden_partner {
                prop_assert!(!told.contains(&format!("\"o{i}\"")), "the id of a hidden deal: {told}");
            }
        }
        // What is hidden changes no number and no answer, but for the disclosure that a duplicate exists.
        let other = fill(&cases, hidden_partner, "OTHER");
        let told_other = everything(&rep(&other, mine, "partner_rep"), &cases, mine);
        prop_assert_eq!(told, told_other);
    }

    #[test]
    fn a_role_without_rights_sees_and_changes_nothing(cases in cases()) {
        let ws = fill(&cases, true, "SECRET");
        let nobody = ws.session(Actor::new(name("nobody")), "en");
        prop_assert!(nobody.counts().unwrap().is_empty());
        let decision = nobody.submit(create("account", "x", &[("name", "x".into())]), now()).unwrap();
        prop_assert!(!decision.is_allowed());
        let told = serde_json::to_string(&decision).unwrap();
        prop_assert!(!told.contains("SECRET"));
        prop_assert!(nobody.export_log(0, 10).is_err());
        let report = nobody.kpis(&KpiQuery::all(), &RateTable::new(), now()).unwrap();
        prop_assert!(report.rows.iter().all(|r| r.n == 0));
    }
}

#[test]
fn masked_fields_serve_neither_filter_nor_sort_nor_group() {
    let ws = fill(&[], true, "SECRET");
    let session = rep(&ws, "p0", "partner_rep");
    let accounts = || Query::of(name("account"));
    let attempts = [
        session.query(&accounts().filter("annual_revenue > 5"), now()).map(|_| ()),
        session.query(&accounts().sort(name("annual_revenue"), SortOrder::Ascending), now()).map(|_| ()),
        session
            .query(&Query::of(name("opportunity")).filter("account.annual_revenue > 5"), now())
            .map(|_| ()),
        session.kpis(&KpiQuery::all().by(["account.annual_revenue"]), &RateTable::new(), now()).map(|_| ()),
    ];
    for attempt in attempts {
        assert_eq!(attempt.unwrap_err().code(), "field.masked");
    }
    let write = Command::create(
        name("account"),
        patch(&[("name", "n".into()), ("annual_revenue", Value::money(Decimal::ONE, "CNY"))]),
    );
    let decision = session.submit(write, now()).unwrap();
    assert_eq!(decision.blocking().map(|v| v.code.to_string()).collect::<Vec<_>>(), ["field.masked"]);
}
