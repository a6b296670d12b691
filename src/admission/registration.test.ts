import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { readCases } from '../../test/harness/cases.ts';
import { checks } from '../checks/registry.ts';
import { loadConfiguration } from '../config/load.ts';
import {
  annotationSettings,
  celString,
  podsCondition,
  storageCondition,
  templatesCondition,
  webhookRules,
} from './registration.ts';

interface Webhook {
  readonly name: string;
  readonly rules: readonly unknown[];
  readonly matchConditions?: readonly { readonly expression: string }[];
}

// What is applied to clusters, and was seen by the people who reviewed it: whoever changes it sees the difference there.
const deployed = parseAllDocuments(readFileSync('deploy/webhooks.yaml', 'utf8')).flatMap(
  (document) => (document.toJS() as { readonly webhooks: readonly Webhook[] }).webhooks,
);

function webhook(name: string): Webhook {
  const found = deployed.find((one) => one.name === `${name}.pratique.dev`);
  if (found === undefined) throw new Error(`deploy/webhooks.yaml has no webhook ${name}.`);
  return found;
}

function embeddedAnnotations(): readonly string[] {
  const loaded = loadConfiguration('apiVersion: pratique.dev/v1alpha1\nkind: PratiqueConfiguration\n', 0);
  if (loaded.kind === 'invalid') throw new Error('The embedded default configuration is invalid.');
  return loaded.configuration.annotationsRead;
}

test.each([
  ['mutate', webhookRules.mutate],
  ['validate', webhookRules.pods],
  ['observe', webhookRules.pods],
  ['templates', webhookRules.templates],
  ['storage', webhookRules.storage],
] as const)('the webhook %s is deployed with the rules that the program states', (name, rules) => {
  expect(webhook(name).rules).toEqual(rules);
});

const conditions = {
  validate: podsCondition({ key: "'mount-fuse'", annotationsRead: embeddedAnnotations(), siteAnnotations: '' }),
  templates: templatesCondition,
  storage: storageCondition(),
};

test.each(Object.entries(conditions))(
  'the webhook %s is deployed with the one condition that the program states',
  (name, condition) => {
    expect(webhook(name).matchConditions?.map(({ expression }) => expression)).toEqual([condition]);
  },
);

/** The condition of the storage webhook, which uses few words of CEL, as a function of the object of a review. */
function isSent(resource: string, object: object, oldObject?: object): boolean {
  const script = storageCondition()
    .replaceAll(/\bhas\(([\w.]+)\)/g, '($1 != null)')
    .replaceAll('.contains(', '.includes(')
    .replaceAll(/\.exists\(p, p in ([\w.]+)\)/g, '.some((p) => p in $1)')
    .replaceAll(/(\w+)\.spec != (\w+)\.spec/g, 'JSON.stringify($1.spec) != JSON.stringify($2.spec)');
  const request = { operation: oldObject === undefined ? 'CREATE' : 'UPDATE', resource: { resource } };
  return new Function('request', 'object', 'oldObject', `return ${script}`)(request, object, oldObject) as boolean;
}

const guardedKinds: Readonly<Record<string, string>> = {
  PersistentVolume: 'persistentvolumes',
  StorageClass: 'storageclasses',
  RuntimeClass: 'runtimeclasses',
  ResourceClaim: 'resourceclaims',
  ResourceClaimTemplate: 'resourceclaimtemplates',
};

test.each(Object.entries(guardedKinds))('every %s in which a check finds something is sent', (kind, resource) => {
  const found = checks
    .flatMap(({ id }) => readCases(new URL('../checks/', import.meta.url), id).found)
    .filter(({ object }) => object['kind'] === kind);
  expect(found).not.toEqual([]);
  expect(found.filter(({ object }) => !isSent(resource, object)).map(({ name }) => name)).toEqual([]);
});

test('a volume of a driver with storage of its own, and a class that names no folder, are not sent', () => {
  expect(isSent('persistentvolumes', { spec: { csi: { driver: 'ebs.csi.aws.com', volumeHandle: 'vol-1' } } })).toBe(
    false,
  );
  expect(isSent('storageclasses', { provisioner: 'ebs.csi.aws.com', parameters: { type: 'gp3' } })).toBe(false);
  expect(isSent('storageclasses', { provisioner: 'ebs.csi.aws.com' })).toBe(false);
});

test('an update of a volume is sent when it changes the spec', () => {
  const volume = (server: string) => ({ spec: { nfs: { server, path: '/' } } });
  expect(isSent('persistentvolumes', volume('a.example.com'), volume('a.example.com'))).toBe(false);
  expect(isSent('persistentvolumes', volume('b.example.com'), volume('a.example.com'))).toBe(true);
});

test('annotations that a site names are read like those of ours', () => {
  const condition = podsCondition({
    key: "'build'",
    annotationsRead: ['a', 'b/*', 'c'],
    siteAnnotations: ", 'site'",
  });
  expect(condition).toContain("(k in ['a', 'c', 'site'] || k.startsWith('b/'))");
});

test('quotes and backslashes do not end a string of CEL', () => {
  expect(celString(String.raw`a'b\c''`)).toBe(String.raw`'a\'b\\c\'\''`);
});

test('checks in which a site names annotations are listed with the setting', () => {
  expect(annotationSettings()).toEqual([{ check: 'runtime-annotations', setting: 'keys' }]);
});
