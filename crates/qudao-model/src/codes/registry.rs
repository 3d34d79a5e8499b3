//! Look-up and rendering of codes.

use crate::{Locale, Params};

/// What a code means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CodeInfo {
    /// The code, such as `field.required`.
    pub code: &'static str,
    /// The English text. `{name}` stands for a parameter.
    pub en: &'static str,
    /// The Chinese text.
    pub zh: &'static str,
    /// What would fix it, in English; empty where nothing general can be said.
    pub fix_en: &'static str,
    /// What would fix it, in Chinese.
    pub fix_zh: &'static str,
}

/// Every code, sorted.
#[must_use]
pub fn all() -> Vec<CodeInfo> {
    let mut codes: Vec<CodeInfo> = [
        super::blueprint::CODES,
        super::engine::CODES,
        super::expr::CODES,
        super::matching::CODES,
        super::merge::CODES,
        super::metrics::CODES,
        super::pipeline::CODES,
        super::quality::CODES,
        super::store::CODES,
        super::text::CODES,
        super::value::CODES,
    ]
    .concat();
    codes.sort_by_key(|c| c.code);
    codes
}

/// What a code means, or `None` for an unknown one.
#[must_use]
pub fn lookup(code: &str) -> Option<&'static CodeInfo> {
    use std::sync::OnceLock;
    static SORTED: OnceLock<Vec<CodeInfo>> = OnceLock::new();
    let codes = SORTED.get_or_init(all);
    codes.binary_search_by(|c| c.code.cmp(code)).ok().and_then(|i| codes.get(i))
}

/// The text of a code in a locale. An unknown code renders as itself.
#[must_use]
pub fn render(code: &str, params: &Params, locale: &Locale) -> String {
    lookup(code).map_or_else(
        || code.to_owned(),
        |info| fill(if locale.is_chinese() { info.zh } else { info.en }, params, locale),
    )
}

/// What would fix a finding, in a locale; `None` where nothing general can be said.
#[must_use]
pub fn render_fix(code: &str, params: &Params, locale: &Locale) -> Option<String> {
    let info = lookup(code)?;
    let template = if locale.is_chinese() { info.fix_zh } else { info.fix_en };
    (!template.is_empty()).then(|| fill(template, params, locale))
}

/// Puts parameters into a template. A parameter that is not given shows as `…`.
pub(crate) fn fill(template: &str, params: &Params, locale: &Locale) -> String {
    let mut out = String::with_capacity(template.len() + 16);
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let Some((name, tail)) = after.split_once('}') else {
            out.push('{');
            rest = after;
            continue;
        };
        match params.get(name) {
            Some(param) => out.push_str(&param.text(locale)),
            None => out.push('…'),
        }
        rest = tail;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Param;

    #[test]
    fn codes_are_unique_and_have_both_languages() {
        let codes = all();
        for pair in codes.windows(2) {
            assert_ne!(pair[0].code, pair[1].code, "code registered twice");
        }
        for c in &codes {
            assert!(c.code.contains('.') || c.code == "now_required", "{} is not dotted", c.code);
            assert!(!c.en.is_empty() && !c.zh.is_empty(), "{} lacks a text", c.code);
            assert_eq!(c.fix_en.is_empty(), c.fix_zh.is_empty(), "{}: fix in one language only", c.code);
            let names = |t: &str| {
                let mut v: Vec<String> = t
                    .split('{')
                    .skip(1)
                    .filter_map(|p| p.split_once('}').map(|(n, _)| n.to_owned()))
                    .collect();
                v.sort();
                v.dedup();
                v
            };
            assert_eq!(names(c.en), names(c.zh), "{}: languages use other parameters", c.code);
        }
    }

    #[test]
    fn fills_parameters() {
        let params = Params::from([("field".to_owned(), Param::from("phone"))]);
        assert_eq!(fill("{field} is missing, {other}", &params, &Locale::en()), "phone is missing, …");
        assert_eq!(fill("open { brace", &params, &Locale::en()), "open { brace");
    }
}
