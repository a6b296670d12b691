import fc from 'fast-check';

/** A JSON object under construction. */
export type Draft = Record<string, unknown>;

/** One deviation of a container, or of a security context. */
export type DraftTweak = (draft: Draft) => void;

/** The object in that field, made if there is none. */
export function child(holder: Draft, key: string): Draft {
  const made = (holder[key] ?? {}) as Draft;
  holder[key] = made;
  return made;
}

/** Sets a field to one of the values; undefined takes it away. */
export function setting(key: string, ...values: readonly unknown[]): fc.Arbitrary<DraftTweak> {
  return fc.constantFrom(...values).map((value) => (draft) => {
    if (value === undefined) delete draft[key];
    else draft[key] = structuredClone(value);
  });
}

/** Changes the security context of a pod or of a container. */
export function inContext(change: fc.Arbitrary<DraftTweak>): fc.Arbitrary<DraftTweak> {
  return change.map((tweak) => (holder) => tweak(child(holder, 'securityContext')));
}

const someUser = fc.oneof(
  setting('runAsUser', 0, 0, 1000, null, undefined),
  setting('runAsNonRoot', true, false, false, null, undefined),
);

const profileTypes = [
  { type: 'RuntimeDefault' },
  { type: 'Localhost', localhostProfile: 'mine.json' },
  { type: 'Unconfined' },
  { type: 'Unconfined' },
  null,
  undefined,
];

const seLinux = setting(
  'seLinuxOptions',
  ...['container_t', 'container_init_t', 'container_kvm_t', 'container_engine_t', '', 'Container_t', 'spc_t'].map(
    (type) => ({ type, level: 's0:c123,c456' }),
  ),
  { user: 'system_u' },
  { role: 'system_r' },
  { user: '', role: '', type: '' },
  { user: 'unconfined_u', role: 'unconfined_r', type: 'unconfined_t' },
);

/** What a pod and a container both have. */
export const sharedContext = fc.oneof(
  { weight: 4, arbitrary: someUser },
  { weight: 3, arbitrary: setting('seccompProfile', ...profileTypes) },
  { weight: 2, arbitrary: setting('appArmorProfile', ...profileTypes) },
  { weight: 2, arbitrary: seLinux },
  { weight: 1, arbitrary: setting('windowsOptions', { hostProcess: false }, { runAsUserName: 'ContainerUser' }, {}) },
);

const capabilityName = fc.constantFrom(
  ...['ALL', 'all', 'SYS_ADMIN', 'CAP_SYS_ADMIN', 'sys_admin', 'NET_ADMIN', 'NET_RAW', 'net_raw', 'CAP_NET_RAW'],
  ...['SYS_PTRACE', 'SYS_TIME', 'BPF', 'SYSLOG', 'MADE_UP', 'AUDIT_WRITE', 'CHOWN', 'DAC_OVERRIDE', 'FOWNER'],
  ...['FSETID', 'KILL', 'MKNOD', 'SETFCAP', 'SETGID', 'SETPCAP', 'SETUID', 'SYS_CHROOT', 'NET_BIND_SERVICE'],
  ...['net_bind_service', 'CAP_NET_BIND_SERVICE', 'Chown', 'CAP_CHOWN', 'cap_chown', 'chown', ' CHOWN', '', 'CAP_ALL'],
);

const capabilities = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.array(capabilityName, { minLength: 1, maxLength: 2 }).map((add) => (context: Draft) => {
      child(context, 'capabilities')['add'] = add;
    }),
  },
  {
    weight: 2,
    arbitrary: fc
      .constantFrom(['all'], ['CAP_ALL'], ['NET_RAW'], ['NET_RAW', 'ALL'], ['ALL', 'ALL'], [], null)
      .map((drop) => (context: Draft) => {
        child(context, 'capabilities')['drop'] = drop;
      }),
  },
  { weight: 1, arbitrary: setting('capabilities', {}, null, undefined, { drop: ['ALL'], add: [] }) },
);

/** What only a container has. */
const ownContext = fc.oneof(
  { weight: 2, arbitrary: setting('privileged', true, true, false, null) },
  { weight: 2, arbitrary: setting('allowPrivilegeEscalation', true, false, null, undefined) },
  { weight: 5, arbitrary: capabilities },
  { weight: 2, arbitrary: setting('procMount', 'Unmasked', 'Default', null) },
);

/** No security context at all, or an empty one. */
export const wholeContext = setting('securityContext', {}, null, undefined);

/** Deviations of a container in its security context: all that an ephemeral one can have. */
export const containerContext = fc.oneof(
  { weight: 8, arbitrary: inContext(sharedContext) },
  { weight: 8, arbitrary: inContext(ownContext) },
  { weight: 1, arbitrary: wholeContext },
);
