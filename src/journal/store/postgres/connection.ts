import type { PostgresPool, PostgresPoolClient } from 'kysely';
import { Pool, type PoolClient, types } from 'pg';
import { messageOf } from '../../../config/problem.ts';
import { StoreError, type StoreProblem } from '../store.ts';

/** OIDs of types that pg would give as texts, since they may be longer than a number: none here is. */
const int8 = 20;
const numeric = 1700;

const numbers = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') =>
    (oid === int8 || oid === numeric) && format !== 'binary' ? Number : types.getTypeParser(oid, format as 'text'),
};

/** Connects when first used; `url` is `postgres://user:password@host:port/database`, with pg's parameters. */
export function openPool(url: string): Pool {
  const pool = new Pool({
    connectionString: url,
    types: numbers,
    max: 10,
    connectionTimeoutMillis: 10_000,
    application_name: 'pratique journal',
  });
  // A connection that breaks while nobody uses it: the next question gets another one, or the error.
  pool.on('error', () => undefined);
  return pool;
}

/** Lends a connection. */
export async function withClient<T>(pool: Pool, act: (client: PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let failure: Error | undefined;
  try {
    return await act(client);
  } catch (error) {
    failure = error instanceof Error ? error : new Error(String(error));
    throw error;
  } finally {
    // A connection whose work failed is in a state that nobody knows.
    client.release(failure instanceof StoreError ? undefined : failure);
  }
}

/** The pool as Kysely takes it: its errors are told as those of the store. */
export function readingPool(pool: Pool): PostgresPool {
  return {
    options: pool.options,
    connect: async () => {
      const client = await told(pool.connect());
      return {
        // Kysely asks with a cursor only where it is given one.
        query: ((sql: string, parameters: readonly unknown[]) =>
          told(client.query(sql, [...parameters]))) as unknown as PostgresPoolClient['query'],
        release: () => client.release(),
      };
    },
    end: () => pool.end(),
  };
}

/** How often a transaction is tried that others have got in the way of. */
const tries = 4;

/** Runs a transaction, again when another one was in its way: `act` must have no other effects. */
export async function inTransaction<T>(pool: Pool, act: (client: PoolClient) => Promise<T>): Promise<T> {
  for (let tried = 1; ; tried++) {
    try {
      return await withClient(pool, async (client) => {
        await client.query('BEGIN');
        const result = await act(client);
        await client.query('COMMIT');
        return result;
      });
    } catch (error) {
      if (tried === tries || !passes.has(codeOf(error))) throw error;
    }
  }
}

/** Serialization failure, deadlock. */
const passes: ReadonlySet<string> = new Set(['40001', '40P01']);

/** Codes of PostgreSQL (https://www.postgresql.org/docs/current/errcodes-appendix.html) and of the system. */
const problems: readonly (readonly [RegExp, StoreProblem, string])[] = [
  [/^53100$/, 'full', 'the disk of PostgreSQL is full. Nothing of the batch was stored'],
  [/^(?:25006|42501)$/, 'read-only', 'PostgreSQL does not let this user write'],
  [/^XX00[12]$/, 'corrupt', 'PostgreSQL finds its data damaged: restore a backup'],
  [/^(?:28|3D000)/, 'unreachable', 'PostgreSQL refused the connection'],
  [/^(?:08|57P|53300|E[A-Z_]+$)/, 'unreachable', 'PostgreSQL cannot be reached'],
];

/** Says what an error of PostgreSQL means for the journal. The URL with its password is no part of any. */
export function storeError(error: unknown): StoreError {
  if (error instanceof StoreError) return error;
  const detail = detailOf(error);
  const code = codeOf(error);
  const known = problems.find(([pattern]) => pattern.test(code));
  if (known !== undefined) return new StoreError(known[1], `${known[2]} (${detail})`);
  if (/timeout|terminated|Connection ended/i.test(detail)) {
    return new StoreError('unreachable', `PostgreSQL cannot be reached (${detail})`);
  }
  return new StoreError('failed', `PostgreSQL failed: ${detail}`);
}

/** Has errors of PostgreSQL told as those of the store. */
export async function told<T>(act: Promise<T>): Promise<T> {
  try {
    return await act;
  } catch (error) {
    throw storeError(error);
  }
}

function codeOf(error: unknown): string {
  if (error instanceof AggregateError) return codeOf(error.errors[0]);
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

/** Where a name has several addresses, the error of each stands in a list, and the message is empty. */
function detailOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(detailOf).join('; ');
  return messageOf(error);
}
