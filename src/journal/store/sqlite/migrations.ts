/**
 * What makes the schema, one entry a version: those that a database lacks are run when it is opened, each in a
 * transaction. An entry that was released never changes.
 *
 * Tables whose key leads with what is searched for have no rowid: the key is the table, and nothing is kept twice.
 */
export const migrations: readonly string[] = [
  `
  CREATE TABLE meta (key TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  INSERT INTO meta VALUES ('horizon', 0);
  CREATE TABLE instances (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, version TEXT, config_hash TEXT, started_at INTEGER,
    first_seen INTEGER NOT NULL, last_seen INTEGER NOT NULL, last_heartbeat INTEGER, seq INTEGER NOT NULL DEFAULT 0,
    received INTEGER NOT NULL DEFAULT 0, dropped INTEGER NOT NULL DEFAULT 0, queued INTEGER NOT NULL DEFAULT 0,
    final INTEGER NOT NULL DEFAULT 0, certificate_expires INTEGER
  ) STRICT;
  CREATE TABLE seq_ranges (
    instance INTEGER NOT NULL, first_seq INTEGER NOT NULL, last_seq INTEGER NOT NULL, first_ts INTEGER NOT NULL,
    last_ts INTEGER NOT NULL, PRIMARY KEY (instance, first_seq)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE configurations (
    hash TEXT PRIMARY KEY, first_seen INTEGER NOT NULL, last_seen INTEGER NOT NULL, document TEXT
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE records (
    id INTEGER PRIMARY KEY AUTOINCREMENT, ts INTEGER NOT NULL, instance INTEGER NOT NULL, seq INTEGER NOT NULL,
    uid_key INTEGER NOT NULL, webhook TEXT NOT NULL, operation TEXT, dry_run INTEGER NOT NULL, resource TEXT,
    namespace TEXT, name TEXT, owner TEXT, user_name TEXT, decision TEXT NOT NULL, profile TEXT, mode TEXT,
    exemption TEXT, config_hash TEXT NOT NULL, duration_ms REAL NOT NULL, body BLOB NOT NULL
  ) STRICT;
  CREATE INDEX records_ts ON records (ts);
  CREATE INDEX records_uid ON records (uid_key);
  CREATE INDEX records_decision ON records (decision, ts);
  CREATE INDEX records_namespace ON records (namespace, ts);
  CREATE INDEX records_user ON records (user_name, ts);
  CREATE INDEX records_owner ON records (owner, ts);
  CREATE INDEX records_config ON records (config_hash, ts);
  CREATE INDEX records_exemption ON records (exemption, ts) WHERE exemption IS NOT NULL;
  CREATE INDEX records_slow ON records (duration_ms) WHERE duration_ms >= 10;
  CREATE TABLE findings (
    check_id TEXT NOT NULL, ts INTEGER NOT NULL, record INTEGER NOT NULL, position INTEGER NOT NULL,
    action TEXT NOT NULL, outcome TEXT NOT NULL, because TEXT NOT NULL, ref TEXT,
    PRIMARY KEY (check_id, ts, record, position)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE record_images (
    image TEXT NOT NULL, ts INTEGER NOT NULL, record INTEGER NOT NULL, PRIMARY KEY (image, ts, record)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE audits (
    record INTEGER PRIMARY KEY, ts INTEGER NOT NULL, audit_id TEXT NOT NULL, source_ips TEXT, user_agent TEXT,
    impersonator TEXT
  ) STRICT;
  CREATE TABLE rollups (
    dimension TEXT NOT NULL, hour INTEGER NOT NULL, name TEXT NOT NULL, outcome TEXT NOT NULL, n INTEGER NOT NULL,
    PRIMARY KEY (dimension, hour, name, outcome)
  ) STRICT, WITHOUT ROWID;
  `,
];
