import { expect, test } from 'vitest';
import { scopeOfPolicy, scopeOfRule } from './scope.ts';

test('a rule without namespaces holds in all, and is tried in one that it does not exclude', () => {
  const rule = {
    match: { any: [{ resources: { kinds: ['v1/Pod'] } }] },
    exclude: { any: [{ resources: { namespaces: ['jo*', 'apps'] } }] },
  };
  const scope = scopeOfRule(rule, '');
  expect(scope).toMatchObject({ onPods: true, namespaces: undefined, excludedNamespaces: ['jo*', 'apps'] });
  expect(scope.place.namespace).toBe('work');
});

test('a Policy holds in its own namespace', () => {
  expect(scopeOfRule({ match: { resources: { kinds: ['Pod'] } } }, 'gitlab')).toMatchObject({
    onPods: true,
    namespaces: ['gitlab'],
    place: { namespace: 'gitlab' },
  });
});

test('one filter of any without namespaces makes it all of them', () => {
  const filters = [{ resources: { kinds: ['Pod'], namespaces: ['ci'] } }, { resources: { kinds: ['Pod'] } }];
  expect(scopeOfRule({ match: { any: filters } }, '').namespaces).toBeUndefined();
  expect(scopeOfRule({ match: { any: filters.slice(0, 1) } }, '').namespaces).toEqual(['ci']);
});

test('pods are given the labels and annotations that a rule chooses by', () => {
  const resources = {
    kinds: ['*'],
    namespaces: ['team-?'],
    annotations: { 'a/*': '?*' },
    selector: {
      matchLabels: { app: 'web*' },
      matchExpressions: [
        { key: 'tier', operator: 'In', values: ['front', 'back'] },
        { key: 'none', operator: 'DoesNotExist' },
      ],
    },
    namespaceSelector: { matchExpressions: [{ key: 'env', operator: 'Exists' }] },
  };
  const scope = scopeOfRule({ match: { all: [{ resources }, { clusterRoles: ['admin'] }] } }, '');
  expect(scope.place).toEqual({
    namespace: 'team-x',
    namespaceLabels: { env: 'x' },
    labels: { app: 'webx', tier: 'front' },
    annotations: { 'a/x': 'x' },
    name: '',
  });
  expect(scope.selectsNamespaces).toBe(true);
  expect(scope.narrowedBy).toContain('only for requests of certain users or roles');
});

test('a policy of CEL names namespaces by the label that each has', () => {
  const label = 'kubernetes.io/metadata.name';
  const spec = {
    matchConstraints: {
      resourceRules: [{ apiGroups: [''], resources: ['pods', 'pods/ephemeralcontainers'] }],
      namespaceSelector: {
        matchExpressions: [
          { key: label, operator: 'In', values: ['ci', 'cd'] },
          { key: label, operator: 'NotIn', values: ['kube-system'] },
        ],
      },
    },
  };
  expect(scopeOfPolicy(spec, '')).toMatchObject({
    onPods: true,
    namespaces: ['ci', 'cd'],
    excludedNamespaces: ['kube-system'],
    selectsNamespaces: false,
    place: { namespace: 'ci' },
  });
});
