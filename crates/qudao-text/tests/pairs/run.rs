//! Labelled pairs: what people type and what must come out of it.
//!
//! Each file in this folder is a table of tab-separated values: input, parameter, expected, reason. An expectation that
//! begins with `!` is the code of a finding; a reason that begins with `known miss:` names a pair that the normaliser is
//! known to get wrong. Lines that begin with `#` say what the columns hold and where the pairs come from.

use qudao_text::{
    DateOptions, DateOrder, NormaliseIssue, NumberOptions, company_key, complete_address, normalise_company,
    normalise_date, normalise_domain, normalise_email, normalise_number, normalise_person, normalise_phone,
    normalise_url, normalise_uscc, parse_address, parse_company, parse_person, person_key,
};

/// A normaliser and its pairs.
pub(crate) struct Set {
    /// The name, as a Blueprint says it.
    pub(crate) name: &'static str,
    text: &'static str,
    answer: fn(&str, &str) -> Result<String, NormaliseIssue>,
}

/// Every normaliser, in the order of the page.
pub(crate) const SETS: [Set; 11] = [
    Set { name: "phone", text: include_str!("phone.tsv"), answer: phone },
    Set { name: "email", text: include_str!("email.tsv"), answer: |s, _| Ok(normalise_email(s)?.value) },
    Set { name: "url", text: include_str!("url.tsv"), answer: |s, _| Ok(normalise_url(s)?.value) },
    Set { name: "domain", text: include_str!("domain.tsv"), answer: |s, _| Ok(normalise_domain(s)?.value) },
    Set { name: "date", text: include_str!("date.tsv"), answer: date },
    Set { name: "amount", text: include_str!("amount.tsv"), answer: amount },
    Set { name: "uscc", text: include_str!("uscc.tsv"), answer: |s, _| Ok(normalise_uscc(s)?.value) },
    Set { name: "company_name", text: include_str!("company.tsv"), answer: company },
    Set { name: "address", text: include_str!("address_cn.tsv"), answer: address },
    Set { name: "address_words", text: include_str!("address_western.tsv"), answer: words },
    Set { name: "person_name", text: include_str!("person.tsv"), answer: person },
];

/// One line of a file.
pub(crate) struct Pair {
    /// What was typed.
    pub(crate) input: String,
    /// How it is to be read.
    pub(crate) parameter: &'static str,
    /// What must come out.
    pub(crate) expected: String,
    /// Why.
    pub(crate) reason: &'static str,
    /// What comes out.
    pub(crate) answer: String,
}

impl Pair {
    /// Whether the answer is right.
    pub(crate) fn is_right(&self) -> bool {
        self.answer == self.expected
    }

    /// Whether the pair is listed as one that comes out wrong.
    pub(crate) fn is_known_miss(&self) -> bool {
        self.reason.starts_with("known miss:")
    }
}

impl Set {
    /// The pairs with their answers.
    pub(crate) fn pairs(&self) -> Vec<Pair> {
        let lines = self.text.lines().filter(|line| !line.starts_with("# "));
        lines.map(|line| self.pair(line)).collect()
    }

    fn pair(&self, line: &'static str) -> Pair {
        let mut cells = line.split('\t');
        let mut cell = || cells.next().unwrap_or("");
        let (input, parameter, expected, reason) = (unescape(cell()), cell(), unescape(cell()), cell());
        let answer = match (self.answer)(&input, parameter) {
            Ok(value) => value,
            Err(issue) => format!("!{}", issue.code()),
        };
        Pair { input, parameter, expected, reason, answer }
    }

    /// Where the pairs come from.
    pub(crate) fn sources(&self) -> Vec<&'static str> {
        self.text.lines().filter_map(|line| line.strip_prefix("# source: ")).collect()
    }
}

/// `\t`, `\n`, `\\` and `\u{3000}`.
fn unescape(cell: &str) -> String {
    let mut out = String::with_capacity(cell.len());
    let mut rest = cell;
    while let Some((before, after)) = rest.split_once('\\') {
        out.push_str(before);
        let mut chars = after.chars();
        match chars.next() {
            Some('t') => out.push('\t'),
            Some('n') => out.push('\n'),
            Some('u') => {
                let code = after.get(2..).and_then(|a| a.split_once('}')).map(|(code, _)| code).unwrap_or("");
                out.extend(u32::from_str_radix(code, 16).ok().and_then(char::from_u32));
                rest = after.get(code.len() + 3..).unwrap_or("");
                continue;
            }
            other => out.extend(other),
        }
        rest = chars.as_str();
    }
    out.push_str(rest);
    out
}

fn phone(input: &str, region: &str) -> Result<String, NormaliseIssue> {
    Ok(normalise_phone(input, region)?.value)
}

fn date(input: &str, reading: &str) -> Result<String, NormaliseIssue> {
    let options = match reading {
        "" => DateOptions::default(),
        "ymd" => DateOptions::order(DateOrder::Ymd),
        "dmy" => DateOptions::order(DateOrder::Dmy),
        "mdy" => DateOptions::order(DateOrder::Mdy),
        "excel" => DateOptions { excel_serial: true, ..DateOptions::default() },
        format => DateOptions::formats([format]),
    };
    Ok(normalise_date(input, &options)?.value)
}

fn amount(input: &str, sign: &str) -> Result<String, NormaliseIssue> {
    Ok(normalise_number(input, &NumberOptions { decimal_comma: sign == "comma" })?.value)
}

fn company(input: &str, question: &str) -> Result<String, NormaliseIssue> {
    Ok(match question {
        "display" => normalise_company(input).value,
        "key" => company_key(input),
        _ => {
            let name = parse_company(input);
            let mut out = vec![name.core];
            for (part, value) in [
                ("form", name.legal_form),
                ("region", name.region),
                ("industry", name.industry),
                ("branch", name.branch),
            ] {
                out.extend(value.map(|v| format!("{part}={v}")));
            }
            if name.group {
                out.push("group".to_owned());
            }
            out.join("; ")
        }
    })
}

fn address(input: &str, question: &str) -> Result<String, NormaliseIssue> {
    if question == "complete" {
        return Ok(complete_address(input).value);
    }
    let parts = parse_address(input);
    let or_dash = |part: Option<String>| part.unwrap_or_else(|| "-".to_owned());
    let levels = [or_dash(parts.province), or_dash(parts.city), or_dash(parts.district), parts.rest];
    Ok(levels.join(" / "))
}

fn words(input: &str, _: &str) -> Result<String, NormaliseIssue> {
    Ok(parse_address(input).tokens.join(" "))
}

fn person(input: &str, question: &str) -> Result<String, NormaliseIssue> {
    Ok(match question {
        "display" => normalise_person(input).value,
        "key" => person_key(input),
        _ => {
            let name = parse_person(input);
            [name.given, name.middle, name.family].join(" | ")
        }
    })
}
