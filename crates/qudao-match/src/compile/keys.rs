//! Keys as written, keys derived where none is, and keys that cut a block.

use qudao_model::{Lint, RuleId, Severity};

use super::defaults::{default_comparator, profile};
use super::{Compiler, Draft};
use crate::key::{BadPart, Cut, Key, Part, View, Written, read};
use crate::rule::CompareField;
use crate::spec::MatchingRuleSpec;
use crate::weights::Profile;
use crate::{Comparator, Level};

impl Compiler<'_> {
    pub(super) fn keys(
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
pub(super) fn cut_keys(draft: &mut Draft<'_>, fields: &[CompareField]) -> Vec<Key> {
    let object = draft.object.clone();
    let mut by_weight: Vec<&CompareField> = fields.iter().collect();
    by_weight
        .sort_by_key(|f| (std::cmp::Reverse(f.weights.get(Level::Exact.index()).copied()), f.field.clone()));
    let first = by_weight.iter().map(|field| match field.comparator {
        Comparator::CompanyName => (*field, View::Core, ".core"),
        Comparator::Address => (*field, View::Number, ".number"),
        Comparator::Text => (*field, View::Tokens, ".tokens"),
        _ => (*field, View::Whole, ""),
    });
    let words = by_weight.iter().filter_map(|field| match field.comparator {
        Comparator::CompanyName => Some((*field, View::Tokens, ".tokens")),
        _ => None,
    });
    first
        .chain(words)
        .filter(|(field, _, _)| object.field(field.field.as_str()).is_some())
        .map(|(field, view, suffix)| {
            let parts = vec![Part { source: field.source, view, cut: Cut::All }];
            Key { text: format!("{}{suffix}", field.field), parts }
        })
        .collect()
}
