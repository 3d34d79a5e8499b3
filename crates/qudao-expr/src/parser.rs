//! Tokens to a tree: operator precedence parsing (V. Pratt, "Top down operator precedence", 1973).
//!
//! Recursion is bounded by [`MAX_DEPTH`], and so is the height of the tree.

use std::sync::Arc;

use qudao_model::{LocalText, Param};

use crate::issue::{ExprIssue, Issues};
use crate::lexer::{Tok, Token};
use crate::limits::{MAX_DEPTH, MAX_NODES};
use crate::loc::Loc;
use crate::syntax::{ArithOp, CompareOp, Expr, Kind, Name};

/// The tree, or `None` with an issue.
pub(crate) fn parse(text: &str, tokens: Vec<Token>, issues: &mut Issues) -> Option<Expr> {
    let mut parser = Parser { text, tokens, at: 0, depth: 0, nodes: 0, issues };
    let expr = parser.expr()?;
    if *parser.peek() == Tok::End {
        return Some(expr);
    }
    parser.expected("an operator or the end", "运算符或结尾")
}

/// Binding powers, weakest first.
mod power {
    pub(super) const COND: u8 = 1;
    pub(super) const OR: u8 = 2;
    pub(super) const AND: u8 = 3;
    pub(super) const RELATION: u8 = 4;
    pub(super) const SUM: u8 = 5;
    pub(super) const PRODUCT: u8 = 6;
}

enum Infix {
    Cond,
    Or,
    And,
    Compare(CompareOp),
    In,
    Arith(ArithOp),
}

impl Infix {
    fn power(&self) -> u8 {
        match self {
            Self::Cond => power::COND,
            Self::Or => power::OR,
            Self::And => power::AND,
            Self::Compare(_) | Self::In => power::RELATION,
            Self::Arith(ArithOp::Add | ArithOp::Sub) => power::SUM,
            Self::Arith(_) => power::PRODUCT,
        }
    }
}

struct Parser<'a, 'i> {
    text: &'a str,
    tokens: Vec<Token>,
    at: usize,
    depth: usize,
    nodes: usize,
    issues: &'i mut Issues,
}

const END: Tok = Tok::End;

impl Parser<'_, '_> {
    fn peek(&self) -> &Tok {
        self.tokens.get(self.at).map_or(&END, |t| &t.tok)
    }

    fn peek_second(&self) -> &Tok {
        self.tokens.get(self.at + 1).map_or(&END, |t| &t.tok)
    }

    fn loc(&self) -> Loc {
        let end = Loc::new(self.text.len(), self.text.len());
        self.tokens.get(self.at).map_or(end, |t| t.loc)
    }

    fn take(&mut self) -> Token {
        let token = self.tokens.get(self.at).cloned().unwrap_or(Token { tok: Tok::End, loc: self.loc() });
        if token.tok != Tok::End {
            self.at += 1;
        }
        token
    }

    fn eat(&mut self, tok: &Tok) -> bool {
        let found = self.peek() == tok;
        if found {
            self.at += 1;
        }
        found
    }

    /// Reports what was expected here, in English and Chinese.
    fn expected<T>(&mut self, en: &str, zh: &str) -> Option<T> {
        let loc = self.loc();
        let issue = match loc.of(self.text) {
            "" => ExprIssue::error("expr.syntax_end", loc),
            found => ExprIssue::error("expr.syntax", loc).param("found", shorten(found)),
        };
        self.issues.push(issue.param("expected", Param::Text(LocalText::new(en, zh))));
        None
    }

    fn slip(&mut self, loc: Loc, suggestion: &str) {
        let found = loc.of(self.text).to_owned();
        let issue = ExprIssue::error("expr.operator", loc).param("found", found);
        self.issues.push(issue.param("suggestion", suggestion));
    }

    fn too_deep<T>(&mut self, loc: Loc) -> Option<T> {
        let max = i64::try_from(MAX_DEPTH).unwrap_or(i64::MAX);
        self.issues.push(ExprIssue::error("expr.too_deep", loc).param("max", max));
        None
    }

    /// Makes a node over parts of at most this height.
    fn node(&mut self, kind: Kind, loc: Loc, under: usize) -> Option<Expr> {
        self.nodes += 1;
        if self.nodes > MAX_NODES {
            let max = i64::try_from(MAX_NODES).unwrap_or(i64::MAX);
            self.issues.push(ExprIssue::error("expr.too_many_nodes", loc).param("max", max));
            return None;
        }
        let height = under + 1;
        if height > MAX_DEPTH {
            return self.too_deep(loc);
        }
        Some(Expr { kind, loc, height })
    }

    fn expr(&mut self) -> Option<Expr> {
        self.binary(power::COND)
    }

    fn infix(&mut self) -> Option<Infix> {
        Some(match self.peek() {
            Tok::Question => Infix::Cond,
            Tok::Or => Infix::Or,
            Tok::And => Infix::And,
            Tok::Eq => Infix::Compare(CompareOp::Eq),
            Tok::Ne => Infix::Compare(CompareOp::Ne),
            Tok::Lt => Infix::Compare(CompareOp::Lt),
            Tok::Le => Infix::Compare(CompareOp::Le),
            Tok::Gt => Infix::Compare(CompareOp::Gt),
            Tok::Ge => Infix::Compare(CompareOp::Ge),
            Tok::In => Infix::In,
            Tok::Plus => Infix::Arith(ArithOp::Add),
            Tok::Minus => Infix::Arith(ArithOp::Sub),
            Tok::Star => Infix::Arith(ArithOp::Mul),
            Tok::Slash => Infix::Arith(ArithOp::Div),
            Tok::Percent => Infix::Arith(ArithOp::Rem),
            Tok::Name(word) => match word.to_ascii_lowercase().as_str() {
                "and" => Infix::And,
                "or" => Infix::Or,
                _ => return None,
            },
            _ => return None,
        })
    }

    fn binary(&mut self, least: u8) -> Option<Expr> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            let loc = self.loc();
            return self.too_deep(loc);
        }
        let mut left = self.unary()?;
        while let Some(infix) = self.infix() {
            let power = infix.power();
            if power < least {
                break;
            }
            let operator = self.take();
            if matches!(operator.tok, Tok::Name(_)) {
                self.slip(operator.loc, if matches!(infix, Infix::And) { "&&" } else { "||" });
            }
            left = match infix {
                Infix::Cond => self.cond(left)?,
                Infix::And | Infix::Or => self.chain(left, &infix)?,
                Infix::Compare(op) => {
                    let right = self.binary(power + 1)?;
                    let (loc, under) = (left.loc.to(right.loc), left.height.max(right.height));
                    self.node(Kind::Compare(op, Box::new(left), Box::new(right)), loc, under)?
                }
                Infix::In => {
                    let right = self.binary(power + 1)?;
                    let (loc, under) = (left.loc.to(right.loc), left.height.max(right.height));
                    self.node(Kind::In(Box::new(left), Box::new(right)), loc, under)?
                }
                Infix::Arith(op) => {
                    let right = self.binary(power + 1)?;
                    let (loc, under) = (left.loc.to(right.loc), left.height.max(right.height));
                    self.node(Kind::Arith(op, Box::new(left), Box::new(right)), loc, under)?
                }
            };
        }
        self.depth -= 1;
        Some(left)
    }

    fn cond(&mut self, test: Expr) -> Option<Expr> {
        let then = self.binary(power::OR)?;
        if !self.eat(&Tok::Colon) {
            return self.expected("`:`", "`:`");
        }
        let other = self.binary(power::COND)?;
        let loc = test.loc.to(other.loc);
        let under = test.height.max(then.height).max(other.height);
        self.node(Kind::Cond(Box::new(test), Box::new(then), Box::new(other)), loc, under)
    }

    /// Reads a whole chain of one logical operator as one node.
    fn chain(&mut self, first: Expr, infix: &Infix) -> Option<Expr> {
        let and = matches!(infix, Infix::And);
        let mut loc = first.loc;
        let mut under = first.height;
        let mut parts = vec![first];
        loop {
            let part = self.binary(infix.power() + 1)?;
            loc = loc.to(part.loc);
            under = under.max(part.height);
            parts.push(part);
            let more = matches!((self.infix(), and), (Some(Infix::And), true) | (Some(Infix::Or), false));
            if !more {
                break;
            }
            let operator = self.take();
            if matches!(operator.tok, Tok::Name(_)) {
                self.slip(operator.loc, if and { "&&" } else { "||" });
            }
        }
        self.node(if and { Kind::And(parts) } else { Kind::Or(parts) }, loc, under)
    }

    fn begins_operand(tok: &Tok) -> bool {
        matches!(
            tok,
            Tok::Name(_)
                | Tok::Int(_)
                | Tok::Decimal(_)
                | Tok::Text(_)
                | Tok::True
                | Tok::False
                | Tok::Missing
                | Tok::Not
        )
    }

    fn unary(&mut self) -> Option<Expr> {
        // Prefix operators are gathered, so that a long row of them costs no stack.
        let mut prefixes: Vec<Token> = Vec::new();
        loop {
            match self.peek() {
                Tok::Not | Tok::Minus => {}
                Tok::Name(word)
                    if word.eq_ignore_ascii_case("not") && Self::begins_operand(self.peek_second()) =>
                {
                    let loc = self.loc();
                    self.slip(loc, "!");
                }
                _ => break,
            }
            if prefixes.len() >= MAX_DEPTH {
                let loc = self.loc();
                return self.too_deep(loc);
            }
            let token = self.take();
            prefixes.push(token);
        }
        let mut negative = None;
        if let (Some(Tok::Minus), Tok::Int(n)) = (prefixes.last().map(|t| &t.tok), self.peek()) {
            // The sign belongs to the literal: the least whole number has no positive counterpart.
            negative = Some(0_i64.checked_sub_unsigned(*n));
        }
        let mut expr = match negative {
            Some(value) => {
                let loc = prefixes.pop().map_or(self.loc(), |t| t.loc).to(self.loc());
                self.take();
                let Some(value) = value else { return self.bad_number(loc) };
                let literal = self.node(Kind::Int(value), loc, 0)?;
                self.postfix(literal)?
            }
            None => {
                let primary = self.primary()?;
                self.postfix(primary)?
            }
        };
        for token in prefixes.into_iter().rev() {
            let loc = token.loc.to(expr.loc);
            let under = expr.height;
            let kind = match token.tok {
                Tok::Minus => Kind::Neg(Box::new(expr)),
                _ => Kind::Not(Box::new(expr)),
            };
            expr = self.node(kind, loc, under)?;
        }
        Some(expr)
    }

    fn bad_number<T>(&mut self, loc: Loc) -> Option<T> {
        self.issues.push(ExprIssue::error("expr.bad_number", loc));
        None
    }

    fn primary(&mut self) -> Option<Expr> {
        let loc = self.loc();
        let kind = match self.peek() {
            Tok::True => Kind::Bool(true),
            Tok::False => Kind::Bool(false),
            Tok::Missing => Kind::Missing,
            Tok::Int(n) => match i64::try_from(*n) {
                Ok(n) => Kind::Int(n),
                Err(_) => return self.bad_number(loc),
            },
            Tok::Decimal(d) => Kind::Decimal(*d),
            Tok::Text(text) => Kind::Text(Arc::from(text.as_str())),
            Tok::Name(name) => {
                let name = Name { text: name.clone(), loc };
                self.take();
                if *self.peek() != Tok::Open {
                    return self.node(Kind::Name(name.text), loc, 0);
                }
                return self.call(name, None);
            }
            Tok::Open => {
                self.take();
                let mut inner = self.expr()?;
                if !self.eat(&Tok::Close) {
                    return self.expected("`)`", "`)`");
                }
                // The brackets belong to the text of the clause.
                inner.loc = loc.to(self.tokens.get(self.at.saturating_sub(1)).map_or(inner.loc, |t| t.loc));
                return Some(inner);
            }
            Tok::OpenList => {
                self.take();
                let (items, end) = self.items(&Tok::CloseList, "`]`")?;
                let under = items.iter().map(|e| e.height).max().unwrap_or(0);
                return self.node(Kind::List(items), loc.to(end), under);
            }
            Tok::OpenMap => {
                self.issues.push(ExprIssue::error("expr.unsupported", loc).param("what", "{ }"));
                return None;
            }
            _ => return self.expected("a value", "值"),
        };
        self.take();
        self.node(kind, loc, 0)
    }

    /// Items with commas between them, up to the closing token.
    fn items(&mut self, close: &Tok, expected: &str) -> Option<(Vec<Expr>, Loc)> {
        let mut items = Vec::new();
        loop {
            let end = self.loc();
            if self.eat(close) {
                return Some((items, end));
            }
            items.push(self.expr()?);
            if !self.eat(&Tok::Comma) && self.peek() != close {
                let expected = format!("`,` / {expected}");
                return self.expected(&expected, &expected);
            }
        }
    }

    fn call(&mut self, name: Name, target: Option<Box<Expr>>) -> Option<Expr> {
        self.take();
        let (args, end) = self.items(&Tok::Close, "`)`")?;
        let start = target.as_ref().map_or(name.loc, |t| t.loc);
        let under = args.iter().map(|e| e.height).chain(target.as_ref().map(|t| t.height)).max().unwrap_or(0);
        self.node(Kind::Call { name, target, args }, start.to(end), under)
    }

    fn postfix(&mut self, mut expr: Expr) -> Option<Expr> {
        loop {
            match self.peek() {
                Tok::Dot => {
                    self.take();
                    let loc = self.loc();
                    let text = match self.peek() {
                        Tok::Name(name) => name.clone(),
                        // Words of the language are fine as names of members.
                        Tok::In | Tok::True | Tok::False | Tok::Missing => loc.of(self.text).to_owned(),
                        _ => return self.expected("a name", "名称"),
                    };
                    self.take();
                    let name = Name { text, loc };
                    if *self.peek() == Tok::Open {
                        expr = self.call(name, Some(Box::new(expr)))?;
                    } else {
                        let (whole, under) = (expr.loc.to(loc), expr.height);
                        expr = self.node(Kind::Member(Box::new(expr), name), whole, under)?;
                    }
                }
                Tok::OpenList => {
                    self.take();
                    let index = self.expr()?;
                    let end = self.loc();
                    if !self.eat(&Tok::CloseList) {
                        return self.expected("`]`", "`]`");
                    }
                    let (loc, under) = (expr.loc.to(end), expr.height.max(index.height));
                    expr = self.node(Kind::Index(Box::new(expr), Box::new(index)), loc, under)?;
                }
                _ => return Some(expr),
            }
        }
    }
}

/// The beginning of a token, for a message.
fn shorten(found: &str) -> String {
    let mut chars = found.chars();
    let head: String = chars.by_ref().take(20).collect();
    if chars.next().is_some() { format!("{head}…") } else { head }
}
