import { isDeepStrictEqual } from 'node:util';
import type { Rule } from '../admission/registration.ts';
import { textAt, textsAt } from '../kubernetes/fields.ts';

/** Compares the rules of a webhook with what they should be: what is not asked about, and whether they say just that. */
export function compareRules(
  rules: readonly unknown[],
  expected: readonly Rule[],
): { readonly holes: readonly string[]; readonly isSame: boolean } {
  const live = rules.map(ruleOf);
  const holes = expected.flatMap(({ apiGroups, operations, resources, scope }) =>
    apiGroups.flatMap((group) =>
      resources.flatMap((resource) =>
        operations
          .filter((operation) => !live.some((rule) => asks(rule, { operation, resource, group, scope })))
          .map((operation) => `${operation} ${named(resource, group)}`),
      ),
    ),
  );
  return { holes, isSame: isDeepStrictEqual(live.map(sorted), expected.map(sorted)) };
}

interface Asked {
  readonly operation: string;
  readonly resource: string;
  readonly group: string;
  readonly scope: string;
}

function asks(rule: LiveRule, { operation, resource, group, scope }: Asked): boolean {
  return (
    has(rule.operations, operation) &&
    has(rule.apiGroups, group) &&
    rule.apiVersions.includes('*') &&
    coversResource(rule.resources, resource) &&
    (rule.scope === '*' || rule.scope === scope)
  );
}

/** As the API server has it, where `*` is a scope as well. */
type LiveRule = Omit<Rule, 'scope'> & { readonly scope: string };

function ruleOf(rule: unknown): LiveRule {
  const scope = textAt(rule, 'scope');
  return {
    apiGroups: textsAt(rule, 'apiGroups'),
    apiVersions: textsAt(rule, 'apiVersions'),
    operations: textsAt(rule, 'operations'),
    resources: textsAt(rule, 'resources'),
    scope: scope === '' ? '*' : scope,
  };
}

function sorted(rule: LiveRule): LiveRule {
  return { ...rule, operations: [...rule.operations].sort(), resources: [...rule.resources].sort() };
}

function has(list: readonly string[], one: string): boolean {
  return list.includes(one) || list.includes('*');
}

/** `*` is every resource without its subresources, `*` after the slash every one of them (k8s.io/api/admissionregistration/v1). */
function coversResource(list: readonly string[], resource: string): boolean {
  const [parent = '', child] = resource.split('/');
  if (list.includes(resource) || list.includes('*/*')) return true;
  return child === undefined ? list.includes('*') : list.includes(`${parent}/*`) || list.includes(`*/${child}`);
}

function named(resource: string, group: string): string {
  return group === '' ? resource : `${resource}.${group}`;
}
