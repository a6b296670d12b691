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
    ['$(OPEN)$(x$(ENGINE)', 'dockerd$(x$(ENGINE)'],
    ['$((x)$(a b)', 'dockerdcontainerd'],
    ['docker$(EMPTY)d', 'dockerd'],
    ['docker$(UNSET)d docker$(NULL)d', 'dockerd dockerd'],
    ['$(ELSEWHERE)$(MAYBE)', '$(ELSEWHERE)$(MAYBE)'],
    ['$(ENGINE) $(', 'dockerd $('],
    ['$(VERBATIM)', '$$(ENGINE)'],
  ] as const)('%s becomes %s', ([word, expanded]) => {
    const { expand } = expander([
      ...variables({ LATER: '$(EARLIER)', EARLIER: 'x', ENGINE: 'dockerd', EMPTY: '', BOTH: '/bin/$(ENGINE)' }),
      ...variables({ OPEN: 'dockerd', '(x': 'dockerd', 'a b': 'containerd' }),
      // An empty value is left out on the way through the API server.
      { name: 'UNSET' },
      { name: 'NULL', value: null, valueFrom: null },
      { name: 'ELSEWHERE', valueFrom: { fieldRef: {} } },
      { name: 'MAYBE', value: '', valueFrom: { secretKeyRef: {} } },
      { name: 'VERBATIM', value: '$$(ENGINE)', isVerbatim: true },
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

  test('of a variable that may turn out not to be there is what an earlier one of its name says', () => {
    const { expand } = expander([
      { name: 'A', value: 'dockerd' },
      { name: 'A', valueFrom: { configMapKeyRef: { optional: true } } },
    ]);
    expect(expand('$(A)')).toBe('dockerd');
  });

  test('of any length is expanded', () => {
    const { expand, hasGivenUp } = expander(variables({ A: 'x'.repeat(100_000) }));
    expect(expand(`$(A)${'y'.repeat(100_000)}`)).toBe(`${'x'.repeat(100_000)}${'y'.repeat(100_000)}`);
    expect(hasGivenUp()).toBe(false);
  });

  test('is followed through 64 variables that refer to each other, and given up behind them', () => {
    const chain = (length: number) =>
      expander(
        Array.from({ length }, (_, index) => ({ name: `V${index}`, value: index === 0 ? 'end' : `$(V${index - 1})` })),
      );
    const [followed, tooDeep] = [chain(65), chain(66)];
    expect([followed.expand('$(V64)'), followed.hasGivenUp()]).toEqual(['end', false]);
    expect([tooDeep.expand('$(V65)'), tooDeep.hasGivenUp()]).toEqual(['$(V0)', true]);
  });
});

describe('the work on one container is bounded', () => {
  test('by the characters that are made, beyond those of the pod', () => {
    const { expand, hasGivenUp } = expander(variables({ A: 'x'.repeat(1000), B: 'engine' }));
    const results = Array.from({ length: 17 }, () => expand('$(A)'));
    // The first costs nothing, and each of the others 1,000 of 16,384 characters.
    expect([results.filter(({ length }) => length === 1000).length, hasGivenUp()]).toEqual([17, false]);
    expect([expand('$(A)'), hasGivenUp()]).toEqual(['$(A)', true]);
  });

  test('by what variables stand for that stand for others', () => {
    const { expand, hasGivenUp } = expander(
      variables({ A: 'x'.repeat(4_000), B: '$(A)$(A)', C: '$(B)$(B)', D: '$(C)$(C)' }),
    );
    expect([expand('$(B)').length, hasGivenUp()]).toEqual([8_000, false]);
    expect([expand('$(D)'), hasGivenUp()]).toEqual(['$(D)', true]);
  });

  test('by a text that is handed on from variable to variable', () => {
    const chain = variables({ A: 'x'.repeat(6_000), B: '$(A)', C: '$(B)', D: '$(C)' });
    const [followed, tooDear] = [expander(chain), expander(chain)];
    expect([followed.expand('$(C)').length, followed.hasGivenUp()]).toEqual([6_000, false]);
    expect([tooDear.expand('$(D)'), tooDear.hasGivenUp()]).toEqual(['$(D)', true]);
  });

  test('and may be spent to the last character', () => {
    const { expand, hasGivenUp } = expander(variables({ A: 'x'.repeat(16_384), B: 'b' }));
    expand('$(A)');
    expect(expand('$(A)').length).toBe(16_384);
    expect([expand('$(B)'), hasGivenUp()]).toEqual(['b', false]);
    expect([expand('$(B)'), hasGivenUp()]).toEqual(['$(B)', true]);
  });

  test('by the variables of one name that are passed over', () => {
    const before = Array.from({ length: 17_000 }, () => ({ name: 'A', value: 'a' }));
    const many = expander([{ name: 'A', value: 'first' }, { name: 'B', value: '$(A)' }, ...before]);
    expect([many.expand('$(B)'), many.hasGivenUp()]).toEqual(['$(B)', true]);
    const few = expander([{ name: 'A', value: 'first' }, { name: 'B', value: '$(A)' }, ...before.slice(0, 16_000)]);
    expect([few.expand('$(B)'), few.hasGivenUp()]).toEqual(['first', false]);
  });
});
