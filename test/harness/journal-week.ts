import type { Decision } from '../../src/admission/outcome.ts';
import type { DecisionRecord, RecordedJudgement } from '../../src/record/record.ts';
import { mulberry32, type Random } from './mulberry32.ts';

/** What a generated stretch of records is like; the same options make the same records. */
export interface WeekOptions {
  readonly count: number;
  /** Milliseconds since the epoch: the last record is from just before. */
  readonly end: number;
  /** Milliseconds; seven days when absent. */
  readonly span?: number;
  readonly seed?: number;
  readonly instances?: number;
}

const checks = [
  ['privileged', 'critical', '/spec/containers/0/securityContext/privileged', 'true'],
  ['engine-socket-mount', 'critical', '/spec/volumes/0/hostPath/path', '/var/run/docker.sock'],
  ['dind-image', 'high', '/spec/containers/1/image', 'docker:27-dind'],
  ['engine-image', 'medium', '/spec/containers/0/image', 'moby/buildkit:latest'],
  ['host-path-protected', 'high', '/spec/volumes/1/hostPath/path', '/var/lib/kubelet'],
  ['host-path-unlisted', 'medium', '/spec/volumes/1/hostPath/path', '/data/cache'],
  ['host-network', 'high', '/spec/hostNetwork', 'true'],
  ['capabilities-extra', 'medium', '/spec/containers/0/securityContext/capabilities/add/0', 'SYS_ADMIN'],
  ['run-as-root', 'low', '/spec/containers/0/securityContext', 'unset'],
  ['engine-host-env', 'medium', '/spec/containers/0/env/3', 'DOCKER_HOST'],
] as const;

/** Of a hundred records; plain allows are not recorded by default. */
const shares: readonly (readonly [Decision, number])[] = [
  ['deny', 20],
  ['would-deny', 22],
  ['warn', 24],
  ['patch', 18],
  ['exempt', 8],
  ['allow', 6],
  ['would-patch', 1],
  ['error', 1],
];

const decisionTable = shares.flatMap(([decision, share]) => Array<Decision>(share).fill(decision));

/** Records of a cluster in the order of their time: busy at noon, quiet at night, few namespaces with most of the pods. */
export function* weekOfRecords(options: WeekOptions): Generator<DecisionRecord> {
  const { count, end, span = 7 * 86_400_000, seed = 1, instances = 3 } = options;
  const random = mulberry32(seed);
  const seqs = Array<number>(instances).fill(0);
  for (let index = 0; index < count; index++) {
    const instance = Math.floor(random() * instances);
    const seq = (seqs[instance] ?? 0) + 1;
    seqs[instance] = seq;
    const ts = Math.floor(end - span + span * daily((index + random()) / count, span));
    yield recordAt(ts, `pratique-6f7d9c5b8-x${instance}q7p-${(0x1a2b3c + instance).toString(16)}`, seq, random);
  }
}

/** Moves the records of a day towards its middle; goes up all the way. */
function daily(part: number, span: number): number {
  const days = Math.max(1, span / 86_400_000);
  return part + Math.sin(2 * Math.PI * days * part) / (2.6 * Math.PI * days);
}

function recordAt(ts: number, instance: string, seq: number, random: Random): DecisionRecord {
  const decision = decisionTable[Math.floor(random() * 100)] ?? 'deny';
  const team = skewed(random, 120);
  const app = skewed(random, 40);
  const isJob = random() < 0.6;
  const namespace = isJob && random() < 0.5 ? 'gitlab' : `team-${team}`;
  const tag = Math.floor(ts / 7_200_000) % 1000;
  const images = [`registry.example.com/team-${team}/app-${app}:1.${tag}`];
  if (random() < 0.4) images.push('docker:27-dind');
  const judgements = judgementsFor(decision, random);
  const person = random() < 0.2;
  const isPatch = decision === 'patch' || decision === 'would-patch';
  return {
    v: 1,
    ts: new Date(ts).toISOString(),
    instance,
    seq,
    uid: uuid(random),
    traceId: null,
    webhook: isPatch ? 'mutate' : 'validate',
    operation: random() < 0.9 ? 'CREATE' : 'UPDATE',
    dryRun: random() < 0.02,
    resource: random() < 0.8 ? 'pods' : 'deployments.apps',
    subresource: null,
    namespace,
    name: null,
    generateName: isJob ? `runner-${hex(random, 8)}-project-${app}-concurrent-` : `app-${app}-`,
    owner: isJob
      ? { apiVersion: 'batch/v1', kind: 'Job', name: `build-${app}-${tag}` }
      : { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: `app-${app}-${hex(mulberry32(team * 41 + app), 10)}` },
    serviceAccount: isJob ? 'gitlab-runner' : 'default',
    runtimeClassName: isPatch ? 'untrusted' : null,
    hostUsers: null,
    images,
    user: person
      ? { name: `person-${skewed(random, 300)}@example.com`, groups: ['oidc:developers', 'system:authenticated'] }
      : {
          name: isJob
            ? 'system:serviceaccount:gitlab:gitlab-runner'
            : 'system:serviceaccount:kube-system:replicaset-controller',
          groups: ['system:serviceaccounts', 'system:serviceaccounts:kube-system', 'system:authenticated'],
        },
    authn: 'mtls',
    decision,
    profile: 'dind',
    mode: decision === 'would-deny' ? (random() < 0.5 ? 'warn' : 'audit') : 'enforce',
    exemption: decision === 'exempt' ? `agent-${skewed(random, 12)}` : null,
    configHash: hex(mulberry32(Math.floor(ts / 172_800_000)), 12),
    version: '0.1.0',
    judgements,
    patch: isPatch
      ? {
          operations: 3,
          paths: [
            '/spec/runtimeClassName',
            '/metadata/annotations/pratique.dev~1fuse-containers',
            '/spec/containers/0/resources/limits',
          ],
          sha256: hex(random, 64),
        }
      : null,
    warnings: decision === 'warn' ? ['engine-host-env: DOCKER_HOST names an engine on the node'] : [],
    durationMs: Math.round((0.3 + random() ** 8 * 30) * 1000) / 1000,
    bytes: 2_000 + Math.floor(random() * 6_000),
  };
}

function judgementsFor(decision: Decision, random: Random): readonly RecordedJudgement[] {
  if (decision === 'patch' || decision === 'would-patch') return [];
  const number = 1 + skewed(random, 4);
  return Array.from({ length: number }, () => judgementFor(decision, random));
}

function judgementFor(decision: Decision, random: Random): RecordedJudgement {
  const [check, severity, pointer, value] = checks[skewed(random, checks.length)] ?? checks[0];
  const base = { check, severity, pointer, value, place: { container: 'build' }, ref: null } as const;
  switch (decision) {
    case 'deny':
    case 'error':
      return { ...base, action: 'deny', outcome: 'deny', because: 'profile' };
    case 'would-deny':
      return { ...base, action: 'deny', outcome: random() < 0.5 ? 'warn' : 'audit', because: 'mode' };
    case 'exempt':
      return { ...base, action: 'deny', outcome: 'ignore', because: 'exemption', ref: `agent-${skewed(random, 12)}` };
    case 'warn':
      return { ...base, action: 'warn', outcome: 'warn', because: 'profile' };
    default:
      return { ...base, action: 'deny', outcome: 'ignore', because: random() < 0.5 ? 'allowed' : 'builder' };
  }
}

/** Low numbers are many times as likely as high ones. */
function skewed(random: Random, below: number): number {
  return Math.floor(below * random() ** 2.5);
}

function hex(random: Random, length: number): string {
  let text = '';
  while (text.length < length)
    text += Math.floor(random() * 0x100000000)
      .toString(16)
      .padStart(8, '0');
  return text.slice(0, length);
}

function uuid(random: Random): string {
  const digits = hex(random, 32);
  return `${digits.slice(0, 8)}-${digits.slice(8, 12)}-4${digits.slice(13, 16)}-a${digits.slice(17, 20)}-${digits.slice(20)}`;
}
