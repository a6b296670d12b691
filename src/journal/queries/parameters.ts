import { checkById } from '../../checks/registry.ts';
import type { Mode } from '../../config/policy.ts';
import { decisions as allDecisions, webhookPaths } from '../lines.ts';
import { dayMs } from '../store/schema.ts';
import type { ParameterName } from './catalogue.ts';
import type { TimeRange } from './overview.ts';
import type { CountKey, DecisionQuestion, RecordFilter } from './questions.ts';
import type { Raise } from './roll-out.ts';
import { parseCursor } from './search.ts';

/** Parameters as they come from a URL or from flags; what is empty is as good as absent. */
export type Parameters = { readonly [P in ParameterName]?: string | undefined };

/** A parameter that makes no sense, in words for whoever gave it. */
export class ParameterError extends Error {
  readonly code = 'ERR_JOURNAL_PARAMETER';
  readonly parameter: ParameterName;
  constructor(parameter: ParameterName, problem: string) {
    super(`${parameter}: ${problem}`);
    this.name = 'ParameterError';
    this.parameter = parameter;
  }
}

const longestText = 1_024;
const usualSpan = 7 * dayMs;
const units = { m: 60_000, h: 3_600_000, d: dayMs, w: 7 * dayMs } as const;
const countKeys = [
  'decision',
  'webhook',
  'check',
  'namespace',
  'workload',
  'user',
] as const satisfies readonly CountKey[];

/** Reads the text of a parameter; undefined when it is absent or empty. */
export function text(parameters: Parameters, name: ParameterName): string | undefined {
  const value = parameters[name];
  if (value === undefined || value === '') return undefined;
  if (value.length > longestText) throw new ParameterError(name, `is longer than ${longestText} characters`);
  return value;
}

/** Reads a stretch of time: `since`, or `from` and `to`; the last seven days when nothing is said. */
export function timeRange(parameters: Parameters, now: number): TimeRange {
  const since = span(parameters, 'since');
  const [from, to] = [instant(parameters, 'from'), instant(parameters, 'to')];
  if (since !== undefined && from !== undefined) throw new ParameterError('since', 'cannot be given with `from`');
  const end = to ?? now + 1;
  const start = from ?? end - (since ?? usualSpan);
  if (start >= end) throw new ParameterError('from', 'is not before the end of the time');
  return { from: start, to: end };
}

/** Reads a length of time in milliseconds. */
export function span(parameters: Parameters, name: ParameterName): number | undefined {
  const value = text(parameters, name);
  if (value === undefined) return undefined;
  const [, number, unit] = /^(\d{1,5})([mhdw])$/.exec(value) ?? [];
  if (number === undefined || unit === undefined) {
    throw new ParameterError(name, 'is no length of time such as 30m, 24h, 7d or 4w');
  }
  return Number(number) * units[unit as keyof typeof units];
}

function instant(parameters: Parameters, name: ParameterName): number | undefined {
  const value = text(parameters, name);
  if (value === undefined) return undefined;
  const isIso = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?(?:Z|[+-]\d\d:\d\d)?)?$/.test(value);
  // Without a zone it is UTC, wherever this runs.
  const zoned = value.includes('T') && !/(?:Z|[+-]\d\d:\d\d)$/.test(value) ? `${value}Z` : value;
  const milliseconds = isIso ? Date.parse(zoned) : Number.NaN;
  if (Number.isNaN(milliseconds))
    throw new ParameterError(name, 'is no time such as 2026-11-22 or 2026-11-22T12:00:00Z');
  return milliseconds;
}

/** Reads a whole number from 1 to `most`. */
export function number(parameters: Parameters, name: ParameterName, usual: number, most: number): number {
  const value = text(parameters, name);
  if (value === undefined) return usual;
  const read = /^\d{1,15}$/.test(value) ? Number(value) : 0;
  if (read < 1 || read > most) throw new ParameterError(name, `is no whole number from 1 to ${most}`);
  return read;
}

/** Reads one of some words. */
export function choice<T extends string>(
  parameters: Parameters,
  name: ParameterName,
  known: readonly T[],
): T | undefined {
  const value = text(parameters, name);
  return value === undefined ? undefined : oneOf(value, name, known);
}

function oneOf<T extends string>(value: string, name: ParameterName, known: readonly T[]): T {
  const found = known.find((one) => one === value);
  if (found === undefined) throw new ParameterError(name, `is none of ${known.join(', ')}`);
  return found;
}

function list(parameters: Parameters, name: ParameterName): readonly string[] | undefined {
  return text(parameters, name)
    ?.split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '');
}

/** Reads which records are meant. `stored` gives the name under which a user is kept, where those are pseudonyms. */
export function recordFilter(parameters: Parameters, stored: (user: string) => string): RecordFilter {
  const user = text(parameters, 'user');
  const chosen = list(parameters, 'decision');
  const decisions =
    chosen === undefined || chosen.includes('all')
      ? undefined
      : [...new Set(chosen.map((word) => oneOf(word, 'decision', allDecisions)))];
  const all: { readonly [K in keyof RecordFilter]: RecordFilter[K] | undefined } = {
    user: user === undefined || user.includes('*') ? user : stored(user),
    namespace: text(parameters, 'namespace'),
    owner: text(parameters, 'owner'),
    image: text(parameters, 'image'),
    check: text(parameters, 'check'),
    exemption: text(parameters, 'exemption'),
    configHash: text(parameters, 'config'),
    instance: text(parameters, 'instance'),
    name: text(parameters, 'name'),
    webhook: choice(parameters, 'webhook', webhookPaths),
    decisions,
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)) as RecordFilter;
}

/** Reads what to count by. */
export function countKeysOf(parameters: Parameters, usual: readonly CountKey[]): readonly CountKey[] {
  const keys = list(parameters, 'by');
  return keys === undefined ? usual : [...new Set(keys.map((key) => oneOf(key, 'by', countKeys)))];
}

/** Reads where a page starts. */
export function cursorOf(parameters: Parameters): string | undefined {
  const cursor = text(parameters, 'cursor');
  if (cursor !== undefined && parseCursor(cursor) === undefined)
    throw new ParameterError('cursor', 'is no cursor of an answer');
  return cursor;
}

/** Reads which decision is meant. */
export function decisionNamed(parameters: Parameters): DecisionQuestion {
  const [uid, instance] = [text(parameters, 'uid'), text(parameters, 'instance')];
  if (uid !== undefined) return { uid };
  const most = Number.MAX_SAFE_INTEGER;
  if (text(parameters, 'id') !== undefined) return { id: number(parameters, 'id', 1, most) };
  if (instance === undefined || text(parameters, 'seq') === undefined) {
    throw new ParameterError('id', 'give `id`, `uid`, or `instance` and `seq`');
  }
  return { instance, seq: number(parameters, 'seq', 1, most) };
}

/** Reads what is raised; enforcement where nothing is said. */
export function raiseOf(parameters: Parameters): Raise {
  const mode = choice<Mode>(parameters, 'mode', ['enforce', 'warn']);
  const checks = list(parameters, 'checks');
  const profile = text(parameters, 'profile');
  const action = choice(parameters, 'action', ['deny', 'warn']);
  const unknown = checks?.find((id) => checkById(id) === undefined);
  if (unknown !== undefined) throw new ParameterError('checks', `there is no check ${unknown}`);
  if (action !== undefined && checks === undefined) throw new ParameterError('action', 'goes with `checks`');
  const isNothing = mode === undefined && checks === undefined && profile === undefined;
  return {
    ...(mode === undefined && !isNothing ? {} : { mode: mode ?? 'enforce' }),
    ...(checks === undefined ? {} : { checks }),
    ...(action === undefined ? {} : { action }),
    ...(profile === undefined ? {} : { profile }),
  };
}
