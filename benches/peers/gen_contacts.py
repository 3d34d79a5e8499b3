#!/usr/bin/env python3
"""Contacts for the bench of validation, seeded: each rule is broken independently on 0.3 to 0.5 % of rows.

    python gen_contacts.py OUT [--contacts 1000000] [--seed 20260701] [--csv]

Writes OUT/contacts.parquet, and OUT/contacts.csv where that is asked.
"""
import argparse, os
import numpy as np, pyarrow as pa, pyarrow.parquet as pq, pyarrow.csv as pc


def strs(values, codes, null=None):
    codes = pa.array(codes.astype(np.int32), mask=null)
    return pa.DictionaryArray.from_arrays(codes, pa.array(values)).cast(pa.string())


def write(t, path, csv):
    pq.write_table(t, path + ".parquet", compression="snappy", row_group_size=1 << 18)
    if csv:
        pc.write_csv(t, path + ".csv")
    print(path, t.num_rows, os.path.getsize(path + ".parquet") >> 20, "MiB")


def contacts(out, n, seed, csv):
    """Partner/contact records; each rule is broken independently on 0.3-0.5 % of rows."""
    r = np.random.default_rng(seed + 1)
    bad = lambda p=.004: r.random(n) < p
    num = np.arange(1, n + 1)
    name = [f"Contact {i} Example" for i in num]
    email = [f"user{i}@partner{i % 1999}.example.com" for i in num]
    phone = [f"+{1 + i % 97}{2000000000 + (i * 7919) % 7999999999}"[:15] for i in num]
    tier = r.integers(0, 4, n); ctype = r.integers(0, 2, n); region = r.integers(0, 8, n)
    tiers = ["bronze", "silver", "gold", "platinum", "vip"]; types = ["company", "individual"]
    disc = np.round(r.random(n) * 40, 2)
    start = np.datetime64("2022-01-01") + r.integers(0, 1000, n); end = start + r.integers(1, 900, n)
    tax = [None if ctype[k] else f"TX{100000000 + k}" for k in range(n)]
    ext = num.copy()
    for k in np.flatnonzero(bad()): name[k] = None
    for k in np.flatnonzero(bad()): name[k] = "x" * 130
    for k in np.flatnonzero(bad()): email[k] = f"user{k}partner.example"
    for k in np.flatnonzero(bad()): phone[k] = f"00 {k} ext"
    for k in np.flatnonzero(bad()): tax[k] = None                          # breaks the rule only for companies
    tier = np.where(bad(), 4, tier); disc = np.where(bad(), 140.0, disc)
    sw = bad(); start, end = np.where(sw, end, start), np.where(sw, start, end)
    d = np.flatnonzero(bad()); d = d[d > 0]; ext[d] = ext[d - 1]
    country = ["US", "DE", "GB", "JP", "KR", "FR", "SE", "BR", "xx"]
    t = pa.table({"id": pa.array(num), "external_id": pa.array([f"EXT-{x:08d}" for x in ext]), "name": name, "email": email,
                  "phone": phone, "customer_type": strs(types, ctype), "tax_id": tax, "tier": strs(tiers, tier),
                  "country": strs(country, np.where(bad(), 8, region)), "discount_pct": disc,
                  "employees": pa.array(np.where(bad(), -5, r.integers(1, 50000, n)).astype(np.int64)),
                  "contract_start": pa.array(start.astype("datetime64[D]")), "contract_end": pa.array(end.astype("datetime64[D]"))})
    write(t, f"{out}/contacts", csv)


if __name__ == "__main__":
    a = argparse.ArgumentParser(); a.add_argument("out"); a.add_argument("--contacts", type=int, default=1_000_000)
    a.add_argument("--seed", type=int, default=20260701); a.add_argument("--csv", action="store_true")
    a = a.parse_args()
    os.makedirs(a.out, exist_ok=True)
    contacts(a.out, a.contacts, a.seed, a.csv)
