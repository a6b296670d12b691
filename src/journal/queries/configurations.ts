import { sql } from 'kysely';
import type { Decision } from '../../admission/outcome.ts';
import { configurationDocuments, loadedFrom } from './configured.ts';
import { configurationChanges } from './difference.ts';
import { records } from './filter.ts';
import { instancesAt } from './health.ts';
import type { TimeRange } from './overview.ts';
import type { Journal } from './questions.ts';
import type { ConfigurationDifference, ConfigurationRow } from './usage.ts';

/** Lists the configurations of a time, the last seen first, with what was decided under them. */
export async function listConfigurations(
  db: Journal,
  { from, to }: TimeRange,
  now: number,
): Promise<readonly ConfigurationRow[]> {
  const rows = await db
    .selectFrom('configurations')
    .select(['hash', 'first_seen', 'last_seen', sql<number>`case when document is null then 0 else 1 end`.as('known')])
    .where('last_seen', '>=', from)
    .where('first_seen', '<', to)
    .orderBy('last_seen', 'desc')
    .orderBy('hash')
    .execute();
  const counts = await records(db)
    .select(['r.config_hash', 'r.decision', sql<number>`count(*)`.as('n')])
    .where('r.ts', '>=', from)
    .where('r.ts', '<', to)
    .groupBy(['r.config_hash', 'r.decision'])
    .execute();
  const live = (await instancesAt(db, now)).filter(({ state }) => state === 'live');
  return rows.map(({ hash, first_seen: firstSeen, last_seen: lastSeen, known }) => {
    const own = counts.filter((row) => row.config_hash === hash).map(({ decision, n }) => [decision, Number(n)]);
    return {
      hash,
      firstSeen,
      lastSeen,
      known: known === 1,
      instances: live.flatMap(({ name, configHash }) => (configHash === hash ? [name] : [])).sort(),
      decisions: Object.fromEntries(own) as Readonly<Partial<Record<Decision, number>>>,
    };
  });
}

/** Says in words what differs between two configurations that the journal knows. */
export async function configurationDifference(db: Journal, from: string, to: string): Promise<ConfigurationDifference> {
  const documents = await configurationDocuments(db);
  const loaded = (hash: string) => {
    const document = documents.get(hash);
    return document === undefined ? undefined : loadedFrom(document);
  };
  const [old, next] = [loaded(from), loaded(to)];
  const unknown = [...(old === undefined ? [from] : []), ...(next === undefined ? [to] : [])];
  const changes = old === undefined || next === undefined ? [] : configurationChanges(old, next);
  return { from, to, unknown, changes };
}
