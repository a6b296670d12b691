import type { PoolClient } from 'pg';
import { schemaVersion } from '../schema.ts';
import { StoreError } from '../store.ts';

/** The tables that have a partition a day. */
export const dailyTables = ['records', 'findings', 'record_images', 'audits'] as const;

/** Locks of the whole database, `pg_advisory_lock`: any numbers that no other program takes. */
export const locks = {
  /** Who changes the schema or the partitions. */
  schema: 0x5052_0001,
  /** Shared by who inserts; alone for who moves the horizon. */
  horizon: 0x5052_0002,
  /** Who runs retention. */
  retention: 0x5052_0003,
} as const;

/** What makes the schema, one entry a version; an entry that was released never changes. */
export const migrations: readonly string[] = [
  `
  CREATE TABLE meta (key text PRIMARY KEY, value bigint NOT NULL);
  INSERT INTO meta VALUES ('horizon', 0);
  CREATE TABLE instances (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text COLLATE "C" NOT NULL UNIQUE, version text, config_hash text,
    started_at bigint, first_seen bigint NOT NULL, last_seen bigint NOT NULL, last_heartbeat bigint,
    seq bigint NOT NULL DEFAULT 0, received bigint NOT NULL DEFAULT 0, dropped bigint NOT NULL DEFAULT 0,
    queued bigint NOT NULL DEFAULT 0, final smallint NOT NULL DEFAULT 0, certificate_expires bigint
  );
  CREATE TABLE seq_ranges (
    instance bigint NOT NULL, first_seq bigint NOT NULL, last_seq bigint NOT NULL, first_ts bigint NOT NULL,
    last_ts bigint NOT NULL, PRIMARY KEY (instance, first_seq)
  );
  CREATE TABLE configurations (
    hash text COLLATE "C" PRIMARY KEY, first_seen bigint NOT NULL, last_seen bigint NOT NULL, document text
  );
  CREATE SEQUENCE record_ids;
  CREATE TABLE records (
    id bigint NOT NULL, ts bigint NOT NULL, instance bigint NOT NULL, seq bigint NOT NULL, uid_key bigint NOT NULL,
    webhook text NOT NULL, operation text, dry_run smallint NOT NULL, resource text, namespace text COLLATE "C", name text,
    owner text COLLATE "C", user_name text COLLATE "C", decision text COLLATE "C" NOT NULL, profile text, mode text,
    exemption text COLLATE "C", config_hash text COLLATE "C" NOT NULL, duration_ms double precision NOT NULL, body bytea NOT NULL
  ) PARTITION BY RANGE (ts);
  CREATE INDEX ON records (ts, id);
  CREATE INDEX ON records (uid_key);
  CREATE INDEX ON records (decision, ts, id);
  CREATE INDEX ON records (namespace, ts, id);
  CREATE INDEX ON records (user_name, ts, id);
  CREATE INDEX ON records (owner, ts, id);
  CREATE INDEX ON records (config_hash, ts, id);
  CREATE INDEX ON records (exemption, ts, id) WHERE exemption IS NOT NULL;
  CREATE INDEX ON records (duration_ms) WHERE duration_ms >= 10;
  CREATE INDEX ON records (id);
  CREATE TABLE findings (
    check_id text COLLATE "C" NOT NULL, ts bigint NOT NULL, record bigint NOT NULL, position smallint NOT NULL,
    action text NOT NULL, outcome text NOT NULL, because text NOT NULL, ref text
  ) PARTITION BY RANGE (ts);
  CREATE INDEX ON findings (check_id, ts, record);
  CREATE TABLE record_images (image text COLLATE "C" NOT NULL, ts bigint NOT NULL, record bigint NOT NULL)
    PARTITION BY RANGE (ts);
  CREATE INDEX ON record_images (image, ts, record);
  CREATE TABLE audits (
    record bigint NOT NULL, ts bigint NOT NULL, audit_id text NOT NULL, source_ips text, user_agent text, impersonator text,
    PRIMARY KEY (record, ts)
  ) PARTITION BY RANGE (ts);
  CREATE TABLE rollups (
    dimension text COLLATE "C" NOT NULL, hour bigint NOT NULL, name text COLLATE "C" NOT NULL,
    outcome text COLLATE "C" NOT NULL, n bigint NOT NULL, PRIMARY KEY (dimension, hour, name, outcome)
  );
  `,
];

/**
 * Makes the schema, or brings it up to date; several servers may start at once.
 *
 * Resolves to whether this made it.
 */
export async function migrate(client: PoolClient, steps: readonly string[] = migrations): Promise<boolean> {
  await client.query('SELECT pg_advisory_lock($1)', [locks.schema]);
  try {
    await client.query('CREATE TABLE IF NOT EXISTS pratique_schema (version integer NOT NULL)');
    const present = await versionOf(client, steps.length);
    for (const [version, step] of steps.entries()) {
      if (version < present) continue;
      await client.query('BEGIN');
      await client.query(step);
      await client.query('DELETE FROM pratique_schema');
      await client.query('INSERT INTO pratique_schema VALUES ($1)', [version + 1]);
      await client.query('COMMIT');
    }
    return present === 0;
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  } finally {
    await client.query('SELECT pg_advisory_unlock($1)', [locks.schema]).catch(() => undefined);
  }
}

/** Requires a journal, of whatever version up to this program's, and resolves to its version. */
export async function requireJournal(client: PoolClient): Promise<number> {
  const { rows } = await client.query("SELECT to_regclass('pratique_schema') IS NOT NULL AS there");
  const version = rows[0]?.there === true ? await versionOf(client, schemaVersion) : 0;
  if (version === 0) throw new StoreError('absent', 'there is no journal in this database');
  return version;
}

/** Requires a schema that this program reads, for who does not write. */
export async function requireSchema(client: PoolClient): Promise<void> {
  const version = await requireJournal(client);
  if (version < schemaVersion) {
    throw new StoreError('absent', 'the journal in this database is of an older version: start `journal serve` first');
  }
}

async function versionOf(client: PoolClient, newest: number): Promise<number> {
  const { rows } = await client.query('SELECT max(version) AS version FROM pratique_schema');
  const version = Number(rows[0]?.version ?? 0);
  if (version <= newest) return version;
  throw new StoreError(
    'newer',
    `the journal in this database was made by a newer pratique: its schema is version ${version}, and this one knows up ` +
      `to ${newest}. Use that version again, or restore a backup from before it`,
  );
}
