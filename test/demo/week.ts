import jsonpatch from 'fast-json-patch';
import { answerReview } from '../../src/admission/answer.ts';
import type { Decision, Outcome, WebhookPath } from '../../src/admission/outcome.ts';
import type { JournalLine } from '../../src/journal/lines.ts';
import { readReview } from '../../src/kubernetes/review.ts';
import { decisionRecord, isRecorded } from '../../src/record/record.ts';
import { mulberry32, type Random } from '../harness/mulberry32.ts';
import { podReview } from '../harness/review.ts';
import { type WeekConfiguration, weekConfigurations } from './week-configurations.ts';
import { type Maker, makers, type WeekPod } from './week-pods.ts';

/** What the week is like; the same options make the same lines. */
export interface WeekOptions {
  /** Milliseconds since the epoch: the last line is from then. */
  readonly end: number;
  /** Pods that are made in the week. */
  readonly pods?: number;
  readonly seed?: number;
  /** Whether the last replicas say that they end; unless told they go on, and are silent when nobody beats for them. */
  readonly isOver?: boolean;
}

interface Replica {
  readonly name: string;
  readonly startedAt: number;
  readonly endsAt: number;
  /** Whether it says that it ends. */
  readonly isOrderly: boolean;
  readonly decisions: Map<Decision, number>;
  seq: number;
  dropped: number;
}

const version = '0.1.0';
const hourMs = 3_600_000;
const weekMs = 168 * hourMs;

/**
 * A week of a small site, judged by the engine itself: two CI systems on their way to enforce, node agents with
 * exemptions, a few people, three replicas that are replaced on the fifth day, and one hour of which a part was lost.
 */
export function weekOfLines({ end, pods = 2500, seed = 7, isOver = false }: WeekOptions): readonly JournalLine[] {
  const random = mulberry32(seed);
  const configurations = weekConfigurations(end);
  const replicas = replicasOf(end, isOver);
  const moments = Array.from({ length: pods }, () => busyMoment(random, end)).toSorted((a, b) => a - b);
  const lines: JournalLine[] = [];
  for (const at of moments) {
    const replica = pickReplica(replicas, at, random);
    const { configuration } = inForce(configurations, at);
    for (const outcome of outcomesOf(makerAt(random, at), random, configuration, at)) {
      replica.decisions.set(outcome.decision, (replica.decisions.get(outcome.decision) ?? 0) + 1);
      if (!isRecorded(outcome, 'none')) continue;
      replica.seq += 1;
      if (isLost(replica, at, end)) replica.dropped += 1;
      else lines.push({ kind: 'record', line: recordOf(outcome, replica, at, random) });
    }
  }
  return [
    ...lines,
    ...configurations.map((one) => configurationLine(one, replicas)),
    ...replicas.map((one) => heartbeat(one, configurations, end)),
  ];
}

function replicasOf(end: number, isOver: boolean): readonly Replica[] {
  const last = isOver ? end : Number.POSITIVE_INFINITY;
  const rollout = end - 50 * hourMs;
  const replica = (name: string, startedAt: number, endsAt: number, isOrderly = true): Replica => ({
    name,
    startedAt,
    endsAt,
    isOrderly,
    decisions: new Map(),
    seq: 0,
    dropped: 0,
  });
  return [
    replica('pratique-6f7d9c5b8-2kqxz-1f3a', end - weekMs - 9 * hourMs, rollout),
    replica('pratique-6f7d9c5b8-9mwtj-77c2', end - weekMs - 9 * hourMs, rollout, false),
    replica('pratique-6f7d9c5b8-hx4vd-b05e', end - weekMs - 9 * hourMs, rollout),
    replica('pratique-58c4f7d6b9-4nlpr-03d9', rollout, last),
    replica('pratique-58c4f7d6b9-c8zkf-e61b', rollout, last),
    replica('pratique-58c4f7d6b9-tq7sw-4a90', rollout, last),
  ];
}

function pickReplica(replicas: readonly Replica[], at: number, random: Random): Replica {
  const alive = replicas.filter(({ startedAt, endsAt }) => startedAt <= at && at < endsAt);
  const chosen = alive[Math.floor(random() * alive.length)];
  if (chosen === undefined) throw new Error('no replica is there to answer');
  return chosen;
}

/** The journal was away for two hours, and one replica's queue was full; in a quiet night, until it lost something. */
function isLost({ name, dropped }: Replica, at: number, end: number): boolean {
  return name.endsWith('-77c2') && at > end - 78 * hourMs && (at < end - 76 * hourMs || dropped === 0);
}

/** Mostly in working hours of working days; Sunday and the night are quiet. */
function busyMoment(random: Random, end: number): number {
  for (;;) {
    const at = end - weekMs + Math.floor(random() * weekMs);
    const day = new Date(at).getUTCDay();
    const hour = new Date(at).getUTCHours();
    const isWork = day > 0 && day < 6;
    const share = isWork ? 0.12 + 0.88 * Math.max(0, Math.sin(((hour - 5) / 15) * Math.PI)) : 0.16;
    if (random() < share) return at;
  }
}

function makerAt(random: Random, at: number): Maker {
  const hour = new Date(at).getUTCHours();
  const awake = makers.filter(({ always }) => always === true || (hour >= 5 && hour < 20) || random() < 0.3);
  const candidates = awake.length === 0 ? makers : awake;
  let left = random() * candidates.reduce((sum, { weight }) => sum + weight, 0);
  for (const maker of candidates) {
    left -= maker.weight;
    if (left < 0) return maker;
  }
  return makers[0] as Maker;
}

/** The API server asks `/mutate` first where the pod has the label, and `/validate` with what came of it. */
function outcomesOf(
  maker: Maker,
  random: Random,
  configuration: WeekConfiguration['configuration'],
  at: number,
): readonly Outcome[] {
  const pod = objectOf(maker, maker.pod(random));
  const webhook: WebhookPath = maker.namespace === 'kube-system' ? 'observe' : 'validate';
  const ask = (path: WebhookPath, object: unknown) => {
    const { namespace, user: username, groups, dryRun = false } = maker;
    const read = readReview(podReview({ object, namespace, username, groups, dryRun, uid: uuid(random) }));
    if (read.kind === 'no-uid') throw new Error(read.problem);
    return answerReview(read, path, configuration, at);
  };
  if (pod.metadata.labels?.['mount-fuse'] !== 'true') return [ask(webhook, pod)];
  const mutated = ask('mutate', pod);
  return [mutated, ask(webhook, patched(pod, mutated))];
}

function objectOf({ namespace }: Maker, { name, generateName, owner, labels, spec }: WeekPod) {
  const metadata = {
    namespace,
    ...(name === undefined ? {} : { name }),
    ...(generateName === undefined ? {} : { generateName }),
    ...(labels === undefined ? {} : { labels }),
    ...(owner === undefined ? {} : { ownerReferences: [{ ...owner, uid: owner.name, controller: true }] }),
  };
  return { apiVersion: 'v1', kind: 'Pod', metadata, spec };
}

function patched(pod: unknown, { patch }: Outcome): unknown {
  return jsonpatch.applyPatch(structuredClone(pod), [...patch]).newDocument;
}

function recordOf(outcome: Outcome, replica: Replica, now: number, random: Random) {
  return decisionRecord(outcome, {
    now,
    instance: replica.name,
    seq: replica.seq,
    version,
    authn: 'mtls',
    traceId: undefined,
    durationMs: 0.2 + random() ** 9 * 24,
    bytes: 2400 + Math.floor(random() * 5200),
  });
}

function inForce(configurations: readonly WeekConfiguration[], at: number): WeekConfiguration {
  const found = configurations.findLast(({ from }) => from <= at);
  if (found === undefined) throw new Error('no configuration is in force');
  return found;
}

function configurationLine(
  { from, configuration, document }: WeekConfiguration,
  replicas: readonly Replica[],
): JournalLine {
  const at = Math.max(from, replicas[0]?.startedAt ?? from);
  const instance = replicas.find(({ startedAt, endsAt }) => startedAt <= at && at < endsAt)?.name ?? 'pratique';
  return {
    kind: 'configuration',
    line: { v: 1, kind: 'configuration', ts: iso(at), instance, configHash: configuration.hash, document },
  };
}

/** The last one of each replica: of the time when it ended, or of now. */
function heartbeat(replica: Replica, configurations: readonly WeekConfiguration[], end: number): JournalLine {
  const at = replica.endsAt <= end ? replica.endsAt - (replica.isOrderly ? 0 : 40_000) : end - 20_000;
  const decisions = Object.fromEntries(replica.decisions);
  return {
    kind: 'heartbeat',
    line: {
      v: 1,
      kind: 'heartbeat',
      ts: iso(at),
      instance: replica.name,
      version,
      configHash: inForce(configurations, at).configuration.hash,
      startedAt: iso(replica.startedAt),
      seq: replica.seq,
      received: [...replica.decisions.values()].reduce((sum, count) => sum + count, 0),
      decisions,
      dropped: replica.dropped,
      queued: 0,
      final: replica.endsAt <= end && replica.isOrderly,
      certificateExpires: iso(end + 61 * 24 * hourMs),
    },
  };
}

function iso(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}

function uuid(random: Random): string {
  const digits = Array.from({ length: 32 }, () => Math.floor(random() * 16).toString(16)).join('');
  return `${digits.slice(0, 8)}-${digits.slice(8, 12)}-4${digits.slice(13, 16)}-a${digits.slice(17, 20)}-${digits.slice(20)}`;
}
