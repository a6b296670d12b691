import * as z from 'zod';
import { schemas } from './schema.ts';

/** The form of a configuration file as a JSON Schema (draft 2020-12), for editors and for the chart. */
export function configurationJsonSchema(): Readonly<Record<string, unknown>> {
  const { $schema, ...schema } = z.toJSONSchema(schemas().PratiqueConfiguration, {
    target: 'draft-2020-12',
    io: 'input',
  });
  return { $schema, title: 'PratiqueConfiguration', ...schema };
}
