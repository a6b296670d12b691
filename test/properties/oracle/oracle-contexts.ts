import {
  containersOf,
  inContainer,
  isSet,
  type Json,
  type Report,
  record,
  records,
  strings,
  text,
  wholePod,
} from './oracle-pod.ts';

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

/** What a container is, together with what it takes from the pod. */
interface Holder {
  readonly place: string;
  readonly own: Json;
}

/** Finds what the checks of security contexts must find. */
export function reportContexts(spec: Json, report: Report): void {
  const pod = record(spec['securityContext']);
  const holders = containersOf(spec).map((container) => ({
    place: inContainer(container),
    own: record(container['securityContext']),
  }));
  const isWindows = record(spec['os'])['name'] === 'windows';
  const isRemapped = spec['hostUsers'] === false;

  for (const holder of holders) {
    reportContainer(holder, isRemapped, report);
    // These have no meaning on Windows, where Pod Security admission does not ask for them either.
    if (!isWindows) reportHardening(holder, pod, report);
  }
  reportProfiles(pod, holders, report);
  if (!isRemapped) reportRoot(pod, holders, report);
  reportGroups(pod, holders, spec, report);
  reportWindows(pod, holders, report);
  for (const sysctl of records(pod['sysctls'])) {
    report('unsafe-sysctls', wholePod, !safeSysctls.includes(text(sysctl['name'])));
    report('unsafe-sysctls', wholePod, /[+=]/.test(text(sysctl['value'])));
  }
}

function reportContainer({ place, own }: Holder, isRemapped: boolean, report: Report): void {
  for (const written of strings(record(own['capabilities'])['add'])) {
    const name = written.toUpperCase().replace(/^CAP_/, '');
    const isKnown = [...baselineCapabilities, ...extraCapabilities].includes(name);
    // As Pod Security admission, which knows no other spelling than the plain one.
    report('capabilities-extra', place, isKnown && !baselineCapabilities.includes(written));
    report('dangerous-capabilities', place, !isKnown);
  }
  report('privileged', place, own['privileged'] === true);
  const isUnmasked = own['procMount'] === 'Unmasked';
  report('proc-mount', place, isUnmasked && !isRemapped);
  report('proc-mount-userns', place, isUnmasked && isRemapped);
}

/** What the Restricted level of the Pod Security Standards asks of each container. */
function reportHardening({ place, own }: Holder, pod: Json, report: Report): void {
  const capabilities = record(own['capabilities']);
  const adds = strings(capabilities['add']).some((name) => name !== 'NET_BIND_SERVICE');
  report('capabilities-drop', place, adds || !strings(capabilities['drop']).includes('ALL'));
  report('privilege-escalation', place, own['allowPrivilegeEscalation'] !== false);
  const hasProfile = [own, pod].some((context) => text(record(context['seccompProfile'])['type']) !== '');
  report('seccomp-unset', place, !hasProfile);
}

/**
 * Finds a value where it takes effect: in each container that has it or takes it from the pod, and in the pod when no
 * container takes it, since one that is added later would.
 */
function reportEffective(
  check: string,
  pod: unknown,
  values: readonly (readonly [string, unknown])[],
  isBad: (value: unknown) => boolean,
  report: Report,
): void {
  for (const [place, own] of values) report(check, place, isBad(own ?? pod));
  const isInherited = values.some(([, own]) => !isSet(own));
  report(check, wholePod, isBad(pod) && !isInherited);
}

/** Seccomp, AppArmor and SELinux. */
function reportProfiles(pod: Json, holders: readonly Holder[], report: Report): void {
  const effective = (check: string, field: string, isBad: (value: unknown) => boolean): void =>
    reportEffective(
      check,
      pod[field],
      holders.map(({ place, own }) => [place, own[field]] as const),
      isBad,
      report,
    );
  effective('seccomp-unconfined', 'seccompProfile', (value) => record(value)['type'] === 'Unconfined');
  effective('apparmor-unconfined', 'appArmorProfile', (value) => record(value)['type'] === 'Unconfined');
  effective('selinux-options', 'seLinuxOptions', (value) => {
    const { type, user, role } = record(value);
    return !selinuxTypes.includes(text(type)) || text(user) !== '' || text(role) !== '';
  });
}

function reportRoot(pod: Json, holders: readonly Holder[], report: Report): void {
  for (const { place, own } of holders) {
    report('run-as-root', place, (own['runAsUser'] ?? pod['runAsUser']) === 0);
    report('run-as-root', place, (own['runAsNonRoot'] ?? pod['runAsNonRoot']) !== true);
  }
  const isEverywhere = (field: string): boolean => holders.every(({ own }) => isSet(own[field]));
  report('run-as-root', wholePod, pod['runAsUser'] === 0 && isEverywhere('runAsUser'));
  report('run-as-root', wholePod, pod['runAsNonRoot'] === false && isEverywhere('runAsNonRoot'));
}

/** Groups of root or of an engine; beside a path of the node they are a finding of a second check too. */
function reportGroups(pod: Json, holders: readonly Holder[], spec: Json, report: Report): void {
  const hasHostPath = records(spec['volumes']).some((volume) => isSet(volume['hostPath']));
  const checks = hasHostPath ? ['root-group', 'root-group-host-path'] : ['root-group'];
  const isPowerful = (group: unknown): boolean => powerfulGroups.some((powerful) => powerful === group);
  const supplemental = pod['supplementalGroups'];
  const ofPod = [pod['fsGroup'], pod['runAsGroup'], ...(Array.isArray(supplemental) ? supplemental : [])];
  for (const check of checks) {
    report(check, wholePod, ofPod.some(isPowerful));
    for (const { place, own } of holders) report(check, place, isPowerful(own['runAsGroup']));
  }
}

/** The options of Windows, of which a container takes each field that it does not set from the pod. */
function reportWindows(pod: Json, holders: readonly Holder[], report: Report): void {
  const effective = (check: string, field: string, isBad: (value: unknown) => boolean): void =>
    reportEffective(
      check,
      record(pod['windowsOptions'])[field],
      holders.map(({ place, own }) => [place, record(own['windowsOptions'])[field]] as const),
      isBad,
      report,
    );
  effective('windows-host-process', 'hostProcess', (value) => value === true);
  effective('windows-system-user', 'runAsUserName', (value) => text(value).toUpperCase() === 'NT AUTHORITY\\SYSTEM');
}
