import { z } from 'zod';
import type { Because, Decision, WebhookPath } from '../admission/outcome.ts';
import type { Severity } from '../checks/check.ts';
import type { Action, Mode } from '../config/policy.ts';
import type { Operation } from '../kubernetes/review.ts';
import { isObject } from '../kubernetes/shape.ts';
import { lineLimit } from '../record/line.ts';
import { type Authn, type DecisionRecord, listLimits } from '../record/record.ts';
import { mayHoldUnprintable, printable, shortened } from '../record/redact.ts';

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

/** All decisions, worst first: the order in which a record's decision is found. */
export const decisions = ['error', 'deny', 'exempt', 'would-deny', 'would-patch', 'patch', 'warn', 'allow'] as const;

/** The paths of the webhook. */
export const webhookPaths = ['validate', 'mutate', 'observe'] as const;

const actions = ['deny', 'warn', 'audit', 'ignore'] as const;

const becauses = [
  'profile',
  'mode',
  'template',
  'allowed',
  'builder',
  'exemption',
  'inherited',
  'break-glass',
  'mirror',
] as const;

const count = z.int().min(0);
const text = z.string();
const nullableText = text.nullable();
const instance = text.min(1).max(320);
const hash = text.regex(/^[0-9a-f]{1,64}$/, 'is no hexadecimal hash');
const version = text.max(64);
/** `2026-11-22T12:00:00.000Z` and nothing else, so that texts sort as times do. */
const time = text.refine(isCanonicalTime, 'is no time in UTC with milliseconds, such as 2026-11-22T12:00:00.000Z');

const judgement = z.object({
  check: text.regex(/^[a-z][a-z0-9-]{0,63}$/, 'is no id of a check'),
  severity: z.enum(['low', 'medium', 'high', 'critical'] as const satisfies readonly Severity[]),
  action: z.enum(actions satisfies readonly Action[]),
  outcome: z.enum(actions),
  because: z.enum(becauses satisfies readonly Because[]),
  ref: nullableText,
  pointer: text,
  place: z.object({ container: text.exactOptional(), volume: text.exactOptional(), key: text.exactOptional() }),
  value: text,
});

const cut = z.object({
  images: count.exactOptional(),
  groups: count.exactOptional(),
  judgements: count.exactOptional(),
  paths: count.exactOptional(),
  warnings: count.exactOptional(),
});

const record: z.ZodType<DecisionRecord> = z.object({
  v: z.literal(1),
  ts: time,
  instance,
  seq: z.int().min(1),
  uid: text.max(256),
  traceId: nullableText,
  webhook: z.enum(webhookPaths satisfies readonly WebhookPath[]),
  operation: z.enum(['CREATE', 'UPDATE', 'DELETE', 'CONNECT'] as const satisfies readonly Operation[]).nullable(),
  dryRun: z.boolean().nullable(),
  resource: nullableText,
  subresource: nullableText,
  namespace: nullableText,
  name: nullableText,
  generateName: nullableText,
  owner: z.object({ apiVersion: text, kind: text, name: text }).nullable(),
  serviceAccount: nullableText,
  runtimeClassName: nullableText,
  hostUsers: z.boolean().nullable(),
  images: z.array(text).max(listLimits.images),
  user: z.object({ name: text, groups: z.array(text).max(listLimits.groups) }).nullable(),
  authn: z.enum(['mtls', 'none'] as const satisfies readonly Authn[]),
  decision: z.enum(decisions satisfies readonly Decision[]),
  profile: nullableText,
  mode: z.enum(['enforce', 'warn', 'audit'] as const satisfies readonly Mode[]).nullable(),
  exemption: nullableText,
  configHash: hash,
  version,
  judgements: z.array(judgement).max(listLimits.judgements),
  patch: z.object({ operations: count, paths: z.array(text).max(listLimits.paths), sha256: text.max(64) }).nullable(),
  warnings: z.array(text).max(listLimits.warnings),
  durationMs: z.number().min(0),
  bytes: count,
  cut: cut.exactOptional(),
});

const heartbeat: z.ZodType<Heartbeat> = z.object({
  v: z.literal(1),
  kind: z.literal('heartbeat'),
  ts: time,
  instance,
  version,
  configHash: hash,
  startedAt: time,
  seq: count,
  received: count,
  decisions: z.object({
    error: count.exactOptional(),
    deny: count.exactOptional(),
    exempt: count.exactOptional(),
    'would-deny': count.exactOptional(),
    'would-patch': count.exactOptional(),
    patch: count.exactOptional(),
    warn: count.exactOptional(),
    allow: count.exactOptional(),
  }),
  dropped: count,
  queued: count,
  final: z.boolean(),
  certificateExpires: time.nullable(),
});

const configuration: z.ZodType<ConfigurationLine> = z.object({
  v: z.literal(1),
  kind: z.literal('configuration'),
  ts: time,
  instance,
  configHash: hash,
  document: z.record(text, z.unknown()),
});

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

function isCanonicalTime(value: string): boolean {
  if (value.length !== 24) return false;
  const milliseconds = Date.parse(value);
  return Number.isFinite(milliseconds) && new Date(milliseconds).toISOString() === value;
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
