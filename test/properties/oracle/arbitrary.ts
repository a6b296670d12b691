import fc from 'fast-check';
import { innocentArgv, oracleArgv } from './arbitrary-commands.ts';
import { innocentImage, namedImage } from './arbitrary-images.ts';
import { oraclePath, oracleSubPath } from './arbitrary-paths.ts';
import { documentedSite } from './oracle-fuse.ts';

export { plainPath, realias, respell, respellWindows } from './arbitrary-paths.ts';

/** A JSON object under construction. */
type Draft = Record<string, unknown>;

/** A pod as the API server would send it, as far as the checks look. */
interface OraclePod {
  readonly apiVersion: 'v1';
  readonly kind: 'Pod';
  readonly metadata: Record<string, unknown>;
  readonly spec: Record<string, unknown>;
}

/** One change to a pod under construction. */
type Tweak = (pod: { readonly metadata: Draft; readonly spec: Draft }) => void;

/** One change to a container of it. */
type ContainerTweak = (container: Draft) => void;

const lists = ['containers', 'initContainers', 'ephemeralContainers'] as const;

/** The object in that field, made if there is none. */
function child(holder: Draft, key: string): Draft {
  const made = (holder[key] ?? {}) as Draft;
  holder[key] = made;
  return made;
}

/** The list in that field, made if there is none. */
function items(holder: Draft, key: string): unknown[] {
  const made = (holder[key] ?? []) as unknown[];
  holder[key] = made;
  return made;
}

function containersOf(spec: Draft): Draft[] {
  return lists.flatMap((list) => (spec[list] ?? []) as Draft[]);
}

/** The nth container of the pod, counted round and round. */
function nth(spec: Draft, n: number): Draft {
  const all = containersOf(spec);
  return all[n % all.length] ?? {};
}

const onContainer = (change: fc.Arbitrary<ContainerTweak>): fc.Arbitrary<Tweak> =>
  fc.tuple(fc.nat({ max: 11 }), change).map(
    ([n, tweak]) =>
      ({ spec }) =>
        tweak(nth(spec, n)),
  );

const onContext = (change: fc.Arbitrary<(context: Draft) => void>): fc.Arbitrary<Tweak> =>
  onContainer(change.map((tweak) => (container) => tweak(child(container, 'securityContext'))));

/** In the security context of the pod or in that of a container. */
const onSomeContext = (change: fc.Arbitrary<(context: Draft) => void>): fc.Arbitrary<Tweak> =>
  fc.oneof(
    change.map(
      (tweak): Tweak =>
        ({ spec }) =>
          tweak(child(spec, 'securityContext')),
    ),
    onContext(change),
  );

const setField = (key: string, ...values: readonly unknown[]): fc.Arbitrary<(holder: Draft) => void> =>
  fc.constantFrom(...values).map((value) => (holder) => {
    holder[key] = value;
  });

const onSpec = (change: fc.Arbitrary<(spec: Draft) => void>): fc.Arbitrary<Tweak> =>
  change.map(
    (tweak) =>
      ({ spec }) =>
        tweak(spec),
  );

const annotate = (key: fc.Arbitrary<string>, value: fc.Arbitrary<string>): fc.Arbitrary<Tweak> =>
  fc.tuple(key, value).map(([name, said]) => ({ metadata }) => {
    child(metadata, 'annotations')[name] = said;
  });

/** Host path volumes, mounted nowhere, once or everywhere. */
const hostPathVolume: fc.Arbitrary<Tweak> = fc
  .record({
    path: oraclePath,
    type: fc.oneof(
      { weight: 4, arbitrary: fc.constant(undefined) },
      { weight: 3, arbitrary: fc.constantFrom('', 'Directory', 'DirectoryOrCreate', 'File', 'CharDevice') },
      { weight: 1, arbitrary: fc.constant('Socket') },
    ),
    mounts: fc.array(
      fc.record({
        container: fc.nat({ max: 11 }),
        options: fc.record(
          {
            readOnly: fc.constantFrom(true, true, false),
            recursiveReadOnly: fc.constantFrom('Enabled', 'IfPossible', 'Disabled'),
            mountPropagation: fc.constantFrom('None', 'HostToContainer'),
          },
          { requiredKeys: [] },
        ),
        below: fc.oneof(
          { weight: 4, arbitrary: fc.constant({}) },
          { weight: 1, arbitrary: oracleSubPath.map((subPath) => ({ subPath })) },
        ),
      }),
      { maxLength: 2 },
    ),
  })
  .map(({ path, type, mounts }) => ({ spec }) => {
    const volumes = items(spec, 'volumes');
    const name = `host-${volumes.length}`;
    volumes.push({ name, hostPath: type === undefined ? { path } : { path, type } });
    for (const { container, options, below } of mounts) {
      items(nth(spec, container), 'volumeMounts').push({ name, mountPath: `/mnt/${name}`, ...options, ...below });
    }
  });

const otherVolume = (source: fc.Arbitrary<Draft>): fc.Arbitrary<Tweak> =>
  fc.tuple(source, fc.boolean(), fc.nat({ max: 11 })).map(([fields, isMounted, n]) => ({ spec }) => {
    const volumes = items(spec, 'volumes');
    const name = `volume-${volumes.length}`;
    volumes.push({ name, ...fields });
    if (isMounted) items(nth(spec, n), 'volumeMounts').push({ name, mountPath: `/mnt/${name}` });
  });

const mountPropagation: fc.Arbitrary<Tweak> = onContainer(
  fc.constantFrom('Bidirectional', 'Bidirectional', 'HostToContainer').map((mode) => (container) => {
    items(container, 'volumeMounts').push({ name: 'work', mountPath: '/shared', mountPropagation: mode });
  }),
);

const image: fc.Arbitrary<Tweak> = onContainer(
  namedImage.map((reference) => (container) => {
    container['image'] = reference;
  }),
);

/** A daemon's image started with its options, with its name, or as something else. */
const startedImage: fc.Arbitrary<Tweak> = onContainer(
  fc
    .tuple(
      fc.constantFrom(
        'docker:29',
        'docker',
        'library/docker:latest',
        'mirror.gcr.io/library/docker:29.1',
        'docker:19.03.1',
      ),
      fc.constantFrom<Draft>(
        { args: ['--storage-driver=vfs'] },
        { args: ['dockerd', '--debug'] },
        { args: ['sh', '-c', 'docker build .'] },
        { command: ['sleep', '3600'] },
        { command: [], args: [] },
      ),
    )
    .map(([reference, start]) => (container) => {
      delete container['command'];
      delete container['args'];
      Object.assign(container, { image: reference, ...start });
    }),
);

const command: fc.Arbitrary<Tweak> = onContainer(
  fc.tuple(oracleArgv, fc.nat({ max: 3 })).map(([argv, cut]) => (container) => {
    container['command'] = argv.slice(0, cut);
    container['args'] = argv.slice(cut);
    if (cut === 0) delete container['command'];
    if (argv.length <= cut) delete container['args'];
  }),
);

const handlerFields = ['livenessProbe', 'readinessProbe', 'startupProbe'] as const;
const hookFields = ['postStart', 'preStop'] as const;

const onHandler = (action: fc.Arbitrary<Draft>): fc.Arbitrary<Tweak> =>
  onContainer(
    fc.tuple(action, fc.constantFrom(...handlerFields, ...hookFields)).map(([fields, place]) => (container) => {
      const isHook = place === 'postStart' || place === 'preStop';
      const holder = isHook ? child(container, 'lifecycle') : container;
      holder[place] = fields;
    }),
  );

const executed: fc.Arbitrary<Tweak> = onHandler(oracleArgv.map((argv) => ({ exec: { command: [...argv] } })));

const probed: fc.Arbitrary<Tweak> = onHandler(
  fc
    .tuple(
      fc.constantFrom('httpGet', 'tcpSocket'),
      fc.constantFrom('127.0.0.1', '169.254.169.254', 'localhost', '', null),
    )
    .map(([kind, host]) => ({ [kind]: host === null ? { port: 80 } : { port: 80, host } })),
);

const environment: fc.Arbitrary<Tweak> = onContainer(
  fc
    .tuple(
      fc.constantFrom(
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
        'DOCKER_CONFIG',
        'docker_host',
        'DOCKER_HOST_NAME',
        'MY_DOCKER_HOST',
        'HOST',
      ),
      fc.constantFrom<Draft>(
        { value: 'tcp://docker:2375' },
        { value: '127.0.0.1' },
        { value: 'unix:///run/docker.sock' },
        { value: '$(OTHER)' },
        { valueFrom: { configMapKeyRef: { name: 'settings', key: 'host' } } },
        { valueFrom: { fieldRef: { fieldPath: 'metadata.annotations' } } },
      ),
    )
    .map(([name, said]) => (container) => {
      items(container, 'env').push({ name, ...said });
    }),
);

const environmentFrom: fc.Arbitrary<Tweak> = onContainer(
  fc
    .tuple(
      fc.constantFrom(
        'DOCKER_',
        'CONTAINER_',
        'BUILDKIT_',
        'TESTCONTAINERS_',
        'IMAGE_SERVICE_',
        'APP_',
        'MY_DOCKER_',
        undefined,
      ),
      fc.constantFrom('configMapRef', 'secretRef'),
    )
    .map(([prefix, kind]) => (container) => {
      items(container, 'envFrom').push({ ...(prefix === undefined ? {} : { prefix }), [kind]: { name: 'settings' } });
    }),
);

const port: fc.Arbitrary<Tweak> = onContainer(
  fc
    .tuple(
      fc.constantFrom(2375, 2376, 2377, 1234, 10010, 80, 8080, 2374, 2378),
      fc.constantFrom(undefined, undefined, 2376, 8443, 10010),
    )
    .map(([containerPort, hostPort]) => (container) => {
      items(container, 'ports').push({ containerPort, ...(hostPort === undefined ? {} : { hostPort }) });
    }),
);

const capabilityNames = [
  ...['ALL', 'SYS_ADMIN', 'SYS_MODULE', 'SYS_RAWIO', 'SYS_PTRACE', 'SYS_BOOT', 'DAC_READ_SEARCH', 'BPF', 'PERFMON'],
  ...['SYSLOG', 'MAC_ADMIN', 'MAC_OVERRIDE', 'CHECKPOINT_RESTORE', 'AUDIT_CONTROL', 'MADE_UP', 'CAP_CAP_SYS_TIME'],
  ...['NET_ADMIN', 'NET_RAW', 'NET_BROADCAST', 'SYS_TIME', 'SYS_RESOURCE', 'SYS_NICE', 'SYS_PACCT', 'IPC_LOCK'],
  ...['IPC_OWNER', 'LEASE', 'LINUX_IMMUTABLE', 'AUDIT_READ', 'BLOCK_SUSPEND', 'WAKE_ALARM', 'SYS_TTY_CONFIG'],
  ...['AUDIT_WRITE', 'CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'FSETID', 'KILL', 'MKNOD', 'NET_BIND_SERVICE', 'SETFCAP'],
  ...['SETGID', 'SETPCAP', 'SETUID', 'SYS_CHROOT'],
] as const;

/** A capability in upper, lower or mixed case, with the prefix or without. */
const capability: fc.Arbitrary<string> = fc
  .tuple(
    fc.constantFrom(...capabilityNames),
    fc.constantFrom('', '', 'CAP_'),
    fc.constantFrom('upper', 'lower', 'mixed'),
  )
  .map(([name, prefix, letters]) => {
    const whole = `${prefix}${name}`;
    if (letters === 'upper') return whole;
    return letters === 'lower' ? whole.toLowerCase() : whole.charAt(0) + whole.slice(1).toLowerCase();
  });

const capabilities: fc.Arbitrary<Tweak> = onContext(
  fc.array(capability, { minLength: 1, maxLength: 2 }).map((added) => (context) => {
    items(child(context, 'capabilities'), 'add').push(...added);
  }),
);

const droppedCapabilities: fc.Arbitrary<Tweak> = onContext(
  fc.constantFrom([], ['NET_RAW'], ['ALL'], ['ALL', 'NET_RAW']).map((drop) => (context) => {
    child(context, 'capabilities')['drop'] = [...drop];
  }),
);

const annotationSuffix = fc.constantFrom('', '/build', '/POD');

const runtimeAnnotation: fc.Arbitrary<Tweak> = annotate(
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

const trustAnnotation: fc.Arbitrary<Tweak> = annotate(
  fc.constantFrom(
    'io.kubernetes.cri-o.TrustedSandbox',
    'io.kubernetes.cri.untrusted-workload',
    'runtime.frakti.alpha.kubernetes.io/OSContainer',
    'runtime.frakti.alpha.kubernetes.io/Unikernel',
    'experimental.windows.kubernetes.io/isolation-type',
    'io.kubernetes.cri.sandbox-id',
  ),
  fc.constantFrom('true', 'false', 'hyperv'),
);

const confinementAnnotation: fc.Arbitrary<Tweak> = annotate(
  fc.constantFrom(
    'seccomp.security.alpha.kubernetes.io/pod',
    'container.seccomp.security.alpha.kubernetes.io/build',
    'seccomp-profile.crio.io/build',
    'container.apparmor.security.beta.kubernetes.io/build',
    'container.apparmor.security.beta.kubernetes.io/nobody',
  ),
  fc.constantFrom('unconfined', 'unconfined', 'runtime/default', 'localhost/mine'),
);

const profile = (field: string): fc.Arbitrary<Tweak> =>
  onSomeContext(
    fc
      .constantFrom<Draft | undefined>(
        { type: 'Unconfined' },
        { type: 'Unconfined' },
        { type: 'RuntimeDefault' },
        { type: 'Localhost', localhostProfile: 'mine.json' },
        undefined,
      )
      .map((value) => (context) => {
        if (value === undefined) delete context[field];
        else context[field] = { ...value };
      }),
  );

const selinux: fc.Arbitrary<Tweak> = onSomeContext(
  setField(
    'seLinuxOptions',
    { type: 'spc_t' },
    { type: 'container_runtime_t' },
    { type: 'container_t' },
    { type: 'container_engine_t' },
    { type: 'container_init_t', level: 's0:c123,c456' },
    { user: 'system_u' },
    { role: 'system_r' },
    { level: 's0:c1,c2' },
  ),
);

const sysctl: fc.Arbitrary<Tweak> = onSpec(
  fc
    .constantFrom(
      ['kernel.shm_rmid_forced', '1'],
      ['kernel.shm_rmid_forced', '1+kernel.core_pattern=/x'],
      ['net.ipv4.tcp_rmem', '4096 87380 16777216'],
      ['net.ipv4.tcp_notsent_lowat', '16384'],
      ['net.ipv4.tcp_slow_start_after_idle', '0'],
      ['net.ipv4.ping_group_range', '0=1'],
      ['kernel.core_pattern', '/x'],
      ['kernel/core_pattern', '/x'],
      ['net.core.somaxconn', '1024'],
      ['vm.max_map_count', '262144'],
    )
    .map(([name, value]) => (spec) => {
      items(child(spec, 'securityContext'), 'sysctls').push({ name, value });
    }),
);

const userAndGroup: fc.Arbitrary<Tweak> = fc.oneof(
  onSomeContext(setField('runAsUser', 0, 0, 1000)),
  onSomeContext(setField('runAsNonRoot', true, false)),
);

const group: fc.Arbitrary<Tweak> = fc.oneof(
  onSomeContext(setField('runAsGroup', 0, 999, 123, 1000)),
  onSpec(setField('fsGroup', 0, 998, 2000).map((set) => (spec) => set(child(spec, 'securityContext')))),
  onSpec(
    setField('supplementalGroups', [0], [999], [1000, 998], [123], [2000]).map(
      (set) => (spec) => set(child(spec, 'securityContext')),
    ),
  ),
);

const windows: fc.Arbitrary<Tweak> = onSomeContext(
  setField(
    'windowsOptions',
    { hostProcess: true },
    { hostProcess: true, runAsUserName: 'NT AUTHORITY\\SYSTEM' },
    { runAsUserName: 'NT AUTHORITY\\SYSTEM' },
    { hostProcess: false, runAsUserName: 'ContainerUser' },
  ),
);

const placement: fc.Arbitrary<Tweak> = onSpec(
  fc.oneof(
    setField('nodeName', 'node-1'),
    setField('priorityClassName', 'system-node-critical', 'high', 'system-cluster-critical'),
    setField(
      'tolerations',
      [{ key: 'node-role.kubernetes.io/control-plane', operator: 'Exists', effect: 'NoSchedule' }],
      [{ key: 'node-role.kubernetes.io/master' }],
      [{ operator: 'Exists' }],
      [{ key: 'example.com/ci', operator: 'Equal', value: 'true', effect: 'NoSchedule' }],
    ),
  ),
);

const claims: fc.Arbitrary<Tweak> = fc.oneof(
  onSpec(setField('resourceClaims', [{ name: 'gpu', resourceClaimTemplateName: 'gpu' }], [])),
  onContainer(
    fc.constantFrom([{ name: 'gpu' }], []).map((claimed) => (container) => {
      child(container, 'resources')['claims'] = [...claimed];
    }),
  ),
);

const volumeDevice: fc.Arbitrary<Tweak> = onContainer(
  setField(
    'volumeDevices',
    [{ name: 'disk', devicePath: '/dev/xvda' }],
    [{ name: 'disk', devicePath: '/dev/xvda' }],
    [],
  ),
);

const remoteVolume: fc.Arbitrary<Tweak> = otherVolume(
  fc.constantFrom<Draft>(
    { nfs: { server: '127.0.0.1', path: '/' } },
    { iscsi: { targetPortal: '10.0.0.1', iqn: 'iqn.2001-04.com.example:x', lun: 0 } },
    { rbd: { monitors: ['10.0.0.1'], image: 'x' } },
    { cephfs: { monitors: ['10.0.0.1'] } },
    { glusterfs: { endpoints: 'x', path: 'y' } },
    { azureFile: { secretName: 'x', shareName: 'y' } },
    { awsElasticBlockStore: { volumeID: 'x' } },
    { gcePersistentDisk: { pdName: 'x' } },
    { fc: { targetWWNs: ['x'], lun: 0 } },
    { cinder: { volumeID: 'x' } },
    { vsphereVolume: { volumePath: 'x' } },
  ),
);

const runVolume: fc.Arbitrary<Tweak> = otherVolume(
  fc.constantFrom<Draft>(
    { gitRepo: { repository: 'https://example.com/x.git' } },
    { flexVolume: { driver: 'example.com/lvm' } },
  ),
);

const imageVolume: fc.Arbitrary<Tweak> = otherVolume(
  fc.oneof(innocentImage, namedImage).map((reference): Draft => ({ image: { reference, pullPolicy: 'IfNotPresent' } })),
);

const harmlessVolume: fc.Arbitrary<Tweak> = otherVolume(
  fc.constantFrom<Draft>(
    { emptyDir: {} },
    { configMap: { name: 'settings' } },
    { persistentVolumeClaim: { claimName: 'cache' } },
    { projected: { sources: [{ serviceAccountToken: { path: 'token' } }] } },
    { ephemeral: { volumeClaimTemplate: { spec: { accessModes: ['ReadWriteOnce'] } } } },
  ),
);

/** What the fuse contract asks for, and one thing or another that breaks it. */
const fuse: fc.Arbitrary<Tweak> = fc
  .record({
    label: fc.constantFrom('true', 'true', 'true', 'True', 'false', '', undefined),
    runtimeClassName: fc.constantFrom('untrusted', 'untrusted', 'untrusted', 'runc', undefined),
    annotation: fc.constantFrom('chosen', 'chosen', 'chosen', 'both', 'nobody', 'init', undefined),
    chosen: fc.nat({ max: 2 }),
    limits: fc.constantFrom<unknown>('1', '1', '1', 1, '2', '0', undefined),
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

/** Fields that no check knows, full of words that would mean much elsewhere. */
const unknownField: fc.Arbitrary<Tweak> = fc
  .tuple(
    fc.constantFrom('metadata', 'spec', 'container'),
    fc.constantFrom<unknown>(
      { hostPID: true, privileged: true, hostPath: { path: '/run/docker.sock' } },
      '/var/run/docker.sock',
      ['dockerd', '--privileged'],
      { image: 'docker:dind', command: ['dockerd'] },
      null,
      true,
    ),
    fc.nat({ max: 11 }),
  )
  .map(([place, value, n]) => ({ metadata, spec }) => {
    const holder = { metadata, spec, container: nth(spec, n) }[place];
    if (holder !== undefined) holder['futureField'] = value;
  });

/** Things that no check minds. */
const harmless: fc.Arbitrary<Tweak> = fc.oneof(
  harmlessVolume,
  unknownField,
  annotate(fc.constantFrom('example.com/owner', 'prometheus.io/scrape'), fc.constantFrom('true', 'team-a')),
  onContainer(
    innocentImage.map((reference) => (container) => {
      container['image'] = reference;
    }),
  ),
  onContainer(
    innocentArgv.map((argv) => (container) => {
      container['command'] = [...argv];
      delete container['args'];
    }),
  ),
);

const unmasked: fc.Arbitrary<Tweak> = fc
  .tuple(onContext(setField('procMount', 'Unmasked', 'Unmasked', 'Default')), fc.constantFrom(false, undefined, true))
  .map(([tweak, hostUsers]) => (pod) => {
    tweak(pod);
    if (hostUsers !== undefined) pod.spec['hostUsers'] = hostUsers;
  });

/** Every change, with its weight. */
const tweak: fc.Arbitrary<Tweak> = fc.oneof(
  { weight: 16, arbitrary: hostPathVolume },
  { weight: 6, arbitrary: image },
  { weight: 4, arbitrary: startedImage },
  { weight: 7, arbitrary: command },
  { weight: 3, arbitrary: executed },
  { weight: 3, arbitrary: probed },
  { weight: 4, arbitrary: environment },
  { weight: 2, arbitrary: environmentFrom },
  { weight: 4, arbitrary: port },
  { weight: 7, arbitrary: capabilities },
  { weight: 2, arbitrary: droppedCapabilities },
  { weight: 2, arbitrary: onContext(setField('privileged', true, true, false)) },
  { weight: 2, arbitrary: onContext(setField('allowPrivilegeEscalation', true, false)) },
  { weight: 6, arbitrary: unmasked },
  { weight: 2, arbitrary: onSpec(setField('hostPID', true, true, false)) },
  { weight: 2, arbitrary: onSpec(setField('hostNetwork', true, true, false)) },
  { weight: 2, arbitrary: onSpec(setField('hostIPC', true, true, false)) },
  { weight: 2, arbitrary: onSpec(setField('shareProcessNamespace', true, true, false)) },
  { weight: 2, arbitrary: onSpec(setField('hostUsers', true, false)) },
  { weight: 4, arbitrary: runtimeAnnotation },
  { weight: 3, arbitrary: trustAnnotation },
  { weight: 3, arbitrary: confinementAnnotation },
  { weight: 3, arbitrary: profile('seccompProfile') },
  { weight: 3, arbitrary: profile('appArmorProfile') },
  { weight: 3, arbitrary: selinux },
  { weight: 3, arbitrary: sysctl },
  { weight: 2, arbitrary: userAndGroup },
  { weight: 7, arbitrary: group },
  { weight: 4, arbitrary: windows },
  { weight: 3, arbitrary: placement },
  { weight: 3, arbitrary: claims },
  { weight: 3, arbitrary: volumeDevice },
  { weight: 3, arbitrary: mountPropagation },
  { weight: 3, arbitrary: remoteVolume },
  { weight: 3, arbitrary: runVolume },
  { weight: 2, arbitrary: imageVolume },
  { weight: 9, arbitrary: fuse },
  { weight: 6, arbitrary: harmless },
);

const mainNames = ['build', 'helper', 'svc-0'];

const hardened = (): Draft => ({
  allowPrivilegeEscalation: false,
  capabilities: { drop: ['ALL'] },
});

/** A pod without a finding, or one whose author has set nothing at all. */
const basePod = fc
  .record({
    counts: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.nat({ max: 2 }), fc.nat({ max: 1 })),
    isHardened: fc.constantFrom(true, true, true, false),
    images: fc.array(innocentImage, { minLength: 6, maxLength: 6 }),
    name: fc.constantFrom('runner-1', 'job', 'web'),
  })
  .map(({ counts, isHardened, images, name }) => {
    const spec: Draft = {};
    let made = 0;
    lists.forEach((list, l) => {
      const names = [mainNames, ['init-0', 'init-1'], ['debugger']][l] ?? [];
      const containers = names.slice(0, counts[l]).map((own): Draft => {
        const securityContext = isHardened ? { securityContext: hardened() } : {};
        return { name: own, image: images[made++] ?? 'nginx', ...securityContext };
      });
      if (containers.length > 0) spec[list] = containers;
    });
    if (isHardened) {
      spec['securityContext'] = {
        runAsNonRoot: true,
        runAsUser: 1000,
        seccompProfile: { type: 'RuntimeDefault' },
      };
    }
    const metadata: Draft = { name, namespace: 'ci' };
    return { metadata, spec };
  });

/** Pods rich in what the catalogue names, among them pods without any finding. */
export const oraclePod: fc.Arbitrary<OraclePod> = fc
  .tuple(
    basePod,
    fc.oneof(
      { weight: 1, arbitrary: fc.array(harmless, { maxLength: 3 }) },
      { weight: 8, arbitrary: fc.array(tweak, { minLength: 1, maxLength: 12, size: 'max' }) },
    ),
  )
  .map(([base, tweaks]) => {
    const pod = structuredClone(base);
    for (const change of tweaks) change(pod);
    return structuredClone({ apiVersion: 'v1', kind: 'Pod', ...pod } as const);
  });
