import { describe, expect, test } from 'vitest';
import { expander } from './variables.ts';

/** As the kubelet reads them: in this order, each may refer to those before it. */
const variables = (entries: Readonly<Record<string, string>>) =>
  Object.entries(entries).map(([name, value]) => ({ name, value }));

describe('a word', () => {
  test.for([
    ['docker', 'docker'],
    ['$(ENGINE)', 'dockerd'],
    ['/usr/bin/$(ENGINE)', '/usr/bin/dockerd'],
    ['$(ENGINE)-$(ENGINE)', 'dockerd-dockerd'],
    ['$(UNKNOWN)', '$(UNKNOWN)'],
    ['$$(ENGINE)', '$(ENGINE)'],
    ['$$', '$$'],
    ['$$$(ENGINE)', '$dockerd'],
    ['a$$b$(EMPTY)', 'a$b'],
    ['$(BOTH)', '/bin/dockerd'],
    ['$(LATER)', '$(EARLIER)'],
    ['$(ENGINE', '$(ENGINE'],
    ['$((ENGINE))', '$((ENGINE))'],
  ] as const)('%s becomes %s', ([word, expanded]) => {
    const { expand } = expander([
      ...variables({ LATER: '$(EARLIER)', EARLIER: 'x', ENGINE: 'dockerd', EMPTY: '', BOTH: '/bin/$(ENGINE)' }),
      { name: 'UNKNOWN' },
      { name: 'UNKNOWN', value: null },
      { value: 'without a name' },
    ]);
    expect(expand(word)).toBe(expanded);
  });

  test('of several variables of one name the last one counts, and each may refer to the one before it', () => {
    const { expand } = expander([
      { name: 'PATH', value: 'a' },
      { name: 'USER', value: '$(PATH)' },
      { name: 'PATH', value: '$(PATH):b' },
      { name: 'PATH', value: '$(PATH):c' },
      { name: 'SELF', value: '$(SELF)' },
    ]);
    expect(['$(PATH)', '$(USER)', '$(SELF)'].map(expand)).toEqual(['a:b:c', 'a', '$(SELF)']);
  });

  test('of 4,096 characters is expanded, and a longer one names no program', () => {
    const { expand } = expander(variables({ A: 'b' }));
    expect(expand(`$(A)${'x'.repeat(4092)}`)).toBe(`b${'x'.repeat(4092)}`);
    expect(expand(`$(A)${'x'.repeat(4093)}`)).toBe(`$(A)${'x'.repeat(4093)}`);
  });

  test('is expanded when its variables stand for 4,096 characters, and not when for more', () => {
    expect(expander(variables({ A: 'x'.repeat(4096) })).expand('$(A)')).toBe('x'.repeat(4096));
    expect(expander(variables({ A: 'x'.repeat(4097) })).expand('$(A)')).toBe('$(A)');
    expect(expander(variables({ A: 'x'.repeat(2049) })).expand('$(A)$(A)')).toBe('$(A)$(A)');
    expect(expander(variables({ A: 'x'.repeat(4096), B: 'y' })).expand('$(A)$(B)')).toBe('$(A)$(B)');
  });

  test('is followed through 64 variables that refer to each other', () => {
    const chain = (length: number) =>
      Array.from({ length }, (_, index) => ({ name: `V${index}`, value: index === 0 ? 'end' : `$(V${index - 1})` }));
    expect(expander(chain(65)).expand('$(V64)')).toBe('end');
    expect(expander(chain(66)).expand('$(V65)')).toBe('$(V0)');
  });
});

describe('the work on one container is bounded', () => {
  test('by the characters that are read and written', () => {
    const { expand } = expander(variables({ A: 'x'.repeat(1000) }));
    const results = Array.from({ length: 20 }, () => expand('$(A)'));
    // Each costs 1,004 of 16,384 characters.
    expect(results.filter((result) => result.length === 1000)).toHaveLength(16);
    expect(results.slice(16)).toEqual(['$(A)', '$(A)', '$(A)', '$(A)']);
  });

  test('by 16,384 characters of words and values together', () => {
    const some = variables({ WORD: 'x'.repeat(4089), REST: 'y'.repeat(4083), ONE: 'z' });
    // Each costs 4,096.
    const whole = expander(some);
    const words = Array.from({ length: 5 }, () => whole.expand('$(WORD)'));
    expect(words.map(({ length }) => length)).toEqual([4089, 4089, 4089, 4089, 7]);
    const { expand } = expander(some);
    for (let times = 0; times < 3; times++) expand('$(WORD)');
    expect(expand('$(REST)$(ONE)')).toBe('$(REST)$(ONE)');
    const long = expander(some);
    const read = Array.from({ length: 5 }, () => long.expand(`${'x'.repeat(4080)}$(ONE)`));
    expect(read.map((word) => word.endsWith('z'))).toEqual([true, true, true, true, false]);
  });

  test('and nothing is spent on a word that is already too long', () => {
    const { expand } = expander(variables({ LONG: 'x'.repeat(5000), ENGINE: 'dockerd' }));
    expect(expand('$(LONG)$(LONG)$(LONG)$(LONG)')).toBe('$(LONG)$(LONG)$(LONG)$(LONG)');
    expect(expand('$(ENGINE)')).toBe('dockerd');
  });

  test('by the variables of one name that are passed over', () => {
    const before = Array.from({ length: 17_000 }, () => ({ name: 'A', value: 'a' }));
    const { expand } = expander([{ name: 'A', value: 'first' }, { name: 'B', value: '$(A)' }, ...before]);
    expect(expand('$(B)')).toBe('$(B)');
    const few = expander([{ name: 'A', value: 'first' }, { name: 'B', value: '$(A)' }, ...before.slice(0, 16_000)]);
    expect(few.expand('$(B)')).toBe('first');
  });
});

describe('the values in a text', () => {
  test('are those of the known variables, each once', () => {
    const { valuesIn } = expander(variables({ A: 'a', B: '$(A)b' }));
    expect(valuesIn('run $(B) $(A) $(B) $(C) $$(A)')).toEqual(['ab', 'a']);
    expect(valuesIn('$A, $(A and $')).toEqual([]);
    expect(valuesIn('')).toEqual([]);
  });

  test('are looked for under 256 names', () => {
    const names = Array.from({ length: 300 }, (_, index) => `V${index}`);
    const { valuesIn } = expander(names.map((name) => ({ name, value: name })));
    expect(valuesIn(names.map((name) => `$(${name})`).join(' '))).toEqual(names.slice(0, 256));
    expect(valuesIn(`$$ ${names.map((name) => `$(${name})`).join(' ')}`)).toEqual(names.slice(0, 256));
  });
});
