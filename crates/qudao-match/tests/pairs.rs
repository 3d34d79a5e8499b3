//! Labelled pairs of accounts: what a person would say, and what the rule says.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use common::{account, compile, rule, uscc};

/// What a person says about a pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Truth {
    /// The same.
    Same,
    /// A person should look.
    Look,
    /// Different.
    Other,
    /// A company and its branch.
    Related,
}
use Truth::{Look, Other, Related, Same};

type Fields = [(&'static str, &'static str)];

#[test]
fn what_a_person_would_say() {
    let matching = compile(common::RULES).unwrap();
    let cases: &[(&Fields, &Fields, Truth)] = &[
        // Script, width, brackets, legal form: one company.
        (&[("name", "華為技術有限公司")], &[("name", "华为技术有限公司")], Same),
        (&[("name", "华为（深圳）技术有限公司")], &[("name", "深圳市华为技术有限责任公司")], Same),
        (&[("name", "ＡＣＭＥ, Inc.")], &[("name", "Acme Incorporated")], Same),
        (
            &[("name", "Acme Trading (Shanghai) Co., Ltd.")],
            &[("name", "ACME TRADING (SHANGHAI) COMPANY LIMITED")],
            Same,
        ),
        // A short name needs something beside it.
        (
            &[("name", "华为"), ("phone", "0755-28780808")],
            &[("name", "华为技术有限公司"), ("phone", "(0755)28780808")],
            Same,
        ),
        (&[("name", "华为")], &[("name", "华为技术有限公司")], Other),
        // Other script, same phone and address.
        (
            &[("name", "Huawei Technologies"), ("phone", "+86 755 2878 0808"), ("email", "info@huawei.com")],
            &[("name", "华为技术有限公司"), ("phone", "0755-28780808"), ("email", "info@huawei.com")],
            Same,
        ),
        // Sister firms with one switchboard.
        (
            &[("name", "沈阳新星科技有限公司"), ("phone", "024-23456789")],
            &[("name", "沈阳新星服饰有限公司"), ("phone", "024-23456789")],
            Other,
        ),
        // ... and one address: what comes with the switchboard counts little.
        (
            &[("name", "Silverline Solutions Ltd"), ("phone", "024-23456789"), ("address", "1 Main Street")],
            &[("name", "Silverline Systems Ltd"), ("phone", "024-23456789"), ("address", "1 Main St")],
            Other,
        ),
        // A company that moved and kept its name.
        (
            &[("name", "Swaniawski Ltd"), ("phone", "024-23456789"), ("city", "沈阳")],
            &[("name", "Swaniawski Ltd"), ("phone", "010-65529988"), ("city", "北京")],
            Other,
        ),
        (
            &[("name", "Swaniawski Ltd"), ("phone", "024-23456789")],
            &[("name", "Swaniawski Ltd"), ("phone", "010-65529988")],
            Look,
        ),
        // Same name, other city: other companies.
        (
            &[("name", "北京新星科技有限公司"), ("phone", "010-65529988")],
            &[("name", "上海新星科技有限公司"), ("phone", "021-61234567")],
            Other,
        ),
        // Nothing but a city in common.
        (&[("name", "Acme"), ("city", "上海")], &[("name", "Zenith"), ("city", "上海")], Other),
        // Nothing to compare at all.
        (&[("name", "Acme")], &[("phone", "0755-28780808")], Other),
        // Placeholders are missing.
        (&[("name", "N/A"), ("phone", "无")], &[("name", "n/a"), ("phone", "无")], Other),
        // A company and its branch.
        (
            &[("name", "华为技术有限公司"), ("phone", "0755-28780808")],
            &[("name", "华为技术有限公司北京分公司"), ("phone", "0755-28780808")],
            Related,
        ),
        (
            &[("name", "华为技术有限公司上海分公司"), ("phone", "0755-28780808")],
            &[("name", "华为技术有限公司北京分公司"), ("phone", "0755-28780808")],
            Related,
        ),
        // A slip of the pen in the name, the rest agrees.
        (
            &[("name", "Swaniawski Ltd"), ("email", "info@swaniawski.com")],
            &[("name", "Swaniawskx Ltd"), ("email", "info@swaniawski.com")],
            Same,
        ),
    ];
    for (i, (left, right, truth)) in cases.iter().enumerate() {
        let (a, b) = (account("a", left), account("b", right));
        let score = matching.compare(&rule(), &a, &b).unwrap();
        let rule = matching.rule(&rule()).unwrap();
        let said = if score.related {
            Related
        } else if score.probability >= rule.match_threshold() {
            Same
        } else if score.probability >= rule.review_threshold() {
            Look
        } else {
            Other
        };
        assert_eq!(said, *truth, "case {i}: {left:?} | {right:?}: {score:#?}");
    }
}

#[test]
fn two_valid_tax_ids_forbid() {
    let matching = compile(common::RULES).unwrap();
    let (one, two) = (uscc("91440300708461136"), uscc("91110000802100433"));
    let same = [("name", "华为技术有限公司"), ("phone", "0755-28780808"), ("email", "info@huawei.com")];
    let with = |id: &str, tax: &str| account(id, &[&same[..], &[("tax_id", tax)]].concat());
    let score = matching.compare(&rule(), &with("a", &one), &with("b", &two)).unwrap();
    assert_eq!(score.veto.as_ref().map(|f| f.as_str()), Some("tax_id"));
    assert_eq!(score.probability, "0".parse().unwrap());
    assert!(!score.may_merge());
    // Also when nothing else is missing: neither online nor in a batch.
    assert_eq!(matching.find(&rule(), &with("a", &one), &[with("b", &two)]).unwrap(), []);
    assert_eq!(matching.batch(&rule(), &[with("a", &one), with("b", &two)], None).unwrap().pairs, []);
    // An invalid code forbids nothing.
    let invalid = format!("{}0", &two[..17]);
    assert_ne!(invalid, two);
    assert_eq!(matching.compare(&rule(), &with("a", &one), &with("b", &invalid)).unwrap().veto, None);
    // Spelled otherwise it is the same code.
    let spaced = one.to_lowercase();
    let score = matching.compare(&rule(), &with("a", &one), &with("b", &spaced)).unwrap();
    assert_eq!(score.veto, None);
    assert!(score.evidence.iter().any(|e| e.field == "tax_id" && e.level == "exact"), "{score:#?}");
}

#[test]
fn an_explanation_reads_well() {
    let matching = compile(common::RULES).unwrap();
    let a = account(
        "a",
        &[
            ("name", "華為（深圳）技術有限公司"),
            ("phone", "0755-28780808"),
            ("email", "info@huawei.com"),
            ("address", "深圳市龙岗区坂田华为基地1号"),
        ],
    );
    let b = account(
        "b",
        &[
            ("name", "深圳市华为技术有限责任公司"),
            ("phone", "+86 755 2878 0808"),
            ("email", "sales@huawei.com"),
            ("city", "深圳"),
        ],
    );
    let score = matching.compare(&rule(), &a, &b).unwrap();
    insta::assert_json_snapshot!(score);
    let hidden = std::collections::BTreeSet::from([qudao_model::FieldName::new("phone").unwrap()]);
    insta::assert_json_snapshot!("masked", matching.compare_masked(&rule(), &a, &b, &hidden).unwrap());
}

#[test]
fn a_branch_with_a_code_of_its_own_is_still_related() {
    let matching = compile(common::RULES).unwrap();
    let (one, two) = (uscc("91440300708461136"), uscc("91110000802100433"));
    let head = account("a", &[("name", "华为技术有限公司"), ("tax_id", &one)]);
    let branch = account("b", &[("name", "华为技术有限公司北京分公司"), ("tax_id", &two)]);
    let score = matching.compare(&rule(), &head, &branch).unwrap();
    assert!(score.related && score.veto.is_some() && !score.may_merge());
    assert_eq!(matching.find(&rule(), &head, std::slice::from_ref(&branch)).unwrap(), []);
    assert_eq!(matching.find_related(&rule(), &head, std::slice::from_ref(&branch)).unwrap().len(), 1);
    let batch = matching.batch(&rule(), &[head, branch], None).unwrap();
    assert_eq!((batch.pairs.len(), batch.related.len()), (0, 1));
    assert_eq!(batch.clusters, [0, 1]);
}
