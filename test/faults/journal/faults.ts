import { setTimeout as delay } from 'node:timers/promises';
import { runProcess } from '../../harness/processes.ts';
import { waitFor } from '../../harness/waiting.ts';
import type { JournalScene } from './scene.ts';

/** Something that happens to the journal while pods are created. */
export interface JournalFault {
  /** As in the table. */
  readonly name: string;
  /** Whether it lasts longer than the queue holds. */
  readonly drops: boolean;
  /** Makes it happen, and waits until it is over; tells what else was seen. */
  inject(scene: JournalScene): Promise<string>;
}

const outage = 25_000;

/** All of them, in the order of the table. */
export const journalFaults: readonly JournalFault[] = [
  {
    name: 'none',
    drops: false,
    inject: async () => {
      await delay(10_000);
      return '';
    },
  },
  {
    name: 'journal restarted',
    drops: false,
    inject: async (scene) => {
      await scene.journal().stop();
      await scene.startJournal();
      return 'SIGTERM, and started again at once';
    },
  },
  {
    name: 'journal killed, away for 25 s',
    drops: true,
    inject: async (scene) => {
      await scene.journal().stop('SIGKILL');
      await delay(outage);
      await scene.startJournal();
      return 'kill -9';
    },
  },
  {
    name: 'journal hung for 25 s',
    drops: true,
    inject: async (scene) => {
      const { pid } = scene.journal();
      process.kill(pid, 'SIGSTOP');
      await delay(outage).finally(() => process.kill(pid, 'SIGCONT'));
      return 'SIGSTOP: it accepts connections and answers nothing';
    },
  },
  {
    name: 'journal slow for 25 s',
    drops: false,
    inject: async (scene) => {
      const { pid } = scene.journal();
      for (let left = outage; left > 0; left -= 1_250) {
        process.kill(pid, 'SIGSTOP');
        await delay(1_200).finally(() => process.kill(pid, 'SIGCONT'));
        await delay(50);
      }
      return 'runs 50 ms of every 1250 ms';
    },
  },
  {
    name: "journal's disk full for 25 s",
    drops: true,
    inject: async (scene) => {
      const failures = () => scene.journal().metric('pratique_journal_store_failures_total');
      const before = await failures();
      await limitFiles(scene, '65536');
      await waitFor('the first batch that is not stored', async () => (await failures()) > before);
      await delay(outage);
      await limitFiles(scene, 'unlimited');
      return `no file could be written beyond 64 KiB: ${(await failures()) - before} batches were refused with 503`;
    },
  },
];

/**
 * No file of the process may be written beyond so many bytes, of which SQLite reaches the end with a few batches: it is told
 * what a full disk tells it, that a write did not succeed.
 */
async function limitFiles(scene: JournalScene, bytes: string): Promise<void> {
  const { code, stderr } = await runProcess('prlimit', ['--pid', String(scene.journal().pid), `--fsize=${bytes}:`]);
  if (code !== 0) throw new Error(stderr);
}
