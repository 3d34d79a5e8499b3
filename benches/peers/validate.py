#!/usr/bin/env python3
"""Validation beside its peers, in alternating runs on the same machine.

    python3 benches/peers/validate.py [--rows 1000000] [--rounds 5] [--no-peer] [--only contacts|rules|dicts|batches]

Sets up the peers and this library, built in release mode, in a virtual environment under `target/`, makes the data, and prints for

- **contacts**: the rules of `contacts.yaml` on a Polars frame in memory, beside expressions by hand in Polars and SQL by hand in
  DuckDB. Time until the whole list of row and rule is there; all three lists are compared as sets;
- **rules**: the forty rules of `gen_rules.py`, beside expressions by hand in Polars;
- **dicts**: `../python/validate_dicts.py`, beside pydantic;
- **batches**: `../python/validate_batches.py`, alone (--batch-rows).

Memory is the peak minus what is resident once the frame is loaded and a thousand rows went through, in a process for each side.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import environment

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = environment.ROOT
WORK = environment.work("validate")
PEERS = ["polars==2.1.0", "duckdb==2.0.1", "pyarrow==26.0.1", "pydantic==2.14.4", "numpy", "maturin>=1.16,<2"]
RULE_IDS = {"name_required": "contact_row.name.required", "ext_unique": "contact_row.external_id.unique"}

Side = Callable[[Any], Any]


def contacts(path: str) -> tuple[Any, dict[str, Side]]:
    """The frame, and what each side does with it; each gives a frame of `row` and `rule`."""
    import duckdb
    import polars as pl

    import qudao

    frame = pl.read_parquet(path)
    engine = qudao.Engine.from_file(os.path.join(ROOT, "benches", "contacts.yaml"))
    email = r"^[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}$"
    phone, country = r"^\+[1-9][0-9]{6,14}$", r"^[A-Z]{2}$"
    tiers, kinds, c = ["bronze", "silver", "gold", "platinum"], ["company", "individual"], pl.col
    holds = {
        "name_required": c("name").is_not_null(),
        "name_len": c("name").str.len_chars().is_between(1, 120),
        "email": c("email").str.contains(email),
        "phone": c("phone").str.contains(phone),
        "ctype": c("customer_type").is_in(kinds),
        "tier": c("tier").is_in(tiers),
        "country": c("country").str.contains(country),
        "discount": c("discount_pct").is_between(0, 100),
        "employees": c("employees") >= 0,
        "dates": c("contract_end") >= c("contract_start"),
        "tax_cond": (c("customer_type") != "company") | c("tax_id").is_not_null(),
        "ext_unique": ~c("external_id").is_duplicated(),
        "id_pos": c("id") > 0,
    }

    def ours(frame: Any) -> Any:
        return engine.validate("contact_row", frame.rename({"id": "number"})).failures

    def by_polars(frame: Any) -> Any:
        bad = [(~e).fill_null(n not in ("name_len", "name_required")).alias(n) for n, e in holds.items()]
        found = frame.lazy().select("id", *bad).filter(pl.any_horizontal(*holds))
        return found.unpivot(index="id", variable_name="rule").filter("value").select("id", "rule").collect()

    fails = {
        "name_required": "name IS NULL",
        "name_len": "NOT (length(name) BETWEEN 1 AND 120)",
        "email": f"NOT regexp_matches(email, '{email}')",
        "phone": f"NOT regexp_matches(phone, '{phone}')",
        "ctype": f"customer_type NOT IN {tuple(kinds)}",
        "tier": f"tier NOT IN {tuple(tiers)}",
        "country": f"NOT regexp_matches(country, '{country}')",
        "discount": "NOT (discount_pct BETWEEN 0 AND 100)",
        "employees": "employees < 0",
        "dates": "contract_end < contract_start",
        "tax_cond": "customer_type = 'company' AND tax_id IS NULL",
        "ext_unique": "k > 1",
        "id_pos": "id <= 0",
    }
    base = duckdb.connect()
    base.execute("SET threads=2")
    listed = ", ".join(f"CASE WHEN {e} THEN '{n}' END" for n, e in fails.items())
    where = " OR ".join(f"coalesce({e}, false)" for e in fails.values())

    def by_duckdb(frame: Any) -> Any:
        # A table of its own, made before the first run, as Polars has its frame.
        table = f"c{frame.height}"
        base.execute(f"CREATE TABLE IF NOT EXISTS {table} AS SELECT * FROM frame")
        query = f"SELECT id, list_filter([{listed}], lambda x: x IS NOT NULL) rule FROM "
        query += f"(SELECT *, count(*) OVER (PARTITION BY external_id) k FROM {table}) WHERE {where}"
        return base.sql(query).to_arrow_table()

    return frame, {"qudao": ours, "Polars": by_polars, "DuckDB": by_duckdb}


def mixed(folder: str, seed: int) -> tuple[Any, dict[str, Side]]:
    """As `contacts`, for the forty rules."""
    import polars as pl

    import qudao

    sys.path.insert(0, HERE)
    import gen_rules

    frame = pl.read_parquet(os.path.join(folder, "rules.parquet"))
    partners = pl.read_parquet(os.path.join(folder, "partners.parquet"))
    engine = qudao.Engine.from_file(os.path.join(folder, "rules.yaml"))
    fails = gen_rules.by_hand(seed, partners)

    def ours(frame: Any) -> Any:
        return engine.validate(gen_rules.OBJECT, frame, related={"helper": partners}).failures

    def by_polars(frame: Any) -> Any:
        bad = [e.fill_null(False).alias(n) for n, e in fails.items()]
        found = frame.lazy().select(pl.int_range(pl.len()).alias("id"), *bad).filter(pl.any_horizontal(*fails))
        return found.unpivot(index="id", variable_name="rule").filter("value").select("id", "rule").collect()

    return frame, {"qudao": ours, "Polars": by_polars}


def pairs(name: str, found: Any, first: int) -> set[tuple[int, str]]:
    """Row and rule, rows counted from 0."""
    import polars as pl

    frame = pl.DataFrame(found)
    if name == "qudao":
        return set(zip(frame["row"].to_list(), frame["rule"].to_list()))
    if frame["rule"].dtype == pl.List:
        frame = frame.explode("rule")
    return {(row - first, RULE_IDS.get(rule, rule)) for row, rule in frame.select("id", "rule").iter_rows()}


def load(what: str, path: str, seed: int) -> tuple[Any, dict[str, Side]]:
    return contacts(path) if what == "contacts" else mixed(path, seed)


def measure(what: str, path: str, rounds: int, seed: int, peers: bool) -> None:
    """Alternating runs in one process, after one of each that is not counted."""
    frame, sides = load(what, path, seed)
    sides = sides if peers else {"qudao": sides["qudao"]}
    first = 1 if what == "contacts" else 0
    lists = {name: pairs(name, run(frame), first) for name, run in sides.items()}
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in sides}
    for _ in range(rounds):
        for name, run in sides.items():
            gc.collect()
            wall, cpu = time.perf_counter(), time.process_time()
            found = run(frame)
            times[name].append((time.perf_counter() - wall, time.process_time() - cpu))
            del found
    for name, runs in times.items():
        wall, cpu = (statistics.median(run[at] for run in runs) for at in (0, 1))
        same = lists[name] == lists["qudao"]
        print(json.dumps({"name": name, "rows": frame.height, "wall": wall, "cpu": cpu, "found": len(lists[name]), "same": same}))


def memory(what: str, path: str, seed: int, name: str) -> None:
    """The peak of one run above what was resident before it, in MiB."""
    frame, sides = load(what, path, seed)
    sides[name](frame.head(1000))
    if name == "DuckDB":
        # Its table is made by the first run.
        sides[name](frame)
    gc.collect()
    with open("/proc/self/clear_refs", "w", encoding="ascii") as file:
        file.write("5")
    with open("/proc/self/statm", encoding="ascii") as file:
        before = int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    found = sides[name](frame)
    with open("/proc/self/status", encoding="ascii") as file:
        peak = next(int(line.split()[1]) for line in file if line.startswith("VmHWM")) * 1024
    del found
    print(json.dumps({"memory": (peak - before) / 2**20}))


def lines(command: list[str]) -> list[dict[str, Any]]:
    out = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    return [json.loads(line) for line in out.splitlines() if line.startswith("{")]


def venv() -> str:
    """The interpreter of the environment, with the peers and this library in it."""
    python, given = environment.interpreter(WORK, PEERS)
    if not given:
        variables = dict(os.environ, VIRTUAL_ENV=os.path.join(WORK, "venv"))
        subprocess.check_call([python, "-m", "maturin", "develop", "--release", "-q"],
                              cwd=os.path.join(ROOT, "bindings", "python"), env=variables)
    return python


def table(python: str, what: str, path: str, asked: argparse.Namespace) -> None:
    own = [python, os.path.abspath(__file__), "--what", what, "--path", path, "--seed", str(asked.seed)]
    peers = ["--no-peer"] if asked.no_peer else []
    sides = lines([*own, "--rounds", str(asked.rounds), *peers])
    print(f"\n{what}: {sides[0]['rows']:,} rows, median of {asked.rounds} alternating runs")
    print("| | wall s | records/s | times | CPU s | MiB more at the peak | findings |\n|---|---|---|---|---|---|---|")
    for side in sides:
        side["memory"] = lines([*own, "--memory", side["name"]])[0]["memory"]
        ratio = side["wall"] / sides[0]["wall"]
        same = "" if side["same"] else " (not the same set)"
        print(f"| {side['name']} | {side['wall']:.3f} | {side['rows'] / side['wall'] / 1e6:.2f} M | {ratio:.2f} | {side['cpu']:.3f} "
              f"| {side['memory']:.0f} | {side['found']:,}{same} |")


def main() -> None:
    ap = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    ap.add_argument("--rows", type=int, default=1_000_000)
    ap.add_argument("--rounds", type=int, default=5)
    ap.add_argument("--seed", type=int, default=20261128)
    ap.add_argument("--batch-rows", type=int, default=20_000_000)
    ap.add_argument("--only", choices=["contacts", "rules", "dicts", "batches"])
    ap.add_argument("--no-peer", action="store_true")
    for inner in ("--what", "--path", "--memory"):
        ap.add_argument(inner, help=argparse.SUPPRESS)
    asked = ap.parse_args()
    if asked.memory:
        return memory(asked.what, asked.path, asked.seed, asked.memory)
    if asked.what:
        return measure(asked.what, asked.path, asked.rounds, asked.seed, not asked.no_peer)
    python = venv()
    wanted = [asked.only] if asked.only else ["contacts", "rules", "dicts", "batches"]
    if "contacts" in wanted:
        folder = os.path.join(WORK, f"contacts-{asked.rows}")
        if not os.path.exists(os.path.join(folder, "contacts.parquet")):
            subprocess.check_call([python, os.path.join(HERE, "gen_contacts.py"), folder, "--contacts", str(asked.rows)])
        table(python, "contacts", os.path.join(folder, "contacts.parquet"), asked)
    if "rules" in wanted:
        folder = os.path.join(WORK, f"rules-{asked.rows}-{asked.seed}")
        if not os.path.exists(os.path.join(folder, "partners.parquet")):
            make = [python, os.path.join(HERE, "gen_rules.py"), folder, "--rows", str(asked.rows), "--seed", str(asked.seed)]
            subprocess.check_call(make)
        table(python, "rules", folder, asked)
    scripts = os.path.join(ROOT, "benches", "python")
    if "dicts" in wanted:
        print(flush=True)
        alone = ["--alone"] if asked.no_peer else []
        rows = str(min(asked.rows, 100_000))
        subprocess.check_call([python, os.path.join(scripts, "validate_dicts.py"), "--rows", rows,
                               "--rounds", str(asked.rounds), *alone])
    if "batches" in wanted:
        print(flush=True)
        subprocess.check_call([python, os.path.join(scripts, "validate_batches.py"), "--rows", str(asked.batch_rows)])
    return None


if __name__ == "__main__":
    main()
