"""Validation in batches: rows a second, and what memory is held.

    python benches/python/validate_batches.py [--rows 1000000] [--batch 50000]

The batches are made one at a time, as Arrow, from a seed: an account with a name, a phone number, a number of employees and
a unique tax id, of which one in a thousand stands twice. Memory is the peak of the process minus its size before the
first batch.
"""

from __future__ import annotations

import argparse
import resource
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

import qudao

BLUEPRINT = """
qudao: 1
objects:
  account:
    fields:
      name: {required: true}
      tax_id: {unique: true}
      phone: {format: phone(CN)}
validation:
  - {id: account.size, object: account, range: {field: employees, min: 1}, severity: warning}
"""


def batches(rows: int, size: int) -> Iterator[pa.RecordBatch]:
    """Rows in batches."""
    r = np.random.default_rng(20260701)
    for start in range(0, rows, size):
        places = np.arange(start, min(rows, start + size))
        # One in a thousand has the tax id of the row before it.
        tax = places - (r.random(len(places)) < 0.001)

        def texts(before: str, numbers: "np.ndarray[Any, Any]", width: int = 0) -> pa.Array:
            digits = pc.utf8_lpad(pa.array(numbers).cast(pa.string()), width, "0")
            return pc.binary_join_element_wise(before, digits, "")

        yield pa.RecordBatch.from_pydict(
            {
                "name": texts("Company ", places),
                "tax_id": texts("T", np.maximum(tax, 0), 9),
                "phone": texts("138", places % 100_000_000, 8),
                "employees": pa.array(r.integers(0, 1000, len(places))),
            }
        )


def size_now() -> int:
    """The resident size in MiB."""
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * resource.getpagesize() >> 20


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--rows", type=int, default=1_000_000)
    arguments.add_argument("--batch", type=int, default=50_000)
    asked = arguments.parse_args()
    engine = qudao.Engine.from_yaml(BLUEPRINT)
    engine.validate_batches("account", batches(asked.batch, asked.batch))
    before, found = size_now(), 0

    def count(part: qudao.Table) -> None:
        nonlocal found
        found += len(part)

    cpu = time.process_time()
    checked = engine.validate_batches("account", batches(asked.rows, asked.batch), sink=count)
    cpu = time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
    print(f"{checked.rows:,} rows in batches of {asked.batch:,}: cpu {cpu:.2f} s, {checked.rows / cpu:,.0f} rows/cpu-s, "
          f"{found:,} findings, {peak - before} MiB more at the peak")


if __name__ == "__main__":
    main()
