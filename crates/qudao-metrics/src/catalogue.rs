//! The built-in metrics, with their definitions in English and Chinese.

use qudao_model::{LocalText, MetricId, ObjectName, StageClass};
use serde::Serialize;

use crate::spec::{Basis, CycleStart, FunnelKind, Goal, MetricKind, MetricSpec, Unit};

/// A built-in metric. Always there; a Blueprint may change or replace it under the same id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CatalogueEntry {
    /// The id.
    pub id: MetricId,
    /// How it is computed.
    pub spec: MetricSpec,
    /// What it means, exactly.
    pub definition: LocalText,
    /// What is divided.
    pub numerator: LocalText,
    /// By what it is divided; a dash where nothing is.
    pub denominator: LocalText,
    /// What it is computed from.
    pub source: LocalText,
    /// Which records a window chooses.
    pub basis: Basis,
    /// What the number is.
    pub unit: Unit,
}

type Bilingual = (&'static str, &'static str);

struct Row {
    id: &'static str,
    kind: MetricKind,
    basis: Basis,
    goal: Goal,
    label: Bilingual,
    definition: Bilingual,
    numerator: Bilingual,
    denominator: Bilingual,
    source: Bilingual,
}

const NONE: Bilingual = ("–", "–");
const DEALS: Bilingual = (
    "stage visits; for a deal without visits its `outcome` and `closed_at`",
    "阶段停留记录；无停留记录的商机取其 `outcome` 与 `closed_at`",
);
const DEALS_AND_AMOUNTS: Bilingual = (
    "stage visits (or `outcome` and `closed_at`), `actual_amount`, `amount`, exchange rates",
    "阶段停留记录（或 `outcome`、`closed_at`）、`actual_amount`、`amount`、汇率",
);
const VISITS: Bilingual = ("stage visits, stages of the process", "阶段停留记录、流程的阶段定义");
const DEALS_AND_START: Bilingual = (
    "stage visits (or `outcome` and `closed_at`), `created_at`",
    "阶段停留记录（或 `outcome`、`closed_at`）、`created_at`",
);
const OPEN_DEALS: Bilingual = (
    "current stage, `amount`, stage probabilities of the process, exchange rates",
    "当前阶段、`amount`、流程中的阶段概率、汇率",
);

const ROWS: &[Row] = &[
    Row {
        id: "opportunities",
        kind: MetricKind::Count,
        basis: Basis::Cohort,
        goal: Goal::Higher,
        label: ("Opportunities", "商机数"),
        definition: ("Opportunities created in the window.", "窗口内创建的商机数量。"),
        numerator: ("opportunities created in the window", "窗口内创建的商机"),
        denominator: NONE,
        source: (
            "`created_at`; where it is missing, the first stage visit",
            "`created_at`；缺失时取首次阶段停留",
        ),
    },
    Row {
        id: "closed_won",
        kind: MetricKind::ClosedWon,
        basis: Basis::Event,
        goal: Goal::Higher,
        label: ("Won", "赢单数"),
        definition: (
            "Opportunities whose last closing in the window is won, each once.",
            "窗口内最后一次关闭为赢单的商机数，每个商机只计一次。",
        ),
        numerator: ("won opportunities", "赢单商机"),
        denominator: NONE,
        source: DEALS,
    },
    Row {
        id: "closed_lost",
        kind: MetricKind::ClosedLost,
        basis: Basis::Event,
        goal: Goal::Lower,
        label: ("Lost", "丢单数"),
        definition: (
            "Opportunities whose last closing in the window is lost, each once.",
            "窗口内最后一次关闭为丢单的商机数，每个商机只计一次。",
        ),
        numerator: ("lost opportunities", "丢单商机"),
        denominator: NONE,
        source: DEALS,
    },
    Row {
        id: "reopened",
        kind: MetricKind::Reopened,
        basis: Basis::Event,
        goal: Goal::Lower,
        label: ("Re-opened", "重新打开数"),
        definition: (
            "Opportunities that went from a closed stage back to an open one in the window, each once.",
            "窗口内从已关闭阶段回到进行中阶段的商机数，每个商机只计一次。",
        ),
        numerator: ("re-opened opportunities", "重新打开的商机"),
        denominator: NONE,
        source: ("stage visits", "阶段停留记录"),
    },
    Row {
        id: "win_rate",
        kind: MetricKind::WinRate,
        basis: Basis::Event,
        goal: Goal::Higher,
        label: ("Win rate", "赢单率"),
        definition: (
            "Won / (won + lost). Each opportunity counts once per window, by its last closing in it. A later \
             re-opening does not change an earlier window; it is counted beside, as re-opened. Cancelled is excluded \
             and counted. On the cohort basis: of opportunities created in the window, by their last closing so far; \
             those still open are shown as censored and are not in the denominator.",
            "赢单 /（赢单 + 丢单）。每个商机在每个窗口只计一次，以窗口内最后一次关闭为准。之后的重新打开不改变更早的窗口，\
             另行计为“重新打开”。已取消的排除并计数。按队列口径：窗口内创建的商机，以迄今最后一次关闭为准；\
             仍在进行的列为删失，不计入分母。",
        ),
        numerator: ("won opportunities", "赢单商机"),
        denominator: ("won and lost opportunities", "赢单与丢单商机"),
        source: DEALS,
    },
    Row {
        id: "win_rate_value",
        kind: MetricKind::WinRateValue,
        basis: Basis::Event,
        goal: Goal::Higher,
        label: ("Win rate by value", "赢单率（按金额）"),
        definition: (
            "Won amount / (won amount + lost amount), of the same opportunities as the win rate. Won: the actual \
             amount, else the estimated one. Lost: the estimated amount. Undefined when there are lost opportunities \
             and none has an estimate; single ones without an amount are excluded and counted. Amounts at the rate \
             in force on the day of closing.",
            "赢单金额 /（赢单金额 + 丢单金额），商机范围与赢单率相同。赢单取成交金额，缺失时取预计金额；丢单取预计金额。\
             存在丢单而均无预计金额时为未定义；个别缺少金额的排除并计数。金额按关闭当日有效汇率折算。",
        ),
        numerator: ("amount of won opportunities", "赢单金额"),
        denominator: ("amount of won and lost opportunities", "赢单与丢单金额"),
        source: DEALS_AND_AMOUNTS,
    },
    Row {
        id: "won_value",
        kind: MetricKind::WonValue,
        basis: Basis::Event,
        goal: Goal::Higher,
        label: ("Won value", "赢单金额"),
        definition: (
            "The amount of the opportunities whose last closing in the window is won: the actual amount, else the \
             estimated one, at the rate in force on the day of closing.",
            "窗口内最后一次关闭为赢单的商机金额之和：取成交金额，缺失时取预计金额，按关闭当日有效汇率折算。",
        ),
        numerator: ("amount of won opportunities", "赢单金额"),
        denominator: NONE,
        source: DEALS_AND_AMOUNTS,
    },
    Row {
        id: "stage_conversion_strict",
        kind: MetricKind::Funnel,
        basis: Basis::Cohort,
        goal: Goal::Higher,
        label: ("Stage conversion, strict", "阶段转化率（严格）"),
        definition: (
            "Of the opportunities that first entered stage k in the window: those whose next higher stage visited is \
             k+1. One count per opportunity; the first stage counts; lost ones stay in the denominator; cancelled \
             ones are excluded and counted; those still undecided are shown as censored. On the event basis: of \
             those decided in the window (converted, skipped ahead, or closed), each by its last decision in it.",
            "窗口内首次进入阶段 k 的商机中，其后访问的下一个更高阶段恰为 k+1 的比例。每个商机只计一次；首个阶段计入；\
             丢单保留在分母；已取消的排除并计数；尚未有结果的列为删失。按事件口径：窗口内有结果（转化、越级或关闭）的商机，\
             以窗口内最后一次结果为准。",
        ),
        numerator: ("opportunities that went on to k+1", "进入 k+1 的商机"),
        denominator: ("opportunities that entered k", "进入过 k 的商机"),
        source: VISITS,
    },
    Row {
        id: "stage_conversion_any",
        kind: MetricKind::Funnel,
        basis: Basis::Cohort,
        goal: Goal::Higher,
        label: ("Stage conversion, any order", "阶段转化率（不限顺序）"),
        definition: (
            "Of the opportunities that first entered stage k in the window: those that visited both k and k+1, in \
             any order. One count per opportunity.",
            "窗口内首次进入阶段 k 的商机中，k 与 k+1 均到达过（不限先后）的比例。每个商机只计一次。",
        ),
        numerator: ("opportunities that visited k and k+1", "到达过 k 与 k+1 的商机"),
        denominator: ("opportunities that visited k", "到达过 k 的商机"),
        source: VISITS,
    },
    Row {
        id: "stage_conversion_imputed",
        kind: MetricKind::Funnel,
        basis: Basis::Cohort,
        goal: Goal::Higher,
        label: ("Stage conversion, imputed", "阶段转化率（推定）"),
        definition: (
            "As any order, where reaching a later open or won stage counts as having reached all stages before it. \
             Lost imputes nothing.",
            "同“不限顺序”，但到达更后的进行中或赢单阶段视为到达过之前所有阶段；丢单不作任何推定。",
        ),
        numerator: ("opportunities that reached k+1 or a later stage", "到达 k+1 或更后阶段的商机"),
        denominator: ("opportunities that reached k or a later stage", "到达 k 或更后阶段的商机"),
        source: VISITS,
    },
    Row {
        id: "sales_cycle",
        kind: MetricKind::SalesCycle,
        basis: Basis::Event,
        goal: Goal::Lower,
        label: ("Sales cycle", "销售周期"),
        definition: (
            "Calendar days in the zone from the first start to the last won closing in the window, of won \
             opportunities: median, 75th and 90th percentile (linear interpolation), mean. The start is named: \
             created (default), qualified, or first active stage. Negative spans are excluded and counted as findings.",
            "赢单商机自首次起点至窗口内最后一次赢单关闭的日历天数（按时区）：中位数、75 与 90 分位数（线性插值）、均值。\
             起点须指明：创建（默认）、确认或首个进行中阶段。负值作为问题排除并计数。",
        ),
        numerator: ("for the mean: sum of days", "均值：天数之和"),
        denominator: ("for the mean: won opportunities", "均值：赢单商机数"),
        source: DEALS_AND_START,
    },
    Row {
        id: "close_cycle",
        kind: MetricKind::SalesCycle,
        basis: Basis::Event,
        goal: Goal::Lower,
        label: ("Cycle of all closed", "关闭周期（赢单与丢单）"),
        definition: (
            "As the sales cycle, of won and lost opportunities alike, each by its last closing in the window.",
            "同销售周期，但包括赢单与丢单，以窗口内最后一次关闭为准。",
        ),
        numerator: ("for the mean: sum of days", "均值：天数之和"),
        denominator: ("for the mean: won and lost opportunities", "均值：赢单与丢单商机数"),
        source: DEALS_AND_START,
    },
    Row {
        id: "lead_conversion",
        kind: MetricKind::LeadConversion,
        basis: Basis::Cohort,
        goal: Goal::Higher,
        label: ("Lead conversion", "线索转化率"),
        definition: (
            "Converted / leads created in the window. Leads still open are in the denominator and shown as censored; \
             disqualified ones stay in it; merged and invalid ones are excluded and counted.",
            "已转化 / 窗口内创建的线索。仍在跟进的计入分母并列为删失；不合格的保留在分母；已合并与无效的排除并计数。",
        ),
        numerator: ("converted leads", "已转化线索"),
        denominator: ("leads created in the window", "窗口内创建的线索"),
        source: (
            "`created_at`, `converted_at`, `status` of leads",
            "线索的 `created_at`、`converted_at`、`status`",
        ),
    },
    Row {
        id: "lead_conversion_event",
        kind: MetricKind::LeadConversion,
        basis: Basis::Event,
        goal: Goal::Higher,
        label: ("Lead conversion, by event", "线索转化率（事件口径）"),
        definition: (
            "Conversions in the window / leads worked in the window: those with at least one qualifying act (call, \
             visit, e-mail, meeting or demo that is not marked undone), conversions included. Merged and invalid \
             leads are excluded and counted.",
            "窗口内的转化 / 窗口内跟进过的线索：至少有一次有效跟进（电话、拜访、邮件、会议或演示，且未标为未完成），\
             转化本身计入。已合并与无效的排除并计数。",
        ),
        numerator: ("leads converted in the window", "窗口内转化的线索"),
        denominator: ("leads worked in the window", "窗口内跟进过的线索"),
        source: (
            "`converted_at` and `status` of leads; `kind`, `at`, `done` of their activities",
            "线索的 `converted_at`、`status`；跟进记录的 `kind`、`at`、`done`",
        ),
    },
    Row {
        id: "velocity",
        kind: MetricKind::Velocity,
        basis: Basis::Event,
        goal: Goal::Higher,
        label: ("Sales velocity", "销售速度"),
        definition: (
            "Open count × win rate × mean won value / median cycle days, all four from the same segment and window. \
             The open count is that at the end of the window, or at as-of if that is earlier.",
            "进行中商机数 × 赢单率 × 平均赢单金额 / 周期中位天数，四者取自同一分组与窗口。\
             进行中商机数取窗口结束时（若截至时点更早则取截至时点）。",
        ),
        numerator: ("open count × win rate × mean won value", "进行中商机数 × 赢单率 × 平均赢单金额"),
        denominator: ("median sales cycle in days", "销售周期中位天数"),
        source: DEALS_AND_AMOUNTS,
    },
    Row {
        id: "pipeline_value",
        kind: MetricKind::PipelineValue,
        basis: Basis::AsOf,
        goal: Goal::Higher,
        label: ("Pipeline", "商机金额"),
        definition: (
            "The estimated amount of opportunities open at as-of, at the rate in force then. A calendar unit groups \
             it by expected close.",
            "截至时点进行中商机的预计金额之和，按当时有效汇率折算。按日历单位分组时以预计成交日期为准。",
        ),
        numerator: ("amount of open opportunities", "进行中商机金额"),
        denominator: NONE,
        source: OPEN_DEALS,
    },
    Row {
        id: "weighted_pipeline",
        kind: MetricKind::WeightedPipeline,
        basis: Basis::AsOf,
        goal: Goal::Higher,
        label: ("Weighted pipeline", "加权商机金额"),
        definition: (
            "Σ amount × stage probability × rate, of opportunities open at as-of. A probability of zero is a \
             probability. A calendar unit groups it by expected close.",
            "截至时点进行中商机的 Σ 金额 × 阶段概率 × 汇率。概率为零也是有效概率。按日历单位分组时以预计成交日期为准。",
        ),
        numerator: ("weighted amount of open opportunities", "进行中商机的加权金额"),
        denominator: NONE,
        source: OPEN_DEALS,
    },
    Row {
        id: "stage_age",
        kind: MetricKind::StageAge,
        basis: Basis::AsOf,
        goal: Goal::Lower,
        label: ("Stage age", "阶段停留时间"),
        definition: (
            "Calendar days in the zone since opportunities open at as-of entered their current stage: median, 75th \
             and 90th percentile, mean.",
            "截至时点进行中商机自进入当前阶段起的日历天数（按时区）：中位数、75 与 90 分位数、均值。",
        ),
        numerator: ("for the mean: sum of days", "均值：天数之和"),
        denominator: ("for the mean: open opportunities", "均值：进行中商机数"),
        source: (
            "stage visits; without visits `stage_entered_at`",
            "阶段停留记录；无停留记录时取 `stage_entered_at`",
        ),
    },
    Row {
        id: "completeness",
        kind: MetricKind::Completeness,
        basis: Basis::AsOf,
        goal: Goal::Higher,
        label: ("Completeness", "完整度"),
        definition: (
            "Σ weight of key fields that are filled and valid / Σ weight of key fields, as the mean over records, \
             per object.",
            "已填写且有效的关键字段权重之和 / 关键字段权重之和，按对象取各记录的均值。",
        ),
        numerator: ("sum of the records' scores", "各记录得分之和"),
        denominator: ("records with a score", "有得分的记录数"),
        source: ("completeness scores of the Blueprint's key fields", "蓝图关键字段的完整度得分"),
    },
    Row {
        id: "duplicate_rate",
        kind: MetricKind::DuplicateRate,
        basis: Basis::AsOf,
        goal: Goal::Lower,
        label: ("Duplicate rate", "重复率"),
        definition: (
            "Records beyond one per cluster of duplicates / records, per object. The matching rule is part of the \
             definition hash. Within a cluster the record with the lowest id is the one not counted.",
            "每个重复簇中超出一条的记录数 / 记录总数，按对象计算。匹配规则计入定义哈希。簇内编号最小的记录不计为重复。",
        ),
        numerator: ("records beyond one per cluster", "簇内超出一条的记录"),
        denominator: ("records", "记录总数"),
        source: ("clusters of the matching rule", "匹配规则得出的重复簇"),
    },
];

fn text(pair: Bilingual) -> LocalText {
    LocalText::new(pair.0, pair.1)
}

fn spec(row: &Row) -> MetricSpec {
    let object = match row.kind {
        MetricKind::Completeness | MetricKind::DuplicateRate => None,
        MetricKind::LeadConversion => ObjectName::new("lead").ok(),
        _ => ObjectName::new("opportunity").ok(),
    };
    MetricSpec {
        kind: Some(row.kind),
        object,
        basis: Some(row.basis),
        funnel: match row.id {
            "stage_conversion_strict" => Some(FunnelKind::Strict),
            "stage_conversion_any" => Some(FunnelKind::Any),
            "stage_conversion_imputed" => Some(FunnelKind::Imputed),
            _ => None,
        },
        start: matches!(row.kind, MetricKind::SalesCycle | MetricKind::Velocity)
            .then_some(CycleStart::Created),
        classes: match row.id {
            "sales_cycle" => vec![StageClass::Won],
            "close_cycle" => vec![StageClass::Won, StageClass::Lost],
            _ => Vec::new(),
        },
        label: text(row.label),
        description: text(row.definition),
        goal: row.goal,
        ..MetricSpec::default()
    }
}

/// The built-in metrics, in the order of a catalogue page.
#[must_use]
pub fn catalogue() -> Vec<CatalogueEntry> {
    ROWS.iter()
        .filter_map(|row| {
            Some(CatalogueEntry {
                id: MetricId::new(row.id).ok()?,
                spec: spec(row),
                definition: text(row.definition),
                numerator: text(row.numerator),
                denominator: text(row.denominator),
                source: text(row.source),
                basis: row.basis,
                unit: row.kind.default_unit(),
            })
        })
        .collect()
}

impl MetricKind {
    /// What a number of this kind is, where the Blueprint does not say.
    #[must_use]
    pub fn default_unit(self) -> Unit {
        match self {
            Self::Ratio
            | Self::WinRate
            | Self::WinRateValue
            | Self::Funnel
            | Self::LeadConversion
            | Self::Completeness
            | Self::DuplicateRate => Unit::Ratio,
            Self::Count | Self::ClosedWon | Self::ClosedLost | Self::Reopened => Unit::Count,
            Self::SalesCycle | Self::StageAge => Unit::Days,
            Self::Velocity => Unit::MoneyPerDay,
            Self::PipelineValue | Self::WeightedPipeline | Self::WonValue => Unit::Money,
            Self::Sum | Self::Mean | Self::Median | Self::Distribution => Unit::Number,
        }
    }
}
