"""Duplicates in frames, with a blueprint and without."""

from __future__ import annotations

import csv
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import qudao

ROWS = [
    {"name": "华为技术有限公司", "phone": "0755-28780808"},
    {"name": "中兴通讯股份有限公司", "phone": "0755-26770000"},
    {"name": "華為技術有限公司", "phone": "+86 755 2878 0808"},
    {"name": "华为技术有限公司北京分公司", "phone": "010-12345678"},
]


def test_clusters_pairs_and_why(engine: qudao.Engine) -> None:
    found = engine.dedupe("account", pl.DataFrame(ROWS))
    assert found.clusters.to_dicts() == [
        {"row": 0, "cluster_id": 0},
        {"row": 1, "cluster_id": 1},
        {"row": 2, "cluster_id": 0},
        {"row": 3, "cluster_id": 3},
    ]
    assert found.groups == [[0, 2]]
    assert found.count == 1
    pairs = found.pairs.to_dicts()
    assert [(p["left"], p["right"]) for p in pairs] == [(0, 2)]
    assert 0.95 <= pairs[0]["probability"] <= 1
    why = found.explain(0, 2)
    assert why.probability == Decimal(str(pairs[0]["probability"]))
    assert [(e.field, e.level) for e in why.fields if e.level != "missing"] == [("name", "exact"), ("phone", "exact")]
    name = next(e for e in why.fields if e.field == "name")
    assert (name.left, name.right) == ("华为技术有限公司", "華為技術有限公司")
    assert sum(e.weight for e in why.fields) + (why.fields[0].total - why.fields[0].weight) == why.fields[-1].total
    assert "exact" in repr(why)
    assert found.explain(0, 1).probability < Decimal("0.5")
    assert [(p["left"], p["right"]) for p in found.related.to_dicts()] == [(0, 3), (2, 3)]
    assert found.explain(0, 3).related
    assert found.problems.to_dicts() == []
    assert found.oversized == ()


def test_the_frame_makes_no_difference_nor_do_threads(engine: qudao.Engine) -> None:
    expected = engine.dedupe("account", ROWS).pairs
    for frame in (pd.DataFrame(ROWS), pa.Table.from_pylist(ROWS)):
        assert engine.dedupe("account", frame, threads=2).pairs == expected
    with pytest.raises(qudao.InputError) as caught:
        engine.dedupe("account", ROWS, threads=0)
    assert caught.value.code == "matching.bad_threads"


def test_thresholds(engine: qudao.Engine) -> None:
    assert engine.dedupe("account", ROWS).threshold == Decimal("0.95")
    for share in (1, 0.999999, Decimal("0.5")):
        assert engine.dedupe("account", ROWS, threshold=share).threshold == Decimal(str(share))
    bad: Any
    for bad in (1.5, -1, "0.5", float("nan"), True):
        with pytest.raises(qudao.InputError) as caught:
            engine.dedupe("account", ROWS, threshold=bad)
        assert caught.value.code == "matching.bad_threshold"


def test_link(engine: qudao.Engine) -> None:
    found = engine.link("account", ROWS[:2], [ROWS[3], ROWS[2]])
    assert [(p["left"], p["right"]) for p in found.pairs.to_dicts()] == [(0, 1)]
    assert {e.field: e.level for e in found.explain(0, 1).fields}["name"] == "exact"
    with pytest.raises(qudao.InputError) as caught:
        found.explain(0, 7)
    assert caught.value.code == "frame.no_row"
    with pytest.raises(qudao.InputError):
        found.explain(-1, 0)


def test_link_one_to_one(engine: qudao.Engine) -> None:
    right = [{**ROWS[0], "phone": "0755-28780809"}, ROWS[0], ROWS[1]]
    assert len(engine.link("account", [ROWS[0], ROWS[2], ROWS[1]], right).pairs) > 3
    found = engine.link("account", [ROWS[0], ROWS[2], ROWS[1]], right, one_to_one=True)
    pairs = [(p["left"], p["right"]) for p in found.pairs.to_dicts()]
    # Both of the first two are most like row 1: the one with the smaller id has it, and the other what is left.
    assert pairs == [(0, 1), (1, 0), (2, 2)]
    assert "one_to_one" not in repr(found) and found.explain(1, 0).probability > 0


def test_compare_says_why_two_codes_forbid_a_pair(engine: qudao.Engine) -> None:
    a = {"name": "宏远贸易有限公司", "tax_id": "91350100M000100Y43"}
    b = {"name": "宏远贸易有限公司", "tax_id": "91440300708461136T"}
    why = engine.explain_pair("account", a, b)
    assert why.veto == "tax_id"
    assert "tax_id" in repr(why)


def test_an_object_without_a_rule(engine: qudao.Engine) -> None:
    with pytest.raises(qudao.InputError) as caught:
        engine.dedupe("contract", [])
    assert caught.value.code == "matching.no_rule"


CUSTOMERS = [
    {"公司名称": r["name"], "联系电话": r["phone"], "备注": "x"} for r in ROWS
]


def test_without_a_blueprint_the_columns_are_guessed() -> None:
    found = qudao.dedupe(pl.DataFrame(CUSTOMERS))
    assert found.groups == [[0, 2]]
    assert [(c.column, c.kind) for c in found.guess.columns][:2] == [("公司名称", "company"), ("联系电话", "phone")]
    assert "company_name" in str(found.guess)
    assert found.explain(0, 2).fields
    assert qudao.dedupe(pd.DataFrame(CUSTOMERS)).pairs == found.pairs
    assert qudao.dedupe(CUSTOMERS).pairs == found.pairs
    stream = pa.Table.from_pylist(CUSTOMERS).to_reader()
    assert qudao.dedupe(stream).pairs == found.pairs


def test_a_guess_may_be_edited() -> None:
    guess = qudao.guess(CUSTOMERS)
    phone = next(c.field for c in guess.columns if c.kind == "phone")
    company = next(c.field for c in guess.columns if c.kind == "company")
    guess.rule["compare"] = {phone: "phone"}
    guess.rule["block"] = [[phone]]
    found = qudao.dedupe(CUSTOMERS, guess=guess, threshold=0.5)
    assert [e.field for e in found.explain(0, 2).fields] == [phone]
    guess.rule["compare"] = {company: "smell"}
    with pytest.raises(qudao.QudaoError):
        qudao.dedupe(CUSTOMERS, guess=guess)
    guess.rule["compare"] = object()
    with pytest.raises(qudao.InputError) as caught:
        qudao.dedupe(CUSTOMERS, guess=guess)
    assert caught.value.code == "matching.bad_guess"


def test_files(tmp_path: Path) -> None:
    path, out = tmp_path / "customers.csv", tmp_path / "out"
    with path.open("w", encoding="gb18030", newline="") as file:
        writer = csv.DictWriter(file, CUSTOMERS[0])
        writer.writeheader()
        writer.writerows([r for r in CUSTOMERS if r["公司名称"] != "華為技術有限公司"] + [CUSTOMERS[0]])
    qudao.dedupe_csv(path, out)
    with (out / "pairs.csv").open(encoding="utf-8-sig", newline="") as file:
        assert [(r["left"], r["right"], r["relation"]) for r in csv.DictReader(file)][0] == ("0", "3", "same")
    assert (out / "clusters.csv").is_file()
    with pytest.raises(qudao.QudaoError) as caught:
        qudao.dedupe_csv(tmp_path / "none.csv", out)
    assert caught.value.code == "io.failed"


def test_golden_records_and_their_lineage(engine: qudao.Engine) -> None:
    rows = [
        {"id": "a", "name": "华为技术有限公司", "phone": "0755-28780808", "legacy": "7"},
        {"id": "b", "name": "中兴通讯股份有限公司", "phone": "0755-26770000"},
        {"id": "c", "name": "華為技術有限公司", "phone": "+86 755 2878 0808", "city": "深圳市", "employees": 0},
    ]
    golden = engine.dedupe("account", pl.DataFrame(rows)).golden()
    assert isinstance(golden, qudao.Table)
    # Row c fills most fields, so it is the master; what it lacks comes from the other row. Zero is a value.
    made = golden.to_polars().to_dicts()
    assert [(r["cluster_id"], r["rows"], r["master"], r["id"]) for r in made] == [(0, 2, 2, "c"), (1, 1, 1, "b")]
    assert made[0]["city"] == "深圳市" and made[0]["employees"] == 0 and made[0]["legacy"] == "7"
    lineage = golden.lineage.to_dicts()
    assert {line["cluster_id"] for line in lineage} == {0}
    names = [(line["row"], line["survived"]) for line in lineage if line["field"] == "name"]
    assert names == [(2, True), (0, False)]
    assert {line["rule"] for line in lineage if line["field"] == "city"} == {"master"}
    assert len(engine.dedupe("account", pl.DataFrame(schema={"name": pl.String})).golden()) == 0


def test_survivorship_of_the_blueprint_decides() -> None:
    engine = qudao.Engine.from_yaml(
        "qudao: 1\n"
        "objects: {account: {fields: {source: {type: text}}}}\n"
        "matching: {account.same: {compare: {name: company_name, phone: phone}}}\n"
        "survivorship: {account: {trust: [erp, crm], fields: {email: most_trusted, website: longest}}}\n"
    )
    rows = [
        {"name": "Acme Ltd", "phone": "13800138000", "email": "a@acme.com", "website": "acme.com", "source": "crm"},
        {"name": "Acme Limited", "phone": "13800138000", "email": "erp@acme.com", "website": "a.com", "source": "erp"},
    ]
    (made,) = engine.dedupe("account", rows).golden().to_dicts()
    assert (made["email"], made["website"]) == ("erp@acme.com", "acme.com")
    with pytest.raises(qudao.BlueprintError) as caught:
        qudao.Engine.from_yaml("qudao: 1\nsurvivorship: {account: {fields: {phon: longest}}}\n")
    (lint,) = caught.value.lints
    assert (lint.code, lint.path) == ("blueprint.unknown_field", "/survivorship/account/fields/phon")


def market(firms: int) -> tuple[list[dict[str, str]], list[int]]:
    """A business in which phones say nothing: four firms share a switchboard, and each gives another line every time."""
    parts = "ba ce di fo gu ha ke li mo nu pa re si to vu wa".split()
    rows, truth = [], []
    for firm in range(firms):
        n = ((firm + 1) * 2_654_435_761) % 2**32
        name = "".join(parts[(n >> s) % 16] for s in (28, 24, 20)) + " " + "".join(
            parts[(n >> s) % 16] for s in (16, 12, 8)
        )
        rows.append({"name": name, "phone": f"0755-2878{firm // 4:04}"})
        rows.append({"name": name[:3] + name[4:], "phone": f"021-6161{firm:04}"})
        truth += [firm, firm]
    return rows, truth


MARKET = "qudao: 1\nmatching: {account.same: {compare: {name: text, phone: phone}}}\n"


def test_labels_teach_what_is_the_same() -> None:
    rows, truth = market(200)
    engine = qudao.Engine.from_yaml(MARKET)
    found = engine.dedupe("account", rows)
    asked = found.review(60).to_dicts()
    assert 40 <= len(asked) <= 60
    labels = [(p["left"], p["right"], truth[p["left"]] == truth[p["right"]]) for p in asked]
    taught = found.train(labels)
    right = [g for g in taught.groups if len({truth[row] for row in g}) == 1]
    assert len(right) > len(found.groups) + 100
    assert len(right) == len(taught.groups)
    # The model is kept, and answers so for rows that nobody has labelled.
    assert found.model is None
    assert taught.model is not None
    others, _ = market(400)
    before = engine.dedupe("account", others[400:])
    after = engine.with_model(taught.model).dedupe("account", others[400:])
    assert after.count > before.count + 100
    # Frames of labels say the same as triples.
    frame = [dict(zip(("left", "right", "same"), label, strict=True)) for label in labels]
    assert found.train(frame).groups == taught.groups


def test_labels_that_make_no_sense_are_told() -> None:
    rows, _ = market(4)
    found = qudao.dedupe(rows)
    with pytest.raises(qudao.InputError) as error:
        found.train([(0, 1, True), (1, 0, False)])
    assert error.value.code == "matching.contradictory_labels"
    with pytest.raises(qudao.InputError) as error:
        found.train([(0, 99, True)])
    assert error.value.code == "matching.bad_label"
    for bad in ([(0, 1)], [(0, 1, "yes")], [(-1, 1, True)], [{"left": 0}]):
        with pytest.raises(qudao.InputError) as error:
            found.train(bad)
        assert error.value.code == "matching.bad_labels"
    with pytest.raises(qudao.InputError):
        qudao.Engine.from_yaml(MARKET).with_model("{}")
    assert isinstance(found.train([]), type(found))


def test_training_lists_pairs_as_before() -> None:
    """Pairs to be looked at are listed before and after; a threshold that was given stays."""
    rows = [
        {"name": "amber birch cedar", "phone": "021-61610001"},
        {"name": "amber birch cedar", "phone": "021-61610002"},
        {"name": "delta ember fjord", "phone": "0755-28780808"},
    ]
    sure = MARKET.replace("phone: phone}", "phone: phone}, thresholds: {match: 0.9999, review: 0.5}")
    engine = qudao.Engine.from_yaml(sure)
    listed = engine.dedupe("account", rows)
    assert len(listed.pairs) == 1
    assert listed.groups == []
    taught = listed.train([])
    assert len(taught.pairs) == 1
    assert taught.groups == []
    strict = engine.dedupe("account", rows, threshold=0.999)
    assert len(strict.pairs) == 0
    assert len(strict.train([]).pairs) == 0


def test_a_report_for_people(engine: qudao.Engine, tmp_path: Path) -> None:
    found = engine.dedupe("account", [*ROWS, {"name": "<script>alert(1)</script>", "phone": "0755-28780808"}])
    page = found.report(tmp_path / "found.html", labels=[(0, 2, True), (0, 1, False)])
    html = page.to_html()
    assert (tmp_path / "found.html").read_text(encoding="utf-8") == html
    assert "華為技術有限公司" in html and "account.same" in html and "blocking recall" in html
    assert html.count("<script") == 1 and "&lt;script&gt;" in html
    assert 'data-lang="en"' in html
    # In a notebook it stands in a frame of its own, and cannot leave it.
    shown = page._repr_html_()
    assert shown.startswith('<iframe srcdoc="') and "<script" not in shown
    assert "MatchReport" in repr(page)
    # A file, and columns under the names they have there; the other language first.
    guessed = qudao.dedupe(CUSTOMERS).report(locale="zh-CN").to_html()
    assert "公司名称" in guessed and 'data-lang="zh"' in guessed
    assert "account.same" in engine.link("account", ROWS[:2], ROWS[2:]).report().to_html()
    assert found.train([]).report().to_html().startswith("<!doctype html>")
    with pytest.raises(qudao.InputError) as error:
        found.report(labels=[(0, 99, True)])
    assert error.value.code == "matching.bad_label"


def kinds(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """The same rows as every kind of frame that Python people hold. Each may be read once."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    columns = {name: [row.get(name) for row in rows] for name in names}
    return {
        "dicts": rows,
        "columns": columns,
        "pandas": pd.DataFrame(columns),
        "polars": pl.DataFrame(columns),
        "lazy": pl.LazyFrame(columns),
        "arrow": pa.table(columns),
        "batch": pa.RecordBatch.from_pydict(columns),
        "stream": pa.table(columns).to_reader(),
    }


CRM = [
    {"name": "华为技术有限公司", "phone": "0755-28780808", "legacy": "K1"},
    {"name": "宏远贸易有限公司", "tax_id": "91350100M000100Y43", "phone": "0591-87654321"},
    {"name": "Quite Alone Ltd", "phone": "021-61618888"},
]
ERP = [
    {"kunnr": 7, "name": "Nobody Knows GmbH", "city": "上海"},
    {"kunnr": 8, "name": "華為技術", "phone": "+86 755 2878 0808", "city": "深圳"},
    {"kunnr": 9, "name": "宏远贸易有限公司", "phone": "0591-87654321", "tax_id": "91440300708461136T"},
    {"kunnr": 10, "name": "华为技术有限公司北京分公司", "phone": "0755-28780808"},
]


def test_two_tables_of_different_columns_are_linked(engine: qudao.Engine) -> None:
    found = engine.link("account", CRM, ERP)
    # Rows of the first are named by their place in the first, rows of the second by theirs in the second.
    assert [(p["left"], p["right"]) for p in found.pairs.to_dicts()] == [(0, 1)]
    assert [(p["left"], p["right"]) for p in found.related.to_dicts()] == [(0, 3)]
    why = {e.field: e for e in found.explain(0, 1).fields}
    assert (why["name"].left, why["name"].right) == ("华为技术有限公司", "華為技術")
    assert (why["address"].level, why["email"].level) == ("missing", "missing")
    # Two codes that differ forbid a pair across tables as they do within one.
    assert found.explain(1, 2).veto == "tax_id" and found.explain(1, 2).probability == 0
    assert found.problems.to_dicts() == [] and found.right_problems.to_dicts() == []
    # The other way round it is the same answer.
    turned = engine.link("account", ERP, CRM)
    assert [(p["right"], p["left"], p["probability"]) for p in turned.pairs.to_dicts()] == [
        (p["left"], p["right"], p["probability"]) for p in found.pairs.to_dicts()
    ]
    assert turned.compared == found.compared


def test_a_link_never_pairs_two_rows_of_one_side(engine: qudao.Engine) -> None:
    left = [{"name": "Acme Trading Ltd", "phone": "021-61618888"}] * 3
    right = [{"name": "ACME Trading Limited", "phone": "+86 21 6161 8888"}] * 2
    found = engine.link("account", left, right)
    assert [(p["left"], p["right"]) for p in found.pairs.to_dicts()] == [(i, j) for i in range(3) for j in range(2)]
    assert found.compared == 6
    assert len(engine.link("account", left, []).pairs) == len(engine.link("account", [], right).pairs) == 0


def test_every_kind_of_frame_is_linked_alike(engine: qudao.Engine) -> None:
    expected = engine.link("account", CRM, ERP)
    for (name, left), right in zip(kinds(CRM).items(), reversed(kinds(ERP).values()), strict=True):
        found = engine.link("account", left, right, threads=2)
        assert found.pairs == expected.pairs, name
        assert found.related == expected.related, name
        assert found.explain(0, 1).fields == expected.explain(0, 1).fields, name


def test_what_cannot_be_read_is_told_of_its_side(engine: qudao.Engine) -> None:
    found = engine.link("account", [{"name": "Acme", "employees": "many"}], [{"name": "Acme"}, {"name": "B", "vip": 7}])
    assert [(p["row"], p["fields"]) for p in found.problems.to_dicts()] == [(0, ["employees"])]
    assert [(p["row"], p["fields"]) for p in found.right_problems.to_dicts()] == [(1, ["vip"])]
    assert len(found.pairs) == 1


def test_the_kind_of_frame_that_goes_in_comes_out(engine: qudao.Engine) -> None:
    rows: list[dict[str, Any]] = [{**row, "legacy": f"K{at}"} for at, row in enumerate(ROWS)]
    for known in (True, False):
        for name, frame in kinds(rows).items():
            found = engine.dedupe("account", frame) if known else qudao.dedupe(frame)
            out = found.frame()
            assert type(out) is (type(frame) if name != "stream" else pa.RecordBatchReader), name
            table = pa.Table.from_pylist(out) if name == "dicts" else pa.table(out) if name == "columns" else None
            if name == "lazy":
                table = out.collect().to_arrow()
            elif name == "stream":
                table = out.read_all()
            elif table is None:
                table = pa.table(out)
            assert table.column_names[-1] == "cluster_id", name
            assert table.column("legacy").to_pylist() == ["K0", "K1", "K2", "K3"], name
            assert table.column("cluster_id").to_pylist() == [0, 1, 0, 3], name
            # And so with labels learned, which read the same rows.
            assert type(found.train([]).frame()) is type(out), name
    # An index of the caller's stays; a column of that name gives way.
    frame = pd.DataFrame(ROWS, index=["a", "b", "c", "d"]).assign(cluster_id="mine")
    out = engine.dedupe("account", frame).frame()
    assert list(out.index) == ["a", "b", "c", "d"] and list(out["cluster_id"]) == [0, 1, 0, 3]
    assert list(frame["cluster_id"]) == ["mine"] * 4


def test_clusters_part_the_rows(engine: qudao.Engine) -> None:
    rows, _ = market(60)
    for found in (engine.dedupe("account", rows), qudao.dedupe(rows), qudao.dedupe(rows, threshold=0.3)):
        clusters = found.clusters.to_dicts()
        assert [c["row"] for c in clusters] == list(range(120))
        members: dict[int, list[int]] = {}
        for c in clusters:
            members.setdefault(c["cluster_id"], []).append(c["row"])
        assert all(min(rows) == cluster for cluster, rows in members.items())
        assert found.groups == [rows for _, rows in sorted(members.items()) if len(rows) > 1]
        assert found.count == sum(len(g) - 1 for g in found.groups)
        # Whatever is in one cluster hangs together by pairs that reach the threshold.
        sure = [p for p in found.pairs.to_dicts() if p["probability"] >= float(found.threshold)]
        for group in found.groups:
            reached = {group[0]}
            for _ in group:
                reached |= {r for p in sure for r in (p["left"], p["right"]) if {p["left"], p["right"]} & reached}
            assert set(group) <= reached


def test_a_guess_is_printed_as_a_blueprint_has_it_and_edited() -> None:
    guess = qudao.guess(CUSTOMERS)
    text = str(guess)
    assert "# 公司名称: " in text and "(company)" in text and "thresholds: {match: 0.95, review: 0.7}" in text
    # What is printed is a rule that a Blueprint takes, once the fields are declared.
    fields = ", ".join(f"{c.field}: {{type: text}}" for c in guess.columns)
    engine = qudao.Engine.from_yaml(f"qudao: 1\nobjects: {{row: {{fields: {{{fields}}}}}}}\n{text}")
    renamed = [{c.field: row[c.column] for c in guess.columns} for row in CUSTOMERS]
    assert engine.dedupe("row", renamed).groups == qudao.dedupe(CUSTOMERS, guess=guess).groups == [[0, 2]]
    # Another prior and threshold, another comparator, a column left out: each does what it says, and is kept with the answer.
    guess.rule |= {"prior": 1e-12, "thresholds": {"match": 0.99, "review": 0.9}}
    strict = qudao.dedupe(CUSTOMERS, guess=guess)
    assert strict.groups == [] and strict.threshold == Decimal("0.99") and strict.guess is guess
    assert "match: 0.99" in str(strict.guess)
    company = next(c for c in guess.columns if c.kind == "company")
    guess = qudao.guess(CUSTOMERS)
    guess.rule["compare"] = {company.field: "exact"}
    guess.rule["block"] = [[company.field]]
    assert [e.field for e in qudao.dedupe(CUSTOMERS, guess=guess).explain(0, 2).fields] == [company.field]
    guess.columns = [c for c in guess.columns if c is not guess.columns[0]]
    with pytest.raises(qudao.QudaoError):
        qudao.dedupe(CUSTOMERS, guess=guess)


def stable(found: qudao.GuessedDuplicates | Any) -> dict[str, str]:
    """The cluster of each record that is there."""
    return {r["id"]: r["cluster_id"] for r in found.ids.to_dicts() if r["id"] is not None}


FIRMS = [
    {"id": "k1", "name": "Swaniawski Ltd", "phone": "0755-28780808"},
    {"id": "k2", "name": "Zenith Corp", "phone": "010-65529988"},
    {"id": "k3", "name": "Swaniawski Limited", "phone": "+86 755 2878 0808"},
]


def test_clusters_keep_their_ids_from_run_to_run(engine: qudao.Engine) -> None:
    first = engine.dedupe("account", pl.DataFrame(FIRMS))
    assert stable(first) == {"k1": "k1", "k2": "k2", "k3": "k1"}
    assert {r["change"] for r in first.changes.to_dicts()} == {"new"}
    out = first.frame(stable=True)
    assert isinstance(out, pl.DataFrame) and out["cluster_id"].to_list() == ["k1", "k2", "k1"]
    for frame in (pd.DataFrame(FIRMS), pa.Table.from_pylist(FIRMS)):
        assert list(map(str, engine.dedupe("account", frame).frame(stable=True)["cluster_id"])) == ["k1", "k2", "k1"]
    # Rows stand elsewhere, one is gone, and a smaller one came.
    more = {"id": "a1", "name": "SWANIAWSKI", "phone": "0755 28780808"}
    rows = [more, {"id": "a9", "name": "Acme Inc.", "phone": "021-61610000"}, FIRMS[2], FIRMS[1]]
    ids = first.ids
    for previous in (ids, pl.DataFrame(ids), pa.table(ids), ids.to_dicts(), stable(first)):
        found = engine.dedupe("account", rows, previous=previous)
        assert found.frame(stable=True)[0]["cluster_id"] == "k1"
        # The row that is away keeps its cluster.
        assert stable(found) == {"a1": "k1", "a9": "a9", "k1": "k1", "k2": "k2", "k3": "k1"}
        assert [tuple(r.values()) for r in found.changes.to_dicts()] == [
            ("a9", None, 1, "new"),
            ("k1", "k1", 1, "kept"),
            ("k1", None, 1, "kept"),
            ("k2", "k2", 1, "kept"),
        ]
    again = engine.dedupe("account", rows, previous=found.ids)
    assert again.ids == found.ids and {r["change"] for r in again.changes.to_dicts()} == {"kept"}
    # What learns from labels keeps them too.
    assert stable(found.train([(0, 2, True)])) == stable(found)
    # Other columns, and ids that are numbers.
    plain = [{"no": i, "company": r["name"], "tel": r["phone"]} for i, r in enumerate(FIRMS, 1)]
    guessed = qudao.dedupe(plain, id="no")
    assert stable(guessed) == {"1": "1", "2": "2", "3": "1"}
    assert stable(qudao.dedupe(plain[1:], id="no", previous={1: 1, 3: 1})) == {"1": "1", "2": "2", "3": "1"}


def test_clusters_that_part_and_meet(engine: qudao.Engine) -> None:
    joined = engine.dedupe("account", FIRMS, previous={"k1": "x", "k2": "y", "k3": "z"})
    assert stable(joined) == {"k1": "x", "k2": "y", "k3": "x"}
    # An id that nobody has any more is told without a record, and is not given again.
    assert joined.ids.to_dicts()[-1] == {"id": None, "cluster_id": "z"}
    assert [tuple(r.values()) for r in joined.changes.to_dicts()] == [
        ("x", "x", 1, "merged"),
        ("x", "z", 1, "merged"),
        ("y", "y", 1, "kept"),
    ]
    apart = [FIRMS[0], {**FIRMS[2], "id": "z", "name": "Other Co", "phone": "021-61610000"}]
    parted = engine.dedupe("account", apart, previous=[*joined.ids.to_dicts(), {"id": "z", "cluster_id": "x"}])
    assert stable(parted)["k1"] == "x" and stable(parted)["z"] == "z~2"
    assert {r["change"] for r in parted.changes.to_dicts()} == {"split"}


def test_ids_that_cannot_be_kept(engine: qudao.Engine) -> None:
    with pytest.raises(qudao.InputError) as caught:
        engine.dedupe("account", ROWS, previous={"a": "a"})
    assert caught.value.code == "matching.no_id" and caught.value.params["row"] == "0"
    found = engine.dedupe("account", ROWS)
    for asked in (lambda: found.ids, lambda: found.changes, lambda: found.frame(stable=True)):
        with pytest.raises(qudao.InputError) as caught:
            asked()
        assert caught.value.code == "matching.no_id"
    with pytest.raises(qudao.InputError) as caught:
        engine.dedupe("account", [*FIRMS, FIRMS[0]], previous={})
    assert caught.value.code == "matching.repeated_id"
    previous: Any
    for previous in ([{"id": "a"}], [{"cluster_id": "a"}], [{"id": "a", "cluster_id": None}], {"a": "\n\x00"}):
        with pytest.raises(qudao.InputError) as caught:
            engine.dedupe("account", FIRMS, previous=previous)
        assert caught.value.code == "matching.bad_previous"
    with pytest.raises(qudao.InputError) as caught:
        qudao.dedupe(FIRMS, id="key")
    assert caught.value.code == "table.no_column"
    assert stable(engine.dedupe("account", FIRMS, previous={})) == {"k1": "k1", "k2": "k2", "k3": "k1"}
    assert len(engine.dedupe("account", [], previous={"a": "a"}).ids) == 1


def test_an_explanation_names_the_frequency_of_a_shared_word() -> None:
    # Words of no language: every second firm bears one of two that hundreds bear.
    def word(number: int) -> str:
        letters = ""
        for _ in range(4):
            number = (number * 6364136223846793005 + 1442695040888963407) % 2**64
            letters += "bdfgklmnprst"[number >> 33 & 7] + "aeiou"[(number >> 40) % 5]
        return letters

    rows = []
    for firm in range(1200):
        first = ("northern", "golden")[firm // 2 % 2] if firm % 2 else word(firm)
        second, phone = word(firm + 10_000), f"0755-2{firm:07d}"
        rows.append({"name": f"{first} {second} Ltd", "phone": phone})
        if firm % 4 < 2:
            rows.append({"name": f"{first} {second[:4]}x{second[5:]} Ltd", "phone": phone})
    found = qudao.dedupe(pl.DataFrame(rows))
    told = [found.explain(row, row + 1).fields[0] for row in (0, 2)]
    assert [e.level for e in told] == ["high", "high"]
    rare, frequent = (e.frequency for e in told)
    assert rare == qudao.Frequency("word", at_most=None, more_than=None)
    assert frequent == qudao.Frequency("word", at_most=2048, more_than=None)
    assert told[0].weight > told[1].weight
    assert "high, a word of up to 2048 rows" in repr(found.explain(2, 3))
