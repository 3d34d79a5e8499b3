"""Codes, amounts and dates of the text cases: what people type, read anew with Python's decimal and datetime."""
import re
import unicodedata
from datetime import date, timedelta
from decimal import Decimal

import uscc
from common import Report, load

DIGITS = {c: i for row in ("〇一二三四五六七八九", "零壹贰叁肆伍陆柒捌玖", "○") for i, c in enumerate(row)} | {"两": 2}
UNITS = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}
MONTHS = {"mar": 3, "marz": 3, "marzo": 3, "nov": 11}
ERAS = {"令和": 2018, "民國": 1911, "民国": 1911}


def half(text):
    return unicodedata.normalize("NFKC", text).strip()


def below_ten_thousand(text):
    """一千二百三十四, or digits with one unit behind them."""
    total, pending = Decimal(0), None
    for part in re.findall(r"[\d.]+|.", text):
        if part in UNITS:
            total += (1 if pending is None else pending) * UNITS[part]
            pending, last = None, UNITS[part]
        else:
            pending = Decimal(DIGITS[part]) if part in DIGITS else Decimal(part)
    return total + (pending or 0)


def chinese(text):
    total = Decimal(0)
    for mark, factor in (("亿", 10**8), ("万", 10**4)):
        if mark in text:
            head, text = text.split(mark, 1)
            total += below_ten_thousand(head) * factor
            if len(text) == 1 and text in DIGITS:
                return total + DIGITS[text] * factor // 10
    return total + below_ten_thousand(text)


def amount(text, comma):
    """An exact number, or None where the text is none."""
    text = re.sub(r"^(HK\$|\$|人民币)", "", half(text)).replace("元整", "元")
    if text.startswith("("):
        return -amount(text.strip("()"), comma)
    cents = re.search(r"元(?:(.)角)?(?:(.)分)?$", text)
    extra = Decimal(0)
    if cents:
        tenths, hundredths = (DIGITS[g] if g else 0 for g in cents.groups())
        extra, text = Decimal(10 * tenths + hundredths) / 100, text[: cents.start()]
    if re.search("[万亿千百十佰仟拾]", text):
        letters = set(DIGITS) | set(UNITS) | set("万亿.0123456789")
        return chinese(text) + extra if set(text) <= letters else None
    shape = r"\d{1,3}(\.\d{3})*(,\d+)?" if comma else r"(\d+|\d{1,2}(,\d{2})*,\d{3}|\d{1,3}(,\d{3})+)(\.\d+)?"
    number = re.fullmatch(f"({shape})([kKwWM%]?)((?:E[+-]\\d+)?)", text)
    if number is None:
        return None
    digits = number[1].replace(".", "").replace(",", ".") if comma else number[1].replace(",", "")
    unit = {"": 1, "k": 1000, "w": 10000, "m": 10**6, "%": Decimal("0.01")}[number.groups()[-2].lower()]
    return Decimal(digits + number.groups()[-1]) * unit + extra


def count(text):
    if text.isascii():
        return int(text)
    text = text.replace("廿", "二十").replace("卅", "三十")
    if "十" in text:
        tens, ones = text.split("十")
        return (DIGITS[tens] if tens else 1) * 10 + (DIGITS[ones] if ones else 0)
    return int("".join(str(DIGITS[c]) for c in text))


def plain_month(word):
    word = unicodedata.normalize("NFD", word.lower())
    return MONTHS["".join(c for c in word if not unicodedata.combining(c))] if word != "march" else 3


def day(text, order):
    """The day, or None where there is none or more than one. Times are worked out by hand."""
    text = half(text)
    if order == "excel":
        # Serial 60 stands for a 29 February 1900 that never was.
        return None if int(text) == 60 else date(1899, 12, 30) + timedelta(int(text))
    era = next((e for e in ERAS if text.startswith(e)), None)
    text = re.sub(r"\((星期)?.\)$", "", text[len(era) :] if era else text).replace("년", "年").replace("월", "月")
    parts = re.fullmatch(r"(.+?)年 ?(.+?)月 ?(.+?)[日号일]", text)
    try:
        if parts:
            y, m, d = (1 if p == "元" else count(p) for p in parts.groups())
            return date(y + ERAS.get(era, 0), m, d)
        if re.search(r"[^\W\d]{3}", text):
            d, month, y = re.findall(r"\d+|[^\W\d]{3,}", text.replace("th of", ""))[:3]
            return date(int(y), plain_month(month), int(d))
        a, b, c = (int(p) for p in re.findall(r"\d+", text))
        readings = {"ymd": (a, b, c), "dmy": (c, b, a), "mdy": (c, a, b)}
        if a > 999:
            readings = {"ymd": (a, b, c)}
        elif order:
            readings = {order: readings[order]}
        days = set()
        for y, m, d in readings.values():
            # Nobody writes a year with one digit.
            if m <= 12 and d <= 31 and y > 9:
                days.add(date(y + 2000 if y < 70 else y, m, d))
        return days.pop() if len(days) == 1 else None
    except ValueError:
        return None


def main():
    report = Report("text")
    for case in load("normalising"):
        if case["blueprint"] != "text":
            continue
        [(field, given)] = [(f, v) for f, v in case["input"]["set"].items() if f != "title"]
        expected = case["expected"].get("values", {}).get(field)
        if field == "code":
            code = re.sub("^.*[：:]", "", given)
            code = "".join(c for c in code if unicodedata.category(c) not in ("Cf", "Pd"))
            stand_in = uscc.normal(code) == "123456789012345678"
            valid = uscc.is_valid(code) and not stand_in
            report.same(case, field, expected, uscc.normal(code) if valid else None)
        elif field.startswith("amount"):
            found = amount(given, field.endswith("comma"))
            wanted = None if expected is None else Decimal(expected.replace(",", "."))
            report.same(case, field, wanted, found)
        elif field.startswith("date") and ":" not in given and "点" not in given:
            found = day(given, field.partition("_")[2])
            report.same(case, field, expected, found.isoformat() if found else None)
    return report.close()


if __name__ == "__main__":
    raise SystemExit(not main())
