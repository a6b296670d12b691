import { type Kysely, sql } from 'kysely';
import { dayMs, type JournalTables } from '../store/schema.ts';
import type { TimeRange } from './overview.ts';

/** How long an instance may be silent: heartbeats come once a minute. */
const silentAfterMs = 3 * 60_000;
/** How long silence is told: a replica that was killed never says anything again, and somebody has looked by then. */
const goneAfterMs = 7 * dayMs;

/** A process of the webhook, as far as the journal has heard of it; times in milliseconds since the epoch. */
export interface Instance {
  readonly name: string;
  readonly version: string | null;
  readonly configHash: string | null;
  readonly startedAt: number | null;
  readonly firstSeen: number;
  readonly lastSeen: number;
  /** Null when only its records are known. */
  readonly lastHeartbeat: number | null;
  /**
   * `silent`: it has not said that it ends, and its last heartbeat is older than three minutes. `gone`: the same, and
   * older than seven days.
   */
  readonly state: 'live' | 'silent' | 'gone' | 'ended' | 'unknown';
  readonly received: number;
  readonly dropped: number;
  readonly queued: number;
  readonly certificateExpires: number | null;
}

/** Records that an instance made and the journal does not have. */
export interface Gap {
  readonly instance: string;
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly missing: number;
  /** When the record before was made; null when it is the first of an instance whose start is not known. */
  readonly after: number | null;
  /** When the record behind was made, or the heartbeat that told of them. */
  readonly before: number;
}

/** All instances, those heard of last first. */
export async function instancesAt(db: Kysely<JournalTables>, now: number): Promise<readonly Instance[]> {
  const rows = await db.selectFrom('instances').selectAll().orderBy('last_seen', 'desc').orderBy('name').execute();
  return rows.map((row) => ({
    name: row.name,
    version: row.version,
    configHash: row.config_hash,
    startedAt: row.started_at,
    firstSeen: row.first_seen,
    lastSeen: row.last_seen,
    lastHeartbeat: row.last_heartbeat,
    state: stateOf(row.last_heartbeat, row.final === 1, now),
    received: row.received,
    dropped: row.dropped,
    queued: row.queued,
    certificateExpires: row.certificate_expires,
  }));
}

function stateOf(lastHeartbeat: number | null, final: boolean, now: number): Instance['state'] {
  if (lastHeartbeat === null) return 'unknown';
  if (final) return 'ended';
  if (lastHeartbeat < now - goneAfterMs) return 'gone';
  return lastHeartbeat < now - silentAfterMs ? 'silent' : 'live';
}

/**
 * The gaps that lie in a range in part or whole, in the order of their time: before the first record that is known,
 * between two, and after the last, when a heartbeat told of more.
 *
 * Records that a live instance still has in its queue are no gap yet.
 */
export async function gapsIn(
  db: Kysely<JournalTables>,
  { from, to }: TimeRange,
  now: number,
  limit = 1_000,
): Promise<readonly Gap[]> {
  const neighbours = db
    .selectFrom('seq_ranges')
    .select(['instance', 'first_seq', 'first_ts'])
    .select(sql<number | null>`lag(last_seq) over (partition by instance order by first_seq)`.as('prior_seq'))
    .select(sql<number | null>`lag(last_ts) over (partition by instance order by first_seq)`.as('prior_ts'))
    .as('r');
  const between = await db
    .selectFrom(neighbours)
    .innerJoin('instances as i', 'i.id', 'r.instance')
    .select(['i.name', 'i.started_at', 'r.first_seq', 'r.first_ts', 'r.prior_seq', 'r.prior_ts'])
    .where(sql<boolean>`r.first_seq > coalesce(r.prior_seq, 0) + 1`)
    .where((e) => e.or([e('r.first_ts', '>=', from), e('r.prior_ts', '>=', from)]))
    .where(sql<boolean>`coalesce(r.prior_ts, i.started_at, r.first_ts) < ${to}`)
    .orderBy('r.first_ts')
    .limit(limit)
    .execute();
  const gaps = between.map((row) =>
    gap(row.name, (row.prior_seq ?? 0) + 1, row.first_seq - 1, row.prior_ts ?? row.started_at, row.first_ts),
  );
  const tails = await tailGaps(db, { from, to }, now);
  return [...gaps, ...tails].sort((a, b) => a.before - b.before || (a.instance < b.instance ? -1 : 1)).slice(0, limit);
}

async function tailGaps(db: Kysely<JournalTables>, { from, to }: TimeRange, now: number): Promise<readonly Gap[]> {
  const last = db
    .selectFrom('seq_ranges')
    .select((e) => ['instance', e.fn.max('last_seq').as('seq'), e.fn.max('last_ts').as('ts')])
    .groupBy('instance')
    .as('r');
  const rows = await db
    .selectFrom('instances as i')
    .leftJoin(last, 'r.instance', 'i.id')
    .select(['i.name', 'i.seq', 'i.queued', 'i.final', 'i.started_at', 'i.last_heartbeat'])
    .select(['r.seq as known', 'r.ts as known_ts'])
    .where(sql<boolean>`i.seq > coalesce(r.seq, 0)`)
    .where('i.last_heartbeat', '>=', from)
    .where(sql<boolean>`coalesce(r.ts, i.started_at, i.last_heartbeat) < ${to}`)
    .execute();
  return rows.flatMap((row) => {
    const known = row.known ?? 0;
    const waits = row.seq - known <= row.queued && stateOf(row.last_heartbeat, row.final === 1, now) === 'live';
    if (waits || row.last_heartbeat === null) return [];
    return [gap(row.name, known + 1, row.seq, row.known_ts ?? row.started_at, row.last_heartbeat)];
  });
}

function gap(instance: string, firstSeq: number, lastSeq: number, after: number | null, before: number): Gap {
  return { instance, firstSeq, lastSeq, missing: lastSeq - firstSeq + 1, after, before };
}
