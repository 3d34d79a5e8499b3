//! Processes, entry and exit criteria, gates, visits.
