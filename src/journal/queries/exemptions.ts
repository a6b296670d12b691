import { sql } from 'kysely';
import type { ExemptionDocument } from '../../config/document.ts';
import { endOf } from '../../config/names.ts';
import { configurationDocuments, loadedFrom } from './configured.ts';
import { matchesText, recordConditions, records } from './filter.ts';
import { instancesAt } from './health.ts';
import type { Journal } from './questions.ts';
import { storedRecords } from './rows.ts';
import type { EndingExemption, ExemptionRow, ExemptionsQuestion, ExemptionsResult } from './usage.ts';
import { findingTally } from './workload-tally.ts';

/** Of so many records of an exemption, the newest, it is told what was let through. */
const looked = 1_000;

/** Hashes of the configurations that live instances have; where none lives, that which was seen last. */
async function configurationsInForce(db: Journal, now: number): Promise<readonly string[]> {
  const live = (await instancesAt(db, now)).filter(({ state }) => state === 'live');
  const hashes = [...new Set(live.flatMap(({ configHash }) => configHash ?? []))].sort();
  if (hashes.length > 0) return hashes;
  const last = await db.selectFrom('configurations').select('hash').orderBy('last_seen', 'desc').executeTakeFirst();
  return last === undefined ? [] : [last.hash];
}

/** Tells of each exemption whether it was used, what it let through, and when it ends. */
export async function exemptionsUsed(db: Journal, question: ExemptionsQuestion): Promise<ExemptionsResult> {
  const { name } = question;
  const { configured, unknown } = await exemptionsInForce(db, question.now);
  const used = new Map((await uses(db, question)).map((use) => [use.exemption, use]));
  const names = [...new Set([...configured.keys(), ...used.keys()])]
    .filter((one) => name === undefined || matchesText(one, name))
    .sort();
  const exemptions: ExemptionRow[] = [];
  for (const one of names) {
    const document = configured.get(one);
    const use = used.get(one);
    exemptions.push({
      name: one,
      state: stateOf(document, question),
      used: use !== undefined,
      owner: document?.owner ?? null,
      reason: document?.reason ?? null,
      namespaces: document?.namespaces ?? [],
      expires: document?.expires ?? null,
      n: use?.n ?? 0,
      first: use?.first ?? null,
      last: use?.last ?? null,
      ...(use === undefined ? { findings: [], looked: 0 } : await letThrough(db, one, question)),
    });
  }
  return { exemptions, unknownConfigurations: unknown };
}

/** Lists exemptions in force that ended, or end within `soon` milliseconds. Reads no records, however many there are. */
export async function endingExemptions(
  db: Journal,
  question: Pick<ExemptionsQuestion, 'soon' | 'now'>,
): Promise<readonly EndingExemption[]> {
  const { configured } = await exemptionsInForce(db, question.now);
  const rows = [...configured.values()].flatMap((document) => {
    const { name, owner, expires } = document;
    const state = stateOf(document, question);
    return state === 'expiring' || state === 'expired' ? [{ name, state, owner, expires }] : [];
  });
  return rows.toSorted((a, b) => (a.expires < b.expires ? -1 : 1));
}

async function exemptionsInForce(db: Journal, now: number) {
  const documents = await configurationDocuments(db);
  const configured = new Map<string, ExemptionDocument>();
  const unknown: string[] = [];
  for (const hash of await configurationsInForce(db, now)) {
    const document = documents.get(hash);
    const loaded = document === undefined ? undefined : loadedFrom(document);
    if (loaded === undefined) unknown.push(hash);
    for (const { value } of loaded?.effective.exemptions ?? []) configured.set(value.name, value);
  }
  return { configured, unknown };
}

function stateOf(
  document: ExemptionDocument | undefined,
  { now, soon }: Pick<ExemptionsQuestion, 'soon' | 'now'>,
): ExemptionRow['state'] {
  if (document === undefined) return 'gone';
  const end = endOf(document.expires) ?? 0;
  if (end < now) return 'expired';
  return end - now <= soon ? 'expiring' : 'in-force';
}

interface Use {
  readonly exemption: string;
  readonly n: number;
  readonly first: number;
  readonly last: number;
}

async function uses(db: Journal, { from, to }: ExemptionsQuestion): Promise<readonly Use[]> {
  const rows = await records(db)
    .select(['r.exemption', sql<number>`count(*)`.as('n')])
    .select((e) => [e.fn.min('r.ts').as('first'), e.fn.max('r.ts').as('last')])
    .where('r.exemption', 'is not', null)
    .where('r.ts', '>=', from)
    .where('r.ts', '<', to)
    .groupBy('r.exemption')
    .execute();
  return rows.map(({ exemption, n, first, last }) => ({
    exemption: exemption ?? '',
    n: Number(n),
    first: Number(first),
    last: Number(last),
  }));
}

async function letThrough(db: Journal, exemption: string, range: ExemptionsQuestion) {
  const tally = findingTally();
  const found = await storedRecords(db, (e) => recordConditions(e, { exemption }, range), 'desc', looked);
  for (const { record } of found) {
    tally.add(record.judgements.filter(({ because, ref }) => because === 'exemption' && ref === record.exemption));
  }
  return { findings: tally.counts(), looked: found.length };
}
