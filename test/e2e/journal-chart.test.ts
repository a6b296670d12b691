import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { json } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { createAuthority } from '../harness/certificates.ts';
import { metricOf } from '../harness/journal-process.ts';
import type { PodRun } from '../harness/kubelet-pod.ts';
import { type ProcessService, serveProcesses } from '../harness/kubelet-service.ts';
import { freePort } from '../harness/ports.ts';
import { waitFor } from '../harness/waiting.ts';
import { chart } from './chart.ts';
import { type InstalledCluster, release, startInstalledCluster } from './installed-cluster.ts';
import { pod, privileged } from './pods.ts';

const name = `${release}-journal`;
const preload = fileURLToPath(new URL('../harness/resolve-services.ts', import.meta.url));

const host = `${name}.${release}.svc`;

let pagePort: number;
let scene: InstalledCluster;
let service: ProcessService;

beforeAll(async () => {
  scene = await startInstalledCluster();
  const port = await freePort();
  service = await serveProcesses(scene.cluster, scene.kubelet, {
    namespace: release,
    name,
    port,
    targetPort: 'records',
  });
  pagePort = await freePort();
  await createVolume();
  await scene.install(
    [
      `config.default.mode=enforce,journal.enabled=true,journal.port=${port}`,
      `journal.page.enabled=true,journal.page.port=${pagePort}`,
      `extraEnv[0].name=NODE_OPTIONS,extraEnv[0].value=--import=${preload}`,
    ].join(),
  );
});
afterEach(({ task }) => scene?.afterTest(task));
afterAll(async () => {
  await service?.stop();
  await scene?.stop();
});

test('one value leads to a journal that has the decisions of each replica, with certificates and tokens of its own', async () => {
  await waitFor('heartbeats of all', async () => (await ages()) === 3, { timeoutMs: 120_000 });
  await deny('first', 30);
  await waitFor('the records', async () => (await stored()) === 30);
  expect(await metricOf(healthUrl(journal()), 'pratique_journal_missing_records')).toBe(0);
});

test('its page answers on the loopback address, where kubectl port-forward leads', async () => {
  const answer = await fetch(`http://127.0.0.1:${pagePort}/api/v1/decisions?decision=deny&limit=100`);
  expect([answer.status, ((await answer.json()) as { rows: unknown[] }).rows.length]).toEqual([200, 30]);
});

test('a journal that is replaced gets what was recorded meanwhile, and still has what it had', async () => {
  const [old] = scene.kubelet.running().filter(isJournal);
  const path = `/apis/apps/v1/namespaces/${release}/deployments/${name}`;
  const scaled = async (replicas: number) => {
    await scene.cluster.api.expect(
      'PATCH',
      `${path}/scale`,
      { spec: { replicas } },
      { contentType: 'application/merge-patch+json' },
    );
  };
  await scaled(0);
  await old?.ended;
  await deny('meanwhile', 20);
  await scaled(1);
  await waitFor('the new one', () => scene.kubelet.endpoints().some(isJournal));
  await waitFor('the records', async () => (await stored()) === 20, { timeoutMs: 120_000 });
  expect(await metricOf(healthUrl(journal()), 'pratique_journal_missing_records')).toBe(0);
});

test('with a CA of an auth proxy its page is for members of a group, whom that proxy names', async () => {
  const authority = await createAuthority('sign-in');
  await scene.cluster.api.expect('POST', `/api/v1/namespaces/${release}/configmaps`, {
    metadata: { name: 'sign-in' },
    data: { 'ca.crt': authority.cert },
  });
  const before = journal().name;
  const page = {
    clientCA: { configMapName: 'sign-in' },
    clientNames: ['proxy.example.com'],
    allowGroups: ['auditors'],
  };
  const headers = { userHeader: 'X-Forwarded-User', groupsHeader: 'X-Forwarded-Groups' };
  const values = JSON.stringify({ ...page, ...headers });
  await scene.helm('upgrade', release, chart, '--reuse-values', '--wait', '--set-json', `journal.page=${values}`);
  await waitFor('the new one', () => scene.kubelet.endpoints().some((run) => isJournal(run) && run.name !== before));
  const proxy = await authority.issue({ commonName: 'proxy', names: page.clientNames, usage: 'client' });
  expect(await signedIn(proxy, 'auditors')).toMatchObject({ status: 200, body: { version: 1 } });
  expect(await signedIn(proxy, 'developers')).toMatchObject({ status: 403 });
  await expect(signedIn({}, 'auditors')).rejects.toThrow();
});

test('a release without the journal again leaves the volume, and the webhook ships nothing', async () => {
  await scene.helm('upgrade', release, chart, '--reset-then-reuse-values', '--wait', '--set', 'journal.enabled=false');
  await waitFor('the end of the journal', () => !scene.kubelet.running().some(isJournal));
  const claim = `/api/v1/namespaces/${release}/persistentvolumeclaims/${name}`;
  expect((await scene.cluster.api.request('GET', claim)).status).toBe(200);
  expect(
    await scene.cluster.api.request('GET', `/apis/rbac.authorization.k8s.io/v1/clusterroles/${name}`),
  ).toMatchObject({ status: 404 });
  const [replica] = scene.replicas();
  const text = await (await fetch(`${replica === undefined ? '' : healthUrl(replica)}/metrics`)).text();
  expect(text).toContain('pratique_reviews_total');
  expect(text).not.toContain('pratique_shipping');
});

async function deny(prefix: string, count: number): Promise<void> {
  for (let index = 0; index < count; index++) {
    const object = pod(`${prefix}-${index}`, { namespace: 'default', container: privileged });
    const { status } = await scene.cluster.api.request('POST', '/api/v1/namespaces/default/pods', object);
    expect(status).toBe(403);
  }
}

/** Asks as an auth proxy does: the Service by its name, with the CA that the journal made for itself. */
async function signedIn(certificate: object, groups: string) {
  const path = `/api/v1/namespaces/${release}/secrets/${name}-ca`;
  const { data } = await scene.cluster.api.expect<{ data: Readonly<Record<string, string>> }>('GET', path);
  const ca = Buffer.from(data['ca.crt'] ?? '', 'base64');
  const headers = { host: `${host}:${pagePort}`, 'x-forwarded-user': 'alice', 'x-forwarded-groups': groups };
  const target = { host: '127.0.0.1', port: journal().ports['page'], path: '/api/v1/instances', servername: host };
  const sent = request({ ...target, headers, ca, ...certificate, agent: false }).end();
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  return { status: response.statusCode, body: await json(response) };
}

/** Counted since the process of the journal started. */
function stored(): Promise<number> {
  return metricOf(healthUrl(journal()), 'pratique_journal_records_stored_total');
}

/** How many replicas are heard of. */
async function ages(): Promise<number> {
  const text = await (await fetch(`${healthUrl(journal())}/metrics`)).text();
  return text.match(/^pratique_journal_heartbeat_age_seconds\{/gm)?.length ?? 0;
}

function journal(): PodRun {
  const run = scene.kubelet.endpoints().find(isJournal);
  if (run === undefined) throw new Error('no pod of the journal is ready');
  return run;
}

function isJournal({ ports }: PodRun): boolean {
  return ports['records'] !== undefined;
}

function healthUrl({ ports }: PodRun): string {
  return `http://127.0.0.1:${ports['http']}`;
}

/** There is nobody who would make one for the claim; what is in it is the kubelet's. */
async function createVolume(): Promise<void> {
  await scene.cluster.api.expect('POST', '/api/v1/persistentvolumes', {
    metadata: { name: 'journal' },
    spec: {
      capacity: { storage: '10Gi' },
      accessModes: ['ReadWriteOnce'],
      hostPath: { path: '/srv/journal' },
      claimRef: { namespace: release, name },
    },
  });
}
