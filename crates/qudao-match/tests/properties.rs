//! What holds for all tables.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use std::collections::{BTreeMap, BTreeSet};

use common::{account, compile, rule, uscc};
use proptest::prelude::*;
use proptest::sample::select;
use qudao_match::{Columns, Dedupe, IndexEntry, MatchModel, Matching};
use qudao_model::{FieldName, Record};

/// Small pools, so that values meet.
fn row() -> impl Strategy<Value = [String; 6]> {
    let names = select(vec![
        "",
        "华为技术有限公司",
        "華為技術有限公司",
        "华为",
        "华为技术有限公司北京分公司",
        "深圳市华为技术有限公司",
        "沈阳新星科技有限公司",
        "沈阳新星服饰有限公司",
        "Acme Inc.",
        "ACME, Incorporated",
        "Acme Trading Ltd",
        "Silverline Solutions",
        "Silverline Systems",
        "Swaniawski Ltd",
        "Swaniawskx Ltd",
        "N/A",
    ]);
    let phones =
        select(vec!["", "0755-28780808", "+86 755 2878 0808", "28780808", "024-23456789", "010-65529988"]);
    let emails =
        select(vec!["", "info@huawei.com", "sales@huawei.com", "Info@Huawei.com", "bob@gmail.com", "bad"]);
    let cities = select(vec!["", "深圳", "上海", "Shenzhen"]);
    let addresses = select(vec!["", "1 Main Street", "1 Main St", "2 Main St", "深圳市南山区科技园路1号"]);
    let taxes = select(vec![
        String::new(),
        String::new(),
        uscc("91440300708461136"),
        uscc("91110000802100433"),
        "91440300708461136X".to_owned(),
    ]);
    (names, phones, emails, cities, addresses, taxes)
        .prop_map(|(n, p, e, c, a, t)| [n.into(), p.into(), e.into(), c.into(), a.into(), t])
}

fn records(rows: &[[String; 6]]) -> Vec<Record> {
    let fields = ["name", "phone", "email", "city", "address", "tax_id"];
    rows.iter()
        .enumerate()
        .map(|(i, row)| {
            let values: Vec<(&str, &str)> =
                fields.iter().copied().zip(row.iter().map(String::as_str)).collect();
            account(&format!("r{i:03}"), &values)
        })
        .collect()
}

fn matching() -> Matching {
    compile(common::RULES).unwrap()
}

/// Candidates as a store finds them: records that share a key.
fn candidates(matching: &Matching, records: &[Record], of: &Record) -> Vec<Record> {
    let own: BTreeSet<_> = matching.keys(&rule(), of).unwrap().into_iter().collect();
    records
        .iter()
        .filter(|r| matching.keys(&rule(), r).unwrap().iter().any(|k| own.contains(k)))
        .cloned()
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn comparison_is_symmetric(rows in proptest::collection::vec(row(), 2)) {
        let matching = matching();
        let records = records(&rows);
        let one = matching.compare(&rule(), &records[0], &records[1]).unwrap();
        let two = matching.compare(&rule(), &records[1], &records[0]).unwrap();
        prop_assert_eq!(one.weight, two.weight);
        prop_assert_eq!(one.probability, two.probability);
        prop_assert_eq!(&one.veto, &two.veto);
        prop_assert_eq!(one.related, two.related);
        let levels = |s: &qudao_match::PairScore| s.evidence.iter().map(|e| e.level.clone()).collect::<Vec<_>>();
        prop_assert_eq!(levels(&one), levels(&two));
        // The last running total is the weight.
        let last = one.evidence.last().unwrap().total;
        prop_assert_eq!(last, qudao_model::Decimal::new(one.weight, 3));
    }

    #[test]
    fn a_record_equals_itself_wherever_it_says_something(row in row()) {
        let records = records(&[row.clone(), row]);
        let score = matching().compare(&rule(), &records[0], &records[1]).unwrap();
        prop_assert!(score.evidence.iter().all(|e| e.level == "exact" || e.level == "missing"), "{:?}", score);
        prop_assert!(score.may_merge());
    }

    #[test]
    fn batch_and_online_agree(rows in proptest::collection::vec(row(), 2..14)) {
        let matching = matching();
        let records = records(&rows);
        let batch = matching.batch(&rule(), &records, None).unwrap();
        prop_assert!(batch.oversized.is_empty());
        let mut online = BTreeSet::new();
        let mut related = BTreeSet::new();
        for (i, record) in records.iter().enumerate() {
            let near = candidates(&matching, &records, record);
            let position = |m: &qudao_match::Match| records.iter().position(|r| *r.id() == m.record.id).unwrap();
            for m in matching.find(&rule(), record, &near).unwrap() {
                let j = position(&m);
                online.insert((i.min(j), i.max(j), m.probability, m.weight));
            }
            for m in matching.find_related(&rule(), record, &near).unwrap() {
                let j = position(&m);
                related.insert((i.min(j), i.max(j), m.probability, m.weight));
            }
        }
        let of = |pairs: &[qudao_match::Pair]| -> BTreeSet<_> {
            pairs.iter().map(|p| (p.left as usize, p.right as usize, p.probability, p.weight)).collect()
        };
        prop_assert_eq!(of(&batch.pairs), online);
        prop_assert_eq!(of(&batch.related), related);
        // And a pair's explanation gives the same number.
        for p in &batch.pairs {
            let score = matching.compare(&rule(), &records[p.left as usize], &records[p.right as usize]).unwrap();
            prop_assert_eq!((score.probability, score.weight), (p.probability, p.weight));
        }
    }

    /// What an index keeps tells the candidates that are no answer, and no others.
    #[test]
    fn answers_from_an_index_are_those_from_the_records(rows in proptest::collection::vec(row(), 2..14)) {
        let matching = matching();
        let records = records(&rows);
        let options = Dedupe { learn: true, threshold: Some("0.5".parse().unwrap()), ..Dedupe::default() };
        let learned = matching.with_model(&matching.dedupe(&rule(), &records, &options).unwrap().model.unwrap()).unwrap();
        let kept: Vec<IndexEntry> = records.iter().map(|r| matching.index_entry(r)).collect();
        for matching in [&matching, &learned] {
            for record in &records {
                let mut question = matching.question(&rule(), record).unwrap();
                let told: BTreeSet<String> = records
                    .iter()
                    .zip(&kept)
                    .filter(|(r, kept)| {
                        let matches = question.may_match(&kept.features);
                        // Sketches leave open what the features tell.
                        assert!(question.may_reach(&kept.sketches) || !matches, "{r:?} {record:?}");
                        r.id() != record.id() && matches
                    })
                    .map(|(r, _)| r.id().to_string())
                    .collect();
                let found = matching.find(&rule(), record, &records).unwrap();
                let found: BTreeSet<String> = found.iter().map(|m| m.record.id.to_string()).collect();
                prop_assert_eq!(told, found);
            }
        }
        // What another rule kept, or what is damaged, leaves it open.
        let other = compile(&common::RULES.replace("phone: phone", "phone: exact")).unwrap();
        prop_assert!(other.question(&rule(), &records[0]).unwrap().may_match(&kept[1].features));
        prop_assert!(other.question(&rule(), &records[0]).unwrap().may_reach(&kept[1].sketches));
        let mut question = matching.question(&rule(), &records[0]).unwrap();
        prop_assert!(question.may_match(&kept[1].features[..kept[1].features.len() - 1]) && question.may_match(&[]));
        prop_assert!(question.may_reach(&kept[1].sketches[..kept[1].sketches.len() - 1]) && question.may_reach(&[]));
    }

    #[test]
    fn a_learned_model_answers_alike_in_a_batch_and_for_one_pair(rows in proptest::collection::vec(row(), 12..40)) {
        let matching = matching();
        let records = records(&rows);
        let options = Dedupe { learn: true, threshold: Some("0.5".parse().unwrap()), ..Dedupe::default() };
        let found = matching.dedupe(&rule(), &records, &options).unwrap();
        let model = found.model.unwrap();
        // Kept and read again it is the same.
        let model = MatchModel::from_json(&model.to_json()).unwrap();
        let learned = matching.with_model(&model).unwrap();
        for p in &found.batch.pairs {
            let score = learned.compare(&rule(), &records[p.left as usize], &records[p.right as usize]).unwrap();
            prop_assert_eq!((score.probability, score.weight), (p.probability, p.weight), "{:?}", score);
            prop_assert_eq!(score.evidence.last().unwrap().total, qudao_model::Decimal::new(score.weight, 3));
        }
        let again = learned.batch(&rule(), &records, options.threshold).unwrap();
        prop_assert_eq!(&again, &found.batch);
        // Nor do threads matter, or whether the table comes as records or as texts.
        for threads in [1, 2, 8] {
            let other = Dedupe { threads: Some(threads), ..options.clone() };
            prop_assert_eq!(&matching.dedupe(&rule(), &records, &other).unwrap().batch, &found.batch);
        }
        let fields = ["name", "phone", "email", "city", "address", "tax_id"];
        let mut columns = Columns::new(fields.map(|f| FieldName::new(f).unwrap()).to_vec());
        rows.iter().for_each(|row| columns.push(row).unwrap());
        prop_assert_eq!(&matching.dedupe_columns(&rule(), columns, &options).unwrap().batch, &found.batch);
    }

    #[test]
    fn names_in_each_others_place_say_the_same_on_every_way(
        rows in proptest::collection::vec((0_usize..5, 0_usize..5, any::<bool>(), 0_usize..4, 0_usize..3), 2..24),
    ) {
        let (given, family) = (["anna", "peter", "elizabeth", "elizbeth", ""], ["smith", "stephenson", "stephnson", "anna", ""]);
        let (birth, street) = (["1912-11-19", "1943-08-07", "1943-08-17", ""], ["5 hallen close", "5 halen close", "12 groom street"]);
        let names = ["given_name", "surname", "date_of_birth", "address"];
        let cells: Vec<[&str; 4]> = rows
            .iter()
            .map(|(g, f, exchanged, b, s)| {
                let (one, two) = if *exchanged { (family[*f], given[*g]) } else { (given[*g], family[*f]) };
                [one, two, birth[*b], street[*s]]
            })
            .collect();
        let columns: Vec<Vec<&str>> = (0..4).map(|at| cells.iter().map(|row| row[at]).collect()).collect();
        let named: Vec<(&str, &[&str])> = names.iter().copied().zip(columns.iter().map(Vec::as_slice)).collect();
        let guessed = qudao_match::guess_rule(&named).compile().unwrap();
        let object = guessed.schema.object(guessed.object.as_str()).unwrap();
        let records: Vec<Record> = cells
            .iter()
            .enumerate()
            .map(|(at, row)| {
                let id = qudao_model::RecordId::new(format!("r{at:02}")).unwrap();
                names.iter().zip(row).fold(Record::new(object.clone(), id), |record, (name, value)| {
                    record.with(name, *value).unwrap()
                })
            })
            .collect();
        let options = Dedupe { threshold: Some("0".parse().unwrap()), ..Dedupe::default() };
        for pair in guessed.matching.dedupe(&guessed.rule, &records, &options).unwrap().batch.pairs {
            let (a, b) = (&records[pair.left as usize], &records[pair.right as usize]);
            let score = guessed.matching.compare(&guessed.rule, a, b).unwrap();
            prop_assert_eq!((score.weight, score.probability), (pair.weight, pair.probability), "{:?}", score);
            let back = guessed.matching.compare(&guessed.rule, b, a).unwrap();
            prop_assert_eq!(back.weight, pair.weight);
            let found = guessed.matching.find(&guessed.rule, a, std::slice::from_ref(b)).unwrap();
            prop_assert!(found.iter().all(|m| m.weight == pair.weight));
        }
    }

    #[test]
    fn the_order_of_rows_does_not_matter(
        rows in proptest::collection::vec(row(), 2..12),
        seed in proptest::collection::vec(any::<u32>(), 12),
    ) {
        let matching = matching();
        let straight = records(&rows);
        let mut order: Vec<usize> = (0..straight.len()).collect();
        order.sort_by_key(|i| seed[*i]);
        let shuffled: Vec<Record> = order.iter().map(|i| straight[*i].clone()).collect();
        let clusters = |records: &[Record]| -> BTreeSet<BTreeSet<String>> {
            let batch = matching.batch(&rule(), records, None).unwrap();
            let mut groups: BTreeMap<u32, BTreeSet<String>> = BTreeMap::new();
            for (record, cluster) in records.iter().zip(&batch.clusters) {
                groups.entry(*cluster).or_default().insert(record.id().to_string());
            }
            groups.into_values().collect()
        };
        prop_assert_eq!(clusters(&straight), clusters(&shuffled));
    }

    #[test]
    fn a_veto_is_never_bridged(rows in proptest::collection::vec(row(), 2..16)) {
        let matching = matching();
        let records = records(&rows);
        // Even with a threshold at which nearly everything is joined.
        let batch = matching.batch(&rule(), &records, Some("0.01".parse().unwrap())).unwrap();
        for i in 0..records.len() {
            for j in i + 1..records.len() {
                if batch.clusters[i] == batch.clusters[j] {
                    let score = matching.compare(&rule(), &records[i], &records[j]).unwrap();
                    prop_assert!(score.may_merge(), "{} and {}: {:?}", i, j, score);
                }
            }
        }
        // A cluster is named by its smallest row.
        for (row, cluster) in (0_u32..).zip(&batch.clusters) {
            prop_assert!(*cluster <= row && batch.clusters[*cluster as usize] == *cluster);
        }
    }

    #[test]
    fn a_hidden_field_tells_nothing(rows in proptest::collection::vec(row(), 2), other in row()) {
        // Whatever stands in the hidden fields, the answer is the same.
        let matching = matching();
        let hidden: BTreeSet<_> = ["phone", "tax_id", "name"].map(|f| qudao_model::FieldName::new(f).unwrap()).into();
        let mut changed = rows.clone();
        for field in [0, 1, 5] {
            changed[1][field] = other[field].clone();
        }
        let of = |rows: &[[String; 6]]| {
            let r = records(rows);
            matching.compare_masked(&rule(), &r[0], &r[1], &hidden).unwrap()
        };
        prop_assert_eq!(of(&rows), of(&changed));
    }

    #[test]
    fn any_text_goes_through(texts in proptest::collection::vec("\\PC{0,40}", 6), other in proptest::collection::vec("\\PC{0,40}", 6)) {
        let matching = matching();
        let row = |t: &[String]| -> [String; 6] { std::array::from_fn(|i| t[i].clone()) };
        let records = records(&[row(&texts), row(&other)]);
        let one = matching.compare(&rule(), &records[0], &records[1]).unwrap();
        let two = matching.compare(&rule(), &records[1], &records[0]).unwrap();
        prop_assert_eq!(one.weight, two.weight);
        matching.batch(&rule(), &records, None).unwrap();
    }
}

#[test]
fn a_third_record_without_a_tax_id_bridges_nothing() {
    let (one, two) = (uscc("91440300708461136"), uscc("91110000802100433"));
    let name = ("name", "华为技术有限公司");
    let records = [
        account("a", &[name, ("tax_id", &one), ("phone", "0755-28780808")]),
        account("b", &[name, ("phone", "0755-28780808")]),
        account("c", &[name, ("tax_id", &two), ("phone", "0755-28780808")]),
    ];
    let batch = matching().batch(&rule(), &records, None).unwrap();
    // Both pairs with the middle record are found, but only one of them joins.
    assert_eq!(batch.pairs.len(), 2);
    assert_eq!(batch.clusters, [0, 0, 2]);
    assert_eq!(batch.duplicates(), 1);
}

#[test]
fn a_chain_does_not_run_on() {
    // Each is a little like the next; the ends have nothing in common.
    let records = [
        account(
            "a",
            &[("name", "Swaniawski Ltd"), ("phone", "0755-28780808"), ("email", "a@swaniawski.com")],
        ),
        account("b", &[("name", "Swaniawski Ltd"), ("phone", "010-65529988"), ("email", "zenith@zenith.cn")]),
        account("c", &[("name", "Zenith Corp"), ("phone", "010-65529988"), ("email", "zenith@zenith.cn")]),
        account("d", &[("name", "Zenith Corp"), ("phone", "021-61234567"), ("email", "x@other.cn")]),
    ];
    let batch = matching().batch(&rule(), &records, Some("0.4".parse().unwrap())).unwrap();
    assert_eq!(batch.pairs.len(), 3);
    assert_eq!(batch.clusters, [0, 1, 1, 3], "{batch:#?}");
}

#[test]
fn a_block_that_is_too_large_is_cut_and_what_is_left_is_reported() {
    let rules = "
matching:
  account.same:
    block: [[city]]
    compare: {name: company_name, phone: phone}
    max_block: 10
";
    let matching = compile(rules).unwrap();
    // 40 rows of one city: 10 pairs with one phone, the rest without anything to cut by but a unique name.
    let records: Vec<Record> = (0..40)
        .map(|i| {
            let phone = if i < 20 { format!("0755-2878{:04}", 1000 + i / 2) } else { String::new() };
            account(
                &format!("r{i:02}"),
                &[("city", "深圳"), ("phone", &phone), ("name", &format!("Company{i} Ltd"))],
            )
        })
        .collect();
    let batch = matching.batch(&rule(), &records, Some("0".parse().unwrap())).unwrap();
    assert_eq!(batch.compared, 10);
    assert_eq!(batch.oversized.len(), 1);
    let block = &batch.oversized[0];
    assert_eq!((block.key.as_str(), block.rows, block.not_compared), ("city", 40, 40 * 39 / 2 - 10));
    assert_eq!(block.cut_by, ["phone"]);
}

#[test]
fn a_table_of_equal_rows_is_one_cluster_in_bounded_time() {
    let records: Vec<Record> = (0..3000)
        .map(|i| {
            account(
                &format!("r{i:04}"),
                &[("name", "Swaniawski Ltd"), ("phone", "0755-28780808"), ("city", "深圳")],
            )
        })
        .collect();
    let batch = matching().batch(&rule(), &records, None).unwrap();
    // The first stands for all, so nothing is left out.
    assert_eq!((batch.compared, batch.pairs.len(), batch.oversized.len()), (2999, 2999, 0));
    assert!(batch.pairs.iter().zip(1..).all(|(pair, row)| (pair.left, pair.right) == (0, row)));
    assert!(batch.clusters.iter().all(|c| *c == 0));
}

#[test]
fn nothing_to_learn_from_is_no_trouble() {
    let options = Dedupe { learn: true, ..Dedupe::default() };
    let empty = matching().dedupe(&rule(), &[], &options).unwrap();
    assert_eq!((empty.batch.pairs.len(), empty.batch.clusters.len()), (0, 0));
    let blank: Vec<Record> = (0..200).map(|i| account(&format!("r{i:03}"), &[])).collect();
    let found = matching().dedupe(&rule(), &blank, &options).unwrap();
    assert_eq!(found.batch.duplicates(), 0);
    let model = found.model.unwrap();
    assert!(matching().with_model(&model).is_ok());
    let mut other = model.clone();
    other.fields[0].comparator = qudao_match::Comparator::Date;
    assert_eq!(matching().with_model(&other).unwrap_err().code(), "matching.bad_model");
    assert_eq!(MatchModel::from_json("{}").unwrap_err().code(), "matching.bad_model");
    // What is one only because many cells are.
    let long = "漢字 word ".repeat(100_000);
    let long: Vec<Record> =
        (0..3).map(|i| account(&format!("l{i}"), &[("name", &long), ("address", &long)])).collect();
    assert_eq!(matching().dedupe(&rule(), &long, &options).unwrap().batch.clusters, [0, 0, 0]);
}

#[test]
fn two_tables_are_linked_across_only() {
    let left = [account("a", &[("name", "Acme Inc."), ("email", "info@acme.com")])];
    let right = [
        account("x", &[("name", "Zenith"), ("email", "info@zenith.com")]),
        account("y", &[("name", "ACME, Incorporated"), ("email", "info@acme.com")]),
        account("z", &[("name", "Acme, Inc"), ("email", "info@acme.com")]),
    ];
    let link = matching().link(&rule(), &left, &right, None).unwrap();
    let pairs: Vec<_> = link.pairs.iter().map(|p| (p.left, p.right)).collect();
    assert_eq!(pairs, [(0, 1), (0, 2)]);
    assert_eq!(link.compared, 2);
}

#[test]
fn misuse_is_an_error() {
    let matching = matching();
    let other = qudao_model::RuleId::new("no.such").unwrap();
    let a = account("a", &[]);
    assert_eq!(matching.keys(&other, &a).unwrap_err().code(), "matching.unknown_rule");
    let lead = common::record(&common::schema(), "lead", "l", &[]);
    assert_eq!(matching.compare(&rule(), &a, &lead).unwrap_err().code(), "matching.wrong_object");
    let bad = Some("1.5".parse().unwrap());
    assert_eq!(matching.batch(&rule(), &[a], bad).unwrap_err().code(), "matching.bad_threshold");
}

#[test]
fn exchanged_names_agree() {
    let rows = [["Elizabeth", "Stephenson"], ["Stephenson", "Elizbeth"], ["Ruby", "Elizabeth"]];
    let columns: Vec<Vec<&str>> = (0..2).map(|at| rows.iter().map(|row| row[at]).collect()).collect();
    let guessed =
        qudao_match::guess_rule(&[("given name", columns[0].as_slice()), ("surname", columns[1].as_slice())])
            .compile()
            .unwrap();
    let object = guessed.schema.object(guessed.object.as_str()).unwrap();
    let record = |at: usize| {
        let id = qudao_model::RecordId::new(format!("r{at}")).unwrap();
        let [given, family] = rows[at];
        Record::new(object.clone(), id).with("given_name", given).unwrap().with("surname", family).unwrap()
    };
    let levels = |a: usize, b: usize| -> Vec<String> {
        let score = guessed.matching.compare(&guessed.rule, &record(a), &record(b)).unwrap();
        score.evidence.into_iter().map(|e| e.level).collect()
    };
    assert_eq!(levels(0, 1), ["high", "high"]);
    // One of them alone is somebody else.
    assert_eq!(levels(0, 2), ["different", "different"]);
}
