"""Works out KPIs of made-up deals, straight from their definitions and without any code of this project.

    python3 kpi.py > ../data/derived.json

The deals wander through stages at random, hours apart, so that days, quarters and daylight saving time of the zone
matter. Fractions are exact until the end, where they are rounded to 6 decimals, half to even.
"""

import json
import random
from datetime import date, datetime, timedelta, timezone
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("America/New_York")
OPEN = ["qualified", "proposal", "negotiation"]
LADDER = OPEN + ["won"]
CLOSED = ["won", "lost", "cancelled"]
PROBABILITY = {"qualified": Fraction(2, 10), "proposal": Fraction(5, 10), "negotiation": Fraction(8, 10)}
AS_OF = datetime(2024, 9, 15, 12, tzinfo=timezone.utc)


def deals():
    dice = random.Random(20241124)
    out = []
    for n in range(90):
        at = datetime(2023, 12, 20, tzinfo=timezone.utc) + timedelta(hours=dice.randrange(24 * 230))
        created = at
        visits = []
        stage = dice.choice(["qualified"] * 6 + ["proposal", "negotiation"])
        for _ in range(dice.randrange(1, 8)):
            if at > AS_OF:
                break
            visits.append([stage, at])
            nexts = [s for s in OPEN + CLOSED + ["won", "lost"] if s != stage]
            if stage in CLOSED and dice.random() < 0.6:
                break
            stage = dice.choice(nexts)
            at += timedelta(hours=dice.randrange(1, 24 * 50))
        if not visits:
            continue
        out.append({
            "id": f"d{n:02}",
            "partner": dice.choice(["p1", "p2", "p3", None]),
            "created": created,
            "amount": dice.choice([None, 100, 250, 999, 0]),
            "actual": dice.choice([None, 120, 300, 1001]),
            "visits": visits,
        })
    return out


def midnight(day):
    return datetime(day.year, day.month, day.day, tzinfo=ZONE).astimezone(timezone.utc)


def local(at):
    return at.astimezone(ZONE).date()


def rounded(x):
    if x is None:
        return None
    # Exact: scale, round half to even on integers.
    scaled = x * 10**6
    floor = scaled.numerator // scaled.denominator
    rest = scaled - floor
    up = rest > Fraction(1, 2) or (rest == Fraction(1, 2) and floor % 2 == 1)
    value = Decimal(floor + (1 if up else 0)).scaleb(-6).quantize(Decimal("0.000001"), ROUND_HALF_EVEN)
    text = format(value, "f").rstrip("0").rstrip(".")
    return text if text else "0"


def ratio(a, b):
    return Fraction(a) / Fraction(b) if b else None


def quantile(values, q):
    if not values:
        return None
    values = sorted(values)
    place = Fraction(len(values) - 1) * Fraction(q, 100)
    low = place.numerator // place.denominator
    high = min(low + 1, len(values) - 1)
    return values[low] + (values[high] - values[low]) * (place - low)


def inside(at, window):
    return window is None or window[0] <= at < window[1]


def closings(deal):
    return [(s, t) for s, t in deal["visits"] if s in CLOSED]


def last_closing(deal, window):
    found = [(s, t) for s, t in closings(deal) if inside(t, window)]
    return found[-1] if found else None


def reopenings(deal):
    return [t2 for (s1, _), (s2, t2) in zip(deal["visits"], deal["visits"][1:]) if s1 in CLOSED and s2 in OPEN]


def amount_of(deal, outcome):
    value = deal["actual"] if outcome == "won" and deal["actual"] is not None else deal["amount"]
    return None if value is None else Fraction(value)


def days(a, b):
    return Fraction((local(b) - local(a)).days)


def state_at(deal, at):
    before = [s for s, t in deal["visits"] if t <= at]
    return before[-1] if before else None


def rank(stage):
    return LADDER.index(stage) if stage in LADDER else None


def funnel_fate(deal, k, kind):
    """Index of entering stage k, index of the decision, whether it is a conversion."""
    ranks = [rank(s) for s, _ in deal["visits"]]
    where = lambda test: next((i for i, r in enumerate(ranks) if r is not None and test(r)), None)
    if kind == "imputed":
        entered, decided = where(lambda r: r >= k), where(lambda r: r > k)
        return entered, decided, decided is not None
    entered = where(lambda r: r == k)
    if entered is None:
        return None, None, False
    if kind == "any":
        other = where(lambda r: r == k + 1)
        return entered, None if other is None else max(entered, other), other is not None
    later = [(i, r) for i, r in enumerate(ranks) if i > entered and r is not None and r > k]
    if not later:
        return entered, None, False
    return entered, later[0][0], later[0][1] == k + 1


def measure(all_deals, window):
    out = {}

    def put(metric, part, basis, value, n):
        out[f"{metric}|{part or ''}|{basis}"] = [rounded(value), n]

    last = {d["id"]: last_closing(d, window) for d in all_deals}
    won = [d for d in all_deals if last[d["id"]] and last[d["id"]][0] == "won"]
    lost = [d for d in all_deals if last[d["id"]] and last[d["id"]][0] == "lost"]
    put("win_rate", None, "event", ratio(len(won), len(won) + len(lost)), len(won) + len(lost))
    put("closed_won", None, "event", Fraction(len(won)), len(won))
    put("closed_lost", None, "event", Fraction(len(lost)), len(lost))
    again = [d for d in all_deals if any(inside(t, window) for t in reopenings(d))]
    put("reopened", None, "event", Fraction(len(again)), len(again))

    born = [d for d in all_deals if inside(d["created"], window)]
    put("opportunities", None, "cohort", Fraction(len(born)), len(born))
    now = {d["id"]: d["visits"][-1][0] for d in all_deals}
    won_born = [d for d in born if now[d["id"]] == "won"]
    lost_born = [d for d in born if now[d["id"]] == "lost"]
    put("win_rate", None, "cohort", ratio(len(won_born), len(won_born) + len(lost_born)), len(won_born) + len(lost_born))

    won_amounts = [a for a in (amount_of(d, "won") for d in won) if a is not None]
    lost_amounts = [a for a in (amount_of(d, "lost") for d in lost) if a is not None]
    known = (not won or won_amounts) and (not lost or lost_amounts)
    total = sum(won_amounts) + sum(lost_amounts)
    value = ratio(sum(won_amounts), total) if known else None
    put("win_rate_value", None, "event", value, len(won_amounts) + len(lost_amounts))
    put("won_value", None, "event", Fraction(sum(won_amounts)) if won_amounts or not won else None, len(won_amounts))

    cycle = [days(d["created"], last[d["id"]][1]) for d in won]
    both = cycle + [days(d["created"], last[d["id"]][1]) for d in lost]
    for metric, values in [("sales_cycle", cycle), ("close_cycle", both)]:
        for part, q in [("median", 50), ("p75", 75), ("p90", 90)]:
            put(metric, part, "event", quantile(values, q), len(values))
        put(metric, "mean", "event", ratio(sum(values), len(values)), len(values))

    end = AS_OF if window is None else min(window[1] - timedelta(microseconds=1), AS_OF)
    open_then = [d for d in all_deals if state_at(d, end) in OPEN]
    median = quantile(cycle, 50)
    velocity = None
    if won and won_amounts and median:
        rate = ratio(len(won), len(won) + len(lost))
        velocity = len(open_then) * rate * ratio(sum(won_amounts), len(won_amounts)) / median
    put("velocity", None, "event", velocity, len(won) + len(lost))

    open_now = [d for d in all_deals if now[d["id"]] in OPEN]
    priced = [d for d in open_now if d["amount"] is not None]
    plain = sum(Fraction(d["amount"]) for d in priced)
    weighted = sum(Fraction(d["amount"]) * PROBABILITY[now[d["id"]]] for d in priced)
    known = priced or not open_now
    put("pipeline_value", None, "as_of", Fraction(plain) if known else None, len(priced))
    put("weighted_pipeline", None, "as_of", Fraction(weighted) if known else None, len(priced))
    ages = [days(d["visits"][-1][1], AS_OF) for d in open_now]
    put("stage_age", "median", "as_of", quantile(ages, 50), len(ages))
    put("stage_age", "mean", "as_of", ratio(sum(ages), len(ages)), len(ages))

    for kind in ["strict", "any", "imputed"]:
        for k in range(len(LADDER) - 1):
            part = f"{LADDER[k]}→{LADDER[k + 1]}"
            cohort = [0, 0]
            event = [0, 0]
            for deal in all_deals:
                if now[deal["id"]] == "cancelled":
                    continue
                entered, decided, converted = funnel_fate(deal, k, kind)
                if entered is None:
                    continue
                visits = deal["visits"]
                if inside(visits[entered][1], window):
                    cohort[1] += 1
                    cohort[0] += converted
                stop = len(visits) if decided is None else decided
                decisions = [(t, False) for s, t in visits[entered + 1:stop] if s == "lost"]
                if decided is not None:
                    decisions.append((visits[decided][1], converted))
                decisions = [c for t, c in decisions if inside(t, window)]
                if decisions:
                    event[1] += 1
                    event[0] += decisions[-1]
            put(f"stage_conversion_{kind}", part, "cohort", ratio(*cohort), cohort[1])
            put(f"stage_conversion_{kind}", part, "event", ratio(*event), event[1])
    return out


def main():
    data = deals()
    windows = {"": None}
    for name, first, end in [
        ("q1", date(2024, 1, 1), date(2024, 4, 1)),
        ("q2", date(2024, 4, 1), date(2024, 7, 1)),
        ("march", date(2024, 3, 1), date(2024, 4, 1)),
        ("q3", date(2024, 7, 1), date(2024, 10, 1)),
    ]:
        windows[name] = (midnight(first), midnight(end), first, end)
    expected = []
    for name, window in windows.items():
        for partner in ["", "p1", "p2", "p3", None]:
            chosen = data if partner == "" else [d for d in data if d["partner"] == partner]
            expected.append({
                "window": [str(window[2]), str(window[3])] if window else None,
                "partner": partner,
                "values": measure(chosen, window),
            })
    iso = lambda at: at.strftime("%Y-%m-%dT%H:%M:%SZ")
    shown = [
        {**d, "created": iso(d["created"]), "visits": [[s, iso(t)] for s, t in d["visits"]]} for d in data
    ]
    print(json.dumps({"as_of": iso(AS_OF), "zone": ZONE.key, "deals": shown, "expected": expected},
                     ensure_ascii=False, separators=(",", ":")).replace('{"id"', '\n{"id"').replace('{"window"', '\n{"window"'))


if __name__ == "__main__":
    main()
