#!/usr/bin/env python3
"""Duplicates in a generated channel table: this library beside Splink, in alternating runs on the same machine.

    python3 benches/peers/dedupe.py [--rows 100000] [--rounds 5] [--seeds 20260801] [--noise 1.0] [--zh 0.45] [--expert] [--no-peer]

Builds the example program `dedupe` of qudao-match, sets up Splink in a virtual environment under `target/`, makes the data with
`gen_dupes.py`, runs both from file to files, and prints medians of wall time, CPU time and peak memory, F1 with precision, recall
and blocking recall, and the ratios. Both get two threads. The configuration of the peer is `splink_gen.py` (the style of its
documentation) or `splink_expert.py`; thresholds: ours as shipped, the peer's at 0.5, at 0.95 and at its best.
"""
import argparse, json, os, re, statistics, subprocess, sys, time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
WORK = os.path.join(ROOT, "target", "bench-dedupe")


def run(command, env=None):
    """Wall seconds, CPU seconds, peak MiB and output of one process."""
    start = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=env)
    out = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.monotonic() - start
    if status:
        sys.exit(f"{' '.join(command)} failed")
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, out


def venv():
    python = os.path.join(WORK, "venv", "bin", "python")
    if not os.path.exists(python):
        subprocess.check_call([sys.executable, "-m", "venv", os.path.join(WORK, "venv")])
        subprocess.check_call([python, "-m", "pip", "install", "-q", "splink==5.0.0", "duckdb", "pyarrow", "scipy", "numpy"])
    return python


def median(runs):
    return [statistics.median(r[i] for r in runs) for i in range(3)]


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--rows", type=int, default=100_000)
    ap.add_argument("--rounds", type=int, default=5)
    ap.add_argument("--seeds", default="20260801")
    ap.add_argument("--noise", type=float, default=1.0)
    ap.add_argument("--zh", type=float, default=0.45)
    ap.add_argument("--expert", action="store_true")
    ap.add_argument("--no-peer", action="store_true")
    a = ap.parse_args()
    os.makedirs(WORK, exist_ok=True)
    subprocess.check_call(["cargo", "build", "-q", "--release", "-p", "qudao-match", "--example", "dedupe"], cwd=ROOT)
    target = os.environ.get("CARGO_TARGET_DIR", os.path.join(ROOT, "target"))
    ours = os.path.join(target, "release", "examples", "dedupe")
    python = None if a.no_peer else venv()
    script = os.path.join(HERE, "splink_expert.py" if a.expert else "splink_gen.py")
    environment = dict(os.environ, GEN=os.path.join(HERE, "gen_dupes.py"))
    for seed in a.seeds.split(","):
        data = os.path.join(WORK, f"{a.rows}-{seed}-{a.noise}-{a.zh}.csv")
        if not os.path.exists(data):
            subprocess.check_call([sys.executable, os.path.join(HERE, "gen_dupes.py"), data, "--rows", str(a.rows), "--seed", seed,
                                   "--noise", str(a.noise), "--zh", str(a.zh)], stderr=subprocess.DEVNULL)
        plain = [ours, data, "--ignore", "id", "--ignore", "created_at", "--ignore", "cluster_id", "--threads", "2",
                 "--out", os.path.join(WORK, "out")]
        pairs = os.path.join(WORK, "pairs.parquet")
        mine, theirs = [], []
        for _ in range(a.rounds):
            mine.append(run(plain))
            if python:
                theirs.append(run([python, script, data, pairs], environment))
        labelled = run([ours, data, "--ignore", "id", "--ignore", "created_at", "--label", "cluster_id"])[3]
        wall, cpu, memory = median(mine)
        print(f"rows {a.rows}, seed {seed}, noise {a.noise}, zh {a.zh}, median of {a.rounds}")
        print(f"  qudao : wall {wall:7.2f} s  cpu {cpu:7.2f} s  {memory:6.0f} MiB  {re.search('F1.*', labelled).group(0)}")
        if python:
            their_wall, their_cpu, their_memory = median(theirs)
            quality = json.loads(run([python, os.path.join(HERE, "evalpairs.py"), data, pairs, "--thr", "0.5,0.8,0.9,0.95,0.99,0.999,0.9999"])[3])
            at = {row["thr"]: row["clustered"] for row in quality["at"]}
            best = max(at.items(), key=lambda kv: kv[1][2])
            print(f"  splink: wall {their_wall:7.2f} s  cpu {their_cpu:7.2f} s  {their_memory:6.0f} MiB  clustered P, R, F1 at 0.5 {at[0.5]}, "
                  f"at 0.95 {at[0.95]}, best {best[1]} at {best[0]}, blocking recall {quality['blocking_recall']}")
            print(f"  ratio : wall {their_wall / wall:.1f}x  cpu {their_cpu / cpu:.1f}x  memory 1/{their_memory / memory:.1f}")


if __name__ == "__main__":
    main()
