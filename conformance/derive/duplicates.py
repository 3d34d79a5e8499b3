"""The cases of `duplicates`: ids of clusters that stay from run to run, golden records of a table, links between two.

Which rows are one company is written down with each row, and what follows is worked out here anew: ids after the definition
in `docs/matching.md`, golden records by the rules of `merging.py`, links from the weights of `matches.py`. The case file
is made of it:

    python3 conformance/derive/duplicates.py --write
"""
from collections import Counter
from itertools import count

from common import made, write_or_check
from matches import RULES as WEIGHED, total
from merging import TRUST, UNITS, Leaf, winners

CASES = []

# Spellings of one name that differ in nothing that tells companies apart.
SPELLINGS = {
    "acme": ["Acme Inc.", "Acme Incorporated", "ACME Inc"],
    "huawei": ["华为技术有限公司", "華為技術有限公司"],
    "zebra": ["Zebra Trading"],
}
REVIEW = 0.70


class Row:
    """A row of a table, and the company that it is about."""

    def __init__(self, id_, company, spelling=0, **fields):
        self.id, self.company = id_, company
        self.values = {"name": SPELLINGS[company][spelling], **fields}

    def told(self):
        return self.values if self.id is None else {"id": self.id, **self.values}


def clusters_of(rows):
    companies = [row.company for row in rows]
    return [companies.index(company) for company in companies]


def named(rows, previous):
    """The ids of clusters after a run, what the next one is told, and what became of earlier clusters."""
    before, retired = previous.get("records", {}), set(previous.get("retired", []))
    groups = {}
    for row in rows:
        groups.setdefault(row.company, []).append(row.id)
    groups = {min(ids): set(ids) for ids in groups.values()}
    shares = {least: Counter(before.get(i) for i in ids) for least, ids in groups.items()}
    # The largest share first; of equal ones the smaller id, then the cluster with the smaller record.
    wanted = sorted((-n, old, least) for least, held in shares.items() for old, n in held.items() if old is not None)
    names = {}
    for _, old, least in wanted:
        if least not in names and old not in names.values():
            names[least] = old
    had = set(before.values()) | retired
    for least in sorted(groups):
        free = [i for i in sorted(groups[least]) if i not in had]
        if least not in names and free:
            names[least] = free[0]
    for least in sorted(groups):
        if least not in names:
            names[least] = next(n for n in (f"{least}~{k}" for k in count(2)) if n not in had | set(names.values()))
    of = {i: names[least] for least, ids in groups.items() for i in ids}
    parts = Counter(old for held in shares.values() for old in held if old is not None)
    changes = []
    for least, held in shares.items():
        olds = [old for old in held if old is not None]
        apart = any(parts[old] > 1 for old in olds)
        change = "new" if not olds else ("split" if apart else "kept") if len(olds) == 1 else ("regrouped" if apart else "merged")
        for old in sorted(held, key=lambda o: (o is None, o or "")):
            changes.append({"cluster": names[least], "previous": old, "rows": held[old], "change": change})
    changes.sort(key=lambda c: c["cluster"])
    records = {**before, **of}
    gone = retired | {old for old in before.values() if old not in records.values()}
    return {
        "ids": [of[row.id] for row in rows],
        "next": {"records": dict(sorted(records.items())), "retired": sorted(gone)},
        "changes": changes,
    }


def golden(rows):
    """One record for each company, and where each value came from."""
    made = []
    clusters = clusters_of(rows)
    for cluster in sorted(set(clusters)):
        held = [at for at, c in enumerate(clusters) if c == cluster]

        def rank(at):
            row = rows[at]
            source = row.values.get("source")
            trusted = TRUST.index(source) if source in TRUST else len(TRUST)
            return (trusted, -len(row.values), row.id)

        master = min(held, key=rank)
        leaves = [Leaf(rows[at].id, rows[at].values, "", 0 if at == master else 1) for at in held]
        place = {rows[at].id: at for at in held}
        within = set(place)
        values, cells = {}, {}
        for unit, (rule, best) in winners(leaves).items():
            for nth, field in enumerate(unit):
                value = best[1][nth] if best else None
                values[field] = value
                lost = [
                    {"row": place[leaf.id], "value": text(leaf.value(field, within))}
                    for leaf in sorted(leaves, key=lambda leaf: leaf.id)
                    if leaf.value(field, within) not in (None, value)
                ]
                if len(held) > 1 and (value is not None or lost):
                    cells[field] = {"row": place[best[0].id], "value": text(value), "rule": rule, "lost": lost}
        values = {"id": rows[master].id, **values}
        traced = {"traced": sorted(cells), **({"cells": cells} if cells else {})}
        made.append({"rows": len(held), "master": master, "values": values, **traced})
    return made


def text(value):
    return None if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def add(name, kind, reason, blueprint, given, expected):
    case = {"name": f"duplicates.{name}", "kind": kind, "reason": reason, "blueprint": blueprint}
    CASES.append(case | {"input": {"object": "account", **given}, "expected": expected})


def ids(name, reason, previous, *rows):
    given = {"rows": [row.told() for row in rows], "previous": previous}
    add(f"ids.{name}", "dedupe", reason, "merging", given, {"clusters": clusters_of(rows), **named(rows, previous)})


def survives(name, reason, *rows):
    given = {"rows": [row.told() for row in rows]}
    add(f"golden.{name}", "dedupe", reason, "merging", given, {"clusters": clusters_of(rows), "golden": golden(rows)})


def links(name, reason, left, right, one_to_one):
    found = []
    for l, a in enumerate(left):
        for r, b in enumerate(right):
            if a.company == b.company:
                phone = "exact" if a.values["phone"] == b.values["phone"] else "different"
                bits = total(WEIGHED["account"], {"name": "exact", "phone": phone})
                if 1 / (1 + 2**-bits) >= REVIEW:
                    found.append((-bits, a.id, b.id, l, r))
    pairs, taken = [], set()
    for _, _, _, l, r in sorted(found):
        if not one_to_one or not taken & {("left", l), ("right", r)}:
            pairs.append({"left": l, "right": r})
            taken |= {("left", l), ("right", r)}
    pairs.sort(key=lambda p: (p["left"], p["right"]))
    given = {"left": [a.told() for a in left], "right": [b.told() for b in right], "one_to_one": one_to_one}
    add(f"link.{name}", "link", reason, "channel", given, {"pairs": pairs, "related": []})


def fails(name, reason, code, *rows):
    given = {"call": "dedupe", "rows": [row.told() for row in rows], "previous": {}}
    add(name, "error", reason, "merging", given, {"code": code, "suggestion": None})


def build():
    CASES.clear()
    a, z, h = "acme", "zebra", "huawei"
    ids("first", "A cluster is called by the smallest id of its rows, wherever it stands.", {},
        Row("k7", a), Row("k5", h), Row("k3", a, 1), Row("k9", h, 1), Row("k4", z))
    ids("kept", "The row that gave the cluster its id is gone; those that are left keep it, and it may grow.",
        {"records": {"k1": "k1", "k2": "k1"}}, Row("k2", a), Row("k0", a, 1))
    ids("kept.away", "A row that is away keeps its cluster for later.",
        {"records": {"k1": "k1", "k2": "k1", "k5": "k5"}}, Row("k1", a))
    ids("kept.turned-round", "The order of the rows does not matter.",
        {"records": {"k1": "k1", "k2": "k1", "k8": "k8"}}, Row("k8", z), Row("k2", a, 2), Row("k1", a))
    ids("split", "Of a cluster that falls apart the larger part keeps the id. The other cannot be called k1, though that is its only row: the id was given.",
        {"records": {"k1": "k1", "k2": "k1", "k3": "k1"}}, Row("k1", z), Row("k2", a), Row("k3", a, 1))
    ids("split.even", "Of two equal parts the one with the smaller row keeps the id.",
        {"records": {"k1": "x", "k2": "x"}}, Row("k2", z), Row("k1", a))
    ids("merged", "Of several that become one the id of the largest stays, and the others are never given again.",
        {"records": {"k1": "k1", "k2": "k2", "k3": "k2"}}, Row("k1", a), Row("k2", a, 1), Row("k3", a, 2))
    ids("merged.even", "Of equal shares the smaller id stays.",
        {"records": {"k1": "y", "k2": "x"}}, Row("k1", a), Row("k2", a, 1))
    ids("merged.with-new", "Rows that had no cluster come last among what a cluster is made of.",
        {"records": {"k5": "k5", "k6": "k6"}}, Row("k1", h), Row("k5", h, 1), Row("k6", h))
    ids("regrouped", "A row moves from one cluster to another: both hold parts of earlier ones.",
        {"records": {"k1": "k1", "k2": "k1", "k3": "k3", "k4": "k3"}},
        Row("k1", a), Row("k2", z), Row("k3", z), Row("k4", z))
    ids("retired", "An id that a cluster once had is not given again, nor is one with the same number behind it.",
        {"records": {"k9": "k9"}, "retired": ["k1", "k1~2"]}, Row("k1", a), Row("k9", z))
    ids("retired.next-id", "The smallest id was given once, so the cluster is called by the next one.",
        {"retired": ["k1"]}, Row("k1", a), Row("k2", a, 1))
    fails("ids.none", "Clusters are kept by the ids of their rows: the second row has none.", "matching.no_id",
          Row("k1", a), Row(None, a))
    fails("ids.twice", "Two rows have one id.", "matching.repeated_id", Row("k1", a), Row("k1", z))
    survives("rules", "The most trusted row is the master; each field goes by its rule, and no value is lost without a trace.",
             Row("k1", a, 1, source="crm", email="crm@acme.com", industry="steel", employees=7, founded=1990, no_mail=True),
             Row("k2", z, email="z@zebra.com"),
             Row("k3", a, source="erp", email="erp@acme.com", industry="coal", employees=0, founded=1987),
             Row("k4", a, 2, source="fair", industry="steel", founded=2001, visits_ok=False))
    survives("address", "The address of the row that fills most of it comes as a whole; parts of the other are told as lost.",
             Row("k1", h, source="erp", country="CN", city="深圳市"),
             Row("k2", h, 1, source="crm", region="华北", city="北京市", address="朝阳路 1 号"))
    survives("master.fills-most", "Where nothing is trusted more, the row that fills most is the master.",
             Row("k1", a), Row("k2", a, 1, employees=5, external_id="E5"))
    survives("parent", "A row cannot be its own parent: the reference is no value, and nothing is lost.",
             Row("k1", a, parent="k2"), Row("k2", a, 1, employees=3))
    survives("alone", "A row that nothing is like is its own golden record, without lineage.", Row("k1", z, employees=2))
    p1, p2, p3 = "13800138000", "13912345678", "18612340000"
    left = [Row("a1", h, phone=p1), Row("a2", h, 1, phone=p1), Row("a3", z, phone=p3)]
    right = [Row("b1", h, phone=p2), Row("b2", h, phone=p1), Row("b3", z, phone=p3)]
    links("all", "Name alone: 2.353 bits, 0.836, above the review threshold; with the phone 20.9. Every such pair is told.", left, right, False)
    links("one-to-one", "a1 and a2 are as much like b2: the smaller id has it, and the other takes what is left.", left, right, True)
    links("one-to-one.turned-round", "The order of the rows does not matter.", left[::-1], right[::-1], True)
    links("one-to-one.fewer", "Three rows for one: the one whose phone agrees has it, though it stands last.",
          [Row("a1", h, phone=p2), Row("a2", h, phone=p3), Row("a3", h, 1, phone=p1)], [Row("b1", h, phone=p1)], True)


def main():
    build()
    return made("duplicates", CASES)


if __name__ == "__main__":
    build()
    write_or_check("duplicates", CASES)
