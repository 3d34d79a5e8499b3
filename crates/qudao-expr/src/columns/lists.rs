//! Lists and the macros over them: the items of all lanes are evaluated side by side, and folded lane by lane.

use qudao_model::Value;
use qudao_model::columns::{Bitmap, NO_ROW};

use super::frame::Frame;
use super::vector::{Errors, Lanes, ListsOf, Rows, Vector, both, concat, failed};
use super::walk::{Walk, lane_ix};
use crate::EvalError;
use crate::eval::fault;
use crate::loc::Loc;
use crate::node::{MacroKind, Node};
use crate::value_ops::Fault;

/// More items than these are not evaluated at once, but for those of one lane.
const AT_ONCE: usize = 1 << 16;

/// How many records lists of records hold.
pub(super) fn sizes(lists: Lanes<'_>) -> Lanes<'_> {
    let values = match &lists.values {
        Vector::Linked { children, rows: Rows::Range(start, len), .. } => {
            let start = *start as usize;
            let offsets = children.offsets().get(start..=start + len).unwrap_or_default();
            let next = offsets.get(1..).unwrap_or_default();
            let values: Vec<i64> =
                offsets.iter().zip(next).map(|(a, b)| i64::from(b.wrapping_sub(*a))).collect();
            Vector::Ints { known: Bitmap::filled(values.len(), true), values }
        }
        list if list.is_list_of_records() => {
            let size = |lane: usize| {
                list.rows_of(lane).map_or(0, |rows| i64::try_from(rows.len()).unwrap_or(i64::MAX))
            };
            Vector::Ints { values: (0..list.len()).map(size).collect(), known: list.known() }
        }
        // What could not be navigated to is missing on all lanes.
        other => Vector::missing(other.len()),
    };
    Lanes { values, errors: lists.errors }
}

/// `list[index]`
pub(super) fn index<'a>(list: Lanes<'a>, index: Lanes<'a>, at: Loc) -> Lanes<'a> {
    let errors = both(list.errors, index.errors);
    let len = list.values.len();
    let mut found = Errors::new();
    // The position asked for; `None` where the item is missing whatever the list holds.
    let mut position = |lane: usize| -> Option<usize> {
        if failed(&errors, lane) {
            return None;
        }
        match index.values.value(lane) {
            Value::Missing => None,
            Value::Int(n) => usize::try_from(n).ok(),
            _ => {
                found.push((lane_ix(lane), fault(Fault::WrongType, at)));
                None
            }
        }
    };
    let positions: Vec<Option<usize>> = (0..len).map(&mut position).collect();
    if let Vector::Linked { table, .. } | Vector::Lists { table, .. } = list.values {
        let row = |(lane, position): (usize, &Option<usize>)| {
            let rows = list.values.rows_of(lane);
            rows.zip(*position).and_then(|(rows, at)| rows.get(at)).copied().unwrap_or(NO_ROW)
        };
        let rows = Rows::List(positions.iter().enumerate().map(row).collect());
        return Lanes { values: Vector::Records { table, rows }, errors: both(errors, found) };
    }
    let mut values = Vec::with_capacity(len);
    for (lane, position) in positions.iter().enumerate() {
        values.push(match position {
            None => Value::Missing,
            Some(position) => match list.values.value(lane) {
                Value::List(items) => items.get(*position).cloned().unwrap_or_default(),
                Value::Missing => Value::Missing,
                _ => {
                    found.push((lane_ix(lane), fault(Fault::WrongType, at)));
                    Value::Missing
                }
            },
        });
    }
    Lanes { values: Vector::Values(values), errors: both(errors, found) }
}

/// A macro.
#[derive(Clone, Copy)]
pub(super) struct Over<'a> {
    pub(super) kind: MacroKind,
    pub(super) slot: usize,
    pub(super) body: &'a Node,
    pub(super) node: &'a Node,
}

/// The outcome of a macro.
pub(super) fn over<'a>(
    walk: &mut Walk<'a>,
    over: Over<'a>,
    source: Lanes<'a>,
    frame: &Frame<'a>,
) -> Lanes<'a> {
    let at = over.node.loc;
    let mut found = Errors::new();
    // How many items each lane has; `None` where there is no list.
    let mut sizes: Vec<Option<usize>> = Vec::with_capacity(frame.len);
    for lane in 0..frame.len {
        let size = if failed(&source.errors, lane) {
            None
        } else if source.values.is_list_of_records() {
            source.values.rows_of(lane).map(<[u32]>::len)
        } else {
            match source.values.value(lane) {
                Value::List(items) => Some(items.len()),
                Value::Missing => None,
                _ => {
                    found.push((lane_ix(lane), fault(Fault::WrongType, at)));
                    None
                }
            }
        };
        let size = match size {
            Some(n) if walk.size.exceeds(frame.times(lane), n as u64) => {
                found.push((lane_ix(lane), EvalError::CostLimit { offset: at.start }));
                None
            }
            size => size,
        };
        sizes.push(size);
    }
    let source = Lanes { values: source.values, errors: both(source.errors, found) };
    items(walk, over, source, &sizes, frame)
}

fn items<'a>(
    walk: &mut Walk<'a>,
    over: Over<'a>,
    source: Lanes<'a>,
    sizes: &[Option<usize>],
    frame: &Frame<'a>,
) -> Lanes<'a> {
    let total: usize = sizes.iter().flatten().sum();
    if total > AT_ONCE && frame.len > 1 {
        let half = frame.len / 2;
        let part = |walk: &mut Walk<'a>, from: usize, to: usize| {
            let lanes: Vec<u32> = (from..to).map(lane_ix).collect();
            let errors = source.errors.iter().filter(|(l, _)| (from..to).contains(&(*l as usize)));
            let errors = errors.map(|(l, e)| (l - lane_ix(from), e.clone())).collect();
            let source = Lanes { values: source.values.take(&lanes), errors };
            items(walk, over, source, &sizes[from..to], &frame.take(&lanes))
        };
        let first = part(walk, 0, half);
        let second = part(walk, half, frame.len);
        return concat(first, second);
    }
    let mut owner: Vec<u32> = Vec::with_capacity(total);
    let mut times: Vec<u64> = Vec::with_capacity(total);
    for (lane, size) in sizes.iter().enumerate() {
        let size = size.unwrap_or(0);
        let repeated = frame.times(lane).saturating_mul(size as u64);
        owner.extend(std::iter::repeat_n(lane_ix(lane), size));
        times.extend(std::iter::repeat_n(repeated, size));
    }
    let item = match source.values {
        Vector::Linked { table, .. } | Vector::Lists { table, .. } => {
            let mut rows = Vec::with_capacity(total);
            for (lane, size) in sizes.iter().enumerate() {
                if size.is_some() {
                    rows.extend_from_slice(source.values.rows_of(lane).unwrap_or_default());
                }
            }
            Vector::Records { table, rows: Rows::List(rows.into()) }
        }
        _ => {
            let mut values = Vec::with_capacity(total);
            for (lane, size) in sizes.iter().enumerate() {
                if let (Some(_), Value::List(items)) = (size, source.values.value(lane)) {
                    values.extend(items.iter().cloned());
                }
            }
            Vector::Values(values)
        }
    };
    let mut inner = frame.take(&owner);
    inner.times = Some(times.into());
    inner.locals.truncate(over.slot);
    inner.locals.push(item.clone());
    fold(walk, over, &source, sizes, frame, &inner, &item)
}

fn fold<'a>(
    walk: &mut Walk<'a>,
    over: Over<'a>,
    source: &Lanes<'a>,
    sizes: &[Option<usize>],
    frame: &Frame<'a>,
    inner: &Frame<'a>,
    item: &Vector<'a>,
) -> Lanes<'a> {
    let lanes = sizes.len();
    let mut errors = source.errors.clone();
    let mut found = Errors::new();
    match over.kind {
        MacroKind::Map => {
            let body = walk.eval(over.body, inner);
            let mut failures = body.errors.iter().peekable();
            let mut next = 0_usize;
            let mut values = Vec::with_capacity(lanes);
            for (lane, size) in sizes.iter().enumerate() {
                let Some(size) = *size else {
                    values.push(Value::Missing);
                    continue;
                };
                let range = next..next + size;
                next += size;
                let mut first = None;
                while let Some((_, error)) = failures.next_if(|(at, _)| range.contains(&(*at as usize))) {
                    first = first.or(Some(error));
                }
                values.push(match first {
                    Some(error) => {
                        found.push((lane_ix(lane), error.clone()));
                        Value::Missing
                    }
                    None => Value::list(range.map(|at| body.values.value(at))),
                });
            }
            errors = both(errors, found);
            walk.bound(Lanes { values: Vector::Values(values), errors }, frame, over.node.loc)
        }
        MacroKind::Filter => {
            let (yes, _, failures) = walk.condition(over.body, inner);
            let mut failures = failures.into_iter().peekable();
            let mut next = 0_usize;
            let mut lists = ListsOf::default();
            let mut values = Vec::new();
            let table = match item {
                Vector::Records { table, .. } => Some(*table),
                _ => None,
            };
            for (lane, size) in sizes.iter().enumerate() {
                let range = next..next + size.unwrap_or(0);
                next = range.end;
                let mut first = None;
                while let Some((_, error)) = failures.next_if(|(at, _)| range.contains(&(*at as usize))) {
                    first = first.or(Some(error));
                }
                let there = size.is_some() && first.is_none();
                if let Some(error) = first {
                    found.push((lane_ix(lane), error));
                }
                let kept = range.filter(|at| yes.get(*at));
                match item {
                    Vector::Records { rows, .. } => {
                        let rows: Vec<u32> = kept.map(|at| rows.get(at)).collect();
                        lists.push(there.then_some(&rows));
                    }
                    other if there => values.push(Value::list(kept.map(|at| other.value(at)))),
                    _ => values.push(Value::Missing),
                }
            }
            let values = if table.is_some() { lists.finish(table) } else { Vector::Values(values) };
            Lanes { values, errors: both(errors, found) }
        }
        MacroKind::Exists | MacroKind::All | MacroKind::ExistsOne => {
            let (yes, known, failures) = walk.condition(over.body, inner);
            let mut failures = failures.into_iter().peekable();
            let mut next = 0_usize;
            let mut out_yes = Bitmap::filled(lanes, false);
            let mut out_known = Bitmap::filled(lanes, false);
            for (lane, size) in sizes.iter().enumerate() {
                let Some(size) = *size else { continue };
                let range = next..next + size;
                next = range.end;
                let mut first = None;
                let mut decided = None;
                let mut open = false;
                let mut hits = 0_usize;
                for at in range {
                    let error = failures.next_if(|(l, _)| *l as usize == at).map(|(_, e)| e);
                    if decided.is_some() {
                        continue;
                    }
                    match (error, over.kind) {
                        (Some(error), MacroKind::Exists | MacroKind::All) if error.is_data() => {
                            first = first.or(Some(Ok(error)));
                        }
                        (Some(error), _) => decided = Some(Err(error)),
                        (None, kind) if known.get(at) => match (kind, yes.get(at)) {
                            (MacroKind::Exists, true) => decided = Some(Ok(true)),
                            (MacroKind::All, false) => decided = Some(Ok(false)),
                            (MacroKind::ExistsOne, true) => hits += 1,
                            _ => {}
                        },
                        _ => open = true,
                    }
                }
                let answer = match (decided, first) {
                    (Some(Ok(answer)), _) => Some(answer),
                    (Some(Err(error)), _) | (None, Some(Ok::<_, EvalError>(error))) => {
                        found.push((lane_ix(lane), error));
                        None
                    }
                    _ => match over.kind {
                        MacroKind::Exists => (!open).then_some(false),
                        MacroKind::All => (!open).then_some(true),
                        _ if hits > 1 => Some(false),
                        _ => (!open).then_some(hits == 1),
                    },
                };
                if let Some(answer) = answer {
                    out_yes.set(lane, answer);
                    out_known.set(lane, true);
                }
            }
            Lanes { values: Vector::Bools { yes: out_yes, known: out_known }, errors: both(errors, found) }
        }
    }
}
