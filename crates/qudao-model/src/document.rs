//! A YAML 1.2 or JSON document that remembers where each value stands.

use std::collections::BTreeMap;
use std::fmt;

use saphyr_parser::{Event, Parser, ScalarStyle};
use serde::Serialize;
use serde_json::{Map, Value as Json};

use crate::Lint;

const MAX_BYTES: usize = 4 << 20;
const MAX_DEPTH: usize = 64;
const MAX_NODES: usize = 400_000;

/// A place in a source text; both numbers begin at 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Position {
    /// The line.
    pub line: u32,
    /// The column, in characters.
    pub column: u32,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

/// A parsed document.
#[derive(Debug, Clone)]
pub struct Document {
    name: String,
    json: Json,
    places: BTreeMap<String, Place>,
    /// Keys that stand twice.
    lints: Vec<Lint>,
}

#[derive(Debug, Clone, Copy)]
struct Place {
    position: Position,
    /// The scalar was written without quotes.
    plain: bool,
}

impl Document {
    /// Parses YAML 1.2 or JSON (which is YAML). `name` is shown in messages.
    ///
    /// # Errors
    /// One lint when the text is not YAML, is larger than 4 MiB, or is nested deeper than 64 levels.
    pub fn parse(name: &str, text: &str) -> Result<Self, Vec<Lint>> {
        if text.len() > MAX_BYTES {
            return Err(vec![Lint::error("blueprint.too_large", "")]);
        }
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut reader =
            Reader { anchors: BTreeMap::new(), nodes: 0, places: BTreeMap::new(), lints: Vec::new() };
        match reader.document(text) {
            Ok(json) => Ok(Self { name: name.to_owned(), json, places: reader.places, lints: reader.lints }),
            Err(lint) => Err(vec![*lint]),
        }
    }

    /// The name given at parsing.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The content.
    #[must_use]
    pub fn json(&self) -> &Json {
        &self.json
    }

    /// The content, by value.
    #[must_use]
    pub fn into_json(self) -> Json {
        self.json
    }

    /// The same document with other content; places stay those of the text.
    #[must_use]
    pub fn with_content(&self, json: Json) -> Self {
        Self { json, ..self.clone() }
    }

    /// What was found while reading: keys that stand twice.
    #[must_use]
    pub fn lints(&self) -> &[Lint] {
        &self.lints
    }

    /// Where the value at a JSON pointer stands; where there is none, its nearest ancestor.
    #[must_use]
    pub fn position(&self, path: &str) -> Option<Position> {
        let mut path = path;
        loop {
            if let Some(place) = self.places.get(path) {
                return Some(place.position);
            }
            path = &path[..path.rfind('/')?];
        }
    }

    /// True when the scalar at a JSON pointer was written without quotes.
    #[must_use]
    pub fn is_plain(&self, path: &str) -> bool {
        self.places.get(path).is_some_and(|p| p.plain)
    }

    /// Fills in the position of each lint.
    pub fn locate(&self, lints: &mut [Lint]) {
        for lint in lints {
            if lint.position.is_none() {
                lint.position = self.position(&lint.path);
            }
        }
    }
}

struct Reader {
    anchors: BTreeMap<usize, (Json, usize)>,
    nodes: usize,
    places: BTreeMap<String, Place>,
    lints: Vec<Lint>,
}

type Failure = Box<Lint>;

/// One collection being read.
struct Frame {
    path: String,
    anchor: usize,
    start_nodes: usize,
    kind: FrameKind,
}

enum FrameKind {
    List(Vec<Json>),
    Map(Map<String, Json>, Option<String>),
}

impl Reader {
    fn document(&mut self, text: &str) -> Result<Json, Failure> {
        let mut stack: Vec<Frame> = Vec::new();
        let mut root: Option<Json> = None;
        let mut documents = 0_u32;
        for item in Parser::new_from_str(text) {
            let (event, span) = item.map_err(|e| {
                let marker = e.marker();
                let mut lint = Lint::error("blueprint.syntax", "").param("detail", e.info());
                lint.position = Some(at(marker.line(), marker.col()));
                Box::new(lint)
            })?;
            let position = at(span.start.line(), span.start.col());
            let fail = |code: &'static str| {
                let mut lint = Lint::error(code, "");
                lint.position = Some(position);
                Box::new(lint)
            };
            match event {
                Event::DocumentStart(_) => {
                    documents += 1;
                    if documents > 1 {
                        let mut lint = fail("blueprint.syntax");
                        lint.params.insert("detail".into(), "a second document begins".into());
                        return Err(lint);
                    }
                }
                Event::SequenceStart(anchor, _) | Event::MappingStart(anchor, _)
                    if stack.len() >= MAX_DEPTH =>
                {
                    let _ = anchor;
                    return Err(fail("blueprint.too_large"));
                }
                Event::SequenceStart(anchor, _) => {
                    let path = self.child_path(&stack, position)?;
                    self.place(&path, position, false);
                    self.count(1, position)?;
                    let kind = FrameKind::List(Vec::new());
                    stack.push(Frame { path, anchor, start_nodes: self.nodes, kind });
                }
                Event::MappingStart(anchor, _) => {
                    let path = self.child_path(&stack, position)?;
                    self.place(&path, position, false);
                    self.count(1, position)?;
                    let kind = FrameKind::Map(Map::new(), None);
                    stack.push(Frame { path, anchor, start_nodes: self.nodes, kind });
                }
                Event::SequenceEnd | Event::MappingEnd => {
                    let Some(frame) = stack.pop() else { continue };
                    let json = match frame.kind {
                        FrameKind::List(items) => Json::Array(items),
                        FrameKind::Map(map, _) => Json::Object(map),
                    };
                    if frame.anchor > 0 {
                        self.anchors.insert(frame.anchor, (json.clone(), self.nodes - frame.start_nodes + 1));
                    }
                    self.put(&mut stack, &mut root, json);
                }
                Event::Scalar(value, style, anchor, _) => {
                    self.count(1, position)?;
                    let plain = style == ScalarStyle::Plain;
                    if let Some(Frame { kind: FrameKind::Map(map, key @ None), path, .. }) = stack.last_mut()
                    {
                        let name = value.into_owned();
                        if map.contains_key(&name) {
                            let mut lint =
                                Lint::error("blueprint.duplicate_key", format!("{path}/{}", escape(&name)));
                            lint.position = Some(position);
                            self.lints.push(lint.param("key", name.as_str()));
                        }
                        *key = Some(name);
                        continue;
                    }
                    let path = self.child_path(&stack, position)?;
                    self.place(&path, position, plain);
                    let json = scalar(&value, plain);
                    if anchor > 0 {
                        self.anchors.insert(anchor, (json.clone(), 1));
                    }
                    self.put(&mut stack, &mut root, json);
                }
                Event::Alias(anchor) => {
                    let path = self.child_path(&stack, position)?;
                    self.place(&path, position, false);
                    let (json, nodes) = self.anchors.get(&anchor).cloned().unwrap_or((Json::Null, 1));
                    self.count(nodes, position)?;
                    self.put(&mut stack, &mut root, json);
                }
                _ => {}
            }
        }
        Ok(root.unwrap_or(Json::Null))
    }

    fn count(&mut self, nodes: usize, position: Position) -> Result<(), Failure> {
        self.nodes = self.nodes.saturating_add(nodes);
        if self.nodes > MAX_NODES {
            let mut lint = Lint::error("blueprint.too_large", "");
            lint.position = Some(position);
            return Err(Box::new(lint));
        }
        Ok(())
    }

    fn place(&mut self, path: &str, position: Position, plain: bool) {
        self.places.insert(path.to_owned(), Place { position, plain });
    }

    fn child_path(&self, stack: &[Frame], position: Position) -> Result<String, Failure> {
        match stack.last() {
            None => Ok(String::new()),
            Some(Frame { path, kind: FrameKind::List(items), .. }) => Ok(format!("{path}/{}", items.len())),
            Some(Frame { path, kind: FrameKind::Map(_, Some(key)), .. }) => {
                Ok(format!("{path}/{}", escape(key)))
            }
            Some(Frame { path, kind: FrameKind::Map(_, None), .. }) => {
                let mut lint = Lint::error("blueprint.syntax", path.clone());
                lint.position = Some(position);
                Err(Box::new(lint.param("detail", "a key must be a plain word")))
            }
        }
    }

    fn put(&mut self, stack: &mut [Frame], root: &mut Option<Json>, json: Json) {
        match stack.last_mut() {
            None => *root = Some(json),
            Some(Frame { kind: FrameKind::List(items), .. }) => items.push(json),
            Some(Frame { kind: FrameKind::Map(map, key), .. }) => {
                if let Some(key) = key.take() {
                    map.insert(key, json);
                }
            }
        }
    }
}

fn at(line: usize, column: usize) -> Position {
    Position {
        line: u32::try_from(line.max(1)).unwrap_or(u32::MAX),
        column: u32::try_from(column.saturating_add(1)).unwrap_or(u32::MAX),
    }
}

/// Escapes a key for a JSON pointer (RFC 6901).
fn escape(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

/// The YAML 1.2 core schema: null, true and false, whole numbers, decimals; the rest is text.
fn scalar(text: &str, plain: bool) -> Json {
    if !plain {
        return Json::from(text);
    }
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Json::Null,
        "true" | "True" | "TRUE" => Json::Bool(true),
        "false" | "False" | "FALSE" => Json::Bool(false),
        _ => {
            let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
            let numeric = digits.starts_with(|c: char| c.is_ascii_digit())
                && digits
                    .bytes()
                    .all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'e' | b'E' | b'-' | b'+'));
            if !numeric {
                return Json::from(text);
            }
            if let Ok(i) = text.parse::<i64>() {
                return Json::from(i);
            }
            text.parse::<f64>()
                .ok()
                .and_then(serde_json::Number::from_f64)
                .map_or_else(|| Json::from(text), Json::Number)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn remembers_places() {
        let doc = Document::parse("t", "a: 1\nb:\n  - x\n  - {c: 'no'}\n").unwrap();
        assert_eq!(doc.json(), &serde_json::json!({"a": 1, "b": ["x", {"c": "no"}]}));
        assert_eq!(doc.position("/b/1/c").unwrap().line, 4);
        assert_eq!(doc.position("/b/1/zzz").unwrap().line, 4);
        assert!(doc.is_plain("/b/0") && !doc.is_plain("/b/1/c"));
    }

    #[test]
    fn reads_json() {
        let doc = Document::parse("t", r#"{"a": [1, 2.5, "x", null, true]}"#).unwrap();
        assert_eq!(doc.json(), &serde_json::json!({"a": [1, 2.5, "x", null, true]}));
    }

    #[test]
    fn tells_syntax_errors_with_their_place() {
        let lints = Document::parse("t", "a: [1\nb: 2\n").unwrap_err();
        assert_eq!(lints[0].code, "blueprint.syntax");
        assert!(lints[0].position.is_some());
    }

    #[test]
    fn finds_keys_that_stand_twice() {
        let doc = Document::parse("t", "a: 1\na: 2\n").unwrap();
        assert_eq!(doc.lints()[0].code, "blueprint.duplicate_key");
        assert_eq!(doc.lints()[0].position.unwrap().line, 2);
    }

    #[test]
    fn bounds_aliases_and_depth() {
        let mut bomb = String::from("a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n");
        for i in 1..9 {
            let prev = format!("*a{}", i - 1);
            bomb.push_str(&format!("a{i}: &a{i} [{}]\n", vec![prev; 10].join(",")));
        }
        assert_eq!(Document::parse("t", &bomb).unwrap_err()[0].code, "blueprint.too_large");
        let deep = "[".repeat(5000);
        assert!(Document::parse("t", &deep).is_err());
    }

    proptest! {
        #[test]
        fn never_panics(text in "[ -~\n\t甲乙]{0,200}") {
            let _ = Document::parse("t", &text);
        }
    }
}
