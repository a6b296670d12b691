import { judgeCommand } from './oracle-commands.ts';
import { breaksFuseContract, documentedSite, type FuseSite, hasOtherFuseLabel } from './oracle-fuse.ts';
import { type ImageUse, judgeImage, officialDocker, parseImage } from './oracle-images.ts';
import { judgePath } from './oracle-paths.ts';
import { containersOf, handlersOf, type Json, record, records, securityContext, strings, text } from './oracle-pod.ts';

/** What the oracle is to take for granted about the site; whatever is left out is as documented. */
export type OracleOptions = Partial<FuseSite>;

/** Every check id that the oracle has an opinion on. */
export const oracleIds: readonly string[] = [
  'apparmor-unconfined',
  'capabilities-drop',
  'capabilities-extra',
  'dangerous-capabilities',
  'dind-image',
  'dra-claims',
  'engine-command',
  'engine-command-text',
  'engine-host-env',
  'engine-image',
  'engine-port',
  'engine-socket-mount',
  'fuse-contract',
  'fuse-label',
  'host-ipc',
  'host-network',
  'host-path-protected',
  'host-path-unlisted',
  'host-pid',
  'host-ports',
  'image-volume',
  'legacy-trust-annotations',
  'mount-propagation',
  'node-placement',
  'privilege-escalation',
  'privileged',
  'probe-host',
  'proc-mount',
  'proc-mount-userns',
  'root-group',
  'root-group-host-path',
  'run-as-root',
  'runtime-annotations',
  'seccomp-unconfined',
  'seccomp-unset',
  'selinux-options',
  'share-process-ns',
  'unsafe-sysctls',
  'volume-devices',
  'volume-plugin',
  'volume-plugin-remote',
  'windows-host-process',
  'windows-system-user',
];

const engineVariables: readonly string[] = [
  'DOCKER_HOST',
  'DOCKER_CONTEXT',
  'CONTAINER_HOST',
  'CONTAINERD_ADDRESS',
  'CONTAINER_RUNTIME_ENDPOINT',
  'IMAGE_SERVICE_ENDPOINT',
  'BUILDKIT_HOST',
  'EARTHLY_BUILDKIT_HOST',
  '_EXPERIMENTAL_DAGGER_RUNNER_HOST',
  'TESTCONTAINERS_DOCKER_SOCKET_OVERRIDE',
  'TESTCONTAINERS_HOST_OVERRIDE',
  'DOCKER_TLS_CERTDIR',
  'DOCKER_IN_DOCKER_ENABLED',
];

const enginePorts: readonly number[] = [2375, 2376, 2377, 1234, 10010];

const baselineCapabilities: readonly string[] = [
  'AUDIT_WRITE',
  'CHOWN',
  'DAC_OVERRIDE',
  'FOWNER',
  'FSETID',
  'KILL',
  'MKNOD',
  'NET_BIND_SERVICE',
  'SETFCAP',
  'SETGID',
  'SETPCAP',
  'SETUID',
  'SYS_CHROOT',
];

/** Those that Linux has beside Baseline's and the dangerous ones; any other name is dangerous. */
const extraCapabilities: readonly string[] = [
  'AUDIT_READ',
  'BLOCK_SUSPEND',
  'IPC_LOCK',
  'IPC_OWNER',
  'LEASE',
  'LINUX_IMMUTABLE',
  'NET_ADMIN',
  'NET_BROADCAST',
  'NET_RAW',
  'SYS_NICE',
  'SYS_PACCT',
  'SYS_RESOURCE',
  'SYS_TIME',
  'SYS_TTY_CONFIG',
  'WAKE_ALARM',
];

/** Annotations that change devices, mounts, seccomp or the runtime; each also with a slash and the name of a container. */
const runtimeAnnotations: readonly string[] = [
  'devices.crio.io',
  'seccomp-profile.crio.io',
  'platform-runtime-path.crio.io',
  'userns-mode.crio.io',
  'unified-cgroup.crio.io',
  'cgroup2-mount-hierarchy-rw.crio.io',
  'seccomp-notifier-action.crio.io',
  'try-skip-volume-selinux-label.crio.io',
  'disable-fips.crio.io',
  'io.containers.trace-syscall',
  'seccomp-profile.kubernetes.cri-o.io',
  'devices.nri.io',
  'mounts.nri.io',
  'cdi-devices.nri.io',
];

const runtimeAnnotationPrefixes: readonly string[] = [
  'io.kubernetes.cri-o.',
  'io.katacontainers.config.',
  'dev.gvisor.flag.',
  'dev.gvisor.spec.',
  'run.oci.',
];

const trustAnnotations: readonly string[] = [
  'io.kubernetes.cri-o.TrustedSandbox',
  'io.kubernetes.cri.untrusted-workload',
  'runtime.frakti.alpha.kubernetes.io/OSContainer',
  'runtime.frakti.alpha.kubernetes.io/Unikernel',
  'experimental.windows.kubernetes.io/isolation-type',
];

const seccompAnnotations: readonly string[] = [
  'seccomp.security.alpha.kubernetes.io/pod',
  'seccomp-profile.crio.io',
  'seccomp-profile.kubernetes.cri-o.io',
];

const seccompAnnotationPrefixes: readonly string[] = [
  'container.seccomp.security.alpha.kubernetes.io/',
  'seccomp-profile.crio.io/',
  'seccomp-profile.kubernetes.cri-o.io/',
];

const safeSysctls: readonly string[] = [
  'kernel.shm_rmid_forced',
  'net.ipv4.ip_local_port_range',
  'net.ipv4.ip_local_reserved_ports',
  'net.ipv4.ip_unprivileged_port_start',
  'net.ipv4.ping_group_range',
  'net.ipv4.tcp_fin_timeout',
  'net.ipv4.tcp_keepalive_intvl',
  'net.ipv4.tcp_keepalive_probes',
  'net.ipv4.tcp_keepalive_time',
  'net.ipv4.tcp_notsent_lowat',
  'net.ipv4.tcp_rmem',
  'net.ipv4.tcp_slow_start_after_idle',
  'net.ipv4.tcp_syncookies',
  'net.ipv4.tcp_wmem',
];

const selinuxTypes: readonly string[] = [
  '',
  'container_t',
  'container_init_t',
  'container_kvm_t',
  'container_engine_t',
];

const powerfulGroups: readonly number[] = [0, 999, 998, 123];

const remoteVolumes: readonly string[] = [
  'awsElasticBlockStore',
  'azureDisk',
  'azureFile',
  'cephfs',
  'cinder',
  'fc',
  'flocker',
  'gcePersistentDisk',
  'glusterfs',
  'iscsi',
  'nfs',
  'photonPersistentDisk',
  'portworxVolume',
  'quobyte',
  'rbd',
  'scaleIO',
  'storageos',
  'vsphereVolume',
];

const controlPlaneTaints: readonly string[] = [
  'node-role.kubernetes.io/control-plane',
  'node-role.kubernetes.io/master',
];

/** Adds the check's id to what was found, when the condition holds. */
type Report = (id: string, holds: boolean) => void;

/** The ids of the checks that must have a finding in this pod, whatever any profile makes of it. */
export function oracle(pod: unknown, options: OracleOptions = {}): ReadonlySet<string> {
  const found = new Set<string>();
  const report: Report = (id, holds) => {
    if (holds) found.add(id);
  };
  const metadata = record(record(pod)['metadata']);
  const spec = record(record(pod)['spec']);

  reportNamespaces(spec, report);
  reportVolumes(spec, report);
  reportImages(spec, report);
  reportCommands(spec, report);
  reportEnvironment(spec, report);
  reportPorts(spec, report);
  reportCapabilities(spec, report);
  reportProfiles(metadata, spec, report);
  reportUsers(spec, report);
  reportAnnotations(metadata, report);

  const site: FuseSite = { ...documentedSite, ...options };
  report('fuse-label', hasOtherFuseLabel(metadata, site));
  report('fuse-contract', breaksFuseContract(metadata, spec, site));
  return found;
}

function isSet(value: unknown): boolean {
  return value !== undefined && value !== null;
}

function reportNamespaces(spec: Json, report: Report): void {
  report('host-pid', spec['hostPID'] === true);
  report('host-network', spec['hostNetwork'] === true);
  report('host-ipc', spec['hostIPC'] === true);
  report('share-process-ns', spec['shareProcessNamespace'] === true);
  report('node-placement', text(spec['nodeName']) !== '');
  report('node-placement', text(spec['priorityClassName']).startsWith('system-'));
  for (const toleration of records(spec['tolerations'])) {
    const key = text(toleration['key']);
    const toleratesAll = key === '' && toleration['operator'] === 'Exists';
    report('node-placement', toleratesAll || controlPlaneTaints.includes(key));
  }
  report('dra-claims', records(spec['resourceClaims']).length > 0);
  for (const container of containersOf(spec)) {
    report('dra-claims', records(record(container['resources'])['claims']).length > 0);
    for (const handler of handlersOf(container)) {
      report('probe-host', text(record(handler['httpGet'])['host']) !== '');
      report('probe-host', text(record(handler['tcpSocket'])['host']) !== '');
    }
  }
}

function reportVolumes(spec: Json, report: Report): void {
  for (const volume of records(spec['volumes'])) {
    if (isSet(volume['hostPath'])) reportHostPath(volume, spec, report);
    report('volume-plugin', isSet(volume['gitRepo']) || isSet(volume['flexVolume']));
    report(
      'volume-plugin-remote',
      remoteVolumes.some((source) => isSet(volume[source])),
    );
    report('image-volume', isSet(volume['image']));
  }
  for (const container of containersOf(spec)) {
    report('volume-devices', records(container['volumeDevices']).length > 0);
    for (const mount of records(container['volumeMounts'])) {
      report('mount-propagation', mount['mountPropagation'] === 'Bidirectional');
    }
  }
}

function reportHostPath(volume: Json, spec: Json, report: Report): void {
  const hostPath = record(volume['hostPath']);
  const path = text(hostPath['path']);
  const mounts = containersOf(spec)
    .flatMap((container) => records(container['volumeMounts']))
    .filter((mount) => mount['name'] === volume['name']);
  const isReadOnly = mounts.length > 0 && mounts.every((mount) => mount['readOnly'] === true);
  const isSocket = hostPath['type'] === 'Socket';

  const whole = judgePath(path, isReadOnly);
  report('engine-socket-mount', whole.engine || isSocket);
  report('host-path-protected', whole.node || whole.unreadable);
  report('host-path-unlisted', !whole.engine && !isSocket && !whole.node && !whole.unreadable);

  for (const mount of mounts) {
    const below = text(mount['subPath']) || text(mount['subPathExpr']);
    if (below === '' || whole.unreadable) continue;
    const part = judgePath(`${path}/${below}`, mount['readOnly'] === true);
    report('engine-socket-mount', part.engine);
    report('host-path-protected', part.node || part.unreadable);
  }
}

function useOf(container: Json): ImageUse {
  return {
    command: strings(container['command']),
    args: strings(container['args']),
    privileged: securityContext(container)['privileged'] === true,
  };
}

function reportImages(spec: Json, report: Report): void {
  for (const container of containersOf(spec)) {
    const id = judgeImage(text(container['image']), useOf(container));
    if (id !== undefined) report(id, true);
  }
  for (const volume of records(spec['volumes'])) {
    if (!isSet(volume['image'])) continue;
    const reference = text(record(volume['image'])['reference']);
    const id = judgeImage(reference, { command: [], args: [], privileged: false });
    if (id !== undefined) report(id, true);
  }
}

/** Whether the container gives options to the daemon that its image would start. */
function givesOptionsToDaemon(container: Json): boolean {
  const { command, args } = useOf(container);
  const image = parseImage(text(container['image']));
  const variant = image === undefined ? undefined : officialDocker(image);
  const isDaemon = variant === 'daemon' || variant === 'daemon-capable';
  return isDaemon && command.length === 0 && (args[0] ?? '').startsWith('-');
}

function reportCommands(spec: Json, report: Report): void {
  for (const container of containersOf(spec)) {
    const started = [...strings(container['command']), ...strings(container['args'])];
    const executed = handlersOf(container).map((handler) => strings(record(handler['exec'])['command']));
    for (const argv of [started, ...executed]) {
      const id = judgeCommand(argv);
      if (id !== undefined) report(id, true);
    }
    report('engine-command', givesOptionsToDaemon(container));
  }
}

function reportEnvironment(spec: Json, report: Report): void {
  for (const container of containersOf(spec)) {
    for (const variable of records(container['env'])) {
      report('engine-host-env', engineVariables.includes(text(variable['name'])));
    }
    for (const source of records(container['envFrom'])) {
      const prefix = text(source['prefix']);
      const couldName = engineVariables.some((name) => name.startsWith(prefix) && name !== prefix);
      report('engine-host-env', prefix !== '' && couldName);
    }
  }
}

function reportPorts(spec: Json, report: Report): void {
  for (const container of containersOf(spec)) {
    for (const port of records(container['ports'])) {
      const numbers = [Number(port['containerPort'] ?? 0), Number(port['hostPort'] ?? 0)];
      report(
        'engine-port',
        numbers.some((number) => enginePorts.includes(number)),
      );
      report('host-ports', numbers[1] !== 0);
    }
  }
}

function reportCapabilities(spec: Json, report: Report): void {
  for (const container of containersOf(spec)) {
    const context = securityContext(container);
    const capabilities = record(context['capabilities']);
    for (const written of strings(capabilities['add'])) {
      const name = written.toUpperCase().replace(/^CAP_/, '');
      const isExtra = extraCapabilities.includes(name);
      report('capabilities-extra', isExtra);
      report('dangerous-capabilities', !isExtra && !baselineCapabilities.includes(name));
    }
    report('capabilities-drop', !strings(capabilities['drop']).includes('ALL'));
    report('privileged', context['privileged'] === true);
    report('privilege-escalation', context['allowPrivilegeEscalation'] !== false);

    const isUnmasked = context['procMount'] === 'Unmasked';
    report('proc-mount', isUnmasked && spec['hostUsers'] !== false);
    report('proc-mount-userns', isUnmasked && spec['hostUsers'] === false);
  }
}

/** Seccomp, AppArmor, SELinux and sysctls. */
function reportProfiles(metadata: Json, spec: Json, report: Report): void {
  const podContext = securityContext(spec);
  const podSeccomp = text(record(podContext['seccompProfile'])['type']);
  const containers = containersOf(spec);

  for (const container of containers) {
    const own = text(record(securityContext(container)['seccompProfile'])['type']);
    report('seccomp-unset', own === '' && podSeccomp === '');
  }
  for (const context of [podContext, ...containers.map(securityContext)]) {
    report('seccomp-unconfined', record(context['seccompProfile'])['type'] === 'Unconfined');
    report('apparmor-unconfined', record(context['appArmorProfile'])['type'] === 'Unconfined');
    const selinux = record(context['seLinuxOptions']);
    report('selinux-options', !selinuxTypes.includes(text(selinux['type'])));
    report('selinux-options', text(selinux['user']) !== '' || text(selinux['role']) !== '');
  }
  for (const [key, value] of Object.entries(record(metadata['annotations']))) {
    if (value !== 'unconfined') continue;
    const isSeccomp =
      seccompAnnotations.includes(key) || seccompAnnotationPrefixes.some((prefix) => key.startsWith(prefix));
    report('seccomp-unconfined', isSeccomp);
    report('apparmor-unconfined', key.startsWith('container.apparmor.security.beta.kubernetes.io/'));
  }
  for (const sysctl of records(podContext['sysctls'])) {
    report('unsafe-sysctls', !safeSysctls.includes(text(sysctl['name'])));
    report('unsafe-sysctls', /[+=]/.test(text(sysctl['value'])));
  }
}

/** Users and groups, on Linux and on Windows. */
function reportUsers(spec: Json, report: Report): void {
  const podContext = securityContext(spec);
  const containers = containersOf(spec);

  for (const container of containers) {
    const context = securityContext(container);
    const user = context['runAsUser'] ?? podContext['runAsUser'];
    const nonRoot = context['runAsNonRoot'] ?? podContext['runAsNonRoot'];
    report('run-as-root', spec['hostUsers'] !== false && (user === 0 || nonRoot !== true));
  }

  const supplemental = podContext['supplementalGroups'];
  const groups = [
    ...(Array.isArray(supplemental) ? supplemental : []),
    podContext['fsGroup'],
    podContext['runAsGroup'],
    ...containers.map((container) => securityContext(container)['runAsGroup']),
  ];
  const isPowerful = groups.some((group) => powerfulGroups.some((powerful) => powerful === group));
  const hasHostPath = records(spec['volumes']).some((volume) => isSet(volume['hostPath']));
  report('root-group', isPowerful && !hasHostPath);
  report('root-group-host-path', isPowerful && hasHostPath);

  for (const context of [podContext, ...containers.map(securityContext)]) {
    const windows = record(context['windowsOptions']);
    report('windows-host-process', windows['hostProcess'] === true);
    report('windows-system-user', text(windows['runAsUserName']).toUpperCase() === 'NT AUTHORITY\\SYSTEM');
  }
}

function reportAnnotations(metadata: Json, report: Report): void {
  for (const key of Object.keys(record(metadata['annotations']))) {
    const isTrust = trustAnnotations.includes(key);
    const isRuntime =
      runtimeAnnotations.some((known) => key === known || key.startsWith(`${known}/`)) ||
      runtimeAnnotationPrefixes.some((prefix) => key.startsWith(prefix));
    report('legacy-trust-annotations', isTrust);
    report('runtime-annotations', isRuntime && !isTrust);
  }
}
