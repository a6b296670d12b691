import { didYouMean, quoted } from '../../config/problem.ts';
import { printable } from '../../record/redact.ts';
import type { ParameterName } from '../queries/catalogue.ts';
import type { TimeRange } from '../queries/overview.ts';
import { ParameterError, type Parameters, recordFilter, timeRange } from '../queries/parameters.ts';
import type { RecordFilter } from '../queries/questions.ts';
import { dayMs, hourMs } from '../store/schema.ts';
import { PageError, type ParamProblem } from './answer.ts';
import type { Params } from './urls.ts';

/** The parameters of an address, and what is wrong with them. */
export interface Reading {
  readonly parameters: Parameters;
  /** What was given, right or wrong, as it was given. */
  readonly given: Params;
  readonly problems: readonly ParamProblem[];
  /** Reads some of them; what is wrong is added to the problems, and `otherwise` stands for it. */
  attempt<T>(read: (parameters: Parameters) => T, otherwise: T): T;
}

/** Unknown parameters that are told of. */
const mostProblems = 16;

/**
 * Reads the parameters of an address: only those named here may be given, each once. Decisions may be given several
 * times, as a form with boxes to tick sends them.
 */
export function readParams(params: URLSearchParams, names: readonly ParameterName[]): Reading {
  const problems: ParamProblem[] = [];
  const known = new Set<string>(names);
  const unknown = [...new Set(params.keys())].filter((name) => !known.has(name)).slice(0, mostProblems);
  for (const name of unknown) {
    const message = ['is no parameter of this page.', didYouMean(name, known)].filter(Boolean).join(' ');
    problems.push({ name: quoted(printable(name)), message });
  }
  const parameters: { [P in ParameterName]?: string } = {};
  const given: Record<string, readonly string[]> = {};
  for (const name of names) {
    const values = params.getAll(name).filter((value) => value !== '');
    if (values.length > 0) given[name] = values;
    if (values.length > 1 && name !== 'decision') problems.push({ name, message: 'may be given once.' });
    if (values[0] !== undefined) parameters[name] = name === 'decision' ? values.join(',') : values[0];
  }
  return {
    parameters,
    given,
    problems,
    attempt(read, otherwise) {
      try {
        return read(parameters);
      } catch (error) {
        if (!(error instanceof ParameterError)) throw error;
        const { parameter } = error;
        problems.push(parameterProblem(error, parameters[parameter]));
        return otherwise;
      }
    },
  };
}

/** What is wrong with a parameter, with the value that is. */
export function parameterProblem({ parameter, message }: ParameterError, value: string | undefined): ParamProblem {
  const words = message.startsWith(`${parameter}: `) ? message.slice(parameter.length + 2) : message;
  return { name: parameter, message: `${value === undefined ? '' : `${quoted(printable(value))} `}${words}.` };
}

/** Throws when some parameter is wrong: an answer to another question would mislead. */
export function requireNoProblems({ problems }: Reading): void {
  if (problems.length > 0) {
    throw new PageError({ status: 400, title: 'The address asks for what there is not', problems });
  }
}

/** Lengths of time that are chosen with one click. */
export const ranges = [
  { value: '1h', words: 'Hour', ms: hourMs },
  { value: '24h', words: 'Day', ms: dayMs },
  { value: '7d', words: '7 days', ms: 7 * dayMs },
  { value: '30d', words: '30 days', ms: 30 * dayMs },
  { value: '90d', words: '90 days', ms: 90 * dayMs },
] as const;

/** The parameters of time. */
export const timeNames = ['since', 'from', 'to'] as const;

/** A time that was asked for. */
export interface ChosenTime extends TimeRange {
  /** How far back from now, as it is written; undefined when a start or an end was given. */
  readonly since: string | undefined;
}

/**
 * Reads which time is meant: `from` and `to`, else `since`, else the last `preset`. A form sends its `since` along, so
 * that it says nothing beside the others.
 */
export function readTime(reading: Reading, now: number, preset: (typeof ranges)[number]['value']): ChosenTime {
  const { from, to, since: asked } = reading.parameters;
  const since = from === undefined && to === undefined ? (asked ?? preset) : undefined;
  const fallback = timeRange({ since: preset }, now);
  return { ...reading.attempt((parameters) => timeRange({ ...parameters, since }, now), fallback), since };
}

/** The parameters by which decisions are searched. */
export const filterNames = [
  'decision',
  'namespace',
  'check',
  'user',
  'owner',
  'name',
  'image',
  'exemption',
  'config',
  'instance',
  'webhook',
] as const satisfies readonly ParameterName[];

/** Reads which decisions are meant, each parameter for itself, so that all that are wrong are told of. */
export function readFilter(reading: Reading, storedName: (user: string) => string): RecordFilter {
  const parts = filterNames.map((name) =>
    reading.attempt((parameters) => recordFilter({ [name]: parameters[name] }, storedName), {}),
  );
  return Object.assign({}, ...parts) as RecordFilter;
}
