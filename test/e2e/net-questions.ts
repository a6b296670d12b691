import { answerReview } from '../../src/admission/answer.ts';
import type { Configuration } from '../../src/config/policy.ts';
import { readReview } from '../../src/kubernetes/review.ts';
import { heldChecks } from '../../src/safety-net/held.ts';
import type { ApiClient, ApiObject, ApiRequestOptions, ApiResponse } from '../harness/api-client.ts';
import { podReview } from '../harness/review.ts';
import { sorted } from './net-policies.ts';

type Json = Readonly<Record<string, unknown>>;

/** A request about a pod that is put to the webhook and to the policy. */
export interface Question {
  readonly label: string;
  readonly namespace: string;
  /** Sends it as a dry run. */
  send(): Promise<ApiResponse<ApiObject>>;
  /** What an update replaces. */
  readonly before?: ApiObject;
  readonly subResource?: string;
}

/** A question with the object that the API server makes of it while nobody judges. */
export interface Asked extends Question {
  readonly object: ApiObject;
}

const user = 'system:serviceaccount:gitlab:runner';
const groups = ['system:masters', 'job-authors'];
const asUser: ApiRequestOptions = { dryRun: true, user, groups };

/** The creation of a pod, without what no pod can be created with. */
export function creation(api: ApiClient, label: string, namespace: string, pod: Json): Question {
  const { ephemeralContainers: _, ...spec } = pod['spec'] as Json;
  const object = { ...pod, metadata: { ...(pod['metadata'] as Json), namespace }, spec };
  const path = `/api/v1/namespaces/${namespace}/pods`;
  return { label, namespace, send: () => api.request('POST', path, object, asUser) };
}

/** A change of a pod that is there. */
export function change(
  api: ApiClient,
  label: string,
  before: ApiObject,
  patch: object,
  subResource?: string,
): Question {
  const { namespace = '', name } = before.metadata ?? {};
  const path = `/api/v1/namespaces/${namespace}/pods/${name}${subResource === undefined ? '' : `/${subResource}`}`;
  const options = { ...asUser, contentType: 'application/strategic-merge-patch+json' };
  return {
    label,
    namespace,
    before,
    ...(subResource === undefined ? {} : { subResource }),
    send: () => api.request('PATCH', path, patch, options),
  };
}

/** Asks while nobody judges: undefined where the API server itself refuses. */
export async function asked(question: Question): Promise<Asked | undefined> {
  const { status, body } = await question.send();
  return status === 200 || status === 201 ? { ...question, object: body } : undefined;
}

const held: ReadonlySet<string> = new Set(heldChecks);

/** What the webhook denies a request for, as `check container volume`, of the checks that the net holds. */
export function webhookFindings(
  configuration: Configuration,
  { object, before, namespace, subResource }: Asked,
): readonly string[] {
  const review = readReview(
    podReview({
      object,
      namespace,
      operation: before === undefined ? 'CREATE' : 'UPDATE',
      username: user,
      groups: [...groups, 'system:authenticated'],
      ...(before === undefined ? {} : { oldObject: before }),
      ...(subResource === undefined ? {} : { subResource }),
    }),
  );
  if (review.kind === 'no-uid') throw new Error(review.problem);
  const { judgements, problem } = answerReview(review, 'validate', configuration, Date.now());
  if (problem !== undefined) throw new Error(problem);
  return sorted(
    judgements
      .filter(({ outcome, finding }) => outcome === 'deny' && held.has(finding.check))
      .map(({ finding: { check, place } }) => `${check} ${place.container ?? ''} ${place.volume ?? ''}`),
  );
}
