import { copyFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { stringify } from 'yaml';
import type { ApiClient, ApiObject } from '../harness/api-client.ts';
import { concurrently } from '../harness/concurrently.ts';
import { waitFor } from '../harness/waiting.ts';
import { completed } from './case-completion.ts';
import { createClasses } from './case-objects.ts';
import { placeCases } from './case-places.ts';
import { deniedBy, type GuardedCluster, startGuardedCluster } from './guarded-cluster.ts';
import { pod } from './pods.ts';
import { runScan, type ScanOutput, shortName } from './scan-process.ts';

type Json = Readonly<Record<string, unknown>>;

/** A workload as the API server keeps it, with the pod that its controller would make of it. */
interface Workload {
  readonly name: string;
  readonly remake: object;
}

const namespace = 'gitlab';
const width = 8;

/** Some denied before and now, some newly denied, and some newly admitted. */
const raised = ['apparmor-unconfined', 'capabilities-extra', 'engine-host-env', 'engine-image', 'engine-port'];
const lowered = ['host-network', 'host-pid', 'host-path-unlisted', 'unsafe-sysctls'];
const next = {
  profiles: {
    next: {
      extends: 'dind',
      checks: Object.fromEntries([
        ...raised.map((check) => [check, 'deny'] as const),
        ...lowered.map((check) => [check, 'ignore'] as const),
      ]),
    },
  },
};
const enforced = { ...next, default: { profile: 'next', mode: 'enforce' } };

let guard: GuardedCluster;
let workloads: readonly Workload[];
/** The names of the workloads whose pods the webhook denies, before and then. */
let before: ReadonlySet<string>;
let after: ReadonlySet<string>;
let output: ScanOutput;
let audited: ScanOutput;
beforeAll(async () => {
  guard = await startGuardedCluster({
    before: async ({ api }) => {
      const { cases } = placeCases();
      const pods = cases.filter(({ written }) => written.object['kind'] === 'Pod').map(({ written }) => written.object);
      const distinct = [...new Map(pods.map((one) => [JSON.stringify(one), one])).values()];
      const made = await concurrently(distinct, width, (one, index) => createWorkload(api, one, index));
      workloads = made.filter((one) => one !== undefined);
    },
  });
  const file = (name: string) => join(guard.cluster.folder, name);
  const live = join(guard.cluster.folder, 'webhook', 'pratique.yaml');
  before = await deniedNow();
  await copyFile(live, file('old.yaml'));
  await guard.configure(enforced);
  const probe = pod('probe', { spec: { hostNetwork: true } });
  await waitFor('the configuration', async () => (await guard.create(probe, { dryRun: true })).status === 201);
  await copyFile(live, file('new.yaml'));
  after = await deniedNow();
  const scan = (config: string) =>
    runScan(guard.cluster.kubeconfig, ['--format', 'json', '--config', config, '--compare', file('old.yaml')]);
  output = (await scan(file('new.yaml'))).json();
  const audit = { ...enforced, default: { profile: 'next', mode: 'audit' }, mountFuse: { namespaces: [namespace] } };
  const head = { apiVersion: 'pratique.dev/v1alpha1', kind: 'PratiqueConfiguration' };
  await writeFile(file('audit.yaml'), stringify({ ...head, ...audit }));
  audited = (await scan(file('audit.yaml'))).json();
});
afterEach(({ task }) => guard.afterTest(task));
afterAll(() => guard?.stop());

test('the workloads of the test are of every sort', () => {
  const isNew = workloads.filter(({ name }) => after.has(name) && !before.has(name));
  const isOld = workloads.filter(({ name }) => before.has(name) && !after.has(name));
  expect(workloads.length).toBeGreaterThan(400);
  expect(isNew.length).toBeGreaterThan(20);
  expect(isOld.length).toBeGreaterThan(20);
  expect(after.intersection(before).size).toBeGreaterThan(20);
  expect(after.union(before).size).toBeLessThan(workloads.length - 20);
});

test('a scan denies exactly the workloads whose pods the webhook denies when they are made anew', () => {
  const denied = output.results.filter(({ verdict }) => verdict === 'deny').map(shortName);
  expect(ofTest(denied)).toEqual(sorted(after));
  expect(output.errors).toEqual([]);
});

test('what is newly denied and newly admitted is what the webhook denies then and not before, and the reverse', () => {
  expect(ofTest((output.newlyDenied ?? []).map(shortName))).toEqual(sorted(after.difference(before)));
  expect(ofTest((output.newlyAdmitted ?? []).map(shortName))).toEqual(sorted(before.difference(after)));
});

test('what would not come back is told while the new configuration only records', () => {
  expect(audited.results.filter(({ verdict }) => verdict === 'deny')).toEqual([]);
  expect(ofTest(audited.notComingBack.map(shortName))).toEqual(sorted(after));
});

/** Makes the pods of all workloads anew, and gives the names of those that our webhook denies. */
async function deniedNow(): Promise<ReadonlySet<string>> {
  const answers = await concurrently(workloads, width, async ({ name, remake }) => {
    const path = `/api/v1/namespaces/${namespace}/pods`;
    const { status, body } = await guard.cluster.api.request('POST', path, remake, { dryRun: true });
    const isDenied = status === 403 && body.message?.startsWith(deniedBy) === true;
    if (!isDenied && status !== 201) throw new Error(`${name}: ${status} ${body.message}`);
    return isDenied ? name : undefined;
  });
  return new Set(answers.filter((name) => name !== undefined));
}

const kinds = [
  ['DaemonSet', 'apps/v1', 'Always'],
  ['Deployment', 'apps/v1', 'Always'],
  ['StatefulSet', 'apps/v1', 'Always'],
  ['Job', 'batch/v1', 'Never'],
] as const;

/** Wraps the pod of a case; undefined where no template can hold it, or no API server would make its pod. */
async function createWorkload(api: ApiClient, written: Json, index: number): Promise<Workload | undefined> {
  const { metadata, spec } = completed(written) as { readonly metadata: Json; readonly spec: Json };
  if (spec['ephemeralContainers'] !== undefined) return undefined;
  await createClasses(api, spec);
  const [kind, apiVersion, restartPolicy] = kinds[index % kinds.length] ?? kinds[0];
  const name = `case-${index}`;
  const labels = { ...(metadata['labels'] as object | undefined), app: name };
  const template = { metadata: { labels, annotations: metadata['annotations'] }, spec: { ...spec, restartPolicy } };
  const selector = kind === 'Job' ? {} : { selector: { matchLabels: { app: name } } };
  const object = { apiVersion, kind, metadata: { name }, spec: { ...selector, template } };
  const path = `/apis/${apiVersion}/namespaces/${namespace}/${kind.toLowerCase()}s`;
  const created = await api.request<ApiObject & { readonly spec: { readonly template: Json } }>('POST', path, object);
  if (created.status !== 201) return undefined;
  const { metadata: own, spec: kept } = created.body.spec.template as { readonly metadata: Json; readonly spec: Json };
  const remake = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { generateName: `${name}-`, labels: own['labels'], annotations: own['annotations'] },
    spec: kept,
  };
  const unjudged = await api.request('POST', `/api/v1/namespaces/${namespace}/pods`, remake, { dryRun: true });
  if (unjudged.status === 201) return { name: `${kind} ${namespace}/${name}`, remake };
  await api.expect('DELETE', `${path}/${name}`, { propagationPolicy: 'Background' });
  return undefined;
}

function ofTest(names: readonly string[]): readonly string[] {
  return names.filter((name) => name.includes('/case-')).toSorted();
}

function sorted(names: ReadonlySet<string>): readonly string[] {
  return [...names].toSorted();
}
