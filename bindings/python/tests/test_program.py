"""``python -m qudao`` is the program ``qudao``."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import qudao
from conftest import BLUEPRINT


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "qudao", *arguments], capture_output=True, text=True, encoding="utf-8", check=False
    )


def test_lint_and_validate(tmp_path: Path) -> None:
    blueprint, data = tmp_path / "channel.yaml", tmp_path / "accounts.csv"
    blueprint.write_text(BLUEPRINT, "utf-8")
    data.write_text("name,employees\nAcme,0\n,5\n", "utf-8")
    done = run("--json", "lint", str(blueprint))
    assert done.returncode in (0, 1), done.stderr
    assert json.loads(done.stdout)["ok"] in (True, False)
    done = run("--json", "validate", "--blueprint", str(blueprint), "--object", "account", str(data))
    assert done.returncode == 1, done.stderr
    assert "account.name.required" in done.stdout


def test_exit_codes_and_help() -> None:
    assert run("--help").returncode == 0
    assert run("no-such-command").returncode == 2
    assert run("--version").stdout.split()[-1] == qudao.__version__
    assert run("explain", "field.required").returncode == 0
