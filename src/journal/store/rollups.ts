import type { Selectable } from 'kysely';
import type { Decision } from '../../admission/outcome.ts';
import type { DecisionRecord, RecordedJudgement } from '../../record/record.ts';
import { searchKey } from './rows.ts';
import { type FindingOutcome, hourMs, type RollupDimension, type RollupsTable } from './schema.ts';

/** What became of a finding, in one word. */
export function findingOutcome({ action, outcome, because }: RecordedJudgement): FindingOutcome {
  if (because !== 'profile' && because !== 'mode' && because !== 'template') return because;
  if (action === 'deny' && outcome !== 'deny') return 'would-deny';
  return outcome === 'ignore' ? because : outcome;
}

/** What records add to the counts per hour, in the order of the key: writers that all keep to it cannot block each other for good. */
export function rollupsOf(records: readonly DecisionRecord[]): readonly Selectable<RollupsTable>[] {
  const counts = new Map<string, { -readonly [K in keyof RollupsTable]: RollupsTable[K] }>();
  const add = (dimension: RollupDimension, hour: number, name: string, outcome: Decision | FindingOutcome) => {
    const key = `${dimension}\n${hour}\n${name}\n${outcome}`;
    const known = counts.get(key);
    if (known === undefined) counts.set(key, { dimension, hour, name, outcome, n: 1 });
    else known.n++;
  };
  for (const record of records) {
    const hour = Math.floor(Date.parse(record.ts) / hourMs);
    add('webhook', hour, record.webhook, record.decision);
    add('namespace', hour, searchKey(record.namespace ?? ''), record.decision);
    for (const [check, outcome] of findingsOf(record)) add('check', hour, check, outcome);
  }
  return [...counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row);
}

/** Each check with each outcome once, however many findings a record has. */
function findingsOf({ judgements }: DecisionRecord): readonly (readonly [string, FindingOutcome])[] {
  const [only] = judgements;
  if (only === undefined) return [];
  if (judgements.length === 1) return [[only.check, findingOutcome(only)]];
  const seen = new Map<string, readonly [string, FindingOutcome]>();
  for (const judgement of judgements) {
    const outcome = findingOutcome(judgement);
    seen.set(`${judgement.check}\n${outcome}`, [judgement.check, outcome]);
  }
  return [...seen.values()];
}
