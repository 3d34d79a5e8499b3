"""Check characters of unified social credit codes, by GB 32100-2015.

The alphabet has 31 characters (I, O, S, V, Z are left out), each counts as its position. The weight of character i
(1 to 17) is 3^(i-1) mod 31; the check character makes the sum of all 18 divisible by 31.
"""
import unicodedata

from common import Report, load

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
PLACEHOLDERS = {"n/a", "无"}


def check_character(body):
    total = sum(ALPHABET.index(c) * pow(3, i, 31) for i, c in enumerate(body)) % 31
    return ALPHABET[-total % 31]


def normal(text):
    text = unicodedata.normalize("NFKC", text).upper()
    return "".join(c for c in text if not c.isspace() and c != "-")


def is_valid(text):
    code = normal(text)
    if len(code) != 18 or any(c not in ALPHABET for c in code) or len(set(code)) == 1:
        return False
    return check_character(code[:17]) == code[17]


def is_missing(text):
    return text is None or text.strip().lower() in PLACEHOLDERS


def main():
    # The example that the standard itself gives.
    assert check_character("91350100M000100Y4") == "3"
    report = Report("uscc")
    for case in load("validation"):
        if case["kind"] != "validate" or case["input"]["object"] != "account":
            continue
        found = {v["row"] for v in case["expected"]["violations"] if v["rule"] == "account.tax_id.format"}
        for row, values in enumerate(case["input"]["rows"]):
            code = values.get("tax_id")
            if not is_missing(code):
                report.same(case, f"row {row} is wrong", row in found, not is_valid(code))
        codes = [None if is_missing(v.get("tax_id")) else normal(v["tax_id"]) for v in case["input"]["rows"]]
        repeated = {i for i, c in enumerate(codes) if c is not None and codes.count(c) > 1}
        claimed = {v["row"] for v in case["expected"]["violations"] if v["rule"] == "account.tax_id.unique"}
        if any(codes):
            report.same(case, "rows with a repeated code", claimed, repeated)
    for case in load("normalising"):
        code = case["input"]["set"].get("tax_id")
        if code is not None:
            report.same(case, "normal form", case["expected"]["values"]["tax_id"], normal(code))
            report.same(case, "valid", True, is_valid(code))
    for case in load("matching"):
        sides = [case["input"][side].get("tax_id") for side in ("left", "right")]
        if all(sides):
            differ = all(map(is_valid, sides)) and normal(sides[0]) != normal(sides[1])
            report.same(case, "veto", case["expected"].get("veto"), "tax_id" if differ else None)
    return report.close()


if __name__ == "__main__":
    raise SystemExit(not main())
