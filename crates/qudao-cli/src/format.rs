//! Numbers and tables for people.

use qudao::metrics::{KpiValue, Unit};
use qudao::prelude::{Decimal, Locale, Number};

/// A number with thousands separators and at most so many decimals.
pub(crate) fn grouped(value: Decimal, decimals: u32) -> String {
    let text = value.round_dp(decimals).normalize().to_string();
    let (sign, digits) = text.strip_prefix('-').map_or(("", text.as_str()), |d| ("-", d));
    let (whole, fraction) = digits.split_once('.').map_or((digits, None), |(w, f)| (w, Some(f)));
    let mut out = String::with_capacity(text.len().saturating_add(8));
    out.push_str(sign);
    let len = whole.len();
    for (i, c) in whole.chars().enumerate() {
        if i > 0 && (len.saturating_sub(i)) % 3 == 0 {
            out.push(',');
        }
        out.push(c);
    }
    if let Some(fraction) = fraction {
        out.push('.');
        out.push_str(fraction);
    }
    out
}

/// A share as per cent.
pub(crate) fn percent(value: Decimal) -> String {
    let scaled = value.checked_mul(Decimal::ONE_HUNDRED).unwrap_or(value);
    format!("{:.2} %", scaled.round_dp(2))
}

/// A value as people read it: per cent, days, money. An undefined one says why.
pub(crate) fn value(kpi: &KpiValue, locale: &Locale) -> String {
    match &kpi.value {
        Number::Defined(number) => number_text(*number, kpi.unit, kpi.currency.as_deref(), locale),
        Number::Undefined(reason) => reason.text(locale),
    }
}

/// A number of a unit.
pub(crate) fn number_text(number: Decimal, unit: Unit, currency: Option<&str>, locale: &Locale) -> String {
    let zh = locale.is_chinese();
    match unit {
        Unit::Ratio => percent(number),
        Unit::Days => {
            let n = grouped(number, 2);
            if zh { format!("{n} 天") } else { format!("{n} days") }
        }
        Unit::Count => grouped(number, 2),
        Unit::Money => with_currency(amount(number), currency),
        Unit::MoneyPerDay => {
            let money = with_currency(amount(number), currency);
            if zh { format!("{money}/天") } else { format!("{money} a day") }
        }
        Unit::Number => grouped(number, 4),
    }
}

/// An amount: whole, or with two decimals.
fn amount(number: Decimal) -> String {
    let text = grouped(number, 2);
    match text.split_once('.') {
        Some((_, cents)) if cents.len() == 1 => format!("{text}0"),
        _ => text,
    }
}

fn with_currency(number: String, currency: Option<&str>) -> String {
    match currency {
        Some(code) => format!("{number} {code}"),
        None => number,
    }
}

/// How many columns of a terminal a text takes. East Asian wide characters take two (Unicode UAX #11).
pub(crate) fn width(text: &str) -> usize {
    text.chars().map(char_width).sum()
}

fn char_width(c: char) -> usize {
    match u32::from(c) {
        0..=0x1f | 0x7f..=0x9f | 0x300..=0x36f | 0x200b..=0x200f | 0xfe00..=0xfe0f => 0,
        0x1100..=0x115f
        | 0x2e80..=0x303e
        | 0x3041..=0xa4cf
        | 0xac00..=0xd7a3
        | 0xf900..=0xfaff
        | 0xfe30..=0xfe6f
        | 0xff01..=0xff60
        | 0xffe0..=0xffe6
        | 0x1f300..=0x1faff
        | 0x20000..=0x3fffd => 2,
        _ => 1,
    }
}

/// A text on one line and not longer than so many columns.
pub(crate) fn clip(text: &str, columns: usize) -> String {
    let mut out = String::new();
    let mut used = 0_usize;
    for c in text.chars().map(|c| if c.is_control() { ' ' } else { c }) {
        let w = char_width(c);
        if used.saturating_add(w) > columns.saturating_sub(1) && width(text) > columns {
            out.push('…');
            break;
        }
        used = used.saturating_add(w);
        out.push(c);
    }
    out
}

/// Rows of cells under headings, in aligned columns. Columns whose heading starts with `>` are aligned right.
pub(crate) struct Grid {
    headings: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Grid {
    pub(crate) fn new(headings: &[&str]) -> Self {
        Self { headings: headings.iter().map(|h| (*h).to_owned()).collect(), rows: Vec::new() }
    }

    pub(crate) fn row(&mut self, cells: Vec<String>) {
        self.rows.push(cells);
    }

    /// The lines of the table.
    pub(crate) fn lines(&self) -> Vec<String> {
        let bare: Vec<String> = self.headings.iter().map(|h| h.trim_start_matches('>').to_owned()).collect();
        let right: Vec<bool> = self.headings.iter().map(|h| h.starts_with('>')).collect();
        let widths: Vec<usize> = (0..bare.len())
            .map(|i| {
                let cells = self.rows.iter().filter_map(|r| r.get(i));
                cells.chain(bare.get(i)).map(|c| width(c)).max().unwrap_or(0)
            })
            .collect();
        let line = |cells: &[String]| -> String {
            let mut out = String::new();
            for (i, cell) in cells.iter().enumerate() {
                let pad = widths.get(i).copied().unwrap_or(0).saturating_sub(width(cell));
                let pad = " ".repeat(pad);
                if i > 0 {
                    out.push_str("  ");
                }
                if right.get(i) == Some(&true) {
                    out.push_str(&pad);
                    out.push_str(cell);
                } else {
                    out.push_str(cell);
                    out.push_str(&pad);
                }
            }
            out.trim_end().to_owned()
        };
        std::iter::once(line(&bare)).chain(self.rows.iter().map(|r| line(r))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped() {
        let d = |t: &str| t.parse::<Decimal>().unwrap();
        for (value, decimals, expected) in [
            ("10005534", 2, "10,005,534"),
            ("-1234.567", 2, "-1,234.57"),
            ("0.5", 2, "0.5"),
            ("999", 0, "999"),
            ("1000", 0, "1,000"),
        ] {
            assert_eq!(grouped(d(value), decimals), expected);
        }
        assert_eq!(percent(d("0.631501")), "63.15 %");
        assert_eq!(percent(d("0.5")), "50.00 %");
    }

    #[test]
    fn tables_align_wide_characters() {
        let mut grid = Grid::new(&["name", ">n"]);
        grid.row(vec!["华强".into(), "5".into()]);
        grid.row(vec!["abcdef".into(), "12".into()]);
        assert_eq!(grid.lines(), ["name     n", "华强     5", "abcdef  12"]);
    }

    #[test]
    fn clipping_keeps_one_line() {
        assert_eq!(clip("a\nb", 10), "a b");
        assert_eq!(clip("华强电子有限公司", 7), "华强电…");
        assert_eq!(clip("abc", 3), "abc");
    }
}
