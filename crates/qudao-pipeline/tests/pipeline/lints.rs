//! What is wrong with a declaration, with its place.

use qudao_model::Severity;

use crate::support::*;

const TAIL: &str = "{id: won, class: won}, {id: lost, class: lost}";

fn all(yaml: &str) -> Vec<(String, &'static str, Severity)> {
    let lints = match compile(yaml) {
        Ok(pipeline) => {
            assert!(pipeline.lints().iter().all(|l| l.severity != Severity::Error));
            pipeline.lints().to_vec()
        }
        Err(lints) => {
            assert!(lints.iter().any(|l| l.severity == Severity::Error));
            lints
        }
    };
    for lint in &lints {
        assert!(qudao_model::codes::lookup(lint.code).is_some(), "{} is not registered", lint.code);
        for locale in ["en", "zh-CN"] {
            let text = lint.text(&locale.into());
            assert!(!text.contains('…'), "{text}");
        }
    }
    lints.into_iter().map(|l| (l.path, l.code, l.severity)).collect()
}

fn opportunity(rest: &str) -> String {
    format!("p: {{object: opportunity, {rest}}}")
}

#[test]
fn a_good_process_has_none() {
    let good = opportunity(&format!(
        "stages: [{{id: a, probability: 0.2, exit: [{{id: x, check: amount > 0}}]}}, {{id: b, probability: 0.5}}, {TAIL}], policy: {{skip: evaluate, create: any, reopen: {{roles: [boss], to: a}}}}"
    ));
    assert_eq!(all(&good), []);
}

#[test]
fn each_lint_with_its_place() {
    use Severity::{Error, Warning};
    let stages = |s: &str| opportunity(&format!("stages: [{s}]"));
    type Expected = Vec<(&'static str, &'static str, Severity)>;
    let cases: Vec<(String, Expected)> = vec![
        (
            "p: {object: oportunity, stages: [{id: a}]}".into(),
            vec![("/processes/p/object", "blueprint.unknown_object", Error)],
        ),
        (
            "p: {object: account, stages: [{id: a}]}".into(),
            vec![("/processes/p/object", "process.object_not_staged", Error)],
        ),
        (stages(""), vec![("/processes/p/stages", "process.no_stages", Error)]),
        (
            stages(TAIL),
            vec![
                ("/processes/p/stages", "process.no_open_stage", Error),
                ("/processes/p/stages/0", "process.stage_unreachable", Warning),
                ("/processes/p/stages/1", "process.stage_unreachable", Warning),
            ],
        ),
        (
            stages("{id: a}"),
            vec![
                ("/processes/p/stages", "process.no_won_stage", Warning),
                ("/processes/p/stages", "process.no_lost_stage", Warning),
            ],
        ),
        (
            stages(&format!("{{id: a}}, {{id: a}}, {TAIL}")),
            vec![("/processes/p/stages/1/id", "blueprint.duplicate_id", Error)],
        ),
        (
            stages(&format!(
                "{{id: a, exit: [{{id: x, checklist: i}}, {{id: x, checklist: j}}], entry: [{{id: x, checklist: k}}]}}, {TAIL}"
            )),
            vec![("/processes/p/stages/0/exit/1/id", "blueprint.duplicate_id", Error)],
        ),
        (
            stages(&format!("{{id: a, require: [amont], key_fields: [nme]}}, {TAIL}")),
            vec![
                ("/processes/p/stages/0/require/0", "blueprint.unknown_field", Error),
                ("/processes/p/stages/0/key_fields/0", "blueprint.unknown_field", Error),
            ],
        ),
        (
            stages(&format!("{{id: a, exit: [{{id: x, check: amont > 0}}]}}, {TAIL}")),
            vec![("/processes/p/stages/0/exit/0/check", "expr.unknown_field", Error)],
        ),
        (
            stages(&format!(
                "{{id: a, entry: [{{id: x}}, {{id: y, check: amount > 0, checklist: z}}]}}, {TAIL}"
            )),
            vec![
                ("/processes/p/stages/0/entry/0", "process.criterion_kind", Error),
                ("/processes/p/stages/0/entry/1", "process.criterion_kind", Error),
            ],
        ),
        (
            stages(&format!("{{id: a, exit: [{{id: x, after: {{days: 1, in: b}}}}]}}, {TAIL}")),
            vec![("/processes/p/stages/0/exit/0/after/in", "process.unknown_stage", Error)],
        ),
        (
            stages(&format!("{{id: a, probability: 0.5}}, {{id: b, probability: 0.4}}, {TAIL}")),
            vec![("/processes/p/stages/1/probability", "process.probability_falls", Warning)],
        ),
        (
            stages(
                "{id: a}, {id: won, class: won, probability: 0.9}, {id: lost, class: lost, probability: 0.1}",
            ),
            vec![
                ("/processes/p/stages/1/probability", "process.probability_outcome", Warning),
                ("/processes/p/stages/2/probability", "process.probability_outcome", Warning),
            ],
        ),
        (
            stages("{id: a}, {id: won, class: won}, {id: lost, class: lost}, {id: b}"),
            vec![("/processes/p/stages/1", "process.closed_before_open", Warning)],
        ),
        (
            stages("{id: a}, {id: won, class: won}, {id: lost, class: lost, exit: [{id: x, checklist: i}]}"),
            vec![("/processes/p/stages/2/exit", "process.exit_unused", Warning)],
        ),
        (
            opportunity(&format!("stages: [{{id: a}}, {TAIL}], policy: {{reopen: {{roles: [r], to: won}}}}")),
            vec![("/processes/p/policy/reopen/to", "process.reopen_target", Error)],
        ),
        (
            opportunity(&format!("stages: [{{id: a}}, {TAIL}], policy: {{reopen: {{roles: [], to: aa}}}}")),
            vec![
                ("/processes/p/policy/reopen/to", "process.unknown_stage", Error),
                ("/processes/p/policy/reopen/roles", "process.reopen_nobody", Warning),
            ],
        ),
        (
            opportunity(&format!(
                "stages: [{{id: a}}, {{id: b}}, {TAIL}], policy: {{create: any, skip: forbid}}"
            )),
            vec![("/processes/p/policy/create", "process.policy_contradiction", Warning)],
        ),
    ];
    for (yaml, expected) in cases {
        let expected: Vec<_> = expected.into_iter().map(|(p, c, s)| (p.to_owned(), c, s)).collect();
        assert_eq!(all(&yaml), expected, "{yaml}");
    }
}

#[test]
fn suggestions() {
    let lints = compile("p: {object: oportunity, stages: [{id: a}]}").unwrap_err();
    assert_eq!(lints[0].fix(&"en".into()).as_deref(), Some("did you mean opportunity?"));
    let yaml = opportunity(&format!(
        "stages: [{{id: qualified}}, {TAIL}], policy: {{reopen: {{roles: [r], to: qualifed}}}}"
    ));
    let lints = compile(&yaml).unwrap_err();
    assert_eq!(lints[0].fix(&"zh-CN".into()).as_deref(), Some("您是否想写 qualified？"));
}

#[test]
fn gates_that_never_open_and_stages_never_reached() {
    let never = "exit: [{id: x, check: amount > 5 && amount < 3}]";
    let yaml = opportunity(&format!("stages: [{{id: a, {never}}}, {{id: b}}, {{id: c}}, {TAIL}]"));
    assert_eq!(
        all(&yaml),
        [
            ("/processes/p/stages/0/exit/0/check".to_owned(), "process.gate_never", Severity::Warning),
            ("/processes/p/stages/1".to_owned(), "process.stage_unreachable", Severity::Warning),
            ("/processes/p/stages/2".to_owned(), "process.stage_unreachable", Severity::Warning),
            ("/processes/p/stages/3".to_owned(), "process.stage_unreachable", Severity::Warning),
        ]
    );
    // Another way in: creation in any stage reaches b, c and won again.
    let yaml = opportunity(&format!(
        "stages: [{{id: a, {never}}}, {{id: b}}, {{id: c}}, {TAIL}], policy: {{create: any, skip: allow}}"
    ));
    assert_eq!(lint_codes(compile(&yaml).unwrap().lints()), ["process.gate_never"]);
    // Advice never shuts a gate.
    let yaml = opportunity(&format!(
        "stages: [{{id: a, exit: [{{id: x, severity: advised, check: amount > 5 && amount < 3}}]}}, {{id: b}}, {TAIL}]"
    ));
    assert_eq!(lint_codes(compile(&yaml).unwrap().lints()), ["process.gate_never"]);
    // Reached only by opening again.
    let yaml = opportunity(&format!(
        "stages: [{{id: a}}, {{id: b, entry: [{{id: x, check: \"1 > 2\"}}]}}, {{id: c}}, {TAIL}], policy: {{reopen: {{roles: [r], to: c}}}}"
    ));
    let lints = compile(&yaml).unwrap();
    let unreachable: Vec<_> = lints
        .lints()
        .iter()
        .filter(|l| l.code == "process.stage_unreachable")
        .map(|l| l.path.as_str())
        .collect();
    assert_eq!(unreachable, ["/processes/p/stages/1"]);
}

#[test]
fn criteria_that_exclude_each_other() {
    let yaml = opportunity(&format!(
        "stages: [{{id: a, exit: [{{id: x, check: amount > 100}}]}}, {{id: b, entry: [{{id: y, check: amount < 50}}, {{id: z, check: amount < 500}}]}}, {TAIL}]"
    ));
    assert_eq!(
        all(&yaml),
        [("/processes/p/stages/1/entry/0".to_owned(), "process.gate_contradictory", Severity::Warning)]
    );
    // Different values are no contradiction, nor is advice.
    let yaml = opportunity(&format!(
        "stages: [{{id: a, exit: [{{id: x, check: amount > 100}}, {{id: w, severity: advised, check: amount < 7}}]}}, {{id: b, entry: [{{id: y, check: actual_amount < 50}}]}}, {TAIL}]"
    ));
    assert_eq!(all(&yaml), []);
}

#[test]
fn processes_of_one_object() {
    let p =
        |id: &str, more: &str| format!("{id}: {{object: opportunity, {more} stages: [{{id: a}}, {TAIL}]}}\n");
    let cases: Vec<(String, Vec<&str>)> = vec![
        (p("p", "") + &p("q", ""), vec!["process.ambiguous", "process.ambiguous"]),
        (p("p", "") + &p("q", "when: amount > 5,"), vec!["process.ambiguous"]),
        (p("p", "default: true,") + &p("q", "when: amount > 5,"), vec![]),
        (p("p", "default: true,") + &p("q", "default: true,"), vec!["process.two_defaults"]),
        (p("p", "default: true, when: amount > 5,"), vec!["process.default_with_when"]),
        (p("p", "when: amount > 5,") + &p("q", "when: 'amount > 5 ',"), vec!["process.same_when"]),
        (p("p", "when: amount > 5 && amount < 3,"), vec!["process.when_never"]),
        (p("p", "when: changed(amount),"), vec!["process.when_changed"]),
        (p("p", "when: type == 'x',"), vec!["expr.unknown_field"]),
    ];
    for (yaml, expected) in cases {
        let found: Vec<_> = all(&yaml).into_iter().map(|(_, code, _)| code).collect();
        assert_eq!(found, expected, "{yaml}");
    }
}

#[test]
fn sizes_are_bounded() {
    let many: Vec<String> = (0..101).map(|i| format!("{{id: s{i}}}")).collect();
    let yaml = opportunity(&format!("stages: [{}]", many.join(", ")));
    assert_eq!(lint_codes(&compile(&yaml).unwrap_err()), ["process.too_many"]);
    let many: Vec<String> = (0..101).map(|i| format!("{{id: c{i}, checklist: x}}")).collect();
    let yaml = opportunity(&format!("stages: [{{id: a, exit: [{}]}}, {TAIL}]", many.join(", ")));
    assert_eq!(lint_codes(&compile(&yaml).unwrap_err()), ["process.too_many"]);
    let long = "x".repeat(150);
    let yaml =
        opportunity(&format!("stages: [{{id: {long}, exit: [{{id: {long}, checklist: x}}]}}, {TAIL}]"));
    assert_eq!(lint_codes(&compile(&yaml).unwrap_err()), ["blueprint.bad_name"]);
}

/// The declaration, its JSON Schema and what it writes agree.
#[test]
fn declarations_read_and_write() {
    let yaml = opportunity(&format!(
        "label: {{en: Sale, zh-CN: 销售}}, when: amount > 0, stages: [{{id: a, probability: 0.25, sla_days: 3, tip: t, key_fields: [amount], exit: [{{id: x, after: {{days: 1, in: a}}, severity: advised}}]}}, {TAIL}], policy: {{create: any, skip: evaluate, backward: allow, reopen: {{roles: [r], to: a}}, loss_reason: optional}}"
    ));
    let read = specs(&yaml);
    let json = serde_json::to_value(&read).unwrap();
    let again: std::collections::BTreeMap<qudao_model::ProcessId, qudao_pipeline::ProcessSpec> =
        serde_json::from_value(json.clone()).unwrap();
    assert_eq!(read, again);
    let schema =
        schemars::schema_for!(std::collections::BTreeMap<String, qudao_pipeline::ProcessSpec>).to_value();
    let document = qudao_model::Document::parse("t", &json.to_string()).unwrap();
    assert_eq!(qudao_model::check_document(&document, &schema), []);
    for wrong in [
        "p: {object: opportunity, stages: [{id: a, clas: won}]}",
        "p: {object: opportunity, stages: [{id: a, probability: 2}]}",
        "p: {object: opportunity, stages: [{id: a}], policy: {reopen: allow}}",
        "p: {stages: [{id: a}]}",
    ] {
        let document = qudao_model::Document::parse("t", wrong).unwrap();
        assert!(!qudao_model::check_document(&document, &schema).is_empty(), "{wrong}");
    }
}
