//! Labels: which pairs are asked about, and what the answers teach.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test stops at what it does not expect"
)]

use std::sync::Arc;

use qudao_match::{Dedupe, Label, MatchSpec, Matching, Quality};
use qudao_model::{Document, Record, RecordId, RuleId, Schema};

fn rule() -> RuleId {
    RuleId::new("account.same").unwrap()
}

fn matching(schema: &Arc<Schema>) -> Matching {
    let text = "matching: {account.same: {compare: {name: text, phone: phone}}}";
    let Ok(document) = Document::parse("rules", text) else { panic!("not YAML") };
    let spec: MatchSpec = serde_json::from_value(document.into_json()).unwrap();
    Matching::compile(&spec, schema).unwrap()
}

/// A business in which phones say nothing: members of a market share one switchboard, and the same firm gives another line every time.
/// Firms are written twice, with a letter lost.
fn market(schema: &Schema, firms: u32) -> (Vec<Record>, Vec<u32>) {
    let parts =
        ["ba", "ce", "di", "fo", "gu", "ha", "ke", "li", "mo", "nu", "pa", "re", "si", "to", "vu", "wa"];
    let part = |n: u32| parts[(n % 16) as usize];
    let account = schema.object("account").unwrap();
    let (mut rows, mut labels) = (Vec::new(), Vec::new());
    for firm in 0..firms {
        let n = (firm + 1).wrapping_mul(2_654_435_761);
        let at = |shift: u32| part(n >> shift);
        let name = format!("{}{}{} {}{}{}", at(28), at(24), at(20), at(16), at(12), at(8));
        let mut lost = name.clone();
        lost.remove(3);
        // The first line belongs to the market, the second to nobody else.
        let phones = [format!("0755-2878{:04}", firm / 4), format!("021-6161{firm:04}")];
        for (copy, (name, phone)) in [name, lost].into_iter().zip(phones).enumerate() {
            let id = RecordId::new(format!("{firm}-{copy}")).unwrap();
            rows.push(
                Record::new(account.clone(), id)
                    .with("name", name.as_str())
                    .unwrap()
                    .with("phone", phone.as_str())
                    .unwrap(),
            );
            labels.push(firm);
        }
    }
    (rows, labels)
}

fn f1(matching: &Matching, rows: &[Record], labels: &[u32]) -> f64 {
    let options = Dedupe { labels: Some(labels.to_vec()), ..Dedupe::default() };
    matching.dedupe(&rule(), rows, &options).unwrap().quality.as_ref().map_or(0.0, Quality::f1)
}

#[test]
fn labels_raise_f1_on_rows_that_they_say_nothing_of() {
    let schema = Arc::new(Schema::standard("CNY"));
    let matching = matching(&schema);
    let (rows, labels) = market(&schema, 400);
    let (seen, held_out) = rows.split_at(400);
    let asked = matching.review(&rule(), seen, 60).unwrap();
    assert!(asked.len() >= 40, "{}", asked.len());
    let answers: Vec<Label> = asked
        .iter()
        .map(|p| Label {
            left: p.left,
            right: p.right,
            same: labels[p.left as usize] == labels[p.right as usize],
        })
        .collect();
    assert!(answers.iter().any(|a| a.same) && answers.iter().any(|a| !a.same));
    let model = matching.teach(&rule(), seen, &answers).unwrap();
    let taught = matching.with_model(&model).unwrap();
    let without = matching.with_model(&matching.teach(&rule(), seen, &[]).unwrap()).unwrap();
    let before = f1(&matching, held_out, &labels[400..]).max(f1(&without, held_out, &labels[400..]));
    let after = f1(&taught, held_out, &labels[400..]);
    println!("F1 {before:.3} before, {after:.3} after {} labels", answers.len());
    assert!(after > before + 0.05, "{before} {after}");
    // The same answers make the same model.
    assert_eq!(model.to_json(), matching.teach(&rule(), seen, &answers).unwrap().to_json());
}

#[test]
fn what_is_asked_is_unlike_itself_and_near_the_threshold() {
    let schema = Arc::new(Schema::standard("CNY"));
    let matching = matching(&schema);
    let (rows, _) = market(&schema, 100);
    let asked = matching.review(&rule(), &rows, 5).unwrap();
    assert!(asked.len() <= 5 && asked.len() >= 2, "{asked:?}");
    let explained = |p: &qudao_match::Pair| {
        let score = matching.compare(&rule(), &rows[p.left as usize], &rows[p.right as usize]).unwrap();
        assert_eq!(score.weight, p.weight);
        score.evidence.iter().map(|e| e.level.clone()).collect::<Vec<_>>()
    };
    assert_ne!(explained(&asked[0]), explained(&asked[1]));
    assert!(matching.review(&rule(), &[], 5).unwrap().is_empty());
    assert!(matching.review(&rule(), &rows, 0).unwrap().is_empty());
}

#[test]
fn labels_of_no_rows_and_against_each_other_are_refused() {
    let schema = Arc::new(Schema::standard("CNY"));
    let matching = matching(&schema);
    let (rows, _) = market(&schema, 10);
    let teach = |labels: &[Label]| matching.teach(&rule(), &rows, labels).unwrap_err().code();
    assert_eq!(teach(&[Label { left: 0, right: 99, same: true }]), "matching.bad_label");
    let both = [Label { left: 0, right: 1, same: true }, Label { left: 1, right: 0, same: false }];
    assert_eq!(teach(&both), "matching.contradictory_labels");
}
