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


@dataclass(frozen=True)
class Merge(_Base):
    """Makes one record of several. The master's id stays; the ids of the others answer with it from then on.

    >>> Merge("account", "a1", ["a2", "a3"]).master
    'a1'
    """

    kind: ClassVar[str] = "merge"
    object: str
    master: str
    others: Sequence[str]
    expected_version: int | None = field(default=None, kw_only=True)


@dataclass(frozen=True)
class Unmerge(_Base):
    """Takes a merged record out of the one that it was merged into. Both are as they were before, and so are their
    children; fields changed since stay with the surviving record, unless they are named in ``take``."""

    kind: ClassVar[str] = "unmerge"
    object: str
    id: str
    take: Sequence[str] = field(default=(), kw_only=True)
    """Fields whose present values go with the restored record."""
    children: Sequence[tuple[str, str]] = field(default=(), kw_only=True)
    """Children, as pairs of object and id, that go with the restored record beside those that came with it."""
    expected_version: int | None = field(default=None, kw_only=True)
    """The version of the surviving record that the caller has seen."""


Command: TypeAlias = Create | Update | Advance | Convert | Merge | Unmerge | ImportHistory | Grant
