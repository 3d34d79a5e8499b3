//! Sketches: a value in one to three words of 64 bits, enough to say quickly what a comparison can come to at most.
//!
//! Most pairs that are compared are different, and their sketches prove it, so that the values themselves are not looked at.
//! A sketch may leave open what a comparison says; it never says anything else.

use super::quick::CharSet;
use super::text::TextForm;
use crate::Level;
use crate::feature::Form;

mod company;
mod words;

pub(crate) use company::{CompanySketch, outlined};

/// What two sketches say about the comparison of their values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Bound {
    /// It says nothing: a value is missing.
    Missing,
    /// The values differ, and their terms too. With true, they are of kinds that exclude each other, or valid codes.
    Different(bool),
    /// At most this level, or nothing; whether they may hold the same term.
    AtMost(Level, bool),
}

/// The sketch of a value. The first word of a missing one is zero.
pub(crate) type Sketch = [u64; 3];

/// Bits of a hash of the term, in every sketch.
const TERM: u64 = 0xffff;
/// Where the class of the term's frequency stands, 4 bits, once it is known.
const CLASS: u32 = 16;
/// Set in every sketch of a value.
const PRESENT: u64 = 1 << 63;
/// Nothing is known about the value: a list, a number.
const OPEN: u64 = 1 << 62;
/// Where the bits of each comparator begin. There are 42.
const OWN: u32 = 20;

fn term(form: &Form<'_>) -> u64 {
    // Names of companies by their cores, those of persons among them too.
    let term = if let Form::Company(company) = form { company.core.hash() } else { form.term() };
    term & TERM
}

/// `bits` bits of a hash of the units, never zero; zero for no units.
fn short(units: &[u16], bits: u32) -> u64 {
    if units.is_empty() { 0 } else { (super::quick::hash(units) >> 7) % ((1 << bits) - 1) + 1 }
}

/// Both are given, and not the same.
fn clash(a: u64, b: u64) -> bool {
    a != 0 && b != 0 && a != b
}

pub(crate) fn sketch(form: &Form<'_>) -> Sketch {
    let mut outline = [0; 2];
    let (own, set) = match form {
        Form::Missing => return [0; 3],
        Form::Many(_) => return [PRESENT | OPEN, 0, 0],
        Form::Number(_) | Form::Date(_) => (0, CharSet::default()),
        Form::Person(person) => (person.sketch(), CharSet::default()),
        Form::Code(code) => (u64::from(code.valid) | counts(code.key) << 1, CharSet::default()),
        Form::Text(text) => (scripts(text) | length(text.units) << 2 | words::begins(text), text.set()),
        Form::Company(company) => {
            outline = company.outline().words();
            (company.sketch(), CharSet::default())
        }
        Form::Address(address) => {
            let (city, district, number, bag) = (
                short(address.city, 7),
                short(address.district, 8),
                short(address.number().unwrap_or_default(), 8),
                address.bag() & 0x3ff,
            );
            let own = u64::from(address.chinese())
                | city << 1
                | district << 8
                | number << 16
                | length(address.follows()) << 24
                | bag << 30;
            (own, address.set())
        }
        Form::Phone(phone) => (phone_digits(phone.digits), CharSet::default()),
        Form::Email(email) => {
            let own = short(email.user, 18)
                | short(email.domain, 18) << 18
                | u64::from(email.public()) << 36
                | u64::from(email.role || email.user.len() < 5) << 37;
            (own, email.set())
        }
        Form::Domain(domain) => {
            let stem = domain.stem();
            (if stem.len() >= 4 { short(stem, 40) } else { 0 }, CharSet::default())
        }
    };
    [PRESENT | (own & ((1 << 42) - 1)) << OWN | term(form), set.bits() | outline[0], outline[1]]
}

/// The sketch of a value whose term is of a class of frequency.
pub(crate) fn with_class(word: u64, class: u8) -> u64 {
    if word == 0 { 0 } else { word & !(15 << CLASS) | u64::from(class.min(15)) << CLASS }
}

/// The class of the term that both may hold.
#[inline]
pub(crate) fn class(a: u64, b: u64) -> usize {
    ((a >> CLASS & 15).max(b >> CLASS & 15)) as usize
}

/// Which scripts a text holds: 1 Chinese, 2 letters.
fn scripts(text: &TextForm<'_>) -> u64 {
    u64::from(text.cjk) | u64::from(text.alphabetic) << 1
}

/// The length, as far as 6 bits hold it.
fn length(units: &[u16]) -> u64 {
    units.len().min(63) as u64
}

/// The last ten digits, 4 bits each; 15 for none.
fn phone_digits(digits: &[u16]) -> u64 {
    (0..10).fold(0, |bits, at| {
        let digit = digits.len().checked_sub(at + 1).and_then(|at| digits.get(at));
        bits | digit.map_or(15, |d| u64::from(d & 15)) << (4 * at)
    })
}

/// How the sketches of a field are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Code,
    Text,
    Company,
    Address,
    Phone,
    Email,
    Domain,
    Person,
    /// Whether they may be the same is all that is known.
    Other,
}

impl Kind {
    pub(crate) fn of(comparator: crate::Comparator) -> Self {
        use crate::Comparator as C;
        match comparator {
            C::Exact => Self::Code,
            C::Text => Self::Text,
            C::CompanyName => Self::Company,
            C::Address => Self::Address,
            C::Phone => Self::Phone,
            C::Email => Self::Email,
            C::Domain => Self::Domain,
            C::PersonName => Self::Person,
            C::Number | C::Date => Self::Other,
        }
    }

    /// How many words the sketches of the field take.
    pub(crate) const fn words(self) -> usize {
        match self {
            Self::Company => 3,
            Self::Text | Self::Address | Self::Email => 2,
            _ => 1,
        }
    }

    /// The second word is a set of characters.
    const fn has_set(self) -> bool {
        self.words() == 2
    }
}

/// Sketches in fewer bits, for an index of many records: what is left out makes sketches more alike, so that they say less and nothing else.
/// Sketches of which one is [reduced](Kind::reduce) are compared with others that are.
impl Kind {
    /// Which bits of a first word are kept: where a run begins, and how long it is. That a value is there is known.
    const fn runs(self) -> &'static [(u32, u32)] {
        match self {
            Self::Code => &[(62, 1), (OWN, 1), (0, 14)],
            Self::Text => &[(62, 1), (OWN, 8), (0, 15)],
            Self::Company => &[(62, 1), (OWN, 42), (0, 5)],
            Self::Address => &[(62, 1), (OWN, 40), (0, 7)],
            // The last six digits.
            Self::Phone => &[(62, 1), (OWN, 24), (0, 7)],
            Self::Email => &[(62, 1), (OWN, 11), (OWN + 18, 11), (OWN + 36, 2), (0, 7)],
            Self::Domain | Self::Person => &[(62, 1), (OWN, 42), (0, 13)],
            Self::Other => &[(62, 1), (0, 15)],
        }
    }

    /// How many bytes the kept bits of a first word take.
    fn bytes(self) -> usize {
        self.runs().iter().map(|(_, bits)| *bits as usize).sum::<usize>().div_ceil(8)
    }

    /// Leaves of a sketch what is kept.
    pub(crate) fn reduce(self, sketch: &mut [u64]) {
        let mut bytes = Vec::new();
        self.write(sketch, &mut bytes);
        if sketch.first().is_some_and(|word| *word != 0) {
            self.read(&mut bytes.as_slice(), sketch);
        }
    }

    /// Writes what is kept of the sketch of a value.
    pub(crate) fn write(self, sketch: &[u64], out: &mut Vec<u8>) {
        let mut words = sketch.iter();
        let (word, set) = (words.next().copied().unwrap_or(0), words.next().copied().unwrap_or(0));
        let (mut kept, mut at) = (0_u64, 0);
        for (from, bits) in self.runs() {
            kept |= (word >> from & ((1 << bits) - 1)) << at;
            at += bits;
        }
        out.extend(kept.to_le_bytes().into_iter().take(self.bytes()));
        if self.has_set() {
            // Two characters each share a bit.
            out.extend(((set | set >> 32) as u32).to_le_bytes());
        }
    }

    /// Reads a sketch as it was written; none where there are too few bytes.
    pub(crate) fn read(self, from: &mut &[u8], sketch: &mut [u64]) -> Option<()> {
        let number = |bytes: &[u8]| bytes.iter().rev().fold(0_u64, |word, byte| word << 8 | u64::from(*byte));
        let (bytes, rest) = from.split_at_checked(self.bytes())?;
        let (kept, mut word, mut at) = (number(bytes), PRESENT, 0);
        for (to, bits) in self.runs() {
            word |= (kept >> at & ((1 << bits) - 1)) << to;
            at += bits;
        }
        *from = rest;
        let set = if self.has_set() {
            let (bytes, rest) = from.split_at_checked(4)?;
            *from = rest;
            number(bytes)
        } else {
            0
        };
        sketch.iter_mut().zip([word, set, 0]).for_each(|(slot, word)| *slot = word);
        Some(())
    }
}

/// What a comparison can come to. `sets` gives the second words.
#[inline]
pub(crate) fn bound(kind: Kind, a: u64, b: u64, sets: impl FnOnce() -> (CharSet, CharSet)) -> Bound {
    if a == 0 || b == 0 {
        return Bound::Missing;
    }
    let same = a & TERM == b & TERM;
    if (a | b) & OPEN != 0 {
        return Bound::AtMost(Level::Exact, true);
    }
    let (x, y) = (a >> OWN & ((1 << 42) - 1), b >> OWN & ((1 << 42) - 1));
    match kind {
        Kind::Other => Bound::AtMost(if same { Level::Exact } else { Level::High }, same),
        Kind::Person => {
            let alike = same || x & 0xf_ffff == y & 0xf_ffff || x >> 20 == y >> 20;
            if alike { Bound::AtMost(Level::Exact, true) } else { Bound::AtMost(Level::High, false) }
        }
        Kind::Code => code(x, y, same),
        Kind::Domain => {
            if same {
                Bound::AtMost(Level::Exact, true)
            } else if x == y && x != 0 {
                Bound::AtMost(Level::High, false)
            } else {
                Bound::Different(false)
            }
        }
        Kind::Phone => phone(x, y, same),
        Kind::Email => email(x, y, same, sets),
        Kind::Text => text(x, y, same, sets),
        Kind::Address => address(x, y, same, sets),
        Kind::Company => company::bound(x, y, same),
    }
}

fn code(x: u64, y: u64, same: bool) -> Bound {
    if same {
        return Bound::AtMost(Level::Exact, true);
    }
    if x & y & 1 != 0 {
        return Bound::Different(true);
    }
    // The fewest edits: what either has more of (the bag distance of I. Bartolini, P. Ciaccia and M. Patella, 2002).
    let (mut more, mut less, mut length, mut full) = (0, 0, 0, false);
    for at in (1..41).step_by(4) {
        let (p, q) = (x >> at & 15, y >> at & 15);
        more += p.saturating_sub(q);
        less += q.saturating_sub(p);
        length += p;
        full |= p == 15 || q == 15;
    }
    if more.max(less) <= 2 {
        Bound::AtMost(Level::Medium, false)
    } else if more == less && length >= 8 && !full {
        Bound::Different(false)
    } else {
        Bound::AtMost(Level::Different, false)
    }
}

/// How often each of ten kinds of characters occurs, 4 bits each; 15 for more.
fn counts(units: &[u16]) -> u64 {
    let mut counts = [0_u64; 10];
    for unit in units {
        if let Some(count) = counts.get_mut(usize::from(unit % 10)) {
            *count = (*count + 1).min(15);
        }
    }
    counts.iter().rev().fold(0, |bits, count| bits << 4 | count)
}

/// Values that differ, and may hold the same term all the same.
fn different(same: bool) -> Bound {
    if same { Bound::AtMost(Level::Different, true) } else { Bound::Different(false) }
}

fn phone(x: u64, y: u64, same: bool) -> Bound {
    // Digits that only one of them has say nothing.
    let absent = |v: u64| {
        let all = v & (v >> 1) & (v >> 2) & (v >> 3) & 0x11_1111_1111;
        all | all << 1 | all << 2 | all << 3
    };
    let differing = (x ^ y) & !absent(x) & !absent(y);
    let digits = (differing | differing >> 1 | differing >> 2 | differing >> 3) & 0x11_1111_1111;
    match digits.count_ones() {
        0 => Bound::AtMost(Level::Exact, same),
        1 | 2 => Bound::AtMost(Level::Low, same),
        _ => different(same),
    }
}

fn email(x: u64, y: u64, same: bool, sets: impl FnOnce() -> (CharSet, CharSet)) -> Bound {
    if same {
        return Bound::AtMost(Level::Exact, true);
    }
    let (in_x, in_y) = sets();
    let (user, domain) = (x & 0x3_ffff == y & 0x3_ffff, x >> 18 & 0x3_ffff == y >> 18 & 0x3_ffff);
    if in_x.fewest_edits(in_y) <= 2 || user && domain {
        return Bound::AtMost(Level::High, false);
    }
    let (public, weak) = (x >> 36 & 1 != 0, x >> 37 & 1 != 0);
    if user && !weak {
        Bound::AtMost(Level::Medium, false)
    } else if domain && !public {
        Bound::AtMost(Level::Low, false)
    } else {
        Bound::Different(false)
    }
}

/// One Chinese only, the other without Chinese.
fn other_script(x: u64, y: u64) -> bool {
    matches!((x & 3, y & 3), (1, 2) | (2, 1))
}

/// The share of characters, in thousandths, that edits leave alone at most. Lengths of 63 may be longer.
fn share(x: u64, y: u64, in_x: CharSet, in_y: CharSet) -> u64 {
    let (short, long) = (x.min(y), x.max(y));
    if long >= 63 || long == 0 {
        return 1000;
    }
    let edits = (long - short).max(in_x.fewest_edits(in_y) as u64);
    long.saturating_sub(edits) * 1000 / long
}

fn text(x: u64, y: u64, same: bool, sets: impl FnOnce() -> (CharSet, CharSet)) -> Bound {
    if same {
        return Bound::AtMost(Level::Exact, true);
    }
    if other_script(x, y) {
        return Bound::Missing;
    }
    let (in_x, in_y) = sets();
    if (x | y) & 1 == 0 {
        let level = words::most((x, in_x), (y, in_y));
        return if level == Level::Different { Bound::Different(false) } else { Bound::AtMost(level, false) };
    }
    match share(x >> 2 & 63, y >> 2 & 63, in_x, in_y) {
        820.. => Bound::AtMost(Level::High, false),
        660.. => Bound::AtMost(Level::Medium, false),
        500.. => Bound::AtMost(Level::Low, false),
        _ => Bound::Different(false),
    }
}

fn address(x: u64, y: u64, same: bool, sets: impl FnOnce() -> (CharSet, CharSet)) -> Bound {
    if same || x >> 30 & 0x3ff == y >> 30 & 0x3ff {
        return Bound::AtMost(Level::Exact, true);
    }
    if x & 1 != y & 1 {
        return Bound::Missing;
    }
    if clash(x >> 1 & 0x7f, y >> 1 & 0x7f) || clash(x >> 8 & 0xff, y >> 8 & 0xff) {
        return Bound::Different(false);
    }
    let similarity = if x & 1 == 0 {
        1000
    } else {
        let (in_x, in_y) = sets();
        share(x >> 24 & 63, y >> 24 & 63, in_x, in_y)
    };
    let (number_x, number_y) = (x >> 16 & 0xff, y >> 16 & 0xff);
    if x & 1 == 1 && similarity == 1000 {
        return Bound::AtMost(Level::High, false);
    }
    let levels = match (number_x, number_y) {
        (0, _) | (_, 0) => [930, 800, 600],
        _ if number_x != number_y => [1001, 1001, 900],
        _ => [850, 600, 400],
    };
    let reached =
        [Level::High, Level::Medium, Level::Low].into_iter().zip(levels).find(|(_, at)| similarity >= *at);
    reached.map_or(Bound::Different(false), |(level, _)| Bound::AtMost(level, false))
}

/// Whether the sketch of a name says that it is a branch's.
pub(crate) fn is_branch(company: u64) -> bool {
    company & OPEN != 0 || CompanySketch::read(company >> OWN).branch
}

#[cfg(test)]
mod tests;
