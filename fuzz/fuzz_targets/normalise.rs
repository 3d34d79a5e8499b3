//! Any text through one normaliser, which the first byte chooses. Never a panic, twice is once, and `changed` is the truth.
#![no_main]

use libfuzzer_sys::fuzz_target;
use qudao_text::*;

fuzz_target!(|data: &[u8]| {
    let Some((choice, bytes)) = data.split_first() else { return };
    let text = String::from_utf8_lossy(bytes);
    match choice % 20 {
        0 => refusing(&text, |s| normalise_phone(s, "CN")),
        1 => refusing(&text, |s| normalise_phone(s, "US")),
        2 => refusing(&text, |s| normalise_phone(s, "DE")),
        3 => refusing(&text, normalise_email),
        4 => refusing(&text, normalise_url),
        5 => refusing(&text, normalise_domain),
        6 => refusing(&text, |s| normalise_date(s, &DateOptions::default())),
        7 => refusing(&text, |s| normalise_date(s, &DateOptions::order(DateOrder::Dmy))),
        8 => refusing(&text, |s| normalise_date(s, &DateOptions::order(DateOrder::Ymd))),
        9 => {
            // What a day count says is an ISO date afterwards.
            let options = DateOptions { excel_serial: true, ..DateOptions::default() };
            refusing(&text, |s| normalise_date(s, &options));
        }
        10 => {
            if let Some((format, value)) = text.split_once('\n') {
                let _ = normalise_date(value, &DateOptions::formats([format]));
            }
        }
        11 => refusing(&text, |s| normalise_number(s, &NumberOptions { decimal_comma: false })),
        12 => refusing(&text, |s| normalise_number(s, &NumberOptions { decimal_comma: true })),
        13 => refusing(&text, normalise_uscc),
        14 => {
            always(&text, normalise_company);
            key(&text, company_key);
            let name = parse_company(&text);
            assert_eq!(name.core.is_empty(), name.folded.is_empty());
        }
        15 => {
            always(&text, normalise_person);
            key(&text, person_key);
            let name = parse_person(&text);
            let _ = (name.transposed(), name.initials(), name.sorted_key());
        }
        16 => {
            always(&text, complete_address);
            always(&text, normalise_address);
            let _ = parse_address(&text);
        }
        17 => {
            key(&text, fold);
            key(&text, fold_key);
            always(&text, normalise_text);
            let _ = fold_tokens(&text);
        }
        18 => {
            let list = PlaceholderList::standard();
            let _ = (is_missing(&text, list), is_placeholder(&text, list));
            let own = PlaceholderList::new(text.split('\n'));
            assert!(text.split('\n').filter(|w| !fold(w).is_empty()).all(|w| is_missing(w, &own)));
        }
        _ => {
            let safe = defuse(&text);
            assert_eq!(undefuse(&safe), text);
            let _ = (escape_html(&text), nearest(&text, ["technology", "项目型"], 3));
        }
    }
});

fn refusing(text: &str, normalise: impl Fn(&str) -> Result<Normalised, NormaliseIssue>) {
    let Ok(once) = normalise(text) else { return };
    assert_eq!(once.changed, once.value != text);
    assert_eq!(once.changed, !once.notes.is_empty());
    match normalise(&once.value) {
        Ok(twice) => assert_eq!(twice.value, once.value),
        Err(issue) => panic!("{:?} is refused the second time: {issue}", once.value),
    }
}

fn always(text: &str, normalise: impl Fn(&str) -> Normalised) {
    refusing(text, |s| Ok(normalise(s)));
}

fn key(text: &str, key: impl Fn(&str) -> String) {
    let once = key(text);
    assert_eq!(key(&once), once);
}
