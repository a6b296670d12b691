import { readFileSync } from 'node:fs';
import jsonpatch, { type Operation } from 'fast-json-patch';

/** Which webhook of the server is asked. */
export type Path = 'validate' | 'mutate';

/** A review as the API server would send it, with room for a uid of its own in each request. */
export interface Review {
  readonly path: Path;
  readonly size: Size;
  readonly body: Buffer;
  /** Where the uid starts in the body. */
  readonly uidAt: number;
}

/** A class of reviews, and how it is sent. */
export interface Size {
  readonly name: string;
  /** Of the body of the review for /mutate; the one for /validate is larger by the patch. */
  readonly bytes: number;
  /** Reviews a second at which latencies are measured. */
  readonly rate: number;
  /** Reviews in one measured slice at full speed. */
  readonly burst: number;
  /** Reviews in one measured slice at that rate. */
  readonly paced: number;
}

export const sizes = [
  { name: '8 KiB', bytes: 8 * 1024, rate: 1_000, burst: 4_000, paced: 1_000 },
  { name: '100 KiB', bytes: 100 * 1024, rate: 200, burst: 500, paced: 80 },
  { name: '1 MiB', bytes: 1024 * 1024, rate: 20, burst: 40, paced: 10 },
] as const satisfies readonly Size[];

/** In a review that nobody has sent yet; its last twelve digits count. */
export const uidPlaceholder = '00000000-0000-4000-8000-000000000000';

/** A pod as JSON; only its metadata is looked at here. */
export interface Pod {
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly [field: string]: unknown;
}

const fixture = new URL('../test/fixtures/gitlab/01-img-build-no-limits.json', import.meta.url);

/**
 * Makes the review of a GitLab job's pod that asks for the fuse device and has not been patched: `size.bytes` long.
 *
 * Large ones are large by what CI systems really pass in masses, variables, which the API server lists a second time in
 * managedFields.
 */
export function unpatchedReview(size: Size): Review {
  const base = readFileSync(fixture, 'utf8').replaceAll(/#{9,}/g, '#'); // a filler where the runner has a script
  let variables = 0;
  let step = 2 ** Math.ceil(Math.log2(size.bytes / 64));
  for (; step >= 1; step /= 2) {
    if (lengthOf(gitlabPod(base, variables + step, '')) <= size.bytes) variables += step;
  }
  const missing = size.bytes - lengthOf(gitlabPod(base, variables, ''));
  if (missing < 0) throw new Error(`The GitLab pod alone is ${-missing} bytes larger than ${size.name}.`);
  return reviewOf(gitlabPod(base, variables, '.'.repeat(missing)), 'mutate', size);
}

/** Makes the review that follows the unpatched one: the same pod as the patch leaves it. */
export function patchedReview(unpatched: Review, patch: readonly Operation[]): Review {
  const { request } = JSON.parse(unpatched.body.toString('utf8')) as { readonly request: { readonly object: Pod } };
  return reviewOf(jsonpatch.applyPatch(request.object, patch).newDocument, 'validate', unpatched.size);
}

/** Writes a number into a copy of the review as the end of its uid, and returns the uid. */
export function stamp(body: Buffer, uidAt: number, number: number): string {
  const digits = String(number).padStart(12, '0');
  body.write(digits, uidAt + 24, 12, 'latin1');
  return uidPlaceholder.slice(0, 24) + digits;
}

function lengthOf(pod: Pod): number {
  return Buffer.byteLength(JSON.stringify(review(pod)));
}

function reviewOf(pod: Pod, path: Path, size: Size): Review {
  const body = Buffer.from(JSON.stringify(review(pod)));
  return { path, size, body, uidAt: body.indexOf(uidPlaceholder) };
}

function review(pod: Pod): object {
  return {
    kind: 'AdmissionReview',
    apiVersion: 'admission.k8s.io/v1',
    request: {
      uid: uidPlaceholder,
      kind: { group: '', version: 'v1', kind: 'Pod' },
      resource: { group: '', version: 'v1', resource: 'pods' },
      requestKind: { group: '', version: 'v1', kind: 'Pod' },
      requestResource: { group: '', version: 'v1', resource: 'pods' },
      name: pod.metadata['name'],
      namespace: pod.metadata['namespace'],
      operation: 'CREATE',
      userInfo: {
        username: 'system:serviceaccount:gitlab:gitlab-runner',
        uid: '5f0f5bfa-8ed3-4b3c-8f3c-1f1f6f1d9c55',
        groups: ['system:serviceaccounts', 'system:serviceaccounts:gitlab', 'system:authenticated'],
        extra: { 'authentication.kubernetes.io/pod-name': ['gitlab-runner-6c5d7f9b8-x2x7k'] },
      },
      object: pod,
      oldObject: null,
      dryRun: false,
      options: { kind: 'CreateOptions', apiVersion: 'meta.k8s.io/v1' },
    },
  };
}

/** The fixture with what the API server has added by the time it asks a webhook, and so many CI variables. */
function gitlabPod(base: string, variables: number, padding: string): Pod {
  const pod = JSON.parse(base) as Pod & { readonly spec: Spec };
  const { labels, annotations } = pod.metadata;
  const spec: Spec = {
    ...pod.spec,
    ...defaults,
    initContainers: pod.spec.initContainers.map(withDefaults),
    containers: pod.spec.containers.map(withDefaults),
  };
  const [build] = spec.containers;
  for (let index = 0; index < variables; index++) {
    const value = `https://gitlab.example.com/acme/shop/-/${'artifact/'.repeat(index % 8)}${index}`;
    build?.env?.push({ name: `CI_VARIABLE_${index}`, value: index === 0 ? value + padding : value });
  }
  const managedFields = [
    {
      manager: 'gitlab-runner',
      operation: 'Update',
      apiVersion: 'v1',
      time: '2026-11-20T09:30:00Z',
      fieldsType: 'FieldsV1',
      fieldsV1: fieldsOf({ metadata: { labels, annotations }, spec }),
    },
  ];
  return { ...pod, metadata: { ...pod.metadata, managedFields }, spec: withAdmitted(spec) };
}

interface Spec {
  readonly initContainers: readonly Container[];
  readonly containers: readonly Container[];
}

interface Container {
  readonly env?: { readonly name: string; readonly value: string }[];
}

/** By the defaulting of v1.PodSpec. */
const defaults = {
  serviceAccount: 'gitlab-ci',
  automountServiceAccountToken: false,
  terminationGracePeriodSeconds: 30,
  schedulerName: 'default-scheduler',
  securityContext: {},
  enableServiceLinks: true,
};

function withDefaults(container: Container): Container {
  const defaulted = { terminationMessagePath: '/dev/termination-log', terminationMessagePolicy: 'File' };
  return { ...container, ...defaulted };
}

/** By the admission plugins Priority and DefaultTolerationSeconds, which managedFields do not tell of. */
function withAdmitted(spec: Spec): Spec {
  const admitted = {
    tolerations: ['not-ready', 'unreachable'].map((taint) => ({
      key: `node.kubernetes.io/${taint}`,
      operator: 'Exists',
      effect: 'NoExecute',
      tolerationSeconds: 300,
    })),
    priority: 0,
    preemptionPolicy: 'PreemptLowerPriority',
  };
  return { ...spec, ...admitted };
}

const listKeys = ['mountPath', 'name'];

/** The FieldsV1 of an object: `f:` before a field, `k:` before the key of a list's entry. */
function fieldsOf(value: unknown): object {
  const fields: Record<string, object> = {};
  if (Array.isArray(value)) {
    for (const entry of value as readonly unknown[]) {
      const key = listKeys.find((one) => typeof entry === 'object' && entry !== null && one in entry);
      if (key === undefined) return {}; // a list without keys is one field
      fields[`k:${JSON.stringify({ [key]: (entry as Record<string, unknown>)[key] })}`] = {
        '.': {},
        ...fieldsOf(entry),
      };
    }
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, inner] of Object.entries(value)) fields[`f:${key}`] = fieldsOf(inner);
  }
  return fields;
}
