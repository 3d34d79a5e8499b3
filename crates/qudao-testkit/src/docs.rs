//! The pages of `docs/` and the sources that are made from the code, so that they cannot disagree with it.

use std::fmt::Write as _;

use qudao::Blueprint;
use qudao::metrics::catalogue;
use qudao::model::{LocalText, Locale, codes, standard_objects};

use crate::{codegen, normalisers};

/// Every generated file: its path from the project's root and its text.
#[must_use]
pub fn files() -> Vec<(&'static str, String)> {
    vec![
        ("crates/qudao-model/src/objects.rs", codegen::objects_rs()),
        ("docs/blueprint.schema.json", pretty(&Blueprint::json_schema())),
        ("docs/mapping.schema.json", pretty(&qudao::import::Mapping::json_schema())),
        ("docs/cli.md", cli_md()),
        ("docs/codes.md", codes_md()),
        ("docs/kpis.md", kpis_md()),
        ("docs/matching.md", crate::matching_guide::page(NOTE)),
        ("docs/normalisers.md", normalisers::page()),
        ("docs/objects.md", objects_md()),
        ("docs/rules.md", crate::rule_reference::page(NOTE)),
    ]
}

pub(crate) const NOTE: &str = "<!-- Made from the code by `cargo xtask docs`; do not edit. -->\n\n";

fn pretty(json: &serde_json::Value) -> String {
    serde_json::to_string_pretty(json).unwrap_or_default() + "\n"
}

pub(crate) fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}

fn both(text: &LocalText) -> String {
    let en = text.get_or(&Locale::en(), "");
    let zh = text.get_or(&Locale::zh(), "");
    if en == zh { cell(en) } else { format!("{}<br>{}", cell(en), cell(zh)) }
}

fn codes_md() -> String {
    let mut out = format!(
        "# Codes\n\n{NOTE}Every finding and error has a code. Codes are a contract: they are never renamed, and never used \
         again for something else. Texts may be put in a company's own words under `messages:` in the Blueprint.\n\n\
         每个发现和错误都有一个代码。代码是约定：不会改名，也不会另作他用。企业可以在蓝图的 `messages:` 中改写文字。\n\n\
         | code | text | what helps |\n|---|---|---|\n"
    );
    for c in codes::all() {
        let fix = if c.fix_en.is_empty() {
            String::new()
        } else {
            format!("{}<br>{}", cell(c.fix_en), cell(c.fix_zh))
        };
        let _ = writeln!(out, "| `{}` | {}<br>{} | {fix} |", c.code, cell(c.en), cell(c.zh));
    }
    out
}

fn cli_md() -> String {
    let mut program = qudao_cli::command().term_width(100);
    program.build();
    let mut out = format!(
        "# The `qudao` program\n\n{NOTE}`python -m qudao` is the same program. Texts come in the language of the \
         environment, or of `--locale`.\n\n`python -m qudao` 是同一个程序。输出语言取决于环境，或由 `--locale` 指定。\n\n\
         ```text\n{}\n```\n",
        trimmed(&program.render_long_help().to_string())
    );
    for command in program.get_subcommands_mut() {
        let name = command.get_name().to_owned();
        let help = command.clone().term_width(100).render_long_help().to_string();
        let _ = write!(out, "\n## `qudao {name}`\n\n```text\n{}\n```\n", trimmed(&help));
    }
    out
}

/// Without blanks at the ends of lines.
fn trimmed(text: &str) -> String {
    text.trim_end().lines().map(str::trim_end).collect::<Vec<_>>().join("\n")
}

fn kpis_md() -> String {
    let mut out = format!(
        "# KPI catalogue\n\n{NOTE}The built-in metrics. A Blueprint may change one by giving its id under `metrics:`, and add \
         its own. Every value carries the hash of its definition: two numbers compare only where the hashes are equal. \
         What cannot be known is *undefined* with a reason, never 0. Ratios and means are rounded to 6 decimals, half to \
         even.\n\n内置指标目录。蓝图可在 `metrics:` 下改写或新增指标。每个数值都带有定义的哈希：哈希相同才可比较。\
         无法得知的值为“未定义”并说明原因，绝不以 0 代替。\n"
    );
    for entry in catalogue() {
        let unit = serde_json::to_value(entry.unit).unwrap_or_default();
        let basis = serde_json::to_value(entry.basis).unwrap_or_default();
        let _ = write!(
            out,
            "\n## `{}`\n\n{}\n\n| | |\n|---|---|\n| numerator · 分子 | {} |\n| denominator · 分母 | {} |\n\
             | computed from · 数据来源 | {} |\n| basis · 口径 | {} |\n| unit · 单位 | {} |\n",
            entry.id,
            both(&entry.definition).replace("<br>", "\n\n"),
            both(&entry.numerator),
            both(&entry.denominator),
            both(&entry.source),
            basis.as_str().unwrap_or_default(),
            unit.as_str().unwrap_or_default(),
        );
    }
    out
}

fn objects_md() -> String {
    let standard = standard_objects();
    let mut out = format!(
        "# Standard objects\n\n{NOTE}Every object also has the fields `{}`; a staged object has `{}`. A Blueprint adds \
         fields, types and objects, and puts everything in the company's own words; ids never change.\n",
        names(&standard.common),
        names(&standard.staged),
    );
    for (name, object) in &standard.objects {
        let types: Vec<&str> = object.types.iter().map(qudao::model::ChoiceSpec::id).collect();
        let _ = write!(out, "\n## `{name}` — {}\n\n", both(&object.label).replace("<br>", " · "));
        if !types.is_empty() {
            let _ = write!(out, "Types: {}.\n\n", types.join(", "));
        }
        if object.staged {
            out.push_str("Moves through the stages of a process.\n\n");
        }
        out.push_str("| field | word | type | remarks |\n|---|---|---|---|\n");
        for (field, spec) in &object.fields.0 {
            let ty = serde_json::to_value(spec.type_name).unwrap_or_default();
            let ty = ty.as_str().unwrap_or_default().to_owned();
            let ty = match &spec.of {
                Some(of) => format!("{ty} of `{of}`"),
                None => ty,
            };
            let mut remarks: Vec<String> = Vec::new();
            if !spec.choices.is_empty() {
                remarks.push(spec.choices.iter().map(|c| c.id().to_owned()).collect::<Vec<_>>().join(", "));
            }
            if let Some(inverse) = &spec.inverse {
                remarks.push(format!("list `{inverse}` on the other side"));
            }
            if spec.personal {
                remarks.push("personal".into());
            }
            if spec.opt_out {
                remarks.push("a yes survives a merge".into());
            }
            if spec.system {
                remarks.push("kept by the engine".into());
            }
            let label = both(&spec.label).replace("<br>", " · ");
            let _ = writeln!(out, "| `{field}` | {label} | {ty} | {} |", remarks.join("; "));
        }
    }
    out
}

fn names(fields: &qudao::model::Fields) -> String {
    fields.0.iter().map(|(n, _)| n.as_str()).collect::<Vec<_>>().join("`, `")
}
