"""What can go wrong. A refusal by a rule is not an error: it is a decision."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from qudao._model import Lint


class QudaoError(Exception):
    """The base of every error of qudao.

    ``code`` is stable and made for programs; ``params`` holds what the text speaks of; the text itself is for people.
    """

    code: str
    params: dict[str, Any]

    def __init__(
        self,
        text: str,
        code: str = "error",
        params: Mapping[str, Any] | None = None,
        text_zh: str | None = None,
    ) -> None:
        super().__init__(text)
        self.code = code
        self.params = dict(params or {})
        self._text_zh = text_zh

    def text(self, locale: str = "en") -> str:
        """What went wrong, for a person."""
        if self._text_zh is not None and locale.lower().startswith("zh"):
            return self._text_zh
        return str(self.args[0])

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.code!r}: {self.text()})"

    def __reduce__(self) -> tuple[Any, ...]:
        return (type(self), (self.text(), self.code, self.params, self._text_zh))


class BlueprintError(QudaoError):
    """A blueprint or a mapping with errors. ``lints`` holds every one of them, each with its place."""

    lints: tuple[Lint, ...]

    def __init__(
        self,
        text: str,
        code: str = "blueprint.invalid",
        params: Mapping[str, Any] | None = None,
        text_zh: str | None = None,
        lints: Sequence[Lint] = (),
    ) -> None:
        super().__init__(text, code, params, text_zh)
        self.lints = tuple(lints)

    def __reduce__(self) -> tuple[Any, ...]:
        return (type(self), (self.text(), self.code, self.params, self._text_zh, self.lints))


class BlueprintChangedError(QudaoError):
    """The database was written under another blueprint: see ``Workspace.preview`` and ``Workspace.migrate``."""


class NotFoundError(QudaoError):
    """There is no such record, or none that the actor may see: both answer alike."""


class AccessError(QudaoError):
    """The actor may not do or read this."""


class StoreError(QudaoError):
    """The database cannot be opened, read or written."""


class FileError(QudaoError):
    """A file cannot be read or written."""


class InputError(QudaoError):
    """What was handed over cannot be used: a frame, a value, a name, a query."""


class NowRequiredError(InputError):
    """A rule or metric reads the clock: give ``now``."""


class MissingPackageError(QudaoError, ImportError):
    """A package that this call needs is not installed. ``params["package"]`` names it."""

    def __init__(
        self,
        package: str,
        what: str = "this",
        params: Mapping[str, Any] | None = None,
        text_zh: str | None = None,
    ) -> None:
        text = f"{what} need the package {package}: pip install {package}"
        zh = text_zh or f"需要安装软件包 {package}：pip install {package}"
        super().__init__(text, "package.missing", {"package": package, **dict(params or {})}, zh)
        self.name = package
        self._what = what

    def __reduce__(self) -> tuple[Any, ...]:
        return (type(self), (self.params["package"], self._what))


class InternalError(QudaoError):
    """A bug in qudao."""


_BY_CODE: dict[str, type[QudaoError]] = {
    "blueprint.changed": BlueprintChangedError,
    "record.not_found": NotFoundError,
    "access.denied": AccessError,
    "actor.unknown": AccessError,
    "field.masked": AccessError,
    "now_required": NowRequiredError,
    "internal.error": InternalError,
    "workspace.closed": StoreError,
}

_BY_PREFIX: dict[str, type[QudaoError]] = {
    "blueprint": BlueprintError,
    "store": StoreError,
    "io": FileError,
}


def make(
    code: str, text: str, text_zh: str | None, params: Mapping[str, Any], lints: Sequence[Lint]
) -> QudaoError:
    """The error of a code."""
    if lints:
        return BlueprintError(text, code, params, text_zh, lints)
    kind = _BY_CODE.get(code) or _BY_PREFIX.get(code.partition(".")[0], InputError)
    return kind(text, code, params, text_zh)
