//! What else is wrong in a document with errors of form.
//!
//! A wrong value in one place does not hide the errors elsewhere: the broken places are taken out, the rest is
//! compiled for its errors alone, and their paths are led back to the document as it was written.

use std::collections::{BTreeMap, BTreeSet};

use qudao_model::{Document, Lint, Param, Severity, check_document};
use serde_json::{Map, Value as Json};

use crate::blueprint::Blueprint;
use crate::error::Error;
use crate::spec::BlueprintSpec;

/// How often a place taken out may leave its surroundings broken, before the search ends.
const MAX_ROUNDS: usize = 16;

/// The errors of the document beside those of its form, located.
pub(crate) fn other_errors(document: &Document, form: &[Lint]) -> Vec<Lint> {
    let mut cut = Cut::default();
    for lint in form.iter().filter(|l| l.severity == Severity::Error) {
        cut.take(&lint.path, lint.code);
    }
    let Some((spec, map)) = rest(document, &mut cut) else { return Vec::new() };
    let Err(Error::Blueprint { lints, .. }) = Blueprint::from_spec(spec).compile() else {
        return Vec::new();
    };
    let names = cut.names(document.json());
    let mut found: Vec<Lint> = lints
        .into_iter()
        .filter(|l| l.severity == Severity::Error)
        .map(|mut lint| {
            lint.path = map.original(&lint.path);
            lint
        })
        .filter(|lint| !cut.touches(&lint.path) && !speaks_of(lint, &names))
        .collect();
    document.locate(&mut found);
    found
}

/// The sections without the broken places; none when what is left is still no Blueprint.
fn rest(document: &Document, cut: &mut Cut) -> Option<(BlueprintSpec, PathMap)> {
    let schema = Blueprint::json_schema();
    for _ in 0..MAX_ROUNDS {
        if cut.0.contains("") {
            return None;
        }
        let mut map = PathMap::default();
        let json = cut.prune(document.json(), &mut String::new(), &mut String::new(), &mut map)?;
        let left: Vec<Lint> = check_document(&document.with_content(json.clone()), &schema)
            .into_iter()
            .filter(|l| l.severity == Severity::Error && !document.lints().contains(l))
            .collect();
        if !left.is_empty() {
            for lint in left {
                cut.take(&map.original(&lint.path), lint.code);
            }
            continue;
        }
        match serde_json::from_value(json) {
            Ok(spec) => return Some((spec, map)),
            // What fits the schema and is no Blueprint all the same: whole items go.
            Err(_) if cut.widen() => {}
            Err(_) => return None,
        }
    }
    None
}

/// The places taken out, as JSON pointers into the document as it was written.
#[derive(Default)]
struct Cut(BTreeSet<String>);

impl Cut {
    fn take(&mut self, path: &str, code: &str) {
        let mut path = path.to_owned();
        if code != "blueprint.unknown_key" {
            // A field with a wrong declaration is no field: its other keys mean nothing.
            let parts: Vec<&str> = path.split('/').collect();
            if let ["", "objects", object, "fields", field, _, ..] = parts.as_slice() {
                path = format!("/objects/{object}/fields/{field}");
            }
        }
        // A place that is out already and still complains: what surrounds it cannot do without it.
        // The whole document is surrounded by nothing.
        while !path.is_empty() && self.0.contains(&path) {
            path.truncate(path.rfind('/').unwrap_or_default());
        }
        self.0.insert(path);
    }

    /// Takes out the whole item around each place; false when that changes nothing.
    fn widen(&mut self) -> bool {
        let wider: BTreeSet<String> = self
            .0
            .iter()
            .map(|path| {
                path.match_indices('/').nth(2).map_or(path.as_str(), |(at, _)| &path[..at]).to_owned()
            })
            .collect();
        let changed = wider != self.0;
        self.0 = wider;
        changed
    }

    /// True when the place holds one that was taken out: what is said of it may come of the cut.
    fn touches(&self, path: &str) -> bool {
        self.0
            .iter()
            .any(|cut| cut.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')))
    }

    /// The names that were declared in what was taken out.
    fn names(&self, json: &Json) -> BTreeSet<String> {
        let mut names = BTreeSet::new();
        for path in &self.0 {
            let key = path.rsplit('/').next().unwrap_or_default();
            names.insert(key.replace("~1", "/").replace("~0", "~"));
            if let Some(id) = json.pointer(path).and_then(|j| j.get("id")).and_then(Json::as_str) {
                names.insert(id.to_owned());
            }
        }
        names
    }

    fn prune(&self, json: &Json, old: &mut String, new: &mut String, map: &mut PathMap) -> Option<Json> {
        if self.0.contains(old.as_str()) {
            return None;
        }
        let (old_len, new_len) = (old.len(), new.len());
        Some(match json {
            Json::Array(items) => {
                let mut kept = Vec::with_capacity(items.len());
                let mut indices = Vec::with_capacity(items.len());
                for (i, item) in items.iter().enumerate() {
                    old.push_str(&format!("/{i}"));
                    new.push_str(&format!("/{}", kept.len()));
                    if let Some(item) = self.prune(item, old, new, map) {
                        kept.push(item);
                        indices.push(i);
                    }
                    old.truncate(old_len);
                    new.truncate(new_len);
                }
                if kept.len() < items.len() {
                    map.0.insert(new.clone(), indices);
                }
                Json::Array(kept)
            }
            Json::Object(members) => {
                let mut kept = Map::new();
                for (key, value) in members {
                    let step = format!("/{}", key.replace('~', "~0").replace('/', "~1"));
                    old.push_str(&step);
                    new.push_str(&step);
                    if let Some(value) = self.prune(value, old, new, map) {
                        kept.insert(key.clone(), value);
                    }
                    old.truncate(old_len);
                    new.truncate(new_len);
                }
                Json::Object(kept)
            }
            other => other.clone(),
        })
    }
}

/// For each list that lost items, the old index of each item that stayed.
#[derive(Default)]
struct PathMap(BTreeMap<String, Vec<usize>>);

impl PathMap {
    /// Where a place of the pruned document stood before.
    fn original(&self, path: &str) -> String {
        let mut new = String::new();
        let mut old = String::new();
        for step in path.split('/').skip(1) {
            let moved = self
                .0
                .get(new.as_str())
                .and_then(|indices| indices.get(step.parse::<usize>().ok()?))
                .map_or_else(|| step.to_owned(), usize::to_string);
            new.push('/');
            new.push_str(step);
            old.push('/');
            old.push_str(&moved);
        }
        old
    }
}

/// True when the lint names something that was taken out.
fn speaks_of(lint: &Lint, names: &BTreeSet<String>) -> bool {
    let named =
        |param: &Param| matches!(param, Param::Value(v) if v.as_text().is_some_and(|t| names.contains(t)));
    lint.params.iter().any(|(key, param)| key != "suggestion" && named(param))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_that_is_out_as_a_whole_ends_the_search() {
        let mut cut = Cut::default();
        for _ in 0..3 {
            cut.take("/objects", "blueprint.wrong_type");
        }
        assert!(cut.0.contains(""));
    }

    fn lints(text: &str) -> Vec<(&'static str, u32)> {
        match Blueprint::from_yaml(text).and_then(Blueprint::compile) {
            Ok(_) => Vec::new(),
            Err(Error::Blueprint { lints, .. }) => {
                lints.iter().map(|l| (l.code, l.position.map_or(0, |p| p.line))).collect()
            }
            Err(other) => panic!("{other}"),
        }
    }

    #[test]
    fn a_misspelt_key_does_not_hide_other_errors() {
        let text = "qudao: 1\ncurrency: cny\nobjects:\n  account:\n    fields:\n      name: {requried: true}\n\
                    validation:\n  - {id: r1, object: acount, required: [name]}\n";
        assert_eq!(
            lints(text),
            [("blueprint.bad_currency", 2), ("blueprint.unknown_key", 6), ("blueprint.unknown_object", 8)]
        );
    }

    #[test]
    fn a_broken_field_is_not_told_again_as_an_unknown_one() {
        let text = "qudao: 1\nobjects:\n  account:\n    fields:\n      size: {type: number}\n\
                    validation:\n  - {id: a, object: account, check: size > 3}\n  - {id: b, object: account, check: siz > 3}\n";
        assert_eq!(lints(text), [("blueprint.unknown_value", 5), ("expr.unknown_field", 8)]);
    }

    #[test]
    fn a_broken_item_of_a_list_does_not_move_the_places_of_the_others() {
        let text = "qudao: 1\nvalidation:\n  - 7\n  - {id: b, object: account, required: name}\n  - {id: c, object: acount, required: name}\n  - {object: account, required: name}\n  - {id: d, object: accountt, required: name}\n";
        let found = lints(text);
        assert!(found.contains(&("blueprint.wrong_type", 3)), "{found:?}");
        assert!(found.contains(&("blueprint.unknown_object", 5)), "{found:?}");
        assert!(found.contains(&("blueprint.unknown_object", 7)), "{found:?}");
    }

    #[test]
    fn a_document_that_is_no_map_has_nothing_else_to_tell() {
        assert_eq!(lints("[1, 2]\n").len(), 1);
        assert_eq!(lints("7\n").len(), 1);
    }
}
