import { bundleOf, type CaCertificate, type CaDocument, type SigningCa } from './ca-document.ts';
import { backdated, type CaPlan, planCa, type TlsTimes } from './ca-plan.ts';
import { type CaStore, type ConfigurationName, type LiveConfiguration, labelOf, type StoredCa } from './ca-store.ts';
import { createCa, issueLeaf, type Leaf } from './issue.ts';
import { liveBundles } from './live-bundles.ts';

/** Time, of which only `now` can be set by somebody; milliseconds. */
export interface Clock {
  /** Since the epoch. */
  now(): number;
  /** Since some time, without ever being set. */
  elapsed(): number;
}

/** What one replica is made of. */
export interface ReplicaOptions {
  readonly store: CaStore;
  readonly configurations: readonly ConfigurationName[];
  /** The names in each leaf. */
  readonly names: readonly string[];
  readonly times: TlsTimes;
  readonly clock: Clock;
  /** From 0 to below 1. */
  readonly random: () => number;
  /** Called with each new leaf. */
  readonly onLeaf: (leaf: Leaf) => void;
  /** Called with what was done to the cluster, for people. */
  readonly onChange: (what: string, fields: Readonly<Record<string, unknown>>) => void;
}

/** One replica's part in the life cycle. */
export interface Replica {
  /** Looks at the cluster once and does what is to be done; rejects when that cannot be ended. */
  reconcile(): Promise<void>;
  /** Signs a leaf when one is due, with what is remembered of the CA; asks nobody. */
  renew(): Promise<void>;
  document(): CaDocument | undefined;
  leaf(): Leaf | undefined;
  /** Whether the leaf's CA has been seen in every caBundle that there is, ever. */
  wasTrusted(): boolean;
  /** Of each configuration that there is, whether its caBundles are those of the Secret. */
  current(): ReadonlyMap<string, boolean>;
  /** How often each configuration's caBundle had to be set. */
  repairs(): ReadonlyMap<string, number>;
}

/** What a clock may differ: half of what the start of a certificate is dated back by. */
const clockTolerance = backdated / 2;
const attempts = 5;

interface State {
  document: CaDocument | undefined;
  leaf: Leaf | undefined;
  /** Who signed the leaf: kept, so that it can be renewed while its successor is not yet known everywhere. */
  signer: SigningCa | undefined;
  renewAt: number;
  trusted: boolean;
  /** How far this machine's clock is ahead of the API server's. */
  skew: number;
  lostSince: number | undefined;
}

/** Makes a replica that knows nothing yet. */
export function replicaOf(options: ReplicaOptions): Replica {
  const state: State = {
    document: undefined,
    leaf: undefined,
    signer: undefined,
    renewAt: 0,
    trusted: false,
    skew: 0,
    lostSince: undefined,
  };
  const parts: Parts = { options, state, live: liveBundles(), current: new Map(), repairs: new Map() };
  return {
    async reconcile() {
      try {
        await untilNobodyInterferes(() => pass(parts));
      } finally {
        await renew(parts);
      }
      state.trusted ||= state.leaf !== undefined && parts.live.holds(state.leaf.ca);
    },
    renew: () => renew(parts),
    document: () => state.document,
    leaf: () => state.leaf,
    wasTrusted: () => state.trusted,
    current: () => parts.current,
    repairs: () => parts.repairs,
  };
}

interface Parts {
  readonly options: ReplicaOptions;
  readonly state: State;
  readonly live: ReturnType<typeof liveBundles>;
  readonly current: Map<string, boolean>;
  readonly repairs: Map<string, number>;
}

async function untilNobodyInterferes(attempt: () => Promise<boolean>): Promise<void> {
  for (let made = 1; made <= attempts; made++) if (await attempt()) return;
  throw new Error(`others changed the same objects ${attempts} times in a row`);
}

/**
 * One look at the cluster; false when another replica was faster.
 *
 * The configurations are read before the Secret, and patched only as they were read: so a replica that was held up in
 * between can never put the caBundle of an older Secret over that of a newer one.
 */
async function pass(parts: Parts): Promise<boolean> {
  const { store, configurations, clock } = parts.options;
  const from = clock.elapsed();
  const read = await Promise.all(configurations.map((name) => store.configuration(name)));
  const found = read.filter((one) => one !== undefined);
  parts.live.observe(found, from, clock.elapsed());
  const { stored, serverTime } = await store.secret();
  parts.state.skew = serverTime === undefined ? 0 : clock.now() - serverTime;
  const document = await settle(parts, stored);
  if (document === undefined) return false;
  parts.state.document = document;
  return distribute(parts, found, bundleOf(document), from);
}

/** What the Secret holds after this replica did its part; undefined when another was faster. */
async function settle(parts: Parts, stored: StoredCa | undefined): Promise<CaDocument | undefined> {
  const { options, state } = parts;
  const usable = stored !== undefined && 'signing' in stored.document ? stored.document : undefined;
  if (isSkewed(state)) {
    if (usable === undefined) throw new Error(`the Secret needs a new CA, but ${skewProblem(state)}`);
    return usable;
  }
  if (usable === undefined && state.document === undefined) state.lostSince ??= options.clock.elapsed();
  else state.lostSince = undefined;
  const plan = planCa(situationOf(parts, stored));
  if (plan.kind === 'keep') return plan.document;
  if (plan.kind === 'wait') throw new Error(plan.reason);
  const document = await documentOf(plan, options);
  if (!(await options.store.write(document, stored))) return undefined;
  options.onChange('the CA was changed in its Secret', {
    changes: plan.changes,
    signing: document.signing.certificate.fingerprint,
  });
  return document;
}

function situationOf({ options, state, live }: Parts, stored: StoredCa | undefined): Parameters<typeof planCa>[0] {
  const { clock, times } = options;
  const at = clock.elapsed();
  return {
    stored: stored?.document,
    memory: state.document,
    leafCa: state.leaf === undefined ? undefined : state.signer?.certificate,
    live: live.ours(),
    now: clock.now(),
    seenFor: live.seenFor,
    lostFor: state.lostSince === undefined ? 0 : at - state.lostSince,
    times,
  };
}

async function documentOf(
  plan: Exclude<CaPlan, { kind: 'keep' | 'wait' }>,
  { clock, times }: ReplicaOptions,
): Promise<CaDocument> {
  if (plan.kind === 'write') return plan.document;
  const now = clock.now();
  const made = await createCa(now, times.caLifetime);
  if (plan.kind === 'extend') return { ...plan.document, next: made, rotate: false };
  return { signing: made, others: plan.others, signingSince: now, rotate: false };
}

async function distribute(
  { options, live, current, repairs }: Parts,
  found: readonly LiveConfiguration[],
  bundle: string,
  from: number,
): Promise<boolean> {
  const after: LiveConfiguration[] = [];
  let complete = true;
  current.clear();
  for (const one of found) current.set(labelOf(one), isCurrent(one, bundle));
  for (const one of found) {
    if (isCurrent(one, bundle)) {
      after.push(one);
      continue;
    }
    const patched = await options.store.setBundles(one, bundle);
    if (patched === undefined) {
      // Changed meanwhile, and read again at the next look; the others need not wait for it.
      complete = false;
      continue;
    }
    const label = labelOf(one);
    repairs.set(label, (repairs.get(label) ?? 0) + 1);
    options.onChange('the caBundle was set', { configuration: label });
    current.set(label, isCurrent(patched, bundle));
    after.push(patched);
  }
  if (complete) live.observe(after, from, options.clock.elapsed());
  return complete;
}

function isCurrent({ webhooks }: LiveConfiguration, bundle: string): boolean {
  return webhooks.every((webhook) => webhook.bundle === bundle);
}

async function renew({ options, state, live }: Parts): Promise<void> {
  const { clock, names, times, random } = options;
  if (state.document === undefined) return;
  const signer = signerOf(state, state.document.signing, live, options);
  if (signer === undefined) return;
  const now = clock.now();
  assertSane(state, signer.certificate, now);
  const leaf = await issueLeaf(signer, { names, now, lifetime: times.leafLifetime });
  state.leaf = leaf;
  state.signer = signer;
  state.renewAt = now + (leaf.material.expires - now) * (0.64 + 0.05 * random());
  options.onLeaf(leaf);
}

/** Who is to sign a new leaf; undefined while none is due. */
function signerOf(
  { leaf, signer, renewAt }: State,
  signing: SigningCa,
  live: Parts['live'],
  { clock, times }: ReplicaOptions,
): SigningCa | undefined {
  const now = clock.now();
  if (leaf === undefined || signer === undefined || leaf.material.expires <= now) return signing;
  const { fingerprint } = signing.certificate;
  if (fingerprint !== leaf.ca) {
    const isKnown = live.seenFor(fingerprint) >= times.overlap;
    // Nobody trusts the leaf that is served, and somebody does trust what would replace it.
    const isBetter = live.seenFor(fingerprint) >= 0 && !live.holds(leaf.ca);
    if (isKnown || isBetter) return signing;
  }
  // A leaf that lives as long as its CA is not made better by another one.
  if (now < renewAt || leaf.material.expires >= signer.certificate.notAfter) return undefined;
  return signer;
}

function assertSane(state: State, { notBefore, notAfter }: CaCertificate, now: number): void {
  if (isSkewed(state)) throw new Error(`no certificate can be signed: ${skewProblem(state)}`);
  const clock = `this machine's clock says ${new Date(now).toISOString()}`;
  if (notBefore > now) throw new Error(`the CA is not valid before ${new Date(notBefore).toISOString()}, and ${clock}`);
  if (notAfter <= now) throw new Error(`the CA has expired at ${new Date(notAfter).toISOString()}, and ${clock}`);
}

function isSkewed({ skew }: State): boolean {
  return Math.abs(skew) > clockTolerance;
}

function skewProblem({ skew }: State): string {
  const minutes = Math.round(Math.abs(skew) / 60_000);
  return `this machine's clock is ${minutes} minutes ${skew > 0 ? 'ahead of' : 'behind'} the API server's`;
}
