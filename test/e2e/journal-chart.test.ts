import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
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
  await createVolume();
  await scene.install(
    [
      `config.default.mode=enforce,journal.enabled=true,journal.port=${port}`,
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
