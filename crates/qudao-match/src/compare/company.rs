//! Company names, part by part.
//!
//! The core decides. Region and trade word forbid when both names give one and they contradict each other; one that
//! is given on one side only, another legal form or `group` lower the level. A branch is related, not the same.

use qudao_text::region::{self, Region};
use qudao_text::{fold_key, fold_tokens, parse_company};

use super::Verdict;
use super::entity;
use super::person::{self, PersonForm};
use super::quick::{hash, units};
use super::text::{self, Laid, TextForm, lay};
use crate::Level;

/// A company's name, ready to be compared.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct CompanyForm {
    /// The core.
    pub(crate) core: TextForm,
    /// The place.
    pub(crate) region: Option<Box<str>>,
    /// The trade words.
    pub(crate) industry: Option<Box<str>>,
    /// The branch, letters and digits only.
    pub(crate) branch: Option<Box<str>>,
    /// The whole name, letters and digits only.
    whole: Box<[u16]>,
    /// Where words begin among the first 64 letters of the whole.
    starts: u64,
    tail: u32,
    /// A hash of the legal form; 0 for none.
    legal_form: u32,
    group: bool,
    /// The name is that of a person.
    pub(crate) person: Option<Box<PersonForm>>,
}

impl CompanyForm {
    pub(crate) fn of(text: &str) -> Option<Self> {
        let name = parse_company(text);
        let core = TextForm::of(&name.core)?;
        let person = entity::person(&name).map(Box::new);
        let tokens = fold_tokens(&name.folded);
        let Laid { units: whole, words, tail, .. } = lay(tokens.iter().map(String::as_str));
        let mut at = 0;
        let mut starts = 0_u64;
        for word in &words {
            starts |= 1_u64.checked_shl(at).unwrap_or(0);
            at += u32::from(word.length);
        }
        #[expect(clippy::cast_possible_truncation, reason = "a part of a hash")]
        let legal_form = name.legal_form.as_deref().map_or(0, |f| hash(&units(f)) as u32 | 1);
        Some(Self {
            core,
            region: name.region.map(Into::into),
            industry: name.industry.map(Into::into),
            branch: name.branch.as_deref().map(|b| fold_key(b).into()),
            whole: whole.into(),
            starts,
            tail,
            legal_form,
            group: name.group,
            person,
        })
    }

    /// Letters and digits of the whole name, as text.
    pub(crate) fn key(&self) -> String {
        let mut key = String::from_utf16_lossy(&self.whole);
        if self.tail != 0 {
            key.push_str(&format!("\u{1e}{:08x}", self.tail));
        }
        key
    }

    /// Certainly a company: its name says so.
    pub(crate) fn is_company(&self) -> bool {
        self.legal_form != 0 || self.industry.is_some() || self.branch.is_some() || self.group
    }

    /// One is a person, the other a company: never the same. A company that bears the name of a person is still a company.
    pub(crate) fn other_kind(&self, other: &Self) -> bool {
        let clash = |a: &Self, b: &Self| a.person.is_some() && b.is_company();
        (clash(self, other) || clash(other, self)) && !self.core.same(&other.core)
    }

    /// A hash of what distinguishes the name: a person's names in either order, a company's core.
    pub(crate) fn term(&self) -> u64 {
        match &self.person {
            Some(person) => hash(&units(&person.sorted)),
            None => self.core.hash(),
        }
    }

    /// The whole name, ready to be compared as a text.
    fn text(&self) -> Option<TextForm> {
        let mut words: Vec<String> = Vec::new();
        let mut from = 0;
        for to in 1..=self.whole.len() {
            if to == self.whole.len() || to < 64 && self.starts >> to & 1 == 1 {
                words.push(String::from_utf16_lossy(&self.whole[from..to]));
                from = to;
            }
        }
        TextForm::of_words(&words)
    }

    /// A core so short that many companies share it.
    fn short_core(&self) -> bool {
        self.core.units.len() <= if self.core.cjk { 2 } else { 3 }
    }
}

fn find_region(name: &str) -> Vec<&'static Region> {
    let named = region::by_name(name);
    if named.is_empty() { region::by_code(name).into_iter().collect() } else { named }
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
pub(crate) fn compare(a: &CompanyForm, b: &CompanyForm) -> Verdict {
    if a.whole == b.whole && a.tail == b.tail {
        return Level::Exact.into();
    }
    if let (Some(x), Some(y)) = (&a.person, &b.person) {
        let level = person::level(x, y);
        return Verdict { level, related: false, same_term: level > Level::Missing && x.sorted == y.sorted };
    }
    if a.other_kind(b) {
        return Level::Different.into();
    }
    let level = without_branch(a, b);
    let same_term = level > Level::Missing && a.core.same(&b.core);
    Verdict { level, related: a.branch != b.branch && level >= Level::Medium, same_term }
}

fn without_branch(a: &CompanyForm, b: &CompanyForm) -> Level {
    if a.core.other_script(&b.core) {
        return Level::Missing;
    }
    let region = region_part(a, b);
    let trade = trade_part(a.industry.as_deref(), b.industry.as_deref());
    if region == Part::Conflict || trade == Part::Conflict {
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
    let taken_apart_differently = a.industry != b.industry;
    if level < Level::Medium
        && taken_apart_differently
        && let (Some(x), Some(y)) = (a.text(), b.text())
        && text::level(&x, &y) >= Level::High
    {
        return Level::Medium;
    }
    level
}

fn from_core(a: &CompanyForm, b: &CompanyForm, core: Level, open: usize) -> Level {
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
        Level::Medium if open == 0 && (a.region.is_some() || a.industry.is_some()) => Level::Medium,
        Level::Medium | Level::Low => Level::Low,
        other => other,
    }
}

/// From this length on a single slip does not make another company.
fn long_enough(form: &CompanyForm) -> usize {
    if form.core.cjk { 4 } else { 8 }
}

fn core_level(a: &CompanyForm, b: &CompanyForm) -> Level {
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
    if level < Level::Low && short.units.len() >= least && long.units.starts_with(&short.units) {
        return Level::Low;
    }
    level
}

/// The first name is made of the first letters of the second: IBM.
fn acronym(short: &TextForm, long: &TextForm) -> bool {
    long.words.len() >= 3
        && !long.cjk
        && short.words.len() == 1
        && short.units.len() == long.words.len()
        && long.words.iter().zip(&*short.units).all(|(w, u)| w.text(&long.units).first() == Some(u))
}

fn region_part(a: &CompanyForm, b: &CompanyForm) -> Part {
    let (Some(x), Some(y)) = (&a.region, &b.region) else {
        return if a.region == b.region { Part::Same } else { Part::Open };
    };
    if x == y {
        return Part::Same;
    }
    let near = |p: &Region, q: &Region| p.code == q.code || p.is_within(q) || q.is_within(p);
    let (of_x, of_y) = (find_region(x), find_region(y));
    if of_x.iter().any(|p| of_y.iter().any(|q| near(p, q))) { Part::Open } else { Part::Conflict }
}

fn trade_part(a: Option<&str>, b: Option<&str>) -> Part {
    match (a, b) {
        (None, None) => Part::Same,
        (Some(x), Some(y)) if x == y => Part::Same,
        (Some(x), Some(y)) => {
            // 科技 and 技术, 商贸 and 贸易, `tech` and `technology` are close; 科技 and 服饰 are not.
            let near = |p: &str, q: &str| {
                let (short, long) = if p.len() <= q.len() { (p, q) } else { (q, p) };
                p == q
                    || short.len() >= 4 && short.get(..4) == long.get(..4)
                    || text::contraction(&units(short), &units(long))
            };
            let close = if x.is_ascii() && y.is_ascii() {
                x.split(' ').any(|p| y.split(' ').any(|q| near(p, q)))
            } else {
                x.chars().any(|c| y.contains(c))
            };
            if close { Part::Open } else { Part::Conflict }
        }
        _ => Part::Open,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(a: &str, b: &str) -> Verdict {
        let (x, y) = (CompanyForm::of(a).unwrap(), CompanyForm::of(b).unwrap());
        let one = compare(&x, &y);
        assert_eq!(one, compare(&y, &x), "not symmetric: {a} {b}");
        one
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
            ("Bluebridge Cpnsulting Corp.", "Bluebridge Consulting Corp", Level::Medium),
            ("Crown James Industries Inc", "James Crown Industries Inc", Level::High),
        ] {
            let found = verdict(a, b);
            assert_eq!((found.level, found.related), (expected, false), "{a} | {b}");
        }
    }
}
