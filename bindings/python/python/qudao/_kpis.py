"""KPI reports."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeAlias, Union, overload

from qudao import _native
from qudao._errors import InputError
from qudao._model import KpiValue, Window
from qudao._show import text_grid
from qudao._table import ArrowTable, Table

Rates: TypeAlias = Union[Iterable[tuple[str, str, date, Decimal | int | str]], Any]
"""Exchange rates: rows of source currency, target currency, day, rate; or a frame with the columns ``from``,
``into``, ``date``, ``rate``."""

Span: TypeAlias = Window | tuple[date | datetime | None, date | datetime | None]


def words(given: str | Iterable[str] | None) -> list[str] | None:
    """One word or several."""
    if given is None:
        return None
    return [given] if isinstance(given, str) else list(given)


def query(
    metrics: str | Iterable[str] | None,
    by: str | Iterable[str],
    window: Span | None,
    basis: str | None,
    zone: str | None,
    as_of: datetime | None,
    clock: str | None,
) -> dict[str, Any]:
    """What is asked, as the engine takes it."""
    return {
        "metrics": words(metrics),
        "by": words(by),
        "window": tuple(window) if window is not None else None,
        "basis": basis,
        "zone": zone,
        "as_of": as_of,
        "clock": clock,
    }


def rate_rows(rates: Rates | None) -> list[tuple[Any, ...]] | None:
    """Exchange rates as rows."""
    if rates is None:
        return None
    if hasattr(rates, "__arrow_c_stream__") or hasattr(rates, "keys"):
        frame = _native.frame_rows(rates)
        try:
            return [(r["from"], r["into"], r["date"], r["rate"]) for r in frame]
        except KeyError as missing:
            text = f"rates: there is no column {missing.args[0]}"
            raise InputError(text, "kpi.bad_rate", {"column": missing.args[0]}) from None
    return [(a, b, day, Decimal(rate) if isinstance(rate, str) else rate) for a, b, day, rate in rates]


class KpiReport(ArrowTable, Sequence[KpiValue]):
    """The numbers asked for: a sequence of :class:`KpiValue`, and a table that speaks Arrow."""

    __slots__ = ("_inner", "_rows", "_table")

    def __init__(self, inner: _native.KpiReport) -> None:
        self._inner = inner
        self._rows: tuple[KpiValue, ...] | None = None
        self._table: _native.Table | None = None

    def _arrow(self) -> _native.Table:
        if self._table is None:
            self._table = self._inner.table()
        return self._table

    @property
    def values(self) -> tuple[KpiValue, ...]:
        """The numbers, each with the ids behind it."""
        if self._rows is None:
            self._rows = self._inner.values()
        return self._rows

    @property
    def problems(self) -> dict[str, Table]:
        """Values of the frames that could not be read, by object. They count as missing."""
        return {name: Table(t) for name, t in self._inner.problems()}

    @overload
    def __getitem__(self, at: int) -> KpiValue: ...
    @overload
    def __getitem__(self, at: slice) -> tuple[KpiValue, ...]: ...
    def __getitem__(self, at: int | slice) -> KpiValue | tuple[KpiValue, ...]:
        return self.values[at]

    def __len__(self) -> int:
        return len(self._inner)

    def __iter__(self) -> Iterator[KpiValue]:
        return iter(self.values)

    def of(self, metric: str) -> tuple[KpiValue, ...]:
        """The numbers of one metric."""
        return tuple(v for v in self.values if v.metric == metric)

    def whole(self, metric: str, part: str | None = None) -> KpiValue:
        """The number of a metric for the whole, not grouped; ``part`` names one of several, such as ``median``."""
        for value in self.values:
            if value.metric == metric and not value.group and value.part == part:
                return value
        raise InputError(f"the report has no {metric} of the whole", "kpi.not_asked", {"metric": metric})

    def table(self) -> Table:
        """The numbers as a table."""
        return Table(self._arrow())

    def __repr__(self) -> str:
        shown = self.values[:20]
        rows = [
            [v.metric, v.process or v.object, v.part, ", ".join(f"{k}={'-' if x is None else x}" for k, x in v.group.items()),
             v.value if v.value is not None else v.why(), v.currency or v.unit, v.n]
            for v in shown
        ]
        header = ("metric", "of", "part", "group", "value", "unit", "n")
        return text_grid(header, rows, len(self) - len(shown))
