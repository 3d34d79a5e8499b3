//! The match report: what a search for duplicates compared, by what, and what it found.

use std::collections::BTreeMap;

use minijinja::Environment;
use minijinja::value::{Serde, Value as Jinja};
use qudao_match::{
    Batch, ClusterCell, ClusterView, Example, FieldLevels, Level, Link, OversizedBlock, Pair, Survey, Veto,
};
use qudao_model::{Decimal, FieldName, LocalText, Locale, ObjectSchema};

use super::PAGE_CSS;
use super::charts::{self, Scale};
use super::page::{self, Bi, Cell, Cluster, Field, Key, Page, Row, Step, Tile, Waterfall, Weight};
use super::page::{grouped, percent, signed};
use crate::error::Error;

/// A report of duplicates as one HTML page, in English and Chinese with a switch between them.
///
/// It holds no more of the records than the compared fields of the rows that it shows, fetches nothing, and everything that comes from
/// data is escaped.
///
/// ```
/// use qudao::matching::SurveyOptions;
/// use qudao::prelude::*;
/// use qudao::report::MatchReport;
///
/// let engine = Engine::from_yaml("qudao: 1\nmatching: {account.same: {compare: {name: company_name, phone: phone}}}\n")?;
/// let account = engine.schema().object("account").unwrap().clone();
/// let row = |id: &str, name: &str| {
///     let record = Record::new(account.clone(), RecordId::new(id)?).with("name", name)?;
///     Ok::<_, Box<dyn std::error::Error>>(record.with("phone", "0755-28780808")?)
/// };
/// let rows = [row("a", "Acme Trading Ltd")?, row("b", "ACME Trading Limited")?];
/// let found = engine.dedupe(&account.name, &rows, None)?;
/// let survey = engine.survey(&found.rule, &rows, &found.batch, &SurveyOptions::default())?;
/// let page = MatchReport::new(survey, &found.batch).with_words(&account).to_html(&Locale::en())?;
/// assert!(page.contains("ACME Trading Limited"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MatchReport {
    survey: Survey,
    compared: u64,
    same: usize,
    review: usize,
    related: usize,
    duplicates: Option<usize>,
    oversized: Vec<OversizedBlock>,
    words: BTreeMap<FieldName, LocalText>,
    object: LocalText,
}

impl MatchReport {
    /// The report of one table.
    #[must_use]
    pub fn new(survey: Survey, found: &Batch) -> Self {
        let all = (&found.pairs[..], &found.related[..], &found.oversized[..]);
        Self::of(survey, all, found.compared, Some(found.duplicates()))
    }

    /// The report of two tables that were linked.
    #[must_use]
    pub fn of_link(survey: Survey, found: &Link) -> Self {
        Self::of(survey, (&found.pairs, &found.related, &found.oversized), found.compared, None)
    }

    fn of(
        survey: Survey,
        (pairs, related, oversized): (&[Pair], &[Pair], &[OversizedBlock]),
        compared: u64,
        duplicates: Option<usize>,
    ) -> Self {
        let same = pairs.iter().filter(|p| p.probability >= survey.match_at).count();
        Self {
            compared,
            same,
            review: pairs.len().saturating_sub(same),
            related: related.len(),
            duplicates,
            oversized: oversized.to_vec(),
            words: BTreeMap::new(),
            object: LocalText::Empty,
            survey,
        }
    }

    /// Calls the fields and the object by the company's own words.
    #[must_use]
    pub fn with_words(mut self, object: &ObjectSchema) -> Self {
        for field in &object.fields {
            self.words.insert(field.name.clone(), field.label().clone());
        }
        self.object = object.label.clone();
        self
    }

    /// Calls some fields by other words: the columns that they came from.
    #[must_use]
    pub fn with_columns<'a>(mut self, columns: impl IntoIterator<Item = (&'a FieldName, &'a str)>) -> Self {
        for (field, column) in columns {
            self.words.insert(field.clone(), LocalText::from(column));
        }
        self.object = LocalText::Empty;
        self
    }

    /// The page, showing the locale's language first.
    ///
    /// # Errors
    /// [`Error::Internal`] when the page cannot be made, which is a bug.
    pub fn to_html(&self, locale: &Locale) -> Result<String, Error> {
        let failed = |e: minijinja::Error| Error::Internal { detail: format!("{e:#}") };
        let mut env = Environment::new();
        // The name's ending switches escaping on.
        env.add_template("matched.html", include_str!("matched.html")).map_err(failed)?;
        let template = env.get_template("matched.html").map_err(failed)?;
        template.render(Jinja::from(Serde(&self.page(locale)))).map_err(failed)
    }

    fn word(&self, field: &FieldName) -> Bi {
        let name = field.as_str();
        self.words.get(field).map_or_else(
            || Bi::same(name),
            |w| Bi::new(w.get_or(&Locale::en(), name), w.get_or(&Locale::zh(), name)),
        )
    }

    fn page(&self, locale: &Locale) -> Page {
        let s = &self.survey;
        let title = if s.right_rows.is_some() {
            Bi::new("Match report: two tables", "匹配报告：两表关联")
        } else {
            Bi::new("Match report: duplicates", "查重报告")
        };
        let object = Bi::new(self.object.get_or(&Locale::en(), ""), self.object.get_or(&Locale::zh(), ""));
        Page {
            lang: if locale.is_chinese() { "zh" } else { "en" },
            version: env!("CARGO_PKG_VERSION"),
            css: PAGE_CSS,
            title,
            subtitle: object,
            rule: s.rule.to_string(),
            tiles: self.tiles(),
            scores: charts::scores(&s.scores, s.review_weight, s.match_weight),
            sample: (s.step > 1).then(|| {
                let n = grouped(s.sampled);
                Bi::new(
                    format!("Told from a sample of {n} pairs with a fixed seed."),
                    format!("由固定种子抽取的 {n} 对样本推算。"),
                )
            }),
            sizes: (!s.sizes.is_empty()).then(|| charts::sizes(&s.sizes)).flatten(),
            labels: self.labels(),
            columns: s.fields.iter().map(|f| self.word(&f.field)).collect(),
            largest: s.largest.iter().map(cluster).collect(),
            doubtful: s.doubtful.iter().map(cluster).collect(),
            near: s.near.iter().map(|e| self.waterfall(e)).collect(),
            vetoes: s.vetoes.iter().map(|v| self.veto(v)).collect(),
            keys: self.keys(),
            oversized: self.oversized.iter().map(oversized).collect(),
            levels: shown_levels().map(page::level).collect(),
            fields: s.fields.iter().map(|f| self.field(f)).collect(),
            weights: self.weights(),
            thresholds: Bi::new(
                format!(
                    "the same from {} on ({} bit), for a person from {} on ({} bit)",
                    s.match_at.normalize(),
                    signed(s.match_weight),
                    s.review_at.normalize(),
                    signed(s.review_weight)
                ),
                format!(
                    "概率不低于 {}（{} 比特）视为相同，不低于 {}（{} 比特）交人工确认",
                    s.match_at.normalize(),
                    signed(s.match_weight),
                    s.review_at.normalize(),
                    signed(s.review_weight)
                ),
            ),
        }
    }

    fn tiles(&self) -> Vec<Tile> {
        let s = &self.survey;
        let tile = |value: u64, en: &str, zh: &str, tone| Tile {
            value: grouped(value),
            label: Bi::new(en, zh),
            tone,
        };
        let mut tiles = vec![match s.right_rows {
            None => tile(s.rows as u64, "rows", "行数", ""),
            Some(_) => tile(s.rows as u64, "rows of the first table", "第一表行数", ""),
        }];
        if let Some(right) = s.right_rows {
            tiles.push(tile(right as u64, "rows of the second table", "第二表行数", ""));
        }
        tiles.push(tile(self.compared, "pairs compared", "比对的记录对", ""));
        tiles.push(tile(self.same as u64, "pairs taken for the same", "判为相同的对", "good"));
        let tone = |n: usize, tone| if n == 0 { "" } else { tone };
        tiles.push(tile(
            self.review as u64,
            "pairs for a person to look at",
            "待人工确认的对",
            tone(self.review, "warn"),
        ));
        if let Some(duplicates) = self.duplicates {
            tiles.push(tile(s.sizes.values().sum::<usize>() as u64, "clusters", "重复簇", ""));
            tiles.push(tile(duplicates as u64, "rows too many", "多余的行", tone(duplicates, "bad")));
        }
        tiles.push(tile(self.related as u64, "pairs of company and branch", "公司与分支机构的对", ""));
        tiles
    }

    fn labels(&self) -> Vec<Tile> {
        let Some(seen) = self.survey.labels else { return Vec::new() };
        let tile = |part: u64, whole: u64, en: &str, zh: &str, tone| Tile {
            value: format!("{} / {}", grouped(part), grouped(whole)),
            label: Bi::new(
                format!("{en} ({})", percent(part, whole)),
                format!("{zh}（{}）", percent(part, whole)),
            ),
            tone,
        };
        vec![
            tile(
                seen.compared,
                seen.same,
                "labelled the same: were compared, blocking recall",
                "标为相同的对：已比对，即分组召回率",
                "",
            ),
            tile(
                seen.found,
                seen.same,
                "labelled the same: were found, recall",
                "标为相同的对：已找到，即召回率",
                "good",
            ),
            tile(
                seen.wrong,
                seen.different,
                "labelled different: taken for the same",
                "标为不同的对：被误判为相同",
                "bad",
            ),
        ]
    }

    fn keys(&self) -> Vec<Key> {
        let s = &self.survey;
        let rows = s.rows.saturating_add(s.right_rows.unwrap_or(0)) as u64;
        let key = |k: &qudao_match::KeyUse| Key {
            key: k.key.clone(),
            rows: grouped(k.rows.into()),
            share: percent(k.rows.into(), rows),
            blocks: grouped(k.blocks.into()),
            largest: grouped(k.largest.into()),
            pairs: grouped(k.pairs),
        };
        s.keys.iter().map(key).collect()
    }

    fn field(&self, f: &FieldLevels) -> Field {
        let weights = shown_levels().map(|level| {
            let Some(weight) = f.levels.iter().find(|w| w.level == level) else {
                return Weight { text: String::new(), class: "", strength: 0 };
            };
            let text = if weight.least == weight.most {
                signed(weight.least)
            } else {
                format!("{} … {}", signed(weight.least), signed(weight.most))
            };
            let middle = (weight.least + weight.most) / Decimal::TWO;
            Weight {
                text,
                class: if middle.is_sign_negative() { "against" } else { "for" },
                strength: strength(middle),
            }
        });
        Field {
            field: self.word(&f.field),
            name: f.field.to_string(),
            comparator: page::comparator(f.comparator),
            identity: f.identity,
            weights: weights.collect(),
        }
    }

    fn weights(&self) -> Bi {
        let prior = signed(self.survey.prior);
        if self.survey.learned {
            Bi::new(
                format!(
                    "Learned from a table. Two numbers: agreement on the most frequent values and on the rarest. Prior {prior} bit."
                ),
                format!(
                    "由数据学得。两个数值分别为在最常见取值与最罕见取值上一致时的权重。先验 {prior} 比特。"
                ),
            )
        } else {
            Bi::new(
                format!("As the rule assumes or gives them. Prior {prior} bit."),
                format!("为规则的默认或给定权重。先验 {prior} 比特。"),
            )
        }
    }

    fn veto(&self, veto: &Veto) -> page::Veto {
        page::Veto {
            field: self.word(&veto.field),
            pairs: grouped(veto.pairs),
            alike: grouped(veto.alike),
            example: veto.example.as_ref().map(|e| self.waterfall(e)),
        }
    }

    /// A pair, field by field, with the running total.
    fn waterfall(&self, example: &Example) -> Waterfall {
        let (s, score) = (&self.survey, &example.score);
        let start = score.evidence.first().map_or(s.prior, |e| e.total - e.weight);
        let totals = std::iter::once(start).chain(score.evidence.iter().map(|e| e.total));
        let scale = Scale::of(totals, s.match_weight);
        let mut steps = vec![Step {
            name: Bi::new("prior", "先验"),
            left: None,
            right: None,
            level: None,
            class: "",
            weight: signed(start),
            total: signed(start),
            svg: scale.step(Decimal::ZERO, start),
        }];
        let mut before = start;
        for e in &score.evidence {
            let level = Level::ALL.into_iter().find(|l| l.as_str() == e.level);
            steps.push(Step {
                name: self.word(&e.field),
                left: e.left.clone(),
                right: e.right.clone(),
                level: Some(page::with_frequency(
                    level.map_or_else(|| Bi::same(e.level.as_str()), page::level),
                    e.frequency,
                )),
                class: class_of(level.unwrap_or(Level::Missing)),
                weight: signed(e.weight),
                total: signed(e.total),
                svg: scale.step(before, e.total),
            });
            before = e.total;
        }
        let (verdict, tone) = if let Some(veto) = &score.veto {
            let word = self.word(veto);
            (Bi::new(format!("forbidden by {}", word.en), format!("被“{}”否决", word.zh)), "error")
        } else if score.probability >= s.match_at {
            (Bi::new("the same", "相同"), "good")
        } else {
            (Bi::new("a person looks", "人工确认"), "warning")
        };
        let (left, right) = (example.left, example.right);
        let p = score.probability.normalize();
        Waterfall {
            heading: if score.veto.is_some() {
                Bi::new(format!("rows {left} and {right}"), format!("第 {left} 行与第 {right} 行"))
            } else {
                Bi::new(
                    format!("rows {left} and {right}: probability {p}"),
                    format!("第 {left} 行与第 {right} 行：概率 {p}"),
                )
            },
            verdict,
            tone,
            steps,
        }
    }
}

fn shown_levels() -> impl Iterator<Item = Level> {
    Level::ALL.into_iter().filter(|l| *l != Level::Missing)
}

fn class_of(level: Level) -> &'static str {
    match level {
        Level::Missing => "none",
        Level::Different => "differs",
        Level::Low | Level::Medium => "partly",
        Level::High => "nearly",
        Level::Exact => "agrees",
    }
}

/// How strongly a weight is coloured: 16 bits and more in full.
fn strength(bits: Decimal) -> u8 {
    use rust_decimal::prelude::ToPrimitive as _;
    let share = bits.abs().min(Decimal::from(16)) * Decimal::from(60) / Decimal::from(16);
    share.round().to_u8().unwrap_or(0)
}

fn cluster(view: &ClusterView) -> Cluster {
    let (number, size) = (view.cluster, view.size);
    let note = view.weakest.as_ref().map_or_else(Bi::default, |pair| {
        let (l, r, p) = (pair.left, pair.right, pair.probability.normalize());
        Bi::new(
            format!("its weakest link is rows {l} and {r}: probability {p}"),
            format!("最弱的连接为第 {l} 行与第 {r} 行：概率 {p}"),
        )
    });
    let first: Vec<bool> =
        view.rows.first().map(|r| r.cells.iter().map(|c| c.value.is_some()).collect()).unwrap_or_default();
    let rows = view.rows.iter().map(|row| Row {
        row: row.row,
        cells: row.cells.iter().zip(&first).map(|(cell, first)| cell_of(cell, *first)).collect(),
    });
    Cluster {
        heading: Bi::new(format!("Cluster {number}: {size} rows"), format!("簇 {number}：{size} 行")),
        note,
        more: size.saturating_sub(view.rows.len()),
        rows: rows.collect(),
    }
}

fn cell_of(cell: &ClusterCell, first: bool) -> Cell {
    let level = page::level(cell.level);
    // Two values that say nothing about each other: names in two scripts, a placeholder.
    let apart = first && cell.value.is_some() && cell.level == Level::Missing;
    Cell {
        value: cell.value.clone(),
        level: if apart { "apart" } else { class_of(cell.level) },
        hint: if apart {
            Bi::new("against the first row: cannot be compared", "与首行相比：无法比较")
        } else {
            Bi::new(format!("against the first row: {}", level.en), format!("与首行相比：{}", level.zh))
        },
    }
}

fn oversized(block: &OversizedBlock) -> Bi {
    let (key, pairs, rows) = (&block.key, grouped(block.not_compared), grouped(block.rows.into()));
    if block.blocks > 1 {
        let blocks = grouped(block.blocks.into());
        Bi::new(
            format!("{blocks} more blocks of the key {key}: {pairs} pairs were not compared under it"),
            format!("键 {key} 的另外 {blocks} 个分组：共有 {pairs} 对未在此键下比对"),
        )
    } else {
        Bi::new(
            format!("{rows} rows share one value of the key {key}: {pairs} pairs were not compared under it"),
            format!("键 {key} 的同一取值下有 {rows} 行：其中 {pairs} 对未在此键下比对"),
        )
    }
}
