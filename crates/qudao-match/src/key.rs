//! Keys under which records meet.

use qudao_model::ObjectSchema;

use crate::Comparator;
use crate::compare::address::AddressForm;
use crate::compare::quick::{hash, units};
use crate::compare::text::Word;
use crate::feature::Form;
use crate::minhash::Grams;

/// How many values of one key a record has at most.
pub(crate) const MAX_VALUES: usize = 64;
/// How many words of one field become keys.
const MAX_WORDS: usize = 12;

/// What of a field goes into a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum View {
    Whole,
    Core,
    Region,
    Industry,
    Tokens,
    Family,
    Given,
    User,
    Domain,
    Number,
    Postcode,
    City,
    Year,
    MinHash,
}

impl View {
    /// The names of the views, as a Blueprint writes them.
    pub(crate) const NAMES: [(&'static str, Self); 13] = [
        ("core", Self::Core),
        ("region", Self::Region),
        ("industry", Self::Industry),
        ("tokens", Self::Tokens),
        ("family", Self::Family),
        ("given", Self::Given),
        ("user", Self::User),
        ("domain", Self::Domain),
        ("number", Self::Number),
        ("postcode", Self::Postcode),
        ("city", Self::City),
        ("year", Self::Year),
        ("minhash", Self::MinHash),
    ];

    /// The comparator whose form holds the view, where the view alone tells.
    pub(crate) fn comparator(self) -> Option<Comparator> {
        match self {
            Self::Core | Self::Region | Self::Industry => Some(Comparator::CompanyName),
            Self::Family | Self::Given => Some(Comparator::PersonName),
            Self::User => Some(Comparator::Email),
            Self::Domain => Some(Comparator::Domain),
            Self::Number | Self::Postcode | Self::City => Some(Comparator::Address),
            Self::Year => Some(Comparator::Date),
            Self::Whole | Self::Tokens | Self::MinHash => None,
        }
    }
}

/// Which end of a value goes into a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Cut {
    All,
    Prefix(usize),
    Suffix(usize),
}

/// A part of a key as written, before the field's form is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Written<'a> {
    pub(crate) field: &'a str,
    pub(crate) view: View,
    pub(crate) cut: Cut,
}

/// Why a part cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum BadPart<'a> {
    Field(&'a str),
    View(&'a str, &'a str),
}

/// Reads `field`, `field.view`, `field.prefix(n)` or `field.view.suffix(n)`. Names of fields may hold dots, so the
/// longest name that is a field counts.
pub(crate) fn read<'a>(text: &'a str, schema: &ObjectSchema) -> Result<Written<'a>, BadPart<'a>> {
    let text = text.trim();
    let mut ends: Vec<usize> = text.match_indices('.').map(|(i, _)| i).collect();
    ends.push(text.len());
    let end =
        ends.iter().rev().copied().find(|end| text.get(..*end).is_some_and(|f| schema.field(f).is_some()));
    let Some(end) = end else {
        let field = ends.first().and_then(|e| text.get(..*e)).unwrap_or(text);
        return Err(BadPart::Field(field));
    };
    let (field, rest) = (text.get(..end).unwrap_or(text), text.get(end..).unwrap_or_default());
    let mut written = Written { field, view: View::Whole, cut: Cut::All };
    for (i, word) in rest.split('.').skip(1).enumerate() {
        let bad = BadPart::View(field, word);
        match cut(word) {
            // The beginning of a hash says nothing.
            Some(cut) if written.cut == Cut::All && written.view != View::MinHash => written.cut = cut,
            Some(_) => return Err(bad),
            None => match View::NAMES.iter().find(|(name, _)| *name == word) {
                Some((_, view)) if i == 0 => written.view = *view,
                _ => return Err(bad),
            },
        }
    }
    Ok(written)
}

fn cut(word: &str) -> Option<Cut> {
    let (name, rest) = word.split_once('(')?;
    let count: usize = rest.strip_suffix(')')?.trim().parse().ok()?;
    if !(1..=100).contains(&count) {
        return None;
    }
    match name.trim() {
        "prefix" => Some(Cut::Prefix(count)),
        "suffix" => Some(Cut::Suffix(count)),
        _ => None,
    }
}

/// A part of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Part {
    /// The position of the source of features.
    pub(crate) source: usize,
    pub(crate) view: View,
    pub(crate) cut: Cut,
}

/// A key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Key {
    /// As written: `name.core, region`.
    pub(crate) text: String,
    pub(crate) parts: Vec<Part>,
}

impl Key {
    /// Only for records that find no partner by the others.
    pub(crate) fn is_second(&self) -> bool {
        self.parts.iter().any(|part| part.view == View::MinHash)
    }
}

impl Part {
    /// The values of a feature under this part, without repetition. None for a missing value.
    pub(crate) fn values(self, form: &Form<'_>) -> Vec<String> {
        let mut values = Vec::new();
        collect(form, self.view, &mut values);
        for value in &mut values {
            match self.cut {
                Cut::All => {}
                Cut::Prefix(n) => *value = value.chars().take(n).collect(),
                Cut::Suffix(n) => {
                    let skip = value.chars().count().saturating_sub(n);
                    *value = value.chars().skip(skip).collect();
                }
            }
        }
        values.retain(|v| !v.is_empty());
        values.sort_unstable();
        values.dedup();
        values
    }
}

impl Part {
    /// Adds hashes of the values, sorted, without repetition: what a batch works with.
    pub(crate) fn hashes(self, form: &Form<'_>, out: &mut Vec<u64>) {
        let start = out.len();
        if self.cut == Cut::All {
            collect_hashes(form, self.view, out);
        } else {
            out.extend(self.values(form).iter().map(|value| hash(&units(value))));
        }
        if out.len() > start + 1 {
            out[start..].sort_unstable();
            let mut kept = start;
            for at in start + 1..out.len() {
                if out[at] != out[kept] {
                    kept += 1;
                    out[kept] = out[at];
                }
            }
            out.truncate(kept + 1);
        }
    }
}

/// As [`collect`], without making texts of what is kept as units.
fn collect_hashes(form: &Form<'_>, view: View, out: &mut Vec<u64>) {
    let mut run = |run: &[u16]| {
        if !run.is_empty() {
            out.push(hash(run));
        }
    };
    match (form, view) {
        (Form::Missing, _) => {}
        (form, View::MinHash) if !matches!(form, Form::Many(_)) => {
            grams(form).each_hash(|value| out.push(value));
        }
        (Form::Many(items), _) => items.items().for_each(|item| collect_hashes(&item, view, out)),
        (Form::Code(code), _) => run(code.key),
        (Form::Text(text), View::Tokens) => word_hashes(text.words(), out),
        (Form::Company(company), View::Core) if company.core.is_whole() => run(company.core.units),
        (Form::Company(company), View::Tokens) => word_hashes(company.core.words(), out),
        (Form::Address(address), View::Tokens) => word_hashes(words_of(address), out),
        (Form::Address(address), View::Number) => run(address.number().unwrap_or_default()),
        (Form::Phone(phone), _) => run(phone.tail()),
        (Form::Email(email), View::User) => {
            if !email.role {
                run(email.user);
            }
        }
        (Form::Email(email), _) => run(email.key),
        (Form::Domain(domain), _) => run(domain.domain),
        _ => {
            let mut values = Vec::new();
            collect(form, view, &mut values);
            out.extend(values.iter().filter(|v| !v.is_empty()).map(|value| hash(&units(value))));
        }
    }
}

/// The words of an address that are no numbers.
fn words_of<'a>(address: &AddressForm<'a>) -> impl Iterator<Item = &'a [u16]> + use<'a> {
    let units = address.units;
    address.words.iter().map(move |w| Word(*w).text(units))
}

/// As [`words`].
fn word_hashes<'a>(all: impl Iterator<Item = &'a [u16]>, out: &mut Vec<u64>) {
    let start = out.len();
    for letters in all {
        let han = |u: &u16| char::from_u32(u32::from(*u)).is_some_and(qudao_text::fold::is_han);
        if letters.iter().all(|u| *u < 0x80) {
            if letters.len() >= 2 {
                out.push(hash(letters));
            }
        } else if letters.iter().all(han) {
            if letters.len() == 1 {
                out.push(hash(letters));
            }
            out.extend(letters.windows(2).map(hash));
        } else {
            let mut values = Vec::new();
            words(std::iter::once(String::from_utf16_lossy(letters)), &mut values);
            out.extend(values.iter().map(|value| hash(&units(value))));
        }
    }
    out.truncate(start + MAX_WORDS);
}

/// Every choice of one value per part, in a fixed order, at most 64. Empty when a part has no value.
pub(crate) fn combine<T: Clone>(parts: &[Vec<T>]) -> Vec<Vec<T>> {
    let mut all: Vec<Vec<T>> = vec![Vec::new()];
    for values in parts {
        let next = all.iter().flat_map(|start| {
            values.iter().map(move |value| {
                let mut longer = start.clone();
                longer.push(value.clone());
                longer
            })
        });
        all = next.take(MAX_VALUES).collect();
    }
    all
}

fn collect(form: &Form<'_>, view: View, out: &mut Vec<String>) {
    let text = String::from_utf16_lossy;
    match form {
        Form::Missing => {}
        Form::Many(items) => items.items().for_each(|item| collect(&item, view, out)),
        form if view == View::MinHash => grams(form).each_value(|units| out.push(text(&units))),
        Form::Code(code) => out.push(text(code.key)),
        Form::Text(form) => match view {
            View::Tokens => words(form.words().map(text), out),
            _ => out.push(form.key()),
        },
        Form::Company(company) => match view {
            View::Core => out.push(company.core.key()),
            View::Region => out.push(text(company.region)),
            View::Industry => out.push(text(company.industry)),
            View::Tokens => words(company.core.words().map(text), out),
            _ => out.push(company.whole.key()),
        },
        Form::Person(person) => match view {
            View::Family => out.push(text(person.family.units)),
            View::Given => out.push(text(person.given.units)),
            View::Tokens => out.extend(person.sorted.split(|u| *u == 0x20).map(text)),
            _ => out.push(text(person.sorted)),
        },
        Form::Address(address) => match view {
            View::Number => out.extend(address.number().map(text)),
            View::Postcode => out.extend(address.postcode().map(text)),
            View::City => out.push(text(address.city)),
            View::Tokens => words(words_of(address).map(text), out),
            _ => out.push(format!("{:016x}", address.key)),
        },
        Form::Phone(phone) => out.push(text(phone.tail())),
        Form::Email(email) => match view {
            View::User => {
                if !email.role {
                    out.push(text(email.user));
                }
            }
            _ => out.push(text(email.key)),
        },
        Form::Domain(domain) => out.push(text(domain.domain)),
        Form::Number(number) => out.push(number.to_string()),
        Form::Date(date) => match view {
            View::Year => out.push(date.format("%Y").to_string()),
            _ => out.push(date.to_string()),
        },
    }
}

/// The letter pairs of a value: of a company's name those of what distinguishes it, of an address those of its words.
fn grams(form: &Form<'_>) -> Grams {
    let mut grams = Grams::default();
    let mut word = |word: &[u16]| grams.word(word);
    match form {
        Form::Missing | Form::Many(_) | Form::Number(_) | Form::Date(_) => {}
        Form::Code(code) => word(code.key),
        Form::Text(text) => text.words().for_each(word),
        Form::Company(company) => company.core.words().for_each(word),
        Form::Person(person) => person.sorted.split(|u| *u == 0x20).for_each(word),
        Form::Address(address) => words_of(address).for_each(word),
        Form::Phone(phone) => word(phone.tail()),
        Form::Email(email) => word(email.key),
        Form::Domain(domain) => word(domain.domain),
    }
    grams
}

/// Words of letters, and pairs of neighbouring Chinese characters.
fn words(tokens: impl Iterator<Item = String>, out: &mut Vec<String>) {
    let start = out.len();
    for token in tokens {
        if token.is_ascii() {
            if token.len() >= 2 {
                out.push(token);
            }
            continue;
        }
        let chars: Vec<char> = token.chars().collect();
        if chars.iter().all(|c| qudao_text::fold::is_han(*c)) {
            if chars.len() == 1 {
                out.push(token.clone());
            }
            out.extend(chars.windows(2).map(|pair| pair.iter().collect::<String>()));
        } else {
            out.push(token.clone());
        }
    }
    out.truncate(start.saturating_add(MAX_WORDS));
}

#[cfg(test)]
mod tests {
    use super::*;
    use qudao_model::Schema;

    #[test]
    fn hashes_are_those_of_the_values() {
        use crate::feature::Feature;
        let long = "漢字 word ".repeat(80);
        for text in [
            "深圳市华为技术有限公司",
            "Blue Ridge 2 Consulting, LLC",
            "广东省深圳市南山区科技园路1号A座",
            "𠮷野家 café",
            "Li.Lei+crm@Example.com",
            &long,
        ] {
            for comparator in
                [Comparator::Text, Comparator::CompanyName, Comparator::Address, Comparator::Email]
            {
                let feature = Feature::of(comparator, text);
                for view in [
                    View::Whole,
                    View::Core,
                    View::Tokens,
                    View::Number,
                    View::City,
                    View::Region,
                    View::User,
                    View::MinHash,
                ] {
                    let part = Part { source: 0, view, cut: Cut::All };
                    let mut expected: Vec<u64> =
                        part.values(&feature.form()).iter().map(|value| hash(&units(value))).collect();
                    expected.sort_unstable();
                    expected.dedup();
                    let mut found = vec![7];
                    part.hashes(&feature.form(), &mut found);
                    assert_eq!(found[1..], expected, "{text} {view:?}");
                }
            }
        }
    }

    #[test]
    fn parts_are_read() {
        let schema = Schema::standard("CNY");
        let account = schema.object("account").unwrap();
        let read = |t| read(t, account);
        assert_eq!(read("phone"), Ok(Written { field: "phone", view: View::Whole, cut: Cut::All }));
        assert_eq!(read("name.core"), Ok(Written { field: "name", view: View::Core, cut: Cut::All }));
        assert_eq!(
            read("name.core.prefix(3)"),
            Ok(Written { field: "name", view: View::Core, cut: Cut::Prefix(3) })
        );
        assert_eq!(read("name.minhash"), Ok(Written { field: "name", view: View::MinHash, cut: Cut::All }));
        assert_eq!(
            read(" phone.suffix( 7 ) "),
            Ok(Written { field: "phone", view: View::Whole, cut: Cut::Suffix(7) })
        );
        for bad in [
            "phone.prefix(0)",
            "phone.prefix(x)",
            "name.cor",
            "name.core.region",
            "name.prefix(2).prefix(1)",
            "name.minhash.prefix(2)",
            "name.",
        ] {
            assert!(matches!(read(bad), Err(BadPart::View(..))), "{bad}");
        }
        assert_eq!(read("fone.core"), Err(BadPart::Field("fone")));
        assert_eq!(read(""), Err(BadPart::Field("")));
    }

    #[test]
    fn combinations_are_bounded() {
        assert_eq!(combine(&[vec![1, 2], vec![3]]), [[1, 3], [2, 3]]);
        assert_eq!(combine(&[vec![1, 2], vec![]]), Vec::<Vec<i32>>::new());
        let many: Vec<i32> = (0..50).collect();
        assert_eq!(combine(&[many.clone(), many]).len(), MAX_VALUES);
    }
}
