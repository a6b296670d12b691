import { describe, expect, test } from 'vitest';
import { completePod } from '../../test/harness/cases.ts';
import { podReview, type ReviewRequest } from '../../test/harness/review.ts';
import { configurationOf } from '../../test/harness/rules.ts';
import type { Check } from '../checks/check.ts';
import { privileged } from '../checks/privileged.ts';
import type { Configuration } from '../config/policy.ts';
import { readReview } from '../kubernetes/review.ts';
import { answerReview } from './answer.ts';
import type { Outcome, WebhookPath } from './outcome.ts';

const standard = configurationOf();
const denied = completePod({ spec: { containers: [{ securityContext: { privileged: true } }] } });

interface Over extends Partial<ReviewRequest> {
  readonly kind?: readonly [group: string, kind: string];
  readonly webhook?: WebhookPath;
}

function answer(object: unknown, over: Over = {}, configuration: Configuration = standard): Outcome {
  const { kind: [group, kind] = ['', 'Pod'], webhook = 'validate', ...rest } = over;
  const review = podReview({ object, namespace: 'jobs', ...rest }) as { request: Record<string, unknown> };
  review.request['kind'] = { group, version: 'v1', kind };
  const read = readReview(review);
  if (read.kind === 'no-uid') throw new Error(read.problem);
  return answerReview(read, webhook, configuration, 0);
}

describe('what is no pod', () => {
  const volume = (path: string, annotations = {}) => ({
    metadata: { name: 'pv', annotations },
    spec: { hostPath: { path } },
  });
  const kind = ['', 'PersistentVolume'] as const;
  const object = volume('/run/docker.sock');

  test('is denied outright, whatever the profile does with templates', () => {
    expect(answer(object, { kind })).toMatchObject({
      decision: 'deny',
      unchanged: false,
      response: { allowed: false },
    });
  });

  test('is judged when an update changes its spec', () => {
    const over = { kind, operation: 'UPDATE', oldObject: volume('/mnt/data') } as const;
    expect(answer(object, over)).toMatchObject({ decision: 'deny', unchanged: false });
  });

  test('is no mirror pod by an annotation', () => {
    const mirror = volume('/run/docker.sock', { 'kubernetes.io/config.mirror': 'x' });
    expect(answer(mirror, { kind, groups: ['system:nodes'] }).decision).toBe('deny');
  });

  test('is not covered by break-glass', () => {
    const glass = configurationOf({ breakGlass: { groups: ['oncall'] } });
    expect(answer(object, { kind, groups: ['oncall'] }, glass)).toMatchObject({
      decision: 'deny',
      problem: undefined,
      response: { status: { code: 403 } },
    });
  });

  test.each([
    ['Service', '', { ports: [{ port: 2375 }] }],
    [
      'ResourceClaim',
      'resource.k8s.io',
      { devices: { requests: [{ name: 'a', exactly: { deviceClassName: 'fuse' } }] } },
    ],
  ])('%s is judged by the policy of its namespace', (name, group, spec) => {
    const configuration = configurationOf({
      profiles: { quiet: { extends: 'dind', checks: { 'engine-port': 'ignore', 'gated-device-claim': 'ignore' } } },
      namespaces: [{ match: ['jobs'], profile: 'quiet' }],
    });
    const one = { metadata: { name: 'x' }, spec };
    const judged = (namespace: string) =>
      answer(one, { kind: [group, name], namespace }, configuration).judgements.map(({ finding }) => finding.check);
    expect(judged('jobs')).toEqual([]);
    expect(judged('other')).not.toEqual([]);
  });
});

test('a builder profile of the namespace is nothing to a Service in it', () => {
  const configuration = configurationOf({
    namespaces: [{ match: ['jobs'], builders: [{ profile: 'rootless', containers: ['build'] }] }],
    profiles: { loud: { extends: 'dind', checks: { 'engine-port': 'deny' } } },
    default: { profile: 'loud' },
  });
  const service = { metadata: { name: 'x' }, spec: { ports: [{ port: 2375 }] } };
  expect(answer(service, { kind: ['', 'Service'] }, configuration)).toMatchObject({
    decision: 'deny',
    problem: undefined,
  });
});

describe('rootless BuildKit in profile strict', () => {
  const configuration = configurationOf({
    default: { profile: 'strict' },
    namespaces: [{ match: ['jobs'], builders: [{ profile: 'rootless', containers: ['build'] }] }],
  });
  const securityContext = {
    runAsNonRoot: true,
    runAsUser: 1000,
    runAsGroup: 1000,
    allowPrivilegeEscalation: false,
    capabilities: { drop: ['ALL'] },
    seccompProfile: { type: 'RuntimeDefault' },
  };
  const image = 'moby/buildkit:v0.32.2-rootless';
  const digest = `@sha256:${'0123456789abcdef'.repeat(4)}`;
  const checksThatDeny = (reference: string, namespace: string) => {
    const container = { name: 'build', image: reference, securityContext };
    const pod = completePod({ spec: { automountServiceAccountToken: false, containers: [container] } });
    const { judgements } = answer(pod, { namespace }, configuration);
    return judgements.filter(({ outcome }) => outcome === 'deny').map(({ finding }) => finding.check);
  };

  test('is admitted by its tag', () => {
    expect(checksThatDeny(image, 'other')).toEqual([]);
  });

  test('by a digest it is any BuildKit, which the builder profile allows', () => {
    expect(checksThatDeny(image + digest, 'other')).toEqual(['engine-image']);
    expect(checksThatDeny(image + digest, 'jobs')).toEqual([]);
  });
});

test('a template that is to be denied is still only recorded in mode audit', () => {
  const configuration = configurationOf({
    profiles: { ci: { extends: 'dind', templates: 'deny', checks: {} } },
    default: { profile: 'ci', mode: 'audit' },
  });
  const workload = { metadata: { name: 'd' }, spec: { template: { spec: denied['spec'] } } };
  expect(answer(workload, { kind: ['apps', 'Deployment'] }, configuration)).toMatchObject({
    decision: 'would-deny',
    response: { allowed: true },
  });
});

test('a creation is judged, whatever it says it replaces', () => {
  expect(answer(denied, { oldObject: denied })).toMatchObject({ decision: 'deny', unchanged: false });
});

test('an update from a workload that held no pod is judged', () => {
  const workload = (spec: object) => ({ metadata: { name: 'd' }, spec });
  const over = { kind: ['apps', 'Deployment'], operation: 'UPDATE' } as const;
  const now = workload({ template: { spec: denied['spec'] } });
  expect(answer(now, { ...over, oldObject: workload({}) }).judgements).not.toEqual([]);
});

test('a pod of another group is none that is patched', () => {
  const labelled = completePod({ metadata: { labels: { 'mount-fuse': 'true' } } });
  const configuration = configurationOf({ mountFuse: { namespaces: ['jobs'] } });
  expect(answer(labelled, { webhook: 'mutate' }, configuration).decision).toBe('patch');
  const other = answer(labelled, { webhook: 'mutate', kind: ['acme.example', 'Pod'] }, configuration);
  expect(other).toMatchObject({ patch: [], unjudgedKind: 'acme.example/v1/Pod' });
});

describe('a bug', () => {
  const broken: Check = {
    ...privileged,
    find: {
      pod() {
        throw new TypeError('a bug');
      },
    },
  };

  test('in a check is a denial that says which, and a problem for the record', () => {
    const configuration: Configuration = {
      ...standard,
      policyFor: (namespace) => {
        const policy = standard.policyFor(namespace);
        const rules = { ...policy.profile.rules, pod: [{ check: broken, action: 'warn', site: {} } as const] };
        return { ...policy, profile: { ...policy.profile, rules } };
      },
    };
    const outcome = answer(denied, {}, configuration);
    expect(outcome).toMatchObject({ decision: 'error', problem: 'a check failed' });
    expect(outcome.judgements.map(({ finding }) => finding.value)).toEqual(['failed']);
    expect(answer(denied)).toMatchObject({ decision: 'deny', problem: undefined });
  });

  test.each([
    [new TypeError('secret'), 'TypeError while judging'],
    ['secret', 'an unknown error while judging'],
  ])('anywhere is a denial that tells no more than its name: %s', (thrown, problem) => {
    const configuration: Configuration = {
      ...standard,
      policyFor() {
        throw thrown;
      },
    };
    expect(answer(denied, {}, configuration)).toMatchObject({
      decision: 'error',
      problem,
      response: { allowed: false, status: { code: 500 } },
    });
  });
});
