"""The examples in the documentation run, and everything public is documented."""

from __future__ import annotations

import doctest
import importlib
import inspect
import re
from pathlib import Path

import pytest

import qudao

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
