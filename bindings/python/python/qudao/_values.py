"""Values and who acts: money, windows of time, records."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from qudao._show import html_grid


@dataclass(frozen=True, slots=True, init=False)
class Money:
    """An amount in a currency. Never a float.

    >>> Money("12.50", "CNY").amount
    Decimal('12.50')
    """

    amount: Decimal
    currency: str

    def __init__(self, amount: Decimal | int | str, currency: str) -> None:
        if isinstance(amount, bool) or not isinstance(amount, (Decimal, int, str)):
            raise TypeError("an amount is a Decimal, an int or a text, never a float")
        object.__setattr__(self, "amount", Decimal(amount))
        object.__setattr__(self, "currency", currency)

    def __str__(self) -> str:
        return f"{self.amount} {self.currency}"

    def __reduce__(self) -> tuple[Any, ...]:
        return (Money, (self.amount, self.currency))


@dataclass(frozen=True, slots=True, init=False)
class Actor:
    """Somebody who acts: a person, or a program. The host vouches for who it is and which roles are held."""

    id: str
    roles: frozenset[str] = frozenset()
    partner: str | None = None
    team: str | None = None
    territories: frozenset[str] = frozenset()

    def __init__(
        self,
        id: str,
        roles: Iterable[str] = (),
        partner: str | None = None,
        team: str | None = None,
        territories: Iterable[str] = (),
    ) -> None:
        if isinstance(roles, str) or isinstance(territories, str):
            raise TypeError("roles and territories are collections of names, not one text")
        object.__setattr__(self, "id", id)
        object.__setattr__(self, "roles", frozenset(roles))
        object.__setattr__(self, "partner", partner)
        object.__setattr__(self, "team", team)
        object.__setattr__(self, "territories", frozenset(territories))


class Window(NamedTuple):
    """A half-open span of time: ``start`` belongs to it, ``end`` does not. ``None`` leaves an end open.

    >>> Window.quarter(2026, 4)
    Window(start=datetime.date(2026, 10, 1), end=datetime.date(2027, 1, 1))
    """

    start: date | datetime | None
    end: date | datetime | None

    @classmethod
    def year(cls, year: int) -> Window:
        """A calendar year."""
        return cls(date(year, 1, 1), date(year + 1, 1, 1))

    @classmethod
    def quarter(cls, year: int, quarter: int) -> Window:
        """A calendar quarter, from 1 to 4."""
        if not 1 <= quarter <= 4:
            raise ValueError("a quarter is a number from 1 to 4")
        end = (year, quarter * 3 + 1) if quarter < 4 else (year + 1, 1)
        return cls(date(year, quarter * 3 - 2, 1), date(*end, 1))

    @classmethod
    def month(cls, year: int, month: int) -> Window:
        """A calendar month, from 1 to 12."""
        end = (year, month + 1) if month < 12 else (year + 1, 1)
        return cls(date(year, month, 1), date(*end, 1))


@dataclass(frozen=True, slots=True)
class RecordKey:
    """A record's full address."""

    object: str
    id: str

    def __str__(self) -> str:
        return f"{self.object}/{self.id}"


class Record(Mapping[str, Any]):
    """A record: a mapping from field to value, with ``id`` among the fields.

    A field without a value reads as ``None`` through :meth:`get` and is no key. What the blueprint does not know is
    in ``unknown``.
    """

    __slots__ = ("_values", "id", "object", "unknown", "version")

    object: str
    id: str
    version: int
    unknown: dict[str, Any]

    def __init__(
        self,
        object: str,
        id: str,
        version: int,
        values: Mapping[str, Any],
        unknown: Mapping[str, Any] | None = None,
    ) -> None:
        self.object = object
        self.id = id
        self.version = version
        self.unknown = dict(unknown or {})
        self._values = {"id": id, **values}

    def __getitem__(self, name: str) -> Any:
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __eq__(self, other: Any) -> bool:
        if not isinstance(other, Record):
            return NotImplemented
        mine = (self.object, self.version, self._values, self.unknown)
        return mine == (other.object, other.version, other._values, other.unknown)

    def __hash__(self) -> int:
        return hash((self.object, self.id, self.version))

    def __repr__(self) -> str:
        values = ", ".join(f"{k}={v!r}" for k, v in self._values.items() if k != "id")
        return f"Record({self.object}/{self.id} v{self.version}: {values})"

    def _repr_html_(self) -> str:
        rows = [[k, v] for k, v in self._values.items()]
        return html_grid(("field", "value"), rows, caption=f"{self.object} v{self.version}")

    def __reduce__(self) -> tuple[Any, ...]:
        values = {k: v for k, v in self._values.items() if k != "id"}
        return (Record, (self.object, self.id, self.version, values, self.unknown))
