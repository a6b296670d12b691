import type { Pool, PoolClient } from 'pg';
import { bodyOf, recordOf } from '../body.ts';
import { erasedUser, keptOf, withoutUser } from '../erasure.ts';
import { pseudonym } from '../pseudonym.ts';
import { searchKey, uidKey } from '../rows.ts';
import { dayMs, hourMs } from '../schema.ts';
import type { AuditEvent, Joined, Retained, RetentionLimits } from '../store.ts';
import { inTransaction, withClient } from './connection.ts';
import { dailyTables, locks } from './migrations.ts';
import { daysOf, dropDays } from './partitions.ts';

const eraseStep = 500;

/** Removes days; when another server is at it, nothing. */
export async function retain(pool: Pool, limits: RetentionLimits, now: number): Promise<Retained> {
  return await withClient(pool, async (client) => {
    const { rows } = await client.query('SELECT pg_try_advisory_lock($1) AS mine', [locks.retention]);
    if (rows[0]?.mine !== true) return { removed: 0, horizon: await horizonOf(client) };
    try {
      return await retainAlone(pool, client, limits, now);
    } finally {
      await client.query('SELECT pg_advisory_unlock($1)', [locks.retention]);
    }
  });
}

async function retainAlone(pool: Pool, client: PoolClient, limits: RetentionLimits, now: number): Promise<Retained> {
  const { maxAge, maxBytes } = limits;
  const byAge = maxAge === undefined ? 0 : Math.floor((now - maxAge) / dayMs) * dayMs;
  let removed = await removeBefore(pool, Math.max(await horizonOf(client), byAge));
  const today = Math.floor(now / dayMs);
  while (maxBytes !== undefined && (await usedBytes(client)) > maxBytes) {
    const [oldest] = await daysOf(client);
    if (oldest === undefined || oldest >= today) break;
    removed += await removeBefore(pool, (oldest + 1) * dayMs);
  }
  return { removed, horizon: await horizonOf(client) };
}

/** First nobody may insert what is older; then what is there goes. */
async function removeBefore(pool: Pool, horizon: number): Promise<number> {
  const removed = await inTransaction(pool, async (client) => {
    await client.query('SELECT pg_advisory_xact_lock($1)', [locks.horizon]);
    await client.query("UPDATE meta SET value = greatest(value, $1) WHERE key = 'horizon'", [horizon]);
    const { rows } = await client.query(
      `WITH gone AS (DELETE FROM rollups WHERE hour < $1 RETURNING dimension, n)
       SELECT coalesce(sum(n), 0) AS n FROM gone WHERE dimension = 'webhook'`,
      [Math.floor(horizon / hourMs)],
    );
    await client.query('DELETE FROM configurations WHERE last_seen < $1', [horizon]);
    await client.query('DELETE FROM seq_ranges WHERE instance IN (SELECT id FROM instances WHERE last_seen < $1)', [
      horizon,
    ]);
    await client.query('DELETE FROM instances WHERE last_seen < $1', [horizon]);
    return Number(rows[0]?.n);
  });
  await dropDays(pool, horizon);
  return removed;
}

async function horizonOf(client: PoolClient): Promise<number> {
  const { rows } = await client.query("SELECT value FROM meta WHERE key = 'horizon'");
  return Number(rows[0]?.value);
}

/** Bytes of all tables and their indexes. */
export async function usedBytes(client: PoolClient): Promise<number> {
  const tables = [...dailyTables, 'rollups', 'instances', 'seq_ranges', 'configurations', 'meta'];
  const { rows } = await client.query(
    'SELECT coalesce(sum(pg_total_relation_size(p.relid)), 0) AS bytes FROM unnest($1::text[]) AS t(name), ' +
      'LATERAL pg_partition_tree(t.name::regclass) AS p',
    [tables],
  );
  return Number(rows[0]?.bytes);
}

/** Adds audit events to their records. */
export async function joinEvents(pool: Pool, events: readonly AuditEvent[], key: string | undefined): Promise<Joined> {
  return await inTransaction(pool, async (client) => {
    const uids = events.map(({ review }) => uidKey(review));
    const { rows } = await client.query('SELECT id, ts, body FROM records WHERE uid_key = ANY($1)', [uids]);
    const found = new Map(
      rows.map(({ id, ts, body }) => {
        const record = recordOf(body);
        return [record.uid, { id, ts, record }];
      }),
    );
    let joined = 0;
    let matched = 0;
    for (const event of events) {
      const row = found.get(event.review);
      if (row === undefined) continue;
      const { auditId, sourceIps, userAgent, impersonator } = keptOf(event, row.record);
      matched++;
      const { rowCount } = await client.query(
        `INSERT INTO audits (record, ts, audit_id, source_ips, user_agent, impersonator) VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (record, ts) DO NOTHING`,
        [
          row.id,
          row.ts,
          auditId,
          sourceIps.length === 0 ? null : sourceIps.join(', '),
          userAgent,
          impersonator === null || key === undefined ? impersonator : pseudonym(impersonator, key),
        ],
      );
      joined += rowCount ?? 0;
    }
    return { joined, duplicates: matched - joined, unmatched: events.length - matched };
  });
}

/** Erases a user, by one of the stored names, in small transactions. */
export async function eraseName(pool: Pool, name: string): Promise<number> {
  let erased = 0;
  let after: number | undefined = 0;
  while (after !== undefined) {
    const step: { readonly after: number | undefined; readonly erased: number } = await eraseSome(pool, name, after);
    erased += step.erased;
    after = step.after;
  }
  await withClient(pool, (client) =>
    client.query('UPDATE audits SET source_ips = NULL, user_agent = NULL, impersonator = $1 WHERE impersonator = $2', [
      erasedUser,
      name,
    ]),
  );
  return erased;
}

/**
 * Makes what was overwritten unreadable: until then old versions of rows lie about in the files. The planner's statistics
 * list the most frequent values of a column, users among them, so these are made anew.
 */
export async function forget(pool: Pool): Promise<void> {
  await withClient(pool, (client) => client.query('VACUUM (ANALYZE) records, audits'));
}

async function eraseSome(pool: Pool, name: string, after: number) {
  return await inTransaction(pool, async (client) => {
    const { rows } = await client.query(
      'SELECT id, ts, body FROM records WHERE user_name = $1 AND id > $2 ORDER BY id LIMIT $3',
      [searchKey(name), after, eraseStep],
    );
    let erased = 0;
    for (const { id, ts, body } of rows) {
      const changed = withoutUser(recordOf(body), [name]);
      if (changed === undefined) continue;
      await client.query('UPDATE records SET user_name = $1, body = $2 WHERE id = $3 AND ts = $4', [
        erasedUser,
        bodyOf(changed),
        id,
        ts,
      ]);
      await client.query(
        'UPDATE audits SET source_ips = NULL, user_agent = NULL, impersonator = NULL WHERE record = $1 AND ts = $2',
        [id, ts],
      );
      erased++;
    }
    return { after: rows.length < eraseStep ? undefined : Number(rows.at(-1)?.id), erased };
  });
}
