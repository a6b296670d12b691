import type { Kysely } from 'kysely';
import type { JournalLine } from '../lines.ts';
import type { JournalTables } from './schema.ts';

/**
 * Where the journal is kept: a folder with an SQLite database, or PostgreSQL.
 *
 * Each promise is rejected with a StoreError for what the store is to blame for.
 */
export interface JournalStore {
  readonly dialect: 'sqlite' | 'postgres';
  /** Whether opening it made it: there was no journal before. */
  readonly isNew: boolean;
  /** For reading only; in SQLite another thread reads, so that no question holds an insertion up. */
  readonly db: Kysely<JournalTables>;
  /** Stores lines, all or none: when it resolves they are on disk. A line that is known already changes nothing. */
  insert(lines: readonly JournalLine[]): Promise<Inserted>;
  /** Adds what audit events tell to the records that they are of. */
  joinAudits(events: readonly AuditEvent[]): Promise<Joined>;
  /** Removes what is too old, and of what is left the oldest until the rest is small enough; others may write meanwhile. */
  enforceRetention(limits: RetentionLimits): Promise<Retained>;
  /** Removes a user's name, groups, addresses and agents from all records, and resolves to how many those are. */
  erase(user: string): Promise<number>;
  /** Bytes in use. */
  size(): Promise<number>;
  /** Copies a consistent state of the store into an empty folder while others go on; SQLite only. */
  backup(folder: string): Promise<void>;
  close(): Promise<void>;
}

/** What became of the records among the lines; heartbeats and configurations are not counted. */
export interface Inserted {
  readonly stored: number;
  /** Known by instance and seq. */
  readonly duplicates: number;
  /** From before the horizon of retention: not stored. */
  readonly expired: number;
  /** Dated more than a day ahead of this machine's clock: not stored. */
  readonly ahead: number;
}

/** What is kept of an event of the API server's audit log. */
export interface AuditEvent {
  /** The review's uid, as our annotation has it. */
  readonly review: string;
  readonly auditId: string;
  readonly sourceIps: readonly string[];
  readonly userAgent: string | null;
  /** The authenticated user, where it impersonated another. */
  readonly impersonator: string | null;
}

/** What became of audit events. */
export interface Joined {
  readonly joined: number;
  /** The record has what the event tells. */
  readonly duplicates: number;
  /** No record has the review's uid. */
  readonly unmatched: number;
}

/** What is kept at most; a limit that is absent does not limit. */
export interface RetentionLimits {
  /** Milliseconds; whole days (UTC) are removed, so that up to one day more is kept. */
  readonly maxAge?: number;
  /** Bytes. PostgreSQL always keeps the current day. */
  readonly maxBytes?: number;
}

/** What retention did. */
export interface Retained {
  /** Records that were removed. */
  readonly removed: number;
  /** Milliseconds since the epoch: there is nothing from before. */
  readonly horizon: number;
}

/** How a store is opened. */
export interface StoreOptions {
  /** Milliseconds since the epoch. */
  readonly clock?: () => number;
  /** Milliseconds: older records are not taken; ten years when absent. */
  readonly maxAge?: number;
  /** With a key, names of users (not of service accounts and other `system:` users) are stored as keyed pseudonyms. */
  readonly pseudonymKey?: string;
  /** Opens a store that is there without writing to it; insert, retention and erase are then rejected. */
  readonly readOnly?: boolean;
  /** Rejects with `absent` where there is no journal, in place of making one; a store that is only read is never made. */
  readonly mustExist?: boolean;
}

/** Why a store cannot do what it was asked. */
export type StoreProblem =
  /** Made by a newer program. */
  | 'newer'
  /** Another process writes to the folder. */
  | 'in-use'
  | 'corrupt'
  /** The folder, the file or the database may not be written. */
  | 'read-only'
  /** No room is left: nothing of the batch was stored. */
  | 'full'
  /** There is no store where one should be read, or changed. */
  | 'absent'
  /** The server cannot be reached, or refused the connection. */
  | 'unreachable'
  | 'failed';

/** What a store is to blame for, in words for an operator; nothing of the batch that failed is stored. */
export class StoreError extends Error {
  readonly code = 'ERR_JOURNAL_STORE';
  readonly problem: StoreProblem;
  constructor(problem: StoreProblem, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'StoreError';
    this.problem = problem;
  }
}
