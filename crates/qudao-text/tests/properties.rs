//! Every normaliser: never panics, answers at once, and changes nothing the second time.

use proptest::prelude::*;
use qudao_text::*;

/// Arbitrary Unicode, and texts made of the pieces the normalisers look for.
fn texts() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("有限公司"),
        Just("股份"),
        Just("集团"),
        Just("深圳"),
        Just("深圳市"),
        Just("上海"),
        Just("北京市"),
        Just("中国"),
        Just("科技"),
        Just("华为"),
        Just("華為"),
        Just("技術"),
        Just("分公司"),
        Just("（"),
        Just("）"),
        Just("("),
        Just(")"),
        Just(" "),
        Just("　"),
        Just("株式会社"),
        Just("Ltd"),
        Just("Co."),
        Just("Inc"),
        Just("GmbH"),
        Just("& "),
        Just("Group"),
        Just("China"),
        Just("Tech"),
        Just("Acme"),
        Just("the "),
        Just("Shenzhen "),
        Just("of "),
        Just("Branch"),
        Just("乾"),
        Just("隆"),
        Just("İ"),
        Just("ß"),
        Just("Σ"),
        Just("é"),
        Just("e\u{301}"),
        Just("１"),
        Just("2024"),
        Just("-"),
        Just("/"),
        Just("."),
        Just(","),
        Just(":"),
        Just("年"),
        Just("月"),
        Just("日"),
        Just("T"),
        Just("Z"),
        Just("12"),
        Just("3"),
        Just("05"),
        Just("+"),
        Just("86"),
        Just("138"),
        Just("0013"),
        Just("8000"),
        Just("010"),
        Just("0"),
        Just("转"),
        Just("@"),
        Just("example.com"),
        Just("www."),
        Just("http://"),
        Just("a"),
        Just("'"),
        Just("="),
        Just("\t"),
        Just("\u{200b}"),
        Just("\u{feff}"),
        Just("万"),
        Just("%"),
        Just("¥"),
        Just("k"),
        Just("e"),
        Just("欧阳"),
        Just("张"),
        Just("·"),
        Just("Mr. "),
        Just("van "),
        Just("Jr"),
        Just("市"),
        Just("南山区"),
        Just("路"),
        Just("주식회사"),
        Just("김"),
        Just("カ"),
        Just("ｶﾞ"),
        Just("ﷺ"),
        Just("\u{0f71}\u{0f72}"),
        Just("《"),
        Just("下午"),
        Just("亿"),
        Just("千"),
        Just("一百"),
        Just("元"),
        Just("角"),
        Just("整"),
        Just("令和"),
        Just("民国"),
        Just("星期二"),
        Just("mars "),
        Just("朝阳区"),
        Just("广东省"),
        Just("518057"),
        Just("地址："),
        Just("网址："),
        Just("mailto:"),
        Just("%40"),
        Just("\\"),
        Just("<"),
        Just(">"),
        Just("\""),
        Just("P.O. Box "),
        Just("Fifth "),
        Just("straße"),
        Just("•"),
    ];
    prop_oneof![
        2 => any::<String>(),
        1 => "\\PC{0,40}",
        5 => proptest::collection::vec(piece, 0..12).prop_map(|p| p.concat()),
    ]
}

fn stable<T: PartialEq + std::fmt::Debug>(
    input: &str,
    f: impl Fn(&str) -> Result<Normalised, T>,
) -> Result<(), TestCaseError> {
    if let Ok(once) = f(input) {
        prop_assert_eq!(once.changed, once.value != input);
        prop_assert_eq!(once.notes.is_empty(), !once.changed);
        match f(&once.value) {
            Ok(twice) => prop_assert_eq!(&twice.value, &once.value),
            Err(e) => prop_assert!(false, "{:?} is refused the second time: {:?}", once.value, e),
        }
    }
    Ok(())
}

fn text_stable(input: &str, f: impl Fn(&str) -> String) -> Result<(), TestCaseError> {
    let once = f(input);
    prop_assert_eq!(f(&once), once);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn folding_is_idempotent(s in texts()) {
        text_stable(&s, fold)?;
        text_stable(&s, fold_key)?;
        text_stable(&s, |s| normalise_text(s).value)?;
        let folded = fold(&s);
        prop_assert_eq!(folded.trim(), folded.as_str());
    }

    #[test]
    fn names_are_idempotent(s in texts()) {
        text_stable(&s, company_key)?;
        text_stable(&s, person_key)?;
        text_stable(&s, |s| normalise_company(s).value)?;
        text_stable(&s, |s| normalise_address(s).value)?;
        for normalise in [normalise_company, normalise_person, normalise_address, complete_address, normalise_text] {
            stable::<NormaliseIssue>(&s, |s| Ok(normalise(s)))?;
        }
        let company = parse_company(&s);
        prop_assert_eq!(company.core.is_empty(), company.folded.is_empty());
        let _ = (parse_person(&s), parse_address(&s), is_transposed(&s, "a b"));
    }

    #[test]
    fn values_are_idempotent(s in texts()) {
        stable(&s, |s| normalise_phone(s, "CN"))?;
        stable(&s, |s| normalise_phone(s, "US"))?;
        stable(&s, normalise_email)?;
        stable(&s, normalise_url)?;
        stable(&s, normalise_domain)?;
        stable(&s, normalise_uscc)?;
        for options in [DateOptions::default(), DateOptions::order(DateOrder::Dmy), DateOptions::order(DateOrder::Ymd)] {
            stable(&s, |s| normalise_date(s, &options))?;
        }
        stable(&s, |s| normalise_number(s, &NumberOptions::default()))?;
        stable(&s, |s| normalise_number(s, &NumberOptions { decimal_comma: true }))?;
        stable(&s, |s| normalise_date(s, &DateOptions { excel_serial: true, ..DateOptions::default() }))?;
        let _ = parse_date("2024-03-05", &DateOptions::formats([s.as_str()]));
        let _ = (is_placeholder(&s, PlaceholderList::standard()), is_missing(&s, PlaceholderList::standard()));
        let _ = (nearest(&s, ["technology", "项目型"], 3), check_character(&s));
    }

    #[test]
    fn defusing_can_be_undone(s in texts()) {
        let safe = defuse(&s);
        prop_assert_eq!(undefuse(&safe), s.as_str());
        // What comes out does not run: it is safe, or it starts with the apostrophe.
        let first = safe.chars().next();
        prop_assert!(!matches!(first, Some('=' | '@' | '\t' | '\r' | '\n')));
    }

    #[test]
    fn findings_repeat_no_input(s in "[0-9]{5,14}") {
        for issue in [parse_phone(&s, "CN").err(), parse_uscc(&s).err(), parse_email(&s).err()].into_iter().flatten() {
            prop_assert!(!issue.to_string().contains(&s));
        }
    }

    #[test]
    fn dates_read_back(days in 0_i64..2_900_000) {
        let date = chrono::NaiveDate::from_ymd_opt(1900, 1, 1).unwrap() + chrono::Duration::days(days % 109_000);
        let options = DateOptions::default();
        for format in ["%Y-%m-%d", "%Y/%-m/%-d", "%Y年%-m月%-d日", "%d-%b-%Y", "%B %-d, %Y", "%Y%m%d"] {
            let text = date.format(format).to_string();
            prop_assert_eq!(parse_date(&text, &options), Ok(date), "{}", text);
        }
        for (order, format) in [(DateOrder::Dmy, "%-d/%-m/%Y"), (DateOrder::Mdy, "%-m/%-d/%Y")] {
            prop_assert_eq!(parse_date(&date.format(format).to_string(), &DateOptions::order(order)), Ok(date));
        }
    }

    #[test]
    fn numbers_read_back(mantissa in any::<i64>(), scale in 0_u32..10) {
        let value = rust_decimal::Decimal::new(mantissa, scale);
        let read = parse_number(&value.to_string(), &NumberOptions::default()).map(|n| n.value);
        prop_assert_eq!(read, Ok(value));
    }
}

/// A field of a million characters is answered without delay, whatever the normaliser.
#[test]
fn a_million_characters() {
    let start = std::time::Instant::now();
    for unit in ["華", "=", "ｶﾞ"] {
        let s = unit.repeat(1_000_000 / unit.chars().count());
        let _ =
            (fold(&s), fold_key(&s), normalise_text(&s), company_key(&s), person_key(&s), parse_address(&s));
        let _ = (normalise_phone(&s, "CN"), normalise_email(&s), normalise_url(&s), normalise_uscc(&s));
        let _ = (parse_date(&s, &DateOptions::default()), parse_number(&s, &NumberOptions::default()));
        let _ = (normalise_person(&s), complete_address(&s), normalise_domain(&s));
        let _ = (
            is_missing(&s, PlaceholderList::standard()),
            nearest(&s, [s.as_str()], 1),
            normalise_company(&s),
        );
        let safe = defuse(&s);
        assert_eq!(undefuse(&safe), s);
        let _ = escape_html(&s);
    }
    assert!(start.elapsed().as_secs() < 120, "{:?}", start.elapsed());
}
