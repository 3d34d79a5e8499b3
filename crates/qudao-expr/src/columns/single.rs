//! Which parts of an expression read one text field and nothing else: they are evaluated once per distinct text.

use std::collections::HashMap;

use crate::ExprType;
use crate::func::Func;
use crate::node::{Node, Op};

/// The one field that a part reads.
pub(super) struct Single<'p> {
    pub(super) leaf: &'p Node,
    /// The part makes longer texts or lists, which are refused where macros repeat it too often.
    pub(super) grows: bool,
}

/// What a part reads.
enum Reading<'p> {
    Nothing,
    One(&'p Node),
    More,
}

/// The outermost parts that read one text field and do more with it than compare it, by their address.
pub(super) fn singles(root: &Node) -> HashMap<*const Node, Single<'_>> {
    let mut out = HashMap::new();
    visit(root, &mut out);
    out
}

fn visit<'p>(node: &'p Node, out: &mut HashMap<*const Node, Single<'p>>) {
    if worth(node)
        && let Reading::One(leaf) = reading(node)
    {
        out.insert(std::ptr::from_ref(node), Single { leaf, grows: grows(node) });
        return;
    }
    for child in node.children() {
        visit(child, out);
    }
}

/// Whether a part costs more on each text than looking its answer up does.
fn worth(node: &Node) -> bool {
    matches!(node.op, Op::Call(..) | Op::Matches(..) | Op::Arith(..))
        || (!matches!(node.op, Op::Field { .. }) && node.children().iter().any(|c| worth(c)))
}

fn grows(node: &Node) -> bool {
    matches!(node.op, Op::Arith(..) | Op::List(_)) || node.children().iter().any(|c| grows(c))
}

fn reading(node: &Node) -> Reading<'_> {
    match &node.op {
        Op::Const(_) => Reading::Nothing,
        Op::Field { .. } if matches!(node.ty, ExprType::Text | ExprType::Reference(_)) => Reading::One(node),
        // Other rules hold for a clock and for computed patterns.
        Op::Call(Func::DaysSince | Func::Matches, _) => Reading::More,
        Op::Not(_)
        | Op::Neg(_)
        | Op::And(_)
        | Op::Or(_)
        | Op::Cond(..)
        | Op::Compare(..)
        | Op::In(..)
        | Op::Arith(..)
        | Op::Widen(_)
        | Op::List(_)
        | Op::Index(..)
        | Op::Has(_)
        | Op::Call(..)
        | Op::Matches(..) => {
            let mut found: Option<&Node> = None;
            for child in node.children() {
                match (reading(child), found) {
                    (Reading::Nothing, _) => {}
                    (Reading::One(leaf), None) => found = Some(leaf),
                    (Reading::One(leaf), Some(known)) if leaf.same(known) => {}
                    _ => return Reading::More,
                }
            }
            found.map_or(Reading::Nothing, Reading::One)
        }
        _ => Reading::More,
    }
}
