//! A matching rule for a table of which nothing is declared, told by names and contents of its columns.
//!
//! The guess is an ordinary rule: it is printed, edited and kept like one written by hand.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use qudao_model::{FieldName, FieldSpec, Lint, ObjectName, ObjectSpec, Record, RuleId, Schema, TypeName};
use serde::{Deserialize, Serialize};

use crate::kind::{FieldKind, kind_of};
use crate::spec::{CompareSpec, MatchSpec, MatchingRuleSpec};
use crate::{Batch, Dedupe, Link, MatchError, Matching};

/// The object that a table without a Blueprint is.
const OBJECT: &str = "row";
/// The rule's id.
const RULE: &str = "row.same";

/// A column and what it was taken for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GuessedColumn {
    /// The column's name.
    pub column: String,
    /// The field that it becomes.
    pub field: FieldName,
    /// What it holds.
    pub kind: FieldKind,
}

/// The guess: what each column holds, and the rule that follows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Guess {
    /// The columns, in their order.
    pub columns: Vec<GuessedColumn>,
    /// The rule.
    pub rule: MatchingRuleSpec,
}

/// A guess turned into something that runs.
#[derive(Debug, Clone)]
pub struct GuessedMatching {
    /// The schema, with one object for the table.
    pub schema: Arc<Schema>,
    /// That object.
    pub object: ObjectName,
    /// The rules.
    pub matching: Matching,
    /// The one matching rule.
    pub rule: RuleId,
}

/// Guesses what the columns of a table hold and how its rows should be compared. A few hundred values of each column are
/// enough; empty ones are passed over.
///
/// ```
/// let guess = qudao_match::guess_rule(&[
///     ("公司名称", &["华为技术有限公司", "中兴通讯股份有限公司"][..]),
///     ("联系电话", &["0755-28780808", "0755-26770000"][..]),
/// ]);
/// assert_eq!(guess.rule.compare.len(), 2);
/// ```
#[must_use]
pub fn guess_rule<S: AsRef<str>>(columns: &[(&str, &[S])]) -> Guess {
    let mut taken = BTreeSet::new();
    let mut guessed: Vec<GuessedColumn> = Vec::new();
    for (number, (column, samples)) in columns.iter().enumerate() {
        let samples: Vec<&str> =
            samples.iter().map(AsRef::as_ref).filter(|s| !s.trim().is_empty()).take(400).collect();
        let kind = kind_of(column, &samples);
        let Some(field) = field_name(column, kind, number, &mut taken) else { continue };
        guessed.push(GuessedColumn { column: (*column).to_owned(), field, kind });
    }
    settle(&mut guessed, columns);
    let compare: BTreeMap<FieldName, CompareSpec> = guessed
        .iter()
        .filter_map(|c| c.kind.comparator().map(|comparator| (c.field.clone(), comparator.into())))
        .collect();
    let block = block(&guessed);
    Guess { columns: guessed, rule: MatchingRuleSpec { compare, block, ..MatchingRuleSpec::default() } }
}

impl Guess {
    /// Sets the prior for a table of so many rows: as if every second row had one duplicate, so `1 / (2 rows)`. The more
    /// rows, the more pairs agree by chance.
    #[must_use]
    pub fn for_rows(mut self, rows: usize) -> Self {
        #[expect(clippy::cast_precision_loss, reason = "a prior needs no more digits")]
        let rows = rows.clamp(50, 100_000_000) as f64;
        self.rule.prior = Some(0.5 / rows);
        self
    }

    /// The field of a column.
    #[must_use]
    pub fn field(&self, column: &str) -> Option<&FieldName> {
        self.columns.iter().find(|c| c.column == column).map(|c| &c.field)
    }

    /// Compiles the guess, or what somebody has made of it, with a schema of its own.
    ///
    /// # Errors
    /// The lints of the rule, where it was edited into something wrong, or where no column can be compared.
    pub fn compile(&self) -> Result<GuessedMatching, Vec<Lint>> {
        let bad = |_| vec![Lint::error("matching.no_fields", "").param("name", RULE)];
        let object = ObjectName::new(OBJECT).map_err(bad)?;
        let rule = RuleId::new(RULE).map_err(bad)?;
        let fields = self.columns.iter().map(|c| {
            let spec = FieldSpec {
                type_name: Some(TypeName::Text),
                identity: c.kind == FieldKind::TaxId,
                format: c.kind.format().map(str::to_owned),
                ..FieldSpec::default()
            };
            (c.field.clone(), spec)
        });
        let spec = ObjectSpec { fields: fields.collect(), ..ObjectSpec::default() };
        let schema = Arc::new(Schema::build(&BTreeMap::from([(object.clone(), spec)]), "CNY")?);
        let spec = MatchSpec {
            matching: BTreeMap::from([(rule.clone(), self.rule.clone())]),
            duplicates: Vec::new(),
        };
        let matching = Matching::compile(&spec, &schema)?;
        Ok(GuessedMatching { schema, object, matching, rule })
    }
}

/// From so many rows on a table teaches more than is assumed.
const ENOUGH_ROWS: usize = 1000;

impl GuessedMatching {
    /// The same with weights learned from the table itself, without labels; with the assumed ones for a table of less than 1,000 rows,
    /// which teaches little.
    ///
    /// # Errors
    /// As [`Matching::learn`].
    pub fn learned(mut self, records: &[Record]) -> Result<Self, MatchError> {
        if records.len() >= ENOUGH_ROWS {
            let model = self.matching.learn(&self.rule, records)?;
            self.matching = self.matching.with_model(&model)?;
        }
        Ok(self)
    }

    /// Finds duplicates in a table, with weights learned from it as [`GuessedMatching::learned`] does, in one go. Gives the rules
    /// with these weights too.
    ///
    /// # Errors
    /// As [`Matching::dedupe`].
    pub fn dedupe(mut self, records: &[Record], options: &Dedupe) -> Result<(Self, Batch), MatchError> {
        let options = Dedupe { learn: records.len() >= ENOUGH_ROWS, ..options.clone() };
        let found = self.matching.dedupe(&self.rule, records, &options)?;
        if let Some(model) = &found.model {
            self.matching = self.matching.with_model(model)?;
        }
        Ok((self, found.batch))
    }

    /// Finds rows of one table in another, with weights learned from both as [`GuessedMatching::learned`] does, in one go. Gives the
    /// rules with these weights too.
    ///
    /// ```
    /// use qudao_match::{Dedupe, guess_rule};
    /// use qudao_model::{Record, RecordId, Value};
    ///
    /// let guessed = guess_rule(&[("company", &["Acme Ltd", "ACME Limited", "Zebra Inc"])]).compile().unwrap();
    /// let schema = guessed.schema.object(guessed.object.as_str()).unwrap().clone();
    /// let row = |id: &str, name: &str| {
    ///     Record::new(schema.clone(), RecordId::new(id).unwrap()).with("company", Value::text(name)).unwrap()
    /// };
    /// let (left, right) = ([row("a", "Zebra Inc"), row("b", "Acme Ltd")], [row("c", "ACME Limited")]);
    /// let options = Dedupe { threshold: Some("0.5".parse().unwrap()), ..Dedupe::default() };
    /// let (_, link) = guessed.link(&left, &right, &options)?;
    /// assert_eq!((link.pairs[0].left, link.pairs[0].right, link.pairs.len()), (1, 0, 1));
    /// # Ok::<(), qudao_match::MatchError>(())
    /// ```
    ///
    /// # Errors
    /// As [`Matching::link`].
    pub fn link(
        self,
        left: &[Record],
        right: &[Record],
        options: &Dedupe,
    ) -> Result<(Self, Link), MatchError> {
        let both: Vec<Record> = left.iter().chain(right).cloned().collect();
        // More than can be counted is refused below.
        let link_at = Some(u32::try_from(left.len()).unwrap_or(u32::MAX));
        let (learned, found) = self.dedupe(&both, &Dedupe { link_at, ..options.clone() })?;
        let Batch { pairs, related, oversized, compared, .. } = found;
        Ok((learned, Link { pairs, related, oversized, compared }))
    }
}

impl fmt::Display for Guess {
    /// As a Blueprint writes it, with a line per column before.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in &self.columns {
            let kind = serde_json::to_value(c.kind).ok();
            let kind = kind.as_ref().and_then(|k| k.as_str()).unwrap_or_default();
            writeln!(f, "# {}: {} ({kind})", c.column.replace(['\n', '\r'], " "), c.field)?;
        }
        writeln!(f, "matching:")?;
        writeln!(f, "  {RULE}:")?;
        let keys: Vec<String> = self.rule.block.iter().map(|k| format!("[{}]", k.join(", "))).collect();
        writeln!(f, "    block: [{}]", keys.join(", "))?;
        writeln!(f, "    compare:")?;
        for (field, compare) in &self.rule.compare {
            match compare {
                CompareSpec::Name(name) => writeln!(f, "      {field}: {name}")?,
                CompareSpec::Detailed(detail) => {
                    let json = serde_json::to_string(detail).map_err(|_| fmt::Error)?;
                    writeln!(f, "      {field}: {json}")?;
                }
            }
        }
        if let Some(prior) = self.rule.prior {
            writeln!(f, "    prior: {prior}")?;
        }
        let t = self.rule.thresholds;
        writeln!(f, "    thresholds: {{match: {}, review: {}}}", t.matched, t.review)
    }
}

/// The column's own name where it can be one; else what it holds, else its number.
fn field_name(
    column: &str,
    kind: FieldKind,
    number: usize,
    taken: &mut BTreeSet<FieldName>,
) -> Option<FieldName> {
    let mut slug = String::new();
    for c in column.trim().chars().take(60) {
        if c.is_ascii_alphanumeric() {
            slug.push(c.to_ascii_lowercase());
        } else if !slug.is_empty() && !slug.ends_with('_') {
            slug.push('_');
        }
    }
    let slug = slug.trim_matches('_').to_owned();
    let usable = slug.chars().next().is_some_and(|c| c.is_ascii_alphabetic()) && column.is_ascii();
    let base = if usable {
        slug
    } else {
        let word = serde_json::to_value(kind).ok().filter(|_| kind != FieldKind::Text);
        let word = word.and_then(|json| json.as_str().map(str::to_owned));
        word.unwrap_or_else(|| format!("column_{}", number.saturating_add(1)))
    };
    // Some words belong to the schema itself.
    let reserved =
        ["id", "now", "today", "has", "changed", "size", "in", "true", "false", "null", "missing", "visits"];
    let common = ["owner", "created_at", "updated_at", "created_by", "updated_by"];
    let base = if reserved.contains(&base.as_str()) || common.contains(&base.as_str()) {
        format!("{base}_")
    } else {
        base
    };
    (1..=taken.len().saturating_add(1)).find_map(|i| {
        let name = if i == 1 { base.clone() } else { format!("{base}_{i}") };
        let name = FieldName::new(name).ok()?;
        taken.insert(name.clone()).then_some(name)
    })
}

/// A bare `name` is a company's where its values say so, a person's beside an e-mail address and no company;
/// and where nothing else can be compared, plain text is.
fn settle<S: AsRef<str>>(columns: &mut [GuessedColumn], samples: &[(&str, &[S])]) {
    let legal_share = |column: &str| {
        let values = samples.iter().find(|(name, _)| *name == column).map(|(_, v)| *v).unwrap_or_default();
        let some: Vec<&str> =
            values.iter().map(AsRef::as_ref).filter(|v| !v.trim().is_empty()).take(400).collect();
        let legal = some.iter().filter(|v| qudao_text::parse_company(v).legal_form.is_some()).count();
        legal.saturating_mul(100) / some.len().max(1)
    };
    for column in columns.iter_mut().filter(|c| c.kind == FieldKind::Name) {
        if legal_share(&column.column) >= 20 {
            column.kind = FieldKind::Company;
        }
    }
    let telling = columns.iter().any(|c| {
        !matches!(c.kind, FieldKind::City | FieldKind::Region | FieldKind::Country | FieldKind::Postcode)
            && c.kind.comparator().is_some()
    });
    if !telling {
        for column in columns.iter_mut().filter(|c| c.kind == FieldKind::Text) {
            column.kind = FieldKind::Name;
        }
    }
}

/// Keys for rows of people that find no partner: a name that holds a slip leaves little else to meet by.
fn keys_by_likeness(columns: &[GuessedColumn]) -> Vec<Vec<String>> {
    let all = |kind: FieldKind| columns.iter().filter(move |c| c.kind == kind).map(|c| c.field.as_str());
    let mut keys: Vec<Vec<String>> =
        all(FieldKind::FamilyName).map(|f| vec![format!("{f}.minhash")]).collect();
    if keys.is_empty() {
        return keys;
    }
    for given in all(FieldKind::GivenName) {
        for birth in all(FieldKind::BirthDate) {
            keys.push(vec![format!("{given}.minhash"), format!("{birth}.year")]);
        }
    }
    keys.extend(all(FieldKind::Email).map(|f| vec![format!("{f}.minhash")]));
    keys
}

/// Keys by kind, weightiest first.
fn block(columns: &[GuessedColumn]) -> Vec<Vec<String>> {
    let mut keys = Vec::new();
    let all = |kind: FieldKind| columns.iter().filter(move |c| c.kind == kind).map(|c| c.field.as_str());
    for kind in [FieldKind::TaxId, FieldKind::Phone, FieldKind::Email, FieldKind::Website] {
        keys.extend(all(kind).map(|f| vec![f.to_owned()]));
    }
    for field in all(FieldKind::Email) {
        keys.push(vec![format!("{field}.user")]);
    }
    for field in all(FieldKind::Company) {
        keys.push(vec![format!("{field}.core")]);
        keys.push(vec![format!("{field}.tokens")]);
    }
    for field in all(FieldKind::Name) {
        keys.push(vec![field.to_owned()]);
        keys.push(vec![format!("{field}.tokens")]);
    }
    for field in all(FieldKind::Person) {
        keys.push(vec![field.to_owned()]);
        keys.push(vec![format!("{field}.family"), format!("{field}.given.prefix(1)")]);
    }
    for field in all(FieldKind::Address) {
        keys.push(vec![format!("{field}.number"), format!("{field}.tokens")]);
    }
    for family in all(FieldKind::FamilyName) {
        for given in all(FieldKind::GivenName) {
            keys.push(vec![family.to_owned(), given.to_owned()]);
        }
        for birth in all(FieldKind::BirthDate) {
            keys.push(vec![family.to_owned(), format!("{birth}.year")]);
        }
    }
    for birth in all(FieldKind::BirthDate) {
        keys.push(vec![birth.to_owned()]);
        for given in all(FieldKind::GivenName) {
            keys.push(vec![given.to_owned(), format!("{birth}.year")]);
        }
    }
    // People move house less often than their names are written in the wrong column.
    if all(FieldKind::FamilyName).next().is_some() {
        for address in all(FieldKind::Address) {
            for place in all(FieldKind::Postcode).chain(all(FieldKind::City)) {
                keys.push(vec![format!("{address}.tokens"), place.to_owned()]);
            }
        }
    }
    keys.extend(keys_by_likeness(columns));
    keys
}
