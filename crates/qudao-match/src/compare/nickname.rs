//! English nicknames in common use. Facts of the language, written by hand.

use std::collections::HashMap;
use std::sync::OnceLock;

/// Full names with their short forms.
const NAMES: &[(&str, &[&str])] = &[
    ("alexander", &["alex", "sandy", "xander"]),
    ("alexandra", &["alex", "sandra", "sandy"]),
    ("andrew", &["andy", "drew"]),
    ("anthony", &["tony"]),
    ("barbara", &["barb", "babs"]),
    ("benjamin", &["ben", "benny"]),
    ("catherine", &["cathy", "kate", "katie", "cat"]),
    ("charles", &["charlie", "chuck", "chas"]),
    ("christopher", &["chris", "kit"]),
    ("daniel", &["dan", "danny"]),
    ("david", &["dave", "davy"]),
    ("deborah", &["deb", "debbie"]),
    ("edward", &["ed", "eddie", "ted", "ned"]),
    ("elizabeth", &["liz", "beth", "betty", "eliza", "lisa", "betsy"]),
    ("eugene", &["gene"]),
    ("francis", &["frank", "fran"]),
    ("frederick", &["fred", "freddie"]),
    ("gerald", &["gerry", "jerry"]),
    ("gregory", &["greg"]),
    ("henry", &["harry", "hank"]),
    ("jacob", &["jake"]),
    ("james", &["jim", "jimmy", "jamie"]),
    ("jennifer", &["jen", "jenny"]),
    ("john", &["jack", "johnny", "jon"]),
    ("jonathan", &["jon", "johnny"]),
    ("joseph", &["joe", "joey"]),
    ("joshua", &["josh"]),
    ("katherine", &["kathy", "kate", "katie", "kat"]),
    ("kenneth", &["ken", "kenny"]),
    ("lawrence", &["larry"]),
    ("leonard", &["len", "leo", "lenny"]),
    ("margaret", &["maggie", "peggy", "meg", "greta", "madge"]),
    ("matthew", &["matt"]),
    ("michael", &["mike", "mick", "mickey"]),
    ("nicholas", &["nick", "nicky"]),
    ("patricia", &["pat", "patty", "trish"]),
    ("patrick", &["pat", "paddy"]),
    ("peter", &["pete"]),
    ("philip", &["phil", "pip"]),
    ("raymond", &["ray"]),
    ("rebecca", &["becky", "becca"]),
    ("richard", &["rick", "dick", "rich", "ricky"]),
    ("robert", &["bob", "rob", "bobby", "robbie", "bert"]),
    ("ronald", &["ron", "ronnie"]),
    ("samuel", &["sam", "sammy"]),
    ("stephen", &["steve"]),
    ("steven", &["steve"]),
    ("susan", &["sue", "susie"]),
    ("theodore", &["ted", "theo", "teddy"]),
    ("thomas", &["tom", "tommy"]),
    ("timothy", &["tim"]),
    ("victoria", &["vicky", "tori"]),
    ("vincent", &["vince"]),
    ("walter", &["walt", "wally"]),
    ("william", &["bill", "will", "billy", "liam", "willy"]),
    ("zachary", &["zach", "zack"]),
];

/// Which full names a name, long or short, stands for.
fn full_names(name: &str) -> &'static [usize] {
    static INDEX: OnceLock<HashMap<&'static str, Vec<usize>>> = OnceLock::new();
    let index = INDEX.get_or_init(|| {
        let mut index: HashMap<&str, Vec<usize>> = HashMap::new();
        for (at, (full, short)) in NAMES.iter().enumerate() {
            std::iter::once(full).chain(*short).for_each(|name| index.entry(name).or_default().push(at));
        }
        index
    });
    index.get(name).map(Vec::as_slice).unwrap_or_default()
}

/// One is a short form of the other, or both are of one name.
pub(crate) fn is_nickname(a: &str, b: &str) -> bool {
    a != b && full_names(a).iter().any(|full| full_names(b).contains(full))
}

/// A given name of the list, long or short.
pub(crate) fn is_known(name: &str) -> bool {
    !full_names(name).is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nicknames() {
        assert!(is_nickname("robert", "bob") && is_nickname("rob", "bobby"));
        assert!(!is_nickname("robert", "robert") && !is_nickname("robert", "bill"));
        assert!(NAMES.is_sorted_by_key(|n| n.0));
    }
}
