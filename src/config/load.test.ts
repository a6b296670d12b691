import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type LoadResult, loadConfiguration } from './load.ts';

const now = Date.UTC(2026, 10, 21);
const head = 'apiVersion: pratique.dev/v1alpha1\nkind: PratiqueConfiguration\n';
const exemption = {
  name: 'agent',
  namespaces: ['agents'],
  allow: { privileged: true },
  owner: 'platform',
  reason: 'it is a node agent',
  expires: '2027-06-30',
};

function load(document: string | Readonly<Record<string, unknown>>): LoadResult {
  if (typeof document === 'string') return loadConfiguration(head + document, now);
  return loadConfiguration(JSON.stringify({ ...headOf(), ...document }), now);
}

function headOf(): Readonly<Record<string, unknown>> {
  return { apiVersion: 'pratique.dev/v1alpha1', kind: 'PratiqueConfiguration' };
}

/** The problems, each as its path and message. */
function problemsOf(result: LoadResult): readonly string[] {
  return result.kind === 'invalid' ? result.problems.map(({ path, message }) => `${path}: ${message}`) : [];
}

/** Path and a part of the message of the one problem, and a part of its suggestion. */
type Expected = readonly [path: string, message: string, suggestion?: string];

function expectProblem(result: LoadResult, [path, message, suggestion]: Expected): void {
  expect(problemsOf(result)).toEqual([expect.stringContaining(message)]);
  if (result.kind !== 'invalid') return;
  expect(result.problems[0]?.path).toBe(path);
  if (suggestion !== undefined) expect(result.problems[0]?.suggestion).toContain(suggestion);
}

describe('the form of the document', () => {
  test.each<readonly [string, string, Expected]>([
    ['an unknown key', 'defalt: {}', ['defalt', 'is no known key', 'Did you mean `default`?']],
    ['an unknown key below', 'default: { mod: warn }', ['default.mod', 'is no known key', 'Did you mean `mode`?']],
    ['a key that no other is near', 'breakGlass: { x: 1 }', ['breakGlass.x', 'is no known key', 'Known here: groups.']],
    [
      'an unknown check',
      'profiles: { ci: { checks: { priviledged: warn } } }',
      ['profiles.ci.checks.priviledged', 'is no check', 'Did you mean `privileged`?'],
    ],
    [
      'an unknown check in an exemption',
      `exemptions: ${JSON.stringify([{ ...exemption, allow: { host_pid: true } }])}`,
      ['exemptions[0].allow.host_pid', 'is no check', 'Did you mean `host-pid`?'],
    ],
    [
      'an unknown mode',
      'default: { mode: wran }',
      ['default.mode', 'must be one of enforce, warn, audit', 'Did you mean `warn`?'],
    ],
    [
      'an unknown action',
      'profiles: { ci: { checks: { privileged: dney } } }',
      ['profiles.ci.checks.privileged', 'must be one of deny, warn, audit, ignore', 'Did you mean `deny`?'],
    ],
    [
      'an action off',
      'profiles: { ci: { checks: { privileged: off } } }',
      ['profiles.ci.checks.privileged', 'reads `off` and `no` as false', 'Write `ignore`.'],
    ],
    [
      'an action "off"',
      'profiles: { ci: { checks: { privileged: { action: "off" } } } }',
      ['profiles.ci.checks.privileged.action', 'reads `off` and `no` as false', 'Write `ignore`.'],
    ],
    [
      'a check without a value',
      'profiles:\n  ci:\n    checks:\n      privileged:\n',
      ['profiles.ci.checks.privileged', 'is empty'],
    ],
    [
      'a setting that the check does not have',
      'profiles: { ci: { checks: { privileged: { action: deny, engineRoots: [/x] } } } }',
      ['profiles.ci.checks.privileged.engineRoots', 'is no known key'],
    ],
    [
      'an allowance of a check that has only all',
      'profiles: { ci: { checks: { privileged: { action: deny, allow: { paths: [/x] } } } } }',
      ['profiles.ci.checks.privileged.allow', 'must be true'],
    ],
    [
      'an allowance of nothing',
      'profiles: { ci: { checks: { host-path-unlisted: { action: deny, allow: {} } } } }',
      ['profiles.ci.checks.host-path-unlisted.allow', 'allows nothing'],
    ],
    ['a section without a value', 'exemptions:\n', ['exemptions', 'is empty, and must be a list', 'Remove the key']],
    [
      'a number where a name belongs',
      'breakGlass: { groups: [1] }',
      ['breakGlass.groups[0]', 'must be a string', 'in quotes, as in "1"'],
    ],
    [
      'a denial status that there is not',
      'profiles: { ci: { denialStatus: 400 } }',
      ['profiles.ci.denialStatus', 'must be one of 403, 422'],
    ],
    ['a profile with a name of another form', 'profiles: { Ci: {} }', ['profiles.Ci', 'the key "Ci" is no name']],
    [
      'an unknown builder profile',
      'namespaces: [{ match: [ci], builders: [{ profile: kanico, containers: [build] }] }]',
      ['namespaces[0].builders[0].profile', '"kanico"', 'Did you mean `kaniko`?'],
    ],
    [
      'a builder profile for no container',
      'namespaces: [{ match: [ci], builders: [{ profile: kaniko, containers: [] }] }]',
      ['namespaces[0].builders[0].containers', 'names no container'],
    ],
    [
      'a name where there is only one',
      'profiles: { ci: { checks: { capabilities-drop: { action: deny, allow: { keep: [CHOWN] } } } } }',
      ['profiles.ci.checks.capabilities-drop.allow.keep[0]', 'must be default'],
    ],
    ['an entry for no namespace', 'namespaces: [{ match: [] }]', ['namespaces[0].match', 'names no namespace']],
    ['a bad glob', 'namespaces: [{ match: ["ci-[ab]"] }]', ['namespaces[0].match[0]', 'only * and ** are special']],
    [
      'a glob that can match nothing',
      'namespaces: [{ match: ["CI-*"] }]',
      ['namespaces[0].match[0]', 'can match no namespace'],
    ],
    ['two labels', 'mountFuse: { label: { a: "1", b: "2" } }', ['mountFuse.label', 'exactly one key']],
    [
      'a label that is a boolean',
      'mountFuse: { label: { mount-fuse: true } }',
      ['mountFuse.label.mount-fuse', 'must be a string', 'in quotes, as in "true"'],
    ],
    [
      'a label key that is none',
      'mountFuse: { label: { "a b": "true" } }',
      ['mountFuse.label["a b"]', 'is no label key'],
    ],
    ['a label value that is none', 'mountFuse: { label: { a: "b c" } }', ['mountFuse.label.a', 'is no label value']],
    ['a resource without a domain', 'mountFuse: { resource: fuse }', ['mountFuse.resource', 'is no extended resource']],
    [
      'a resource of Kubernetes',
      'mountFuse: { resource: kubernetes.io/fuse }',
      ['mountFuse.resource', 'is no extended resource'],
    ],
    [
      'a gated resource that is none',
      'mountFuse: { gatedResources: [cpu] }',
      ['mountFuse.gatedResources[0]', 'is no extended resource'],
    ],
    ['a count of nothing', 'mountFuse: { count: 0 }', ['mountFuse.count', 'at least 1']],
    ['half a device', 'mountFuse: { count: 1.5 }', ['mountFuse.count', 'must be a whole number']],
    [
      'a class that is no name',
      'mountFuse: { runtimeClassName: "" }',
      ['mountFuse.runtimeClassName', 'is no Kubernetes name'],
    ],
    [
      'an unreadable path',
      'profiles: { ci: { checks: { host-path-unlisted: { action: deny, allow: { paths: [/a/../b] } } } } }',
      ['profiles.ci.checks.host-path-unlisted.allow.paths[0]', '".."'],
    ],
    [
      'a tree that may be written to',
      'profiles: { ci: { checks: { host-path-unlisted: { action: deny, allow: { paths: [{ path: /a, tree: true }] } } } } }',
      ['profiles.ci.checks.host-path-unlisted.allow.paths[0].path', 'is a tree that may be written to'],
    ],
    [
      'an unreadable path of the site',
      'profiles: { ci: { checks: { engine-socket-mount: { action: deny, engineRoots: [""] } } } }',
      ['profiles.ci.checks.engine-socket-mount.engineRoots[0]', 'is empty'],
    ],
    [
      'an image pattern with a tag',
      'profiles: { ci: { checks: { dind-image: { action: deny, allow: { images: ["docker:29"] } } } } }',
      ['profiles.ci.checks.dind-image.allow.images[0]', 'has a tag'],
    ],
  ])('%s', (_, text, expected) => {
    expectProblem(load(text), expected);
  });

  test('another version, and no kind', () => {
    expect(problemsOf(loadConfiguration('apiVersion: v1\n', now))).toEqual([
      'apiVersion: is "v1", and must be pratique.dev/v1alpha1',
      'kind: is missing: PratiqueConfiguration is required',
    ]);
  });

  test.each(['5', '[]', '"x"', 'null', '~'])('%s is no configuration', (text) => {
    expect(loadConfiguration(text, now).kind).toBe('invalid');
  });
});

describe('all problems at once', () => {
  const text = `${head}profiles:
  dind: {}
  ci: { extends: dnd, checks: { privilegd: deny } }
  loop: { extends: loop }
namespaces:
  - match: [a]
    profile: cii
  - match: [b]
    builders: [{ profile: kaniko }]
default: { profile: strikt }
mountFuse: { namespaces: ["ci-*"] }
exemptions:
  - { name: x, namespaces: [a], allow: { privileged: true }, owner: o, reason: r, expires: tomorrow }
  - { name: z, namespaces: ["*"], allow: { privileged: true }, owner: o, reason: r, expires: never }
breakGlass: { groups: ["system:authenticated"] }
`;

  test('each with its place, in the order of the text', () => {
    const result = loadConfiguration(text, now);
    const places = result.kind === 'invalid' ? result.problems.map(({ path, line }) => `${line} ${path}`) : [];
    expect(places).toEqual([
      '4 profiles.dind',
      '5 profiles.ci.checks.privilegd',
      '6 profiles.loop.extends',
      '9 namespaces[0].profile',
      '11 namespaces[1].builders[0].containers',
      '12 default.profile',
      '13 mountFuse.namespaces[0]',
      '15 exemptions[0].expires',
      '16 exemptions[1].namespaces[0]',
      '16 exemptions[1].expires',
      '17 breakGlass.groups[0]',
    ]);
  });

  test('a malformed profile is not also an unknown one', () => {
    const result = load('profiles: { ci: { checks: { x: 1 } } }\ndefault: { profile: ci }');
    expect(problemsOf(result)).toEqual(['profiles.ci.checks.x: "x" is no check']);
  });
});

describe('profiles', () => {
  test.each<readonly [string, string, Expected]>([
    [
      'a built-in name',
      'profiles: { strict: {} }',
      ['profiles.strict', 'is the name of a built-in profile', 'extends: strict'],
    ],
    [
      'an unknown base',
      'profiles: { ci: { extends: dimd } }',
      ['profiles.ci.extends', 'there is no profile "dimd"', 'Did you mean `dind`?'],
    ],
    [
      'a circle',
      'profiles: { a: { extends: b }, b: { extends: c }, c: { extends: b } }',
      ['profiles.b.extends', 'goes in a circle: b extends c extends b'],
    ],
    [
      'an unknown profile in default',
      'default: { profile: ci }',
      ['default.profile', 'there is no profile "ci"', 'There are baseline, dind'],
    ],
    [
      'an unknown profile for objects without a namespace',
      'clusterScoped: { profile: dnid }',
      ['clusterScoped.profile', 'there is no profile "dnid"', 'Did you mean `dind`?'],
    ],
    [
      'an unknown profile in an entry',
      'profiles: { cicd: {} }\nnamespaces: [{ match: [a], profile: cidc }]',
      ['namespaces[0].profile', 'there is no profile "cidc"', 'Did you mean `cicd`?'],
    ],
  ])('%s', (_, text, expected) => {
    expectProblem(load(text), expected);
  });

  test('an entry replaces the inherited one whole', () => {
    const result = load(
      'profiles: { a: { checks: { host-path-protected: deny } }, b: { extends: a, denialStatus: 422 } }\ndefault: { profile: b }',
    );
    const profile = result.kind === 'configuration' ? result.configuration.policyFor('x').profile : undefined;
    const rule = profile?.rules.pod.find(({ check }) => check.id === 'host-path-protected');
    expect(rule?.permits).toBeUndefined();
    expect(profile).toMatchObject({ name: 'b', denialStatus: 422 });
  });

  test('what is not written is inherited from dind', () => {
    const result = load('profiles: { a: { checks: { privileged: ignore } } }\ndefault: { profile: a }');
    const ids =
      result.kind === 'configuration'
        ? result.configuration.policyFor('x').profile.rules.pod.map(({ check }) => check.id)
        : [];
    expect(ids).toContain('host-pid');
    expect(ids).not.toContain('privileged');
    expect(ids).toEqual(ids.toSorted());
  });
});

describe('what weakens needs names', () => {
  const weaker: readonly (readonly [string, string])[] = [
    ['a mode', 'namespaces: [{ match: [MATCH], mode: warn ACCEPT }]'],
    ['builders', 'namespaces: [{ match: [MATCH], builders: [{ profile: kaniko, containers: [build] }] ACCEPT }]'],
    [
      'a lower action',
      'profiles: { low: { checks: { privileged: warn } } }\nnamespaces: [{ match: [MATCH], profile: low ACCEPT }]',
    ],
    [
      'an allowance',
      'profiles: { wide: { checks: { host-path-unlisted: { action: deny, allow: { paths: [/cache] } } } } }\nnamespaces: [{ match: [MATCH], profile: wide ACCEPT }]',
    ],
    [
      'an allowance of everything',
      'profiles: { wide: { checks: { engine-image: { action: deny, allow: true } } } }\nnamespaces: [{ match: [MATCH], profile: wide ACCEPT }]',
    ],
    [
      'fewer places that are looked for',
      'profiles: { more: { checks: { engine-socket-mount: { action: deny, engineRoots: [/data] } } } }\ndefault: { profile: more }\nnamespaces: [{ match: [MATCH], profile: dind ACCEPT }]',
    ],
  ];

  test.each(weaker)('%s by glob is a problem', (_, text) => {
    expectProblem(load(text.replace('MATCH', '"ci-*"').replace('ACCEPT', '')), [
      'namespaces[0].match[0]',
      '"ci-*" is a glob',
      'acceptGlob: true',
    ]);
  });

  test.each(weaker)('%s by name is none', (_, text) => {
    expect(problemsOf(load(text.replace('MATCH', 'ci').replace('ACCEPT', '')))).toEqual([]);
  });

  test.each(weaker)('%s by glob is none when it is meant', (_, text) => {
    expect(problemsOf(load(text.replace('MATCH', '"ci-*"').replace('ACCEPT', ', acceptGlob: true')))).toEqual([]);
  });

  test.each([
    ['a stricter profile', 'namespaces: [{ match: ["*"], profile: strict }]'],
    ['a stricter mode', 'default: { mode: audit }\nnamespaces: [{ match: ["prod-*"], mode: enforce }]'],
    [
      'a narrower allowance',
      'profiles: { narrow: { checks: { host-path-protected: { action: deny, allow: { paths: [{ path: /etc/timezone, readOnly: true }] } } } } }\nnamespaces: [{ match: ["*"], profile: narrow }]',
    ],
    [
      'what default ignores',
      'profiles: { a: { checks: { host-pid: ignore } }, b: { extends: a, checks: { host-pid: { action: warn, allow: true } } } }\ndefault: { profile: a }\nnamespaces: [{ match: ["*"], profile: b }]',
    ],
  ])('globs may tighten: %s', (_, text) => {
    expect(problemsOf(load(text))).toEqual([]);
  });

  test('who may ask for the device', () => {
    expectProblem(load('mountFuse: { namespaces: ["ci-*"] }'), [
      'mountFuse.namespaces[0]',
      '"ci-*" is a glob',
      'mountFuse.acceptGlob: true',
    ]);
    expect(problemsOf(load('mountFuse: { namespaces: [ci] }'))).toEqual([]);
    expect(problemsOf(load('mountFuse: { namespaces: ["ci-*"], acceptGlob: true }'))).toEqual([]);
  });

  test('the resource is not gated', () => {
    expectProblem(load('mountFuse: { resource: github.com/fuse }'), [
      'mountFuse.gatedResources[0]',
      'nobody could have it',
    ]);
  });
});

describe('exemptions', () => {
  test.each<readonly [string, Readonly<Record<string, unknown>>, Expected]>([
    ['no owner', { owner: undefined }, ['exemptions[0].owner', 'is missing']],
    ['no reason', { reason: ' ' }, ['exemptions[0].reason', 'is empty']],
    ['no end', { expires: undefined }, ['exemptions[0].expires', 'is missing']],
    ['no namespace', { namespaces: [] }, ['exemptions[0].namespaces', 'names no namespace']],
    ['nothing allowed', { allow: {} }, ['exemptions[0].allow', 'allows nothing']],
    ['a date that there is not', { expires: '2027-02-30' }, ['exemptions[0].expires', 'is no date']],
    ['a time', { expires: '2027-02-20T10:00:00Z' }, ['exemptions[0].expires', 'is no date']],
    ['never', { expires: 'never' }, ['exemptions[0].expires', 'has no end', 'acceptNoExpiry: true']],
    [
      'a glob',
      { namespaces: ['agents-*'] },
      ['exemptions[0].namespaces[0]', '"agents-*" is a glob', 'acceptGlob: true'],
    ],
    ['narrowed to nobody', { users: [] }, ['exemptions[0].users', 'is empty']],
    [
      'a service account with a star',
      { serviceAccounts: ['a-*'] },
      ['exemptions[0].serviceAccounts[0]', 'is no Kubernetes name'],
    ],
    ['an image with a digest', { images: ['a@sha256:0'] }, ['exemptions[0].images[0]', 'has a digest']],
  ])('%s is a problem', (_, change, expected) => {
    expectProblem(load({ exemptions: [{ ...exemption, ...change }] }), expected);
  });

  test.each([
    ['as it is', {}],
    ['expired', { expires: '2020-01-01' }],
    ['without an end that is meant', { expires: 'never', acceptNoExpiry: true }],
    ['a glob that is meant', { namespaces: ['agents-*'], acceptGlob: true }],
    [
      'narrowed in every way',
      { serviceAccounts: ['a'], images: ['quay.io/agents/**'], users: ['system:node:x'], groups: ['g'] },
    ],
  ])('%s is none', (_, change) => {
    expect(problemsOf(load({ exemptions: [{ ...exemption, ...change }] }))).toEqual([]);
  });

  test('two of a name', () => {
    expectProblem(load({ exemptions: [exemption, exemption] }), [
      'exemptions[1].name',
      'there are two exemptions "agent"',
    ]);
  });

  test('a date without quotes', () => {
    const text = `exemptions:\n  - {name: a, namespaces: [b], allow: {privileged: true}, owner: o, reason: r, expires: 2027-06-30}`;
    const result = load(text);
    const expires = result.kind === 'configuration' ? result.configuration.exemptions : problemsOf(result);
    expect(expires).toEqual([{ name: 'a', owner: 'o', expires: Date.UTC(2027, 6, 1) - 1 }]);
  });

  describe('where job pods run', () => {
    const jobs = {
      mountFuse: { namespaces: ['gitlab'] },
      namespaces: [{ match: ['ci'], builders: [{ profile: 'kaniko', containers: ['build'] }] }],
    };

    test.each([
      ['a namespace that may ask for the device', { namespaces: ['gitlab'] }, 'gitlab'],
      ['a namespace with builders', { namespaces: ['ci'] }, 'ci'],
      ['a glob that meets one', { namespaces: ['git*'], acceptGlob: true }, 'gitlab'],
    ])('%s', (_, change, namespace) => {
      const document = { ...jobs, exemptions: [{ ...exemption, ...change }] };
      const path = 'exemptions[0].namespaces[0]';
      expectProblem(load(document), [
        path,
        `job pods run in "${namespace}", where privileged denies`,
        'acceptAuthorsInNamespace: true',
      ]);
      const accepted = { ...jobs, exemptions: [{ ...exemption, ...change, acceptAuthorsInNamespace: true }] };
      expect(problemsOf(load(accepted))).toEqual([]);
    });

    test('a glob that meets a glob', () => {
      const document = {
        mountFuse: { namespaces: ['ci-*'], acceptGlob: true },
        exemptions: [{ ...exemption, namespaces: ['*-agents'], acceptGlob: true }],
      };
      expectProblem(load(document), ['exemptions[0].namespaces[0]', 'job pods run in "ci-*"']);
    });

    test.each([
      ['a check that only warns there', { namespaces: ['gitlab'], allow: { 'engine-image': true } }],
      ['another namespace', { namespaces: ['agents'] }],
      ['a glob that meets none', { namespaces: ['agents-*'], acceptGlob: true }],
    ])('but not %s', (_, change) => {
      expect(problemsOf(load({ ...jobs, exemptions: [{ ...exemption, ...change }] }))).toEqual([]);
    });
  });
});

describe('break-glass', () => {
  test.each([
    'system:authenticated',
    'system:unauthenticated',
    'system:serviceaccounts',
    'system:serviceaccounts:ci',
    'system:nodes',
  ])('%s is no group of people on call', (group) => {
    expectProblem(load({ breakGlass: { groups: [group] } }), ['breakGlass.groups[0]', 'all of it could pass']);
  });

  test.each(['system:masters', 'oidc:on-call', 'system:serviceaccountsx'])('%s may be one', (group) => {
    expect(problemsOf(load({ breakGlass: { groups: [group] } }))).toEqual([]);
  });
});

describe('allowed paths', () => {
  const profile = (checks: unknown) => ({ profiles: { ci: { checks } } });
  const unlisted = (...paths: unknown[]) => ({ 'host-path-unlisted': { action: 'deny', allow: { paths } } });
  const at = 'profiles.ci.checks.host-path-unlisted.allow.paths';

  test.each(['/run', '/var/run/docker.sock', '//var//run/', '/run/containerd'])('%s reaches a socket', (path) => {
    expectProblem(load(profile(unlisted(path))), [`${at}[0]`, 'reaches', 'engine-socket-mount']);
  });

  test('a socket under the check that looks for it', () => {
    const named = { 'engine-socket-mount': { action: 'deny', allow: { paths: ['/run/docker.sock'] } } };
    expect(problemsOf(load(profile(named)))).toEqual([]);
  });

  test('a path that is allowed under both checks', () => {
    const allow = { 'engine-socket-mount': { paths: ['/var/run'] }, 'host-path-protected': { paths: ['/var/run'] } };
    expect(problemsOf(load({ exemptions: [{ ...exemption, allow }] }))).toEqual([]);
    const { 'host-path-protected': alone } = allow;
    expectProblem(load({ exemptions: [{ ...exemption, allow: { 'host-path-protected': alone } }] }), [
      'exemptions[0].allow.host-path-protected.paths[0]',
      '"/var/run" reaches',
    ]);
  });

  test.each([
    ['above another', unlisted('/cache', { path: '/cache/a', readOnly: true }), `${at}[0]`],
    ['the same as a read-only one', unlisted({ path: '/cache', readOnly: true }, '/cache/'), `${at}[1]`],
    [
      'above one of dind',
      { 'host-path-protected': { action: 'deny', allow: { paths: ['/etc/ssl'] } } },
      'profiles.ci.checks.host-path-protected.allow.paths[0]',
    ],
  ])('a writable one is %s', (_, checks, path) => {
    expectProblem(load(profile(checks)), [path, 'may be written to', 'readOnly: true']);
  });

  test('a writable one of a profile is above one of another profile, or of an exemption', () => {
    const profiles = { a: { checks: unlisted('/data') }, b: { checks: unlisted({ path: '/data/x', readOnly: true }) } };
    expectProblem(load({ profiles }), ['profiles.a.checks.host-path-unlisted.allow.paths[0]', 'profiles.b.checks']);
    const allow = { 'host-path-unlisted': { paths: ['/data/y'] } };
    const { a } = profiles;
    expectProblem(load({ profiles: { a }, exemptions: [{ ...exemption, allow }] }), [
      'profiles.a.checks.host-path-unlisted.allow.paths[0]',
      'exemptions[0].allow',
    ]);
  });

  test.each([
    [
      'read-only ones hold each other',
      profile(unlisted({ path: '/a', readOnly: true, tree: true }, { path: '/a/b', readOnly: true })),
    ],
    ['siblings', profile(unlisted('/cache', '/cache-2', '/cachex'))],
    [
      'two profiles share a writable one',
      { profiles: { a: { checks: unlisted('/cache') }, b: { extends: 'a' }, c: { checks: unlisted('/cache') } } },
    ],
    [
      'exemptions hold each other',
      {
        exemptions: [
          { ...exemption, allow: { 'host-path-unlisted': { paths: ['/data', '/data/x'] } } },
          { ...exemption, name: 'b', allow: { 'host-path-protected': { paths: ['/etc', '/usr'] } } },
        ],
      },
    ],
  ])('no problem: %s', (_, document) => {
    expect(problemsOf(load(document))).toEqual([]);
  });
});

describe('notices', () => {
  test('of exemptions', () => {
    const result = load({
      exemptions: [
        { ...exemption, name: 'a', expires: '2026-11-20' },
        { ...exemption, name: 'b', expires: '2026-11-21' },
        { ...exemption, name: 'c', expires: '2026-11-27' },
        { ...exemption, name: 'd', expires: '2026-11-28' },
        { ...exemption, name: 'e', expires: 'never', acceptNoExpiry: true },
      ],
    });
    const notices = result.kind === 'configuration' ? result.notices : [];
    expect(notices.map(({ kind, path }) => `${kind} ${path}`)).toEqual([
      'expired exemptions[0].expires',
      'expiring exemptions[1].expires',
      'expiring exemptions[2].expires',
      'never-expires exemptions[4].expires',
    ]);
  });

  test('of builders that admit docker-in-docker, and of namespaces that are matched before', () => {
    const result = load(`namespaces:
  - match: [ci, lab]
    builders:
      - { profile: kaniko, containers: [build] }
      - { profile: vm-privileged, containers: [build] }
  - match: [lab]
`);
    const notices = result.kind === 'configuration' ? result.notices : [];
    expect(notices).toEqual([
      {
        kind: 'admits-docker',
        path: 'namespaces[0].builders[1]',
        line: 7,
        message: expect.stringContaining('vm-privileged in ci, lab, containers build: admits docker-in-docker'),
      },
      {
        kind: 'unreachable',
        path: 'namespaces[1].match[0]',
        line: 8,
        message: expect.stringContaining('lab is matched by namespaces[0]'),
      },
    ]);
  });
});

test('names that a glob before them hides are told of', () => {
  const result = load('namespaces: [{ match: ["a-*", b] }, { match: [a-1, b, c, "a-*"] }]');
  const notices = result.kind === 'configuration' ? result.notices : [];
  expect(notices.map(({ kind, path }) => `${kind} ${path}`)).toEqual([
    'unreachable namespaces[1].match[0]',
    'unreachable namespaces[1].match[1]',
    'unreachable namespaces[1].match[3]',
  ]);
});

describe('an override', () => {
  test('holds in every namespace', () => {
    const result = loadConfiguration(`${head}namespaces: [{ match: [a], profile: strict, mode: audit }]`, now, {
      profile: 'baseline',
      mode: 'warn',
    });
    const policies =
      result.kind === 'configuration'
        ? [result.configuration.policyFor('a'), result.configuration.policyFor('b'), result.configuration.clusterScoped]
        : [];
    expect(policies.map(({ profile, mode }) => `${profile.name} ${mode}`)).toEqual([
      'baseline warn',
      'baseline warn',
      'baseline warn',
    ]);
  });

  test('of a profile that there is not', () => {
    expect(problemsOf(loadConfiguration(head, now, { profile: 'x' }))).toContain(
      'default.profile: there is no profile "x"',
    );
  });
});

describe('never throws', () => {
  test.each(['profiles', 'exemptions', 'default', 'mountFuse', 'journal'])(
    'on %s with keys of prototypes',
    (section) => {
      const { path } = { path: `${section}.constructor` };
      const result = load({ [section]: { constructor: { name: {} }, toString: [], hasOwnProperty: {} } });
      expect(problemsOf(result).length).toBeGreaterThan(0);
      if (section !== 'exemptions') expect(problemsOf(result).join('\n')).toContain(path);
    },
  );

  const key = fc.constantFrom(
    'profiles',
    'namespaces',
    'match',
    'checks',
    'privileged',
    'allow',
    'paths',
    'path',
    'exemptions',
    'mountFuse',
    'label',
    'extends',
    'default',
    'profile',
    'constructor',
    'toString',
    'name',
    'expires',
  );
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof(
      { depthSize: 'small' },
      fc.constantFrom('a', '*', 'dind', '/run', '', 'never', 1, true, null),
      fc.array(tie('tree'), { maxLength: 3 }),
      fc.dictionary(key, tie('tree'), { maxKeys: 4 }),
    ),
  }));

  test('on documents that are nearly right', () => {
    const sections = fc.record(
      {
        profiles: tree,
        namespaces: tree,
        default: tree,
        mountFuse: tree,
        exemptions: tree,
        breakGlass: tree,
        journal: tree,
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(sections, (document) => {
        const result = loadConfiguration(JSON.stringify({ ...headOf(), ...document }), now);
        return result.kind === 'configuration' || result.problems.length > 0;
      }),
      { numRuns: 150 },
    );
  });

  test.each(['["\\u007f"]', '{"\\u009b31m": 1}', '|\u0000', '!\u009b31m x'])(
    'on %j, of which it tells in printable words',
    (text) => {
      const result = loadConfiguration(text, now);
      expect(result.kind).toBe('invalid');
      expect(JSON.stringify(result)).not.toMatch(/\p{Cc}/u);
      expect(JSON.stringify(result)).not.toMatch(/\\u00(?:[01]|7f|[89])/);
    },
  );

  test('on any JSON and any text', () => {
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string()), (text) => loadConfiguration(text, now).kind === 'invalid'),
      { numRuns: 150 },
    );
  });
});
