import { isDeepStrictEqual } from 'node:util';
import { defaultDocument } from '../config/builtin.ts';
import { type EffectiveConfiguration, mergeConfiguration } from '../config/effective.ts';
import { chartNet } from '../safety-net/chart-net.ts';
import type { NetOptions } from '../safety-net/net-variables.ts';
import type { ApiObject } from '../safety-net/objects.ts';
import { netNames, validationActions } from '../safety-net/policy.ts';

/**
 * The net as charts/pratique/templates/safetynet.yaml renders it without `safetyNet.policies`; the chart says in CEL which
 * namespaces are enforced in its own words.
 */
export function expectedChartNet(
  effective: EffectiveConfiguration,
  { name, action, exceptNamespaces }: Pick<NetOptions, 'name' | 'action' | 'exceptNamespaces'>,
): readonly ApiObject[] {
  const [holding] = netNames(name);
  const values = [...exceptNamespaces];
  const namespaceSelector = { matchExpressions: [{ key: 'kubernetes.io/metadata.name', operator: 'NotIn', values }] };
  return chartNet(chartScope(effective)).map((object) => {
    const spec = object['spec'] as Readonly<Record<string, object>>;
    const own =
      spec['policyName'] === undefined
        ? { ...spec, matchConstraints: { ...spec['matchConstraints'], namespaceSelector } }
        : { policyName: holding, validationActions: validationActions(action) };
    return { ...object, metadata: { name: holding }, spec: own };
  });
}

/** What a configuration says that the chart cannot write in CEL, as its template `pratique.net.needsGenerator` has it. */
export function beyondChart(effective: EffectiveConfiguration): readonly string[] {
  const entries = effective.namespaces.map(({ value }) => value).filter(({ mode }) => mode === 'enforce');
  const known = mergeConfiguration(defaultDocument(), defaultDocument()).mountFuse;
  return [
    ...(effective.exemptions.length > 0 ? ['exemptions'] : []),
    ...(isDeepStrictEqual(effective.mountFuse, known) ? [] : ['mountFuse']),
    ...(effective.breakGlass.groups.length > 0 ? ['breakGlass'] : []),
    ...([effective.default, ...entries].some(({ profile }) => profile !== 'dind') ? ['profiles'] : []),
    ...(entries.some(({ builders }) => builders.length > 0) ? ['builders'] : []),
  ];
}

/** As the template `pratique.net.scope` has it. */
function chartScope({ namespaces, default: otherwise }: EffectiveConfiguration): string {
  const entries = namespaces.map(({ value: { match, mode } }) => `(${matches(match)}) ? ${numberOf(mode)} : `);
  return entries.join('') + numberOf(otherwise.mode);
}

function matches(patterns: readonly string[]): string {
  return patterns
    .map((pattern) =>
      pattern.includes('*')
        ? `request.namespace.matches('^${pattern.replaceAll('*', '.*')}$')`
        : `request.namespace == '${pattern}'`,
    )
    .join(' || ');
}

function numberOf(mode: string): string {
  return mode === 'enforce' ? '0' : '-1';
}
