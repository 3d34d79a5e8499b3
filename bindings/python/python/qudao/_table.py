"""Results that speak Arrow."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, overload

from qudao import _native
from qudao._errors import MissingPackageError
from qudao._show import html_grid, text_grid

if TYPE_CHECKING:
    import pandas
    import polars
    import pyarrow

_SHOWN = 10


class Column(Sequence[Any]):
    """One column: a sequence of Python values that also speaks Arrow, as a stream of its own."""

    __slots__ = ("_table", "name")

    name: str

    def __init__(self, table: _native.Table, name: str) -> None:
        self._table = table
        self.name = name

    def __len__(self) -> int:
        return len(self._table)

    @overload
    def __getitem__(self, at: int) -> Any: ...
    @overload
    def __getitem__(self, at: slice) -> list[Any]: ...
    def __getitem__(self, at: int | slice) -> Any:
        if isinstance(at, slice):
            return self.to_list()[at]
        place = at + len(self) if at < 0 else at
        if not 0 <= place < len(self):
            raise IndexError("there is no such row")
        return self._table.column_values(self.name, place, place + 1)[0]

    def __iter__(self) -> Iterator[Any]:
        return iter(self.to_list())

    def to_list(self) -> list[Any]:
        """The values as Python has them."""
        return self._table.column_values(self.name)

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        return self._table.column_stream(self.name, requested_schema)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, (Column, list, tuple)):
            return self.to_list() == list(other)
        return NotImplemented

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        more = ", …" if len(self) > _SHOWN else ""
        shown = ", ".join(repr(v) for v in self._table.column_values(self.name, 0, _SHOWN))
        return f"Column({self.name}: [{shown}{more}])"


class ArrowTable:
    """A table that any Arrow library takes as it is: ``polars.DataFrame(x)``, ``pyarrow.table(x)``."""

    __slots__ = ()

    def _arrow(self) -> _native.Table:
        raise NotImplementedError

    @property
    def columns(self) -> list[str]:
        """The names of the columns."""
        return self._arrow().names()

    @property
    def schema(self) -> dict[str, str]:
        """The Arrow type of each column."""
        table = self._arrow()
        return dict(zip(table.names(), table.types(), strict=True))

    def column(self, name: str) -> Column:
        """One column. Raises :class:`qudao.InputError` with code ``table.no_column`` when there is none."""
        table = self._arrow()
        if name not in table.names():
            table.column_values(name)
        return Column(table, name)

    def to_dicts(self) -> list[dict[str, Any]]:
        """The rows as dictionaries of Python values."""
        table = self._arrow()
        names = table.names()
        columns = [table.column_values(n) for n in names]
        return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]

    def to_polars(self) -> polars.DataFrame:
        """The table as a Polars frame."""
        import polars

        return polars.DataFrame(self._arrow())

    def to_pandas(self) -> pandas.DataFrame:
        """The table as a pandas frame. Decimals stay exact: their columns hold ``Decimal`` objects."""
        frame: pandas.DataFrame = self.to_arrow().to_pandas()
        return frame

    def to_arrow(self) -> pyarrow.Table:
        """The table as a PyArrow table."""
        import pyarrow

        return pyarrow.table(self._arrow())

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        return self._arrow().__arrow_c_stream__(requested_schema)

    def __arrow_c_schema__(self) -> object:
        return self._arrow().__arrow_c_schema__()

    def _head(self) -> tuple[list[str], list[list[Any]], int]:
        table = self._arrow()
        names = table.names()
        columns = [table.column_values(n, 0, _SHOWN) for n in names]
        rows = [list(row) for row in zip(*columns, strict=True)]
        return names, rows, max(0, len(table) - _SHOWN)

    def _repr_html_(self) -> str:
        names, rows, more = self._head()
        return html_grid(names, rows, caption=f"{len(self._arrow())} rows", more=more)


def _from_ipc(content: bytes) -> Table:
    """A table as it was pickled."""
    try:
        import pyarrow
    except ModuleNotFoundError as error:
        raise MissingPackageError("pyarrow", "pickled tables") from error
    table = pyarrow.ipc.open_stream(content).read_all()
    return Table(_native.Table.from_arrow(table.combine_chunks()))


class Table(ArrowTable):
    """A table of results. Nothing in it changes."""

    __slots__ = ("_native",)

    def __init__(self, native: _native.Table) -> None:
        self._native = native

    def _arrow(self) -> _native.Table:
        return self._native

    def __copy__(self) -> Table:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Table:
        # Nothing in it can be changed.
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        """Tables travel between processes as Arrow IPC, which PyArrow writes and reads."""
        try:
            import pyarrow
        except ModuleNotFoundError as error:
            raise MissingPackageError("pyarrow", "pickled tables") from error
        table = self.to_arrow()
        sink = pyarrow.BufferOutputStream()
        with pyarrow.ipc.new_stream(sink, table.schema) as writer:
            writer.write_table(table)
        return (_from_ipc, (sink.getvalue().to_pybytes(),))

    def __len__(self) -> int:
        return len(self._native)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Table):
            return NotImplemented
        return self.columns == other.columns and self.to_dicts() == other.to_dicts()

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        names, rows, more = self._head()
        return f"{len(self)} rows\n{text_grid(names, rows, more)}"
