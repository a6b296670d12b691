import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { ClientOptions } from './api-client.ts';
import { ensurePrometheus } from './binaries.ts';
import { freePorts } from './ports.ts';
import { startProcess } from './processes.ts';
import { isReady } from './readiness.ts';
import { waitFor } from './waiting.ts';

/** Something that has metrics. */
export interface ScrapeTarget {
  readonly job: string;
  /** Its `/metrics` is read. */
  readonly url: string;
  readonly labels?: Readonly<Record<string, string>>;
  /** The CA and the client certificate for an https target. */
  readonly client?: Pick<ClientOptions, 'ca' | 'cert' | 'key'>;
}

/** What one Prometheus reads and evaluates, each second. */
export interface PrometheusOptions {
  /** Must exist; its files are left in it. */
  readonly folder: string;
  readonly targets: readonly ScrapeTarget[];
  readonly ruleFiles: readonly string[];
}

/** One series of an instant query's answer. */
export interface Sample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [number, string];
}

/** An alert whose condition holds, whether it has held for long enough or not. */
export interface ActiveAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly state: 'pending' | 'firing';
}

/** A node of the syntax tree of a query. */
export interface QueryNode {
  readonly type: string;
  readonly name?: string;
  readonly matchers?: readonly { readonly name: string; readonly type: string; readonly value: string }[];
  readonly [field: string]: unknown;
}

/** A running Prometheus. */
export interface PrometheusServer {
  /** Evaluates a query now. Throws on one that is not PromQL. */
  query(expression: string): Promise<readonly Sample[]>;
  parse(expression: string): Promise<QueryNode>;
  alerts(): Promise<readonly ActiveAlert[]>;
  stop(): Promise<void>;
}

/** Starts a real Prometheus on 127.0.0.1 that scrapes targets and evaluates rules, and waits until it is ready. */
export async function startPrometheus({ folder, targets, ruleFiles }: PrometheusOptions): Promise<PrometheusServer> {
  const binaries = await ensurePrometheus({ log: () => undefined });
  const scrapes = await Promise.all(targets.map((target) => scrapeConfig(folder, target)));
  const every = { scrape_interval: '1s', scrape_timeout: '1s', evaluation_interval: '1s' };
  const configFile = join(folder, 'prometheus.yml');
  await writeFile(configFile, stringify({ global: every, rule_files: ruleFiles, scrape_configs: scrapes }));
  const [port = 0] = await freePorts(1);
  const url = `http://127.0.0.1:${port}`;
  const flags = {
    'config.file': configFile,
    'storage.tsdb.path': join(folder, 'data'),
    'web.listen-address': `127.0.0.1:${port}`,
  };
  const args = Object.entries(flags).map(([name, value]) => `--${name}=${value}`);
  const logFile = join(folder, 'prometheus.log');
  const running = await startProcess(binaries.path('prometheus'), args, { cwd: folder, logFile });
  try {
    await waitFor(`Prometheus (log in ${logFile})`, () => isReady(`${url}/-/ready`), { timeoutMs: 60_000 });
  } catch (error) {
    await running.stop('SIGKILL');
    throw error;
  }
  const get = (path: string, query: Readonly<Record<string, string>> = {}) =>
    answerOf(`${url}/api/v1/${path}?${new URLSearchParams(query)}`);
  return {
    query: async (expression) => ((await get('query', { query: expression })) as { result: Sample[] }).result,
    parse: async (expression) => (await get('parse_query', { query: expression })) as QueryNode,
    alerts: async () => ((await get('alerts')) as { alerts: ActiveAlert[] }).alerts,
    stop: async () => void (await running.stop('SIGTERM', 5_000)),
  };
}

async function scrapeConfig(folder: string, { job, url, labels = {}, client }: ScrapeTarget): Promise<object> {
  const { protocol, host } = new URL(url);
  return {
    job_name: job,
    scheme: protocol.replace(':', ''),
    static_configs: [{ targets: [host], labels }],
    ...(client === undefined ? {} : { tls_config: await writeClient(join(folder, job), client) }),
  };
}

async function writeClient(folder: string, client: NonNullable<ScrapeTarget['client']>): Promise<object> {
  await mkdir(folder);
  const files = Object.entries({ ca: client.ca, cert: client.cert, key: client.key });
  for (const [name, text] of files) await writeFile(join(folder, name), text ?? '', { mode: 0o600 });
  return Object.fromEntries(files.map(([name]) => [`${name}_file`, join(folder, name)]));
}

async function answerOf(url: string): Promise<unknown> {
  const response = await fetch(url);
  const body = (await response.json()) as { readonly status: string; readonly data?: unknown; readonly error?: string };
  if (body.status !== 'success') throw new Error(`${decodeURIComponent(url)}: ${body.error}`);
  return body.data;
}
