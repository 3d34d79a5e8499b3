//! Codes of survivorship and merging.

use super::CodeInfo;

pub(super) const CODES: &[CodeInfo] = &[
    CodeInfo {
        code: "survivorship.no_trust",
        en: "`most_trusted` needs to know which source is trusted most",
        zh: "`most_trusted` 需要知道哪个来源最可信",
        fix_en: "add `trust:`, most trusted first, such as `[erp, crm, import]`",
        fix_zh: "请添加 `trust:`，最可信的在前，如 `[erp, crm, import]`",
    },
    CodeInfo {
        code: "survivorship.no_source",
        en: "{object}: no field says where a record came from",
        zh: "{object}：没有字段说明记录的来源",
        fix_en: "add a field `source`, or name the field under `source:`",
        fix_zh: "请添加字段 `source`，或在 `source:` 中指定字段",
    },
    CodeInfo {
        code: "survivorship.source_twice",
        en: "the source {source} stands twice",
        zh: "来源 {source} 重复出现",
        fix_en: "leave it where it belongs",
        fix_zh: "请只保留一处",
    },
    CodeInfo {
        code: "survivorship.unknown_source",
        en: "{source} is no choice of the field {field}",
        zh: "{source} 不是字段 {field} 的选项",
        fix_en: "did you mean {suggestion}?",
        fix_zh: "您是否想写 {suggestion}？",
    },
    CodeInfo {
        code: "survivorship.field_twice",
        en: "{field} stands in the group {group} already",
        zh: "{field} 已在分组 {group} 中",
        fix_en: "leave it in one group",
        fix_zh: "请只保留在一个分组中",
    },
    CodeInfo {
        code: "survivorship.grouped_field",
        en: "{field} has a rule of its own and cannot survive with the group {group}",
        zh: "{field} 有自己的规则，不能随分组 {group} 一起保留",
        fix_en: "take it out of the group, or take its rule away",
        fix_zh: "请将其移出分组，或删除其规则",
    },
    CodeInfo {
        code: "survivorship.engine_field",
        en: "{field} is kept by the engine and stays the master's",
        zh: "{field} 由系统维护，始终取主记录的值",
        fix_en: "take it out",
        fix_zh: "请将其删除",
    },
    CodeInfo {
        code: "survivorship.type_mismatch",
        en: "{rule} cannot be applied to {field}",
        zh: "{rule} 不适用于 {field}",
        fix_en: "longest: texts; earliest: dates and numbers; any_yes and opt-outs: switches; recency: a date or an instant",
        fix_zh: "longest 用于文本，earliest 用于日期和数字，any_yes 与退订用于开关，recency 用于日期或时间",
    },
    CodeInfo {
        code: "survivorship.not_a_default",
        en: "{rule} cannot be the default rule: not every field can follow it",
        zh: "{rule} 不能作为默认规则：并非所有字段都适用",
        fix_en: "name the fields under `fields:`",
        fix_zh: "请在 `fields:` 中指定字段",
    },
    CodeInfo {
        code: "survivorship.opt_out_rule",
        en: "{field} is an opt-out: a yes survives, and this rule is never used",
        zh: "{field} 是退订标记：只要有一方为是即保留，此规则不会生效",
        fix_en: "take the rule away",
        fix_zh: "请删除此规则",
    },
];
