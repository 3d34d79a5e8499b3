"""A day at a maker of industrial electronics that sells through partners.

The files of several systems are brought in, checked and searched for duplicates; a deal is driven through its gates; the
numbers are read. Run it from anywhere:

    python examples/python/story.py [--locale zh-CN]
"""

from __future__ import annotations

import argparse
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

import qudao

EXAMPLES = Path(__file__).resolve().parents[1]

#: The last instant of 2025 in Shanghai, where the example data ends.
NOW = datetime(2025, 12, 31, 16, tzinfo=timezone.utc)


def bring_in(session: qudao.Session) -> None:
    """Every row of every file goes through the save path; what is refused comes back with its reasons."""
    report = session.import_file(EXAMPLES / "data", EXAMPLES / "mappings" / "demo.yaml", now=NOW)
    print(report)
    for note in report.notes[:5]:
        print(f"  {note.rows:4} × {note.text(session.locale)}")


def look_at_the_data(engine: qudao.Engine, session: qudao.Session) -> None:
    """The same rules and the same comparison work on a whole table. A page of records is a frame like any other."""
    accounts = session.query("account", limit=1000)
    print(f"\n{accounts.total} accounts")
    same = engine.dedupe("account", accounts)
    print(same)
    if same.groups:
        left, right = same.groups[0][:2]
        print(same.explain(left, right))


def drive_a_deal(session: qudao.Session) -> str:
    """A deal of a project customer. Each stage says what it still needs."""
    made = session.submit(
        qudao.Create(
            "opportunity",
            {"name": "总部大楼配电监控", "account": "A0001", "partner": "P020", "owner": "U111"},
            occurred_at=NOW - timedelta(days=40),
        ),
        NOW,
    )
    assert made.id is not None, made.messages()
    deal = made.id
    print("\nWhat the next stages need:")
    for step in session.next_steps("opportunity", deal, NOW):
        needs = "; ".join(v.text() for v in step.missing) or "-"
        print(f"  {step.label}: {needs}")

    refused = session.submit(qudao.Advance("opportunity", deal, "solution"), NOW)
    print(f"straight to solution: {'moved' if refused else '; '.join(v.text() for v in refused.blocking)}")

    session.submit(
        qudao.Update("opportunity", deal, {"amount": Decimal("480000"), "expected_close": date(2026, 3, 31)}), NOW
    )
    session.submit(qudao.Create("contact_role", {"opportunity": deal, "contact": "K0001", "role": "decider"}), NOW)
    for stage in ("qualified", "solution"):
        moved = session.submit(qudao.Advance("opportunity", deal, stage), NOW)
        print(f"{stage}: {'moved' if moved else '; '.join(moved.messages())}")
    return deal


def keep_to_the_rules(workspace: qudao.Workspace, deal: str, locale: str) -> None:
    """Nobody sees more than the role allows, and an exception is a grant that the history shows."""
    stranger = workspace.session(qudao.Actor("visitor", ["partner_rep"], partner="P001"), locale)
    try:
        stranger.get("opportunity", deal)
    except qudao.NotFoundError as error:
        print(f"\nA representative of another partner: {error.text(stranger.locale)}")

    director = workspace.session(qudao.Actor("director", ["sales_director"]), locale)
    rule = "project_sale.bidding.entry.bid_date"
    director.submit(qudao.Grant("opportunity", deal, rule, "framework contract, no tender"), NOW)
    moved = director.submit(qudao.Advance("opportunity", deal, "bidding"), NOW)
    print(f"bidding: {'moved by a grant' if moved else '; '.join(moved.messages())}")
    for item in director.history("opportunity", deal):
        rules = f"by a grant: {', '.join(item.granted)}" if item.granted else ", ".join(item.failed)
        print(f"  {item.command:12} {'done' if item.allowed else 'refused':8} {rules}".rstrip())


def read_the_numbers(session: qudao.Session) -> None:
    """Every number carries its definition, what was left out, and the records behind it."""
    year = qudao.Window.year(2025)
    report = session.kpis(metrics=["win_rate", "sales_cycle", "weighted_pipeline"], window=year, now=NOW)
    print()
    print(report)
    rate = report.whole("win_rate")
    left_out = ", ".join(f"{e.count} {e.text(session.locale)}" for e in rate.excluded)
    print(f"behind the win rate: {len(rate.ids.denominator)} deals; not counted: {left_out or '-'}")
    by_tier = session.kpis(metrics="win_rate", by="partner.tier", window=year, now=NOW)
    print(by_tier)


def main(locale: str) -> None:
    """Tells the story."""
    engine = qudao.Engine.from_file(EXAMPLES / "blueprints" / "channel.yaml")
    with qudao.Workspace(":memory:", engine) as workspace:
        session = workspace.session(qudao.Actor("director", ["sales_director"]), locale)
        bring_in(session)
        look_at_the_data(engine, session)
        deal = drive_a_deal(session)
        keep_to_the_rules(workspace, deal, locale)
        read_the_numbers(session)
        print(f"\nrebuilt from the log alone, equal: {workspace.verify().ok}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--locale", default="en")
    main(parser.parse_args().locale)
