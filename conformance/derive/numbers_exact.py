"""Amounts, limits, lengths and computed fields, in exact decimals."""
import re
from decimal import Decimal

from common import Report, load, plain


def main():
    report = Report("numbers")
    for case in load("validation"):
        given = case["input"]
        for row, values in enumerate(given["rows"]):
            codes = {v["rule"] for v in case["expected"]["violations"] if v["row"] == row}

            def says(rule, wrong, what):
                report.same(case, f"row {row}: {what}", rule in codes, wrong)

            number = {k: plain(v) for k, v in values.items() if isinstance(plain(v), Decimal)}
            if given["object"] == "order_line":
                says("order_line.amount", number["amount"] != number["unit_price"] * number["quantity"], "product")
            if given["object"] == "opportunity":
                if "amount" in number and values["amount"] is not False:
                    currency = values["amount"].get("currency", "CNY") if isinstance(values["amount"], dict) else "CNY"
                    if currency == "CNY":
                        says("opp.amount", number["amount"] < 0, "below zero")
                        needs = number["amount"] >= 100000 and "competitor" not in values
                        says("opp.competitor", needs, "competitor")
                if "discount" in number:
                    says("opp.discount", not 0 <= number["discount"] <= 30, "discount")
            if given["object"] == "account":
                if "credit_days" in number:
                    says("account.credit", not 0 <= number["credit_days"] <= 90, "days of credit")
                if "name" in values:
                    says("account.name.length", len(values["name"].strip()) > 40, "characters of the name")
                if "alias" in values:
                    says("account.alias_length", not 2 <= len(values["alias"]) <= 8, "characters of the alias")
                if "code" in values:
                    code = values["code"].strip().upper()
                    says("account.code_form", re.fullmatch("[A-Z]{2}-[0-9]{4}", code) is None, "form of the code")
    for case in load("normalising"):
        given, expected = case["input"]["set"], case["expected"].get("values", {})
        if "net" in expected:
            if "discount" in given:
                net = plain(given["amount"]) * (100 - plain(given["discount"])) / 100
                report.same(case, "net", Decimal(expected["net"]["amount"]), net)
            else:
                report.same(case, "net", expected["net"], None)
    for case in load("gates"):
        net = (case["expected"].get("values") or {}).get("net")
        if net is not None:
            commands = [c for c in case["input"]["setup"] if isinstance(c, dict)] + [case["input"]["step"]]
            values = {}
            for command in commands:
                values.update(command.get("set", {}))
            derived = plain(values["amount"]) * (100 - plain(values["discount"])) / 100
            report.same(case, "net", Decimal(net["amount"]), derived)
            above = any(v["rule"] == "opp.net" for v in case["expected"]["violations"])
            report.same(case, "net is above the limit", above, derived > 50000)
    return report.close()


if __name__ == "__main__":
    raise SystemExit(not main())
