"""One number of a KPI report, with what is needed to judge it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from qudao._findings import is_chinese


@dataclass(frozen=True, slots=True)
class DrillThrough:
    """The ids of the records behind a number."""

    numerator: tuple[str, ...]
    denominator: tuple[str, ...]
    censored: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Excluded:
    """Records that are not in a number, and why."""

    reason: str
    count: int
    ids: tuple[str, ...] = field(repr=False)
    text_en: str = field(default="", repr=False)
    text_zh: str = field(default="", repr=False)

    def text(self, locale: str = "en") -> str:
        """Why, for a person."""
        return self.text_zh if is_chinese(locale) else self.text_en


@dataclass(frozen=True, slots=True)
class KpiValue:
    """One number with everything that is needed to judge it. ``value`` is ``None`` where it is undefined."""

    metric: str
    object: str | None
    process: str | None
    part: str | None
    group: dict[str, Any] = field(hash=False)
    value: Decimal | None
    reason: str | None
    unit: str
    currency: str | None
    n: int
    numerator: Decimal | None = field(repr=False)
    denominator: Decimal | None = field(repr=False)
    excluded: tuple[Excluded, ...] = field(repr=False)
    censored: int = field(repr=False)
    reopened: int = field(repr=False)
    small_sample: bool
    basis: str
    window_from: datetime | None = field(repr=False)
    window_to: datetime | None = field(repr=False)
    partial_window: bool = field(repr=False)
    zone: str = field(repr=False)
    as_of: datetime = field(repr=False)
    definition_hash: str = field(repr=False)
    blueprint_hash: str = field(repr=False)
    ids: DrillThrough = field(repr=False)
    reason_en: str | None = field(default=None, repr=False)
    reason_zh: str | None = field(default=None, repr=False)

    def why(self, locale: str = "en") -> str | None:
        """Why there is no number, for a person."""
        return self.reason_zh if is_chinese(locale) else self.reason_en
