import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { NetConfiguration } from '../../src/safety-net/objects.ts';
import type { ApiObject } from '../harness/api-client.ts';
import { type Cluster, startCluster } from '../harness/cluster.ts';
import { concurrently } from '../harness/concurrently.ts';
import { createClasses } from './case-objects.ts';
import {
  createPolicies,
  netConfiguration,
  netObjects,
  tellingFindings,
  toldFindings,
  untilJudged,
} from './net-policies.ts';
import { type Asked, webhookFindings } from './net-questions.ts';
import {
  caseQuestions,
  generatedQuestions,
  heldPlaces,
  seenOf,
  updateQuestions,
  variousConfiguration,
  variousNamespaces,
  vectorQuestions,
} from './net-subjects.ts';
import { pod, privileged } from './pods.ts';

const classes = ['untrusted', 'kata', 'kata-qemu', 'runc', 'sysbox-runc', 'gvisor'];
const generatedPods = 1_000;
const updatedPods = 120;

let cluster: Cluster;
let various: NetConfiguration;
let ofCases: NetConfiguration;
let subjects: Readonly<Record<'cases' | 'vectors' | 'generated pods' | 'updates', readonly Asked[]>>;
const held = heldPlaces();

beforeAll(async () => {
  cluster = await startCluster({ log: () => undefined });
  const { api } = cluster;
  various = netConfiguration(variousConfiguration);
  ofCases = netConfiguration(held.configuration);
  await concurrently([...variousNamespaces, ...held.namespaces], 8, (name) => cluster.createNamespace(name));
  for (const runtimeClassName of classes) await createClasses(api, { runtimeClassName });
  const generated = await generatedQuestions(api, generatedPods);
  const cases = await caseQuestions(api, 'web');
  subjects = {
    cases: await seenOf(cases),
    vectors: await seenOf(vectorQuestions(api)),
    'generated pods': generated,
    updates: await seenOf(await updateQuestions(api, generated, updatedPods)),
  };
  await createPolicies(api, tellingFindings([...netObjects(various, 'various'), ...netObjects(ofCases, 'cases')]));
  for (const namespace of ['web', held.namespaces.find((name) => name.startsWith('host-pid')) ?? '']) {
    const probe = pod('probe', { namespace, spec: { hostPID: true } });
    await untilJudged(namespace, () =>
      api.request('POST', `/api/v1/namespaces/${namespace}/pods`, probe, { dryRun: true }),
    );
  }
});
afterAll(() => cluster?.stop());

interface Comparison {
  readonly label: string;
  readonly isDenied: boolean;
  readonly onlyWebhook: readonly string[];
  readonly onlyNet: readonly string[];
}

interface ContainerOfImage {
  readonly name: string;
  readonly args?: readonly string[];
  readonly env?: readonly { readonly value?: string }[];
}

/** Whether the net takes an argument for the daemon's name that only the webhook can expand: see docs/safety-net.md. */
function isGuessed({ object }: Asked, finding: string): boolean {
  const { spec } = object as { readonly spec?: Readonly<Record<string, readonly ContainerOfImage[] | undefined>> };
  const [check, name] = finding.split(' ');
  const all = ['containers', 'initContainers', 'ephemeralContainers'].flatMap((list) => spec?.[list] ?? []);
  const { args = [], env = [] } = all.find((container) => container.name === name) ?? {};
  const [first = ''] = args;
  if (check !== 'dind-image' || !first.includes('$(')) return false;
  return !/^\$\([^)]*\)$/.test(first) || env.some(({ value }) => value?.includes('$('));
}

async function compared(asked: Asked): Promise<Comparison> {
  const { configuration } = held.namespaces.includes(asked.namespace) ? ofCases : various;
  const webhook = webhookFindings(configuration, asked);
  const net = toldFindings(await asked.send());
  return {
    label: asked.label,
    isDenied: webhook.length > 0,
    onlyWebhook: webhook.filter((finding) => !net.includes(finding)),
    onlyNet: net.filter((finding) => !webhook.includes(finding) && !isGuessed(asked, finding)),
  };
}

test.for(['cases', 'vectors', 'generated pods', 'updates'] as const)(
  'webhook and policies find the same in all %s that the API server takes',
  async (what) => {
    const comparisons = await concurrently(subjects[what], 4, compared);
    const figures = { compared: comparisons.length, denied: comparisons.filter(({ isDenied }) => isDenied).length };
    console.log(`safety net, ${what}: ${figures.compared} compared, ${figures.denied} denied by both`);
    expect(comparisons.filter(({ onlyWebhook, onlyNet }) => onlyWebhook.length + onlyNet.length > 0)).toEqual([]);
    expect(rowOf(what)).toEqual([String(figures.compared), String(figures.denied)].map(withCommas));
  },
);

/** The figures of a row in docs/safety-net.md. */
function rowOf(what: string): readonly string[] {
  const page = readFileSync(new URL('../../docs/safety-net.md', import.meta.url), 'utf8');
  const row = page.split('\n').find((line) => line.startsWith(`| ${what} |`)) ?? '';
  return row
    .split('|')
    .slice(2, 4)
    .map((cell) => cell.trim());
}

function withCommas(figure: string): string {
  return Number(figure).toLocaleString('en-US');
}

describe('a pod of a hundred containers', () => {
  const containers = (count: number, parts: (index: number) => object) =>
    Array.from({ length: count }, (_, index) => ({
      name: `container-${index}`,
      image: 'registry.example.com/team/project/builder:1.2.3',
      ...parts(index),
    }));
  const full = (index: number) => ({
    resources: { limits: { cpu: '1', memory: '1Gi' }, requests: { cpu: '100m' } },
    securityContext: { capabilities: { add: ['NET_ADMIN', 'CHOWN'], drop: ['ALL'] } },
    volumeMounts: [{ name: `volume-${index % 10}`, mountPath: '/etc/localtime', readOnly: true }],
  });
  const volumes = Array.from({ length: 10 }, (_, index) => ({
    name: `volume-${index}`,
    hostPath: { path: '/etc/localtime' },
  }));
  const send = (object: object) => cluster.api.request('POST', '/api/v1/namespaces/web/pods', object, { dryRun: true });
  const big = (count: number, parts: (index: number) => object) =>
    pod('big', { namespace: 'web', spec: { containers: containers(count, parts), volumes } });

  test('is judged within the budget of CEL', async () => {
    const { status, body } = await send(big(100, full));
    expect({ status, message: body.message }).toEqual({ status: 201, message: undefined });
  });

  test('is denied for what each of them has, and not for its size', async () => {
    const answer = await send(big(100, (index) => ({ ...full(index), ...privileged })));
    expect(toldFindings(answer).length).toBeGreaterThan(0);
  });

  test('has room: so many containers are judged, and of more the API server says that it is too much', async () => {
    const judged: number[] = [];
    for (const count of [200, 400, 800, 1_600]) {
      const { status, body } = await send(big(count, full));
      if (status === 201) judged.push(count);
      else expect(body.message).toContain('cost');
    }
    const most = judged.at(-1) ?? 100;
    console.log(`safety net: a pod of ${most} containers is judged`);
    expect(rowOf('containers')[0]).toBe(withCommas(String(most)));
  });

  test('may be updated', async () => {
    const path = '/api/v1/namespaces/web/pods';
    await cluster.api.expect('POST', path, { ...big(100, full), metadata: { name: 'hundred', namespace: 'web' } });
    const patch = { spec: { containers: [{ name: 'container-0', image: 'registry.example.com/other:2' }] } };
    const options = { contentType: 'application/strategic-merge-patch+json', dryRun: true };
    expect(await cluster.api.request('PATCH', `${path}/hundred`, patch, options)).toMatchObject({ status: 200 });
  });
});

describe('an exemption that ends', () => {
  const ending = (end: string): object => ({
    ...variousConfiguration,
    namespaces: [{ match: ['ending'], profile: 'held', mode: 'enforce' }],
    exemptions: [
      {
        name: 'ends',
        namespaces: ['ending'],
        allow: { privileged: true },
        owner: 'tests',
        reason: 'a test',
        expires: end,
      },
    ],
  });
  const object = pod('agent', { namespace: 'ending', container: privileged });
  const send = () => cluster.api.request<ApiObject>('POST', '/api/v1/namespaces/ending/pods', object, { dryRun: true });

  test('exempts until its end, by the clock of the API server, and not afterwards', async () => {
    await cluster.createNamespace('ending');
    const probe = pod('probe', { namespace: 'ending', spec: { hostPID: true } });
    const judged = () => cluster.api.request('POST', '/api/v1/namespaces/ending/pods', probe, { dryRun: true });
    const objects = netObjects(netConfiguration(ending('2999-12-31')), 'ending');
    const text = JSON.stringify(objects);
    expect(text).toContain('2999-12-31T23:59:59.999Z');
    await createPolicies(cluster.api, objects);
    await untilJudged('the exemption', judged);
    expect(await send()).toMatchObject({ status: 201 });
    const ended = JSON.parse(
      text.replaceAll('2999-12-31', '2020-01-01').replaceAll('ending-safety-net', 'ended-safety-net'),
    );
    await createPolicies(cluster.api, ended);
    await untilJudged('the end', send);
    expect((await send()).body.message).toContain('[privileged] container "build" is privileged');
    // The API server writes the time itself, whatever the pod says.
    const backdated = { ...object, metadata: { ...object.metadata, creationTimestamp: '2019-01-01T00:00:00Z' } };
    const path = '/api/v1/namespaces/ending/pods';
    expect(await cluster.api.request('POST', path, backdated, { dryRun: true })).toMatchObject({ status: 403 });
  });
});
