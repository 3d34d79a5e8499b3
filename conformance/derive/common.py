"""Reads the case files. No script here imports qudao: what it computes stands on its own."""
import json
import sys
from decimal import Decimal
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def load(area):
    """The cases of one file, with fixtures of tables put in their place."""
    document = json.loads((ROOT / "cases" / f"{area}.json").read_text(encoding="utf-8"))
    fixtures = document.get("fixtures", {})
    for case in document["cases"]:
        name = case["input"].get("fixture")
        if name is not None:
            case["input"] = {**fixtures[name], **case["input"]}
    return document["cases"]


def plain(value):
    """A value of a case file as Python knows it; numbers exact."""
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int):
        return Decimal(value)
    if isinstance(value, dict):
        if "amount" in value:
            return Decimal(value["amount"])
        if "decimal" in value:
            return Decimal(value["decimal"])
        if "date" in value:
            return value["date"]
    return value


class Report:
    """Counts what was compared and keeps what differs."""

    def __init__(self, title):
        self.title, self.compared, self.wrong = title, 0, []

    def same(self, case, what, expected, derived):
        self.compared += 1
        if expected != derived:
            self.wrong.append(f"{case['name']}: {what}: the case says {expected!r}, derived {derived!r}")

    def close(self):
        for line in self.wrong:
            print(line)
        print(f"{self.title}: {self.compared} values derived, {len(self.wrong)} differ")
        assert self.compared, f"{self.title}: nothing was compared"
        return not self.wrong


def made(area, cases):
    """Whether a file holds these cases, and no others."""
    report = Report(area)
    document = json.loads((ROOT / "cases" / f"{area}.json").read_text(encoding="utf-8"))
    stored = {case["name"]: case for case in document["cases"]}
    for derived in cases:
        report.same(derived, "case", stored.get(derived["name"]), derived)
    report.same({"name": area}, "names", sorted(stored), sorted(case["name"] for case in cases))
    return report.close()


def write_or_check(area, cases):
    """With --write the file is made of these cases; else it is checked against them."""
    if "--write" in sys.argv:
        text = json.dumps({"area": area, "cases": cases}, ensure_ascii=False, indent=1) + "\n"
        (ROOT / "cases" / f"{area}.json").write_text(text, encoding="utf-8")
    else:
        raise SystemExit(not made(area, cases))
