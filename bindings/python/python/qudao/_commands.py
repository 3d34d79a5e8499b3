"""Commands: what somebody wants."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, TypeAlias

Acknowledge: TypeAlias = Sequence[str | tuple[str, Sequence[str]]]
"""Rules whose warnings the caller has seen; with the records that the warning named, or for all of them."""


@dataclass(frozen=True, kw_only=True)
class _Base:
    """What every command may carry."""

    occurred_at: datetime | None = None
    """Business time; the recording time when none is given."""
    key: str | None = None
    """Sending the same key twice does the work once."""
    acknowledge: Acknowledge = ()
    operation: str | None = None
    """The way, where it is not the command's own: ``import`` or ``sync``."""


@dataclass(frozen=True)
class Create(_Base):
    """Makes a record. On a staged object the process chooses the first stage unless one is named.

    >>> Create("account", {"name": "Acme"}, id="a1").object
    'account'
    """

    kind: ClassVar[str] = "create"
    object: str
    values: Mapping[str, Any] = field(default_factory=dict, hash=False)
    id: str | None = field(default=None, kw_only=True)
    stage: str | None = field(default=None, kw_only=True)


@dataclass(frozen=True)
class Update(_Base):
    """Changes fields of a record. ``None`` unsets a field."""

    kind: ClassVar[str] = "update"
    object: str
    id: str
    values: Mapping[str, Any] = field(default_factory=dict, hash=False)
    expected_version: int | None = field(default=None, kw_only=True)


@dataclass(frozen=True)
class Advance(_Base):
    """Moves a record to another stage, and may change fields with it, such as the loss reason."""

    kind: ClassVar[str] = "advance"
    object: str
    id: str
    to: str
    values: Mapping[str, Any] = field(default_factory=dict, hash=False)
    expected_version: int | None = field(default=None, kw_only=True)


@dataclass(frozen=True)
class Convert(_Base):
    """Makes an account, a contact and an opportunity of a lead, or links it to those named."""

    kind: ClassVar[str] = "convert"
    lead: str
    account: str | None = None
    contact: str | None = None
    opportunity: Mapping[str, Any] | None = field(default=None, hash=False)
    """Values of the new opportunity; none is made without."""
    expected_version: int | None = field(default=None, kw_only=True)


@dataclass(frozen=True, slots=True)
class HistoryVisit:
    """One stay in a stage of an imported history."""

    stage: str
    entered: datetime
    left: datetime | None = None
    reason: str | None = None


@dataclass(frozen=True)
class ImportHistory(_Base):
    """Brings a record in with its past: any stage, any time. Gates are not asked; the trace says so."""

    kind: ClassVar[str] = "import_history"
    object: str
    values: Mapping[str, Any] = field(default_factory=dict, hash=False)
    visits: Iterable[HistoryVisit] = ()
    id: str | None = field(default=None, kw_only=True)
    process: str | None = field(default=None, kw_only=True)


@dataclass(frozen=True)
class Grant(_Base):
    """Gives a recorded permission to pass one rule for one record."""

    kind: ClassVar[str] = "give_grant"
    object: str
    id: str
    rule: str
    reason: str
    to: str | None = None
    """Who may use it; anybody when none is named."""
    expires_at: datetime | None = None
    grant_id: str | None = field(default=None, kw_only=True)


Command: TypeAlias = Create | Update | Advance | Convert | ImportHistory | Grant
