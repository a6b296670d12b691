import { type Configured, configurationDocuments, configuredFrom } from './configured.ts';
import { coverageTally, notRecorded } from './coverage.ts';
import type { TimeRange } from './overview.ts';
import type { Journal } from './questions.ts';
import { type Rejudged, rejudge, type Target } from './rejudge.ts';
import type { Coverage } from './roll-out.ts';
import type { Stored, Where } from './rows.ts';
import { visitRecords } from './stream.ts';

/** So many records are read at most to answer one question: the newest. */
const mostRead = 500_000;

/** Which records are judged anew, and under what. */
export interface Retrial {
  readonly range: TimeRange;
  /** Conditions that exclude each other. */
  readonly wheres: readonly Where[];
  /** What records of a configuration are judged under; undefined when there is nothing of the kind. */
  targetFor(old: Configured): Target | undefined;
  /** Milliseconds since the epoch: which exemptions have expired. */
  readonly clock: number;
  visit(stored: Stored, result: Rejudged): void;
}

interface Sides {
  readonly old: Configured;
  readonly next: Target;
}

const unknown: Rejudged = {
  kind: 'unjudged',
  reason: 'unknown-configuration',
  detail: 'What the configuration said is not in the journal, or was said to another version of the program.',
};

const absent: Rejudged = {
  kind: 'unjudged',
  reason: 'unknown-configuration',
  detail: 'The configuration of that time cannot be raised so: it has no such profile.',
};

/** Judges records anew, one page after the other, and tells of what it could say something. */
export async function rejudgeAll(db: Journal, retrial: Retrial): Promise<Coverage> {
  const documents = await configurationDocuments(db);
  const known = new Map<string, Sides | Rejudged>();
  const sidesOf = (hash: string) => {
    const before = known.get(hash);
    if (before !== undefined) return before;
    const sides = sidesFrom(documents.get(hash), hash, retrial);
    known.set(hash, sides);
    return sides;
  };
  const coverage = coverageTally();
  const reading = await visitRecords(db, retrial.wheres, mostRead, (stored) => {
    const sides = sidesOf(stored.record.configHash);
    const result = 'kind' in sides ? sides : judgedAnew(stored, sides, retrial.clock);
    coverage.add(stored, result);
    retrial.visit(stored, result);
  });
  return coverage.result(reading, await notRecorded(db, retrial.range));
}

const inconsistent: Rejudged = {
  kind: 'unjudged',
  reason: 'inconsistent',
  detail:
    'Under the configuration that it was made under, the record comes to another decision: this program judges otherwise.',
};

/** What this program would not have decided then, it does not decide anew either. */
function judgedAnew({ record, ts }: Stored, { old, next }: Sides, clock: number): Rejudged {
  const then = rejudge(record, old, { configured: old }, ts);
  if (then.kind === 'judged' && then.decision !== record.decision) return inconsistent;
  return rejudge(record, old, next, clock);
}

function sidesFrom(document: string | undefined, hash: string, { targetFor }: Retrial): Sides | Rejudged {
  const old = document === undefined ? undefined : configuredFrom(document, hash);
  if (old === undefined) return unknown;
  const next = targetFor(old);
  return next === undefined ? absent : { old, next };
}
