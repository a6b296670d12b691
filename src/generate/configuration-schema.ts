import { configurationJsonSchema } from '../config/json-schema.ts';

/** Writes the JSON Schema of a configuration file, for docs/configuration.schema.json. */
export function configurationSchemaFile(): string {
  return `${JSON.stringify(configurationJsonSchema(), undefined, 2)}\n`;
}
