import { stringify } from 'yaml';
import { type EffectiveConfiguration, wholeDocument } from './effective.ts';

/**
 * Writes a configuration as YAML with nothing left out; loaded again, it is the same configuration.
 *
 * Whatever YAML 1.1 would read as something else is quoted, so that it survives Helm and kubectl.
 */
export function formatConfiguration(effective: EffectiveConfiguration): string {
  return stringify(wholeDocument(effective), { version: '1.1', aliasDuplicateObjects: false, lineWidth: 120 });
}
