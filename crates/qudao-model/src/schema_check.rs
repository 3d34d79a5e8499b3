//! Checks a document against a JSON Schema and reports every deviation, with the nearest valid word.
//!
//! The Blueprint's published JSON Schema is what is enforced: there is no second grammar. Only the
//! keywords that the schema generator writes are understood: `type`, `properties`, `required`,
//! `additionalProperties`, `items`, `enum`, `const`, `pattern`, `anyOf`, `oneOf`, `$ref`, `minimum`, `maximum`.

use serde_json::{Map, Value as Json};

use crate::{Document, FieldName, Lint};

/// Checks the document; the lints carry their position.
#[must_use]
pub fn check_document(document: &Document, schema: &Json) -> Vec<Lint> {
    let mut checker = Checker { document, root: schema, lints: document.lints().to_vec() };
    checker.check(document.json(), schema, "");
    let mut lints = checker.lints;
    document.locate(&mut lints);
    lints.sort_by(|a, b| (a.position, &a.path).cmp(&(b.position, &b.path)));
    lints
}

struct Checker<'a> {
    document: &'a Document,
    root: &'a Json,
    lints: Vec<Lint>,
}

fn type_of(json: &Json) -> &'static str {
    match json {
        Json::Null => "null",
        Json::Bool(_) => "boolean",
        Json::Number(n) if n.is_i64() || n.is_u64() => "integer",
        Json::Number(_) => "number",
        Json::String(_) => "string",
        Json::Array(_) => "array",
        Json::Object(_) => "object",
    }
}

/// The word that people use for a JSON type.
fn word(ty: &str) -> &str {
    match ty {
        "object" => "map",
        "array" => "list",
        "string" => "text",
        "boolean" => "true or false",
        "integer" => "whole number",
        other => other,
    }
}

fn escape(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

impl<'a> Checker<'a> {
    fn resolve(&self, schema: &'a Json) -> &'a Json {
        let mut schema = schema;
        for _ in 0..16 {
            let Some(target) = schema.get("$ref").and_then(Json::as_str) else { break };
            let Some(found) = target.strip_prefix('#').and_then(|p| self.root.pointer(p)) else { break };
            schema = found;
        }
        schema
    }

    fn check(&mut self, json: &Json, schema: &'a Json, path: &str) {
        let schema = self.resolve(schema);
        let Some(rules) = schema.as_object() else { return };
        for keyword in ["anyOf", "oneOf"] {
            if let Some(options) = rules.get(keyword).and_then(Json::as_array) {
                self.check_options(json, options, path);
                return;
            }
        }
        if let Some(allowed) = rules.get("enum").and_then(Json::as_array) {
            self.check_enum(json, allowed, path);
            return;
        }
        if let Some(constant) = rules.get("const") {
            if json != constant {
                self.check_enum(json, std::slice::from_ref(constant), path);
            }
            return;
        }
        if !self.check_type(json, rules, path) {
            return;
        }
        match json {
            Json::Object(map) => self.check_map(map, rules, path),
            Json::Array(items) => {
                if let Some(item_schema) = rules.get("items") {
                    for (i, item) in items.iter().enumerate() {
                        self.check(item, item_schema, &format!("{path}/{i}"));
                    }
                }
            }
            Json::String(text) => {
                let named = rules.contains_key("pattern");
                if named && FieldName::new(text).is_err() {
                    self.lints.push(Lint::error("blueprint.bad_name", path).param("value", text.as_str()));
                }
                if self.document.is_plain(path)
                    && ["yes", "no", "on", "off"].contains(&text.to_ascii_lowercase().as_str())
                {
                    self.lints.push(Lint::warning("blueprint.yes_no", path).param("value", text.as_str()));
                }
            }
            Json::Number(number) => {
                let value = number.as_f64().unwrap_or_default();
                let below = rules.get("minimum").and_then(Json::as_f64).is_some_and(|m| value < m);
                let above = rules.get("maximum").and_then(Json::as_f64).is_some_and(|m| value > m);
                if below || above {
                    self.lints.push(Lint::error("blueprint.out_of_range", path));
                }
            }
            Json::Null | Json::Bool(_) => {}
        }
    }

    /// True when the type fits.
    fn check_type(&mut self, json: &Json, rules: &Map<String, Json>, path: &str) -> bool {
        let expected: Vec<&str> = match rules.get("type") {
            Some(Json::String(one)) => vec![one],
            Some(Json::Array(many)) => many.iter().filter_map(Json::as_str).collect(),
            _ => return true,
        };
        let found = type_of(json);
        let fits = expected.iter().any(|e| *e == found || (*e == "number" && found == "integer"));
        if !fits {
            let words: Vec<&str> = expected.iter().filter(|e| **e != "null").map(|e| word(e)).collect();
            self.lints.push(
                Lint::error("blueprint.wrong_type", path)
                    .param("expected", words.join(" / "))
                    .param("found", word(found)),
            );
        }
        fits
    }

    fn check_map(&mut self, map: &Map<String, Json>, rules: &'a Map<String, Json>, path: &str) {
        let properties: &'a Map<String, Json> = match rules.get("properties").and_then(Json::as_object) {
            Some(p) => p,
            None => {
                // A map with free keys.
                if let Some(values) = rules.get("additionalProperties").filter(|a| a.is_object()) {
                    for (key, value) in map {
                        self.check(value, values, &format!("{path}/{}", escape(key)));
                    }
                }
                if let Some(patterns) = rules.get("patternProperties").and_then(Json::as_object) {
                    for (key, value) in map {
                        let child = format!("{path}/{}", escape(key));
                        if FieldName::new(key).is_err() {
                            self.lints.push(
                                Lint::error("blueprint.bad_name", child.clone()).param("value", key.as_str()),
                            );
                        }
                        for schema in patterns.values() {
                            self.check(value, schema, &child);
                        }
                    }
                }
                return;
            }
        };
        for (key, value) in map {
            let child = format!("{path}/{}", escape(key));
            if let Some(schema) = properties.get(key) {
                self.check(value, schema, &child);
            } else if let Some(values) = rules.get("additionalProperties").filter(|a| a.is_object()) {
                self.check(value, values, &child);
            } else if rules.get("additionalProperties") == Some(&Json::Bool(false)) {
                self.lints.push(
                    Lint::error("blueprint.unknown_key", child)
                        .param("key", key.as_str())
                        .suggest(key, properties.keys().map(String::as_str)),
                );
            }
        }
        for key in
            rules.get("required").and_then(Json::as_array).into_iter().flatten().filter_map(Json::as_str)
        {
            if !map.contains_key(key) {
                self.lints.push(Lint::error("blueprint.missing_key", path).param("key", key));
            }
        }
    }

    fn check_enum(&mut self, json: &Json, allowed: &[Json], path: &str) {
        if allowed.contains(json) {
            return;
        }
        let shown = json.as_str().map_or_else(|| json.to_string(), str::to_owned);
        let shown: String = shown.chars().take(60).collect();
        self.lints.push(
            Lint::error("blueprint.unknown_value", path)
                .param("value", shown.as_str())
                .suggest(&shown, allowed.iter().filter_map(Json::as_str)),
        );
    }

    /// Alternatives: none may complain. Where all do, the one speaks that understands the value best: of the same
    /// JSON type, with the fewest complaints; alternatives that are words are joined into one list.
    fn check_options(&mut self, json: &Json, options: &'a [Json], path: &str) {
        let mut words: Vec<Json> = Vec::new();
        let mut best: Option<Vec<Lint>> = None;
        let mut types: Vec<&str> = Vec::new();
        let mut near: Option<Vec<Lint>> = None;
        for option in options {
            let resolved = self.resolve(option);
            if let Some(constant) = resolved.get("const") {
                words.push(constant.clone());
            } else if let Some(list) = resolved.get("enum").and_then(Json::as_array) {
                words.extend(list.iter().cloned());
            }
            let before = std::mem::take(&mut self.lints);
            self.check(json, option, path);
            let complaints = std::mem::replace(&mut self.lints, before);
            if complaints.iter().all(|l| l.severity < crate::Severity::Error) {
                self.lints.extend(complaints);
                return;
            }
            let ty = resolved.get("type").and_then(Json::as_str).unwrap_or("string");
            if ty != "null" && !types.contains(&word(ty)) {
                types.push(word(ty));
            }
            let understood = !complaints.iter().any(|l| {
                l.path == path && matches!(l.code, "blueprint.wrong_type" | "blueprint.unknown_value")
            });
            if understood && best.as_ref().is_none_or(|b| complaints.len() < b.len()) {
                best = Some(complaints);
            } else if complaints.iter().any(|l| l.code == "blueprint.unknown_value") {
                near = Some(complaints);
            }
        }
        if !words.is_empty() {
            near = None;
        }
        if let Some(complaints) = best.or(near.filter(|_| json.is_string())) {
            self.lints.extend(complaints);
        } else if json.is_string() && !words.is_empty() {
            self.check_enum(json, &words, path);
        } else {
            self.lints.push(
                Lint::error("blueprint.wrong_type", path)
                    .param("expected", types.join(" / "))
                    .param("found", word(type_of(json))),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ObjectSpec;

    fn lints(yaml: &str) -> Vec<(String, u32, String)> {
        let schema = serde_json::to_value(schemars::schema_for!(ObjectSpec)).unwrap();
        let doc = Document::parse("t", yaml).unwrap();
        check_document(&doc, &schema)
            .into_iter()
            .map(|l| {
                let en = crate::Locale::en();
                let fix = l.fix(&en).unwrap_or_default();
                (l.code.to_owned(), l.position.map_or(0, |p| p.line), fix)
            })
            .collect()
    }

    #[test]
    fn a_good_document_has_no_lints() {
        assert_eq!(
            lints("label: {en: Site, zh-CN: 站点}\nfields:\n  size: {type: int, required: true}\n"),
            []
        );
    }

    #[test]
    fn reports_everything_at_once_with_places_and_suggestions() {
        let found = lints(
            "labl: Site\nfields:\n  size: {type: integr, required: sure}\n  kind:\n    type: choice\n    choices: 5\n  9x: {type: int}\n",
        );
        let codes: Vec<(&str, u32)> = found.iter().map(|(c, l, _)| (c.as_str(), *l)).collect();
        assert_eq!(
            codes,
            [
                ("blueprint.unknown_key", 1),
                ("blueprint.unknown_value", 3),
                ("blueprint.wrong_type", 3),
                ("blueprint.wrong_type", 6),
                ("blueprint.bad_name", 7)
            ]
        );
        assert_eq!(found[0].2, "did you mean label?");
        assert_eq!(found[1].2, "did you mean int?");
    }

    #[test]
    fn unquoted_yes_is_a_lint() {
        let found = lints("label: yes\n");
        assert_eq!(found[0].0, "blueprint.yes_no");
        assert_eq!(lints("label: 'yes'\n"), []);
    }
}
