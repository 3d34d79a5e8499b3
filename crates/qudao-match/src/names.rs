//! What a column holds, told by its name in English or Chinese.

use qudao_text::fold;
use qudao_text::list::{List, listed};

use crate::kind::FieldKind;

/// Words by which a name is recognised, most telling first. A name fits when it is the word, or when its words hold
/// the word as a whole (Latin) or anywhere (Chinese). Written by hand.
const WORDS: &[(FieldKind, &[&str])] = &[
    (
        FieldKind::TaxId,
        &[
            "tax id",
            "taxid",
            "tax number",
            "vat",
            "vat id",
            "uscc",
            "统一社会信用代码",
            "信用代码",
            "税号",
            "纳税人识别号",
            "ssn",
            "social security",
            "social security number",
            "soc sec id",
            "national id",
            "national insurance",
            "身份证",
            "证件号码",
        ],
    ),
    (FieldKind::Email, &["email", "e mail", "mail", "邮箱", "电子邮件", "邮件"]),
    (
        FieldKind::Phone,
        &["phone", "telephone", "tel", "mobile", "cell", "fax", "电话", "手机", "联系方式", "传真", "座机"],
    ),
    (
        FieldKind::Website,
        &["website", "web site", "url", "web", "domain", "homepage", "网址", "网站", "域名", "官网", "主页"],
    ),
    (
        FieldKind::Postcode,
        &["zip", "zipcode", "zip code", "postcode", "post code", "postal code", "postal", "邮编", "邮政编码"],
    ),
    (
        FieldKind::GivenName,
        &["first name", "firstname", "given name", "givenname", "forename", "given", "名字"],
    ),
    (
        FieldKind::FamilyName,
        &["last name", "lastname", "surname", "family name", "familyname", "family", "姓氏", "姓"],
    ),
    (
        FieldKind::Company,
        &[
            "company",
            "company name",
            "organisation",
            "organization",
            "org",
            "account name",
            "customer name",
            "partner name",
            "vendor name",
            "supplier name",
            "site name",
            "business name",
            "firm",
            "employer",
            "公司",
            "企业",
            "单位",
            "客户名称",
            "客户名",
            "经销商名称",
            "供应商名称",
            "厂商名称",
        ],
    ),
    (
        FieldKind::Person,
        &["full name", "contact name", "contact", "person", "person name", "姓名", "联系人", "负责人"],
    ),
    (
        FieldKind::BirthDate,
        &["dob", "birth date", "birthdate", "date of birth", "birthday", "出生日期", "生日"],
    ),
    (FieldKind::Country, &["country", "nation", "国家", "国别"]),
    (FieldKind::Region, &["region", "state", "province", "county", "大区", "省份", "省", "地区", "区域"]),
    (FieldKind::City, &["city", "town", "suburb", "locality", "municipality", "城市", "市"]),
    (FieldKind::Address, &["address", "addr", "street", "street address", "地址", "住址", "街道"]),
    (
        FieldKind::Category,
        &[
            "industry",
            "sector",
            "type",
            "kind",
            "category",
            "status",
            "gender",
            "sex",
            "department",
            "source",
            "行业",
            "类型",
            "类别",
            "状态",
            "性别",
            "部门",
            "来源",
        ],
    ),
    (FieldKind::Name, &["name", "title", "名称", "名"]),
    (FieldKind::Date, &["date", "日期", "时间"]),
    (
        FieldKind::Id,
        &["id", "uid", "uuid", "guid", "key", "no", "code", "number", "编号", "序号", "主键", "编码"],
    ),
];

/// A column's name as words: `FirstName`, `first_name` and `First name` are one.
pub(crate) fn words_of(name: &str) -> String {
    let mut spaced = String::with_capacity(name.len() + 8);
    let mut before: Option<char> = None;
    for c in name.chars().take(200) {
        if c.is_uppercase() && before.is_some_and(char::is_lowercase) {
            spaced.push(' ');
        }
        spaced.push(if c.is_alphanumeric() { c } else { ' ' });
        before = Some(c);
    }
    fold(&spaced)
}

/// What the name says; `None` when it says nothing.
pub(crate) fn kind_by_name(name: &str) -> Option<FieldKind> {
    let words = words_of(name);
    if words.is_empty() {
        return None;
    }
    let exact = listed(List::ColumnNames, WORDS).iter().find(|(_, list)| list.contains(&words.as_str()));
    if let Some((kind, _)) = exact {
        return Some(*kind);
    }
    let padded = format!(" {words} ");
    let holds = |word: &str| {
        if word.is_ascii() {
            padded.contains(&format!(" {word} "))
        } else {
            // A single Chinese character is too little to find inside of a name.
            word.chars().nth(1).is_some() && words.contains(word)
        }
    };
    listed(List::ColumnNames, WORDS)
        .iter()
        .find(|(_, list)| list.iter().any(|w| holds(w)))
        .map(|(kind, _)| *kind)
}

/// A field of few values, whose agreement says little.
pub(crate) fn is_category(name: &str) -> bool {
    matches!(
        kind_by_name(name),
        Some(FieldKind::Category | FieldKind::City | FieldKind::Region | FieldKind::Country)
    )
}

/// A field that says where something is.
pub(crate) fn is_place(name: &str) -> bool {
    matches!(
        kind_by_name(name),
        Some(FieldKind::City | FieldKind::Region | FieldKind::Country | FieldKind::Postcode)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell() {
        for (name, kind) in [
            ("E-mail", Some(FieldKind::Email)),
            ("Email Address", Some(FieldKind::Email)),
            ("FirstName", Some(FieldKind::GivenName)),
            ("surname", Some(FieldKind::FamilyName)),
            ("Site name", Some(FieldKind::Company)),
            ("addr", Some(FieldKind::Address)),
            ("公司名称", Some(FieldKind::Company)),
            ("联系电话", Some(FieldKind::Phone)),
            ("统一社会信用代码", Some(FieldKind::TaxId)),
            ("Zip", Some(FieldKind::Postcode)),
            ("unique_id", Some(FieldKind::Id)),
            ("dob", Some(FieldKind::BirthDate)),
            ("名称", Some(FieldKind::Name)),
            ("x", None),
            ("", None),
        ] {
            assert_eq!(kind_by_name(name), kind, "{name}");
        }
    }
}
