//! The values that an expression reads, one by one.

use std::collections::BTreeMap;

use crate::ExprType;
use crate::func::Func;
use crate::node::{Node, Op};

/// A value that an expression reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Input {
    /// The path as it stands in the expression: `amount`, `partner.tier`, `size(contacts)`, `changed(stage)`.
    pub path: String,
    /// Its type.
    pub ty: ExprType,
}

/// Numbers the inputs of a tree: each path once, in the order of the text. False where the tree reads more than values,
/// such as the records of a child list.
pub(crate) fn number(root: &mut Node, inputs: &mut Vec<Input>) -> bool {
    let mut known = BTreeMap::new();
    visit(root, inputs, &mut known)
}

fn visit(node: &mut Node, inputs: &mut Vec<Input>, known: &mut BTreeMap<String, u32>) -> bool {
    let mut add = |path: String, ty: ExprType| {
        let next = u32::try_from(inputs.len()).unwrap_or(crate::node::NO_INPUT);
        *known.entry(path.clone()).or_insert_with(|| {
            inputs.push(Input { path, ty });
            next
        })
    };
    let mut size = |list: &Node| match (&list.op, list.path()) {
        (Op::Children { .. }, Some(path)) => Some(add(format!("size({path})"), ExprType::Int)),
        _ => None,
    };
    match &mut node.op {
        Op::Call(Func::Size, args) => {
            if let [list] = args.as_slice()
                && let Some(input) = size(list)
            {
                node.input = input;
                return true;
            }
        }
        Op::Has(list) => {
            if let Some(input) = size(list) {
                list.input = input;
                return true;
            }
        }
        Op::Field { .. } | Op::Id(_) => {
            return match node.path() {
                Some(path) => {
                    node.input = add(path, node.ty.clone());
                    true
                }
                // A field of the variable of a macro is one of a record.
                None => false,
            };
        }
        Op::Var { name, .. } => {
            if node.ty.object().is_some_and(|_| matches!(node.ty, ExprType::Record(_))) {
                return false;
            }
            node.input = add(name.to_string(), node.ty.clone());
            return true;
        }
        Op::Changed { name, .. } => {
            node.input = add(format!("changed({name})"), ExprType::Bool);
            return true;
        }
        Op::Own | Op::Follow(_) | Op::Children { .. } => return false,
        _ => {}
    }
    // All inputs are numbered, also where one part needs records.
    let mut alone = true;
    for child in node.children_mut() {
        alone &= visit(child, inputs, known);
    }
    alone
}
