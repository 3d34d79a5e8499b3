//! A model: the weights that were learned, as a file that people can read.

use std::collections::BTreeMap;
use std::sync::Arc;

use qudao_model::{FieldName, RuleId};
use serde::{Deserialize, Serialize};

use crate::frequent::Frequent;
use crate::level::Symbol;
use crate::rule::{LearnedField, MatchingRule};
use crate::weights::millibits;
use crate::{Comparator, Level, MatchError};

/// The version of the file.
const VERSION: u32 = 1;

/// Learned weights of a matching rule. Written and read as JSON; a rule with a model answers alike on every platform, for weights
/// are whole numbers of 1/1000 bit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MatchModel {
    /// The version of the file.
    pub version: u32,
    /// The matching rule.
    pub rule: RuleId,
    /// How many rows it was learned from.
    pub rows: u64,
    /// The weight of the share of true pairs among all pairs of rows, in 1/1000 bit.
    pub prior: i64,
    /// The fields whose agreement was learned together: what tells a site (phone, address, domain, place), and names.
    pub linked: Vec<FieldName>,
    /// The share of their weights, in thousandths, that those of them which agree have together: by a number with a bit for each field
    /// that agrees. A name has its bit where its level is below medium and still speaks for the pair. Empty: of phone, address and
    /// domain that agree the weightiest counts in full, the others a quarter.
    pub shares: Vec<i64>,
    /// The fields.
    pub fields: Vec<FieldModel>,
}

/// What was learned about a field.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FieldModel {
    /// The field.
    pub field: FieldName,
    /// How it is compared: weights of one comparator say nothing about another.
    pub comparator: Comparator,
    /// What the levels weigh.
    pub symbols: Vec<SymbolModel>,
    /// Frequent values, by hash, with the class of their frequency. A value that is not listed is rare.
    pub frequent: BTreeMap<String, u8>,
    /// Frequent words of values, by hash, with the class of their frequency. A word that is not listed is rare. None for a field whose
    /// values have no words that are counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub words: Option<BTreeMap<String, u8>>,
}

/// What a level weighs, for values of one class of frequency.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SymbolModel {
    /// The level.
    pub level: Level,
    /// 0: the values differ. 1: agreement on a value of up to 2 rows, 2: up to 4, and so on, doubling; 8: more than 128. From 9 on: the values
    /// differ and share a word. 9: the rarest one that they share is not among the frequent words, 10: it stands in up to 8 rows, 11: in up
    /// to 32, and so on, by four; 16: in more than 8192.
    pub class: u8,
    /// The share of true pairs that show it.
    pub m: f64,
    /// The share of different pairs that show it.
    pub u: f64,
    /// `log2(m / u)`, in 1/1000 bit, times the factor of the field where labels have taught one: what counts.
    pub weight: i64,
}

impl SymbolModel {
    pub(crate) fn new(symbol: Symbol, m: f64, u: f64) -> Self {
        let weight = millibits(libm::log2(m.max(1e-9) / u.max(1e-12)).clamp(-15.0, 30.0));
        // Written with few digits: the weight is what counts.
        let short = |x: f64| format!("{x:.4e}").parse().unwrap_or(x);
        Self {
            level: symbol.level(),
            class: u8::try_from(symbol.class()).unwrap_or(0),
            m: short(m),
            u: short(u),
            weight,
        }
    }
}

impl MatchModel {
    pub(crate) fn new(rule: &MatchingRule, rows: u64, fields: Vec<FieldModel>) -> Self {
        Self {
            version: VERSION,
            rule: rule.id.clone(),
            rows,
            prior: rule.prior,
            linked: linked(rule),
            shares: rule.shares.clone(),
            fields,
        }
    }

    /// Reads a model.
    ///
    /// # Errors
    /// [`MatchError::BadModel`] for what is no model, or one of another version.
    pub fn from_json(text: &str) -> Result<Self, MatchError> {
        let model: Self = serde_json::from_str(text).map_err(|_| MatchError::BadModel)?;
        if model.version == VERSION { Ok(model) } else { Err(MatchError::BadModel) }
    }

    /// The model as JSON.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default()
    }

    /// The rule with the weights of the model.
    pub(crate) fn apply(&self, rule: &MatchingRule) -> Result<MatchingRule, MatchError> {
        if self.version != VERSION || self.rule != rule.id {
            return Err(MatchError::BadModel);
        }
        let mut rule = rule.clone();
        rule.prior = self.prior.clamp(-64_000, 64_000);
        if self.linked != linked(&rule)
            || !(self.shares.is_empty() || self.shares.len() == 1 << rule.linked.len())
        {
            return Err(MatchError::BadModel);
        }
        rule.shares = self.shares.iter().map(|s| (*s).clamp(0, 1000)).collect();
        for model in &self.fields {
            let field =
                rule.fields.iter_mut().find(|f| f.field == model.field && f.comparator == model.comparator);
            let field = field.filter(|f| !f.by_hand).ok_or(MatchError::BadModel)?;
            let mut weights = [0; Symbol::COUNT];
            // A class that the model does not know weighs like the rarest of its level.
            for symbol in Symbol::all().filter(|s| s.level() != Level::Missing) {
                let of = |class: usize| {
                    model.symbols.iter().find(|s| s.level == symbol.level() && usize::from(s.class) == class)
                };
                // Where words are not told apart, they weigh like the level.
                let found = match symbol.class() {
                    class if class < Symbol::VALUES => of(class).or_else(|| of(1)).or_else(|| of(0)),
                    class => of(class).or_else(|| of(0)),
                };
                weights[symbol.index()] = found.map_or(0, |s| s.weight.clamp(-64_000, 64_000));
            }
            let terms = Frequent::read(&model.frequent, 0..=LAST_VALUE)?;
            let words =
                model.words.as_ref().map(|words| Frequent::read(words, Symbol::RARE_WORD..=LAST_WORD));
            field.words = words.transpose()?.map(Arc::new);
            field.learned = Some(Arc::new(LearnedField { weights, terms }));
        }
        rule.prepare_bounds();
        Ok(rule)
    }
}

const LAST_VALUE: u8 = Symbol::RARE_WORD - 1;
const LAST_WORD: u8 = Symbol::WORDS.end - 1;

fn linked(rule: &MatchingRule) -> Vec<FieldName> {
    rule.linked.iter().filter_map(|at| rule.fields.get(*at)).map(|f| f.field.clone()).collect()
}
