"""What an import did."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from qudao._findings import Violation, is_chinese
from qudao._show import html_grid, text_grid

if TYPE_CHECKING:
    from qudao import _native


@dataclass(frozen=True, slots=True)
class FileReport:
    """What an import did with one file."""

    file: str
    object: str
    encoding: str
    rows: int
    stored: int
    already: int
    warned: int
    rejected: int
    possible_duplicates: int
    extra_columns: tuple[str, ...] = field(repr=False)
    absent_columns: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Reject:
    """A row that was not stored, as it was, with every reason."""

    file: str
    row: int
    cells: dict[str, str] = field(hash=False, repr=False)
    reasons: tuple[Violation, ...]


@dataclass(frozen=True, slots=True)
class Note:
    """One finding of an import, counted."""

    file: str
    rule: str
    code: str
    severity: str
    rows: int
    first_row: int
    text_en: str
    text_zh: str = field(repr=False)
    fix_en: str | None
    fix_zh: str | None = field(repr=False)

    def text(self, locale: str = "en") -> str:
        """What is wrong, for a person."""
        return self.text_zh if is_chinese(locale) else self.text_en

    def fix(self, locale: str = "en") -> str | None:
        """What would fix it, for a person."""
        return self.fix_zh if is_chinese(locale) else self.fix_en


class ImportReport:
    """What an import did."""

    __slots__ = ("_inner", "_locale", "files", "notes")

    files: tuple[FileReport, ...]
    notes: tuple[Note, ...]

    def __init__(self, inner: _native.ImportReport, locale: str) -> None:
        self._inner = inner
        self._locale = locale
        self.files = inner.files()
        self.notes = inner.notes()

    @property
    def rejects(self) -> tuple[Reject, ...]:
        """Rows that were not stored, with every reason."""
        return self._inner.rejects(self._locale)

    @property
    def rows(self) -> int:
        """Rows read."""
        return sum(f.rows for f in self.files)

    @property
    def stored(self) -> int:
        """Rows stored by this run."""
        return sum(f.stored for f in self.files)

    @property
    def ok(self) -> bool:
        """No row was rejected."""
        return all(f.rejected == 0 for f in self.files)

    def write_rejects(self, path: Any, locale: str | None = None) -> None:
        """Writes the rejects as CSV: it opens in Excel, and imports again once mended (``mended=path``)."""
        self._inner.write_rejects(path, locale or self._locale)

    _HEADER: ClassVar = ("file", "object", "encoding", "rows", "stored", "already", "warned", "rejected")

    def _rows(self) -> list[list[Any]]:
        return [
            [f.file, f.object, f.encoding, f.rows, f.stored, f.already, f.warned, f.rejected] for f in self.files
        ]

    def __repr__(self) -> str:
        return text_grid(self._HEADER, self._rows())

    def _repr_html_(self) -> str:
        return html_grid(self._HEADER, self._rows())
