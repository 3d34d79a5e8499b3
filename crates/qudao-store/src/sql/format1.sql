CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE blueprints (hash TEXT PRIMARY KEY, text TEXT NOT NULL) STRICT;

CREATE TABLE log (
  seq INTEGER PRIMARY KEY,
  format INTEGER NOT NULL,
  device TEXT NOT NULL,
  device_seq INTEGER NOT NULL,
  clock_time INTEGER NOT NULL,
  clock_count INTEGER NOT NULL,
  command TEXT NOT NULL,
  actor TEXT NOT NULL,
  roles TEXT NOT NULL,
  occurred_at INTEGER NOT NULL,
  recorded_at INTEGER NOT NULL,
  blueprint TEXT NOT NULL,
  outcome TEXT NOT NULL CHECK (outcome IN ('allowed', 'blocked')),
  failed TEXT NOT NULL,
  granted TEXT NOT NULL,
  records TEXT NOT NULL,
  idempotency_key TEXT,
  payload_hash TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX log_device ON log (device, device_seq);
CREATE UNIQUE INDEX log_key ON log (actor, idempotency_key)
  WHERE idempotency_key IS NOT NULL AND outcome = 'allowed';

CREATE TABLE payloads (
  seq INTEGER PRIMARY KEY,
  command TEXT NOT NULL,
  changes TEXT NOT NULL,
  decision TEXT
) STRICT;

CREATE TABLE outbox (
  position INTEGER PRIMARY KEY AUTOINCREMENT,
  seq INTEGER NOT NULL,
  n INTEGER NOT NULL,
  kind TEXT NOT NULL,
  object TEXT NOT NULL,
  id TEXT NOT NULL,
  time INTEGER NOT NULL,
  data TEXT NOT NULL
) STRICT;

CREATE TRIGGER log_no_update BEFORE UPDATE ON log BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;
CREATE TRIGGER log_no_delete BEFORE DELETE ON log BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;
CREATE TRIGGER payloads_no_update BEFORE UPDATE ON payloads BEGIN SELECT RAISE(ABORT, 'payloads never change'); END;
CREATE TRIGGER blueprints_no_update BEFORE UPDATE ON blueprints BEGIN SELECT RAISE(ABORT, 'blueprints never change'); END;
CREATE TRIGGER blueprints_no_delete BEFORE DELETE ON blueprints BEGIN SELECT RAISE(ABORT, 'blueprints never change'); END;
