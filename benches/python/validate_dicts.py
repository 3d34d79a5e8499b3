"""Rows of Python dictionaries against rules: qudao beside pydantic, in one alternating run.

    python benches/python/validate_dicts.py [--rows 100000] [--rounds 3] [--data contacts.parquet]

Without ``--data`` the rows are made here, from a seed: contacts of which each rule is broken on 0.4 % of rows, 12 rules on
fields and pairs of fields, and one unique field. The peer is ``pydantic.TypeAdapter(list[Contact])``, with uniqueness
counted by hand, since it has none. Both sides name every row and rule that fails; pydantic does not run the rules over
several fields on rows where a field fails, and the last column says how many findings it misses for that.

Wants ``pip install pydantic``, and a release build of qudao: ``maturin develop --release``.
"""

from __future__ import annotations

import argparse
import gc
import random
import sys
import time
from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal, Optional

import qudao

EMAIL = r"^[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}$"
PHONE = r"^\+[1-9][0-9]{6,14}$"
COUNTRY = r"^[A-Z]{2}$"

#: The rules of the yardstick: twelve, and one unique field.
BLUEPRINT = Path(__file__).resolve().parents[1] / "contacts.yaml"


def made(count: int, seed: int = 20260701) -> list[dict[str, Any]]:
    """Rows of which each rule is broken on 0.4 %."""
    r = random.Random(seed)

    def bad() -> bool:
        return r.random() < 0.004

    rows = []
    for i in range(1, count + 1):
        start = date(2022, 1, 1) + timedelta(r.randrange(1000))
        end = start + timedelta(r.randrange(1, 900))
        if bad():
            start, end = end, start
        kind = r.choice(["company", "individual"])
        rows.append(
            {
                "number": i,
                "external_id": f"EXT-{i - (1 if bad() else 0):08d}",
                "name": None if bad() else "x" * 130 if bad() else f"Contact {i} Example",
                "email": f"user{i}partner.example" if bad() else f"user{i}@partner{i % 1999}.example.com",
                "phone": f"00 {i} ext" if bad() else f"+{1 + i % 97}{2000000000 + (i * 7919) % 7999999999}"[:15],
                "customer_type": kind,
                "tax_id": None if kind == "individual" or bad() else f"TX{100000000 + i}",
                "tier": "vip" if bad() else r.choice(["bronze", "silver", "gold", "platinum"]),
                "country": "xx" if bad() else r.choice(["US", "DE", "GB", "JP", "KR", "FR", "SE", "BR"]),
                "discount_pct": 140.0 if bad() else round(r.random() * 40, 2),
                "employees": -5 if bad() else r.randrange(1, 50_000),
                "contract_start": start,
                "contract_end": end,
            }
        )
    return rows


def read(path: str, count: int) -> list[dict[str, Any]]:
    """Rows of a Parquet file with these columns; its ``id`` becomes ``number``."""
    import pyarrow.parquet as pq

    table = pq.read_table(path)
    rows: list[dict[str, Any]] = table.slice(0, count).to_pylist()
    for row in rows:
        row["number"] = row.pop("id")
    return rows


def peer() -> Any:
    """The model that pydantic checks rows by."""
    from pydantic import BaseModel, Field, StringConstraints, TypeAdapter, model_validator

    def text(pattern: str) -> Any:
        return Annotated[str, StringConstraints(pattern=pattern)]

    class Contact(BaseModel):
        number: Annotated[int, Field(gt=0)]
        external_id: str
        name: Annotated[str, StringConstraints(min_length=1, max_length=120)]
        email: text(EMAIL)  # type: ignore[valid-type]
        phone: text(PHONE)  # type: ignore[valid-type]
        customer_type: Literal["company", "individual"]
        tax_id: Optional[str]
        tier: Literal["bronze", "silver", "gold", "platinum"]
        country: text(COUNTRY)  # type: ignore[valid-type]
        discount_pct: Annotated[float, Field(ge=0, le=100)]
        employees: Annotated[int, Field(ge=0)]
        contract_start: date
        contract_end: date

        @model_validator(mode="after")
        def across(self) -> Any:
            if self.contract_end < self.contract_start:
                raise ValueError("dates")
            if self.customer_type == "company" and self.tax_id is None:
                raise ValueError("tax")
            return self

    # The names of the annotations are those of this function.
    Contact.model_rebuild(_types_namespace={**globals(), **locals()})
    return TypeAdapter(list[Contact])


def by_pydantic(adapter: Any, rows: list[dict[str, Any]]) -> int:
    from pydantic import ValidationError

    found = 0
    try:
        adapter.validate_python(rows)
    except ValidationError as error:
        found = len(error.errors(include_url=False, include_context=False, include_input=False))
    times = Counter(row["external_id"] for row in rows)
    return found + sum(1 for row in rows if times[row["external_id"]] > 1)


def by_qudao(engine: qudao.Engine, rows: list[dict[str, Any]]) -> int:
    return len(engine.validate("contact_row", rows).violations)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--rows", type=int, default=100_000)
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--data", help="contacts.parquet, in place of rows made here")
    arguments.add_argument("--alone", action="store_true", help="without the peer")
    asked = arguments.parse_args()
    rows = read(asked.data, asked.rows) if asked.data else made(asked.rows)
    engine = qudao.Engine.from_file(BLUEPRINT)
    sides: dict[str, Any] = {f"qudao {qudao.__version__}": lambda: by_qudao(engine, rows)}
    if not asked.alone:
        import pydantic

        adapter = peer()
        sides[f"pydantic {pydantic.VERSION}"] = lambda: by_pydantic(adapter, rows)
    best: dict[str, tuple[float, float, int]] = {}
    for _ in range(asked.rounds):
        for name, run in sides.items():
            gc.collect()
            wall, cpu = time.perf_counter(), time.process_time()
            found = run()
            wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
            best[name] = min(best.get(name, (wall, cpu, found)), (wall, cpu, found))
    print(f"{len(rows):,} rows, Python {sys.version.split()[0]}, best of {asked.rounds} in turn")
    for name, (wall, cpu, found) in best.items():
        print(f"{name:16} wall {wall:7.3f} s  cpu {cpu:7.3f} s  {len(rows) / cpu:>10,.0f} rows/cpu-s  {found:,} findings")
    if len(best) == 2:
        (own, peer_) = best.values()
        print(f"ratio (cpu) {peer_[1] / own[1]:.2f}, findings that pydantic misses: {own[2] - peer_[2]:,}")


if __name__ == "__main__":
    main()
