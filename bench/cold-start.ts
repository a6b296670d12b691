import { setTimeout as delay } from 'node:timers/promises';
import { residentMiB } from './accounting.ts';
import { type Kind, type Stage, startServer } from './servers.ts';
import { median } from './statistics.ts';

/** Medians of one kind of server. */
export interface ColdStart {
  /** From before the start of the process until its port took a connection, in milliseconds. */
  readonly startMs: number;
  /** Resident memory a second later, before any review. */
  readonly idleMiB: number;
}

const kinds = ['floor', 'fastify', 'webhook-none'] as const satisfies readonly Kind[];

/** What is started and stopped here, one after the other. */
export type Starter = (typeof kinds)[number];

/** Starts each kind of server several times, in turns. */
export async function measureStarts(stage: Stage, times: number): Promise<Readonly<Record<Starter, ColdStart>>> {
  const seen = { floor: [], fastify: [], 'webhook-none': [] } as Record<Starter, ColdStart[]>;
  // The first start of all reads the files from disk, so it does not count.
  for (let time = -1; time < times; time++) {
    for (const kind of kinds) {
      const start = await startOnce(kind, stage);
      if (time >= 0) seen[kind].push(start);
    }
  }
  return {
    floor: middle(seen.floor),
    fastify: middle(seen.fastify),
    'webhook-none': middle(seen['webhook-none']),
  };
}

async function startOnce(kind: Kind, stage: Stage): Promise<ColdStart> {
  const server = await startServer(kind, stage);
  try {
    await delay(1_000);
    return { startMs: server.startMs, idleMiB: residentMiB(server.pid) };
  } finally {
    await server.stop();
  }
}

function middle(starts: readonly ColdStart[]): ColdStart {
  return {
    startMs: median(starts.map(({ startMs }) => startMs)),
    idleMiB: median(starts.map(({ idleMiB }) => idleMiB)),
  };
}
