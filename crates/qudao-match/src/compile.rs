//! From the declared rules to the compiled ones, with every lint at once.

use std::collections::BTreeMap;
use std::sync::Arc;

use qudao_model::{FieldDef, FieldName, FieldType, Lint, ObjectName, ObjectSchema, RuleId, Schema, Severity};
use qudao_text::PlaceholderList;

use crate::duplicate::{Actions, DuplicateRule};
use crate::feature::{Format, Maker};
use crate::guess::FieldKind;
use crate::key::{BadPart, Cut, Key, Part, View, Written, read};
use crate::names::{is_category, kind_by_name};
use crate::rule::{CompareField, Lens, MAX_FIELDS, MatchingRule, Source};
use crate::score::decimal4;
use crate::spec::{
    Action, AgainstSpec, CompareSpec, DuplicateRuleSpec, MatchSpec, MatchingRuleSpec, Thresholds,
};
use crate::weights::{DEFAULT_PRIOR, MAX_WEIGHT_BITS, Profile, millibits, prior_weight, probability};
use crate::{Comparator, Level};

/// The largest block that is compared pair by pair, when a rule gives none.
const DEFAULT_MAX_BLOCK: u32 = 400;

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

fn maker(def: &FieldDef, comparator: Comparator) -> Maker {
    use qudao_model::PlaceholderSpec;
    let placeholders = match &def.spec.placeholders {
        None | Some(PlaceholderSpec::Switch(true)) => None,
        Some(PlaceholderSpec::Switch(false)) => Some(PlaceholderList::none()),
        Some(PlaceholderSpec::Words(words)) => Some(PlaceholderList::new(words)),
    };
    let declared = def.spec.format.as_deref().or(def.spec.normalise.as_deref());
    Maker { comparator, format: Format::of(declared), placeholders }
}

/// The comparator that suits a field when a rule names none.
pub(crate) fn default_comparator(object: &str, def: &FieldDef) -> Comparator {
    match def.ty {
        FieldType::Int | FieldType::Decimal | FieldType::Money(_) => return Comparator::Number,
        FieldType::Date | FieldType::Instant => return Comparator::Date,
        FieldType::Text | FieldType::List(_) => {}
        _ => return Comparator::Exact,
    }
    match def.spec.normalise.as_deref() {
        Some("company_name") => return Comparator::CompanyName,
        Some("person_name") => return Comparator::PersonName,
        _ => {}
    }
    let declared = def.spec.format.as_deref().or(def.spec.normalise.as_deref());
    match Format::of(declared) {
        Format::Uscc => return Comparator::Exact,
        Format::Phone(_) => return Comparator::Phone,
        Format::Email => return Comparator::Email,
        Format::Url => return Comparator::Domain,
        Format::Free => {}
    }
    match kind_by_name(def.name.as_str()) {
        Some(FieldKind::Name) if def.spec.personal => Comparator::PersonName,
        Some(FieldKind::Name) if matches!(object, "account" | "partner") => Comparator::CompanyName,
        Some(kind) => kind.comparator().unwrap_or(Comparator::Text),
        None => Comparator::Text,
    }
}

fn profile(comparator: Comparator, def: &FieldDef) -> Profile {
    let declared = def.spec.format.as_deref().or(def.spec.normalise.as_deref());
    match comparator {
        Comparator::CompanyName => Profile::Company,
        Comparator::PersonName => Profile::Person,
        Comparator::Address => Profile::Address,
        Comparator::Phone => Profile::Phone,
        Comparator::Email => Profile::Email,
        Comparator::Domain => Profile::Domain,
        Comparator::Number => Profile::Number,
        Comparator::Date => Profile::Date,
        Comparator::Text if is_category(def.name.as_str()) => Profile::Category,
        Comparator::Text => Profile::Text,
        Comparator::Exact if def.spec.identity => Profile::Identity,
        Comparator::Exact => match Format::of(declared) {
            Format::Uscc => Profile::Identity,
            Format::Phone(_) => Profile::Phone,
            Format::Email => Profile::Email,
            Format::Url => Profile::Domain,
            Format::Free if matches!(def.ty, FieldType::Choice | FieldType::Bool) => Profile::Category,
            Format::Free if is_category(def.name.as_str()) => Profile::Category,
            Format::Free => Profile::Code,
        },
    }
}

/// Whether values of a type can be compared so.
fn fits(comparator: Comparator, ty: &FieldType) -> bool {
    match comparator {
        Comparator::Exact => true,
        Comparator::Number => matches!(
            ty,
            FieldType::Int | FieldType::Decimal | FieldType::Money(_) | FieldType::Text | FieldType::List(_)
        ),
        Comparator::Date => {
            matches!(ty, FieldType::Date | FieldType::Instant | FieldType::Text | FieldType::List(_))
        }
        Comparator::Text => matches!(ty, FieldType::Text | FieldType::Choice | FieldType::List(_)),
        _ => matches!(ty, FieldType::Text | FieldType::List(_)),
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
        mark_sites(draft.object, &mut fields);
        let keys = self.keys(&mut draft, id, spec, &fields, &path);
        let cuts = cut_keys(&mut draft, &fields);
        let (match_at, review_at) = self.thresholds(spec.thresholds, &path);
        let prior = self.prior(spec.prior, &path);
        let max_block = self.max_block(spec.max_block, &path);
        let mut order: Vec<usize> = (0..fields.len()).collect();
        order.sort_by_key(|at| fields.get(*at).map(|f| (f.comparator.cost(), *at)));
        let slots = draft.sources.iter().map(|s| object.field_ix(s.field.as_str())).collect();
        let rule = MatchingRule {
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
            lenses: BTreeMap::from([(object.name.clone(), Lens { slots })]),
        };
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
        Some(CompareField { field: name.clone(), source, comparator, weights, site: false })
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
                    site: false,
                });
            }
        }
        identities
    }

    fn keys(
        &mut self,
        draft: &mut Draft<'_>,
        id: &RuleId,
        spec: &MatchingRuleSpec,
        fields: &[CompareField],
        path: &str,
    ) -> Vec<Key> {
        let mut keys = Vec::new();
        for (i, parts) in spec.block.iter().enumerate() {
            let at = format!("{path}/block/{i}");
            if parts.is_empty() {
                self.lints.push(Lint::error("matching.empty_key", at.clone()));
            }
            let mut compiled = Vec::new();
            for (j, text) in parts.iter().enumerate() {
                let object = draft.object.clone();
                match read(text, &object) {
                    Ok(written) => compiled.extend(part(draft, &written, fields)),
                    Err(BadPart::Field(field)) => self.unknown_field(&object, field, &format!("{at}/{j}")),
                    Err(BadPart::View(field, view)) => {
                        let names = View::NAMES.iter().map(|(n, _)| *n).chain(["prefix(3)", "suffix(7)"]);
                        let lint = Lint::error("matching.unknown_view", format!("{at}/{j}"));
                        self.lints.push(lint.param("field", field).param("name", view).suggest(view, names));
                    }
                }
            }
            if !compiled.is_empty() {
                let text = parts.iter().map(|t| t.trim()).collect::<Vec<_>>().join(", ");
                keys.push(Key { text, parts: compiled });
            }
        }
        if spec.block.is_empty() {
            keys = derived_keys(draft, fields);
            if keys.is_empty() {
                if !fields.is_empty() {
                    self.lints.push(Lint::error("matching.no_key", path).param("name", id.as_str()));
                }
            } else {
                let texts: Vec<String> = keys.iter().map(|k| format!("[{}]", k.text)).collect();
                let mut lint = Lint::warning("matching.keys_derived", path);
                lint.severity = Severity::Info;
                self.lints.push(lint.param("name", id.as_str()).param("keys", texts.join(", ")));
            }
        }
        keys
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
        let mut pattern = [Level::Missing; MAX_FIELDS];
        for (field, slot) in rule.fields.iter().zip(&mut pattern) {
            let best = Level::ALL.into_iter().max_by_key(|l| field.weights.get(l.index()).copied());
            *slot = best.unwrap_or(Level::Missing);
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

    fn duplicates(
        &mut self,
        spec: &MatchSpec,
        rules: &mut BTreeMap<RuleId, MatchingRule>,
    ) -> Vec<DuplicateRule> {
        let mut out: Vec<DuplicateRule> = Vec::new();
        for (i, duplicate) in spec.duplicates.iter().enumerate() {
            let path = format!("/duplicates/{i}");
            let id = duplicate.id.clone().unwrap_or_else(|| duplicate.using.clone());
            if out.iter().any(|d| d.id == id) {
                self.lints.push(Lint::error("blueprint.duplicate_id", path.clone()).param("id", id.as_str()));
            }
            let Some(rule) = rules.get_mut(&duplicate.using) else {
                if !spec.matching.contains_key(&duplicate.using) {
                    let names = spec.matching.keys().map(RuleId::as_str);
                    let lint = Lint::error("matching.unknown_rule", format!("{path}/using"));
                    let wanted = duplicate.using.as_str();
                    self.lints.push(lint.param("name", wanted).suggest(wanted, names));
                }
                continue;
            };
            if let Some(object) = &duplicate.object
                && *object != rule.schema.name
            {
                self.lints.push(
                    Lint::error("matching.other_object", format!("{path}/object"))
                        .param("rule", duplicate.using.as_str())
                        .param("expected", rule.schema.name.as_str())
                        .param("found", object.as_str()),
                );
            }
            let mut against = Vec::new();
            for (j, other) in duplicate.against.iter().enumerate() {
                against.extend(self.against(rule, other, &format!("{path}/against/{j}")));
            }
            let actions = actions(duplicate);
            if actions.iter().all(|a| *a == Action::Off) {
                self.lints.push(Lint::warning("matching.no_action", path.clone()).param("name", id.as_str()));
            }
            if let crate::DiscloseSpec::Fields(fields) = &duplicate.disclose {
                let object = rule.schema.clone();
                for (j, field) in fields.iter().enumerate() {
                    if object.field(field.as_str()).is_none() {
                        self.unknown_field(&object, field.as_str(), &format!("{path}/disclose/{j}"));
                    }
                }
            }
            out.push(DuplicateRule {
                id,
                object: rule.schema.name.clone(),
                using: duplicate.using.clone(),
                actions,
                disclose: duplicate.disclose.clone(),
                against,
                compared: rule.compared_fields(),
            });
        }
        out
    }

    /// Adds a lens for another object; its name, where it is known.
    fn against(&mut self, rule: &mut MatchingRule, spec: &AgainstSpec, path: &str) -> Option<ObjectName> {
        let Some(other) = self.schema.object(spec.object.as_str()).cloned() else {
            let names = self.schema.objects().map(|o| o.name.as_str());
            let lint = Lint::error("blueprint.unknown_object", format!("{path}/object"));
            self.lints.push(lint.param("name", spec.object.as_str()).suggest(spec.object.as_str(), names));
            return None;
        };
        let own = rule.schema.clone();
        for (from, to) in &spec.fields {
            if own.field(from.as_str()).is_none() {
                self.unknown_field(&own, from.as_str(), &format!("{path}/fields/{from}"));
            }
            if other.field(to.as_str()).is_none() {
                self.unknown_field(&other, to.as_str(), &format!("{path}/fields/{from}"));
            }
        }
        let slots: Vec<_> = rule
            .sources
            .iter()
            .map(|s| other.field_ix(spec.fields.get(&s.field).unwrap_or(&s.field).as_str()))
            .collect();
        let lens = Lens { slots };
        if rule.lenses.get(&other.name).is_some_and(|known| *known != lens) {
            self.lints.push(
                Lint::error("matching.mapping_conflict", path)
                    .param("object", other.name.as_str())
                    .param("rule", rule.id.as_str()),
            );
        }
        rule.lenses.insert(other.name.clone(), lens);
        Some(other.name.clone())
    }
}

fn actions(spec: &DuplicateRuleSpec) -> Actions {
    [spec.insert, spec.update, spec.import, spec.merge, spec.convert, spec.sync]
}

/// Marks the fields that tell where somebody is, beside a field that tells who: see [`MatchingRule::contributions`]. A
/// company's mailbox is one of them, a person's is not.
fn mark_sites(object: &ObjectSchema, fields: &mut [CompareField]) {
    let profiles: Vec<Option<Profile>> = fields.iter().map(|f| profile_of(object, f)).collect();
    let company = profiles.contains(&Some(Profile::Company));
    let named = company || profiles.iter().flatten().any(|p| matches!(p, Profile::Person | Profile::Text));
    for (field, profile) in fields.iter_mut().zip(profiles) {
        field.site = match profile {
            Some(Profile::Phone | Profile::Address | Profile::Domain) => named,
            Some(Profile::Email) => company,
            _ => false,
        };
    }
}

fn profile_of(object: &ObjectSchema, field: &CompareField) -> Option<Profile> {
    object.field(field.field.as_str()).map(|def| profile(field.comparator, def))
}

fn ten_thousandths(value: f64) -> u16 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped")]
    let scaled = libm::round(value.clamp(0.0, 1.0) * 10_000.0) as u16;
    scaled
}

/// The source of a written part: the form that holds the view, else the one by which the field is compared.
fn part(draft: &mut Draft<'_>, written: &Written<'_>, fields: &[CompareField]) -> Option<Part> {
    let object = draft.object.clone();
    let def = object.field(written.field)?;
    let compared = fields.iter().find(|f| f.field == *written.field).map(|f| f.comparator);
    let usual = compared.unwrap_or_else(|| default_comparator(object.name.as_str(), def));
    let comparator = match written.view.comparator() {
        // `email.domain` wants the company's domain whatever the comparator is.
        Some(needed) => needed,
        None => usual,
    };
    Some(Part { source: draft.source(def, comparator), view: written.view, cut: written.cut })
}

/// Keys for a rule that gives none, by comparator.
fn derived_keys(draft: &mut Draft<'_>, fields: &[CompareField]) -> Vec<Key> {
    let object = draft.object.clone();
    let mut keys = Vec::new();
    for field in fields {
        let Some(def) = object.field(field.field.as_str()) else { continue };
        let name = &field.field;
        let texts: Vec<Vec<String>> = match profile(field.comparator, def) {
            Profile::Company => vec![vec![format!("{name}.core")], vec![format!("{name}.tokens")]],
            Profile::Person => {
                vec![
                    vec![name.to_string()],
                    vec![format!("{name}.family"), format!("{name}.given.prefix(1)")],
                ]
            }
            Profile::Text => vec![vec![name.to_string()], vec![format!("{name}.tokens")]],
            Profile::Address => vec![vec![format!("{name}.number"), format!("{name}.tokens")]],
            Profile::Email if field.comparator == Comparator::Email => {
                vec![vec![name.to_string()], vec![format!("{name}.user")]]
            }
            Profile::Identity
            | Profile::Code
            | Profile::Phone
            | Profile::Email
            | Profile::Domain
            | Profile::Date => {
                vec![vec![name.to_string()]]
            }
            Profile::Category | Profile::Number => Vec::new(),
        };
        for parts in texts {
            let compiled: Vec<Part> = parts
                .iter()
                .filter_map(|text| read(text, &object).ok())
                .filter_map(|written| part(draft, &written, fields))
                .collect();
            if compiled.len() == parts.len() {
                keys.push(Key { text: parts.join(", "), parts: compiled });
            }
        }
    }
    keys
}

/// What cuts a block that is too large: each compared field by what tells most, the weightiest first.
fn cut_keys(draft: &mut Draft<'_>, fields: &[CompareField]) -> Vec<Key> {
    let object = draft.object.clone();
    let mut by_weight: Vec<&CompareField> = fields.iter().collect();
    by_weight
        .sort_by_key(|f| (std::cmp::Reverse(f.weights.get(Level::Exact.index()).copied()), f.field.clone()));
    by_weight
        .into_iter()
        .filter_map(|field| {
            let (view, suffix) = match field.comparator {
                Comparator::CompanyName => (View::Core, ".core"),
                Comparator::Address => (View::Number, ".number"),
                Comparator::Text => (View::Tokens, ".tokens"),
                _ => (View::Whole, ""),
            };
            object.field(field.field.as_str())?;
            let parts = vec![Part { source: field.source, view, cut: Cut::All }];
            Some(Key { text: format!("{}{suffix}", field.field), parts })
        })
        .collect()
}
