#!/usr/bin/env python3
"""A blueprint of forty mixed rules, data that breaks each of them, and the same rules by hand in Polars.

    python gen_rules.py OUT [--rows 1000000] [--seed 20261128]

Writes OUT/rules.yaml, OUT/rules.parquet and OUT/partners.parquet. The seed chooses the limits, the words and the rows that are
broken. ``by_hand`` gives the same rules as expressions of Polars: true where a row fails.
"""

from __future__ import annotations

import argparse
import json
import os
import random
from typing import Any

import numpy as np
import polars as pl

OBJECT = "row"
CURRENCIES = ["CNY", "USD", "EUR", "JPY", "KRW", "GBP", "HKD", "SGD", "TWD", "INR", "AUD", "CAD"]
COUNTRIES = ["CN", "US", "DE", "JP", "KR", "GB", "HK", "SG", "TW", "IN", "AU", "CA", "FR", "ES", "IT", "NL"]
TIERS = ["bronze", "silver", "gold", "platinum"]
REGIONS = ["north", "south", "east", "west", "centre"]
CITIES = ["Shanghai", "Shenzhen", "Berlin", "Osaka", "Seoul", "London", "Paris", "Madrid", "Torino", "Utrecht"]
PARTNERS = 2_000


def limits(seed: int) -> dict[str, int]:
    """What the seed chooses."""
    r = random.Random(seed)
    return {
        "name": r.randrange(60, 90),
        "notes": r.randrange(120, 200),
        "city": r.randrange(2, 4),
        "staff": r.randrange(4_000, 6_000),
        "revenue": r.randrange(900_000, 999_000),
        "score": r.randrange(9, 12),
        "year": r.randrange(2018, 2021),
        "discount": r.randrange(30, 45),
        "orders": r.randrange(5, 9),
        "digits": r.randrange(5, 7),
    }


def rules(seed: int) -> list[dict[str, Any]]:
    """The rules of the blueprint."""
    n = limits(seed)
    text: list[dict[str, Any]] = [
        {"required": "name"}, {"required": "email"}, {"required": "country"}, {"required": "tier"},
        {"required": "starts"}, {"required": "code"},
        {"required_when": {"fields": "tax_id", "when": "kind == 'company'"}},
        {"required_when": {"fields": "site", "when": f"staff > {n['staff']}"}},
        {"required_when": {"fields": "city", "when": "country == 'US'"}},
        {"required_when": {"fields": "signed", "when": "tier in ['gold', 'platinum']"}},
        {"format": {"field": "email", "format": "email"}}, {"format": {"field": "site", "format": "url"}},
        {"format": {"field": "postcode", "format": "postcode(US)"}}, {"format": {"field": "country", "format": "country"}},
        {"format": {"field": "currency", "format": "currency"}}, {"format": {"field": "born", "format": "date"}},
        {"length": {"field": "name", "min": 1, "max": n["name"]}}, {"length": {"field": "notes", "max": n["notes"]}},
        {"length": {"field": "city", "min": n["city"], "max": 40}}, {"length": {"field": "code", "min": 12, "max": 12}},
        {"range": {"field": "staff", "min": 0}}, {"range": {"field": "revenue", "min": 0, "max": n["revenue"]}},
        {"range": {"field": "discount", "min": 0, "max": 100}}, {"range": {"field": "score", "min": 1, "max": n["score"]}},
        {"range": {"field": "starts", "min": f"{n['year']}-01-01", "max": "2029-12-31"}},
        {"range": {"field": "rate", "min": 0, "max": 1}},
        {"choice": {"field": "tier", "values": TIERS}}, {"choice": {"field": "kind", "values": ["company", "person"]}},
        {"choice": {"field": "region", "values": REGIONS}},
        {"pattern": {"field": "phone", "regex": r"\+[1-9][0-9]{6,14}"}}, {"pattern": {"field": "code", "regex": "C-[0-9]{10}"}},
        {"pattern": {"field": "sku", "regex": f"[A-Z]{{3}}-[0-9]{{{n['digits']}}}(-[a-z]+)?"}},
        {"pattern": {"field": "agent", "regex": "(?i:emp|ext)[0-9]{4,8}"}}, {"pattern": {"field": "tax_id", "regex": "TX[0-9]{9}"}},
        {"reference": "partner"},
        {"unique": ["code"]}, {"unique": ["tax_id", "country"]},
        {"check": "ends >= starts"}, {"check": f"discount <= {n['discount']} || tier == 'platinum'"},
        {"check": f"revenue >= orders * {n['orders']} && score > 0"},
    ]
    return [{"id": f"r{at:02}", "object": OBJECT, **rule} for at, rule in enumerate(text)]


def blueprint(seed: int) -> dict[str, Any]:
    """The whole document. JSON is YAML."""
    texts = ["name", "email", "site", "phone", "postcode", "country", "currency", "tier", "kind", "region", "city", "tax_id",
             "code", "sku", "agent", "born", "notes"]
    fields: dict[str, Any] = {name: {"type": "text"} for name in texts}
    fields |= {name: {"type": "int"} for name in ("staff", "score", "orders")}
    fields |= {name: {"type": "decimal"} for name in ("revenue", "discount", "rate")}
    fields |= {name: {"type": "date"} for name in ("starts", "ends", "signed")}
    # The reference has its rule in the list, and so none by declaration.
    fields["partner"] = {"type": "reference", "of": "helper"}
    objects: dict[str, Any] = {"helper": {"fields": {"name": {"type": "text"}}}, OBJECT: {"fields": fields}}
    return {"qudao": 1, "placeholders": False, "objects": objects, "validation": rules(seed)}


def data(rows: int, seed: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The rows, of which each rule is broken on some, and the partners they point to."""
    n = limits(seed)
    r = np.random.default_rng(seed)
    at = np.arange(rows)

    def odd(share: float = 0.003) -> Any:
        return r.random(rows) < share

    def of(words: list[str]) -> Any:
        return np.array(words, dtype=object)[r.integers(0, len(words), rows)]

    def put(values: Any, *others: str | None) -> list[str | None]:
        return _put(values, odd, others)

    starts = np.datetime64("2021-01-01") + r.integers(0, 1500, rows)
    ends = starts + r.integers(1, 900, rows)
    swapped = odd()
    starts, ends = np.where(swapped, ends, starts), np.where(swapped, starts, ends)
    starts = np.where(odd(), np.datetime64("2011-05-05"), starts)
    orders = r.integers(0, 50, rows)
    digits = n["digits"]
    code = at - odd().astype(int)
    tax = at - odd().astype(int)
    frame = pl.DataFrame(
        {
            "name": put([f"Person {i} of the list" for i in at], None, "x" * 130),
            "email": put([f"user{i}@partner{i % 1999}.example.com" for i in at], None, "user at example"),
            "site": put([f"https://www.partner{i % 997}.example.com/p/{i % 31}" for i in at], None, "ht!tp:/x y"),
            "phone": put([f"+{1 + i % 97}{2000000000 + (i * 7919) % 7999999999}"[:15] for i in at], None, "00 12 ext"),
            "postcode": put([f"{10000 + i % 89999}" for i in at], None, "1234"),
            "country": put(of(COUNTRIES), None, "XX"),
            "currency": put(of(CURRENCIES), None, "QQQ"),
            "tier": put(of(TIERS), None, "vip"),
            "kind": put(of(["company", "person"]), None, "robot"),
            "region": put(of(REGIONS), None, "nowhere"),
            "city": put(of(CITIES), None, "Q"),
            "tax_id": put([f"TX{100000000 + i}" for i in tax], None, "TX1"),
            "code": put([f"C-{i:010}" for i in code], None, "C-77"),
            "sku": put([f"{'ABC' if i % 2 else 'XYZ'}-{i % 10**digits:0{digits}}{'-red' if i % 3 else ''}" for i in at], None, "sku"),
            "agent": put([f"{'emp' if i % 2 else 'EXT'}{1000 + i % 9000}" for i in at], None, "nobody"),
            "born": put([f"{1950 + i % 55}-{1 + i % 12:02}-{1 + i % 28:02}" for i in at], None, "1999-02-30"),
            "notes": put(["a short note " * (1 + i % 7) + "end" for i in at], None, "y" * 300),
            "staff": np.where(odd(), -5, r.integers(1, 10_000, rows)),
            "score": np.where(odd(), 99, r.integers(1, n["score"], rows)),
            "orders": orders,
            "revenue": np.where(odd(), -1.5, np.round(n["orders"] * 50 + r.random(rows) * 500_000, 2)),
            "discount": np.where(odd(), 140.0, np.round(r.random(rows) * 29, 2)),
            "rate": np.where(odd(), 1.25, np.round(r.random(rows), 3)),
            "starts": starts,
            "ends": ends,
            "signed": starts,
            "partner": put([f"p{i % PARTNERS}" for i in at], None, "p99999999"),
        }
    ).with_columns(pl.col("starts", "ends", "signed").cast(pl.Date))
    holes = [pl.when(pl.Series(odd())).then(None).otherwise(pl.col(c)).alias(c) for c in ("starts", "signed", "revenue", "discount")]
    partners = pl.DataFrame({"id": [f"p{i}" for i in range(PARTNERS)], "name": [f"Partner {i}" for i in range(PARTNERS)]})
    return frame.with_columns(holes), partners


def _put(values: Any, odd: Any, others: tuple[str | None, ...]) -> list[str | None]:
    """Other values in some of the rows."""
    out: list[str | None] = list(values)
    for other in others:
        for row in np.flatnonzero(odd()):
            out[row] = other
    return out


def by_hand(seed: int, partners: pl.DataFrame) -> dict[str, pl.Expr]:
    """The same rules by hand: true where a row fails, null where that cannot be told."""
    n, c = limits(seed), pl.col

    def has(name: str, regex: str) -> pl.Expr:
        return ~c(name).str.contains(regex)

    host = r"[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?"
    iso = ["CN", "US", "DE", "JP", "KR", "GB", "HK", "SG", "TW", "IN", "AU", "CA", "FR", "ES", "IT", "NL"]
    fails = [
        *(c(name).is_null() for name in ("name", "email", "country", "tier", "starts", "code")),
        (c("kind") == "company") & c("tax_id").is_null(),
        (c("staff") > n["staff"]) & c("site").is_null(),
        (c("country") == "US") & c("city").is_null(),
        c("tier").is_in(["gold", "platinum"]) & c("signed").is_null(),
        has("email", rf"^[A-Za-z0-9._%+-]+@{host}(\.{host})*\.[A-Za-z]{{2,}}$"),
        has("site", rf"^https?://{host}(\.{host})+(/[A-Za-z0-9._~/-]*)?$"),
        has("postcode", r"^[0-9]{5}(-[0-9]{4})?$"),
        ~c("country").is_in(iso),
        ~c("currency").is_in(CURRENCIES),
        c("born").is_not_null() & c("born").str.to_date("%Y-%m-%d", strict=False).is_null(),
        ~c("name").str.len_chars().is_between(1, n["name"]),
        c("notes").str.len_chars() > n["notes"],
        ~c("city").str.len_chars().is_between(n["city"], 40),
        c("code").str.len_chars() != 12,
        c("staff") < 0,
        ~c("revenue").is_between(0, n["revenue"]),
        ~c("discount").is_between(0, 100),
        ~c("score").is_between(1, n["score"]),
        ~c("starts").is_between(pl.date(n["year"], 1, 1), pl.date(2029, 12, 31)),
        ~c("rate").is_between(0, 1),
        ~c("tier").is_in(TIERS),
        ~c("kind").is_in(["company", "person"]),
        ~c("region").is_in(REGIONS),
        has("phone", r"^\+[1-9][0-9]{6,14}$"),
        has("code", r"^C-[0-9]{10}$"),
        has("sku", rf"^[A-Z]{{3}}-[0-9]{{{n['digits']}}}(-[a-z]+)?$"),
        has("agent", r"^(?i:emp|ext)[0-9]{4,8}$"),
        has("tax_id", r"^TX[0-9]{9}$"),
        ~c("partner").is_in(partners["id"].to_list()),
        c("code").is_not_null() & c("code").is_duplicated(),
        c("tax_id").is_not_null() & c("country").is_not_null() & pl.struct("tax_id", "country").is_duplicated(),
        c("ends") < c("starts"),
        ~((c("discount") <= n["discount"]) | (c("tier") == "platinum")),
        ~((c("revenue") >= c("orders") * n["orders"]) & (c("score") > 0)),
    ]
    return {f"r{at:02}": fail for at, fail in enumerate(fails)}


def main() -> None:
    arguments = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    arguments.add_argument("out")
    arguments.add_argument("--rows", type=int, default=1_000_000)
    arguments.add_argument("--seed", type=int, default=20261128)
    asked = arguments.parse_args()
    os.makedirs(asked.out, exist_ok=True)
    with open(os.path.join(asked.out, "rules.yaml"), "w", encoding="utf-8") as file:
        json.dump(blueprint(asked.seed), file, indent=1)
    frame, partners = data(asked.rows, asked.seed)
    frame.write_parquet(os.path.join(asked.out, "rules.parquet"))
    partners.write_parquet(os.path.join(asked.out, "partners.parquet"))
    print(f"{frame.height:,} rows, {len(rules(asked.seed))} rules")


if __name__ == "__main__":
    main()
