//! A day at a maker of industrial electronics that sells through partners.
//!
//! The files of several systems are brought in, checked and searched for duplicates; a deal is driven through its gates;
//! the numbers are read. Run it from the checkout:
//!
//! ```sh
//! cargo run --package qudao --features import --example story -- zh-CN
//! ```

use std::path::Path;

use qudao::import::{ImportOptions, Mapping};
use qudao::model::IdError;
use qudao::prelude::*;

/// What the story can fail with.
pub(crate) type Failure = Box<dyn std::error::Error>;

#[allow(dead_code, reason = "a test tells the story too, and gives its own listener")]
fn main() -> Result<(), Failure> {
    let locale = std::env::args().nth(1).unwrap_or_else(|| "en".into());
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples");
    #[allow(clippy::print_stdout, reason = "a story is told")]
    tell(&examples, &locale, &mut |line| println!("{line}"))
}

/// Tells the story on the files of `examples`.
pub(crate) fn tell(examples: &Path, locale: &str, say: &mut dyn FnMut(String)) -> Result<(), Failure> {
    let engine = Blueprint::from_file(examples.join("blueprints/channel.yaml"))?.compile()?;
    let workspace = Workspace::in_memory(engine)?;
    let director =
        workspace.session(Actor::new("director".parse()?).with_role("sales_director".parse()?), locale);
    // The last instant of 2025 in Shanghai, where the example data ends.
    let now = Instant::parse("2025-12-31T16:00:00Z").ok_or("a time")?;
    bring_in(&director, examples, now, say)?;
    look_at_the_data(&director, now, say)?;
    let deal = drive_a_deal(&director, now, say)?;
    keep_to_the_rules(&director, &deal, now, say)?;
    read_the_numbers(&director, now, say)?;
    say(format!("rebuilt from the log alone, equal: {}", workspace.verify()?.is_equal()));
    Ok(())
}

/// Every row of every file goes through the save path; what is refused comes back with its reasons.
fn bring_in(
    session: &Session,
    examples: &Path,
    now: Instant,
    say: &mut dyn FnMut(String),
) -> Result<(), Failure> {
    let mapping = Mapping::from_file(examples.join("mappings/demo.yaml"))?;
    let options = ImportOptions::default();
    let report = session.import(&mapping, &examples.join("data"), &options, now, &mut |_| {})?;
    say(format!("{} rows, {} stored, {} rejected", report.rows(), report.stored(), report.rejects.len()));
    for note in report.notes.iter().take(5) {
        let text = if session.locale().is_chinese() { &note.text_zh } else { &note.text_en };
        say(format!("  {:4} × {text}", note.rows));
    }
    Ok(())
}

/// The same rules and the same comparison work on a whole table.
fn look_at_the_data(session: &Session, now: Instant, say: &mut dyn FnMut(String)) -> Result<(), Failure> {
    let account = "account".parse()?;
    let accounts = session.query(&Query { limit: 1000, ..Query::of("account".parse()?) }, now)?;
    let engine = session.workspace().engine();
    let found = engine.dedupe(&account, &accounts.records, None)?;
    let groups = found.batch.groups();
    say(format!("{} accounts, {} groups of duplicates", accounts.total, groups.len()));
    let pair = groups.first().and_then(|rows| rows.first().zip(rows.get(1)));
    if let Some((left, right)) = pair
        && let (Some(left), Some(right)) =
            (accounts.records.get(*left as usize), accounts.records.get(*right as usize))
    {
        let score = engine.explain_pair(&found.rule, left, right)?;
        say(format!("{} and {} are one with probability {}", left.id(), right.id(), score.probability));
    }
    Ok(())
}

/// A deal of a project customer. Each stage says what it still needs.
fn drive_a_deal(session: &Session, now: Instant, say: &mut dyn FnMut(String)) -> Result<RecordId, Failure> {
    let deal: RecordId = "D-2026-001".parse()?;
    let fields = patch([
        ("name", "总部大楼配电监控".into()),
        ("account", "A0001".into()),
        ("partner", "P020".into()),
        ("owner", "U111".into()),
    ])?;
    session.submit(Command::create("opportunity".parse()?, fields).with_id(deal.clone()), now)?;
    say("What the next stages need:".into());
    for step in session.next_steps(&"opportunity".parse()?, &deal, now)? {
        let needs = texts(&step.missing, session.locale());
        let label = step.label.get_or(session.locale(), step.stage.as_str());
        say(format!("  {label}: {}", if needs.is_empty() { "-" } else { &needs }));
    }
    advance(session, &deal, "solution", now, say)?;
    let known = patch([
        ("amount", Value::money(Decimal::from(480_000), "CNY")),
        ("expected_close", "2026-03-31".into()),
    ])?;
    session.submit(Command::update(key(&deal)?, known), now)?;
    let decider = patch([
        ("opportunity", deal.as_str().into()),
        ("contact", "K0001".into()),
        ("role", "decider".into()),
    ])?;
    session.submit(Command::create("contact_role".parse()?, decider), now)?;
    advance(session, &deal, "qualified", now, say)?;
    advance(session, &deal, "solution", now, say)?;
    Ok(deal)
}

fn advance(
    session: &Session,
    deal: &RecordId,
    stage: &str,
    now: Instant,
    say: &mut dyn FnMut(String),
) -> Result<(), Failure> {
    let decision = session.submit(Command::advance(key(deal)?, stage.parse()?), now)?;
    let blocking: Vec<Violation> = decision.blocking().cloned().collect();
    let told = if decision.is_allowed() { "moved".into() } else { texts(&blocking, session.locale()) };
    say(format!("{stage}: {told}"));
    Ok(())
}

/// Nobody sees more than the role allows, and an exception is a grant that the history shows.
fn keep_to_the_rules(
    session: &Session,
    deal: &RecordId,
    now: Instant,
    say: &mut dyn FnMut(String),
) -> Result<(), Failure> {
    let actor =
        Actor::new("visitor".parse()?).with_role("partner_rep".parse()?).with_partner("P001".parse()?);
    let stranger = session.workspace().session(actor, session.locale().clone());
    match stranger.get(&"opportunity".parse()?, deal) {
        Ok(_) => say("A representative of another partner sees the deal".into()),
        Err(error) => say(format!("A representative of another partner: {}", error.text(stranger.locale()))),
    }
    let grant = Grant {
        id: "g1".into(),
        record: key(deal)?,
        rule: "project_sale.bidding.entry.bid_date".parse()?,
        granted_by: session.actor().id.clone(),
        granted_to: None,
        reason: "framework contract, no tender".into(),
        expires_at: None,
        granted_at: now,
    };
    session.submit(Command::new(CommandKind::GiveGrant { grant }), now)?;
    advance(session, deal, "bidding", now, say)?;
    for item in session.history(&"opportunity".parse()?, deal)? {
        let done = if item.outcome == Outcome::Allowed { "done" } else { "refused" };
        let rules = if item.granted.is_empty() { &item.failed } else { &item.granted };
        let rules: Vec<&str> = rules.iter().map(RuleId::as_str).collect();
        say(format!("  {:12} {done:8} {}", item.command, rules.join(", ")).trim_end().to_owned());
    }
    Ok(())
}

/// Every number carries its definition, what was left out, and the records behind it.
fn read_the_numbers(session: &Session, now: Instant, say: &mut dyn FnMut(String)) -> Result<(), Failure> {
    let metrics = ["win_rate".parse()?, "sales_cycle".parse()?, "weighted_pipeline".parse()?];
    let year = |y: i32| Instant::parse(&format!("{}-12-31T16:00:00Z", y - 1)).ok_or("a time");
    let query = KpiQuery::of(metrics).window(Window::new(year(2025)?, year(2026)?));
    let report = session.kpis(&query, &RateTable::new(), now)?;
    for kpi in &report.rows {
        let part = kpi.part.as_deref().map_or_else(String::new, |p| format!(" ({p})"));
        let number = match &kpi.value {
            Number::Defined(number) => number.round_dp(4).normalize().to_string(),
            Number::Undefined(reason) => reason.text(session.locale()),
        };
        say(format!("{}{part}: {number}, n = {}", kpi.metric, kpi.n));
    }
    Ok(())
}

fn key(deal: &RecordId) -> Result<RecordKey, IdError> {
    Ok(RecordKey { object: "opportunity".parse()?, id: deal.clone() })
}

fn patch<const N: usize>(fields: [(&str, Value); N]) -> Result<Patch, IdError> {
    fields.into_iter().map(|(field, value)| Ok((field.parse()?, value))).collect()
}

fn texts(violations: &[Violation], locale: &Locale) -> String {
    violations.iter().map(|v| v.text(locale)).collect::<Vec<_>>().join("; ")
}
