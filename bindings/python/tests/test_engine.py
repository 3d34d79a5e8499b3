"""The engine without a store: blueprint, validation, gate, completeness, normal forms."""

from __future__ import annotations

import json
from datetime import date, datetime, timezone
from pathlib import Path

import polars as pl
import pytest

import qudao
from conftest import BLUEPRINT, NOW


def test_from_file_and_text_agree(tmp_path: Path, engine: qudao.Engine) -> None:
    path = tmp_path / "channel.yaml"
    path.write_text(BLUEPRINT, "utf-8")
    assert qudao.Engine.from_file(path) == engine
    assert qudao.Engine.from_file(str(path)).hash == engine.hash
    assert len(engine.hash) == 64
    assert hash(engine) == hash(qudao.Engine.from_yaml(BLUEPRINT))
    assert engine.timezone == "Asia/Shanghai"
    assert engine.currency == "CNY"
    with pytest.raises(qudao.FileError) as missing:
        qudao.Engine.from_file(tmp_path / "none.yaml")
    assert missing.value.code == "io.failed"


def test_every_error_of_a_blueprint_is_told_at_once() -> None:
    with pytest.raises(qudao.BlueprintError) as caught:
        qudao.Engine.from_yaml("qudao: 1\ntimezone: Mars\ncurrency: yuan\n")
    error = caught.value
    assert error.code == "blueprint.invalid"
    assert [(e.code, e.line, e.path) for e in error.lints] == [
        ("blueprint.bad_timezone", 2, "/timezone"),
        ("blueprint.bad_currency", 3, "/currency"),
    ]
    assert all(e.text("zh-CN") != e.text("en") for e in error.lints)
    assert "2:" in str(error.lints[0])
    with pytest.raises(qudao.BlueprintError) as caught:
        qudao.Engine.from_yaml("qudao: 1\nvalidaton: []\n")
    assert caught.value.lints[0].params["suggestion"] == "validation"


def test_lints_and_starters() -> None:
    assert list(qudao.Engine.starters()) == ["channel-sale", "project-sale", "simple"]
    lints = qudao.Engine.starter("simple").lint()
    assert {(lint.code, lint.severity) for lint in lints} == {("blueprint.untouched_template", "warning")}
    with pytest.raises(qudao.InputError):
        qudao.Engine.starter("complicated")
    assert qudao.Engine.json_schema()["type"] == "object"


def test_the_schema_can_be_read(engine: qudao.Engine) -> None:
    fields = {f.name: f for f in engine.fields("account")}
    assert fields["price"].type == "money"
    assert fields["annual_revenue"].type == "money(CNY)"
    assert fields["tags"].type == "list(text)"
    assert fields["parent"].type == "reference(account)"
    assert fields["grade"].choices == ("a", "b")
    assert fields["name"].label == {"en": "Name", "zh-CN": "客户名称"}
    assert fields["name"].required
    assert "opportunity" in engine.objects
    metrics = {m.id: m for m in engine.metrics}
    assert (metrics["win_rate"].unit, metrics["win_rate"].built_in) == ("ratio", True)


def test_validation_tells_row_rule_fields_code_severity_params(engine: qudao.Engine) -> None:
    frame = pl.DataFrame({"name": ["华为技术有限公司", "无"], "employees": [0, 5]})
    found = engine.validate("account", frame)
    assert not found
    assert found.violations.columns == ["row", "rule", "fields", "code", "severity", "params"]
    first, second = found.violations.to_dicts()
    assert (first["row"], first["rule"], first["fields"], first["severity"]) == (
        0,
        "account.employees",
        ["employees"],
        "warning",
    )
    assert json.loads(first["params"])["allowed"] == {"en": "at least 1", "zh-CN": "不小于 1"}
    assert json.loads(second["params"])["field"] == {"en": "Name", "zh-CN": "客户名称"}
    assert found.messages("zh-CN").column("message") == ["员工数：取值应不小于 1", "客户名称为必填项"]
    assert found.messages().column("message")[1] == found.messages(engine.locale).column("message")[1]
    summary = {r["rule"]: r for r in found.summary.to_dicts()}
    assert (summary["account.employees"]["checked"], summary["account.employees"]["failed"]) == (2, 1)
    assert [(row, v.rule) for row, v in found.findings(1)] == [(1, "account.name.required")]
    assert found.findings(1)[0][1].params["field"] == {"en": "Name", "zh-CN": "客户名称"}
    assert "not ok" in repr(found)


def test_uniqueness_holds_within_the_frame(engine: qudao.Engine) -> None:
    rows = [{"id": i, "name": f"公司{i}", "tax_id": "91350100M000100Y43"} for i in "ab"]
    assert [(r["row"], r["code"]) for r in engine.validate("account", rows).violations.to_dicts()] == [
        (0, "field.unique"),
        (1, "field.unique"),
    ]
    twice = [{"id": "a", "name": "Acme"}, {"id": "a", "name": "y"}]
    assert engine.validate("account", twice).violations.column("code") == ["record.duplicate_id"]


def test_a_rule_that_reads_the_clock_needs_now(engine: qudao.Engine) -> None:
    rows = [{"ends_on": date(2026, 11, 23)}]
    with pytest.raises(qudao.NowRequiredError) as caught:
        engine.validate("contract", rows)
    assert caught.value.code == "now_required"
    assert engine.validate("contract", rows, now=NOW).messages("en").column("message") == ["the contract has ended"]


def test_the_gate(engine: qudao.Engine) -> None:
    deal = {"id": "o1", "name": "Acme", "stage": "prospect"}
    closed = engine.gate("opportunity", deal, to="quoted")
    assert not closed
    assert closed.direction == "forward"
    assert [v.rule for v in closed.missing] == ["sale.quoted.entry.amount"]
    assert [v.text("zh-CN") for v in closed.missing] == ["金额未填写"]
    opened = engine.gate("opportunity", {**deal, "amount": 5}, to="quoted", actor=qudao.Actor("a"), now=NOW)
    assert opened.allowed
    assert opened.patch["stage"] == "quoted"
    assert any(t.rule == "sale.quoted.entry.amount" and t.outcome == "passed" for t in opened.trace)
    lost = engine.gate("opportunity", deal, to="lost")
    assert [v.rule for v in lost.missing] == ["sale.lost.require.loss_reason"]
    unknown = engine.gate("opportunity", deal, to="heaven")
    assert [v.code for v in unknown.missing] == ["stage.unknown"]
    with pytest.raises(qudao.InputError):
        engine.gate("opportunity", {"id": "o1", "amount": "much"}, to="quoted")


def test_a_gate_that_reads_the_clock_needs_now() -> None:
    engine = qudao.Engine.from_yaml(
        """
qudao: 1
processes:
  sale:
    object: opportunity
    stages:
      - {id: a}
      - {id: b, entry: [{id: soon, check: expected_close >= today(), message: due}]}
      - {id: won, class: won}
      - {id: lost, class: lost}
"""
    )
    deal = {"id": "o", "stage": "a", "expected_close": date(2026, 12, 1)}
    with pytest.raises(qudao.NowRequiredError):
        engine.gate("opportunity", deal, to="b")
    assert engine.gate("opportunity", deal, to="b", now=NOW)
    assert not engine.gate("opportunity", deal, to="b", now=datetime(2027, 1, 1, tzinfo=timezone.utc))


def test_completeness(engine: qudao.Engine) -> None:
    table = engine.completeness("account", [{"name": "Acme"}, {"name": "Acme", "phone": "0755-28780808"}])
    assert [str(s) for s in table.column("score")] == ["0.75", "1"]
    assert table.column("missing") == [["phone"], []]


def test_normal_forms(engine: qudao.Engine) -> None:
    assert engine.normalise("account", {"name": " 华为(深圳)技术有限公司 ", "phone": "N/A"}) == {"name": "华为（深圳）技术有限公司"}


def test_objects_that_are_not_there_suggest_one_that_is(engine: qudao.Engine) -> None:
    for call in (
        lambda: engine.validate("acount", []),
        lambda: engine.dedupe("acount", []),
        lambda: engine.fields("acount"),
        lambda: engine.gate("acount", {}, to="x"),
        lambda: engine.validate("account", [], related={"acount": []}),
    ):
        with pytest.raises(qudao.InputError) as caught:
            call()
        assert (caught.value.code, caught.value.params["suggestion"]) == ("object.unknown", "account")
