"""The examples in the documentation run, and everything public is documented."""

from __future__ import annotations

import doctest
import importlib
import inspect
import re
from pathlib import Path

import pytest

import qudao
from conftest import BLUEPRINT, NOW

PACKAGE = Path(qudao.__file__).parent
MODULES = sorted(
    f"qudao.{p.stem}".removesuffix(".__init__") for p in PACKAGE.glob("*.py") if p.stem not in ("__main__", "_native")
)


@pytest.mark.parametrize("name", MODULES)
def test_examples_run(name: str) -> None:
    failed, _ = doctest.testmod(importlib.import_module(name))
    assert failed == 0


def test_there_are_examples() -> None:
    finder = doctest.DocTestFinder()
    assert sum(len(t.examples) for m in MODULES for t in finder.find(importlib.import_module(m))) >= 15


ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("name", ["README.md", "README.zh-CN.md", "bindings/python/README.md"])
def test_the_snippets_of_the_readmes_run(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each file's snippets in turn, in one session, on the example data."""
    import matplotlib
    import polars as pl

    matplotlib.use("Agg")
    if not (ROOT / "examples/data").is_dir():
        pytest.skip("the examples are not here")
    (tmp_path / "channel.yaml").write_text(BLUEPRINT, "utf-8")
    stricter = BLUEPRINT.replace("name: {required: true,", "name: {required: true, max_length: 5,")
    (tmp_path / "channel-next.yaml").write_text(stricter, "utf-8")
    headings = {"Account ID": "id", "Account Name": "name", "Tax ID": "tax_id", "Phone": "phone", "Email": "email"}
    accounts = pl.read_csv(ROOT / "examples/data/accounts.csv", infer_schema=False, truncate_ragged_lines=True)
    accounts = accounts.rename(headings).select(headings.values()).unique("id", maintain_order=True).head(40)
    for file in ("accounts.csv", "customers.csv"):
        accounts.write_csv(tmp_path / file)
    deals = pl.read_csv(ROOT / "examples/data/opportunities.csv", infer_schema=False).select(id="opportunity_id", stage="stage")
    visits = pl.DataFrame({"record": ["OPP-0001"], "stage": ["prospect"], "entered": ["2025-09-29T14:00:00Z"]})
    monkeypatch.chdir(tmp_path)
    space: dict[str, object] = {
        "df": accounts,
        "deals": deals.unique("id"),
        "visits": visits,
        "now": NOW,
        "new_engine": qudao.Engine.from_file("channel-next.yaml"),
    }
    with qudao.Workspace("channel.db", qudao.Engine.from_file("channel.yaml")) as workspace:
        made = workspace.session("mei").submit(qudao.Create("account", {"name": "Acme", "industry": "technolgy"}))
        assert made.allowed
    found = re.findall(r"^```python\n(.*?)^```", (ROOT / name).read_text("utf-8"), re.MULTILINE | re.DOTALL)
    assert found
    for code in found:
        exec(compile(code, name, "exec"), space)
    for workspace in [v for v in space.values() if isinstance(v, qudao.Workspace)]:
        workspace.close()


def test_everything_public_is_documented() -> None:
    for name in qudao.__all__:
        thing = getattr(qudao, name)
        if not (inspect.isclass(thing) or inspect.isfunction(thing)):
            continue
        assert thing.__doc__, name
        for method, member in vars(thing).items() if inspect.isclass(thing) else ():
            if not method.startswith("_") and (inspect.isfunction(member) or isinstance(member, property)):
                assert member.__doc__, f"{name}.{method}"


def test_names_are_sorted_and_there() -> None:
    assert sorted(qudao.__all__) == qudao.__all__
    assert qudao.__version__.count(".") == 2


def test_every_code_of_the_binding_is_in_the_readme() -> None:
    root = Path(__file__).parents[1]
    text = "".join(p.read_text("utf-8") for p in root.glob("src/*.rs"))
    used = set(re.findall(r'(?:Fault|Self)::input\(\s*"([a-z_.]+)"', text))
    text = "".join(p.read_text("utf-8") for p in root.glob("python/qudao/*.py") if p.name != "_errors.py")
    dotted = r'"((?:blueprint|cleanse|frame|import|kpi|matching|query|validation)\.[a-z_]+)"'
    used |= {code for call in re.findall(r"InputError\((.*)", text) for code in re.findall(dotted, call)}
    errors = (root / "python/qudao/_errors.py").read_text("utf-8")
    used |= set(re.findall(r'__init__\(text, "([a-z_]+\.[a-z_]+)"', errors))
    listed = set(re.findall(r"^\| `([a-z_.]+)` \|", (root / "README.md").read_text("utf-8"), re.MULTILINE))
    assert len(used) > 25
    assert used == listed
