"""From levels of agreement to a probability, after Fellegi and Sunter (1969).

The tables below are the assumptions that the guide states for each kind of value: m, the share of true pairs that show
a level, and u, the share of different pairs that show it, in ten-millionths. The weight is log2(m / u). Where a
company's name is compared, phone, address and e-mail tell a site: of those that agree the weightiest counts in full,
the others a quarter.
"""
from math import log2

from common import Report, load

LEVELS = ("different", "low", "medium", "high", "exact")
SHARES = {
    "identity": ((600000, 9999899), None, (400000, 100), None, (9000000, 1)),
    "company": ((200000, 8996680), (300000, 1000000), (1500000, 3000), (2000000, 300), (6000000, 20)),
    "person": ((600000, 9786000), (400000, 200000), (800000, 10000), (1200000, 3000), (7000000, 1000)),
    "address": ((1000000, 9788500), (800000, 200000), (1200000, 10000), (2000000, 1000), (5000000, 500)),
    "phone": ((1700000, 9989600), (500000, 10000), (500000, 200), (800000, 100), (6500000, 100)),
    "email": ((1400000, 9988930), (1200000, 10000), (600000, 1000), (800000, 50), (6000000, 20)),
    "domain": ((1200000, 9996000), None, None, (800000, 3000), (8000000, 1000)),
}
RULES = {
    "account": {"name": "company", "address": "address", "phone": "phone", "email": "domain", "tax_id": "identity"},
    "contact": {"name": "person", "phone": "phone", "email": "email"},
}
SITES = ("phone", "address", "email")
PRIOR = log2(0.0001 / 0.9999)
THRESHOLD = 0.95


def weight(kind, level):
    if level == "missing":
        return 0.0
    m, u = SHARES[kind][LEVELS.index(level)]
    return log2(m / u)


def total(rule, levels):
    weights = {field: weight(rule[field], level) for field, level in levels.items()}
    if rule["name"] == "company":
        agreeing = sorted((f for f in SITES if weights.get(f, 0) > 0), key=lambda f: -weights[f])
        for field in agreeing[1:]:
            weights[field] /= 4
    return PRIOR + sum(weights.values())


def main():
    report = Report("matches")
    for case in load("matching"):
        expected = case["expected"]
        bits = total(RULES[case["input"]["object"]], expected["levels"])
        probability = 1 / (1 + 2**-bits)
        possible = expected.get("veto") is None and not expected.get("related", False)
        report.same(case, f"match at {bits:.3f} bits, {probability:.4f}", expected["match"], possible and probability >= THRESHOLD)
        # Every field that both sides hold has a level, unless the pair is out of the question anyway.
        both = set(case["input"]["left"]) & set(case["input"]["right"])
        if possible:
            report.same(case, "fields with a level", both <= set(expected["levels"]), True)
    return report.close()


if __name__ == "__main__":
    raise SystemExit(not main())
