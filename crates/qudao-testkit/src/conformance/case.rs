//! Cases and Blueprints, read from their folder.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use qudao::Engine;
use serde_json::{Map, Value as Json};

/// The kinds of case that a runner knows.
const KINDS: [&str; 10] =
    ["validate", "normalise", "gate", "next_steps", "query", "match", "dedupe", "link", "kpi", "error"];

/// One case.
#[derive(Debug, Clone, PartialEq)]
pub struct Case {
    /// Its name: the area, a point, what it shows.
    pub name: String,
    /// What is asked: `validate`, `normalise`, `gate`, `next_steps`, `query`, `match`, `dedupe`, `link`, `kpi` or `error`.
    pub kind: String,
    /// How the expected answer was worked out.
    pub reason: String,
    /// The Blueprint, where there is one.
    pub blueprint: Option<String>,
    /// What goes in. Fixtures are put in their place.
    pub input: Json,
    /// What must come out: a partial description of what is observed.
    pub expected: Json,
}

/// All cases with their Blueprints, compiled.
#[derive(Debug, Clone)]
pub struct Suite {
    /// The cases, by file and in the order of the file.
    pub cases: Vec<Case>,
    engines: BTreeMap<String, Engine>,
}

impl Suite {
    /// The engine of a Blueprint.
    ///
    /// # Errors
    /// When there is no such Blueprint.
    pub fn engine(&self, case: &Case) -> Result<&Engine, String> {
        let name = case.blueprint.as_deref().unwrap_or("none");
        self.engines.get(name).ok_or_else(|| format!("there is no Blueprint {name}"))
    }

    /// A case by name.
    #[must_use]
    pub fn case(&self, name: &str) -> Option<&Case> {
        self.cases.iter().find(|c| c.name == name)
    }
}

/// Reads `blueprints/*.yaml` and `cases/*.json` of a folder.
///
/// # Errors
/// What is wrong with the first file that cannot be used.
pub fn load(folder: &Path) -> Result<Suite, String> {
    let mut engines = BTreeMap::new();
    for path in files(&folder.join("blueprints"), "yaml")? {
        let name = path.file_stem().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        let engine = Engine::from_yaml(&read(&path)?).map_err(|e| format!("{}: {e}", path.display()))?;
        engines.insert(name, engine);
    }
    let mut cases = Vec::new();
    let mut names = BTreeSet::new();
    for path in files(&folder.join("cases"), "json")? {
        let place = path.display();
        let json: Json = serde_json::from_str(&read(&path)?).map_err(|e| format!("{place}: {e}"))?;
        let none = Map::new();
        let fixtures = json.get("fixtures").and_then(Json::as_object).unwrap_or(&none);
        let area = json.get("area").and_then(Json::as_str).unwrap_or_default();
        for raw in json.get("cases").and_then(Json::as_array).into_iter().flatten() {
            let case = read_case(raw, fixtures).map_err(|e| format!("{place}: {e}"))?;
            if !case.name.starts_with(&format!("{area}.")) || !names.insert(case.name.clone()) {
                return Err(format!("{place}: {} is outside of its area or stands twice", case.name));
            }
            cases.push(case);
        }
    }
    Ok(Suite { cases, engines })
}

fn files(folder: &Path, extension: &str) -> Result<Vec<PathBuf>, String> {
    let place = folder.display();
    let entries = std::fs::read_dir(folder).map_err(|e| format!("{place}: {e}"))?;
    let mut paths: Vec<PathBuf> = entries
        .filter_map(|entry| entry.ok().map(|e| e.path()))
        .filter(|p| p.extension().is_some_and(|e| e == extension))
        .collect();
    paths.sort();
    if paths.is_empty() { Err(format!("{place}: no .{extension} files")) } else { Ok(paths) }
}

fn read(path: &Path) -> Result<String, String> {
    std::fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))
}

fn read_case(raw: &Json, fixtures: &Map<String, Json>) -> Result<Case, String> {
    let text = |key: &str| raw.get(key).and_then(Json::as_str).map(str::to_owned);
    let name = text("name").ok_or("a case without a name")?;
    let need = |key: &str| text(key).filter(|t| !t.is_empty()).ok_or_else(|| format!("{name}: no {key}"));
    let kind = need("kind")?;
    if !KINDS.contains(&kind.as_str()) {
        return Err(format!("{name}: there is no kind {kind}"));
    }
    let expected = raw.get("expected").cloned().unwrap_or_default();
    if says_nothing(&expected) {
        return Err(format!("{name}: a part of expected says nothing"));
    }
    let mut input = raw.get("input").cloned().unwrap_or_default();
    put_fixtures(&mut input, fixtures).map_err(|e| format!("{name}: {e}"))?;
    let reason = need("reason")?;
    Ok(Case { kind, reason, blueprint: text("blueprint"), input, expected, name })
}

/// An empty map would be met by everything.
fn says_nothing(expected: &Json) -> bool {
    match expected {
        Json::Object(map) => map.is_empty() || map.values().any(says_nothing),
        Json::Array(items) => items.iter().any(says_nothing),
        _ => false,
    }
}

/// Names of fixtures give way to what they stand for: in `setup` to commands, under `fixture` to data and visits.
fn put_fixtures(input: &mut Json, fixtures: &Map<String, Json>) -> Result<(), String> {
    let Some(map) = input.as_object_mut() else { return Ok(()) };
    let find = |name: &str| fixtures.get(name).ok_or_else(|| format!("there is no fixture {name}"));
    if let Some(name) = map.remove("fixture") {
        let fixture = find(name.as_str().unwrap_or_default())?;
        for (key, value) in fixture.as_object().into_iter().flatten() {
            map.insert(key.clone(), value.clone());
        }
    }
    if let Some(setup) = map.get_mut("setup").and_then(Json::as_array_mut) {
        let mut commands = Vec::new();
        for item in std::mem::take(setup) {
            match item.as_str() {
                Some(name) => commands.extend(find(name)?.as_array().into_iter().flatten().cloned()),
                None => commands.push(item),
            }
        }
        *setup = commands;
    }
    Ok(())
}
