import fc, { type GeneratorValue } from 'fast-check';

/** Keys that objects of JavaScript inherit, keys that are read, and any other. */
const key = fc.oneof(
  fc.constantFrom(
    '__proto__',
    'constructor',
    'toString',
    'hasOwnProperty',
    'length',
    'valueOf',
    'then',
    '',
    '~',
    'a/b',
  ),
  fc.constantFrom('metadata', 'spec', 'containers', 'name', 'uid', 'request', 'object', 'labels', 'template', 'items'),
  fc.string({ unit: 'binary', maxLength: 6 }),
);

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.constantFrom('\ud800', '\udfff\ud800', '\u0000', '\u202e', 'true', '0', '__proto__', 'x'.repeat(100_000)),
);

/** Beyond what is exact, beyond what is finite (`1e999` is JSON), and what is no whole number. */
const number = fc.oneof(fc.integer(), fc.constantFrom(-0, 0.5, 2 ** 53 + 2, -(2 ** 63), 1e308, Infinity, -Infinity));

/** Any value that JSON.parse may answer: objects have own keys only, `__proto__` may be one of them. */
export const anyJson: fc.Arbitrary<unknown> = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    fc.constantFrom(null, true, false),
    number,
    text,
    fc.array(tie('value'), { maxLength: 4 }),
    fc.array(fc.tuple(key, tie('value')), { maxLength: 4 }).map((entries) => Object.fromEntries(entries)),
  ),
})).value;

/** A value that is nested so deeply that nothing could go down by calling itself. */
function nested(levels: number, shape: 'list' | 'object'): unknown {
  let value: unknown = shape;
  for (let level = 0; level < levels; level++) value = shape === 'list' ? [value] : { spec: value };
  return value;
}

const extremes: readonly ((size: number) => unknown)[] = [
  (size) => nested(size, 'list'),
  (size) => nested(size, 'object'),
  (size) => Array.from({ length: 4 * size }, () => null),
  (size) => Array.from({ length: 4 * size }, () => ({})),
  (size) => Object.fromEntries(Array.from({ length: 2 * size }, (_, index) => [`k${index}`, 'x'])),
];

/**
 * Replaces a value somewhere inside of another one by any JSON, or takes it away, or gives it another key. The value is
 * the caller's to lose; `extreme` is how deep or large it may become.
 */
export function damage(root: unknown, draw: GeneratorValue, extreme = 10_000): void {
  if (typeof root !== 'object' || root === null) return;
  let holder = root as Record<string, unknown>;
  for (;;) {
    const keys = Object.keys(holder);
    const chosen = keys[draw(fc.nat, { max: Math.max(0, keys.length - 1) })];
    if (chosen === undefined) return;
    const below = holder[chosen];
    const goesOn = typeof below === 'object' && below !== null && draw(fc.nat, { max: 9 }) > 0;
    if (goesOn) {
      holder = below as Record<string, unknown>;
      continue;
    }
    damageAt(holder, chosen, draw, extreme);
    return;
  }
}

function damageAt(holder: Record<string, unknown>, chosen: string, draw: GeneratorValue, extreme: number): void {
  const value = holder[chosen];
  const way = draw(fc.nat, { max: 11 });
  if (way === 0) delete holder[chosen];
  else if (way === 1) holder[chosen] = [value];
  else if (way === 2) holder[chosen] = { [chosen]: value };
  else if (way === 3) holder[chosen] = draw(() => fc.constantFrom(...extremes))(extreme);
  else if (way === 4) {
    delete holder[chosen];
    Object.defineProperty(holder, '__proto__', { value, enumerable: true, configurable: true, writable: true });
  } else holder[chosen] = draw(() => anyJson);
}
