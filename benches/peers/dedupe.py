#!/usr/bin/env python3
"""Duplicates in a generated channel table: this library beside Splink, in alternating runs on the same machine.

    python3 benches/peers/dedupe.py [--rows 100000] [--rounds 5] [--seeds 20260801] [--noise 1.0] [--zh 0.45] [--expert] [--no-peer]
    python3 benches/peers/dedupe.py --grid             # our program alone: three seeds, two noises, two shares of Chinese
    python3 benches/peers/dedupe.py --ablate [--grid]  # our program alone, without each of its word lists

Builds the example program `dedupe` of qudao-match, sets up Splink in a virtual environment under `target/`, makes the data with
`gen_dupes.py`, runs both from file to files, and prints medians of wall time, CPU time and peak memory, F1 with precision, recall
and blocking recall, and the ratios. Both get two threads. The configuration of the peer is `splink_gen.py` (the style of its
documentation) or `splink_expert.py`; thresholds: ours as shipped, the peer's at 0.5, at 0.95 and at its best.

`--grid` runs our program once at each point and prints one table. `--ablate` builds it with the feature `ablation`, which is for
measuring only, and runs it with all lists and without each of them, on the seeds given or, with `--grid`, on all points of the grid.
"""
import argparse, json, os, re, statistics, subprocess, sys, time

import environment

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = environment.ROOT
WORK = environment.work("dedupe")
PEERS = ["splink==5.0.0", "duckdb", "pyarrow", "scipy", "numpy"]


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


def median(runs):
    return [statistics.median(r[i] for r in runs) for i in range(3)]


GRID_SEEDS, GRID_NOISE, GRID_ZH = "20260801,4711,90210", (0.7, 1.3), (0.2, 0.8)
IGNORED = ["--ignore", "id", "--ignore", "created_at"]


def build(features=()):
    extra = ["--features", ",".join(features)] if features else []
    subprocess.check_call(["cargo", "build", "-q", "--release", "-p", "qudao-match", "--example", "dedupe", *extra], cwd=ROOT)
    target = os.environ.get("CARGO_TARGET_DIR", os.path.join(ROOT, "target"))
    return os.path.join(target, "release", "examples", "dedupe")


def table(rows, seed, noise, zh):
    """The generated file, made when it is not there yet."""
    data = os.path.join(WORK, f"{rows}-{seed}-{noise}-{zh}.csv")
    if not os.path.exists(data):
        subprocess.check_call([sys.executable, os.path.join(HERE, "gen_dupes.py"), data, "--rows", str(rows), "--seed", seed,
                               "--noise", str(noise), "--zh", str(zh)], stderr=subprocess.DEVNULL)
    return data


def labelled(ours, data, env=None):
    """CPU seconds and F1, precision, recall and blocking recall of one run with the labels."""
    _, cpu, _, out = run([ours, data, *IGNORED, "--label", "cluster_id", "--threads", "2"], env)
    return cpu, [float(x) for x in re.search(r"F1 ([\d.]+), precision ([\d.]+), recall ([\d.]+), blocking recall ([\d.]+)", out).groups()]


def points(a):
    """Seed, noise and share of Chinese of what is measured."""
    if not a.grid:
        return [(seed, a.noise, a.zh) for seed in a.seeds.split(",")]
    seeds = GRID_SEEDS if a.seeds == "20260801" else a.seeds
    return [(seed, noise, zh) for seed in seeds.split(",") for noise in GRID_NOISE for zh in GRID_ZH]


def grid(a):
    ours = build()
    print(f"{a.rows} rows, one run each\n\n| seed | noise | Chinese | F1 | precision | recall | blocking recall | CPU s |\n|---|---|---|---|---|---|---|---|")
    f1 = []
    for seed, noise, zh in points(a):
        cpu, quality = labelled(ours, table(a.rows, seed, noise, zh))
        f1.append(quality[0])
        print(f"| {seed} | {noise} | {zh:.0%} | {' | '.join(f'{q:.4f}' for q in quality)} | {cpu:.2f} |", flush=True)
    print(f"\nF1: least {min(f1):.4f}, mean {statistics.mean(f1):.4f}, most {max(f1):.4f}")


def ablate(a):
    """Means over the points, by share of Chinese, with all lists and without each."""
    ours = build(["ablation"])
    lists = run([ours, "--lists"])[3].split()
    shares = sorted({zh for _, _, zh in points(a)})
    found = {}
    for left_out in ["", *lists]:
        for zh in shares:
            runs = [labelled(ours, table(a.rows, s, n, z), dict(os.environ, QUDAO_WITHOUT=left_out))[1] for s, n, z in points(a) if z == zh]
            found[left_out, zh] = [statistics.mean(column) for column in zip(*runs)]
        if not left_out:
            print(f"{a.rows} rows, means of {len(points(a)) // len(shares)} tables each; F1 with its change, precision, recall\n")
            print("| without | " + " | ".join(f"{zh:.0%} Chinese: F1 | | precision | recall" for zh in shares) + " |\n|---" + "|---|---|---|---" * len(shares) + "|")
        cells = []
        for zh in shares:
            f1, precision, recall, _ = found[left_out, zh]
            change = f1 - found["", zh][0]
            cells += [f"{f1:.4f}", f"{change:+.4f}" if left_out else "", f"{precision:.4f}", f"{recall:.4f}"]
        print(f"| {left_out or '(nothing)'} | {' | '.join(cells)} |", flush=True)


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--rows", type=int, default=100_000)
    ap.add_argument("--rounds", type=int, default=5)
    ap.add_argument("--seeds", default="20260801")
    ap.add_argument("--noise", type=float, default=1.0)
    ap.add_argument("--zh", type=float, default=0.45)
    ap.add_argument("--expert", action="store_true")
    ap.add_argument("--no-peer", action="store_true")
    ap.add_argument("--grid", action="store_true")
    ap.add_argument("--ablate", action="store_true")
    a = ap.parse_args()
    if a.ablate or a.grid:
        return ablate(a) if a.ablate else grid(a)
    ours = build()
    python = None if a.no_peer else environment.interpreter(WORK, PEERS)[0]
    script = os.path.join(HERE, "splink_expert.py" if a.expert else "splink_gen.py")
    variables = dict(os.environ, GEN=os.path.join(HERE, "gen_dupes.py"))
    for seed in a.seeds.split(","):
        data = table(a.rows, seed, a.noise, a.zh)
        plain = [ours, data, *IGNORED, "--ignore", "cluster_id", "--threads", "2", "--out", os.path.join(WORK, "out")]
        pairs = os.path.join(WORK, "pairs.parquet")
        mine, theirs = [], []
        for _ in range(a.rounds):
            mine.append(run(plain))
            if python:
                theirs.append(run([python, script, data, pairs], variables))
        with_labels = run([ours, data, *IGNORED, "--label", "cluster_id"])[3]
        wall, cpu, memory = median(mine)
        print(f"rows {a.rows}, seed {seed}, noise {a.noise}, zh {a.zh}, median of {a.rounds}")
        print(f"  qudao : wall {wall:7.2f} s  cpu {cpu:7.2f} s  {memory:6.0f} MiB  {re.search('F1.*', with_labels).group(0)}")
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
