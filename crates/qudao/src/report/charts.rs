//! Charts as inline SVG. Colours are CSS classes of the page, so that they follow light and dark. Nothing but numbers and fixed words
//! stands in them.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use qudao_match::ScoreBar;
use qudao_model::Decimal;
use rust_decimal::prelude::ToPrimitive as _;

use super::page::{Bi, grouped};

const W: f64 = 720.0;

fn float(value: Decimal) -> f64 {
    value.to_f64().unwrap_or(0.0)
}

#[expect(clippy::cast_precision_loss, reason = "a place on the screen")]
fn count(value: u64) -> f64 {
    value as f64
}

/// A coordinate: at most two decimals.
fn px(value: f64) -> String {
    let text = format!("{value:.2}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text.is_empty() || text == "-0" { "0".to_owned() } else { text.to_owned() }
}

fn rect(out: &mut String, [x, y, w, h]: [f64; 4], class: &str, hint: &str) {
    let (x, y, w, h) = (px(x), px(y), px(w.max(0.0)), px(h.max(0.0)));
    let _ = write!(out, "<rect x=\"{x}\" y=\"{y}\" width=\"{w}\" height=\"{h}\" rx=\"2\" class=\"{class}\">");
    if !hint.is_empty() {
        let _ = write!(out, "<title>{hint}</title>");
    }
    out.push_str("</rect>");
}

fn line(out: &mut String, [x1, y1, x2, y2]: [f64; 4], class: &str) {
    let (x1, y1, x2, y2) = (px(x1), px(y1), px(x2), px(y2));
    let _ = write!(out, "<line x1=\"{x1}\" y1=\"{y1}\" x2=\"{x2}\" y2=\"{y2}\" class=\"{class}\"/>");
}

fn text(out: &mut String, (x, y): (f64, f64), anchor: &str, class: &str, text: &Bi) {
    let (x, y) = (px(x), px(y));
    let mut one = |lang: &str, text: &str| {
        let _ = write!(
            out,
            "<text x=\"{x}\" y=\"{y}\" text-anchor=\"{anchor}\" class=\"{class}\"{lang}>{text}</text>"
        );
    };
    if text.en == text.zh {
        one("", &text.en);
    } else {
        one(" lang=\"en\"", &text.en);
        one(" lang=\"zh\"", &text.zh);
    }
}

fn svg(width: f64, height: f64, name: &str, body: &str) -> String {
    let (w, h) = (px(width), px(height));
    format!("<svg viewBox=\"0 0 {w} {h}\" role=\"img\" aria-label=\"{name}\">{body}</svg>")
}

/// How high a bar of a count is, from 0 to 1: by the logarithm, for most pairs are far below every threshold.
fn log_share(value: u64, most: u64) -> f64 {
    if value == 0 { 0.0 } else { libm::log10(count(value) + 1.0) / libm::log10(count(most) + 1.0) }
}

/// How many pairs came to which weight, with both thresholds.
pub(super) fn scores(bars: &[ScoreBar], review: Decimal, same: Decimal) -> Option<String> {
    let (first, last) = (bars.first()?, bars.last()?);
    let (low, high) = (float(first.from).min(float(review) - 2.0), float(last.to).max(float(same) + 2.0));
    let (left, right, top, bottom, height) = (56.0, 16.0, 34.0, 44.0, 290.0);
    let x = |bits: f64| left + (bits - low) / (high - low) * (W - left - right);
    let base = height - bottom;
    let most = bars.iter().map(|b| b.pairs).max().unwrap_or(1).max(1);
    let mut out = String::new();
    // Powers of ten.
    let mut power = 1_u64;
    while power <= most {
        let y = base - log_share(power, most) * (base - top);
        line(&mut out, [left, y, W - right, y], "grid");
        text(&mut out, (left - 8.0, y + 4.0), "end", "hint", &Bi::same(grouped(power)));
        power = power.saturating_mul(10);
    }
    for bar in bars {
        let middle = (float(bar.from) + float(bar.to)) / 2.0;
        let class = if middle >= float(same) {
            "good"
        } else if middle >= float(review) {
            "warn"
        } else {
            "rest"
        };
        let h = log_share(bar.pairs, most) * (base - top);
        let (from, to) = (x(float(bar.from)), x(float(bar.to)));
        let hint = format!("{} … {} bit: {}", bar.from.normalize(), bar.to.normalize(), grouped(bar.pairs));
        rect(&mut out, [from + 1.0, base - h, to - from - 2.0, h], class, &hint);
    }
    line(&mut out, [left, base, W - right, base], "grid");
    let step = if high - low > 60.0 { 10.0 } else { 5.0 };
    let mut tick = (low / step).ceil() * step;
    while tick <= high {
        text(&mut out, (x(tick), base + 16.0), "middle", "hint", &Bi::same(px(tick)));
        tick += step;
    }
    let names = [
        (review, Bi::new("a person looks", "人工确认"), "end"),
        (same, Bi::new("the same", "相同"), "start"),
    ];
    for (at, name, anchor) in names {
        let at = x(float(at));
        line(&mut out, [at, top - 12.0, at, base], "mark");
        let side = if anchor == "end" { at - 5.0 } else { at + 5.0 };
        text(&mut out, (side, top - 14.0), anchor, "small", &name);
    }
    let axis = Bi::new("weight of evidence in bits", "证据权重（比特）");
    text(&mut out, ((left + W - right) / 2.0, height - 8.0), "middle", "hint", &axis);
    Some(svg(W, height, "Scores of compared pairs · 比对得分分布", &out))
}

/// How many clusters there are of each size.
pub(super) fn sizes(sizes: &BTreeMap<usize, usize>) -> Option<String> {
    // Sizes of few clusters are put together, so that there are not more than a dozen bars.
    let mut bars: Vec<(String, u64)> = Vec::new();
    for (from, to) in
        [(2, 2), (3, 3), (4, 4), (5, 5), (6, 8), (9, 16), (17, 32), (33, 64), (65, 128), (129, usize::MAX)]
    {
        let clusters: usize = sizes.range(from..=to).map(|(_, n)| *n).sum();
        let name = if from == to {
            from.to_string()
        } else if to == usize::MAX {
            format!("≥ {from}")
        } else {
            format!("{from}–{to}")
        };
        bars.push((name, clusters as u64));
    }
    while bars.last().is_some_and(|(_, n)| *n == 0) {
        bars.pop();
    }
    let most = bars.iter().map(|(_, n)| *n).max()?.max(1);
    let (left, row) = (78.0, 26.0);
    let height = row * count(bars.len() as u64) + 30.0;
    let mut out = String::new();
    for (at, (name, clusters)) in bars.iter().enumerate() {
        let y = row * count(at as u64) + 4.0;
        let w = log_share(*clusters, most) * (W - left - 110.0);
        text(&mut out, (left - 10.0, y + 14.0), "end", "axis", &Bi::same(name.as_str()));
        rect(&mut out, [left, y, w, 18.0], "bar", "");
        text(&mut out, (left + w + 8.0, y + 14.0), "start", "value", &Bi::same(grouped(*clusters)));
    }
    let axis =
        Bi::new("rows in a cluster; how many clusters (logarithmic)", "簇内行数；簇的个数（对数刻度）");
    text(&mut out, (left, height - 8.0), "start", "hint", &axis);
    Some(svg(W, height, "Clusters by size · 簇大小分布", &out))
}

/// The scale of a waterfall: every total on the way, zero and the threshold lie on it.
pub(super) struct Scale {
    low: f64,
    high: f64,
    threshold: f64,
}

impl Scale {
    pub(super) fn of(totals: impl Iterator<Item = Decimal>, threshold: Decimal) -> Self {
        let threshold = float(threshold);
        let (mut low, mut high) = (threshold.min(0.0), threshold.max(0.0));
        for total in totals.map(float) {
            low = low.min(total);
            high = high.max(total);
        }
        Self { low: low - 0.5, high: high + 0.5, threshold }
    }

    /// One step from a running total to the next.
    pub(super) fn step(&self, from: Decimal, to: Decimal) -> String {
        const WIDE: f64 = 220.0;
        let x = |bits: f64| (bits - self.low) / (self.high - self.low) * WIDE;
        let (from, to) = (float(from), float(to));
        let mut out = String::new();
        line(&mut out, [x(0.0), 0.0, x(0.0), 20.0], "grid");
        line(&mut out, [x(self.threshold), 0.0, x(self.threshold), 20.0], "mark");
        let class = if to > from {
            "good"
        } else if to < from {
            "bad"
        } else {
            "rest"
        };
        let (a, b) = (x(from.min(to)), x(from.max(to)));
        rect(&mut out, [a, 4.0, (b - a).max(1.5), 12.0], class, "");
        format!("<svg viewBox=\"0 0 220 20\" class=\"step\" aria-hidden=\"true\">{out}</svg>")
    }
}
