import type { WrittenCase } from '../checks/case.ts';

const limits = { limits: { cpu: '2', memory: '4Gi' }, requests: { cpu: '1', memory: '2Gi' } };
const named = (...names: readonly string[]) => names.map((name) => ({ name }));

/** The pods of build jobs as CI systems make them, shortened to what a policy that grants a device sees of them. */
export const buildPods: readonly WrittenCase[] = [
  {
    name: "GitLab's job pod",
    spec: { containers: named('build', 'helper'), initContainers: named('init-permissions') },
  },
  {
    name: "GitLab's job pod with limits",
    spec: { containers: [{ name: 'build', resources: limits }, { name: 'helper' }] },
  },
  {
    name: "GitLab's job pod after an injector has put its sidecar first",
    spec: {
      containers: [
        { name: 'istio-proxy', resources: limits },
        { name: 'build', resources: limits },
        { name: 'helper' },
      ],
    },
  },
  {
    name: "Argo Workflows' pod, whose first container is its own",
    spec: { containers: [{ name: 'wait' }, { name: 'main', resources: limits }], initContainers: named('init') },
  },
  {
    name: "Jenkins' agent pod, with the containers in no order",
    spec: { containers: named('tools', 'jnlp', 'builder') },
  },
  {
    name: "Tekton's pod with two steps",
    spec: { containers: named('step-clone', 'step-build'), initContainers: named('prepare') },
  },
  { name: "ARC's job pod", spec: { containers: named('job'), initContainers: named('fs-init') } },
  { name: "Buildkite's pod", spec: { containers: named('container-0', 'agent', 'checkout') } },
  { name: "Woodpecker's pod of one step", spec: { containers: [{ name: 'wp-1', resources: limits }] } },
  {
    name: 'a pod that names the container itself',
    metadata: { annotations: { 'pratique.dev/fuse-containers': 'builder' } },
    spec: { containers: [{ name: 'tools' }, { name: 'builder', resources: limits }] },
  },
];
