"""Validation of data that is larger than memory, batch by batch."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any, TypeAlias

from qudao import _native
from qudao._errors import InputError
from qudao._frames import Frame, kind
from qudao._table import Table

Progress: TypeAlias = bool | Callable[[int], object]
"""Whether to show a bar, or what to call with the number of rows so far."""

_ROWS = 65_536


def batches_of(source: Any) -> tuple[Iterable[Frame], int | None]:
    """Frames one after another, and how many rows there are in all where that is known."""
    what = kind(source)
    if what == "polars.LazyFrame":
        return source.collect_batches(chunk_size=_ROWS, maintain_order=True), None
    if what == "polars.DataFrame":
        return source.iter_slices(_ROWS), source.height
    if what == "duckdb.DuckDBPyRelation":
        return source.to_arrow_reader(_ROWS), None
    if what == "pyarrow.Table":
        return source.to_batches(max_chunksize=_ROWS), source.num_rows
    if what in ("pyarrow.dataset.FileSystemDataset", "pyarrow.FileSystemDataset", "pyarrow.InMemoryDataset"):
        return source.to_batches(batch_size=_ROWS), None
    if isinstance(source, (Mapping, str, bytes)) or not isinstance(source, Iterable):
        text = f"expected frames one after another, not {type(source).__name__}"
        raise InputError(text, "frame.no_batches", {"type": type(source).__name__})
    if isinstance(source, list) and source and isinstance(source[0], Mapping) and kind(source[0]) == "builtins.dict":
        text = "expected frames one after another, not rows: put them in a list, or call validate"
        raise InputError(text, "frame.no_batches", {"type": "list"})
    return source, None


@contextmanager
def bar(progress: Progress, total: int | None, what: str) -> Iterator[Callable[[int], None]]:
    """What is told of rows as they are checked."""
    if not progress:
        yield lambda rows: None
        return
    done = 0
    if callable(progress):
        call = progress

        def tell(rows: int) -> None:
            nonlocal done
            done += rows
            call(done)

        yield tell
        return
    try:
        from tqdm.auto import tqdm
    except ModuleNotFoundError:
        # Without the package: a line that counts.
        def count(rows: int) -> None:
            nonlocal done
            done += rows
            print(f"\r{what}: {done:,} rows", end="", file=sys.stderr, flush=True)

        try:
            yield count
        finally:
            print(file=sys.stderr)
        return
    with tqdm(total=total, desc=what, unit=" rows", unit_scale=True) as shown:
        yield lambda rows: (shown.update(rows), None)[1]


@contextmanager
def share(progress: Progress, what: str) -> Iterator[Callable[[int, int], None] | None]:
    """What is told of work of which the share that is done is known: in rows, of so many rows."""
    if not progress:
        yield None
        return
    with ExitStack() as stack:
        tell: Callable[[int], None] | None = None
        before = 0

        def told(rows: int, total: int) -> None:
            nonlocal tell, before
            if tell is None:
                # The number of rows is known when they have been read.
                tell = stack.enter_context(bar(progress, total, what))
            if rows > before or before == 0:
                tell(rows - before)
            before = rows

        yield told


def run(
    stream: _native.Stream,
    source: Any,
    what: str,
    progress: Progress,
    sink: Callable[[Table], object] | None,
) -> _native.Validation:
    """Feeds the frames to the stream. With a sink, findings are handed on and not kept."""
    frames, total = batches_of(source)
    with bar(progress, total, what) as tell:
        for frame in frames:
            before = stream.rows()
            part = stream.push(frame, sink is None)
            if sink is not None and len(part):
                sink(Table(part))
            tell(stream.rows() - before)
    end = stream.finish()
    if sink is not None and end.count():
        sink(Table(end.violations()))
    return end
