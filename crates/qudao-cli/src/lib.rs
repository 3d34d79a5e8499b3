//! The qudao program: lint, validate, dedupe, kpis, import, rebuild, explain.
