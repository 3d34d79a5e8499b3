//! Names that differ and share a word: a rare one says more than a frequent one, legal and trade words say nothing.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;

use qudao_match::{Dedupe, Deduped, MatchModel, MatchSpec, Matching, PairScore};
use qudao_model::{Decimal, Document, ObjectSchema, Record, RecordId, RuleId, Schema, Shared};

fn matching(rules: &str) -> (Matching, Arc<ObjectSchema>, RuleId) {
    let spec: MatchSpec = serde_json::from_value(Document::parse("t", rules).unwrap().into_json()).unwrap();
    let schema = Arc::new(Schema::standard("CNY"));
    let matching = Matching::compile(&spec, &schema).unwrap();
    (matching, schema.object("account").unwrap().clone(), RuleId::new("account.same").unwrap())
}

const RULE: &str = "matching: {account.same: {compare: {name: company_name, phone: phone}}}";

/// Syllables by number: words of no language.
fn word(mut number: usize) -> String {
    let mut word = String::new();
    for _ in 0..4 {
        word.push(char::from(b"bdfgklmnprstvz"[number % 14]));
        word.push(char::from(b"aeiou"[number / 14 % 5]));
        number /= 70;
        number += 3;
    }
    word
}

/// One letter of a word is another one.
fn slip(word: &str) -> String {
    let mut letters: Vec<char> = word.chars().collect();
    letters[5] = 'x';
    letters.into_iter().collect()
}

fn hashed(number: usize) -> usize {
    (number as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(23) as usize
}

const FREQUENT: [&str; 3] = ["northern", "golden", "united"];

/// Firms of two words, every second one with a word of three that hundreds bear; of some a second row, with a slip in the other word.
fn table(account: &Arc<ObjectSchema>) -> Vec<Record> {
    let mut rows = Vec::new();
    for firm in 0..2400_usize {
        let first =
            if firm % 2 == 0 { FREQUENT[firm / 2 % 3].to_owned() } else { word(hashed(firm) % 300_000) };
        let second = word(hashed(firm + 10_000) % 300_000);
        let phone = format!("0755-{:08}", 20_000_000 + firm * 7_919);
        let mut push = |name: String, phone: Option<&str>| {
            let id = RecordId::new(format!("r{:05}", rows.len())).unwrap();
            let record = Record::new(account.clone(), id).with("name", name).unwrap();
            rows.push(match phone {
                Some(phone) => record.with("phone", phone).unwrap(),
                None => record,
            });
        };
        push(format!("{first} {second} Trading Ltd"), Some(&phone));
        if firm % 6 < 2 {
            push(
                format!("{first} {} Trading Limited", slip(&second)),
                Some(&phone).filter(|_| firm % 12 < 8).map(String::as_str),
            );
        }
    }
    rows
}

fn learned(rows: &[Record], matching: &Matching, rule: &RuleId, threads: usize) -> Deduped {
    let options = Dedupe { learn: true, threads: Some(threads), ..Dedupe::default() };
    matching.dedupe(rule, rows, &options).unwrap()
}

fn compare(matching: &Matching, account: &Arc<ObjectSchema>, rule: &RuleId, a: &str, b: &str) -> PairScore {
    let row = |id: &str, name: &str| {
        Record::new(account.clone(), RecordId::new(id).unwrap()).with("name", name).unwrap()
    };
    let score = matching.compare(rule, &row("a", a), &row("b", b)).unwrap();
    assert_eq!(score.weight, matching.compare(rule, &row("a", b), &row("b", a)).unwrap().weight);
    score
}

#[test]
fn a_rare_word_in_common_weighs_more_than_a_frequent_one() {
    let (matching, account, rule) = matching(RULE);
    let rows = table(&account);
    let Deduped { batch, model, .. } = learned(&rows, &matching, &rule, 2);
    let model = model.unwrap();
    let learned_alone = learned(&rows, &matching, &rule, 1);
    assert_eq!((Some(&model), &batch), (learned_alone.model.as_ref(), &learned_alone.batch));
    let with = matching.with_model(&model).unwrap();

    let name = |score: &PairScore| {
        let found = score.evidence.iter().find(|e| e.field == "name").unwrap().clone();
        (found.level.clone(), found.frequency, found.weight)
    };
    // The second words are of nobody in the table, and differ by the same slip.
    let rare = compare(&with, &account, &rule, "Wuxogemi Hwyndorath Ltd", "Wuxogemi Hwyndoruth Ltd");
    let frequent = compare(&with, &account, &rule, "Northern Hwyndorath Ltd", "Northern Hwyndoruth Ltd");
    let (rare, frequent) = (name(&rare), name(&frequent));
    assert_eq!(rare.0, frequent.0);
    let (of_rare, of_frequent) = (rare.1.unwrap(), frequent.1.unwrap());
    assert_eq!((of_rare.of, of_rare.at_most, of_rare.more_than), (Shared::Word, None, None));
    assert_eq!((of_frequent.of, of_frequent.at_most), (Shared::Word, Some(2048)));
    assert!(rare.2 > frequent.2 + Decimal::TWO, "{rare:?} {frequent:?}");

    // Legal and trade words are no words of a name: they add nothing to it, and alone they are no agreement.
    let bare = compare(&with, &account, &rule, "Hwyndorath", "Hwyndoruth");
    let dressed = compare(&with, &account, &rule, "Hwyndorath Trading Ltd", "Hwyndoruth Trading Ltd");
    assert_eq!(name(&dressed), name(&bare));
    assert_eq!(name(&bare).1, None);
    let (level, frequency, weight) =
        name(&compare(&with, &account, &rule, "Hwyndorath Trading Ltd", "Zubelmonix Trading Ltd"));
    assert_eq!((level.as_str(), frequency), ("different", None));
    assert!(weight < Decimal::ZERO);

    // One record is told as the table is.
    for pair in batch.pairs.iter().step_by(7) {
        let (left, right) = (&rows[pair.left as usize], &rows[pair.right as usize]);
        assert_eq!(with.compare(&rule, left, right).unwrap().weight, pair.weight);
        let found = with.find(&rule, left, std::slice::from_ref(right)).unwrap();
        assert_eq!(found[0].weight, pair.weight);
        assert!(with.question(&rule, left).unwrap().may_match(&with.index_entry(right).features));
    }
}

#[test]
fn weights_by_hand_stay_and_a_model_without_words_still_answers() {
    let by_hand = "matching: {account.same: {compare: {name: {using: company_name, weights: {exact: 9, high: 7, medium: 3, low: 1, different: -5}}, phone: phone}}}";
    let (given, account, rule) = matching(by_hand);
    let rows = table(&account);
    let model = learned(&rows, &given, &rule, 2).model.unwrap();
    let with = given.with_model(&model).unwrap();
    for first in ["Wuxogemi", "Northern"] {
        let score =
            compare(&with, &account, &rule, &format!("{first} Hwyndorath"), &format!("{first} Hwyndoruth"));
        let name = score.evidence.iter().find(|e| e.field == "name").unwrap();
        assert_eq!((name.weight, name.frequency), (if name.level == "high" { 7 } else { 3 }.into(), None));
    }

    // A model of before: it says nothing of words.
    let (matching, account, rule) = matching(RULE);
    let mut model = learned(&rows, &matching, &rule, 2).model.unwrap();
    for field in &mut model.fields {
        field.words = None;
        field.symbols.retain(|symbol| symbol.class < 9);
    }
    let old = MatchModel::from_json(&model.to_json()).unwrap();
    assert!(!model.to_json().contains("words"));
    let with = matching.with_model(&old).unwrap();
    let weight = |first: &str| {
        compare(&with, &account, &rule, &format!("{first} Hwyndorath"), &format!("{first} Hwyndoruth")).weight
    };
    assert_eq!(weight("Wuxogemi"), weight("Northern"));
}
