import fc from 'fast-check';
import { expect, test } from 'vitest';
import { withoutManagedFields } from '../../src/kubernetes/managed-fields.ts';
import { runs } from './runs.ts';

/** The same value with all lists under the key emptied, as a reviver sees it: the plain way to say what is meant. */
const emptied = (text: string) =>
  JSON.parse(text, (key, value) => (key === 'managedFields' && Array.isArray(value) ? [] : value)) as unknown;

const keys = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom('managedFields', '"managedFields', '\\"managedFields', 'x,"managedFields') },
  {
    weight: 2,
    arbitrary: fc.constantFrom('metadata', 'spec', ']},', ']},"spec":{', 'k:{"name":"a]}"}', '"managedFields":[', ''),
  },
  fc.string(),
);
const values = fc.letrec<{ any: unknown }>((tie) => ({
  any: fc.oneof(
    { maxDepth: 6, withCrossShrink: true },
    fc.oneof(keys, fc.integer(), fc.boolean(), fc.constant(null)),
    fc.array(tie('any'), { maxLength: 4 }),
    fc.dictionary(keys, tie('any'), { maxKeys: 5 }),
  ),
})).any;

test('what is left of any JSON is the same but for lists under that key', () => {
  fc.assert(
    fc.property(values, fc.constantFrom(undefined, 1), (value, indent) => {
      const text = JSON.stringify(value, undefined, indent);
      expect(emptied(withoutManagedFields(text))).toEqual(emptied(text));
    }),
    { numRuns: runs(2000) },
  );
});

test('any text is taken, and where it has no such list it stays as it is', () => {
  const pieces = fc.constantFrom(
    '"managedFields":[',
    ',',
    '{',
    '"',
    '\\',
    '[',
    ']',
    '}',
    'a',
    '\\"',
    '"managedFields"',
  );
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 40 }), (parts) => {
      const text = parts.join('');
      const left = withoutManagedFields(text);
      expect(left.length).toBeLessThanOrEqual(text.length);
      if (!/[{,]"managedFields":\[/.test(text)) expect(left).toBe(text);
    }),
    { numRuns: runs(2000) },
  );
});
