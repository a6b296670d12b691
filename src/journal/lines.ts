import type { z } from 'zod';
import type { Decision } from '../admission/outcome.ts';
import { isObject } from '../kubernetes/shape.ts';
import { lineLimit } from '../record/line.ts';
import type { DecisionRecord } from '../record/record.ts';
import { mayHoldUnprintable, printable, shortened } from '../record/redact.ts';
import { configuration, heartbeat, record } from './line-schemas.ts';

export { decisions, webhookPaths } from './line-schemas.ts';

/** The longest line of a configuration, in bytes with its newline; other lines keep the record's 16 KiB. */
export const configurationLineLimit = 1024 * 1024;

/** How deep the objects and lists of a configuration line may be nested. */
const deepest = 32;

/** What a replica tells of itself once a minute, and when it ends: counters are since the start of its process. */
export interface Heartbeat {
  readonly v: 1;
  readonly kind: 'heartbeat';
  readonly ts: string;
  readonly instance: string;
  readonly version: string;
  readonly configHash: string;
  readonly startedAt: string;
  /** The last one given to a record; 0 before the first. */
  readonly seq: number;
  /** Reviews. */
  readonly received: number;
  readonly decisions: { readonly [D in Decision]?: number };
  /** Lines that the journal never got. */
  readonly dropped: number;
  /** Lines that wait to be sent. */
  readonly queued: number;
  /** Whether the process ends after this. */
  readonly final: boolean;
  /** When the serving certificate ends. */
  readonly certificateExpires: string | null;
}

/** The effective configuration of a hash. */
export interface ConfigurationLine {
  readonly v: 1;
  readonly kind: 'configuration';
  readonly ts: string;
  readonly instance: string;
  readonly configHash: string;
  readonly document: Readonly<Record<string, unknown>>;
}

/** One line of the journal that was checked: only keys that are known, no unprintable characters. */
export type JournalLine =
  | { readonly kind: 'record'; readonly line: DecisionRecord }
  | { readonly kind: 'heartbeat'; readonly line: Heartbeat }
  | { readonly kind: 'configuration'; readonly line: ConfigurationLine };

/** A line that was read, or why it was not; the reason is one printable sentence that may name what the line holds. */
export type ParsedLine = JournalLine | { readonly kind: 'problem'; readonly reason: string };

/**
 * Reads one line of untrusted JSON, without its newline, and never throws.
 *
 * Keys that version 1 does not know are left out, so that a newer replica may add some; unprintable characters become
 * U+FFFD, as the recorder writes them.
 */
export function parseLine(line: string): ParsedLine {
  if (isLonger(line, configurationLineLimit)) return problem(`is longer than ${configurationLineLimit} bytes`);
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return problem('is no JSON');
  }
  return checkedLine(value, line);
}

/** Reads a line that was parsed already; `line` is its JSON. */
function checkedLine(value: unknown, line: string): ParsedLine {
  if (!isObject(value)) return problem('is no JSON object');
  const kind = Object.hasOwn(value, 'kind') ? value['kind'] : undefined;
  if (kind !== 'configuration' && isLonger(line, lineLimit)) return problem(`is longer than ${lineLimit} bytes`);
  if (!Object.hasOwn(value, 'v')) return problem('has no version `v`');
  if (value['v'] !== 1) return problem('has a version `v` other than 1, which this program does not know');
  const nesting = nestingProblem(value, 0);
  if (nesting !== undefined) return problem(nesting);
  const clean = mayHoldUnprintable(line) ? cleaned(value) : value;
  if (kind === undefined) return checked('record', record, clean);
  if (kind === 'heartbeat') return checked('heartbeat', heartbeat, clean);
  if (kind === 'configuration') return checked('configuration', configuration, clean);
  return problem('has a `kind` that this program does not know');
}

function checked<K extends JournalLine['kind']>(
  kind: K,
  schema: z.ZodType<Extract<JournalLine, { readonly kind: K }>['line']>,
  value: unknown,
): ParsedLine {
  const result = schema.safeParse(value);
  if (result.success) return { kind, line: result.data } as JournalLine;
  const [issue] = result.error.issues;
  const at = issue?.path.map(String).join('.') ?? '';
  return problem(`${at}: ${issue?.message ?? 'is wrong'}`);
}

function problem(reason: string): ParsedLine {
  return { kind: 'problem', reason: shortened(printable(reason), 200) };
}

/** The newline counts. A UTF-16 unit takes at most three bytes, so that most lines need not be measured. */
function isLonger(line: string, limit: number): boolean {
  return line.length * 3 >= limit && Buffer.byteLength(line) >= limit;
}

/** Keys that JavaScript reads as more than a name would follow what is stored into whatever reads it. */
function nestingProblem(value: unknown, depth: number): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  if (depth > deepest) return `is nested deeper than ${deepest} levels`;
  for (const [key, entry] of Object.entries(value)) {
    if (key === '__proto__') return 'has a key `__proto__`';
    const found = nestingProblem(entry, depth + 1);
    if (found !== undefined) return found;
  }
  return undefined;
}

function cleaned(value: unknown): unknown {
  if (typeof value === 'string') return printable(value);
  if (Array.isArray(value)) return value.map(cleaned);
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [printable(key), cleaned(entry)]));
}
