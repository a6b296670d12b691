import { instancesAt } from '../queries/health.ts';
import { dayMs } from '../store/schema.ts';
import type { JournalStore } from '../store/store.ts';

/** How the processes that write to the journal are. */
export interface ReplicaReadings {
  /** Seconds since the last heartbeat of each that was heard of in the last day and has not said that it ends. */
  readonly ages: readonly { readonly name: string; readonly seconds: number }[];
  /** How many of these were not heard of for three minutes. */
  readonly silent: number;
  /** Seq numbers that some record or heartbeat says there were, and that no record has. */
  readonly missing: number;
}

/** A fleet that restarts all day must not fill Prometheus. */
const ageLimit = 100;

/** Reads how the writers are from the store, at a time in milliseconds since the epoch. */
export async function replicaReadings({ db }: Pick<JournalStore, 'db'>, now: number): Promise<ReplicaReadings> {
  const heard = (await instancesAt(db, now)).flatMap(({ name, state, lastHeartbeat }) => {
    const isOurs = lastHeartbeat !== null && lastHeartbeat > now - dayMs && (state === 'live' || state === 'silent');
    return isOurs ? [{ name, state, seconds: Math.max(0, (now - lastHeartbeat) / 1000) }] : [];
  });
  return {
    ages: heard.slice(0, ageLimit),
    silent: heard.filter(({ state }) => state === 'silent').length,
    missing: await missingRecords(db),
  };
}

async function missingRecords(db: JournalStore['db']): Promise<number> {
  const told = await db.selectFrom('instances').select(['id', 'seq']).execute();
  const ranges = await db
    .selectFrom('seq_ranges')
    .select(({ fn, eb }) => [
      'instance',
      fn.max('last_seq').as('last'),
      fn.sum(eb('last_seq', '-', eb.ref('first_seq'))).as('steps'),
      fn.countAll().as('ranges'),
    ])
    .groupBy('instance')
    .execute();
  const known = new Map(
    ranges.map(({ instance, last, steps, ranges: count }) => {
      return [Number(instance), { last: Number(last), stored: Number(steps) + Number(count) }];
    }),
  );
  return told.reduce((sum, { id, seq }) => {
    const { last, stored } = known.get(Number(id)) ?? { last: 0, stored: 0 };
    return sum + Math.max(Number(seq), last) - stored;
  }, 0);
}
