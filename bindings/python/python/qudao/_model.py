"""What qudao speaks in: small frozen objects."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from qudao._show import html_grid, text_grid

if TYPE_CHECKING:
    from qudao import _native

def is_chinese(locale: str) -> bool:
    """Whether texts in this locale are Chinese."""
    return locale.replace("_", "-").partition("-")[0].lower() == "zh"


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
class Field:
    """A field of an object. ``type`` is a text such as ``text``, ``money(CNY)`` or ``reference(account)``."""

    name: str
    type: str
    label: str | dict[str, str] = field(hash=False)
    choices: tuple[str, ...]
    required: bool
    unique: bool
    personal: bool
    system: bool
    computed: bool
    standard: bool


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric: a built-in one or the blueprint's own."""

    id: str
    label: str | dict[str, str] = field(hash=False)
    description: str | dict[str, str] | None = field(hash=False)
    unit: str
    basis: str
    goal: str
    built_in: bool


@dataclass(frozen=True, slots=True)
class FieldEvidence:
    """How one field of two records compares.

    ``level`` is exact, high, medium, low, different or missing; ``weight`` is evidence in bits, ``total`` the sum so
    far with the prior.
    """

    field: str
    left: str | None
    right: str | None
    level: str
    weight: Decimal
    total: Decimal


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
        return [[e.field, e.left, e.right, e.level, e.weight, e.total] for e in self.fields]

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
    """A block of rows with one key that was too large to compare every pair in it."""

    key: str
    cut_by: tuple[str, ...]
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


@dataclass(frozen=True, slots=True)
class TraceEntry:
    """What one rule did."""

    step: str
    rule: str
    record: RecordKey | None
    outcome: str
    inputs: dict[str, Any] = field(hash=False)
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RecordChange:
    """What was written to one record: the values set, and those that stood there before."""

    record: RecordKey
    version: int
    set: dict[str, Any] = field(hash=False)
    before: dict[str, Any] = field(hash=False)


@dataclass(frozen=True, slots=True)
class Visit:
    """A stay in a stage."""

    record: RecordKey
    seq: int
    process: str
    process_version: str = field(repr=False)
    stage: str
    stage_order: int = field(repr=False)
    stage_class: str
    entered: datetime
    left: datetime | None
    recorded_at: datetime = field(repr=False)
    left_recorded_at: datetime | None = field(repr=False)
    actor: str
    cause: str
    reason: str | None


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer to a command: carried out or refused, with every rule that ran."""

    allowed: bool
    records: tuple[RecordKey, ...]
    violations: tuple[Violation, ...]
    duplicates: tuple[DuplicateFinding, ...]
    trace: tuple[TraceEntry, ...] = field(repr=False)
    changes: tuple[RecordChange, ...] = field(repr=False)
    visits: tuple[Visit, ...] = field(repr=False)
    blueprint: str = field(repr=False)
    replayed: bool

    @property
    def id(self) -> str | None:
        """The id of the main record; ``None`` when the command was refused before there was one."""
        return self.records[0].id if self.records else None

    @property
    def blocking(self) -> tuple[Violation, ...]:
        """The rules that block."""
        return tuple(v for v in self.violations if v.severity == "error")

    def __bool__(self) -> bool:
        return self.allowed

    def messages(self, locale: str | None = None) -> list[str]:
        """What the rules say, for a person."""
        return [v.text(locale) for v in self.violations]

    def _repr_html_(self) -> str:
        rows = [[v.severity, v.rule, v.text(), v.fix()] for v in self.violations]
        main = ", ".join(str(k) for k in self.records)
        caption = f"{'allowed' if self.allowed else 'blocked'} {main}".strip()
        return html_grid(("severity", "rule", "message", "fix"), rows, caption=caption)


@dataclass(frozen=True, slots=True)
class GateReport:
    """What a gate says of a move."""

    allowed: bool
    direction: str
    violations: tuple[Violation, ...]
    trace: tuple[TraceEntry, ...] = field(repr=False)
    patch: dict[str, Any] = field(hash=False, repr=False)

    @property
    def missing(self) -> tuple[Violation, ...]:
        """What must be met first."""
        return tuple(v for v in self.violations if v.severity == "error")

    def __bool__(self) -> bool:
        return self.allowed


@dataclass(frozen=True, slots=True)
class NextStep:
    """A step that a record may take next, with what is missing for it."""

    stage: str
    label: str
    stage_class: str
    direction: str
    allowed: bool
    missing: tuple[Violation, ...]
    advised: tuple[Violation, ...]
    tip: str | None = None
    key_fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One changed field."""

    field: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class HistoryItem:
    """One entry of a record's history, as the actor may see it."""

    seq: int
    command: str
    actor: str
    occurred_at: datetime
    recorded_at: datetime
    allowed: bool
    failed: tuple[str, ...]
    granted: tuple[str, ...]
    changes: tuple[FieldChange, ...]
    visits: tuple[Visit, ...]


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One entry of the log."""

    seq: int
    command: str
    actor: str
    roles: tuple[str, ...]
    occurred_at: datetime
    recorded_at: datetime
    allowed: bool
    failed: tuple[str, ...]
    granted: tuple[str, ...]
    records: tuple[RecordKey, ...]
    changes: tuple[RecordChange, ...] = field(repr=False)
    blueprint: str = field(repr=False)
    key: str | None


@dataclass(frozen=True, slots=True)
class OutboxItem:
    """An event for other systems, shaped as CloudEvents 1.0."""

    position: int
    seq: int
    event: dict[str, Any] = field(hash=False)


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


@dataclass(frozen=True, slots=True)
class TableCheck:
    """How one projection compares with a rebuild."""

    table: str
    rows: int
    missing: int
    unexpected: int


@dataclass(frozen=True, slots=True)
class Verification:
    """How the projections compare with what a rebuild would make, row by row."""

    entries: int
    tables: tuple[TableCheck, ...]

    @property
    def ok(self) -> bool:
        """Every projection is equal to what a rebuild makes."""
        return all(t.missing == 0 and t.unexpected == 0 for t in self.tables)

    def __bool__(self) -> bool:
        return self.ok


@dataclass(frozen=True, slots=True)
class ClaimConflict:
    """A unique value that several records have."""

    rule: str
    holder: RecordKey
    waiting: tuple[RecordKey, ...]


@dataclass(frozen=True, slots=True)
class Migration:
    """What another blueprint changes in a database."""

    stored: str
    given: str
    records: dict[str, int] = field(hash=False)
    objects_gone: dict[str, int] = field(hash=False)
    fields_unknown: dict[str, int] = field(hash=False)
    stages_gone: dict[str, int] = field(hash=False)
    conflicts: tuple[ClaimConflict, ...] = ()


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
