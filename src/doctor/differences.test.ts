import { expect, test } from 'vitest';
import { differencesOf } from './differences.ts';

const spec = {
  failurePolicy: 'Fail',
  matchConstraints: {
    namespaceSelector: { matchExpressions: [{ key: 'name', operator: 'NotIn', values: ['a', 'b'] }] },
    resourceRules: [{ operations: ['CREATE', 'UPDATE'], resources: ['pods'] }],
  },
  matchConditions: [],
  variables: [
    { name: 'one', expression: '1' },
    { name: 'long', expression: 'x'.repeat(100) },
  ],
};

test('nothing differs where the API server has filled in what is empty, and lists of texts have another order', () => {
  const { matchConditions: _, ...rest } = spec;
  const selector = { matchExpressions: [{ key: 'name', operator: 'NotIn', values: ['b', 'a'] }] };
  const stored = {
    ...rest,
    matchConstraints: { ...spec.matchConstraints, namespaceSelector: selector, objectSelector: {} },
    validations: null,
  };
  expect(differencesOf(stored, spec, 'spec')).toEqual([]);
  expect(differencesOf(spec, stored, 'spec')).toEqual([]);
});

test.each([
  [{ failurePolicy: 'Ignore' }, ['spec.failurePolicy is "Ignore", not "Fail"']],
  [{ matchConditions: [{ name: 'not-mallory', expression: 'x' }] }, ['spec.matchConditions has not-mallory as well']],
  [
    { variables: [{ name: 'one', expression: '2' }, spec.variables[1]] },
    ['spec.variables[one].expression is "2", not "1"'],
  ],
  [{ variables: [spec.variables[0]] }, ['spec.variables lacks long']],
  [
    { variables: [spec.variables[0], { name: 'long', expression: '1' }] },
    ['spec.variables[long].expression is another than is generated'],
  ],
  [
    {
      matchConstraints: {
        ...spec.matchConstraints,
        namespaceSelector: { matchExpressions: [{ key: 'name', operator: 'NotIn', values: ['a', 'c'] }] },
      },
    },
    [
      'spec.matchConstraints.namespaceSelector.matchExpressions[name].values has c as well',
      'spec.matchConstraints.namespaceSelector.matchExpressions[name].values lacks b',
    ],
  ],
  [
    { matchConstraints: { ...spec.matchConstraints, objectSelector: { matchLabels: { judged: 'yes' } } } },
    ['spec.matchConstraints.objectSelector.matchLabels.judged is "yes", not null'],
  ],
  [
    { matchConstraints: { ...spec.matchConstraints, resourceRules: undefined } },
    ['spec.matchConstraints.resourceRules is null, not [{"operations":["CREATE","UPDATE"],"resources":["pods"]}]'],
  ],
])('%j is told', (change, lines) => {
  expect(differencesOf({ ...spec, ...change }, spec, 'spec')).toEqual(lines);
});
