"""What no engine should meet, and meets every day."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import qudao


def codes(engine: qudao.Engine, **values: Any) -> list[str]:
    return list(engine.validate("account", [{"name": "Acme", **values}]).violations.column("code"))


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("score", float("nan"), "value.bad_number"),
        ("score", float("inf"), "value.bad_number"),
        ("score", 1e300, "value.bad_number"),
        ("score", Decimal("NaN"), "value.bad_number"),
        ("score", Decimal("1e400"), "value.bad_number"),
        ("score", "1" * 60, "number.overflow"),
        ("employees", 2**80, "value.out_of_range"),
        ("employees", 2**200, "value.out_of_range"),
        ("employees", 1.5, "value.wrong_type"),
        ("vip", 3, "value.wrong_type"),
        ("since", timedelta(days=1), "value.wrong_type"),
        ("phone", ["a"], "value.wrong_type"),
        ("address", "\ud800", "value.bad_form"),
    ],
)
def test_a_value_that_fits_no_field_is_a_finding_of_its_row(
    engine: qudao.Engine, field: str, value: Any, code: str
) -> None:
    rows = [{"name": "Acme"}, {"name": "Bolt", field: value}]
    found = engine.validate("account", rows).violations.to_dicts()
    assert [(r["row"], r["code"], r["fields"]) for r in found] == [(1, code, [field])]


def test_frames_with_nan_and_overflow_name_row_and_field(engine: qudao.Engine) -> None:
    frame = pl.DataFrame({"name": ["Acme"] * 4, "score": [1.5, float("nan"), float("-inf"), 1e40]})
    found = engine.validate("account", frame).violations.to_dicts()
    assert [(r["row"], r["code"], r["fields"]) for r in found] == [
        (1, "value.bad_number", ["score"]),
        (2, "value.bad_number", ["score"]),
        (3, "value.bad_number", ["score"]),
    ]
    wide = pa.table({"name": ["Acme"], "score": pa.array([Decimal(10) ** 37], pa.decimal128(38, 0))})
    assert engine.validate("account", wide).violations.column("code") == ["value.bad_number"]
    late = pa.table({"name": ["Acme"], "seen_at": pa.array([2**62], pa.timestamp("s", "UTC"))})
    assert engine.validate("account", late).violations.column("code") == ["value.out_of_range"]


def raises(code: str, call: Any) -> qudao.QudaoError:
    with pytest.raises(qudao.QudaoError) as caught:
        call()
    assert caught.value.code == code, repr(caught.value)
    assert caught.value.text()
    return caught.value


def test_a_datetime_without_a_zone_is_an_error_with_its_place(engine: qudao.Engine) -> None:
    rows = [{"name": "Acme"}, {"name": "y", "seen_at": datetime(2026, 1, 1)}]
    error = raises("value.naive_datetime", lambda: engine.validate("account", rows))
    assert error.params == {"column": "seen_at", "row": "1"}
    frame = pl.DataFrame({"name": ["Acme"], "seen_at": [datetime(2026, 1, 1)]})
    error = raises("frame.naive_timestamp", lambda: engine.validate("account", frame))
    assert error.params["column"] == "seen_at"
    raises("value.naive_datetime", lambda: engine.validate("account", [], now=datetime(2026, 1, 1)))


def test_a_midnight_without_a_zone_is_a_date_and_another_hour_is_none(engine: qudao.Engine) -> None:
    frame = pl.DataFrame({"name": ["Acme", "Bolt"], "since": [datetime(2026, 1, 1), datetime(2026, 1, 1, 9)]})
    found = engine.validate("account", frame).violations.to_dicts()
    assert [(r["row"], r["code"]) for r in found] == [(1, "value.bad_date")]


def test_types_that_are_no_value_name_column_and_type(engine: qudao.Engine) -> None:
    frame = pa.table({"name": ["Acme"], "phone": pa.array([b"x"])})
    error = raises("frame.unsupported_type", lambda: engine.validate("account", frame))
    assert error.params == {"column": "phone", "type": "Binary"}
    error = raises("value.unsupported_type", lambda: engine.validate("account", [{"name": object()}]))
    assert error.params == {"type": "object", "column": "name", "row": "0"}


def test_things_that_are_no_frame(engine: qudao.Engine) -> None:
    for thing in (None, 5, "name", b"x", iter([{}]), object()):
        raises("frame.unsupported", lambda thing=thing: engine.validate("account", thing))
    raises("frame.bad_row", lambda: engine.validate("account", [1]))
    raises("frame.bad_row", lambda: engine.validate("account", [{1: "x"}]))
    raises("frame.bad_column", lambda: engine.validate("account", {"name": "xyz"}))
    raises("frame.ragged", lambda: engine.validate("account", {"name": ["Acme", "Bolt"], "phone": ["1"]}))
    raises("frame.unreadable", lambda: engine.validate("account", pl.Series("name", ["x"])))
    twice = pa.table([pa.array(["x"]), pa.array(["y"])], names=["name", "name"])
    raises("frame.duplicate_column", lambda: engine.validate("account", twice))


def test_lists_within_lists(engine: qudao.Engine) -> None:
    deep: Any = "x"
    for _ in range(5000):
        deep = [deep]
    assert codes(engine, tags=deep) == ["value.bad_form"]
    nested = pa.array([[[["x"]]]])
    checked = engine.validate("account", pa.table({"name": ["Acme"], "tags": nested}))
    assert checked.violations.column("code") == ["value.wrong_type"]


def test_a_list_that_holds_itself(engine: qudao.Engine) -> None:
    ring: list[Any] = []
    ring.append(ring)
    assert codes(engine, tags=ring) == ["value.bad_form"]


def test_a_long_text_is_no_harm(engine: qudao.Engine) -> None:
    assert codes(engine, address="x" * 1_000_000) == []


def test_numpy_scalars(engine: qudao.Engine) -> None:
    row = {"name": "Acme", "employees": np.int64(5), "score": np.float64(0.1), "vip": np.bool_(True)}
    assert engine.validate("account", [row]).ok
    assert codes(engine, score=np.float32("nan")) == ["value.bad_number"]


def test_html_of_results_is_escaped(engine: qudao.Engine, session: qudao.Session) -> None:
    evil = "<script>alert(1)</script>"
    session.submit(qudao.Create("account", {"name": evil}, id="a1"))
    same = qudao.dedupe([{"company": evil}, {"company": evil}])
    pages = [
        session.get("account", "a1")._repr_html_(),
        session.query("account")._repr_html_(),
        same.explain(0, 1)._repr_html_(),
        same.guess._repr_html_(),
        same._repr_html_(),
        engine.validate("account", [{"name": ""}])._repr_html_(),
        session.submit(qudao.Create("account", {}))._repr_html_(),
    ]
    for page in pages:
        assert "<script" not in page
        assert "<table>" in page


def test_a_grant_or_a_word_of_the_wrong_type_is_an_error(session: qudao.Session) -> None:
    bad: Any = qudao.Create
    raises("command.bad_argument", lambda: session.submit(bad(5, {})))
    raises("command.unknown", lambda: session.submit(bad))
    nothing: Any = None
    raises("command.unknown", lambda: session.submit(nothing))
    raises("frame.bad_row", lambda: session.submit(bad("account", 5)))
    raises("id.invalid", lambda: session.submit(qudao.Create("account", {"na me": 1})))
    raises("value.bad_number", lambda: session.submit(qudao.Create("account", {"score": float("nan")})))
    raises("value.naive_datetime", lambda: session.submit(qudao.Create("account", {}), datetime(2026, 1, 1)))
    raises("id.invalid", lambda: session.get("account", ""))
    raises("command.bad_argument", lambda: session.submit(bad("account", {}, operation="merge")))


VALUES = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        st.decimals(),
        st.text(),
        st.dates(),
        st.datetimes(timezones=st.just(timezone.utc)),
        st.timedeltas(),
    ),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=5,
)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(row=st.dictionaries(st.sampled_from(["id", "name", "phone", "score", "since", "seen_at", "tags", "price", "x"]), VALUES))
def test_no_row_stops_the_engine(engine: qudao.Engine, row: dict[str, Any]) -> None:
    checked = engine.validate("account", [row])
    for found in checked.violations.to_dicts():
        assert found["row"] == 0
    for text in checked.messages("zh-CN").column("message"):
        assert "{" not in text


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    number=st.one_of(
        st.floats(allow_nan=False, allow_infinity=False, min_value=-1e15, max_value=1e15).filter(
            lambda f: f == 0 or abs(f) > 1e-10
        ),
        st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=-(10**15), max_value=10**15),
    )
)
def test_numbers_come_back_as_they_went_in(engine: qudao.Engine, number: float | Decimal) -> None:
    session = qudao.Workspace(":memory:", engine).session("alice")
    session.submit(qudao.Create("account", {"name": "Acme", "score": number}, id="a"))
    back = session.get("account", "a")["score"]
    assert isinstance(back, Decimal)
    # A float is a decimal as short as can be that reads back as the same float.
    assert back == number if isinstance(number, Decimal) else float(back) == number
    if isinstance(number, float):
        assert len(back.normalize().as_tuple().digits) <= len(Decimal(repr(number)).normalize().as_tuple().digits)


def test_dates_and_times_come_back_as_they_went_in(session: qudao.Session) -> None:
    at = datetime(2026, 1, 1, 12, 0, 0, 123456, tzinfo=timezone(timedelta(hours=8)))
    values = {
        "name": "Acme",
        "since": date(1999, 12, 31),
        "seen_at": at,
        "response": timedelta(days=-1, microseconds=5),
        "vip": False,
        "tags": ["a", "b"],
        "price": qudao.Money("12.50", "USD"),
        "annual_revenue": Decimal("0.10"),
    }
    assert session.submit(qudao.Create("account", values, id="a")).allowed
    record = session.get("account", "a")
    assert record["seen_at"] == at
    assert record["seen_at"].utcoffset() == timedelta(0)
    assert record["annual_revenue"] == qudao.Money("0.10", "CNY")
    assert {k: record[k] for k in ("since", "response", "vip", "tags", "price")} == {
        k: values[k] for k in ("since", "response", "vip", "tags", "price")
    }


def text_array(values: bytes, ends: list[int]) -> pa.Array:
    """A column of Arrow whose bytes nobody has looked at."""
    offsets = np.array([0, *ends], dtype=np.int32).tobytes()
    return pa.StringArray.from_buffers(len(ends), pa.py_buffer(offsets), pa.py_buffer(values))


def test_bytes_that_are_no_text_do_not_come_in(engine: qudao.Engine) -> None:
    bad = text_array(b"Acme\xff\xfe", [4, 6])
    for frame in (pa.table({"name": bad}), pa.record_batch({"name": bad})):
        for call in (
            lambda frame=frame: engine.dedupe("account", frame),
            lambda frame=frame: engine.link("account", [{"name": "Acme"}], frame),
            lambda frame=frame: qudao.dedupe(frame),
        ):
            error = raises("frame.unreadable", call)
            assert "Acme" not in error.text()
    # Half a surrogate is no character either: it is a finding of its row, and counts as missing.
    rows = [{"name": "Acme Ltd", "phone": "13800138000"}, {"name": "\ud800", "phone": "13800138000"}]
    found = engine.dedupe("account", rows)
    assert [(p["row"], p["code"], p["fields"]) for p in found.problems.to_dicts()] == [(1, "value.bad_form", ["name"])]
    assert {e.field: e.level for e in found.explain(0, 1).fields}["name"] == "missing"


@pytest.mark.parametrize(
    "frame",
    [
        [],
        {},
        {"name": []},
        pl.DataFrame(),
        pl.DataFrame(schema={"name": pl.String}),
        pa.table({"name": pa.nulls(50), "phone": pa.nulls(50, pa.string())}),
        pl.DataFrame({"name": [None] * 50, "phone": ["N/A"] * 50}),
        [{} for _ in range(50)],
        [{"unknown": n} for n in range(50)],
    ],
    ids=lambda frame: type(frame).__name__,
)
def test_tables_with_nothing_to_compare_have_no_duplicates(engine: qudao.Engine, frame: Any) -> None:
    found = engine.dedupe("account", frame)
    assert (found.count, len(found.pairs), found.compared, found.groups) == (0, 0, 0, [])
    assert found.clusters.column("row").to_list() == found.clusters.column("cluster_id").to_list()
    assert len(found.golden()) == len(found.clusters)
    assert len(found.review()) == 0
    assert found.train([]).count == 0
    assert found.report().to_html().startswith("<!doctype html>")
    assert len(engine.link("account", frame, [{"name": "Acme"}]).pairs) == 0


def test_without_a_column_that_can_be_compared_there_is_no_guess() -> None:
    for frame in ([], pl.DataFrame(), pa.table({"id": [1, 2]}), [{"amount": 1.5}, {"amount": 2.5}]):
        error = raises("blueprint.invalid", lambda frame=frame: qudao.dedupe(frame))
        assert isinstance(error, qudao.BlueprintError)
        assert [lint.code for lint in error.lints] == ["matching.no_fields"]


def test_values_of_the_wrong_type_are_told_by_row_and_count_as_missing(engine: qudao.Engine) -> None:
    rows = [
        {"name": "Acme Ltd", "phone": "13800138000", "employees": "many"},
        {"name": "ACME Limited", "phone": "13800138000", "employees": float("nan")},
        {"name": 7, "phone": ["13800138000"]},
    ]
    found = engine.dedupe("account", rows)
    assert found.groups == [[0, 1]]
    told = [(p["row"], p["fields"]) for p in found.problems.to_dicts()]
    assert (0, ["employees"]) in told and (1, ["employees"]) in told and (2, ["phone"]) in told
    # Without a Blueprint everything is text.
    assert qudao.dedupe([{"company": 7}, {"company": None}, {"company": True}, {"company": date(2026, 1, 1)}]).count == 0
    for bad in ({"company": object()}, {"company": datetime(2026, 1, 1)}):
        with pytest.raises(qudao.InputError) as caught:
            qudao.dedupe([{"company": "Acme"}, bad])
        assert caught.value.params["column"] == "company" and caught.value.params["row"] == "1"


def test_many_equal_rows_and_one_block_of_everything_end(engine: qudao.Engine) -> None:
    same = [{"company": "Brightwater Optics Ltd", "phone": "0755-28780808"}] * 1_200
    found = qudao.dedupe(same, threads=2)
    assert found.count == 1_199 and found.groups == [list(range(1_200))]
    assert found.compared < 1_200 * 200
    assert len(found.golden()) == 1
    block = [{"name": f"Firm {chr(0x4E00 + n)}", "phone": "0755-28780808"} for n in range(1_500)]
    cut = engine.dedupe("account", block)
    assert cut.compared < 1_500 * 200
    assert any(b.not_compared > 500_000 for b in cut.oversized)


def test_a_text_of_a_megabyte_is_compared_and_not_printed(engine: qudao.Engine) -> None:
    long = "渠" * 350_000
    found = engine.dedupe("account", [{"name": long, "phone": "13800138000"}, {"name": long, "phone": "13800138000"}])
    assert found.groups == [[0, 1]]
    assert len(repr(found.explain(0, 1))) < 5_000
    assert len(found.report().to_html()) < 200_000
