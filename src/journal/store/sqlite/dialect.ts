import {
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely';
import { StoreError } from '../store.ts';

/** Asks a statement of a database, and resolves to its rows. */
export type Ask = (sql: string, parameters: readonly unknown[]) => Promise<readonly unknown[]>;

/** Kysely's SQLite for a database that other threads read: no transactions, and nothing is written. */
export function readingDialect(ask: Ask): Dialect {
  const connection: DatabaseConnection = {
    executeQuery: async <R>({ sql, parameters }: CompiledQuery): Promise<QueryResult<R>> => ({
      rows: (await ask(sql, parameters)) as R[],
    }),
    streamQuery: () => {
      throw new StoreError('failed', 'The journal is read by pages, not by streams.');
    },
  };
  const noTransaction = async () => {
    throw new StoreError('failed', 'The journal is only read through this.');
  };
  return {
    createAdapter: () => new SqliteAdapter(),
    createIntrospector: (db) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
    createDriver: () => ({
      init: async () => {},
      acquireConnection: async () => connection,
      beginTransaction: noTransaction,
      commitTransaction: noTransaction,
      rollbackTransaction: noTransaction,
      releaseConnection: async () => {},
      destroy: async () => {},
    }),
  };
}
