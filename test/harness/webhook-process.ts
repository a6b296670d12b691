import { access } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { DecisionRecord } from '../../src/record/record.ts';
import { freePorts } from './ports.ts';
import { type Exit, type ManagedProcess, startProcess } from './processes.ts';
import { isReady } from './readiness.ts';
import { HopelessError, waitFor } from './waiting.ts';

/** How one webhook process is started. */
export interface WebhookProcessOptions {
  /** Without it the program's built-in configuration holds. */
  readonly configFile?: string;
  /** Without them the program signs its own certificate. */
  readonly certFile?: string;
  readonly keyFile?: string;
  /** Free ones unless told. */
  readonly port?: number;
  readonly healthPort?: number;
  /** The value of --drain; "3s" unless told. */
  readonly drain?: string;
  /** More arguments of `serve`. */
  readonly args?: readonly string[];
  /** Added to this process's environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** The built program unless told. */
  readonly program?: string;
  /** Until /readyz answers 200; 60,000 ms unless told. */
  readonly timeoutMs?: number;
}

/** A decision record, as it was written. */
export type WrittenRecord = DecisionRecord;

/** A running `pratique serve`. */
export interface WebhookProcess {
  readonly pid: number;
  readonly port: number;
  readonly healthPort: number;
  /** https, the review endpoints. */
  readonly url: string;
  /** http, the probes and metrics. */
  readonly healthUrl: string;
  readonly exited: Promise<Exit>;
  /** The lines of standard output that are decision records, parsed. */
  records(): readonly WrittenRecord[];
  /** The other lines of standard output. */
  operationalLines(): readonly string[];
  /** Standard output and standard error, in the order of their arrival. */
  output(): string;
  /** Waits for a record, 30,000 ms unless told: lines are written in batches. */
  record(what: string, matches: (record: WrittenRecord) => boolean, timeoutMs?: number): Promise<WrittenRecord>;
  isRunning(): boolean;
  /** Sends a signal, SIGTERM unless told, and SIGKILL after 20 s. */
  stop(signal?: NodeJS.Signals): Promise<Exit>;
}

const builtProgram = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

/** Starts the built webhook on 127.0.0.1 and waits until it is ready; leaves no process when it throws. */
export async function startWebhook(options: WebhookProcessOptions): Promise<WebhookProcess> {
  const program = options.program ?? builtProgram;
  await access(program).catch(() => {
    throw new Error(`${program} does not exist; run \`npm run build\` first.`);
  });
  const [freeForReviews = 0, freeForHealth = 0] = await freePorts(2);
  const port = options.port ?? freeForReviews;
  const healthPort = options.healthPort ?? freeForHealth;
  const lines = collectLines();
  const running = await startProcess(process.execPath, [program, ...serveArguments(options, port, healthPort)], {
    env: { ...process.env, ...options.env },
    onLine: (line, stream) => lines.add(line, stream),
  });
  const healthUrl = `http://127.0.0.1:${healthPort}`;
  try {
    await waitUntilReady(running, healthUrl, lines, options.timeoutMs ?? 60_000);
  } catch (error) {
    await running.stop('SIGKILL');
    throw error;
  }
  return {
    pid: running.pid,
    port,
    healthPort,
    url: `https://127.0.0.1:${port}`,
    healthUrl,
    exited: running.exited,
    records: () => lines.records(),
    operationalLines: () => lines.operational(),
    output: () => lines.text(),
    record: (what, matches, timeoutMs = 30_000) =>
      waitFor(`the record of ${what}`, () => lines.records().find(matches), { timeoutMs }),
    isRunning: () => running.isRunning(),
    stop: (signal = 'SIGTERM') => running.stop(signal, 20_000),
  };
}

function serveArguments(options: WebhookProcessOptions, port: number, healthPort: number): readonly string[] {
  return [
    'serve',
    ...(options.configFile === undefined ? [] : ['--config', options.configFile]),
    '--host',
    '127.0.0.1',
    '--port',
    String(port),
    '--health-port',
    String(healthPort),
    ...(options.certFile === undefined ? [] : ['--tls-cert-file', options.certFile]),
    ...(options.keyFile === undefined ? [] : ['--tls-key-file', options.keyFile]),
    '--drain',
    options.drain ?? '3s',
    ...(options.args ?? []),
  ];
}

async function waitUntilReady(
  running: ManagedProcess,
  healthUrl: string,
  lines: ReturnType<typeof collectLines>,
  timeoutMs: number,
): Promise<void> {
  try {
    await waitFor(
      `${healthUrl}/readyz of the webhook`,
      async () => {
        if (await isReady(`${healthUrl}/readyz`)) return true;
        if (running.isRunning()) return false;
        const { code, signal } = await running.exited;
        throw new HopelessError(`The webhook ended (${signal ?? `exit ${code}`}) before it was ready.`);
      },
      { timeoutMs, intervalMs: 20 },
    );
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`${reason}\nIts output:\n${lines.text()}`, { cause: error });
  }
}

function collectLines() {
  const all: string[] = [];
  const records: WrittenRecord[] = [];
  const operational: string[] = [];
  return {
    add(line: string, stream: 'stdout' | 'stderr') {
      all.push(line);
      if (stream === 'stderr') return;
      if (line.startsWith('{"v":') && !line.startsWith('{"v":1,"kind":'))
        records.push(JSON.parse(line) as WrittenRecord);
      else operational.push(line);
    },
    records: (): readonly WrittenRecord[] => records,
    operational: (): readonly string[] => operational,
    text: () => all.join('\n'),
  };
}
