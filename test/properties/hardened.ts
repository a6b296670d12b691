import type { GeneratedContainer, GeneratedPod } from './pods.ts';

/** JSON that is still being made. */
export type Draft = Record<string, unknown>;

const profiles = () => ({
  appArmorProfile: { type: 'RuntimeDefault' },
  runAsGroup: 1000,
  runAsNonRoot: true,
  runAsUser: 1000,
  seLinuxOptions: { level: 's0:c1,c2', role: '', type: 'container_t', user: '' },
  seccompProfile: { type: 'RuntimeDefault' },
  windowsOptions: { hostProcess: false, runAsUserName: 'ContainerUser' },
});

/** A container that says of each field of its securityContext that it is harmless, so that it inherits none. */
export function hardenedContainer(name: string): GeneratedContainer {
  return {
    name,
    image: 'registry.example.com/ci/app:1',
    securityContext: {
      ...profiles(),
      allowPrivilegeEscalation: false,
      capabilities: { add: ['NET_BIND_SERVICE'], drop: ['ALL'] },
      privileged: false,
      procMount: 'Default',
      readOnlyRootFilesystem: true,
    },
  };
}

/** A pod in which no check of profile strict finds anything; its containers inherit nothing. */
export function hardenedPod(containers: readonly string[] = ['build']): GeneratedPod {
  return {
    metadata: { name: 'job', labels: { app: 'job' }, annotations: { 'example.com/owner': 'team' } },
    spec: {
      automountServiceAccountToken: false,
      containers: containers.map(hardenedContainer),
      runtimeClassName: 'untrusted',
      securityContext: { ...profiles(), fsGroup: 1000, supplementalGroups: [1000] },
      volumes: [{ name: 'work', emptyDir: {} }],
    },
  };
}

/** A pod with a harmless value in each field that something may look at, and with nothing to find at profile strict. */
export function maximalPod(): GeneratedPod {
  const pod = hardenedPod();
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    ...pod,
    metadata: {
      ...pod.metadata,
      namespace: 'gitlab',
      ownerReferences: [{ apiVersion: 'batch/v1', kind: 'Job', name: 'job', uid: '1', controller: true }],
    } as GeneratedPod['metadata'],
    spec: {
      ...pod.spec,
      containers: [maximalContainer('build')],
      initContainers: [{ ...maximalContainer('prepare'), restartPolicy: 'Always' }],
      ephemeralContainers: [{ ...maximalContainer('debugger'), targetContainerName: 'build' }],
      ...harmlessPodFields(),
      volumes: [
        { name: 'work', emptyDir: {} },
        { name: 'settings', configMap: { name: 'settings' } },
        { name: 'token', projected: { sources: [{ serviceAccountToken: { path: 'token', audience: 'sigstore' } }] } },
        { name: 'data', image: { reference: 'registry.example.com/ci/data:1', pullPolicy: 'Always' } },
      ],
    },
  };
}

function harmlessPodFields(): Draft {
  return {
    hostIPC: false,
    hostNetwork: false,
    hostPID: false,
    hostUsers: true,
    nodeName: '',
    os: { name: 'linux' },
    priorityClassName: 'low',
    resourceClaims: [],
    resources: { limits: { cpu: '2' }, requests: { cpu: '2' }, claims: [] },
    securityContext: {
      ...profiles(),
      fsGroup: 1000,
      supplementalGroups: [1000],
      sysctls: [{ name: 'net.ipv4.tcp_syncookies', value: '1' }],
    },
    serviceAccount: 'runner',
    serviceAccountName: 'runner',
    shareProcessNamespace: false,
    tolerations: [{ key: 'example.com/ci', operator: 'Exists', effect: 'NoSchedule' }],
  };
}

function maximalContainer(name: string): GeneratedContainer {
  const exec = { exec: { command: ['true', '-x'] } };
  const asked = { httpGet: { host: '', path: '/', port: 80 }, tcpSocket: { host: '', port: 80 } };
  return {
    ...hardenedContainer(name),
    command: ['/bin/app', '--serve'],
    args: ['--port', '80'],
    env: [
      { name: 'CI', value: 'true' },
      { name: 'FROM', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
    ],
    envFrom: [{ prefix: 'APP_', configMapRef: { name: 'settings' } }],
    ports: [{ name: 'http', containerPort: 8080, hostPort: 0, protocol: 'TCP' }],
    volumeMounts: [
      {
        name: 'work',
        mountPath: '/work',
        mountPropagation: 'None',
        readOnly: true,
        recursiveReadOnly: 'Disabled',
        subPath: 'a',
      },
      { name: 'settings', mountPath: '/settings', subPathExpr: '$(CI)' },
    ],
    resources: { limits: { cpu: '1' }, requests: { cpu: '1' }, claims: [] },
    livenessProbe: { ...exec, ...asked },
    readinessProbe: { ...exec, ...asked },
    startupProbe: { ...exec, ...asked },
    lifecycle: { postStart: { ...exec, ...asked }, preStop: { ...exec, ...asked } },
  };
}
