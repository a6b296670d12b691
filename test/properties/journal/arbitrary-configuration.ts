import fc from 'fast-check';
import { checks } from '../../../src/checks/registry.ts';

/** A configuration as it is written, without its head. */
export type Draft = {
  profiles: Record<string, { extends: string; templates: string; checks: Record<string, unknown> }>;
  namespaces: Record<string, unknown>[];
  default: { profile: string; mode: string };
  mountFuse: Record<string, unknown>;
  exemptions: Record<string, unknown>[];
  breakGlass: { groups: string[] };
};

const builtIn = ['dind', 'strict', 'baseline', 'restricted'];
const mode = fc.constantFrom('enforce', 'enforce', 'warn', 'audit');
const action = fc.constantFrom('deny', 'deny', 'warn', 'audit', 'ignore');

/** Allowances of some checks that tolerate a part of what is generated. */
const partial: Readonly<Record<string, unknown>> = {
  'capabilities-drop': { add: ['SETUID', 'NET_BIND_SERVICE'] },
  'capabilities-extra': { capabilities: ['NET_ADMIN', 'SETUID'] },
  'dangerous-capabilities': { capabilities: ['SYS_ADMIN', 'ALL'] },
  'device-resource': { resources: ['example.com/gpu'] },
  'dind-image': { images: ['docker.io/library/*'] },
  'engine-command': { programs: ['dockerd'] },
  'engine-host-env': { names: ['DOCKER_HOST'] },
  'engine-image': { images: ['quay.io/**', 'docker.io/moby/*'] },
  'engine-port': { ports: ['2375'] },
  'host-path-protected': {
    paths: [
      { path: '/etc/localtime', readOnly: true },
      { path: '/var/log', readOnly: true },
    ],
  },
  'host-path-unlisted': { paths: [{ path: '/mnt/data', readOnly: true }] },
  'host-ports': { ports: ['80', '8080'] },
  'image-registry': { images: ['docker.io/**', 'quay.io/**'], digested: ['**'] },
  'runtime-class': { classes: ['untrusted', 'kata'] },
  'selinux-options': { types: ['spc_t'] },
  'unsafe-sysctls': { names: ['net.core.somaxconn'] },
  'volume-plugin-remote': { types: ['nfs'] },
};

/** Settings of the site, which change what is found. */
const sites: Readonly<Record<string, unknown>> = {
  'dind-image': { images: ['registry.example.com/**'] },
  'engine-host-env': { names: ['CI'] },
  'engine-port': { ports: ['8080'] },
};

const ids = checks.map(({ id }) => id);
const id = fc.constantFrom(...ids);

const entry = fc
  .tuple(id, action, fc.constantFrom('none', 'none', 'all', 'part'), fc.constantFrom(false, false, false, true))
  .map(([check, does, allows, sited]): [string, unknown] => {
    const part = partial[check];
    const allow = allows === 'all' ? { allow: true } : allows === 'part' && part !== undefined ? { allow: part } : {};
    const site = sited ? (sites[check] as object | undefined) : {};
    return [check, { action: does, ...allow, ...site }];
  });

const profile = fc
  .record({
    extends: fc.constantFrom(...builtIn),
    templates: fc.constantFrom('deny', 'warn', 'audit', 'ignore'),
    entries: fc.array(entry, { maxLength: 5 }),
  })
  .map(({ entries, ...rest }) => ({ ...rest, checks: Object.fromEntries(entries) }));

/** Exemptions that cover whole pods now and then: most checks, or some. */
const allowances = fc.oneof(
  fc.constant(Object.fromEntries(ids.map((check) => [check, true]))),
  fc.subarray(ids, { minLength: ids.length - 4 }).map((some) => Object.fromEntries(some.map((check) => [check, true]))),
  fc
    .subarray(Object.keys(partial), { minLength: 1 })
    .map((some) => Object.fromEntries(some.map((check) => [check, partial[check]]))),
  fc
    .subarray(ids, { minLength: 1, maxLength: 4 })
    .map((some) => Object.fromEntries(some.map((check) => [check, true]))),
);

const exemption = fc
  .record(
    {
      namespaces: fc.subarray(['ci', 'web', 'gitlab'], { minLength: 1 }),
      serviceAccounts: fc.subarray(['default', 'runner', 'agent'], { minLength: 1 }),
      images: fc.subarray(['docker.io/**', 'quay.io/**', 'registry.example.com/**', 'gcr.io/**'], { minLength: 2 }),
      users: fc.subarray(['anna', 'system:serviceaccount:gitlab:runner'], { minLength: 1 }),
      groups: fc.subarray(['platform', 'system:authenticated'], { minLength: 1 }),
      allow: allowances,
      expires: fc.constantFrom('never', 'never', '2031-01-01', '2020-01-01'),
    },
    { requiredKeys: ['namespaces', 'allow', 'expires'] },
  )
  .map((one) => ({
    ...one,
    owner: 'platform-team',
    reason: 'a test',
    acceptNoExpiry: true,
    acceptAuthorsInNamespace: true,
  }));

const builders = fc.array(
  fc.record({
    profile: fc.constantFrom(
      'daemonless',
      'kaniko',
      'rootless',
      'rootless-fuse',
      'userns',
      'vm-privileged',
      'userns-privileged',
    ),
    containers: fc.subarray(['build', 'helper', 'svc-0', 'init-0'], { minLength: 1 }),
  }),
  { maxLength: 2 },
);

const profileName = fc.constantFrom(...builtIn, 'one', 'two');

const namespace = fc.record({
  match: fc.constantFrom(['ci'], ['web'], ['gitlab', 'ci'], ['kube-system']),
  profile: profileName,
  mode,
  builders: fc.oneof({ weight: 2, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: builders }),
});

const numbered = (list: readonly Record<string, unknown>[]) =>
  list.map((one, index) => ({ name: `exemption-${index}`, ...one }));

/** Any configuration. */
export const configuration: fc.Arbitrary<Draft> = fc.record({
  profiles: fc.record({ one: profile, two: profile }),
  namespaces: fc.array(namespace, { maxLength: 3 }),
  default: fc.record({ profile: profileName, mode }),
  mountFuse: fc.record({
    namespaces: fc.constantFrom([], ['ci'], ['ci', 'gitlab']),
    acceptUserNamespaces: fc.constantFrom(false, false, true),
    runtimeClassName: fc.constantFrom('untrusted', 'untrusted', 'kata'),
  }),
  exemptions: fc.array(exemption, { maxLength: 3 }).map(numbered),
  breakGlass: fc.record({ groups: fc.constantFrom([], [], ['on-call']) }),
});

type Change = (draft: Draft) => Draft;

/** Every check denies, and tolerates all that it finds. */
const lenient = {
  extends: 'dind',
  templates: 'deny',
  checks: Object.fromEntries(ids.map((check) => [check, { action: 'deny', allow: true }])),
};
const closed = { ...lenient, checks: Object.fromEntries(ids.map((check) => [check, 'deny'])) };
const everywhere = (draft: Draft, profile: Draft['profiles'][string]): Draft => ({
  ...draft,
  profiles: { ...draft.profiles, one: profile },
  namespaces: [],
  default: { profile: 'one', mode: 'enforce' },
});

/** What is seldom met by chance: all allowances go; a check looks for something else. */
const decisive: fc.Arbitrary<(draft: Draft) => readonly [Draft, Draft]> = fc.oneof(
  fc.constant((draft: Draft) => [everywhere(draft, lenient), everywhere(draft, closed)] as const),
  fc.constantFrom(...Object.keys(sites)).map((check) => (draft: Draft) => {
    const quiet = {
      ...closed,
      checks: { 'dind-image': 'ignore', 'engine-image': 'ignore', [check]: 'deny' },
      extends: 'baseline',
    };
    const sited = { ...quiet, checks: { ...quiet.checks, [check]: { action: 'deny', ...(sites[check] as object) } } };
    return [everywhere(draft, quiet), everywhere(draft, sited)] as const;
  }),
);

const changed: fc.Arbitrary<Change> = fc.oneof(
  {
    weight: 3,
    arbitrary: mode.map(
      (to): Change =>
        (draft) => ({ ...draft, default: { ...draft.default, mode: to } }),
    ),
  },
  {
    weight: 3,
    arbitrary: fc.array(namespace, { maxLength: 2 }).map(
      (list): Change =>
        (draft) => ({ ...draft, namespaces: [...list, ...draft.namespaces] }),
    ),
  },
  {
    weight: 3,
    arbitrary: fc.tuple(fc.constantFrom('one', 'two'), entry).map(
      ([name, [check, does]]): Change =>
        (draft) => {
          const before = draft.profiles[name];
          if (before === undefined) return draft;
          return {
            ...draft,
            profiles: { ...draft.profiles, [name]: { ...before, checks: { ...before.checks, [check]: does } } },
          };
        },
    ),
  },
  {
    weight: 2,
    arbitrary: profileName.map(
      (to): Change =>
        (draft) => ({ ...draft, default: { ...draft.default, profile: to } }),
    ),
  },
  {
    weight: 3,
    arbitrary: exemption.map(
      (one): Change =>
        (draft) => ({ ...draft, exemptions: numbered([one, ...draft.exemptions.map(({ name: _, ...rest }) => rest)]) }),
    ),
  },
  { weight: 2, arbitrary: fc.constant<Change>((draft) => ({ ...draft, exemptions: draft.exemptions.slice(1) })) },
  { weight: 1, arbitrary: fc.constant<Change>((draft) => ({ ...draft, breakGlass: { groups: ['on-call'] } })) },
  {
    weight: 1,
    arbitrary: fc.constant<Change>((draft) => ({
      ...draft,
      mountFuse: { ...draft.mountFuse, namespaces: ['ci', 'web'] },
    })),
  },
);

/** Two configurations as a roll-out has them: the second is the first with a change or two. */
export const rollOut: fc.Arbitrary<readonly [Draft, Draft]> = fc
  .tuple(configuration, fc.array(changed, { minLength: 1, maxLength: 2 }))
  .map(([draft, changes]) => [draft, changes.reduce((before, change) => change(before), draft)] as const);

/** Two configurations that differ in what is easily forgotten, the one way round or the other. */
export const forgotten: fc.Arbitrary<readonly [Draft, Draft]> = fc
  .tuple(configuration, decisive, fc.boolean())
  .map(([draft, make, isBack]) => {
    const [before, after] = make(draft);
    return isBack ? [after, before] : [before, after];
  });
