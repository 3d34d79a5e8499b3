//! The page on normalisers: what each does, with examples and accuracy from its labelled pairs.

use std::fmt::Write as _;

use crate::docs::{NOTE, cell};

#[path = "../../qudao-text/tests/pairs/run.rs"]
mod run;

/// What the page says of a normaliser beside its pairs.
struct About {
    name: &'static str,
    title: (&'static str, &'static str),
    text: (&'static str, &'static str),
    /// How a Blueprint asks for it.
    declared: &'static str,
    /// The functions of `qudao-text`.
    functions: &'static str,
    /// What the second column of its pairs says.
    parameter: &'static str,
}

const ABOUT: [About; 11] = [
    About {
        name: "phone",
        title: ("Phone numbers", "电话号码"),
        text: (
            "One number in E.164, with its extension as in RFC 3966. A national number is read as one of the declared \
             country; `+` and `00` name another. Labels, brackets, full-width digits and the trunk zero in brackets are \
             understood. Stand-ins such as 12345678 and two numbers in one field are findings.",
            "统一为 E.164 格式，分机按 RFC 3966 书写。国内号码按声明的国家解读，`+` 或 `00` 开头则按其国家码。支持标签、括号、全角数字\
             和括号里的国内冠码 0。12345678 之类的凑数号码、一格两个号码都会被指出。",
        ),
        declared: "`format: phone(CN)` or `normalise: phone(CN)`, with any ISO 3166 code",
        functions: "`normalise_phone`, `parse_phone`",
        parameter: "country",
    },
    About {
        name: "email",
        title: ("E-mail addresses", "邮箱"),
        text: (
            "The address alone: no label, `mailto:`, display name, comment or separator; the domain in lower case, the \
             part before the @ as written.",
            "只留地址本身：去掉标签、`mailto:`、显示名、备注和分隔符；域名转小写，@ 之前保持原样。",
        ),
        declared: "`format: email` or `normalise: email`",
        functions: "`normalise_email`, `parse_email`",
        parameter: "",
    },
    About {
        name: "url",
        title: ("Web addresses", "网址"),
        text: (
            "Scheme and host in lower case, no default port, no lone slash; labels, brackets and quotes go; path and \
             query stay as written. A scheme is not invented. Only http and https are web addresses.",
            "协议和主机名转小写，去掉默认端口、单独的斜杠、标签、括号和引号；路径和参数保持原样。不补写协议。只接受 http 和 https。",
        ),
        declared: "`format: url` or `normalise: url`",
        functions: "`normalise_url`",
        parameter: "",
    },
    About {
        name: "domain",
        title: ("Domains", "域名"),
        text: (
            "The domain of a web or e-mail address, in lower case and without `www.`: the key by which companies are \
             found again.",
            "取网址或邮箱的域名，转小写并去掉 `www.`，可用作查找企业的键。",
        ),
        declared: "`format: domain` or `normalise: domain`",
        functions: "`normalise_domain`, `domain_key`",
        parameter: "",
    },
    About {
        name: "date",
        title: ("Dates and times", "日期和时间"),
        text: (
            "ISO 8601. What can be read in two ways (5/3/24) is a finding unless the order is declared; days that do not \
             exist are findings. Two-digit years 00–69 are 2000–2069. Chinese numerals, the eras of Taiwan and Japan, \
             month names in five languages, and day counts of spreadsheets where declared.",
            "统一为 ISO 8601。有歧义的写法（5/3/24）若未声明顺序则指出；不存在的日子也会指出。两位年份 00–69 视为 2000–2069。\
             支持中文数字、民国和日本年号、五种语言的月份名，以及声明后的电子表格日期序号。",
        ),
        declared: "`format: date`, `date(ymd)`, `date(dmy)`, `date(mdy)`, `date(excel)`; fields of type `date` read alike",
        functions: "`normalise_date`, `parse_date`, `parse_moment`",
        parameter: "reading",
    },
    About {
        name: "amount",
        title: ("Amounts", "金额"),
        text: (
            "Plain digits, exact. Thousands separators, currency signs and codes, 千 万 亿 k m bn, several units, Chinese \
             numerals as on bills, per cent, accounting negatives and exponents are worked in; nothing is rounded.",
            "统一为普通数字，精确无舍入。支持千分位、货币符号和代码、千 万 亿 k m bn、多级单位、中文大写金额、百分号、会计负数和科学计数。",
        ),
        declared: "`format: amount`, `amount(comma)` for a decimal comma; fields of type `decimal` and `money` read alike",
        functions: "`normalise_number`, `parse_number`",
        parameter: "decimal sign",
    },
    About {
        name: "uscc",
        title: ("Unified social credit codes", "统一社会信用代码"),
        text: (
            "Eighteen capital letters and digits with the right check character (GB 32100-2015). A finding names the \
             letter that is not in the alphabet and the one perhaps meant.",
            "18 位大写字母和数字，校验位正确（GB 32100-2015）。出现不在字符集中的字母时，会指出位置和可能的正确字符。",
        ),
        declared: "`format: uscc` or `normalise: uscc`",
        functions: "`normalise_uscc`, `parse_uscc`",
        parameter: "",
    },
    About {
        name: "company_name",
        title: ("Company names", "企业名称"),
        text: (
            "For display, width, spaces and brackets are unified and nothing is left out. For comparison the name is taken \
             apart: trade name, legal form (China, Taiwan, Hong Kong, Japan, Korea, United States, United Kingdom, Germany, \
             France, Spain, Netherlands, India and others), place, industry, branch, group. Traditional characters \
             compare as simplified ones.",
            "显示时只统一全半角、空格和括号，不删减。比较时拆分为字号、组织形式（中国大陆、台湾、香港、日本、韩国、美国、英国、德国、法国、\
             西班牙、荷兰、印度等）、地区、行业、分支机构和集团；繁体与简体视为相同。",
        ),
        declared: "`normalise: company_name` for display; `company_name` in `compare:`",
        functions: "`normalise_company`, `parse_company`, `company_key`",
        parameter: "question",
    },
    About {
        name: "address",
        title: ("Chinese addresses", "中文地址"),
        text: (
            "Province, city, district and the rest, missing upper levels filled in from GB/T 2260. What is not certain (a \
             district of a name that several cities have) is not filled in.",
            "拆分为省、市、区县和其余部分，缺少的上级由 GB/T 2260 补全。不能确定的（多个城市都有的区名）不补。",
        ),
        declared: "`normalise: address`; `address` in `compare:`",
        functions: "`parse_address`, `complete_address`, `normalise_address`",
        parameter: "question",
    },
    About {
        name: "address_words",
        title: ("Western addresses", "西文地址"),
        text: (
            "Word by word: street words, directions, units and ordinals in the short forms of USPS Publication 28, and \
             the everyday ones of German, French, Spanish and Dutch. Used for comparison; for display only spaces and \
             width change.",
            "逐词处理：街道词、方位、单元和序数词统一为 USPS 第 28 号出版物的缩写，并支持德、法、西、荷语的常用缩写。用于比较；显示时只改空格\
             和全半角。",
        ),
        declared: "`address` in `compare:`",
        functions: "`parse_address`",
        parameter: "",
    },
    About {
        name: "person_name",
        title: ("Names of persons", "人名"),
        text: (
            "For display, width, spaces and the middle dot are unified. For comparison the name is taken apart into given, \
             middle and family name by the order of its script, a comma, particles and titles.",
            "显示时统一全半角、空格和间隔号。比较时按文字的姓名顺序、逗号、姓氏前缀和称谓拆分为名、中间名和姓。",
        ),
        declared: "`normalise: person_name` for display; `person_name` in `compare:`",
        functions: "`normalise_person`, `parse_person`, `person_key`",
        parameter: "question",
    },
];

/// Examples shown of each script.
const EXAMPLES: usize = 6;

pub(crate) fn page() -> String {
    let mut out = format!(
        "# Normalisers\n\n{NOTE}A normaliser brings a value into one form and says what it changed; a value that has no form is \
         a finding with a code, never a guess. Doing it twice changes nothing the second time. Each is measured on labelled \
         pairs (`crates/qudao-text/tests/pairs`), worked out by hand or from the public sources named below; what comes out \
         wrong is listed. The pairs show what is covered; they are not a sample of anybody's data.\n\n\
         规范化器把值统一为一种写法，并说明改了什么；无法统一的值给出带代码的发现，绝不猜测；重复处理结果不变。每个规范化器都用带标注的样例\
         （`crates/qudao-text/tests/pairs`）衡量，样例由人工推导或取自下列公开来源，出错的如实列出。样例说明覆盖范围，并非任何数据的抽样。\n\n\
         | normaliser | pairs | right | accuracy |\n|---|---|---|---|\n"
    );
    let sets: Vec<_> = run::SETS.iter().map(|set| (set, set.pairs())).collect();
    for (set, pairs) in &sets {
        let right = pairs.iter().filter(|p| p.is_right()).count();
        let tenths = right.saturating_mul(1000).checked_div(pairs.len()).unwrap_or_default();
        let about = ABOUT.iter().find(|a| a.name == set.name);
        let title = about.map_or("", |a| a.title.0);
        let (n, whole, tenth) = (pairs.len(), tenths / 10, tenths % 10);
        let _ = writeln!(out, "| [{title}](#{}) | {n} | {right} | {whole}.{tenth} % |", set.name);
    }
    for (set, pairs) in &sets {
        let Some(about) = ABOUT.iter().find(|a| a.name == set.name) else { continue };
        section(&mut out, about, set, pairs);
    }
    out
}

fn section(out: &mut String, about: &About, set: &run::Set, pairs: &[run::Pair]) {
    let (en, zh) = about.title;
    let _ = write!(
        out,
        "\n<a id=\"{}\"></a>\n\n## {en} · {zh}\n\n{}\n\n{}\n\n- Blueprint · 蓝图: {}\n- Rust: {}\n\n",
        about.name, about.text.0, about.text.1, about.declared, about.functions
    );
    let parameter =
        if about.parameter.is_empty() { String::new() } else { format!(" {} |", about.parameter) };
    let line = if about.parameter.is_empty() { "" } else { "---|" };
    let _ = write!(out, "| typed · 输入 |{parameter} result · 结果 | why |\n|---|{line}---|---|\n");
    let chinese = |p: &&run::Pair| p.input.chars().any(qudao_text::fold::is_han);
    let (zh, en): (Vec<_>, Vec<_>) = pairs.iter().filter(|p| p.is_right()).partition(chinese);
    for pair in spread(&zh).into_iter().chain(spread(&en)) {
        row(out, about, pair);
    }
    let missed: Vec<&run::Pair> = pairs.iter().filter(|p| p.is_known_miss()).collect();
    if !missed.is_empty() {
        out.push_str("\nWhat comes out wrong · 已知错误：\n\n");
        for pair in missed {
            let why = pair.reason.strip_prefix("known miss: ").unwrap_or(pair.reason);
            let _ = writeln!(
                out,
                "- {} should be {} and is {}: {why}",
                listed(&pair.input),
                listed(&pair.expected),
                listed(&pair.answer)
            );
        }
    }
    out.push_str("\nSources · 来源：\n\n");
    for source in set.sources() {
        let _ = writeln!(out, "- {source}");
    }
}

/// A few, evenly over the list.
fn spread<'a>(pairs: &[&'a run::Pair]) -> Vec<&'a run::Pair> {
    let step = pairs.len().div_ceil(EXAMPLES).max(1);
    pairs.iter().step_by(step).copied().collect()
}

fn row(out: &mut String, about: &About, pair: &run::Pair) {
    let parameter = match (about.parameter.is_empty(), pair.parameter) {
        (true, _) => String::new(),
        (false, "") => " |".to_owned(),
        (false, parameter) => format!(" {} |", code(parameter)),
    };
    let _ = writeln!(
        out,
        "| {} |{parameter} {} | {} |",
        code(&pair.input),
        code(&pair.expected),
        cell(pair.reason)
    );
}

/// A value as code outside of a table.
fn listed(text: &str) -> String {
    code(text).replace("\\|", "|")
}

/// A value as code; a finding by its code alone. Invisible characters are shown by their numbers.
fn code(text: &str) -> String {
    let shown: String = text
        .strip_prefix('!')
        .unwrap_or(text)
        .chars()
        .map(|c| match c {
            '\n' => "\\n".to_owned(),
            '\t' => "\\t".to_owned(),
            '|' => "\\|".to_owned(),
            '\u{a0}' | '\u{ad}' | '\u{200b}' | '\u{202f}' | '\u{3000}' | '\u{feff}' => {
                format!("\\u{{{:x}}}", u32::from(c))
            }
            c => c.to_string(),
        })
        .collect();
    if shown.is_empty() {
        "–".to_owned()
    } else if shown.contains('`') {
        format!("`` {shown} ``")
    } else {
        format!("`{shown}`")
    }
}
