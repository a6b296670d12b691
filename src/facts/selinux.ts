/**
 * SELinux types that confine a container: the list of the Pod Security Standards at Baseline, as of version 1.31
 * (k8s.io/pod-security-admission, check `seLinuxOptions`). The empty type is the runtime's own choice.
 */
export const confinedSeLinuxTypes: ReadonlySet<string> = new Set([
  '',
  'container_engine_t',
  'container_init_t',
  'container_kvm_t',
  'container_t',
]);
