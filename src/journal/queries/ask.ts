import { dayMs } from '../store/schema.ts';
import { whatWouldBreak } from './breaks.ts';
import type { QuestionName } from './catalogue.ts';
import { configurationDifference, listConfigurations } from './configurations.ts';
import { countRecords } from './counts.ts';
import { findDecision } from './decision.ts';
import { exemptionsUsed } from './exemptions.ts';
import { fusePods } from './fuse.ts';
import { gapsIn, instancesAt } from './health.ts';
import {
  choice,
  countKeysOf,
  cursorOf,
  decisionNamed,
  number,
  ParameterError,
  type Parameters,
  raiseOf,
  recordFilter,
  span,
  text,
  timeRange,
} from './parameters.ts';
import type { Journal, SearchResult } from './questions.ts';
import { breakTable } from './roll-out-tables.ts';
import { searchDecisions } from './search.ts';
import { slowestReviews } from './slowest.ts';
import type { Answer } from './table.ts';
import {
  changeTable,
  configurationTable,
  countTable,
  decisionTable,
  exemptionTable,
  fuseTable,
  gapTable,
  instanceTable,
  wholeDecisionTable,
} from './tables.ts';

/** What a question is asked with besides its parameters. */
export interface Asking {
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** The name under which a user is kept, where those are pseudonyms. */
  storedName(user: string): string;
}

const mostRows = 10_000;

type Ask = (db: Journal, parameters: Parameters, asking: Asking) => Promise<Answer>;

/** Asks a question by its name; rejects with a ParameterError where a parameter makes no sense. */
export function ask(name: QuestionName, db: Journal, parameters: Parameters, asking: Asking): Promise<Answer> {
  return asks[name](db, parameters, asking);
}

function pageAnswer(page: SearchResult): Answer {
  const { rows: entries, next } = page;
  return { json: page, table: decisionTable(entries), notes: [], page: { entries, next } };
}

const limitOf = (parameters: Parameters, usual: number) => number(parameters, 'limit', usual, mostRows);

const asks: Readonly<Record<QuestionName, Ask>> = {
  async breaks(db, parameters, { now }) {
    const namespace = text(parameters, 'namespace');
    const question = {
      ...timeRange(parameters, now),
      raise: raiseOf(parameters),
      limit: limitOf(parameters, 100),
      ...(namespace === undefined ? {} : { namespace }),
    };
    return breakTable(await whatWouldBreak(db, question, now));
  },
  async changes(db, parameters) {
    const [old, next] = [required(parameters, 'old'), required(parameters, 'new')];
    return changeTable(await configurationDifference(db, old, next));
  },
  async configurations(db, parameters, { now }) {
    return configurationTable(await listConfigurations(db, timeRange(parameters, now), now));
  },
  async decision(db, parameters) {
    const found = await findDecision(db, decisionNamed(parameters));
    if (found === undefined) throw new ParameterError('id', 'there is no such decision in the journal');
    return wholeDecisionTable(found);
  },
  async decisions(db, parameters, { now, storedName }) {
    const cursor = cursorOf(parameters);
    const question = {
      ...timeRange(parameters, now),
      filter: recordFilter(parameters, storedName),
      limit: limitOf(parameters, 50),
      ...(cursor === undefined ? {} : { cursor }),
    };
    return pageAnswer(await searchDecisions(db, question));
  },
  async denials(db, parameters, { now, storedName }) {
    const by = countKeysOf(parameters, ['check', 'namespace']);
    const chosen = text(parameters, 'decision');
    const filter = recordFilter({ ...parameters, decision: chosen ?? 'deny' }, storedName);
    const question = {
      ...timeRange(parameters, now),
      by,
      bucket: choice(parameters, 'bucket', ['hour', 'day', 'none']) ?? ('none' as const),
      filter,
      limit: limitOf(parameters, 100),
      // What a denied pod was only warned of did not deny it.
      ...(chosen === undefined && by.includes('check') ? { outcome: 'deny' as const } : {}),
    };
    return countTable(await countRecords(db, question));
  },
  async exemptions(db, parameters, { now }) {
    const name = text(parameters, 'exemption');
    const soon = span(parameters, 'soon') ?? 14 * dayMs;
    const question = { ...timeRange(parameters, now), now, soon, ...(name === undefined ? {} : { name }) };
    return exemptionTable(await exemptionsUsed(db, question));
  },
  async fuse(db, parameters, { now }) {
    const namespace = text(parameters, 'namespace');
    const limit = limitOf(parameters, 100);
    const question = { ...timeRange(parameters, now), limit, ...(namespace === undefined ? {} : { namespace }) };
    return fuseTable(await fusePods(db, question));
  },
  async gaps(db, parameters, { now }) {
    return gapTable(await gapsIn(db, timeRange(parameters, now), now, limitOf(parameters, 1000)));
  },
  async instances(db, _parameters, { now }) {
    return instanceTable(await instancesAt(db, now));
  },
  async slowest(db, parameters, { now }) {
    const rows = await slowestReviews(db, { ...timeRange(parameters, now), limit: limitOf(parameters, 20) });
    return { json: { rows }, table: decisionTable(rows), notes: ['Only reviews that took 10 ms or more are listed.'] };
  },
};

function required(parameters: Parameters, name: 'old' | 'new'): string {
  const value = text(parameters, name);
  if (value === undefined) throw new ParameterError(name, 'is missing');
  return value;
}
