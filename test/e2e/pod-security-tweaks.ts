import fc from 'fast-check';
import {
  child,
  containerContext,
  type Draft,
  type DraftTweak,
  inContext,
  setting,
  sharedContext,
  wholeContext,
} from './pod-security-contexts.ts';
import { smallestProjections, smallestSources } from './volume-sources.ts';

/** A pod of which Pod Security may have an opinion, without a name. */
export interface DraftPod {
  readonly metadata: Draft;
  readonly spec: Draft & { readonly containers: Draft[]; readonly initContainers: Draft[] };
}

/** One deviation of a pod. */
export type Tweak = (pod: DraftPod) => void;

/** The list in that field, made if there is none. */
function items(holder: Draft, key: string): unknown[] {
  const made = (holder[key] ?? []) as unknown[];
  holder[key] = made;
  return made;
}

function onSpec(change: fc.Arbitrary<DraftTweak>): fc.Arbitrary<Tweak> {
  return change.map(
    (tweak) =>
      ({ spec }) =>
        tweak(spec),
  );
}

function onContainer(change: fc.Arbitrary<DraftTweak>): fc.Arbitrary<Tweak> {
  return fc.tuple(fc.nat(11), change).map(([n, tweak]) => ({ spec }) => {
    const all = [...spec.containers, ...spec.initContainers];
    tweak(all[n % all.length] as Draft);
  });
}

const hostPort = fc.constantFrom(0, 0, 80, 8080, 30_000, null).map((port) => (container: Draft) => {
  items(container, 'ports').push({ containerPort: 8080, hostPort: port });
});

const host = fc.constantFrom('127.0.0.1', 'localhost', '169.254.169.254', 'metadata.example', '', null);

const probe = fc
  .tuple(
    fc.constantFrom('livenessProbe', 'readinessProbe', 'startupProbe'),
    fc.constantFrom('httpGet', 'tcpSocket'),
    host,
  )
  .map(([field, action, name]): Tweak => {
    // Of the init containers only sidecars have probes.
    return ({ spec }) => {
      const all = [
        ...spec.initContainers.filter(({ restartPolicy }) => restartPolicy === 'Always'),
        ...spec.containers,
      ];
      (all[0] as Draft)[field] = { [action]: { port: 80, host: name } };
    };
  });

const hook = fc
  .tuple(fc.constantFrom('postStart', 'preStop'), fc.constantFrom('httpGet', 'tcpSocket'), host)
  .map(([field, action, name]): Tweak => {
    return ({ spec }) => {
      child(spec.containers.at(-1) as Draft, 'lifecycle')[field] = { [action]: { port: 80, host: name } };
    };
  });

const volume = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom(...Object.keys(smallestSources)).map((kind) => ({ [kind]: smallestSources[kind] })),
  },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom(...Object.keys(smallestProjections))
      .map((kind) => ({ projected: { sources: [{ [kind]: smallestProjections[kind] }] } })),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(
        fc.constantFrom(
          '/',
          '/var/run/docker.sock',
          'var/run',
          '/etc',
          '/etc/localtime',
          '/dev/fuse',
          '/x',
          'C:\\',
          '//./pipe/x',
        ),
        fc.constantFrom('', 'Directory', 'DirectoryOrCreate', 'File', 'Socket', 'CharDevice', null),
      )
      .map(([path, type]) => ({ hostPath: { path, type } })),
  },
  { weight: 1, arbitrary: fc.constantFrom({}, { hostPath: null }, { emptyDir: {}, nfs: null }) },
);

const volumes: fc.Arbitrary<Tweak> = volume.map((source) => ({ spec }) => {
  const list = items(spec, 'volumes');
  list.push(structuredClone({ name: `volume-${list.length}`, ...source }));
  if (JSON.stringify(source).includes('serviceAccountToken')) spec['serviceAccountName'] = 'builder';
});

const sysctl = fc
  .tuple(
    fc.constantFrom(
      ...['kernel.shm_rmid_forced', 'net.ipv4.tcp_rmem', 'net.ipv4.tcp_slow_start_after_idle', 'net/ipv4/tcp_wmem'],
      ...['net.ipv4.ip_forward', 'kernel.core_pattern', 'vm.max_map_count', 'net.core.somaxconn', 'fs.mqueue.msg_max'],
      ...['net.ipv4.ip_unprivileged_port_start', 'net.ipv4.tcp_notsent_lowat', 'net.ipv4.ping_group_range'],
    ),
    fc.constantFrom('1', '0', '1024 65535', '', '1+kernel.core_pattern=/x', 'a=b'),
  )
  .map(([name, value]) => (spec: Draft) => {
    items(child(spec, 'securityContext'), 'sysctls').push({ name, value });
  });

const hostNamespace = fc.oneof(
  setting('hostNetwork', true, true, false, null),
  setting('hostPID', true, true, false, null),
  setting('hostIPC', true, true, false, null),
);

/** A process of a Windows node: it must be in the node's network, and all containers must be the same. */
const hostProcess: fc.Arbitrary<Tweak> = fc.constantFrom('pod', 'containers').map((where) => ({ spec }) => {
  spec['hostNetwork'] = true;
  const holders = where === 'pod' ? [spec] : [...spec.containers, ...spec.initContainers];
  for (const holder of holders) child(child(holder, 'securityContext'), 'windowsOptions')['hostProcess'] = true;
});

const appArmorAnnotation: fc.Arbitrary<Tweak> = fc
  .tuple(fc.nat(11), fc.constantFrom('unconfined', 'unconfined', 'runtime/default', 'localhost/mine', ''))
  .map(([n, profile]) => ({ metadata, spec }) => {
    const all = [...spec.containers, ...spec.initContainers];
    const name = all[n % all.length]?.['name'];
    child(metadata, 'annotations')[`container.apparmor.security.beta.kubernetes.io/${name}`] = profile;
  });

/** Annotations that once were rules of Pod Security, and those that are rules of ours. */
const otherAnnotation: fc.Arbitrary<Tweak> = fc
  .tuple(
    fc.constantFrom(
      'seccomp.security.alpha.kubernetes.io/pod',
      'container.seccomp.security.alpha.kubernetes.io/main-0',
      'seccomp-profile.kubernetes.cri-o.io/POD',
      'seccomp-profile.crio.io',
      'devices.crio.io',
      'example.com/owner',
    ),
    fc.constantFrom('unconfined', 'registry.example/profile:1'),
  )
  .map(([key, value]) => ({ metadata }) => {
    child(metadata, 'annotations')[key] = value;
  });

const fuse: fc.Arbitrary<Tweak> = fc.oneof(
  fc.constantFrom('true', 'false').map((value): Tweak => {
    return ({ metadata }) => {
      child(metadata, 'labels')['mount-fuse'] = value;
    };
  }),
  onContainer(setting('resources', { limits: { 'squat.ai/fuse': '1' } }, { limits: { 'squat.ai/fuses': '1' } })),
);

/** Deviations of a pod of Linux. */
export const podTweak: fc.Arbitrary<Tweak> = fc.oneof(
  { weight: 20, arbitrary: onContainer(containerContext) },
  { weight: 10, arbitrary: onSpec(inContext(sharedContext)) },
  { weight: 1, arbitrary: onSpec(wholeContext) },
  { weight: 3, arbitrary: onSpec(hostNamespace) },
  { weight: 2, arbitrary: onSpec(setting('hostUsers', false, true, null)) },
  { weight: 1, arbitrary: onSpec(setting('os', { name: 'linux' })) },
  { weight: 6, arbitrary: volumes },
  { weight: 2, arbitrary: onContainer(hostPort) },
  { weight: 2, arbitrary: probe },
  { weight: 2, arbitrary: hook },
  { weight: 4, arbitrary: onSpec(sysctl) },
  { weight: 1, arbitrary: hostProcess },
  { weight: 3, arbitrary: appArmorAnnotation },
  { weight: 2, arbitrary: otherAnnotation },
  { weight: 2, arbitrary: fuse },
);

/** Deviations of a pod of Windows, in which the API server takes no field of Linux. */
export const windowsTweak: fc.Arbitrary<Tweak> = fc.oneof(
  { weight: 2, arbitrary: onSpec(inContext(setting('runAsNonRoot', true, false, null, undefined))) },
  { weight: 2, arbitrary: onContainer(inContext(setting('runAsNonRoot', true, false, null, undefined))) },
  { weight: 2, arbitrary: hostProcess },
  { weight: 1, arbitrary: onContainer(hostPort) },
  { weight: 1, arbitrary: probe },
  { weight: 2, arbitrary: volumes },
  { weight: 1, arbitrary: otherAnnotation },
);
