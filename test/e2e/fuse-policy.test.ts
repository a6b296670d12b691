import { readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { fuseContract } from '../../src/checks/fuse-contract.ts';
import { podSubject } from '../../src/kubernetes/subject.ts';
import { fuseContainersAnnotation } from '../../src/matching/fuse.ts';
import { asksForFuse, mountFuse } from '../../src/mutations/mount-fuse.ts';
import { fusePolicy } from '../../src/safety-net/fuse-policy.ts';
import type { NetConfiguration } from '../../src/safety-net/objects.ts';
import type { ApiObject } from '../harness/api-client.ts';
import { completePod, type Fragment } from '../harness/cases.ts';
import { type Cluster, startCluster } from '../harness/cluster.ts';
import { concurrently } from '../harness/concurrently.ts';
import { waitFor } from '../harness/waiting.ts';
import { oraclePod } from '../properties/oracle/arbitrary.ts';
import { completed } from './case-completion.ts';
import { createClasses } from './case-objects.ts';
import { createPolicies, netConfiguration } from './net-policies.ts';

type Json = Readonly<Record<string, unknown>>;

interface MutationCase extends Fragment {
  readonly name: string;
  readonly namespace?: string;
  readonly mountFuse?: Json;
}

const written = parse(
  readFileSync(new URL('../../src/mutations/mount-fuse.cases.yaml', import.meta.url), 'utf8'),
) as Readonly<Record<'patched' | 'untouched', readonly MutationCase[]>>;

/** A pod with the configuration that grants it the device, which has a namespace of its own. */
interface Request {
  readonly label: string;
  readonly namespace: string;
  readonly site: NetConfiguration;
  readonly pod: Json;
}

/** A request with what the API server makes of it while nothing mutates. */
interface Plain extends Request {
  readonly object: ApiObject;
}

const sites = new Map<string, { readonly namespace: string; readonly site: NetConfiguration }>();

function siteOf(over: Json = {}) {
  const key = JSON.stringify(over);
  const namespace = `site-${sites.size}`;
  const known = sites.get(key) ?? {
    namespace,
    site: netConfiguration({ mountFuse: { namespaces: [namespace], ...over } }),
  };
  sites.set(key, known);
  return known;
}

const requests: readonly Request[] = [
  ...[...written.patched, ...written.untouched].map((one, index) => {
    const { namespace, site } = siteOf(one.mountFuse);
    const isElsewhere = one.namespace !== undefined && one.namespace !== 'gitlab';
    const pod = completed(completePod(one));
    return {
      label: one.name,
      namespace: isElsewhere ? 'elsewhere' : namespace,
      site,
      pod: named(pod, `case-${index}`),
    };
  }),
  ...fc.sample(oraclePod, { seed: 7, numRuns: 300 }).map((pod, index) => {
    const labels = { 'mount-fuse': 'true' };
    const asking = { ...pod, metadata: { ...pod.metadata, labels } };
    return {
      label: `generated ${index}`,
      ...siteOf({ acceptedRuntimeClassNames: ['kata'] }),
      pod: named(completed(asking), `generated-${index}`),
    };
  }),
];

function named(pod: Json, name: string): Json {
  const { ephemeralContainers: _, ...spec } = pod['spec'] as Json;
  const { namespace: __, ...metadata } = pod['metadata'] as Json;
  return { ...pod, metadata: { ...metadata, name }, spec };
}

let cluster: Cluster;
let plain: readonly Plain[];
beforeAll(async () => {
  cluster = await startCluster({ log: () => undefined });
  await cluster.createNamespace('elsewhere');
  for (const { namespace } of sites.values()) await cluster.createNamespace(namespace);
  for (const { pod } of requests) await createClasses(cluster.api, pod['spec'] as Json);
  const answers = await concurrently(requests, 8, async (request) => ({ ...request, ...(await create(request)) }));
  plain = answers.filter(({ status }) => status === 201);
  for (const { namespace, site } of sites.values()) {
    await createPolicies(cluster.api, fusePolicy(site, { name: namespace, exceptNamespaces: ['kube-system'] }));
    const probe = {
      pod: {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: 'probe', labels: labelOf(site) },
        spec: { containers: [{ name: 'build', image: 'x' }] },
      },
    };
    await waitFor(
      'the policy to mutate',
      async () => annotationOf((await create({ ...probe, namespace })).object) !== undefined,
    );
  }
});
afterAll(() => cluster?.stop());

function labelOf({ configuration: { fuse } }: NetConfiguration) {
  return { [fuse.label.key]: fuse.label.value };
}

async function create({ namespace, pod }: Pick<Request, 'namespace' | 'pod'>) {
  const path = `/api/v1/namespaces/${namespace}/pods`;
  const { status, body } = await cluster.api.request('POST', path, pod, { dryRun: true });
  return { status, object: body };
}

/** What the mutation may change, in the words of a pod as the API server holds it. */
function granted(object: ApiObject) {
  const spec = object['spec'] as {
    readonly runtimeClassName?: string;
    readonly containers: readonly { readonly name: string; readonly resources?: Json }[];
  };
  const limits = spec.containers.map(({ name, resources }) => [name, resources?.['limits'] ?? {}]);
  return { annotation: annotationOf(object), runtimeClass: spec.runtimeClassName, limits };
}

function annotationOf(object: ApiObject): string | undefined {
  return object.metadata?.annotations?.[fuseContainersAnnotation];
}

test('the policy makes of each pod what the webhook makes of it', async () => {
  const answers = await concurrently(plain, 4, async (one) => {
    const { fuse } = one.site.configuration;
    const expected = mountFuse.apply(podSubject(one.object, one.namespace), fuse) as unknown as ApiObject;
    const { status, object } = await create(one);
    return {
      label: one.label,
      status,
      got: granted(object),
      wanted: granted(expected),
      isGranted: expected !== one.object,
    };
  });
  expect(answers.filter(({ status, got, wanted }) => status !== 201 || !isDeepStrictEqual(got, wanted))).toEqual([]);
  expect(answers.filter(({ isGranted }) => isGranted).length).toBeGreaterThan(100);
  expect(answers.filter(({ isGranted }) => !isGranted).length).toBeGreaterThan(10);
});

test('what it grants keeps the fuse contract, and is not changed again', async () => {
  let proved = 0;
  await concurrently(plain, 4, async (one) => {
    const { fuse } = one.site.configuration;
    const { object } = await create(one);
    const subject = podSubject(object, one.namespace);
    if (!asksForFuse(subject, fuse) || annotationOf(object) === undefined || annotationOf(one.object) !== undefined)
      return;
    expect(fuseContract.find.pod(subject, { fuse }), one.label).toEqual([]);
    const { uid: _, creationTimestamp: __, ...metadata } = object.metadata ?? {};
    const again = await create({
      ...one,
      pod: { ...object, metadata: { ...metadata, name: `${metadata.name}-again` } },
    });
    expect(granted(again.object), one.label).toEqual(granted(object));
    proved++;
  });
  expect(proved).toBeGreaterThan(100);
});

test('the class brings its overhead, as when the webhook sets it', async () => {
  await cluster.api.expect('DELETE', '/apis/node.k8s.io/v1/runtimeclasses/untrusted');
  const overhead = { podFixed: { cpu: '250m', memory: '320Mi' } };
  const meta = { apiVersion: 'node.k8s.io/v1', kind: 'RuntimeClass', metadata: { name: 'untrusted' } };
  await cluster.api.expect('POST', '/apis/node.k8s.io/v1/runtimeclasses', { ...meta, handler: 'kata', overhead });
  const { namespace, site } = siteOf();
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'sandboxed', labels: labelOf(site) },
    spec: { containers: [{ name: 'build', image: 'x' }] },
  };
  await waitFor('the class to be seen', async () => {
    const { object } = await create({ namespace, pod });
    const spec = object['spec'] as { readonly overhead?: unknown } | undefined;
    return JSON.stringify(spec?.overhead) === JSON.stringify(overhead.podFixed);
  });
});
