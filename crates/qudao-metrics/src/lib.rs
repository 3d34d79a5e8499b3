//! KPI definitions, funnels, windows, statistics.
