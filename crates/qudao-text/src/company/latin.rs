//! Company names in Latin letters.

use std::sync::OnceLock;

use rustc_hash::{FxHashMap, FxHashSet};

use super::han::note_region;
use super::words::{LATIN_BRANCH, LATIN_FORMS, LATIN_GENERIC, LATIN_GROUP, LATIN_PREFIX_FORMS};
use super::{CompanyName, place, trade};
use crate::fold::strip_accents;
use crate::list::{List, listed};
use crate::region::{self, Region};

/// Takes a folded name in Latin (or another alphabetic) script apart.
pub(super) fn parse(folded: &str) -> CompanyName {
    let mut name = CompanyName::default();
    // M/s, as India writes Messrs before a firm.
    let folded = folded.strip_prefix("m/s").filter(|rest| rest.starts_with([' ', '.'])).unwrap_or(folded);
    let plain = strip_accents(folded);
    let mut outside = String::with_capacity(plain.len());
    let behind = place::behind_dash(&plain).filter(|(head, tail)| is_complete(head) && is_plain_place(tail));
    let mut rest: &str = behind.map_or(&plain, |(head, _)| head);
    while let Some((before, after)) = rest.split_once('(') {
        outside.push_str(before);
        let Some((inner, tail)) = after.split_once(')') else {
            rest = after;
            continue;
        };
        let inner_words = spaced(inner);
        match region::by_latin_words(&words(&inner_words)) {
            Some(found) if !outside.trim().is_empty() || !tail.trim().is_empty() => {
                note_region(found, &mut name)
            }
            None if name.region.is_none() && place::state(inner.trim()).is_some() => {
                name.region = place::state(inner.trim());
            }
            _ => {
                outside.push(' ');
                outside.push_str(inner);
                outside.push(' ');
            }
        }
        rest = tail;
    }
    outside.push_str(rest);
    let outside = spaced(&outside);
    let mut words = words(&outside);
    if words.len() > 1 && words.first().is_some_and(|w| *w == "the") {
        words.remove(0);
    }
    take_branch(&mut words, &mut name);
    if let Some((_, tail)) = behind.filter(|_| name.branch.is_none()) {
        let said = spaced(tail);
        match region::by_latin_words(&self::words(&said)) {
            Some(found) => note_region(found, &mut name),
            None => name.region = name.region.or_else(|| Some(self::words(&said).join(" "))),
        }
    }
    take_forms(&mut words, &mut name);
    let full = words.clone();
    take_regions(&mut words, &mut name);
    // `Siemens Ltd., China`: the place stands behind the form.
    take_forms(&mut words, &mut name);
    take_industry(&mut words, &mut name);
    take_regions(&mut words, &mut name);
    if words.iter().all(|w| is_industry(w)) || is_region(&words) {
        // `China Telecom`, `Singapore Airlines`: place and trade are the name.
        words = full;
        name.industry = None;
    }
    for word in words {
        if !name.core.is_empty() {
            name.core.push(' ');
        }
        name.core.extend(word.chars().map(|c| if c == '-' { ' ' } else { c }));
    }
    name
}

/// Words without punctuation, parted by spaces. Dots inside abbreviations close up (`s.a.` is `sa`), `a/s` is `as`, `&` is `and`.
fn spaced(text: &str) -> String {
    if text.is_ascii() { spaced_of(text.as_bytes()) } else { spaced_of(&text.chars().collect::<Vec<char>>()) }
}

fn spaced_of<C: Copy + Into<char>>(chars: &[C]) -> String {
    let mut spaced = String::with_capacity(chars.len().saturating_add(8));
    for (i, c) in chars.iter().enumerate() {
        let c: char = (*c).into();
        let at = |k: Option<usize>| k.and_then(|k| chars.get(k)).map(|c| (*c).into());
        let before = at(i.checked_sub(1));
        let letter = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        match c {
            '\'' | '·' => {}
            '&' => spaced.push_str(" and "),
            '.' => {
                // A dot after a single letter belongs to an abbreviation.
                let two_before = at(i.checked_sub(2));
                if !letter(before) || letter(two_before) {
                    spaced.push(' ');
                }
            }
            '/' => {
                let single = letter(before)
                    && !letter(at(i.checked_sub(2)))
                    && letter(at(i.checked_add(1)))
                    && !letter(at(i.checked_add(2)));
                if !single {
                    spaced.push(' ');
                }
            }
            // A hyphen joins: `Y-Corporation` is no corporation named Y.
            '-' if letter(before) && letter(at(i.checked_add(1))) => spaced.push('-'),
            c if c.is_alphanumeric() => spaced.push(c),
            c if !c.is_ascii() && unicode_normalization::char::is_combining_mark(c) => spaced.push(c),
            _ => spaced.push(' '),
        }
    }
    spaced
}

fn words(spaced: &str) -> Vec<&str> {
    spaced.split_whitespace().collect()
}

/// Legal forms by their last word.
fn forms(last: &str) -> &'static [(&'static str, &'static str)] {
    type Forms = FxHashMap<&'static str, Vec<(&'static str, &'static str)>>;
    static FORMS: OnceLock<Forms> = OnceLock::new();
    let forms = FORMS.get_or_init(|| {
        let mut forms = Forms::default();
        for (form, canonical) in listed(List::LegalForms, LATIN_FORMS) {
            let last = form.rsplit(' ').next().unwrap_or_default();
            forms.entry(last).or_default().push((*form, *canonical));
        }
        forms
    });
    forms.get(last).map(Vec::as_slice).unwrap_or_default()
}

/// The longest legal form that the words end with, `and` between them looked through: position, canonical.
fn suffix_of(words: &[&str]) -> Option<(usize, &'static str)> {
    forms(words.last()?)
        .iter()
        .filter_map(|(form, canonical)| ends_with(words, form).map(|at| (at, *canonical)))
        .min_by_key(|(at, _)| *at)
}

/// Where the words of a phrase begin at the end of the words, if they end with it.
fn ends_with(words: &[&str], phrase: &str) -> Option<usize> {
    let mut at = words.len();
    for part in phrase.rsplit(' ') {
        let mut back = at.checked_sub(1)?;
        // `gmbh & co kg` is listed without the `and`.
        if words.get(back).is_some_and(|w| *w == "and") && part != "and" && at < words.len() {
            back = back.checked_sub(1)?;
        }
        if words.get(back).is_none_or(|w| *w != part) {
            return None;
        }
        at = back;
    }
    Some(at)
}

fn take_branch(words: &mut Vec<&str>, name: &mut CompanyName) {
    let Some(at) = listed(List::Branches, LATIN_BRANCH)
        .iter()
        .filter_map(|b| ends_with(words, b))
        .min()
        .filter(|at| *at > 0)
    else {
        return;
    };
    // The place before the word belongs to the branch.
    let mut start = at;
    for length in [2, 1] {
        if let Some(from) = at.checked_sub(length).filter(|f| *f > 0)
            && words.get(from..at).is_some_and(|w| region::by_latin_words(w).is_some())
        {
            start = from;
            break;
        }
    }
    name.branch = words.get(start..).map(|w| w.join(" "));
    words.truncate(start);
}

fn take_forms(words: &mut Vec<&str>, name: &mut CompanyName) {
    loop {
        let before = words.len();
        if let Some((at, canonical)) = suffix_of(words).filter(|(at, _)| *at > 0) {
            // The outermost form names the company: the `co` in `X & Co Ltd` is left out.
            name.legal_form.get_or_insert_with(|| canonical.to_owned());
            words.truncate(at);
            while words.len() > 1 && words.last().is_some_and(|w| matches!(*w, "and" | "und" | "et" | "y")) {
                words.pop();
            }
        }
        if words.len() > 1 && words.last().is_some_and(|w| listed(List::Groups, LATIN_GROUP).contains(w)) {
            name.group = true;
            words.pop();
        }
        if words.len() == before {
            break;
        }
    }
    for (form, canonical) in listed(List::LegalForms, LATIN_PREFIX_FORMS) {
        if words.first().is_none_or(|w| !form.starts_with(*w)) {
            continue;
        }
        let parts: Vec<&str> = form.split(' ').collect();
        if words.len() > parts.len() && words.iter().zip(&parts).all(|(w, p)| w == p) {
            name.legal_form.get_or_insert_with(|| (*canonical).to_owned());
            words.drain(..parts.len());
            break;
        }
    }
}

fn is_industry(word: &str) -> bool {
    trade::is_listed(word) || matches!(word, "and" | "of")
}

/// A name that ends with its legal form, its trade or a bracket needs nothing behind it: `Kraft - Heinz` does.
fn is_complete(head: &str) -> bool {
    let spaced = spaced(head);
    let words = words(&spaced);
    let ends = |word: &&str| trade::meant(word).is_some() || listed(List::Groups, LATIN_GROUP).contains(word);
    words.len() > 1 && (suffix_of(&words).is_some() || words.last().is_some_and(ends) || head.ends_with(')'))
}

/// What stands behind a dash is no part of the name: no legal form, no branch, no trade.
fn is_plain_place(tail: &str) -> bool {
    let tail = spaced(tail);
    let words = words(&tail);
    let trade = |word: &&str| trade::is_listed(word) || listed(List::Groups, LATIN_GROUP).contains(word);
    suffix_of(&words).is_none()
        && !words.iter().any(trade)
        && listed(List::Branches, LATIN_BRANCH).iter().all(|branch| ends_with(&words, branch).is_none())
}

/// Whether a word distinguishes nobody by itself.
fn is_weak(word: &str) -> bool {
    static GENERIC: OnceLock<FxHashSet<&str>> = OnceLock::new();
    is_industry(word)
        || GENERIC
            .get_or_init(|| listed(List::GenericNames, LATIN_GENERIC).iter().copied().collect())
            .contains(word)
}

fn is_region(words: &[&str]) -> bool {
    region::by_latin_words(words).is_some()
}

/// A place at the beginning or the end, when more than trade words remains.
fn take_regions(words: &mut Vec<&str>, name: &mut CompanyName) {
    let keeps = |rest: &[&str]| rest.iter().any(|w| !is_weak(w)) && !is_region(rest);
    loop {
        let before = words.len();
        for length in [2_usize, 1] {
            let found = |w: Option<&[&str]>| -> Option<&'static Region> {
                w.filter(|w| w.len() == length).and_then(region::by_latin_words)
            };
            if let Some(place) = found(words.get(..length.min(words.len())))
                && words.get(length..).is_some_and(keeps)
                && words.get(length).is_none_or(|w| !matches!(*w, "and" | "of"))
            {
                note_region(place, name);
                words.drain(..length);
                break;
            }
            let Some(from) = words.len().checked_sub(length) else { continue };
            // `Bank of China` is a name, `Siemens China` a place behind one.
            let joined = from.checked_sub(1).and_then(|i| words.get(i));
            if let Some(place) = found(words.get(from..))
                && words.get(..from).is_some_and(keeps)
                && joined.is_some_and(|w| !matches!(*w, "of" | "and" | "in" | "de" | "the"))
            {
                note_region(place, name);
                words.truncate(from);
                break;
            }
        }
        if words.len() == before {
            return;
        }
    }
}

fn take_industry(words: &mut Vec<&str>, name: &mut CompanyName) {
    let mut cut = words.len();
    let mut trade: Vec<&str> = Vec::new();
    while let Some(at) = cut.checked_sub(1).filter(|at| *at > 0)
        && let Some(word) = words.get(at)
        && let Some(meant) = if is_industry(word) { Some(*word) } else { trade::meant(word) }
    {
        trade.insert(0, meant);
        cut = at;
    }
    let rest = words.get(..cut).unwrap_or_default();
    if cut < words.len() && !is_region(rest) && rest.iter().any(|w| !is_weak(w)) {
        name.industry = Some(trade.join(" "));
        words.truncate(cut);
    }
}

/// For names of mixed script: a Latin legal form at the end.
pub(super) fn strip_form_after(text: &str) -> Option<(String, String)> {
    let (head, tail) = split_latin_tail(text)?;
    let tail = spaced(tail);
    let mut tail_words = words(&tail);
    let (at, canonical) = suffix_of(&tail_words)?;
    tail_words.truncate(at);
    let rest = format!("{head} {}", tail_words.join(" "));
    Some((rest.trim().to_owned(), canonical.to_owned()))
}

/// For names of mixed script: Latin trade words at the end.
pub(super) fn strip_industry_after(text: &str) -> Option<String> {
    let (head, tail) = split_latin_tail(text)?;
    let tail = spaced(tail);
    let tail_words = words(&tail);
    let all = !tail_words.is_empty() && tail_words.iter().all(|w| is_industry(w));
    (all && head.chars().filter(|c| c.is_alphanumeric()).count() >= 2).then(|| head.trim_end().to_owned())
}

/// A Chinese head and a Latin tail.
fn split_latin_tail(text: &str) -> Option<(&str, &str)> {
    let at = text.char_indices().rev().take_while(|(_, c)| c.is_ascii()).last().map(|(i, _)| i)?;
    text.split_at_checked(at).filter(|(head, tail)| !head.is_empty() && !tail.is_empty())
}
