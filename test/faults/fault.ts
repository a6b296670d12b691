import { setTimeout as delay } from 'node:timers/promises';
import { countsOf, type Load, type Outcome } from '../harness/faults-load.ts';
import type { Environment } from './environment.ts';

/** Something that happens to a release while pods are created and denied. */
export interface Fault {
  /** As in the table. */
  readonly name: string;
  /** How many errors that name our webhook there may be, in words. */
  readonly bound: string;
  /** Runs before the load starts. */
  prepare?(environment: Environment): Promise<void>;
  /** Makes it happen and waits until it is over; tells which of the errors are within the bound. */
  inject(environment: Environment, load: Load): Promise<Excuse>;
  /** Puts things right again, after the load. */
  repair?(environment: Environment): Promise<void>;
}

/** Whether an error that names our webhook is within the bound of a fault, and what else was seen. */
export interface Excuse {
  readonly excuses: (errors: readonly Outcome[]) => boolean;
  /** For the table, e.g. how many requests were in flight. */
  readonly seen: string;
  /** From when on nothing was to be denied any more: a pod that was admitted later was rightly admitted. */
  readonly until?: number;
}

/** One row of the table. */
export interface Row {
  readonly name: string;
  readonly bound: string;
  readonly pods: number;
  readonly wrongAdmissions: number;
  readonly wrongDenials: number;
  readonly webhookErrors: number;
  readonly otherErrors: number;
  readonly seen: string;
  /** Why the bound does not hold; empty when it does. */
  readonly broken: readonly string[];
}

/** No error at all. */
export function noErrors(seen: string): Excuse {
  return { seen, excuses: (errors) => errors.length === 0 };
}

const aroundMs = 2_000;

/** Runs one fault under load, from two seconds before it to two seconds after it; what fails is told in the row. */
export async function runFault(fault: Fault, environment: Environment): Promise<Row> {
  await fault.prepare?.(environment);
  await environment.settled();
  const load = environment.load();
  await delay(aroundMs);
  const excuse = await fault.inject(environment, load).catch((error: unknown) => failed(String(error)));
  await delay(aroundMs);
  const outcomes = await load.stop();
  await fault.repair?.(environment);
  return rowOf(fault, outcomes, excuse);
}

/** What they say, each once, with how many say it. */
export function distinct(errors: readonly Outcome[]): string {
  const groups = Map.groupBy(errors, ({ message }) => message);
  return [...groups].map(([message, { length }]) => `${length} × ${message}`).join('; ');
}

function failed(reason: string): Excuse {
  return { seen: reason.replaceAll(/[\s|]+/g, ' '), excuses: () => false };
}

function rowOf({ name, bound }: Fault, all: readonly Outcome[], { excuses, seen, until }: Excuse): Row {
  const isLate = ({ kind, answeredAt }: Outcome) => kind === 'wrong admission' && answeredAt >= (until ?? Infinity);
  const outcomes = all.filter((outcome) => !isLate(outcome));
  const counts = countsOf(outcomes);
  const errors = outcomes.filter(({ kind }) => kind === 'webhook error');
  const first = (kind: Outcome['kind']) => outcomes.find((outcome) => outcome.kind === kind)?.message ?? '';
  const broken = [
    ...(counts['wrong admission'] > 0 ? ['pods were wrongly admitted'] : []),
    ...(counts['wrong denial'] > 0 ? [`pods were wrongly denied: ${first('wrong denial')}`] : []),
    ...(excuses(errors) ? [] : [`more errors than ${bound}: ${distinct(errors)}`]),
  ];
  return {
    name,
    bound,
    pods: outcomes.length,
    wrongAdmissions: counts['wrong admission'],
    wrongDenials: counts['wrong denial'],
    webhookErrors: counts['webhook error'],
    otherErrors: counts['other error'],
    seen,
    broken,
  };
}
