"""The entry standard: the page from which people learn how data is entered."""

from __future__ import annotations

from html import escape

from qudao import _native
from qudao._table import Table


class EntryStandard:
    """How records of one object are entered by those who hold one role, from the blueprint alone.

    In a notebook it shows itself, in English and Chinese with a switch between them.
    """

    __slots__ = ("_inner", "_locale", "object", "role")

    object: str
    role: str | None

    def __init__(self, inner: _native.EntryStandard, object: str, role: str | None, locale: str) -> None:
        self._inner = inner
        self._locale = locale
        self.object = object
        self.role = role

    def to_markdown(self, locale: str | None = None) -> str:
        """The page as Markdown in one language; that of the blueprint where none is given."""
        return self._inner.to_markdown(locale or self._locale)

    def to_html(self) -> str:
        """The page as one self-contained HTML document in English and Chinese."""
        return self._inner.to_html()

    def fields(self, locale: str | None = None) -> Table:
        """The fields in the order of the form: ``section``, ``field``, ``label``, ``kind``, ``required``, ``help``,
        ``example``, ``rules``."""
        return Table(self._inner.fields(locale or self._locale))

    def __str__(self) -> str:
        return self.to_markdown()

    def __repr__(self) -> str:
        role = f" for {self.role}" if self.role else ""
        return f"EntryStandard({self.object}{role}: {len(self.fields())} fields)"

    def _repr_html_(self) -> str:
        # A frame of its own: the page brings styles that are not the notebook's.
        page = escape(self.to_html())
        style = "width: 100%; height: 32rem; border: 1px solid #8884"
        return f'<iframe srcdoc="{page}" style="{style}" title="{escape(repr(self))}"></iframe>'

    def _repr_markdown_(self) -> str:
        return self.to_markdown()
