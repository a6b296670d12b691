import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type ListApi, startListApi } from '../../test/harness/list-api.ts';
import type { ClusterApi } from './api.ts';
import { connect } from './connection.ts';
import { type ListEvent, listPages } from './list.ts';
import { others, pods } from './resources.ts';

let folder: string;
let fake: ListApi;
let api: ClusterApi;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pratique-list-'));
  fake = await startListApi();
  await writeFile(join(folder, 'kubeconfig'), fake.kubeconfig);
  api = await connect({ kubeconfig: join(folder, 'kubeconfig') });
});
afterEach(async () => {
  await fake.close();
  await rm(folder, { recursive: true });
});

const path = '/api/v1/pods';

/** Objects in the order of their keys. */
function named(count: number) {
  return Array.from({ length: count }, (_, index) => ({
    metadata: { namespace: 'ci', name: `pod-${String(index).padStart(4, '0')}` },
  }));
}

async function read(resource = pods, namespace?: string): Promise<readonly ListEvent[]> {
  const events: ListEvent[] = [];
  for await (const event of listPages(api, resource, namespace)) events.push(event);
  return events;
}

function namesIn(events: readonly ListEvent[]): readonly unknown[] {
  return events.flatMap((event) =>
    event.kind === 'page' ? event.items.map(({ metadata }) => (metadata as { readonly name: string }).name) : [],
  );
}

test('a long list is read page by page, each object once, with the credentials of the kubeconfig', async () => {
  fake.lists.set(path, named(250));
  const events = await read();
  expect(events.map((event) => (event.kind === 'page' ? event.items.length : event.kind))).toEqual([100, 100, 50]);
  expect(namesIn(events)).toEqual(named(250).map(({ metadata }) => metadata.name));
  expect(fake.requests).toEqual([
    `${path}?limit=100`,
    `${path}?limit=100&continue=100`,
    `${path}?limit=100&continue=200`,
  ]);
  expect([...fake.credentials]).toEqual(['Bearer secret-token']);
});

test('a list of one namespace is asked for by its path', async () => {
  fake.lists.set('/api/v1/namespaces/ci/pods', named(1));
  expect(namesIn(await read(pods, 'ci'))).toEqual(['pod-0000']);
});

test('a kind that is not served is an empty list', async () => {
  expect(await read()).toEqual([]);
});

test('the first version of a kind that is served is read', async () => {
  const claims = others.find(({ name }) => name === 'resourceclaims');
  if (claims === undefined) throw new Error('There are no claims among the resources.');
  fake.lists.set('/apis/resource.k8s.io/v1beta1/resourceclaims', named(1));
  expect(await read(claims)).toMatchObject([{ kind: 'page', apiVersion: 'resource.k8s.io/v1beta1' }]);
});

test.for(['with token', 'without token'] as const)(
  'a list that the server forgot meanwhile (410 %s) is read to its end, each object once, and says so',
  async (expires) => {
    fake.lists.set(path, named(250));
    fake.behaviours.set(path, { expires });
    const events = await read();
    expect(namesIn(events)).toEqual(named(250).map(({ metadata }) => metadata.name));
    expect(events.filter(({ kind }) => kind === 'note')).toMatchObject([
      { message: expect.stringContaining('pods: ') },
    ]);
    expect(fake.requests.at(2)).toBe(
      expires === 'with token' ? `${path}?limit=100&continue=later-100` : `${path}?limit=100`,
    );
  },
);

test('a list that the server forgets again and again ends as an error', async () => {
  fake.behaviours.set(path, { refusal: { status: 410, message: 'too old' } });
  const events = await read();
  expect(events.map(({ kind }) => kind)).toEqual(['note', 'error']);
});

test('what RBAC forbids is an error that names the right', async () => {
  fake.behaviours.set(path, { refusal: { status: 403, message: 'pods is forbidden' } });
  expect(await read()).toEqual([
    {
      kind: 'error',
      message: 'pods were not read: RBAC does not allow to list "pods" of the core API group (deploy/scan-rbac.yaml)',
    },
  ]);
});

test('a server that fails is an error with its words', async () => {
  fake.behaviours.set(path, { refusal: { status: 500, message: 'etcd is gone' } });
  expect(await read()).toEqual([{ kind: 'error', message: 'pods were not read: 500 etcd is gone' }]);
});

test('a busy server is asked again when it says so', async () => {
  fake.lists.set(path, named(1));
  const headers = { 'retry-after': '0' };
  fake.behaviours.set(path, { refusal: { status: 429, message: 'too many requests', headers }, times: 2 });
  expect(namesIn(await read())).toEqual(['pod-0000']);
  expect(fake.requests.length).toBe(3);
});

test('credentials that are not accepted end the scan', async () => {
  fake.behaviours.set(path, { refusal: { status: 401, message: 'Unauthorized' } });
  await expect(read()).rejects.toThrow('the API server does not accept the credentials (401 Unauthorized)');
});

test('a server that is not there ends the scan with its address', async () => {
  const { url } = fake;
  await fake.close();
  await expect(read()).rejects.toThrow(`${url} cannot be reached: `);
  fake = await startListApi();
});

test('a context that the kubeconfig lacks is told with those that it has', async () => {
  await expect(connect({ kubeconfig: join(folder, 'kubeconfig'), context: 'other' })).rejects.toThrow(
    'the kubeconfig has no context "other": it has fake',
  );
});

test('a kubeconfig that cannot be read is told by its name', async () => {
  const missing = join(folder, 'missing');
  await expect(connect({ kubeconfig: missing })).rejects.toThrow(`${missing} cannot be read: ENOENT`);
});
