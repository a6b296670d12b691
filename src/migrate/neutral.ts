import type { WrittenCase } from '../checks/case.ts';

const container = (fields: Readonly<Record<string, unknown>>) => ({
  spec: { containers: [{ name: 'main', ...fields }] },
});

/**
 * Pods in which no check of profile strict finds anything once the rest of them is good, and that differ in what policies
 * of others often ask for: without them a rule about tags would be taken for one about what pods with odd tags do.
 */
export const neutralPods: readonly WrittenCase[] = [
  { name: 'an ordinary pod' },
  { name: 'the tag latest', ...container({ image: 'registry.example/app:latest' }) },
  { name: 'no tag', ...container({ image: 'registry.example/app' }) },
  { name: 'a digest', ...container({ image: `registry.example/app@sha256:${'0'.repeat(64)}` }) },
  { name: 'an image of Docker Hub', ...container({ image: 'alpine:3.22' }) },
  { name: 'an image of ghcr.io', ...container({ image: 'ghcr.io/example/app:1' }) },
  { name: 'no limits', ...container({ resources: {} }) },
  { name: 'a limit of memory only', ...container({ resources: { limits: { memory: '1Gi' } } }) },
  { name: 'a root file system that is writable', ...container({ securityContext: { readOnlyRootFilesystem: false } }) },
  {
    name: 'probes',
    ...container({ livenessProbe: { httpGet: { port: 8080 } }, readinessProbe: { httpGet: { port: 8080 } } }),
  },
  { name: 'images that are always pulled', ...container({ imagePullPolicy: 'Always' }) },
  { name: 'a port', ...container({ ports: [{ containerPort: 8080 }] }) },
  { name: 'a secret in the environment', ...container({ envFrom: [{ secretRef: { name: 'settings' } }] }) },
  { name: 'a label for a team', metadata: { labels: { team: 'a', owner: 'a', environment: 'test' } } },
  { name: 'two containers', spec: { containers: [{ name: 'main' }, { name: 'helper' }] } },
  { name: 'an init container', spec: { initContainers: [{ name: 'init' }] } },
  { name: 'a service account', spec: { serviceAccountName: 'builder' } },
  { name: 'a priority', spec: { priorityClassName: 'low' } },
  { name: 'a place to pull images with', spec: { imagePullSecrets: [{ name: 'registry' }] } },
  {
    name: 'volumes of its own',
    spec: {
      volumes: [
        { name: 'work', emptyDir: {} },
        { name: 'settings', configMap: { name: 'settings' } },
      ],
    },
  },
];
