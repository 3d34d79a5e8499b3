"""The kept corpora: an archive for each target under fuzz/kept/.

    python3 fuzz/corpus.py unpack          # into fuzz/corpus/, where cargo-fuzz looks
    python3 fuzz/corpus.py pack            # back, after a run; minimise first: cargo +nightly fuzz cmin TARGET

The same inputs make the same bytes: files are named by the hash of their content, sorted, and carry no time.
"""

import hashlib
import io
import sys
import tarfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent
KEPT = ROOT / "kept"
CORPUS = ROOT / "corpus"


def unpack() -> None:
    for archive in sorted(KEPT.glob("*.tar.xz")):
        folder = CORPUS / archive.name.removesuffix(".tar.xz")
        folder.mkdir(parents=True, exist_ok=True)
        with tarfile.open(archive, "r:xz") as tar:
            tar.extractall(folder, filter="data")
            print(f"{folder.name}: {len(tar.getmembers())} inputs")


def pack() -> None:
    KEPT.mkdir(exist_ok=True)
    for folder in sorted(p for p in CORPUS.iterdir() if p.is_dir()):
        inputs = {hashlib.sha1(data).hexdigest(): data for data in (p.read_bytes() for p in folder.iterdir())}
        if not inputs:
            continue
        with tarfile.open(KEPT / f"{folder.name}.tar.xz", "w:xz", format=tarfile.USTAR_FORMAT) as tar:
            for name, data in sorted(inputs.items()):
                info = tarfile.TarInfo(name)
                info.size = len(data)
                tar.addfile(info, io.BytesIO(data))
        print(f"{folder.name}: {len(inputs)} inputs")


if __name__ == "__main__":
    {"pack": pack, "unpack": unpack}[sys.argv[1]]()
