import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ClusterApi } from '../../src/cluster/api.ts';
import { connect } from '../../src/cluster/connection.ts';
import { listPages } from '../../src/cluster/list.ts';
import { others } from '../../src/cluster/resources.ts';
import { type Cluster, startCluster } from '../harness/cluster.ts';
import { concurrently } from '../harness/concurrently.ts';

const path = '/apis/node.k8s.io/v1/runtimeclasses';
const names = Array.from({ length: 250 }, (_, index) => `class-${String(index).padStart(3, '0')}`);

let cluster: Cluster;
beforeAll(async () => {
  // From its cache the API server would serve even what etcd no longer has.
  cluster = await startCluster({ apiServerFlags: ['--watch-cache=false'], log: () => undefined });
  await concurrently(names, 16, (name) => createClass(name));
});
afterAll(() => cluster?.stop());

test('a list that etcd no longer has is read to its end, each object once', async () => {
  const api = await connect({ kubeconfig: cluster.kubeconfig });
  expect(await readWhile(api, () => Promise.resolve())).toEqual({ read: names, notes: [] });
  const { read, notes } = await readWhile(api, async () => {
    await createClass('class-last');
    await compact();
  });
  expect(notes).toEqual([expect.stringContaining('the rest is as it is by now')]);
  expect(read).toEqual([...names, 'class-last']);
});

/** Reads all classes, and does something after the first page. */
async function readWhile(api: ClusterApi, then: () => Promise<void>) {
  const resource = others.find(({ name }) => name === 'runtimeclasses');
  if (resource === undefined) throw new Error('RuntimeClasses are not read.');
  const read: unknown[] = [];
  const notes: string[] = [];
  for await (const event of listPages(api, resource, undefined)) {
    if (event.kind !== 'page') {
      notes.push(event.message);
      continue;
    }
    read.push(...event.items.map(({ metadata }) => (metadata as { readonly name: string }).name));
    if (read.length === event.items.length) await then();
  }
  return { read, notes };
}

async function createClass(name: string): Promise<void> {
  const head = { apiVersion: 'node.k8s.io/v1', kind: 'RuntimeClass', metadata: { name } };
  await cluster.api.expect('POST', path, { ...head, handler: 'runc' });
}

/** Has etcd forget everything but the present, as it does by itself after five minutes: etcd's JSON gateway. */
async function compact(): Promise<void> {
  const line = await readFile(`/proc/${cluster.pids['etcd']}/cmdline`, 'utf8');
  const url = /--listen-client-urls=([^\0]+)/.exec(line)?.[1];
  const status = await fetch(`${url}/v3/maintenance/status`, { method: 'POST', body: '{}' });
  const { header } = (await status.json()) as { readonly header: { readonly revision: string } };
  const body = JSON.stringify({ revision: header.revision, physical: true });
  expect((await fetch(`${url}/v3/kv/compaction`, { method: 'POST', body })).status).toBe(200);
}
