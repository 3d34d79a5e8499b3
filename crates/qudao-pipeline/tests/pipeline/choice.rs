//! Which process a record gets.

use qudao_model::{RuleOutcome, Value};
use qudao_pipeline::{Choice, Pipeline};

use crate::support::*;

const TAIL: &str = "stages: [{id: a}, {id: won, class: won}, {id: lost, class: lost}]";

fn by_type(default: bool) -> Pipeline {
    let more = if default {
        format!("rest: {{object: opportunity, default: true, {TAIL}}}\n")
    } else {
        String::new()
    };
    pipeline(&format!(
        "project_sale: {{object: opportunity, when: \"account.type == 'project'\", label: {{en: Project, zh-CN: 项目}}, {TAIL}}}\n\
         channel_sale: {{object: opportunity, when: \"account.type == 'channel'\", {TAIL}}}\n\
         big_sale: {{object: opportunity, when: amount > 1000000, {TAIL}}}\n{more}"
    ))
}

fn choose(pipeline: &Pipeline, account: Option<&str>, ty: Option<&str>, amount: Option<i64>) -> Choice {
    let mut deal = Deal::new("none");
    if let Some(id) = account {
        deal.set("account", id);
        let ty = ty.map_or(Value::Missing, Value::text);
        deal.related(&schema("{}"), "account", "a1", &[("type", ty)]);
    }
    if let Some(amount) = amount {
        deal.set("amount", amount);
    }
    pipeline.choose(&deal.record, &deal.data, day(0)).unwrap()
}

#[test]
fn by_condition() {
    // account, its type, amount, with a default, process or code
    type Case = (Option<&'static str>, Option<&'static str>, Option<i64>, bool, &'static str);
    let cases: [Case; 9] = [
        (Some("a1"), Some("project"), Some(1), false, "project_sale"),
        (Some("a1"), Some("channel"), Some(1), false, "channel_sale"),
        // One that holds is enough, though another cannot be told.
        (Some("a1"), Some("channel"), None, false, "channel_sale"),
        (None, None, Some(2_000_000), false, "big_sale"),
        (Some("a1"), Some("project"), Some(2_000_000), false, "process.several"),
        // Unknown chooses nothing, and no default stands in for it.
        (None, None, None, false, "process.unknown"),
        (Some("a1"), None, Some(1), true, "process.unknown"),
        (Some("gone"), Some("project"), Some(1), true, "process.unknown"),
        (Some("a1"), Some("project"), Some(1), true, "project_sale"),
    ];
    for (account, ty, amount, default, expected) in cases {
        let choice = choose(&by_type(default), account, ty, amount);
        let got = choice.process.as_ref().map(ToString::to_string);
        let code = choice.finding.as_ref().map(|v| v.code.to_string());
        assert_eq!(got.or(code).as_deref(), Some(expected), "{account:?} {ty:?} {amount:?} {default}");
        assert_eq!(choice.process.is_some(), choice.finding.is_none());
        assert_eq!(choice.trace.len(), if default { 4 } else { 3 });
    }
}

#[test]
fn none_or_the_default() {
    let only = |default: bool| {
        let more = if default {
            format!("rest: {{object: opportunity, default: true, {TAIL}}}\n")
        } else {
            String::new()
        };
        pipeline(&format!("big_sale: {{object: opportunity, when: amount > 1000000, {TAIL}}}\n{more}"))
    };
    let choice = choose(&only(false), None, None, Some(5));
    assert_eq!(choice.finding.unwrap().code, "process.none");
    let choice = choose(&only(true), None, None, Some(5));
    assert_eq!(choice.process.unwrap(), "rest");
    assert_eq!(choice.trace.last().unwrap().outcome, RuleOutcome::Passed);
    let choice = choose(&only(true), None, None, Some(2_000_000));
    assert_eq!(choice.trace.last().unwrap().outcome, RuleOutcome::Skipped);
    // A process alone needs no condition.
    let alone = pipeline(&format!("p: {{object: opportunity, {TAIL}}}"));
    assert_eq!(choose(&alone, None, None, None).process.unwrap(), "p");
    let empty = pipeline("{}");
    assert_eq!(choose(&empty, None, None, None).finding.unwrap().code, "process.none");
}

#[test]
fn says_what_is_missing() {
    let choice = choose(&by_type(true), Some("a1"), None, Some(1));
    let finding = choice.finding.unwrap();
    assert_eq!(finding.fields.iter().map(|f| f.as_str()).collect::<Vec<_>>(), ["account"]);
    assert_eq!(finding.text(&"zh-CN".into()), "无法选择流程：缺少 类型");
    let both = choose(&by_type(false), Some("a1"), Some("project"), Some(2_000_000)).finding.unwrap();
    assert_eq!(both.text(&"en".into()), "more than one process fits the record: big_sale, Project");
}

#[test]
fn a_table_that_was_not_given_is_an_error() {
    let deal = Deal::new("none").with("account", "a1");
    let empty = qudao_model::Dataset::new();
    let error = by_type(true).choose(&deal.record, &empty, day(0)).unwrap_err();
    assert_eq!(error.code(), "expr.missing_table");
}

/// A host loads what the programs navigate to.
#[test]
fn programs_tell_what_to_load() {
    let pipeline = by_type(true);
    let programs = pipeline.programs("opportunity");
    assert_eq!(programs.len(), 3);
    let steps: usize = programs.iter().map(|p| p.reads().navigation.len()).sum();
    assert_eq!(steps, 2);
    assert!(pipeline.programs("lead").is_empty());
    let with_document = crate::support::pipeline(
        "p: {object: opportunity, stages: [{id: a, exit: [{id: d, document: offer}]}, {id: won, class: won}, {id: lost, class: lost}]}",
    );
    assert_eq!(with_document.programs("opportunity")[0].reads().navigation.len(), 1);
}
