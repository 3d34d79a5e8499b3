"""The cases that every language runs. Their form and the rules of judging are in ``conformance/README.md``."""

from __future__ import annotations

import copy
import json
import os
from collections.abc import Iterator
from dataclasses import asdict
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import qudao

FOLDER = Path(__file__).parents[3] / "conformance"
FLIP = "QUDAO_CONFORMANCE_FLIP"
KINDS = ("validate", "normalise", "gate", "next_steps", "query", "match", "dedupe", "link", "kpi", "error")

Json = Any
Case = dict[str, Any]


# Cases


@cache
def engine(name: str) -> qudao.Engine:
    return qudao.Engine.from_file(FOLDER / "blueprints" / f"{name}.yaml")


@cache
def cases() -> tuple[Case, ...]:
    found: list[Case] = []
    for path in sorted((FOLDER / "cases").glob("*.json")):
        document = json.loads(path.read_text("utf-8"))
        fixtures = document.get("fixtures", {})
        for case in document["cases"]:
            assert case["name"].startswith(document["area"] + ".")
            assert case["kind"] in KINDS
            given = case["input"]
            given.update(copy.deepcopy(fixtures[given.pop("fixture")]) if "fixture" in given else {})
            given["setup"] = [
                command
                for item in given.get("setup", [])
                for command in (fixtures[item] if isinstance(item, str) else [item])
            ]
            found.append(case)
    assert len({c["name"] for c in found}) == len(found)
    return tuple(found)


# JSON of the files as values, and values as JSON of an observation


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def value(given: Json) -> Any:
    if isinstance(given, list):
        return [value(v) for v in given]
    if isinstance(given, dict):
        if "amount" in given:
            return qudao.Money(Decimal(given["amount"]), given["currency"])
        if "decimal" in given:
            return Decimal(given["decimal"])
        return date.fromisoformat(given["date"])
    return given


def row(given: Json) -> dict[str, Any]:
    return {name: value(v) for name, v in given.items()}


def rows(given: Json) -> list[dict[str, Any]]:
    return [row(r) for r in given]


def digits(number: Decimal | None) -> str | None:
    return None if number is None else format(number.normalize(), "f")


def shown(found: Any) -> Json:
    if isinstance(found, Decimal):
        return digits(found)
    if isinstance(found, qudao.Money):
        return {"amount": digits(found.amount), "currency": found.currency}
    if isinstance(found, datetime):
        utc = found.astimezone(timezone.utc)
        accuracy = "seconds" if utc.microsecond == 0 else "milliseconds" if utc.microsecond % 1000 == 0 else "microseconds"
        return utc.replace(tzinfo=None).isoformat(timespec=accuracy) + "Z"
    if isinstance(found, date):
        return found.isoformat()
    if isinstance(found, timedelta):
        return found // timedelta(microseconds=1)
    if isinstance(found, list):
        return [shown(v) for v in found]
    return found


def shown_record(of: qudao.Engine, record: qudao.Record) -> Json:
    fields = {f.name: shown(record.get(f.name)) for f in of.fields(record.object)}
    return {**fields, "id": record.id, "version": record.version}


def shown_violation(violation: qudao.Violation) -> Json:
    return {
        "rule": violation.rule,
        "code": violation.code,
        "severity": violation.severity,
        "fields": sorted(violation.fields),
        "en": violation.text("en"),
        "zh": violation.text("zh-CN"),
    }


def ordered(violations: list[Json]) -> list[Json]:
    return sorted(violations, key=lambda v: (v.get("row", 0), v["rule"], v["code"], v["fields"]))


# Commands


def actor(given: Json | None) -> qudao.Actor:
    if given is None:
        return qudao.Actor("alice")
    return qudao.Actor(given["id"], given.get("roles", ()), partner=given.get("partner"))


def command(given: Json) -> qudao.Command:
    kind, name, id = given["do"], given["object"], given["id"]
    common: dict[str, Any] = {
        "occurred_at": instant(given["occurred_at"]) if "occurred_at" in given else None,
        "key": given.get("key"),
        "acknowledge": [(a["rule"], a.get("records", [])) for a in given.get("acknowledge", [])],
        "operation": given.get("operation"),
    }
    values = row(given.get("set", {}))
    version = given.get("expected_version")
    if kind == "create":
        return qudao.Create(name, values, id=id, stage=given.get("stage"), **common)
    if kind == "update":
        return qudao.Update(name, id, values, expected_version=version, **common)
    if kind == "advance":
        return qudao.Advance(name, id, given["to"], values, expected_version=version, **common)
    if kind == "convert":
        deal = given.get("opportunity")
        return qudao.Convert(
            id, given.get("account"), given.get("contact"), None if deal is None else row(deal), **common
        )
    if kind == "merge":
        return qudao.Merge(name, id, given["others"], expected_version=version, **common)
    if kind == "unmerge":
        children = [(c["object"], c["id"]) for c in given.get("children", [])]
        take = given.get("take", [])
        return qudao.Unmerge(name, id, take=take, children=children, expected_version=version, **common)
    if kind == "import_history":
        stays = [qudao.HistoryVisit(v["stage"], instant(v["entered"]), reason=v.get("reason")) for v in given["visits"]]
        return qudao.ImportHistory(name, values, stays, id=id, process=given.get("process"), **common)
    if kind == "grant":
        expires = given.get("expires_at")
        return qudao.Grant(
            name,
            id,
            given["rule"],
            given["reason"],
            given.get("granted_to"),
            instant(expires) if expires else None,
            grant_id=given["grant"],
            **common,
        )
    raise AssertionError(f"there is no command {kind}")


def submit(workspace: qudao.Workspace, given: Json, now: datetime) -> qudao.Decision:
    at = instant(given["now"]) if "now" in given else now
    return workspace.session(actor(given.get("as")), "en").submit(command(given), at)


def prepared(of: qudao.Engine, given: Json, now: datetime) -> qudao.Workspace:
    workspace = qudao.Workspace(":memory:", of)
    for step in given["setup"]:
        decision = submit(workspace, step, now)
        assert decision.allowed, f"setup: {step} was refused: {decision.messages()}"
    return workspace


def decided(workspace: qudao.Workspace, step: Json, decision: qudao.Decision) -> Json:
    session = workspace.session(actor(step.get("as")), "en")
    record: qudao.Record | None = None
    visits: tuple[qudao.Visit, ...] = ()
    try:
        record = session.get(step["object"], step["id"])
        visits = session.visits(step["object"], step["id"])
    except qudao.NotFoundError:
        pass
    return {
        "allowed": decision.allowed,
        "violations": ordered([shown_violation(v) for v in decision.violations]),
        "duplicates": [
            {"rule": d.rule, "record": d.record, "action": d.action, "disclosure": d.disclosure}
            for d in decision.duplicates
        ],
        "replayed": decision.replayed,
        "values": None if record is None else shown_record(workspace.engine, record),
        "version": None if record is None else record.version,
        "visits": [{"stage": v.stage, "class": v.stage_class, "reason": v.reason} for v in visits],
    }


# Observations


def observe(case: Case) -> Json:
    given, kind = case["input"], case["kind"]
    now = instant(given["now"]) if "now" in given else None
    if kind == "error":
        return observe_error(case, given, now)
    of = engine(case["blueprint"])
    if kind == "validate":
        return observe_validation(of, given, now)
    if kind == "match":
        return observe_match(of, given)
    if kind == "dedupe":
        return observe_duplicates(of, given)
    if kind == "link":
        return observe_link(of, given)
    assert now is not None
    if kind == "kpi":
        return observe_kpis(of, given, now)
    workspace = prepared(of, given, now)
    if kind == "normalise":
        step = {"do": "create", "object": given["object"], "id": "new", "set": given["set"]}
        return decided(workspace, step, submit(workspace, step, now))
    if kind == "gate":
        return decided(workspace, given["step"], submit(workspace, given["step"], now))
    session = workspace.session(actor(given.get("as")), "en")
    if kind == "next_steps":
        steps = session.next_steps(given["object"], given["id"], now)
        return {
            "steps": [
                {
                    "stage": s.stage,
                    "class": s.stage_class,
                    "direction": s.direction,
                    "allowed": s.allowed,
                    "missing": sorted(v.rule for v in s.missing),
                    "advised": sorted(v.rule for v in s.advised),
                }
                for s in steps
            ]
        }
    page = ask(session, given["query"], now)
    return {"total": page.total, "rows": [shown_record(of, r) for r in page]}


def ask(session: qudao.Session, query: Json, now: datetime) -> qudao.Page:
    sort = [("-" if s["order"] == "descending" else "") + s["field"] for s in query.get("sort", [])]
    page = {k: query[k] for k in ("limit", "offset") if k in query}
    return session.query(query["object"], query.get("filter"), sort=sort, now=now, **page)


def observe_validation(of: qudao.Engine, given: Json, now: datetime | None) -> Json:
    related = {name: rows(table) for name, table in given.get("related", {}).items()}
    found = of.validate(given["object"], rows(given["rows"]), related=related, now=now)
    violations = [{"row": at, **shown_violation(v)} for at, v in found.findings()]
    # The table and the objects say the same.
    table = [{k: r[k] for k in ("row", "rule", "code", "severity")} for r in found.violations.to_dicts()]
    assert table == [{k: v[k] for k in ("row", "rule", "code", "severity")} for v in violations]
    return {"ok": found.ok, "violations": ordered(violations)}


def observe_match(of: qudao.Engine, given: Json) -> Json:
    name, left, right = given["object"], row(given["left"]), row(given["right"])
    of = with_model(of, given)
    found = of.dedupe(name, [left, right])
    same = bool(found.groups)
    assert any(p >= found.threshold for p in map(Decimal, map(str, found.pairs.column("probability")))) == same
    now = instant("2026-03-02T02:00:00Z")
    with qudao.Workspace(":memory:", of) as workspace:
        session = workspace.session(qudao.Actor("alice"), "en")
        assert session.submit(qudao.Create(name, left, id="left"), now)
        duplicates = session.find_duplicates(name, right)
        certain = [d for d in duplicates if d.probability is not None and d.probability >= found.threshold]
    assert bool(certain) == same, "the table and the workspace disagree"
    why = found.explain(0, 1)
    assert of.explain_pair(name, left, right) == why
    return {
        "match": same,
        "veto": why.veto,
        "related": why.related,
        "levels": {e.field: e.level for e in why.fields},
        "probability": digits(why.probability),
        "weights": {e.field: digits(e.weight) for e in why.fields},
        "frequencies": {e.field: None if e.frequency is None else asdict(e.frequency) for e in why.fields},
    }


def find_duplicates(of: qudao.Engine, given: Json) -> qudao.Duplicates:
    previous = given.get("previous")
    if previous is None:
        return of.dedupe(given["object"], rows(given["rows"]))
    before = [{"id": record, "cluster_id": cluster} for record, cluster in previous.get("records", {}).items()]
    retired = [{"id": None, "cluster_id": cluster} for cluster in previous.get("retired", [])]
    return of.dedupe(given["object"], rows(given["rows"]), previous=[*before, *retired])


def observe_duplicates(of: qudao.Engine, given: Json) -> Json:
    found = find_duplicates(of, given)
    golden = found.golden()
    lineage = golden.lineage.to_dicts()
    fields = [f.name for f in of.fields(given["object"])]

    def cells(cluster: int) -> Json:
        lines = [line for line in lineage if line["cluster_id"] == cluster]
        return {
            line["field"]: {
                "row": line["row"],
                "value": line["value"],
                "rule": line["rule"],
                "lost": [
                    {"row": lost["row"], "value": lost["value"]}
                    for lost in lines
                    if lost["field"] == line["field"] and not lost["survived"]
                ],
            }
            for line in lines
            if line["survived"]
        }

    out: dict[str, Json] = {
        "clusters": found.clusters.column("cluster_id").to_list(),
        "golden": [
            {
                "rows": row["rows"],
                "master": row["master"],
                "values": {"id": row["id"], **{name: shown(row.get(name)) for name in fields}},
                "traced": sorted(cells(row["cluster_id"])),
                "cells": cells(row["cluster_id"]),
            }
            for row in golden.to_dicts()
        ],
    }
    if "previous" in given:
        ids = found.ids.to_dicts()
        frame: Any = found.frame(stable=True)
        out["ids"] = [row["cluster_id"] for row in frame]
        out["next"] = {
            "records": {row["id"]: row["cluster_id"] for row in ids if row["id"] is not None},
            "retired": [row["cluster_id"] for row in ids if row["id"] is None],
        }
        out["changes"] = [
            {
                "cluster": row["cluster_id"],
                "previous": row["previous_id"],
                "rows": row["rows"],
                "change": row["change"],
            }
            for row in found.changes.to_dicts()
        ]
    return out


def observe_link(of: qudao.Engine, given: Json) -> Json:
    one_to_one = given.get("one_to_one", False)
    found = of.link(given["object"], rows(given["left"]), rows(given["right"]), one_to_one=one_to_one)

    def pairs(table: qudao.Table) -> Json:
        return [{"left": p["left"], "right": p["right"]} for p in table.to_dicts()]

    return {"pairs": pairs(found.pairs), "related": pairs(found.related)}


def with_model(of: qudao.Engine, given: Json) -> qudao.Engine:
    """The engine with the weights that the case gives, or learns from a table."""
    if "model" in given:
        return of.with_model(given["model"])
    if "learn" not in given:
        return of
    model = of.dedupe(given["object"], rows(given["learn"])).train([]).model
    assert model is not None
    return of.with_model(model)


ORDER = ("partner", "account", "campaign", "lead", "opportunity", "activity")


def kpi_query(given: Json) -> dict[str, Any]:
    def end(text: str | None) -> date | datetime | None:
        if text is None:
            return None
        return instant(text) if "T" in text else date.fromisoformat(text)

    window = given.get("window")
    return {
        "metrics": given.get("metrics"),
        "by": given.get("by", ()),
        "window": None if window is None else qudao.Window(end(window.get("from")), end(window.get("to"))),
        "basis": given.get("basis"),
        "zone": given.get("zone"),
        "rates": [
            (r["from"], r["into"], date.fromisoformat(r["date"]), Decimal(r["rate"])) for r in given.get("rates", [])
        ],
    }


def kpis_of_tables(of: qudao.Engine, given: Json, now: datetime) -> qudao.KpiReport:
    data = {name: rows(table) for name, table in given.get("data", {}).items()}
    visits = rows(given.get("visits", []))
    return of.kpis({**data, "visit": visits}, now=now, **kpi_query(given))


def observe_kpis(of: qudao.Engine, given: Json, now: datetime) -> Json:
    tables = shown_report(kpis_of_tables(of, given, now))
    if not given.get("tables_only"):
        workspace = loaded(of, given, now)
        session = workspace.session(qudao.Actor("alice"), "en")
        assert shown_report(session.kpis(now=now, **kpi_query(given))) == tables, "tables and workspace disagree"
    return tables


def loaded(of: qudao.Engine, given: Json, now: datetime) -> qudao.Workspace:
    workspace = qudao.Workspace(":memory:", of)
    data = given.get("data", {})
    assert set(data) <= set(ORDER)
    for name in ORDER:
        for record in data.get(name, []):
            values = {k: v for k, v in record.items() if k != "id"}
            step = {"do": "create", "object": name, "id": record["id"], "set": values, "operation": "import"}
            if name == "opportunity":
                stays = [v for v in given.get("visits", []) if v["record"] == record["id"]]
                step |= {"do": "import_history", "process": "sale", "visits": stays}
            decision = submit(workspace, step, now)
            assert decision.allowed, f"{step} was refused: {decision.messages()}"
    return workspace


def shown_report(report: qudao.KpiReport) -> Json:
    assert [digits(v) for v in report.column("value")] == [digits(v.value) for v in report]
    return {
        "rows": [
            {
                "metric": v.metric,
                "part": v.part,
                "group": {k: shown(x) for k, x in v.group.items()},
                "value": digits(v.value),
                "undefined": v.reason,
                "unit": v.unit,
                "currency": v.currency,
                "n": v.n,
                "numerator": digits(v.numerator),
                "denominator": digits(v.denominator),
                "excluded": [{"reason": e.reason, "count": e.count} for e in v.excluded],
                "censored": v.censored,
                "reopened": v.reopened,
                "small_sample": v.small_sample,
                "partial_window": v.partial_window,
                "basis": v.basis,
                "numerator_ids": list(v.ids.numerator),
                "denominator_ids": list(v.ids.denominator),
            }
            for v in report
        ]
    }


def observe_error(case: Case, given: Json, now: datetime | None) -> Json:
    try:
        call(case, given, now)
    except qudao.QudaoError as error:
        lints = [
            {
                "code": lint.code,
                "line": lint.line,
                "path": lint.path,
                "suggestion": lint.params.get("suggestion"),
                "en": lint.text("en"),
                "zh": lint.text("zh-CN"),
            }
            for lint in getattr(error, "lints", ())
            if lint.severity == "error"
        ]
        return {
            "code": error.code,
            "suggestion": error.params.get("suggestion"),
            "lints": sorted(lints, key=lambda e: (e["line"] or 0, e["path"], e["code"])),
            "en": error.text("en"),
            "zh": error.text("zh-CN"),
        }
    return {"code": None, "suggestion": None, "lints": [], "en": None, "zh": None}


def call(case: Case, given: Json, now: datetime | None) -> object:
    name = given["call"]
    if name == "from_yaml":
        return qudao.Engine.from_yaml(given["yaml"])
    of = engine(case["blueprint"])
    if name == "validate":
        related = {k: rows(v) for k, v in given.get("related", {}).items()}
        return of.validate(given["object"], rows(given["rows"]), related=related, now=now)
    if name == "dedupe":
        return find_duplicates(of, given)
    assert now is not None
    if name == "kpis":
        return kpis_of_tables(of, given, now)
    workspace = prepared(of, given, now)
    if name == "session_of":
        return workspace.session(given["user"])
    session = workspace.session(actor(given.get("as")), "en")
    if name == "get":
        return session.get(given["object"], given["id"])
    if name == "next_steps":
        return session.next_steps(given["object"], given["id"], now)
    if name == "submit":
        return submit(workspace, given["command"], now)
    if name == "query":
        return ask(session, given["query"], now)
    if name == "session_kpis":
        return session.kpis(now=now, **kpi_query(given))
    if name == "export_log":
        return session.export_log()
    raise AssertionError(f"there is no call {name}")


# Judging


def judge(expected: Json, observed: Json, path: str = "") -> list[str]:
    if isinstance(expected, dict) and isinstance(observed, dict):
        return [
            line
            for key, wanted in expected.items()
            for line in (
                judge(wanted, observed[key], f"{path}/{key}") if key in observed else [f"{path}/{key}: observed nothing"]
            )
        ]
    if isinstance(expected, list) and isinstance(observed, list) and len(expected) == len(observed):
        pairs = enumerate(zip(expected, observed, strict=True))
        return [line for i, (wanted, found) in pairs for line in judge(wanted, found, f"{path}/{i}")]
    # In Python True is 1, in JSON it is not.
    if expected == observed and isinstance(expected, bool) == isinstance(observed, bool):
        return []
    return [f"{path}: expected {expected!r}, observed {observed!r}"]


def wrong(given: Json) -> Json:
    if isinstance(given, bool):
        return not given
    if isinstance(given, int):
        return given + 1
    if isinstance(given, str):
        return given + "~"
    if isinstance(given, list):
        return given[:-1] if given else ["~"]
    return "~"


def flips(expected: Json) -> Iterator[Json]:
    """The expectation with each of its values wrong, one at a time."""
    if isinstance(expected, dict):
        for key in sorted(expected):
            for flipped in flips(expected[key]):
                yield {**expected, key: flipped}
        return
    if isinstance(expected, list):
        for i, item in enumerate(expected):
            for flipped in flips(item):
                yield [*expected[:i], flipped, *expected[i + 1 :]]
    yield wrong(expected)


def check(case: Case) -> None:
    differences = judge(case["expected"], observe(case))
    assert not differences, "\n".join([case["reason"], *differences])


@pytest.mark.parametrize("case", cases(), ids=lambda c: c["name"])
def test_case(case: Case) -> None:
    if case["name"] == os.environ.get(FLIP):
        case = {**case, "expected": next(flips(case["expected"]))}
    check(case)


def test_there_are_enough_cases() -> None:
    assert len(cases()) >= 150
    if FLIP in os.environ:
        assert os.environ[FLIP] in {c["name"] for c in cases()}


def test_every_flipped_expectation_is_noticed() -> None:
    noticed = 0
    for case in cases():
        observed = observe(case)
        for flipped in flips(case["expected"]):
            assert judge(flipped, observed), case["name"]
            noticed += 1
    assert noticed > 4 * len(cases())


@pytest.mark.parametrize("kind", KINDS)
def test_a_flipped_case_turns_the_runner_red(kind: str) -> None:
    case = next(c for c in cases() if c["kind"] == kind)
    check(case)
    with pytest.raises(AssertionError):
        check({**case, "expected": next(flips(case["expected"]))})
