"""Dry runs of rules, audits, cleansing and its undoing, entry standards."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import qudao

T0 = datetime(2026, 1, 1, tzinfo=timezone.utc)
NOW = datetime(2026, 6, 1, tzinfo=timezone.utc)

OLD = """
qudao: 1
objects:
  account:
    fields:
      name: {normalise: company_name}
      phone: {format: phone(CN)}
      since: {type: date}
      price: {type: decimal}
validation:
  - {id: account.size, object: account, range: {field: employees, min: 1}, severity: warning}
stewardship:
  - {id: account.owned, object: account, owned: true, then: assign, message: {en: nobody owns it, zh-CN: 无人负责}}
  - {id: account.idle, object: account, idle: {field: updated_at, over_days: 90}, then: take_back, severity: error}
roles:
  boss: {see: {_: all}, edit: {_: all}, label: {en: Boss, zh-CN: 主管}}
  sales_rep: {see: {_: own}, edit: {_: own}, mask: {account: [phone]}, label: {en: Sales rep, zh-CN: 销售代表}}
"""


@pytest.fixture(scope="module")
def old() -> qudao.Engine:
    return qudao.Engine.from_yaml(OLD)


@pytest.fixture(scope="module")
def new() -> qudao.Engine:
    return qudao.Engine.from_yaml(
        OLD.replace("min: 1}, severity: warning", "min: 2}, severity: error").replace(
            "phone: {format: phone(CN)}", "phone: {format: phone(CN)}\n      city: {required: true}"
        )
    )


@pytest.fixture
def boss(old: qudao.Engine) -> qudao.Session:
    session = qudao.Workspace(":memory:", old).session(qudao.Actor("boss", ["boss"]), "en")
    for i, (name, owner) in enumerate([("Acme", "u1"), ("Bolt", None), ("Cog", "u2")]):
        values = {"name": name, "owner": owner, "employees": i, "industry": "technolgy", "price": Decimal("1.50")}
        made = session.submit(qudao.Create("account", values, id=f"a{i}"), T0)
        assert made, made.messages()
    return session


ACCOUNTS = [
    {"id": "a1", "name": "Acme", "employees": 1, "partner": "p1", "owner": "u1", "city": "深圳"},
    {"id": "a2", "name": "Bolt", "employees": 0, "partner": "p1", "city": "深圳"},
    {"id": "a3", "name": "Cog", "employees": 5, "partner": "p2"},
]


@pytest.mark.parametrize("make", [list, pl.DataFrame, pd.DataFrame, pa.Table.from_pylist, pl.LazyFrame])
def test_a_dry_run_says_who_would_be_blocked(old: qudao.Engine, new: qudao.Engine, make: Any) -> None:
    found = old.compare(new, {"account": make(ACCOUNTS)})
    assert not found.unchanged
    assert found.records == 3
    assert found.hashes == (old.hash, new.hash)
    changes = {(c["rule"], c["severity"], c["direction"]): c["records"] for c in found.changes.to_dicts()}
    assert changes == {
        ("account.city.required", "error", "newly_fails"): ["a3"],
        ("account.size", "error", "newly_fails"): ["a1", "a2"],
        ("account.size", "warning", "newly_passes"): ["a2"],
    }
    assert found.newly_blocked.column("record") == ["a1", "a2", "a3"]
    assert len(found.newly_free) == 0
    assert found.blocked_by_partner.to_dicts() == [{"partner": "p1", "records": 2}, {"partner": "p2", "records": 1}]
    assert found.blocked_by_owner.to_dicts() == [{"owner": None, "records": 2}, {"owner": "u1", "records": 1}]
    size = [r for r in found.by_partner.to_dicts() if r["rule"] == "account.size" and r["severity"] == "error"]
    assert [(r["partner"], r["records"], r["direction"]) for r in size] == [("p1", 2, "newly_fails")]
    assert {r["owner"] for r in found.by_owner.to_dicts() if r["severity"] == "warning"} == {None}
    assert found.problems == {}
    assert "3 newly blocked" in repr(found) and "account.size" in repr(found) and "<table>" in found._repr_html_()


def test_the_dry_run_is_the_difference_of_two_validations(old: qudao.Engine, new: qudao.Engine) -> None:
    def failing(engine: qudao.Engine) -> set[tuple[str, str, str]]:
        rows = engine.validate("account", ACCOUNTS).violations.to_dicts()
        return {(str(ACCOUNTS[r["row"]]["id"]), r["rule"], r["severity"]) for r in rows}

    found = old.compare(new, {"account": ACCOUNTS}).changes.to_dicts()
    told = {d: {(i, c["rule"], c["severity"]) for c in found if c["direction"] == d for i in c["records"]} for d in ("newly_fails", "newly_passes")}
    assert told == {"newly_fails": failing(new) - failing(old), "newly_passes": failing(old) - failing(new)}


def test_examples_speak_the_reader_s_language(old: qudao.Engine, new: qudao.Engine) -> None:
    found = old.compare(new, {"account": ACCOUNTS})
    row = next(r for r in found.examples("en").to_dicts() if r["rule"] == "account.city.required")
    assert (row["record"], row["message"], row["direction"]) == ("a3", "City is required", "newly_fails")
    texts = found.examples("zh-CN").to_dicts()
    assert next(r for r in texts if r["rule"] == "account.city.required")["message"] == "城市为必填项"


def test_nothing_changes(old: qudao.Engine) -> None:
    found = old.compare(old, {"account": ACCOUNTS})
    assert found.unchanged
    assert len(found.changes) == len(found.newly_blocked) == len(found.examples()) == 0
    assert repr(found) == "Comparison(3 records: nothing changes)"


def test_a_dry_run_that_cannot_be(old: qudao.Engine, new: qudao.Engine) -> None:
    with pytest.raises(qudao.InputError) as caught:
        old.compare(new, {"acount": []})
    assert caught.value.params["suggestion"] == "account"
    unread = old.compare(new, {"account": [{"id": "a", "name": "x", "city": "y", "employees": float("nan")}]})
    assert unread.problems["account"].column("code") == ["value.bad_number"]
    with pytest.raises(qudao.InputError) as caught:
        old.compare(new, {"account": [{"id": "a"}, {"id": "a"}]})
    assert caught.value.code == "dataset.duplicate_id"


def test_a_session_compares_what_its_actor_sees(boss: qudao.Session, new: qudao.Engine) -> None:
    found = boss.compare(new, NOW)
    assert found.records == 3
    assert found.newly_blocked.column("record") == ["a0", "a1", "a2"]
    assert len(found.examples()) > 0


def test_an_audit_of_a_session_makes_tasks_and_take_backs(boss: qudao.Session) -> None:
    audit = boss.audit(NOW)
    rows = audit.findings.to_dicts()
    assert audit.findings.columns == ["due_on", "object", "record", "owner", "rule", "severity", "since", "action"]
    assert {(r["record"], r["rule"], r["action"]) for r in rows} == {
        ("a1", "account.owned", "assign"),
        *((f"a{i}", "account.idle", "take_back") for i in range(3)),
    }
    assert all(isinstance(r["due_on"], date) for r in rows)
    assert {r["since"] for r in rows if r["rule"] == "account.idle"} == {T0}
    assert pl.DataFrame(audit.findings).schema["due_on"] == pl.Date
    assert "无人负责" in audit.messages("zh-CN").column("message").to_list()
    tasks = audit.tasks("en")
    assert all(isinstance(t, qudao.Create) and t.object == "activity" for t in tasks)
    done = [boss.submit(t, NOW) for t in tasks]
    assert len(done) == len(audit) == 4 and all(d.allowed and not d.replayed for d in done)
    again = [boss.submit(t, NOW) for t in boss.audit(NOW).tasks("en")]
    assert all(d.replayed for d in again)
    assert boss.counts()["activity"] == 4
    task = boss.get("activity", str(done[0].id))
    assert task["due_on"] == rows[0]["due_on"]
    taken = audit.take_backs()
    assert {(t.id, t.values["owner"]) for t in taken} == {("a0", None), ("a2", None)}
    assert all(boss.submit(t, NOW) for t in taken)
    assert "owner" not in boss.get("account", "a0")
    assert "4 findings" in repr(audit) and "<table>" in audit._repr_html_()


def test_an_audit_of_frames(old: qudao.Engine) -> None:
    frame = pl.DataFrame({"id": ["a", "b"], "name": ["x", "y"], "owner": ["u1", None], "updated_at": [NOW - timedelta(days=91), NOW]})
    audit = old.audit({"account": frame}, now=NOW)
    assert [(r["record"], r["rule"]) for r in audit.findings.to_dicts()] == [("a", "account.idle"), ("b", "account.owned")]
    assert not old.audit({"account": frame[:0]}, now=NOW)
    assert repr(old.audit({}, now=NOW)) == "Audit(0 findings)"


PLAN: dict[str, Any] = {
    "object": "account",
    "select": "employees > 0",
    "steps": [
        {"map": {"field": "industry", "values": {"technolgy": "technology"}}},
        {"set": {"field": "since", "value": date(2026, 3, 31)}},
        {"set": {"field": "price", "value": Decimal("2.50")}},
    ],
}


def test_a_plan_is_looked_at_applied_and_undone(boss: qudao.Session) -> None:
    diff = boss.cleanse(PLAN, NOW)
    assert (diff.object, diff.selected, diff.changed) == ("account", 2, 2)
    assert diff.cells.columns == ["record", "field", "before", "after", "refused"]
    cells = {(c["record"], c["field"]): (c["before"], c["after"]) for c in diff.cells.to_dicts()}
    assert cells[("a1", "industry")] == ("technolgy", "technology")
    assert cells[("a2", "since")] == (None, "2026-03-31")
    changes = {c.field: (c.before, c.after) for c in diff.records[0].changes}
    assert changes["price"] == (Decimal("1.50"), Decimal("2.50"))
    assert changes["since"] == (None, date(2026, 3, 31))
    assert len(diff.refused) == 0
    assert "2 would change" in repr(diff) and "<table>" in diff._repr_html_()
    assert boss.get("account", "a1")["industry"] == "technolgy"

    report = diff.apply("words", NOW)
    assert report and report.batch == "words"
    assert report.applied.column("record") == ["a1", "a2"]
    assert boss.get("account", "a1")["industry"] == "technology"
    assert boss.cleanse(PLAN, NOW).changed == 0

    assert boss.submit(qudao.Update("account", "a2", {"industry": "energy"}), NOW)
    undone = boss.undo("words", NOW)
    assert not undone
    assert undone.batch == "words.undo"
    assert undone.reverted.column("record") == ["a1", "a2"]
    assert undone.conflicts.to_dicts() == [
        {"object": "account", "record": "a2", "field": "industry", "written": "technology", "current": "energy"}
    ]
    assert boss.get("account", "a1")["industry"] == "technolgy"
    assert "since" not in boss.get("account", "a2")
    with pytest.raises(qudao.InputError) as caught:
        boss.undo("nothing", NOW)
    assert (caught.value.code, caught.value.params) == ("batch.unknown", {"batch": "nothing"})


def test_what_the_save_path_refuses_is_told_before_and_after(boss: qudao.Session) -> None:
    diff = boss.cleanse({"object": "account", "steps": [{"set": {"field": "phone", "value": "12"}}]}, NOW)
    assert all(c["refused"] for c in diff.cells.to_dicts())
    assert {(r["record"], r["rule"]) for r in diff.refused.to_dicts()} == {(f"a{i}", "account.phone.format") for i in range(3)}
    assert [v.rule for v in diff.records[0].refused] == ["account.phone.format"]
    report = diff.apply("phones", NOW)
    assert not report
    assert (len(report.applied), len(report.refused)) == (0, 3)
    assert report.refused.column("message")[0] == diff.refused.column("message")[0]
    assert "3 refused" in repr(report)


def test_a_plan_from_a_file(boss: qudao.Session, tmp_path: Path) -> None:
    path = tmp_path / "plan.yaml"
    path.write_text("object: account\nsteps: [{clear: [industry]}, {normalise: [name]}]\n", "utf-8")
    assert boss.cleanse(path, NOW).changed == boss.cleanse(str(path), NOW).changed == 3
    with pytest.raises(qudao.FileError) as missing:
        boss.cleanse(tmp_path / "none.yaml", NOW)
    assert missing.value.code == "io.failed"


def test_plans_that_cannot_be(boss: qudao.Session) -> None:
    def plan(step: Any, **more: Any) -> dict[str, Any]:
        return {"object": "account", "steps": [step], **more}

    for bad in (plan({"clear": ["industri"]}), plan({"set": {"field": "since", "value": "soon"}}), plan({"polish": ["name"]})):
        with pytest.raises(qudao.BlueprintError) as caught:
            boss.cleanse(bad, NOW)
        assert caught.value.lints
    with pytest.raises(qudao.InputError) as wrong:
        boss.cleanse(plan({"set": {"field": "name", "value": object()}}), NOW)
    assert wrong.value.code == "cleanse.bad_plan"
    with pytest.raises(qudao.InputError) as unknown:
        boss.cleanse({"object": "acount", "steps": []}, NOW)
    assert unknown.value.code == "object.unknown"
    with pytest.raises(qudao.InputError) as condition:
        boss.cleanse(plan({"clear": ["industry"]}, select="emploees > 1"), NOW)
    assert condition.value.code == "condition.invalid"


def test_the_entry_standard_in_both_languages(old: qudao.Engine) -> None:
    page = old.entry_standard("account")
    assert page.to_markdown("en").startswith("# Entry standard: Account")
    assert "电话" in page.to_markdown("zh-CN")
    assert str(page) == page.to_markdown(old.locale) == page._repr_markdown_()
    html = page.to_html()
    assert html.startswith("<!doctype html>") and "电话" in html and "Phone" in html
    shown = page._repr_html_()
    assert shown.startswith("<iframe srcdoc=") and "<!doctype" not in shown
    fields = {f["field"]: f for f in page.fields("en").to_dicts()}
    assert fields["phone"]["label"] == "Phone" and fields["phone"]["rules"]
    assert pl.DataFrame(page.fields()).height == len(fields)


def test_the_entry_standard_of_a_role(old: qudao.Engine) -> None:
    page = old.entry_standard("account", role="sales_rep")
    assert "Sales rep" in page.to_markdown("en")
    assert "phone" not in page.fields("en").column("field").to_list()
    assert repr(page).startswith("EntryStandard(account for sales_rep: ")
    with pytest.raises(qudao.InputError) as caught:
        old.entry_standard("account", role="sales_re")
    assert (caught.value.code, caught.value.params["suggestion"]) == ("role.unknown", "sales_rep")
    with pytest.raises(qudao.InputError):
        old.entry_standard("acount")
