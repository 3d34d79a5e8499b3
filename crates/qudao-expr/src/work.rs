//! How much work an expression may be.
//!
//! What bounds it depends on the sizes of lists and texts alone, not on the order in which parts are evaluated: so a
//! record is refused by row exactly where it is refused by column.

use qudao_model::Value;

use crate::func::Func;
use crate::limits::{HEAVY_TEXT, MAX_ITEMS, MAX_WORK};
use crate::node::{Node, Op};

/// The size of an expression.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Size {
    /// Its nodes, the items of its constant lists included.
    nodes: u64,
    /// Its patterns that are computed.
    pub(crate) patterns: u64,
}

impl Size {
    /// The size of a checked tree.
    pub(crate) fn of(root: &Node) -> Self {
        let mut size = Self { nodes: 0, patterns: 0 };
        size.count(root);
        size
    }

    fn count(&mut self, node: &Node) {
        self.nodes += match &node.op {
            Op::Const(value) => weight(value),
            _ => 1,
        };
        if matches!(node.op, Op::Call(Func::Matches, _)) {
            self.patterns += 1;
        }
        node.each_child(&mut |child| self.count(child));
    }

    /// True where a second form of the expression would take much memory.
    pub(crate) fn is_large(self) -> bool {
        self.nodes > 1000
    }

    /// True when something of a weight above one, met that many times, is too much.
    pub(crate) fn exceeds(self, times: u64, weight: u64) -> bool {
        weight > 1 && times.saturating_mul(weight).saturating_mul(self.nodes) > MAX_WORK
    }
}

/// What going through a value costs, compared with a number.
pub(crate) fn weight(value: &Value) -> u64 {
    match value {
        Value::Text(text) if text.len() > HEAVY_TEXT => text.len() as u64 / 64,
        Value::List(items) => {
            let mut total = 0_u64;
            for item in items.iter() {
                total += weight(item);
                if total > MAX_ITEMS {
                    break;
                }
            }
            total.max(1)
        }
        _ => 1,
    }
}
