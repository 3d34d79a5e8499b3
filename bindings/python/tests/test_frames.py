"""Frames of every library go in alike, whatever their physical types."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import qudao

ROWS: list[dict[str, Any]] = [
    {"id": "a", "name": "华为技术有限公司", "phone": "0755-28780808", "employees": 10},
    {"id": "b", "name": "N/A", "phone": "12345", "employees": 0},
    {"id": "c", "name": None, "phone": None, "employees": None},
]

FRAMES: dict[str, Callable[[], Any]] = {
    "dicts": lambda: ROWS,
    "columns": lambda: {k: [r[k] for r in ROWS] for k in ROWS[0]},
    "polars": lambda: pl.DataFrame(ROWS),
    "polars lazy": lambda: pl.LazyFrame(ROWS),
    "polars chunks": lambda: pl.concat([pl.DataFrame([r], schema=pl.DataFrame(ROWS).schema) for r in ROWS], rechunk=False),
    "pandas": lambda: pd.DataFrame(ROWS),
    "pandas index": lambda: pd.DataFrame(ROWS).set_index(pd.Index([5, 3, 9])),
    "pyarrow": lambda: pa.Table.from_pylist(ROWS),
    "pyarrow batch": lambda: pa.RecordBatch.from_pylist(ROWS),
    "pyarrow stream": lambda: pa.RecordBatchReader.from_batches(
        pa.Table.from_pylist(ROWS).schema, pa.Table.from_pylist(ROWS).to_batches(max_chunksize=1)
    ),
    "duckdb": lambda: duckdb.from_arrow(pa.Table.from_pylist(ROWS)),
}


def found(engine: qudao.Engine, frame: Any) -> list[tuple[int, str]]:
    table = engine.validate("account", frame).violations
    return list(zip(table.column("row"), table.column("code"), strict=True))


@pytest.mark.parametrize("kind", FRAMES)
def test_every_frame_gives_the_same_answer(engine: qudao.Engine, kind: str) -> None:
    answer = found(engine, FRAMES[kind]())
    assert [row for row, _ in answer] == [1, 1, 1, 2]
    assert answer == found(engine, ROWS)


def plain(frame: Any) -> list[dict[str, Any]]:
    """The rows of a frame of any kind."""
    rows: list[dict[str, Any]]
    if isinstance(frame, pl.LazyFrame):
        return frame.collect().to_dicts()
    if isinstance(frame, pl.DataFrame):
        return frame.to_dicts()
    if isinstance(frame, pd.DataFrame):
        return [{str(k): None if pd.isna(v) else v for k, v in r.items()} for r in frame.to_dict("records")]
    if isinstance(frame, (pa.Table, pa.RecordBatch)):
        rows = frame.to_pylist()
    elif isinstance(frame, pa.RecordBatchReader):
        rows = frame.read_all().to_pylist()
    elif isinstance(frame, duckdb.DuckDBPyRelation):
        rows = frame.to_arrow_table().to_pylist()
    elif isinstance(frame, dict):
        rows = [dict(zip(frame, row)) for row in zip(*frame.values())]
    else:
        rows = list(frame)
    return rows


@pytest.mark.parametrize("kind", FRAMES)
def test_good_and_bad_rows_are_frames_of_the_kind_that_was_given(engine: qudao.Engine, kind: str) -> None:
    frame = FRAMES[kind]()
    good, bad = engine.validate("account", frame).split()
    assert type(good) is type(bad) is type(frame)
    assert (plain(good), plain(bad)) == (ROWS[:1], ROWS[1:])


def test_a_split_keeps_order_index_types_and_columns_that_no_rule_knows(engine: qudao.Engine) -> None:
    names = ["Acme", "N/A", "Bolt", None, "Cog"]
    frame = pd.DataFrame({"name": names, "seen": pd.Categorical(list("abcab")), "n": [1, 2, 3, 4, 5]}, index=[9, 7, 7, 3, 1])
    good, bad = engine.validate("account", frame).split()
    pd.testing.assert_frame_equal(good, frame.iloc[[0, 2, 4]])
    pd.testing.assert_frame_equal(bad, frame.iloc[[1, 3]])
    deals = pl.DataFrame({"name": names, "seen": pl.Series(list("abcab"), dtype=pl.Categorical), "l": [[1], [], None, [2], [3]]})
    good, bad = engine.validate("account", deals).split()
    assert good.equals(deals[[0, 2, 4]]) and bad.equals(deals[[1, 3]])
    assert good.schema == bad.schema == deals.schema
    rows = [{"name": n, "any": object()} for n in names]
    kept = [{k: v for k, v in r.items() if k == "name"} for r in rows]
    some = tuple(kept)
    parts = engine.validate("account", some).split()
    assert all(a is b for a, b in zip(parts[0], [some[0], some[2], some[4]]))
    columns = {"name": pl.Series(names), "n": pa.array([1, 2, 3, 4, 5]), "m": [1, 2, 3, 4, 5], "k": pd.Series([1, 2, 3, 4, 5]).to_numpy()}
    good, bad = engine.validate("account", columns).split()
    assert (good["name"].to_list(), good["n"].to_pylist(), good["m"], good["k"].tolist()) == (["Acme", "Bolt", "Cog"], [1, 3, 5], [1, 3, 5], [1, 3, 5])
    assert (bad["name"].to_list(), bad["n"].to_pylist(), bad["m"], bad["k"].tolist()) == (["N/A", None], [2, 4], [2, 4], [2, 4])


def test_a_split_by_severity(engine: qudao.Engine) -> None:
    rows = [{"name": "Acme"}, {"name": "Bolt", "employees": 0}, {"name": None}]
    checked = engine.validate("account", rows)
    assert checked.split("error") == (rows[:2], rows[2:])
    assert checked.split("warning") == (rows[:1], rows[1:])
    wrong: Any = "fatal"
    with pytest.raises(qudao.InputError) as caught:
        checked.split(wrong)
    assert caught.value.code == "validation.bad_severity"
    rows.append({"name": "Cog"})
    with pytest.raises(qudao.InputError) as caught:
        checked.split()
    assert (caught.value.code, caught.value.params) == ("frame.changed", {"rows": 3, "now": 4})


def test_a_relation_and_a_stream_are_run_once(engine: qudao.Engine) -> None:
    relation = duckdb.sql("select case when i % 2 = 0 then 'Acme' end as name, i from range(10) t(i) order by random()")
    good, bad = engine.validate("account", relation).split()
    assert {r["i"] % 2 for r in plain(good)} == {0} and {r["i"] % 2 for r in plain(bad)} == {1}


def test_results_of_queries_are_split_as_rows(engine: qudao.Engine) -> None:
    session = qudao.Workspace(":memory:", engine).session("alice")
    assert session.submit(qudao.Create("account", {"name": "Acme", "employees": 0}, id="a"))
    page = session.query("account")
    good, bad = engine.validate("account", page).split("warning")
    assert (good, bad) == ([], [page[0]])
    found = engine.validate("account", [{"name": None}]).violations
    good, bad = engine.validate("account", found).split()
    assert (good, len(bad)) == ([], 1)


def test_the_answer_is_what_the_rules_say(engine: qudao.Engine) -> None:
    rows = engine.validate("account", ROWS).violations.to_dicts()
    assert [(r["row"], r["rule"], r["severity"]) for r in rows] == [
        (1, "account.name.required", "error"),
        (1, "account.phone.format", "error"),
        (1, "account.employees", "warning"),
        (2, "account.name.required", "error"),
    ]


TYPES: list[tuple[str, pa.Array]] = [
    *[
        ("employees", pa.array([1, None, 100], t))
        for t in (pa.int8(), pa.int16(), pa.int32(), pa.int64(), pa.uint8(), pa.uint16(), pa.uint32(), pa.uint64())
    ],
    *[("score", pa.array([0.1, None, 1e-7], t)) for t in (pa.float32(), pa.float64())],
    ("score", pa.array([Decimal("1.10"), None], pa.decimal128(38, 20))),
    ("score", pa.array([Decimal("1.10"), None], pa.decimal256(50, 3))),
    *[("name", pa.array(["甲", "乙乙"], t)) for t in (pa.string(), pa.large_string(), pa.string_view())],
    ("name", pa.array(["甲", "甲", "乙"]).dictionary_encode()),
    ("grade", pa.DictionaryArray.from_arrays(pa.array([1, None, 0], pa.uint8()), pa.array(["a", "b"], pa.large_string()))),
    ("phone", pa.array(["0755-28780808", None])),
    ("phone", pa.nulls(2)),
    *[("since", pa.array([date(2024, 2, 29), None], t)) for t in (pa.date32(), pa.date64())],
    ("since", pa.array([datetime(2024, 2, 29)], pa.timestamp("ns"))),
    *[
        ("seen_at", pa.array([datetime(2024, 2, 29, 1, 2, 3, tzinfo=timezone.utc), None], pa.timestamp(u, "Asia/Tokyo")))
        for u in ("s", "ms", "us", "ns")
    ],
    ("seen_at", pa.array([date(2024, 2, 29)], pa.date32())),
    ("seen_at", pa.array(["2024-02-29T01:02:03Z"])),
    *[("response", pa.array([timedelta(days=1), None], pa.duration(u))) for u in ("s", "ms", "us", "ns")],
    ("vip", pa.array([True, None, False])),
    ("tags", pa.array([["a", "b"], [], None])),
    ("tags", pa.array([["a"], None], pa.large_list(pa.string()))),
    ("tags", pa.array([["a", "b"]], pa.list_(pa.string(), 2))),
    ("price", pa.array([{"amount": Decimal("1.5"), "currency": "USD"}, None])),
    ("annual_revenue", pa.array([1, None])),
]


@pytest.mark.parametrize(("column", "array"), TYPES, ids=[f"{c} {a.type}" for c, a in TYPES])
def test_every_arrow_type_is_read(engine: qudao.Engine, column: str, array: pa.Array) -> None:
    frame = pa.table({column: array} if column == "name" else {"name": ["Acme"] * len(array), column: array})
    checked = engine.validate("account", frame)
    assert checked.ok, checked.messages("en")
    assert not [r for r in checked.violations.to_dicts() if r["code"].startswith("value.")]


def test_nulls_of_every_kind_are_missing(engine: qudao.Engine) -> None:
    for array in (pa.nulls(1), pa.array([None], pa.string()), pa.array([" "]), pa.array(["N/A"])):
        assert found(engine, pa.table({"name": array}))[0] == (0, "field.required")
    for frame in (pd.DataFrame({"name": [pd.NA]}), pl.DataFrame({"name": [None]}), [{"name": pd.NA}], [{"name": pd.NaT}]):
        assert found(engine, frame)[0] == (0, "field.required")
    nothing = pl.DataFrame({"name": ["Acme"], "phone": [None], "tags": [[]]})
    assert found(engine, nothing) == []


def test_numbers_that_readers_of_files_made_of_texts_are_texts_again(engine: qudao.Engine) -> None:
    """A CSV reader takes ids and phone numbers for numbers; pandas makes floats of those with gaps."""
    frame = pd.DataFrame({"name": ["Acme", "Bolt"], "phone": [13800138000.0, None], "partner": [17.0, None]})
    assert engine.validate("account", frame).ok
    assert engine.validate("account", pl.DataFrame({"name": ["Acme"], "phone": [13800138000]})).ok


def test_typed_values_are_taken_at_their_type(engine: qudao.Engine) -> None:
    row = engine.validate("account", [{"name": "Acme", "phone": 13800138000}]).violations.to_dicts()[0]
    assert (row["row"], row["code"], row["fields"]) == (0, "value.wrong_type", ["phone"])


def test_rows_need_not_have_the_same_keys_in_the_same_order(engine: qudao.Engine) -> None:
    key = "na"
    rows: list[Any] = [
        {"name": "Acme", "employees": 0, "phone": "1"},
        {"employees": 0, "name": "Acme"},
        {"shoe": 1, "phone": "1", key + "me": "Acme"},
        {},
        qudao.Record("account", "r1", 1, {"name": "Bolt", "employees": 0}),
        {"size": 1, "id": "x", "name": None},
    ]
    checked = engine.validate("account", rows)
    found = [(r["row"], r["rule"]) for r in checked.violations.to_dicts()]
    assert found == [
        *((0, r) for r in ("account.phone.format", "account.employees")),
        (1, "account.employees"),
        (2, "account.phone.format"),
        (3, "account.name.required"),
        (4, "account.employees"),
        (5, "account.name.required"),
    ]
    assert checked.unknown_columns == ["shoe", "size"]
    assert [v.record for _, v in checked.findings(5)] == ["x"]
    wrong: Any
    for wrong in ([{"name": "a"}, 5], [{"name": "a"}, {5: "b"}]):
        with pytest.raises(qudao.InputError) as caught:
            engine.validate("account", wrong)
        assert (caught.value.code, "row 1" in str(caught.value)) == ("frame.bad_row", True)
    with pytest.raises(qudao.InputError) as caught:
        engine.validate("account", [{"name": "a"}, {"name": "b", "seen_at": datetime(2026, 1, 1)}])
    assert caught.value.params == {"row": "1", "column": "seen_at"}


def test_unknown_columns_are_named_and_do_no_harm(engine: qudao.Engine) -> None:
    frame = pa.table({"name": ["Acme"], "shoe_size": [43], "blob": pa.array([b"x"])})
    checked = engine.validate("account", frame)
    assert checked.ok
    assert checked.unknown_columns == ["shoe_size"]


def test_an_empty_frame_is_fine(engine: qudao.Engine) -> None:
    frames: list[Any] = [[], {}, pl.DataFrame({"name": []}), pd.DataFrame(), pa.table({"name": pa.array([], pa.string())})]
    for frame in frames:
        checked = engine.validate("account", frame)
        assert checked.ok
        assert checked.rows == 0


def test_related_frames(engine: qudao.Engine) -> None:
    deals = pl.DataFrame({"name": ["Acme", "Bolt"], "partner": ["p1", "p2"], "stage": ["prospect", "prospect"]})
    partners = pd.DataFrame({"id": ["p1", "p2"], "name": ["P", "Q"], "status": ["active", "ended"]})
    checked = engine.validate("opportunity", deals, related={"partner": partners, "account": []})
    assert [r["row"] for r in checked.violations.to_dicts() if r["rule"] == "opp.partner_active"] == [1]
    with pytest.raises(qudao.QudaoError) as error:
        engine.validate("opportunity", deals)
    assert "partner" in str(error.value)


def test_money_comes_with_its_currency(engine: qudao.Engine) -> None:
    def code(value: Any) -> str | None:
        rows = engine.validate("account", [{"name": "Acme", "price": value}]).violations.to_dicts()
        return rows[0]["code"] if rows else None

    assert code(qudao.Money("1.50", "USD")) is None
    assert code(Decimal("1.50")) == "value.no_currency"
    rows = [{"name": "Acme", "annual_revenue": qudao.Money(1, "USD")}]
    assert engine.validate("account", rows).violations.column("code") == ["value.wrong_currency"]
