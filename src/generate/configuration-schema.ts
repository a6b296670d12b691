import { configurationJsonSchema } from '../config/json-schema.ts';
import { formatJson } from './json.ts';

/** Writes the JSON Schema of a configuration file, for docs/configuration.schema.json. */
export function configurationSchemaFile(): string {
  return formatJson(configurationJsonSchema());
}
