import type { Draft } from '../hardened.ts';
import {
  inAnnotation,
  inCommand,
  inContext,
  inList,
  inOwnContext,
  inSpec,
  inVolume,
  list,
  one,
  type Sin,
  within,
} from './sin-makers.ts';

const hostPath = (path: string): Draft => ({ hostPath: { path } });
const hostPaths = (first: string, ...others: readonly string[]): [Draft, ...Draft[]] => [
  hostPath(first),
  ...others.map(hostPath),
];

const images = (check: string, ...references: readonly [string, ...string[]]): Sin => ({
  check,
  commit: (_, container, variant) => {
    container['image'] = one(references, variant);
  },
});

/** A command that is named by a variable, as the kubelet expands it. */
const expanded: Sin = {
  check: 'engine-command',
  commit: (_, container, variant) => {
    list(container, 'env').push({ name: 'ENGINE', value: one(['dockerd', 'containerd', '/usr/bin/crio'], variant) });
    Object.assign(container, { command: [one(['$(ENGINE)', 'tini', 'env'], variant), '$(ENGINE)'] });
  },
};

const subPath: Sin = {
  check: 'engine-socket-mount',
  commit: ({ spec }, container) => {
    list(spec, 'volumes').push({ name: 'below', hostPath: { path: '/data' } });
    list(container, 'volumeMounts').push({ name: 'below', mountPath: '/below', subPath: 'x/docker.sock' });
  },
};

const fuse: Sin = {
  check: 'fuse-contract',
  commit: ({ metadata }, container, variant) => {
    if (variant % 2 === 0) within(metadata, 'labels')['mount-fuse'] = 'true';
    const resources = within(within(container, 'resources'), one(['limits', 'requests'], variant));
    resources[one(['squat.ai/fuse', 'github.com/fuse', 'smarter-devices/fuse'], variant)] = '1';
  },
};

const label: Sin = {
  check: 'fuse-label',
  commit: ({ metadata }, _, variant) => {
    within(metadata, 'labels')['mount-fuse'] = one(['yes', 'True', ''], variant);
  },
};

const rootGroup: Sin = {
  check: 'root-group',
  commit: ({ spec }, container, variant) => {
    const context = within(spec, 'securityContext');
    if (variant % 4 === 0) context['fsGroup'] = 0;
    else if (variant % 4 === 1) list(context, 'supplementalGroups').push(999);
    else if (variant % 4 === 2) context['runAsGroup'] = 0;
    else within(container, 'securityContext')['runAsGroup'] = 0;
  },
};

const rootGroupHostPath: Sin = {
  check: 'root-group-host-path',
  commit: (pod, container, variant) => {
    rootGroup.commit(pod, container, variant);
    list(pod.spec, 'volumes').push({ name: 'group', hostPath: { path: '/cache' } });
  },
};

const probeHost: Sin = {
  check: 'probe-host',
  commit: (_, container, variant) => {
    const action = { [one(['httpGet', 'tcpSocket'], variant)]: { host: '127.0.0.1', port: 2375 } };
    if (variant % 4 < 2) container['livenessProbe'] = action;
    else within(container, 'lifecycle')['preStop'] = action;
  },
};

const sysctl: Sin = {
  check: 'unsafe-sysctls',
  commit: ({ spec }, _, variant) => {
    list(within(spec, 'securityContext'), 'sysctls').push(
      one<Draft>(
        [
          { name: 'kernel.core_pattern', value: '/x' },
          { name: 'kernel/core_pattern', value: '/x' },
          { name: 'kernel.shm_rmid_forced', value: '1+kernel.core_pattern=/x' },
        ],
        variant,
      ),
    );
  },
};

const procMountInUserNamespace: Sin = {
  check: 'proc-mount-userns',
  commit: ({ spec }, container) => {
    spec['hostUsers'] = false;
    within(container, 'securityContext')['procMount'] = 'Unmasked';
  },
};

const seccompUnset: Sin = {
  check: 'seccomp-unset',
  commit: ({ spec }, container) => {
    for (const holder of [spec, container]) delete within(holder, 'securityContext')['seccompProfile'];
  },
};

/** Something that is wrong with a pod for every check, in the ways that there are. */
export const sins: readonly Sin[] = [
  inContext('apparmor-unconfined', 'appArmorProfile', { type: 'Unconfined' }),
  inAnnotation('apparmor-unconfined', 'unconfined', 'container.apparmor.security.beta.kubernetes.io/<container>'),
  inOwnContext('capabilities-drop', 'capabilities', {}, { drop: ['NET_RAW'] }, { drop: ['ALL'], add: ['CHOWN'] }),
  inOwnContext('capabilities-extra', 'capabilities', { add: ['NET_ADMIN', 'NET_BIND_SERVICE'], drop: ['ALL'] }),
  inOwnContext('dangerous-capabilities', 'capabilities', { add: ['SYS_ADMIN'], drop: ['ALL'] }, { add: ['ALL'] }),
  inSpec('device-resource', 'resources', { limits: { 'example.com/gpu': '1' } }),
  images('dind-image', 'docker:dind', 'docker:29', 'docker', 'codefresh/dind:29', 'docker/ucp-agent'),
  inSpec('dra-claims', 'resourceClaims', [
    { name: 'gpu', resourceClaimTemplateName: 'gpu' },
    { name: 'net', resourceClaimName: 'net' },
  ]),
  inCommand(
    'engine-command',
    ['dockerd'],
    ['C:\\docker\\dockerd.exe'],
    ['k3s', '--debug', 'server'],
    ['nsenter', '-t', '1', '-m'],
    ['crio'],
  ),
  expanded,
  inCommand('engine-command-text', ['sh', '-c', 'make; dockerd &'], ['buildkitd'], ['podman', 'system', 'service']),
  inList('engine-host-env', 'env', { name: 'DOCKER_HOST', value: 'tcp://docker:2375' }, { name: 'BUILDKIT_HOST' }),
  inList('engine-host-env', 'envFrom', { prefix: 'DOCKER_', secretRef: { name: 'engine' } }),
  images('engine-image', 'docker:29-cli', 'moby/buildkit:v0.32.2', 'kindest/node:v1.37.0', 'not an image!'),
  inList('engine-port', 'ports', { containerPort: 2375 }, { containerPort: 1234 }),
  inVolume('engine-socket-mount', ...hostPaths('/var/run/docker.sock', '/run', '/', '\\\\.\\pipe\\docker_engine')),
  inVolume('engine-socket-mount', { hostPath: { path: '/data/my.sock', type: 'Socket' } }),
  subPath,
  fuse,
  label,
  images('image-registry', 'registry.example.org/app:1'),
  inSpec('host-ipc', 'hostIPC', true),
  inSpec('host-network', 'hostNetwork', true),
  inVolume('host-path-protected', ...hostPaths('/etc/kubernetes', '/var/log', '/dev/fuse', 'C:\\Windows', '/a/../b')),
  inVolume('host-path-unlisted', ...hostPaths('/cache', '/mnt/data', '/var/runner')),
  inSpec('host-pid', 'hostPID', true),
  inList('host-ports', 'ports', { containerPort: 80, hostPort: 80 }),
  inVolume('image-volume', { image: { reference: 'docker:dind' } }, { image: { reference: 'nginx' } }),
  inAnnotation('legacy-trust-annotations', 'true', 'io.kubernetes.cri.untrusted-workload'),
  inList('mount-propagation', 'volumeMounts', { name: 'work', mountPath: '/w', mountPropagation: 'Bidirectional' }),
  inSpec('node-placement', 'nodeName', 'node-1'),
  inSpec('node-placement', 'tolerations', [{ operator: 'Exists' }], [{ key: 'node-role.kubernetes.io/master' }]),
  inOwnContext('privilege-escalation', 'allowPrivilegeEscalation', true, null),
  inOwnContext('privileged', 'privileged', true),
  probeHost,
  inOwnContext('proc-mount', 'procMount', 'Unmasked'),
  procMountInUserNamespace,
  rootGroup,
  rootGroupHostPath,
  inContext('run-as-root', 'runAsUser', 0),
  inContext('run-as-root', 'runAsNonRoot', false),
  inAnnotation('runtime-annotations', '/dev/fuse', 'devices.crio.io', 'devices.nri.io/<container>', 'run.oci.x'),
  inSpec('runtime-class', 'runtimeClassName', 'kata-qemu'),
  inSpec('runtime-class-missing', 'runtimeClassName', null),
  inContext('seccomp-unconfined', 'seccompProfile', { type: 'Unconfined' }),
  inAnnotation('seccomp-unconfined', 'x', 'seccomp-profile.crio.io/<container>'),
  seccompUnset,
  inContext('selinux-options', 'seLinuxOptions', { type: 'spc_t' }, { user: 'system_u' }, { role: 'system_r' }),
  inSpec('service-account', 'automountServiceAccountToken', true),
  inSpec('share-process-ns', 'shareProcessNamespace', true),
  inOwnContext('unknown-security-context', 'unknownField', true),
  sysctl,
  inVolume('unknown-volume-source', { newSource: {} }, { projected: { sources: [{ newProjection: {} }] } }),
  inVolume('volume-plugin', { gitRepo: { repository: 'x' } }, { flexVolume: { driver: 'a/b' } }),
  inVolume('volume-plugin-remote', { nfs: { server: '127.0.0.1', path: '/' } }, { csi: { driver: 'x' } }),
  inList('volume-devices', 'volumeDevices', { name: 'disk', devicePath: '/dev/xvda' }),
  inContext('windows-host-process', 'windowsOptions', { hostProcess: true }),
  inContext('windows-system-user', 'windowsOptions', { runAsUserName: 'NT AUTHORITY\\SYSTEM' }),
];

/** The checks that some sin is for: each of them must have found something when a property is done. */
export const sinned: ReadonlySet<string> = new Set(sins.map(({ check }) => check));
