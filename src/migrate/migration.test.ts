import { expect, test } from 'vitest';
import { loadConfiguration } from '../config/load.ts';
import { objectsAt, textAt, valueAt } from '../kubernetes/fields.ts';
import type { Fields } from '../kubernetes/shape.ts';
import { type Kyverno, type KyvernoAnswer, keyOf } from './kyverno.ts';
import { KyvernoError } from './kyverno-process.ts';
import { type MigrationInput, migrate } from './migration.ts';
import { policiesOf } from './read.ts';
import { configurationText, migrationJson, migrationText } from './report.ts';
import { exitCodeOf } from './result.ts';

/** Stands for Kyverno's CLI: a rule objects by what its message says. */
function saying(objects: (pod: Fields, message: string) => boolean, seen: Fields[] = []): Kyverno {
  const isFreed = (pod: Fields, exceptions: readonly Fields[]) =>
    exceptions.some((one) => JSON.stringify(one).includes(`"${textAt(pod, 'metadata', 'namespace')}"`));
  return {
    version: '0.0.0',
    validate: async (policy, all, { exceptions = [] } = {}) => {
      seen.push(...all);
      const [rule] = objectsAt(policy, 'spec', 'rules');
      const message = textAt(rule, 'validate', 'message');
      const answer = (pod: Fields): KyvernoAnswer => {
        return objects(pod, message) && !isFreed(pod, exceptions)
          ? { result: 'fail', message }
          : { result: 'pass', message: '' };
      };
      return new Map(all.map((one) => [keyOf(one), answer(one)]));
    },
    mutate: async () => {
      throw new KyvernoError('there is no such rule');
    },
  };
}

const byField = (pod: Fields, field: string) => valueAt(pod, 'spec', field) === true;

function policy(name: string, message: string, more: Fields = {}, resources: Fields = {}): Fields {
  const match = { any: [{ resources: { kinds: ['Pod'], ...resources } }] };
  const rules = [{ name: 'rule', match, validate: { message } }];
  return {
    apiVersion: 'kyverno.io/v1',
    kind: 'ClusterPolicy',
    metadata: { name },
    spec: { validationFailureAction: 'Enforce', rules, ...more },
  };
}

function exception(name: string, policyName: string, resources: Fields): Fields {
  const spec = { exceptions: [{ policyName, ruleNames: ['rule'] }], match: { any: [{ resources }] } };
  return { apiVersion: 'kyverno.io/v2', kind: 'PolicyException', metadata: { name, namespace: 'kyverno' }, spec };
}

const clock = Date.UTC(2026, 10, 22);
const input = (objects: readonly Fields[], kyverno: Kyverno | undefined = saying(byField)): MigrationInput => ({
  ...policiesOf(
    objects.map((object) => ({ object, source: 'policies.yaml' })),
    [],
  ),
  own: [],
  kyverno,
  clock,
});

test('a rule that both answer alike is equal, and profile dind needs no more', async () => {
  const migration = await migrate(input([policy('pid', 'hostPID')]));
  expect(migration.rules).toMatchObject([{ verdict: 'equal', checks: ['host-pid'], needs: {}, lost: [], gained: [] }]);
  expect(migrationText(migration, { color: false, differences: 3 })).toContain('\n  profile dind has it\n');
  expect(migration.configuration).toEqual({ apiVersion: 'pratique.dev/v1alpha1', kind: 'PratiqueConfiguration' });
  expect(exitCodeOf(migration)).toBe(0);
});

test('a check that dind does not deny is raised: in the namespaces of the rule, or in all', async () => {
  const objects = [
    policy('share', 'shareProcessNamespace'),
    policy('audited', 'shareProcessNamespace', { validationFailureAction: 'Audit' }, { namespaces: ['ci', 'team-*'] }),
    policy('ports', 'hostPID', {}, { namespaces: ['ci'] }),
  ];
  const { configuration, rules } = await migrate(input(objects));
  expect(rules[1]).toMatchObject({ needs: { 'share-process-ns': 'audit' } });
  expect(configuration).toMatchObject({
    profiles: { kyverno: { extends: 'dind', checks: { 'share-process-ns': 'deny' } } },
    default: { profile: 'kyverno', mode: 'enforce' },
  });
  const only = await migrate(input(objects.slice(1)));
  expect(only.configuration).toMatchObject({
    profiles: { 'kyverno-1': { extends: 'dind', checks: { 'share-process-ns': 'audit' } } },
    namespaces: [
      { match: ['kube-system'], mode: 'audit' },
      { match: ['ci', 'team-*'], profile: 'kyverno-1' },
    ],
  });
});

test('rules that are only audited begin in mode audit', async () => {
  const { configuration } = await migrate(input([policy('pid', 'hostPID', { validationFailureAction: 'Audit' })]));
  expect(configuration.default).toEqual({ profile: 'dind', mode: 'audit' });
});

test('namespaces that every rule leaves out are only recorded', async () => {
  const one = policy('pid', 'hostPID');
  const [rule] = objectsAt(one, 'spec', 'rules');
  const excluding = { ...rule, exclude: { any: [{ resources: { namespaces: ['kyverno', 'kube-system', 'old-*'] } }] } };
  const { configuration } = await migrate(input([policy('pid', 'hostPID', { rules: [excluding] })]));
  expect(configuration.namespaces).toEqual([{ match: ['kube-system', 'kyverno'], mode: 'audit' }]);
});

test('namespaces that are chosen by labels have to be named by a person', async () => {
  const selector = { namespaceSelector: { matchLabels: { env: 'production' } } };
  const seen: Fields[] = [];
  const { configuration, toFillIn, rules } = await migrate(
    input([policy('share', 'shareProcessNamespace', {}, selector)], saying(byField, seen)),
  );
  expect(rules).toMatchObject([{ verdict: 'equal' }]);
  expect(configuration.namespaces).toContainEqual({ match: ['FILL-IN-THE-NAMESPACE'], profile: 'kyverno-1' });
  expect(toFillIn).toEqual([
    'namespaces: the ones that share/rule chooses by their labels, in place of FILL-IN-THE-NAMESPACE',
  ]);
  expect(loadConfiguration(configurationText(configuration, toFillIn), clock).kind).toBe('invalid');
});

test('a rule that objects to everything, to nothing, or that fails is left with a reason', async () => {
  const said = async (kyverno: Kyverno) => (await migrate(input([policy('one', 'hostPID')], kyverno))).rules[0];
  expect(await said(saying(() => true))).toMatchObject({
    verdict: 'left',
    why: expect.stringContaining('no check objects'),
  });
  expect(await said(saying(() => false))).toMatchObject({
    verdict: 'left',
    why: expect.stringContaining('objects to none'),
  });
  const failing = { ...saying(byField), validate: () => Promise.reject(new KyvernoError('it took too long')) };
  expect(await said(failing)).toMatchObject({ verdict: 'left', why: 'it took too long' });
});

test('what is given up is not told as a report', async () => {
  const error = new KyvernoError('was given up', { cause: { code: 'ABORT_ERR' } });
  const kyverno = { ...saying(byField), validate: () => Promise.reject(error) };
  await expect(migrate(input([policy('one', 'hostPID')], kyverno))).rejects.toBe(error);
});

test('a rule that asks for more than a check does is left', async () => {
  const more = (pod: Fields) => byField(pod, 'hostPID') || valueAt(pod, 'spec', 'priorityClassName') === 'low';
  const migration = await migrate(input([policy('one', '')], saying(more)));
  expect(migration.rules[0]).toMatchObject({
    verdict: 'left',
    why: expect.stringContaining('Kyverno objects to a priority'),
  });
  expect(exitCodeOf(migration)).toBe(1);
});

test('exceptions for the same namespaces become one exemption without an end', async () => {
  const objects = [
    policy('pid', 'hostPID'),
    policy('ipc', 'hostIPC'),
    exception('a', 'pid', { namespaces: ['monitoring'] }),
    exception('b', 'ipc', { namespaces: ['monitoring'], names: ['agent-*'] }),
    exception('c', 'nothing', { namespaces: ['monitoring'] }),
  ];
  const { configuration, exceptions, toFillIn } = await migrate(input(objects));
  expect(configuration.exemptions).toMatchObject([
    {
      name: 'kyverno-a',
      namespaces: ['monitoring'],
      allow: { 'host-pid': true, 'host-ipc': true },
      expires: 'FILL-IN-THE-LAST-DAY',
    },
  ]);
  expect(exceptions.map(({ name, exemption }) => [name, exemption])).toEqual([
    ['kyverno/a', 'kyverno-a'],
    ['kyverno/b', 'kyverno-a'],
    ['kyverno/c', undefined],
  ]);
  expect(exceptions[0]).toMatchObject({ lost: [], gained: [] });
  expect(exceptions[0]?.agreed).toBeGreaterThan(0);
  expect(exceptions[1]?.notes.join()).toContain('names of objects, which their author chooses');
  expect(toFillIn).toEqual(['exemption kyverno-a: owner, and the last day that it holds (expires)']);
  const text = configurationText(configuration, toFillIn);
  expect(loadConfiguration(text, clock)).toMatchObject({
    kind: 'invalid',
    problems: [{ path: 'exemptions[0].expires' }],
  });
  expect(loadConfiguration(text.replace('FILL-IN-THE-LAST-DAY', '2027-01-01'), clock).kind).toBe('configuration');
});

test('an exception that looks beyond the object is not given to the CLI', async () => {
  const one = exception('a', 'pid', { namespaces: ['monitoring'] });
  const conditions = [{ name: 'ask', expression: "http.Get('http://collector.example') != null" }];
  const objects = [
    policy('pid', 'hostPID'),
    { ...one, spec: { ...(one['spec'] as Fields), matchConditions: conditions } },
  ];
  const { exceptions } = await migrate(input(objects));
  expect(exceptions).toMatchObject([{ exemption: undefined, why: expect.stringContaining('looks beyond the object') }]);
});

test('an exception without namespaces, or with globs, is not valid before a person has named them', async () => {
  const objects = [
    policy('pid', 'hostPID'),
    exception('a', 'pid', { kinds: ['Pod'] }),
    exception('b', 'pid', { namespaces: ['mon-*'] }),
  ];
  const { configuration, toFillIn } = await migrate(input(objects));
  expect(toFillIn).toContain('exemption kyverno-a: the namespaces that it holds in');
  expect(toFillIn).toContain('exemption kyverno-b: the namespaces that mon-* stands for');
  const dated = configurationText(configuration, toFillIn).replaceAll('FILL-IN-THE-LAST-DAY', '2027-01-01');
  expect(loadConfiguration(dated, clock)).toMatchObject({
    kind: 'invalid',
    problems: [{ path: 'exemptions[0].namespaces[0]' }, { path: 'exemptions[1].namespaces[0]' }],
  });
});

test('objects of the user are shown to both, and told before the cases', async () => {
  const object = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'mine', namespace: 'prod' },
    spec: { hostPID: true, containers: [] },
  };
  const own = [{ title: 'Pod prod/mine', from: 'mine.yaml', isVariant: false, object }];
  const lenient = saying((pod) => byField(pod, 'hostPID') && textAt(pod, 'metadata', 'namespace') !== 'prod');
  const migration = await migrate({ ...input([policy('pid', '')], lenient), own });
  expect(migration.rules[0]).toMatchObject({ verdict: 'stricter', compared: { own: 1 } });
  const text = migrationText(migration, { color: false, differences: 1 });
  expect(text).toContain(
    '- Pod prod/mine (mine.yaml)\n        Kyverno: the rule is fulfilled\n        Pratique: host-pid: ',
  );
});

test('without Kyverno only the fields of a rule are told', async () => {
  const one = policy('pid', '');
  const [rule] = objectsAt(one, 'spec', 'rules');
  const rules = [{ ...rule, validate: { pattern: { spec: { '=(hostPID)': 'false' } } } }];
  const migration = await migrate({
    ...input([policy('pid', '', { rules }), exception('a', 'pid', {})]),
    kyverno: undefined,
  });
  expect(migration.rules).toMatchObject([{ verdict: 'unproven', checks: ['host-pid'] }]);
  expect(migration.exceptions).toMatchObject([{ exemption: undefined }]);
  expect(exitCodeOf(migration)).toBe(1);
  expect(JSON.parse(migrationJson(migration))).toMatchObject({
    kyverno: null,
    counts: { unproven: 1 },
    exceptions: [{ exemption: null }],
  });
});
