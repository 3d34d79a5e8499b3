"""One workspace, many threads; the interpreter stays free while the engine works."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import polars as pl

import qudao


def test_sessions_of_many_threads_share_a_workspace(tmp_path: Path, engine: qudao.Engine) -> None:
    with qudao.Workspace(tmp_path / "channel.db", engine) as workspace:

        def work(worker: int) -> int:
            session = workspace.session(f"user-{worker}")
            done = [session.submit(qudao.Create("account", {"name": f"公司{worker}的{i}号"})) for i in range(10)]
            return sum(d.allowed for d in done)

        with ThreadPoolExecutor(4) as pool:
            assert sum(pool.map(work, range(4))) == workspace.session("x").query("account").total
        assert workspace.verify().ok


def test_two_writers_cannot_both_create_a_duplicate(tmp_path: Path, engine: qudao.Engine) -> None:
    with qudao.Workspace(tmp_path / "channel.db", engine) as workspace:
        barrier = threading.Barrier(4)

        def work(worker: int) -> bool:
            session = workspace.session(f"user-{worker}")
            barrier.wait()
            return session.submit(qudao.Create("account", {"name": "华为技术有限公司", "phone": "0755-28780808"})).allowed

        with ThreadPoolExecutor(4) as pool:
            assert sum(pool.map(work, range(4))) == 1


def test_the_engine_lets_other_threads_run(engine: qudao.Engine) -> None:
    rows = pl.DataFrame({"name": [f"公司{i}" for i in range(3000)], "phone": ["0755-28780808"] * 3000})
    turns, done = 0, threading.Event()

    def work() -> None:
        engine.validate("account", rows)
        done.set()

    thread = threading.Thread(target=work)
    thread.start()
    while not done.is_set():
        turns += 1
        time.sleep(0.001)
    thread.join()
    assert turns > 3
