"""Files through a mapping."""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path

import pytest

import qudao

NOW = datetime(2026, 3, 2, 2, tzinfo=timezone.utc)
MAPPING = {"object": "account", "id": "No", "columns": {"Company": "name", "Phone": "phone"}}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "accounts.csv"
    path.write_text(
        "No,Company,Phone,Extra\n1,华为技术有限公司,0755-28780808,x\n2,,0755-26770000,=cmd|calc\n3,中兴通讯股份有限公司,,y\n",
        "gb18030",
    )
    return path


def test_rows_go_through_the_save_path(session: qudao.Session, file: Path, tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    report = session.import_file(file, MAPPING, now=NOW, progress=lambda *a: told.append(a))
    assert not report.ok
    (one,) = report.files
    assert (one.rows, one.stored, one.rejected, one.encoding) == (3, 2, 1, "GB18030")
    assert one.extra_columns == ("Extra",)
    (reject,) = report.rejects
    assert (reject.row, reject.cells["Phone"]) == (3, "0755-26770000")
    assert [v.code for v in reject.reasons] == ["field.required"]
    assert told[-1] == ("accounts.csv", 3, 3)
    assert session.query("account").total == 2
    assert session.get("account", "1").unknown == {"Extra": "x"}
    assert "accounts.csv" in repr(report)

    mended = tmp_path / "rejects.csv"
    report.write_rejects(mended, "zh-CN")
    text = mended.read_text("utf-8-sig")
    # No spreadsheet program takes the cell for a formula, and it comes back as it was.
    assert ",=cmd" not in text and "=cmd|calc" in text
    mended.write_text(text.replace(",2,,", ",2,补上的公司,"), "utf-8")
    again = session.import_file(file, MAPPING, mended=mended, now=NOW)
    assert again.stored == 1
    assert session.get("account", "2")["name"] == "补上的公司"
    assert session.get("account", "2").unknown == {"Extra": "=cmd|calc"}


def test_a_second_run_stores_nothing_twice(session: qudao.Session, file: Path) -> None:
    assert session.import_file(file, MAPPING, now=NOW).stored == 2
    again = session.import_file(file, MAPPING, now=NOW)
    assert (again.stored, again.files[0].already) == (0, 2)


def test_a_mapping_file_and_a_folder(session: qudao.Session, file: Path, tmp_path: Path) -> None:
    path = tmp_path / "mapping.yaml"
    path.write_text(
        "mapping: 1\nfiles:\n  - {file: accounts.csv, object: account, id: No, columns: {Company: name, Phone: phone}}\n", "utf-8"
    )
    assert session.import_file(tmp_path, path, now=NOW).stored == 2


def test_mappings_that_cannot_be_used(session: qudao.Session, file: Path, tmp_path: Path) -> None:
    with pytest.raises(qudao.BlueprintError) as caught:
        session.import_file(file, {"object": "account", "columns": {"Company": "nmae"}})
    assert caught.value.lints[0].params["suggestion"] == "name"
    with pytest.raises(qudao.FileError):
        session.import_file(file, tmp_path / "none.yaml")
    with pytest.raises(qudao.QudaoError):
        session.import_file(tmp_path / "none.csv", MAPPING)
    with pytest.raises(qudao.InputError) as caught_input:
        session.import_file(file, {"mapping": 1, "files": [{"file": "b.csv", "object": "account", "columns": {}}]})
    assert caught_input.value.code == "import.unknown_file"


def test_what_progress_raises_comes_through_and_rows_stay(session: qudao.Session, file: Path) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        session.import_file(file, MAPPING, now=NOW, progress=stop)
    assert session.query("account").total == 2
