//! The Rust structs of the standard objects, written from `objects.yaml`.

use std::fmt::Write as _;

use qudao_model::{FieldSpec, Fields, LocalText, Locale, TypeName, standard_objects};

/// The text of `qudao-model/src/objects.rs`.
#[must_use]
pub fn objects_rs() -> String {
    let standard = standard_objects();
    let mut out = String::from(
        "//! The standard objects as structs. Made from `objects.yaml` by `cargo xtask docs`; do not edit.\n\n\
         use chrono::NaiveDate;\nuse rust_decimal::Decimal;\n\n\
         use crate::typed::typed_object;\nuse crate::{Instant, Money, RecordId, Value};\n",
    );
    let text = FieldSpec { type_name: Some(TypeName::Choice), ..FieldSpec::default() };
    for (name, object) in &standard.objects {
        let _ = write!(
            out,
            "\ntyped_object! {{\n    /// {}.\n    {} = \"{name}\" {{\n",
            words(&object.label, name.as_str()),
            pascal(name.as_str())
        );
        if !object.types.is_empty() {
            field(&mut out, "type", &FieldSpec { label: LocalText::new("Type", "类型"), ..text.clone() });
        }
        let mut groups: Vec<&Fields> = vec![&object.fields, &standard.common];
        if object.staged {
            groups.push(&standard.staged);
        }
        for (name, spec) in groups.into_iter().flat_map(|f| &f.0) {
            field(&mut out, name.as_str(), spec);
        }
        out.push_str("    }\n}\n");
    }
    out
}

fn field(out: &mut String, name: &str, spec: &FieldSpec) {
    let ty = match spec.type_name {
        Some(TypeName::Bool) => "bool",
        Some(TypeName::Int) => "i64",
        Some(TypeName::Decimal) => "Decimal",
        Some(TypeName::Money) => "Money",
        Some(TypeName::Text | TypeName::Choice) | None => "String",
        Some(TypeName::Date) => "NaiveDate",
        Some(TypeName::Instant) => "Instant",
        Some(TypeName::Duration) => "Span",
        Some(TypeName::Reference) => "RecordId",
        Some(TypeName::List) => "Vec<Value>",
    };
    let rust_name = if name == "type" { "r#type" } else { name };
    let _ =
        write!(out, "        /// {}.\n        {rust_name} / \"{name}\": {ty},\n", words(&spec.label, name));
}

fn words(label: &LocalText, fallback: &str) -> String {
    let en = label.get_or(&Locale::en(), fallback);
    let zh = label.get_or(&Locale::zh(), fallback);
    if en == zh { en.to_owned() } else { format!("{en} ({zh})") }
}

fn pascal(name: &str) -> String {
    name.split('_')
        .map(|part| {
            let mut chars = part.chars();
            chars.next().map_or_else(String::new, |c| c.to_ascii_uppercase().to_string() + chars.as_str())
        })
        .collect()
}
