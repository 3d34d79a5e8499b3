"""Days, instants and the day that it is in Shanghai, by Python's datetime and zoneinfo."""
import re
from datetime import date, datetime, timezone
from zoneinfo import ZoneInfo

from common import Report, load

SHANGHAI = ZoneInfo("Asia/Shanghai")
DIGITS = dict(zip("〇一二三四五六七八九", range(10)))


def instant(text):
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def chinese_number(text):
    if "十" in text:
        tens, ones = text.split("十")
        return (DIGITS[tens] if tens else 1) * 10 + (DIGITS[ones] if ones else 0)
    return int("".join(str(DIGITS[c]) for c in text)) if text[0] in DIGITS else int(text)


def read(value):
    """The day that a text means, or why it means none."""
    text = value["date"] if isinstance(value, dict) else value
    chinese = re.fullmatch(r"(.+?)年(.+?)月(?:(.+?)日)?", text)
    if chinese:
        parts = [chinese_number(p) if p else None for p in chinese.groups()]
    elif re.fullmatch(r"\d{8}", text):
        parts = [int(text[:4]), int(text[4:6]), int(text[6:])]
    elif re.fullmatch(r"\d{4}[-/]\d+[-/]\d+", text):
        parts = [int(p) for p in re.split("[-/]", text)]
    else:
        first, second, year = (int(p) for p in text.split("/"))
        readings = {(year, m, d) for d, m in ((first, second), (second, first)) if m <= 12 and d <= 31}
        if len(readings) > 1:
            return "date.ambiguous"
        parts = list(readings.pop())
    if parts[2] is None:
        return "date.incomplete"
    try:
        return date(*parts)
    except ValueError:
        return "date.impossible"


def main():
    report = Report("dates")
    for case in load("validation"):
        given, found = case["input"], case["expected"]["violations"]
        for row, values in enumerate(given["rows"]):
            codes = {v["rule"]: v["code"] for v in found if v["row"] == row}
            if "expected_close" in values:
                answer = read(values["expected_close"])
                wanted = None if isinstance(answer, date) else answer
                report.same(case, f"row {row}", codes.get("opportunity.expected_close.type"), wanted)
            if "paid_on" in values:
                outside = not date(2020, 1, 1) <= read(values["paid_on"]) <= date(2030, 12, 31)
                report.same(case, f"row {row} is outside", "payment.day" in codes, outside)
            if given["object"] == "contract":
                today = instant(given["now"]).astimezone(SHANGHAI).date()
                report.same(case, f"row {row} has ended", "contract.not_ended" in codes, read(values["ends_on"]) < today)
            if given["object"] == "invoice" and "due_on" in values:
                wrong = read(values["due_on"]) < read(values["issued_on"])
                report.same(case, f"row {row} is due too early", "invoice.dates" in codes, wrong)
            if "closed_at" in values:
                wrong = instant(values["closed_at"]) < instant(values["created_at"])
                report.same(case, f"row {row} closed too early", "opp.dates" in codes, wrong)
    for case in load("normalising"):
        for field, value in case["input"]["set"].items():
            if field == "at":
                utc = instant(value).astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
                report.same(case, field, case["expected"]["values"][field], utc)
            if field in ("starts_on", "ends_on"):
                report.same(case, field, case["expected"]["values"][field], read(value).isoformat())
    for case in load("gates"):
        # Three days of 24 hours after the survey began at 2026-03-01T00:00:00Z.
        waits = [v for v in case["expected"].get("violations", []) if v["rule"] == "strict_sale.survey.exit.wait"]
        step = case["input"].get("step", {})
        if case["blueprint"] == "strict" and step.get("to") == "offer" and "survey" in case["input"]["setup"]:
            passed = instant(case["input"]["now"]) - instant("2026-03-01T00:00:00Z")
            report.same(case, "has to wait", bool(waits), passed.total_seconds() < 3 * 86400)
    return report.close()


if __name__ == "__main__":
    raise SystemExit(not main())
