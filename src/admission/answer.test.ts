import { describe, expect, test } from 'vitest';
import { completePod, type Fragment } from '../../test/harness/cases.ts';
import { patchOf, podReview, type ReviewRequest } from '../../test/harness/review.ts';
import { configurationOf } from '../../test/harness/rules.ts';
import { readReview } from '../kubernetes/review.ts';
import { answerReview } from './answer.ts';
import type { Outcome, WebhookPath } from './outcome.ts';

const clock = Date.parse('2026-11-21T12:00:00Z');
const standard = configurationOf({ mountFuse: { namespaces: ['gitlab'] } });

function answer(webhook: WebhookPath, review: unknown, configuration = standard): Outcome {
  const read = readReview(review);
  if (read.kind === 'no-uid') throw new Error(read.problem);
  return answerReview(read, webhook, configuration, clock);
}

function validate(fragment: Fragment, over: Partial<ReviewRequest> = {}, configuration = standard): Outcome {
  return answer('validate', podReview({ object: completePod(fragment), namespace: 'jobs', ...over }), configuration);
}

const privileged = { spec: { containers: [{ securityContext: { privileged: true } }] } };
const labelled = { metadata: { labels: { 'mount-fuse': 'true' } } };

describe('/validate', () => {
  test('allows a clean pod, and says so to the audit log', () => {
    const { decision, response } = validate({}, { uid: 'u-1' });
    expect(decision).toBe('allow');
    expect(response).toEqual({
      uid: 'u-1',
      allowed: true,
      auditAnnotations: { decision: 'allow', checks: '', config: standard.hash, review: 'u-1' },
    });
  });

  test('denies with 403, the message and the causes', () => {
    const { response } = validate(privileged);
    expect(response).toMatchObject({
      allowed: false,
      status: {
        code: 403,
        reason: 'Forbidden',
        message: expect.stringContaining('(spec.containers[0].securityContext.privileged).'),
        details: { causes: [{ reason: 'privileged', field: 'spec.containers[0].securityContext.privileged' }] },
      },
      auditAnnotations: { decision: 'deny', checks: 'privileged' },
    });
    expect(response.patchType).toBeUndefined();
  });

  test('denies what it cannot read, in words that no author makes endless or unprintable', () => {
    const labels = { [`${'x'.repeat(5000)}\u0000`]: 1 };
    for (const metadata of [{ labels }, { labels: { '\u0000\u202e\ud800': 1 } }]) {
      const { decision, response } = answer('validate', podReview({ object: { metadata } }));
      expect(decision).toBe('error');
      expect(response).toMatchObject({ allowed: false, status: { code: 400, reason: 'BadRequest' } });
      expect(response.status?.message).toMatch(/^the review could not be judged, so it is denied: [ -~…]{1,512}$/);
    }
  });

  test('denies with 422 and no causes where the profile says so', () => {
    const ci = configurationOf({
      profiles: { ci: { extends: 'dind', denialStatus: 422, checks: {} } },
      default: { profile: 'ci' },
    });
    const { status } = validate(privileged, {}, ci).response;
    expect(status).toMatchObject({ code: 422, reason: 'Invalid' });
    expect(status?.details).toBeUndefined();
  });

  test("speaks GitLab's words to GitLab's pods", () => {
    const gitlab = { ...privileged, metadata: { labels: { 'job.runner.gitlab.com/pod': 'x' } } };
    expect(validate(gitlab).response.status?.message).toMatch(/config\.toml|\.gitlab-ci\.yml/);
    expect(validate(privileged).response.status?.message).not.toMatch(/config\.toml|\.gitlab-ci\.yml/);
  });

  test('warns in mode warn, and only records in mode audit and in /observe', () => {
    const mode = (mode: string) => configurationOf({ default: { mode } });
    const warned = validate(privileged, {}, mode('warn'));
    expect(warned).toMatchObject({ decision: 'would-deny', mode: 'warn', response: { allowed: true } });
    expect(warned.response.warnings?.[0]).toMatch(/^would be denied: \[privileged\]/);
    const audited = validate(privileged, {}, mode('audit'));
    expect(audited).toMatchObject({ decision: 'would-deny', response: { allowed: true } });
    expect(audited.response.warnings).toBeUndefined();
    const observed = answer('observe', podReview({ object: completePod(privileged), namespace: 'jobs' }));
    expect(observed).toMatchObject({ decision: 'would-deny', mode: 'audit', response: { allowed: true } });
  });

  test('denies an object that it cannot read, with the path', () => {
    const { decision, response } = validate({ spec: { hostPID: 'yes' } });
    expect(decision).toBe('error');
    expect(response).toMatchObject({
      allowed: false,
      status: { code: 400, reason: 'BadRequest', message: expect.stringContaining('/spec/hostPID is not a boolean') },
    });
  });

  test.each([null, 'x', []])('denies the object %j', (object) => {
    expect(answer('validate', podReview({ object })).response.allowed).toBe(false);
  });

  test('denies another version of AdmissionReview', () => {
    const review = { ...podReview({ object: completePod({}) }), apiVersion: 'admission.k8s.io/v1beta1' };
    expect(answer('validate', review)).toMatchObject({ decision: 'error', response: { allowed: false } });
    for (const webhook of ['mutate', 'observe'] as const) {
      expect(answer(webhook, review)).toMatchObject({ decision: 'error', response: { allowed: true } });
    }
  });

  test('denies an object that is nested too deeply to be compared', () => {
    let deep: unknown = [];
    for (let level = 0; level < 200_000; level++) deep = [deep];
    let other: unknown = [];
    for (let level = 0; level < 200_000; level++) other = [other];
    const outcome = validate(
      { spec: { unknown: deep } },
      { operation: 'UPDATE', oldObject: completePod({ spec: { unknown: other } }), uid: 'u-2' },
    );
    expect(outcome).toMatchObject({
      decision: 'error',
      problem: 'RangeError while judging',
      response: {
        uid: 'u-2',
        allowed: false,
        status: { code: 500, reason: 'InternalError' },
        auditAnnotations: { decision: 'error', checks: '', config: standard.hash, review: 'u-2' },
      },
    });
  });

  test('allows what it does not judge, with a warning and its name', () => {
    const review = podReview({ object: { kind: 'PodExecOptions' } }) as { request: Record<string, unknown> };
    review.request['kind'] = { group: 'apps', version: 'v1', kind: 'ControllerRevision' };
    expect(answer('validate', review)).toMatchObject({
      decision: 'allow',
      unjudgedKind: 'apps/v1/ControllerRevision',
      response: { allowed: true, warnings: [expect.stringContaining('apps/v1/ControllerRevision')] },
    });
  });

  test('judges a Pod under a subresource that it never heard of', () => {
    expect(validate(privileged, { subResource: 'future' }).response.allowed).toBe(false);
  });

  test.each(['DELETE', 'CONNECT'] as const)('never judges %s', (operation) => {
    expect(validate(privileged, { operation })).toMatchObject({
      profile: '',
      judgements: [],
      patch: [],
      unchanged: false,
      response: { allowed: true },
    });
  });

  test('records a mirror pod of a node only; from anyone else the annotation changes nothing', () => {
    const mirror = { ...privileged, metadata: { annotations: { 'kubernetes.io/config.mirror': 'x' } } };
    expect(validate(mirror, { groups: ['system:nodes'] })).toMatchObject({ decision: 'would-deny' });
    expect(validate(mirror).decision).toBe('deny');
    expect(validate(privileged, { groups: ['system:nodes'] }).decision).toBe('deny');
  });

  test('an update that changes nothing judged is not judged', () => {
    const oldObject = completePod({ ...privileged, metadata: { finalizers: ['x'] } });
    expect(validate(privileged, { operation: 'UPDATE', oldObject })).toMatchObject({
      unchanged: true,
      decision: 'allow',
    });
  });

  test('an update is not excused by an old object that cannot be read', () => {
    const outcome = validate(privileged, { operation: 'UPDATE', oldObject: { spec: 'x' } });
    expect(outcome).toMatchObject({ unchanged: false, decision: 'deny' });
  });

  test('an update tells the audit log only of what it adds', () => {
    const both = { spec: { hostPID: true, ...privileged.spec } };
    expect(validate(both).response.auditAnnotations).toMatchObject({ checks: 'host-pid,privileged' });
    const oldObject = completePod({ spec: { ...privileged.spec, terminationGracePeriodSeconds: 1 } });
    const outcome = validate(privileged, { operation: 'UPDATE', oldObject });
    expect(outcome).toMatchObject({ decision: 'allow', unchanged: false });
    expect(outcome.response.auditAnnotations).toMatchObject({ decision: 'allow', checks: '' });
  });

  test('names the exemption that let a pod through, which may be for one user', () => {
    const exempting = configurationOf({
      exemptions: [
        {
          name: 'agents',
          namespaces: ['jobs'],
          users: ['admin'],
          allow: { privileged: true },
          owner: 'platform',
          reason: 'Test.',
          expires: '2027-01-01',
        },
      ],
    });
    expect(validate(privileged, { username: 'admin' }, exempting)).toMatchObject({
      decision: 'exempt',
      exemption: 'agents',
    });
    expect(validate(privileged, {}, exempting)).toMatchObject({ decision: 'deny', exemption: undefined });
  });

  test('a label that is added later is a denial with the reason', () => {
    const outcome = validate(labelled, { operation: 'UPDATE', oldObject: completePod({}), namespace: 'gitlab' });
    expect(outcome.decision).toBe('deny');
    expect(outcome.response.status?.message).toContain('the label was added later');
  });

  test('a label with another value is a warning', () => {
    const outcome = validate({ metadata: { labels: { 'mount-fuse': 'yes' } } });
    expect(outcome).toMatchObject({ decision: 'warn', response: { allowed: true } });
    expect(outcome.response.warnings).toEqual([expect.stringMatching(/^\[fuse-label\] .*mount-fuse/)]);
  });

  test('break-glass covers bare pods and debug containers, and nothing that a controller owns', () => {
    const glass = configurationOf({ breakGlass: { groups: ['oncall'] } });
    const groups = ['system:authenticated', 'oncall'];
    const owned = { ...privileged, metadata: { ownerReferences: [{ kind: 'Job', name: 'j' }] } };
    expect(validate(privileged, { groups }, glass)).toMatchObject({
      decision: 'exempt',
      exemption: undefined,
      response: { allowed: true, warnings: [expect.stringMatching(/^\[privileged\]/)] },
    });
    const unowned = { operation: 'UPDATE', oldObject: completePod({}), groups } as const;
    expect(validate(privileged, unowned, glass).decision).toBe('deny');
    expect(validate(privileged, { groups, subResource: 'future' }, glass).decision).toBe('deny');
    expect(validate(owned, { groups }, glass).decision).toBe('deny');
    const debug = { ...owned, spec: { ephemeralContainers: [{ securityContext: { privileged: true } }] } };
    const update = { operation: 'UPDATE', oldObject: completePod(owned), groups } as const;
    expect(validate(debug, { ...update, subResource: 'ephemeralcontainers' }, glass).decision).toBe('exempt');
    expect(validate(debug, update, glass).decision).toBe('deny');
    expect(validate(privileged, {}, glass).decision).toBe('deny');
  });
});

describe('/mutate', () => {
  const mutate = (fragment: Fragment, over: Partial<ReviewRequest> = {}, configuration = standard) =>
    answer('mutate', podReview({ object: completePod(fragment), namespace: 'gitlab', ...over }), configuration);

  test('patches, and its result is admitted', () => {
    const outcome = mutate(labelled);
    expect(outcome).toMatchObject({
      decision: 'patch',
      response: { allowed: true, patchType: 'JSONPatch', auditAnnotations: { fuse: 'granted' } },
    });
    expect(patchOf(outcome.response)).toEqual(outcome.patch);
  });

  test('says the same of a pod that is already patched, without a patch or its type', () => {
    const granted = {
      metadata: { labels: { 'mount-fuse': 'true' }, annotations: { 'pratique.dev/fuse-containers': 'main' } },
      spec: { runtimeClassName: 'untrusted', containers: [{ resources: { limits: { 'squat.ai/fuse': '1' } } }] },
    };
    const { decision, response } = mutate(granted, { uid: 'u' });
    expect(decision).toBe('allow');
    expect(response).toEqual({ uid: 'u', allowed: true, auditAnnotations: { fuse: 'granted' } });
  });

  test.each([
    ['another class', { ...labelled, spec: { runtimeClassName: 'runc' } }, {}, 'refused'],
    ['a namespace that may not ask', labelled, { namespace: 'other' }, 'refused'],
    ['no label', {}, {}, 'none'],
    ['an update', labelled, { operation: 'UPDATE' }, 'refused'],
    ['a subresource', labelled, { subResource: 'ephemeralcontainers' }, 'refused'],
    [
      'a mirror pod',
      { metadata: { ...labelled.metadata, annotations: { 'kubernetes.io/config.mirror': 'x' } } },
      { groups: ['system:nodes'] },
      'refused',
    ],
  ] as const)('leaves %s alone', (_, fragment, over, fuse) => {
    const { decision, response } = mutate(fragment, { uid: 'u', ...over });
    expect(decision).toBe('allow');
    expect(response).toEqual({ uid: 'u', allowed: true, auditAnnotations: { fuse } });
  });

  test('leaves alone what has a pod in it but is none', () => {
    const review = podReview({ object: completePod(labelled), namespace: 'gitlab' }) as {
      request: Record<string, unknown>;
    };
    review.request['kind'] = { group: '', version: 'v1', kind: 'PodTemplate' };
    expect(answer('mutate', review)).toMatchObject({
      decision: 'allow',
      unjudgedKind: 'core/v1/PodTemplate',
      patch: [],
    });
  });

  test('in mode audit it has nothing to record of a pod that does not ask', () => {
    expect(mutate({}, {}, configurationOf({ default: { mode: 'audit' } })).decision).toBe('allow');
  });

  test('in mode audit it only records what it would patch', () => {
    const audit = configurationOf({ default: { mode: 'audit' }, mountFuse: { namespaces: ['gitlab'] } });
    const outcome = mutate(labelled, { uid: 'u' }, audit);
    expect(outcome.decision).toBe('would-patch');
    expect(outcome.patch.length).toBeGreaterThan(0);
    expect(outcome.response).toEqual({ uid: 'u', allowed: true, auditAnnotations: { fuse: 'refused' } });
  });

  test('never denies: what it cannot read it allows without a patch', () => {
    const outcome = mutate({ spec: { volumes: 'x' } });
    expect(outcome).toMatchObject({ decision: 'error', problem: expect.stringContaining('/spec/volumes') });
    expect(outcome.response).toMatchObject({ allowed: true });
    expect(outcome.response.patch).toBeUndefined();
  });
});
