//! The next possible steps, with what is missing for each, in both languages.

use std::fmt::Write as _;

use qudao_model::Locale;
use qudao_pipeline::{NextStep, Pipeline};

use crate::support::*;

fn sale() -> Pipeline {
    pipeline(
        r#"
project_sale:
  object: opportunity
  label: {en: Project sale, zh-CN: 项目销售}
  when: account.type == 'project'
  stages:
    - id: qualified
      label: {en: Qualified, zh-CN: 已确认}
      probability: 0.2
      exit:
        - {id: budget, check: amount > 0, message: {en: budget not known, zh-CN: 预算未确认}}
        - {id: visit, checklist: site_visit}
        - {id: decider, check: "contacts.exists(c, c.role == 'decider')", severity: advised}
    - id: proposal
      label: {en: Proposal, zh-CN: 方案报价}
      probability: 0.5
      tip: {en: Send the offer within two days, zh-CN: 请在两天内发送报价}
      key_fields: [amount, expected_close]
      entry: [{id: product, check: has(product)}]
      exit: [{id: offer, document: offer}, {id: rest, after: {days: 2}}]
    - id: negotiation
      label: {en: Negotiation, zh-CN: 商务谈判}
      probability: 0.8
    - {id: won, class: won, label: {en: Won, zh-CN: 赢单}, require: [actual_amount]}
    - {id: lost, class: lost, label: {en: Lost, zh-CN: 丢单}}
    - {id: void, class: cancelled, label: {en: Cancelled, zh-CN: 取消}}
  policy: {skip: forbid, backward: evaluate, reopen: {roles: [channel_manager], to: qualified}}
"#,
    )
}

fn render(steps: &[NextStep], locale: &Locale) -> String {
    let mut out = String::new();
    for step in steps {
        let label = step.label.get_or(locale, "?");
        let _ = writeln!(out, "{} [{}] {} allowed={}", label, step.stage, step.direction, step.allowed);
        for (sign, list) in [("-", &step.missing), ("~", &step.advised)] {
            for v in list {
                let fix = v.fix(locale).unwrap_or_default();
                let _ = writeln!(out, "  {sign} {} | {} | {} | {fix}", v.code, v.rule, v.text(locale));
            }
        }
        if let Some(tip) = step.tip.get(locale) {
            let _ = writeln!(out, "  i {tip}");
        }
    }
    out
}

fn both(steps: &[NextStep]) -> String {
    format!("{}\n{}", render(steps, &Locale::en()), render(steps, &Locale::zh()))
}

fn project_deal() -> Deal {
    let mut deal = Deal::new("project_sale").with("account", "a1");
    deal.related(&schema("{}"), "account", "a1", &[("type", "project".into())]);
    deal
}

#[test]
fn a_new_deal_begins_in_the_first_stage() {
    let steps = project_deal().steps(&sale(), day(0));
    let stages: Vec<_> = steps.iter().map(|s| (s.stage.as_str(), s.direction.as_str(), s.allowed)).collect();
    assert_eq!(stages, [("qualified", "create", true)]);
    // Without a process there is no step.
    assert!(Deal::new("project_sale").steps(&sale(), day(0)).is_empty());
}

#[test]
fn from_qualified() {
    let pipeline = sale();
    let mut deal = project_deal();
    deal.must(&pipeline, "qualified", day(0));
    insta::assert_snapshot!(both(&deal.steps(&pipeline, day(1))));
}

#[test]
fn from_proposal_and_after_winning() {
    let pipeline = sale();
    let mut deal = project_deal().with("amount", 1000_i64).with("product", "p1");
    deal.tick(&["site_visit"]);
    deal.must(&pipeline, "qualified", day(0));
    deal.must(&pipeline, "proposal", day(1));
    insta::assert_snapshot!("from_proposal", both(&deal.steps(&pipeline, day(2))));
    deal.related(&schema("{}"), "document", "d1", &[("kind", "offer".into()), ("opportunity", "o1".into())]);
    deal.must(&pipeline, "negotiation", day(3));
    deal.set("actual_amount", 900_i64);
    let steps = deal.steps(&pipeline, day(4));
    assert!(steps.iter().any(|s| s.stage == "won" && s.allowed));
    deal.must(&pipeline, "won", day(4));
    assert!(deal.steps(&pipeline, day(5)).is_empty(), "a seller cannot open it again");
    deal.actor = actor(&["channel_manager"]);
    let steps = deal.steps(&pipeline, day(5));
    let stages: Vec<_> = steps.iter().map(|s| (s.stage.as_str(), s.direction.as_str(), s.allowed)).collect();
    assert_eq!(stages, [("qualified", "reopen", true)]);
}

/// A grant of a policy makes its step possible; a grant of a criterion takes it off the list.
#[test]
fn grants_count() {
    let pipeline = sale();
    let mut deal = project_deal();
    deal.must(&pipeline, "qualified", day(0));
    let has = |deal: &Deal, id: &str| deal.steps(&pipeline, day(1)).into_iter().find(|s| s.stage == id);
    assert!(has(&deal, "negotiation").is_none());
    deal.grant("project_sale.policy.skip");
    let step = has(&deal, "negotiation").unwrap();
    assert_eq!(step.direction.as_str(), "skip");
    let rules = |s: &NextStep| s.missing.iter().map(|v| v.rule.to_string()).collect::<Vec<_>>();
    assert_eq!(rules(&step), ["project_sale.qualified.exit.budget", "project_sale.qualified.exit.visit"]);
    deal.grant("project_sale.qualified.exit.budget");
    assert_eq!(rules(&has(&deal, "negotiation").unwrap()), ["project_sale.qualified.exit.visit"]);
}
