"""A look at a channel business, cell by cell. Opens as a notebook in VS Code, PyCharm or Jupytext.

No database here: frames go in, frames come out.
"""

# %% The rules of the company, and its files as they are
from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path

import polars as pl

import qudao

EXAMPLES = Path(__file__).resolve().parents[1]
NOW = datetime(2025, 12, 31, 16, tzinfo=timezone.utc)
ZONE = "Asia/Shanghai"

engine = qudao.Engine.from_file(EXAMPLES / "blueprints" / "channel.yaml")
engine

# %% Accounts: the headings of the old system become fields of the blueprint
accounts = pl.read_csv(EXAMPLES / "data" / "accounts.csv", infer_schema=False, truncate_ragged_lines=True).rename(
    {
        "Account ID": "id",
        "Account Name": "name",
        "Customer Type": "type",
        "Tax ID": "tax_id",
        "Phone": "phone",
        "Email": "email",
        "Address": "address",
        "Region": "region",
        "City": "city",
        "Industry": "industry",
    }
)
words = {"项目型": "project", "Project": "project", "渠道型": "channel", "Channel": "channel"}
accounts = accounts.select("id", "name", "type", "tax_id", "phone", "email", "address", "region", "city", "industry")
accounts = accounts.with_columns(pl.col("type").replace(words))

# %% How good are they? Every rule on every row; nothing is dropped
checked = engine.validate("account", accounts)
print(checked)
worst = checked.summary.to_polars().filter(pl.col("failed") > 0).sort("failed", descending=True)
print(worst)

# %% What the worst rows are told, in Chinese
print(checked.messages("zh-CN").to_polars().head(5))

# %% The same company twice? And why do we think so?
same = engine.dedupe("account", accounts)
print(same)
if same.groups:
    print(same.explain(*same.groups[0][:2]))

# %% Deals and the stages they went through
deals = pl.read_csv(EXAMPLES / "data" / "opportunities.csv", infer_schema=False)
moment = pl.col("created").str.to_datetime("%Y-%m-%d %H:%M").dt.replace_time_zone(ZONE)
visits = pl.read_csv(EXAMPLES / "data" / "visits.csv", infer_schema=False).select(
    record="opportunity_id",
    stage="stage",
    entered=pl.col("entered").str.to_datetime("%Y-%m-%d %H:%M", strict=False).dt.replace_time_zone(ZONE),
    reason="reason",
)
visits = visits.drop_nulls("entered")
closed = visits.filter(pl.col("stage").is_in(["won", "lost", "cancelled"])).group_by("record").agg(
    closed_at=pl.col("entered").max()
)
outcome = pl.when(pl.col("stage").is_in(["won", "lost", "cancelled"])).then(pl.col("stage")).otherwise(pl.lit("open"))
deals = deals.select(
    "source",
    "stage",
    id="opportunity_id",
    account="account_id",
    amount="amount",
    actual_amount="actual_amount",
    created_at=moment,
    outcome=outcome,
).join(closed, left_on="id", right_on="record", how="left")

# %% The year in numbers
report = engine.kpis(
    {"opportunity": deals, "account": accounts},
    metrics=["win_rate", "sales_cycle", "won_value"],
    by="source",
    window=qudao.Window.year(2025),
    now=NOW,
)
report

# %% As a frame, for a chart or a pivot
rates = report.to_polars().filter(pl.col("metric") == "win_rate").select("source", "value", "n", "small_sample")
for source, value, n, small in rates.sort("value", descending=True).iter_rows():
    bar = "█" * round(float(value or 0) * 40)
    print(f"{source or '(none)':12} {bar} {float(value or 0):.0%} of {n}{' (few)' if small else ''}")

# %% Who is behind the best of them?
best = max(report.of("win_rate"), key=lambda v: v.value or 0)
print(best.group, best.ids.numerator[:5])
