//! The entry standard: the page from which people learn how data is entered, made from the Blueprint.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use qudao_model::{
    Actor, FieldDef, FieldName, FieldType, LocalText, Locale, ObjectName, ObjectSchema, Severity,
};
use qudao_quality::Rule;
use qudao_text::escape_html;

use crate::engine::Engine;
use crate::error::Error;

/// How records of one object are entered by one role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryStandard {
    /// What the company calls itself, or its Blueprint.
    pub company: LocalText,
    /// The company's word for the object.
    pub object: LocalText,
    /// The company's word for the role.
    pub role: LocalText,
    /// The sections of the form.
    pub sections: Vec<StandardSection>,
    /// Rules over several fields.
    pub rules: Vec<StandardRule>,
}

/// One section of the form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StandardSection {
    /// The heading.
    pub heading: LocalText,
    /// The fields, in the order of the form.
    pub fields: Vec<StandardField>,
}

/// How one field is entered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StandardField {
    /// The field.
    pub name: FieldName,
    /// The company's word for it.
    pub label: LocalText,
    /// What kind of value it takes.
    pub kind: LocalText,
    /// A value must be given, without any condition.
    pub required: bool,
    /// What to enter, in the company's words.
    pub help: LocalText,
    /// A good value.
    pub example: Option<String>,
    /// The rules that the value has to meet.
    pub rules: Vec<StandardRule>,
}

/// One rule, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StandardRule {
    /// The rule's id.
    pub id: String,
    /// What it asks.
    pub requirement: LocalText,
    /// When it is asked; empty for always.
    pub when: LocalText,
    /// The record is not stored otherwise; else people are only told.
    pub blocks: bool,
}

impl Engine {
    /// The entry standard of an object for people who hold the actor's roles: what each field takes, which are
    /// required and when, with examples; from the Blueprint alone, in every language it speaks.
    ///
    /// ```
    /// use qudao::prelude::*;
    ///
    /// let engine = Engine::from_yaml(
    ///     "qudao: 1\nobjects: {account: {fields: {phone: {format: phone(CN), required: true}}}}",
    /// )?;
    /// let page = engine.entry_standard(&"account".parse()?, &Actor::new("mei".parse()?))?;
    /// assert!(page.to_markdown(&Locale::en()).contains("| **Phone** (required) |"));
    /// assert!(page.to_html().contains("电话"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::UnknownObject`].
    pub fn entry_standard(&self, object: &ObjectName, actor: &Actor) -> Result<EntryStandard, Error> {
        let schema =
            self.schema().object(object.as_str()).ok_or_else(|| self.unknown_object(object.as_str()))?;
        let masked = self.roles().masked(actor, schema);
        let shown = |rule: &&Rule| rule.fields().iter().all(|f| !masked.contains(f));
        let rules: Vec<&Rule> = self.quality().rules(object).iter().filter(shown).collect();
        let mut seen = BTreeSet::new();
        let mut sections = Vec::new();
        // What the forms of the types show, together: the rules say what differs between types.
        let types = schema.field("type").into_iter().flat_map(|f| &f.choices).map(|t| Some(t.as_str()));
        for section in std::iter::once(None)
            .chain(types)
            .map(|ty| self.form(object, actor, ty))
            .collect::<Result<Vec<_>, _>>()?
            .into_iter()
            .flatten()
        {
            let fields: Vec<StandardField> = section
                .fields
                .iter()
                .filter(|name| seen.insert((*name).clone()))
                .filter_map(|name| schema.field(name.as_str()))
                .filter(|def| !def.spec.system && def.spec.compute.is_none() && !is_kept(def))
                .map(|def| field(self, schema, def, &rules))
                .collect();
            if !fields.is_empty() {
                sections.push(StandardSection { heading: section.heading, fields });
            }
        }
        let whole = rules.iter().filter(|r| r.fields().len() != 1 || r.kind() == "check");
        let declared = self.roles().declared();
        let role = actor.roles.iter().next();
        let role_label = role.map_or(LocalText::Empty, |role| match declared.get(role) {
            Some(spec) if !spec.label.is_empty() => spec.label.clone(),
            _ => LocalText::from(role.as_str()),
        });
        Ok(EntryStandard {
            company: self.blueprint().spec().name.clone(),
            object: schema.label.clone(),
            role: role_label,
            sections,
            rules: whole.map(|r| told(r, schema)).collect(),
        })
    }
}

fn field(engine: &Engine, schema: &ObjectSchema, def: &FieldDef, rules: &[&Rule]) -> StandardField {
    let own: Vec<&&Rule> = rules
        .iter()
        .filter(|r| r.kind() != "check" && r.fields() == std::slice::from_ref(&def.name))
        .collect();
    let example = def
        .spec
        .example
        .clone()
        .or_else(|| own.iter().find_map(|r| r.example().map(str::to_owned)))
        .filter(|e| !e.trim().is_empty());
    StandardField {
        name: def.name.clone(),
        label: def.label(),
        kind: kind(engine, &def.ty),
        required: own.iter().any(|r| r.always_requires() && r.severity() == Severity::Error),
        help: def.spec.help.clone(),
        example,
        rules: own
            .iter()
            .filter(|r| !(r.always_requires() && r.severity() == Severity::Error))
            .map(|r| told(r, schema))
            .collect(),
    }
}

fn told(rule: &Rule, schema: &ObjectSchema) -> StandardRule {
    let own = rule.message();
    let requirement =
        if rule.kind() == "check" && !own.is_empty() { own.clone() } else { rule.requirement() };
    let when = when(rule, schema);
    StandardRule { id: rule.id().to_string(), requirement, when, blocks: rule.severity() == Severity::Error }
}

/// For which types, on entering which stages, and under which condition.
fn when(rule: &Rule, schema: &ObjectSchema) -> LocalText {
    let choices = schema.field("type").map(|f| f.spec.choices.as_slice()).unwrap_or_default();
    let text = |locale: &Locale| -> String {
        let zh = locale.is_chinese();
        let mut parts: Vec<String> = Vec::new();
        if !rule.types().is_empty() {
            let words: Vec<String> = rule
                .types()
                .iter()
                .map(|ty| match choices.iter().find(|c| c.id() == ty) {
                    Some(choice) => choice.label().get_or(locale, ty).to_owned(),
                    None => ty.clone(),
                })
                .collect();
            parts.push(if zh {
                format!("适用于{}", words.join("、"))
            } else {
                format!("for {}", words.join(", "))
            });
        }
        if !rule.operations().is_empty() {
            let words: Vec<String> =
                rule.operations().iter().map(|o| o.label().get_or(locale, "").to_owned()).collect();
            parts.push(if zh {
                format!("{}时", words.join("、"))
            } else {
                format!("on {}", words.join(", "))
            });
        }
        if !rule.enters().is_empty() {
            let stages: Vec<&str> = rule.enters().iter().map(qudao_model::StageId::as_str).collect();
            let stages = stages.join(", ");
            parts.push(if zh {
                format!("进入阶段 {stages} 时")
            } else {
                format!("on entering {stages}")
            });
        }
        if let Some(condition) = rule.condition() {
            parts.push(if zh { format!("条件：{condition}") } else { format!("where {condition}") });
        }
        parts.join(if zh { "，" } else { ", " })
    };
    let (en, zh) = (text(&Locale::en()), text(&Locale::zh()));
    if en.is_empty() { LocalText::Empty } else { LocalText::new(en, zh) }
}

/// What nobody enters by hand, though an import may bring it.
fn is_kept(def: &FieldDef) -> bool {
    matches!(def.name.as_str(), "created_at" | "updated_at" | "external_id")
}

fn kind(engine: &Engine, ty: &FieldType) -> LocalText {
    match ty {
        FieldType::Bool => LocalText::new("yes or no", "是或否"),
        FieldType::Int => LocalText::new("whole number", "整数"),
        FieldType::Decimal => LocalText::new("number", "数字"),
        FieldType::Money(Some(currency)) => {
            LocalText::new(format!("amount in {currency}"), format!("金额（{currency}）"))
        }
        FieldType::Money(None) => LocalText::new("amount with its currency", "金额（注明币种）"),
        FieldType::Text => LocalText::new("text", "文本"),
        FieldType::Choice => LocalText::new("choice", "选项"),
        FieldType::Date => LocalText::new("date, such as 2026-03-31", "日期，如 2026-03-31"),
        FieldType::Instant => LocalText::new("date and time", "日期与时间"),
        FieldType::Duration => LocalText::new("length of time", "时长"),
        FieldType::Reference(object) => {
            let label = engine.schema().object(object.as_str()).map(|o| o.label.clone()).unwrap_or_default();
            let word = |locale: &Locale| label.get_or(locale, object.as_str()).to_owned();
            let (en, zh) = (word(&Locale::en()), word(&Locale::zh()));
            LocalText::new(format!("reference to {en}"), format!("关联{zh}"))
        }
        FieldType::List(item) => {
            let item = kind(engine, item);
            let word = |locale: &Locale| item.get_or(locale, "").to_owned();
            LocalText::new(
                format!("list, parted by ;: {}", word(&Locale::en())),
                format!("列表，以 ; 分隔：{}", word(&Locale::zh())),
            )
        }
    }
}

impl EntryStandard {
    fn title(&self, locale: &Locale) -> String {
        let object = self.object.get_or(locale, "");
        let mut title = if locale.is_chinese() {
            format!("录入规范：{object}")
        } else {
            format!("Entry standard: {object}")
        };
        if let Some(role) = self.role.get(locale) {
            let _ =
                if locale.is_chinese() { write!(title, "（{role}）") } else { write!(title, " ({role})") };
        }
        title
    }

    /// The page as Markdown in one language.
    #[must_use]
    pub fn to_markdown(&self, locale: &Locale) -> String {
        let w = |en: &'static str, zh: &'static str| if locale.is_chinese() { zh } else { en };
        let mut out = format!("# {}\n", plain(&self.title(locale)));
        if let Some(company) = self.company.get(locale) {
            let _ = writeln!(out, "\n{}", plain(company));
        }
        for section in &self.sections {
            let heading = section.heading.get_or(locale, "");
            let _ = write!(
                out,
                "\n## {}\n\n| {} | {} | {} | {} |\n|---|---|---|---|\n",
                plain(heading),
                w("field", "字段"),
                w("what to enter", "填写内容"),
                w("rules", "规则"),
                w("example", "示例"),
            );
            for field in &section.fields {
                let rules: Vec<String> = field.rules.iter().map(|r| plain(&r.line(locale))).collect();
                let required = if field.required { w(" (required)", "（必填）") } else { "" };
                let mut what = plain(field.kind.get_or(locale, ""));
                if let Some(help) = field.help.get(locale) {
                    let _ = write!(what, "<br>{}", plain(help));
                }
                let _ = writeln!(
                    out,
                    "| **{}**{required} | {what} | {} | {} |",
                    plain(field.label.get_or(locale, field.name.as_str())),
                    rules.join("<br>"),
                    plain(field.example.as_deref().unwrap_or("")),
                );
            }
        }
        if !self.rules.is_empty() {
            let _ = write!(out, "\n## {}\n\n", w("Rules over several fields", "跨字段规则"));
            for rule in &self.rules {
                let _ = writeln!(out, "- {}", plain(&rule.line(locale)));
            }
        }
        out
    }

    /// The page as one self-contained HTML document in English and Chinese, with a switch between them.
    #[must_use]
    pub fn to_html(&self) -> String {
        let locales = [Locale::en(), Locale::zh()];
        let mut body = String::new();
        for locale in &locales {
            let lang = locale.as_str();
            let w = |en: &'static str, zh: &'static str| if locale.is_chinese() { zh } else { en };
            let _ = write!(body, "<main lang=\"{lang}\">\n<h1>{}</h1>\n", escape_html(&self.title(locale)));
            if let Some(company) = self.company.get(locale) {
                let _ = writeln!(body, "<p>{}</p>", escape_html(company));
            }
            for section in &self.sections {
                let _ = write!(
                    body,
                    "<h2>{}</h2>\n<div class=\"wide\"><table>\n<thead><tr><th>{}</th><th>{}</th><th>{}</th><th>{}</th></tr></thead>\n<tbody>\n",
                    escape_html(section.heading.get_or(locale, "")),
                    w("Field", "字段"),
                    w("What to enter", "填写内容"),
                    w("Rules", "规则"),
                    w("Example", "示例"),
                );
                for field in &section.fields {
                    field.html(&mut body, locale);
                }
                body.push_str("</tbody>\n</table></div>\n");
            }
            if !self.rules.is_empty() {
                let _ = write!(body, "<h2>{}</h2>\n<ul>\n", w("Rules over several fields", "跨字段规则"));
                for rule in &self.rules {
                    let _ = writeln!(body, "<li>{}</li>", escape_html(&rule.line(locale)));
                }
                body.push_str("</ul>\n");
            }
            body.push_str("</main>\n");
        }
        let title = escape_html(&self.title(&Locale::en())).into_owned();
        PAGE.replace("{title}", &title).replace("{body}", &body)
    }
}

impl StandardField {
    fn html(&self, body: &mut String, locale: &Locale) {
        let required = match (self.required, locale.is_chinese()) {
            (false, _) => "",
            (true, false) => " <b class=\"required\">required</b>",
            (true, true) => " <b class=\"required\">必填</b>",
        };
        let _ = write!(
            body,
            "<tr><th scope=\"row\">{}{required}</th><td>{}",
            escape_html(self.label.get_or(locale, self.name.as_str())),
            escape_html(self.kind.get_or(locale, "")),
        );
        if let Some(help) = self.help.get(locale) {
            let _ = write!(body, "<p>{}</p>", escape_html(help));
        }
        body.push_str("</td><td>");
        for rule in &self.rules {
            let _ = write!(body, "<p>{}</p>", escape_html(&rule.line(locale)));
        }
        let example =
            self.example.as_deref().map_or_else(String::new, |e| format!("<code>{}</code>", escape_html(e)));
        let _ = writeln!(body, "</td><td>{example}</td></tr>");
    }
}

impl StandardRule {
    fn line(&self, locale: &Locale) -> String {
        let mut line = self.requirement.get_or(locale, &self.id).to_owned();
        if let Some(when) = self.when.get(locale) {
            let _ =
                if locale.is_chinese() { write!(line, "（{when}）") } else { write!(line, " ({when})") };
        }
        if !self.blocks {
            line.push_str(if locale.is_chinese() { "；仅提示" } else { "; advice only" });
        }
        line
    }
}

/// A text in a Markdown table or list: on one line, with what Markdown and HTML would read put out of action.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' | '\r' => out.push(' '),
            '|' | '*' | '_' | '`' | '[' | ']' | '#' | '\\' => {
                out.push('\\');
                out.push(c);
            }
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            c => out.push(c),
        }
    }
    out
}

const PAGE: &str = r#"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
:root { color-scheme: light dark; --line: #8884; --accent: #b3261e; }
body { font: 16px/1.5 system-ui, "Noto Sans SC", "PingFang SC", "Microsoft YaHei", sans-serif; margin: 0 auto; max-width: 72rem; padding: 1rem; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.15rem; margin-top: 2rem; }
.wide { overflow-x: auto; } table { border-collapse: collapse; width: 100%; min-width: 44rem; table-layout: fixed; }
th:nth-child(1) { width: 22%; } th:nth-child(2) { width: 24%; } th:nth-child(4) { width: 20%; }
th, td { border-bottom: 1px solid var(--line); padding: .5rem .75rem; text-align: left; vertical-align: top; }
thead th { font-weight: 600; white-space: nowrap; } tbody th { font-weight: 600; }
td p { margin: 0 0 .25rem; } code { overflow-wrap: anywhere; }
.required { color: var(--accent); font-size: .8rem; font-weight: 600; margin-left: .3rem; }
nav { text-align: right; } nav label { cursor: pointer; margin-left: .75rem; }
main { display: none; }
body:has(#en:checked) main[lang="en"], body:has(#zh:checked) main[lang="zh-CN"] { display: block; }
@media print { nav { display: none; } }
</style>
</head>
<body>
<nav><label><input type="radio" name="lang" id="en" checked> English</label><label><input type="radio" name="lang" id="zh"> 中文</label></nav>
{body}</body>
</html>
"#;
