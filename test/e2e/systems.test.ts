import { readFileSync } from 'node:fs';
import { parse as parseToml } from 'smol-toml';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { customResources } from '../../src/facts/custom-resources.ts';
import { compileSubjects } from '../../src/manifests/subjects.ts';
import type { ApiObject } from '../harness/api-client.ts';
import { root } from '../harness/verdict-places.ts';
import { waitFor } from '../harness/waiting.ts';
import { type GuardedCluster, startGuardedCluster } from './guarded-cluster.ts';
import type { PodObject } from './pods.ts';
import { configurationIn } from './verdict-configuration.ts';
import { documentsOf, podOf } from './verdict-objects.ts';

type Json = Readonly<Record<string, unknown>>;

const read = (file: string) => readFileSync(`${root}deploy/${file}`, 'utf8');
const podIn = (file: string) => parse(read(file), { version: '1.1' }) as PodObject;

const classPath = '/apis/node.k8s.io/v1/runtimeclasses';
let guard: GuardedCluster;
beforeAll(async () => {
  guard = await startGuardedCluster({
    configuration: configurationIn('deploy/gitlab/pratique.yaml'),
    namespaces: ['arc-runners', 'buildkite', 'tekton-builds'],
  });
});
afterEach(({ task }) => guard.afterTest(task));
afterAll(() => guard?.stop());

describe('the class `untrusted`', () => {
  test('of Kata gives a build that never named it overhead, nodes and tolerations, and leaves its limits', async () => {
    await replaceClass('runtime-classes/kata.yaml');
    const { overhead, scheduling } = parse(read('runtime-classes/kata.yaml')) as {
      readonly overhead: { readonly podFixed: Json };
      readonly scheduling: { readonly nodeSelector: Json; readonly tolerations: readonly Json[] };
    };
    const spec = await admitted((one) => one['overhead'] !== undefined);
    expect(spec).toMatchObject({
      runtimeClassName: 'untrusted',
      overhead: overhead.podFixed,
      nodeSelector: scheduling.nodeSelector,
      tolerations: expect.arrayContaining([...scheduling.tolerations]),
    });
    expect(spec.containers[0]?.resources).toEqual({
      limits: { memory: '4Gi', 'squat.ai/fuse': '1' },
      requests: { cpu: '1', memory: '4Gi', 'squat.ai/fuse': '1' },
    });
  });

  test('of gVisor selects its nodes, without overhead', async () => {
    await replaceClass('runtime-classes/gvisor.yaml');
    const spec = await admitted(
      ({ nodeSelector }) => (nodeSelector as Json)?.['sandbox.gvisor.dev/runtime'] === 'runsc',
    );
    expect(spec['overhead']).toBeUndefined();
  });

  test('refuses a build that selects other nodes', async () => {
    const build = podIn('gitlab/buildah.pod.yaml');
    const elsewhere = { ...build, spec: { ...build.spec, nodeSelector: { 'sandbox.gvisor.dev/runtime': 'other' } } };
    const { status, body } = await guard.create(elsewhere, { dryRun: true });
    expect({ status, message: body['message'] }).toEqual({
      status: 403,
      message: expect.stringContaining('conflict: runtimeClass.scheduling.nodeSelector'),
    });
  });

  test('leaves alone what has no label: runc keeps it', async () => {
    const { status, body } = await guard.create(podIn('runtime-classes/trusted.pod.yaml'), { dryRun: true });
    expect(status).toBe(201);
    for (const field of ['runtimeClassName', 'overhead', 'nodeSelector']) expect(body.spec[field]).toBeUndefined();
  });

  test('is missed by name', async () => {
    await guard.cluster.api.expect('DELETE', `${classPath}/untrusted`);
    const message = await waitFor('the refusal', async () => {
      const { status, body } = await guard.create(podIn('gitlab/buildah.pod.yaml'), { dryRun: true });
      return status === 403 ? String(body['message']) : undefined;
    });
    expect(message).toContain('RuntimeClass "untrusted" not found');
  });
});

test('the device plugin is created, and what its DaemonSet makes, once its exemption is in force', async () => {
  const [namespace, account, daemonSet] = documentsOf(
    read('fuse-device-plugin/daemonset.yaml'),
  ) as readonly ApiObject[];
  const { api } = guard.cluster;
  const inNamespace = (group: string, resource: string) => `${group}/namespaces/fuse-device-plugin/${resource}`;
  await api.expect('POST', '/api/v1/namespaces', namespace);
  await api.expect('POST', inNamespace('/api/v1', 'serviceaccounts'), account);
  if (daemonSet === undefined) throw new Error('daemonset.yaml holds no DaemonSet.');
  const pod = podOf(daemonSet) as PodObject;
  const before = await guard.create(pod, { dryRun: true });
  expect(before.status).toBe(403);
  await guard.configure(configurationIn('deploy/fuse-device-plugin/pratique.yaml'));
  await waitFor('the exemption', async () => (await guard.create(pod)).status === 201);
  const created = await api.request('POST', inNamespace('/apis/apps/v1', 'daemonsets'), daemonSet);
  expect(created).toMatchObject({ status: 201, warnings: [] });
  expect(await guard.recordOf(pod, { decision: 'exempt' })).toMatchObject({
    exemption: 'generic-device-plugin',
  });
});

test('kubectl refuses the field of 2018, of which the API server only says that it does not know it', async () => {
  const pod = {
    ...podIn('runtime-classes/trusted.pod.yaml'),
    spec: { containers: [{ name: 'img', image: 'registry.example.com/ci/img:1', securityContext: { rawProc: true } }] },
  };
  const unknown = 'unknown field "spec.containers[0].securityContext.rawProc"';
  const { status, warnings } = await guard.create(pod, { dryRun: true });
  expect({ status, warnings }).toEqual({ status: 201, warnings: [unknown] });
  const { code, stderr } = await guard.cluster.kubectl(['create', '--dry-run=server', '--filename=-'], {
    input: JSON.stringify(pod),
  });
  expect(code).toBe(1);
  expect(stderr).toContain(unknown);
});

test.each([
  ['arc', 'arc/dind.pod.yaml', '/api/v1/namespaces/arc-runners/pods'],
  ['buildkite', 'buildkite/dind.job.yaml', '/apis/batch/v1/namespaces/buildkite/jobs'],
])('%s is denied by the status at which its controller gives up', async (system, file, path) => {
  await guard.configure(configurationIn(`deploy/${system}/pratique.yaml`));
  const isRefused = async () => {
    const { status, body } = await guard.cluster.api.request('POST', path, parse(read(file)), { dryRun: true });
    return status === 422 && body.reason === 'Invalid';
  };
  await waitFor('the denial', isRefused);
});

describe('GitLab', () => {
  const builds = ['buildah', 'buildkit', 'img'];

  test.each([
    ['builders-values.yaml', builds],
    ['values.yaml', ['kaniko']],
  ] as const)(
    '%s makes of a job the pod that is shown: its labels, its privilege and what `build` runs as',
    (values, pods) => {
      const runner = runnerIn(values);
      for (const name of pods) {
        const { metadata, spec } = podIn(`gitlab/${name}.pod.yaml`);
        const labels = metadata['labels'] as Json;
        expect(labels).toMatchObject(runner.pod_labels ?? {});
        expect(labels['mount-fuse']).toBe(runner.pod_labels?.['mount-fuse']);
        const context = (spec.containers[0]?.['securityContext'] ?? {}) as Json;
        const { run_as_user: runAsUser, capabilities } = runner.build_container_security_context ?? {};
        expect(context['runAsUser']).toBe(runAsUser);
        if (capabilities !== undefined) expect(context['capabilities']).toEqual(capabilities);
        expect(metadata.namespace).toBe(runner.namespace);
        const mounts = (spec.containers[0]?.['volumeMounts'] ?? []) as readonly Json[];
        for (const volume of runner.volumes?.empty_dir ?? []) {
          expect(mounts).toContainEqual({ name: volume.name, mountPath: volume.mount_path });
        }
      }
    },
  );

  test('dind-values.yaml makes every container privileged, or gives it the engine of the node', () => {
    const runner = runnerIn('dind-values.yaml');
    expect(runner.privileged).toBe(true);
    expect(runner.volumes?.host_path?.map(({ host_path: path }) => path)).toEqual(['/var/run/docker.sock']);
  });
});

test('the hook of ARC gives the pods of jobs their label, user and storage', () => {
  const { data } = parse(read('arc/builder-hook.yaml')) as { readonly data: { readonly content: string } };
  const hook = parse(data.content) as {
    readonly metadata: Json;
    readonly spec: { readonly containers: readonly Json[]; readonly volumes: readonly Json[] };
  };
  const [{ name, volumeMounts, ...job } = {}] = hook.spec.containers;
  expect(name).toBe('$job');
  for (const build of ['buildah', 'buildkit']) {
    const { metadata, spec } = podIn(`arc/${build}.pod.yaml`);
    expect(metadata).toMatchObject(hook.metadata);
    expect(spec.containers[0]).toMatchObject(job);
    expect(spec.containers[0]?.['volumeMounts']).toEqual(expect.arrayContaining(volumeMounts as unknown[]));
    expect(spec['volumes']).toEqual(expect.arrayContaining([...hook.spec.volumes]));
  }
});

test.each([
  ...['buildah', 'buildkit', 'kaniko', 'privileged'].map((name) => [`tekton/${name}`]),
  ...['buildah', 'buildkit', 'kaniko', 'dind'].map((name) => [`argo-workflows/${name}`]),
])('%s has in its pod each image and security context of its source', (name) => {
  const subjectsOf = compileSubjects(customResources);
  const sources = documentsOf(read(`${name}.yaml`)).flatMap((object) => subjectsOf(object, ''));
  const written = sources.flatMap((subject) => (subject.kind === 'pod' ? subject.containers : []));
  expect(written.length).toBeGreaterThan(0);
  const made = podIn(`${name}.pod.yaml`).spec.containers.map(({ image, securityContext }) => ({
    image,
    securityContext,
  }));
  for (const { value } of written) {
    const { image, securityContext } = value as Json;
    expect(made).toContainEqual({ image, securityContext });
  }
});

test('without the annotation a Task of one step gets the device there, and one of several is denied', async () => {
  await guard.configure(configurationIn('deploy/tekton/pratique.yaml'));
  await replaceClass('runtime-classes/kata.yaml');
  const { metadata, spec, ...head } = podIn('tekton/buildah.pod.yaml');
  const { annotations: _, ...unsaid } = metadata;
  const one: PodObject = { ...head, metadata: unsaid, spec };
  const chosen = await waitFor('the configuration', async () => {
    const { status, body } = await guard.create(one, { dryRun: true });
    return status === 201 ? body.metadata.annotations?.['pratique.dev/fuse-containers'] : undefined;
  });
  expect(chosen).toBe('step-build');
  const containers = [...spec.containers, { name: 'step-test', image: 'registry.example.com/ci/test:1' }];
  const { status, body } = await guard.create({ ...one, spec: { ...spec, containers } }, { dryRun: true });
  expect({ status, message: body['message'] }).toEqual({
    status: 403,
    message: expect.stringContaining('[fuse-contract]'),
  });
});

/** A runner of config.toml, as far as it makes pods. */
interface KubernetesRunner {
  readonly namespace: string;
  readonly privileged: boolean;
  readonly pod_labels?: Readonly<Record<string, string>>;
  readonly build_container_security_context?: { readonly run_as_user?: number; readonly capabilities?: Json };
  readonly volumes?: {
    readonly empty_dir?: readonly { readonly name: string; readonly mount_path: string }[];
    readonly host_path?: readonly { readonly host_path: string }[];
  };
}

function runnerIn(values: string): KubernetesRunner {
  const { runners } = parse(read(`gitlab/${values}`)) as { readonly runners: { readonly config: string } };
  const toml = parseToml(runners.config) as unknown as {
    readonly runners: readonly { readonly executor: string; readonly kubernetes: KubernetesRunner }[];
  };
  const [runner] = toml.runners;
  if (runner?.executor !== 'kubernetes') throw new Error(`${values} has no runner of the executor kubernetes.`);
  return runner.kubernetes;
}

/** Takes the class away and makes the one of a file. */
async function replaceClass(file: string): Promise<void> {
  await guard.cluster.api.request('DELETE', `${classPath}/untrusted`);
  await guard.cluster.api.expect('POST', classPath, parse(read(file)));
}

/** The spec of a build as it is admitted, once the API server knows the class that was made a moment ago. */
async function admitted(isOfClass: (spec: Json) => boolean): Promise<PodObject['spec']> {
  return waitFor('the class', async () => {
    const { status, body } = await guard.create(podIn('gitlab/buildah.pod.yaml'), { dryRun: true });
    return status === 201 && isOfClass(body.spec) ? body.spec : undefined;
  });
}
