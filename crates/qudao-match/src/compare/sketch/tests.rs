use super::*;
use crate::Comparator;
use crate::compare::compare;
use crate::feature::Feature;
use proptest::prelude::*;

fn check(comparator: Comparator, a: &str, b: &str) {
    let (x, y) = (Feature::of(comparator, a), Feature::of(comparator, b));
    let (x, y) = (x.form(), y.form());
    let said = compare(&x, &y);
    let kind = Kind::of(comparator);
    let whole = (sketch(&x), sketch(&y));
    let mut reduced = whole;
    kind.reduce(reduced.0.get_mut(..kind.words()).unwrap());
    kind.reduce(reduced.1.get_mut(..kind.words()).unwrap());
    for (p, q) in [whole, reduced] {
        let sets = || (CharSet::from_bits(p[1]), CharSet::from_bits(q[1]));
        let what = format!("{comparator} {a} | {b}: {said:?}");
        let said_first = bound(kind, p[0], q[0], sets);
        match outlined(kind, p, q, said_first) {
            Bound::Missing => assert_eq!(said.level, Level::Missing, "{what}"),
            Bound::Different(_) => assert!(said.level == Level::Different && !said.same_term, "{what}"),
            Bound::AtMost(level, term) => {
                assert!(said.level <= level && (term || !said.same_term), "{what} {level} {term}");
            }
        }
        if said.related {
            assert!(is_branch(p[0]) || is_branch(q[0]), "{what}");
        }
    }
}

#[test]
fn what_is_kept_is_read_as_written() {
    for comparator in Comparator::ALL {
        let kind = Kind::of(comparator);
        for text in WORDS {
            let feature = Feature::of(comparator, text);
            let sketch = sketch(&feature.form());
            let of_kind = sketch.get(..kind.words()).unwrap();
            let (mut bytes, mut read) = (Vec::new(), [0; 3]);
            kind.write(of_kind, &mut bytes);
            for end in 0..bytes.len() {
                let mut part = bytes.get(..end).unwrap();
                assert_eq!(kind.read(&mut part, &mut [0; 3]), None);
            }
            let mut from = bytes.as_slice();
            kind.read(&mut from, &mut read).unwrap();
            assert_eq!(
                (from, read.get(kind.words()..)),
                (&[][..], [0; 3].get(kind.words()..)),
                "{comparator}"
            );
            let mut again = Vec::new();
            kind.write(&read, &mut again);
            assert_eq!(again, bytes, "{comparator} {text}");
            if sketch[0] != 0 {
                // No bit that was not there, but for those of the set.
                assert_eq!(read[0] & !sketch[0], 0, "{comparator} {text}");
            }
        }
    }
}

const WORDS: &[&str] = &[
    "深圳",
    "上海市",
    "浦东新区",
    "华为",
    "新星",
    "科技",
    "技术",
    "服饰",
    "贸易",
    "有限公司",
    "北京分公司",
    "张伟",
    "王小明",
    "acme",
    "Acme",
    "robert",
    "allen",
    "Bob",
    "tech",
    "technologies",
    "mfg",
    "manufacturing",
    "Ltd",
    "Inc.",
    "Group",
    "12",
    "1号",
    "2号",
    "科技园路",
    "Main St",
    "St",
    "Suite 5",
    "310",
    "246-1501",
    "246-1510",
    "0755",
    "28780808",
    "li.lei",
    "@example.com",
    "@qq.com",
    "@example.cn",
    "sales",
    "1001",
    "91440300708461136T",
    "91110000802100433B",
    "x",
    "é",
];

fn phrase() -> impl Strategy<Value = String> {
    let word =
        prop_oneof![4 => prop::sample::select(WORDS).prop_map(str::to_owned), 1 => "[a-c0-9华新]{1,5}"];
    (prop::collection::vec(word, 1..5), prop::sample::select(&["", " "][..])).prop_map(|(w, by)| w.join(by))
}

/// One letter less, or twice.
fn slip(text: &str, at: usize, twice: bool) -> String {
    let mut chars: Vec<char> = text.chars().chain([' ']).collect();
    let at = at % chars.len();
    let letter = chars.remove(at);
    if twice {
        chars.splice(at..at, [letter, letter]);
    }
    chars.into_iter().collect()
}

#[test]
fn a_person_and_a_company_of_one_hash() {
    // The hashes of their terms are the same by chance.
    check(Comparator::CompanyName, "1贸易科技", "Group robert");
}

/// A name as people and companies bear it, of few letters, so that many are alike.
fn name() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        3 => "[a-d]{1,7}",
        2 => prop::sample::select(&["robert", "bob", "allen", "alan", "mary", "lee", "and", "sons"][..])
            .prop_map(str::to_owned),
        1 => prop::sample::select(&["Tech", "Technology", "Foods", "Mfg", "Manufacturing", "Mktg", "Marketing", "Media", "Svcs", "Services", "Trading", "Inc", "Group", "科技", "贸易", "有限公司"][..])
            .prop_map(str::to_owned),
        2 => "[张王李伟芳新星华]{1,3}",
    ];
    (prop::collection::vec(word, 1..5), prop::sample::select(&["", " ", " "][..]))
        .prop_map(|(w, by)| w.join(by))
}

/// What sketches with outlines say of two names.
fn told(a: &str, b: &str) -> Bound {
    let of = |text: &str| sketch(&Feature::of(Comparator::CompanyName, text).form());
    let (p, q) = (of(a), of(b));
    outlined(Kind::Company, p, q, bound(Kind::Company, p[0], q[0], Default::default))
}

#[test]
fn outlines_tell_names_apart() {
    for (a, b) in [
        ("Sanders & Associates", "McKinley Brothers"),
        ("Melissa Ruiz", "John Castillo"),
        ("Bluebridge Foods Inc", "Eagleline Foods Inc"),
        ("王诗嘉", "张伟涵"),
        ("合龙科技有限公司", "新星科技有限公司"),
    ] {
        assert!(matches!(told(a, b), Bound::Different(_)), "{a} | {b}: {:?}", told(a, b));
    }
    for (a, b, most) in [
        ("Michelle Johnson", "Christopher Johnson", Level::Low),
        ("Bluebridge Foods Inc", "Bluebridge Inc", Level::High),
        ("Bluebridge Foods Inc", "Bluebrigde Foods Inc", Level::High),
        ("International Business Machines", "IBM", Level::High),
    ] {
        assert!(
            matches!(told(a, b), Bound::AtMost(level, _) if level == most),
            "{a} | {b}: {:?}",
            told(a, b)
        );
    }
}

#[test]
fn texts_of_few_words_are_told_apart() {
    let told = |a: &str, b: &str| {
        let of = |text: &str| sketch(&Feature::of(Comparator::Text, text).form());
        let (p, q) = (of(a), of(b));
        bound(Kind::Text, p[0], q[0], || (CharSet::from_bits(p[1]), CharSet::from_bits(q[1])))
    };
    for (a, b) in [("Houston", "Dallas"), ("Chicago", "Phoenix"), ("San Antonio", "Phoenix")] {
        assert_eq!(told(a, b), Bound::Different(false), "{a} | {b}");
    }
    for (a, b) in
        [("Houston", "Huston"), ("Fort Worth", "Ft Worth"), ("Bel Air", "Belaire"), ("New York", "York")]
    {
        assert_eq!(told(a, b), Bound::AtMost(Level::High, false), "{a} | {b}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn outlines_say_nothing_else_than_the_names(a in name(), b in name(), at in 0..30_usize, twice: bool) {
        for comparator in [Comparator::CompanyName, Comparator::Text] {
            check(comparator, &a, &b);
            check(comparator, &a, &slip(&a, at, twice));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn sketches_say_nothing_else_than_the_values(a in phrase(), b in phrase(), at in 0..30_usize, twice: bool) {
        let near = slip(&a, at, twice);
        for comparator in Comparator::ALL {
            check(comparator, &a, &b);
            check(comparator, &a, &near);
            check(comparator, &a, &a);
        }
    }
}
