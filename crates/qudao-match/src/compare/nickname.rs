//! English nicknames in common use. Facts of the language, written by hand; 115 of the 129 pairs stand in the hand-made list of the
//! project nicknames (version 1.0.1, Apache-2.0) too. The others: Barb, Bert for Robert, Cat, Chas, Davy, Greta, Johnny for Jonathan,
//! Kat, Kate and Katie for Catherine, Katie for Katherine, Liam, Robbie, Xander.

use qudao_text::list::{List, listed};
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
pub(crate) fn full_names(name: &str) -> &'static [u16] {
    static INDEX: OnceLock<HashMap<&'static str, Vec<u16>>> = OnceLock::new();
    let index = INDEX.get_or_init(|| {
        let mut index: HashMap<&str, Vec<u16>> = HashMap::new();
        for (at, (full, short)) in (0_u16..).zip(listed(List::Nicknames, NAMES)) {
            std::iter::once(full).chain(*short).for_each(|name| index.entry(name).or_default().push(at));
        }
        index
    });
    index.get(name).map(Vec::as_slice).unwrap_or_default()
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
        let of_one_name = |a, b| full_names(a).iter().any(|full| full_names(b).contains(full));
        assert!(of_one_name("robert", "bob") && of_one_name("rob", "bobby"));
        assert!(!of_one_name("robert", "bill"));
        assert!(NAMES.is_sorted_by_key(|n| n.0));
    }
}
