import { expect, test } from 'vitest';
import { loadConfiguration } from '../config/load.ts';
import type { Configuration } from '../config/policy.ts';
import { subjectReader } from '../kubernetes/reader.ts';
import type { ClusterApi } from './api.ts';
import type { ScannedObject } from './groups.ts';
import { collectOutlook } from './outlook.ts';
import { others, pods, workloads } from './resources.ts';
import { scanCluster } from './scan.ts';

const clean = { containers: [{ name: 'main', image: 'registry.example.com/app:1' }] };
const privileged = {
  containers: [{ name: 'main', image: 'registry.example.com/app:1', securityContext: { privileged: true } }],
};

type Lists = Readonly<Record<string, readonly object[]>>;

/** The lists of a cluster without paging, which list.test.ts is about. */
function apiOf(lists: Lists, asked: string[] = []): ClusterApi {
  return {
    send: (_method, path) => {
      asked.push(path);
      const items = lists[path];
      return Promise.resolve(
        items === undefined ? { status: 404, body: {} } : { status: 200, body: { metadata: {}, items } },
      );
    },
  };
}

interface Owner {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
}

function uidOf(kind: string, name: string): string {
  return `${kind}-${name}`;
}

function ownedBy({ apiVersion, kind, name }: Owner) {
  return { ownerReferences: [{ apiVersion, kind, name, uid: uidOf(kind, name), controller: true }] };
}

function workload(kind: string, name: string, template: object, owner?: Owner, more: object = {}) {
  const metadata = { namespace: 'ci', name, uid: uidOf(kind, name), ...(owner === undefined ? {} : ownedBy(owner)) };
  return { metadata, spec: { template: { spec: template }, ...more } };
}

function pod(name: string, spec: object, owner?: Owner, metadata: object = {}) {
  const own = owner === undefined ? {} : ownedBy(owner);
  return { metadata: { namespace: 'ci', name, uid: uidOf('Pod', name), ...own, ...metadata }, spec };
}

function configured(text: string): Configuration {
  const head = 'apiVersion: pratique.dev/v1alpha1\nkind: PratiqueConfiguration\n';
  const loaded = loadConfiguration(`${head}${text}`, 0);
  if (loaded.kind === 'invalid') throw new Error(loaded.problems.map(({ message }) => message).join('\n'));
  return loaded.configuration;
}

interface Options {
  readonly configuration?: string;
  readonly before?: string;
  readonly namespace?: string;
  readonly asked?: string[];
}

async function scan(lists: Lists, { configuration = '', before, namespace, asked }: Options = {}) {
  const outlook = collectOutlook(before !== undefined);
  const results: ScannedObject[] = [];
  const errors: string[] = [];
  const options = {
    configuration: configured(configuration),
    before: before === undefined ? undefined : configured(before),
    clock: 0,
    namespace,
  };
  for await (const event of scanCluster(apiOf(lists, asked), options)) {
    if (event.kind === 'error') errors.push(event.error.message);
    if (event.kind !== 'result') continue;
    results.push(event.result);
    outlook.add(event.result);
  }
  return { results, errors, outlook: outlook.outlook() };
}

/** What a result comes to, for short. */
function short({ kind, name, verdict, pods: count, findings }: ScannedObject) {
  const told = findings.map(({ action, check }) => `${action} ${check}`);
  return { object: `${kind} ${name}`, verdict, pods: count, findings: told };
}

const deployment = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' };
const replicaSet = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web-1' };

test('every kind that is read is one that is judged', () => {
  const unread = [...workloads, pods, ...others].filter((resource) => subjectReader(resource) === undefined);
  expect(unread).toEqual([]);
});

test('pods are told as one result of the workload that they come of, whatever stands between', async () => {
  const { results } = await scan({
    '/apis/apps/v1/deployments': [workload('Deployment', 'web', privileged)],
    '/apis/apps/v1/replicasets': [
      workload('ReplicaSet', 'web-1', privileged, deployment),
      workload('ReplicaSet', 'web-0', clean, deployment, { replicas: 0 }),
    ],
    '/api/v1/pods': [1, 2, 3].map((index) => pod(`web-1-${index}`, privileged, replicaSet)),
  });
  expect(results.map(short)).toEqual([
    { object: 'Deployment web', verdict: 'deny', pods: 3, findings: ['deny privileged'] },
  ]);
  expect(results[0]?.findings[0]?.pointer).toBe('/spec/template/spec/containers/0/securityContext/privileged');
});

test('a Job of a CronJob belongs to it', async () => {
  const cronJob = { apiVersion: 'batch/v1', kind: 'CronJob', name: 'nightly' };
  const { metadata } = workload('CronJob', 'nightly', clean);
  const spec = { jobTemplate: { spec: { template: { spec: clean } } } };
  const { results } = await scan({
    '/apis/batch/v1/cronjobs': [{ metadata, spec }],
    '/apis/batch/v1/jobs': [workload('Job', 'nightly-1', clean, cronJob)],
    '/api/v1/pods': [pod('nightly-1-a', clean, { apiVersion: 'batch/v1', kind: 'Job', name: 'nightly-1' })],
  });
  expect(results.map(short)).toEqual([{ object: 'CronJob nightly', verdict: 'allow', pods: 1, findings: [] }]);
});

test('what only live pods have is noted once, and denies nothing', async () => {
  const debugged = {
    ...clean,
    ephemeralContainers: [{ name: 'debugger', image: 'busybox', securityContext: { privileged: true } }],
  };
  const { results } = await scan({
    '/apis/apps/v1/replicasets': [workload('ReplicaSet', 'web-1', clean)],
    '/api/v1/pods': [pod('a', debugged, replicaSet), pod('b', debugged, replicaSet), pod('c', clean, replicaSet)],
  });
  expect(results.map(short)).toEqual([
    { object: 'ReplicaSet web-1', verdict: 'allow', pods: 3, findings: ['audit privileged'] },
  ]);
  expect(results[0]?.findings[0]?.message).toBe(
    'only the live pod a has it: container "debugger" is privileged ' +
      '(spec.ephemeralContainers[0].securityContext.privileged)',
  );
  expect(results[0]?.deniedIfEnforced).toEqual([]);
});

test('of many notes a few are told', async () => {
  const mounts = (index: number) => ({
    ...clean,
    volumes: [{ name: 'data', hostPath: { path: `/srv/${index}` } }],
  });
  const { results } = await scan({
    '/apis/apps/v1/replicasets': [workload('ReplicaSet', 'web-1', clean)],
    '/api/v1/pods': Array.from({ length: 30 }, (_, index) => pod(`pod-${index}`, mounts(index), replicaSet)),
  });
  expect(results[0]?.findings.length).toBe(21);
  expect(results[0]?.findings.at(-1)?.message).toContain('more is only in live pods');
});

test('a pod that nothing controls is judged by itself, without the node that it was given', async () => {
  const strict = 'default: { profile: strict, mode: enforce }\n';
  const { results, outlook } = await scan(
    { '/api/v1/pods': [pod('alone', { ...privileged, nodeName: 'node-1' })] },
    { configuration: strict },
  );
  expect(results.map(({ kind, name, verdict }) => ({ kind, name, verdict }))).toEqual([
    { kind: 'Pod', name: 'alone', verdict: 'deny' },
  ]);
  expect(results[0]?.findings.map(({ check }) => check)).not.toContain('node-placement');
  expect(outlook.notComingBack).toEqual([]);
});

test('an ephemeral container of a pod that nothing controls is noted: it cannot be created with it', async () => {
  const spec = {
    ...clean,
    ephemeralContainers: [{ name: 'debugger', image: 'busybox', securityContext: { privileged: true } }],
  };
  const { results } = await scan({ '/api/v1/pods': [pod('alone', spec)] });
  expect(results.map(short)).toEqual([
    { object: 'Pod alone', verdict: 'allow', pods: undefined, findings: ['audit privileged'] },
  ]);
});

test('pods of an owner that holds no known template are told together, and judged by themselves', async () => {
  const workflow = { apiVersion: 'argoproj.io/v1alpha1', kind: 'Workflow', name: 'build' };
  const { results, outlook } = await scan({
    '/api/v1/pods': [pod('a', privileged, workflow), pod('b', clean, workflow), pod('c', privileged, workflow)],
  });
  expect(results.map(short)).toEqual([
    { object: 'Workflow build', verdict: 'deny', pods: 3, findings: ['deny privileged'] },
  ]);
  expect(outlook.notComingBack.map(({ kind, name }) => `${kind} ${name}`)).toEqual(['Workflow build']);
});

test.for([
  ['the name', { ...replicaSet, name: 'other' }, {}],
  ['the kind', { ...replicaSet, kind: 'StatefulSet' }, {}],
  ['the group', { ...replicaSet, apiVersion: 'example.com/v1' }, {}],
  ['the namespace', replicaSet, { namespace: 'elsewhere' }],
] as const)(
  'a pod that borrows the uid of a workload, but not %s, is judged by itself',
  async ([, owner, metadata]) => {
    const uid = uidOf('ReplicaSet', 'web-1');
    const borrowed = pod('a', privileged, owner, metadata);
    const [reference] = (borrowed.metadata as unknown as { readonly ownerReferences: readonly object[] })
      .ownerReferences;
    const forged = { ...borrowed, metadata: { ...borrowed.metadata, ownerReferences: [{ ...reference, uid }] } };
    const { results } = await scan({
      '/apis/apps/v1/replicasets': [workload('ReplicaSet', 'web-1', clean)],
      '/api/v1/pods': [forged],
    });
    expect(results.map(({ verdict }) => verdict)).toEqual(['allow', 'deny']);
  },
);

test('a mirror pod is only noted, and only if all of it fits', async () => {
  const node = { apiVersion: 'v1', kind: 'Node', name: 'node-1' };
  const annotations = { 'kubernetes.io/config.mirror': 'abc' };
  const { results } = await scan({
    '/api/v1/pods': [
      pod('kube-proxy-node-1', { ...privileged, nodeName: 'node-1' }, node, { annotations }),
      pod('elsewhere', { ...privileged, nodeName: 'node-2' }, node, { annotations }),
      pod('alone', { ...privileged, nodeName: 'node-1' }, undefined, { annotations }),
    ],
  });
  expect(results.map(short)).toEqual([
    { object: 'Pod kube-proxy-node-1', verdict: 'allow', pods: undefined, findings: ['audit privileged'] },
    { object: 'Pod alone', verdict: 'deny', pods: undefined, findings: ['deny privileged'] },
    { object: 'Node node-1', verdict: 'deny', pods: 1, findings: ['deny privileged'] },
  ]);
});

test('what would not come back is told whatever the mode, but not what has ended or is only a template', async () => {
  const ended = { status: { conditions: [{ type: 'Complete', status: 'True' }] } };
  const { metadata } = workload('PodTemplate', 'shape', clean);
  const { results, outlook } = await scan(
    {
      '/apis/apps/v1/daemonsets': [workload('DaemonSet', 'agent', privileged), workload('DaemonSet', 'fine', clean)],
      '/apis/batch/v1/jobs': [
        workload('Job', 'running', privileged),
        { ...workload('Job', 'ended', privileged), ...ended },
      ],
      '/api/v1/podtemplates': [{ metadata, template: { spec: privileged } }],
    },
    { configuration: 'default: { mode: audit }\n' },
  );
  expect(results.map(({ verdict }) => verdict)).toEqual(['allow', 'allow', 'allow', 'allow', 'allow']);
  expect(outlook).toEqual({
    notComingBack: [
      { apiVersion: 'apps/v1', kind: 'DaemonSet', namespace: 'ci', name: 'agent', pods: 0, checks: ['privileged'] },
      { apiVersion: 'batch/v1', kind: 'Job', namespace: 'ci', name: 'running', pods: 0, checks: ['privileged'] },
    ],
    newlyDenied: null,
    newlyAdmitted: null,
  });
});

test('a new configuration is compared with an old one, object by object', async () => {
  const hostNetwork = { ...clean, hostNetwork: true };
  const exempt = [
    'default: { profile: own }',
    'profiles: { own: { extends: dind, checks: { host-network: ignore, seccomp-unset: deny } } }',
  ].join('\n');
  const seccomp = { ...hostNetwork, securityContext: { seccompProfile: { type: 'RuntimeDefault' } } };
  const { outlook } = await scan(
    {
      '/apis/apps/v1/deployments': [
        workload('Deployment', 'denied-now', clean),
        workload('Deployment', 'admitted-now', seccomp),
        workload('Deployment', 'denied-before-and-now', hostNetwork),
      ],
      '/api/v1/pods': [pod('alone', seccomp)],
    },
    { configuration: exempt, before: '' },
  );
  const names = (list: typeof outlook.newlyDenied) => list?.map(({ name, checks }) => [name, ...checks]);
  expect(names(outlook.newlyDenied)).toEqual([['denied-now', 'seccomp-unset']]);
  expect(names(outlook.newlyAdmitted)).toEqual([
    ['alone', 'host-network'],
    ['admitted-now', 'host-network'],
  ]);
});

test('a revision that somebody else has scaled down is passed over', async () => {
  const rollout = { apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout', name: 'web' };
  const { results } = await scan({
    '/apis/apps/v1/replicasets': [
      workload('ReplicaSet', 'web-0', privileged, rollout, { replicas: 0 }),
      workload('ReplicaSet', 'web-1', clean, rollout, { replicas: 2 }),
    ],
  });
  expect(results.map(({ name }) => name)).toEqual(['web-1']);
});

test('what leads pods to the node is judged too, but not in a scan of one namespace', async () => {
  const lists = {
    '/api/v1/persistentvolumes': [{ metadata: { name: 'sock', uid: '1' }, spec: { hostPath: { path: '/var/run' } } }],
    '/apis/node.k8s.io/v1/runtimeclasses': [{ metadata: { name: 'untrusted', uid: '2' }, handler: 'runc' }],
  };
  const { results } = await scan(lists);
  expect(results.map(({ kind, namespace, verdict }) => ({ kind, namespace, verdict }))).toEqual([
    { kind: 'PersistentVolume', namespace: '', verdict: 'deny' },
    { kind: 'RuntimeClass', namespace: '', verdict: 'deny' },
  ]);
  const asked: string[] = [];
  expect((await scan(lists, { namespace: 'ci', asked })).results).toEqual([]);
  expect(asked.filter((path) => !path.includes('/namespaces/ci/'))).toEqual([]);
});

test('an object that cannot be read is an error, and the rest is judged', async () => {
  const broken = workload('Deployment', 'broken', { containers: 'none' });
  const { results, errors } = await scan({
    '/apis/apps/v1/deployments': [broken, workload('Deployment', 'web', clean)],
  });
  expect(results.map(({ name }) => name)).toEqual(['web']);
  expect(errors).toEqual(['Deployment ci/broken: /spec/template/spec/containers is not a list']);
});
