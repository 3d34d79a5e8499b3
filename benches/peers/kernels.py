"""RapidFuzz's `cdist` (C++, vectors) on the names of `cargo bench -p qudao-benches --bench kernels`, all of one half against all of the
other, as *many* there. That bench is built and run first, without the libraries of Rust, so that both sides are timed in one go.

    python3 benches/peers/kernels.py

Makes a virtual environment under `target/`; QUDAO_BENCH_PYTHON names an interpreter that has rapidfuzz and numpy instead.
"""
import os
import subprocess
import sys
import time

import environment

WORK = environment.work("kernels")
PEERS = ["rapidfuzz==3.14.6", "numpy"]
ROUNDS = 15


def measure() -> None:
    import numpy
    import rapidfuzz
    from rapidfuzz.distance import OSA, JaroWinkler, Levenshtein
    from rapidfuzz.process import cdist

    print(f"\nrapidfuzz {rapidfuzz.__version__}, cdist, one thread: ns a pair")
    for kind in ("english", "chinese"):
        with open(os.path.join(WORK, f"{kind}.txt"), encoding="utf-8") as file:
            names = file.read().split("\n")
        left, right = names[: len(names) // 2], names[len(names) // 2 :]
        ways = [
            ("Levenshtein", Levenshtein.distance, numpy.uint8),
            ("optimal string alignment", OSA.distance, numpy.uint8),
            ("Jaro-Winkler", JaroWinkler.similarity, numpy.float32),
        ]
        for name, scorer, number in ways:
            best = float("inf")
            for _ in range(ROUNDS):
                started = time.perf_counter()
                cdist(left, right, scorer=scorer, dtype=number, workers=1)
                best = min(best, time.perf_counter() - started)
            print(f"  {kind:<10} {name:<30} {best * 1e9 / len(left) / len(right):8.1f}")


def main() -> None:
    if sys.argv[1:] == ["--measure"]:
        return measure()
    python, _ = environment.interpreter(WORK, PEERS)
    bench = ["cargo", "bench", "--package", "qudao-benches", "--bench", "kernels"]
    subprocess.check_call(bench, cwd=environment.ROOT, env=dict(os.environ, QUDAO_BENCH_NAMES=WORK))
    subprocess.check_call([python, os.path.abspath(__file__), "--measure"])


if __name__ == "__main__":
    main()
