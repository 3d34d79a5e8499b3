//! The checked form: typed nodes in which every name is a slot.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use qudao_model::{FieldIx, FieldName, ObjectName, Value};
use regex::Regex;

use crate::ExprType;
use crate::func::Func;
use crate::loc::Loc;
use crate::syntax::{ArithOp, CompareOp};

/// A typed node. Its height is bounded, so recursion over it is safe.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    pub(crate) op: Op,
    pub(crate) ty: ExprType,
    pub(crate) loc: Loc,
    /// The choices, where the node reads a choice field.
    pub(crate) choices: Option<Arc<[String]>>,
    /// The input that stands for the node, where inputs are numbered; [`NO_INPUT`] elsewhere.
    pub(crate) input: u32,
}

/// No input stands for the node.
pub(crate) const NO_INPUT: u32 = u32::MAX;

/// What a node does. Each variant stands for one operation on columns as well as on single values: [`Op::Follow`]
/// is a gather, [`Op::Children`] a list of offsets, [`Op::Macro`] a segmented fold.
#[derive(Debug, Clone)]
pub(crate) enum Op {
    Const(Value),
    /// The record itself.
    Own,
    /// An extra variable.
    Var {
        slot: usize,
        name: Arc<str>,
    },
    /// The variable of a macro around this node, by depth.
    Local(usize),
    /// A field of a record.
    Field {
        base: Box<Node>,
        ix: FieldIx,
        name: FieldName,
    },
    /// The id of a record.
    Id(Box<Node>),
    /// The record that a reference points to.
    Follow(Box<Node>),
    /// The records that point to a record.
    Children {
        base: Box<Node>,
        object: ObjectName,
        field: FieldIx,
        name: FieldName,
    },
    Not(Box<Node>),
    Neg(Box<Node>),
    And(Vec<Node>),
    Or(Vec<Node>),
    Cond(Box<Node>, Box<Node>, Box<Node>),
    Compare(CompareOp, Box<Node>, Box<Node>),
    In(Box<Node>, Box<Node>),
    Arith(ArithOp, Box<Node>, Box<Node>),
    /// A whole number, or a list of them, as decimals.
    Widen(Box<Node>),
    List(Vec<Node>),
    Index(Box<Node>, Box<Node>),
    Has(Box<Node>),
    Changed {
        ix: FieldIx,
        name: FieldName,
    },
    Now,
    Today,
    Call(Func, Vec<Node>),
    /// A match with a pattern that was compiled once.
    Matches(Box<Node>, Regex),
    Macro {
        kind: MacroKind,
        source: Box<Node>,
        slot: usize,
        body: Box<Node>,
    },
}

/// A macro over a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MacroKind {
    Exists,
    All,
    ExistsOne,
    Filter,
    Map,
}

impl MacroKind {
    pub(crate) fn of(name: &str) -> Option<Self> {
        Some(match name {
            "exists" => Self::Exists,
            "all" => Self::All,
            "exists_one" | "existsOne" => Self::ExistsOne,
            "filter" => Self::Filter,
            "map" => Self::Map,
            _ => return None,
        })
    }
}

impl Node {
    pub(crate) fn new(op: Op, ty: ExprType, loc: Loc) -> Self {
        Self { op, ty, loc, choices: None, input: NO_INPUT }
    }

    /// The value of a constant.
    pub(crate) fn constant(&self) -> Option<&Value> {
        match &self.op {
            Op::Const(value) => Some(value),
            _ => None,
        }
    }

    /// Calls `f` with the nodes right under this one.
    pub(crate) fn each_child<'n>(&'n self, f: &mut dyn FnMut(&'n Self)) {
        match &self.op {
            Op::Const(_)
            | Op::Own
            | Op::Var { .. }
            | Op::Local(_)
            | Op::Changed { .. }
            | Op::Now
            | Op::Today => {}
            Op::Field { base: a, .. }
            | Op::Children { base: a, .. }
            | Op::Id(a)
            | Op::Follow(a)
            | Op::Not(a)
            | Op::Neg(a)
            | Op::Widen(a)
            | Op::Has(a)
            | Op::Matches(a, _) => f(a),
            Op::Compare(_, a, b) | Op::In(a, b) | Op::Arith(_, a, b) | Op::Index(a, b) => {
                f(a);
                f(b);
            }
            Op::Cond(a, b, c) => {
                f(a);
                f(b);
                f(c);
            }
            Op::And(parts) | Op::Or(parts) | Op::List(parts) | Op::Call(_, parts) => parts.iter().for_each(f),
            Op::Macro { source, body, .. } => {
                f(source);
                f(body);
            }
        }
    }

    /// The nodes right under this one.
    pub(crate) fn children(&self) -> Vec<&Self> {
        let mut out = Vec::new();
        self.each_child(&mut |child| out.push(child));
        out
    }

    /// The nodes right under this one, to be changed.
    pub(crate) fn children_mut(&mut self) -> Vec<&mut Self> {
        match &mut self.op {
            Op::Const(_)
            | Op::Own
            | Op::Var { .. }
            | Op::Local(_)
            | Op::Changed { .. }
            | Op::Now
            | Op::Today => Vec::new(),
            Op::Field { base: a, .. }
            | Op::Children { base: a, .. }
            | Op::Id(a)
            | Op::Follow(a)
            | Op::Not(a)
            | Op::Neg(a)
            | Op::Widen(a)
            | Op::Has(a)
            | Op::Matches(a, _) => vec![a],
            Op::Compare(_, a, b) | Op::In(a, b) | Op::Arith(_, a, b) | Op::Index(a, b) => vec![a, b],
            Op::Cond(a, b, c) => vec![a, b, c],
            Op::And(parts) | Op::Or(parts) | Op::List(parts) | Op::Call(_, parts) => {
                parts.iter_mut().collect()
            }
            Op::Macro { source, body, .. } => vec![source, body],
        }
    }

    /// The path of a field, a child list or a variable as it stands in an expression: `account.type`. `None` for
    /// anything computed and for what lies under the variable of a macro.
    pub(crate) fn path(&self) -> Option<String> {
        match &self.op {
            Op::Own => Some(String::new()),
            Op::Var { name, .. } => Some(name.to_string()),
            Op::Follow(base) => base.path(),
            Op::Field { base, name, .. } | Op::Children { base, name, .. } => {
                Some(join(base.path()?, name.as_str()))
            }
            Op::Id(base) => Some(join(base.path()?, "id")),
            _ => None,
        }
    }

    /// The node without what changes no value.
    fn bare(&self) -> &Self {
        let mut node = self;
        while let Op::Widen(inner) = &node.op {
            node = inner;
        }
        node
    }

    /// True for nodes that always have equal values, as far as their form tells.
    pub(crate) fn same(&self, other: &Self) -> bool {
        let (a, b) = (self.bare(), other.bare());
        let alike = match (&a.op, &b.op) {
            (Op::Const(a), Op::Const(b)) => a == b,
            (Op::Var { slot: a, .. }, Op::Var { slot: b, .. }) | (Op::Local(a), Op::Local(b)) => a == b,
            (Op::Field { ix: a, .. }, Op::Field { ix: b, .. })
            | (Op::Changed { ix: a, .. }, Op::Changed { ix: b, .. }) => a == b,
            (Op::Children { object: a, field: x, .. }, Op::Children { object: b, field: y, .. }) => {
                a == b && x == y
            }
            (Op::Compare(a, ..), Op::Compare(b, ..)) => a == b,
            (Op::Arith(a, ..), Op::Arith(b, ..)) => a == b,
            (Op::Call(a, _), Op::Call(b, _)) => a == b,
            (Op::Matches(_, a), Op::Matches(_, b)) => a.as_str() == b.as_str(),
            (Op::Macro { kind: a, slot: x, .. }, Op::Macro { kind: b, slot: y, .. }) => a == b && x == y,
            (a, b) => std::mem::discriminant(a) == std::mem::discriminant(b),
        };
        if !alike {
            return false;
        }
        let (a, b) = (a.children(), b.children());
        a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.same(b))
    }

    /// Hashes what [`Node::same`] compares.
    pub(crate) fn hash_form(&self, state: &mut impl Hasher) {
        let node = self.bare();
        std::mem::discriminant(&node.op).hash(state);
        match &node.op {
            Op::Const(value) => value.hash(state),
            Op::Var { slot, .. } | Op::Local(slot) => slot.hash(state),
            Op::Field { ix, .. } | Op::Changed { ix, .. } => ix.hash(state),
            Op::Matches(_, pattern) => pattern.as_str().hash(state),
            _ => {}
        }
        for child in node.children() {
            child.hash_form(state);
        }
    }
}

fn join(base: String, name: &str) -> String {
    if base.is_empty() { name.to_owned() } else { format!("{base}.{name}") }
}
