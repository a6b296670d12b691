import { textAt } from '../kubernetes/fields.ts';
import type { Fields } from '../kubernetes/shape.ts';
import { configAnnotation, versionAnnotation } from '../safety-net/objects.ts';
import type { About } from './diagnosis.ts';
import { beyondChart } from './expected-net.ts';
import type { Parts } from './state.ts';

/** The chart's own label, of what it renders without the program. */
const versionLabel = 'app.kubernetes.io/version';

/** Whether the chart wrote a policy by itself; what the program makes has annotations. */
export function isOfChart(object: Fields): boolean {
  return annotation(object, configAnnotation) === '';
}

/** Whether this program can tell what a policy should be: it knows how its own version makes them. */
export function isComparable(object: Fields | undefined, { version }: About): boolean {
  return object !== undefined && versionOf(object) === version;
}

/** The version of the program, or of the chart, that made a policy; empty where it is not told. */
export function versionOf(object: Fields): string {
  return annotation(object, versionAnnotation) || textAt(object, 'metadata', 'labels', versionLabel);
}

/** Why a policy is not of the configuration in force or of the program that is installed, a line each. */
export function stalenessOf(
  object: Fields,
  { configuration, deployment }: Pick<Parts, 'configuration' | 'deployment'>,
  about: About,
): readonly string[] {
  const installed = textAt(deployment, 'metadata', 'labels', versionLabel) || about.version;
  const made = versionOf(object);
  return [
    ...(made === installed ? [] : [`was made by version ${made || 'unknown'}, and ${installed} is installed`]),
    ...staleConfiguration(object, configuration),
  ];
}

function staleConfiguration(object: Fields, { configuration, effective }: Parts['configuration']): readonly string[] {
  if (isOfChart(object)) {
    const beyond = beyondChart(effective);
    if (beyond.length === 0) return [];
    return [`was written by the chart, which knows nothing of the ${beyond.join(', ')} of the configuration in force`];
  }
  const hash = annotation(object, configAnnotation);
  if (hash === configuration.hash) return [];
  return [`was made from the configuration ${hash}, and ${configuration.hash} is in force`];
}

function annotation(object: Fields, key: string): string {
  return textAt(object, 'metadata', 'annotations', key);
}
