//! `&&`, `||` and `?:` over lanes: a part is evaluated on the lanes that still need it.

use std::collections::BTreeMap;

use qudao_model::Value;
use qudao_model::columns::Bitmap;

use super::frame::Frame;
use super::vector::{Errors, Lanes, Vector};
use super::walk::{Walk, lane_ix};
use crate::EvalError;
use crate::func::Func;
use crate::node::{Node, Op};

/// Kleene's `&&` and `||` over many: `end` decides the whole. An error of the data is outvoted by a deciding operand on
/// either side; errors of the host are not, where they come first.
pub(super) fn fold<'a>(walk: &mut Walk<'a>, parts: &'a [Node], end: bool, frame: &Frame<'a>) -> Lanes<'a> {
    let len = frame.len;
    let mut decided = Bitmap::filled(len, false);
    let mut unknown = Bitmap::filled(len, false);
    // Lanes at which an error of the host ended the evaluation.
    let mut stopped = Bitmap::filled(len, false);
    let mut errors: BTreeMap<u32, EvalError> = BTreeMap::new();
    // The lanes that still need an answer; `None` for all.
    let mut active: Option<(Vec<u32>, Frame<'a>)> = None;
    for (at, part) in parts.iter().enumerate() {
        let (yes, known, found) = match &active {
            None => walk.condition(part, frame),
            Some((lanes, _)) if lanes.is_empty() => break,
            Some((_, some)) => walk.condition(part, some),
        };
        let ends = if end { yes } else { known.clone().and_not(&yes) };
        match &active {
            None => {
                let mut open = known.inverted();
                found.iter().for_each(|(lane, _)| open.set(*lane as usize, false));
                unknown = unknown.or(&open);
                decided = decided.or(&ends.and_not(&stopped));
            }
            Some((lanes, _)) => {
                let settled = ends.ones().map(|at| lanes[at] as usize).filter(|lane| !stopped.get(*lane));
                settled.for_each(|lane| decided.set(lane, true));
                let mut open = known.inverted();
                found.iter().for_each(|(lane, _)| open.set(*lane as usize, false));
                open.ones().for_each(|at| unknown.set(lanes[at] as usize, true));
            }
        }
        for (found_at, error) in found {
            let lane = match &active {
                None => found_at,
                Some((lanes, _)) => lanes[found_at as usize],
            };
            if stopped.get(lane as usize) || decided.get(lane as usize) {
                continue;
            }
            if error.is_data() {
                errors.entry(lane).or_insert(error);
            } else {
                errors.insert(lane, error);
                stopped.set(lane as usize, true);
            }
        }
        // Lanes that are settled are left out once they are enough to pay for it: tests of typed columns are as fast
        // as leaving lanes out.
        let before = active.as_ref().map_or(len, |(lanes, _)| lanes.len());
        let open = len - decided.count() - stopped.count();
        let dear = parts.iter().skip(at + 1).any(|part| !is_cheap(part));
        if if dear { open * 4 <= before * 3 } else { open * 16 <= before } {
            let rest = decided.clone().or(&stopped).inverted();
            let lanes: Vec<u32> = rest.ones().map(lane_ix).collect();
            let some = frame.take(&lanes);
            active = Some((lanes, some));
        }
    }
    let mut errors: Errors = errors.into_iter().collect();
    errors.retain(|(lane, _)| !decided.get(*lane as usize));
    let mut known = unknown.inverted().or(&decided);
    errors.iter().for_each(|(lane, _)| known.set(*lane as usize, false));
    let yes = if end { decided } else { known.clone().and_not(&decided) };
    Lanes { values: Vector::Bools { yes, known }, errors }
}

/// Whether a part is a test of fields against constants or each other.
fn is_cheap(node: &Node) -> bool {
    match &node.op {
        Op::Call(Func::Size, args) => args.iter().all(|list| matches!(list.op, Op::Children { .. })),
        Op::Macro { .. }
        | Op::Call(..)
        | Op::Matches(..)
        | Op::Arith(..)
        | Op::Neg(_)
        | Op::Widen(_)
        | Op::List(_)
        | Op::Index(..)
        | Op::Cond(..)
        | Op::Changed { .. }
        | Op::Id(_) => false,
        _ => {
            let mut cheap = true;
            node.each_child(&mut |child| cheap &= is_cheap(child));
            cheap
        }
    }
}

/// `test ? then : other`
pub(super) fn choose<'a>(
    walk: &mut Walk<'a>,
    test: &'a Node,
    then: &'a Node,
    other: &'a Node,
    frame: &Frame<'a>,
) -> Lanes<'a> {
    let (yes, known, errors) = walk.condition(test, frame);
    if errors.is_empty() && yes.all() {
        return walk.eval(then, frame);
    }
    let no = known.and_not(&yes);
    if errors.is_empty() && no.all() {
        return walk.eval(other, frame);
    }
    let mut all: BTreeMap<u32, EvalError> = errors.into_iter().collect();
    let mut parts: Vec<(Vec<u32>, Vector<'a>)> = Vec::with_capacity(2);
    for (lanes, part) in [(yes, then), (no, other)] {
        if !lanes.none() {
            let lanes: Vec<u32> = lanes.ones().map(lane_ix).collect();
            let some = walk.eval(part, &frame.take(&lanes));
            all.extend(some.errors.into_iter().map(|(at, error)| (lanes[at as usize], error)));
            parts.push((lanes, some.values));
        }
    }
    let bools = parts.iter().all(|(_, values)| {
        matches!(values, Vector::Bools { .. } | Vector::Same(Value::Bool(_) | Value::Missing, _))
    });
    let values = if bools && !parts.is_empty() {
        let mut yes = Bitmap::filled(frame.len, false);
        let mut known = Bitmap::filled(frame.len, false);
        for (lanes, values) in &parts {
            for (at, lane) in lanes.iter().enumerate() {
                if let Value::Bool(b) = values.value(at) {
                    yes.set(*lane as usize, b);
                    known.set(*lane as usize, true);
                }
            }
        }
        Vector::Bools { yes, known }
    } else {
        let mut out = vec![Value::Missing; frame.len];
        for (lanes, values) in &parts {
            for (at, lane) in lanes.iter().enumerate() {
                out[*lane as usize] = values.value(at);
            }
        }
        Vector::Values(out)
    };
    Lanes { values, errors: all.into_iter().collect() }
}
