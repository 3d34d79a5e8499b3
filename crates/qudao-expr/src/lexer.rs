//! Text to tokens.
//!
//! Slips that have one sure meaning (`=` for `==`, full-width brackets and quotes) are reported and read as what
//! they mean, so that the rest of the text is checked as well.

use qudao_model::{LocalText, Param};
use rust_decimal::Decimal;

use crate::issue::{ExprIssue, Issues};
use crate::limits::{MAX_NODES, MAX_TOKENS};
use crate::loc::Loc;

/// A token and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Token {
    pub(crate) tok: Tok,
    pub(crate) loc: Loc,
}

/// A token.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Tok {
    Int(u64),
    Decimal(Decimal),
    Text(String),
    /// A name, without its back-quotes.
    Name(String),
    True,
    False,
    Missing,
    In,
    And,
    Or,
    Not,
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
    Plus,
    Minus,
    Star,
    Slash,
    Percent,
    Question,
    Colon,
    Comma,
    Dot,
    Open,
    Close,
    OpenList,
    CloseList,
    OpenMap,
    CloseMap,
    End,
}

/// The tokens, the last one [`Tok::End`]; `None` when the text cannot be read on.
pub(crate) fn lex(text: &str, issues: &mut Issues) -> Option<Vec<Token>> {
    let mut lexer = Lexer { text, at: 0, issues, broken: false };
    let mut tokens = Vec::with_capacity((text.len() + 1).min(MAX_TOKENS));
    loop {
        let token = lexer.next();
        if tokens.len() == MAX_TOKENS {
            let max = i64::try_from(MAX_NODES).unwrap_or(i64::MAX);
            lexer.issues.push(ExprIssue::error("expr.too_many_nodes", token.loc).param("max", max));
            return None;
        }
        let end = token.tok == Tok::End;
        tokens.push(token);
        if end || lexer.issues.is_full() {
            break;
        }
    }
    (!lexer.broken && tokens.last().is_some_and(|t| t.tok == Tok::End)).then_some(tokens)
}

struct Lexer<'a, 'i> {
    text: &'a str,
    at: usize,
    issues: &'i mut Issues,
    broken: bool,
}

/// Full-width marks that input methods write, with the mark that is meant.
const FULL_WIDTH: [(char, &str); 20] = [
    ('（', "("),
    ('）', ")"),
    ('，', ","),
    ('、', ","),
    ('．', "."),
    ('。', "."),
    ('：', ":"),
    ('？', "?"),
    ('！', "!"),
    ('＝', "="),
    ('＜', "<"),
    ('＞', ">"),
    ('＆', "&"),
    ('｜', "|"),
    ('＋', "+"),
    ('－', "-"),
    ('＊', "*"),
    ('／', "/"),
    ('［', "["),
    ('］', "]"),
];

/// Typographic quotes, with the one that closes.
const QUOTES: [(char, char); 4] = [('“', '”'), ('‘', '’'), ('＂', '＂'), ('＇', '＇')];

impl Lexer<'_, '_> {
    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn bump(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += c.len_utf8();
        Some(c)
    }

    fn take_while(&mut self, fits: impl Fn(char) -> bool) {
        while self.peek().is_some_and(&fits) {
            self.bump();
        }
    }

    /// Reads a mark: the ASCII one, or the full-width one that stands for it.
    fn mark(&mut self) -> Option<char> {
        let start = self.at;
        let c = self.bump()?;
        match FULL_WIDTH.iter().find(|(wide, _)| *wide == c) {
            Some((_, plain)) => {
                self.issues.push(
                    ExprIssue::error("expr.full_width", Loc::new(start, self.at))
                        .param("found", c.to_string())
                        .param("suggestion", *plain),
                );
                plain.chars().next()
            }
            None => Some(c),
        }
    }

    /// Reads a mark where it is the wanted one, be it full-width.
    fn second(&mut self, wanted: char) -> bool {
        let plain = self.peek().map(|c| {
            FULL_WIDTH
                .iter()
                .find(|(wide, _)| *wide == c)
                .and_then(|(_, plain)| plain.chars().next())
                .unwrap_or(c)
        });
        if plain == Some(wanted) {
            self.mark();
            return true;
        }
        false
    }

    fn slip(&mut self, start: usize, suggestion: &str) {
        let loc = Loc::new(start, self.at);
        let found = loc.of(self.text).to_owned();
        self.issues.push(
            ExprIssue::error("expr.operator", loc).param("found", found).param("suggestion", suggestion),
        );
    }

    fn blanks(&mut self) {
        loop {
            self.take_while(char::is_whitespace);
            if !self.rest().starts_with("//") {
                return;
            }
            self.take_while(|c| c != '\n');
        }
    }

    fn next(&mut self) -> Token {
        loop {
            self.blanks();
            let start = self.at;
            let tok = match self.peek() {
                Some(_) if self.issues.is_full() => Some(Tok::End),
                Some(first) => self.token(first),
                None => Some(Tok::End),
            };
            if let Some(tok) = tok {
                return Token { tok, loc: Loc::new(start, self.at) };
            }
        }
    }

    /// Reads a token; `None` after a character that begins none.
    fn token(&mut self, first: char) -> Option<Tok> {
        let start = self.at;
        if first.is_ascii_digit()
            || (first == '.' && self.rest().chars().nth(1).is_some_and(|c| c.is_ascii_digit()))
        {
            return Some(self.number());
        }
        if first.is_ascii_alphabetic() || first == '_' {
            return Some(self.word());
        }
        if first == '\'' || first == '"' {
            return Some(self.quoted(false));
        }
        if first == '`' {
            return Some(self.back_quoted());
        }
        if let Some((_, close)) = QUOTES.iter().find(|(open, _)| *open == first) {
            return Some(self.typographic(first, *close));
        }
        Some(match self.mark().unwrap_or(first) {
            '(' => Tok::Open,
            ')' => Tok::Close,
            '[' => Tok::OpenList,
            ']' => Tok::CloseList,
            '{' => Tok::OpenMap,
            '}' => Tok::CloseMap,
            ',' => Tok::Comma,
            '.' => Tok::Dot,
            ':' => Tok::Colon,
            '?' => Tok::Question,
            '+' => Tok::Plus,
            '-' => Tok::Minus,
            '*' => Tok::Star,
            '/' => Tok::Slash,
            '%' => Tok::Percent,
            '!' if self.second('=') => Tok::Ne,
            '!' => Tok::Not,
            '<' if self.second('=') => Tok::Le,
            '<' if self.second('>') => {
                self.slip(start, "!=");
                Tok::Ne
            }
            '<' => Tok::Lt,
            '>' if self.second('=') => Tok::Ge,
            '>' => Tok::Gt,
            '=' if self.second('=') => {
                if self.second('=') {
                    self.slip(start, "==");
                }
                Tok::Eq
            }
            '=' => {
                self.slip(start, "==");
                Tok::Eq
            }
            '&' => {
                if !self.second('&') {
                    self.slip(start, "&&");
                }
                Tok::And
            }
            '|' => {
                if !self.second('|') {
                    self.slip(start, "||");
                }
                Tok::Or
            }
            '≤' => {
                self.slip(start, "<=");
                Tok::Le
            }
            '≥' => {
                self.slip(start, ">=");
                Tok::Ge
            }
            '≠' => {
                self.slip(start, "!=");
                Tok::Ne
            }
            other => {
                let loc = Loc::new(start, self.at);
                self.issues
                    .push(ExprIssue::error("expr.bad_character", loc).param("found", other.to_string()));
                self.broken = true;
                return None;
            }
        })
    }

    fn word(&mut self) -> Tok {
        let start = self.at;
        self.take_while(|c| c.is_ascii_alphanumeric() || c == '_');
        let word = Loc::new(start, self.at).of(self.text);
        if matches!(self.peek(), Some('\'' | '"')) {
            match word {
                "r" | "R" => return self.quoted(true),
                "b" | "B" | "br" | "rb" | "BR" | "RB" | "bR" | "Rb" | "Br" | "rB" => {
                    let raw = word.len() > 1;
                    self.unsupported(start);
                    return self.quoted(raw);
                }
                _ => {}
            }
        }
        match word {
            "true" => Tok::True,
            "false" => Tok::False,
            "null" | "missing" => Tok::Missing,
            "in" => Tok::In,
            _ => Tok::Name(word.to_owned()),
        }
    }

    fn back_quoted(&mut self) -> Tok {
        let start = self.at;
        self.bump();
        self.take_while(|c| c != '`' && c != '\n');
        let name = Loc::new(start + 1, self.at).of(self.text).to_owned();
        if self.bump() != Some('`') || name.is_empty() {
            self.bad_text(start, "`");
        }
        Tok::Name(name)
    }

    fn unsupported(&mut self, start: usize) {
        let loc = Loc::new(start, self.at);
        let what = Param::Text(LocalText::new("a text of bytes", "字节串"));
        self.issues.push(ExprIssue::error("expr.unsupported", loc).param("what", what));
    }

    fn bad_text(&mut self, start: usize, close: &str) {
        self.broken = true;
        let loc = Loc::new(start, self.at);
        self.issues.push(ExprIssue::error("expr.open_text", loc).param("suggestion", close));
    }

    fn number(&mut self) -> Tok {
        let start = self.at;
        if self.rest().starts_with("0x") || self.rest().starts_with("0X") {
            self.at += 2;
            let digits = self.at;
            self.take_while(|c| c.is_ascii_alphanumeric());
            let parsed = u64::from_str_radix(Loc::new(digits, self.at).of(self.text), 16);
            return match parsed {
                Ok(n) => Tok::Int(n),
                Err(_) => self.bad_number(start),
            };
        }
        let mut whole = true;
        self.take_while(|c| c.is_ascii_digit());
        let mut rest = self.rest().chars();
        if rest.next() == Some('.') && rest.next().is_some_and(|c| c.is_ascii_digit()) {
            whole = false;
            self.bump();
            self.take_while(|c| c.is_ascii_digit());
        }
        let mut scientific = false;
        if matches!(self.peek(), Some('e' | 'E')) {
            whole = false;
            scientific = true;
            self.bump();
            if matches!(self.peek(), Some('+' | '-')) {
                self.bump();
            }
            self.take_while(|c| c.is_ascii_digit());
        }
        let text = Loc::new(start, self.at).of(self.text);
        let tok = if whole {
            text.parse().ok().map(Tok::Int)
        } else if scientific {
            Decimal::from_scientific(text).ok().map(Tok::Decimal)
        } else {
            Decimal::from_str_exact(text).ok().map(Tok::Decimal)
        };
        if self.peek().is_some_and(|c| c.is_ascii_alphanumeric() || c == '_') {
            self.take_while(|c| c.is_ascii_alphanumeric() || c == '_');
            return self.bad_number(start);
        }
        tok.unwrap_or_else(|| self.bad_number(start))
    }

    fn bad_number(&mut self, start: usize) -> Tok {
        let loc = Loc::new(start, self.at);
        self.issues.push(ExprIssue::error("expr.bad_number", loc));
        Tok::Int(0)
    }

    fn typographic(&mut self, open: char, close: char) -> Tok {
        let start = self.at;
        self.bump();
        let body = self.at;
        self.take_while(|c| c != close);
        let text = Loc::new(body, self.at).of(self.text).to_owned();
        let closed = self.bump().is_some();
        self.issues.push(
            ExprIssue::error("expr.full_width", Loc::new(start, body))
                .param("found", open.to_string())
                .param("suggestion", "'"),
        );
        if !closed {
            self.bad_text(start, "'");
        }
        Tok::Text(text)
    }

    fn quoted(&mut self, raw: bool) -> Tok {
        let start = self.at;
        let quote = self.bump().unwrap_or('\'');
        let one = quote.to_string();
        let three = one.repeat(3);
        let long = self.rest().starts_with(&one.repeat(2))
            && self.text.get(start..).is_some_and(|t| t.starts_with(&three));
        if long {
            self.at += 2;
        }
        let close = if long { three } else { one };
        let mut out = String::new();
        loop {
            if self.rest().starts_with(&close) {
                self.at += close.len();
                return Tok::Text(out);
            }
            let at = self.at;
            match self.bump() {
                None => break,
                Some('\n' | '\r') if !long => break,
                Some('\\') if !raw => match self.escape() {
                    Some(c) => out.push(c),
                    None => {
                        let loc = Loc::new(at, self.at);
                        let found = loc.of(self.text).to_owned();
                        self.issues.push(ExprIssue::error("expr.bad_escape", loc).param("found", found));
                    }
                },
                Some(c) => out.push(c),
            }
        }
        self.bad_text(start, &close);
        Tok::Text(out)
    }

    fn escape(&mut self) -> Option<char> {
        Some(match self.bump()? {
            'n' => '\n',
            't' => '\t',
            'r' => '\r',
            'a' => '\u{7}',
            'b' => '\u{8}',
            'f' => '\u{c}',
            'v' => '\u{b}',
            c @ ('\\' | '\'' | '"' | '`' | '?') => c,
            'x' | 'X' => return self.code_point(2, 16),
            'u' => return self.code_point(4, 16),
            'U' => return self.code_point(8, 16),
            '0'..='3' => {
                self.at -= 1;
                return self.code_point(3, 8);
            }
            _ => return None,
        })
    }

    fn code_point(&mut self, digits: usize, radix: u32) -> Option<char> {
        let text = self.text.get(self.at..self.at + digits)?;
        if !text.chars().all(|c| c.is_digit(radix)) {
            return None;
        }
        self.at += digits;
        u32::from_str_radix(text, radix).ok().and_then(char::from_u32)
    }
}
