"""KPIs over frames. The numbers are worked out by hand in the comments."""

from __future__ import annotations

import json
from datetime import date, datetime, timezone
from decimal import Decimal
from typing import Any

import pandas as pd
import polars as pl
import pytest

import qudao
from conftest import NOW


def at(day: int, month: int = 1) -> datetime:
    return datetime(2026, month, day, 4, tzinfo=timezone.utc)


#  id  created  outcome  closed   amount   region     cycle in days
DEALS = [
    ("d1", at(1), "won", at(11), 100, "east"),  #     10
    ("d2", at(1), "won", at(21), 300, "east"),  #     20
    ("d3", at(5), "lost", at(9), 50, "west"),
    ("d4", at(5), "won", at(15, 2), 200, "west"),  #  41
    ("d5", at(7), "open", None, 1000, "east"),
    ("d6", at(7), "cancelled", at(8), 70, "east"),
]

FRAME = pl.DataFrame(
    DEALS,
    schema={
        "id": pl.String,
        "created_at": pl.Datetime("us", "UTC"),
        "outcome": pl.String,
        "closed_at": pl.Datetime("us", "UTC"),
        "amount": pl.Int64,
        "source": pl.String,
    },
    orient="row",
)
VISITS = pl.DataFrame(
    [
        ("d1", "prospect", at(1)),
        ("d1", "quoted", at(3)),
        ("d1", "won", at(11)),
        ("d2", "prospect", at(1)),
        ("d2", "won", at(21)),
        ("d3", "prospect", at(5)),
        ("d3", "lost", at(9)),
        ("d4", "prospect", at(5)),
        ("d4", "won", at(15, 2)),
        ("d5", "prospect", at(7)),
    ],
    schema={"record": pl.String, "stage": pl.String, "entered": pl.Datetime("us", "UTC")},
    orient="row",
)


def test_rates_cycles_and_who_is_behind(engine: qudao.Engine) -> None:
    report = engine.kpis({"opportunity": FRAME}, metrics=["win_rate", "sales_cycle"], now=NOW)
    rate = report.whole("win_rate")
    # 3 won of 4 closed; d6 is cancelled.
    assert (rate.value, rate.numerator, rate.denominator, rate.n) == (Decimal("0.75"), Decimal(3), Decimal(4), 4)
    assert rate.ids.numerator == ("d1", "d2", "d4")
    assert [(e.reason, e.count, e.ids) for e in rate.excluded] == [("kpi.excluded.cancelled", 1, ("d6",))]
    assert rate.excluded[0].text("zh-CN") != rate.excluded[0].text("en")
    # 10, 20, 41
    assert report.whole("sales_cycle", "median").value == 20
    assert report.whole("sales_cycle", "mean").value == Decimal("23.666667")
    assert rate.definition_hash != report.whole("sales_cycle", "mean").definition_hash
    assert rate.blueprint_hash == engine.hash
    assert rate.as_of == NOW


def test_groups_and_windows(engine: qudao.Engine) -> None:
    report = engine.kpis({"opportunity": FRAME}, metrics="win_rate", by=["source", "month"], window=qudao.Window.quarter(2026, 1), now=NOW)
    rows = {(v.group["source"], v.group["month"]): v.value for v in report}
    assert rows[("east", "2026-01")] == 1
    assert rows[("west", "2026-01")] == 0
    assert rows[("west", "2026-02")] == 1
    frame = report.to_polars()
    assert frame.schema["value"] == pl.Decimal(38, 6)
    assert set(frame["source"]) == {"east", "west"}
    january = engine.kpis(
        {"opportunity": FRAME}, metrics="win_rate", window=(date(2026, 1, 1), date(2026, 2, 1)), now=NOW
    )
    # 2 won of 3 closed in January; half-open in Shanghai.
    assert january.whole("win_rate").value == Decimal("0.666667")
    assert january.whole("win_rate").window_from == datetime(2025, 12, 31, 16, tzinfo=timezone.utc)
    assert january.column("window_to")[0] == datetime(2026, 1, 31, 16, tzinfo=timezone.utc)


def test_undefined_is_never_zero(engine: qudao.Engine) -> None:
    report = engine.kpis({"opportunity": FRAME.filter(pl.col("outcome") == "open")}, metrics="win_rate", now=NOW)
    rate = report.whole("win_rate")
    assert rate.value is None
    assert rate.reason == "kpi.undefined.no_cases"
    assert rate.why("en") and rate.why("zh-CN") != rate.why("en")
    row = report.to_dicts()[0]
    assert row["value"] is None
    assert row["reason"] == "kpi.undefined.no_cases"
    assert json.loads(row["excluded"]) == {}


def test_visits_and_the_pipeline(engine: qudao.Engine) -> None:
    deals = FRAME.with_columns(stage=pl.when(pl.col("outcome") == "open").then(pl.lit("prospect")).otherwise(pl.col("outcome")), process=pl.lit("sale"))
    data = {"opportunity": deals, "visit": VISITS}
    report = engine.kpis(data, metrics=["stage_conversion_any", "weighted_pipeline"], now=NOW)
    # 1000 × 0.1
    assert report.whole("weighted_pipeline").value == 100
    assert report.whole("weighted_pipeline").currency == "CNY"
    funnel = {v.part: v for v in report.of("stage_conversion_any")}
    # 5 reached prospect, 1 of them quoted.
    first = next(v for part, v in funnel.items() if part and part.startswith("prospect"))
    assert (first.numerator, first.denominator) == (Decimal(1), Decimal(5))
    with pytest.raises(qudao.NowRequiredError):
        engine.kpis(data, metrics="weighted_pipeline")
    assert engine.kpis(data, metrics="win_rate").whole("win_rate").value == Decimal("0.75")


def test_bad_visits_name_their_row(engine: qudao.Engine) -> None:
    def ask(**change: Any) -> None:
        row = {"record": "d1", "stage": "prospect", "entered": at(1), **change}
        good = {"record": "d1", "stage": "prospect", "entered": at(1)}
        engine.kpis({"opportunity": FRAME, "visit": [good, row]}, metrics="win_rate", now=NOW)

    ask(entered=date(2026, 1, 1))
    for change in ({"stage": "heaven"}, {"record": None}, {"entered": None}, {"entered": "soon"}):
        with pytest.raises(qudao.InputError) as caught:
            ask(**change)
        assert (caught.value.code, caught.value.params["row"]) == ("visit.bad_row", "1")


def test_a_missing_rate_is_an_error_never_one(engine: qudao.Engine) -> None:
    text = """
qudao: 1
currency: CNY
objects: {opportunity: {fields: {quote: {type: money, currency: any}}}}
metrics: {quoted: {object: opportunity, kind: sum, of: quote}}
"""
    foreign = qudao.Engine.from_yaml(text)
    deals = [{"id": "a", "quote": qudao.Money(10, "USD"), "created_at": at(1)}]
    with pytest.raises(qudao.InputError) as caught:
        foreign.kpis({"opportunity": deals}, metrics="quoted", now=NOW)
    assert (caught.value.code, caught.value.params["currency"]) == ("kpi.missing_rate", "USD")
    for rates in (
        [("USD", "CNY", date(2026, 1, 1), Decimal("7.2"))],
        [("USD", "CNY", date(2026, 1, 1), "7.2")],
        pl.DataFrame({"from": ["USD"], "into": ["CNY"], "date": [date(2026, 1, 1)], "rate": [7.2]}),
        pd.DataFrame({"from": ["USD"], "into": ["CNY"], "date": [date(2026, 1, 1)], "rate": [7.2]}),
    ):
        report = foreign.kpis({"opportunity": deals}, metrics="quoted", rates=rates, now=NOW)
        assert report.whole("quoted").value == 72
    bad: Any
    for bad in ([("USD", "CNY", "2026-01-01", 7)], [("USD",)], pl.DataFrame({"from": ["USD"]})):
        with pytest.raises((qudao.InputError, ValueError)):
            foreign.kpis({"opportunity": deals}, metrics="quoted", rates=bad, now=NOW)


def test_questions_that_cannot_be_answered(engine: qudao.Engine) -> None:
    def code(**question: Any) -> str:
        with pytest.raises(qudao.InputError) as caught:
            engine.kpis({"opportunity": FRAME}, now=NOW, **question)
        return caught.value.code

    assert code(metrics="winrate") == "kpi.unknown_metric"
    assert code(metrics="win_rate", by="sauce") == "kpi.unknown_group"
    assert code(window=(date(2026, 2, 1), date(2026, 1, 1))) == "kpi.bad_window"
    assert code(window=("2026-01-01", None)) == "kpi.bad_window"
    assert code(basis="guess") == "kpi.bad_query"
    assert code(zone="Mars") == "kpi.bad_query"
    assert code(clock="sundial") == "kpi.bad_query"
    assert code(as_of=datetime(2026, 1, 1)) == "value.naive_datetime"


def test_as_of(engine: qudao.Engine) -> None:
    early = engine.kpis({"opportunity": FRAME, "visit": VISITS}, metrics="win_rate", as_of=at(12), clock="occurred", now=NOW)
    # By 12 January d1 was won and d3 lost.
    assert early.whole("win_rate").value == Decimal("0.5")


def test_values_that_could_not_be_read_are_told(engine: qudao.Engine) -> None:
    deals = FRAME.with_columns(amount=pl.lit(float("nan")))
    report = engine.kpis({"opportunity": deals}, metrics=["win_rate"], now=NOW)
    assert len(report.problems["opportunity"]) == len(DEALS)
    twice = pl.concat([FRAME, FRAME])
    with pytest.raises(qudao.InputError) as caught:
        engine.kpis({"opportunity": twice}, metrics="win_rate", now=NOW)
    assert caught.value.code == "dataset.duplicate_id"


def test_a_group_named_as_a_column(engine: qudao.Engine) -> None:
    report = engine.kpis({"opportunity": FRAME.with_columns(process=pl.lit("sale"))}, metrics="win_rate", by="process", now=NOW)
    assert report.column("by_process") == ["sale"]


def test_reports_print(engine: qudao.Engine) -> None:
    report = engine.kpis({"opportunity": FRAME}, now=NOW)
    assert "… " in repr(report)
    assert "0.75" in repr(engine.kpis({"opportunity": FRAME}, metrics="win_rate", now=NOW))
    assert "<table>" in report._repr_html_()
    assert len(report) == len(report.to_polars()) == len(list(report))
    assert report[0] == report.values[0]
    with pytest.raises(qudao.InputError):
        report.whole("nothing")
