import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { answerReview } from '../../../src/admission/answer.ts';
import type { Outcome, WebhookPath } from '../../../src/admission/outcome.ts';
import { subjectReader } from '../../../src/kubernetes/reader.ts';
import { readReview } from '../../../src/kubernetes/review.ts';
import { decisionRecord, isRecorded } from '../../../src/record/record.ts';
import { configurationOf } from '../../harness/rules.ts';
import type { Draft } from '../hardened.ts';
import { everythingDocument, wired } from '../metamorphic/engine.ts';
import { runs } from '../runs.ts';
import { recordContext } from './engine-parts.ts';
import { anyJson, damage } from './json.ts';
import { judged, reviewFor } from './kinds.ts';

const configurations = [
  configurationOf({ ...everythingDocument, breakGlass: { groups: ['sre'] } }),
  configurationOf({ mountFuse: { namespaces: ['gitlab'] } }),
  configurationOf({ default: { profile: 'strict', mode: 'audit' } }),
];
const webhooks = ['validate', 'mutate', 'observe'] as const;

const isObject = (value: unknown): value is Draft =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The uid that an answer can be for, if the body has one. */
function uidOf(body: unknown): string | undefined {
  const request = isObject(body) ? body['request'] : undefined;
  const uid = isObject(request) ? request['uid'] : undefined;
  return typeof uid === 'string' && uid !== '' ? uid : undefined;
}

/** Holds an answer to what must be true of every answer, and hands it on; undefined where nobody can be answered. */
function answered(body: unknown, webhook: WebhookPath, configuration = configurations[0]): Outcome | undefined {
  const uid = uidOf(body);
  const review = readReview(body);
  if (review.kind === 'no-uid') {
    expect(uid).toBeUndefined();
    expect(review.problem).not.toBe('');
    return undefined;
  }
  if (configuration === undefined) throw new Error('unreachable');
  const outcome = answerReview(review, webhook, configuration, 0);
  const { response, problem, judgements } = outcome;
  expect(response.uid).toBe(uid);
  // What threw inside of us would be answered as well, but nothing should.
  expect(problem ?? '').not.toMatch(/while judging/);
  expect(judgements.filter(({ finding }) => finding.failed)).toEqual([]);
  if (webhook !== 'validate') expect(response.allowed).toBe(true);
  if (webhook !== 'mutate') expect(response.patch).toBeUndefined();
  expectReason(outcome);
  expectUnreadableDenied(body, webhook, outcome);
  isRecorded(outcome, 'none');
  expect(JSON.parse(JSON.stringify(decisionRecord(outcome, recordContext)))).toMatchObject({ webhook });
  return outcome;
}

/** A denial has a reason that a person can read, and that no author of a pod can make endless. */
function expectReason({ response }: Outcome): void {
  if (response.allowed) return;
  const { code, reason, message } = response.status ?? {};
  expect([400, 403]).toContain(code);
  expect(['BadRequest', 'Forbidden']).toContain(reason);
  expect(message?.length).toBeGreaterThan(10);
  expect(message?.length).toBeLessThanOrEqual(1_000);
  expect(message).not.toMatch(/[\p{Cc}\p{Cs}]/u);
}

/** Where there is no object there is nothing to allow. */
function expectUnreadableDenied(body: unknown, webhook: WebhookPath, { request, response }: Outcome): void {
  if (webhook !== 'validate') return;
  if (request === undefined) {
    expect(response.allowed).toBe(false);
    return;
  }
  const isJudged = (request.operation === 'CREATE' || request.operation === 'UPDATE') && subjectReader(request.kind);
  const object = ((body as Draft)['request'] as Draft)['object'];
  if (isJudged && !isObject(object)) expect(response.allowed).toBe(false);
}

/** The whole of a review, or one of its objects: those more often, since there is more in them. */
function partOf(body: Draft, chosen: number): unknown {
  const request = isObject(body['request']) ? body['request'] : body;
  return [body, request, request['object'], request['object'], request['oldObject']][chosen] ?? request;
}

describe('is answered, or has no uid, and nothing throws:', () => {
  test('any JSON', () => {
    fc.assert(
      fc.property(anyJson, fc.constantFrom(...webhooks), (body, webhook) => {
        answered(body, webhook);
      }),
      { numRuns: runs(500) },
    );
  });

  test('any JSON in the place of a request, of what it says, and of its objects', () => {
    const mostly = (usual: fc.Arbitrary<unknown>) =>
      fc.oneof({ weight: 12, arbitrary: usual }, { weight: 1, arbitrary: anyJson });
    const request = fc.record(
      {
        uid: mostly(fc.constant('a')),
        kind: mostly(fc.constantFrom(...judged)),
        resource: mostly(fc.constantFrom(...judged)),
        operation: mostly(fc.constantFrom('CREATE', 'UPDATE', 'DELETE', 'CONNECT')),
        subResource: mostly(fc.constantFrom('', 'ephemeralcontainers', 'status')),
        namespace: mostly(fc.constantFrom('gitlab', 'kube-system', '__proto__')),
        userInfo: mostly(fc.constant({ username: 'u', groups: ['sre', 'system:nodes'] })),
        object: anyJson,
        oldObject: anyJson,
        dryRun: mostly(fc.boolean()),
      },
      { requiredKeys: ['uid', 'kind', 'resource', 'operation'] },
    );
    let readable = 0;
    fc.assert(
      fc.property(request, fc.constantFrom(...webhooks), fc.nat(2), (sent, webhook, index) => {
        const body = { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', request: sent };
        if (answered(body, webhook, configurations[index])?.request !== undefined) readable += 1;
      }),
      { numRuns: runs(800) },
    );
    expect(readable).toBeGreaterThan(runs(20));
  });

  test('reviews of every kind that were damaged in a few places', () => {
    const damaged = { readable: 0, unreadable: 0, judged: 0 };
    fc.assert(
      fc.property(
        fc.constantFrom(...judged),
        fc.constantFrom('CREATE' as const, 'UPDATE' as const),
        fc.constantFrom(...webhooks),
        fc.integer({ min: 1, max: 4 }),
        fc.gen(),
        (kind, operation, webhook, times, draw) => {
          const { object } = kind;
          const body: Draft = wired(reviewFor(kind, { object, oldObject: object, operation, groups: ['sre'] }));
          for (let time = 0; time < times; time++) damage(partOf(body, draw(fc.nat, { max: 5 })), draw);
          const outcome = answered(body, webhook, configurations[times % 3]);
          if (outcome?.request === undefined) damaged.unreadable += 1;
          else damaged.readable += 1;
          if ((outcome?.judgements.length ?? 0) > 0) damaged.judged += 1;
        },
      ),
      { numRuns: runs(400) },
    );
    expect(damaged.readable).toBeGreaterThan(runs(50));
    expect(damaged.unreadable).toBeGreaterThan(runs(5));
    expect(damaged.judged).toBeGreaterThan(runs(5));
  });

  test('objects of every kind that were damaged in a few places', () => {
    const decisions = new Map<string, number>();
    fc.assert(
      fc.property(
        fc.constantFrom(...judged),
        fc.constantFrom('CREATE' as const, 'UPDATE' as const),
        fc.constantFrom(...webhooks),
        fc.integer({ min: 1, max: 3 }),
        fc.gen(),
        (kind, operation, webhook, times, draw) => {
          const object = wired(kind.object);
          for (let time = 0; time < times; time++) damage(object, draw);
          const body = reviewFor(kind, { object, oldObject: kind.object, operation, groups: ['sre'] });
          const decision = answered(body, webhook, configurations[times % 3])?.decision ?? '';
          decisions.set(decision, (decisions.get(decision) ?? 0) + 1);
        },
      ),
      { numRuns: runs(400) },
    );
    for (const decision of ['error', 'deny', 'allow']) expect(decisions.get(decision)).toBeGreaterThan(runs(2));
  });
});
