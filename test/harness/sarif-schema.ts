import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import formats from 'ajv-formats';
import type { Log } from 'sarif';

/** The schema that OASIS publishes with the standard. */
const schema = JSON.parse(readFileSync(new URL('../fixtures/sarif-schema-2.1.0.json', import.meta.url), 'utf8'));

// The schema's pattern of a language is no regular expression with the flag u.
const ajv = new Ajv({ allErrors: true, unicodeRegExp: false });
formats.default(ajv);
const validate = ajv.compile<Log>(schema);

/** Reads a SARIF log; throws with every error when it is not valid. */
export function readSarif(text: string): Log {
  const log: unknown = JSON.parse(text);
  if (validate(log)) return log;
  throw new Error(ajv.errorsText(validate.errors, { separator: '\n' }));
}
