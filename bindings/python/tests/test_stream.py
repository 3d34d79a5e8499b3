"""Validation in batches is the validation of all rows."""

from __future__ import annotations

import builtins
import json
import sys
from collections.abc import Iterable
from typing import Any

import duckdb
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import qudao

ENGINE = qudao.Engine.from_yaml(
    """
qudao: 1
objects:
  account:
    fields:
      name: {required: true}
      tax_id: {unique: true}
      phone: {format: phone(CN)}
validation:
  - {id: account.place, object: account, unique: [name, city]}
  - {id: account.size, object: account, range: {field: employees, min: 1}, severity: warning}
"""
)

WORDS = st.sampled_from([None, "N/A", "a", "A", "b", "c", "0755-28780808", "5"])
ROW = st.fixed_dictionaries(
    {"name": WORDS, "tax_id": WORDS, "city": WORDS, "phone": WORDS},
    optional={"employees": st.sampled_from([0, 1, "x", float("nan")])},
)


def answer(checked: qudao.Validation) -> tuple[Any, ...]:
    return checked.violations.to_dicts(), checked.summary.to_dicts(), checked.ok, checked.rows


@given(rows=st.lists(ROW, max_size=12), size=st.integers(1, 5), ids=st.booleans())
def test_batches_give_the_answer_of_the_whole(rows: list[dict[str, Any]], size: int, ids: bool) -> None:
    if ids:
        rows = [{"id": f"r{i // 2}", **row} for i, row in enumerate(rows)]
    batches = (rows[i : i + size] for i in range(0, len(rows), size))
    assert answer(ENGINE.validate_batches("account", batches)) == answer(ENGINE.validate("account", rows))


TABLE = pa.table({"name": ["a", None, "a", "b"], "tax_id": ["1", "2", "3", "1"], "shoe": [1, 2, 3, 4]})


def sources() -> dict[str, Any]:
    return {
        "reader": pa.RecordBatchReader.from_batches(TABLE.schema, TABLE.to_batches(max_chunksize=1)),
        "batches": TABLE.to_batches(max_chunksize=3),
        "table": TABLE,
        "polars": pl.DataFrame(TABLE),
        "lazy": pl.DataFrame(TABLE).lazy(),
        "slices": pl.DataFrame(TABLE).iter_slices(2),
        "relation": duckdb.from_arrow(TABLE),
        "generator": ([row] for row in TABLE.to_pylist()),
        "mixed": [TABLE.slice(0, 1), pl.DataFrame(TABLE.slice(1, 2)), TABLE.slice(3).to_pandas()],
    }


@pytest.mark.parametrize("kind", sources())
def test_every_source_of_batches(kind: str) -> None:
    checked = ENGINE.validate_batches("account", sources()[kind])
    assert answer(checked) == answer(ENGINE.validate("account", TABLE))
    assert checked.unknown_columns == ["shoe"]
    unique = [r for r in checked.violations.to_dicts() if r["rule"] == "account.tax_id.unique"]
    assert [(r["row"], json.loads(r["params"])["rows"], json.loads(r["params"])["count"]) for r in unique] == [(0, [3], 2), (3, [0], 2)]


def test_a_sink_takes_the_findings_and_nothing_is_kept() -> None:
    parts: list[qudao.Table] = []
    checked = ENGINE.validate_batches("account", TABLE.to_batches(max_chunksize=1), sink=parts.append)
    whole = ENGINE.validate("account", TABLE)
    assert checked.summary == whole.summary and checked.ok is whole.ok
    got = [r for part in parts for r in part.to_dicts()]
    key = lambda r: (r["row"], r["rule"])  # noqa: E731
    assert sorted(got, key=key) == sorted(whole.violations.to_dicts(), key=key)
    assert {r["code"] for r in parts[-1].to_dicts()} == {"field.unique"}
    assert len(parts) == 2


def test_progress(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[int] = []
    ENGINE.validate_batches("account", TABLE.to_batches(max_chunksize=3), progress=told.append)
    assert told == [3, 4]
    ENGINE.validate_batches("account", TABLE, progress=True)
    assert "account" in capsys.readouterr().err
    real = builtins.__import__

    def without(name: str, *rest: Any) -> Any:
        if name.startswith("tqdm"):
            raise ModuleNotFoundError(name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    for module in [m for m in sys.modules if m.startswith("tqdm")]:
        monkeypatch.delitem(sys.modules, module)
    ENGINE.validate_batches("account", TABLE, progress=True)
    assert "account: 4 rows" in capsys.readouterr().err


def test_what_is_no_source_of_batches() -> None:
    wrong: Any
    for wrong in (5, "frame", {"name": ["a"]}, [{"name": "a"}]):
        with pytest.raises(qudao.InputError) as caught:
            ENGINE.validate_batches("account", wrong)
        assert caught.value.code == "frame.no_batches"
    with pytest.raises(qudao.InputError) as caught:
        ENGINE.validate_batches("acount", [])
    assert caught.value.code == "object.unknown"
    nothing: Iterable[Any] = []
    empty = ENGINE.validate_batches("account", nothing)
    assert answer(empty) == answer(ENGINE.validate("account", []))
    with pytest.raises(qudao.InputError) as caught:
        empty.split()
    assert caught.value.code == "frame.not_kept"


def test_rules_that_read_other_rows_of_the_object_need_them() -> None:
    engine = qudao.Engine.from_yaml(
        "qudao: 1\nvalidation: [{id: up, object: account, check: parent.employees > employees, when: has(parent)}]"
    )
    rows = [{"id": "a", "name": "a", "employees": 5}, {"id": "b", "name": "b", "parent": "a", "employees": 9}]
    with pytest.raises(qudao.QudaoError) as caught:
        engine.validate_batches("account", [rows])
    assert caught.value.params == {"rule": "up", "object": "account"}
    given_ = engine.validate_batches("account", ([r] for r in rows), related={"account": rows})
    assert answer(given_) == answer(engine.validate("account", rows))
