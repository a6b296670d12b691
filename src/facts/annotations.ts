/**
 * Annotations by which a pod's author chooses devices, mounts, seccomp or the runtime itself. Each may end there or go
 * on with `/` or `.` and a container's name.
 */
export const runtimeAnnotations: readonly string[] = [
  // CRI-O, each with its older name (cri-o, pkg/annotations/v2).
  'cgroup2-mount-hierarchy-rw.crio.io',
  'io.kubernetes.cri-o.cgroup2-mount-hierarchy-rw',
  'devices.crio.io',
  'io.kubernetes.cri-o.Devices',
  'disable-fips.crio.io',
  'io.kubernetes.cri-o.DisableFIPS',
  // CVE-2025-0750: unmounts any path of the node.
  'link-logs.crio.io',
  'io.kubernetes.cri-o.LinkLogs',
  'platform-runtime-path.crio.io',
  'io.kubernetes.cri-o.PlatformRuntimePath',
  'seccomp-notifier-action.crio.io',
  'io.kubernetes.cri-o.seccompNotifierAction',
  'seccomp-profile.crio.io',
  'seccomp-profile.kubernetes.cri-o.io',
  'try-skip-volume-selinux-label.crio.io',
  'io.kubernetes.cri-o.TrySkipVolumeSELinuxLabel',
  'unified-cgroup.crio.io',
  'io.kubernetes.cri-o.UnifiedCgroup',
  'userns-mode.crio.io',
  'io.kubernetes.cri-o.userns-mode',
  'io.containers.trace-syscall',

  // The device injector of NRI, with its older names (containerd/nri, plugins/device-injector).
  'cdi-devices.noderesource.dev',
  'cdi-devices.nri.io',
  'devices.noderesource.dev',
  'devices.nri.io',
  'mounts.noderesource.dev',
  'mounts.nri.io',

  // Kata Containers: the configuration file of the node, any of its settings, the bundle.
  'io.katacontainers.config_path',
  'io.katacontainers.config',
  'io.katacontainers.pkg.oci',

  // gVisor: flags and the specification of the sandbox.
  'dev.gvisor.flag',
  'dev.gvisor.spec',

  // crun and runc, as CRI-O lists what must not be misused (AllAllowedAnnotations).
  'run.oci',
  'org.systemd.property',
  'org.criu.config',
];
