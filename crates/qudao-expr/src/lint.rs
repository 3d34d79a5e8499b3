//! What is remarkable about a condition though not wrong.

use qudao_model::Value;

use crate::ExprType;
use crate::analyse::outcomes;
use crate::issue::ExprIssue;
use crate::node::{Node, Op};
use crate::syntax::CompareOp;

/// The warnings of a checked tree.
pub(crate) fn lints(text: &str, root: &Node) -> Vec<ExprIssue> {
    let mut out = Vec::new();
    visit(text, root, &mut out);
    out
}

fn visit(text: &str, node: &Node, out: &mut Vec<ExprIssue>) {
    if out.len() >= crate::limits::MAX_ISSUES {
        return;
    }
    let before = out.len();
    match &node.op {
        Op::Compare(op, a, b) => {
            for (field, other) in [(a, b), (b, a)] {
                let (Some(choices), Some(Value::Text(word))) = (&field.choices, other.constant()) else {
                    blank(*op, field, other, out);
                    continue;
                };
                if !op.is_equality() {
                    out.push(
                        ExprIssue::warning("expr.choice_order", node.loc).param("operator", op.as_str()),
                    );
                } else {
                    unknown_choice(choices, word, other, out);
                }
            }
        }
        Op::In(item, list) => {
            if let Some(choices) = &item.choices {
                match &list.op {
                    Op::Const(Value::List(words)) => {
                        for word in words.iter().filter_map(Value::as_text) {
                            unknown_choice(choices, word, list, out);
                        }
                    }
                    Op::List(words) => {
                        for word in words {
                            if let Some(Value::Text(text)) = word.constant() {
                                unknown_choice(choices, text, word, out);
                            }
                        }
                    }
                    _ => {}
                }
            }
        }
        _ => {}
    }
    if out.len() > before {
        return;
    }
    let literal = matches!(node.loc.of(text).trim_matches(['(', ')', ' ']), "true" | "false");
    if node.ty == ExprType::Bool
        && !literal
        && let Some(answer) = outcomes(node).constant()
    {
        let code = if answer { "expr.always_true" } else { "expr.always_false" };
        let issue = ExprIssue::warning(code, node.loc);
        out.push(issue.param("text", shorten(node.loc.of(text))));
        return;
    }
    for child in node.children() {
        visit(text, child, out);
    }
}

fn unknown_choice(choices: &[String], word: &str, at: &Node, out: &mut Vec<ExprIssue>) {
    if !choices.iter().any(|c| c == word) {
        let issue = ExprIssue::warning("expr.unknown_choice", at.loc).param("value", word);
        out.push(issue.suggest(word, choices.iter().map(String::as_str)));
    }
}

/// Blank text counts as missing, so that no field ever equals it.
fn blank(op: CompareOp, field: &Node, other: &Node, out: &mut Vec<ExprIssue>) {
    let (Some(path), Some(Value::Text(word))) = (field.path(), other.constant()) else { return };
    if word.trim().is_empty() {
        let issue = ExprIssue::warning("expr.compare_blank", other.loc);
        let no = if op == CompareOp::Ne { "" } else { "!" };
        out.push(issue.param("suggestion", format!("{no}has({path})")));
    }
}

fn shorten(text: &str) -> String {
    let mut chars = text.chars();
    let head: String = chars.by_ref().take(80).collect();
    if chars.next().is_some() { format!("{head}…") } else { head }
}
