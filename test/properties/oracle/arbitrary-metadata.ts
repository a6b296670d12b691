import fc from 'fast-check';
import { annotate, child, type Draft, items, nth, type Tweak } from './arbitrary-draft.ts';
import { documentedSite } from './oracle-fuse.ts';

const annotationSuffix = fc.constantFrom('', '/build', '/POD');

/** Annotations of the container runtimes, old and new, and some that look so. */
export const runtimeAnnotation: fc.Arbitrary<Tweak> = annotate(
  fc.oneof(
    fc
      .tuple(
        fc.constantFrom(
          'devices.nri.io',
          'mounts.nri.io',
          'seccomp-profile.crio.io',
          'seccomp-profile.kubernetes.cri-o.io',
        ),
        annotationSuffix,
      )
      .map((words) => words.join('')),
    fc.constantFrom(
      'devices.crio.io',
      'platform-runtime-path.crio.io',
      'userns-mode.crio.io',
      'unified-cgroup.crio.io',
      'unified-cgroup.crio.io/build',
      'cgroup2-mount-hierarchy-rw.crio.io',
      'seccomp-notifier-action.crio.io',
      'try-skip-volume-selinux-label.crio.io',
      'disable-fips.crio.io',
      'io.containers.trace-syscall',
    ),
    fc.constantFrom(
      'io.kubernetes.cri-o.Devices',
      'io.kubernetes.cri-o.PlatformRuntimePath',
      'io.kubernetes.cri-o.userns-mode',
      'io.kubernetes.cri-o.UnifiedCgroup',
      'io.kubernetes.cri-o.UnifiedCgroup.build',
      'io.kubernetes.cri-o.cgroup2-mount-hierarchy-rw',
      'io.kubernetes.cri-o.seccompNotifierAction',
      'io.kubernetes.cri-o.TrySkipVolumeSELinuxLabel',
      'io.kubernetes.cri-o.DisableFIPS',
      'cdi-devices.nri.io/build',
    ),
    fc.constantFrom(
      'io.katacontainers.config.hypervisor.kernel_params',
      'dev.gvisor.flag.network',
      'dev.gvisor.spec.mount.data.type',
      'run.oci.keep_original_groups',
    ),
    fc.constantFrom(
      'cpu-quota.crio.io',
      'shm-size.crio.io',
      'umask.crio.io',
      'io.kubernetes.cri-o.ShmSize',
      'io.kubernetes.cri-o.umask',
      'io.kubernetes.cri-o.Annotations',
      'example.com.devices.crio.io',
      'Devices.crio.io',
      'seccomp-profile.crio.iox',
      'cpu-load-balancing.crio.io',
      'cdi.k8s.io/vendor',
      'devices.example.com',
      'example.com/devices.crio.io',
      'dev.gvisor.other',
      'kubectl.kubernetes.io/default-container',
    ),
  ),
  fc.constantFrom('', 'true', 'unconfined', '/dev/fuse'),
);

/** Annotations that once chose the isolation of a pod. */
export const trustAnnotation: fc.Arbitrary<Tweak> = annotate(
  fc.constantFrom(
    'io.kubernetes.cri-o.TrustedSandbox',
    'io.kubernetes.cri.untrusted-workload',
    'runtime.frakti.alpha.kubernetes.io/OSContainer',
    'runtime.frakti.alpha.kubernetes.io/Unikernel',
    'experimental.windows.kubernetes.io/isolation-type',
    'io.kubernetes.cri.sandbox-id',
  ),
  fc.constantFrom('true', 'false', 'hyperv', ''),
);

/** Annotations that take seccomp or AppArmor away, or do not. */
export const confinementAnnotation: fc.Arbitrary<Tweak> = annotate(
  fc.constantFrom(
    'seccomp.security.alpha.kubernetes.io/pod',
    'container.seccomp.security.alpha.kubernetes.io/build',
    'seccomp-profile.crio.io/build',
    'seccomp-profile.crio.io',
    'seccomp-profile.kubernetes.cri-o.io/POD',
    'container.apparmor.security.beta.kubernetes.io/build',
    'container.apparmor.security.beta.kubernetes.io/nobody',
  ),
  fc.constantFrom('unconfined', 'unconfined', 'runtime/default', 'localhost/mine', ''),
);

/** What the fuse contract asks for, and one thing or another that breaks it. */
export const fuse: fc.Arbitrary<Tweak> = fc
  .record({
    label: fc.constantFrom('true', 'true', 'true', 'True', 'false', '', undefined),
    runtimeClassName: fc.constantFrom('untrusted', 'untrusted', 'untrusted', 'runc', undefined),
    annotation: fc.constantFrom('chosen', 'chosen', 'chosen', 'both', 'nobody', 'init', 'debugger', 'empty', undefined),
    chosen: fc.nat({ max: 2 }),
    limits: fc.constantFrom<unknown>('1', '1', '1', 1, '1000m', '1e0', '2', '0', '1500m', undefined),
    requests: fc.constantFrom<unknown>('1', undefined, undefined, '1', '2'),
    stray: fc.constantFrom('none', 'none', 'none', 'other', 'gated', 'own gated', 'zero'),
    gated: fc.constantFrom(...documentedSite.gatedResources),
    strayContainer: fc.nat({ max: 11 }),
  })
  .map(({ label, runtimeClassName, annotation, chosen, limits, requests, stray, gated, strayContainer }) => {
    return ({ metadata, spec }) => {
      const main = items(spec, 'containers') as Draft[];
      const first = main[chosen % main.length] ?? {};
      const named: Record<string, readonly unknown[]> = {
        chosen: [first['name']],
        both: [first['name'], main[0]?.['name']],
        nobody: ['nobody'],
        init: ['init-0'],
        debugger: ['debugger'],
        empty: [' ', ''],
      };
      if (label !== undefined) child(metadata, 'labels')[documentedSite.labelKey] = label;
      if (runtimeClassName !== undefined) spec['runtimeClassName'] = runtimeClassName;
      if (annotation !== undefined) {
        child(metadata, 'annotations')[documentedSite.annotation] = (named[annotation] ?? []).join(',');
      }
      const resources = child(first, 'resources');
      if (limits !== undefined) child(resources, 'limits')[documentedSite.resource] = limits;
      if (requests !== undefined) child(resources, 'requests')[documentedSite.resource] = requests;

      const elsewhere = child(child(nth(spec, strayContainer), 'resources'), 'limits');
      if (stray === 'other') elsewhere[documentedSite.resource] ??= '1';
      if (stray === 'zero') elsewhere[documentedSite.resource] ??= '0';
      if (stray === 'gated') elsewhere[gated] = '1';
      if (stray === 'own gated') child(resources, 'limits')[gated] = '1';
    };
  });

/** The label without anything else. */
export const fuseLabel: fc.Arbitrary<Tweak> = fc
  .constantFrom('True', 'false', '', '1', 'true')
  .map((value) => ({ metadata }) => {
    child(metadata, 'labels')[documentedSite.labelKey] = value;
  });
