import type { ApiObject, ApiResponse } from '../harness/api-client.ts';
import { type Verdict, writtenVerdict } from '../harness/verdict.ts';
import type { WrittenRecord } from '../harness/webhook-process.ts';
import { type GuardedCluster, pathOf } from './guarded-cluster.ts';
import { pod } from './pods.ts';
import { namespaceOf, type Objects, podOf } from './verdict-objects.ts';

type Json = Readonly<Record<string, unknown>>;

/** An object with the namespace for one that names none. */
export interface Submitted {
  readonly object: Json;
  readonly namespace: string;
}

/** What came of an object: what the client is told, and what was recorded of it. */
export interface Judged {
  readonly answer: ApiResponse<ApiObject>;
  /** Undefined of what no webhook is asked about. */
  readonly record: WrittenRecord | undefined;
  readonly verdict: Pick<Verdict, 'outcome' | 'names' | 'warns' | 'templateWarns'>;
}

interface Sent {
  readonly object: Json;
  readonly resource: string;
  readonly namespace: string | undefined;
  readonly answer: ApiResponse<ApiObject>;
}

/**
 * Sends objects one after the other as dry runs, and the pod of each template with its workload; gives what came of each,
 * in their order. The pod's verdict counts for the workload.
 */
export async function judgeAll(
  guard: GuardedCluster,
  objects: Objects,
  submitted: readonly Submitted[],
): Promise<readonly Judged[]> {
  const first = guard.webhook.records().length;
  const sent: (readonly Sent[])[] = [];
  for (const { object, namespace } of submitted) {
    const pod = podOf(object);
    const own = await send(objects, object, namespace);
    sent.push(pod === undefined ? [own] : [own, await send(objects, pod, namespace)]);
  }
  const records = await recordsSince(guard, first);
  let next = 0;
  const judged = (one: Sent): Judged => {
    const record = !isRefused(one) && isOf(records[next], one) ? records[next++] : undefined;
    return { answer: one.answer, record, verdict: verdictOf(one, record) };
  };
  return sent.map((own) => own.map(judged)).map(([own, template]) => withTemplate(own as Judged, template));
}

async function send(objects: Objects, object: Json, namespace: string): Promise<Sent> {
  const resource = await objects.resourceOf(object);
  const inside = resource?.namespaced === true ? (namespaceOf(object) ?? namespace) : undefined;
  return { object, resource: resource?.name ?? '', namespace: inside, answer: await objects.create(object, namespace) };
}

/** Records come in the order of the reviews; those before one more review are complete when that one's is there. */
async function recordsSince(guard: GuardedCluster, first: number): Promise<readonly WrittenRecord[]> {
  const last = pod(`last-${first}`);
  await guard.cluster.api.request('POST', pathOf(last).replace(/\/[^/]*$/, ''), last, { dryRun: true });
  await guard.recordOf(last);
  return guard.webhook
    .records()
    .slice(first)
    .filter(({ webhook }) => webhook !== 'mutate');
}

function isOf(record: WrittenRecord | undefined, { object, resource, namespace }: Sent): boolean {
  const { name, generateName } = object['metadata'] as Json;
  return (
    record !== undefined &&
    record.resource?.split('.')[0] === resource &&
    (record.namespace ?? undefined) === namespace &&
    (record.name === name || record.generateName === generateName)
  );
}

const isDenied = ({ answer }: Sent) => (answer.body.message ?? '').startsWith('admission webhook "');

/** By the API server itself. What is there already was admitted before that was noticed. */
function isRefused(sent: Sent): boolean {
  return sent.answer.status >= 400 && sent.answer.status !== 409 && !isDenied(sent);
}

function verdictOf(sent: Sent, record: WrittenRecord | undefined): Judged['verdict'] {
  const { object, answer } = sent;
  if (isRefused(sent)) return blank('refused', [answer.body.message ?? '']);
  const found = (matches: (one: WrittenRecord['judgements'][number]) => boolean) =>
    [...new Set((record?.judgements ?? []).filter(matches).map(({ check }) => check))].toSorted();
  const warns = found(({ outcome }) => outcome === 'warn');
  const held = found(({ action, because, outcome }) => action === 'deny' && because === 'mode' && outcome === 'audit');
  if (isDenied(sent))
    return {
      ...blank(
        'deny',
        found(({ outcome }) => outcome === 'deny'),
      ),
      warns,
    };
  if (record?.decision === 'exempt') return { ...blank('exempt', [record.exemption ?? '']), warns };
  if (held.length > 0) return { ...blank('would-deny', held), warns };
  return { ...blank(isPatched(object, answer.body) ? 'patch' : 'allow', []), warns };
}

/** The choice of containers and the class are written by nobody else. */
function isPatched(sent: Json, got: ApiObject): boolean {
  if (got.kind !== 'Pod') return false;
  const written = ({ metadata, spec }: Json) => [
    ((metadata as Json)['annotations'] as Json | undefined)?.['pratique.dev/fuse-containers'],
    (spec as Json)['runtimeClassName'],
  ];
  return written(sent).join() !== written(got).join();
}

/** A workload whose pods are denied is denied itself, or let in with a warning; anything else is a verdict of its own. */
function withTemplate(own: Judged, pod: Judged | undefined): Judged {
  if (pod === undefined) return own;
  const isDenied = pod.verdict.outcome === 'deny';
  const templateWarns = isDenied && own.verdict.outcome === 'allow' && own.verdict.warns.length > 0;
  if (isDenied && !templateWarns && own.verdict.outcome !== 'deny') return own;
  if (!isDenied && own.verdict.outcome === 'deny') return own;
  // What the client is told first is told of the workload.
  const { answer } = own.verdict.outcome === 'deny' ? own : pod;
  return { ...pod, answer, verdict: { ...pod.verdict, templateWarns } };
}

function blank(outcome: Verdict['outcome'], names: readonly string[]): Judged['verdict'] {
  return { outcome, names, warns: [], templateWarns: false };
}

/** Whether what came is what the page states. */
export function isAsStated(stated: Verdict, { verdict }: Judged): boolean {
  if (stated.outcome === 'refused') {
    return verdict.outcome === 'refused' && verdict.names[0]?.includes(stated.names[0] ?? '') === true;
  }
  // On the page of a check, a pod that is patched besides is one in which it finds nothing.
  if (stated.alone && verdict.outcome === 'patch') return stated.outcome === 'allow';
  return writtenVerdict(stated) === writtenVerdict(verdict);
}
