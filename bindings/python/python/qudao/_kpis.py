"""KPI reports."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeAlias, Union, overload

from qudao import _native, _plot
from qudao._errors import InputError
from qudao._findings import is_chinese
from qudao._model import KpiValue, Window
from qudao._show import text_grid
from qudao._table import ArrowTable, Table

if TYPE_CHECKING:
    from matplotlib.axes import Axes

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


def _label(value: KpiValue) -> str:
    """What a number is of: its groups, its part, its process."""
    groups = ["-" if v is None else str(v) for v in value.group.values()]
    found = [*groups, value.part, value.process]
    return " · ".join(p for p in found if p is not None) or value.object or value.metric


def _note(value: KpiValue, locale: str) -> str:
    if value.value is None:
        return value.why(locale) or "-"
    number = f"{value.value:.1%}" if value.unit == "ratio" else f"{value.value.normalize():,f}"
    return f"{number} (n={value.n})"


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

    def plot(self, metric: str | None = None, ax: Axes | None = None, *, locale: str = "en") -> Axes:
        """Draws one metric: a funnel of the stages for a stage conversion, else a bar for each group. Needs Matplotlib.

        Without ``metric``, the first one of the report. A number of a small sample is pale; one that is undefined has no
        bar and says why. The axes are returned.
        """
        values = self._asked(metric)
        axes = _plot.axes(ax, len(values))
        zh = is_chinese(locale)
        labels = [_label(v) for v in values]
        name = values[0].metric
        if name.startswith("stage_conversion"):
            reached = [float(v.denominator or 0) for v in values]
            went_on = [float(v.numerator or 0) for v in values]
            _plot.bars(axes, labels, reached, [_plot.PALE] * len(values), [_note(v, locale) for v in values])
            axes.barh(range(len(values)), went_on, color=_plot.PLAIN, height=0.72)
            entries = ("到达", "进入下一阶段") if zh else ("reached", "went on")
            _plot.legend(axes, dict(zip(entries, (_plot.PALE, _plot.PLAIN), strict=True)))
        else:
            colours = [_plot.PALE if v.small_sample else _plot.PLAIN for v in values]
            _plot.bars(axes, labels, [float(v.value or 0) for v in values], colours, [_note(v, locale) for v in values])
            axes.set_xlabel(values[0].currency or values[0].unit)
            if any(v.small_sample for v in values):
                few = ("样本充足", "样本较小") if zh else ("enough", "small sample")
                _plot.legend(axes, dict(zip(few, (_plot.PLAIN, _plot.PALE), strict=True)))
        axes.set_title(name, loc="left", fontsize=11)
        _plot.fonts(axes)
        return axes

    def _asked(self, metric: str | None) -> tuple[KpiValue, ...]:
        if metric is None and len(self) > 0:
            metric = self.values[0].metric
        values = self.of(metric) if metric is not None else ()
        if not values:
            raise InputError(f"the report has no {metric or 'number'}", "kpi.not_asked", {"metric": metric})
        return values

    def __repr__(self) -> str:
        shown = self.values[:20]
        rows = [
            [v.metric, v.process or v.object, v.part, ", ".join(f"{k}={'-' if x is None else x}" for k, x in v.group.items()),
             v.value if v.value is not None else v.why(), v.currency or v.unit, v.n]
            for v in shown
        ]
        header = ("metric", "of", "part", "group", "value", "unit", "n")
        return text_grid(header, rows, len(self) - len(shown))
