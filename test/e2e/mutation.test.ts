import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { createAuthority, issueServingCertificate } from '../harness/certificates.ts';
import { type SmallAnswer, type SmallReview, type SmallWebhook, startSmallWebhook } from '../harness/small-webhook.ts';
import { waitFor } from '../harness/waiting.ts';
import { installWebhook } from '../harness/webhook-install.ts';
import { createUntrustedClass, deniedBy, type GuardedCluster, startGuardedCluster } from './guarded-cluster.ts';
import { type PodObject, type PodSpec, pod } from './pods.ts';

const fuse = 'squat.ai/fuse';
const choice = 'pratique.dev/fuse-containers';
const labels = { 'mount-fuse': 'true' };

let guard: GuardedCluster;
beforeAll(async () => {
  guard = await startGuardedCluster({ namespaces: ['elsewhere'] });
  await guard.cluster.api.expect('POST', '/apis/node.k8s.io/v1/runtimeclasses', {
    apiVersion: 'node.k8s.io/v1',
    kind: 'RuntimeClass',
    metadata: { name: 'gvisor' },
    handler: 'runsc',
  });
});
afterEach(({ task }) => guard.afterTest(task));
afterAll(() => guard?.stop());

/** The stored pod: what comes back from the API server later, not only in the answer to the creation. */
async function stored(object: PodObject, options = {}): Promise<PodObject> {
  const { status, body } = await guard.create(object, options);
  expect(status, body.message).toBe(201);
  return guard.read(object);
}

describe('a pod that asks', () => {
  test('comes back with limit, request, class, and what the class adds', async () => {
    const asked = pod('asks', { labels, spec: { nodeSelector: { disk: 'ssd' } } });
    const { metadata, spec } = await stored(asked);
    expect(metadata['annotations']).toEqual({ [choice]: 'build' });
    expect(spec.containers[0]?.resources).toEqual({ limits: { [fuse]: '1' }, requests: { [fuse]: '1' } });
    expect(spec).toMatchObject({
      runtimeClassName: 'untrusted',
      overhead: { cpu: '250m', memory: '320Mi' },
      nodeSelector: { disk: 'ssd', 'katacontainers.io/kata-runtime': 'true' },
    });
    expect(spec['tolerations']).toContainEqual({ key: 'sandbox', operator: 'Exists', effect: 'NoSchedule' });
    expect((await guard.recordOf(asked)).decision).toBe('allow');
    // in two calls: the second sees what the class added, and leaves the pod as it is
    const mutations = guard.webhook.records().filter(({ name, webhook }) => name === 'asks' && webhook === 'mutate');
    expect(mutations.map(({ decision }) => decision)).toEqual(['patch', 'allow']);
    const event = await guard.cluster.auditEvent('its creation', ({ objectRef }) => objectRef?.name === 'asks');
    expect(event.annotations).toMatchObject({ 'mutate.pratique.dev/fuse': 'granted' });
  });

  test('keeps the limits and requests that it came with', async () => {
    const buildah = fixture('02-buildah-limits-services');
    await guard.cluster.api.expect('POST', '/apis/scheduling.k8s.io/v1/priorityclasses', {
      apiVersion: 'scheduling.k8s.io/v1',
      kind: 'PriorityClass',
      metadata: { name: buildah.spec['priorityClassName'] as string },
      value: -10,
    });
    const { spec } = await stored(buildah);
    const before = buildah.spec.containers;
    expect(spec.containers.map(({ name, resources }) => [name, resources])).toEqual(
      before.map(({ name, resources }) => [
        name,
        name === 'build'
          ? {
              limits: { ...resources?.limits, [fuse]: '1' },
              requests: { ...resources?.requests, [fuse]: '1' },
            }
          : resources,
      ]),
    );
  });

  test('keeps an equal limit, and an accepted class', async () => {
    const container = { resources: { limits: { [fuse]: '1' } } };
    const { spec } = await stored(pod('equal', { labels, container, spec: { runtimeClassName: 'untrusted' } }));
    expect(spec.containers[0]?.resources?.limits).toEqual({ [fuse]: '1' });
  });

  test('may be created anew from what is stored', async () => {
    const first = await stored(pod('first', { labels }));
    const again = {
      ...first,
      metadata: { ...pod('again').metadata, labels, annotations: first.metadata['annotations'] },
    };
    expect((await stored(again as PodObject)).spec.containers).toEqual(first.spec.containers);
  });

  test('gets the device in its only container, whatever its name', async () => {
    const { metadata, spec } = await stored(pod('foo', { labels, container: { name: 'foo' } }));
    expect(metadata['annotations']).toEqual({ [choice]: 'foo' });
    expect(spec.containers[0]?.resources?.limits).toEqual({ [fuse]: '1' });
  });

  test('says which container when nobody can tell', async () => {
    const containers = ['foo', 'bar'].map((name) => ({ name, image: 'registry.example.com/x:1' }));
    const { status, body } = await guard.create(pod('two', { labels, spec: { containers } }));
    expect(status).toBe(403);
    expect(body.message).toMatch(/^admission webhook "validate.pratique.dev" denied the request: \[fuse-contract\]/);
    expect(body.message).toContain('candidates are "foo", "bar"');
    const { spec } = await stored(pod('two', { labels, annotations: { [choice]: 'bar' }, spec: { containers } }));
    expect(spec.containers.map(({ resources }) => resources?.limits)).toEqual([undefined, { [fuse]: '1' }]);
  });

  test('is not changed by a dry run, which is recorded as one', async () => {
    const asked = pod('dry', { labels });
    const { status, body } = await guard.create(asked, { dryRun: true });
    expect(status).toBe(201);
    expect(body.spec.runtimeClassName).toBe('untrusted');
    expect((await guard.cluster.api.request('GET', '/api/v1/namespaces/gitlab/pods/dry')).status).toBe(404);
    expect(await guard.recordOf(asked)).toMatchObject({ dryRun: true, decision: 'allow' });
    expect(await guard.recordOf(asked, { webhook: 'mutate' })).toMatchObject({ dryRun: true });
  });
});

describe('a pod that asks and may not', () => {
  test('is told which namespaces may', async () => {
    const { status, body } = await guard.create(pod('elsewhere', { namespace: 'elsewhere', labels }));
    expect(status).toBe(403);
    expect(body.message).toContain(`${deniedBy}[fuse-contract] pods of namespace "elsewhere" may not ask for the fuse`);
    expect(body.details?.causes).toContainEqual(
      expect.objectContaining({ reason: 'fuse-contract', field: 'metadata.labels["mount-fuse"]' }),
    );
  });

  test('is told that its class is no sandbox: ours does not replace it', async () => {
    const { status, body } = await guard.create(pod('other-class', { labels, spec: { runtimeClassName: 'gvisor' } }));
    expect(status).toBe(403);
    expect(body.message).toContain(`${deniedBy}[fuse-contract] runtimeClassName "gvisor" is no sandbox`);
    expect(body.message).toContain('use "untrusted"');
  });

  test('is told that another quantity is not given', async () => {
    const container = { resources: { limits: { [fuse]: '2' } } };
    const { status, body } = await guard.create(pod('two-devices', { labels, container }));
    expect(status).toBe(403);
    expect(body.message).toContain(`container "build" asks for ${fuse} by itself`);
    expect((body.details?.causes ?? []).map(({ field }) => field)).toContain(
      `spec.containers[0].resources.limits["${fuse}"]`,
    );
  });

  test('is warned when the label has another value', async () => {
    const created = await guard.cluster.kubectl(['create', '-f', '-'], {
      input: JSON.stringify(pod('yes', { labels: { 'mount-fuse': 'yes' } })),
    });
    expect(created).toMatchObject({ code: 0, stdout: 'pod/yes created\n' });
    expect(created.stderr).toMatch(/^Warning: \[fuse-label\] /);
  });

  test('is refused by the API server when the class does not exist', async () => {
    const path = '/apis/node.k8s.io/v1/runtimeclasses/untrusted';
    const asked = pod('no-class', { labels });
    await guard.cluster.api.expect('DELETE', path);
    try {
      const message = await waitFor('the end of the class', async () => {
        const { status, body } = await guard.create(asked, { dryRun: true });
        return status === 201 ? false : body.message;
      });
      expect(message).toContain('RuntimeClass "untrusted" not found');
    } finally {
      await createUntrustedClass(guard.cluster);
      await waitFor('the class', async () => (await guard.create(asked, { dryRun: true })).status === 201);
    }
  });
});

describe('an annotation key that is no key', () => {
  test('reaches the mutation, and does no harm', async () => {
    const annotations = JSON.parse('{ "__proto__": "polluted", "fine": "1" }');
    expect(await guard.create(pod('proto', { labels, annotations }))).toMatchObject({
      status: 422,
      body: { reason: 'Invalid', message: expect.stringContaining('metadata.annotations') },
    });
    await guard.recordOf(pod('proto'), { webhook: 'mutate', decision: 'patch' });
    expect((await stored(pod('after-proto', { labels }))).metadata['annotations']).toEqual({ [choice]: 'build' });
  });
});

/** Configurations are called in the order of their names; ours is `pratique`. */
describe('a second mutating webhook that puts a container in front', () => {
  const orders = ['before', 'after'] as const;
  const policies = ['Never', 'IfNeeded'] as const;
  const variants = orders.flatMap((order) => policies.map((policy) => ({ order, policy })));
  const injectOf = ({ order, policy }: { order: string; policy: string }) => `${order}-${policy}`.toLowerCase();
  let injector: SmallWebhook | undefined;

  beforeAll(async () => {
    const folder = join(guard.cluster.folder, 'injector');
    await mkdir(folder);
    const serving = await issueServingCertificate(await createAuthority(), {
      folder,
      service: 'injector',
      namespace: 'injector',
    });
    injector = await startSmallWebhook(serving, putInFront);
    const manifestPath = join(folder, 'webhooks.yaml');
    await writeFile(manifestPath, variants.map((variant) => stringify(configurationOf(variant))).join('---\n'));
    await installWebhook(guard.cluster, {
      manifestPath,
      port: injector.port,
      caBundlePem: serving.caBundlePem,
      probe: async () => {
        const names = variants.map(async (variant) => {
          const { body } = await guard.create(pod('probe', { labels: { inject: injectOf(variant) } }), {
            dryRun: true,
          });
          return body.spec?.containers[0]?.name;
        });
        return (await Promise.all(names)).every((name) => name === 'sidecar');
      },
    });
  });
  afterAll(() => injector?.stop());

  function configurationOf({ order, policy }: { order: (typeof orders)[number]; policy: string }): object {
    const inject = injectOf({ order, policy });
    return {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'MutatingWebhookConfiguration',
      metadata: { name: `${order === 'before' ? 'a' : 'z'}-${inject}` },
      webhooks: [
        {
          name: `${inject}.injector.example.com`,
          admissionReviewVersions: ['v1'],
          sideEffects: 'None',
          failurePolicy: 'Fail',
          reinvocationPolicy: policy,
          objectSelector: { matchLabels: { inject } },
          clientConfig: { service: { name: 'injector', namespace: 'injector', path: '/inject' } },
          rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] }],
        },
      ],
    };
  }

  test.for(variants)('$order ours, $policy: the container that builds keeps the device', async (variant) => {
    const asked = pod(`injected-${injectOf(variant)}`, { labels: { ...labels, inject: injectOf(variant) } });
    const { metadata, spec } = await stored(asked);
    expect(limitsOf(spec)).toEqual({ sidecar: undefined, build: { [fuse]: '1' } });
    expect(metadata['annotations']).toEqual({ [choice]: 'build' });
    expect(spec).toMatchObject({ runtimeClassName: 'untrusted', overhead: { cpu: '250m' } });
  });

  test.for(policies)(
    'after ours, %s: an only container stays the chosen one, though it no longer is the only one',
    async (policy) => {
      const inject = injectOf({ order: 'after', policy });
      const asked = pod(`only-${inject}`, { labels: { ...labels, inject }, container: { name: 'foo' } });
      const { metadata, spec } = await stored(asked);
      expect(limitsOf(spec)).toEqual({ sidecar: undefined, foo: { [fuse]: '1' } });
      expect(metadata['annotations']).toEqual({ [choice]: 'foo' });
    },
  );

  test.for(policies)('before ours, %s: of two containers with other names none is guessed', async (policy) => {
    const inject = injectOf({ order: 'before', policy });
    const { status, body } = await guard.create(
      pod(`none-${inject}`, { labels: { ...labels, inject }, container: { name: 'foo' } }),
    );
    expect(status).toBe(403);
    expect(body.message).toContain('candidates are "sidecar", "foo"');
  });
});

function limitsOf({ containers }: PodSpec): object {
  return Object.fromEntries(containers.map(({ name, resources }) => [name, resources?.limits]));
}

function putInFront({ object }: SmallReview): SmallAnswer {
  const { containers } = object['spec'] as PodSpec;
  if (containers.some(({ name }) => name === 'sidecar')) return { allowed: true };
  const sidecar = { name: 'sidecar', image: 'registry.example.com/sidecar:1' };
  return { allowed: true, patch: [{ op: 'add', path: '/spec/containers/0', value: sidecar }] };
}

function fixture(name: string): PodObject {
  return JSON.parse(readFileSync(new URL(`../fixtures/gitlab/${name}.json`, import.meta.url), 'utf8')) as PodObject;
}
