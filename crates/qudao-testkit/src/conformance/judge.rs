//! Expected against observed, and expectations turned wrong on purpose.

use std::collections::BTreeMap;

use serde_json::{Number, Value as Json, json};

use super::Case;

/// Every difference, one a line. Of a map only the keys of `expected` are compared; a list must have the same items in
/// the same order.
#[must_use]
pub fn judge(expected: &Json, observed: &Json) -> Vec<String> {
    let mut differences = Vec::new();
    compare(expected, observed, "", &mut differences);
    differences
}

fn compare(expected: &Json, observed: &Json, path: &str, out: &mut Vec<String>) {
    match (expected, observed) {
        (Json::Object(wanted), Json::Object(found)) => {
            for (key, value) in wanted {
                match found.get(key) {
                    Some(other) => compare(value, other, &format!("{path}/{key}"), out),
                    None => out.push(format!("{path}/{key}: expected {value}, observed nothing")),
                }
            }
        }
        (Json::Array(wanted), Json::Array(found)) if wanted.len() == found.len() => {
            for (i, (value, other)) in wanted.iter().zip(found).enumerate() {
                compare(value, other, &format!("{path}/{i}"), out);
            }
        }
        _ if expected == observed => {}
        _ => out.push(format!("{path}:\n      expected {expected}\n      observed {observed}")),
    }
}

/// The case with the first value of its expectation turned wrong.
#[must_use]
pub fn flip(case: &Case) -> Case {
    flips(case).into_iter().next().map_or_else(|| case.clone(), |(_, flipped)| flipped)
}

/// The case once for each value of its expectation, that value turned wrong: a switch thrown, a number one higher, a
/// text with `~` behind it, `"~"` for null, a list with one item less or more. With the path of the value.
#[must_use]
pub fn flips(case: &Case) -> Vec<(String, Case)> {
    let mut paths = Vec::new();
    collect(&case.expected, String::new(), &mut paths);
    paths
        .into_iter()
        .filter_map(|path| {
            let mut flipped = case.clone();
            let place = flipped.expected.pointer_mut(&path)?;
            *place = wrong(place);
            Some((path, flipped))
        })
        .collect()
}

/// JSON pointers to every value that is no map.
fn collect(json: &Json, path: String, out: &mut Vec<String>) {
    match json {
        Json::Object(map) => {
            let sorted: BTreeMap<&String, &Json> = map.iter().collect();
            for (key, value) in sorted {
                let key = key.replace('~', "~0").replace('/', "~1");
                collect(value, format!("{path}/{key}"), out);
            }
        }
        Json::Array(items) => {
            for (i, item) in items.iter().enumerate() {
                collect(item, format!("{path}/{i}"), out);
            }
            out.push(path);
        }
        _ => out.push(path),
    }
}

fn wrong(json: &Json) -> Json {
    match json {
        Json::Bool(b) => Json::Bool(!b),
        Json::Number(n) => Json::Number(n.as_i64().map_or_else(|| Number::from(0), |i| Number::from(i + 1))),
        Json::String(text) => Json::String(format!("{text}~")),
        Json::Array(items) => match items.split_last() {
            Some((_, rest)) => Json::Array(rest.to_vec()),
            None => json!(["~"]),
        },
        Json::Null | Json::Object(_) => json!("~"),
    }
}
