import {
  atKey,
  containersOf,
  inContainer,
  inVolume,
  isSet,
  type Json,
  type Report,
  record,
  records,
  text,
  wholePod,
} from './oracle-pod.ts';

const controlPlaneTaints: readonly string[] = [
  'node-role.kubernetes.io/control-plane',
  'node-role.kubernetes.io/master',
];

/** Annotations that change devices, mounts, seccomp or the runtime, those of CRI-O by their new and their old name; each
 * also with a slash or a dot and the name of a container. */
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
  'io.kubernetes.cri-o.Devices',
  'io.kubernetes.cri-o.DisableFIPS',
  'io.kubernetes.cri-o.PlatformRuntimePath',
  'io.kubernetes.cri-o.TrySkipVolumeSELinuxLabel',
  'io.kubernetes.cri-o.UnifiedCgroup',
  'io.kubernetes.cri-o.cgroup2-mount-hierarchy-rw',
  'io.kubernetes.cri-o.seccompNotifierAction',
  'io.kubernetes.cri-o.userns-mode',
  'devices.nri.io',
  'mounts.nri.io',
  'cdi-devices.nri.io',
];

const runtimeAnnotationPrefixes: readonly string[] = [
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

/** Annotations by which CRI-O takes a seccomp profile from a registry, each also with a slash and a container. */
const seccompAnnotations: readonly string[] = ['seccomp-profile.crio.io', 'seccomp-profile.kubernetes.cri-o.io'];

/** Finds what the checks of the pod itself must find: what it shares with the node, where it runs and as what. */
export function reportNode(spec: Json, report: Report): void {
  report('host-pid', wholePod, spec['hostPID'] === true);
  report('host-network', wholePod, spec['hostNetwork'] === true);
  report('host-ipc', wholePod, spec['hostIPC'] === true);
  report('share-process-ns', wholePod, spec['shareProcessNamespace'] === true);
  reportPlacement(spec, report);
  reportServiceAccount(spec, report);
  const runtimeClass = text(spec['runtimeClassName']);
  report('runtime-class', wholePod, runtimeClass !== '');
  report('runtime-class-missing', wholePod, runtimeClass === '');
  const claims = records(spec['resourceClaims']);
  report('dra-claims', wholePod, claims.length > 0);
  for (const container of containersOf(spec)) {
    // What the pod claims is found there already.
    const isElsewhere = (used: Json): boolean => !claims.some((claim) => claim['name'] === used['name']);
    const used = records(record(container['resources'])['claims']);
    report('dra-claims', inContainer(container), used.some(isElsewhere));
  }
}

function reportPlacement(spec: Json, report: Report): void {
  report('node-placement', wholePod, text(spec['nodeName']) !== '');
  report('node-placement', wholePod, text(spec['priorityClassName']).startsWith('system-'));
  for (const toleration of records(spec['tolerations'])) {
    const key = text(toleration['key']);
    const toleratesAll = key === '' && toleration['operator'] === 'Exists';
    report('node-placement', wholePod, toleratesAll || controlPlaneTaints.includes(key));
  }
}

/** The audiences of a token that the API server takes, as far as a manifest can say it. */
const apiAudiences: readonly string[] = [
  '',
  'https://kubernetes.default.svc',
  'https://kubernetes.default.svc.cluster.local',
];

/** A token for the API server is mounted unless the pod says no; then a projected volume may still hold one. */
function reportServiceAccount(spec: Json, report: Report): void {
  if (spec['automountServiceAccountToken'] !== false) {
    report('service-account', wholePod);
    return;
  }
  for (const volume of records(spec['volumes'])) {
    for (const source of records(record(volume['projected'])['sources'])) {
      const token = source['serviceAccountToken'];
      report(
        'service-account',
        inVolume(volume),
        isSet(token) && apiAudiences.includes(text(record(token)['audience'])),
      );
    }
  }
}

/** Whether an annotation is one of these or one of these for a single container. */
function isOneOf(key: string, known: readonly string[]): boolean {
  return known.some((name) => key === name || key.startsWith(`${name}/`) || key.startsWith(`${name}.`));
}

/** Finds what the checks of annotations must find. */
export function reportAnnotations(metadata: Json, report: Report): void {
  for (const [key, value] of Object.entries(record(metadata['annotations']))) {
    const isTrust = trustAnnotations.includes(key);
    const isRuntime =
      isOneOf(key, runtimeAnnotations) || runtimeAnnotationPrefixes.some((prefix) => key.startsWith(prefix));
    report('legacy-trust-annotations', atKey(key), isTrust);
    report('runtime-annotations', atKey(key), isRuntime && !isTrust);
    report('seccomp-unconfined', atKey(key), isOneOf(key, seccompAnnotations));
    const isAppArmor = key.startsWith('container.apparmor.security.beta.kubernetes.io/');
    report('apparmor-unconfined', atKey(key), isAppArmor && value === 'unconfined');
  }
}
