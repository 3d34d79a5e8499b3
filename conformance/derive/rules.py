"""The cases of `rules`: every kind of validation rule, each on an object of its own.

What a rule says of a value is worked out here anew, in Python, from the definition of the rule; where the definition is a
judgement (is this text an e-mail address?) it is written down by hand beside the value. The case file is made of it:

    python3 conformance/derive/rules.py --write
"""
import json
import re
import sys
import unicodedata
from datetime import date, datetime, timezone
from decimal import Decimal

from common import ROOT, Report
from uscc import check_character

FILE = ROOT / "cases" / "rules.json"
CASES = []


def case(name, reason, object_, rows, failures, related=None, now=None):
    """`failures`: (row, rule, code, fields, severity)."""
    violations = [
        {"row": row, "rule": rule, "code": code, "severity": severity, "fields": sorted(fields)}
        for row, rule, code, fields, severity in failures
    ]
    violations.sort(key=lambda v: (v["row"], v["rule"], v["code"], v["fields"]))
    given = {"object": object_, "rows": rows}
    if related is not None:
        given["related"] = related
    if now is not None:
        given["now"] = now
    ok = all(v["severity"] != "error" for v in violations)
    CASES.append(
        {
            "name": f"rules.{name}",
            "kind": "validate",
            "reason": reason,
            "blueprint": "rules",
            "input": given,
            "expected": {"ok": ok, "violations": violations},
        }
    )


def one(name, reason, object_, field, value, bad, rule, code, severity="error", **more):
    """One row with one value, and one rule about it."""
    failures = [(0, rule, code, [field], severity)] if bad else []
    case(name, reason, object_, [{} if value is ABSENT else {field: value}], failures, **more)


ABSENT = object()

# What counts as missing: nothing, white space, and whole texts of the default list, whatever their width and case.
MISSING = {"n/a", "无", "-", "unknown"}


def missing(value):
    if value is None or value is ABSENT or value == []:
        return True
    if not isinstance(value, str):
        return False
    text = unicodedata.normalize("NFKC", value).strip().lower()
    return text == "" or text in MISSING


def required():
    values = [
        ("absent", ABSENT, "A field that is not there is missing."),
        ("null", None, "Null is missing."),
        ("empty", "", "An empty text is missing."),
        ("blank", " \t ", "White space is missing."),
        ("ideographic-space", "　　", "U+3000 is white space."),
        ("placeholder", "N/A", "N/A is in the default list."),
        ("placeholder-case", "n/A", "Case does not matter."),
        ("placeholder-width", "Ｎ／Ａ", "Full-width letters are the same letters."),
        ("placeholder-chinese", "无", "无 is in the default list."),
        ("dash", "-", "A dash stands for nothing."),
        ("placeholder-inside", "N/A Ltd", "A placeholder matches whole values only."),
        ("zero", "0", "The digit 0 is a text like any other."),
        ("word", "ok", "A word is a value."),
    ]
    for name, value, reason in values:
        one(f"required.{name}", reason, "r_required", "text", value, missing(value), "r_required.text.required",
            "field.required")
    full = {"whole": 0, "switch": False, "day": {"date": "2026-01-01"}, "words": ["a"], "sum": {"amount": "0", "currency": "CNY"}}
    case("required.types.zero-and-false", "Zero and false are values.", "r_required_types", [full], [])
    for field, empty in (("whole", None), ("switch", None), ("day", None), ("words", []), ("sum", None)):
        row = {**full, field: empty}
        case(f"required.types.{field}", "No value of this type, or a list without items, is missing.", "r_required_types", [row],
             [(0, f"need_{field}", "field.required", [field], "error")])
    for n in range(8):
        row = {f: "ok" for i, f in enumerate("abc") if n >> i & 1}
        fails = [(0, "need_many", "field.required", [f], "error") for f in "abc" if f not in row]
        case(f"required.many.{n}", "Each field of the list that is missing is a finding of its own.", "r_required_many", [row], fails)
    for kind in ("lost", "won", None):
        for reason in ("price", None, "无"):
            row = {k: v for k, v in (("kind", kind), ("reason", reason)) if v is not None}
            bad = kind == "lost" and missing(reason)
            named = {None: "none", "price": "given", "无": "placeholder"}[reason]
            case(f"required-when.{kind or 'unknown'}.{named}",
                 "Asked only where the condition holds; a missing kind makes it unknown, which is not holding.",
                 "r_required_when", [row], [(0, "need_reason", "field.required", ["reason"], "error")] if bad else [])


def placeholders():
    for name, value, off, own in (
        ("none", "无", False, False),
        ("tbd", "TBD", False, True),
        ("to-be-decided", "待定", False, True),
        ("empty", " ", True, True),
        ("dash", "-", False, False),
    ):
        one(f"placeholder.off.{name}", "The field takes no text for missing; blank still is.", "r_placeholder_off", "rival", value,
            off, "r_placeholder_off.rival.required", "field.required")
        one(f"placeholder.own.{name}", "The field has a list of its own, in place of the default one.", "r_placeholder_own", "rival",
            value, own, "r_placeholder_own.rival.required", "field.required")


def formats():
    def values(object_, rows):
        for name, value, good, reason in rows:
            one(f"{object_[2:].replace('_', '-')}.{name}", reason, object_, "value", value, not good, f"{object_}.value.format",
                "field.format")

    values("r_email", [
        ("plain", "li.na@example.com", True, "A local part, an @ and a domain."),
        ("tag", "li+crm@example.com", True, "A plus is an ordinary character of the local part (RFC 5322 atext)."),
        ("subdomain", "li@mail.example.co.uk", True, "Any number of labels."),
        ("digits", "400@example.com", True, "A local part may be digits."),
        ("upper", "LI.NA@EXAMPLE.COM", True, "Case is no fault."),
        ("hyphen", "li-na@ex-ample.com", True, "Hyphens within labels."),
        ("no-at", "li.na.example.com", False, "There is no @."),
        ("two-ats", "li@na@example.com", False, "There are two."),
        ("no-local", "@example.com", False, "Nothing stands before the @."),
        ("no-domain", "li@", False, "Nothing stands behind it."),
        ("space", "li na@example.com", False, "A blank within."),
        ("two-dots", "li@example..com", False, "An empty label."),
        ("dot-first", ".li@example.com", False, "The local part begins with a dot (RFC 5321 dot-string)."),
        ("missing", ABSENT, True, "A missing value has no form."),
    ])
    values("r_phone", [
        ("mobile", "13800138000", True, "A mobile number: 1, 3 to 9, nine digits."),
        ("mobile-spaces", "138 0013 8000", True, "Blanks do not count."),
        ("mobile-plus", "+86 138 0013 8000", True, "With the country code."),
        ("landline", "010-62782266", True, "Beijing: 010 and eight digits."),
        ("landline-shenzhen", "0755-83216789", True, "Shenzhen: 0755 and eight digits."),
        ("full-width", "０１０－６２７８２２６６", True, "Full-width digits are digits."),
        ("too-short", "1380013800", False, "One digit short."),
        ("too-long", "138001380000", False, "One digit too many."),
        ("letters", "call me", False, "No number at all."),
        ("two-digits", "12", False, "No number has two digits."),
        ("missing", ABSENT, True, "A missing value has no form."),
    ])
    values("r_url", [
        ("https", "https://www.example.com", True, "Scheme and host."),
        ("path", "https://example.com/a/b?c=d#e", True, "Path, query and fragment."),
        ("port", "http://example.com:8080/", True, "A port."),
        ("space", "https://exa mple.com", False, "A blank within the host."),
        ("script", "javascript:alert(1)", False, "Not an address of the web."),
        ("file", "file:///etc/hosts", False, "Nor is a file."),
        ("words", "our website", False, "Words are no address."),
        ("missing", ABSENT, True, "A missing value has no form."),
    ])
    bodies = ["91350100M000100Y4", "91440300708461136", "12100000400000624"]
    for n, body in enumerate(bodies):
        good = body + check_character(body)
        wrong = body + ("0" if good[-1] != "0" else "1")
        one(f"uscc.good.{n}", "The check character is right (GB 32100-2015).", "r_uscc", "value", good, False, "r_uscc.value.format",
            "field.format")
        one(f"uscc.check.{n}", "The check character is wrong.", "r_uscc", "value", wrong, True, "r_uscc.value.format", "field.format")
        one(f"uscc.short.{n}", "Seventeen characters.", "r_uscc", "value", body, True, "r_uscc.value.format", "field.format")
        one(f"uscc.lower.{n}", "Small letters are the same letters.", "r_uscc", "value", good.lower(), False, "r_uscc.value.format",
            "field.format")
    one("uscc.letter", "I, O, S, V and Z are not in the alphabet.", "r_uscc", "value", "9135010OM000100Y43", True,
        "r_uscc.value.format", "field.format")

    masks = {"cn": r"\d{6}", "us": r"\d{5}(-\d{4})?", "gb": r"[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}"}
    texts = {
        "cn": ["100084", "518000", "10008", "1000844", "1000a4", "１０００８４"],
        "us": ["10001", "10001-1234", "1000", "10001-12", "10001 1234x"],
        "gb": ["SW1A 1AA", "M1 1AE", "sw1a 1aa", "1AA SW1A", "SW1A 1A", "B33 8TH"],
    }
    for region, given in texts.items():
        for n, text in enumerate(given):
            normal = unicodedata.normalize("NFKC", text).strip().upper()
            good = re.fullmatch(masks[region], normal) is not None
            one(f"postcode-{region}.{n}", "The form of the country's postal codes; width and case do not count.",
                f"r_postcode_{region}", "value", text, not good, f"r_postcode_{region}.value.format", "field.format")
    for text, good in (("CNY", True), ("usd", True), ("EUR", True), ("RMB", False), ("CN", False), ("¥", False), ("ZZQ", False)):
        one(f"currency.{text}", "Three letters that ISO 4217 knows: RMB is not one of them.", "r_currency", "value", text, not good,
            "r_currency.value.format", "field.format")
    for text, good in (("CN", True), ("de", True), ("UK", False), ("CHN", False), ("ZZ", False), ("中国", False)):
        one(f"country.{text}", "Two letters that ISO 3166 knows: the United Kingdom is GB.", "r_country", "value", text, not good,
            "r_country.value.format", "field.format")


def lengths():
    for text in ("a", "ab", "abcd", "abcde", "深圳", "深", "深圳华强电", "é", "𠀀𠀁", "🙂"):
        bad = not 2 <= len(text) <= 4
        one(f"length.{text}", "Characters are counted, not bytes: two to four.", "r_length", "value", text, bad, "length_text",
            "field.length")
    for n in range(4):
        words = ["w"] * n
        # An empty list is missing, and a missing value has no length.
        one(f"length.words.{n}", "Items are counted: one or two; no items is no value.", "r_length", "words", words, n > 2,
            "length_words", "field.length")
    for text in ("key", "keys", "华强电", "华强电子"):
        one(f"max-length.{text}", "At most three characters.", "r_max_length", "value", text, len(text) > 3,
            "r_max_length.value.length", "field.length")


def ranges():
    for value in (0, 1, 10, 11, -1):
        one(f"range.whole.{value}", "From 1 to 10, both included.", "r_range", "whole", value, not 1 <= value <= 10, "range_whole",
            "field.range")
    for text in ("0.1", "0.3", "0.30", "0.30000000000000001", "0.0999999999999999999", "0"):
        value = Decimal(text)
        bad = not Decimal("0.1") <= value <= Decimal("0.3")
        one(f"range.exact.{text}", "Decimals are exact: 0.30000000000000001 is more than 0.3.", "r_range", "exact",
            {"decimal": text}, bad, "range_exact", "field.range")
    for text in ("100", "99.99", "100.00", "-5"):
        one(f"range.sum.{text}", "At least 100 of the currency.", "r_range", "sum", {"amount": text, "currency": "CNY"},
            Decimal(text) < 100, "range_sum", "field.range")
    for text in ("2025-12-31", "2026-01-01", "2026-12-31", "2027-01-01"):
        bad = not date(2026, 1, 1) <= date.fromisoformat(text) <= date(2026, 12, 31)
        one(f"range.day.{text}", "Within 2026, both ends included.", "r_range", "day", {"date": text}, bad, "range_day", "field.range")
    limit = datetime(2026, 6, 30, 16, tzinfo=timezone.utc)
    for text in ("2026-06-30T16:00:00Z", "2026-06-30T16:00:01Z", "2026-06-30T15:59:59Z", "2026-07-01T00:00:00+08:00"):
        moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
        one(f"range.moment.{text}", "Not after midnight of 1 July in Shanghai.", "r_range", "moment", text, moment > limit,
            "range_moment", "field.range")
    one("range.missing", "A missing value lies in every range.", "r_range", "whole", ABSENT, False, "range_whole", "field.range")


def choices():
    for text, good in (("small", True), ("large", True), ("medium", False), ("小", True), ("Large", True), ("smal", False)):
        one(f"choice.declared.{text}", "An id of the list, or the company's word for it in any language.", "r_choice", "grade", text,
            not good, "r_choice.grade.choice", "field.choice")
    for text, good in (("深圳", True), ("广州", True), ("北京", False), ("深圳市", False)):
        one(f"choice.listed.{text}", "One of the two texts, exactly.", "r_choice", "city", text, not good, "choice_city",
            "field.choice")


def patterns():
    for text in ("AB-123", "ab-123", "AB-1234", "xAB-123", "AB123", "AB-12", "ÄB-123"):
        good = re.fullmatch(r"[A-Z]{2}-\d{3}", text) is not None
        one(f"pattern.{text}", "The whole text, two capital letters, a dash, three digits.", "r_pattern", "value", text, not good,
            "pattern_code", "field.pattern")


def references():
    targets = [{"id": "t1", "name": "one"}, {"id": "t2", "name": "two"}]
    for to, bad in (("t1", False), ("t2", False), ("t3", True), (None, False)):
        row = {} if to is None else {"to": to}
        fails = [(0, "r_reference.to.reference", "field.reference_missing", ["to"], "error")] if bad else []
        case(f"reference.{to or 'missing'}", "The record pointed to is in the table, or it is not.", "r_reference", [row], fails,
             related={"r_target": targets})
    case("reference.empty-table", "An empty table is a table: nothing is in it.", "r_reference", [{"to": "t1"}],
         [(0, "r_reference.to.reference", "field.reference_missing", ["to"], "error")], related={"r_target": []})
    case("reference.no-table", "Without the table nothing can be told.", "r_reference", [{"to": "t9"}], [])


def uniques():
    def groups(values, key):
        seen = {}
        for row, value in enumerate(values):
            found = key(value)
            if found is not None:
                seen.setdefault(found, []).append(row)
        return sorted(row for rows in seen.values() if len(rows) > 1 for row in rows)

    for name, codes in (
        ("apart", ["a", "b", "c"]),
        ("pair", ["a", "b", "a"]),
        ("three", ["a", "a", "a"]),
        ("two-pairs", ["a", "b", "a", "b"]),
        ("missing", [None, None, "a"]),
        ("placeholder", ["N/A", "无", "a"]),
    ):
        rows = [{} if c is None else {"code": c} for c in codes]
        bad = groups(codes, lambda c: None if missing(c) else c)
        case(f"unique.{name}", "Each row of a repeated value is told; missing values take no part.", "r_unique", rows,
             [(row, "r_unique.code.unique", "field.unique", ["code"], "error") for row in bad])
    for name, pairs in (
        ("both", [("left", 1), ("left", 1)]),
        ("one-differs", [("left", 1), ("left", 2)]),
        ("other-differs", [("left", 1), ("right", 1)]),
        ("one-missing", [("left", None), ("left", None)]),
        ("mixed", [("left", 1), ("left", None), ("left", 1), ("right", 1)]),
    ):
        rows = [{k: v for k, v in (("a", a), ("b", b)) if v is not None} for a, b in pairs]
        bad = groups(pairs, lambda p: None if None in p else p)
        case(f"unique-many.{name}", "The fields together; a row in which one is missing takes no part.", "r_unique_many", rows,
             [(row, "unique_pair", "field.unique", ["a", "b"], "error") for row in bad])


def checks():
    for low, high in (("1", "2"), ("2", "1"), ("2", "2"), ("0.1", "0.2"), (None, "1"), ("1", None), ("0.10", "0.20"), ("-1", "1.3")):
        row = {k: {"decimal": v} for k, v in (("low", low), ("high", high)) if v is not None}
        fails = []
        if None not in (low, high):
            a, b = Decimal(low), Decimal(high)
            if not a <= b:
                fails.append((0, "check_order", "rule.check", ["low", "high"], "error"))
            if a + b == Decimal("0.3"):
                fails.append((0, "check_sum", "rule.check", ["low", "high"], "error"))
        case(f"check.numbers.{low}.{high}", "Exact decimals: 0.1 + 0.2 is 0.3. A missing side makes it unknown, which does not fail.",
             "r_check", [row], fails)
    for begun, ended in (("2026-01-01", "2026-01-02"), ("2026-01-02", "2026-01-01"), ("2026-01-01", "2026-01-01"), (None, "2026-01-01")):
        row = {k: {"date": v} for k, v in (("begun", begun), ("ended", ended)) if v is not None}
        bad = None not in (begun, ended) and begun > ended
        case(f"check.dates.{begun}.{ended}", "Dates compare as days.", "r_check", [row],
             [(0, "check_dates", "rule.check", ["begun", "ended"], "error")] if bad else [])
    for text in ("cab", "qyz", "qy", "q", "z", None):
        bad = text is not None and text.startswith("q") and not text.endswith("z")
        one(f"check.text.{text}", "If it begins with q, it ends with z.", "r_check", "text", ABSENT if text is None else text, bad,
            "check_text", "rule.check")
    for name, words in (("good", ["ab", "cde"]), ("short", ["ab", "c"]), ("chinese", ["深圳", "广州"]), ("one-chinese", ["深"]), ("none", None)):
        bad = words is not None and any(len(w) < 2 for w in words)
        one(f"check.words.{name}", "Every item has two characters or more; no list is unknown.", "r_check", "words",
            ABSENT if words is None else words, bad, "check_words", "rule.check")
    for flag, text in ((True, "a"), (True, None), (False, None), (None, None)):
        row = {k: v for k, v in (("flag", flag), ("text", text)) if v is not None}
        # !flag || has(text): with no flag the first side is unknown and the second false, so that it is unknown.
        bad = flag is True and text is None
        case(f"check.flag.{flag}.{text}", "has() is false of a missing value, never unknown.", "r_check", [row],
             [(0, "check_flag", "rule.check", ["flag", "text"], "error")] if bad else [])


def scopes():
    for country, code in (("CN", "100084"), ("CN", "1000"), ("US", "1000"), (None, "1000"), ("CN", None)):
        row = {k: v for k, v in (("country", country), ("code", code)) if v is not None}
        bad = country == "CN" and code is not None and len(code) != 6
        case(f"when.{country}.{code}", "The rule runs only where its condition holds.", "r_when", [row],
             [(0, "when_code", "field.length", ["code"], "error")] if bad else [])
    for kind, budget in (("project", None), ("project", "5"), ("channel", None), (None, None)):
        row = {} if kind is None else {"type": kind}
        if budget is not None:
            row["budget"] = {"amount": budget, "currency": "CNY"}
        bad = kind == "project" and budget is None
        case(f"types.{kind}.{budget}", "The rule runs only for its types; a record without a type is of none.", "r_types", [row],
             [(0, "types_budget", "field.required", ["budget"], "error")] if bad else [])
    for name, row in (("all", {"warned": 0, "told": 0, "failed": 0}), ("warning", {"warned": 0}), ("info", {"told": 0}), ("error", {"failed": 0}), ("none", {"warned": 1, "told": 1, "failed": 1})):
        rules = {"warned": ("warn", "warning"), "told": ("tell", "info"), "failed": ("fail", "error")}
        fails = [(0, rules[f][0], "field.range", [f], rules[f][1]) for f, v in row.items() if v < 1]
        case(f"severity.{name}", "All are told; only an error makes the table bad.", "r_severity", [row], fails)
    for name, row in (("both", {}), ("a", {"a": "ok"}), ("b", {"b": "ok"}), ("none", {"a": "ok", "b": "ok"})):
        fails = [(0, rule, "field.required", [f], "error") for f, rule in (("a", "scan_changed"), ("b", "scan_import")) if f not in row]
        case(f"scan.{name}", "In a scan every row counts as new, and the rules of every way run.", "r_scan", [row], fails)
    many = [{"text": "ok"}, {}, {"text": "N/A"}, {"text": "fine"}]
    case("rows.in-order", "Findings stand in the order of the rows.", "r_required", many,
         [(row, "r_required.text.required", "field.required", ["text"], "error") for row in (1, 2)])
    case("rows.none", "A table without rows has no fault.", "r_required", [], [])


def build():
    CASES.clear()
    for part in (required, placeholders, formats, lengths, ranges, choices, patterns, references, uniques, checks, scopes):
        part()
    return {"area": "rules", "cases": CASES}


def text():
    return json.dumps(build(), ensure_ascii=False, indent=1) + "\n"


def main():
    report = Report("rules")
    made = build()
    stored = json.loads(FILE.read_text(encoding="utf-8"))
    by_name = {c["name"]: c for c in stored["cases"]}
    for derived in made["cases"]:
        report.same(derived, "case", by_name.get(derived["name"]), derived)
    report.same({"name": "rules"}, "names", sorted(by_name), sorted(c["name"] for c in made["cases"]))
    return report.close()


if __name__ == "__main__":
    if "--write" in sys.argv:
        FILE.write_text(text(), encoding="utf-8")
    raise SystemExit(not main())
