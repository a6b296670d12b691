import { cpuMicroseconds } from './accounting.ts';
import type { Exchange } from './connection.ts';
import { requireRecords } from './journal.ts';
import { type Load, openLoad } from './load.ts';
import type { Review } from './reviews.ts';
import type { RunningServer, Stage } from './servers.ts';

/** The floor, or the webhook with or without a record of each allowed review. */
export type Name = 'floor' | 'withLog' | 'withoutLog';

/** A server under measurement. */
export interface Contestant {
  readonly name: Name;
  readonly server: RunningServer;
  readonly protocol: string;
  /** Sends one review and returns its answer. */
  ask(review: Review): Promise<Exchange>;
  /** CPU of one review at full speed, in microseconds, with some reviews before it that do not count. */
  cpu(review: Review, count: number): Promise<number>;
  /** Latencies at the review's rate, in milliseconds, with some reviews before it that do not count. */
  latencies(review: Review, count: number): Promise<readonly number[]>;
  /** Throws unless every review since the last call that should be in the log is there, and no other. */
  settle(): Promise<void>;
  stop(): Promise<void>;
}

/** One answer in so many is read whole; of the others the status and the uid are looked at. */
const sample = 50;

/** Connects to a server that was started. */
export async function contest(name: Name, server: RunningServer, { ca }: Stage): Promise<Contestant> {
  const verify = name === 'floor' ? verifyFloor : verifyWebhook;
  const load = await openLoad({ port: server.port, ca }, verify);
  const settled = { ...load.sent };
  return {
    name,
    server,
    protocol: load.protocol,
    ask: load.ask,
    async cpu(review, count) {
      await load.burst(review, warmUpOf(count));
      const before = cpuMicroseconds(server.pid);
      await load.burst(review, count);
      return (cpuMicroseconds(server.pid) - before) / count;
    },
    async latencies(review, count) {
      await load.pace(review, warmUpOf(count));
      return load.pace(review, count);
    },
    async settle() {
      const expected = recordsOf(name, load, settled);
      Object.assign(settled, load.sent);
      if (name !== 'floor') await requireRecords(server.logFile, expected);
    },
    async stop() {
      load.close();
      await server.stop();
    },
  };
}

function warmUpOf(count: number): number {
  return Math.max(2, Math.ceil(count / 20));
}

/** A patch is always recorded, whatever journal.allows says. */
function recordsOf(name: Name, { sent }: Load, settled: Load['sent']): number {
  const mutated = sent.mutate - settled.mutate;
  return name === 'withLog' ? mutated + sent.validate - settled.validate : mutated;
}

function verifyFloor({ status, body }: Exchange): void {
  if (status !== 200 || body.length < 200) throw new Error(`The floor answered ${status}: ${body}`);
}

function verifyWebhook({ status, body, uid }: Exchange, { path }: Review, number: number): void {
  if (status !== 200 || !body.includes(uid)) throw new Error(`The webhook answered ${status}: ${body}`);
  if (number % sample !== 0) return;
  const { response } = JSON.parse(body.toString('utf8')) as { readonly response: Record<string, unknown> };
  const isRight =
    response['uid'] === uid &&
    response['allowed'] === true &&
    response['warnings'] === undefined &&
    (path === 'mutate') === (response['patchType'] === 'JSONPatch' && typeof response['patch'] === 'string');
  if (!isRight) throw new Error(`The webhook answered ${body} to /${path}.`);
}
