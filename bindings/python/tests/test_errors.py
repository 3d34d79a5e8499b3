"""Errors: one base, stable codes, parameters, texts in both languages."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import pytest

import qudao
from qudao import _native
from qudao._errors import make


def test_one_base_and_a_class_for_each_kind() -> None:
    kinds: dict[str, type[qudao.QudaoError]] = {
        "blueprint.invalid": qudao.BlueprintError,
        "blueprint.changed": qudao.BlueprintChangedError,
        "record.not_found": qudao.NotFoundError,
        "access.denied": qudao.AccessError,
        "field.masked": qudao.AccessError,
        "actor.unknown": qudao.AccessError,
        "store.locked": qudao.StoreError,
        "io.failed": qudao.FileError,
        "now_required": qudao.NowRequiredError,
        "object.unknown": qudao.InputError,
        "kpi.bad_window": qudao.InputError,
        "internal.error": qudao.InternalError,
    }
    for code, kind in kinds.items():
        error = make(code, "text", "文本", {"a": 1}, ())
        assert type(error) is kind
        assert (error.code, error.params, error.text(), error.text("zh-CN")) == (code, {"a": 1}, "text", "文本")
        back = pickle.loads(pickle.dumps(error))
        assert (type(back), back.code, back.params, str(back), back.text("zh")) == (kind, code, {"a": 1}, "text", "文本")
        assert code in repr(error)


def test_a_missing_package_is_named_and_is_an_import_error_too() -> None:
    error = qudao.MissingPackageError("matplotlib", "plots")
    assert isinstance(error, ImportError)
    assert (error.code, error.params, error.name) == ("package.missing", {"package": "matplotlib"}, "matplotlib")
    back = pickle.loads(pickle.dumps(error))
    assert str(back) == str(error) == "plots need the package matplotlib: pip install matplotlib"
    assert "matplotlib" in back.text("zh-CN") != str(back)


def test_errors_speak_both_languages(engine: qudao.Engine) -> None:
    with pytest.raises(qudao.InputError) as caught:
        engine.validate("acount", [])
    assert caught.value.text("zh-CN") != caught.value.text("en") == str(caught.value)


def test_a_blueprint_error_survives_a_pickle() -> None:
    with pytest.raises(qudao.BlueprintError) as caught:
        qudao.Engine.from_yaml("qudao: 1\nvalidaton: []\n")
    back = pickle.loads(pickle.dumps(caught.value))
    assert back.lints == caught.value.lints


@pytest.mark.parametrize(
    ("content", "code"),
    [(b"this is no database, not by any means" * 50, "store.corrupt"), (None, "store.cannot_open")],
)
def test_databases_that_cannot_be_used(tmp_path: Path, engine: qudao.Engine, content: bytes | None, code: str) -> None:
    path = tmp_path / "x.db" if content is not None else tmp_path / "no" / "such" / "folder.db"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(qudao.StoreError) as caught:
        qudao.Workspace(path, engine)
    assert caught.value.code in (code, "store.foreign", "store.cannot_open")
    if content is not None:
        assert path.read_bytes() == content


def test_a_database_must_exist_where_it_is_said(tmp_path: Path, engine: qudao.Engine) -> None:
    with pytest.raises(qudao.StoreError):
        qudao.Workspace(tmp_path / "none.db", engine, must_exist=True)
    assert list(tmp_path.iterdir()) == []


def test_conditions_that_do_not_compile(session: qudao.Session) -> None:
    for condition in ("emploees > 5", "name ==", "name > 5", "((((" * 500, "a." * 5000):
        with pytest.raises(qudao.InputError) as caught:
            session.query("account", condition)
        assert caught.value.code == "condition.invalid"


def test_pages_that_cannot_be(session: qudao.Session) -> None:
    wrong: Any
    for wrong in ({"limit": -1}, {"offset": -1}):
        with pytest.raises(qudao.InputError):
            session.query("account", **wrong)
    with pytest.raises(qudao.InputError) as caught:
        session.query("account", sort="emploees")
    assert caught.value.params["suggestion"] == "employees"


def test_every_code_of_a_finding_has_both_texts() -> None:
    codes = _native.codes()
    assert len(codes) > 100
    for code, en, zh, *_ in codes:
        assert en and zh, code


def test_violations_of_no_origin(engine: qudao.Engine) -> None:
    with pytest.raises(qudao.InputError):
        _native.violation_text("{}", "en")
