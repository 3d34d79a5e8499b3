-- `made` numbers the records in the order of their making.
CREATE TABLE @.records (
  made INTEGER PRIMARY KEY,
  object TEXT NOT NULL,
  id TEXT NOT NULL,
  version INTEGER NOT NULL,
  changed_by INTEGER NOT NULL,
  body TEXT NOT NULL,
  UNIQUE (object, id)
) STRICT;

-- Records that were merged into others, as they were.
CREATE TABLE @.merged (
  made INTEGER PRIMARY KEY,
  object TEXT NOT NULL,
  id TEXT NOT NULL,
  version INTEGER NOT NULL,
  changed_by INTEGER NOT NULL,
  body TEXT NOT NULL,
  into_id TEXT NOT NULL,
  merged_by INTEGER NOT NULL,
  moved TEXT NOT NULL,
  UNIQUE (object, id)
) STRICT;
CREATE INDEX @.merged_into ON merged (object, into_id);

CREATE TABLE @.golden (
  object TEXT NOT NULL,
  id TEXT NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (object, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE @.visits (
  object TEXT NOT NULL,
  id TEXT NOT NULL,
  seq INTEGER NOT NULL,
  process TEXT NOT NULL,
  process_version TEXT NOT NULL,
  stage TEXT NOT NULL,
  stage_order INTEGER NOT NULL,
  class TEXT NOT NULL,
  entered INTEGER NOT NULL,
  left_at INTEGER,
  recorded_at INTEGER NOT NULL,
  left_recorded_at INTEGER,
  actor TEXT NOT NULL,
  cause TEXT NOT NULL,
  reason TEXT,
  PRIMARY KEY (object, id, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE @.grants (
  grant_id TEXT PRIMARY KEY,
  object TEXT NOT NULL,
  id TEXT NOT NULL,
  body TEXT NOT NULL
) STRICT;
CREATE INDEX @.grants_record ON grants (object, id);

CREATE TABLE @.grant_uses (
  object TEXT NOT NULL,
  id TEXT NOT NULL,
  seq INTEGER NOT NULL,
  n INTEGER NOT NULL,
  grant_id TEXT NOT NULL,
  rule TEXT NOT NULL,
  recorded_at INTEGER NOT NULL,
  PRIMARY KEY (object, id, seq, n)
) STRICT, WITHOUT ROWID;

CREATE TABLE @.duplicate_sets (
  rule TEXT NOT NULL,
  records TEXT NOT NULL,
  opened_by INTEGER NOT NULL,
  PRIMARY KEY (rule, records)
) STRICT, WITHOUT ROWID;

CREATE TABLE @.touched (
  object TEXT NOT NULL,
  id TEXT NOT NULL,
  seq INTEGER NOT NULL,
  PRIMARY KEY (object, id, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE @.refs (
  object TEXT NOT NULL,
  field TEXT NOT NULL,
  target TEXT NOT NULL,
  id TEXT NOT NULL,
  PRIMARY KEY (object, field, target, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE @.claims (
  rule TEXT NOT NULL,
  key TEXT NOT NULL,
  object TEXT NOT NULL,
  id TEXT NOT NULL,
  PRIMARY KEY (rule, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE @.claim_waits (
  rule TEXT NOT NULL,
  key TEXT NOT NULL,
  made INTEGER NOT NULL,
  object TEXT NOT NULL,
  id TEXT NOT NULL,
  PRIMARY KEY (rule, key, made)
) STRICT, WITHOUT ROWID;

-- `key` is a number made of rule and key, `n` how many records it has; `ids` are the records, by the order of their making,
-- and empty where there are too many for one row.
CREATE TABLE @.postings (
  key INTEGER PRIMARY KEY,
  n INTEGER NOT NULL,
  ids BLOB NOT NULL
) STRICT;

-- The records of keys that have too many.
CREATE TABLE @.posting_chunks (
  key INTEGER NOT NULL,
  chunk INTEGER NOT NULL,
  ids BLOB NOT NULL,
  PRIMARY KEY (key, chunk)
) STRICT, WITHOUT ROWID;

-- What the matcher keeps of a record, by its number. Only records that a rule compares have a row.
CREATE TABLE @.sketches (
  made INTEGER PRIMARY KEY,
  packed BLOB NOT NULL
) STRICT;
CREATE TABLE @.features (
  made INTEGER PRIMARY KEY,
  packed BLOB NOT NULL
) STRICT;
