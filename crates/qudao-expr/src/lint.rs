//! What is remarkable about a condition though not wrong.

use qudao_model::Value;

use crate::ExprType;
use crate::analyse::Analysis;
use crate::issue::ExprIssue;
use crate::limits::MAX_ISSUES;
use crate::node::{Node, Op};
use crate::syntax::CompareOp;

/// The warnings of a checked tree.
pub(crate) fn lints(text: &str, root: &Node, analysis: &mut Analysis) -> Vec<ExprIssue> {
    let mut choices = Vec::new();
    visit_choices(root, &mut choices);
    let mut out = Vec::new();
    visit_constants(text, root, analysis, &choices, &mut out);
    out.append(&mut choices);
    out
}

/// Comparisons with words that cannot be meant.
fn visit_choices(node: &Node, out: &mut Vec<ExprIssue>) {
    if out.len() >= MAX_ISSUES {
        return;
    }
    match &node.op {
        Op::Compare(op, a, b) => {
            for (field, other) in [(a, b), (b, a)] {
                match (&field.choices, other.constant()) {
                    (Some(_), Some(Value::Text(_))) if !op.is_equality() => {
                        let issue = ExprIssue::warning("expr.choice_order", node.loc);
                        out.push(issue.param("operator", op.as_str()));
                    }
                    (Some(choices), Some(Value::Text(word))) => unknown_choice(choices, word, other, out),
                    _ => blank(*op, field, other, out),
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
    for child in node.children() {
        visit_choices(child, out);
    }
}

/// The outermost conditions that are always true or always false. Where a wrong word is the cause, it is enough to
/// tell of that.
fn visit_constants(
    text: &str,
    node: &Node,
    analysis: &mut Analysis,
    choices: &[ExprIssue],
    out: &mut Vec<ExprIssue>,
) {
    if out.len() >= MAX_ISSUES {
        return;
    }
    let literal = matches!(node.loc.of(text).trim_matches(['(', ')', ' ']), "true" | "false");
    let told = choices.iter().any(|c| node.loc.start <= c.offset && c.offset < node.loc.end);
    if node.ty == ExprType::Bool
        && !literal
        && !told
        && let Some(answer) = analysis.outcomes(node).constant()
    {
        let code = if answer { "expr.always_true" } else { "expr.always_false" };
        let issue = ExprIssue::warning(code, node.loc);
        out.push(issue.param("text", shorten(node.loc.of(text))));
        return;
    }
    for child in node.children() {
        visit_constants(text, child, analysis, choices, out);
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
