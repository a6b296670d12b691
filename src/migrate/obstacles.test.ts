import { expect, test } from 'vitest';
import { obstacleOf } from './obstacles.ts';

const left = [
  ['an API of the cluster', { context: [{ name: 'a', apiCall: { urlPath: '/api/v1/pods' } }] }],
  ['a service of anybody', { context: [{ name: 'a', apiCall: { service: { url: 'https://collector.example' } } }] }],
  ['the same within foreach', { validate: { foreach: [{ context: [{ apiCall: { urlPath: '/api' } }] }] } }],
  ['a ConfigMap', { context: [{ name: 'a', configMap: { name: 'settings' } }] }],
  ['an image registry', { context: [{ name: 'a', imageRegistry: { reference: 'a:1' } }] }],
  ['a global context', { context: [{ name: 'a', globalReference: { name: 'b' } }] }],
  ['signatures of images', { verifyImages: [] }],
  ['the signature of a manifest', { validate: { manifests: {} } }],
  ['another object', { generate: {} }],
  ['objects that are there', { mutate: { targets: [] } }],
  ['a parameter', { validate: { cel: { paramKind: { kind: 'ConfigMap' } } } }],
  ['HTTP in CEL', { validations: [{ expression: "http.Get('https://collector.example').ok" }] }],
  [
    'HTTP in CEL, spread out',
    { variables: [{ name: 'a', expression: 'http\n .  Get ("https:" + "/" + "/collector.example")' }] },
  ],
  ['HTTP in CEL behind a comment', { variables: [{ name: 'a', expression: 'http // now\n.Get("x")' }] }],
  ['the cluster in CEL', { matchConditions: [{ expression: "resource.List('v1', 'pods', '').items.size() > 0" }] }],
] as const;

test.for(left)('what needs %s is not given to the CLI', ([, rule]) => {
  expect(obstacleOf(rule)).toMatch(/\w/);
});

test.for([
  [
    'a pattern that is about volumes of ConfigMaps',
    { validate: { pattern: { spec: { volumes: [{ configMap: {} }] } } } },
  ],
  [
    'a message that names a library',
    { validations: [{ expression: 'object.spec.hostPID', message: 'not http.Get(x)' }] },
  ],
  ['CEL of Kubernetes', { validations: [{ expression: 'object.spec.containers.all(c, c.image.startsWith("a"))' }] }],
  [
    'CEL that makes an object',
    { mutations: [{ applyConfiguration: { expression: 'Object{spec: Object.spec{hostPID: false}}' } }] },
  ],
] as const)('%s is no obstacle', ([, rule]) => {
  expect(obstacleOf(rule)).toBeUndefined();
});

test('a rule that is nested without end is left', () => {
  let rule: Record<string, unknown> = {};
  for (let depth = 0; depth < 1_000; depth++) rule = { any: rule };
  expect(obstacleOf(rule)).toMatch(/too deeply/);
});
