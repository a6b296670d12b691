import { describe, expect, test } from 'vitest';
import { configurationOf } from '../../test/harness/rules.ts';
import { customResources } from '../facts/custom-resources.ts';
import { type Judge, judgeCiFile, judgeManifest } from './judge.ts';
import { type ManifestObject, parseDocument } from './parse.ts';
import { compileSubjects } from './subjects.ts';

const document = { mountFuse: { namespaces: ['gitlab'] }, namespaces: [{ match: ['watched'], mode: 'audit' }] };

function judgeFor(namespace?: string): Judge {
  return {
    configuration: configurationOf(document),
    anywhere: () => configurationOf({ ...document, mountFuse: { namespaces: ['**'], acceptGlob: true } }),
    subjectsOf: compileSubjects(customResources),
    namespace,
    clock: 0,
  };
}

function objectOf(text: string): ManifestObject {
  const parsed = parseDocument({ index: 0, line: 1, text });
  if (parsed.kind === 'invalid') throw new Error(JSON.stringify(parsed.problems));
  const [object] = parsed.objects;
  if (object === undefined) throw new Error('There is no object.');
  return object;
}

/** check, action, pointer and line of each finding. */
function told(text: string, namespace?: string): readonly string[] {
  const judged = judgeManifest(objectOf(text), 'a.yaml', judgeFor(namespace));
  if (judged === undefined || 'error' in judged) return [JSON.stringify(judged)];
  return judged.result.findings.map(({ check, action, pointer, at }) => `${check} ${action} ${pointer} ${at?.line}`);
}

const privileged = '{ name: a, image: b, securityContext: { privileged: true } }';

test('a pod is judged under its own namespace, then under the one that is given', () => {
  const pod = (namespace: string) =>
    `apiVersion: v1\nkind: Pod\nmetadata: { name: p${namespace} }\nspec:\n  containers: [${privileged}]\n`;
  const at = '/spec/containers/0/securityContext/privileged 5';
  expect(told(pod(''))).toEqual([`privileged deny ${at}`]);
  expect(told(pod(''), 'watched')).toEqual([`privileged audit ${at}`]);
  expect(told(pod(', namespace: jobs'), 'watched')).toEqual([`privileged deny ${at}`]);
});

describe('a pod that asks for the device', () => {
  const pod = (more = '') =>
    `apiVersion: v1\nkind: Pod\nmetadata:\n  labels: { mount-fuse: "true" }\n  ${more}\nspec: { containers: [{ name: a, image: b }] }\n`;

  test('is judged as the mutation would leave it', () => {
    expect(told(pod('namespace: gitlab'))).toEqual([]);
  });

  test('is denied where nobody may ask', () => {
    expect(told(pod('namespace: other')).map((one) => one.split(' ').slice(0, 2).join(' '))).toContain(
      'fuse-contract deny',
    );
  });

  test('and does not say where it will be is noted, and no more', () => {
    expect(told(pod())).toEqual(['fuse-contract audit /metadata/labels/mount-fuse 4']);
    expect(told(pod(), 'gitlab')).toEqual([]);
  });
});

test('kinds that hold no pod, and what is no object of Kubernetes, are passed over', () => {
  for (const text of [
    'apiVersion: v1\nkind: ConfigMap\n',
    'kind: Pod\n',
    'apiVersion: example.com/v1\nkind: Task\n',
    'a: b\n',
  ]) {
    expect(judgeManifest(objectOf(text), 'a.yaml', judgeFor())).toBeUndefined();
  }
});

test('a field of a wrong type is an error with its place', () => {
  const text = 'apiVersion: v1\nkind: Pod\nspec:\n  containers:\n    - name: a\n      image: 7\n';
  expect(judgeManifest(objectOf(text), 'a.yaml', judgeFor())).toEqual({
    error: {
      file: 'a.yaml',
      document: 0,
      at: { line: 6, column: 7 },
      message: 'Pod: /spec/containers/0/image is not a string',
    },
  });
});

test('a field of a wrong type in a part of a custom resource is told where it is', () => {
  const text = 'apiVersion: tekton.dev/v1\nkind: Task\nspec:\n  sidecars:\n    - { name: a, image: 7 }\n';
  expect(told(text)[0]).toContain('Task: /spec/sidecars/0/image is not a string');
});

describe('custom resources', () => {
  test.each([
    ['tekton.dev/v1', 'Task', 'spec: { steps: [$C] }', '/spec/steps/0'],
    ['tekton.dev/v1', 'Task', 'spec: { sidecars: [$C] }', '/spec/sidecars/0'],
    [
      'tekton.dev/v1',
      'Task',
      'spec: { stepTemplate: $C, steps: [{ name: other, image: other }] }',
      '/spec/stepTemplate',
    ],
    ['tekton.dev/v1beta1', 'StepAction', 'spec: $C', '/spec'],
    ['tekton.dev/v1', 'TaskRun', 'spec: { taskSpec: { steps: [$C] } }', '/spec/taskSpec/steps/0'],
    [
      'tekton.dev/v1',
      'Pipeline',
      'spec: { finally: [{ name: a, taskSpec: { steps: [$C] } }] }',
      '/spec/finally/0/taskSpec/steps/0',
    ],
    [
      'tekton.dev/v1',
      'PipelineRun',
      'spec: { pipelineSpec: { tasks: [{ taskSpec: {} }, { taskSpec: { steps: [$C] } }] } }',
      '/spec/pipelineSpec/tasks/1/taskSpec/steps/0',
    ],
    ['argoproj.io/v1alpha1', 'Workflow', 'spec: { templates: [{ container: $C }] }', '/spec/templates/0/container'],
    ['argoproj.io/v1alpha1', 'Workflow', 'spec: { templates: [{ script: $C }] }', '/spec/templates/0/script'],
    [
      'argoproj.io/v1alpha1',
      'WorkflowTemplate',
      'spec: { templates: [{ containerSet: { containers: [$C] } }] }',
      '/spec/templates/0/containerSet/containers/0',
    ],
    [
      'argoproj.io/v1alpha1',
      'CronWorkflow',
      'spec: { workflowSpec: { templates: [{ sidecars: [$C] }] } }',
      '/spec/workflowSpec/templates/0/sidecars/0',
    ],
    ['argoproj.io/v1alpha1', 'Rollout', 'spec: { template: { spec: $P } }', '/spec/template/spec/containers/0'],
    [
      'actions.github.com/v1alpha1',
      'AutoscalingRunnerSet',
      'spec: { template: { spec: { containers: [], initContainers: [$C] } } }',
      '/spec/template/spec/initContainers/0',
    ],
    [
      'actions.summerwind.dev/v1alpha1',
      'RunnerDeployment',
      'spec: { template: { spec: { sidecarContainers: [$C] } } }',
      '/spec/template/spec/sidecarContainers/0',
    ],
    ['shipwright.io/v1beta1', 'ClusterBuildStrategy', 'spec: { steps: [$C] }', '/spec/steps/0'],
    ['serving.knative.dev/v1', 'Service', 'spec: { template: { spec: $P } }', '/spec/template/spec/containers/0'],
    [
      'batch.volcano.sh/v1alpha1',
      'Job',
      'spec: { tasks: [{ template: { spec: $P } }] }',
      '/spec/tasks/0/template/spec/containers/0',
    ],
    ['sparkoperator.k8s.io/v1beta2', 'SparkApplication', 'spec: { driver: $C }', '/spec/driver'],
    [
      'ray.io/v1',
      'RayCluster',
      'spec: { workerGroupSpecs: [{ template: { spec: $P } }] }',
      '/spec/workerGroupSpecs/0/template/spec/containers/0',
    ],
    [
      'kubeflow.org/v1',
      'PyTorchJob',
      'spec: { pytorchReplicaSpecs: { Worker: { template: { spec: $P } } } }',
      '/spec/pytorchReplicaSpecs/Worker/template/spec/containers/0',
    ],
    ['monitoring.coreos.com/v1', 'Prometheus', 'spec: $P', '/spec/containers/0'],
    ['upgrade.cattle.io/v1', 'Plan', 'spec: { upgrade: $C }', '/spec/upgrade'],
  ])('%s %s with %s', (apiVersion, kind, body, at) => {
    const spec = body.replace('$P', '{ containers: [$C] }').replace('$C', privileged);
    expect(told(`apiVersion: ${apiVersion}\nkind: ${kind}\n${spec}\n`)).toEqual([
      `privileged deny ${at}/securityContext/privileged 3`,
    ]);
  });

  test('the disks of a virtual machine that are files of the node', () => {
    const text = [
      'apiVersion: kubevirt.io/v1',
      'kind: VirtualMachine',
      'spec:',
      '  template:',
      '    spec:',
      '      domain: { devices: {} }',
      '      volumes:',
      '        - { name: boot, containerDisk: { image: quay.io/containerdisks/fedora } }',
      '        - { name: root, hostDisk: { path: /var/lib/docker/disk.img, type: Disk } }',
    ].join('\n');
    expect(told(text)).toEqual(['engine-socket-mount deny /spec/template/spec/volumes/1/hostDisk/path 9']);
    expect(told(text.replace('/var/lib/docker/disk.img', '7'))[0]).toContain(
      'VirtualMachine: /spec/template/spec/volumes/1',
    );
  });

  test('volumes and what all of the pod has in common are told with their places', () => {
    const text = [
      'apiVersion: argoproj.io/v1alpha1',
      'kind: Workflow',
      'spec:',
      '  hostNetwork: true',
      '  volumes: [{ name: sock, hostPath: { path: /var/run/docker.sock } }]',
      '  templates: [{ container: { image: a } }]',
    ].join('\n');
    expect(told(text)).toEqual([
      'engine-socket-mount deny /spec/volumes/0/hostPath/path 5',
      'host-network deny /spec/hostNetwork 4',
    ]);
  });
});

describe("a CI system's job file", () => {
  function warned(text: string, system: 'GitLab' | 'GitHub'): readonly string[] {
    const { findings, verdict } = judgeCiFile(objectOf(text), 'ci.yml', system);
    expect(verdict).toBe(findings.length === 0 ? 'allow' : 'warn');
    return findings.map(({ check, pointer, at }) => `${check} ${pointer} ${at?.line}`);
  }

  test('of GitLab, with all that asks for an engine', () => {
    const text = [
      'services: [{ name: "docker:dind", alias: docker }]',
      'variables: { DOCKER_HOST: "tcp://docker:2375", OTHER: x }',
      'build:',
      '  image: docker:29-cli',
      '  services: [postgres:17, "registry.example:5000/mirror/docker:27-dind"]',
      '  script:',
      '    - echo docker builds are slow',
      '    - docker build -t a .',
      '    - [docker --context x buildx build ., "cd x && docker push a"]',
      '  variables: { DOCKER_TLS_CERTDIR: "" }',
    ].join('\n');
    expect(warned(text, 'GitLab')).toEqual([
      'dind-image /services/0/name 1',
      'engine-host-env /variables/DOCKER_HOST 2',
      'dind-image /build/services/1 5',
      'engine-image /build/image 4',
      'engine-host-env /build/variables/DOCKER_TLS_CERTDIR 10',
      'engine-command-text /build/script/1 8',
      'engine-command-text /build/script/2/0 9',
      'engine-command-text /build/script/2/1 9',
    ]);
  });

  test('of GitLab, that builds without an engine', () => {
    const text = [
      'build:',
      '  image: { name: quay.io/buildah/stable, entrypoint: [""] }',
      '  variables: { STORAGE_DRIVER: overlay }',
      '  script: [buildah build -t a ., "echo docker build"]',
    ].join('\n');
    expect(warned(text.replace(', "echo docker build"', ''), 'GitLab')).toEqual([]);
  });

  test('of GitHub, on runners of the site', () => {
    const text = [
      'on: push',
      'jobs:',
      '  build:',
      '    runs-on: arc-runners',
      '    container: { image: "docker:29-dind", options: --cpus 1 --privileged }',
      '    services: { docker: { image: "docker:dind", volumes: ["/var/run/docker.sock:/var/run/docker.sock"] } }',
      '    env: { DOCKER_HOST: x }',
      '    steps:',
      '      - run: docker buildx build .',
      '      - uses: docker://docker:dind',
    ].join('\n');
    expect(warned(text, 'GitHub')).toEqual([
      'dind-image /jobs/build/container/image 5',
      'dind-image /jobs/build/steps/1/uses 10',
      'dind-image /jobs/build/services/docker/image 6',
      'engine-host-env /jobs/build/env/DOCKER_HOST 7',
      'engine-command-text /jobs/build/steps/0/run 9',
      'engine-command-text /jobs/build/container/options 5',
      'engine-command-text /jobs/build/services/docker/volumes/0 6',
    ]);
  });

  test("of GitHub, on GitHub's own runners, is left alone", () => {
    const text = 'jobs:\n  build:\n    runs-on: ubuntu-latest\n    steps: [{ run: docker build . }]\n';
    expect(warned(text, 'GitHub')).toEqual([]);
    expect(warned(text.replace('ubuntu-latest', '[self-hosted, ubuntu-24]'), 'GitHub')).toHaveLength(1);
  });
});
