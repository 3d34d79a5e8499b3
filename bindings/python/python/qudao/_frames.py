"""Frames of every library: held so that they can be read twice, and parted by row."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import compress
from typing import Any, TypeAlias

from qudao._errors import InputError
from qudao._table import ArrowTable, Column

Frame: TypeAlias = Any
"""Anything that speaks Arrow (Polars, eager or lazy, pandas, PyArrow, DuckDB), a list of dicts, or a dict of
columns."""

Parts: TypeAlias = tuple[Any, Any]


def kind(frame: Frame) -> str:
    """The library of a frame and what the library calls it."""
    made = type(frame)
    return f"{made.__module__.partition('.')[0].lstrip('_')}.{made.__name__}"


class Held:
    """A frame that can be read twice, and how its parts become what the caller gave.

    A lazy frame or relation is run once here, and a stream read once: neither may come in another order, or not at all,
    the second time.
    """

    __slots__ = ("_back", "frame")

    def __init__(self, frame: Frame) -> None:
        self.frame = frame
        self._back: Callable[[Frame], Frame] | None = None
        what = kind(frame)
        if what == "polars.LazyFrame":
            self.frame, self._back = frame.collect(), lambda part: part.lazy()
        elif what == "duckdb.DuckDBPyRelation":
            self.frame, self._back = frame.to_arrow_table(), _relation
        elif what == "pyarrow.RecordBatchReader":
            self.frame, self._back = frame.read_all(), lambda part: part.to_reader()

    def split(self, bad: Column) -> Parts:
        """The rows of which ``bad`` is false, and the others, in their order and with every column as it came."""
        good, rest = _split(self.frame, bad)
        return (good, rest) if self._back is None else (self._back(good), self._back(rest))


    def with_column(self, name: str, values: Sequence[int] | Sequence[str]) -> Frame:
        """The frame as it came, with one more column at its end; a column of that name gives way."""
        made = _with_column(self.frame, name, values)
        return made if self._back is None else self._back(made)


def _relation(part: Frame) -> Frame:
    import duckdb

    return duckdb.from_arrow(part)


def _split(frame: Frame, bad: Column) -> Parts:
    what = kind(frame)
    if what == "polars.DataFrame":
        import polars

        mask = polars.Series(bad)
        return frame.filter(~mask), frame.filter(mask)
    if what == "pandas.DataFrame":
        import numpy

        places = numpy.fromiter(bad, dtype=bool, count=len(bad))
        return frame.loc[~places], frame.loc[places]
    if what in ("pyarrow.Table", "pyarrow.RecordBatch"):
        return _split_arrow(frame, bad)
    marks = bad.to_list()
    if isinstance(frame, Mapping):
        columns = [(name, _pick(values, marks)) for name, values in frame.items()]
        return {n: good for n, (good, _) in columns}, {n: rest for n, (_, rest) in columns}
    if isinstance(frame, ArrowTable) and not isinstance(frame, Sequence):
        return _split(frame.to_dicts(), bad)
    if isinstance(frame, Sequence):
        good, rest = _pick(frame, marks)
        return (tuple(good), tuple(rest)) if isinstance(frame, tuple) else (good, rest)
    import pyarrow

    return _split_arrow(pyarrow.table(frame), bad)


def _with_column(frame: Frame, name: str, values: Sequence[int] | Sequence[str]) -> Frame:
    what = kind(frame)
    texts = any(isinstance(value, str) for value in values[:1])
    if what == "polars.DataFrame":
        import polars

        return frame.with_columns(polars.Series(name, values, dtype=polars.String if texts else polars.Int64))
    if what == "pandas.DataFrame":
        import numpy

        return frame.assign(**{name: list(values) if texts else numpy.array(values, dtype="int64")})
    if isinstance(frame, Mapping):
        return {**frame, name: list(values)}
    if isinstance(frame, Sequence):
        rows = [{**row, name: value} for row, value in zip(frame, values, strict=True)]
        return tuple(rows) if isinstance(frame, tuple) else rows
    import pyarrow

    table = frame if what in ("pyarrow.Table", "pyarrow.RecordBatch") else pyarrow.table(frame)
    if name in table.schema.names:
        table = table.drop_columns([name])
    return table.append_column(name, pyarrow.array(values, pyarrow.string() if texts else pyarrow.int64()))


def _split_arrow(frame: Frame, bad: Column) -> Parts:
    import pyarrow
    import pyarrow.compute

    mask = pyarrow.chunked_array(bad).combine_chunks()
    return frame.filter(pyarrow.compute.invert(mask)), frame.filter(mask)


def _pick(values: Iterable[Any], bad: Sequence[bool]) -> tuple[Any, Any]:
    """The values of good rows and of bad ones: a list of a list, an array of an array that takes a mask."""
    if hasattr(values, "filter") and kind(values).startswith(("polars.", "pyarrow.")):
        import pyarrow

        if kind(values) == "polars.Series":
            import polars

            mask = polars.Series(bad, dtype=polars.Boolean)
            return values.filter(~mask), values.filter(mask)
        return values.filter(pyarrow.array([not b for b in bad], pyarrow.bool_())), values.filter(
            pyarrow.array(bad, pyarrow.bool_())
        )
    if kind(values) in ("numpy.ndarray", "pandas.Series"):
        import numpy

        places = numpy.array(bad, dtype=bool)
        array: Any = values
        return array[~places], array[places]
    all_of = list(values)
    return list(compress(all_of, (not b for b in bad))), list(compress(all_of, bad))


def check_length(frame: Frame, rows: int) -> None:
    """A frame that grew or shrank since it was validated cannot be parted by row."""
    what = kind(frame)
    if isinstance(frame, Mapping):
        sizes = [len(v) for v in frame.values() if hasattr(v, "__len__")]
        now = sizes[0] if sizes else rows
    elif what in ("pyarrow.Table", "pyarrow.RecordBatch"):
        now = frame.num_rows
    else:
        now = len(frame) if hasattr(frame, "__len__") else rows
    if now != rows:
        text = f"the frame had {rows} rows when it was validated, and has {now} now"
        raise InputError(text, "frame.changed", {"rows": rows, "now": now})
