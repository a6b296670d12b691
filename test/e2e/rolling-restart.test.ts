import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Balancer, startBalancer } from '../harness/balancer.ts';
import { type Cluster, startCluster } from '../harness/cluster.ts';
import { waitFor } from '../harness/waiting.ts';
import { installWebhook } from '../harness/webhook-install.ts';
import { startWebhook, type WebhookProcess } from '../harness/webhook-process.ts';
import { createUntrustedClass, deniedBy, deployedManifest, isGuarded, writeWebhookFiles } from './guarded-cluster.ts';
import { pod, privileged } from './pods.ts';

const podCount = 1000;
const concurrency = 16;
const perSecond = 75;
const drain = '2s';

let cluster: Cluster;
let balancer: Balancer;
/** All that ever ran, in the order of their start. */
const processes: WebhookProcess[] = [];
let startProcess: () => Promise<WebhookProcess>;

beforeAll(async () => {
  cluster = await startCluster({ log: () => undefined });
  await cluster.createNamespace('gitlab');
  await createUntrustedClass(cluster);
  balancer = await startBalancer();
  const { serving, configFile } = await writeWebhookFiles(cluster, {});
  startProcess = async () => {
    const started = await startWebhook({ configFile, certFile: serving.certFile, keyFile: serving.keyFile, drain });
    processes.push(started);
    balancer.add({ port: started.port, readyUrl: `${started.healthUrl}/readyz` });
    await waitFor('the balancer to see it', () =>
      balancer.backends().some(({ port, isHealthy }) => port === started.port && isHealthy),
    );
    return started;
  };
  await Promise.all([startProcess(), startProcess()]);
  await installWebhook(cluster, {
    manifestPath: deployedManifest,
    port: balancer.port,
    caBundlePem: serving.caBundlePem,
    failurePolicy: 'Fail',
    probe: () => isGuarded(cluster),
  });
});
afterAll(async () => {
  await balancer?.stop();
  await Promise.all(processes.map((process) => process.stop('SIGKILL')));
  await cluster?.stop();
});

interface Creation {
  readonly name: string;
  readonly violates: boolean;
  readonly status: number;
  readonly message: string | undefined;
}

test('a rolling restart loses no verdict and no record', async () => {
  const creations: Creation[] = [];
  const creating = createAll((creation) => creations.push(creation));
  const restarts = await restartWhile(() => creations.length < podCount);
  await creating;
  const exits = await Promise.all(processes.map((process) => process.stop()));

  const summary = {
    pods: creations.length,
    denied: creations.filter(({ status }) => status === 403).length,
    restarts,
    records: recordsByName().size,
  };
  process.stdout.write(`rolling restart: ${JSON.stringify(summary)}\n`);
  const wrong = creations.filter(({ violates, status, message }) => {
    return violates ? !(status === 403 && message?.startsWith(`${deniedBy}[privileged] `)) : status !== 201;
  });
  expect(wrong).toEqual([]);
  expect(restarts).toBeGreaterThanOrEqual(4);
  expect(summary).toMatchObject({ pods: podCount, denied: podCount / 10 });
  const counts = recordsByName();
  expect(creations.filter(({ name }) => counts.get(name) !== 1).map(({ name }) => [name, counts.get(name)])).toEqual(
    [],
  );
  expect(exits.filter(({ code }) => code !== 0)).toEqual([]);
});

/** Creates the pods at a fixed rate, so that they span several restarts; every tenth is privileged. */
async function createAll(done: (creation: Creation) => void): Promise<void> {
  const start = performance.now();
  let next = 0;
  const worker = async () => {
    for (let index = next++; index < podCount; index = next++) {
      const wait = start + (index * 1000) / perSecond - performance.now();
      if (wait > 0) await delay(wait);
      const violates = index % 10 === 9;
      const name = `rolling-${index}`;
      const object = pod(name, {
        container: violates ? privileged : {},
        ...(index % 4 === 0 ? { labels: { 'mount-fuse': 'true' } } : {}),
      });
      const { status, body } = await cluster.api.request('POST', '/api/v1/namespaces/gitlab/pods', object);
      done({ name, violates, status, message: body.message });
    }
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
}

/** As a Deployment rolls: the successor is ready before the old one is told to go, one after the other. */
async function restartWhile(isWanted: () => boolean): Promise<number> {
  let restarts = 0;
  while (isWanted()) {
    const oldest = processes.find((process) => process.isRunning());
    if (oldest === undefined) throw new Error('No webhook process runs.');
    const ending = oldest.stop('SIGTERM');
    await startProcess();
    await ending;
    balancer.remove(oldest.port);
    restarts += 1;
  }
  return restarts;
}

/** How many records of `/validate` each pod has, over all processes. */
function recordsByName(): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { webhook, operation, name } of processes.flatMap((process) => process.records())) {
    if (webhook !== 'validate' || operation !== 'CREATE' || name?.startsWith('rolling-') !== true) continue;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return counts;
}
