import { z } from 'zod';
import type { Because, Decision, WebhookPath } from '../admission/outcome.ts';
import type { Severity } from '../checks/check.ts';
import type { Action, Mode } from '../config/policy.ts';
import type { Operation } from '../kubernetes/review.ts';
import { type Authn, type DecisionRecord, listLimits } from '../record/record.ts';
import type { ConfigurationLine, Heartbeat } from './lines.ts';

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

/** A decision record of version 1. */
export const record: z.ZodType<DecisionRecord> = z.object({
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

/** A heartbeat of version 1. */
export const heartbeat: z.ZodType<Heartbeat> = z.object({
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

/** A configuration line of version 1. */
export const configuration: z.ZodType<ConfigurationLine> = z.object({
  v: z.literal(1),
  kind: z.literal('configuration'),
  ts: time,
  instance,
  configHash: hash,
  document: z.record(text, z.unknown()),
});

function isCanonicalTime(value: string): boolean {
  if (value.length !== 24) return false;
  const milliseconds = Date.parse(value);
  return Number.isFinite(milliseconds) && new Date(milliseconds).toISOString() === value;
}
