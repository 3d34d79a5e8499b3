"""Whatever form a column has in Arrow, and however it is cut into chunks, the rules say the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import qudao

BLUEPRINT = """
qudao: 1
objects:
  thing:
    fields:
      name: {type: text, required: true, max_length: 6}
      code: {type: text, unique: true}
      kind: {type: choice, choices: [small, large]}
      boss: {type: reference, of: account}
      count: {type: int}
      price: {type: decimal}
      worth: {type: money, currency: CNY}
      active: {type: bool}
      since: {type: date}
validation:
  - {id: code.form, object: thing, pattern: {field: code, regex: "[a-z]+[0-9]*"}}
  - {id: count.range, object: thing, range: {field: count, min: 0, max: 5}}
  - {id: price.range, object: thing, range: {field: price, min: "0.5", max: 20}, severity: warning}
  - {id: worth.range, object: thing, range: {field: worth, max: "9.99"}, severity: info}
  - {id: both, object: thing, check: "count < price || active"}
  - {id: day, object: thing, range: {field: since, min: 2026-01-01}}
"""

RELATED = {"account": [{"id": "a1"}, {"id": "a2"}]}
WORDS = ["", " ", "N/A", "a", "A", " a", "b1", "深圳", "a longer one", "B-2", "small", "无", "x" * 14]


@pytest.fixture(scope="module")
def things() -> qudao.Engine:
    return qudao.Engine.from_yaml(BLUEPRINT)


def optional(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(st.none(), strategy)


ROW = st.fixed_dictionaries(
    {
        "name": optional(st.sampled_from(WORDS)),
        "code": optional(st.sampled_from(WORDS)),
        "kind": optional(st.sampled_from(["small", "Large", "huge", "N/A"])),
        "boss": optional(st.sampled_from(["a1", " a2 ", "", "nobody", "N/A"])),
        "count": optional(st.integers(-3, 9)),
        "price": optional(st.sampled_from([0.1, 0.5, 3.25, 20.0, 1e-7, 123456.789, float("nan"), -2.0])),
        "worth": optional(st.sampled_from([1.5, 9.99, 10.0])),
        "active": optional(st.booleans()),
        "since": optional(st.dates(date(2025, 12, 1), date(2026, 2, 1))),
    }
)

TYPES = {"count": pa.int64(), "price": pa.float64(), "worth": pa.float64(), "active": pa.bool_(), "since": pa.date32()}
TEXTS = ["name", "code", "kind", "boss"]


def made(rows: list[dict[str, Any]], text: pa.DataType, count: pa.DataType) -> pa.Table:
    kinds = {**TYPES, **dict.fromkeys(TEXTS, text), "count": count}
    return pa.table({name: pa.array([row[name] for row in rows], kind) for name, kind in kinds.items()})


def forms(rows: list[dict[str, Any]], cut: int) -> Iterator[tuple[str, Any]]:
    plain = made(rows, pa.string(), pa.int64())
    yield "text", plain
    yield "large text", made(rows, pa.large_string(), pa.int32())
    yield "views", made(rows, pa.string_view(), pa.int16())
    coded = [pa.field(f.name, pa.dictionary(pa.int8(), pa.string()) if f.name in TEXTS else f.type) for f in plain.schema]
    yield "dictionaries", plain.cast(pa.schema(coded))
    yield "chunks", pa.concat_tables([plain.slice(0, cut), plain.slice(cut)])
    around = pa.concat_tables([plain.slice(0, 1), plain, plain.slice(0, 1)]).combine_chunks()
    yield "a slice", around.slice(min(1, len(rows)), len(rows))
    frame = pl.from_arrow(plain)
    assert isinstance(frame, pl.DataFrame)
    yield "polars", frame
    yield "polars, chunks", pl.concat([frame[:cut], frame[cut:]], rechunk=False)
    yield "polars, words", frame.with_columns(pl.col(TEXTS).cast(pl.Categorical))


def said(engine: qudao.Engine, frame: Any) -> Any:
    checked = engine.validate("thing", frame, related=RELATED)
    found = checked.violations.to_dicts()
    assert [(f["row"], f["rule"]) for f in found] == [(f["row"], f["rule"]) for f in checked.failures.to_dicts()]
    assert len(found) == checked._inner.count()
    return found, checked.summary.to_dicts(), checked.ok


@settings(max_examples=40, deadline=None)
@given(st.lists(ROW, max_size=7), st.integers(0, 7))
def test_every_form_of_a_frame_says_the_same(things: qudao.Engine, rows: list[dict[str, Any]], cut: int) -> None:
    expected = said(things, rows)
    assert said(things, {name: [row[name] for row in rows] for name in [*TEXTS, *TYPES]}) == expected
    for form, frame in forms(rows, cut):
        assert said(things, frame) == expected, form


@settings(max_examples=30, deadline=None)
@given(st.lists(ROW, max_size=9), st.integers(1, 4))
def test_batches_of_any_form_say_the_same(things: qudao.Engine, rows: list[dict[str, Any]], size: int) -> None:
    whole = things.validate("thing", rows, related=RELATED)
    frame = pl.DataFrame(rows, schema=_schema()) if rows else pl.DataFrame(schema=_schema())
    cuts: list[Callable[[], list[Any]]] = [
        lambda: [rows[at : at + size] for at in range(0, len(rows), size)],
        lambda: [frame[at : at + size] for at in range(0, len(rows), size)],
    ]
    for cut in cuts:
        found = things.validate_batches("thing", cut(), related=RELATED)
        assert found.failures.to_dicts() == whole.failures.to_dicts()
        assert found.summary.to_dicts() == whole.summary.to_dicts()


def _schema() -> dict[str, Any]:
    kinds: dict[str, Any] = dict.fromkeys(TEXTS, pl.String)
    return kinds | {"count": pl.Int64, "price": pl.Float64, "worth": pl.Float64, "active": pl.Boolean, "since": pl.Date}


def test_mixed_columns_of_dictionaries_are_read_value_by_value(things: qudao.Engine) -> None:
    rows = [{"name": "a", "count": 1}, {"name": "b", "count": "x"}, {"count": 2.5, "name": None}, {"name": "c", "count": True}]
    found = things.validate("thing", rows).failures.to_dicts()
    assert [f for f in found if f["rule"] == "thing.count.type"] == [{"row": at, "rule": "thing.count.type"} for at in (1, 2, 3)]
    later = things.validate("thing", [{"name": "a"}, {"name": "b", "since": date(2020, 1, 1)}, {}])
    assert [(f["row"], f["rule"]) for f in later.failures.to_dicts()] == [(1, "day"), (2, "thing.name.required")]
