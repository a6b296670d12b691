import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { openSqliteStore } from '../../../src/journal/store/sqlite/store.ts';
import { deployedManifest } from '../../e2e/guarded-cluster.ts';
import { type Balancer, startBalancer } from '../../harness/balancer.ts';
import { createAuthority, issueServingCertificate, type ServingCertificate } from '../../harness/certificates.ts';
import { type Cluster, startCluster } from '../../harness/cluster.ts';
import { type Load, privilegedLoad, startLoad } from '../../harness/faults-load.ts';
import {
  type JournalFiles,
  type JournalProcess,
  journalFilesIn,
  metricOf,
  shippingArguments,
  startJournalProcess,
} from '../../harness/journal-process.ts';
import { freePort } from '../../harness/ports.ts';
import { waitFor } from '../../harness/waiting.ts';
import { installWebhook } from '../../harness/webhook-install.ts';
import { startWebhook, type WebhookProcess } from '../../harness/webhook-process.ts';

/** Two replicas of the webhook on a real API server, and a journal that can be ill-treated. */
export interface JournalScene {
  readonly cluster: Cluster;
  readonly webhooks: readonly WebhookProcess[];
  /** The one that runs, or ran last. */
  journal(): JournalProcess;
  /** The folder of its store. */
  readonly folder: string;
  /** Starts it again on its port. */
  startJournal(): Promise<void>;
  /** Pods at 50/s, every other one privileged; each leaves a record. */
  load(): Load;
  /** Waits until nothing waits for the journal, and counts. */
  counted(): Promise<Counted>;
  stop(): Promise<void>;
}

/** What is known of all records so far: keys are instance and seq. */
export interface Counted {
  /** By the log of the webhooks. */
  readonly made: ReadonlySet<string>;
  /** By the store itself. */
  readonly stored: ReadonlySet<string>;
  /** What the webhooks count as dropped. */
  readonly dropped: number;
  /** What the journal counts as missing. */
  readonly missing: number;
}

/** Some 9 s of the load, so that a fault of half a minute drops records. */
const queueOfFaults = '256Ki';
const containers = [{ name: 'main', image: 'registry.example.com/main:1' }];

/** Starts it all, and waits until privileged pods are denied. */
export async function startJournalScene(): Promise<JournalScene> {
  const cluster = await startCluster();
  await cluster.createNamespace('load');
  const serving = await servingOf(cluster, 'pratique');
  const files = await journalFilesIn(cluster.folder);
  const folder = join(cluster.folder, 'journal');
  const port = await freePort();
  const start = () => startJournal(files, folder, port);
  let journal = await start();
  const balancer = await startBalancer();
  const webhooks: WebhookProcess[] = [];
  for (let count = 0; count < 2; count++) {
    const webhook = await shippingWebhook(cluster, serving, journalArguments(files, journal.url));
    webhooks.push(webhook);
    balancer.add({ port: webhook.port, readyUrl: `${webhook.healthUrl}/readyz` });
  }
  await install(cluster, balancer, serving);
  return {
    cluster,
    webhooks,
    journal: () => journal,
    folder,
    startJournal: async () => {
      journal = await start();
    },
    load: () => startLoad(cluster, privilegedLoad),
    counted: () => counted(webhooks, journal, folder),
    stop: async () => {
      await Promise.all(webhooks.map((webhook) => webhook.stop('SIGKILL')));
      await journal.stop('SIGKILL');
      await balancer.stop();
      await cluster.stop();
    },
  };
}

/** Starts a webhook that records everything. */
export async function shippingWebhook(
  cluster: Cluster,
  { certFile, keyFile }: ServingCertificate,
  args: readonly string[],
): Promise<WebhookProcess> {
  const configFile = join(cluster.folder, 'pratique.yaml');
  const document = { apiVersion: 'pratique.dev/v1alpha1', kind: 'PratiqueConfiguration', journal: { allows: 'all' } };
  await writeFile(configFile, stringify(document));
  return startWebhook({ configFile, certFile, keyFile, drain: '0s', args });
}

/** The flags of a webhook that ships to an address, with a small queue. */
export function journalArguments(files: JournalFiles, url: string): readonly string[] {
  return [...shippingArguments(files, url), '--journal-queue', queueOfFaults];
}

/** A certificate for a webhook's Service, in the cluster's folder. */
export async function servingOf(cluster: Cluster, service: string): Promise<ServingCertificate> {
  return issueServingCertificate(await createAuthority(), { service, namespace: 'pratique', folder: cluster.folder });
}

function startJournal(files: JournalFiles, folder: string, port: number): Promise<JournalProcess> {
  const { certFile, keyFile, tokenFile } = files;
  return startJournalProcess({ certFile, keyFile, port, args: ['--store', folder, '--token-file', tokenFile] });
}

async function install(cluster: Cluster, balancer: Balancer, { caBundlePem }: ServingCertificate): Promise<void> {
  const privileged = containers.map((one) => ({ ...one, securityContext: { privileged: true } }));
  const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'probe' }, spec: { containers: privileged } };
  const probe = async () => {
    const { status } = await cluster.api.request('POST', '/api/v1/namespaces/load/pods', pod, { dryRun: true });
    return status === 403;
  };
  await installWebhook(cluster, { manifestPath: deployedManifest, port: balancer.port, caBundlePem, probe });
}

async function counted(webhooks: readonly WebhookProcess[], journal: JournalProcess, folder: string): Promise<Counted> {
  for (const { healthUrl } of webhooks) {
    const waiting = () => metricOf(healthUrl, 'pratique_shipping_queue_lines');
    await waitFor('an empty queue', async () => (await waiting()) === 0, { timeoutMs: 120_000 });
  }
  const dropped = await Promise.all(
    webhooks.map(({ healthUrl }) => metricOf(healthUrl, 'pratique_shipping_dropped_records_total')),
  );
  return {
    made: new Set(webhooks.flatMap((webhook) => webhook.records().map(keyOf))),
    stored: await storedIn(folder),
    dropped: dropped.reduce((sum, count) => sum + count, 0),
    missing: await journal.metric('pratique_journal_missing_records'),
  };
}

async function storedIn(folder: string): Promise<ReadonlySet<string>> {
  const store = await openSqliteStore(folder, { readOnly: true });
  try {
    const rows = await store.db
      .selectFrom('records')
      .innerJoin('instances', 'instances.id', 'records.instance')
      .select(['instances.name', 'records.seq'])
      .execute();
    return new Set(rows.map(({ name, seq }) => keyOf({ instance: name, seq })));
  } finally {
    await store.close();
  }
}

function keyOf({ instance, seq }: { readonly instance: string; readonly seq: number }): string {
  return `${instance} ${seq}`;
}
