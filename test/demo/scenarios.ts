import { readFileSync } from 'node:fs';

/** One pod of the demo, with what must become of it. */
export interface Scenario {
  readonly title: string;
  readonly pod: Pod;
  readonly expected: Expected;
}

/** What must become of a pod: denied by exactly these checks, or admitted, with or without a patch. */
export type Expected =
  | { readonly verdict: 'denied'; readonly checks: readonly string[] }
  | { readonly verdict: 'admitted'; readonly decision: 'allow' | 'warn' | 'exempt' }
  | { readonly verdict: 'patched'; readonly decision: 'allow' | 'warn'; readonly paths: readonly string[] };

/** A pod as JSON; the demo only reads its place and its labels. */
export interface Pod {
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly [field: string]: unknown;
}

/** The synonyms of an engine's socket that a check by equality does not see; some reach more of the node besides. */
const socketSynonyms: readonly (readonly [path: string, ...checks: string[]])[] = [
  ['/run/docker.sock', 'engine-socket-mount'],
  ['//var//run/docker.sock/', 'engine-socket-mount'],
  ['var/run/docker.sock', 'engine-socket-mount'],
  ['/var/run', 'engine-socket-mount', 'host-path-protected'],
  ['/proc/1/root/run', 'engine-socket-mount', 'host-path-protected'],
  ['/run/containerd/containerd.sock', 'engine-socket-mount'],
  ['\\\\.\\pipe\\docker_engine', 'engine-socket-mount', 'host-path-protected'],
];

/** All scenarios, in the order in which they are told. */
export function scenarios(): readonly Scenario[] {
  const annotation = '/metadata/annotations/pratique.dev~1fuse-containers';
  return [
    {
      title: 'GitLab job that builds with img, label mount-fuse',
      pod: gitlab('01-img-build-no-limits'),
      expected: {
        verdict: 'patched',
        decision: 'allow',
        paths: [annotation, '/spec/containers/0/resources/limits', '/spec/runtimeClassName'],
      },
    },
    {
      title: 'GitLab job that builds with buildah and has limits of its own, label mount-fuse',
      pod: gitlab('02-buildah-limits-services'),
      expected: {
        verdict: 'patched',
        decision: 'warn',
        paths: [annotation, '/spec/containers/0/resources/limits/squat.ai~1fuse', '/spec/runtimeClassName'],
      },
    },
    {
      title: 'GitLab job with service docker:dind and privileged = true',
      pod: gitlab('03-dind-privileged-service-alias'),
      expected: { verdict: 'denied', checks: ['dind-image', 'privileged'] },
    },
    {
      title: 'GitLab job that mounts /var/run/docker.sock',
      pod: gitlab('04-docker-socket-hostpath'),
      expected: { verdict: 'denied', checks: ['engine-socket-mount'] },
    },
    ...socketSynonyms.map(
      ([path, ...checks], index): Scenario => ({
        title: `The socket by another name: ${path}`,
        pod: job(`job-${index + 1}`, { volumes: [{ name: 'engine', hostPath: { path } }] }),
        expected: { verdict: 'denied', checks },
      }),
    ),
    {
      title: 'Job that builds with kaniko',
      pod: job(
        'job-kaniko',
        {},
        { image: 'ghcr.io/osscontainertools/kaniko:v1.27.0', args: ['--context=dir:///workspace'] },
      ),
      expected: { verdict: 'admitted', decision: 'allow' },
    },
    {
      title: 'Node agent in its exempt namespace',
      pod: nodeAgent('fuse-device-plugin'),
      expected: { verdict: 'admitted', decision: 'exempt' },
    },
    {
      title: 'The same node agent elsewhere',
      pod: nodeAgent('gitlab'),
      expected: { verdict: 'denied', checks: ['host-path-protected', 'privileged'] },
    },
  ];
}

function gitlab(name: string): Pod {
  return JSON.parse(readFileSync(new URL(`../fixtures/gitlab/${name}.json`, import.meta.url), 'utf8')) as Pod;
}

function job(name: string, spec: object, container: object = {}): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'gitlab' },
    spec: { ...spec, containers: [{ name: 'build', image: 'registry.example.com/ci/build:1.0.0', ...container }] },
  };
}

function nodeAgent(namespace: string): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'generic-device-plugin', namespace },
    spec: {
      serviceAccountName: 'generic-device-plugin',
      containers: [
        {
          name: 'generic-device-plugin',
          image: 'ghcr.io/squat/generic-device-plugin:0.1.0',
          args: ['--device', '{"name": "fuse", "groups": [{"paths": [{"path": "/dev/fuse"}]}]}'],
          securityContext: { privileged: true },
          volumeMounts: [
            { name: 'device-plugin', mountPath: '/var/lib/kubelet/device-plugins' },
            { name: 'dev', mountPath: '/dev' },
          ],
        },
      ],
      volumes: [
        { name: 'device-plugin', hostPath: { path: '/var/lib/kubelet/device-plugins' } },
        { name: 'dev', hostPath: { path: '/dev' } },
      ],
    },
  };
}
