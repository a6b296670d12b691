import { describe, expect, test } from 'vitest';
import { podSubject } from '../kubernetes/subject.ts';
import { defaultText } from './builtin.ts';
import { loadConfiguration } from './load.ts';
import type { Configuration } from './policy.ts';
import { formatConfiguration } from './show.ts';

const now = Date.UTC(2026, 10, 21);
const head = { apiVersion: 'pratique.dev/v1alpha1', kind: 'PratiqueConfiguration' };
const exemption = { allow: { privileged: true }, owner: 'o', reason: 'r', expires: '2027-06-30' };
const nobody = { name: '', groups: [] };

function loaded(document: Readonly<Record<string, unknown>> | string) {
  const text = typeof document === 'string' ? document : JSON.stringify({ ...head, ...document });
  const result = loadConfiguration(text, now);
  if (result.kind === 'invalid')
    throw new Error(result.problems.map(({ path, message }) => `${path}: ${message}`).join('\n'));
  return result;
}

function configurationOf(document: Readonly<Record<string, unknown>>): Configuration {
  return loaded(document).configuration;
}

describe('which policy holds', () => {
  const configuration = configurationOf({
    profiles: { ci: { extends: 'strict' } },
    namespaces: [
      { match: ['kube-system'], mode: 'audit' },
      { match: ['ci-legacy'], profile: 'baseline', mode: 'warn' },
      { match: ['ci-*', 'gitlab'], profile: 'ci' },
    ],
    default: { mode: 'enforce', profile: 'dind' },
    clusterScoped: { mode: 'audit' },
    exemptions: [
      { ...exemption, name: 'a', namespaces: ['agents'] },
      { ...exemption, name: 'b', namespaces: ['agents-*', 'other'], acceptGlob: true },
      { ...exemption, name: 'c', namespaces: ['agents', 'agents-1'] },
    ],
  });

  test.each([
    ['kube-system', 'dind', 'audit', []],
    ['ci-legacy', 'baseline', 'warn', []],
    ['ci-1', 'ci', 'enforce', []],
    ['gitlab', 'ci', 'enforce', []],
    ['', 'dind', 'enforce', []],
    ['constructor', 'dind', 'enforce', []],
    ['agents', 'dind', 'enforce', ['a', 'c']],
    ['agents-1', 'dind', 'enforce', ['b', 'c']],
    ['other', 'dind', 'enforce', ['b']],
  ])('in %s', (namespace, profile, mode, exemptions) => {
    const policy = configuration.policyFor(namespace);
    expect(policy.profile.name).toBe(profile);
    expect(policy.mode).toBe(mode);
    expect(policy.exemptions.map(({ name }) => name)).toEqual(exemptions);
    expect(configuration.policyFor(namespace)).toBe(policy);
  });

  test('for objects without a namespace: what is left out comes from default', () => {
    expect(configuration.clusterScoped).toMatchObject({ profile: { name: 'dind' }, mode: 'audit', exemptions: [] });
  });

  test('a list of namespaces replaces the embedded one', () => {
    expect(configurationOf({ namespaces: [] }).policyFor('kube-system').mode).toBe('enforce');
    expect(configurationOf({}).policyFor('kube-system').mode).toBe('audit');
  });

  test('sections are merged field by field', () => {
    const { fuse, journal } = configurationOf({
      mountFuse: { namespaces: ['ci'], containers: ['x'] },
      journal: { sync: true },
    });
    expect(fuse).toMatchObject({ resource: 'squat.ai/fuse', containers: ['x'], runtimeClassName: 'untrusted' });
    expect([fuse.permitted('ci'), fuse.permitted('gitlab')]).toEqual([true, false]);
    expect(journal).toEqual({ allows: 'none', sync: true });
  });
});

test('a look-up does not grow with the configuration', () => {
  const many = (count: number) =>
    configurationOf({
      namespaces: Array.from({ length: count }, (_, index) => ({ match: [`ns-${index}`], mode: 'warn' })),
      exemptions: Array.from({ length: count }, (_, index) => ({
        ...exemption,
        name: `e-${index}`,
        namespaces: [`ns-${index}`],
      })),
    });
  const perLookup = (configuration: Configuration) => {
    const names = Array.from({ length: 3000 }, (_, index) => `x${index}`);
    const start = performance.now();
    for (const name of names) configuration.policyFor(name);
    return performance.now() - start;
  };
  const [small, large] = [many(2), many(1000)];
  perLookup(many(2));
  expect(large.policyFor('ns-999').exemptions.map(({ name }) => name)).toEqual(['e-999']);
  expect(perLookup(large)).toBeLessThan(20 * Math.max(1, perLookup(small)));
});

describe('settings are compiled', () => {
  const finding = {
    check: 'host-path-protected',
    severity: 'high',
    pointer: '',
    place: {},
    message: '',
    value: '/etc/timezone',
  } as const;

  test('an allowance of everything never tolerates a failure', () => {
    const { policyFor } = configurationOf({
      profiles: { a: { checks: { privileged: { action: 'deny', allow: true } } } },
      default: { profile: 'a' },
    });
    const permits = policyFor('x').profile.rules.pod.find(({ check }) => check.id === 'privileged')?.permits;
    expect(permits?.(finding)).toBe(true);
    expect(permits?.({ ...finding, failed: true })).toBe(false);
  });

  test('settings of the site reach the check', () => {
    const { policyFor, fuse } = configurationOf({
      profiles: { a: { checks: { 'engine-socket-mount': { action: 'deny', engineRoots: ['/data/docker'] } } } },
      default: { profile: 'a' },
    });
    const { rules } = policyFor('x').profile;
    const pod = {
      spec: { containers: [{ name: 'c' }], volumes: [{ name: 'v', hostPath: { path: '/data/docker/x' } }] },
    };
    const rule = rules.pod.find(({ check }) => check.id === 'engine-socket-mount');
    expect(rule?.check.find.pod?.(podSubject(pod, 'x'), rule.site).map(({ pointer }) => pointer)).toEqual([
      '/spec/volumes/0/hostPath/path',
    ]);
    expect(rules.pod.find(({ check }) => check.id === 'fuse-contract')?.site).toEqual({ fuse });
  });
});

describe('an exemption applies', () => {
  const pod = {
    spec: {
      serviceAccountName: 'agent',
      initContainers: [{ name: 'i', image: 'quay.io/agents/init:1' }],
      containers: [{ name: 'c', image: `quay.io/agents/agent@sha256:${'a'.repeat(64)}` }],
    },
  };
  const withOther = { spec: { ...pod.spec, ephemeralContainers: [{ name: 'e', image: 'docker.io/library/bash' }] } };

  test.each([
    ['to any pod of its namespace', {}, pod, nobody, true],
    ['to its service account', { serviceAccounts: ['agent'] }, pod, nobody, true],
    ['not to another', { serviceAccounts: ['other'] }, pod, nobody, false],
    ['to the default service account', { serviceAccounts: ['default'] }, { spec: { containers: [] } }, nobody, true],
    [
      'by the deprecated field',
      { serviceAccounts: ['agent'] },
      { spec: { serviceAccount: 'agent', containers: [] } },
      nobody,
      true,
    ],
    ['when every image is one of its', { images: ['quay.io/agents/*'] }, pod, nobody, true],
    ['not when one is another', { images: ['quay.io/agents/*'] }, withOther, nobody, false],
    [
      'not when a container has no image',
      { images: ['quay.io/agents/*'] },
      { spec: { containers: [{ name: 'c' }] } },
      nobody,
      false,
    ],
    ['to its user', { users: ['u'] }, pod, { name: 'u', groups: [] }, true],
    ['not to another user', { users: ['u'] }, pod, { name: 'v', groups: ['u'] }, false],
    ['to its group', { groups: ['g', 'h'] }, pod, { name: 'v', groups: ['x', 'h'] }, true],
    ['not without its group', { groups: ['g'] }, pod, nobody, false],
    ['only when everything fits', { serviceAccounts: ['agent'], users: ['u'] }, pod, nobody, false],
  ])('%s', (_, narrowing, object, user, expected) => {
    const configuration = configurationOf({
      exemptions: [{ ...exemption, ...narrowing, name: 'e', namespaces: ['agents'] }],
    });
    const [compiled] = configuration.policyFor('agents').exemptions;
    expect(compiled?.applies(podSubject(object, 'agents'), user)).toBe(expected);
    expect(compiled?.expires).toBe(Date.UTC(2027, 6, 1) - 1);
    expect([...(compiled?.allow.keys() ?? [])]).toEqual(['privileged']);
  });
});

describe('a builder profile holds', () => {
  const inSandbox = { runtimeClassName: 'untrusted' };
  const hostPath = { volumes: [{ name: 'v', hostPath: { path: '/cache' } }] };

  test.each([
    ['daemonless', {}, {}, true],
    ['kaniko', {}, {}, true],
    ['kaniko', hostPath, {}, false],
    ['rootless', {}, {}, true],
    ['rootless-fuse', inSandbox, {}, true],
    ['rootless-fuse', {}, {}, false],
    ['rootless-fuse', { hostUsers: false }, {}, false],
    ['rootless-fuse', { hostUsers: false }, { acceptUserNamespaces: true }, true],
    ['rootless-fuse', { runtimeClassName: 'kata' }, { acceptedRuntimeClassNames: ['kata'] }, true],
    ['root-nopriv-fuse', inSandbox, {}, true],
    ['root-nopriv-fuse', { hostUsers: false }, { acceptUserNamespaces: true }, false],
    ['userns', { hostUsers: false }, {}, true],
    ['userns', { hostUsers: true }, {}, false],
    ['userns', {}, {}, false],
    ['userns', { hostUsers: false, runtimeClassName: 'kata-qemu' }, {}, false],
    ['userns', { hostUsers: false, ...hostPath }, {}, false],
    ['userns-privileged', { hostUsers: false }, {}, true],
    ['userns-privileged', {}, {}, false],
    ['vm-privileged', inSandbox, {}, true],
    ['vm-privileged', { runtimeClassName: 'kata' }, { acceptedRuntimeClassNames: ['kata'] }, true],
    ['vm-privileged', { runtimeClassName: 'runc' }, {}, false],
    ['vm-privileged', { hostUsers: false }, { acceptUserNamespaces: true }, false],
    ['vm-privileged', { ...inSandbox, ...hostPath }, {}, false],
    ['sysbox', { runtimeClassName: 'sysbox-runc' }, {}, true],
    ['sysbox', inSandbox, {}, false],
  ])('%s in a pod with %j (%j): %s', (profile, spec, mountFuse, expected) => {
    const configuration = configurationOf({
      mountFuse,
      namespaces: [{ match: ['ci'], builders: [{ profile, containers: ['build'] }] }],
    });
    const [builder] = configuration.policyFor('ci').builders;
    const pod = { spec: { containers: [{ name: 'build' }], ...spec } };
    expect(builder?.name).toBe(profile);
    expect([...(builder?.containers ?? [])]).toEqual(['build']);
    expect(builder?.allowedIn(podSubject(pod, 'ci')) !== undefined).toBe(expected);
  });

  test('and allows what it lists, and no more', () => {
    const { policyFor } = configurationOf({
      namespaces: [{ match: ['ci'], builders: [{ profile: 'sysbox', containers: ['b'] }] }],
    });
    const pod = podSubject({ spec: { runtimeClassName: 'sysbox-runc' } }, 'ci');
    const allow = policyFor('ci').builders[0]?.allowedIn(pod);
    expect(allow?.has('dind-image')).toBe(true);
    expect(allow?.has('privileged')).toBe(false);
  });
});

describe('the hash', () => {
  const base = {
    profiles: {
      ci: { checks: { 'host-path-unlisted': { action: 'deny', allow: { paths: ['/a', '/b'] } }, privileged: 'warn' } },
    },
    namespaces: [{ match: ['x', 'y'], profile: 'ci' }],
    mountFuse: { namespaces: ['a', 'b'] },
    exemptions: [{ ...exemption, name: 'e', namespaces: ['p', 'q'] }],
  };
  const hash = configurationOf(base).hash;

  test('is 12 hexadecimal digits', () => {
    expect(hash).toMatch(/^[0-9a-f]{12}$/);
  });

  test.each([
    [
      'keys in another order',
      { exemptions: base.exemptions, mountFuse: base.mountFuse, namespaces: base.namespaces, profiles: base.profiles },
    ],
    [
      'sets in another order',
      { ...base, namespaces: [{ match: ['y', 'x'], profile: 'ci' }], mountFuse: { namespaces: ['b', 'a'] } },
    ],
    [
      'what is the default anyway',
      {
        ...base,
        default: { mode: 'enforce' },
        journal: { allows: 'none' },
        mountFuse: { ...base.mountFuse, count: 1 },
      },
    ],
    [
      'paths as objects',
      {
        ...base,
        profiles: {
          ci: {
            extends: 'dind',
            checks: {
              'host-path-unlisted': {
                action: 'deny',
                allow: { paths: [{ path: '/b' }, { path: '/a', readOnly: false }] },
              },
              privileged: { action: 'warn' },
            },
          },
        },
      },
    ],
    ['a profile that nobody uses', { ...base, profiles: { ...base.profiles, other: { extends: 'strict' } } }],
  ])('is the same for %s', (_, document) => {
    expect(configurationOf(document).hash).toBe(hash);
  });

  test.each([
    ['an action', { ...base, profiles: { ci: { checks: { ...base.profiles.ci.checks, privileged: 'audit' } } } }],
    [
      'a path',
      {
        ...base,
        profiles: {
          ci: {
            checks: { 'host-path-unlisted': { action: 'deny', allow: { paths: ['/a', '/c'] } }, privileged: 'warn' },
          },
        },
      },
    ],
    ['a mode', { ...base, default: { mode: 'warn' } }],
    [
      'the order of entries',
      {
        ...base,
        namespaces: [
          { match: ['y'], profile: 'ci' },
          { match: ['x'], profile: 'ci' },
        ],
      },
    ],
    ['the order of containers', { ...base, mountFuse: { ...base.mountFuse, containers: ['main', 'build'] } }],
    ['an exemption', { ...base, exemptions: [] }],
    ['a date', { ...base, exemptions: [{ ...base.exemptions[0], expires: '2027-07-01' }] }],
    [
      'builders',
      {
        ...base,
        namespaces: [{ match: ['x', 'y'], profile: 'ci', builders: [{ profile: 'kaniko', containers: ['b'] }] }],
      },
    ],
  ])('is another for %s', (_, document) => {
    expect(configurationOf(document).hash).not.toBe(hash);
  });
});

describe('what config show prints', () => {
  const document = {
    profiles: {
      ci: {
        extends: 'dind',
        denialStatus: 422,
        checks: {
          'host-path-unlisted': { action: 'deny', allow: { paths: ['/a', { path: '/yes', readOnly: true }] } },
        },
      },
    },
    namespaces: [
      { match: ['true', 'off', 'ci-1'], profile: 'ci', builders: [{ profile: 'kaniko', containers: ['on'] }] },
    ],
    exemptions: [{ ...exemption, name: 'y', namespaces: ['no'], images: ['quay.io/*'] }],
    breakGlass: { groups: ['123', '~'] },
  };

  test('is the same configuration when it is loaded again', () => {
    const { configuration, effective } = loaded(document);
    const text = formatConfiguration(effective);
    const again = loaded(text);
    expect(again.configuration.hash).toBe(configuration.hash);
    expect(formatConfiguration(again.effective)).toBe(text);
  });

  test('leaves nothing out', () => {
    expect(formatConfiguration(loaded({}).effective)).toContain('runtimeClassName: untrusted');
  });

  test('without a file, is the embedded default', () => {
    expect(loaded(defaultText()).configuration.hash).toBe(configurationOf({}).hash);
  });
});

test("the annotations that are read are those of the checks and of the site's own keys, in profiles that are used", () => {
  const keys = (name: string) => ({ 'runtime-annotations': { action: 'deny', keys: [name] } });
  const { annotationsRead } = configurationOf({
    profiles: { used: { checks: keys('site.example/used') }, unused: { checks: keys('site.example/unused') } },
    namespaces: [{ match: ['ci'], profile: 'used' }],
  });
  expect(annotationsRead).toEqual(expect.arrayContaining(['devices.crio.io*', 'site.example/used']));
  expect(annotationsRead).not.toContain('site.example/unused');
});
