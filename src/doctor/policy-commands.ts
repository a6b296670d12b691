import { commandOf, isOfHelm, releaseCommand } from './commands.ts';
import type { About } from './diagnosis.ts';
import { membersOf, type PolicyPair } from './policy-pairs.ts';
import { isOfChart } from './policy-source.ts';
import type { Parts } from './state.ts';

/** What of a cluster tells how policies came there. */
export type Origin = Pick<Parts, 'deployment' | 'source'>;

/** What `pratique generate` is to be told. */
export interface Generated {
  readonly what: 'vap' | 'map';
  readonly action?: string;
  readonly exceptNamespaces: readonly string[];
}

/** Makes policies again: with the release where Helm made them or the chart wrote them, else of the configuration in force. */
export function remakeCommand(
  pairs: readonly PolicyPair[],
  { deployment, source }: Origin,
  about: About,
  generated: Generated,
): string {
  const members = membersOf(pairs);
  if (members.some((one) => isOfHelm(one) || isOfChart(one))) return releaseCommand(deployment, about);
  const { what, action, exceptNamespaces } = generated;
  const generate = (file: string) =>
    commandOf(
      ...['pratique', 'generate', what, '--config', file, '--name', about.name],
      ...(action === undefined ? [] : ['--action', action]),
      ...exceptNamespaces.flatMap((one) => ['--except-namespace', one]),
    );
  const apply = commandOf('kubectl', 'apply', '--server-side', '--force-conflicts', '--filename=-');
  const map = source.configMap;
  if (map === undefined) return `${generate('FILE')} | ${apply}`;
  const get = commandOf('kubectl', '--namespace', about.namespace, 'get', 'configmap', map.name);
  const path = `'{.data.${map.key.replaceAll('.', '\\.')}}'`;
  return `${get} --output=jsonpath=${path} | ${generate('/dev/stdin')} | ${apply}`;
}
