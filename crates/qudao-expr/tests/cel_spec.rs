//! CEL's own conformance cases, where the data is at hand: `$QUDAO_DATA/cel-spec/*.textproto`.
//!
//! A case applies when it speaks of types that this language has and binds no variables. Cases that the language
//! answers otherwise on purpose are listed with the reason; everything else must agree.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test stops at what it does not expect"
)]

mod textproto;

use std::path::PathBuf;

use qudao_expr::{Env, Program, Scope};
use qudao_model::{Dataset, Decimal, ObjectName, Record, RecordId, Schema, Value};
use textproto::{Field, parse};

const NAN: &str = "decimals know no NaN: a division by zero is an error";
const NULL: &str = "a missing value is unknown, not equal to another";
const EXACT: &str = "decimals are exact, so that the ends of the range are whole numbers";
const REM: &str = "`%` takes decimals too";
const INDEX: &str = "an index outside a list leads to missing";
const SPAN: &str = "spans reach 292,000 years";

/// Cases answered otherwise on purpose, and why.
const ON_PURPOSE: &[(&str, &str)] = &[
    ("comparisons/eq_literal/not_eq_double_nan", NAN),
    ("comparisons/ne_literal/not_ne_double_nan", NAN),
    ("comparisons/ne_literal/ne_double_nan", NAN),
    ("comparisons/eq_literal/eq_list_null", NULL),
    ("comparisons/eq_literal/not_eq_list_null", NULL),
    ("comparisons/eq_literal/not_eq_list_elem_null", NULL),
    ("conversions/int/double_int_max_range", EXACT),
    ("conversions/int/double_int_min_range", EXACT),
    ("fp_math/fp_math/mod_not_support", REM),
    ("lists/index/index_out_of_bounds", INDEX),
    ("timestamps/duration_range/from_string_under", SPAN),
    ("timestamps/duration_range/from_string_over", SPAN),
    ("timestamps/duration_range/add_under", SPAN),
    ("timestamps/duration_range/add_over", SPAN),
    ("timestamps/duration_range/sub_under", SPAN),
    ("timestamps/duration_range/sub_over", SPAN),
];

enum Expected {
    Value(Value),
    Error,
}

fn value_of(fields: &[Field]) -> Option<Value> {
    let [field] = fields else { return None };
    Some(match field.name.as_str() {
        "bool_value" => Value::Bool(field.word()? == "true"),
        "int64_value" => Value::Int(field.word()?.parse().ok()?),
        "string_value" => Value::text(field.text()?),
        "double_value" => Value::Decimal(
            field
                .word()?
                .parse()
                .or_else(|_| Decimal::from_scientific(field.word().unwrap_or_default()))
                .ok()?,
        ),
        "list_value" => {
            let items: Option<Vec<Value>> = field
                .fields()?
                .iter()
                .filter(|f| f.name == "values")
                .map(|f| value_of(f.fields()?))
                .collect();
            Value::list(items?)
        }
        _ => return None,
    })
}

/// Equal as values, with whole decimals equal to whole numbers.
fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::List(x), Value::List(y)) => {
            x.len() == y.len() && x.iter().zip(y.iter()).all(|(a, b)| same(a, b))
        }
        (Value::Int(_) | Value::Decimal(_), Value::Int(_) | Value::Decimal(_)) => {
            a.as_decimal() == b.as_decimal()
        }
        _ => a == b,
    }
}

fn ours(text: &str) -> Option<Result<Value, String>> {
    let schema = Schema::standard("CNY");
    let object = ObjectName::new("campaign").unwrap();
    let record = Record::new(schema.object("campaign").unwrap().clone(), RecordId::new("c").unwrap());
    let program = Program::compile(text, &Env::record(&schema, &object)).ok()?;
    let data = Dataset::new();
    let scope =
        Scope { record: &record, before: None, data: &data, now: None, zone: chrono_tz::UTC, vars: &[] };
    Some(program.eval(&scope).map_err(|e| e.code().to_owned()))
}

#[test]
fn conformance_cases() {
    let Some(folder) = std::env::var_os("QUDAO_DATA").map(|d| PathBuf::from(d).join("cel-spec")) else {
        println!("cel-spec: skipped, QUDAO_DATA is not set");
        return;
    };
    let Ok(entries) = std::fs::read_dir(&folder) else {
        println!("cel-spec: skipped, there is no data");
        return;
    };
    let mut files: Vec<PathBuf> = entries
        .flatten()
        .map(|e| e.path())
        .filter(|p| p.extension().is_some_and(|e| e == "textproto"))
        .collect();
    files.sort();
    let (mut all, mut applied, mut passed, mut on_purpose) = (0, 0, 0, 0);
    let mut wrong = Vec::new();
    for path in files {
        let stem = path.file_stem().unwrap().to_string_lossy().into_owned();
        let file = parse(&std::fs::read_to_string(&path).unwrap());
        for section in file.iter().filter(|f| f.name == "section") {
            let section = section.fields().unwrap();
            let title = textproto::text(section, "name").unwrap_or_default();
            for case in section.iter().filter(|f| f.name == "test") {
                all += 1;
                let case = case.fields().unwrap();
                if case.iter().any(|f| matches!(f.name.as_str(), "bindings" | "type_env" | "container")) {
                    continue;
                }
                let (Some(expr), Some(name)) = (textproto::text(case, "expr"), textproto::text(case, "name"))
                else {
                    continue;
                };
                let expected = match (textproto::find(case, "value"), textproto::find(case, "eval_error")) {
                    (Some(value), _) => match value.fields().and_then(value_of) {
                        Some(value) => Expected::Value(value),
                        None => continue,
                    },
                    (None, Some(_)) => Expected::Error,
                    // A case without an expectation wants true.
                    (None, None) => Expected::Value(Value::Bool(true)),
                };
                let Some(found) = ours(&expr) else { continue };
                applied += 1;
                let id = format!("{stem}/{title}/{name}");
                let agrees = match (&expected, &found) {
                    (Expected::Value(expected), Ok(found)) => same(expected, found),
                    (Expected::Error, Err(_)) => true,
                    _ => false,
                };
                if agrees {
                    passed += 1;
                } else if ON_PURPOSE.iter().any(|(which, _)| id == *which) {
                    on_purpose += 1;
                } else {
                    let expected = match expected {
                        Expected::Value(v) => format!("{v:?}"),
                        Expected::Error => "an error".to_owned(),
                    };
                    wrong.push(format!("{id}: {expr}\n    expected {expected}\n    found    {found:?}"));
                }
            }
        }
    }
    println!(
        "cel-spec: {all} cases, {applied} apply, {passed} pass, {on_purpose} answered otherwise on purpose"
    );
    assert!(wrong.is_empty(), "{} cases\n{}", wrong.len(), wrong.join("\n"));
    assert!(passed > 300, "only {passed} cases pass");
    assert_eq!(on_purpose, ON_PURPOSE.len(), "a listed case no longer differs");
}
