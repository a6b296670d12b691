import { hardenedContainer, hardenedPod } from '../hardened.ts';

const many = <T>(size: number, make: (index: number) => T): T[] =>
  Array.from({ length: size }, (_, index) => make(index));

const map = (size: number, key: (index: number) => string, value: string): Record<string, string> =>
  Object.fromEntries(many(size, (index) => [key(index), value]));

/** A pod with one container of these fields, and these of the pod's own. */
function pod(container: object, spec: object = {}, metadata: object = {}) {
  const clean = hardenedPod();
  return {
    ...clean,
    metadata: { ...clean.metadata, ...metadata },
    spec: { ...clean.spec, containers: [{ ...hardenedContainer('build'), ...container }], ...spec },
  };
}

const containers = (size: number, fields: (index: number) => object) =>
  pod(
    {},
    {
      securityContext: {},
      containers: many(size, (index) => ({ name: `c${index}`, image: 'docker:dind', ...fields(index) })),
    },
  );

const volumes = (size: number, fields: (index: number) => object, container: object = {}) =>
  pod(container, { volumes: many(size, (index) => ({ name: `v${index}`, ...fields(index) })) });

const variables = (size: number, value: (index: number) => string) => [
  { name: 'LONG', value: 'x'.repeat(4000) },
  ...many(size, (index) => ({ name: `V${index}`, value: value(index) })),
];

/**
 * Pods that grow in one place, or in two that something may hold against each other. `size` is how many there are of
 * what there is most of.
 */
export const largePods: Readonly<Record<string, (size: number) => object>> = {
  'containers that set nothing': (size) => containers(size, () => ({})),
  'containers of which every other one is root': (size) =>
    containers(size, (index) => ({ securityContext: index % 2 === 0 ? { runAsUser: 0 } : {} })),
  'containers of one name': (size) => containers(size, () => ({ name: 'same', securityContext: { runAsUser: 0 } })),
  'containers in which everything is wrong': (size) =>
    containers(size, () => ({
      command: ['env', '-S', 'A=b dockerd'],
      env: [{ name: 'DOCKER_HOST' }],
      ports: [{ containerPort: 2375, hostPort: 2375 }],
      resources: { limits: { 'squat.ai/fuse': '1' }, claims: [{ name: 'none' }] },
      securityContext: { privileged: true, capabilities: { add: ['all'] }, procMount: 'Unmasked' },
      volumeMounts: [{ name: 'work', mountPath: '/w', mountPropagation: 'Bidirectional' }],
    })),
  'init and ephemeral containers': (size) =>
    pod(
      {},
      {
        initContainers: many(size, (index) => ({ name: `i${index}` })),
        ephemeralContainers: many(size, (index) => ({ name: `e${index}` })),
      },
    ),
  'groups of the pod, one a root': (size) =>
    pod(
      {},
      {
        securityContext: { supplementalGroups: many(size, () => 0) },
        volumes: [{ name: 'v', hostPath: { path: '/cache' } }],
      },
    ),
  sysctls: (size) =>
    pod({}, { securityContext: { sysctls: many(size, (index) => ({ name: `kernel/x${index}`, value: '1=2' })) } }),
  tolerations: (size) => pod({}, { tolerations: many(size, () => ({ operator: 'Exists' })) }),
  'claims, and as many that nobody has': (size) =>
    pod(
      { resources: { claims: many(size, (index) => ({ name: `other${index}` })) } },
      { resourceClaims: many(size, (index) => ({ name: `claim${index}`, resourceClaimName: 'x' })) },
    ),
  'annotations of containers, and containers': (size) => ({
    ...containers(size, () => ({})),
    metadata: {
      annotations: map(size, (index) => `container.apparmor.security.beta.kubernetes.io/x${index}`, 'unconfined'),
    },
  }),
  'annotations of every kind': (size) =>
    pod(
      {},
      {},
      {
        annotations: {
          ...map(size, (index) => `seccomp-profile.crio.io/x${index}`, 'x'),
          ...map(size, (index) => `io.katacontainers.config.x${index}`, 'x'),
          ...map(size, (index) => `example.com/x${index}`, 'x'),
        },
      },
    ),
  'labels, and the one that asks': (size) =>
    pod({}, {}, { labels: { ...map(size, (index) => `x${index}`, 'x'), 'mount-fuse': 'true' } }),
  'a list of containers for the fuse device': (size) => ({
    ...containers(size, () => ({ resources: { limits: { 'squat.ai/fuse': '1', 'github.com/fuse': '1' } } })),
    metadata: {
      labels: { 'mount-fuse': 'true' },
      annotations: { 'pratique.dev/fuse-containers': many(size, (index) => `c${index}`).join(',') },
    },
  }),
  owners: (size) => pod({}, {}, { ownerReferences: many(size, (index) => ({ kind: 'Job', name: `x${index}` })) }),
  'host paths': (size) => volumes(size, (index) => ({ hostPath: { path: `/proc/1/root/x${index}` } })),
  'host paths with subPaths': (size) =>
    volumes(size, (index) => ({ hostPath: { path: `/cache/${index}` } }), {
      volumeMounts: many(size, (index) => ({
        name: `v${index}`,
        mountPath: '/x',
        subPath: `a/${index}`,
        subPathExpr: '$(A)',
      })),
    }),
  'many mounts of one long host path': (size) =>
    pod(
      { volumeMounts: many(size, (index) => ({ name: 'v', mountPath: '/x', subPath: `${index}` })) },
      { volumes: [{ name: 'v', hostPath: { path: `/cache${'/./x'.repeat(100)}` } }] },
    ),
  'volumes of sources that nobody knows': (size) =>
    volumes(size, (index) => ({ [`source${index}`]: {}, csi: { driver: 'x' }, nfs: {}, gitRepo: {} })),
  'sources of one projected volume': (size) =>
    volumes(1, () => ({ projected: { sources: many(size, () => ({ serviceAccountToken: {}, unknown: {} })) } })),
  'image volumes': (size) => volumes(size, (index) => ({ image: { reference: `docker:${index}-dind` } })),
  'fields of a securityContext that nobody knows': (size) =>
    pod({
      securityContext: {
        ...map(size, (index) => `x${index}`, 'x'),
        seccompProfile: map(size, (index) => `x${index}`, 'x'),
      },
    }),
  capabilities: (size) =>
    pod({ securityContext: { capabilities: { add: many(size, () => 'cap_x'), drop: many(size, () => 'all') } } }),
  'resources and as many requests': (size) =>
    pod({
      resources: {
        limits: map(size, (index) => `a.b/x${index}`, '1'),
        requests: map(size, (index) => `a.b/y${index}`, '1'),
      },
    }),
  ports: (size) => pod({ ports: many(size, () => ({ containerPort: 2375, hostPort: 2375 })) }),
  'variables and prefixes': (size) =>
    pod({ env: many(size, () => ({ name: 'DOCKER_HOST' })), envFrom: many(size, () => ({ prefix: 'DOCKER_' })) }),
  'variables that stand for much': (size) =>
    pod({ command: ['env', '$(V1)', '$(V2) dockerd'], env: variables(size, () => 'x$(LONG)') }),
  'words of which each has a long variable': (size) =>
    pod({ command: ['env', ...many(size, (index) => `A=$(LONG)${index}`), 'dockerd'], env: variables(1, () => 'x') }),
  'options of which each has a variable of its own': (size) =>
    pod({ command: ['k3s', ...many(size, (index) => `-$(V${index})`), 'server'], env: variables(size, () => 'x') }),
  'arguments of which each has a long variable': (size) =>
    pod({ command: ['app', ...many(size, (index) => `$(LONG)${index}`)], env: variables(1, () => 'dockerd') }),
  'variables of a probe': (size) =>
    pod({
      livenessProbe: { exec: { command: ['env', ...many(size, (index) => `$(LONG)${index}`)] } },
      env: variables(size, () => '$(LONG)'),
    }),
  'variables of one name': (size) =>
    pod({
      command: many(size, (index) => `$(V${index})`),
      env: [...many(size, () => ({ name: 'X', value: 'env' })), ...variables(size, () => '$(X)')],
    }),
  'words that start others': (size) => pod({ command: many(size, () => 'env'), args: many(size, () => '$(LONG)') }),
  'words that enter the node': (size) => pod({ command: many(size, () => 'nsenter'), args: ['dockerd'] }),
  'lines that split lines': (size) => pod({ command: ['env', ...many(size, () => '-S')], args: ['dockerd'] }),
  'options of one program': (size) => pod({ command: ['k3s', ...many(size, () => '-x')], args: ['server'] }),
};

/** A pod in which each variable stands for the two before it: 2^n characters, if anybody wrote them down. */
export function doublingVariables(size: number): object {
  const env = many(size, (index) => ({ name: `V${index}`, value: `$(V${index - 1})$(V${index - 2})` }));
  return pod({ command: [`$(V${size - 1})`, `$(V${size - 1}) dockerd`], env: [{ name: 'V-1', value: 'x' }, ...env] });
}
