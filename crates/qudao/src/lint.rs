//! Lints across the parts of a Blueprint: what compiles though somebody should look.

use std::collections::BTreeMap;

use qudao_model::{Dataset, Lint, Severity};
use serde_json::{Map, Value as Json};

use crate::blueprint::Blueprint;
use crate::engine::Engine;
use crate::error::Error;

/// Everything to say about a Blueprint, located and in the order of the document.
pub(crate) fn lint(blueprint: &Blueprint) -> Vec<Lint> {
    let mut lints = match Engine::compile(blueprint.clone()) {
        Ok(engine) => {
            let mut lints = engine.lints();
            lints.extend(engine.quality().conflicts(engine.schema_arc()));
            lints
        }
        Err(Error::Blueprint { lints, .. }) => lints,
        Err(_) => Vec::new(),
    };
    lints.extend(untouched_sections(blueprint));
    if let Some(document) = blueprint.document() {
        lints.extend(qudao_model::check_document(document, &Blueprint::json_schema()));
    }
    blueprint.locate(&mut lints);
    lints.sort_by(|a, b| (a.position, &a.path, a.code).cmp(&(b.position, &b.path, b.code)));
    lints.dedup();
    lints
}

impl Engine {
    /// What a Blueprint's rules look like against data that exists: formats, patterns, lengths, ranges and choices that
    /// not one value of a field meets. Located.
    #[must_use]
    pub fn lint_data(&self, data: &Dataset) -> Vec<Lint> {
        let mut lints = self.quality().excluded_data(data);
        self.blueprint().locate(&mut lints);
        lints
    }
}

/// The sections in which tailoring shows.
const SECTIONS: [&str; 7] =
    ["objects", "validation", "matching", "duplicates", "processes", "metrics", "roles"];

/// Sections that stand as a starter template has them. Renaming, another locale and another currency alone do not
/// count as tailoring: a pipeline that is left at factory defaults under new names is still at factory defaults.
fn untouched_sections(blueprint: &Blueprint) -> Vec<Lint> {
    let own = bare_sections(&serde_json::to_value(blueprint.spec()).unwrap_or_default());
    let mut lints = Vec::new();
    for (name, text) in Blueprint::starters() {
        let Ok(starter) = Blueprint::from_yaml(text) else { continue };
        let named = blueprint.spec().template.as_deref() == Some(name);
        let theirs = bare_sections(&serde_json::to_value(starter.spec()).unwrap_or_default());
        for section in SECTIONS {
            let (Some(a), Some(b)) = (own.get(section), theirs.get(section)) else { continue };
            // A small section may be alike by chance; then only the template that the document names counts.
            let telling = named || (section == "processes" && blueprint.spec().template.is_none());
            if telling && a == b {
                lints.push(
                    Lint {
                        severity: Severity::Warning,
                        ..Lint::error("blueprint.untouched_template", format!("/{section}"))
                    }
                    .param("section", section)
                    .param("template", name),
                );
            }
        }
    }
    lints
}

fn bare_sections(spec: &Json) -> BTreeMap<&'static str, Json> {
    SECTIONS.into_iter().filter_map(|s| spec.get(s).map(|v| (s, bare(s, v)))).collect()
}

/// The section without words: labels, messages, tips, ids of stages and rules.
fn bare(section: &str, json: &Json) -> Json {
    let mut bare = strip_words(json);
    if section == "processes" {
        bare = rename_stages(&bare);
    }
    bare
}

const WORDS: [&str; 9] =
    ["label", "message", "fix", "tip", "help", "example", "section", "currency", "locale"];

fn strip_words(json: &Json) -> Json {
    match json {
        Json::Object(map) => Json::Object(
            map.iter()
                .filter(|(k, _)| !WORDS.contains(&k.as_str()))
                .map(|(k, v)| (k.clone(), strip_words(v)))
                .collect(),
        ),
        Json::Array(items) => Json::Array(items.iter().map(strip_words).collect()),
        other => other.clone(),
    }
}

/// Processes as a list, their stages named by position.
fn rename_stages(processes: &Json) -> Json {
    let list = processes.as_object().into_iter().flat_map(Map::values).map(|process| {
        let mut process = process.clone();
        let mut names: BTreeMap<String, String> = BTreeMap::new();
        if let Some(stages) = process.get_mut("stages").and_then(Json::as_array_mut) {
            for (i, stage) in stages.iter_mut().enumerate() {
                let Some(map) = stage.as_object_mut() else { continue };
                let position = format!("stage {i}");
                if let Some(id) = map.get("id").and_then(Json::as_str) {
                    names.insert(id.to_owned(), position.clone());
                }
                map.insert("id".into(), Json::from(position));
                for gate in ["entry", "exit"] {
                    for criterion in map.get_mut(gate).and_then(Json::as_array_mut).into_iter().flatten() {
                        if let Some(c) = criterion.as_object_mut() {
                            c.remove("id");
                        }
                    }
                }
            }
        }
        if let Some(to) = process.pointer_mut("/policy/reopen/to")
            && let Some(position) = to.as_str().and_then(|t| names.get(t))
        {
            *to = Json::from(position.clone());
        }
        process
    });
    Json::Array(list.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn untouched(text: &str) -> Vec<String> {
        let blueprint = Blueprint::from_yaml(text).unwrap();
        blueprint
            .lint()
            .iter()
            .filter(|l| l.code == "blueprint.untouched_template")
            .map(|l| l.path.clone())
            .collect()
    }

    #[test]
    fn a_starter_left_alone_is_named_section_by_section() {
        let text = Blueprint::starters()["simple"];
        assert_eq!(untouched(text), ["/objects", "/validation", "/matching", "/duplicates", "/processes"]);
    }

    #[test]
    fn renaming_and_another_currency_are_no_tailoring() {
        let text = Blueprint::starters()["simple"]
            .replace("currency: USD", "currency: EUR")
            .replace("id: qualified", "id: warm")
            .replace("en: Proposal", "en: Offer");
        assert!(untouched(&text).contains(&"/processes".to_owned()));
    }

    #[test]
    fn a_changed_gate_is_tailoring() {
        let text = Blueprint::starters()["simple"].replace("check: amount > 0", "check: amount > 1000");
        assert!(!untouched(&text).contains(&"/processes".to_owned()));
        assert!(untouched(&text).contains(&"/objects".to_owned()));
    }
}
