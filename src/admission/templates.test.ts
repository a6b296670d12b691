import { describe, expect, test } from 'vitest';
import { podReview } from '../../test/harness/review.ts';
import { configurationOf } from '../../test/harness/rules.ts';
import { readReview } from '../kubernetes/review.ts';
import { answerReview } from './answer.ts';
import type { Outcome } from './outcome.ts';

const privileged = { containers: [{ name: 'build', image: 'a', securityContext: { privileged: true } }] };
const clean = { containers: [{ name: 'build', image: 'a' }] };

/** Each kind, and an object of it around a template. */
const kinds = [
  ['apps', 'Deployment', (template: unknown) => ({ spec: { template } }), 'spec.template'],
  ['apps', 'StatefulSet', (template: unknown) => ({ spec: { template } }), 'spec.template'],
  ['apps', 'DaemonSet', (template: unknown) => ({ spec: { template } }), 'spec.template'],
  ['apps', 'ReplicaSet', (template: unknown) => ({ spec: { template } }), 'spec.template'],
  ['', 'ReplicationController', (template: unknown) => ({ spec: { template } }), 'spec.template'],
  ['batch', 'Job', (template: unknown) => ({ spec: { template } }), 'spec.template'],
  [
    'batch',
    'CronJob',
    (template: unknown) => ({ spec: { jobTemplate: { spec: { template } } } }),
    'spec.jobTemplate.spec.template',
  ],
  ['', 'PodTemplate', (template: unknown) => ({ template }), 'template'],
  ['apps.openshift.io', 'DeploymentConfig', (template: unknown) => ({ spec: { template } }), 'spec.template'],
] as const;

function configuration(templates?: string) {
  return configurationOf({
    profiles: { ci: { denialStatus: 403, ...(templates === undefined ? {} : { templates }) } },
    default: { profile: 'ci' },
    mountFuse: { namespaces: ['jobs'] },
  });
}

function answer(
  [group, kind]: readonly [string, string],
  object: unknown,
  over: { readonly templates?: string; readonly oldObject?: unknown; readonly webhook?: 'validate' | 'mutate' } = {},
): Outcome {
  const { oldObject } = over;
  const operation = oldObject === undefined ? 'CREATE' : 'UPDATE';
  const review = podReview({ object, oldObject, operation, namespace: 'jobs' }) as { request: Record<string, unknown> };
  review.request['kind'] = { group, version: 'v1', kind };
  const read = readReview(review);
  if (read.kind === 'no-uid') throw new Error(read.problem);
  return answerReview(read, over.webhook ?? 'validate', configuration(over.templates), 0);
}

describe.each(kinds)('%s/%s', (group, kind, around, at) => {
  test('is warned of what its pods will be denied for, with pointers into itself', () => {
    const outcome = answer([group, kind], around({ spec: privileged }));
    expect(outcome).toMatchObject({ decision: 'would-deny', response: { allowed: true } });
    expect(outcome.judgements.map(({ finding }) => finding.pointer)).toEqual([
      `/${at.replaceAll('.', '/')}/spec/containers/0/securityContext/privileged`,
    ]);
    expect(outcome.response.warnings).toEqual([expect.stringContaining('would be denied: [privileged]')]);
  });

  test('is denied where the profile says so', () => {
    const { response } = answer([group, kind], around({ spec: privileged }), { templates: 'deny' });
    expect(response).toMatchObject({ allowed: false, status: { code: 403 } });
    expect(response.status?.message).toContain(`${at}.spec.containers[0].securityContext.privileged`);
  });

  test('without a template has nothing to judge', () => {
    expect(answer([group, kind], around(null))).toMatchObject({ decision: 'allow', response: { allowed: true } });
    expect(answer([group, kind], {})).toMatchObject({ decision: 'allow', response: { allowed: true } });
  });

  test('with a template that cannot be read is denied with the reason', () => {
    const { decision, response } = answer([group, kind], around({ spec: { containers: 'all' } }));
    expect(decision).toBe('error');
    expect(response.status?.message).toContain(`/${at.replaceAll('.', '/')}/spec/containers is not a list`);
  });
});

const deployment = ['apps', 'Deployment'] as const;

test.each([
  ['audit', 'would-deny'],
  ['ignore', 'allow'],
])('templates: %s says nothing to whoever applies it', (templates, decision) => {
  const outcome = answer(deployment, { spec: { template: { spec: privileged } } }, { templates });
  expect(outcome).toMatchObject({ decision, response: { allowed: true } });
  expect(outcome.response.warnings).toBeUndefined();
});

test('is judged as the mutation would leave its pods', () => {
  const metadata = { labels: { 'mount-fuse': 'true' } };
  const granted = answer(deployment, { spec: { template: { metadata, spec: clean } } }, { templates: 'deny' });
  expect(granted).toMatchObject({ decision: 'allow', judgements: [] });
  const refused = answer(
    deployment,
    { spec: { template: { metadata, spec: { ...clean, runtimeClassName: 'runc' } } } },
    { templates: 'deny' },
  );
  expect(refused.response.allowed).toBe(false);
  expect(refused.judgements.map(({ finding }) => finding.check)).toContain('fuse-contract');
});

describe('an update', () => {
  const object = { spec: { replicas: 2, template: { spec: privileged } } };

  test('that leaves the template alone is let through before any check', () => {
    const oldObject = { spec: { replicas: 1, template: { spec: privileged } } };
    expect(answer(deployment, object, { oldObject, templates: 'deny' })).toMatchObject({
      decision: 'allow',
      unchanged: true,
    });
  });

  test('is denied for what it adds', () => {
    const oldObject = { spec: { template: { spec: clean } } };
    expect(answer(deployment, object, { oldObject, templates: 'deny' }).response.allowed).toBe(false);
  });

  test('keeps what was there', () => {
    const spec = { ...privileged, terminationGracePeriodSeconds: 5 };
    const outcome = answer(deployment, { spec: { template: { spec } } }, { oldObject: object, templates: 'deny' });
    expect(outcome.judgements.map(({ because }) => because)).toEqual(['inherited']);
  });
});

test('/mutate leaves workloads alone: their pods are patched', () => {
  const metadata = { labels: { 'mount-fuse': 'true' } };
  const outcome = answer(deployment, { spec: { template: { metadata, spec: clean } } }, { webhook: 'mutate' });
  expect(outcome).toMatchObject({ patch: [], unjudgedKind: 'apps/v1/Deployment', response: { allowed: true } });
});
