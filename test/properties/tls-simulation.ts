import { type CaCertificate, readCaCertificates } from '../../src/tls/ca-document.ts';
import type { TlsTimes } from '../../src/tls/ca-plan.ts';
import { type Replica, replicaOf } from '../../src/tls/replica.ts';
import { type CaCluster, caCluster, caConfigurations, type Fault } from '../harness/ca-cluster.ts';

const minute = 60_000;
const day = 24 * 60 * minute;
const start = Date.UTC(2026, 0, 1);

/** The times that simulated replicas are run with. */
export const simulatedTimes: TlsTimes = {
  caLifetime: 300 * day,
  leafLifetime: 30 * day,
  overlap: 5 * minute,
  reconcile: minute,
};

/** How far behind an API server may be: what it verifies by was true so long ago at most. */
const lag = simulatedTimes.overlap - 1;

/** Something that happens. */
export type Step =
  /** A replica begins to look, or goes on to its next call, which goes as told. */
  | { readonly kind: 'go'; readonly replica: number; readonly fault: Fault }
  | { readonly kind: 'time'; readonly ms: number }
  | { readonly kind: 'restart'; readonly replica: number }
  | { readonly kind: 'clock'; readonly replica: number; readonly ms: number }
  | { readonly kind: 'rotate' | 'delete secret' | 'garbage' | 'wipe' };

interface Simulated {
  replica: Replica;
  /** Of the replica's wall clock; the cluster's is right. */
  ahead: number;
  /** What lets the calls go on that it waits for: both configurations are asked for at once. */
  readonly waiting: ((fault: Fault) => void)[];
  running: Promise<unknown> | undefined;
  /** Wakes whoever waits for the replica to stand still. */
  stopped: () => void;
  lastSuccess: number;
  startedAt: number;
}

/** A few replicas of one cluster, and what was seen to be wrong. */
export interface Simulation {
  readonly cluster: CaCluster;
  take(step: Step): Promise<void>;
  /** Sets the clocks right and lets every replica look without a fault, once a minute; 12 times unless told. */
  calm(rounds?: number): Promise<void>;
  /** Every leaf that is served and that an API server could refuse, in words. */
  untrusted(): readonly string[];
  /** The CA of each replica's leaf. */
  leafCas(): readonly (string | undefined)[];
}

/** Starts replicas that have not looked yet. */
export function simulation(replicas: number): Simulation {
  const cluster = caCluster(start);
  const all = Array.from({ length: replicas }, () => simulated(cluster));
  const one = (index: number): Simulated => all[index % replicas] ?? simulated(cluster);
  const calm = async (rounds = 3) => {
    for (let round = 0; round < rounds; round++) for (const each of all) await finish(cluster, each);
  };
  const wait = async (ms: number): Promise<void> => {
    // No replica is cut off for longer than a leaf lives: what is promised then is told in the docs, and is less.
    if (all.some(({ lastSuccess }) => cluster.time + ms - lastSuccess >= simulatedTimes.leafLifetime)) await calm(1);
    cluster.time += ms;
  };
  return {
    cluster,
    async take(step) {
      switch (step.kind) {
        case 'go':
          await go(cluster, one(step.replica), step.fault);
          break;
        case 'time':
          await wait(step.ms);
          break;
        case 'restart':
          await restart(cluster, one(step.replica));
          break;
        case 'clock':
          one(step.replica).ahead += step.ms;
          break;
        default:
          interfere(cluster, step.kind);
      }
    },
    async calm(rounds = 12) {
      for (const each of all) each.ahead = 0;
      for (let round = 0; round < rounds; round++) {
        await calm(1);
        cluster.time += minute;
      }
    },
    untrusted: () => all.flatMap((each, index) => refusals(cluster, each).map((what) => `replica ${index}: ${what}`)),
    leafCas: () => all.map(({ replica }) => replica.leaf()?.ca),
  };
}

function simulated(cluster: CaCluster): Simulated {
  const self: Simulated = {
    replica: undefined as never,
    ahead: 0,
    waiting: [],
    running: undefined,
    stopped: () => undefined,
    lastSuccess: cluster.time,
    startedAt: cluster.time,
  };
  self.replica = newReplica(cluster, self);
  return self;
}

function newReplica(cluster: CaCluster, self: Simulated): Replica {
  const gate = (): Promise<Fault> =>
    new Promise((resolve) => {
      self.waiting.push(resolve);
      self.stopped();
    });
  return replicaOf({
    store: cluster.store(gate),
    configurations: caConfigurations,
    names: ['pratique.pratique.svc'],
    times: simulatedTimes,
    clock: { now: () => cluster.time + self.ahead, elapsed: () => cluster.time - start },
    random: () => 0.5,
    onLeaf: () => undefined,
    onChange: () => undefined,
  });
}

async function go(cluster: CaCluster, self: Simulated, fault: Fault): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  self.stopped = resolve;
  if (self.running === undefined) {
    const began = cluster.time;
    self.running = self.replica.reconcile().then(
      () => {
        self.lastSuccess = began;
      },
      () => undefined,
    );
  } else {
    self.waiting.shift()?.(fault);
    if (self.waiting.length > 0) return;
  }
  await Promise.race([
    promise,
    self.running.then(() => {
      self.running = undefined;
      self.waiting.length = 0;
    }),
  ]);
}

async function finish(cluster: CaCluster, self: Simulated): Promise<void> {
  while (self.running !== undefined) await go(cluster, self, 'none');
  await go(cluster, self, 'none');
  while (self.running !== undefined) await go(cluster, self, 'none');
}

/** The process ends: what it was about to send is never sent. */
async function restart(cluster: CaCluster, self: Simulated): Promise<void> {
  while (self.running !== undefined) await go(cluster, self, 'before');
  self.replica = newReplica(cluster, self);
  self.lastSuccess = cluster.time;
  self.startedAt = cluster.time;
}

function interfere(cluster: CaCluster, what: 'rotate' | 'delete secret' | 'garbage' | 'wipe'): void {
  const secret = cluster.secret();
  if (what === 'rotate' && secret !== undefined) {
    cluster.setSecret(secret.data, { ...secret.annotations, 'pratique.dev/rotate': 'true' });
  }
  if (what === 'delete secret') cluster.deleteSecret();
  if (what === 'garbage') cluster.setSecret({ ...secret?.data, 'ca.key': 'garbage' });
  if (what === 'wipe') cluster.setBundles('');
}

/** Whether a replica would be asked, and an API server that is behind by up to `lag` would not trust it. */
function refusals(cluster: CaCluster, { replica, ahead }: Simulated): readonly string[] {
  const leaf = replica.leaf();
  if (leaf === undefined || !replica.wasTrusted()) return [];
  if (leaf.material.expires <= cluster.time + Math.max(0, ahead)) return []; // not ready
  return cluster.history().flatMap((versions, webhook) =>
    versions
      .filter(({ external }, index) => {
        const until = versions[index + 1]?.from ?? Number.POSITIVE_INFINITY;
        return !external && until >= cluster.time - lag;
      })
      .filter(({ bundle }) => !trusts(bundle, leaf.ca, cluster.time))
      .map(() => `webhook ${webhook} may not trust its leaf`),
  );
}

const read = new Map<string, readonly CaCertificate[]>();

function trusts(bundle: string, ca: string, now: number): boolean {
  const certificates = read.get(bundle) ?? readCaCertificates(bundle);
  read.set(bundle, certificates);
  return certificates.some(({ fingerprint, notAfter }) => fingerprint === ca && notAfter > now);
}
