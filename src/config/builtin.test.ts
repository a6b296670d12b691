import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { checks } from '../checks/registry.ts';
import { builtInFile } from '../generate/builtin-files.ts';
import { heldChecks } from '../safety-net/held.ts';
import { looksAtContainers } from './builders.ts';
import { builderAllowances, builderFile, defaultDocument, profileFile } from './builtin.ts';
import { builtInBuilders, builtInProfiles } from './builtin-names.ts';
import type { CheckDocument } from './document.ts';
import { defaultConfiguration } from './embedded.ts';
import { formatPath } from './problem.ts';
import { structureOf } from './structure.ts';

function namesIn(folder: string): readonly string[] {
  return readdirSync(new URL(folder, import.meta.url))
    .map((file) => file.replace(/\.yaml$/, ''))
    .toSorted();
}

function actionOf(entry: CheckDocument | undefined): string | undefined {
  return typeof entry === 'string' ? entry : entry?.action;
}

function complaintsOf(value: unknown, kind: Parameters<typeof structureOf>[1]): readonly string[] {
  return structureOf(value, kind).complaints.map(({ path, message }) => `${formatPath(path)}: ${message}`);
}

test('builtin.json is what the YAML files say', () => {
  const text = readFileSync(new URL('builtin.json', import.meta.url), 'utf8');
  expect(text === builtInFile(), 'run npm run generate').toBe(true);
});

test('every file has its name in the list', () => {
  expect(namesIn('profiles/')).toEqual(builtInProfiles);
  expect(namesIn('builders/')).toEqual(builtInBuilders);
});

test('the embedded default has the form of a configuration, and leaves nothing out', () => {
  expect(complaintsOf(defaultDocument(), 'PratiqueConfiguration')).toEqual([]);
  expect(Object.keys(defaultDocument())).toEqual([
    'apiVersion',
    'kind',
    'namespaces',
    'default',
    'mountFuse',
    'exemptions',
    'breakGlass',
    'journal',
  ]);
});

describe.each(builtInProfiles)('profile %s', (name) => {
  const { checks: entries, ...file } = profileFile(name);

  test('has its form, which names every check', () => {
    expect(complaintsOf({ ...file, checks: entries }, 'PratiqueProfile')).toEqual([]);
    expect(Object.keys(entries)).toEqual(checks.map(({ id }) => id));
  });

  test('denies what is outside of the fuse contract', () => {
    expect(actionOf(entries['fuse-contract'])).toBe('deny');
  });

  test('allows paths to pods only when it is dind, the storage of k3s and MicroK8s, and handlers that are a sandbox', () => {
    const allowing = Object.entries(entries).flatMap(([id, entry]) =>
      typeof entry === 'string' || typeof entry.allow !== 'object'
        ? []
        : [`${id}.${Object.keys(entry.allow).join('+')}`],
    );
    expect(allowing).toEqual([
      ...(name === 'dind' ? ['host-path-protected.paths'] : []),
      ...(name === 'dind' || name === 'strict' ? ['pvc-engine-path.storage'] : []),
      'runtime-class-handler.handlers',
    ]);
  });
});

test('a profile that forgets a check is malformed', () => {
  const { privileged: _, ...rest } = profileFile('dind').checks;
  expect(complaintsOf({ ...profileFile('dind'), checks: rest }, 'PratiqueProfile')).toEqual([
    expect.stringContaining('checks.privileged: is missing'),
  ]);
});

test('strict denies whatever dind denies or warns of', () => {
  const dind = profileFile('dind').checks;
  const raised = Object.keys(dind).filter((id) => ['deny', 'warn'].includes(actionOf(dind[id]) ?? ''));
  expect(raised.filter((id) => actionOf(profileFile('strict').checks[id]) !== 'deny')).toEqual([]);
});

test('restricted forbids whatever baseline forbids', () => {
  const baseline = profileFile('baseline').checks;
  const forbidden = Object.keys(baseline).filter((id) => actionOf(baseline[id]) === 'deny');
  expect(forbidden.filter((id) => actionOf(profileFile('restricted').checks[id]) !== 'deny')).toEqual([]);
});

describe.each(builtInBuilders)('builder profile %s', (name) => {
  const file = builderFile(name);
  const allowed = new Set(builderAllowances(name).map(([id]) => id));

  test('has its form, which knows every condition', () => {
    expect(complaintsOf(file, 'PratiqueBuilder')).toEqual([]);
    const unknown = { ...file, conditions: { ...file.conditions, runAsUser: 0 } };
    expect(complaintsOf(unknown, 'PratiqueBuilder')).toEqual([expect.stringContaining('conditions')]);
  });

  test('is said in CEL to the last condition where it allows what the safety net holds', () => {
    const held = heldChecks.filter((id) => allowed.has(id));
    const { allowOutsideSandboxClasses, conditions } = file;
    const isSaid = allowOutsideSandboxClasses === undefined && !looksAtContainers(conditions);
    expect(isSaid ? [] : held).toEqual([]);
  });

  test('tells whoever enables it when it admits what every profile denies', () => {
    const docker = ['privileged', 'dind-image', 'engine-command', 'dangerous-capabilities'];
    const admitted = docker.filter((id) => allowed.has(id));
    expect(file.notice !== undefined).toBe(admitted.length > 0);
  });

  test('never reaches the node', () => {
    const never = [
      'engine-socket-mount',
      'host-path-protected',
      'host-path-unlisted',
      'host-pid',
      'host-ipc',
      'host-network',
    ];
    const also = ['runtime-annotations', 'mount-propagation', 'fuse-contract'];
    expect([...never, ...also].filter((id) => allowed.has(id))).toEqual([]);
  });
});

describe('the embedded default', () => {
  test.each([
    ['kube-system', 'audit'],
    ['default', 'enforce'],
  ])('%s', (namespace, mode) => {
    expect(defaultConfiguration().policyFor(namespace)).toMatchObject({
      profile: { name: 'dind', denialStatus: 403 },
      mode,
      builders: [],
      exemptions: [],
    });
  });

  test('nobody may ask for the device, and nobody may break the glass', () => {
    const { fuse, breakGlassGroups, journal, clusterScoped } = defaultConfiguration();
    expect(fuse.permitted('gitlab')).toBe(false);
    expect(fuse).toMatchObject({
      label: { key: 'mount-fuse', value: 'true' },
      resource: 'squat.ai/fuse',
      count: 1,
      containers: ['build', 'main', 'job', 'container-0'],
      runtimeClassName: 'untrusted',
      acceptUserNamespaces: false,
    });
    expect([...fuse.gatedResources]).toEqual([
      'github.com/fuse',
      'smarter-devices/fuse',
      'nextflow.io/fuse',
      'deviceclass.resource.kubernetes.io/fuse',
    ]);
    expect(breakGlassGroups.size).toBe(0);
    expect(journal).toEqual({ allows: 'none', sync: false });
    expect(clusterScoped).toMatchObject({ profile: { name: 'dind' }, mode: 'enforce' });
  });

  test('reads the annotations that the checks read', () => {
    expect(defaultConfiguration().annotationsRead).toContain('pratique.dev/fuse-containers');
  });

  test('can be overridden', () => {
    expect(defaultConfiguration({ profile: 'strict', mode: 'warn' }).policyFor('kube-system')).toMatchObject({
      profile: { name: 'strict' },
      mode: 'warn',
    });
    expect(() => defaultConfiguration({ profile: 'x' })).toThrow('there is no profile "x"');
  });
});
