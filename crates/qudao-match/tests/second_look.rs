//! Records that found no partner by the other keys look for one by `minhash`.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::sync::Arc;

use qudao_match::{Batch, Dedupe, Label, MatchSpec, Matching, SurveyOptions};
use qudao_model::{Document, ObjectSchema, Record, RecordId, RuleId, Schema};

fn matching(block: &str) -> (Matching, Arc<ObjectSchema>, RuleId) {
    let rules = format!(
        "matching: {{account.same: {{block: {block}, compare: {{name: company_name, phone: phone, address: address}}, prior: 0.001}}}}"
    );
    let spec: MatchSpec = serde_json::from_value(Document::parse("t", &rules).unwrap().into_json()).unwrap();
    let schema = Arc::new(Schema::standard("CNY"));
    let matching = Matching::compile(&spec, &schema).unwrap();
    (matching, schema.object("account").unwrap().clone(), RuleId::new("account.same").unwrap())
}

fn records(account: &Arc<ObjectSchema>, rows: &[[&str; 3]]) -> Vec<Record> {
    let record = |(at, [name, phone, address]): (usize, &[&str; 3])| {
        let mut record = Record::new(account.clone(), RecordId::new(format!("r{at:04}")).unwrap());
        for (field, value) in [("name", name), ("phone", phone), ("address", address)] {
            if !value.is_empty() {
                record.set(field, *value).unwrap();
            }
        }
        record
    };
    rows.iter().enumerate().map(record).collect()
}

fn pairs(batch: &Batch) -> Vec<(u32, u32)> {
    batch.pairs.iter().map(|pair| (pair.left, pair.right)).collect()
}

const KEYS: &str = "[[phone], [name.core], [name.tokens], [address.number, address.tokens]]";
const WITH: &str = "[[phone], [name.core], [name.tokens], [address.number, address.tokens], [name.minhash]]";

const ROWS: &[[&str; 3]] = &[
    // A slip in every word, in English and in Chinese; nothing else in common that is a key.
    ["Brandenstone Hillmarkers Ltd", "", "12 Oakwood Street"],
    ["Brandenstome Hilmarkers Ltd", "", "21 Oakwood Street"],
    ["沈阳金海龙腾飞科技有限公司", "024-22880001", ""],
    ["沈阳金海尤腾飞科技有限公司", "024-22880011", ""],
    // Of one phone: they have each other, and do not look again.
    ["Quillfeather Marlowe Ltd", "0755-28780808", ""],
    ["Quillfeather Marlowe Limited", "0755-28780808", ""],
    ["Quilfeather Marlove Ltd", "0755-11112222", ""],
    ["Zubrowka Imports Ltd", "010-62345678", ""],
];

#[test]
fn records_with_a_slip_in_every_word_meet() {
    let (without, account, rule) = matching(KEYS);
    let (with, ..) = matching(WITH);
    let rows = records(&account, ROWS);
    let before = without.batch(&rule, &rows, None).unwrap();
    assert!(pairs(&before).contains(&(4, 5)) && !pairs(&before).contains(&(0, 1)));
    let labels: Vec<u32> = vec![0, 0, 1, 1, 2, 2, 2, 3];
    let of = |matching: &Matching, threads: usize| {
        let options = Dedupe { labels: Some(labels.clone()), threads: Some(threads), ..Dedupe::default() };
        matching.dedupe(&rule, &rows, &options).unwrap()
    };
    let (one, two) = (of(&with, 1), of(&with, 3));
    assert_eq!((&one.batch, &one.quality), (&two.batch, &two.quality));
    let found: BTreeSet<(u32, u32)> = pairs(&one.batch).into_iter().collect();
    assert!(found.contains(&(0, 1)), "{found:?}");
    assert!(found.iter().all(|(left, right)| labels[*left as usize] == labels[*right as usize]), "{found:?}");
    // Blocking recall counts a pair once, however often it was reached.
    let (before, after) = (of(&without, 2).quality.unwrap(), one.quality.unwrap());
    assert!(before.blocking_recall() < after.blocking_recall() && after.blocking_recall() <= 1.0);
    // A survey tells the same.
    let label = |left: u32, right: u32, same: bool| Label { left, right, same };
    let options = SurveyOptions {
        labels: vec![label(0, 1, true), label(4, 5, true), label(3, 7, false)],
        ..SurveyOptions::default()
    };
    for (matching, batch, compared) in [(&without, of(&without, 2).batch, 1), (&with, one.batch.clone(), 2)] {
        let seen = matching.survey(&rule, &rows, &batch, &options).unwrap().labels.unwrap();
        assert_eq!((seen.same, seen.compared), (2, compared));
    }
    // What each pair weighs is what two records weigh, and an index of the same keys brings them together.
    for pair in &one.batch.pairs {
        let (left, right) = (&rows[pair.left as usize], &rows[pair.right as usize]);
        assert_eq!(with.compare(&rule, left, right).unwrap().weight, pair.weight);
        let (question, kept) = (with.question(&rule, left).unwrap(), with.index_entry(right));
        let meeting = question.meeting();
        assert!(meeting.keys.iter().any(|(key, _)| kept.keys.iter().any(|(_, k)| k == key)));
    }
}

#[test]
fn two_tables_look_twice_too() {
    let (with, account, rule) = matching(WITH);
    let rows = records(&account, ROWS);
    let (left, right) = ([rows[0].clone(), rows[4].clone()], [rows[1].clone(), rows[5].clone()]);
    let link = with.link(&rule, &left, &right, None).unwrap();
    assert_eq!(link.pairs.iter().map(|p| (p.left, p.right)).collect::<Vec<_>>(), [(0, 0), (1, 1)]);
    // Alone, the key is one like any other: nobody has found anybody yet.
    let (alone, ..) = matching("[[name.minhash]]");
    let link = alone.link(&rule, &left, &right, None).unwrap();
    assert_eq!(link.pairs.iter().map(|p| (p.left, p.right)).collect::<Vec<_>>(), [(0, 0), (1, 1)]);
}

#[test]
fn blocks_of_the_second_look_are_bounded() {
    let (with, account, rule) = matching("[[phone], [name.minhash]]");
    let (without, ..) = matching("[[phone]]");
    // Names that are alike by hundreds and no two the same, and rows that are the same altogether.
    let names: Vec<String> =
        (0..600).map(|n| format!("Northern Continental Steelworks {}{}", n % 26, n / 26)).collect();
    let rows: Vec<[&str; 3]> = names.iter().map(|name| [name.as_str(), "", ""]).collect();
    let found = with.batch(&rule, &records(&account, &rows), None).unwrap();
    // A block of up to 50 is compared pair by pair, and a row is in eight of them.
    assert!(found.compared > 0 && found.compared <= 600 * 8 * 50 / 2, "{}", found.compared);
    assert!(found.oversized.iter().any(|block| block.key == "name.minhash" && block.not_compared > 0));

    let equal: Vec<[&str; 3]> =
        (0..300).map(|_| ["Brandenstone Hillmarkers", "", "12 Oakwood Street"]).collect();
    let equal = records(&account, &equal);
    let found = with.batch(&rule, &equal, None).unwrap();
    assert_eq!(found.duplicates(), 299);
    assert_eq!(without.batch(&rule, &equal, None).unwrap().duplicates(), 0);
}
