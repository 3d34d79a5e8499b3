//! As much of the text form of protocol buffers as conformance cases use.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test stops at what it does not expect"
)]

/// A field with its value.
#[derive(Debug)]
pub(crate) struct Field {
    pub(crate) name: String,
    value: Body,
}

#[derive(Debug)]
enum Body {
    Text(String),
    Word(String),
    Fields(Vec<Field>),
}

impl Field {
    pub(crate) fn text(&self) -> Option<&str> {
        if let Body::Text(t) = &self.value { Some(t) } else { None }
    }

    pub(crate) fn word(&self) -> Option<&str> {
        if let Body::Word(w) = &self.value { Some(w) } else { None }
    }

    pub(crate) fn fields(&self) -> Option<&[Field]> {
        if let Body::Fields(f) = &self.value { Some(f) } else { None }
    }
}

pub(crate) fn find<'a>(fields: &'a [Field], name: &str) -> Option<&'a Field> {
    fields.iter().find(|f| f.name == name)
}

pub(crate) fn text(fields: &[Field], name: &str) -> Option<String> {
    find(fields, name).and_then(Field::text).map(str::to_owned)
}

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Text(Vec<u8>),
    Word(String),
    Mark(char),
}

fn tokens(source: &str) -> Vec<Token> {
    let chars: Vec<char> = source.chars().collect();
    let mut out = Vec::new();
    let mut i = 0;
    while i < chars.len() {
        let c = chars[i];
        match c {
            '#' => {
                while i < chars.len() && chars[i] != '\n' {
                    i += 1;
                }
            }
            '"' | '\'' => {
                let mut bytes = Vec::new();
                i += 1;
                while chars[i] != c {
                    if chars[i] == '\\' {
                        i += 1;
                        i += escape(&chars[i..], &mut bytes);
                    } else {
                        bytes.extend(chars[i].to_string().bytes());
                        i += 1;
                    }
                }
                i += 1;
                out.push(Token::Text(bytes));
            }
            c if c.is_alphanumeric() || matches!(c, '_' | '-' | '+') => {
                let start = i;
                while i < chars.len()
                    && (chars[i].is_alphanumeric() || matches!(chars[i], '_' | '-' | '+' | '.'))
                {
                    i += 1;
                }
                out.push(Token::Word(chars[start..i].iter().collect()));
            }
            '[' if chars[i..].iter().take_while(|c| **c != ']').any(|c| *c == '/') => {
                let start = i;
                while chars[i] != ']' {
                    i += 1;
                }
                i += 1;
                out.push(Token::Word(chars[start..i].iter().collect()));
            }
            c if c.is_whitespace() => i += 1,
            c => {
                out.push(Token::Mark(c));
                i += 1;
            }
        }
    }
    out
}

/// Reads what follows a backslash; gives the number of characters read.
fn escape(rest: &[char], bytes: &mut Vec<u8>) -> usize {
    let digits = |n: usize, radix: u32| {
        let text: String = rest.iter().take(n).take_while(|c| c.is_digit(radix)).collect();
        (u32::from_str_radix(&text, radix).unwrap_or(0), text.len())
    };
    let plain = |b: u8| (vec![b], 1);
    let (found, read) = match rest[0] {
        'n' => plain(b'\n'),
        't' => plain(b'\t'),
        'r' => plain(b'\r'),
        'a' => plain(7),
        'b' => plain(8),
        'f' => plain(12),
        'v' => plain(11),
        '0'..='7' => {
            let (value, read) = digits(3, 8);
            (vec![u8::try_from(value & 0xff).unwrap()], read)
        }
        'x' => {
            let text: String = rest[1..].iter().take(2).take_while(|c| c.is_ascii_hexdigit()).collect();
            (vec![u8::from_str_radix(&text, 16).unwrap()], text.len() + 1)
        }
        c @ ('u' | 'U') => {
            let n = if c == 'u' { 4 } else { 8 };
            let text: String = rest[1..=n].iter().collect();
            let c = char::from_u32(u32::from_str_radix(&text, 16).unwrap()).unwrap();
            (c.to_string().into_bytes(), n + 1)
        }
        c => (c.to_string().into_bytes(), 1),
    };
    bytes.extend(found);
    read
}

/// The fields of a file.
pub(crate) fn parse(source: &str) -> Vec<Field> {
    let tokens = tokens(source);
    let mut at = 0;
    fields(&tokens, &mut at)
}

fn fields(tokens: &[Token], at: &mut usize) -> Vec<Field> {
    let mut out = Vec::new();
    while let Some(token) = tokens.get(*at) {
        *at += 1;
        match token {
            Token::Word(name) => {
                if tokens.get(*at) == Some(&Token::Mark(':')) {
                    *at += 1;
                }
                if tokens.get(*at) == Some(&Token::Mark('[')) {
                    *at += 1;
                    while tokens.get(*at) != Some(&Token::Mark(']')) {
                        if tokens.get(*at) == Some(&Token::Mark(',')) {
                            *at += 1;
                        } else {
                            out.push(Field { name: name.clone(), value: body(tokens, at) });
                        }
                    }
                    *at += 1;
                } else {
                    out.push(Field { name: name.clone(), value: body(tokens, at) });
                }
            }
            Token::Mark(',' | ';') => {}
            _ => break,
        }
    }
    out
}

fn body(tokens: &[Token], at: &mut usize) -> Body {
    match &tokens[*at] {
        Token::Mark('{' | '<') => {
            *at += 1;
            Body::Fields(fields(tokens, at))
        }
        Token::Word(word) => {
            *at += 1;
            Body::Word(word.clone())
        }
        Token::Text(_) => {
            let mut all = Vec::new();
            while let Some(Token::Text(part)) = tokens.get(*at) {
                all.extend(part);
                *at += 1;
            }
            Body::Text(String::from_utf8_lossy(&all).into_owned())
        }
        Token::Mark(mark) => panic!("unexpected {mark}"),
    }
}
