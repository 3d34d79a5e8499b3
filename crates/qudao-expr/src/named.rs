//! Texts of a condition that name records, and the records that they name besides.
//!
//! A record may be known by more than its id: the ids of records that were merged into it, and what those were called elsewhere. Who
//! evaluates a condition knows them; the condition is widened by them before it is evaluated.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use qudao_model::{FieldName, ObjectName, RecordId, Value};

use crate::ExprType;
use crate::node::{Node, Op};
use crate::syntax::CompareOp;

/// A text that a condition compares with what may name a record.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct NamedRecord {
    /// The object.
    pub object: ObjectName,
    /// The text field that is compared; none for the id, or for a reference.
    pub field: Option<FieldName>,
    /// The text.
    pub text: Arc<str>,
}

/// The records that texts name besides, by id.
pub type OtherNames = BTreeMap<NamedRecord, BTreeSet<RecordId>>;

/// The texts under a node that name records.
pub(crate) fn named(node: &Node, out: &mut BTreeSet<NamedRecord>) {
    if let Some(comparison) = Comparison::of(node) {
        out.extend(comparison.names());
    }
    node.each_child(&mut |child| named(child, out));
}

/// Widens the comparisons under a node.
pub(crate) fn widen(node: &mut Node, others: &OtherNames) {
    for child in node.children_mut() {
        widen(child, others);
    }
    let Some(comparison) = Comparison::of(node) else { return };
    let ids: BTreeSet<&RecordId> =
        comparison.names().filter_map(|name| others.get(&name)).flatten().collect();
    if ids.is_empty() {
        return;
    }
    let (loc, unequal) = (node.loc, comparison.unequal);
    let list = Value::list(ids.into_iter().map(|id| Value::text(id.as_str())));
    let list = Node::new(Op::Const(list), ExprType::list_of(ExprType::Text), loc);
    let within = Op::In(Box::new(comparison.id()), Box::new(list));
    let within = Node::new(within, ExprType::Bool, loc);
    let bare = Node::new(Op::Const(Value::Missing), ExprType::Bool, loc);
    let as_written = std::mem::replace(node, bare);
    node.op = match unequal {
        true => Op::And(vec![as_written, Node::new(Op::Not(Box::new(within)), ExprType::Bool, loc)]),
        false => Op::Or(vec![as_written, within]),
    };
}

/// What may name a record, compared with texts.
struct Comparison<'n> {
    object: ObjectName,
    field: Option<FieldName>,
    compared: &'n Node,
    texts: Vec<&'n Arc<str>>,
    unequal: bool,
}

impl<'n> Comparison<'n> {
    fn of(node: &'n Node) -> Option<Self> {
        let (compared, with, unequal) = match &node.op {
            Op::Compare(op, a, b) if op.is_equality() => {
                let (compared, with) = if b.constant().is_some() { (a, b) } else { (b, a) };
                (compared, with, *op == CompareOp::Ne)
            }
            Op::In(item, list) => (item, list, false),
            _ => return None,
        };
        let (object, field) = match (&compared.ty, &compared.op) {
            (ExprType::Reference(object) | ExprType::Record(object), _) => (object.clone(), None),
            (ExprType::Text, Op::Id(base)) => (base.ty.object()?.clone(), None),
            (ExprType::Text, Op::Field { base, name, .. }) => (base.ty.object()?.clone(), Some(name.clone())),
            _ => return None,
        };
        let mut texts = Vec::new();
        texts_of(with, &mut texts);
        (!texts.is_empty()).then_some(Self { object, field, compared, texts, unequal })
    }

    fn names(&self) -> impl Iterator<Item = NamedRecord> {
        let (object, field) = (&self.object, &self.field);
        let name = |text: &&Arc<str>| NamedRecord {
            object: object.clone(),
            field: field.clone(),
            text: Arc::clone(text),
        };
        self.texts.iter().map(name)
    }

    /// The id of the record that is compared.
    fn id(&self) -> Node {
        match &self.compared.op {
            Op::Field { base, .. } if self.field.is_some() => {
                Node::new(Op::Id(base.clone()), ExprType::Text, self.compared.loc)
            }
            _ => self.compared.clone(),
        }
    }
}

/// The constant texts of a node or of its items.
fn texts_of<'n>(node: &'n Node, out: &mut Vec<&'n Arc<str>>) {
    match &node.op {
        Op::Const(Value::Text(text)) => out.push(text),
        Op::Const(Value::List(items)) => out.extend(items.iter().filter_map(|item| match item {
            Value::Text(text) => Some(text),
            _ => None,
        })),
        Op::List(items) => items.iter().for_each(|item| texts_of(item, out)),
        _ => {}
    }
}
