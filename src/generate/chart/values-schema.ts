import { configurationJsonSchema } from '../../config/json-schema.ts';
import { formatJson } from '../json.ts';
import { kubernetesSchemas, type Schema } from './kubernetes-schemas.ts';
import type { ChartValue } from './values-comments.ts';

/**
 * Writes the chart's values.schema.json: closed everywhere, and with the schema of the configuration inside. Throws on a
 * value whose form neither its default nor its `# @schema` tells.
 */
export function valuesSchemaFile(values: readonly ChartValue[]): string {
  const { definitions, configuration } = configurationParts();
  return formatJson({
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Values of the chart pratique',
    type: 'object',
    properties: { ...propertiesOf(values), ...ofParentCharts },
    additionalProperties: false,
    $defs: { ...definitions, configuration, ...kubernetesSchemas },
  });
}

/** Helm hands these to a chart that is another one's dependency. */
const ofParentCharts: Readonly<Record<string, Schema>> = {
  enabled: { type: 'boolean', description: 'Not read: the condition of a chart that depends on this one.' },
  global: { type: 'object', description: 'Not read: what charts share that depend on each other.' },
};

/** The configuration without `apiVersion` and `kind`, which the chart writes; its `$defs` go to the top. */
function configurationParts(): {
  readonly definitions: Readonly<Record<string, Schema>>;
  readonly configuration: Schema;
} {
  const { $schema: _, $defs, properties, required, ...rest } = configurationJsonSchema();
  const { apiVersion: _apiVersion, kind: _kind, ...ours } = properties as Record<string, Schema>;
  const left = (required as readonly string[]).filter((key) => key in ours);
  const configuration = { ...rest, properties: ours, ...(left.length === 0 ? {} : { required: left }) };
  return { definitions: ($defs ?? {}) as Record<string, Schema>, configuration };
}

function propertiesOf(values: readonly ChartValue[]): Readonly<Record<string, Schema>> {
  return Object.fromEntries(values.map((value) => [value.path.split('.').at(-1), schemaOf(value)]));
}

function schemaOf(value: ChartValue): Schema {
  const described = value.description === '' ? {} : { description: value.description };
  return { ...formOf(value), ...value.schema, ...described };
}

function formOf({ path, default: standard, schema, children }: ChartValue): Schema {
  if ('$ref' in schema) return {};
  if (Array.isArray(standard)) {
    if (!('items' in schema)) throw new Error(`${path}: a list needs items in its @schema.`);
    return { type: 'array' };
  }
  switch (typeof standard) {
    case 'string':
    case 'boolean':
      return { type: typeof standard };
    case 'number':
      return { type: 'integer' };
    default:
      if (children.length === 0) throw new Error(`${path}: an object without keys needs a @schema.`);
      return { type: 'object', properties: propertiesOf(children), additionalProperties: false };
  }
}
