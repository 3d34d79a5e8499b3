//! Charts as inline SVG. Colours are CSS variables of the page, so that they follow light and dark.

use std::fmt::Write as _;

use qudao::text::escape_html;

use super::scale::{count, float, px, step};
use crate::format::{clip, grouped, percent, width};
use crate::words::Bi;
use qudao::prelude::Decimal;

/// A drawing under construction.
struct Svg {
    body: String,
    width: f64,
    height: f64,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Anchor {
    Start,
    Middle,
    End,
}

impl Svg {
    fn new(width: f64, height: f64) -> Self {
        Self { body: String::new(), width, height }
    }

    fn rect(&mut self, x: f64, y: f64, w: f64, h: f64, class: &str, hint: Option<&Bi>) {
        let (x, y, w, h) = (px(x), px(y), px(w.max(0.0)), px(h.max(0.0)));
        let _ = write!(
            self.body,
            "<rect x=\"{x}\" y=\"{y}\" width=\"{w}\" height=\"{h}\" rx=\"3\" class=\"{class}\">"
        );
        if let Some(hint) = hint {
            // A title holds one text: both languages, one line each.
            let both = if hint.en == hint.zh { hint.en.clone() } else { format!("{}\n{}", hint.en, hint.zh) };
            let _ = write!(self.body, "<title>{}</title>", escape_html(&both));
        }
        self.body.push_str("</rect>");
    }

    fn line(&mut self, x1: f64, y1: f64, x2: f64, y2: f64, class: &str) {
        let (x1, y1, x2, y2) = (px(x1), px(y1), px(x2), px(y2));
        let _ =
            write!(self.body, "<line x1=\"{x1}\" y1=\"{y1}\" x2=\"{x2}\" y2=\"{y2}\" class=\"{class}\"/>");
    }

    fn text(&mut self, x: f64, y: f64, text: &Bi, anchor: Anchor, class: &str) {
        let anchor = match anchor {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        };
        let (x, y) = (px(x), px(y));
        let versions: &[(&str, &str)] = if text.en == text.zh {
            &[("", &text.en)]
        } else {
            &[(" lang=\"en\"", &text.en), (" lang=\"zh\"", &text.zh)]
        };
        for (lang, t) in versions {
            let t = escape_html(t);
            let _ = write!(
                self.body,
                "<text x=\"{x}\" y=\"{y}\" text-anchor=\"{anchor}\" class=\"{class}\"{lang}>{t}</text>"
            );
        }
    }

    /// The drawing with a name for those who cannot see it.
    fn end(self, name: &Bi) -> String {
        let label = escape_html(&format!("{} · {}", name.en, name.zh)).into_owned();
        let (w, h) = (px(self.width), px(self.height));
        format!(
            "<svg viewBox=\"0 0 {w} {h}\" role=\"img\" aria-label=\"{label}\" \
             preserveAspectRatio=\"xMidYMid meet\">{}</svg>",
            self.body
        )
    }
}

fn clipped(text: &Bi, columns: usize) -> Bi {
    Bi::new(clip(&text.en, columns), clip(&text.zh, columns))
}

fn widest(texts: impl Iterator<Item = Bi>) -> f64 {
    let columns = texts.map(|t| width(&t.en).max(width(&t.zh))).max().unwrap_or(0);
    f64::from(u16::try_from(columns).unwrap_or(40))
}

/// One stage of a funnel.
pub(crate) struct Step {
    pub(crate) label: Bi,
    pub(crate) reached: u64,
}

const W: f64 = 720.0;

/// How many deals reached each stage.
pub(crate) fn funnel(name: &Bi, steps: &[Step]) -> String {
    let row = 44.0;
    let left = (widest(steps.iter().map(|s| clipped(&s.label, 22))) * 7.2 + 16.0).clamp(70.0, 190.0);
    let room = W - left - 150.0;
    let first = steps.first().map_or(0.0, |s| count(s.reached)).max(1.0);
    let mut svg = Svg::new(W, row * count(steps.len() as u64) + 8.0);
    let mut before: Option<u64> = None;
    for (i, step) in steps.iter().enumerate() {
        let y = row * count(i as u64) + 6.0;
        let share = count(step.reached) / first;
        let w = (room * share).max(2.0);
        let tone = if i + 1 == steps.len() { "won".to_owned() } else { format!("f{}", i.min(4)) };
        let hint = Bi::new(
            format!("{}: {} deals", step.label.en, step.reached),
            format!("{}：{} 个商机", step.label.zh, step.reached),
        );
        svg.rect(left + (room - w) / 2.0, y, w, 28.0, &tone, Some(&hint));
        svg.text(left - 10.0, y + 19.0, &clipped(&step.label, 22), Anchor::End, "axis");
        let of_first = ratio(step.reached, steps.first().map_or(0, |s| s.reached));
        let value = format!("{}  {of_first}", grouped(Decimal::from(step.reached), 0));
        svg.text(left + room + 12.0, y + 19.0, &Bi::same(value), Anchor::Start, "value");
        if let Some(before) = before {
            let kept = ratio(step.reached, before);
            svg.text(left + room / 2.0, y - 4.0, &Bi::same(format!("▾ {kept}")), Anchor::Middle, "hint");
        }
        before = Some(step.reached);
    }
    svg.end(name)
}

fn ratio(part: u64, whole: u64) -> String {
    if whole == 0 {
        return "–".to_owned();
    }
    Decimal::from(part).checked_div(Decimal::from(whole)).map_or_else(|| "–".to_owned(), short_percent)
}

fn short_percent(value: Decimal) -> String {
    let scaled = value.checked_mul(Decimal::ONE_HUNDRED).unwrap_or(value).round_dp(1);
    format!("{} %", scaled.normalize())
}

/// A conversion from one stage to the next, counted in three ways.
pub(crate) struct Conversion {
    pub(crate) label: Bi,
    pub(crate) strict: Option<Decimal>,
    pub(crate) any: Option<Decimal>,
    pub(crate) imputed: Option<Decimal>,
    pub(crate) n: u64,
    pub(crate) censored: u64,
}

/// Conversion by stage: a bar for the strict count, marks for the two others.
pub(crate) fn conversions(name: &Bi, rows: &[Conversion]) -> String {
    let row = 40.0;
    let left = (widest(rows.iter().map(|r| clipped(&r.label, 30))) * 7.0 + 16.0).clamp(90.0, 230.0);
    let room = W - left - 130.0;
    let top = 22.0;
    let height = top + row * count(rows.len() as u64) + 6.0;
    let mut svg = Svg::new(W, height);
    for tick in [0.0, 0.25, 0.5, 0.75, 1.0] {
        let x = left + room * tick;
        svg.line(x, top - 4.0, x, height - 6.0, "grid");
        svg.text(x, 12.0, &Bi::same(format!("{} %", px(tick * 100.0))), Anchor::Middle, "hint");
    }
    for (i, r) in rows.iter().enumerate() {
        let y = top + row * count(i as u64) + 6.0;
        svg.text(left - 10.0, y + 17.0, &clipped(&r.label, 30), Anchor::End, "axis");
        svg.rect(left, y, room, 24.0, "track", None);
        let shown = |v: Option<Decimal>| v.map_or_else(|| "–".to_owned(), percent);
        let hint = Bi::new(
            format!(
                "{}: strict {}, any order {}, imputed {}; n {}, still open {}",
                r.label.en,
                shown(r.strict),
                shown(r.any),
                shown(r.imputed),
                r.n,
                r.censored
            ),
            format!(
                "{}：严格 {}，不限顺序 {}，推定 {}；n {}，未决 {}",
                r.label.zh,
                shown(r.strict),
                shown(r.any),
                shown(r.imputed),
                r.n,
                r.censored
            ),
        );
        if let Some(strict) = r.strict {
            svg.rect(left, y, room * float(strict), 24.0, "bar", Some(&hint));
        }
        for (value, class) in [(r.any, "mark-any"), (r.imputed, "mark-imputed")] {
            if let Some(value) = value {
                let x = left + room * float(value);
                svg.line(x, y - 2.0, x, y + 26.0, class);
            }
        }
        let value = r.strict.map_or_else(|| "–".to_owned(), short_percent);
        svg.text(
            left + room + 10.0,
            y + 17.0,
            &Bi::same(format!("{value}  n {}", r.n)),
            Anchor::Start,
            "value",
        );
    }
    svg.end(name)
}

/// How long won deals took, in bars of equal width, with median and percentiles.
pub(crate) fn histogram(name: &Bi, days: &[i64], marks: &[(Bi, Decimal)]) -> String {
    let (w, h, left, bottom, top) = (W, 280.0, 46.0, 40.0, 34.0);
    let mut svg = Svg::new(w, h);
    let longest = days.last().copied().unwrap_or(0).max(1);
    // The longest hundredth is gathered in the last bar, so that one deal does not flatten the rest.
    let cut = days.get(days.len().saturating_mul(99) / 100).copied().unwrap_or(longest).max(1);
    let wide = step(as_f64(cut + 1), 24.0).max(1.0);
    let bars = (as_f64(cut + 1) / wide).ceil().max(1.0);
    let number = as_index(bars);
    let mut counts = vec![0_u64; number];
    for d in days {
        let at = as_index((as_f64((*d).max(0)) / wide).floor()).min(number.saturating_sub(1));
        if let Some(slot) = counts.get_mut(at) {
            *slot = slot.saturating_add(1);
        }
    }
    let highest = counts.iter().copied().max().unwrap_or(1).max(1);
    let tick = step(count(highest), 4.0).max(1.0);
    let room = w - left - 16.0;
    let tall = h - bottom - top;
    let scale = |n: f64| tall * n / (count(highest) * 1.05);
    let mut level = 0.0;
    while level <= count(highest) {
        let y = h - bottom - scale(level);
        svg.line(left, y, w - 16.0, y, "grid");
        svg.text(left - 6.0, y + 4.0, &Bi::same(px(level)), Anchor::End, "hint");
        level += tick;
    }
    let each = room / bars;
    for (i, n) in counts.iter().enumerate() {
        let x = left + each * count(i as u64);
        let (from, to) = (wide * count(i as u64), wide * count(i as u64 + 1) - 1.0);
        let last = i + 1 == counts.len() && longest > cut;
        let range = if last { format!("≥ {}", px(from)) } else { format!("{}–{}", px(from), px(to)) };
        let hint = Bi::new(format!("{range} days: {n} deals"), format!("{range} 天：{n} 个商机"));
        svg.rect(x + 1.0, h - bottom - scale(count(*n)), each - 2.0, scale(count(*n)), "bar", Some(&hint));
        if i % (counts.len() / 12 + 1) == 0 {
            svg.text(x, h - bottom + 16.0, &Bi::same(px(from)), Anchor::Middle, "hint");
        }
    }
    svg.text(w - 16.0, h - 6.0, &Bi::new("calendar days", "日历天数"), Anchor::End, "hint");
    for (i, (label, value)) in marks.iter().enumerate() {
        let at = (float(*value) / (wide * bars)).clamp(0.0, 1.0);
        let x = left + room * at;
        svg.line(x, top - 8.0, x, h - bottom, "mark");
        let text = Bi::new(
            format!("{} {}", label.en, grouped(*value, 1)),
            format!("{} {}", label.zh, grouped(*value, 1)),
        );
        // Neighbouring marks would write over each other: each has a line of its own.
        let y = 11.0 + 11.0 * count(i as u64 % 2);
        let side = if at > 0.85 { Anchor::End } else { Anchor::Start };
        svg.text(x + if at > 0.85 { -4.0 } else { 4.0 }, y, &text, side, "value small");
    }
    svg.end(name)
}

fn as_f64(value: i64) -> f64 {
    i32::try_from(value).map_or(f64::from(i32::MAX), f64::from)
}

fn as_index(value: f64) -> usize {
    format!("{value:.0}").parse::<usize>().unwrap_or(0).min(10_000)
}

/// What became of the rows of one object.
pub(crate) struct Share {
    pub(crate) label: Bi,
    pub(crate) clean: u64,
    pub(crate) warned: u64,
    pub(crate) rejected: u64,
}

/// Data quality by object: how many rows in a hundred came in clean, with warnings, or not at all.
pub(crate) fn quality(name: &Bi, rows: &[Share]) -> String {
    let row = 34.0;
    let left = (widest(rows.iter().map(|r| clipped(&r.label, 20))) * 7.2 + 16.0).clamp(70.0, 170.0);
    let room = W - left - 110.0;
    let mut svg = Svg::new(W, row * count(rows.len() as u64) + 6.0);
    for (i, r) in rows.iter().enumerate() {
        let y = row * count(i as u64) + 4.0;
        svg.text(left - 10.0, y + 16.0, &clipped(&r.label, 20), Anchor::End, "axis");
        let total = r.clean.saturating_add(r.warned).saturating_add(r.rejected);
        let mut x = left;
        for (n, class, en, zh) in [
            (r.clean, "good", "clean", "合格"),
            (r.warned, "warn", "with warnings", "有警告"),
            (r.rejected, "bad", "rejected", "被拒绝"),
        ] {
            if n == 0 {
                continue;
            }
            // A share too small to see still shows.
            let w = (room * count(n) / count(total.max(1))).max(3.0);
            let hint =
                Bi::new(format!("{}: {n} rows {en}", r.label.en), format!("{}：{n} 行{zh}", r.label.zh));
            svg.rect(x, y, w.min(left + room - x), 22.0, class, Some(&hint));
            x += w;
        }
        let value = format!("{}  {}", grouped(Decimal::from(total), 0), ratio(r.clean, total));
        svg.text(left + room + 10.0, y + 16.0, &Bi::same(value), Anchor::Start, "value");
    }
    svg.end(name)
}

/// A finding with the number of rows in which it occurs.
pub(crate) struct Count {
    pub(crate) label: Bi,
    pub(crate) hint: Bi,
    pub(crate) class: &'static str,
    pub(crate) rows: u64,
}

/// How often each rule was not met.
pub(crate) fn counts(name: &Bi, rows: &[Count]) -> String {
    let row = 34.0;
    let left = (widest(rows.iter().map(|r| clipped(&r.label, 30))) * 7.0 + 16.0).clamp(90.0, 230.0);
    let room = W - left - 80.0;
    let most = rows.iter().map(|r| r.rows).max().unwrap_or(1).max(1);
    let mut svg = Svg::new(W, row * count(rows.len() as u64) + 6.0);
    for (i, r) in rows.iter().enumerate() {
        let y = row * count(i as u64) + 4.0;
        svg.text(left - 10.0, y + 16.0, &clipped(&r.label, 30), Anchor::End, "axis");
        svg.rect(left, y, (room * count(r.rows) / count(most)).max(3.0), 22.0, r.class, Some(&r.hint));
        let x = left + room * count(r.rows) / count(most) + 8.0;
        svg.text(
            x.max(left + 10.0),
            y + 16.0,
            &Bi::same(grouped(Decimal::from(r.rows), 0)),
            Anchor::Start,
            "value",
        );
    }
    svg.end(name)
}

/// Columns of amounts by month.
pub(crate) fn columns(name: &Bi, rows: &[(String, Decimal)], currency: &str) -> String {
    let (w, h, left, bottom, top) = (W, 240.0, 74.0, 34.0, 16.0);
    let mut svg = Svg::new(w, h);
    let highest = rows.iter().map(|(_, v)| float(*v)).fold(0.0_f64, f64::max).max(1.0);
    let tick = step(highest, 4.0);
    let (room, tall) = (w - left - 12.0, h - bottom - top);
    let mut level = 0.0;
    while level <= highest * 1.001 {
        let y = h - bottom - tall * level / highest;
        svg.line(left, y, w - 12.0, y, "grid");
        svg.text(left - 6.0, y + 4.0, &short_amount(level), Anchor::End, "hint");
        level += tick;
    }
    let each = room / count(rows.len().max(1) as u64);
    for (i, (month, value)) in rows.iter().enumerate() {
        let x = left + each * count(i as u64);
        let tall = (tall * float(*value) / highest).max(0.0);
        let hint = Bi::same(format!("{month}: {} {currency}", grouped(*value, 0)));
        svg.rect(x + each * 0.12, h - bottom - tall, each * 0.76, tall, "bar", Some(&hint));
        if i % (rows.len() / 12 + 1) == 0 {
            svg.text(x + each / 2.0, h - bottom + 16.0, &Bi::same(month.clone()), Anchor::Middle, "hint");
        }
    }
    svg.end(name)
}

/// 1.5M and 150 万: an amount as an axis writes it.
fn short_amount(value: f64) -> Bi {
    let en = if value >= 1e9 {
        format!("{}B", px(value / 1e9))
    } else if value >= 1e6 {
        format!("{}M", px(value / 1e6))
    } else if value >= 1e3 {
        format!("{}k", px(value / 1e3))
    } else {
        px(value)
    };
    let zh = if value >= 1e8 {
        format!("{} 亿", px(value / 1e8))
    } else if value >= 1e4 {
        format!("{} 万", px(value / 1e4))
    } else {
        px(value)
    };
    Bi::new(en, zh)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_escaped() {
        let evil = Bi::same("<script>alert(1)</script>");
        let svg = funnel(&evil, &[Step { label: evil.clone(), reached: 3 }]);
        assert!(!svg.contains("<script"), "{svg}");
        assert!(svg.contains("&lt;script&gt;"));
    }

    #[test]
    fn empty_data_draws_something() {
        let name = Bi::same("x");
        for svg in [
            funnel(&name, &[]),
            conversions(&name, &[]),
            histogram(&name, &[], &[]),
            quality(&name, &[]),
            columns(&name, &[], "CNY"),
            counts(&name, &[]),
        ] {
            assert!(svg.starts_with("<svg") && svg.ends_with("</svg>") && !svg.contains("NaN"), "{svg}");
        }
    }

    #[test]
    fn a_histogram_counts_every_deal() {
        let days: Vec<i64> = (0..500).map(|n| n % 120).chain([4000]).collect();
        let mut sorted = days.clone();
        sorted.sort_unstable();
        let svg = histogram(&Bi::same("x"), &sorted, &[]);
        let total: u64 = svg
            .split(" days: ")
            .skip(1)
            .filter_map(|p| p.split(' ').next().and_then(|n| n.parse::<u64>().ok()))
            .sum();
        assert_eq!(total, 501);
    }
}
