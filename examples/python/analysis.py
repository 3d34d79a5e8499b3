"""A look at a channel business, cell by cell. Opens as a notebook in VS Code, PyCharm or Jupytext.

No database here: frames go in, frames come out.
"""

# %% The rules of the company, and its files as they are
from __future__ import annotations

from contextlib import suppress
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
        "Owner": "owner",
    }
)
words = {"项目型": "project", "Project": "project", "渠道型": "channel", "Channel": "channel"}
accounts = accounts.select("id", "name", "type", "tax_id", "phone", "email", "address", "region", "city", "industry", "owner")
accounts = accounts.with_columns(pl.col("type").replace(words))

# %% How good are they? Every rule on every row; nothing is dropped
checked = engine.validate("account", accounts)
print(checked)
worst = checked.summary.to_polars().filter(pl.col("failed") > 0).sort("failed", descending=True)
print(worst)

# %% What the worst rows are told, in Chinese
print(checked.messages("zh-CN").to_polars().head(5))

# %% The rows to keep and those to mend: frames like the one that went in
good, bad = checked.split()
print(f"{good.height} rows to keep, {bad.height} to mend")

# %% The same as a chart, where Matplotlib is installed
with suppress(qudao.MissingPackageError):
    checked.plot(locale="en")

# %% What if wrong phone numbers were refused, and not only remarked upon? Who would be blocked?
text = (EXAMPLES / "blueprints" / "channel.yaml").read_text("utf-8")
rule = "id: account.phone.format\n    object: account\n    format: {field: phone, format: phone(CN)}\n    severity: "
stricter = qudao.Engine.from_yaml(text.replace(rule + "warning", rule + "error"))
known = accounts.unique("id", maintain_order=True)
dry = engine.compare(stricter, {"account": known})
print(dry)
print(dry.examples("en").to_polars().select("record", "direction", "message"))

# %% Who looks after them? An audit says which accounts nobody owns, and what is to be done by when
stewards = qudao.Engine.from_yaml(text + "stewardship: [{id: account.owned, object: account, owned: true, then: assign}]")
audit = stewards.audit({"account": known}, now=NOW)
print(audit)
print(audit.tasks("en")[:1])

# %% The page that training starts from, for one role, in English and Chinese
standard = engine.entry_standard("account", role="sales_rep")
print(standard.fields("en").to_polars().select("label", "required", "example").head(5))
standard

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
