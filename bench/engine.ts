import { answerReview } from '../src/admission/answer.ts';
import type { Configuration } from '../src/config/policy.ts';
import { type ReadReview, readReview } from '../src/kubernetes/review.ts';
import { configurationOf } from '../test/harness/rules.ts';
import type { Review } from './reviews.ts';
import { median } from './statistics.ts';

/** What the engine alone takes, in microseconds: from a parsed review to its response, without server, log and JSON. */
export interface EngineTimes {
  /** The 8 KiB review of the rounds, under profile dind and under profile strict. */
  readonly dind: number;
  readonly strict: number;
  /** The same under 1,000 exemptions and 1,000 namespaces entries. */
  readonly manyRules: number;
  /** For each kind of thing: so many of them, and so many times more. */
  readonly growth: readonly Growth[];
}

export interface Growth {
  readonly what: string;
  readonly few: { readonly count: number; readonly us: number };
  readonly many: { readonly count: number; readonly us: number };
}

const fuse = { mountFuse: { namespaces: ['gitlab'] } };

/** Measures the engine on a review and on pods that grow. */
export function measureEngine({ body }: Review): EngineTimes {
  const review = readReview(JSON.parse(body.toString('utf8')));
  return {
    dind: timeOf(review, configurationOf(fuse)),
    strict: timeOf(review, configurationOf({ ...fuse, default: { profile: 'strict' } })),
    manyRules: timeOf(review, configurationOf({ ...fuse, ...manyRules() })),
    growth: Object.entries(growing).map(([what, pod]) => ({
      what,
      few: { count: 50, us: timeOf(reviewOf(pod(50)), configurationOf(fuse)) },
      many: { count: 1_000, us: timeOf(reviewOf(pod(1_000)), configurationOf(fuse)) },
    })),
  };
}

function manyRules() {
  const numbers = Array.from({ length: 1_000 }, (_, index) => index);
  const allow = { 'host-path-unlisted': { paths: [{ path: '/data', readOnly: true }] } };
  return {
    namespaces: numbers.map((index) => ({ match: [`team-${index}`], mode: 'warn' })),
    exemptions: numbers.map((index) => ({
      ...{ name: `agent-${index}`, namespaces: [`agents-${index}`], allow },
      ...{ owner: 'platform', reason: 'is measured', expires: '2099-12-31' },
    })),
  };
}

const growing: Readonly<Record<string, (count: number) => object>> = {
  containers: (count) => ({ containers: list(count, (index) => ({ name: `c${index}`, image: `example/a:${index}` })) }),
  volumes: (count) => ({
    containers: [{ name: 'a', image: 'b', volumeMounts: list(count, (i) => ({ name: `v${i}`, mountPath: `/v${i}` })) }],
    volumes: list(count, (index) => ({ name: `v${index}`, emptyDir: {} })),
  }),
  'host paths': (count) => ({
    containers: [{ name: 'a', image: 'b' }],
    volumes: list(count, (index) => ({ name: `v${index}`, hostPath: { path: `/var/run/x${index}` } })),
  }),
  variables: (count) => ({
    containers: [{ name: 'a', image: 'b', env: list(count, (index) => ({ name: `CI_${index}`, value: 'x' })) }],
  }),
};

function list<T>(count: number, make: (index: number) => T): readonly T[] {
  return Array.from({ length: count }, (_, index) => make(index));
}

function reviewOf(spec: object): ReadReview {
  const object = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'grown' }, spec };
  const kind = { group: '', version: 'v1', kind: 'Pod' };
  const resource = { group: '', version: 'v1', resource: 'pods' };
  const request = {
    uid: 'u',
    kind,
    resource,
    namespace: 'ci',
    operation: 'CREATE',
    userInfo: { username: 'u' },
    object,
  };
  return readReview({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', request });
}

/** The median of batches, each long enough for the clock; those before the compiler is done do not count. */
function timeOf(review: ReadReview, configuration: Configuration): number {
  if (review.kind !== 'request') throw new Error('A review of the benchmark cannot be read.');
  const batch = (count: number): number => {
    const startedAt = performance.now();
    for (let index = 0; index < count; index++) answerReview(review, 'validate', configuration, startedAt);
    return ((performance.now() - startedAt) * 1_000) / count;
  };
  const once = Math.max(1, batch(200));
  const count = Math.max(10, Math.round(20_000 / once));
  for (let index = 0; index < 10; index++) batch(count);
  return median(list(21, () => batch(count)));
}
