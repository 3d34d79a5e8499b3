"""Progress of a search for duplicates, and Ctrl-C."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

import qudao

WORDS = "bright cedar delta ember fjord grove harbor indigo jasper kelp".split()


def firms(rows: int) -> list[dict[str, str]]:
    """Firms of which every third is written a second time."""
    made = []
    for n in range(rows):
        firm = n - 1 if n % 3 == 2 else n
        name = f"{WORDS[firm % 10]} {WORDS[firm // 10 % 10]}{WORDS[firm // 100 % 10]} {firm} Trading Ltd"
        made.append({"company": name, "phone": f"0755-{20_000_000 + firm * 7:08}", "city": WORDS[firm % 7]})
    return made


ENGINE = "qudao: 1\nmatching: {account.same: {compare: {name: company_name, phone: phone}}}\n"


def named(rows: int) -> list[dict[str, str]]:
    return [{"name": r["company"], "phone": r["phone"]} for r in firms(rows)]


def test_progress_never_goes_back_and_ends_with_all_rows() -> None:
    rows = firms(600)
    told: list[int] = []
    found = qudao.dedupe(rows, progress=told.append)
    assert told == sorted(told) and told[-1] == 600
    assert found.pairs == qudao.dedupe(rows, threads=1).pairs and found.count == 200
    engine = qudao.Engine.from_yaml(ENGINE)
    told.clear()
    assert engine.dedupe("account", named(600), progress=told.append).count == 200
    assert told == sorted(told) and told[-1] == 600
    told.clear()
    linked = engine.link("account", named(300), named(600)[300:], progress=told.append, threads=1)
    assert told == sorted(told) and told[-1] == 600
    assert linked.pairs == engine.link("account", named(300), named(600)[300:]).pairs
    # Nothing to do, nothing to tell.
    told.clear()
    assert engine.dedupe("account", [], progress=told.append).count == 0
    assert told == []


def test_review_and_training_are_told_too() -> None:
    engine = qudao.Engine.from_yaml(ENGINE)
    labels = [(0, 1, True), (0, 2, False)]
    # Two by two of one name, of which a person should say whether they are one.
    rows = [
        {"name": f"{WORDS[n % 10]}{n // 10} Ltd", "phone": f"0755-{20_000_000 + n * 7 + phone:08}"}
        for n in range(150)
        for phone in (0, 40_000_000)
    ]
    told: list[int] = []
    for found in (engine.dedupe("account", rows), qudao.dedupe(rows)):
        told.clear()
        pairs = found.review(7, progress=told.append, threads=1)
        assert told == sorted(told) and told[-1] == 300
        assert pairs == found.review(7) and len(pairs) > 0
        told.clear()
        trained = found.train(labels, progress=told.append, threads=1)
        assert told == sorted(told) and told[-1] == 300
        assert trained.pairs == found.train(labels).pairs
        for call in (lambda: found.review(7, threads=0), lambda: found.train(labels, threads=0)):
            with pytest.raises(qudao.InputError) as caught:
                call()
            assert caught.value.code == "matching.bad_threads"


def test_a_bar_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    qudao.Engine.from_yaml(ENGINE).dedupe("account", named(60), progress=True)
    assert "account" in capsys.readouterr().err
    qudao.dedupe(firms(60), progress=True)
    assert "dedupe" in capsys.readouterr().err
    qudao.dedupe(firms(60))
    assert capsys.readouterr().err == ""


def test_what_progress_raises_ends_the_search() -> None:
    class Enough(Exception):
        pass

    def told(rows: int) -> None:
        raise Enough

    before = threading.active_count()
    with pytest.raises(Enough):
        qudao.dedupe(firms(2_000), progress=told)
    assert threading.active_count() == before
    # Nothing is left behind: the next search answers.
    assert qudao.dedupe(firms(30)).count == 10


CHILD = """
import os, sys, time
sys.path.insert(0, {tests!r})
from test_progress import ENGINE, firms, named
import qudao

def threads():
    return len(os.listdir("/proc/self/task")) if os.path.isdir("/proc/self/task") else 0

rows = {rows}
before = threads()
seen = []
def told(done):
    if done > 0 and not seen:
        seen.append(done)
        print("working", flush=True)
try:
    {call}
    print("finished", flush=True)
except KeyboardInterrupt:
    # A thread that has ended may be there for the system a moment longer.
    for _ in range(200):
        if threads() == before:
            break
        time.sleep(0.01)
    print("interrupted", threads() - before, flush=True)
"""

CALLS = {
    "dedupe": ("firms(40_000)", "qudao.dedupe(rows, progress=told)"),
    "engine.dedupe": (
        "named(40_000)",
        "qudao.Engine.from_yaml(ENGINE).dedupe('account', rows, progress=told)",
    ),
    "engine.link": (
        "named(40_000)",
        "qudao.Engine.from_yaml(ENGINE).link('account', rows[:20_000], rows[20_000:] * 2, progress=told)",
    ),
    "review": (
        "qudao.Engine.from_yaml(ENGINE).dedupe('account', named(12_000))",
        "rows.review(20, progress=told)",
    ),
    "train": (
        "qudao.Engine.from_yaml(ENGINE).dedupe('account', named(12_000))",
        "rows.train([(1, 2, True), (0, 1, False)], progress=told)",
    ),
}


@pytest.mark.skipif(sys.platform == "win32", reason="a signal to a child is another thing there")
@pytest.mark.parametrize("what", CALLS)
def test_ctrl_c_ends_the_search(what: str) -> None:
    rows, call = CALLS[what]
    script = CHILD.format(tests=str(Path(__file__).parent), rows=rows, call=call)
    child = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert child.stdout is not None
        line: Any = child.stdout.readline()
        assert line == "working\n", child.communicate()[1]
        child.send_signal(signal.SIGINT)
        began = time.monotonic()
        rest, errors = child.communicate(timeout=60)
        # A build without optimisation has long steps too; the whole search takes it many times as long.
        assert time.monotonic() - began < 10
        assert rest == "interrupted 0\n", errors
    finally:
        child.kill()
