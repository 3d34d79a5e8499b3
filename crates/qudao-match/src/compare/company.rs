//! Company names, part by part.
//!
//! The core decides. Region and trade word forbid when both names give one and they contradict each other; one that
//! is given on one side only, another legal form or `group` lower the level. A branch is related, not the same.

use qudao_text::region;
use qudao_text::{fold_key, fold_words, parse_company};

use super::Verdict;
use super::entity;
use super::outline::Outline;
use super::person::{self, PersonForm};
use super::quick::{hash, mix, units, winkler};
use super::sketch::CompanySketch;
use super::text::{self, ALIKE, TextForm};
use crate::Level;
use crate::pack::{Reader, Writer};

/// A company's name, ready to be compared.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct CompanyForm<'a> {
    /// The core.
    pub(crate) core: TextForm<'a>,
    /// The whole name.
    pub(crate) whole: TextForm<'a>,
    /// The place.
    pub(crate) region: &'a [u16],
    /// The divisions that bear its name: [`Place`]s.
    places: &'a [u16],
    /// The trade words.
    pub(crate) industry: &'a [u16],
    /// The branch, letters and digits only.
    pub(crate) branch: &'a [u16],
    /// The name is that of a person.
    person: &'a [u16],
    /// A hash of the legal form; 0 for none.
    legal_form: u32,
    group: bool,
}

const GROUP: u16 = 1;
const LEGAL_FORM: u16 = 2;
const PLACE: u16 = 4;
const TRADE: u16 = 8;
const BRANCH: u16 = 16;
const PERSON: u16 = 32;
/// The core is the whole name.
const ALL_CORE: u16 = 64;

impl<'a> CompanyForm<'a> {
    /// Lays down a name. Nothing, and false, for none.
    pub(crate) fn write(text: &str, out: &mut Writer) -> bool {
        let name = parse_company(text);
        let core = fold_words(&name.core);
        if core.is_empty() {
            return false;
        }
        let person = entity::person(&name);
        let all_core = name.core == name.folded;
        let mut flags = 0;
        for (flag, given) in [
            (GROUP, name.group),
            (LEGAL_FORM, name.legal_form.is_some()),
            (PLACE, name.region.is_some()),
            (TRADE, name.industry.is_some()),
            (BRANCH, name.branch.is_some()),
            (PERSON, person.is_some()),
            (ALL_CORE, all_core),
        ] {
            flags |= if given { flag } else { 0 };
        }
        out.u16(flags);
        if let Some(form) = &name.legal_form {
            #[expect(clippy::cast_possible_truncation, reason = "a part of a hash")]
            out.u32(hash(&units(form)) as u32 | 1);
        }
        if let Some(region) = &name.region {
            out.text(region);
            out.part(|out| Place::write(region, out));
        }
        if let Some(industry) = &name.industry {
            out.text(industry);
        }
        if let Some(branch) = &name.branch {
            out.text(&fold_key(branch));
        }
        TextForm::write(core.split(' '), out);
        if !all_core {
            TextForm::write(fold_words(&name.folded).split(' '), out);
        }
        if let Some(person) = &person {
            out.part(|out| {
                PersonForm::write_name(person, out);
            });
        }
        true
    }

    #[inline]
    pub(crate) fn read(from: &mut Reader<'a>) -> Self {
        let flags = from.u16();
        let has = |flag| flags & flag != 0;
        let legal_form = if has(LEGAL_FORM) { from.u32() } else { 0 };
        let (region, places) = if has(PLACE) { (from.run(), from.run()) } else { (&[][..], &[][..]) };
        let industry = if has(TRADE) { from.run() } else { &[] };
        let branch = if has(BRANCH) { from.run() } else { &[] };
        let core = TextForm::read(from);
        let whole = if has(ALL_CORE) { core } else { TextForm::read(from) };
        let person = if has(PERSON) { from.run() } else { &[] };
        Self { core, whole, region, places, industry, branch, person, legal_form, group: has(GROUP) }
    }

    /// Certainly a company: its name says so.
    pub(crate) fn is_company(&self) -> bool {
        self.legal_form != 0 || !self.industry.is_empty() || !self.branch.is_empty() || self.group
    }

    /// The name is that of a person.
    pub(crate) fn is_person(&self) -> bool {
        !self.person.is_empty()
    }

    /// That person.
    pub(crate) fn person(&self) -> Option<PersonForm<'a>> {
        self.is_person().then(|| PersonForm::read(&mut Reader(self.person)))
    }

    /// The name is that of a person beyond doubt: `J. Crew` may be a firm, and what is left of a Chinese firm's name looks like a person's.
    fn is_certain_person(&self) -> bool {
        let initial = |single: &[u16]| single.len() == 1;
        self.person().is_some_and(|person| !initial(person.given.units) && !initial(person.family.units))
    }

    /// One is a person, the other a company: never the same. A company that bears the name of a person is still a company.
    pub(crate) fn other_kind(&self, other: &Self) -> bool {
        let clash = |a: &Self, b: &Self| a.is_certain_person() && b.is_company();
        (clash(self, other) || clash(other, self)) && !self.core.same(&other.core)
    }

    /// A hash of what distinguishes the name: a person's names in either order, a company's core.
    pub(crate) fn term(&self) -> u64 {
        match self.person() {
            Some(person) => hash(person.sorted),
            None => self.core.hash(),
        }
    }

    /// The words of the core, or the person's names, in short.
    pub(crate) fn outline(&self) -> Outline {
        match self.person() {
            Some(person) => Outline::of_person(&person, &self.core, &self.whole),
            None => Outline::of(&self.core, &self.whole),
        }
    }

    /// What decides most: see [`super::sketch`].
    pub(crate) fn sketch(&self) -> u64 {
        let mut places =
            Place::all(self.places).map(|p| if p.rank == 0 { 0 } else { u64::from(p.code / 10_000) });
        let first = places.next().unwrap_or(0);
        let latin = self.industry.iter().all(|u| *u < 0x80);
        // Latin trade words that are close begin with the same letters, others have a letter in common.
        let trade = if latin && !self.industry.is_empty() {
            self.industry.split(|u| *u == 0x20).fold(0, |set, word| set | beginning(word))
        } else {
            self.industry.iter().fold(0, |set, u| set | 1 << (mix(u64::from(*u)) % 24))
        };
        let sketch = CompanySketch {
            person: self.is_person(),
            // Both, where it may be either.
            company: self.is_company() || self.is_person() && !self.is_certain_person(),
            branch: !self.branch.is_empty(),
            scripts: u64::from(self.core.cjk) | u64::from(self.core.alphabetic) << 1,
            province: if places.all(|p| p == first) { first } else { 0 },
            trade,
            latin_trade: latin,
            whole: self.whole.hash(),
        };
        self.person().map_or(sketch, |person| sketch.with_person(&person)).bits()
    }

    /// A core so short that many companies share it.
    fn short_core(&self) -> bool {
        self.core.units.len() <= if self.core.cjk { 2 } else { 3 }
    }
}

/// The first three letters of a Latin trade word, as one of 24 bits. A word that may be [a contraction](text::contraction) of another one with
/// fewer letters in common has all of them: behind its first vowels no other follows.
fn beginning(word: &[u16]) -> u64 {
    let vowel = |u: &u16| matches!(*u, 0x61 | 0x65 | 0x69 | 0x6f | 0x75);
    let short = (3..=6).contains(&word.len()) && !word.iter().skip(2).any(vowel);
    if short { 0xff_ffff } else { 1 << (hash(word.get(..3).unwrap_or(word)) % 24) }
}

/// A division of China or a country, by its rank and its code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Place {
    rank: u16,
    code: u32,
}

impl Place {
    /// Lays down the places of a name.
    fn write(name: &str, out: &mut Writer) {
        let named = region::by_name(name);
        let places = if named.is_empty() { region::by_code(name).into_iter().collect() } else { named };
        for place in places {
            let rank = match place.level {
                region::Level::Country => 0,
                region::Level::Province => 1,
                region::Level::City => 2,
                region::Level::District => 3,
            };
            out.u16(rank);
            // Six digits, or the two letters of a country.
            let letters = || place.code.bytes().fold(0, |code, b| code << 8 | u32::from(b));
            out.u32(place.code.parse().unwrap_or_else(|_| letters()));
        }
    }

    fn all(of: &[u16]) -> impl Iterator<Item = Self> + Clone + '_ {
        of.chunks_exact(3).map(|place| {
            let mut from = Reader(place);
            Self { rank: from.u16(), code: from.u32() }
        })
    }

    fn is_within(self, other: Self) -> bool {
        self.rank > other.rank
            && match other.rank {
                0 => other.code == u32::from(b'C') << 8 | u32::from(b'N'),
                1 => self.code / 10_000 == other.code / 10_000,
                _ => self.code / 100 == other.code / 100,
            }
    }

    fn is_near(self, other: Self) -> bool {
        self.code == other.code || self.is_within(other) || other.is_within(self)
    }
}

/// How two parts that may be missing compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    /// The same, or missing on both sides.
    Same,
    /// Missing on one side, or close.
    Open,
    /// Contradicting.
    Conflict,
}

/// Compares two names.
pub(crate) fn compare(a: &CompanyForm<'_>, b: &CompanyForm<'_>) -> Verdict {
    if a.whole.same(&b.whole) {
        return Level::Exact.into();
    }
    if let (Some(x), Some(y)) = (a.person(), b.person()) {
        let level = person::level(&x, &y);
        return Verdict { level, related: false, same_term: level > Level::Missing && x.sorted == y.sorted };
    }
    if a.other_kind(b) {
        return Level::Different.into();
    }
    let level = without_branch(a, b);
    let same_term = level > Level::Missing && a.core.same(&b.core);
    Verdict { level, related: a.branch != b.branch && level >= Level::Medium, same_term }
}

fn without_branch(a: &CompanyForm<'_>, b: &CompanyForm<'_>) -> Level {
    if a.core.other_script(&b.core) {
        return Level::Missing;
    }
    let region = region_part(a, b);
    if region == Part::Conflict {
        return Level::Different;
    }
    let trade = trade_part(a.industry, b.industry);
    if trade == Part::Conflict {
        return Level::Different;
    }
    let core = core_level(a, b);
    let mut open = [region, trade].iter().filter(|p| **p == Part::Open).count();
    if a.legal_form != 0 && b.legal_form != 0 && a.legal_form != b.legal_form {
        open += 1;
    }
    if a.group != b.group {
        open += 1;
    }
    let level = from_core(a, b, core, open);
    // A slip in a trade word leaves it in the core of one name: then the names as wholes decide.
    if level < Level::Medium && a.industry != b.industry && alike_as_wholes(a, b) {
        return Level::Medium;
    }
    level
}

/// The same words in another order, or a slip somewhere in names of which one holds what is left of the other.
fn alike_as_wholes(a: &CompanyForm<'_>, b: &CompanyForm<'_>) -> bool {
    a.whole.same_words(&b.whole)
        || text::is_within(&a.core, &b.core)
            && (text::level(&a.whole, &b.whole) >= Level::High
                || text::level_with((&a.core, a.industry), (&b.core, b.industry)) >= Level::High)
}

fn from_core(a: &CompanyForm<'_>, b: &CompanyForm<'_>, core: Level, open: usize) -> Level {
    match core {
        Level::Exact => match open {
            0 => Level::Exact,
            1 => Level::High,
            2 if !(a.short_core() || b.short_core()) => Level::High,
            _ => Level::Medium,
        },
        Level::High if open == 0 && a.core.units.len().min(b.core.units.len()) >= long_enough(a) => {
            Level::High
        }
        Level::High => Level::Medium,
        Level::Medium if open == 0 && !(a.region.is_empty() && a.industry.is_empty()) => Level::Medium,
        Level::Medium | Level::Low => Level::Low,
        other => other,
    }
}

/// From this length on a single slip does not make another company.
fn long_enough(form: &CompanyForm<'_>) -> usize {
    if form.core.cjk { 4 } else { 8 }
}

fn core_level(a: &CompanyForm<'_>, b: &CompanyForm<'_>) -> Level {
    let level = text::level(&a.core, &b.core);
    if level >= Level::Medium {
        return level;
    }
    if acronym(&a.core, &b.core) || acronym(&b.core, &a.core) {
        return Level::Medium;
    }
    // `腾讯` and `腾讯云`: a hint.
    let (short, long) =
        if a.core.units.len() <= b.core.units.len() { (&a.core, &b.core) } else { (&b.core, &a.core) };
    let least = if short.cjk { 2 } else { 4 };
    if level < Level::Low && short.units.len() >= least && long.units.starts_with(short.units) {
        return Level::Low;
    }
    level
}

/// The first name is made of the first letters of the second: IBM.
fn acronym(short: &TextForm<'_>, long: &TextForm<'_>) -> bool {
    long.words.len() >= 3
        && !long.cjk
        && short.words.len() == 1
        && short.units.len() == long.words.len()
        && long.words().zip(short.units).all(|(w, u)| w.first() == Some(u))
}

fn region_part(a: &CompanyForm<'_>, b: &CompanyForm<'_>) -> Part {
    if a.region == b.region {
        return Part::Same;
    }
    if a.region.is_empty() || b.region.is_empty() {
        return Part::Open;
    }
    let near = if a.places.is_empty() || b.places.is_empty() {
        // Places that are not known, in two spellings.
        a.places.len() != b.places.len() || winkler(a.region, b.region) >= ALIKE
    } else {
        Place::all(a.places).any(|p| Place::all(b.places).any(|q| p.is_near(q)))
    };
    if near { Part::Open } else { Part::Conflict }
}

fn trade_part(a: &[u16], b: &[u16]) -> Part {
    if a == b {
        return Part::Same;
    }
    if a.is_empty() || b.is_empty() {
        return Part::Open;
    }
    // 科技 and 技术, 商贸 and 贸易, `tech` and `technology` are close; 科技 and 服饰 are not.
    let near = |p: &[u16], q: &[u16]| {
        let (short, long) = if p.len() <= q.len() { (p, q) } else { (q, p) };
        p == q || short.len() >= 4 && short.get(..4) == long.get(..4) || text::contraction(short, long)
    };
    let ascii = |text: &[u16]| text.iter().all(|u| *u < 0x80);
    let space = |u: &u16| *u == 0x20;
    let close = if ascii(a) && ascii(b) {
        a.split(space).any(|p| b.split(space).any(|q| near(p, q)))
    } else {
        a.iter().any(|u| b.contains(u))
    };
    if close { Part::Open } else { Part::Conflict }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Comparator;
    use crate::compare::tests::verdict_of;

    fn verdict(a: &str, b: &str) -> Verdict {
        verdict_of(Comparator::CompanyName, a, b)
    }

    #[test]
    fn chinese_names() {
        for (a, b, expected) in [
            // Folding: traditional, full-width, brackets, legal form.
            ("華為技術有限公司", "华为技术有限公司", Level::Exact),
            ("华为（深圳）技术有限公司", "华为(深圳)技术有限责任公司", Level::Exact),
            ("深圳市华为技术有限公司", "华为（深圳）技术有限公司", Level::Exact),
            ("深圳市腾讯计算机系统有限公司", "深圳腾讯计算机系统有限公司", Level::Exact),
            // Region missing on one side.
            ("杭州海康威视数字技术股份有限公司", "海康威视数字技术股份有限公司", Level::High),
            // Short names.
            ("海康威视", "杭州海康威视数字技术股份有限公司", Level::High),
            ("新星", "沈阳新星科技有限公司", Level::Medium),
            // Contradicting region or trade.
            ("北京新星科技有限公司", "上海新星科技有限公司", Level::Different),
            ("沈阳新星科技有限公司", "沈阳新星服饰有限公司", Level::Different),
            // Region within region.
            ("广东美的电器股份有限公司", "佛山美的电器股份有限公司", Level::High),
            // Another legal form.
            ("海康威视数字技术股份有限公司", "海康威视数字技术有限公司", Level::High),
            // A slip in a long core.
            ("杭州海康威视数字技术股份有限公司", "杭州海康威士数字技术股份有限公司", Level::Medium),
            // Scripts that cannot be compared are no evidence.
            ("华为技术有限公司", "Huawei Technologies Co., Ltd.", Level::Missing),
            ("华为技术有限公司", "中兴通讯股份有限公司", Level::Different),
            // What was added to enter it a second time.
            ("沈阳合龙文化传媒有限公司1", "沈阳合龙文化传媒有限公司", Level::Exact),
            ("沈阳合龙文化传媒有限公司。", "沈阳合龙文化传媒有限公司", Level::Exact),
            ("慧通(东莞)数服务有限公司", "东莞慧通数据服务有限公司", Level::Medium),
            // A slip in the trade word; a slip that makes another company.
            ("沈阳合龙文化媒传有限公司", "沈阳合龙文化传媒有限公司", Level::Medium),
            ("北京华兴科技有限公司", "北京华信科技有限公司", Level::Low),
        ] {
            let found = verdict(a, b);
            assert_eq!((found.level, found.related), (expected, false), "{a} | {b}");
        }
    }

    #[test]
    fn branches_are_related() {
        for (a, b) in [
            ("华为技术有限公司", "华为技术有限公司北京分公司"),
            ("华为技术有限公司上海分公司", "华为技术有限公司北京分公司"),
        ] {
            let v = verdict(a, b);
            assert!(v.related && v.level >= Level::Medium, "{a} | {b}: {v:?}");
        }
        assert!(!verdict("华为技术有限公司北京分公司", "华為技術有限公司北京分公司").related);
        assert!(!verdict("华为技术有限公司", "中兴通讯股份有限公司北京分公司").related);
    }

    #[test]
    fn english_names() {
        for (a, b, expected) in [
            ("Acme, Inc.", "ACME Incorporated", Level::Exact),
            ("Acme Trading Co., Ltd.", "Acme Trading Company Limited", Level::Exact),
            ("Feeney, Aufderhar and Kirlin", "Feeney, Aufderhar an-d Kirlin", Level::Exact),
            ("Swaniawski Ltd", "Swaniawskx Ltd", Level::High),
            ("Silverline Solutions", "Silverline Systems", Level::Different),
            ("Johnston Group", "Quitzon Group", Level::Different),
            ("International Business Machines", "IBM", Level::Low),
            ("Royal Hill Mfg.", "Royal Hill Manufacturing LLC", Level::High),
            ("Royal Hill Consulting LLC USA", "Royal Hill Consulting", Level::High),
            ("Bluebridge Cpnsulting Corp.", "Bluebridge Consulting Corp", Level::Exact),
            ("Bluebridge Mktg LLC - Kansas City", "Bluebridge Marketing LLC", Level::High),
            ("Bluebridge Pharm Inc (OH)", "Bluebridge Pharmaceuticals Inc", Level::High),
            ("Bluebridge Foods Inc (OH)", "Bluebridge Foods Inc (TX)", Level::Different),
            ("Bluebridge Foods - Miami", "Bluebridge Foods - Boston", Level::Different),
            ("Bluebridge Foods - St. Louis", "Bluebridge Foods - St Louis", Level::Exact),
            ("Kraft - Heinz", "Kraft Heinz", Level::Exact),
            ("B. Lee", "Betty Lee", Level::Medium),
            ("J. Crew", "J. Crew Outlet LLC", Level::Low),
            ("Crown James Industries Inc", "James Crown Industries Inc", Level::High),
        ] {
            let found = verdict(a, b);
            assert_eq!((found.level, found.related), (expected, false), "{a} | {b}");
        }
    }
}
