import { readFileSync } from 'node:fs';
import { builtInBuilders, builtInProfiles } from '../config/builtin-names.ts';
import { formatPath } from '../config/problem.ts';
import { structureOf } from '../config/structure.ts';
import { readYaml } from '../config/yaml.ts';
import { formatJson } from './json.ts';

const folder = new URL('../config/', import.meta.url);

/**
 * Reads the built-in configuration, profiles and builder profiles as a user's file is read: src/config/builtin.json.
 *
 * So a process without a configuration file needs neither a YAML reader nor the schemas. Throws on a malformed file.
 */
export function builtInFile(): string {
  return formatJson({
    default: read('default.yaml', 'PratiqueConfiguration'),
    profiles: Object.fromEntries(
      builtInProfiles.map((name) => [name, read(`profiles/${name}.yaml`, 'PratiqueProfile')]),
    ),
    builders: Object.fromEntries(
      builtInBuilders.map((name) => [name, read(`builders/${name}.yaml`, 'PratiqueBuilder')]),
    ),
  });
}

function read(file: string, kind: Parameters<typeof structureOf>[1]): unknown {
  const yaml = readYaml(readFileSync(new URL(file, folder), 'utf8'));
  const [problem] = yaml.kind === 'invalid' ? yaml.problems : structureOf(yaml.value, kind).complaints;
  if (problem !== undefined) throw new Error(`${file}: ${formatPath(problem.path)}: ${problem.message}`);
  return yaml.kind === 'document' ? yaml.value : undefined;
}
