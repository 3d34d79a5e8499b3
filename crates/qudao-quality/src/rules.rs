//! The rules that fields declare of themselves, and those of the Blueprint's list.

use qudao_expr::{Env, Program};
use qudao_model::{
    ChoiceSpec, Decimal, FieldDef, FieldIx, FieldName, FieldType, Instant, Lint, LocalText, ObjectName,
    ObjectSchema, Severity, Value,
};
use regex::RegexBuilder;

use crate::compile::Builder;
use crate::field::FieldQuality;
use crate::normalise::takes_text;
use crate::quality::ObjectQuality;
use crate::rule::{Kind, Limit, Rule, Scoping, TypeScope};
use crate::{Bound, FieldList, LengthSpec, PatternSpec, RangeSpec, RuleSpec};

/// The keys of which a rule holds exactly one.
const KINDS: [&str; 10] = [
    "required",
    "required_when",
    "format",
    "length",
    "range",
    "choice",
    "pattern",
    "reference",
    "unique",
    "check",
];

/// The largest compiled pattern, in bytes.
const PATTERN_LIMIT: usize = 1 << 20;

impl Builder<'_> {
    /// The rules that the fields of an object declare of themselves.
    pub(crate) fn field_rules(&mut self, object: &ObjectSchema, fields: &[FieldQuality]) -> Vec<Rule> {
        let mut rules = Vec::new();
        for field in fields {
            let Some(def) = object.field_at(field.ix) else { continue };
            let ix = field.ix;
            let mut kinds: Vec<(&str, &str, Kind)> = Vec::new();
            if def.spec.required {
                kinds.push(("required", "required", Kind::Required { fields: vec![ix], when: None }));
            }
            if let Some(format) = &field.format {
                kinds.push(("format", "format", Kind::Format { field: ix, format: format.clone() }));
            }
            if let Some(max) = def.spec.max_length {
                if has_length(&def.ty) {
                    kinds.push((
                        "length",
                        "max_length",
                        Kind::Length { field: ix, min: None, max: Some(max) },
                    ));
                } else {
                    let path = format!("/objects/{}/fields/{}/max_length", object.name, def.name);
                    self.wrong_type(&path, "max_length", &def.name, &def.ty);
                }
            }
            if def.ty == FieldType::Choice {
                let labels = labels(def, &def.choices);
                let kind = Kind::Choice { field: ix, values: def.choices.clone(), labels };
                kinds.push(("choice", "choices", kind));
            }
            if let FieldType::Reference(target) = &def.ty
                && def.name != "owner"
            {
                kinds.push(("reference", "of", self.reference(ix, target)));
            }
            if def.spec.unique {
                let kind = Kind::Unique { fields: vec![ix], hashed: def.spec.personal };
                kinds.push(("unique", "unique", kind));
            }
            for (name, key, kind) in kinds {
                let path = format!("/objects/{}/fields/{}/{key}", object.name, def.name);
                let Some(id) = self.rule_id(object, def, name, &path) else { continue };
                rules.push(Rule {
                    id,
                    object: object.name.clone(),
                    severity: Severity::Error,
                    path,
                    scope: Scoping::default(),
                    kind,
                    fields: vec![def.name.clone()],
                    message: LocalText::Empty,
                    fix: LocalText::Empty,
                });
            }
        }
        rules
    }

    /// One rule of the list.
    pub(crate) fn listed_rule(
        &mut self,
        path: &str,
        spec: &RuleSpec,
        object: &ObjectQuality,
    ) -> Option<Rule> {
        let scope = self.scope(path, spec, object);
        let kind = self.kind(path, spec, object)?;
        if let Kind::Unique { .. } = &kind {
            self.check_unique(path, spec, &scope);
        }
        let fields = match &kind {
            Kind::Required { fields, .. } | Kind::Unique { fields, .. } => names(object, fields),
            Kind::Check(program) => program.reads().fields.iter().cloned().collect(),
            Kind::Reference { field, .. } => names(object, &[*field]),
            other => names(object, other.value_field().as_slice()),
        };
        Some(Rule {
            id: spec.id.clone(),
            object: spec.object.clone(),
            severity: spec.severity,
            path: path.to_owned(),
            scope,
            kind,
            fields,
            message: spec.message.clone(),
            fix: spec.fix.clone(),
        })
    }

    fn kind(&mut self, path: &str, spec: &RuleSpec, object: &ObjectQuality) -> Option<Kind> {
        let given: Vec<&str> = [
            spec.required.is_some(),
            spec.required_when.is_some(),
            spec.format.is_some(),
            spec.length.is_some(),
            spec.range.is_some(),
            spec.choice.is_some(),
            spec.pattern.is_some(),
            spec.reference.is_some(),
            spec.unique.is_some(),
            spec.check.is_some(),
        ]
        .into_iter()
        .zip(KINDS)
        .filter_map(|(given, kind)| given.then_some(kind))
        .collect();
        match given.as_slice() {
            [_] => {}
            [] => {
                let lint = Lint::error("quality.no_kind", path);
                self.lints.push(lint.param("rule", spec.id.as_str()).param("known", KINDS.join(", ")));
            }
            several => {
                let lint = Lint::error("quality.many_kinds", path);
                self.lints.push(lint.param("rule", spec.id.as_str()).param("found", several.join(", ")));
            }
        }
        // Every kind given is checked, so that all errors show at once; the first one stands for the rule.
        let mut kinds: Vec<Option<Kind>> = Vec::new();
        if let Some(list) = &spec.required {
            let fields = self.field_list(&format!("{path}/required"), list, object);
            kinds.push(fields.map(|fields| Kind::Required { fields, when: None }));
        }
        if let Some(rule) = &spec.required_when {
            let fields = self.field_list(&format!("{path}/required_when/fields"), &rule.fields, object);
            let when = self.condition(&format!("{path}/required_when/when"), &rule.when, object);
            kinds.push(fields.zip(when).map(|(fields, when)| Kind::Required { fields, when: Some(when) }));
        }
        if let Some(rule) = &spec.format {
            let path = format!("{path}/format");
            let field = self.field_of(&path, &rule.field, object, "format", takes_text);
            let format = self.format(&rule.format, &format!("{path}/format"));
            kinds.push(field.zip(format).map(|(field, format)| Kind::Format { field, format }));
        }
        if let Some(rule) = &spec.length {
            kinds.push(self.length(&format!("{path}/length"), rule, object));
        }
        if let Some(rule) = &spec.range {
            kinds.push(self.range(&format!("{path}/range"), rule, object));
        }
        if let Some(rule) = &spec.choice {
            let path = format!("{path}/choice");
            let field = self.field_of(&path, &rule.field, object, "choice", |ty| {
                takes_text(ty) || *ty == FieldType::Choice
            });
            if rule.values.is_empty() {
                self.lints.push(Lint::error("quality.empty_list", format!("{path}/values")));
            }
            kinds.push(field.map(|field| {
                let def = object.schema.field_at(field);
                self.check_choices(&path, &rule.values, def);
                let labels = def.map(|d| labels(d, &rule.values)).unwrap_or_default();
                Kind::Choice { field, values: rule.values.clone(), labels }
            }));
        }
        if let Some(rule) = &spec.pattern {
            kinds.push(self.pattern(&format!("{path}/pattern"), rule, object));
        }
        if let Some(rule) = &spec.reference {
            let path = format!("{path}/reference");
            let is_reference = |ty: &FieldType| matches!(ty, FieldType::Reference(_));
            let field = self.field_of(&path, rule.field(), object, "reference", is_reference);
            let target = field.and_then(|ix| object.field(ix)).map(|f| f.ty.clone());
            kinds.push(match (field, target) {
                (Some(field), Some(FieldType::Reference(target))) => Some(self.reference(field, &target)),
                _ => None,
            });
        }
        if let Some(list) = &spec.unique {
            let fields = self.field_list(&format!("{path}/unique"), list, object);
            kinds.push(fields.map(|fields| {
                let hashed = fields.iter().filter_map(|ix| object.field(*ix)).any(|f| f.personal);
                Kind::Unique { fields, hashed }
            }));
        }
        if let Some(text) = &spec.check {
            kinds.push(self.condition(&format!("{path}/check"), text, object).map(Kind::Check));
        }
        kinds.into_iter().next().flatten()
    }

    fn scope(&mut self, path: &str, spec: &RuleSpec, object: &ObjectQuality) -> Scoping {
        let mut changed = Vec::new();
        for (i, field) in spec.on.changed.iter().enumerate() {
            changed.extend(self.field_ix(&object.schema, field, &format!("{path}/on/changed/{i}")));
        }
        let when =
            spec.when.as_deref().and_then(|text| self.condition(&format!("{path}/when"), text, object));
        let types = if spec.types.is_empty() { None } else { self.types(path, spec, object) };
        Scoping { operations: spec.operations.clone(), changed, enter: spec.on.enter.clone(), types, when }
    }

    /// The types are looked up in the record's own field `type`, else on the first record that it points to and
    /// that knows them all, the account and the partner first.
    fn types(&mut self, path: &str, spec: &RuleSpec, object: &ObjectQuality) -> Option<TypeScope> {
        let choices = |schema: &ObjectSchema| -> Vec<String> {
            schema
                .field("type")
                .filter(|f| f.ty == FieldType::Choice)
                .map(|f| f.choices.clone())
                .unwrap_or_default()
        };
        let knows_all = |known: &[String]| spec.types.iter().all(|t| known.contains(t));
        let own = choices(&object.schema);
        if knows_all(&own)
            && let Some(field) = object.schema.field_ix("type")
        {
            return Some(TypeScope::Own { field, types: spec.types.clone() });
        }
        let mut parents: Vec<(bool, bool, FieldName, Vec<String>)> = Vec::new();
        for parent in object.schema.parents() {
            if let (Some(def), Some(target)) =
                (object.schema.field_at(parent.field), self.schema.object(parent.object.as_str()))
            {
                let name = def.name.clone();
                parents.push((name != "account", name != "partner", name, choices(target)));
            }
        }
        parents.sort();
        if own.is_empty()
            && let Some((_, _, field, _)) = parents.iter().find(|(.., known)| knows_all(known))
        {
            let quoted: Vec<String> = spec.types.iter().map(|t| quote(t)).collect();
            let text = format!("{field}.type in [{}]", quoted.join(", "));
            return self.condition(&format!("{path}/types"), &text, object).map(TypeScope::Parent);
        }
        let mut known: Vec<String> =
            if own.is_empty() { parents.into_iter().flat_map(|(.., known)| known).collect() } else { own };
        known.sort();
        known.dedup();
        let before = self.lints.len();
        for (i, ty) in spec.types.iter().enumerate().filter(|(_, t)| !known.contains(t)) {
            self.lints.push(
                Lint::error("quality.unknown_type", format!("{path}/types/{i}"))
                    .param("object", spec.object.as_str())
                    .param("name", ty.as_str())
                    .suggest(ty, known.iter().map(String::as_str)),
            );
        }
        if self.lints.len() == before {
            let lint = Lint::error("quality.mixed_types", format!("{path}/types"));
            self.lints.push(lint.param("object", spec.object.as_str()));
        }
        None
    }

    fn condition(&mut self, path: &str, text: &str, object: &ObjectQuality) -> Option<Program> {
        let schema = self.schema.clone();
        let env = Env::record(&schema, &object.schema.name);
        match Program::condition(text, &env) {
            Ok(program) => {
                self.lints.extend(program.lints().into_iter().map(|issue| issue.into_lint(path)));
                Some(program)
            }
            Err(issues) => {
                self.lints.extend(issues.into_iter().map(|issue| issue.into_lint(path)));
                None
            }
        }
    }

    fn field_list(&mut self, path: &str, list: &FieldList, object: &ObjectQuality) -> Option<Vec<FieldIx>> {
        let fields = list.fields();
        if fields.is_empty() {
            self.lints.push(Lint::error("quality.empty_list", path));
            return None;
        }
        let single = matches!(list, FieldList::One(_));
        let mut found = Vec::with_capacity(fields.len());
        for (i, field) in fields.iter().enumerate() {
            let path = if single { path.to_owned() } else { format!("{path}/{i}") };
            match self.field_ix(&object.schema, field, &path) {
                Some(ix) if found.contains(&ix) => {
                    let lint = Lint::error("blueprint.duplicate_id", path);
                    self.lints.push(lint.param("id", field.as_str()));
                }
                found_ix => found.extend(found_ix),
            }
        }
        (found.len() == fields.len()).then_some(found)
    }

    fn reference(&self, field: FieldIx, target: &ObjectName) -> Kind {
        let label = self.schema.object(target.as_str()).map(|o| o.label.clone()).unwrap_or_default();
        Kind::Reference { field, target: target.clone(), label }
    }

    fn field_of(
        &mut self,
        path: &str,
        name: &FieldName,
        object: &ObjectQuality,
        kind: &str,
        fits: impl Fn(&FieldType) -> bool,
    ) -> Option<FieldIx> {
        let path = if kind == "reference" { path.to_owned() } else { format!("{path}/field") };
        let ix = self.field_ix(&object.schema, name, &path)?;
        let def = object.schema.field_at(ix)?;
        if fits(&def.ty) {
            return Some(ix);
        }
        self.wrong_type(&path, kind, &def.name, &def.ty);
        None
    }

    fn length(&mut self, path: &str, spec: &LengthSpec, object: &ObjectQuality) -> Option<Kind> {
        let field = self.field_of(path, &spec.field, object, "length", has_length);
        match (spec.min, spec.max) {
            (None, None) => self.lints.push(Lint::error("quality.no_limit", path)),
            (Some(min), Some(max)) if min > max => self.lints.push(
                Lint::error("quality.range_empty", path)
                    .param("min", i64::from(min))
                    .param("max", i64::from(max)),
            ),
            _ => {}
        }
        field.map(|field| Kind::Length { field, min: spec.min, max: spec.max })
    }

    fn range(&mut self, path: &str, spec: &RangeSpec, object: &ObjectQuality) -> Option<Kind> {
        let ranged = |ty: &FieldType| {
            matches!(
                ty,
                FieldType::Int
                    | FieldType::Decimal
                    | FieldType::Money(_)
                    | FieldType::Date
                    | FieldType::Instant
                    | FieldType::Duration
            )
        };
        if spec.min.is_none() && spec.max.is_none() {
            self.lints.push(Lint::error("quality.no_limit", path));
        }
        let field = self.field_of(path, &spec.field, object, "range", ranged)?;
        let ty = object.field(field).map(|f| f.ty.clone())?;
        let mut limit = |bound: &Option<Bound>, key: &str| match bound {
            None => Some(None),
            Some(bound) => self.limit(&format!("{path}/{key}"), bound, &spec.field, &ty).map(Some),
        };
        let (min, max) = limit(&spec.min, "min").zip(limit(&spec.max, "max"))?;
        let empty = match (&min, &max) {
            (Some(Limit::Number(min)), Some(Limit::Number(max))) => min > max,
            (Some(Limit::Value(Value::Date(min))), Some(Limit::Value(Value::Date(max)))) => min > max,
            (Some(Limit::Value(Value::Instant(min))), Some(Limit::Value(Value::Instant(max)))) => min > max,
            _ => false,
        };
        if let (true, Some(min), Some(max)) = (empty, &min, &max) {
            let lint = Lint::error("quality.range_empty", path);
            self.lints.push(lint.param("min", min.to_string()).param("max", max.to_string()));
        }
        Some(Kind::Range { field, min, max })
    }

    fn limit(&mut self, path: &str, bound: &Bound, field: &FieldName, ty: &FieldType) -> Option<Limit> {
        let text = match bound {
            Bound::Number(n) => n.to_string(),
            Bound::Text(t) => t.trim().to_owned(),
        };
        let number = || -> Option<Limit> {
            let parsed = text.parse::<Decimal>().or_else(|_| Decimal::from_scientific(&text));
            parsed.ok().map(Limit::Number)
        };
        let limit = match ty {
            FieldType::Date => FieldType::Date.coerce(Value::text(&text)).ok().map(Limit::Value),
            FieldType::Instant => match FieldType::Date.coerce(Value::text(&text)) {
                Ok(Value::Date(date)) => {
                    Instant::start_of_day(date, self.zone).map(|i| Limit::Value(Value::Instant(i)))
                }
                _ => Instant::parse(&text).map(|i| Limit::Value(Value::Instant(i))),
            },
            FieldType::Money(None) => number().filter(|n| *n == Limit::Number(Decimal::ZERO)),
            _ => number(),
        };
        if limit.is_none() {
            let code = if matches!(ty, FieldType::Money(None)) && number().is_some() {
                "quality.limit_currency"
            } else {
                "quality.bad_limit"
            };
            self.lints.push(
                Lint::error(code, path)
                    .param("field", field.as_str())
                    .param("expected", ty.kind().to_string()),
            );
        }
        limit
    }

    fn pattern(&mut self, path: &str, spec: &PatternSpec, object: &ObjectQuality) -> Option<Kind> {
        let field = self.field_of(path, &spec.field, object, "pattern", takes_text);
        let whole = format!("^(?:{})$", spec.regex);
        let compile = |text: &str| RegexBuilder::new(text).size_limit(PATTERN_LIMIT).nest_limit(100).build();
        // The pattern alone first: an unclosed bracket must not be closed by what is put around it.
        match compile(&spec.regex).and_then(|_| compile(&whole)) {
            Ok(regex) => {
                field.map(|field| Kind::Pattern { field, regex, quick: crate::scan::QuickPattern::default() })
            }
            Err(error) => {
                let detail = error.to_string();
                let detail = detail.lines().next_back().unwrap_or_default().trim_start_matches("error: ");
                self.lints.push(
                    Lint::error("quality.bad_pattern", format!("{path}/regex")).param("detail", detail),
                );
                None
            }
        }
    }

    fn check_choices(&mut self, path: &str, values: &[String], def: Option<&FieldDef>) {
        let Some(def) = def.filter(|d| d.ty == FieldType::Choice) else { return };
        for (i, value) in values.iter().enumerate().filter(|(_, v)| !def.choices.contains(v)) {
            self.lints.push(
                Lint::error("blueprint.unknown_value", format!("{path}/values/{i}"))
                    .param("value", value.as_str())
                    .suggest(value, def.choices.iter().map(String::as_str)),
            );
        }
    }

    /// A unique rule is a claim in a unique index: it holds always, and it blocks.
    fn check_unique(&mut self, path: &str, spec: &RuleSpec, scope: &Scoping) {
        let narrow = [
            (!spec.operations.is_empty(), "operations"),
            (spec.on != crate::TriggerSpec::default(), "on"),
            (spec.severity != Severity::Error, "severity"),
            (matches!(scope.types, Some(TypeScope::Parent(_))), "types"),
            (
                scope.when.as_ref().is_some_and(|p| {
                    let reads = p.reads();
                    !reads.navigation.is_empty() || !reads.changed.is_empty() || reads.clock
                }),
                "when",
            ),
        ];
        for (_, key) in narrow.into_iter().filter(|(wrong, _)| *wrong) {
            self.lints.push(
                Lint::error("quality.unique_scope", format!("{path}/{key}"))
                    .param("rule", spec.id.as_str())
                    .param("key", key),
            );
        }
    }
}

fn names(object: &ObjectQuality, fields: &[FieldIx]) -> Vec<FieldName> {
    fields.iter().filter_map(|ix| object.field(*ix)).map(|f| f.name.clone()).collect()
}

fn has_length(ty: &FieldType) -> bool {
    matches!(ty, FieldType::Text | FieldType::List(_))
}

/// The company's words for some of a field's choices; the ids where it has none.
fn labels(def: &FieldDef, values: &[String]) -> Vec<LocalText> {
    let label = |value: &String| {
        let known = def.spec.choices.iter().find(|c| c.id() == value).map(ChoiceSpec::label);
        known.filter(|l| !l.is_empty()).unwrap_or_else(|| LocalText::from(value.as_str()))
    };
    values.iter().map(label).collect()
}

/// A text literal of the rule language.
fn quote(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
}
