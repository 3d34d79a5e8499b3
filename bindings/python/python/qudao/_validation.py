"""What the rules say about a frame."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from qudao import _native, _plot
from qudao._errors import InputError
from qudao._findings import Violation, is_chinese
from qudao._frames import Frame, Held, check_length
from qudao._show import html_grid
from qudao._table import Table

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Severity: TypeAlias = Literal["error", "warning", "info"]


class Validation:
    """What the rules say about a frame. ``row`` is the 0-based position everywhere.

    The frame is kept, not copied, for :meth:`split`.
    """

    __slots__ = ("_held", "_inner", "_locale")

    def __init__(self, inner: _native.Validation, locale: str, held: Held | None = None) -> None:
        self._inner = inner
        self._locale = locale
        self._held = held

    @property
    def ok(self) -> bool:
        """No rule of severity error failed."""
        return self._inner.ok()

    def __bool__(self) -> bool:
        return self.ok

    @property
    def rows(self) -> int:
        """The number of rows checked."""
        return self._inner.rows()

    @property
    def violations(self) -> Table:
        """Rows times rules that fail: ``row``, ``rule``, ``fields``, ``code``, ``severity``, ``params`` (JSON)."""
        return Table(self._inner.violations())

    @property
    def failures(self) -> Table:
        """Which rule fails in which row, without words: ``row`` and ``rule``, by row. Made at once, whereas the texts and
        parameters of :attr:`violations` are worked out when they are first asked for.

        >>> from qudao import Engine
        >>> Engine.starter("simple").validate("account", [{"name": "Acme"}, {"name": "N/A"}]).failures.to_dicts()
        [{'row': 1, 'rule': 'account.name.required'}]
        """
        return Table(self._inner.failures())

    def messages(self, locale: str | None = None) -> Table:
        """The same as texts for people: ``row``, ``rule``, ``severity``, ``message``, ``fix``."""
        return Table(self._inner.messages(locale or self._locale))

    @property
    def summary(self) -> Table:
        """How each rule came out: ``rule``, ``severity``, ``checked``, ``failed``, ``unknown``, ``skipped``."""
        return Table(self._inner.summary())

    @property
    def unknown_columns(self) -> list[str]:
        """Columns that the blueprint does not know."""
        return self._inner.unknown_columns()

    def findings(self, row: int | None = None) -> tuple[tuple[int, Violation], ...]:
        """The findings as objects, each with its row; those of one row where one is given."""
        return self._inner.findings(self._locale, row)

    def split(self, severity: Severity = "error") -> tuple[Frame, Frame]:
        """The good rows and the bad ones, as two frames of the kind that was given, in the order of the input and with
        every column as it came. A row is bad when it has a finding of this severity or a graver one.

        A lazy frame, a relation or a stream was read once, when it was validated: its parts come from memory.

        >>> from qudao import Engine
        >>> checked = Engine.starter("simple").validate("account", [{"name": "Acme"}, {"name": "N/A"}])
        >>> checked.split()
        ([{'name': 'Acme'}], [{'name': 'N/A'}])
        """
        if self._held is None:
            raise InputError("rows that came in batches are not kept: split each batch", "frame.not_kept")
        check_length(self._held.frame, self.rows)
        return self._held.split(Table(self._inner.bad_rows(severity)).column("bad"))

    def plot(self, ax: Axes | None = None, *, top: int = 20, locale: str | None = None) -> Axes:
        """Draws how many rows fail each rule, by severity, the most first. Needs Matplotlib.

        ``ax`` are the axes to draw in; without them a figure is made. The axes are returned.
        """
        zh = is_chinese(locale or self._locale)
        failed = [r for r in self.summary.to_dicts() if r["failed"]]
        failed.sort(key=lambda r: (-r["failed"], r["rule"]))
        shown = failed[:top]
        ax = _plot.axes(ax, len(shown))
        title = f"{self.rows:,} 行：各规则不符的行数" if zh else f"{self.rows:,} rows: how many fail each rule"
        ax.set_title(title, loc="left", fontsize=11)
        if not shown:
            ax.text(0.5, 0.5, "全部符合" if zh else "every rule is met", ha="center", va="center", transform=ax.transAxes)
            ax.set_axis_off()
        else:
            notes = [f"{r['failed']:,} ({r['failed'] / max(1, r['checked']):.1%})" for r in shown]
            colours = [_plot.COLOURS[r["severity"]] for r in shown]
            _plot.bars(ax, [r["rule"] for r in shown], [r["failed"] for r in shown], colours, notes)
            words = {"error": "错误", "warning": "警告", "info": "提示"} if zh else {}
            found = {r["severity"] for r in failed}
            _plot.legend(ax, {words.get(s, s): c for s, c in _plot.COLOURS.items() if s in found})
            hidden = len(failed) - len(shown)
            label = "行" if zh else "rows"
            more = (f"；另有 {hidden} 条规则" if zh else f"; {hidden} more rules fail") if hidden > 0 else ""
            ax.set_xlabel(label + more)
        _plot.fonts(ax)
        return ax

    def __repr__(self) -> str:
        state = "ok" if self.ok else "not ok"
        return f"Validation({state}: {self.rows} rows, {self._inner.count()} findings)"

    def _repr_html_(self) -> str:
        failed = [r for r in self.summary.to_dicts() if r["failed"]]
        rows: list[list[Any]] = [[r["severity"], r["rule"], r["checked"], r["failed"]] for r in failed]
        return html_grid(("severity", "rule", "checked", "failed"), rows, caption=repr(self))
