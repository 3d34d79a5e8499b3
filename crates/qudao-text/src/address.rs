//! Addresses at a first level: folded words, and the Chinese divisions at the beginning.

use serde::{Deserialize, Serialize};

use crate::MAX_INPUT;
use crate::Normalised;
use crate::fold::{display, fold, fold_tokens, is_han};
use crate::region::{self, Level, Region};

/// Street words: as written, as folded.
const STREET: &[(&str, &str)] = &[
    ("street", "st"),
    ("str", "st"),
    ("road", "rd"),
    ("avenue", "ave"),
    ("av", "ave"),
    ("boulevard", "blvd"),
    ("drive", "dr"),
    ("lane", "ln"),
    ("court", "ct"),
    ("place", "pl"),
    ("square", "sq"),
    ("highway", "hwy"),
    ("parkway", "pkwy"),
    ("suite", "ste"),
    ("apartment", "apt"),
    ("building", "bldg"),
    ("floor", "fl"),
    ("room", "rm"),
    ("north", "n"),
    ("south", "s"),
    ("east", "e"),
    ("west", "w"),
    ("number", "no"),
    ("centre", "center"),
    ("strasse", "st"),
];

/// An address.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct Address {
    /// The whole address, folded.
    pub folded: String,
    /// Its words; street words in short form, Chinese without divisions as one word.
    pub tokens: Vec<String>,
    /// The province, short name: 广东.
    pub province: Option<String>,
    /// The prefecture, short name: 深圳. A municipality (北京) is its own.
    pub city: Option<String>,
    /// The district or county, full name: 南山区.
    pub district: Option<String>,
    /// The code of GB/T 2260 of the smallest division found.
    pub division: Option<String>,
    /// What follows the divisions: street, number, building.
    pub rest: String,
}

/// Takes an address apart: the Chinese province, city and district at its beginning, missing upper levels
/// completed from the tables. An address of more than 4,096 bytes is folded only.
///
/// ```
/// let a = qudao_text::parse_address("广东省深圳市南山区科技园路1号");
/// assert_eq!(a.province.as_deref(), Some("广东"));
/// assert_eq!(a.city.as_deref(), Some("深圳"));
/// assert_eq!(a.district.as_deref(), Some("南山区"));
/// assert_eq!(a.rest, "科技园路1号");
/// ```
#[must_use]
pub fn parse_address(input: &str) -> Address {
    let folded = fold(input);
    let mut out = Address::default();
    if folded.len() > MAX_INPUT {
        out.rest.clone_from(&folded);
        out.folded = folded;
        return out;
    }
    let chinese = folded.chars().any(is_han);
    if chinese {
        divisions(&folded, &mut out);
        out.tokens = [&out.province, &out.city, &out.district].into_iter().flatten().cloned().collect();
        out.tokens.dedup();
        out.tokens.extend(fold_tokens(&out.rest));
    } else {
        out.rest.clone_from(&folded);
        out.tokens = fold_tokens(&folded)
            .into_iter()
            .map(|word| {
                STREET.iter().find(|(long, _)| *long == word).map_or(word, |(_, short)| (*short).to_owned())
            })
            .collect();
    }
    out.folded = folded;
    out
}

/// Cleans an address for display: width and spaces.
#[must_use]
pub fn normalise_address(input: &str) -> Normalised {
    Normalised::new(input, display(input))
}

fn divisions(folded: &str, out: &mut Address) {
    let closed: String = {
        let chars: Vec<char> = folded.chars().collect();
        let han = |c: Option<&char>| c.is_some_and(|c| is_han(*c));
        chars
            .iter()
            .enumerate()
            .filter(|(i, c)| {
                let before = i.checked_sub(1).and_then(|i| chars.get(i));
                **c != ' ' || !(han(before) || han(chars.get(i.saturating_add(1))))
            })
            .map(|(_, c)| *c)
            .collect()
    };
    let mut rest = closed.as_str();
    for country in ["中华人民共和国", "中国"] {
        rest = rest.strip_prefix(country).unwrap_or(rest);
    }
    // A postal code in front.
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    if digits == 6 {
        rest = rest.get(6..).unwrap_or(rest);
    }
    rest = rest.trim_start_matches([',', ' ', '-', '/']);
    let mut found: Option<&'static Region> = None;
    while let Some((next, length)) = region::prefix(rest, found).filter(|(r, _)| r.level > Level::Country) {
        // 上海路 in another city is a street: a bare name counts only before something that is no street word.
        let head = rest.get(..length).unwrap_or_default();
        let tail = rest.get(length..).unwrap_or_default();
        if head != next.name && tail.starts_with(['路', '街', '道', '巷', '弄', '里', '大']) {
            break;
        }
        found = Some(next);
        rest = tail.trim_start_matches([',', ' ', '-', '/']);
        if next.level == Level::District {
            break;
        }
        // 北京市北京市朝阳区 and 上海市市辖区.
        if next.level == Level::Province {
            if let Some(again) = rest.strip_prefix(next.name) {
                rest = again;
            }
            rest = rest.strip_prefix("市辖区").unwrap_or(rest);
        }
    }
    out.rest = rest.trim().to_owned();
    let Some(smallest) = found else { return };
    out.division = Some(smallest.code.to_owned());
    let province = smallest.code.get(..2).and_then(|p| region::by_code(&format!("{p}0000")));
    out.province = province.map(|p| p.short.to_owned());
    let municipality = province.is_some_and(|p| matches!(p.code, "110000" | "120000" | "310000" | "500000"));
    if municipality {
        out.city.clone_from(&out.province);
    } else if smallest.level == Level::City {
        out.city = Some(smallest.short.to_owned());
    } else if smallest.level == Level::District {
        let city = smallest.code.get(..4).map(|c| format!("{c}00"));
        out.city = city
            .and_then(|c| region::by_code(&c))
            .filter(|c| c.level == Level::City)
            .map(|c| c.short.to_owned());
    }
    if smallest.level == Level::District {
        out.district = Some(smallest.name.to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(feature = "chinese-conversion")]
    #[test]
    fn chinese() {
        for (input, province, city, district, rest) in [
            ("广东省深圳市南山区科技园路1号", "广东", "深圳", "南山区", "科技园路1号"),
            ("廣東省深圳市南山區科技園路1號", "广东", "深圳", "南山区", "科技园路1号"),
            ("深圳市南山区科技园路1号", "广东", "深圳", "南山区", "科技园路1号"),
            ("深圳南山区科技园路１号", "广东", "深圳", "南山区", "科技园路1号"),
            ("广东 深圳 南山区 科技园路1号", "广东", "深圳", "南山区", "科技园路1号"),
            ("中国广东省深圳市", "广东", "深圳", "", ""),
            ("中华人民共和国北京市朝阳区建国路88号", "北京", "北京", "朝阳区", "建国路88号"),
            ("北京市朝阳区建国路88号", "北京", "北京", "朝阳区", "建国路88号"),
            ("北京市北京市朝阳区", "北京", "北京", "朝阳区", ""),
            ("上海市浦东新区世纪大道100号", "上海", "上海", "浦东新区", "世纪大道100号"),
            ("江苏省昆山市前进路1号", "江苏", "苏州", "昆山市", "前进路1号"),
            ("江苏省苏州市昆山市前进路1号", "江苏", "苏州", "昆山市", "前进路1号"),
            ("内蒙古自治区呼和浩特市赛罕区", "内蒙古", "呼和浩特", "赛罕区", ""),
            ("广西壮族自治区南宁市青秀区民族大道", "广西", "南宁", "青秀区", "民族大道"),
            ("518057 广东省深圳市南山区", "广东", "深圳", "南山区", ""),
            ("重庆市渝北区", "重庆", "重庆", "渝北区", ""),
            ("辽宁省朝阳市双塔区", "辽宁", "朝阳", "双塔区", ""),
            ("海南省三亚市", "海南", "三亚", "", ""),
            ("南京路100号", "", "", "", "南京路100号"),
            ("科技园路1号", "", "", "", "科技园路1号"),
            ("香港特别行政区中环", "香港", "", "", "中环"),
        ] {
            let a = parse_address(input);
            let part = |p: &Option<String>| p.clone().unwrap_or_default();
            assert_eq!(
                (
                    part(&a.province).as_str(),
                    part(&a.city).as_str(),
                    part(&a.district).as_str(),
                    a.rest.as_str()
                ),
                (province, city, district, rest),
                "{input}"
            );
        }
        assert_eq!(parse_address("深圳市南山区科技园").division.as_deref(), Some("440305"));
    }

    #[test]
    fn english() {
        for (input, tokens) in [
            ("757 William Pass Apt. 782", "757 william pass apt 782"),
            ("757 William Pass, Apartment 782", "757 william pass apt 782"),
            ("1 North Main Street, Suite 5", "1 n main st ste 5"),
            ("12 Rue de l'Église", "12 rue de leglise"),
        ] {
            assert_eq!(parse_address(input).tokens.join(" "), tokens, "{input}");
        }
    }

    #[test]
    fn display_form() {
        assert_eq!(normalise_address("  深圳市　南山区１号 ").value, "深圳市 南山区1号");
        assert_eq!(parse_address(&"路".repeat(1_000_000)).tokens.len(), 0);
    }
}
