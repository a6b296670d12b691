/** The form of AppArmor profiles before Kubernetes 1.30; the container's name follows. */
export const appArmorAnnotationPrefix = 'container.apparmor.security.beta.kubernetes.io/';

/**
 * By these, with `/` and a container's name or `POD` behind them, CRI-O takes a seccomp profile from an OCI artifact
 * that the pod's author names, where the profile is unset or Unconfined (cri-o internal/config/seccomp); both spellings
 * count (ANNOTATION_MIGRATION.md there). The alpha annotations of Kubernetes itself are dead since 1.27.
 */
export const seccompAnnotations: readonly string[] = ['seccomp-profile.crio.io', 'seccomp-profile.kubernetes.cri-o.io'];

/** Annotations by which a pod once chose its isolation, and what each of them does today. */
export const legacyAnnotations: ReadonlyMap<string, string> = new Map([
  // Removed for CRI-O 1.14, cri-o commit af4c8872f3.
  ['io.kubernetes.cri-o.TrustedSandbox', 'has had no effect since CRI-O 1.14'],
  // containerd internal/cri/config: the setting is gone since 2.0, the annotation is not.
  [
    'io.kubernetes.cri.untrusted-workload',
    'makes containerd choose the handler "untrusted", and fail where runtimeClassName chooses another one',
  ],
  // frakti is archived.
  ['runtime.frakti.alpha.kubernetes.io/OSContainer', 'was for frakti, which is gone'],
  ['runtime.frakti.alpha.kubernetes.io/Unikernel', 'was for frakti, which is gone'],
  // Went with the alpha feature HyperVContainer.
  ['experimental.windows.kubernetes.io/isolation-type', 'was for a feature that was removed from Kubernetes'],
]);
