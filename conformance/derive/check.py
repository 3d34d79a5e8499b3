"""Runs every derivation: python3 conformance/derive/check.py"""
import dates
import duplicates
import frequency
import kpis
import matches
import merging
import numbers_exact
import rules
import text
import uscc

if __name__ == "__main__":
    modules = (uscc, dates, numbers_exact, text, matches, frequency, merging, duplicates, kpis, rules)
    results = [module.main() for module in modules]
    raise SystemExit(not all(results))
