/**
 * What asks for the same, or for a part of it, elsewhere. None of it asks for exactly the same: see each project's page.
 */
export interface Equivalents {
  /** Controls of the Pod Security Standards, with their level (kubernetes.io/docs/concepts/security/pod-security-standards). */
  readonly pss?: readonly string[];
  /** Checks of Pod Security Admission (k8s.io/pod-security-admission v0.37, policy). */
  readonly psa?: readonly string[];
  /** Folders of github.com/kyverno/policies. */
  readonly kyverno?: readonly string[];
  /** Folders of github.com/open-policy-agent/gatekeeper-library, below library. */
  readonly gatekeeper?: readonly string[];
  /** Checks of Trivy (github.com/aquasecurity/trivy-checks, checks/kubernetes). */
  readonly trivy?: readonly string[];
}

const hostNamespaces = {
  pss: ['Host Namespaces (Baseline)'],
  psa: ['hostNamespaces'],
  kyverno: ['pod-security/baseline/disallow-host-namespaces'],
} as const;
const capabilities = {
  pss: ['Capabilities (Baseline)'],
  psa: ['capabilities_baseline'],
  kyverno: ['pod-security/baseline/disallow-capabilities'],
  gatekeeper: ['pod-security-policy/capabilities'],
} as const;
const hostPath = {
  pss: ['HostPath Volumes (Baseline)'],
  psa: ['hostPathVolumes'],
  gatekeeper: ['pod-security-policy/host-filesystem'],
} as const;
const procMount = {
  kyverno: ['pod-security/baseline/disallow-proc-mount'],
  gatekeeper: ['pod-security-policy/proc-mount'],
  trivy: ['KSV-0027'],
} as const;
const volumeTypes = {
  pss: ['Volume Types (Restricted)'],
  psa: ['restrictedVolumes'],
  kyverno: ['pod-security/restricted/restrict-volume-types'],
} as const;

/** By the id of the check; a check that is not here has nothing of its kind elsewhere that is known. */
export const equivalents: Readonly<Record<string, Equivalents>> = {
  'apparmor-unconfined': {
    pss: ['AppArmor (Baseline)'],
    psa: ['appArmorProfile'],
    kyverno: ['pod-security/baseline/restrict-apparmor-profiles'],
    gatekeeper: ['pod-security-policy/apparmor'],
    trivy: ['KSV-0002'],
  },
  'capabilities-drop': {
    pss: ['Capabilities (Restricted)'],
    psa: ['capabilities_restricted'],
    kyverno: ['pod-security/restricted/disallow-capabilities-strict'],
    gatekeeper: ['pod-security-policy/capabilities'],
    trivy: ['KSV-0106'],
  },
  'capabilities-extra': { ...capabilities, trivy: ['KSV-0022', 'KSV-0119'] },
  'dangerous-capabilities': { ...capabilities, trivy: ['KSV-0005', 'KSV-0022', 'KSV-0120'] },
  'engine-socket-mount': {
    ...hostPath,
    kyverno: ['best-practices/disallow-cri-sock-mount', 'other/docker-socket-requires-label'],
    trivy: ['KSV-0006'],
  },
  'host-ipc': { ...hostNamespaces, gatekeeper: ['pod-security-policy/host-namespaces'], trivy: ['KSV-0008'] },
  'host-network': { ...hostNamespaces, gatekeeper: ['pod-security-policy/host-network-ports'], trivy: ['KSV-0009'] },
  'host-path-protected': {
    ...hostPath,
    kyverno: ['pod-security/baseline/disallow-host-path'],
    trivy: ['KSV-0023', 'KSV-0121'],
  },
  'host-path-unlisted': {
    ...hostPath,
    kyverno: [
      'pod-security/baseline/disallow-host-path',
      'other/limit-hostpath-vols',
      'other/ensure-readonly-hostpath',
    ],
    trivy: ['KSV-0023'],
  },
  'host-pid': { ...hostNamespaces, gatekeeper: ['pod-security-policy/host-namespaces'], trivy: ['KSV-0010'] },
  'host-ports': {
    pss: ['Host Ports (Baseline)'],
    psa: ['hostPorts'],
    kyverno: ['pod-security/baseline/disallow-host-ports', 'pod-security/baseline/disallow-host-ports-range'],
    gatekeeper: ['pod-security-policy/host-network-ports'],
    trivy: ['KSV-0024'],
  },
  'image-registry': {
    kyverno: ['best-practices/restrict-image-registries', 'other/allowed-image-repos'],
    gatekeeper: ['general/allowedrepos', 'general/imagedigests'],
  },
  'node-placement': { kyverno: ['other/restrict-node-selection'] },
  'privilege-escalation': {
    pss: ['Privilege Escalation (Restricted)'],
    psa: ['allowPrivilegeEscalation'],
    kyverno: ['pod-security/restricted/disallow-privilege-escalation'],
    gatekeeper: ['pod-security-policy/allow-privilege-escalation'],
    trivy: ['KSV-0001'],
  },
  privileged: {
    pss: ['Privileged Containers (Baseline)'],
    psa: ['privileged'],
    kyverno: ['pod-security/baseline/disallow-privileged-containers'],
    gatekeeper: ['pod-security-policy/privileged-containers'],
    trivy: ['KSV-0017'],
  },
  'probe-host': {
    pss: ['Host Probes / Lifecycle Hooks (Baseline)'],
    psa: ['hostProbesAndHostLifecycle'],
    gatekeeper: ['pod-security-policy/host-probes-lifecycle'],
  },
  'proc-mount': { pss: ['/proc Mount Type (Baseline)'], psa: ['procMount'], ...procMount },
  'proc-mount-userns': { psa: ['procMount_restricted'], ...procMount },
  'pvc-engine-path': { kyverno: ['other/limit-hostpath-type-pv'] },
  'pvc-engine-path-protected': { kyverno: ['other/limit-hostpath-type-pv'] },
  'root-group': { gatekeeper: ['pod-security-policy/fsgroup', 'pod-security-policy/users'], trivy: ['KSV-0116'] },
  'root-group-host-path': {
    gatekeeper: ['pod-security-policy/fsgroup', 'pod-security-policy/users'],
    trivy: ['KSV-0116'],
  },
  'run-as-root': {
    pss: ['Running as Non-root (Restricted)', 'Running as Non-root user (Restricted)'],
    psa: ['runAsNonRoot', 'runAsUser'],
    kyverno: ['pod-security/restricted/require-run-as-nonroot', 'pod-security/restricted/require-run-as-non-root-user'],
    gatekeeper: ['pod-security-policy/users'],
    trivy: ['KSV-0012', 'KSV-0105'],
  },
  'runtime-class': { kyverno: ['psp-migration/restrict-runtimeClassName'] },
  'seccomp-unconfined': {
    pss: ['Seccomp (Baseline)'],
    psa: ['seccompProfile_baseline'],
    kyverno: ['pod-security/baseline/restrict-seccomp'],
    gatekeeper: ['pod-security-policy/seccompv2'],
    trivy: ['KSV-0104'],
  },
  'seccomp-unset': {
    pss: ['Seccomp (Restricted)'],
    psa: ['seccompProfile_restricted'],
    kyverno: ['pod-security/restricted/restrict-seccomp-strict'],
    gatekeeper: ['pod-security-policy/seccompv2'],
    trivy: ['KSV-0030'],
  },
  'selinux-options': {
    pss: ['SELinux (Baseline)'],
    psa: ['seLinuxOptions'],
    kyverno: ['pod-security/baseline/disallow-selinux'],
    gatekeeper: ['pod-security-policy/selinux'],
    trivy: ['KSV-0025'],
  },
  'service-account': {
    kyverno: ['other/restrict-automount-sa-token'],
    gatekeeper: ['general/automount-serviceaccount-token'],
    trivy: ['KSV-0036'],
  },
  'unknown-volume-source': volumeTypes,
  'unsafe-sysctls': {
    pss: ['Sysctls (Baseline)'],
    psa: ['sysctls'],
    kyverno: ['pod-security/baseline/restrict-sysctls'],
    gatekeeper: ['pod-security-policy/forbidden-sysctls'],
    trivy: ['KSV-0026'],
  },
  'volume-plugin': {
    ...volumeTypes,
    gatekeeper: ['pod-security-policy/volumes', 'pod-security-policy/flexvolume-drivers'],
    trivy: ['KSV-0028'],
  },
  'volume-plugin-remote': { ...volumeTypes, gatekeeper: ['pod-security-policy/volumes'], trivy: ['KSV-0028'] },
  'windows-host-process': {
    pss: ['HostProcess (Baseline)'],
    psa: ['windowsHostProcess'],
    kyverno: ['pod-security/baseline/disallow-host-process'],
    gatekeeper: ['pod-security-policy/host-process'],
    trivy: ['KSV-0103'],
  },
};
