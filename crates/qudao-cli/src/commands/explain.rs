//! `qudao explain`.

use qudao::model::LocalText;
use qudao::model::codes;
use qudao::prelude::{Engine, Locale, Record, RuleId};
use qudao::{Blueprint, Error};
use serde_json::{Value as Json, json};

use crate::args::ExplainArgs;
use crate::commands::dedupe::{Compared, open};
use crate::console::Console;
use crate::exit;
use crate::fault::Fault;
use crate::format::{Grid, clip, percent};

/// Explains a term or a pair.
pub(crate) fn run(args: &ExplainArgs, console: &mut Console<'_>) -> Result<u8, Fault> {
    match (&args.term, args.pair.as_slice()) {
        (Some(term), _) => explain_term(term, args, console),
        (None, [left, right]) => pair(*left, *right, args, console),
        _ => Err(Fault::Usage("name a code, a rule, a metric, or --pair LEFT RIGHT".to_owned())),
    }
}

fn explain_term(term: &str, args: &ExplainArgs, console: &mut Console<'_>) -> Result<u8, Fault> {
    let engine = match &args.blueprint {
        Some(path) => Some(Blueprint::from_file(path)?.compile()?),
        None => None,
    };
    let locale = console.locale.clone();
    let mut found: Vec<Json> = Vec::new();
    if term == "exit-codes" {
        for (code, en, zh) in exit::ALL {
            found.push(json!({"kind": "exit", "id": code.to_string(), "text": if locale.is_chinese() { zh } else { en }}));
        }
    }
    if let Some(info) = codes::lookup(term) {
        let zh = locale.is_chinese();
        found.push(json!({
            "kind": "code", "id": info.code,
            "text": if zh { info.zh } else { info.en },
            "fix": if zh { info.fix_zh } else { info.fix_en },
        }));
    }
    found.extend(metric(term, engine.as_ref(), &locale));
    if let Some(engine) = &engine {
        found.extend(rules(term, engine, &locale));
    }
    if found.is_empty() {
        return Err(Fault::Usage(nothing(term, engine.as_ref(), &locale)));
    }
    if console.json {
        console.document(&json!({"ok": true, "found": found}))?;
        return Ok(exit::OK);
    }
    for item in &found {
        let text = |key: &str| item.get(key).and_then(Json::as_str).unwrap_or_default();
        console.line(format!("{} ({}): {}", text("id"), text("kind"), text("text")))?;
        for (key, value) in item.as_object().into_iter().flatten() {
            if matches!(key.as_str(), "id" | "kind" | "text") || value.as_str() == Some("") || value.is_null()
            {
                continue;
            }
            let shown = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            console.line(format!("  {key}: {shown}"))?;
        }
    }
    Ok(exit::OK)
}

fn nothing(term: &str, engine: Option<&Engine>, locale: &Locale) -> String {
    let all = codes::all();
    let mut words: Vec<String> = all.iter().map(|c| c.code.to_owned()).collect();
    words.extend(qudao::metrics::catalogue().iter().map(|m| m.id.to_string()));
    if let Some(engine) = engine {
        words.extend(rule_ids(engine));
    }
    let near = qudao::text::did_you_mean(term, words.iter().map(String::as_str));
    let zh = locale.is_chinese();
    let mut text = if zh {
        format!("没有名为 {term} 的代码、规则或指标")
    } else {
        format!("there is no code, rule or metric {term}")
    };
    if let Some(near) = near {
        text.push_str(&if zh {
            format!("（是否指 {near}？）")
        } else {
            format!(" (did you mean {near}?)")
        });
    }
    if engine.is_none() {
        text.push_str(if zh {
            "；蓝图中的规则请加 --blueprint"
        } else {
            "; for a Blueprint's rules give --blueprint"
        });
    }
    text
}

fn metric(term: &str, engine: Option<&Engine>, locale: &Locale) -> Option<Json> {
    if let Some(info) = engine.into_iter().flat_map(|e| e.metrics().list()).find(|m| m.id == *term) {
        return Some(json!({
            "kind": "metric", "id": term,
            "text": info.label.get_or(locale, term),
            "definition": info.description.get_or(locale, ""),
            "unit": info.unit.as_str(), "basis": info.basis.as_str(),
            "built_in": info.built_in,
        }));
    }
    let entry = qudao::metrics::catalogue().into_iter().find(|m| m.id == *term)?;
    Some(json!({
        "kind": "metric", "id": term,
        "text": entry.spec.label.get_or(locale, term),
        "definition": entry.definition.get_or(locale, ""),
        "numerator": entry.numerator.get_or(locale, ""),
        "denominator": entry.denominator.get_or(locale, ""),
        "source": entry.source.get_or(locale, ""),
        "unit": entry.unit.as_str(), "basis": entry.basis.as_str(),
    }))
}

/// Every rule id of a Blueprint.
fn rule_ids(engine: &Engine) -> Vec<String> {
    let mut ids: Vec<String> = engine
        .schema()
        .objects()
        .flat_map(|o| engine.quality().rules(&o.name))
        .map(|r| r.id().to_string())
        .collect();
    ids.extend(engine.pipeline().grantable_rules().into_iter().map(ToString::to_string));
    ids.extend(engine.matching().rules().map(|r| r.id().to_string()));
    ids.extend(engine.matching().duplicates().iter().map(|r| r.id().to_string()));
    ids
}

fn rules(term: &str, engine: &Engine, locale: &Locale) -> Vec<Json> {
    let mut found = Vec::new();
    let own = |text: &LocalText| text.get(locale).unwrap_or_default().to_owned();
    let position =
        |path: &str| engine.blueprint().document().and_then(|d| d.position(path)).map(|p| p.to_string());
    if let Ok(id) = RuleId::new(term)
        && let Some(rule) = engine.quality().rule(&id)
    {
        let declared = engine.schema().object(rule.object().as_str()).cloned();
        let labels: Vec<String> = rule
            .fields()
            .iter()
            .map(|f| {
                let label = declared.as_ref().and_then(|o| o.field(f.as_str())).map(|d| d.label());
                label.map_or_else(|| f.to_string(), |l| l.get_or(locale, f.as_str()).to_owned())
            })
            .collect();
        found.push(json!({
            "kind": "rule", "id": term,
            "text": format!("{} · {} · {}", rule.object(), rule.kind(), labels.join(", ")),
            "severity": rule.severity(),
            "message": own(rule.message()),
            "declared_by_field": rule.is_declared(),
            "path": rule.path(), "at": position(rule.path()),
        }));
    }
    for process in engine.pipeline().processes() {
        for stage in process.stages() {
            for criterion in stage.entry().iter().chain(stage.exit()) {
                if criterion.rule().as_str() == term {
                    found.push(json!({
                        "kind": "criterion", "id": term,
                        "text": own(criterion.message()),
                        "process": process.label().get_or(locale, process.id().as_str()),
                        "stage": stage.label().get_or(locale, stage.id().as_str()),
                        "side": criterion.side().as_str(),
                        "required": criterion.is_required(),
                    }));
                }
            }
        }
    }
    if let Ok(id) = RuleId::new(term)
        && let Some(rule) = engine.matching().rule(&id)
    {
        let fields: Vec<String> = rule.fields().map(|(f, c)| format!("{f}: {c}")).collect();
        let keys: Vec<&str> = rule.key_texts().collect();
        found.push(json!({
            "kind": "matching", "id": term, "text": rule.object(),
            "compare": fields.join(", "), "block": keys.join(" | "),
            "match": rule.match_threshold().to_string(), "review": rule.review_threshold().to_string(),
        }));
    }
    for rule in engine.matching().duplicates().iter().filter(|r| r.id().as_str() == term) {
        use qudao::prelude::Operation as Op;
        let action = |op| rule.action(op).as_str();
        found.push(json!({
            "kind": "duplicates", "id": term, "text": rule.object(), "using": rule.using(),
            "insert": action(Op::Insert), "update": action(Op::Update), "import": action(Op::Import),
        }));
    }
    found
}

/// Why two rows are taken for the same, or not.
fn pair(left: usize, right: usize, args: &ExplainArgs, console: &mut Console<'_>) -> Result<u8, Fault> {
    let file = args.file.as_ref().ok_or_else(|| Fault::Usage("--pair needs --file".to_owned()))?;
    let (_, compared) = open(args.blueprint.as_deref(), args.object.as_deref(), file, None)?;
    let records: &[Record] = match &compared {
        Compared::Known { records, .. } | Compared::Guessed { records, .. } => records,
    };
    let row = |n: usize| {
        records.get(n).ok_or_else(|| {
            Fault::Usage(format!(
                "--pair: there is no row {n}; rows are 0 to {}",
                records.len().saturating_sub(1)
            ))
        })
    };
    let (a, b) = (row(left)?, row(right)?);
    let (rule, score) = match &compared {
        Compared::Known { engine, object, .. } => {
            let rule = engine.matching_rule(object)?;
            let score = engine.explain_pair(&rule, a, b)?;
            (rule, score)
        }
        Compared::Guessed { matching, .. } => {
            let score = matching.matching.compare(&matching.rule, a, b).map_err(Error::from)?;
            (matching.rule.clone(), score)
        }
    };
    if console.json {
        console.document(&json!({"ok": true, "rule": rule, "left": left, "right": right, "score": score}))?;
        return Ok(exit::OK);
    }
    let locale = console.locale.clone();
    let w = |en, zh| crate::words::word(&locale, en, zh);
    let mut grid = Grid::new(&[
        w("field", "字段"),
        w("left", "左"),
        w("right", "右"),
        w("level", "等级"),
        w(">bits", ">比特"),
        w(">total", ">累计"),
    ]);
    for e in &score.evidence {
        let shown = |v: &Option<String>| clip(v.as_deref().unwrap_or("–"), 36);
        grid.row(vec![
            e.field.to_string(),
            shown(&e.left),
            shown(&e.right),
            e.level.clone(),
            e.weight.to_string(),
            e.total.to_string(),
        ]);
    }
    for line in grid.lines() {
        console.line(line)?;
    }
    let p = percent(score.probability);
    console.line(format!("{rule}: {} {p}", w("probability that both are the same:", "两者相同的概率：")))?;
    if let Some(field) = &score.veto {
        console.line(format!(
            "{field}: {}",
            w("both are valid and different: never the same", "两者均有效但不同：绝不视为相同")
        ))?;
    }
    if score.related {
        console.line(w("a company and its branch: related, not merged", "公司与其分支机构：相关但不合并"))?;
    }
    Ok(exit::OK)
}
