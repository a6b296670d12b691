import fc from 'fast-check';
import { expect, test } from 'vitest';
import { answerReview } from '../../../src/admission/answer.ts';
import { parseLine } from '../../../src/journal/lines.ts';
import type { Configured } from '../../../src/journal/queries/configured.ts';
import { rejudge } from '../../../src/journal/queries/rejudge.ts';
import { readReview } from '../../../src/kubernetes/review.ts';
import { recordLine } from '../../../src/record/line.ts';
import { type DecisionRecord, decisionRecord, isRecorded } from '../../../src/record/record.ts';
import { configuredFor } from '../../harness/journal-configurations.ts';
import { runs } from '../runs.ts';
import { askedByBuilder, builderConfiguration } from './arbitrary-build.ts';
import { configuration, forgotten, rollOut } from './arbitrary-configuration.ts';
import { type Asked, asked } from './arbitrary-request.ts';

const clock = Date.parse('2026-11-22T12:00:00Z');

function answerTo({ webhook, review }: Asked, { configuration: under }: Configured) {
  const read = readReview(review);
  if (read.kind === 'no-uid') throw new Error(read.problem);
  return answerReview(read, webhook, under, clock);
}

/** The record as the journal reads it. */
function recordOf(outcome: ReturnType<typeof answerTo>): DecisionRecord {
  const context = {
    now: clock,
    instance: 'pratique-0',
    seq: 1,
    version: '0.1.0',
    authn: 'none',
    traceId: undefined,
    durationMs: 1,
    bytes: 100,
  } as const;
  const line = parseLine(recordLine(decisionRecord(outcome, context)).trimEnd());
  if (line.kind !== 'record') throw new Error(JSON.stringify(line));
  return line.line;
}

interface Tally {
  recorded: number;
  judged: number;
  changed: number;
  readonly reasons: Record<string, number>;
  readonly decisions: Record<string, number>;
}

/** Judges a record anew under another configuration, and holds it against the answer there is under that. */
function compare(request: Asked, old: Configured, next: Configured, tally: Tally): void {
  const outcome = answerTo(request, old);
  const record = recordOf(outcome);
  const result = rejudge(record, old, { configured: next }, clock);
  const really = answerTo(request, next).decision;
  if (result.kind === 'judged') expect([result.decision, record]).toEqual([really, record]);
  if (!isRecorded(outcome, 'none')) return;
  tally.recorded++;
  if (result.kind === 'unjudged') {
    tally.reasons[result.reason] = (tally.reasons[result.reason] ?? 0) + 1;
    return;
  }
  tally.judged++;
  if (record.decision !== really) tally.changed++;
  tally.decisions[really] = (tally.decisions[really] ?? 0) + 1;
}

const noTally = (): Tally => ({ recorded: 0, judged: 0, changed: 0, reasons: {}, decisions: {} });

test('what is claimed of a configuration is what the configuration does, after a change of it as roll-outs make them', () => {
  const tally = noTally();
  fc.assert(
    fc.property(rollOut, fc.array(asked, { minLength: 6, maxLength: 6 }), ([before, after], requests) => {
      const [old, next] = [configuredFor(before), configuredFor(after)];
      for (const request of requests) compare(request, old, next, tally);
    }),
    { numRuns: runs(150) },
  );
  expect(tally.judged / tally.recorded).toBeGreaterThan(0.6);
  expect(tally.changed / tally.judged).toBeGreaterThan(0.05);
});

test('what is claimed of a configuration is what the configuration does, also when it has nothing in common', () => {
  const tally = noTally();
  fc.assert(
    fc.property(
      configuration,
      configuration,
      fc.array(asked, { minLength: 6, maxLength: 6 }),
      (before, after, requests) => {
        const [old, next] = [configuredFor(before), configuredFor(after)];
        for (const request of requests) compare(request, old, next, tally);
      },
    ),
    { numRuns: runs(150) },
  );
  expect(tally.judged / tally.recorded).toBeGreaterThan(0.2);
});

test('a configuration that is not changed changes nothing, and hardly anything cannot be judged', () => {
  const tally = noTally();
  fc.assert(
    fc.property(configuration, fc.array(asked, { minLength: 6, maxLength: 6 }), (draft, requests) => {
      const same = configuredFor(draft);
      for (const request of requests) compare(request, same, same, tally);
    }),
    { numRuns: runs(100) },
  );
  expect(tally.changed).toBe(0);
  expect(tally.judged / tally.recorded).toBeGreaterThan(0.8);
});

test('what is claimed holds when allowances go, and when checks look for something else', () => {
  const tally = noTally();
  fc.assert(
    fc.property(forgotten, fc.array(asked, { minLength: 6, maxLength: 6 }), ([before, after], requests) => {
      const [old, next] = [configuredFor(before), configuredFor(after)];
      for (const request of requests) compare(request, old, next, tally);
    }),
    { numRuns: runs(100) },
  );
  expect(tally.changed).toBeGreaterThan(20);
});

test('what is claimed holds where builder profiles look at containers, of which a record tells little', () => {
  const tally = noTally();
  fc.assert(
    fc.property(
      builderConfiguration,
      builderConfiguration,
      fc.array(askedByBuilder, { minLength: 8, maxLength: 8 }),
      (before, after, requests) => {
        const [old, next] = [configuredFor(before), configuredFor(after)];
        for (const request of requests) compare(request, old, next, tally);
      },
    ),
    { numRuns: runs(200) },
  );
  expect(tally.changed).toBeGreaterThan(10);
});

test('a container that a builder profile fitted, it fits again', () => {
  const tally = noTally();
  fc.assert(
    fc.property(builderConfiguration, fc.array(askedByBuilder, { minLength: 8, maxLength: 8 }), (draft, requests) => {
      const same = configuredFor(draft);
      for (const request of requests) compare(request, same, same, tally);
    }),
    { numRuns: runs(200) },
  );
  expect(tally.changed).toBe(0);
  expect(tally.decisions['allow']).toBeGreaterThan(20);
  expect(tally.judged / tally.recorded).toBeGreaterThan(0.85);
});
