import fc from 'fast-check';
import { checks } from '../../src/checks/registry.ts';
import { heldChecks } from '../../src/safety-net/held.ts';
import type { ApiClient, ApiObject } from '../harness/api-client.ts';
import { concurrently } from '../harness/concurrently.ts';
import { oraclePod } from '../properties/oracle/arbitrary.ts';
import type { OraclePod } from '../properties/oracle/arbitrary-draft.ts';
import { deniedImages, deniedPaths, innocentImages, unlistedPaths } from '../properties/oracle/vectors.ts';
import { completed } from './case-completion.ts';
import { createClasses } from './case-objects.ts';
import { type PlacedCase, placeCases } from './case-places.ts';
import { type Asked, asked, change, creation, type Question } from './net-questions.ts';

type Json = Readonly<Record<string, unknown>>;

const lasting = { owner: 'tests', reason: 'a test', expires: 'never', acceptNoExpiry: true };
const ignored = Object.fromEntries(
  checks.filter(({ id }) => !(heldChecks as readonly string[]).includes(id)).map(({ id }) => [id, 'ignore']),
);

/** One namespace for each thing that a configuration can say. */
export const variousConfiguration = {
  profiles: {
    held: { extends: 'dind', checks: ignored },
    site: {
      extends: 'held',
      checks: {
        'dind-image': {
          action: 'deny',
          images: ['quay.io/**', 'nginx'],
          allow: { images: ['*/**/actions-runner-dind'] },
        },
        'engine-socket-mount': { action: 'deny', engineRoots: ['/data/engine', '/opt/engine/*'] },
        'host-path-protected': {
          action: 'deny',
          paths: ['/srv/secret', '/cache'],
          allow: { paths: [{ path: '/var/log', readOnly: true, tree: true, submounts: 'accept' }] },
        },
        'host-path-unlisted': {
          action: 'deny',
          allow: { paths: ['/tmp/cache', { path: '/mnt/data', readOnly: true, tree: true }] },
        },
        'dangerous-capabilities': { action: 'deny', allow: { capabilities: ['SYS_PTRACE'] } },
        'host-network': 'warn',
      },
    },
  },
  namespaces: [
    { match: ['ci', 'web'], profile: 'held', mode: 'enforce' },
    { match: ['sites-*'], profile: 'site', mode: 'enforce', acceptGlob: true },
    {
      match: ['builders'],
      profile: 'held',
      mode: 'enforce',
      builders: [
        { profile: 'vm-privileged', containers: ['build', 'init-0'] },
        { profile: 'userns-privileged', containers: ['build', 'helper', 'svc-0'] },
        { profile: 'sysbox', containers: ['helper'] },
      ],
    },
    { match: ['agents', 'narrow'], profile: 'held', mode: 'enforce' },
    { match: ['rollout'], profile: 'held', mode: 'warn' },
  ],
  default: { profile: 'held', mode: 'audit' },
  mountFuse: {
    namespaces: ['ci', 'builders', 'sites-*'],
    acceptGlob: true,
    acceptUserNamespaces: true,
    acceptedRuntimeClassNames: ['kata'],
  },
  exemptions: [
    {
      name: 'agent',
      namespaces: ['agents'],
      allow: {
        privileged: true,
        'host-network': true,
        'engine-socket-mount': {
          paths: [{ path: '/var/run/docker.sock' }, { path: '/run/containerd', readOnly: true }],
        },
        'host-path-protected': {
          paths: ['/dev', '/var/lib/kubelet/device-plugins', { path: '/etc', readOnly: true, tree: true }],
        },
        'host-path-unlisted': true,
      },
      ...lasting,
    },
    {
      name: 'narrow-image',
      namespaces: ['narrow'],
      images: ['docker.io/**', 'ghcr.io/**', 'localhost:5000/app', 'quay.io/*/*'],
      serviceAccounts: ['default'],
      groups: ['job-authors'],
      allow: {
        privileged: true,
        'dangerous-capabilities': true,
        'host-pid': true,
        'host-ipc': true,
        'host-network': true,
      },
      ...lasting,
    },
    {
      name: 'of-nobody-here',
      namespaces: ['narrow'],
      users: ['somebody-else'],
      allow: Object.fromEntries(heldChecks.map((check) => [check, true])),
      ...lasting,
    },
  ],
};

/** The namespaces of it, with one that no entry names. */
export const variousNamespaces = ['ci', 'web', 'sites-a', 'builders', 'agents', 'narrow', 'rollout', 'elsewhere'];

/** So many generated pods that the API server takes, each in one of the namespaces. */
export async function generatedQuestions(api: ApiClient, count: number): Promise<readonly Asked[]> {
  const pods = fc.sample(oraclePod, { seed: 2026, numRuns: count * 2 });
  const questions = pods.map((pod, index) => {
    const namespace = variousNamespaces[index % variousNamespaces.length] ?? '';
    return creation(api, `generated ${index} in ${namespace}`, namespace, acceptable(pod));
  });
  const seen: Asked[] = [];
  let next = 0;
  while (seen.length < count && next < questions.length) {
    const some = questions.slice(next, next + count - seen.length);
    next += some.length;
    seen.push(...(await seenOf(some)));
  }
  return seen;
}

/** A generated pod with what the API server wants beside. */
function acceptable(pod: OraclePod): Json {
  return completed(pod as unknown as Json);
}

/** Those that the API server takes while nobody judges. */
export async function seenOf(questions: readonly Question[]): Promise<readonly Asked[]> {
  const all = await concurrently(questions, 8, asked);
  return all.filter((one) => one !== undefined);
}

const changes: readonly (readonly [string, (name: string) => object, subResource?: string])[] = [
  ['image of docker-in-docker', (name) => ({ spec: { containers: [{ name, image: 'docker:dind' }] } })],
  ['another image', (name) => ({ spec: { containers: [{ name, image: 'registry.example.com/other:2' }] } })],
  ['fuse annotation', (name) => ({ metadata: { annotations: { 'pratique.dev/fuse-containers': name } } })],
  ['fuse label', () => ({ metadata: { labels: { 'mount-fuse': 'true' } } })],
  ['label', () => ({ metadata: { labels: { team: 'a' } } })],
  ['finalizer', () => ({ metadata: { finalizers: ['example.com/hold'] } })],
  ['plain debug container', () => debug({}), 'ephemeralcontainers'],
  ['privileged debug container', () => debug({ securityContext: { privileged: true } }), 'ephemeralcontainers'],
];

function debug(container: object): object {
  const name = 'pratique-debug';
  return { spec: { ephemeralContainers: [{ name, image: 'registry.example.com/shell:1', ...container }] } };
}

/** Creates generated pods for good, and asks every change of each: so many pods of those that the API server takes. */
export async function updateQuestions(
  api: ApiClient,
  creations: readonly Asked[],
  count: number,
): Promise<readonly Question[]> {
  const pods = creations.filter(({ namespace }) => namespace !== 'elsewhere').slice(0, count);
  const made = await concurrently(pods, 8, async ({ namespace, object }, index) => {
    const { uid: _, resourceVersion: __, creationTimestamp: ___, ...metadata } = object.metadata ?? {};
    const name = `update-${index}`;
    return api.expect('POST', `/api/v1/namespaces/${namespace}/pods`, { ...object, metadata: { ...metadata, name } });
  });
  return made.flatMap((pod) => {
    const { containers } = pod['spec'] as { readonly containers: readonly { readonly name: string }[] };
    const [first] = containers;
    return changes.map(([what, patch, subResource]) =>
      change(
        api,
        `${what} of ${pod.metadata?.name} in ${pod.metadata?.namespace}`,
        pod,
        patch(first?.name ?? ''),
        subResource,
      ),
    );
  });
}

/** Paths of which Windows reads one thing as they were sent and another when they are cleaned, or behind an alias. */
const readTwice: readonly string[] = ['/host/C:\\', '//./Windows', '/./C:\\Windows', '\\spool', '\\??\\ /admin$'];

/** The vectors of paths and images, as pods. */
export function vectorQuestions(api: ApiClient): readonly Question[] {
  const paths = [...deniedPaths.map(([path]) => path), ...unlistedPaths, ...readTwice];
  const ofPaths = paths.map((path) => ({
    containers: [{ name: 'build', image: 'busybox', volumeMounts: [{ name: 'v', mountPath: '/mnt' }] }],
    volumes: [{ name: 'v', hostPath: { path } }],
  }));
  const images = [...deniedImages, ...innocentImages.map((image) => [image, {}] as const)];
  const ofImages = images.map(([image, container]) => ({ containers: [{ name: 'build', image, ...container }] }));
  return [...ofPaths, ...ofImages].map((spec, index) => {
    const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: `vector-${index}` }, spec };
    return creation(api, `vector ${JSON.stringify(spec)}`, 'web', pod);
  });
}

/** The cases of pods of every check: those that the net holds with their own settings, the others in a plain namespace. */
export async function caseQuestions(api: ApiClient, namespace: string): Promise<readonly Question[]> {
  const { cases } = placeCases();
  const pods = cases.filter(({ written }) => written.object['kind'] === 'Pod');
  return concurrently(pods, 8, async (one, index) => {
    const isHeld = (heldChecks as readonly string[]).includes(one.check);
    const place = isHeld ? one.namespace : namespace;
    return caseQuestion(api, one, place, `case-${index}`);
  });
}

async function caseQuestion(api: ApiClient, one: PlacedCase, namespace: string, name: string): Promise<Question> {
  const label = `${one.check}, ${one.expected}: ${one.written.name}`;
  const object = completed(one.written.object);
  const { ephemeralContainers, ...spec } = object['spec'] as Json;
  await createClasses(api, spec);
  const pod = { ...object, metadata: { ...(object['metadata'] as Json), name }, spec };
  if (!Array.isArray(ephemeralContainers) || ephemeralContainers.length === 0) {
    return creation(api, label, namespace, pod);
  }
  const path = `/api/v1/namespaces/${namespace}/pods`;
  const { status, body } = await api.request<ApiObject>('POST', path, {
    ...pod,
    metadata: { ...pod.metadata, namespace },
  });
  if (status !== 201) return creation(api, label, namespace, pod);
  return change(api, label, body, { spec: { ephemeralContainers } }, 'ephemeralcontainers');
}

/** The configuration and the namespaces of the cases of checks that the net holds. */
export function heldPlaces(): { readonly configuration: object; readonly namespaces: readonly string[] } {
  const { cases, configurations } = placeCases();
  const used = new Set(
    cases.filter(({ check }) => (heldChecks as readonly string[]).includes(check)).map(({ namespace }) => namespace),
  );
  type Document = {
    readonly namespaces: readonly { readonly match: readonly string[] }[];
    readonly exemptions: readonly { readonly namespaces: readonly string[] }[];
    readonly profiles: Readonly<Record<string, unknown>>;
  };
  const whole = configurations[0] as Document;
  const isUsed = (names: readonly string[]) => names.some((name) => used.has(name));
  const profiles = Object.entries(whole.profiles).filter(
    ([name]) => used.has(name) || name === 'nothing' || name === 'in-none',
  );
  const configuration = {
    ...whole,
    profiles: Object.fromEntries(profiles),
    namespaces: whole.namespaces.filter(({ match }) => isUsed(match)).map((entry) => ({ ...entry, mode: 'enforce' })),
    exemptions: whole.exemptions.filter(({ namespaces }) => isUsed(namespaces)),
    default: { profile: 'nothing', mode: 'audit' },
  };
  return { configuration, namespaces: [...used] };
}
