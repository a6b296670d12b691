import { cp, mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import https from 'node:https';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type Collector, type CollectorMood, startCollector } from '../harness/collector.ts';
import { freePorts } from '../harness/ports.ts';
import { runProcess, type TemporaryFolder, temporaryFolder } from '../harness/processes.ts';
import { waitFor } from '../harness/waiting.ts';
import { startWebhook, type WebhookProcess } from '../harness/webhook-process.ts';
import { review, send } from './server-harness.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const program = join(root, 'src/main.ts');
const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const spanId = '00f067aa0ba902b7';
const sampled = `00-${traceId}-${spanId}-01`;
const unsampled = `00-${traceId}-${spanId}-00`;

let folder: TemporaryFolder;
beforeAll(async () => {
  folder = await temporaryFolder('pratique-tracing-');
});
afterAll(() => folder.remove());

const ending: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ending.splice(0).toReversed()) await end();
});

async function collector(mood?: CollectorMood): Promise<Collector> {
  const started = await startCollector(mood);
  ending.push(started.stop);
  return started;
}

async function serve(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<WebhookProcess> {
  const webhook = await startWebhook({ program, drain: '0s', args, env });
  ending.push(() => webhook.stop('SIGKILL'));
  return webhook;
}

const privileged = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'the-name' },
  spec: {
    containers: [
      {
        name: 'build',
        image: 'registry.example.com/app:1',
        args: ['--password=the-argument'],
        env: [{ name: 'THE_NAME', value: 'the-value' }],
        securityContext: { privileged: true },
      },
    ],
  },
};

/** Asks about a pod that is denied; resolves with whether it was. */
async function ask(webhook: WebhookProcess, traceparent?: string, agent?: https.Agent): Promise<boolean> {
  const { text } = await send(webhook.port, {
    headers: { 'content-type': 'application/json', ...(traceparent === undefined ? {} : { traceparent }) },
    body: JSON.stringify(review({ object: privileged })),
    ...(agent === undefined ? {} : { agent }),
  });
  return (JSON.parse(text) as { readonly response: { readonly allowed: boolean } }).response.allowed === false;
}

/** Asks many times, over few connections; resolves with how many were denied. */
async function askOften(webhook: WebhookProcess, times: number): Promise<number> {
  const agent = new https.Agent({ keepAlive: true, maxSockets: 16 });
  const denied = await Promise.all(Array.from({ length: times }, () => ask(webhook, sampled, agent)));
  agent.destroy();
  return denied.filter(Boolean).length;
}

async function metric(webhook: WebhookProcess, name: string): Promise<number> {
  const text = await (await fetch(`${webhook.healthUrl}/metrics`)).text();
  const [, value] = new RegExp(`^pratique_${name} (\\d+)$`, 'm').exec(text) ?? [];
  return Number(value);
}

/** The lines of the log that tell of lost spans. */
function losses(webhook: WebhookProcess): readonly { readonly spans: number; readonly problem: string }[] {
  return webhook
    .operationalLines()
    .map((line) => JSON.parse(line))
    .filter(({ msg }) => msg === 'spans were lost');
}

const lost = (webhook: WebhookProcess) => losses(webhook).reduce((sum, { spans }) => sum + spans, 0);

describe('with --otlp-endpoint', () => {
  test("a review is a span below the API server's, and says what the record says", async () => {
    const { url, spans, bodies } = await collector();
    const webhook = await serve(['--otlp-endpoint', url]);
    expect(await ask(webhook, sampled)).toBe(true);
    const [span] = await waitFor('the span', () => (spans().length > 0 ? spans() : undefined));
    const record = await webhook.record('the denial', ({ decision }) => decision === 'deny');
    expect(record.traceId).toBe(traceId);
    expect(span).toMatchObject({ traceId, parentSpanId: spanId, name: 'POST /validate', kind: 2, status: {} });
    expect(span?.attributes).toEqual({
      'pratique.webhook': 'validate',
      'pratique.decision': 'deny',
      'pratique.config_hash': record.configHash,
      'pratique.review_uid': record.uid,
      'pratique.profile': 'dind',
      'pratique.mode': 'enforce',
      'pratique.operation': 'CREATE',
      'pratique.resource': 'pods',
      'k8s.namespace.name': 'gitlab',
    });
    expect(span?.resource).toMatchObject({
      'service.name': 'pratique',
      'service.version': record.version,
      'service.instance.id': record.instance,
    });
    const nanoseconds = BigInt(span?.endTimeUnixNano ?? 0) - BigInt(span?.startTimeUnixNano ?? 0);
    expect(Math.abs(Number(nanoseconds) / 1e6 - record.durationMs)).toBeLessThan(0.01);
    for (const secret of ['the-value', 'THE_NAME', 'the-argument', 'the-name', 'system:serviceaccount'])
      expect(bodies().join()).not.toContain(secret);
    expect(await metric(webhook, 'spans_exported_total')).toBe(1);
    expect(await metric(webhook, 'spans_dropped_total')).toBe(0);
  });

  test('who does not sample is not overruled, and what has no trace is left out until it is asked for', async () => {
    const { url, spans } = await collector();
    const quiet = await serve(['--otlp-endpoint', url]);
    await ask(quiet, unsampled);
    await ask(quiet);
    await ask(quiet, 'garbage');
    await quiet.stop();
    expect(spans()).toEqual([]);
    const eager = await serve(['--otlp-endpoint', `${url}/`, '--trace-ratio', '1']);
    await ask(eager, unsampled);
    await ask(eager);
    await eager.stop();
    expect(spans()).toEqual([expect.objectContaining({ traceId: expect.not.stringMatching(traceId) })]);
    expect(spans()[0]?.parentSpanId ?? '').toBe('');
  });

  test('what waits at the end is sent before the process ends', async () => {
    const { url, spans } = await collector();
    const webhook = await serve(['--otlp-endpoint', url]);
    expect(await askOften(webhook, 300)).toBe(300);
    expect(await webhook.stop()).toEqual({ code: 0, signal: null });
    expect(spans()).toHaveLength(300);
    expect(losses(webhook)).toEqual([]);
  });

  test('headers and names come from the variables that operators know', async () => {
    const { url, spans, headers } = await collector();
    const env = {
      OTEL_EXPORTER_OTLP_HEADERS: 'authorization=the-token',
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1',
      OTEL_RESOURCE_ATTRIBUTES: 'k8s.cluster.name=blue',
    };
    const webhook = await serve(['--otlp-endpoint', url], env);
    await ask(webhook, sampled);
    await webhook.stop();
    expect(headers()['authorization']).toBe('the-token');
    expect(spans()[0]?.resource).toMatchObject({ 'service.name': 'pratique', 'k8s.cluster.name': 'blue' });
  });
});

describe('a collector that does not take spans changes no answer, and what is lost is told:', () => {
  test.each(['refuses', 'hangs', 'is dead'] as const)('one that %s', async (mood) => {
    const [nobody] = await freePorts(1);
    const url = mood === 'is dead' ? `http://127.0.0.1:${nobody}` : (await collector(mood)).url;
    const webhook = await serve(['--otlp-endpoint', url]);
    expect(await askOften(webhook, 3000)).toBe(3000);
    // More than are held, so that some are lost before the first batch has failed.
    await waitFor('a loss in the metric', async () => (await metric(webhook, 'spans_dropped_total')) > 0);
    await waitFor('a reason in /readyz', async () => {
      const response = await fetch(`${webhook.healthUrl}/readyz`);
      const { details } = (await response.json()) as { readonly details: Readonly<Record<string, string>> };
      return response.status === 200 && details['tracing'] !== undefined;
    });
    expect(await ask(webhook, sampled)).toBe(true);
    expect(await webhook.stop()).toEqual({ code: 0, signal: null });
    expect(lost(webhook)).toBe(3001);
    expect(losses(webhook).length).toBeLessThanOrEqual(3);
  });
});

describe('the packages of OpenTelemetry', () => {
  /** Names on standard error each of them that is loaded. The API comes with the metrics. */
  const watching = `data:text/javascript,${encodeURIComponent(`
    import { registerHooks } from 'node:module';
    registerHooks({ load(url, context, next) {
      const [, name] = /@opentelemetry\\/([^/]+)/.exec(url) ?? [];
      if (name !== undefined && name !== 'api') process.stderr.write('loads ' + name + '\\n');
      return next(url, context);
    } });
  `)}`;
  const loaded = async (...args: readonly string[]) => {
    const webhook = await serve(args, { NODE_OPTIONS: `--import=${watching}` });
    await ask(webhook, sampled);
    await metric(webhook, 'reviews_total');
    await webhook.stop();
    return new Set(webhook.output().match(/^loads .*$/gm));
  };

  test('are not loaded by a webhook that does not trace', async () => {
    expect(await loaded()).toEqual(new Set());
    expect(await loaded('--otlp-endpoint', (await collector()).url)).toContain('loads sdk-trace');
  });

  test('are asked for where they are missing', async () => {
    await cp(join(root, 'dist'), join(folder.path, 'dist'), { recursive: true });
    await writeFile(join(folder.path, 'package.json'), '{ "version": "0.0.0", "type": "module" }');
    // The API stays: the metrics need it as well.
    await mkdir(join(folder.path, 'node_modules/@opentelemetry'), { recursive: true });
    const api = '@opentelemetry/api';
    await symlink(join(root, 'node_modules', api), join(folder.path, 'node_modules', api));
    for (const name of await readdir(join(root, 'node_modules'))) {
      if (name === '@opentelemetry') continue;
      await symlink(join(root, 'node_modules', name), join(folder.path, 'node_modules', name));
    }
    const main = join(folder.path, 'dist/main.js');
    const { code, stderr } = await runProcess(process.execPath, [
      main,
      'serve',
      '--otlp-endpoint',
      'http://localhost:1',
    ]);
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr:
        'cannot trace: the optional package @opentelemetry/exporter-trace-otlp-http is not installed; install with --include=optional\n',
    });
  });
});

test.each([
  ['--otlp-endpoint', 'collector:4318'],
  ['--otlp-endpoint', 'http://user:password@collector:4318'],
  ['--otlp-endpoint', 'http://collector:4318/?key=1'],
  ['--trace-ratio', '2'],
  ['--trace-ratio', '-1'],
  ['--trace-ratio', 'half'],
])('%s %s is refused', async (flag, value) => {
  const { code, stderr } = await runProcess(process.execPath, [program, 'serve', `${flag}=${value}`]);
  expect({ code, says: stderr.includes(`"${value}" is not a`) }).toEqual({ code: 2, says: true });
});
