//! A part that reads one dictionary-coded field is evaluated once per distinct text of it.

use std::collections::BTreeMap;

use qudao_model::Value;
use qudao_model::columns::{Bitmap, Dictionary};

use super::frame::Frame;
use super::vector::{Errors, Lanes, Vector};
use super::walk::{Walk, lane_ix};
use crate::limits::HEAVY_TEXT;
use crate::node::Node;
use crate::{EvalError, ExprType};

/// What is known of the answer to a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Open,
    No,
    Yes,
    Missing,
    Value,
    Error,
}

/// The answers to the texts of a dictionary; the last one is that to a missing text.
#[derive(Debug)]
pub(super) struct Memo {
    dictionary: *const Dictionary,
    states: Vec<State>,
    values: Vec<Value>,
    errors: BTreeMap<u32, EvalError>,
}

impl Memo {
    fn new(dictionary: &Dictionary) -> Self {
        Self {
            dictionary: std::ptr::from_ref(dictionary),
            states: vec![State::Open; dictionary.len() + 1],
            values: Vec::new(),
            errors: BTreeMap::new(),
        }
    }

    fn note(&mut self, slot: usize, value: Value) {
        self.states[slot] = match value {
            Value::Missing => State::Missing,
            Value::Bool(true) => State::Yes,
            Value::Bool(false) => State::No,
            value => {
                self.values.resize(self.states.len(), Value::Missing);
                self.values[slot] = value;
                State::Value
            }
        };
    }
}

impl<'a> Walk<'a> {
    /// The outcome of a part that reads one field, by its distinct texts. `None` where the field has no dictionary.
    pub(super) fn by_distinct(
        &mut self,
        node: &'a Node,
        leaf: &'a Node,
        frame: &Frame<'a>,
    ) -> Option<Lanes<'a>> {
        let field = self.eval(leaf, frame);
        // Another part may fail before the field is come to, or make it not matter: only the order of evaluation tells.
        if !field.errors.is_empty() {
            return None;
        }
        let Vector::View { column, .. } = &field.values else { return None };
        let coded = field.values.coded()?;
        if column.longest() > HEAVY_TEXT {
            return None;
        }
        let codes = coded.codes();
        let dictionary = coded.dictionary;
        let key = std::ptr::from_ref(node);
        let mut memo = match self.memos.remove(&key) {
            Some(memo) if std::ptr::eq(memo.dictionary, dictionary) => memo,
            _ => Memo::new(dictionary),
        };
        let last = dictionary.len();
        let slot = |code: u32| if code == Dictionary::NONE { last } else { code as usize };
        let mut asked: Vec<u32> = Vec::new();
        for code in &codes {
            let state = &mut memo.states[slot(*code)];
            if *state == State::Open {
                *state = State::Missing;
                asked.push(*code);
            }
        }
        if !asked.is_empty() {
            let texts = Vector::Codes { dictionary, codes: asked.clone(), reference: coded.reference };
            let answers = self.eval(node, &Frame::texts(texts));
            for (at, code) in asked.iter().enumerate() {
                memo.note(slot(*code), answers.values.value(at));
            }
            for (at, error) in answers.errors {
                let slot = slot(asked[at as usize]);
                memo.states[slot] = State::Error;
                memo.errors.insert(lane_ix(slot), error);
            }
        }
        let state = |lane: usize| memo.states[slot(codes[lane])];
        let mut errors = Errors::new();
        if !memo.errors.is_empty() {
            for (lane, code) in codes.iter().enumerate() {
                if let (State::Error, Some(error)) = (state(lane), memo.errors.get(&lane_ix(slot(*code)))) {
                    errors.push((lane_ix(lane), error.clone()));
                }
            }
        }
        let values = if node.ty == ExprType::Bool && memo.values.is_empty() {
            let yes = Bitmap::from_fn(codes.len(), |lane| state(lane) == State::Yes);
            let known = Bitmap::from_fn(codes.len(), |lane| matches!(state(lane), State::Yes | State::No));
            Vector::Bools { yes, known }
        } else {
            let value = |lane: usize| match state(lane) {
                State::Yes => Value::Bool(true),
                State::No => Value::Bool(false),
                State::Value => memo.values.get(slot(codes[lane])).cloned().unwrap_or_default(),
                State::Missing | State::Error | State::Open => Value::Missing,
            };
            Vector::Values((0..codes.len()).map(value).collect())
        };
        self.memos.insert(key, memo);
        Some(Lanes { values, errors })
    }
}
