import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer, type Socket } from 'node:net';
import { availableParallelism, loadavg } from 'node:os';
import { type Cluster, startCluster } from '../../harness/cluster.ts';
import { journalFilesIn, metricOf } from '../../harness/journal-process.ts';
import { waitFor } from '../../harness/waiting.ts';
import { journalArguments, servingOf, shippingWebhook } from './scene.ts';

const rounds = 10;
const podsOfRound = 400;
/** What a hung journal may add to the median of an admission. */
export const allowedRatio = 1.05;

/** How long admissions took, in milliseconds: medians of the rounds. */
export interface Latency {
  readonly without: number;
  readonly hung: number;
  /** The median of the rounds' ratios. */
  readonly ratio: number;
  readonly dropped: number;
  readonly text: string;
}

const kinds = ['without', 'hung'] as const;
type Kind = (typeof kinds)[number];

/**
 * Times creations through the API server, of one namespace whose webhook has no journal, and of one whose journal takes
 * connections and answers nothing, in turn. Its queue is full before the first round, so that each record drops others.
 */
export async function measureLatency(): Promise<Latency> {
  const cluster = await startCluster();
  const hung = createServer((socket: Socket) => void socket.on('error', () => {}));
  await once(hung.listen(0, '127.0.0.1'), 'listening');
  const url = `https://127.0.0.1:${(hung.address() as AddressInfo).port}`;
  const files = await journalFilesIn(cluster.folder);
  const serving = await servingOf(cluster, 'pratique');
  const without = await shippingWebhook(cluster, serving, []);
  const shipping = await shippingWebhook(cluster, serving, journalArguments(files, url));
  try {
    await guard(cluster, 'without', without.port, serving.caBundlePem);
    await guard(cluster, 'hung', shipping.port, serving.caBundlePem);
    const dropped = () => metricOf(shipping.healthUrl, 'pratique_shipping_dropped_records_total');
    await waitFor('a full queue', async () => {
      await round(cluster, podsOfRound);
      return (await dropped()) > 0;
    });
    const times = [];
    for (let count = 0; count < rounds; count++) times.push(await round(cluster, podsOfRound));
    return latencyOf(times, await dropped());
  } finally {
    await Promise.all([without, shipping].map((webhook) => webhook.stop('SIGKILL')));
    hung.close();
    await cluster.stop();
  }
}

function latencyOf(times: readonly Readonly<Record<Kind, number>>[], dropped: number): Latency {
  const medianOf = (kind: Kind) => median(times.map((one) => one[kind]));
  const ratios = times.map((one) => one.hung / one.without);
  const result = { without: medianOf('without'), hung: medianOf('hung'), ratio: median(ratios), dropped };
  const [least = 0, most = 0] = [Math.min(...ratios), Math.max(...ratios)];
  const text =
    `Half of all admissions took at most ${result.hung.toFixed(3)} ms with a hung journal and ${result.without.toFixed(3)} ms ` +
    `without one: a ratio of ${result.ratio.toFixed(3)} (median of ${rounds} rounds of ${podsOfRound} pods each, from ` +
    `${least.toFixed(3)} to ${most.toFixed(3)}; ${allowedRatio} is allowed), on ${availableParallelism()} cores with a load ` +
    `average of ${(loadavg()[0] ?? 0).toFixed(1)}.`;
  return { ...result, text };
}

/** Creates pods in both namespaces in turn, the one that begins changing; the median of each in milliseconds. */
async function round(cluster: Cluster, pods: number): Promise<Readonly<Record<Kind, number>>> {
  const times: Record<Kind, number[]> = { without: [], hung: [] };
  for (let index = 0; index < pods; index++) {
    for (const kind of index % 2 === 0 ? kinds : kinds.toReversed()) times[kind].push(await timed(cluster, kind));
  }
  return { without: median(times.without), hung: median(times.hung) };
}

async function timed({ api }: Cluster, namespace: Kind): Promise<number> {
  const spec = {
    containers: [{ name: 'main', image: 'registry.example.com/main:1', securityContext: { privileged: true } }],
  };
  const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'measured' }, spec };
  const startedAt = performance.now();
  const { status } = await api.request('POST', `/api/v1/namespaces/${namespace}/pods`, pod);
  const took = performance.now() - startedAt;
  if (status !== 403) throw new Error(`a privileged pod in ${namespace} was answered ${status}`);
  return took;
}

/** Makes a namespace, and sends its pods to a port of this machine. */
async function guard(cluster: Cluster, namespace: Kind, port: number, caBundlePem: string): Promise<void> {
  await cluster.createNamespace(namespace);
  // The certificate is for the Service's name; one of type ExternalName leads here.
  const service = { namespace: 'pratique', name: 'pratique', path: '/validate', port };
  if (namespace === 'without') await createService(cluster);
  await cluster.api.expect('POST', '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations', {
    metadata: { name: namespace },
    webhooks: [
      {
        name: `${namespace}.pratique.dev`,
        clientConfig: { service, caBundle: Buffer.from(caBundlePem).toString('base64') },
        rules: [{ operations: ['CREATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['pods'] }],
        namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
        admissionReviewVersions: ['v1'],
        sideEffects: 'None',
        failurePolicy: 'Fail',
      },
    ],
  });
  await waitFor(`the webhook of ${namespace}`, async () => (await timed(cluster, namespace)) > 0);
}

async function createService(cluster: Cluster): Promise<void> {
  await cluster.createNamespace('pratique');
  await cluster.api.expect('POST', '/api/v1/namespaces/pratique/services', {
    metadata: { name: 'pratique' },
    spec: { type: 'ExternalName', externalName: 'localhost' },
  });
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return ((sorted[Math.ceil(middle) - 1] ?? 0) + (sorted[Math.floor(middle)] ?? 0)) / 2;
}
