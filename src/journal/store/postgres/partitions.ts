import type { Pool, PoolClient } from 'pg';
import { dayMs } from '../schema.ts';
import { inTransaction, withClient } from './connection.ts';
import { dailyTables, locks } from './migrations.ts';

/** The days, since the epoch, of which partitions are known to be there. */
export type KnownDays = Set<number>;

/** Makes the partitions of days that are not there yet. */
export async function ensureDays(pool: Pool, known: KnownDays, days: ReadonlySet<number>): Promise<void> {
  const missing = [...days].filter((day) => !known.has(day)).sort((a, b) => a - b);
  if (missing.length === 0) return;
  await inTransaction(pool, async (client) => {
    await client.query('SELECT pg_advisory_xact_lock($1)', [locks.schema]);
    const { rows } = await client.query("SELECT value FROM meta WHERE key = 'horizon'");
    const horizon = Number(rows[0]?.value);
    const there = new Set(await daysOf(client));
    for (const day of missing) if (!there.has(day) && (day + 1) * dayMs > horizon) await makeDay(client, day);
  });
  for (const day of missing) known.add(day);
}

/** To make a table and attach it later takes a weaker lock than to make a partition: who reads need not wait. */
async function makeDay(client: PoolClient, day: number): Promise<void> {
  for (const table of dailyTables) {
    const name = partitionName(table, day);
    await client.query(`CREATE TABLE ${name} (LIKE ${table} INCLUDING ALL)`);
    await client.query(
      `ALTER TABLE ${table} ATTACH PARTITION ${name} FOR VALUES FROM (${day * dayMs}) TO (${(day + 1) * dayMs})`,
    );
  }
}

/** The days that have partitions, in order. */
export async function daysOf(client: PoolClient): Promise<readonly number[]> {
  const { rows } = await client.query(
    "SELECT c.relname AS name FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = 'records'::regclass",
  );
  return rows.map(({ name }) => dayOf(String(name))).sort((a, b) => a - b);
}

/**
 * Removes the partitions of all days before a horizon. Each is detached first, which nobody who reads or inserts has to
 * wait for, and then is a table that nobody uses.
 */
export async function dropDays(pool: Pool, horizon: number): Promise<void> {
  await withClient(pool, async (client) => {
    for (const table of dailyTables) {
      const { rows } = await client.query(
        `SELECT c.relname AS name, i.inhdetachpending AS pending FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
         WHERE i.inhparent = $1::regclass`,
        [table],
      );
      for (const { name, pending } of rows) {
        if ((dayOf(String(name)) + 1) * dayMs > horizon) continue;
        // Pending: a former run was interrupted.
        await client.query(
          `ALTER TABLE ${table} DETACH PARTITION ${name} ${pending === true ? 'FINALIZE' : 'CONCURRENTLY'}`,
        );
        await client.query(`DROP TABLE ${name}`);
      }
    }
    await dropDetached(client, horizon);
  });
}

/** What was detached by a run that was interrupted before it could drop it. */
async function dropDetached(client: PoolClient, horizon: number): Promise<void> {
  const { rows } = await client.query(
    'SELECT tablename AS name FROM pg_tables WHERE schemaname = current_schema() AND tablename ~ $1',
    [`^(${dailyTables.join('|')})_[0-9]{8}$`],
  );
  for (const { name } of rows) {
    if ((dayOf(String(name)) + 1) * dayMs <= horizon) await client.query(`DROP TABLE IF EXISTS ${name}`);
  }
}

function partitionName(table: string, day: number): string {
  return `${table}_${new Date(day * dayMs).toISOString().slice(0, 10).replaceAll('-', '')}`;
}

function dayOf(name: string): number {
  const digits = name.slice(-8);
  return Date.parse(`${digits.slice(0, 4)}-${digits.slice(4, 6)}-${digits.slice(6)}T00:00:00Z`) / dayMs;
}
