import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { policyResources } from '../../src/migrate/live.ts';

interface ClusterRole {
  readonly kind: string;
  readonly rules?: readonly {
    readonly apiGroups: readonly string[];
    readonly resources: readonly string[];
    readonly verbs: readonly string[];
  }[];
}

test('deploy/migrate-rbac.yaml allows to list what is read, and nothing else', () => {
  const text = readFileSync(new URL('../../deploy/migrate-rbac.yaml', import.meta.url), 'utf8');
  const objects = parseAllDocuments(text).map((document) => document.toJS() as ClusterRole);
  const rules = objects.flatMap(({ rules = [] }) => rules);
  const allowed = rules.flatMap(({ apiGroups, resources, verbs }) =>
    apiGroups.flatMap((group) => resources.flatMap((name) => verbs.map((verb) => `${verb} ${name}.${group}`))),
  );
  expect(allowed.toSorted()).toEqual(policyResources.map(({ name, group }) => `list ${name}.${group}`).toSorted());
});
