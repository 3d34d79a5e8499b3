"""The story of a deal, through a session."""

from __future__ import annotations

import pickle
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import qudao

NOW = datetime(2026, 3, 2, 2, tzinfo=timezone.utc)


def test_a_deal_from_lead_to_won(session: qudao.Session) -> None:
    made = session.submit(qudao.Create("account", {"name": "华东电力设计院"}, id="a1"), NOW)
    assert made
    assert made.id == "a1"
    assert made.records == (qudao.RecordKey("account", "a1"),)
    deal = session.submit(qudao.Create("opportunity", {"name": "总部大楼", "account": "a1"}), NOW)
    assert deal.id is not None
    assert [v.stage for v in deal.visits] == ["prospect"]

    steps = {s.stage: s for s in session.next_steps("opportunity", deal.id, NOW)}
    assert not steps["quoted"].allowed
    assert [v.text() for v in steps["quoted"].missing] == ["the amount is not known"]
    assert steps["quoted"].missing[0].text("zh-CN") == "金额未填写"
    assert steps["quoted"].label == "Quoted"

    blocked = session.submit(qudao.Advance("opportunity", deal.id, "quoted"), NOW)
    assert not blocked
    assert blocked.messages() == ["the amount is not known"]
    assert [v.rule for v in blocked.blocking] == ["sale.quoted.entry.amount"]

    amount = qudao.Update("opportunity", deal.id, {"amount": Decimal("90000.50")}, expected_version=1)
    assert session.submit(amount, NOW + timedelta(days=1))
    stale = session.submit(qudao.Update("opportunity", deal.id, {"name": "Acme"}, expected_version=1), NOW)
    assert [v.code for v in stale.violations] == ["record.version_conflict"]

    for day, stage in ((2, "quoted"), (9, "won")):
        assert session.submit(qudao.Advance("opportunity", deal.id, stage), NOW + timedelta(days=day)).allowed
    record = session.get("opportunity", deal.id)
    assert record["outcome"] == "won"
    assert record["closed_at"] == NOW + timedelta(days=9)
    assert record["amount"] == qudao.Money("90000.50", "CNY")
    assert record.get("loss_reason") is None
    assert [(v.stage, v.left is None) for v in session.visits("opportunity", deal.id)] == [
        ("prospect", False),
        ("quoted", False),
        ("won", True),
    ]
    history = session.history("opportunity", deal.id)
    assert [h.command for h in history] == ["create", "advance", "update", "update", "advance", "advance"]
    assert [h.allowed for h in history] == [True, False, True, False, True, True]
    assert history[2].changes[0].field == "amount"
    assert history[2].changes[0].before is None

    report = session.kpis(metrics=["win_rate", "sales_cycle"], now=NOW + timedelta(days=30))
    assert report.whole("win_rate").value == Decimal(1)
    assert report.whole("sales_cycle", "median").value == Decimal(9)
    assert report.whole("win_rate").ids.numerator == (deal.id,)


def test_duplicates_are_found_on_save(session: qudao.Session) -> None:
    session.submit(qudao.Create("account", {"name": "华为技术有限公司"}, id="a1"), NOW)
    draft = {"name": "華為技術有限公司"}
    assert [d.record for d in session.find_duplicates("account", draft)] == ["a1"]
    check = session.check(qudao.Create("account", draft), NOW)
    assert not check.allowed
    assert session.counts() == {"account": 1}
    blocked = session.submit(qudao.Create("account", draft), NOW)
    assert [(d.rule, d.action, d.record) for d in blocked.duplicates] == [("account.dup", "block", "a1")]
    assert {e.field: e.level for e in blocked.duplicates[0].evidence}["name"] == "exact"


def test_warnings_are_acknowledged_by_name(session: qudao.Session) -> None:
    session.submit(qudao.Create("account", {"name": "华为技术有限公司"}, id="a1"), NOW)
    session.submit(qudao.Create("account", {"name": "中兴通讯股份有限公司"}, id="a2"), NOW)
    change = {"name": "华为技术有限公司"}
    warned = session.submit(qudao.Update("account", "a2", change), NOW)
    assert not warned.allowed
    assert session.submit(qudao.Update("account", "a2", change, acknowledge=[("account.dup", ["a1"])]), NOW).allowed


def test_the_same_key_does_the_work_once(session: qudao.Session) -> None:
    command = qudao.Create("account", {"name": "Acme"}, key="k-1")
    first, second = session.submit(command, NOW), session.submit(command, NOW)
    assert not first.replayed
    assert second.replayed
    assert first.id == second.id
    assert session.query("account").total == 1


def test_convert_and_history_and_grant(session: qudao.Session) -> None:
    session.submit(qudao.Create("lead", {"company": "Acme", "name": "Li Wei"}, id="l1"), NOW)
    done = session.submit(qudao.Convert("l1", opportunity={"name": "Deal"}), NOW)
    assert done.allowed, done.messages()
    assert [k.object for k in done.records] == ["account", "contact", "opportunity", "lead"]

    visits = [
        qudao.HistoryVisit("prospect", NOW - timedelta(days=9)),
        qudao.HistoryVisit("lost", NOW - timedelta(days=2), reason="price"),
    ]
    past = session.submit(qudao.ImportHistory("opportunity", {"name": "Old"}, visits, id="o9"), NOW)
    assert past.allowed, past.messages()
    assert session.get("opportunity", "o9")["loss_reason"] == "price"

    deal = session.submit(qudao.Create("opportunity", {"name": "New"}, id="o1"), NOW)
    assert deal.allowed
    grant = qudao.Grant("opportunity", "o1", "sale.quoted.entry.amount", "tender without a price", expires_at=NOW + timedelta(days=1))
    assert session.submit(grant, NOW).allowed
    moved = session.submit(qudao.Advance("opportunity", "o1", "quoted"), NOW)
    assert moved.allowed
    assert [t.rule for t in moved.trace if t.outcome == "granted"] == ["sale.quoted.entry.amount"]


def test_query_sorts_filters_and_speaks_arrow(session: qudao.Session) -> None:
    for i, employees in enumerate([5, None, 50, 500]):
        session.submit(qudao.Create("account", {"name": f"公司{i}甲", "employees": employees}, id=f"a{i}"), NOW)
    page = session.query("account", "employees > 1", sort="-employees", limit=2)
    assert page.total == 3
    assert [r.id for r in page] == ["a3", "a2"]
    assert page[0]["employees"] == 500
    frame = page.to_polars()
    assert frame["id"].to_list() == ["a3", "a2"]
    assert frame["employees"].to_list() == [500, 50]
    assert frame.schema["seen_at"] == pl.Datetime("us", "UTC")
    assert frame.schema["since"] == pl.Date
    # What came out goes in again.
    assert session.query("account", "name == '公司0甲'")[0].id == "a0"
    assert session.query("account", sort=["employees", "-name"], offset=3)[0].id == "a1"


def test_records_go_back_into_the_engine(engine: qudao.Engine, session: qudao.Session) -> None:
    session.submit(qudao.Create("opportunity", {"name": "Acme", "amount": 5}, id="o1"), NOW)
    record = session.get("opportunity", "o1")
    assert engine.gate("opportunity", record, to="quoted", now=NOW).allowed
    assert engine.validate("opportunity", [record], related={"partner": []}).ok
    assert engine.validate("opportunity", session.query("opportunity"), related={"partner": []}).ok


def test_roles_hold_in_every_read() -> None:
    engine = qudao.Engine.starter("channel-sale")
    workspace = qudao.Workspace(":memory:", engine)
    boss = workspace.session(qudao.Actor("mia", ["channel_manager"]))
    boss.submit(qudao.Create("partner", {"name": "宏远贸易有限公司", "type": "agent", "tax_id": "91350100M000100Y43"}, id="p1"), NOW)
    values = {"name": "南方零售有限公司", "partner": "p1", "annual_revenue": 100}
    made = boss.submit(qudao.Create("account", values, id="a1"), NOW)
    assert made.allowed, made.messages()
    own = workspace.session(qudao.Actor("pei", ["partner_rep"], partner="p1"))
    other = workspace.session(qudao.Actor("lin", ["partner_rep"], partner="p2"))
    assert boss.get("account", "a1")["annual_revenue"] == qudao.Money(100, "CNY")
    assert "annual_revenue" not in own.get("account", "a1")
    with pytest.raises(qudao.NotFoundError) as missing:
        other.get("account", "a1")
    with pytest.raises(qudao.NotFoundError) as absent:
        other.get("account", "a7")
    assert missing.value.text() == absent.value.text()
    assert other.query("account").total == 0
    with pytest.raises(qudao.AccessError) as masked:
        own.query("account", "annual_revenue > 5")
    assert masked.value.code == "field.masked"
    with pytest.raises(qudao.AccessError):
        own.export_log()
    assert [e.command for e in boss.export_log()] == ["create", "create"]
    with pytest.raises(qudao.AccessError) as unknown:
        workspace.session("nobody")
    assert unknown.value.code == "actor.unknown"


def test_a_user_record_gives_its_roles() -> None:
    workspace = qudao.Workspace(":memory:", qudao.Engine.starter("channel-sale"))
    boss = workspace.session(qudao.Actor("root", ["channel_manager"]))
    user = {"name": "Mia", "roles": ["channel_manager"], "team": "east", "active": True}
    assert boss.submit(qudao.Create("user", user, id="mia"), NOW).allowed
    session = workspace.session("mia", "zh-CN")
    assert session.actor == qudao.Actor("mia", {"channel_manager"}, team="east")
    assert session.locale == "zh-CN"


def test_a_workspace_on_disk(tmp_path: Path, engine: qudao.Engine) -> None:
    path = tmp_path / "channel.db"
    with qudao.Workspace(path, engine) as workspace:
        session = workspace.session("alice")
        session.submit(qudao.Create("account", {"name": "Acme"}, id="a1"), NOW)
        assert workspace.verify().ok
        assert workspace.rebuild() == 1
        assert workspace.verify()
        assert workspace.integrity_check() == []
        event = workspace.outbox()[0].event
        assert (event["specversion"], event["subject"]) == ("1.0", "account/a1")
    assert workspace.closed
    with pytest.raises(qudao.StoreError) as closed:
        session.get("account", "a1")
    assert closed.value.code == "workspace.closed"
    assert "closed" in repr(workspace)
    with qudao.Workspace(path, engine, must_exist=True) as again:
        assert again.session("bob").get("account", "a1")["name"] == "Acme"


def test_another_blueprint_is_previewed_and_migrated(tmp_path: Path, engine: qudao.Engine) -> None:
    path = tmp_path / "channel.db"
    with qudao.Workspace(path, engine) as workspace:
        workspace.session("alice").submit(qudao.Create("account", {"name": "Acme", "score": 1}, id="a1"), NOW)
    other = qudao.Engine.from_yaml("qudao: 1\ncurrency: CNY\n")
    with pytest.raises(qudao.BlueprintChangedError) as changed:
        qudao.Workspace(path, other)
    assert changed.value.code == "blueprint.changed"
    assert changed.value.params == {"stored": engine.hash, "given": other.hash}
    preview = qudao.Workspace.preview(path, other)
    assert preview is not None
    assert preview.fields_unknown == {"account.score": 1}
    assert qudao.Workspace.preview(path, engine) is None
    with qudao.Workspace.migrate(path, other, actor="alice", now=NOW) as migrated:
        assert migrated.migration == preview
        record = migrated.session("alice").get("account", "a1")
        assert record.unknown == {"score": Decimal(1)}


def test_small_objects_are_values(session: qudao.Session, engine: qudao.Engine) -> None:
    session.submit(qudao.Create("account", {"name": "Acme", "since": date(2026, 1, 1)}, id="a1"), NOW)
    decision = session.submit(qudao.Create("account", {}), NOW)
    record = session.get("account", "a1")
    for thing in (decision, record, engine, qudao.Money("1.5", "CNY"), qudao.Actor("a", ["b"]), qudao.guess([{"phone": "1"}])):
        back = pickle.loads(pickle.dumps(thing))
        assert back == thing
        assert repr(back) == repr(thing)
    assert pickle.loads(pickle.dumps(decision)).violations[0].text("zh-CN")
    assert hash(record) == hash(pickle.loads(pickle.dumps(record)))
    with pytest.raises(AttributeError):
        decision.allowed = True  # type: ignore[misc]
    with pytest.raises(TypeError):
        qudao.Money(1.5, "CNY")  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        qudao.Actor("a", "role")


def test_now_is_the_current_time_where_it_is_left_out(session: qudao.Session) -> None:
    before = datetime.now(timezone.utc)
    session.submit(qudao.Create("account", {"name": "Acme"}, id="a1"))
    made = session.get("account", "a1")["created_at"]
    assert before - timedelta(seconds=1) <= made <= datetime.now(timezone.utc)


def test_records_become_one_and_two_again(session: qudao.Session) -> None:
    accounts: dict[str, dict[str, Any]] = {
        "m1": {"name": "Zebra Trading", "city": "Chengdu"},
        "m2": {"name": "Yak Industries", "employees": 5, "vip": True},
        "m3": {"name": "Xylo Works", "score": Decimal("1.5")},
    }
    for id, values in accounts.items():
        assert session.submit(qudao.Create("account", values, id=id), NOW)
    assert session.submit(qudao.Create("contact", {"name": "Li", "account": "m2"}, id="mc"), NOW)
    merged = session.merge("account", "m1", ["m2", "m3"], expected_version=1, now=NOW)
    assert merged, merged.messages()
    assert [r.id for r in merged.records] == ["m1", "m2", "m3", "mc"]
    record = session.get("account", "m2")
    assert (record.id, record["vip"], record["score"], record["city"]) == ("m1", True, Decimal("1.5"), "Chengdu")
    assert session.get("contact", "mc")["account"] == "m1"
    lineage = session.lineage("account", "m3")
    assert (lineage.record, lineage.merged) == ("m1", ("m2", "m3"))
    names = [(x["record"], x["value"], x["survived"]) for x in lineage.to_dicts() if x["field"] == "name"]
    assert names == [("m1", "Zebra Trading", True), ("m2", "Yak Industries", False), ("m3", "Xylo Works", False)]
    assert pl.DataFrame(lineage).height == len(lineage)
    assert session.submit(qudao.Update("account", "m1", {"industry": "steel", "employees": 6}), NOW)
    assert session.unmerge("account", "m2", take=["industry"], now=NOW)
    back, left = session.get("account", "m2"), session.get("account", "m1")
    assert (back["industry"], back["employees"], back["vip"]) == ("steel", 5, True)
    # A later edit stays; what came from the record that went is gone.
    assert (left.get("industry"), left["employees"], left.get("vip"), left["score"]) == (None, 6, None, Decimal("1.5"))
    assert session.get("contact", "mc")["account"] == "m2"
    refused = session.merge("account", "m1", "m1", now=NOW)
    assert not refused
    assert refused.messages() == ["a record cannot be merged into itself"]
    with pytest.raises(qudao.NotFoundError):
        session.unmerge("account", "nobody", now=NOW)
    with pytest.raises(qudao.InputError) as caught:
        session.submit(qudao.Merge("account", "m1", "m2"), NOW)
    assert caught.value.code == "command.bad_argument"
    with pytest.raises(qudao.InputError):
        session.submit(qudao.Unmerge("account", "m3", children=["mc"]), NOW)  # type: ignore[list-item]
