import { access, readdir } from 'node:fs/promises';
import { Agent } from 'node:https';
import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { openDemoJournal } from '../demo/journal.ts';
import { scenarios } from '../demo/scenarios.ts';
import { builtProgram } from '../harness/journal-process.ts';
import { runProcess, startProcess, temporaryFolder } from '../harness/processes.ts';
import { podReview, postReview } from '../harness/review.ts';
import { HopelessError, waitFor } from '../harness/waiting.ts';
import { startWebhook } from '../harness/webhook-process.ts';

const program = fileURLToPath(new URL('../demo/main.ts', import.meta.url));
const configFile = fileURLToPath(new URL('../demo/pratique.yaml', import.meta.url));
const denied = scenarios().filter(({ expected }) => expected.verdict === 'denied').length;
const hourMs = 3_600_000;

const demo = (...args: readonly string[]) => runProcess(process.execPath, [program, ...args]);

test('the demo sends its pods, all of which become what they should, and has no journal unless told', async () => {
  const { code, stdout, stderr } = await demo();
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).toContain('All pods became what they should.');
  expect(stdout).not.toContain('journal');
});

test.for([
  [['--jurnal'], '--jurnal is unknown'],
  [['--journal', '--cluster', 'now', '--then'], 'now --then is unknown'],
  [['--stay'], '--stay needs --journal'],
] as const)('refuses in words what it does not know: %j', async ([args, reason]) => {
  const { code, stdout } = await demo(...args);
  expect([code, stdout]).toEqual([2, expect.stringContaining(reason)]);
  expect(stdout).toContain('usage: npm run demo');
});

describe('with a journal', () => {
  test('finds its decisions there, prints some answers and the address of the page, and leaves nothing', async () => {
    const folder = await temporaryFolder('pratique-demo-test-');
    onTestFinished(() => folder.remove());
    const env = { ...process.env, TMPDIR: folder.path };
    const { code, stdout, stderr } = await runProcess(process.execPath, [program, '--journal'], { env });
    expect([code, stderr]).toEqual([0, '']);
    for (const words of ['denials --by check', 'breaks --namespace payments --mode enforce', 'gaps']) {
      expect(stdout).toContain(`journal query ${words}`);
    }
    expect(stdout).toMatch(/\nengine-socket-mount +\d+\n/);
    expect(stdout).toMatch(/\nwould be denied +payments +ReplicaSet\/ledger-/);
    expect(stdout).toMatch(/\npratique-6f7d9c5b8-9mwtj-77c2 +\d+ +\d+ +\d+ /);
    expect(stdout).toMatch(/\npage +http:\/\/localhost:\d+\/\n/);
    expect(await readdir(folder.path)).toEqual([]);
  });

  test('stays until it is told to end; meanwhile the page and the questions know what the webhook shipped', async () => {
    const running = await startStaying();
    const { page, instance, store, webhook } = running;
    expect(await connecting(webhook)).toBe('connected');
    const own = await api(page, 'decisions', { instance, limit: '100' });
    const from = Math.min(...own.rows.map(({ ts }) => ts));
    await overviewHolds(page, instance, from);
    await everythingIsJudged(store, own.rows.length, new Date(from).toISOString());
    expect(await running.end()).toEqual({ code: 0, signal: null });
    await expect(access(store)).rejects.toThrow('ENOENT');
    for (const address of [page, webhook]) expect(await connecting(address)).toBe('ECONNREFUSED');
  });

  test('says which decisions are missing, when the webhook does not ship', async () => {
    const journal = await openDemoJournal();
    onTestFinished(() => journal.close());
    const webhook = await startWebhook({ configFile, drain: '0s' });
    onTestFinished(async () => void (await webhook.stop()));
    const [scenario] = scenarios();
    const agent = new Agent({ rejectUnauthorized: false });
    await postReview({ port: webhook.port, agent }, '/validate', podReview({ object: scenario?.pod }));
    const written: string[] = [];
    const spy = vi.spyOn(process.stdout, 'write').mockImplementation((text) => written.push(String(text)) > 0);
    const isWell = await journal.show(webhook, 1_000).finally(() => spy.mockRestore());
    expect(isWell).toBe(false);
    expect(written.join('')).toContain(`does not have the decisions of: ${scenario?.title};`);
  });
});

/** Starts `--journal --stay`, and reads what it prints of where everything is. */
async function startStaying() {
  const lines: string[] = [];
  const running = await startProcess(process.execPath, [program, '--journal', '--stay'], {
    onLine: (line) => void lines.push(line),
  });
  onTestFinished(async () => void (await running.stop('SIGKILL')));
  await waitFor('the demo', () => {
    if (!running.isRunning()) throw new HopelessError(lines.join('\n'));
    return lines.some((line) => line.includes('Ctrl-C'));
  });
  const output = lines.join('\n');
  const found = (pattern: RegExp) => pattern.exec(output)?.[1] ?? expect.fail(`${pattern} in:\n${output}`);
  return {
    page: found(/^page +(\S+)$/m),
    instance: found(/\?instance=(\S+) has/),
    store: found(/^week .* are in (\S+)$/m),
    webhook: found(/^webhook +(\S+)/m),
    end: () => running.stop('SIGINT', 20_000),
  };
}

/** What comes of connecting to an address: `connected`, or the code of the error. */
function connecting(address: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ port: Number(new URL(address).port), host: '127.0.0.1' });
    socket.once('connect', () => {
      socket.destroy();
      resolve('connected');
    });
    socket.once('error', ({ code }: NodeJS.ErrnoException) => resolve(code));
  });
}

interface Rows {
  readonly rows: readonly { readonly ts: number; readonly n: number }[];
}

async function api(page: string, question: string, parameters: Readonly<Record<string, string>>): Promise<Rows> {
  const answer = await fetch(new URL(`api/v1/${question}?${new URLSearchParams(parameters)}`, page));
  expect(answer.status).toBe(200);
  return (await answer.json()) as Rows;
}

/** Whole hours, as the overview counts them, and none in which the week moves out of sight meanwhile. */
async function overviewHolds(page: string, instance: string, at: number): Promise<void> {
  const hour = (ms: number) => new Date(Math.floor(ms / hourMs) * hourMs).toISOString();
  const time = { from: hour(at - 48 * hourMs), to: hour(at + 2 * hourMs) };
  const [all] = (await api(page, 'denials', { by: 'decision', ...time })).rows;
  const [own] = (await api(page, 'denials', { by: 'decision', instance, ...time })).rows;
  expect(own?.n).toBe(denied);
  expect(all?.n).toBeGreaterThan(denied);
  const overview = await (await fetch(new URL(`?${new URLSearchParams(time)}`, page))).text();
  expect(/<span class="many">(\d+)<\/span><span class="state deny what">/.exec(overview)?.[1]).toBe(String(all?.n));
}

/** The line of the configuration that the webhook shipped says what its hash stands for. */
async function everythingIsJudged(store: string, records: number, from: string): Promise<void> {
  const ask = async (...args: readonly string[]) => {
    const words = [builtProgram, 'journal', ...args, '--store', store, '--from', from, '--format', 'json'];
    const { code, stdout } = await runProcess(process.execPath, words);
    expect(code).toBe(0);
    return JSON.parse(stdout);
  };
  expect(await ask('simulate', '--config', configFile)).toMatchObject({
    newlyDenied: [],
    newlyAdmitted: [],
    unchanged: records,
    coverage: { read: records, judged: records, unjudged: [] },
  });
  const { breaks, coverage } = await ask('query', 'breaks', '--profile', 'strict');
  expect(breaks).toMatchObject([{ namespace: 'gitlab', findings: [{ check: 'apparmor-unconfined' }, {}] }]);
  const reasons = coverage.unjudged.map(({ reason }: { readonly reason: string }) => reason);
  expect(reasons).toEqual(['check-not-run']);
}
