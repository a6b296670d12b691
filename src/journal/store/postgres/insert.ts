import type { Pool, PoolClient } from 'pg';
import type { DecisionRecord } from '../../../record/record.ts';
import type { JournalLine } from '../../lines.ts';
import { type Batch, type BatchOptions, batchOf, freshOf, heartbeatValues, seqSpan } from '../batch.ts';
import { rollupsOf } from '../rollups.ts';
import { findingRows, imageRows, recordRow } from '../rows.ts';
import { dayMs } from '../schema.ts';
import type { RangeChange, SeqRange } from '../seq-ranges.ts';
import type { Inserted } from '../store.ts';
import { inTransaction } from './connection.ts';
import { locks } from './migrations.ts';
import { ensureDays, type KnownDays } from './partitions.ts';

/** Rows as columns: one statement inserts them all, whatever their number. */
type Columns = readonly (readonly unknown[])[];

/** Stores lines, in one transaction. */
export async function insertLines(
  pool: Pool,
  known: KnownDays,
  lines: readonly JournalLine[],
  options: BatchOptions,
): Promise<Inserted> {
  await ensureDays(pool, known, daysIn(lines, options));
  return await inTransaction(pool, async (client) => {
    await client.query('SELECT pg_advisory_xact_lock_shared($1)', [locks.horizon]);
    const { rows } = await client.query("SELECT value FROM meta WHERE key = 'horizon'");
    const batch = batchOf(lines, Number(rows[0]?.value), options);
    const stored = await insertRecords(client, batch);
    await insertHeartbeats(client, batch);
    await insertConfigurations(client, batch);
    await insertRollups(client, stored.records);
    const { expired, ahead } = batch;
    return { stored: stored.records.length, duplicates: stored.duplicates, expired, ahead };
  });
}

function daysIn(lines: readonly JournalLine[], { now, maxAge }: BatchOptions): ReadonlySet<number> {
  const times = lines.filter(({ kind }) => kind === 'record').map(({ line }) => Date.parse(line.ts));
  return new Set(times.filter((ts) => ts >= now - maxAge && ts <= now + dayMs).map((ts) => Math.floor(ts / dayMs)));
}

interface Stored {
  readonly records: readonly DecisionRecord[];
  readonly duplicates: number;
}

/** The row of an instance is locked by its update: what is known of its numbers cannot change before the end. */
async function insertRecords(client: PoolClient, batch: Batch): Promise<Stored> {
  const ids = await instanceIds(client, batch);
  const stored: DecisionRecord[] = [];
  let duplicates = 0;
  for (const [name, records] of batch.records) {
    const id = ids.get(name) ?? 0;
    const fresh = freshOf(records, await rangesNear(client, id, records));
    duplicates += fresh.duplicates;
    await changeRanges(client, id, fresh.change);
    stored.push(...fresh.records);
  }
  if (stored.length > 0) await insertRows(client, stored, ids);
  return { records: stored, duplicates };
}

async function instanceIds(client: PoolClient, { instances }: Batch): Promise<ReadonlyMap<string, number>> {
  const seen = [...instances.values()];
  const { rows } = await client.query(
    `INSERT INTO instances AS i (name, first_seen, last_seen)
     SELECT * FROM unnest($1::text[], $2::bigint[], $3::bigint[])
     ON CONFLICT (name) DO UPDATE SET first_seen = least(i.first_seen, excluded.first_seen),
       last_seen = greatest(i.last_seen, excluded.last_seen) RETURNING id, name`,
    [[...instances.keys()], seen.map(({ first }) => first), seen.map(({ last }) => last)],
  );
  return new Map(rows.map(({ id, name }) => [String(name), Number(id)]));
}

async function rangesNear(
  client: PoolClient,
  instance: number,
  records: readonly DecisionRecord[],
): Promise<readonly SeqRange[]> {
  const { low, high } = seqSpan(records);
  const { rows } = await client.query(
    `SELECT first_seq, last_seq, first_ts, last_ts FROM seq_ranges WHERE instance = $1 AND first_seq <= $3 AND first_seq >=
     coalesce((SELECT max(first_seq) FROM seq_ranges WHERE instance = $1 AND first_seq <= $2), 0) ORDER BY first_seq`,
    [instance, low, high + 1],
  );
  return rows;
}

async function changeRanges(client: PoolClient, instance: number, { removed, added }: RangeChange): Promise<void> {
  if (removed.length > 0) {
    await client.query('DELETE FROM seq_ranges WHERE instance = $1 AND first_seq = ANY($2)', [instance, removed]);
  }
  if (added.length === 0) return;
  await client.query(
    'INSERT INTO seq_ranges SELECT $1, * FROM unnest($2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[])',
    [instance, ...columnsOf(added, ['first_seq', 'last_seq', 'first_ts', 'last_ts'])],
  );
}

async function insertRows(
  client: PoolClient,
  records: readonly DecisionRecord[],
  instances: ReadonlyMap<string, number>,
): Promise<void> {
  const { rows } = await client.query("SELECT nextval('record_ids') AS id FROM generate_series(1, $1)", [
    records.length,
  ]);
  const ids = rows.map(({ id }) => Number(id));
  const recordRows = records.map((record, index) => ({
    id: ids[index] ?? 0,
    ...recordRow(record, instances.get(record.instance) ?? 0),
  }));
  await insertColumns(client, 'records', recordTypes, columnsOf(recordRows, keysOf(recordTypes)));
  const findings = records.flatMap((record, index) => findingRows(record, ids[index] ?? 0));
  await insertColumns(client, 'findings', findingTypes, columnsOf(findings, keysOf(findingTypes)));
  const images = records.flatMap((record, index) => imageRows(record, ids[index] ?? 0));
  await insertColumns(client, 'record_images', imageTypes, columnsOf(images, keysOf(imageTypes)));
}

const recordTypes = {
  id: 'bigint',
  ts: 'bigint',
  instance: 'bigint',
  seq: 'bigint',
  uid_key: 'bigint',
  webhook: 'text',
  operation: 'text',
  dry_run: 'smallint',
  resource: 'text',
  namespace: 'text',
  name: 'text',
  owner: 'text',
  user_name: 'text',
  decision: 'text',
  profile: 'text',
  mode: 'text',
  exemption: 'text',
  config_hash: 'text',
  duration_ms: 'double precision',
  body: 'bytea',
} as const;

const findingTypes = {
  check_id: 'text',
  ts: 'bigint',
  record: 'bigint',
  position: 'smallint',
  action: 'text',
  outcome: 'text',
  because: 'text',
  ref: 'text',
} as const;

const imageTypes = { image: 'text', ts: 'bigint', record: 'bigint' } as const;

const rollupTypes = { dimension: 'text', hour: 'bigint', name: 'text', outcome: 'text', n: 'bigint' } as const;

async function insertColumns(
  client: PoolClient,
  table: string,
  types: Readonly<Record<string, string>>,
  columns: Columns,
  conflict = '',
): Promise<void> {
  if (columns[0]?.length === 0) return;
  const places = Object.values(types).map((type, index) => `$${index + 1}::${type}[]`);
  const names = Object.keys(types).join(', ');
  await client.query(`INSERT INTO ${table} AS t (${names}) SELECT * FROM unnest(${places.join(', ')}) ${conflict}`, [
    ...columns,
  ]);
}

async function insertHeartbeats(client: PoolClient, { heartbeats }: Batch): Promise<void> {
  for (const line of heartbeats.values()) {
    await client.query(
      `UPDATE instances SET version = $1, config_hash = $2, started_at = $3, received = $4, dropped = $5, queued = $6,
       final = $7, certificate_expires = $8, last_heartbeat = $9
       WHERE name = $10 AND (last_heartbeat IS NULL OR last_heartbeat <= $9)`,
      [...heartbeatValues(line)],
    );
    await client.query('UPDATE instances SET seq = greatest(seq, $1) WHERE name = $2', [line.seq, line.instance]);
  }
}

async function insertConfigurations(client: PoolClient, { configurations }: Batch): Promise<void> {
  if (configurations.size === 0) return;
  const seen = [...configurations.values()];
  await client.query(
    `INSERT INTO configurations AS c (hash, first_seen, last_seen, document)
     SELECT * FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::text[])
     ON CONFLICT (hash) DO UPDATE SET first_seen = least(c.first_seen, excluded.first_seen),
       last_seen = greatest(c.last_seen, excluded.last_seen), document = coalesce(c.document, excluded.document)`,
    [[...configurations.keys()], ...columnsOf(seen, ['first', 'last', 'document'])],
  );
}

async function insertRollups(client: PoolClient, records: readonly DecisionRecord[]): Promise<void> {
  const conflict = 'ON CONFLICT (dimension, hour, name, outcome) DO UPDATE SET n = t.n + excluded.n';
  const columns = columnsOf(rollupsOf(records), keysOf(rollupTypes));
  await insertColumns(client, 'rollups', rollupTypes, columns, conflict);
}

function keysOf<K extends string>(types: Readonly<Record<K, string>>): readonly K[] {
  return Object.keys(types) as K[];
}

function columnsOf<T, K extends keyof T>(rows: readonly T[], keys: readonly K[]): Columns {
  return keys.map((key) => rows.map((row) => row[key]));
}
