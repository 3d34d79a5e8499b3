//! SQLite store: append-only log, projections, claims, outbox.
