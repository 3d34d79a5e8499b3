"""The cases of `frequency`: what a model says of rare and of frequent values and words.

A saved model is made here of plain tables: how many rows hold a value or a word, and the shares m and u of each symbol. From it and the
levels of a case follow weights, frequencies and the probability (Fellegi and Sunter, 1969; term frequency after Winkler,
2000). Where a case learns from a table of its own, the frequencies follow from counting that table. The case file is made of it:

    python3 conformance/derive/frequency.py --write
"""
import json
import re
import sys
from decimal import Decimal
from math import log2

from common import ROOT, Report
from matches import LEVELS, PRIOR, RULES, SHARES, SITES, THRESHOLD

FILE = ROOT / "cases" / "frequency.json"
MASK = 2**64 - 1
CASES = []


# What is kept of a value or a word in a model: FNV-1a over its UTF-16 units, spread by the finaliser of MurmurHash3.
def spread(h):
    h ^= h >> 33
    h = h * 0xFF51AFD7ED558CCD & MASK
    h ^= h >> 33
    h = h * 0xC4CEB9FE1A85EC53 & MASK
    return h ^ h >> 33


def hashed(text):
    units = text.encode("utf-16-le")
    h = 0xCBF29CE484222325
    for at in range(0, len(units), 2):
        h = (h ^ int.from_bytes(units[at : at + 2], "little")) * 0x100000001B3 & MASK
    return spread(h)


def value_hash(core):
    """Of a company's name counts what distinguishes it, and that is hashed as a text."""
    return spread(hashed(core))


# Classes: values by twos, words by fours; the last has no end.
def step(rows, by):
    return next((s for s in range(7) if rows <= 2 * by**s), 7)


def value_class(rows):
    return 1 + step(rows, 2)


def word_class(rows):
    return 9 + step(rows, 4)


def told(class_):
    """The frequency that an explanation names."""
    if class_ == 0:
        return None
    of, at, by = ("value", class_ - 1, 2) if class_ < 9 else ("word", class_ - 9, 4)
    most = lambda s: 2 * by**s
    return {
        "of": of,
        "at_most": most(at) if 0 < at < 7 else None,
        "more_than": most(6) if at == 7 else None,
    }


# The models: by level and class, the shares of true and of different pairs.
COMPANIES = {
    "object": "account",
    "comparator": "company_name",
    "linked": ["address", "email", "name", "phone"],
    "symbols": {
        ("exact", 1): (0.36, 2e-7),
        ("exact", 4): (0.12, 1.6e-6),
        ("exact", 8): (0.04, 6.4e-5),
        ("high", 0): (0.05, 5e-5),
        ("high", 1): (0.08, 4e-7),
        ("high", 8): (0.02, 3e-5),
        ("high", 9): (0.10, 3e-6),
        ("high", 12): (0.02, 1.2e-5),
        ("high", 14): (0.01, 4e-3),
        ("medium", 0): (0.03, 3e-4),
        ("medium", 9): (0.05, 3e-5),
        ("medium", 14): (0.01, 6e-3),
        ("low", 0): (0.04, 0.08),
        ("different", 0): (0.06, 0.9),
    },
    "values": {"swaniawski": 700, "falkor": 30, "海康威视": 300},
    "words": {"northern": 900, "golden": 40, "united": 20_000, "海康": 900, "威视": 40},
}
PEOPLE = {
    "object": "contact",
    "comparator": "person_name",
    "linked": ["name", "phone"],
    "symbols": {
        ("exact", 1): (0.50, 1e-5),
        ("high", 0): (0.05, 3e-4),
        ("high", 9): (0.06, 1e-5),
        ("high", 15): (0.03, 1e-3),
        ("medium", 0): (0.05, 1e-3),
        ("medium", 9): (0.06, 2e-5),
        ("medium", 15): (0.03, 2e-3),
        ("low", 0): (0.05, 0.02),
        ("different", 0): (0.06, 0.97),
    },
    "values": {},
    "words": {"allen": 3000, "turner": 5},
}
MODELS = {"companies": COMPANIES, "people": PEOPLE}


def thousandths(bits):
    return int(bits * 1000 + (0.5 if bits >= 0 else -0.5))


def weight_of(model, level, class_):
    """A class that a model does not know weighs like the rarest value of its level, a word like the level itself."""
    symbols = model["symbols"]
    order = [class_, 1, 0] if class_ < 9 else [class_, 0]
    m, u = next(symbols[level, c] for c in order if (level, c) in symbols)
    return thousandths(log2(m / u))


def document(model):
    """The file of a model."""
    name = {
        "field": "name",
        "comparator": model["comparator"],
        "symbols": [
            {"level": level, "class": c, "m": m, "u": u, "weight": thousandths(log2(m / u))}
            for (level, c), (m, u) in model["symbols"].items()
        ],
        "frequent": {f"{value_hash(v):016x}": value_class(n) for v, n in model["values"].items()},
        "words": {f"{hashed(w):016x}": word_class(n) for w, n in model["words"].items()},
    }
    rule = f"{model['object']}.same"
    out = {"version": 1, "rule": rule, "rows": 50_000, "prior": thousandths(PRIOR)}
    return json.dumps({**out, "linked": model["linked"], "shares": [], "fields": [name]}, ensure_ascii=False)


# Words, read in a simple way that is enough for the names of these cases.
NO_WORDS = {"ltd", "limited", "inc", "co", "trading", "foods"}


def words(name):
    latin = {w for w in re.findall(r"[a-z]{2,}", name.lower()) if w not in NO_WORDS}
    han = re.sub(r"(数字技术|科技)?(股份)?有限公司$", "", "".join(re.findall(r"[\u4e00-\u9fff]", name)))
    return latin | {han[i : i + 2] for i in range(len(han) - 1)}


def rarest(counts, left, right):
    """The class of the rarest word that two names share; 0 for none."""
    shared = words(left) & words(right)
    return min((word_class(counts.get(w, 0)) for w in shared), default=0)


def bits_of(kind, level):
    if level == "missing":
        return 0
    m, u = SHARES[kind][LEVELS.index(level)]
    return thousandths(log2(m / u))


def given(name, model, left, right, level, reason, core=None, **others):
    """A pair under a saved model. `core` is what both names have in common, where it is the same; `others` are levels of other fields."""
    spec, extra = MODELS[model], {field: values for field, values in others.items()}
    a, b = {"name": left}, {"name": right}
    if core is not None:
        class_ = value_class(spec["values"].get(core, 0))
    elif level in ("high", "medium"):
        class_ = rarest(spec["words"], left, right)
    else:
        class_ = 0
    weights = {"name": weight_of(spec, level, class_)}
    levels, frequencies = {"name": level}, {"name": told(class_)}
    for field, (x, y, of) in extra.items():
        a[field], levels[field], frequencies[field] = x, of, None
        if y is not None:
            b[field] = y
        weights[field] = bits_of(RULES[spec["object"]][field], of)
    assert sum(weights[f] > 0 for f in SITES if f in weights) < 2, "what several sites say together is another matter"
    total = thousandths(PRIOR) + sum(weights.values())
    probability = 1 / (1 + 2 ** (-total / 1000))
    shown = lambda number: format(Decimal(number).normalize(), "f")
    CASES.append(
        {
            "name": f"frequency.{name}",
            "kind": "match",
            "reason": f"{reason} {total / 1000:.3f} bits, probability {probability:.4f}.",
            "blueprint": "channel",
            "input": {"object": spec["object"], "fixture": model, "left": a, "right": b},
            "expected": {
                "match": probability >= THRESHOLD,
                "levels": levels,
                "frequencies": frequencies,
                "weights": {field: shown(Decimal(w) / 1000) for field, w in weights.items()},
                "probability": shown(Decimal(f"{probability:.4f}")),
            },
        }
    )


def learned(name, left, right, level, reason, core=None):
    """A pair under what a table teaches: how often a value or a word stands in it is counted here."""
    names = [row["name"] for row in TABLE]
    if core is not None:
        class_ = value_class(sum(core in words(n) and len(words(n)) == 1 for n in names))
    else:
        class_ = rarest({w: sum(w in words(n) for n in names) for n in names for w in words(n)}, left, right)
    CASES.append(
        {
            "name": f"frequency.learned.{name}",
            "kind": "match",
            "reason": reason,
            "blueprint": "channel",
            "input": {"object": "account", "fixture": "table", "left": {"name": left}, "right": {"name": right}},
            "expected": {"levels": {"name": level}, "frequencies": {"name": told(class_)}},
        }
    )


# Names of no language, each in one row; a word that many bear, and a firm with several sites.
SYLLABLES = ("ba", "de", "fi", "go", "lu", "ma", "ne", "pi", "ro", "su", "ta", "ve", "zi")


def invented(number):
    return "".join(SYLLABLES[number // 13**at % 13] for at in range(4)).capitalize()


TABLE = [
    {"name": name, "phone": f"0755-{20_000_000 + at * 7919}"}
    for at, name in enumerate(
        [f"Northern {invented(1000 + 1777 * n)} Ltd" for n in range(12)]
        + [f"{invented(5000 + 1291 * n)} {invented(900 + 2111 * n)} Ltd" for n in range(20)]
        + ["Falkor Ltd"] * 5
        + ["Wexmoor Ltd"]
    )
]

# A contact must have a phone or a mailbox; one on one side says nothing.
REACHED = {"phone": ("13800138000", None, "missing")}
SLIP = "A slip in one of two words: high."
given("word.rare", "companies", "Wuxogemi Hwyndorath Ltd", "Wuxogemi Hwyndoruth Ltd", "high",
      f"{SLIP} The other word is not among the frequent ones.")
given("word.frequent", "companies", "Northern Hwyndorath Ltd", "Northern Hwyndoruth Ltd", "high",
      f"{SLIP} 900 rows have the other word.")
given("word.rare-and-phone", "companies", "Wuxogemi Hwyndorath Ltd", "Wuxogemi Hwyndoruth Ltd", "high",
      "A rare word and a phone are enough.", phone=("0755-28780808", "0755-28780808", "exact"))
given("word.frequent-and-phone", "companies", "Northern Hwyndorath Ltd", "Northern Hwyndoruth Ltd", "high",
      "A frequent word and a phone are not: sister firms share both.", phone=("0755-28780808", "0755-28780808", "exact"))
given("word.rarest-counts", "companies", "Northern Golden Hwyndorath", "Golden Northern Hwyndorath", "high",
      "The same words in another order: of the words in common the rarest counts, and that is in no table.")
given("word.more-than", "companies", "United Hwyndorath Ltd", "United Hwyndoruth Ltd", "high",
      f"{SLIP} More rows than the last class begins with have the other; the model has no weight for that class, so the level's counts.")
given("word.trade-and-form", "companies", "Hwyndorath Trading Ltd", "Zubelmonix Trading Ltd", "different",
      "Trade word and legal form are no words of a name.")
given("word.below-medium", "companies", "International Business Machines", "IBM", "low",
      "An acronym is low, and below medium no word is told.")
given("value.rare", "companies", "Wexmoor Ltd", "Wexmoor Limited", "exact", "The same core, in no table.", core="wexmoor")
given("value.frequent", "companies", "Swaniawski Ltd", "Swaniawski Limited", "exact",
      "The same core, which 700 rows have.", core="swaniawski")
given("value.class-without-weight", "companies", "Falkor Ltd", "Falkor Limited", "exact",
      "30 rows have the core: a class that the model does not know weighs like the rarest.", core="falkor")
given("value.chinese", "companies", "杭州海康威视数字技术股份有限公司", "海康威视数字技术股份有限公司", "high",
      "The place on one side is high; both have one core, which 300 rows have.", core="海康威视")
given("person.word.rare", "people", "Robert Zybcek", "R. Zybcek", "medium",
      "An initial is medium. The family name is not among the frequent ones; an initial is no word.", **REACHED)
given("person.word.frequent", "people", "Robert Allen", "R. Allen", "medium", "An initial is medium. 3000 rows have the family name.", **REACHED)
given("person.word.nickname", "people", "Robert Allen", "Bob Allen", "high", "A nickname is high. 3000 rows have the family name.", **REACHED)
given("person.word.class-without-weight", "people", "William Turner", "Bill Turner", "high",
      "5 rows have the family name; the model has no weight for that class, so the level's counts.", **REACHED)
learned("word.frequent", "Northern Hwyndorath Ltd", "Northern Hwyndoruth Ltd", "high", f"{SLIP} 12 rows of the table have the other.")
learned("word.rare", "Wuxogemi Hwyndorath Ltd", "Wuxogemi Hwyndoruth Ltd", "high", f"{SLIP} No row of the table has the other.")
learned("value.frequent", "Falkor Ltd", "Falkor Limited", "exact", "5 rows of the table have the core, each with a phone of its own.",
        core="falkor")
learned("value.rare", "Wexmoor Ltd", "Wexmoor Limited", "exact", "One row of the table has the core.", core="wexmoor")


def text():
    fixtures = {**{name: {"model": document(model)} for name, model in MODELS.items()}, "table": {"learn": TABLE}}
    return json.dumps({"area": "frequency", "fixtures": fixtures, "cases": CASES}, ensure_ascii=False, indent=1) + "\n"


def main():
    report = Report("frequency")
    found = {case["name"]: case for case in json.loads(FILE.read_text(encoding="utf-8"))["cases"]}
    for case in CASES:
        report.same(case, "the case", found.get(case["name"]), case)
    report.same({"name": "frequency"}, "the file", FILE.read_text(encoding="utf-8") == text(), True)
    return report.close()


if __name__ == "__main__":
    if "--write" in sys.argv:
        FILE.write_text(text(), encoding="utf-8")
    raise SystemExit(not main())
