//! `docs/rules.md`: every kind of validation rule with an example, answered by the engine itself.

use std::fmt::Write as _;

use qudao::prelude::{Dataset, Engine, Locale, ObjectName, Value};

/// One kind of rule: what it asks, in both languages, as a Blueprint writes it, and a row that does not meet it.
struct Example {
    title: &'static str,
    en: &'static str,
    zh: &'static str,
    rule: &'static str,
    object: &'static str,
    row: &'static [(&'static str, &'static str)],
}

const EXAMPLES: &[Example] = &[
    Example {
        title: "required",
        en: "The fields must hold a value. Blank text and placeholders such as `N/A` and `无` count as missing; zero and false \
             are values.",
        zh: "字段必须有值。空白以及 `N/A`、`无` 等占位内容视为未填；零和“否”是有效值。",
        rule: "{id: account.named, object: account, required: [name]}",
        object: "account",
        row: &[("name", "N/A")],
    },
    Example {
        title: "required_when",
        en: "The fields must hold a value where a condition holds. An unknown condition does not hold.",
        zh: "条件成立时字段必须有值；条件未知视为不成立。",
        rule: "{id: lead.campaign, object: lead, required_when: {fields: campaign, when: source == 'fair'}}",
        object: "lead",
        row: &[("source", "fair")],
    },
    Example {
        title: "format",
        en: "The text must have a form: `email`, `phone(REGION)`, `url`, `domain`, `date`, `amount`, `uscc` (GB 32100-2015, \
             with its check character), `postcode(REGION)`, `currency` (ISO 4217), `country` (ISO 3166).",
        zh: "文本须符合格式：`email`、`phone(地区)`、`url`、`domain`、`date`、`amount`、`uscc`（GB 32100-2015，含校验位）、`postcode(地区)`、\
             `currency`（ISO 4217）、`country`（ISO 3166）。",
        rule: "{id: account.phone, object: account, format: {field: phone, format: phone(CN)}}",
        object: "account",
        row: &[("phone", "12")],
    },
    Example {
        title: "length",
        en: "The number of characters of a text, or of items of a list.",
        zh: "文本的字数，或列表的项数。",
        rule: "{id: account.city, object: account, length: {field: city, min: 2, max: 20}}",
        object: "account",
        row: &[("city", "深")],
    },
    Example {
        title: "range",
        en: "The smallest and largest number, amount, date or time, both included. Decimals are exact.",
        zh: "数字、金额、日期或时间的上下限，均含端点；小数精确比较。",
        rule: "{id: account.size, object: account, range: {field: employees, min: 1, max: 500000}}",
        object: "account",
        row: &[("employees", "0")],
    },
    Example {
        title: "choice",
        en: "The value must be one of a list. The nearest one is suggested.",
        zh: "取值须在列表之内，并给出最接近的建议。",
        rule: "{id: account.sector, object: account, choice: {field: industry, values: [technology, retail, energy]}}",
        object: "account",
        row: &[("industry", "technolgy")],
    },
    Example {
        title: "pattern",
        en: "The whole text must match a regular expression. Matching takes time in proportion to the text, whatever the \
             pattern.",
        zh: "整个文本须匹配正则表达式；无论表达式如何，耗时与文本长度成正比。",
        rule: "{id: product.code, object: product, pattern: {field: code, regex: '[A-Z]{2}-\\d{3}'}}",
        object: "product",
        row: &[("code", "ab-1")],
    },
    Example {
        title: "reference",
        en: "The record pointed to must exist. Every reference field has this rule of itself, except `owner`.",
        zh: "所指向的记录必须存在。除 `owner` 外，每个关联字段自带此规则。",
        rule: "{id: account.partner.reference, object: account, reference: partner, severity: warning}",
        object: "account",
        row: &[("partner", "P9")],
    },
    Example {
        title: "unique",
        en: "No two records hold the same values in these fields together. A row in which one is missing takes no part. A \
             unique rule is a claim in the database: it holds against simultaneous writers.",
        zh: "任何两条记录在这些字段上的组合不得相同；有缺失的记录不参与。唯一规则在数据库中登记占用，并发写入同样有效。",
        rule: "{id: account.code, object: account, unique: [website]}",
        object: "account",
        row: &[("website", "https://example.com")],
    },
    Example {
        title: "check",
        en: "A condition over fields that must not be false. Unknown, for a missing value, does not fail.",
        zh: "涉及多个字段的条件，不得为假；因缺值而未知则不算不符。",
        rule: "{id: lead.reach, object: lead, check: has(phone) || has(email), message: {en: give a phone number or an \
               e-mail address, zh-CN: 请填写电话或邮箱}}",
        object: "lead",
        row: &[("name", "李娜")],
    },
];

const HEAD: &str = "\
Rules stand in the section `validation:` of a Blueprint, and some in the declaration of a field (`required`, `format`,
`max_length`, `choices`, `unique`, references). Every rule always runs; all findings are told, each with its rule, fields,
code, severity and what would fix it.

规则写在蓝图的 `validation:` 部分，部分规则可直接写在字段声明中（`required`、`format`、`max_length`、`choices`、`unique`、
关联）。所有规则都会执行，全部发现一并给出，并附规则、字段、代码、级别与修正建议。

Every kind takes these keys as well · 各类规则通用的键：

| key | | |
|---|---|---|
| `severity` | `error` blocks, `warning` and `info` only tell | `error` 阻止保存，`warning`、`info` 仅提示 |
| `when` | runs only where the condition holds | 仅在条件成立时执行 |
| `types` | runs only for these customer or partner types | 仅对这些客户或伙伴类型执行 |
| `operations` | runs only on these ways: `insert`, `update`, `advance`, `convert`, `import` … | 仅在这些途径上执行 |
| `on: {changed: [...]}` | runs only when one of the fields changed, so that a new rule does not freeze old records | 仅在字段有变化时执行，新规则不会冻结旧记录 |
| `on: {enter: [...]}` | runs only on entering one of the stages | 仅在进入这些阶段时执行 |
| `message`, `fix` | the company's own words, in every language | 企业自定义的文字，可按语言给出 |
";

/// The page.
pub(crate) fn page(note: &str) -> String {
    let mut out = format!("# Validation rules\n\n{note}{HEAD}");
    for example in EXAMPLES {
        let _ = write!(
            out,
            "\n## `{}`\n\n{}\n\n{}\n\n```yaml\nvalidation:\n  - {}\n```\n\n",
            example.title, example.en, example.zh, example.rule
        );
        match findings(example) {
            Ok(text) => out.push_str(&text),
            // The page is compared with the stored one by a test, so that this never reaches a reader.
            Err(error) => {
                let _ = writeln!(out, "{error}");
            }
        }
    }
    out
}

fn findings(example: &Example) -> Result<String, Box<dyn std::error::Error>> {
    let engine = Engine::from_yaml(&format!("qudao: 1\nvalidation:\n  - {}\n", example.rule))?;
    let object: ObjectName = example.object.parse()?;
    let cells = || example.row.iter().map(|(f, v)| (*f, Value::text(*v))).collect::<Vec<_>>();
    // A repeated value needs two rows.
    let copies = if example.title == "unique" { 2 } else { 1 };
    let rows = engine.rows(&object, std::iter::repeat_with(cells).take(copies))?;
    let mut related = Dataset::new();
    if example.title == "reference" {
        related.add(&"partner".parse()?, Vec::new())?;
    }
    let report = engine.validate(&object, &rows, &related, None)?;
    let given: Vec<String> = example.row.iter().map(|(f, v)| format!("`{f}: {v}`")).collect();
    let mut out = format!("{} →\n\n", given.join(", "));
    for found in report.rows.iter().filter(|r| r.violation.rule.as_str() == rule_id(example)).take(1) {
        for locale in [Locale::en(), Locale::zh()] {
            let fix = found.violation.fix(&locale).map_or_else(String::new, |f| format!(" — {f}"));
            let _ = writeln!(out, "- `{}` {}{fix}", found.violation.code, found.violation.text(&locale));
        }
    }
    Ok(out)
}

/// The id that the example's rule is written with.
fn rule_id(example: &Example) -> &str {
    example.rule.trim_start_matches("{id: ").split(',').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_example_finds_what_it_is_to_show() {
        for example in EXAMPLES {
            let text = findings(example).unwrap_or_else(|e| e.to_string());
            assert_eq!(text.matches("\n- `").count(), 2, "{}: {text}", example.title);
        }
    }
}
