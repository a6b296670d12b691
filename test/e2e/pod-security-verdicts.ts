import { answerReview } from '../../src/admission/answer.ts';
import type { Finding } from '../../src/checks/check.ts';
import { readReview } from '../../src/kubernetes/review.ts';
import type { ApiObject, ApiResponse } from '../harness/api-client.ts';
import type { Cluster } from '../harness/cluster.ts';
import { podReview, type ReviewRequest } from '../harness/review.ts';
import { configurationOf } from '../harness/rules.ts';

/** The levels of Pod Security that forbid something; our profiles of the same names are held to them. */
export const levels = ['baseline', 'restricted'] as const;
export type Level = (typeof levels)[number];

/** What Pod Security and we say about one object that the API server takes. */
export interface Verdict {
  /** As it was written. */
  readonly object: object;
  /** The rules of Pod Security that it breaks, in the words of its messages; none when it is admitted. */
  readonly broken: readonly string[];
  /**
   * What our profile of that name denies it for, in the object as it was written and as the API server sends it to
   * webhooks, one after the other.
   */
  readonly findings: readonly Finding[];
  /** Those of our profiles that claim to forbid all that the level does, and admit the one or the other. */
  readonly admittedBy: readonly string[];
}

/** By level; undefined for an object that the API server does not take, whoever judges it. */
export type Verdicts = Readonly<Record<Level, Verdict>> | undefined;

/** A cluster with a namespace for each level, and one without any. */
export interface Comparison {
  /** Creates a pod in each namespace, as a dry run, and judges it here. */
  created(pod: object): Promise<Verdicts>;
  /** Creates a pod in each namespace to stay. */
  keep(pod: object, name: string): Promise<void>;
  /** Adds an ephemeral container to a pod that was kept, as a dry run, and judges the update here. */
  debugged(name: string, ephemeralContainer: object): Promise<Verdicts>;
}

const free = 'no-level';
const latest = { 'pod-security.kubernetes.io/enforce-version': 'latest' };
/** The profile of that name comes first. */
const profilesOf: Readonly<Record<Level, readonly string[]>> = {
  baseline: ['baseline', 'restricted', 'strict'],
  restricted: ['restricted', 'strict'],
};
const configurations = new Map(
  profilesOf.baseline.map((profile) => [profile, configurationOf({ default: { profile } })] as const),
);

/** Makes the namespaces. */
export async function startComparison({ api, createNamespace }: Cluster): Promise<Comparison> {
  await createNamespace(free);
  for (const level of levels) await createNamespace(level, { 'pod-security.kubernetes.io/enforce': level, ...latest });
  const kept = new Map<string, ApiObject>();
  return {
    created: (pod) => {
      const object = named(pod, 'compared');
      return compare(
        (namespace) => api.request('POST', podsOf(namespace), object, { dryRun: true }),
        (sent) => [{ object }, { object: sent }],
      );
    },
    keep: async (pod, name) => {
      for (const namespace of [free, ...levels]) {
        kept.set(name, await api.expect('POST', podsOf(namespace), named(pod, name)));
      }
    },
    debugged: (name, ephemeralContainer) => {
      const patch = { spec: { ephemeralContainers: [ephemeralContainer] } };
      const options = { contentType: 'application/merge-patch+json', dryRun: true };
      const oldObject = kept.get(name) ?? {};
      const object = { ...oldObject, spec: { ...(oldObject['spec'] as object), ...patch.spec } };
      const update = { oldObject, operation: 'UPDATE', subResource: 'ephemeralcontainers' } as const;
      return compare(
        (namespace) => api.request('PATCH', `${podsOf(namespace)}/${name}/ephemeralcontainers`, patch, options),
        (sent) => [
          { object, ...update },
          { object: sent, ...update },
        ],
      );
    },
  };
}

type Reviews = readonly [written: ReviewRequest, sent: ReviewRequest];

/** Whoever is admitted where nothing is enforced is a valid object, and comes back as webhooks would have seen it. */
async function compare(
  send: (namespace: string) => Promise<ApiResponse<ApiObject>>,
  reviewsOf: (sent: ApiObject) => Reviews,
): Promise<Verdicts> {
  const { status, body } = await send(free);
  if (status === 422) return undefined;
  if (status !== 200 && status !== 201) throw new Error(`The API server answered ${status}: ${body.message}`);
  const reviews = reviewsOf(body);
  const verdictAt = async (level: Level) => verdictOf(level, await send(level), reviews);
  const [baseline, restricted] = await Promise.all([verdictAt('baseline'), verdictAt('restricted')]);
  return { baseline, restricted };
}

function verdictOf(level: Level, { status, body }: ApiResponse<ApiObject>, reviews: Reviews): Verdict {
  if (status !== 200 && status !== 201 && status !== 403) {
    throw new Error(`The API server answered ${status} in namespace ${level}: ${body.message}`);
  }
  const judged = profilesOf[level].map((profile) => reviews.map((review) => denying(review, level, profile)));
  return {
    object: reviews[0].object as object,
    broken: status === 403 ? brokenRules(body.message ?? '', level) : [],
    findings: judged[0]?.flat() ?? [],
    admittedBy: profilesOf[level].filter((_, index) => judged[index]?.some(({ length }) => length === 0)),
  };
}

/** Reads `… violates PodSecurity "baseline:latest": host namespaces (hostPID=true), privileged (container …)`. */
function brokenRules(message: string, level: Level): readonly string[] {
  const [, list] = message.split(`violates PodSecurity "${level}:latest": `);
  if (list === undefined) throw new Error(`This is no message of Pod Security: ${message}`);
  return list
    .split(/\)(?:, |$)/)
    .filter((rule) => rule !== '')
    .map((rule) => rule.slice(0, rule.indexOf(' (')).replace(/profiles$/, 'profile'));
}

/** Judges a review by one of our profiles, as the webhook would. */
function denying(review: ReviewRequest, namespace: string, profile: string): readonly Finding[] {
  const configuration = configurations.get(profile);
  const read = readReview(podReview({ ...review, namespace }));
  if (read.kind !== 'request' || configuration === undefined) throw new Error('The review cannot be read.');
  const { response, judgements, problem } = answerReview(read, 'validate', configuration, Date.now());
  const findings = judgements.filter(({ outcome }) => outcome === 'deny').map(({ finding }) => finding);
  if (problem !== undefined || response.allowed !== (findings.length === 0)) {
    throw new Error(`The review could not be judged: ${problem}`);
  }
  return findings;
}

function named(pod: object, name: string): ApiObject {
  const { metadata, ...rest } = pod as ApiObject;
  return { apiVersion: 'v1', kind: 'Pod', metadata: { ...metadata, name }, ...rest };
}

function podsOf(namespace: string): string {
  return `/api/v1/namespaces/${namespace}/pods`;
}
