import { expect, test } from 'vitest';
import { withoutManagedFields } from './managed-fields.ts';

test.for([
  ['{"a":1}', '{"a":1}'],
  ['{"managedFields":[]}', '{"managedFields":[]}'],
  ['{"managedFields":[{"fieldsV1":{"k:{\\"name\\":\\"]\\"}":{}}}],"b":2}', '{"managedFields":[],"b":2}'],
  [
    '{"x":{"a":1,"managedFields":[{}]},"y":{"managedFields":[{}]}}',
    '{"x":{"a":1,"managedFields":[]},"y":{"managedFields":[]}}',
  ],
  ['{"managedFields":{"a":[1]}}', '{"managedFields":{"a":[1]}}'],
  ['{"managedFields":[[1],2]}', '{"managedFields":[[1],2]}'],
  ['{"\\"managedFields":[1]}', '{"\\"managedFields":[1]}'],
  ['{"managedFields":[{}', '{"managedFields":[{}'],
  ['{"managedFields":["', '{"managedFields":["'],
  ['{"managedFields":["\\', '{"managedFields":["\\'],
] as const)('%s becomes %s', ([text, left]) => {
  expect(withoutManagedFields(text)).toBe(left);
});

test.for([
  ['openings that end nowhere', '{"managedFields":["\\"'],
  ['openings that see each other as strings', ',"managedFields":[x"'],
  ['openings of lists in lists', ',"managedFields":['],
] as const)('work is linear: each character of %s is looked at once', ([, unit]) => {
  const text = unit.repeat(10_000);
  let looks = 0;
  const counted = new Proxy(new String(text), {
    get(target, key) {
      if (key === 'charCodeAt') {
        return (at: number) => {
          looks++;
          return text.charCodeAt(at);
        };
      }
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  withoutManagedFields(counted as unknown as string);
  expect(looks).toBeLessThan(2.5 * text.length);
});
