//! What the page of a match report shows, in the words of both languages. The template holds the rest.

use serde::Serialize;

use qudao_match::{Comparator, Level};
use qudao_model::{Decimal, Frequency, Shared};

/// A text in English and Chinese.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub(super) struct Bi {
    pub(super) en: String,
    pub(super) zh: String,
}

impl Bi {
    pub(super) fn new(en: impl Into<String>, zh: impl Into<String>) -> Self {
        Self { en: en.into(), zh: zh.into() }
    }

    pub(super) fn same(text: impl Into<String>) -> Self {
        let text = text.into();
        Self { en: text.clone(), zh: text }
    }
}

#[derive(Debug, Serialize)]
pub(super) struct Page {
    pub(super) lang: &'static str,
    pub(super) version: &'static str,
    pub(super) css: &'static str,
    pub(super) title: Bi,
    pub(super) subtitle: Bi,
    pub(super) rule: String,
    pub(super) tiles: Vec<Tile>,
    pub(super) scores: Option<String>,
    pub(super) sample: Option<Bi>,
    pub(super) sizes: Option<String>,
    pub(super) labels: Vec<Tile>,
    pub(super) columns: Vec<Bi>,
    pub(super) largest: Vec<Cluster>,
    pub(super) doubtful: Vec<Cluster>,
    pub(super) near: Vec<Waterfall>,
    pub(super) vetoes: Vec<Veto>,
    pub(super) keys: Vec<Key>,
    pub(super) oversized: Vec<Bi>,
    pub(super) levels: Vec<Bi>,
    pub(super) fields: Vec<Field>,
    pub(super) weights: Bi,
    pub(super) thresholds: Bi,
}

#[derive(Debug, Serialize)]
pub(super) struct Tile {
    pub(super) value: String,
    pub(super) label: Bi,
    pub(super) tone: &'static str,
}

#[derive(Debug, Serialize)]
pub(super) struct Cluster {
    pub(super) heading: Bi,
    pub(super) note: Bi,
    pub(super) rows: Vec<Row>,
    pub(super) more: usize,
}

#[derive(Debug, Serialize)]
pub(super) struct Row {
    pub(super) row: u32,
    pub(super) cells: Vec<Cell>,
}

#[derive(Debug, Serialize)]
pub(super) struct Cell {
    pub(super) value: Option<String>,
    /// How much it agrees with the first row, as a class.
    pub(super) level: &'static str,
    pub(super) hint: Bi,
}

#[derive(Debug, Serialize)]
pub(super) struct Waterfall {
    pub(super) heading: Bi,
    pub(super) verdict: Bi,
    pub(super) tone: &'static str,
    pub(super) steps: Vec<Step>,
}

#[derive(Debug, Serialize)]
pub(super) struct Step {
    pub(super) name: Bi,
    pub(super) left: Option<String>,
    pub(super) right: Option<String>,
    pub(super) level: Option<Bi>,
    pub(super) class: &'static str,
    pub(super) weight: String,
    pub(super) total: String,
    /// A drawing of the step, made of numbers alone.
    pub(super) svg: String,
}

#[derive(Debug, Serialize)]
pub(super) struct Veto {
    pub(super) field: Bi,
    pub(super) pairs: String,
    pub(super) alike: String,
    pub(super) example: Option<Waterfall>,
}

#[derive(Debug, Serialize)]
pub(super) struct Key {
    pub(super) key: String,
    pub(super) rows: String,
    pub(super) share: String,
    pub(super) blocks: String,
    pub(super) largest: String,
    pub(super) pairs: String,
}

#[derive(Debug, Serialize)]
pub(super) struct Field {
    pub(super) field: Bi,
    pub(super) name: String,
    pub(super) comparator: Bi,
    pub(super) identity: bool,
    pub(super) weights: Vec<Weight>,
}

#[derive(Debug, Serialize)]
pub(super) struct Weight {
    /// Empty where the comparator never gives the level.
    pub(super) text: String,
    /// `for` or `against`.
    pub(super) class: &'static str,
    /// How strong the colour is, in per cent.
    pub(super) strength: u8,
}

pub(super) fn level(level: Level) -> Bi {
    match level {
        Level::Missing => Bi::new("missing", "缺失"),
        Level::Different => Bi::new("different", "不同"),
        Level::Low => Bi::new("low", "低"),
        Level::Medium => Bi::new("medium", "中"),
        Level::High => Bi::new("high", "高"),
        Level::Exact => Bi::new("exact", "一致"),
    }
}

/// A level, and how frequent what both share is.
pub(super) fn with_frequency(level: Bi, frequency: Option<Frequency>) -> Bi {
    let Some(found) = frequency else { return level };
    let of = match found.of {
        Shared::Value => "值",
        Shared::Word => "词",
    };
    let zh = match (found.at_most, found.more_than) {
        (Some(rows), _) => format!("{of}至多见于 {rows} 行"),
        (None, Some(rows)) => format!("{of}见于 {rows} 行以上"),
        (None, None) => format!("罕见{of}"),
    };
    Bi::new(format!("{}, {found}", level.en), format!("{}，{zh}", level.zh))
}

pub(super) fn comparator(comparator: Comparator) -> Bi {
    let zh = match comparator {
        Comparator::Exact => "完全相同",
        Comparator::Text => "文本",
        Comparator::CompanyName => "企业名称",
        Comparator::PersonName => "人名",
        Comparator::Address => "地址",
        Comparator::Phone => "电话",
        Comparator::Email => "电子邮箱",
        Comparator::Domain => "域名",
        Comparator::Number => "数值",
        Comparator::Date => "日期",
    };
    Bi::new(comparator.as_str(), zh)
}

/// A count with its thousands apart.
pub(super) fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// Bits with a sign and one decimal.
pub(super) fn signed(bits: Decimal) -> String {
    let bits = bits.round_dp(1);
    let sign = if bits.is_zero() {
        ""
    } else if bits.is_sign_negative() {
        "−"
    } else {
        "+"
    };
    format!("{sign}{:.1}", bits.abs())
}

/// A part of a whole in per cent.
pub(super) fn percent(part: u64, whole: u64) -> String {
    let share =
        Decimal::from(part).checked_mul(Decimal::ONE_HUNDRED).and_then(|p| p.checked_div(whole.into()));
    share.map_or_else(|| "–".to_owned(), |s| format!("{} %", s.round_dp(1).normalize()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_for_people() {
        assert_eq!([0, 999, 1_000, 1_234_567].map(grouped), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!(signed(Decimal::new(-4_059, 3)), "−4.1");
        assert_eq!(signed(Decimal::new(18_195, 3)), "+18.2");
        assert_eq!(signed(Decimal::new(20, 3)), "0.0");
        assert_eq!(
            (percent(1, 3), percent(0, 0), percent(2, 2)),
            ("33.3 %".into(), "–".into(), "100 %".into())
        );
    }
}
