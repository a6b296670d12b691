import fc from 'fast-check';
import { child, type Draft, items, onContext, onSomeContext, onSpec, setField, type Tweak } from './arbitrary-draft.ts';

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
    fc.constantFrom(...capabilityNames, 'NET_BIND_SERVICE'),
    fc.constantFrom('', '', 'CAP_'),
    fc.constantFrom('upper', 'upper', 'lower', 'mixed'),
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
  fc.constantFrom([], ['NET_RAW'], ['ALL'], ['ALL', 'NET_RAW'], ['all'], ['CAP_ALL']).map((drop) => (context) => {
    child(context, 'capabilities')['drop'] = [...drop];
  }),
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
    { type: 'container_kvm_t', user: '' },
    { type: 'container_init_t', level: 's0:c123,c456' },
    { user: 'system_u' },
    { role: 'system_r' },
    { level: 's0:c1,c2' },
    { level: 's0' },
    {},
  ),
);

const sysctl: fc.Arbitrary<Tweak> = onSpec(
  fc
    .constantFrom(
      ['kernel.shm_rmid_forced', '1'],
      ['kernel.shm_rmid_forced', '1+kernel.core_pattern=/x'],
      ['kernel/shm_rmid_forced', '1'],
      ['net.ipv4.ip_local_port_range', '1024 65535'],
      ['net.ipv4.ip_unprivileged_port_start', '0'],
      ['net.ipv4.tcp_rmem', '4096 87380 16777216'],
      ['net.ipv4.tcp_wmem', '4096 16384 4194304'],
      ['net.ipv4.tcp_syncookies', '1'],
      ['net.ipv4.tcp_notsent_lowat', '16384'],
      ['net.ipv4.tcp_slow_start_after_idle', '0'],
      ['net.ipv4.ping_group_range', '0=1'],
      ['kernel.core_pattern', '/x'],
      ['kernel/core_pattern', '/x'],
      ['kernel.msgmax', '65536'],
      ['net.core.somaxconn', '1024'],
      ['vm.max_map_count', '262144'],
    )
    .map(([name, value]) => (spec) => {
      items(child(spec, 'securityContext'), 'sysctls').push({ name, value });
    }),
);

const userAndGroup: fc.Arbitrary<Tweak> = fc.oneof(
  onSomeContext(setField('runAsUser', 0, 0, 1000, 65534)),
  onSomeContext(setField('runAsNonRoot', true, false, null)),
);

/** Groups of root, of an engine and of nobody. */
export const group: fc.Arbitrary<Tweak> = fc.oneof(
  onSomeContext(setField('runAsGroup', 0, 999, 123, 1000)),
  onSpec(setField('fsGroup', 0, 998, 2000).map((set) => (spec) => set(child(spec, 'securityContext')))),
  onSpec(
    setField('supplementalGroups', [0], [999], [1000, 998], [123], [2000], []).map(
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
    { runAsUserName: 'nt authority\\system' },
    { hostProcess: false, runAsUserName: 'ContainerUser' },
    { hostProcess: false },
    { gmsaCredentialSpecName: 'web' },
  ),
);

const unmasked: fc.Arbitrary<Tweak> = fc
  .tuple(onContext(setField('procMount', 'Unmasked', 'Unmasked', 'Default')), fc.constantFrom(false, undefined, true))
  .map(([tweak, hostUsers]) => (pod) => {
    tweak(pod);
    if (hostUsers !== undefined) pod.spec['hostUsers'] = hostUsers;
  });

/** Fields that Kubernetes does not have in a security context, or only in the other one. */
const unknownContext: fc.Arbitrary<Tweak> = onSomeContext(
  fc
    .tuple(
      fc.oneof(
        fc.tuple(
          fc.constantFrom('futureField', 'Privileged', 'rawProc', 'bpfTokens'),
          fc.constantFrom<unknown>(true, false, {}, [], 'x', 0, null),
        ),
        fc.constantFrom<readonly [string, unknown]>(
          ['privileged', true],
          ['allowPrivilegeEscalation', false],
          ['procMount', 'Unmasked'],
          ['readOnlyRootFilesystem', true],
          ['capabilities', { drop: ['ALL'] }],
          ['fsGroup', 0],
          ['sysctls', [{ name: 'kernel.core_pattern', value: 'x' }]],
          ['supplementalGroups', [0]],
          ['supplementalGroupsPolicy', 'Strict'],
        ),
      ),
      fc.constantFrom('', '', 'seLinuxOptions', 'seccompProfile', 'appArmorProfile', 'windowsOptions', 'capabilities'),
    )
    .map(([[field, value], below]) => (context) => {
      const holder = below === '' ? context : child(context, below);
      if (below.endsWith('Profile')) holder['type'] ??= 'RuntimeDefault';
      holder[field] = structuredClone(value);
    }),
);

const seccompAway: fc.Arbitrary<Tweak> = onSpec(
  fc.constant((spec) => {
    delete child(spec, 'securityContext')['seccompProfile'];
  }),
);

/** Changes to security contexts, with their weights. */
export const contextTweaks: readonly { readonly weight: number; readonly arbitrary: fc.Arbitrary<Tweak> }[] = [
  { weight: 7, arbitrary: capabilities },
  { weight: 2, arbitrary: droppedCapabilities },
  { weight: 3, arbitrary: onContext(setField('privileged', true, true, false)) },
  { weight: 2, arbitrary: onContext(setField('allowPrivilegeEscalation', true, false)) },
  { weight: 1, arbitrary: onContext(setField('readOnlyRootFilesystem', true, false)) },
  { weight: 6, arbitrary: unmasked },
  { weight: 5, arbitrary: profile('seccompProfile') },
  { weight: 1, arbitrary: seccompAway },
  { weight: 3, arbitrary: profile('appArmorProfile') },
  { weight: 3, arbitrary: selinux },
  { weight: 4, arbitrary: sysctl },
  { weight: 3, arbitrary: userAndGroup },
  { weight: 6, arbitrary: group },
  { weight: 4, arbitrary: windows },
  { weight: 2, arbitrary: onSomeContext(setField('windowsOptions', { hostProcess: true })) },
  { weight: 3, arbitrary: unknownContext },
];
