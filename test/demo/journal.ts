import { writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { DecisionRow } from '../../src/journal/queries/questions.ts';
import {
  builtProgram,
  type JournalFiles,
  type JournalProcess,
  journalFilesIn,
  pageUrlOf,
  shippingArguments,
  startJournalProcess,
} from '../harness/journal-process.ts';
import { runProcess, temporaryFolder } from '../harness/processes.ts';
import { waitFor } from '../harness/waiting.ts';
import type { WebhookProcess } from '../harness/webhook-process.ts';
import { print } from './report.ts';
import { type Scenario, scenarios } from './scenarios.ts';
import { weekOfLines } from './week.ts';

/** The journal of the demo: a generated week is in it, and a webhook may ship to it. */
export interface DemoJournal {
  readonly webhookArguments: readonly string[];
  /**
   * Waits for the decisions of a webhook (30,000 ms unless told), asks the journal a few things, and tells where its page
   * is; says whether all is well.
   */
  show(webhook: WebhookProcess, timeoutMs?: number): Promise<boolean>;
  /** Returns when somebody ends the demo, or false when one of its processes has ended by itself. */
  stay(webhook: WebhookProcess): Promise<boolean>;
  close(): Promise<void>;
}

interface Place {
  readonly store: string;
  readonly process: JournalProcess;
  readonly page: string;
}

/** Generates the week, loads it as one loads a collected log, and serves it with its page; all in a temporary folder. */
export async function openDemoJournal(): Promise<DemoJournal> {
  const folder = await temporaryFolder('pratique-demo-');
  try {
    const store = join(folder.path, 'journal');
    const [files] = await Promise.all([journalFilesIn(folder.path), loadWeek(store, join(folder.path, 'week.log'))]);
    const journal = await serve(files, store);
    const close = async () => {
      await journal.stop();
      await folder.remove();
    };
    try {
      const place = { store, process: journal, page: await pageUrlOf(journal) };
      return {
        webhookArguments: shippingArguments(files, journal.url),
        show: (webhook, timeoutMs = 30_000) => show(place, webhook, timeoutMs),
        stay: (webhook) => stay(place, webhook),
        close,
      };
    } catch (error) {
      await journal.stop();
      throw error;
    }
  } catch (error) {
    await folder.remove();
    throw error;
  }
}

async function loadWeek(store: string, file: string): Promise<void> {
  const lines = weekOfLines({ end: Date.now(), isOver: true });
  await writeFile(file, lines.map(({ line }) => `${JSON.stringify(line)}\n`).join(''));
  const { code, stdout, stderr } = await pratique('journal', 'ingest', file, '--store', store);
  if (code !== 0) throw new Error(`The generated week could not be loaded:\n${stdout}${stderr}`);
  const records = lines.filter(({ kind }) => kind === 'record').length;
  print(`week      ${records} records of a generated week are in ${store}`);
}

async function serve({ certFile, keyFile, tokenFile }: JournalFiles, store: string): Promise<JournalProcess> {
  const journal = await startJournalProcess({
    certFile,
    keyFile,
    args: ['--store', store, '--token-file', tokenFile, '--page-port', '0'],
  });
  print(`journal   ${journal.url}`);
  return journal;
}

async function show({ store, page }: Place, webhook: WebhookProcess, timeoutMs: number): Promise<boolean> {
  const { instance } = await webhook.record('a pod', () => true);
  const missing = await missingAfter(page, instance, timeoutMs);
  if (missing.length > 0) {
    print(`The journal does not have the decisions of: ${missing.join('; ')}.`);
    return false;
  }
  print('The journal has their decisions. What it says of the week with them:');
  const answered = await answers(store);
  const { status } = await fetch(page);
  if (status !== 200) print(`The page answered ${status}.`);
  else print(`\npage      ${page}\n          ${new URL(pathOf(instance), page)} has the pods above`);
  return answered && status === 200;
}

/** The titles of the pods whose decisions the journal does not have in time. */
async function missingAfter(page: string, instance: string, timeoutMs: number): Promise<readonly string[]> {
  let missing = scenarios().map(({ title }) => title);
  try {
    await waitFor(
      'the decisions',
      async () => {
        const rows = await decisionsOf(page, instance);
        missing = scenarios()
          .filter((scenario) => !isFound(scenario, rows))
          .map(({ title }) => title);
        return missing.length === 0;
      },
      { timeoutMs },
    );
    return [];
  } catch (error) {
    const { cause } = error as Error;
    if (cause instanceof Error) print(cause.message);
    return missing;
  }
}

async function decisionsOf(page: string, instance: string): Promise<readonly DecisionRow[]> {
  const address = new URL(`api/v1/${pathOf(instance)}&limit=100`, page);
  const answer = await fetch(address);
  if (answer.status !== 200) throw new Error(`${address} answered ${answer.status}: ${await answer.text()}`);
  return ((await answer.json()) as { readonly rows: readonly DecisionRow[] }).rows;
}

function pathOf(instance: string): string {
  return `decisions?${new URLSearchParams({ instance })}`;
}

/** Whether the journal says of a pod what became of it. */
function isFound({ pod, expected }: Scenario, rows: readonly DecisionRow[]): boolean {
  const { name, namespace } = pod.metadata;
  const own = rows.filter((row) => row.name === name && row.namespace === namespace);
  const validated = own.find(({ webhook }) => webhook === 'validate');
  if (validated === undefined) return false;
  if (expected.verdict !== 'denied') {
    const isPatched = own.some(({ webhook, decision }) => webhook === 'mutate' && decision === 'patch');
    return validated.decision === expected.decision && isPatched === (expected.verdict === 'patched');
  }
  const denying = validated.checks.filter(({ outcome }) => outcome === 'deny').map(({ check }) => check);
  return validated.decision === 'deny' && isDeepStrictEqual(denying.toSorted(), expected.checks.toSorted());
}

/** What the demo asks: the words behind `pratique journal query`. */
const questions: readonly (readonly string[])[] = [
  ['denials', '--by', 'check'],
  ['breaks', '--namespace', 'payments', '--mode', 'enforce', '--limit', '3'],
  ['gaps'],
];

async function answers(store: string): Promise<boolean> {
  for (const question of questions) {
    const words = ['journal', 'query', ...question, '--store', store];
    const { code, stdout, stderr } = await pratique(...words);
    print(`\n$ node ${relative(process.cwd(), builtProgram)} ${words.join(' ')}\n${stdout}${stderr}`.trimEnd());
    if (code !== 0) return false;
  }
  return true;
}

async function stay({ process: journal, page }: Place, webhook: WebhookProcess): Promise<boolean> {
  print(`          Look around; the webhook listens on ${webhook.url}. Ctrl-C ends the demo and removes its folder.`);
  const ended = await Promise.race([
    somebodyEnds(),
    webhook.exited.then(() => `The webhook ended by itself:\n${webhook.output()}`),
    journal.exited.then(() => `The journal ended by itself, and ${page} with it:\n${journal.output()}`),
  ]);
  if (ended !== undefined) print(ended);
  return ended === undefined;
}

/** Goes on listening, so that another Ctrl-C, or the terminal's end, does not cut short the putting away. */
function somebodyEnds(): Promise<undefined> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => resolve(undefined));
  });
}

function pratique(...args: readonly string[]) {
  return runProcess(process.execPath, [builtProgram, ...args]);
}
