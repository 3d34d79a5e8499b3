//! The lanes that a node is evaluated on.

use std::rc::Rc;

use super::vector::{Rows, Vector};

/// The lanes that a node is evaluated on: a record each, and the values of the variables of the macros around.
#[derive(Debug, Clone)]
pub(super) struct Frame<'a> {
    pub(super) len: usize,
    /// The record of each lane.
    pub(super) own: Rows,
    pub(super) locals: Vec<Vector<'a>>,
    /// How often the macros around repeat what each lane does; once where there is none.
    pub(super) times: Option<Rc<[u64]>>,
    /// Stands for the one field that is read, when a condition is asked for each distinct text of it.
    pub(super) instead: Option<Vector<'a>>,
}

impl<'a> Frame<'a> {
    /// Rows of the table.
    pub(super) fn rows(start: usize, len: usize) -> Self {
        let start = u32::try_from(start).unwrap_or(u32::MAX);
        Self { len, own: Rows::Range(start, len), locals: Vec::new(), times: None, instead: None }
    }

    /// Distinct texts.
    pub(super) fn texts(texts: Vector<'a>) -> Self {
        let len = texts.len();
        Self { len, own: Rows::Range(0, len), locals: Vec::new(), times: None, instead: Some(texts) }
    }

    /// Some of the lanes, in any order.
    pub(super) fn take(&self, lanes: &[u32]) -> Self {
        Self {
            len: lanes.len(),
            own: self.own.take(lanes),
            locals: self.locals.iter().map(|l| l.take(lanes)).collect(),
            times: self.times.as_ref().map(|t| lanes.iter().map(|lane| t[*lane as usize]).collect()),
            instead: self.instead.as_ref().map(|v| v.take(lanes)),
        }
    }

    /// How often a lane is repeated.
    pub(super) fn times(&self, lane: usize) -> u64 {
        self.times.as_ref().map_or(1, |t| t[lane])
    }
}
