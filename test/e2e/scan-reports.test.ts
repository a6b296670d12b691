import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { ApiObject } from '../harness/api-client.ts';
import type { AuditEvent } from '../harness/audit.ts';
import { type Cluster, startCluster } from '../harness/cluster.ts';
import { waitFor } from '../harness/waiting.ts';
import { accountKubeconfig, runScan } from './scan-process.ts';

const file = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** Everything that is done to reports, by anybody. */
const auditPolicy = JSON.stringify({
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived'],
  rules: [
    { level: 'Metadata', resources: [{ group: 'openreports.io' }, { group: 'wgpolicyk8s.io' }] },
    { level: 'None' },
  ],
});

const policyReports = '/apis/wgpolicyk8s.io/v1alpha2';
const openReports = '/apis/openreports.io/v1alpha1';

interface Report extends ApiObject {
  readonly summary: Readonly<Record<string, number>>;
  readonly results: readonly { readonly policy: string; readonly result: string; readonly message: string }[];
}

let cluster: Cluster;
let account: string;
beforeAll(async () => {
  cluster = await startCluster({ auditPolicy, log: () => undefined });
  for (const namespace of ['pratique', 'ci', 'quiet', 'crowded']) await cluster.createNamespace(namespace);
  await apply('../../deploy/scan-rbac.yaml');
  await apply('../../deploy/scan-reports-rbac.yaml');
  account = await accountKubeconfig(cluster, 'pratique', 'pratique-scan');
  await createPod('ci', 'first', 1);
  await createPod('quiet', 'clean', 0);
  for (let index = 0; index < 40; index++) await createPod('crowded', `pod-${index}`, 15);
  const spec = { capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'], hostPath: { path: '/var/run' } };
  const volume = { apiVersion: 'v1', kind: 'PersistentVolume', metadata: { name: 'run' }, spec };
  await cluster.api.expect('POST', '/api/v1/persistentvolumes', volume);
});
afterEach(({ task }) => {
  if (task.result?.state === 'fail') cluster.keepLogs();
});
afterAll(() => cluster?.stop());

test('a cluster without reports is told so, and what would serve them', async () => {
  const { code, stderr } = await runScan(account, ['--reports']);
  expect(code).toBe(2);
  expect(stderr).toMatch(/^the cluster has no reports: .*install the CRDs of one$/);
});

test('each namespace with findings gets one report, and so does what is in none', async () => {
  await install('../fixtures/reports/policyreports.yaml', `${policyReports}/policyreports`);
  expect(await scan()).toEqual({ code: 1, told: '3 reports written, 0 unchanged, 0 removed' });
  expect((await writes()).toSorted()).toEqual([
    'create clusterpolicyreports /pratique',
    'create policyreports ci/pratique',
    'create policyreports crowded/pratique',
  ]);
  const { summary, results } = await read(`${policyReports}/namespaces/ci/policyreports/pratique`);
  expect(summary).toEqual({ pass: 0, fail: 1, warn: 0, error: 0, skip: 0 });
  expect(results).toMatchObject([{ policy: 'privileged', result: 'fail', severity: 'high' }]);
  const volumes = await read(`${policyReports}/clusterpolicyreports/pratique`);
  expect(volumes.results.map(({ policy }) => policy)).toContain('pvc-engine-path-protected');
});

test('a report tells the worst of many, counts all, and says what is left out', async () => {
  const { summary, results } = await read(`${policyReports}/namespaces/crowded/policyreports/pratique`);
  expect(summary).toEqual({ pass: 0, fail: 600, warn: 0, error: 0, skip: 1 });
  expect(results.length).toBe(501);
  expect(results.at(-1)?.message).toContain('100 more findings are left out');
});

test('without a change nothing is written, as the audit log of the API server shows', async () => {
  const before = await writes();
  expect(await scan()).toEqual({ code: 1, told: '0 reports written, 3 unchanged, 0 removed' });
  expect(await writes()).toEqual(before);
});

test('a change of one namespace is one write', async () => {
  const before = await writes();
  await createPod('ci', 'second', 2);
  expect(await scan()).toMatchObject({ told: '1 report written, 2 unchanged, 0 removed' });
  expect((await writes()).slice(before.length)).toEqual(['update policyreports ci/pratique']);
  const { summary } = await read(`${policyReports}/namespaces/ci/policyreports/pratique`);
  expect(summary['fail']).toBe(3);
});

test('a report that somebody edited says again what was found', async () => {
  const path = `${policyReports}/namespaces/ci/policyreports/pratique`;
  const contentType = 'application/merge-patch+json';
  await cluster.api.expect('PATCH', path, { results: [] }, { contentType });
  expect(await scan()).toMatchObject({ told: '1 report written, 2 unchanged, 0 removed' });
  expect((await read(path)).results.length).toBe(3);
});

test('a scan of one namespace leaves the other reports alone', async () => {
  const before = await writes();
  const told = '0 reports written, 1 unchanged, 0 removed';
  expect(await scan('--namespace', 'ci')).toEqual({ code: 1, told });
  expect(await scan('--namespace', 'quiet')).toEqual({ code: 0, told: '0 reports written, 0 unchanged, 0 removed' });
  expect(await writes()).toEqual(before);
});

test('a namespace in which nothing is found any more loses its report', async () => {
  for (const name of ['first', 'second']) {
    const now = { gracePeriodSeconds: 0 };
    await cluster.api.expect('DELETE', `/api/v1/namespaces/ci/pods/${name}`, now);
  }
  expect(await scan()).toMatchObject({ told: '0 reports written, 2 unchanged, 1 removed' });
  expect((await cluster.api.request('GET', `${policyReports}/namespaces/ci/policyreports/pratique`)).status).toBe(404);
});

test("somebody else's report of that name is left as it is, and told", async () => {
  const path = `${policyReports}/namespaces/ci/policyreports`;
  const foreign = { apiVersion: 'wgpolicyk8s.io/v1alpha2', kind: 'PolicyReport', metadata: { name: 'pratique' } };
  await cluster.api.expect('POST', path, foreign);
  await createPod('ci', 'third', 1);
  const { code, stdout } = await runScan(account, ['--reports', '--format', 'json']);
  expect(code).toBe(2);
  expect(JSON.parse(stdout)).toMatchObject({
    errors: [{ message: expect.stringContaining("is somebody else's: it lacks the label") }],
  });
  expect((await read(`${path}/pratique`)).results).toBeUndefined();
  await cluster.api.expect('DELETE', `${path}/pratique`);
});

test('where OpenReports is served too, reports move there', async () => {
  await install('../fixtures/reports/openreports.yaml', `${openReports}/reports`);
  expect(await scan()).toEqual({ code: 1, told: '3 reports written, 0 unchanged, 2 removed' });
  const { results, ...report } = await read(`${openReports}/namespaces/ci/reports/pratique`);
  expect(report).toMatchObject({ source: 'pratique', configuration: { limits: { maxResults: 500 } } });
  expect(results).toMatchObject([{ policy: 'privileged', severity: 'critical', scored: true }]);
  const before = await writes();
  expect(await scan()).toEqual({ code: 1, told: '0 reports written, 3 unchanged, 0 removed' });
  expect(await writes()).toEqual(before);
});

test('a scan that may not read everything leaves all reports as they are', async () => {
  const path = '/apis/rbac.authorization.k8s.io/v1/clusterroles/pratique-scan';
  const role = await cluster.api.expect<ApiObject & { readonly rules: readonly object[] }>('GET', path);
  const rules = role.rules.filter((rule) => !JSON.stringify(rule).includes('"pods"'));
  expect(rules.length).toBe(role.rules.length - 1);
  const before = await writes();
  await cluster.api.expect('PATCH', path, { rules }, { contentType: 'application/merge-patch+json' });
  const run = await waitFor('the right to be gone', async () => {
    const one = await runScan(account, ['--reports', '--format', 'json']);
    return one.stdout.includes('pods were not read') ? one : undefined;
  });
  expect(run.code).toBe(2);
  expect(run.json().errors.at(-1)?.message).toBe(
    'reports were left as they are, since not everything that they tell of was read',
  );
  expect(await writes()).toEqual(before);
});

test('all reports can be removed', async () => {
  const { code, stderr } = await runScan(account, ['--reports=remove']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '3 reports removed' });
  const lists = ['reports', 'clusterreports'].map((name) => cluster.api.expect('GET', `${openReports}/${name}`));
  expect((await Promise.all(lists)).flatMap(({ items }) => items)).toEqual([]);
});

test('the example of a CronJob is one that the API server takes, and that Pratique denies nothing of', async () => {
  const path = '../../deploy/examples/scan-cronjob.yaml';
  await apply(path);
  const cronJob = await cluster.api.expect('GET', '/apis/batch/v1/namespaces/pratique/cronjobs/pratique-scan');
  expect(cronJob.metadata?.name).toBe('pratique-scan');
  const run = await runScan(cluster.kubeconfig, ['--namespace', 'pratique', '--profile', 'restricted']);
  expect(run).toMatchObject({ code: 0, stdout: expect.stringContaining('1 object: clean') });
});

async function apply(path: string): Promise<void> {
  expect(await cluster.kubectl(['apply', '-f', file(path)])).toMatchObject({ code: 0 });
}

async function install(path: string, served: string): Promise<void> {
  await apply(path);
  await waitFor('the reports to be served', async () => (await cluster.api.request('GET', served)).status === 200);
}

/** Scans with reports, and gives the last line of what is told beside the report. */
async function scan(...args: readonly string[]) {
  const { code, stderr } = await runScan(account, ['--reports', '--output', '/dev/null', ...args]);
  return { code, told: stderr.split('\n').at(-1) };
}

function read(path: string): Promise<Report> {
  return cluster.api.expect<Report>('GET', path);
}

/** What was written to reports so far, in order; a request of our own marks the end of what went before. */
async function writes(): Promise<readonly string[]> {
  const mark = `mark-${Math.random()}`;
  await cluster.api.request('GET', `${policyReports}/namespaces/default/policyreports/${mark}`);
  await cluster.auditEvent('the mark', ({ objectRef }) => objectRef?.name === mark);
  return (await cluster.auditEvents()).filter(isWrite).map(({ verb, objectRef }) => {
    return `${verb} ${objectRef?.resource} ${objectRef?.namespace ?? ''}/${objectRef?.name ?? 'pratique'}`;
  });
}

function isWrite({ verb, user }: AuditEvent): boolean {
  const isScanner = user.username === 'system:serviceaccount:pratique:pratique-scan';
  return isScanner && !['get', 'list', 'watch'].includes(verb);
}

/** Makes a pod with as many privileged containers beside a plain one. */
async function createPod(namespace: string, name: string, privileged: number): Promise<void> {
  const image = 'registry.example.com/app:1';
  const bad = Array.from({ length: privileged }, (_, index) => ({
    name: `bad-${index}`,
    image,
    securityContext: { privileged: true },
  }));
  const spec = { containers: [{ name: 'main', image }, ...bad] };
  const object = { apiVersion: 'v1', kind: 'Pod', metadata: { name }, spec };
  await cluster.api.expect('POST', `/api/v1/namespaces/${namespace}/pods`, object);
}
