"""Runs every derivation: python3 conformance/derive/check.py"""
import dates
import duplicates
import kpis
import matches
import merging
import numbers_exact
import rules
import text
import uscc

if __name__ == "__main__":
    results = [module.main() for module in (uscc, dates, numbers_exact, text, matches, merging, duplicates, kpis, rules)]
    raise SystemExit(not all(results))
