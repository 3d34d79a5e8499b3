//! Everything wrong with a declaration, at once, with its place.

use qudao_model::Locale;

use crate::common::try_world;

fn lints(yaml: &str) -> Vec<String> {
    let found = match try_world(yaml) {
        Ok(world) => world.quality.lints().to_vec(),
        Err(lints) => lints,
    };
    let en = Locale::en();
    found
        .iter()
        .map(|l| {
            let fix = l.fix(&en).map(|f| format!(" -> {f}")).unwrap_or_default();
            format!("{} {} {}: {}{fix}", l.severity, l.path, l.code, l.text(&en))
        })
        .collect()
}

#[test]
fn every_error_at_once() {
    insta::assert_yaml_snapshot!(lints(
        r#"
objects:
  account:
    fields:
      phone: {format: phone}
      email: {format: phone(ZZ)}
      city: {format: emial}
      name: {normalise: company}
      industry: {normalise: postcode(CN)}
      employees: {format: email, normalise: trim, max_length: 3}
completeness:
  acount: {name: 1}
  account: {nmae: 1}
  partner: {name: 0}
validation:
  - {id: r1, object: acount, required: name}
  - {id: r2, object: account, required: [nmae, city, city]}
  - {id: r2, object: account, required: city}
  - {id: r3, object: account}
  - {id: r4, object: account, required: name, unique: name}
  - {id: r5, object: account, range: {field: employees, min: 10, max: 1}}
  - {id: r6, object: account, range: {field: name, min: 1}}
  - {id: r7, object: account, range: {field: employees}}
  - {id: r8, object: contract, range: {field: starts_on, min: yesterday}}
  - {id: r9, object: account, length: {field: name, min: 5, max: 2}}
  - {id: r10, object: account, length: {field: employees, min: 5}}
  - {id: r11, object: account, pattern: {field: name, regex: "(a"}}
  - {id: r12, object: account, pattern: {field: name, regex: "a)(b"}}
  - {id: r13, object: account, choice: {field: type, values: [projct]}}
  - {id: r14, object: account, choice: {field: city, values: []}}
  - {id: r15, object: account, reference: name}
  - {id: r16, object: account, types: [projet], required: name}
  - {id: r17, object: opportunity, types: [project, dealer], required: name}
  - {id: r18, object: account, severity: warning, operations: [insert], on: {changed: [nmae]}, unique: name}
  - {id: r19, object: account, required: []}
  - {id: r20, object: account, format: {field: city, format: day}}
  - {id: account.phone.format, object: account, required: phone}
  - {id: contract.starts_on.range, object: contract, range: {field: starts_on, min: "2024-02-30"}}
"#
    ));
}

#[test]
fn conditions_are_checked_where_they_stand() {
    let found = lints(
        "validation:\n  - {id: c1, object: account, check: emploees > 0}\n  - {id: c2, object: account, when: name, required: city}\n  - {id: c3, object: account, required_when: {fields: city, when: 'name >'}}\n",
    );
    let paths: Vec<&str> = found.iter().filter_map(|l| l.split(' ').nth(1)).collect();
    assert_eq!(paths, ["/validation/0/check", "/validation/1/when", "/validation/2/required_when/when"]);
    assert!(found[0].contains("employees"), "{}", found[0]);
}

#[test]
fn conditions_that_never_change_are_named() {
    let found = lints(
        "validation:\n  - {id: c1, object: account, check: '1 > 0'}\n  - {id: c2, object: account, check: \"type == 'project' && type == 'channel'\"}\n",
    );
    assert_eq!(found.len(), 2, "{found:#?}");
    assert!(found.iter().all(|l| l.starts_with("warning /validation/")), "{found:#?}");
}

#[test]
fn money_of_any_currency_has_no_limit_but_zero() {
    let yaml = |min: &str| {
        format!(
            "objects: {{account: {{fields: {{fee: {{type: money, currency: any}}}}}}}}\nvalidation: [{{id: r, object: account, range: {{field: fee, min: {min}}}}}]\n"
        )
    };
    assert_eq!(lints(&yaml("0")), Vec::<String>::new());
    assert!(lints(&yaml("5"))[0].contains("quality.limit_currency"));
}

#[test]
fn a_good_document_has_no_lints() {
    assert_eq!(
        lints(
            "objects: {account: {fields: {name: {required: true, unique: true}, phone: {format: phone(CN), weight: 2}}}}\nplaceholders: {add: [保密]}\ncompleteness: {account: {phone: 1}}\nvalidation:\n  - {id: opp.dates, object: opportunity, check: '!has(closed_at) || closed_at >= created_at', message: {en: 'closed before it was created', zh-CN: '关闭日期早于创建日期'}}\n  - {id: r, object: account, types: [project], on: {changed: [phone], enter: [won]}, operations: [import], required: [city, phone]}\n"
        ),
        Vec::<String>::new()
    );
}
