"""Tables for terminals and notebooks."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from decimal import Decimal
from html import escape
from typing import Any

_WIDEST = 40


def cell_text(value: Any) -> str:
    """A value as one short line."""
    if value is None:
        return ""
    if isinstance(value, (list, tuple)):
        value = ", ".join(cell_text(v) for v in value)
    text = "".join(c if c.isprintable() else " " for c in str(value))
    return text if len(text) <= _WIDEST else text[: _WIDEST - 1] + "…"


def _width(text: str) -> int:
    """The cells that a terminal gives the text: Chinese characters take two."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 0 if unicodedata.combining(c) else 1 for c in text)


def text_grid(header: Sequence[str], rows: Sequence[Sequence[Any]], more: int = 0) -> str:
    """A table of text; ``more`` rows are not shown."""
    cells = [[cell_text(v) for v in row] for row in rows]
    widths = [max([_width(h), *(_width(row[i]) for row in cells)]) for i, h in enumerate(header)]

    def line(items: Sequence[str]) -> str:
        return "  ".join(t + " " * (w - _width(t)) for t, w in zip(items, widths, strict=True)).rstrip()

    out = [line(list(header)), line(["─" * w for w in widths]), *(line(row) for row in cells)]
    if more > 0:
        out.append(f"… {more} more")
    return "\n".join(out)


def _align(value: Any) -> str:
    """Numbers stand right, everything else left, whatever the notebook's own styles say."""
    number = isinstance(value, (int, float, Decimal)) and not isinstance(value, bool)
    return f' style="text-align: {"right" if number else "left"}"'


def html_grid(header: Sequence[str], rows: Sequence[Sequence[Any]], caption: str = "", more: int = 0) -> str:
    """A table of HTML. Everything that comes from data is escaped."""
    first = rows[0] if rows else [None] * len(header)
    head = "".join(f"<th{_align(v)}>{escape(h)}</th>" for h, v in zip(header, first, strict=True))
    body = "".join(
        "<tr>" + "".join(f"<td{_align(v)}>{escape(cell_text(v))}</td>" for v in row) + "</tr>" for row in rows
    )
    title = f'<caption style="text-align: left">{escape(caption)}</caption>' if caption else ""
    rest = f"<p>… {more} more</p>" if more > 0 else ""
    return f"<table>{title}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{rest}"
