"""Charts: something is drawn, and it says what the numbers say."""

from __future__ import annotations

import io
import sys
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import matplotlib
import polars as pl
import pytest

import qudao

matplotlib.use("Agg")

import matplotlib.pyplot as plt  # noqa: E402
from matplotlib.axes import Axes  # noqa: E402
from matplotlib.patches import Rectangle  # noqa: E402

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=timezone.utc)
ROWS = [{"name": None, "phone": "1"}, {"name": "Acme", "employees": 0}, {"name": "N/A"}]


def drawn(ax: Axes) -> int:
    """The number of colours of the picture."""
    stream = io.BytesIO()
    figure = ax.get_figure(root=True)
    assert figure is not None
    figure.savefig(stream, format="png", dpi=50)
    plt.close("all")
    stream.seek(0)
    pixels = plt.imread(stream, format="png").reshape(-1, 4)
    return len({tuple(p) for p in pixels.tolist()})


def widths(ax: Axes, count: int) -> list[float]:
    bars = [p for p in ax.patches if isinstance(p, Rectangle)]
    return [p.get_width() for p in bars[:count]]


def labels(ax: Axes) -> list[str]:
    return [t.get_text() for t in ax.get_yticklabels()]


def test_failures_by_rule_and_severity(engine: qudao.Engine) -> None:
    ax = engine.validate("account", ROWS).plot()
    assert labels(ax) == ["account.name.required", "account.employees", "account.phone.format"]
    assert widths(ax, 3) == [2, 1, 1]
    assert [matplotlib.colors.to_hex(p.get_facecolor()).upper() for p in ax.patches[:2]] == ["#D55E00", "#E69F00"]
    assert "2 (66.7%)" in " ".join(t.get_text() for t in ax.texts)
    legend = ax.get_legend()
    assert legend is not None
    assert [t.get_text() for t in legend.get_texts()] == ["error", "warning"]
    assert drawn(ax) > 20


def test_in_axes_that_are_given_and_not_more_than_asked(engine: qudao.Engine) -> None:
    _, (left, right) = plt.subplots(1, 2)
    checked = engine.validate("account", ROWS)
    assert checked.plot(left, top=1, locale="en") is left
    assert labels(left) == ["account.name.required"]
    assert left.get_xlabel() == "rows; 2 more rules fail"
    good = engine.validate("account", [{"name": "Acme"}])
    assert good.plot(right, locale="en") is right
    assert [t.get_text() for t in right.texts] == ["every rule is met"]
    assert drawn(left) > 20


DEALS = pl.DataFrame({"id": ["d1", "d2", "d3"], "name": ["A", "B", "C"], "source": ["web", "web", None]})
VISITS = pl.DataFrame(
    {
        "record": ["d1", "d1", "d1", "d2", "d2", "d3"],
        "stage": ["prospect", "quoted", "won", "prospect", "lost", "prospect"],
        "entered": [datetime(2026, 1, d, tzinfo=timezone.utc) for d in (1, 2, 3, 1, 4, 5)],
    }
)


def test_a_funnel(engine: qudao.Engine) -> None:
    report = engine.kpis({"opportunity": DEALS, "visit": VISITS}, metrics="stage_conversion_any", now=NOW)
    ax = report.plot()
    assert len(labels(ax)) == len(report) > 0
    reached = [float(v.denominator or 0) for v in report]
    assert widths(ax, len(reached)) == reached
    assert drawn(ax) > 20


def test_bars_of_groups_and_of_one_metric_among_several(engine: qudao.Engine) -> None:
    deals = DEALS.join(VISITS.group_by("record").agg(closed_at=pl.col("entered").max(), stage=pl.col("stage").last()), left_on="id", right_on="record")
    deals = deals.with_columns(outcome=pl.when(pl.col("stage").is_in(["won", "lost"])).then("stage").otherwise(pl.lit("open")))
    report = engine.kpis({"opportunity": deals, "visit": VISITS}, metrics=["win_rate", "opportunities"], by="source", now=NOW)
    ax = report.plot("win_rate")
    values = report.of("win_rate")
    assert len(labels(ax)) == len(values)
    assert drawn(ax) > 10
    with pytest.raises(qudao.InputError) as caught:
        report.plot("sales_cycle")
    assert caught.value.code == "kpi.not_asked"


def test_without_matplotlib_the_package_is_named(engine: qudao.Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    checked = engine.validate("account", ROWS)
    report = engine.kpis({"opportunity": DEALS}, metrics="win_rate", now=NOW)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    for call in (checked.plot, report.plot):
        with pytest.raises(qudao.MissingPackageError) as caught:
            call()
        assert "pip install matplotlib" in str(caught.value)
        assert isinstance(caught.value, ImportError)


def test_matplotlib_is_not_imported_before_a_chart_is_asked_for(tmp_path: Path) -> None:
    import subprocess

    code = "import qudao, sys; print(any(m.split('.')[0] in ('matplotlib', 'tqdm', 'pandas', 'polars', 'pyarrow', 'numpy') for m in sys.modules))"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert answer.stdout.strip() == "False"


def test_chinese(engine: qudao.Engine) -> None:
    import warnings

    with warnings.catch_warnings():
        # A machine without a Chinese font draws boxes, and says so.
        warnings.simplefilter("ignore")
        ax = engine.validate("account", ROWS).plot(locale="zh-CN")
        assert "各规则不符的行数" in ax.get_title(loc="left")
        assert drawn(ax) > 20
    wrong: Any = engine.validate("account", [])
    assert drawn(wrong.plot(locale="en")) > 1
