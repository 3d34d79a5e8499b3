//! From the declared rules to the compiled ones, with every lint at once.

mod defaults;
mod duplicates;
mod keys;

use std::collections::BTreeMap;
use std::sync::Arc;

use qudao_model::{FieldDef, FieldName, Lint, ObjectSchema, RuleId, Schema, Severity};

pub(crate) use self::defaults::maker;
use self::defaults::{fits, profile};
use self::keys::cut_keys;
use crate::duplicate::DuplicateRule;
use crate::kind::FieldKind;
use crate::level::Symbol;
use crate::names::{is_place, kind_by_name};
use crate::rule::{CompareField, Lens, MAX_FIELDS, MatchingRule, Source};
use crate::score::decimal4;
use crate::spec::{CompareSpec, MatchSpec, MatchingRuleSpec, Thresholds};
use crate::weights::{DEFAULT_PRIOR, MAX_WEIGHT_BITS, Profile, millibits, prior_weight, probability};
use crate::{Comparator, Level};

/// The largest block that is compared pair by pair, when a rule gives none.
const DEFAULT_MAX_BLOCK: u32 = 50;

/// What compilation gives.
pub(crate) struct Compiled {
    pub(crate) rules: BTreeMap<RuleId, MatchingRule>,
    pub(crate) duplicates: Vec<DuplicateRule>,
    pub(crate) warnings: Vec<Lint>,
}

pub(crate) fn compile(spec: &MatchSpec, schema: &Schema) -> Result<Compiled, Vec<Lint>> {
    let mut compiler = Compiler { schema, lints: Vec::new() };
    let mut rules = BTreeMap::new();
    for (id, rule) in &spec.matching {
        if let Some(rule) = compiler.rule(id, rule) {
            rules.insert(id.clone(), rule);
        }
    }
    let duplicates = compiler.duplicates(spec, &mut rules);
    let lints = compiler.lints;
    if lints.iter().any(|l| l.severity == Severity::Error) {
        Err(lints)
    } else {
        Ok(Compiled { rules, duplicates, warnings: lints })
    }
}

struct Compiler<'a> {
    schema: &'a Schema,
    lints: Vec<Lint>,
}

/// Sources, kept without repetition.
struct Draft<'a> {
    object: &'a Arc<ObjectSchema>,
    sources: Vec<Source>,
}

impl Draft<'_> {
    fn source(&mut self, def: &FieldDef, comparator: Comparator) -> usize {
        let found = self.sources.iter().position(|s| s.field == def.name && s.maker.comparator == comparator);
        found.unwrap_or_else(|| {
            self.sources.push(Source { field: def.name.clone(), maker: maker(def, comparator) });
            self.sources.len().saturating_sub(1)
        })
    }
}

impl Compiler<'_> {
    fn rule(&mut self, id: &RuleId, spec: &MatchingRuleSpec) -> Option<MatchingRule> {
        let path = format!("/matching/{id}");
        let object = self.object_of(id, spec, &path)?.clone();
        let mut draft = Draft { object: &object, sources: Vec::new() };
        let mut fields = Vec::new();
        for (name, compare) in &spec.compare {
            let at = format!("{path}/compare/{name}");
            if let Some(field) = self.compare_field(&mut draft, name, compare, &at) {
                fields.push(field);
            }
        }
        let identities = self.identities(&mut draft, spec, &mut fields);
        if fields.is_empty() && spec.compare.is_empty() {
            self.lints.push(Lint::error("matching.no_fields", path.clone()).param("name", id.as_str()));
        }
        if fields.len() > MAX_FIELDS {
            let max = i64::try_from(MAX_FIELDS).unwrap_or(i64::MAX);
            let lint = Lint::error("matching.too_many_fields", format!("{path}/compare"));
            self.lints.push(lint.param("name", id.as_str()).param("max", max));
            fields.truncate(MAX_FIELDS);
        }
        mark_sites(&mut fields);
        mark_crossed(&mut fields);
        let keys = self.keys(&mut draft, id, spec, &fields, &path);
        let cuts = cut_keys(&mut draft, &fields);
        let (match_at, review_at) = self.thresholds(spec.thresholds, &path);
        let prior = self.prior(spec.prior, &path);
        let max_block = self.max_block(spec.max_block, &path);
        let mut order: Vec<usize> = (0..fields.len()).collect();
        order.sort_by_key(|at| fields.get(*at).map(|f| (f.comparator.cost(), *at)));
        let slots = draft.sources.iter().map(|s| object.field_ix(s.field.as_str())).collect();
        let mut rule = MatchingRule {
            id: id.clone(),
            schema: object.clone(),
            sources: draft.sources,
            fields,
            identities,
            keys,
            cuts,
            prior,
            match_at,
            review_at,
            max_block,
            order,
            names: Vec::new(),
            linked: Vec::new(),
            linked_bit: [0; MAX_FIELDS],
            open: 0,
            sites: Vec::new(),
            shares: Vec::new(),
            best: [0; MAX_FIELDS],
            lenses: BTreeMap::from([(object.name.clone(), Lens { slots })]),
        };
        rule.prepare_bounds();
        self.reachable(&rule, &path);
        Some(rule)
    }

    fn object_of(&mut self, id: &RuleId, spec: &MatchingRuleSpec, path: &str) -> Option<&Arc<ObjectSchema>> {
        let (name, at) = match &spec.object {
            Some(object) => (object.as_str(), format!("{path}/object")),
            None => (id.as_str().split('.').next().unwrap_or_default(), path.to_owned()),
        };
        if let Some(object) = self.schema.object(name) {
            return Some(object);
        }
        let names = self.schema.objects().map(|o| o.name.as_str());
        let lint = if spec.object.is_some() || id.as_str().contains('.') {
            Lint::error("blueprint.unknown_object", at).param("name", name)
        } else {
            Lint::error("matching.no_object", at).param("name", id.as_str())
        };
        self.lints.push(lint.suggest(name, names));
        None
    }

    fn unknown_field(&mut self, object: &ObjectSchema, name: &str, path: &str) {
        let names = object.fields.iter().map(|f| f.name.as_str());
        self.lints.push(
            Lint::error("blueprint.unknown_field", path)
                .param("object", object.name.as_str())
                .param("name", name)
                .suggest(name, names),
        );
    }

    fn compare_field(
        &mut self,
        draft: &mut Draft<'_>,
        name: &FieldName,
        compare: &CompareSpec,
        path: &str,
    ) -> Option<CompareField> {
        let object = draft.object.clone();
        let Some(def) = object.field(name.as_str()) else {
            self.unknown_field(&object, name.as_str(), path);
            return None;
        };
        let comparator = compare.comparator();
        if !fits(comparator, &def.ty) {
            self.lints.push(
                Lint::error("matching.type_mismatch", path)
                    .param("comparator", comparator.as_str())
                    .param("field", name.as_str()),
            );
        }
        let mut weights = profile(comparator, def).weights();
        if let CompareSpec::Detailed(detail) = compare {
            if let Some(factor) = detail.weight {
                if (0.0..=10.0).contains(&factor) {
                    for weight in &mut weights {
                        #[expect(clippy::cast_precision_loss, reason = "default weights are small")]
                        let scaled = *weight as f64 * factor / 1000.0;
                        *weight = millibits(scaled);
                    }
                } else {
                    self.out_of_range("weight", 0, 10, &format!("{path}/weight"));
                }
            }
            for (level, bits) in &detail.weights {
                if !(-MAX_WEIGHT_BITS..=MAX_WEIGHT_BITS).contains(bits) {
                    self.out_of_range(level.as_str(), -60, 60, &format!("{path}/weights/{level}"));
                } else if let Some(slot) = weights.get_mut(level.index()) {
                    *slot = millibits(*bits);
                }
            }
            self.weights_in_order(name, &detail.weights, &weights, path);
        }
        let source = draft.source(def, comparator);
        let profile = profile(comparator, def);
        let by_hand =
            matches!(compare, CompareSpec::Detailed(d) if !d.weights.is_empty() || d.weight == Some(0.0));
        let field = name.clone();
        Some(CompareField {
            field,
            source,
            comparator,
            weights,
            profile,
            by_hand,
            learned: None,
            words: None,
            site: false,
            linked: false,
            crossed: None,
        })
    }

    fn out_of_range(&mut self, name: &str, min: i64, max: i64, path: &str) {
        self.lints.push(
            Lint::error("matching.out_of_range", path)
                .param("name", name)
                .param("min", min)
                .param("max", max),
        );
    }

    /// Only where the rule itself gives weights: more agreement should not weigh less.
    fn weights_in_order(
        &mut self,
        name: &FieldName,
        given: &BTreeMap<Level, f64>,
        weights: &[i64; Level::COUNT],
        path: &str,
    ) {
        let levels: Vec<Level> = given.keys().copied().filter(|l| *l != Level::Missing).collect();
        for pair in levels.windows(2) {
            let [lower, higher] = pair else { continue };
            let weight = |l: &Level| weights.get(l.index()).copied().unwrap_or(0);
            if weight(higher) < weight(lower) {
                self.lints.push(
                    Lint::warning("matching.weights_out_of_order", format!("{path}/weights"))
                        .param("field", name.as_str())
                        .param("higher", higher.as_str())
                        .param("lower", lower.as_str()),
                );
            }
        }
    }

    /// Identity fields are always compared, and can forbid.
    fn identities(
        &mut self,
        draft: &mut Draft<'_>,
        spec: &MatchingRuleSpec,
        fields: &mut Vec<CompareField>,
    ) -> Vec<usize> {
        let object = draft.object.clone();
        let mut identities = Vec::new();
        for def in object.fields.iter().filter(|f| f.spec.identity) {
            let source = draft.source(def, Comparator::Exact);
            identities.push(source);
            if !spec.compare.contains_key(&def.name) {
                fields.push(CompareField {
                    field: def.name.clone(),
                    source,
                    comparator: Comparator::Exact,
                    weights: Profile::Identity.weights(),
                    profile: Profile::Identity,
                    by_hand: false,
                    learned: None,
                    words: None,
                    site: false,
                    linked: false,
                    crossed: None,
                });
            }
        }
        identities
    }

    fn thresholds(&mut self, thresholds: Thresholds, path: &str) -> (u16, u16) {
        let Thresholds { matched, review } = thresholds;
        for (name, value) in [("match", matched), ("review", review)] {
            if !(0.0..=1.0).contains(&value) {
                self.out_of_range(name, 0, 1, &format!("{path}/thresholds/{name}"));
            }
        }
        let (match_at, review_at) = (ten_thousandths(matched), ten_thousandths(review));
        if review_at > match_at {
            self.lints.push(
                Lint::error("matching.thresholds_out_of_order", format!("{path}/thresholds"))
                    .param("review", decimal4(review_at).normalize())
                    .param("match", decimal4(match_at).normalize()),
            );
        }
        (match_at, review_at)
    }

    fn prior(&mut self, prior: Option<f64>, path: &str) -> i64 {
        let prior = prior.unwrap_or(DEFAULT_PRIOR);
        if !(prior > 0.0 && prior < 1.0) {
            self.out_of_range("prior", 0, 1, &format!("{path}/prior"));
            return prior_weight(DEFAULT_PRIOR);
        }
        prior_weight(prior)
    }

    fn max_block(&mut self, max: Option<u32>, path: &str) -> usize {
        let max = max.unwrap_or(DEFAULT_MAX_BLOCK);
        if !(2..=100_000).contains(&max) {
            self.out_of_range("max_block", 2, 100_000, &format!("{path}/max_block"));
        }
        usize::try_from(max).unwrap_or(2).max(2)
    }

    fn reachable(&mut self, rule: &MatchingRule, path: &str) {
        let mut pattern = [Symbol::MISSING; MAX_FIELDS];
        for (field, slot) in rule.fields.iter().zip(&mut pattern) {
            let best = Level::ALL.into_iter().max_by_key(|l| field.weights.get(l.index()).copied());
            *slot = Symbol::of(best.unwrap_or(Level::Missing), 0);
        }
        let best = rule.contributions(&pattern).iter().fold(rule.prior, |sum, w| sum.saturating_add(*w));
        let best = probability(best);
        let missed = if best < rule.review_at {
            "review"
        } else if best < rule.match_at {
            "match"
        } else {
            return;
        };
        if rule.fields.is_empty() {
            return;
        }
        self.lints.push(
            Lint::warning("matching.unreachable", path)
                .param("name", rule.id.as_str())
                .param("threshold", missed)
                .param("best", decimal4(best).normalize()),
        );
    }
}

/// Marks the fields that tell where somebody is, beside the name of a company or a person: see [`MatchingRule::contributions`]. A
/// company's mailbox is one of them, a person's is not.
fn mark_sites(fields: &mut [CompareField]) {
    let company = fields.iter().any(|f| f.profile == Profile::Company);
    let named = company || fields.iter().any(|f| f.profile == Profile::Person);
    for field in fields {
        field.site = match field.profile {
            Profile::Phone | Profile::Address | Profile::Domain => named,
            Profile::Email => company,
            _ => false,
        };
        let place = is_place(field.field.as_str());
        let name = matches!(field.profile, Profile::Company | Profile::Person);
        field.linked = field.site || name || place || field.profile == Profile::Address;
    }
}

/// Marks the one given and the one family name of a rule that compares them as texts: people write them into each other's place.
fn mark_crossed(fields: &mut [CompareField]) {
    let only = |kind: FieldKind| {
        let mut found = fields.iter().enumerate().filter(|(_, field)| {
            field.comparator == Comparator::Text && kind_by_name(field.field.as_str()) == Some(kind)
        });
        found.next().filter(|_| found.next().is_none()).map(|(at, field)| (at, field.source))
    };
    if let (Some((given, of_given)), Some((family, of_family))) =
        (only(FieldKind::GivenName), only(FieldKind::FamilyName))
    {
        for (at, other) in [(given, of_family), (family, of_given)] {
            if let Some(field) = fields.get_mut(at) {
                field.crossed = Some(other);
            }
        }
    }
}

fn ten_thousandths(value: f64) -> u16 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped")]
    let scaled = libm::round(value.clamp(0.0, 1.0) * 10_000.0) as u16;
    scaled
}
