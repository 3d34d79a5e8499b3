//! Cells that are safe to open: spreadsheet formulas defused, HTML escaped.

use std::borrow::Cow;

use crate::fold::{half_width, is_invisible};

/// Defuses a cell that a spreadsheet program would run as a formula, by a leading apostrophe.
///
/// A cell is dangerous when its first visible character is `=`, `+`, `-` or `@` (full-width forms too), or when it
/// starts with a tab, a carriage return or a line feed. Plain numbers such as `-12.5` or `+8613800138000` stay.
/// [`undefuse`] undoes it exactly, for every text.
///
/// Source: OWASP, "CSV Injection".
///
/// ```
/// use qudao_text::{defuse, undefuse};
/// assert_eq!(defuse("=cmd|' /C calc'!A0"), "'=cmd|' /C calc'!A0");
/// assert_eq!(defuse("-12.5"), "-12.5");
/// assert_eq!(undefuse(&defuse("=1+1")), "=1+1");
/// ```
#[must_use]
pub fn defuse(cell: &str) -> Cow<'_, str> {
    // A cell that already looks defused gets one more apostrophe, so that undoing gives back what was there.
    if is_dangerous(cell.trim_start_matches('\'')) {
        Cow::Owned(format!("'{cell}"))
    } else {
        Cow::Borrowed(cell)
    }
}

/// Undoes [`defuse`]: `undefuse(&defuse(x)) == x` for every text. Other texts stay as they are.
#[must_use]
pub fn undefuse(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(rest) if is_dangerous(rest.trim_start_matches('\'')) => rest,
        _ => cell,
    }
}

fn is_dangerous(cell: &str) -> bool {
    if cell.starts_with(['\t', '\r', '\n']) {
        return true;
    }
    let visible = cell.trim_start_matches(|c: char| c.is_whitespace() || is_invisible(c));
    let Some(first) = visible.chars().next() else { return false };
    match half_width(first) {
        '=' | '@' => true,
        '+' | '-' => !is_plain_number(visible),
        _ => false,
    }
}

/// A sign, digits with thousands separators, decimals, an exponent and a percent sign.
fn is_plain_number(text: &str) -> bool {
    let unsigned = text.trim_end();
    let unsigned = unsigned.strip_prefix(['+', '-']).unwrap_or(unsigned);
    let unsigned = unsigned.strip_suffix('%').unwrap_or(unsigned);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((m, e)) => (m, Some(e.strip_prefix(['+', '-']).unwrap_or(e))),
        None => (unsigned, None),
    };
    let digits = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
    let (whole, decimals) = match mantissa.split_once('.') {
        Some((w, d)) => (w, Some(d)),
        None => (mantissa, None),
    };
    let whole_ok = whole.starts_with(|c: char| c.is_ascii_digit())
        && whole.bytes().all(|b| b.is_ascii_digit() || b == b',')
        || whole.is_empty() && decimals.is_some();
    whole_ok && decimals.is_none_or(digits) && exponent.is_none_or(digits)
}

/// Escapes a text for HTML, element content and quoted attributes alike.
///
/// ```
/// assert_eq!(qudao_text::escape_html("<b>\"A\" & 'B'</b>"), "&lt;b&gt;&quot;A&quot; &amp; &#39;B&#39;&lt;/b&gt;");
/// ```
#[must_use]
pub fn escape_html(text: &str) -> Cow<'_, str> {
    if !text.contains(['&', '<', '>', '"', '\'']) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len().saturating_add(16));
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            _ => out.push(c),
        }
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defuses_what_runs_and_nothing_else() {
        for cell in [
            "=cmd|' /C calc'!A0",
            "=1+1",
            " =1+1",
            "\u{feff}=1+1",
            "＝1+1",
            "+1+cmd|' /C calc'!A0",
            "+86-10-65529988",
            "-2+3",
            "-",
            "--",
            "-A1",
            "@SUM(A1)",
            "＠SUM(A1)",
            "\t=1",
            "\rx",
            "\nx",
            "'=1+1",
            "''@x",
        ] {
            let safe = defuse(cell);
            assert_eq!(safe, format!("'{cell}"), "{cell:?}");
            assert_eq!(undefuse(&safe), cell, "{cell:?}");
        }
        for cell in [
            "",
            " ",
            "a=b",
            "-12.5",
            "+5",
            "-.5",
            "-1,234.50",
            "-1.5e-3",
            "-5%",
            "-5 ",
            "+8613800138000",
            "O'Reilly",
            "'quoted'",
            "'",
            "华为",
            "1-2",
        ] {
            assert_eq!(defuse(cell), cell, "{cell:?}");
            assert_eq!(undefuse(cell), cell, "{cell:?}");
        }
    }

    #[test]
    fn escapes_html() {
        assert_eq!(escape_html("<script>alert(1)</script>"), "&lt;script&gt;alert(1)&lt;/script&gt;");
        assert!(matches!(escape_html("plain 文本"), Cow::Borrowed(_)));
    }
}
