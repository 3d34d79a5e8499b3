"""Tables of results in every library."""

from __future__ import annotations

import copy
import pickle
from datetime import date
from decimal import Decimal

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import qudao
from qudao import _native

ROWS = [{"name": ""}, {"name": "Acme", "employees": 0}]


@pytest.fixture
def table(engine: qudao.Engine) -> qudao.Table:
    return engine.validate("account", ROWS).violations


def test_every_library_takes_a_table(table: qudao.Table) -> None:
    expected = table.to_dicts()
    assert pl.DataFrame(table).to_dicts() == expected
    assert table.to_polars().to_dicts() == expected
    assert pa.table(table).to_pylist() == expected
    assert table.to_arrow().to_pylist() == expected
    frame = table.to_pandas()
    assert isinstance(frame, pd.DataFrame)
    assert frame["row"].tolist() == table.column("row").to_list()
    assert duckdb.from_arrow(pa.table(table)).aggregate("count(*)").fetchall() == [(len(table),)]
    assert pa.RecordBatchReader.from_stream(table).read_all().num_rows == len(table)


def test_a_stream_may_be_taken_more_than_once(table: qudao.Table) -> None:
    assert pl.DataFrame(table).equals(pl.DataFrame(table))


def test_columns(table: qudao.Table) -> None:
    assert table.columns == ["row", "rule", "fields", "code", "severity", "params"]
    assert table.schema["row"] == "Int64"
    column = table.column("row")
    assert column == [0, 1]
    assert (len(column), column[0], column[-1], column[:1], list(column)) == (2, 0, 1, [0], [0, 1])
    assert pa.chunked_array(column).to_pylist() == [0, 1]
    assert pl.Series(column).to_list() == [0, 1]
    assert "row" in repr(column)
    with pytest.raises(IndexError):
        column[2]
    with pytest.raises(qudao.InputError) as caught:
        table.column("rows")
    assert caught.value.code == "table.no_column"


def test_tables_print(table: qudao.Table) -> None:
    assert repr(table).startswith("2 rows\nrow")
    assert table._repr_html_().count("<tr>") == 3
    assert table == table
    assert table != 5


def test_long_tables_print_short(engine: qudao.Engine) -> None:
    found = engine.validate("account", [{}] * 25).violations
    assert "… 15 more" in repr(found)
    assert len(repr(found).splitlines()) == 14


def test_tables_are_copied_and_pickled(engine: qudao.Engine, table: qudao.Table) -> None:
    assert copy.copy(table) is copy.deepcopy(table) is table
    session = qudao.Workspace(":memory:", engine).session("alice")
    values = {"name": "Acme", "since": date(2026, 1, 1), "score": Decimal("1.5"), "tags": ["a"], "price": qudao.Money(2, "USD")}
    session.submit(qudao.Create("account", values, id="a"))
    page = qudao.Table(session.query("account")._arrow())
    empty = engine.validate("account", []).violations
    for one in (table, page, empty):
        back = pickle.loads(pickle.dumps(one))
        assert back == one
        assert back.schema == one.schema
        assert pa.table(back).schema.equals(pa.table(one).schema, check_metadata=True)
    with pytest.raises(qudao.InputError):
        _native.Table.from_arrow([])


def test_a_requested_schema_is_honoured(table: qudao.Table) -> None:
    column = table.column("row")
    assert pa.chunked_array(column, type=pa.int32()).type == pa.int32()
    narrow = pa.schema([(n, pa.int16() if n == "row" else f.type) for n, f in zip(table.columns, pa.table(table).schema)])
    assert pa.RecordBatchReader.from_stream(table, schema=narrow).schema == narrow


def test_results_validate_again(engine: qudao.Engine, table: qudao.Table) -> None:
    assert engine.validate("account", table).rows == 2
