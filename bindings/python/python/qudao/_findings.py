"""What rules and comparisons find."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, ClassVar, Literal

from qudao._show import html_grid, text_grid


def is_chinese(locale: str) -> bool:
    """Whether texts in this locale are Chinese."""
    return locale.replace("_", "-").partition("-")[0].lower() == "zh"


@dataclass(frozen=True, slots=True)
class Violation:
    """One rule that a record does not meet."""

    code: str
    rule: str
    object: str
    record: str | None
    fields: tuple[str, ...]
    severity: str
    params: dict[str, Any] = field(hash=False)
    locale: str = field(default="en", repr=False, compare=False)
    source: str = field(default="", repr=False, compare=False)

    def text(self, locale: str | None = None) -> str:
        """What is wrong, for a person; in the locale of the session where none is given."""
        return self._texts(locale)[0]

    def fix(self, locale: str | None = None) -> str | None:
        """What would fix it, for a person."""
        return self._texts(locale)[1]

    def _texts(self, locale: str | None) -> tuple[str, str | None]:
        from qudao import _native

        return _native.violation_text(self.source, locale or self.locale)

    def __str__(self) -> str:
        return self.text()


@dataclass(frozen=True, slots=True)
class Lint:
    """Something wrong with, or remarkable about, a blueprint."""

    code: str
    severity: str
    path: str
    line: int | None
    column: int | None
    params: dict[str, Any] = field(hash=False)
    text_en: str = field(default="", repr=False)
    text_zh: str = field(default="", repr=False)
    fix_en: str | None = field(default=None, repr=False)
    fix_zh: str | None = field(default=None, repr=False)

    def text(self, locale: str = "en") -> str:
        """What is wrong, for a person."""
        return self.text_zh if is_chinese(locale) else self.text_en

    def fix(self, locale: str = "en") -> str | None:
        """What would fix it, for a person."""
        return self.fix_zh if is_chinese(locale) else self.fix_en

    def __str__(self) -> str:
        place = f"{self.line}:{self.column}: " if self.line is not None else ""
        fix = f" ({self.fix_en})" if self.fix_en else ""
        return f"{place}{self.severity}: {self.text_en}{fix} [{self.path}]"


@dataclass(frozen=True, slots=True)
class Frequency:
    """How frequent something is that two values share, as a model has counted it.

    ``of`` is ``"value"``, or ``"word"`` of names that differ. With neither number it is rare.
    """

    of: Literal["value", "word"]
    at_most: int | None
    more_than: int | None

    def __str__(self) -> str:
        if self.at_most is not None:
            return f"a {self.of} of up to {self.at_most} rows"
        if self.more_than is not None:
            return f"a {self.of} of more than {self.more_than} rows"
        return f"a rare {self.of}"


@dataclass(frozen=True, slots=True)
class FieldEvidence:
    """How one field of two records compares.

    ``level`` is exact, high, medium, low, different or missing; ``frequency`` tells how frequent what both share is,
    where that was learned; ``weight`` is evidence in bits, ``total`` the sum so far with the prior.
    """

    field: str
    left: str | None
    right: str | None
    level: str
    frequency: Frequency | None
    weight: Decimal
    total: Decimal

    def _level(self) -> str:
        return self.level if self.frequency is None else f"{self.level}, {self.frequency}"


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why two records are taken for the same, or not, field by field."""

    probability: Decimal
    fields: tuple[FieldEvidence, ...]
    veto: str | None
    """The identity field that forbids the pair: both values valid, and different."""
    related: bool
    """A company and its branch, or two branches: related, never merged."""

    _HEADER: ClassVar = ("field", "left", "right", "level", "weight", "total")

    def _rows(self) -> list[list[Any]]:
        return [[e.field, e.left, e.right, e._level(), e.weight, e.total] for e in self.fields]

    def _verdict(self) -> str:
        if self.veto is not None:
            return f"not the same: {self.veto} differs"
        return "related, not the same" if self.related else f"probability {self.probability}"

    def __repr__(self) -> str:
        return f"{self._verdict()}\n{text_grid(self._HEADER, self._rows())}"

    def _repr_html_(self) -> str:
        return html_grid(self._HEADER, self._rows(), caption=self._verdict())


@dataclass(frozen=True, slots=True)
class OversizedBlock:
    """A block of rows with one key that was too large to compare every pair in it.

    The largest ones of a key stand alone, ``blocks`` is 1; the smaller ones of a key stand together, their rows and pairs added up.
    """

    key: str
    cut_by: tuple[str, ...]
    blocks: int
    rows: int
    example: int
    not_compared: int


@dataclass(frozen=True, slots=True)
class DuplicateFinding:
    """A record that may be the same. What the caller may not learn is ``None``."""

    rule: str
    matching: str
    action: str
    object: str
    record: str | None
    probability: Decimal | None
    evidence: tuple[FieldEvidence, ...]
    disclosure: str | None
