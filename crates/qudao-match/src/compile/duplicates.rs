//! Duplicate rules, and the objects that they map to a matching rule.

use std::collections::BTreeMap;

use qudao_model::{Lint, ObjectName, RuleId};

use super::Compiler;
use crate::DiscloseSpec;
use crate::duplicate::{Actions, DuplicateRule};
use crate::rule::{Lens, MatchingRule};
use crate::spec::{Action, AgainstSpec, DuplicateRuleSpec, MatchSpec};

impl Compiler<'_> {
    pub(super) fn duplicates(
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
            if let DiscloseSpec::Fields(fields) = &duplicate.disclose {
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
