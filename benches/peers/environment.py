"""The interpreter of a bench: a virtual environment under `target/` with what the bench compares with."""

import os
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def work(name: str) -> str:
    """The folder of a bench under `target/`."""
    folder = os.path.join(ROOT, "target", f"bench-{name}")
    os.makedirs(folder, exist_ok=True)
    return folder


def interpreter(folder: str, packages: list[str]) -> tuple[str, bool]:
    """The interpreter that has the packages, made where it is not there yet, and whether it was given: QUDAO_BENCH_PYTHON names one that
    is used as it is."""
    given = os.environ.get("QUDAO_BENCH_PYTHON")
    if given:
        return given, True
    home = os.path.join(folder, "venv")
    python = os.path.join(home, "bin", "python")
    done = os.path.join(home, "complete")
    if not os.path.exists(done):
        subprocess.check_call([sys.executable, "-m", "venv", home])
        subprocess.check_call([python, "-m", "pip", "install", "-q", *packages])
        open(done, "w", encoding="utf-8").close()
    return python, False
