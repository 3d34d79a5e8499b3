"""What a blueprint declares: fields and metrics."""

from __future__ import annotations

from dataclasses import dataclass, field


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
