"""Writes the first inputs of the target `normalise` from the labelled pairs: python3 fuzz/seeds.py"""
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent
# The files of pairs and the first bytes that choose their normalisers in the target.
CHOICES = {
    "phone": (0, 1, 2),
    "email": (3, 5),
    "url": (4, 5),
    "domain": (5,),
    "date": (6, 7, 8, 9),
    "amount": (11, 12),
    "uscc": (13,),
    "company": (14, 17),
    "person": (15, 17),
    "address_cn": (16, 17),
    "address_western": (16,),
}


def unescape(cell):
    named = {"t": "\t", "n": "\n"}
    return re.sub(
        r"\\(?:u\{([0-9a-f]+)\}|(.))",
        lambda m: chr(int(m[1], 16)) if m[1] else named.get(m[2], m[2]),
        cell,
    )


def main():
    corpus = ROOT / "corpus" / "normalise"
    corpus.mkdir(parents=True, exist_ok=True)
    count = 0
    for name, choices in CHOICES.items():
        pairs = ROOT.parent / "crates" / "qudao-text" / "tests" / "pairs" / f"{name}.tsv"
        for line in pairs.read_text(encoding="utf-8").splitlines():
            if line.startswith("# "):
                continue
            text = unescape(line.split("\t")[0])
            for choice in choices:
                (corpus / f"{name}-{choice}-{count}").write_bytes(bytes([choice]) + text.encode())
                count += 1
    print(f"{count} seeds in {corpus}")


if __name__ == "__main__":
    main()
