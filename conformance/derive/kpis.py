"""KPIs worked out anew from the tables of the cases, by the definitions of the catalogue.

Times are days in a zone; windows are half-open; quantiles interpolate linearly at (n - 1) q; values are rounded to six
decimals, half to even. Each opportunity counts once per window, by its last closing in it.
"""
import unicodedata
from datetime import datetime, time
from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from zoneinfo import ZoneInfo

from common import Report, load, plain

OPEN = ["prospect", "qualified", "quoted"]
LADDER = OPEN + ["won"]
PROBABILITY = {"prospect": Decimal("0.1"), "qualified": Decimal("0.3"), "quoted": Decimal("0.6")}
WEIGHTS = {"name": 3, "tax_id": 2, "phone": 2, "email": 1, "region": 2}
TRADITIONAL = str.maketrans("華為術", "华为术")
LEGAL = ("有限公司", "股份有限公司", "inc", "inc.")
ACTS = {"call", "visit", "email", "meeting", "demo"}


def instant(text):
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def tidy(value):
    with localcontext() as context:
        context.prec = 40
        value = value.quantize(Decimal("0.000001"), ROUND_HALF_EVEN)
    text = format(value.normalize(), "f")
    return text if text != "-0" else "0"


class Undefined(Exception):
    pass


class Tables:
    """The tables of a case as they stood at `now`."""

    def __init__(self, given):
        self.now, self.zone = instant(given["now"]), ZoneInfo(given.get("zone", "Asia/Shanghai"))
        self.data = given["data"]
        self.rates = given.get("rates", [])
        self.records = {row["id"]: row for row in self.data.get("opportunity", [])}
        self.visits = {}
        for visit in given["visits"]:
            if instant(visit["entered"]) <= self.now:
                self.visits.setdefault(visit["record"], []).append((visit["stage"], instant(visit["entered"])))
        # A deal whose visits all lie ahead did not exist yet.
        later = {v["record"] for v in given["visits"]} - set(self.visits)
        self.deals = sorted(set(self.records) - later)

    def day(self, at):
        return at.astimezone(self.zone).date()

    def created(self, deal):
        return instant(self.records[deal]["created_at"])

    def stage(self, deal):
        return self.visits[deal][-1][0]

    def is_open(self, deal):
        return self.stage(deal) in OPEN

    def money(self, value, day):
        if isinstance(value, dict) and value.get("currency", "CNY") != "CNY":
            in_force = [r for r in self.rates if r["from"] == value["currency"] and r["date"] <= day.isoformat()]
            return Decimal(value["amount"]) * Decimal(max(in_force, key=lambda r: r["date"])["rate"])
        return plain(value)


class Window:
    def __init__(self, tables, given):
        def edge(text):
            if "T" in text:
                return instant(text)
            return datetime.combine(datetime.fromisoformat(text).date(), time.min, tables.zone)

        self.start = edge(given["from"]) if given else None
        self.end = edge(given["to"]) if given else None

    def holds(self, at):
        return (self.start is None or self.start <= at) and (self.end is None or at < self.end)


def bucket(day, unit):
    return {"month": f"{day:%Y-%m}", "quarter": f"{day.year}-Q{(day.month + 2) // 3}", "year": f"{day.year}"}[unit]


def closings(t, deal):
    return [(s, at) for s, at in t.visits.get(deal, []) if s not in OPEN]


def last_closings(t, window, cohort, deals, unit=None):
    """(deal, class, instant) once per deal and window; class None: created in the window and still open."""
    hits = []
    for deal in deals:
        if cohort:
            if window.holds(t.created(deal)):
                closed = closings(t, deal)
                hits.append((deal, *(closed[-1] if closed and not t.is_open(deal) else (None, None))))
        else:
            last = {}
            for stage, at in closings(t, deal):
                if window.holds(at):
                    last[bucket(t.day(at), unit) if unit else None] = (deal, stage, at)
            hits.extend(last.values())
    return hits


def won_amount(t, deal, at):
    row = t.records[deal]
    value = row.get("actual_amount", row.get("amount"))
    return None if value is None else t.money(value, t.day(at))


def quantile(values, q):
    values = sorted(values)
    position = (len(values) - 1) * Decimal(q) / 100
    low = int(position)
    if low + 1 == len(values):
        return values[low]
    return values[low] + (values[low + 1] - values[low]) * (position - low)


def spread(values):
    if not values:
        return {part: "no_cases" for part in ("median", "p75", "p90", "mean")}
    parts = {"median": quantile(values, 50), "p75": quantile(values, 75), "p90": quantile(values, 90)}
    parts["mean"] = Decimal(sum(values)) / len(values)
    return parts


def steps_of(t, deal):
    return [(LADDER.index(s) if s in LADDER else None, at) for s, at in t.visits[deal]]


def funnel(t, kind, window, deals):
    parts = {}
    for k, part in enumerate(f"{a}→{b}" for a, b in zip(LADDER, LADDER[1:])):
        numerator, denominator, censored, cancelled = [], [], 0, 0
        for deal in deals:
            steps = steps_of(t, deal)

            def first(test):
                return next((i for i, (rank, _) in enumerate(steps) if rank is not None and test(rank)), None)

            entered = first(lambda r: r >= k) if kind == "imputed" else first(lambda r: r == k)
            if entered is None or not window.holds(steps[entered][1]):
                continue
            if t.stage(deal) == "cancelled":
                cancelled += 1
                continue
            if kind == "strict":
                higher = [rank for rank, _ in steps[entered + 1:] if rank is not None and rank > k]
                moved, converted = bool(higher), higher[:1] == [k + 1]
            elif kind == "any":
                moved = converted = first(lambda r: r == k + 1) is not None
            else:
                moved = converted = first(lambda r: r > k) is not None
            denominator.append(deal)
            if converted:
                numerator.append(deal)
            elif not moved and t.is_open(deal):
                censored += 1
        parts[part] = (numerator, denominator, censored, cancelled)
    return parts


def fold(name):
    name = unicodedata.normalize("NFKC", name).lower().translate(TRADITIONAL)
    for form in LEGAL:
        name = name.removesuffix(form).strip()
    return name


def ratio(numerator, denominator):
    if not denominator:
        raise Undefined("no_cases")
    return Decimal(numerator) / Decimal(denominator)


def compute(t, metric, window, cohort, deals, unit):
    """{part: {key: value}} of one metric and group; `value` is a Decimal or the reason why there is none."""
    hits = last_closings(t, window, cohort, deals, unit)
    if metric == "big_win_rate":
        hits = [h for h in hits if plain(t.records[h[0]].get("amount", 0)) >= 80000]
    won = [h for h in hits if h[1] == "won"]
    lost = [h for h in hits if h[1] == "lost"]
    cancelled = sum(h[1] == "cancelled" for h in hits)
    if metric in ("win_rate", "big_win_rate"):
        ids = sorted(h[0] for h in won + lost)
        reopened = sum(
            any(a[0] not in OPEN and b[0] in OPEN and window.holds(b[1]) for a, b in zip(t.visits[d], t.visits[d][1:]))
            for d in deals
        )
        answer = dict(
            n=len(ids), numerator=len(won), denominator=len(ids), censored=sum(h[1] is None for h in hits),
            excluded={"cancelled": cancelled} if cancelled else {}, numerator_ids=sorted(h[0] for h in won),
            denominator_ids=ids, reopened=reopened, small_sample=len(ids) < 30,
            partial_window=window.end is not None and window.end > t.now,
        )
        answer["value"] = "no_cases" if not ids else ratio(len(won), len(ids))
        return {None: answer}
    if metric == "win_rate_value":
        lost_value = [plain(t.records[h[0]]["amount"]) for h in lost if "amount" in t.records[h[0]]]
        if lost and not lost_value:
            return {None: dict(value="lost_without_amount")}
        won_value = sum(won_amount(t, h[0], h[2]) for h in won)
        both = won_value + sum(lost_value)
        excluded = {"cancelled": cancelled} if cancelled else {}
        return {None: dict(value=ratio(won_value, both), n=len(won) + len(lost), numerator=won_value, denominator=both, excluded=excluded)}
    if metric == "won_value":
        return {None: dict(value=sum(won_amount(t, h[0], h[2]) for h in won), n=len(won), currency="CNY")}
    if metric in ("closed_won", "closed_lost"):
        chosen = won if metric == "closed_won" else lost
        return {None: dict(value=Decimal(len(chosen)), n=len(chosen), numerator_ids=sorted(h[0] for h in chosen))}
    if metric == "reopened":
        again = [
            d for d in deals
            if any(a[0] not in OPEN and b[0] in OPEN and window.holds(b[1]) for a, b in zip(t.visits[d], t.visits[d][1:]))
        ]
        return {None: dict(value=Decimal(len(again)), n=len(again))}
    if metric == "opportunities":
        return {None: dict(value=Decimal(sum(window.holds(t.created(d)) for d in deals)))}
    if metric.startswith("stage_conversion_"):
        answer = {}
        for part, (top, bottom, censored, gone) in funnel(t, metric.rsplit("_", 1)[1], window, deals).items():
            answer[part] = dict(
                n=len(bottom), numerator=len(top), denominator=len(bottom), censored=censored,
                excluded={"cancelled": gone} if gone else {},
                value="no_cases" if not bottom else ratio(len(top), len(bottom)),
            )
        return answer
    if metric in ("sales_cycle", "close_cycle"):
        chosen = won + (lost if metric == "close_cycle" else [])
        days = [(t.day(at) - t.day(t.created(d))).days for d, _, at in chosen]
        answer = {part: dict(value=value, n=len(days)) for part, value in spread([Decimal(d) for d in days]).items()}
        answer["mean"].update(numerator=sum(days), denominator=len(days))
        return answer
    if metric == "velocity":
        days = [Decimal((t.day(at) - t.day(t.created(d))).days) for d, _, at in won]
        values = [v for v in (won_amount(t, d, at) for d, _, at in won) if v is not None]
        median = quantile(days, 50)
        if not median:
            return {None: dict(value="zero_divisor")}
        top = sum(t.is_open(d) for d in deals) * ratio(len(won), len(won) + len(lost)) * (sum(values) / len(values))
        return {None: dict(value=top / median, n=len(won) + len(lost), numerator=top, denominator=median, unit="money_per_day")}
    if metric in ("pipeline_value", "weighted_pipeline"):
        still = [d for d in deals if t.is_open(d)]
        weight = (lambda d: PROBABILITY[t.stage(d)]) if metric == "weighted_pipeline" else (lambda d: 1)
        total = sum((plain(t.records[d]["amount"]) * weight(d) for d in still), Decimal(0))
        return {None: dict(value=total, n=len(still), unit="money", currency="CNY")}
    if metric == "stage_age":
        ages = [Decimal((t.day(t.now) - t.day(t.visits[d][-1][1])).days) for d in deals if t.is_open(d)]
        answer = {part: dict(value=value, n=len(ages)) for part, value in spread(ages).items()}
        answer["mean"].update(numerator=sum(ages), denominator=len(ages))
        return answer
    if metric == "deep_discount":
        known = [plain(t.records[d]["discount"]) for d in deals if "discount" in t.records[d]]
        deep = sum(d > 10 for d in known)
        return {None: dict(value=ratio(deep, len(known)), n=len(known), numerator=deep, denominator=len(known), excluded={"unknown": len(deals) - len(known)})}
    if metric == "mean_discount":
        known = [plain(t.records[d]["discount"]) for d in deals if "discount" in t.records[d]]
        return {None: dict(value=sum(known) / len(known), n=len(known), numerator=sum(known), denominator=len(known), excluded={"unknown": len(deals) - len(known)})}
    if metric == "quoted_value":
        known = [t.money(t.records[d]["quote"], t.day(t.now)) for d in deals if "quote" in t.records[d]]
        return {None: dict(value=sum(known), n=len(known), excluded={"no_amount": len(deals) - len(known)})}
    raise KeyError(metric)


def lead_metric(t, metric, window):
    if "lead" not in t.data:
        return {None: dict(value="missing_table", n=0)}
    leads = t.data["lead"]
    if metric == "lead_conversion":
        cohort = [r for r in leads if window.holds(instant(r["created_at"]))]
        merged = sum(r["status"] == "merged" for r in cohort)
        counted = [r for r in cohort if r["status"] != "merged"]
        done = [r for r in counted if r["status"] == "converted"]
        still = sum(r["status"] not in ("converted", "disqualified") for r in counted)
        return {None: dict(value=ratio(len(done), len(counted)), n=len(counted), numerator=len(done), denominator=len(counted), censored=still, excluded={"merged": merged} if merged else {})}
    acts = {a["lead"] for a in t.data["activity"] if a["kind"] in ACTS and a.get("done") is not False and window.holds(instant(a["at"]))}
    done = {r["id"] for r in leads if "converted_at" in r and window.holds(instant(r["converted_at"]))}
    worked = acts | done
    return {None: dict(value=ratio(len(done), len(worked)), n=len(worked), numerator=len(done), denominator=len(worked), numerator_ids=sorted(done), denominator_ids=sorted(worked))}


def quality_metric(t, metric):
    accounts = t.data["account"]
    if metric == "completeness":
        full = sum(WEIGHTS.values())
        scores = [Decimal(sum(w for f, w in WEIGHTS.items() if r.get(f) not in (None, "无"))) / full for r in accounts]
        return {"account": dict(value=sum(scores) / len(scores), n=len(scores), numerator=sum(scores), denominator=len(scores))}
    beyond = len(accounts) - len({fold(r["name"]) for r in accounts})
    return {"account": dict(value=ratio(beyond, len(accounts)), n=len(accounts), numerator=beyond, denominator=len(accounts))}


def group_of(t, deal, path):
    first, _, rest = path.partition(".")
    value = t.records[deal].get(first)
    if rest and value is not None:
        value = next(r for r in t.data[first] if r["id"] == value).get(rest)
    return value


def time_of(t, metric, deal):
    """The days by which a deal falls into calendar units."""
    if metric == "weighted_pipeline":
        return [datetime.fromisoformat(t.records[deal]["expected_close"]["date"])] if t.is_open(deal) else []
    if metric == "opportunities":
        return [t.day(t.created(deal))]
    return [t.day(at) for stage, at in closings(t, deal) if stage != "cancelled"]


class Unit:
    """One calendar unit of a window."""

    def __init__(self, t, window, unit, name):
        self.t, self.window, self.unit, self.name, self.end = t, window, unit, name, window.end

    def holds(self, at):
        return self.window.holds(at) and bucket(self.t.day(at), self.unit) == self.name


def derive(t, case):
    """The rows of a case in the order of a report."""
    given = case["input"]
    window, cohort = Window(t, given.get("window")), given.get("basis") == "cohort"
    by = given.get("by", [])
    unit = next((k for k in by if k in ("month", "quarter", "year")), None)
    paths = [k for k in by if k != unit]
    rows = []
    for metric in given["metrics"]:
        if metric.startswith("lead_"):
            tables = {(): lead_metric(t, metric, window)}
        elif metric in ("completeness", "duplicate_rate"):
            tables = {(): quality_metric(t, metric)}
        else:
            tables = {}
            groups = {tuple(group_of(t, d, p) for p in paths) for d in t.deals} or {()}
            for group in sorted(groups, key=str):
                deals = [d for d in t.deals if tuple(group_of(t, d, p) for p in paths) == group]
                names = [None]
                if unit:
                    days = [day for d in deals for day in time_of(t, metric, d)]
                    held = [day for day in days if metric == "weighted_pipeline" or window.holds(datetime.combine(day, time(12), t.zone))]
                    names = sorted({bucket(day, unit) for day in held})
                for name in names:
                    chosen, span = deals, window
                    if name and metric == "weighted_pipeline":
                        chosen = [d for d in deals if name in [bucket(x, unit) for x in time_of(t, metric, d)]]
                    elif name:
                        span = Unit(t, window, unit, name)
                    label, values = {}, iter(group)
                    for key in by:
                        label[key] = name if key == unit else next(values)
                    tables[tuple(label.items())] = compute(t, metric, span, cohort, chosen, None)
        for label, parts in tables.items():
            for part, answer in parts.items():
                rows.append((metric, part, dict(label), answer))
    return rows


def shown(key, value):
    if key == "excluded":
        return [{"reason": f"kpi.excluded.{r}", "count": c} for r, c in value.items()]
    if key in ("numerator", "denominator"):
        return tidy(Decimal(value))
    return value


def main():
    report = Report("kpis")
    for case in load("kpis"):
        rows = derive(Tables(case["input"]), case)
        expected = case["expected"]["rows"]
        report.same(case, "rows", [(r["metric"], r.get("part"), r.get("group", {})) for r in expected], [r[:3] for r in rows])
        for wanted, (metric, part, label, answer) in zip(expected, rows):
            where = f"{metric} {part or ''} {label or ''}"
            value = answer["value"]
            if isinstance(value, str):
                report.same(case, where, (wanted["value"], wanted["undefined"]), (None, f"kpi.undefined.{value}"))
            else:
                report.same(case, where, wanted["value"], tidy(Decimal(value)))
            for key, value in answer.items():
                if key != "value" and key in wanted:
                    report.same(case, f"{where} {key}", wanted[key], shown(key, value))
    return report.close()


if __name__ == "__main__":
    raise SystemExit(not main())
