import { loadConfiguration } from '../config/load.ts';
import type { Cel } from './cel.ts';
import type { ApiObject } from './objects.ts';
import { safetyNet } from './policy.ts';

interface Named {
  readonly name: string;
  readonly expression: string;
}

/**
 * The net that the chart renders by itself: that of the embedded default, in the namespaces of which `scope`, an
 * expression of CEL, is no -1; without annotations, since it holds for more than one configuration.
 */
export function chartNet(scope: Cel): readonly ApiObject[] {
  const loaded = loadConfiguration('apiVersion: pratique.dev/v1alpha1\nkind: PratiqueConfiguration\n', 0);
  if (loaded.kind === 'invalid') throw new Error('The embedded default configuration is invalid.');
  const options = { name: 'pratique', action: 'Audit', exceptNamespaces: [], clock: 0 } as const;
  return safetyNet(loaded, options).objects.map((object) => withScope(object, scope));
}

function withScope(object: ApiObject, scope: Cel): ApiObject {
  const { annotations: _, ...metadata } = object['metadata'] as Readonly<Record<string, unknown>>;
  const spec = object['spec'] as { readonly matchConditions?: readonly Named[]; readonly variables?: readonly Named[] };
  if (spec.variables === undefined || spec.matchConditions === undefined) return { ...object, metadata };
  const replaced = (list: readonly Named[], name: string, expression: string) =>
    list.map((one) => (one.name === name ? { name, expression } : one));
  return {
    ...object,
    metadata,
    spec: {
      ...spec,
      matchConditions: replaced(spec.matchConditions, 'namespace-is-enforced', `(${scope}) >= 0`),
      variables: replaced(spec.variables, 'scope', scope),
    },
  };
}
