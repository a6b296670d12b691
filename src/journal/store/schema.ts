import type { Generated } from 'kysely';
import type { Because, Decision, WebhookPath } from '../../admission/outcome.ts';
import type { Action, Mode } from '../../config/policy.ts';
import type { Operation } from '../../kubernetes/review.ts';

/**
 * What readers see, alike in SQLite and in PostgreSQL.
 *
 * Times are milliseconds since the epoch, truths are 0 and 1. A text that is searched for is cut at `longestKey` UTF-16
 * units (`searchKey`); the body of a record has it whole.
 */
export interface JournalTables {
  readonly records: RecordsTable;
  readonly findings: FindingsTable;
  readonly record_images: RecordImagesTable;
  readonly audits: AuditsTable;
  readonly rollups: RollupsTable;
  readonly instances: InstancesTable;
  readonly seq_ranges: SeqRangesTable;
  readonly configurations: ConfigurationsTable;
  readonly meta: MetaTable;
}

/**
 * One row a decision record. Page by `(ts, id)`: `id` is of this store alone, grows as records come in, and is what
 * findings, images and audits name a record by.
 *
 * Indexes: ts; and each with ts: decision, namespace, user_name, owner, config_hash, exemption (where there is one);
 * uid_key; duration_ms (from `slowReview` on).
 */
export interface RecordsTable {
  readonly id: number;
  readonly ts: number;
  /** `instances.id` */
  readonly instance: number;
  readonly seq: number;
  /** A number made of the uid (`uidKey`): a search by uid is one by this, and then by the body. */
  readonly uid_key: number;
  readonly webhook: WebhookPath;
  readonly operation: Operation | null;
  readonly dry_run: number;
  readonly resource: string | null;
  readonly namespace: string | null;
  /** The name, else generateName. */
  readonly name: string | null;
  /** `Kind/name` of the owner, such as `Job/build-7`. */
  readonly owner: string | null;
  readonly user_name: string | null;
  readonly decision: Decision;
  readonly profile: string | null;
  readonly mode: Mode | null;
  readonly exemption: string | null;
  readonly config_hash: string;
  readonly duration_ms: number;
  /** The whole record: `recordOf(body)` in body.ts reads it. */
  readonly body: Uint8Array;
}

/** One row a judgement of a record. Key: (check_id, ts, record, position). Its pointer, place and value are in the body. */
export interface FindingsTable {
  readonly check_id: string;
  readonly ts: number;
  /** `records.id` */
  readonly record: number;
  /** Index into the record's judgements. */
  readonly position: number;
  readonly action: Action;
  readonly outcome: Action;
  readonly because: Because;
  readonly ref: string | null;
}

/** One row an image of a record. Key: (image, ts, record). */
export interface RecordImagesTable {
  readonly image: string;
  readonly ts: number;
  /** `records.id` */
  readonly record: number;
}

/** What the API server's audit log knows of a record. Key: record. */
export interface AuditsTable {
  /** `records.id` */
  readonly record: number;
  readonly ts: number;
  readonly audit_id: string;
  /** Separated by a comma and a space, as the API server lists them: the client's own first. */
  readonly source_ips: string | null;
  readonly user_agent: string | null;
  /** Who impersonated the record's user. */
  readonly impersonator: string | null;
}

/**
 * Counts per hour, in step with the records. Key: (dimension, hour, name, outcome).
 *
 * | dimension | name | outcome | n |
 * | --- | --- | --- | --- |
 * | webhook | webhook path | decision | records |
 * | namespace | namespace, empty for none | decision | records |
 * | check | check id | `FindingOutcome` | records with such a finding |
 */
export interface RollupsTable {
  readonly dimension: RollupDimension;
  /** Hours since the epoch. */
  readonly hour: number;
  readonly name: string;
  readonly outcome: Decision | FindingOutcome;
  readonly n: number;
}

/** What is counted per hour. */
export type RollupDimension = 'webhook' | 'namespace' | 'check';

/** What became of a finding: `would-deny` where mode or template lowered a denial, else the outcome, else why it was let pass. */
export type FindingOutcome = 'deny' | 'would-deny' | 'warn' | 'audit' | Because;

/** One row a process of the webhook that was ever heard of; what only heartbeats tell is null before the first. */
export interface InstancesTable {
  readonly id: Generated<number>;
  readonly name: string;
  readonly version: string | null;
  readonly config_hash: string | null;
  readonly started_at: number | null;
  /** The time of its first record or heartbeat. */
  readonly first_seen: number;
  readonly last_seen: number;
  readonly last_heartbeat: number | null;
  /** The highest seq that a heartbeat told of. */
  readonly seq: number;
  readonly received: number;
  readonly dropped: number;
  readonly queued: number;
  readonly final: number;
  readonly certificate_expires: number | null;
}

/** The seq numbers that were stored, as ranges without a hole; they outlive the records. Key: (instance, first_seq). */
export interface SeqRangesTable {
  /** `instances.id` */
  readonly instance: number;
  readonly first_seq: number;
  readonly last_seq: number;
  /** The times of the records with these two numbers. */
  readonly first_ts: number;
  readonly last_ts: number;
}

/** One row a configuration hash that a record, a heartbeat or a configuration line named. */
export interface ConfigurationsTable {
  readonly hash: string;
  readonly first_seen: number;
  readonly last_seen: number;
  /** JSON of the effective configuration, once a configuration line brought it. */
  readonly document: string | null;
}

/** `horizon`: records from before this time are gone, and no longer taken. */
export interface MetaTable {
  readonly key: 'horizon';
  readonly value: number;
}

/** The version of what the migrations make; a store of a higher one belongs to a newer program. */
export const schemaVersion = 1;

/** The longest text in a column that is searched by, in UTF-16 units: a key in PostgreSQL holds some 2,700 bytes. */
export const longestKey = 512;

/** Reviews that took this many milliseconds or more are found by an index on their duration. */
export const slowReview = 10;

export const hourMs = 3_600_000;
export const dayMs = 24 * hourMs;
