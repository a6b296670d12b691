import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type Cluster, startCluster } from '../harness/cluster.ts';
import { type Crowd, createCrowd } from './crowd.ts';
import { accountKubeconfig, runScan, type ScanRun, shortName } from './scan-process.ts';

const rbac = fileURLToPath(new URL('../../deploy/scan-rbac.yaml', import.meta.url));

/** Every request of the scanner's account, and nothing of the crowd's making. */
const auditPolicy = JSON.stringify({
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived'],
  rules: [{ level: 'Metadata', users: ['system:serviceaccount:pratique:pratique-scan'] }, { level: 'None' }],
});

const namespaces = Array.from({ length: 10 }, (_, index) => `team-${index}`);
const ownerCount = 200;
const podsEach = 25;

let cluster: Cluster;
let crowd: Crowd;
let account: string;
let small: ScanRun;
let large: ScanRun;
beforeAll(async () => {
  cluster = await startCluster({ auditPolicy, log: () => undefined });
  for (const namespace of [...namespaces, 'pratique', 'alone']) await cluster.createNamespace(namespace);
  expect(await cluster.kubectl(['apply', '-f', rbac])).toMatchObject({ code: 0 });
  account = await accountKubeconfig(cluster, 'pratique', 'pratique-scan');
  crowd = await createCrowd(cluster.api, ownerCount, namespaces);
  await crowd.addPods(0, 3);
  small = await runScan(account, ['--format', 'json']);
  await crowd.addPods(3, podsEach);
  large = await runScan(account, ['--format', 'json']);
});
afterEach(({ task }) => {
  if (task.result?.state === 'fail') cluster.keepLogs();
});
afterAll(() => cluster?.stop());

describe('5,000 pods of 200 owners', () => {
  test('are told as the 200 owners, with the number of their pods', () => {
    const { results, errors } = large.json();
    expect(errors).toEqual([]);
    const told = results.filter(({ pods }) => pods !== undefined);
    expect(told.map(shortName).toSorted()).toEqual(crowd.owners.map(shortName).toSorted());
    expect(new Set(told.map(({ pods }) => pods))).toEqual(new Set([podsEach]));
    expect(results.filter(({ kind }) => kind === 'Pod' || kind === 'ReplicaSet')).toEqual([]);
  });

  test('are judged by what their owners would make anew, and the exit code says so', () => {
    const denied = large.json().results.filter(({ verdict }) => verdict === 'deny');
    const privileged = crowd.owners.filter(({ isPrivileged }) => isPrivileged);
    expect(denied.map(shortName).toSorted()).toEqual(privileged.map(shortName).toSorted());
    expect(privileged.length).toBe(ownerCount / 4);
    expect(large.json().notComingBack.map(shortName)).toEqual(denied.map(shortName));
    expect(large.code).toBe(1);
  });

  test('take no more memory than 600', () => {
    expect(small.json().results.length).toBe(large.json().results.length);
    expect(large.peakKiB).toBeLessThan(small.peakKiB * 1.15);
  });

  test('are told to people owner by owner, and at the end what would not come back', async () => {
    const { stdout, code } = await runScan(account, ['--namespace', 'team-1']);
    expect(code).toBe(1);
    const own = crowd.owners.filter(({ namespace, isPrivileged }) => namespace === 'team-1' && isPrivileged);
    expect(own.length).toBeGreaterThan(0);
    for (const owner of own) expect(stdout).toContain(`${owner.kind} team-1/${owner.name}, ${podsEach} pods\n`);
    expect(stdout).toContain('20 objects: ');
    expect(stdout.split('Would not come back if their node were replaced under enforcement:\n')[1]).toBe(
      own.map(({ kind, name }) => `  ${kind} team-1/${name}, ${podsEach} pods: privileged\n`).join(''),
    );
  });
});

describe('the rights of a scan', () => {
  test('are enough as they are deployed, and it only lists', async () => {
    expect((await runScan(cluster.kubeconfig, ['--format', 'json'])).json()).toEqual(large.json());
    const events = await cluster.auditEvents();
    expect(events.length).toBeGreaterThan(20);
    expect(new Set(events.map(({ verb }) => verb))).toEqual(new Set(['list']));
  });

  test('that are missing are named, and the rest is told', async () => {
    await cluster.api.expect('POST', '/api/v1/namespaces/pratique/serviceaccounts', {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: 'half' },
    });
    const created = await cluster.kubectl([
      'create',
      'clusterrole',
      'half',
      '--verb=list',
      '--resource=deployments.apps',
    ]);
    expect(created).toMatchObject({ code: 0 });
    const bound = ['create', 'clusterrolebinding', 'half', '--clusterrole=half', '--serviceaccount=pratique:half'];
    expect(await cluster.kubectl(bound)).toMatchObject({ code: 0 });
    const run = await runScan(await accountKubeconfig(cluster, 'pratique', 'half'), ['--format', 'json']);
    expect(run.code).toBe(2);
    const { results, errors } = run.json();
    expect(new Set(results.map(({ kind }) => kind))).toEqual(new Set(['Deployment']));
    expect(errors.map(({ message }) => message)).toContain(
      'pods were not read: RBAC does not allow to list "pods" of the core API group (deploy/scan-rbac.yaml)',
    );
    expect(errors.length).toBe(15);
  });
});

describe('what else a cluster holds', () => {
  test('a pod that nothing controls, and a volume of the engine, are denied by themselves', async () => {
    const spec = { hostPID: true, containers: [{ name: 'main', image: 'registry.example.com/app:1' }] };
    const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'bare' }, spec };
    await cluster.api.expect('POST', '/api/v1/namespaces/alone/pods', pod);
    await cluster.api.expect('POST', '/api/v1/persistentvolumes', {
      apiVersion: 'v1',
      kind: 'PersistentVolume',
      metadata: { name: 'run' },
      spec: { capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'], hostPath: { path: '/var/run' } },
    });
    const { results } = (await runScan(account, ['--format', 'json'])).json();
    const denied = results.filter(({ verdict, pods }) => verdict === 'deny' && pods === undefined);
    expect(denied.map(shortName)).toEqual(['Pod alone/bare', 'PersistentVolume /run']);
  });

  test.for(['sarif', 'junit'] as const)('is told as %s too', async (format) => {
    const { stdout, code } = await runScan(account, ['--format', format, '--namespace', 'alone']);
    expect(code).toBe(1);
    expect(stdout).toContain('host-pid');
    if (format === 'sarif') expect(JSON.parse(stdout)).toMatchObject({ version: '2.1.0' });
    else expect(stdout).toMatch(/^<\?xml version="1\.0"/);
  });
});
