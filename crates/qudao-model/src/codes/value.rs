//! Codes for values that do not fit their field.

use super::CodeInfo;

pub(super) const CODES: &[CodeInfo] = &[
    CodeInfo {
        code: "value.wrong_type",
        en: "{field}: expected {expected}, found {found}",
        zh: "{field}：应为 {expected}，实为 {found}",
        fix_en: "enter a value of type {expected}",
        fix_zh: "请填写 {expected} 类型的值",
    },
    CodeInfo {
        code: "value.wrong_currency",
        en: "{field}: the amount must be in {expected}",
        zh: "{field}：金额币种必须为 {expected}",
        fix_en: "give the amount in {expected}",
        fix_zh: "请以 {expected} 填写金额",
    },
    CodeInfo {
        code: "value.no_currency",
        en: "{field}: the amount has no currency",
        zh: "{field}：金额缺少币种",
        fix_en: "give the currency beside the amount",
        fix_zh: "请同时填写币种",
    },
    CodeInfo {
        code: "value.bad_currency",
        en: "{field}: not an ISO 4217 currency code",
        zh: "{field}：不是 ISO 4217 币种代码",
        fix_en: "use a three-letter code such as CNY",
        fix_zh: "请使用三位字母代码，如 CNY",
    },
    CodeInfo {
        code: "value.bad_number",
        en: "{field}: not a number of at most 28 digits",
        zh: "{field}：不是有效数字（最多 28 位）",
        fix_en: "enter digits, with a point before the decimals",
        fix_zh: "请填写数字，小数点用英文句点",
    },
    CodeInfo {
        code: "value.out_of_range",
        en: "{field}: the value is out of range",
        zh: "{field}：数值超出范围",
        fix_en: "enter a smaller value",
        fix_zh: "请填写较小的值",
    },
    CodeInfo {
        code: "value.bad_date",
        en: "{field}: not a date",
        zh: "{field}：不是有效日期",
        fix_en: "enter the date as YYYY-MM-DD",
        fix_zh: "请按 YYYY-MM-DD 填写日期",
    },
    CodeInfo {
        code: "value.bad_instant",
        en: "{field}: not a point in time",
        zh: "{field}：不是有效时间",
        fix_en: "enter the time as YYYY-MM-DDThh:mm:ssZ",
        fix_zh: "请按 YYYY-MM-DDThh:mm:ssZ 填写时间",
    },
    CodeInfo {
        code: "value.bad_reference",
        en: "{field}: not a record id",
        zh: "{field}：不是有效的记录编号",
        fix_en: "",
        fix_zh: "",
    },
    CodeInfo {
        code: "value.bad_form",
        en: "{field}: not a value of a known form",
        zh: "{field}：值的形式无法识别",
        fix_en: "",
        fix_zh: "",
    },
    CodeInfo {
        code: "value.unknown_choice",
        en: "{field}: not one of the choices",
        zh: "{field}：不在可选项之内",
        fix_en: "choose one of: {choices}",
        fix_zh: "请选择：{choices}",
    },
    CodeInfo {
        code: "value.too_long",
        en: "{field}: longer than {max} characters",
        zh: "{field}：超过 {max} 个字符",
        fix_en: "shorten the text to {max} characters",
        fix_zh: "请缩短至 {max} 个字符以内",
    },
];
