//! Company names, part by part.
//!
//! The core decides. Region and trade word forbid when both names give one and they contradict each other; one that
//! is given on one side only, another legal form or `group` lower the level. A branch is related, not the same.

use qudao_text::region::{self, Region};
use qudao_text::{CompanyName, fold_key, parse_company};

use super::Verdict;
use super::text::{self, TextForm};
use crate::Level;

/// A company's name, ready to be compared.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct CompanyForm {
    /// The whole name, letters and digits only.
    pub(crate) key: String,
    /// The core.
    pub(crate) core: TextForm,
    /// The parts.
    pub(crate) name: CompanyName,
    /// The branch, letters and digits only.
    pub(crate) branch: Option<String>,
    regions: Vec<&'static Region>,
    whole: TextForm,
}

impl CompanyForm {
    pub(crate) fn of(text: &str) -> Option<Self> {
        let name = parse_company(text);
        let core = TextForm::of(&name.core)?;
        let whole = TextForm::of(&name.folded)?;
        let key = whole.key.clone();
        let branch = name.branch.as_deref().map(fold_key);
        let regions = name.region.as_deref().map(find_region).unwrap_or_default();
        Some(Self { key, core, name, branch, regions, whole })
    }

    /// A core so short that many companies share it.
    fn short_core(&self) -> bool {
        self.core.chars.len() <= if self.core.cjk { 2 } else { 3 }
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
    if a.key == b.key {
        return Level::Exact.into();
    }
    let level = without_branch(a, b);
    Verdict { level, related: a.branch != b.branch && level >= Level::Medium }
}

fn without_branch(a: &CompanyForm, b: &CompanyForm) -> Level {
    if a.core.other_script(&b.core) {
        return Level::Missing;
    }
    let region = region_part(a, b);
    let trade = trade_part(a.name.industry.as_deref(), b.name.industry.as_deref());
    let core = core_level(a, b);
    if region == Part::Conflict || trade == Part::Conflict {
        return Level::Different;
    }
    let mut open = [region, trade].iter().filter(|p| **p == Part::Open).count();
    if let (Some(x), Some(y)) = (&a.name.legal_form, &b.name.legal_form)
        && x != y
    {
        open += 1;
    }
    if a.name.group != b.name.group {
        open += 1;
    }
    let level = from_core(a, b, core, open);
    // A slip in the trade word leaves it in the core of one name only: then the names as wholes decide.
    let taken_apart_differently = a.name.industry.is_some() != b.name.industry.is_some();
    if level < Level::Medium && taken_apart_differently && text::level(&a.whole, &b.whole) >= Level::High {
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
        Level::High if open == 0 && a.core.chars.len().min(b.core.chars.len()) >= long_enough(a) => {
            Level::High
        }
        Level::High => Level::Medium,
        Level::Medium if open == 0 && (a.name.region.is_some() || a.name.industry.is_some()) => Level::Medium,
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
        if a.core.chars.len() <= b.core.chars.len() { (&a.core, &b.core) } else { (&b.core, &a.core) };
    let least = if short.cjk { 2 } else { 4 };
    if level < Level::Low && short.chars.len() >= least && long.chars.starts_with(&short.chars) {
        return Level::Low;
    }
    level
}

/// The first name is made of the first letters of the second: IBM.
fn acronym(short: &TextForm, long: &TextForm) -> bool {
    long.tokens.len() >= 3
        && !long.cjk
        && short.tokens.len() == 1
        && short.key.chars().eq(long.tokens.iter().filter_map(|t| t.chars().next()))
}

fn region_part(a: &CompanyForm, b: &CompanyForm) -> Part {
    let (Some(x), Some(y)) = (&a.name.region, &b.name.region) else {
        return if a.name.region == b.name.region { Part::Same } else { Part::Open };
    };
    if x == y {
        return Part::Same;
    }
    let near = |p: &Region, q: &Region| p.code == q.code || p.is_within(q) || q.is_within(p);
    if a.regions.iter().any(|p| b.regions.iter().any(|q| near(p, q))) { Part::Open } else { Part::Conflict }
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
                    || text::contraction(short, long)
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
            assert_eq!(verdict(a, b), Verdict::from(expected), "{a} | {b}");
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
            ("Bluebridge Cpnsulting Corp.", "Bluebridge Consulting Corp", Level::Medium),
            ("Crown James Industries Inc", "James Crown Industries Inc", Level::High),
        ] {
            assert_eq!(verdict(a, b), Verdict::from(expected), "{a} | {b}");
        }
    }
}
