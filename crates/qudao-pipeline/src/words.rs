//! Texts made of the company's own words.

use std::collections::BTreeSet;

use qudao_model::{FieldName, FieldType, LocalText, Locale, Schema};

/// Several texts in one, in every locale that one of them has: "a, b" and "甲、乙".
pub(crate) fn join<'a>(texts: impl IntoIterator<Item = &'a LocalText>) -> LocalText {
    let texts: Vec<&LocalText> = texts.into_iter().collect();
    let mut tags = BTreeSet::from(["en".to_owned(), "zh-CN".to_owned()]);
    for text in &texts {
        if let LocalText::PerLocale(map) = text {
            tags.extend(map.keys().cloned());
        }
    }
    let all = tags.into_iter().map(|tag| {
        let locale = Locale::new(tag.as_str());
        let words: Vec<&str> = texts.iter().filter_map(|t| t.get(&locale)).collect();
        let joined = words.join(if locale.is_chinese() { "、" } else { ", " });
        (tag, joined)
    });
    LocalText::PerLocale(all.collect())
}

/// The words for a path such as `account.type`: the label of its last field. A path that is none of the
/// schema's stays as it is.
pub(crate) fn path_label(schema: &Schema, object: &str, path: &str) -> LocalText {
    let mut object = schema.object(object);
    let mut label = None;
    for part in path.split('.') {
        let Some(field) = object.and_then(|o| o.field(part)) else { return LocalText::from(path) };
        label = Some(field.label());
        object = match &field.ty {
            FieldType::Reference(target) => schema.object(target.as_str()),
            _ => None,
        };
    }
    label.unwrap_or_else(|| LocalText::from(path))
}

/// The field of the record itself with which a path begins.
pub(crate) fn root_field(schema: &Schema, object: &str, path: &str) -> Option<FieldName> {
    let first = path.split('.').next()?;
    schema.object(object)?.field(first).map(|f| f.name.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn joins_in_every_locale() {
        let text = join([&LocalText::new("Amount", "金额"), &LocalText::from("x")]);
        assert_eq!(text.get(&Locale::en()), Some("Amount, x"));
        assert_eq!(text.get(&Locale::zh()), Some("金额、x"));
    }

    #[test]
    fn paths_have_words() {
        let schema = Schema::standard("CNY");
        let word = |path| path_label(&schema, "opportunity", path).get(&Locale::zh()).unwrap().to_owned();
        assert_eq!(word("amount"), "预计金额");
        assert_eq!(word("account.industry"), "行业");
        assert_eq!(word("c.role"), "c.role");
        assert_eq!(root_field(&schema, "opportunity", "account.industry").unwrap(), "account");
        assert_eq!(root_field(&schema, "opportunity", "c.role"), None);
    }
}
