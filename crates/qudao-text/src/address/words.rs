//! The words of an address in Latin letters, in their short forms.
//!
//! Source: USPS Publication 28, appendices B (directions), C1 (street suffixes) and C2 (secondary units), where a word has
//! several abbreviations the one that USPS prefers; the everyday abbreviations of French, Spanish, German and Dutch.

use crate::fold::fold_tokens;
use crate::list::{List, listed};

/// As written, as folded; sorted.
const SHORT: &[(&str, &str)] = &[
    ("alley", "aly"),
    ("apartment", "apt"),
    ("av", "ave"),
    ("avd", "ave"),
    ("avda", "ave"),
    ("aven", "ave"),
    ("avenida", "ave"),
    ("avenue", "ave"),
    ("avn", "ave"),
    ("bd", "blvd"),
    ("boul", "blvd"),
    ("boulevard", "blvd"),
    ("boulv", "blvd"),
    ("bridge", "brg"),
    ("building", "bldg"),
    ("bypass", "byp"),
    ("causeway", "cswy"),
    ("center", "ctr"),
    ("centre", "ctr"),
    ("circle", "cir"),
    ("corner", "cor"),
    ("court", "ct"),
    ("courtyard", "ctyd"),
    ("crescent", "cres"),
    ("crossing", "xing"),
    ("department", "dept"),
    ("drive", "dr"),
    ("drv", "dr"),
    ("east", "e"),
    ("eighth", "8th"),
    ("estate", "est"),
    ("estates", "ests"),
    ("expressway", "expy"),
    ("extension", "ext"),
    ("fifth", "5th"),
    ("first", "1st"),
    ("floor", "fl"),
    ("fourth", "4th"),
    ("freeway", "fwy"),
    ("garden", "gdn"),
    ("gardens", "gdns"),
    ("gateway", "gtwy"),
    ("grove", "grv"),
    ("hangar", "hngr"),
    ("hanger", "hngr"),
    ("harbor", "hbr"),
    ("harbour", "hbr"),
    ("heights", "hts"),
    ("highway", "hwy"),
    ("hill", "hl"),
    ("hills", "hls"),
    ("island", "is"),
    ("junction", "jct"),
    ("landing", "lndg"),
    ("lane", "ln"),
    ("manor", "mnr"),
    ("meadows", "mdws"),
    ("mount", "mt"),
    ("mountain", "mtn"),
    ("ninth", "9th"),
    ("north", "n"),
    ("northeast", "ne"),
    ("northwest", "nw"),
    ("number", "no"),
    ("office", "ofc"),
    ("parkway", "pkwy"),
    ("penthouse", "ph"),
    ("place", "pl"),
    ("platz", "pl"),
    ("plaza", "plz"),
    ("point", "pt"),
    ("port", "prt"),
    ("ridge", "rdg"),
    ("river", "riv"),
    ("road", "rd"),
    ("room", "rm"),
    ("route", "rte"),
    ("second", "2nd"),
    ("seventh", "7th"),
    ("sixth", "6th"),
    ("south", "s"),
    ("southeast", "se"),
    ("southwest", "sw"),
    ("space", "spc"),
    ("sqr", "sq"),
    ("square", "sq"),
    ("station", "sta"),
    ("str", "st"),
    ("straat", "st"),
    ("strasse", "st"),
    ("street", "st"),
    ("strt", "st"),
    ("suite", "ste"),
    ("tenth", "10th"),
    ("terrace", "ter"),
    ("third", "3rd"),
    ("trail", "trl"),
    ("trailer", "trlr"),
    ("turnpike", "tpke"),
    ("valley", "vly"),
    ("view", "vw"),
    ("village", "vlg"),
    ("vista", "vis"),
    ("west", "w"),
];

/// Several words for one.
const PHRASES: &[(&[&str], &[&str])] = &[
    (&["post", "office", "box"], &["po", "box"]),
    (&["p", "o", "box"], &["po", "box"]),
    (&["rural", "route"], &["rr"]),
    (&["pobox"], &["po", "box"]),
    (&["pob"], &["po", "box"]),
    (&["n", "w"], &["nw"]),
    (&["n", "e"], &["ne"]),
    (&["s", "w"], &["sw"]),
    (&["s", "e"], &["se"]),
];

/// Endings of German and Dutch street names: Hauptstraße, Kalverstraat, Goetheplatz.
const ENDINGS: &[(&str, &str)] = &[("strasse", "str"), ("straat", "str"), ("platz", "pl")];

pub(super) fn western(folded: &str) -> Vec<String> {
    let mut words = fold_tokens(folded);
    // C/ Mayor, as Spain writes it.
    if folded.starts_with("c/")
        && let Some(first) = words.first_mut().filter(|w| *w == "c")
    {
        "calle".clone_into(first);
    }
    let mut out: Vec<String> = Vec::with_capacity(words.len());
    let mut skip = 0_usize;
    for at in 0..words.len() {
        if skip > 0 {
            skip = skip.saturating_sub(1);
            continue;
        }
        let rest = words.get(at..).unwrap_or_default();
        if rest.first().is_some_and(|word| word.bytes().all(|byte| byte.is_ascii_digit())) {
            // No number is written short.
            out.extend(words.get_mut(at).map(std::mem::take));
            continue;
        }
        let first = rest.first().and_then(|word| word.bytes().next());
        let phrase = listed(List::AddressWords, PHRASES).iter().find(|(long, _)| {
            long.first().and_then(|word| word.bytes().next()) == first
                && rest.get(..long.len()).is_some_and(|head| head.iter().zip(*long).all(|(a, b)| a == b))
        });
        match phrase {
            Some((long, short)) => {
                out.extend(short.iter().map(|w| (*w).to_owned()));
                skip = long.len().saturating_sub(1);
            }
            None => out.extend(words.get_mut(at).map(std::mem::take).map(shortened)),
        }
    }
    out
}

fn shortened(word: String) -> String {
    let known = listed(List::AddressWords, SHORT)
        .binary_search_by_key(&word.as_str(), |(long, _)| long)
        .ok()
        .and_then(|i| listed(List::AddressWords, SHORT).get(i));
    if let Some((_, short)) = known {
        return (*short).to_owned();
    }
    let ending = listed(List::AddressWords, ENDINGS)
        .iter()
        .find_map(|(long, short)| Some((word.strip_suffix(long)?, short)));
    match ending.filter(|(stem, _)| stem.chars().count() >= 2) {
        Some((stem, short)) => format!("{stem}{short}"),
        None => word,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_forms_are_sorted_and_settled() {
        assert!(SHORT.is_sorted_by(|a, b| a.0 < b.0));
        for (long, short) in SHORT {
            assert_eq!(shortened((*long).to_owned()), *short);
            assert_eq!(shortened((*short).to_owned()), *short, "{long}");
        }
    }
}
