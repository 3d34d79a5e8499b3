//! Codes of metrics: lints of their declaration, errors of a report, and why a number is undefined or a record left out.

use super::CodeInfo;

const fn plain(code: &'static str, en: &'static str, zh: &'static str) -> CodeInfo {
    CodeInfo { code, en, zh, fix_en: "", fix_zh: "" }
}

const fn with_fix(
    code: &'static str,
    en: &'static str,
    zh: &'static str,
    fix_en: &'static str,
    fix_zh: &'static str,
) -> CodeInfo {
    CodeInfo { code, en, zh, fix_en, fix_zh }
}

pub(super) const CODES: &[CodeInfo] = &[
    with_fix(
        "metrics.no_kind",
        "the metric {metric} has no kind, and there is no built-in metric of that id",
        "指标 {metric} 未指定 kind，且没有同名的内置指标",
        "add `kind:`, or use the id of a built-in metric, such as {suggestion}",
        "请添加 `kind:`，或使用内置指标的编号，如 {suggestion}",
    ),
    with_fix(
        "metrics.missing_key",
        "a metric of this kind needs `{key}`",
        "此类指标需要 `{key}`",
        "add `{key}:`",
        "请添加 `{key}:`",
    ),
    with_fix(
        "metrics.unused_key",
        "a metric of this kind does not read `{key}`",
        "此类指标不使用 `{key}`",
        "remove it, or choose another kind",
        "请删除，或更换 kind",
    ),
    with_fix(
        "metrics.not_staged",
        "records of {object} do not move through stages",
        "{object} 的记录没有阶段",
        "choose a staged object, such as opportunity",
        "请选择有阶段的对象，如 opportunity",
    ),
    with_fix(
        "metrics.no_time",
        "{object} has no field that places a record in a window",
        "{object} 没有可用于时间窗口的字段",
        "add `time:`, or choose `basis: as_of`",
        "请添加 `time:`，或设为 `basis: as_of`",
    ),
    with_fix(
        "metrics.not_a_time",
        "`time` names a field that is neither a date nor an instant",
        "`time` 所指字段不是日期或时间",
        "name a field of type date or instant",
        "请指定 date 或 instant 类型的字段",
    ),
    with_fix(
        "metrics.bad_basis",
        "a metric of this kind has no basis {basis}",
        "此类指标不支持口径 {basis}",
        "use one of: {allowed}",
        "请使用：{allowed}",
    ),
    with_fix(
        "metrics.bad_class",
        "a cycle does not end with a stage of class {class}",
        "周期不能以 {class} 类阶段结束",
        "use won, lost, or both",
        "请使用 won、lost 或两者",
    ),
    with_fix(
        "metrics.not_a_number",
        "`of` gives {found}, not a number, an amount or a duration",
        "`of` 的结果为 {found}，不是数字、金额或时长",
        "write an expression that gives a number",
        "请写出结果为数字的表达式",
    ),
    with_fix(
        "metrics.reads_change",
        "`changed()` has no meaning in a metric",
        "指标中不能使用 `changed()`",
        "remove it",
        "请删除",
    ),
    with_fix(
        "kpi.unknown_metric",
        "there is no metric {metric}",
        "不存在指标 {metric}",
        "did you mean {suggestion}?",
        "您是否想写 {suggestion}？",
    ),
    with_fix(
        "kpi.unknown_group",
        "no record measured here has a field {path}",
        "所统计的记录没有字段 {path}",
        "did you mean {suggestion}?",
        "您是否想写 {suggestion}？",
    ),
    with_fix(
        "kpi.bad_window",
        "the window ends before it begins, or is out of range",
        "时间窗口的结束早于开始，或超出范围",
        "give a beginning that lies before the end",
        "请使开始时间早于结束时间",
    ),
    with_fix(
        "kpi.missing_rate",
        "no rate of {currency} into {into} on or before {date}",
        "缺少 {date} 当日或之前 {currency} 兑 {into} 的汇率",
        "add a rate dated on or before that day",
        "请补充该日或之前的汇率",
    ),
    with_fix(
        "kpi.bad_rate",
        "the rate of {currency} on {date} is not above zero",
        "{date} 的 {currency} 汇率不大于零",
        "give a rate above zero",
        "请填写大于零的汇率",
    ),
    with_fix(
        "kpi.too_many_rows",
        "the report would hold more than {limit} rows",
        "报表将超过 {limit} 行",
        "ask for fewer metrics or coarser groups",
        "请减少指标或使用更粗的分组",
    ),
    plain("kpi.undefined.no_cases", "undefined: there is nothing to divide by", "未定义：没有可作分母的记录"),
    plain(
        "kpi.undefined.missing_table",
        "undefined: the records of {object} were not given",
        "未定义：未提供 {object} 的记录",
    ),
    plain("kpi.undefined.no_visits", "undefined: there are no stage visits", "未定义：没有阶段停留记录"),
    plain(
        "kpi.undefined.no_process",
        "undefined: the Blueprint has no process for these records",
        "未定义：蓝图中没有适用的流程",
    ),
    plain(
        "kpi.undefined.lost_without_amount",
        "undefined: no lost deal has an estimated amount",
        "未定义：丢单均无预计金额",
    ),
    plain("kpi.undefined.won_without_amount", "undefined: no won deal has an amount", "未定义：赢单均无金额"),
    plain("kpi.undefined.no_amount", "undefined: no deal has an amount", "未定义：商机均无金额"),
    plain(
        "kpi.undefined.no_probability",
        "undefined: no deal is in a stage that has a probability",
        "未定义：商机所在阶段均无概率",
    ),
    plain("kpi.undefined.zero_divisor", "undefined: the divisor is zero", "未定义：除数为零"),
    plain(
        "kpi.undefined.no_scores",
        "undefined: no completeness scores were given",
        "未定义：未提供完整度得分",
    ),
    plain("kpi.undefined.no_clusters", "undefined: no search for duplicates was made", "未定义：未进行查重"),
    plain(
        "kpi.undefined.not_groupable",
        "undefined: these records have no field {path} to group by",
        "未定义：这些记录没有可用于分组的字段 {path}",
    ),
    plain(
        "kpi.undefined.overflow",
        "undefined: the number has more than 28 digits",
        "未定义：数值超过 28 位",
    ),
    plain("kpi.excluded.cancelled", "cancelled", "已取消"),
    plain("kpi.excluded.merged", "merged into another", "已合并"),
    plain("kpi.excluded.invalid", "invalid", "无效"),
    plain("kpi.excluded.unknown", "a value that the definition reads is missing", "缺少定义所需的值"),
    plain("kpi.excluded.failed", "the expression could not be computed", "表达式无法计算"),
    plain("kpi.excluded.no_time", "the date is missing", "缺少日期"),
    plain("kpi.excluded.after_as_of", "dated after the as-of instant", "日期晚于截至时点"),
    plain("kpi.excluded.no_outcome", "the outcome is not known", "结果未知"),
    plain("kpi.excluded.no_amount", "no amount", "无金额"),
    plain("kpi.excluded.no_probability", "the stage is not known, or has no probability", "阶段未知或无概率"),
    plain("kpi.excluded.no_start", "the start is missing", "缺少起点"),
    plain("kpi.excluded.negative_span", "closed before it started", "关闭早于起点"),
    plain("kpi.excluded.no_visits", "no stage visits", "无阶段停留记录"),
    plain("kpi.excluded.unknown_stage", "a stage visited is not part of the process", "所经阶段不属于该流程"),
    plain(
        "kpi.excluded.process_changed",
        "left the process before the stage was decided",
        "阶段未有结果即转入其他流程",
    ),
    plain("kpi.excluded.no_score", "no completeness score", "无完整度得分"),
];
