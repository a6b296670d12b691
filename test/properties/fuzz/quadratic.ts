/** Work that grows with the square of its input, each in another way, for the test of the meter. */
export const quadratic: Readonly<Record<string, (size: number) => unknown>> = {
  'a loop in a loop': (size) => {
    let turns = 0;
    for (let outer = 0; outer < size; outer++) for (let inner = 0; inner < outer; inner++) turns++;
    return turns;
  },
  'a copy in a loop': (size) => {
    let list: readonly number[] = [];
    for (let index = 0; index < size; index++) list = [...list, index];
    return list;
  },
  'a search in a loop': (size) => {
    const list: number[] = [];
    for (let index = 0; index < size; index++) if (!list.includes(index)) list.push(index);
    return list;
  },
  'a search of a text in a loop': (size) => {
    const text = 'a'.repeat(size);
    let found = 0;
    for (let index = 0; index < size; index++) found += text.indexOf('b', index);
    return found;
  },
};

/** Searches that go over a text again and again. */
export const backtracking: readonly (readonly [RegExp, string])[] = [
  [/ +$/, `${' '.repeat(2000)}x`],
  [/(?:a|b|ab)*c/, 'ab'.repeat(12)],
  [/^(?:a+)+$/, `${'a'.repeat(18)}!`],
  [/[a-z]+@/, 'a'.repeat(2000)],
];

/** The same with work in proportion to the input. */
export const linear: Readonly<Record<string, (size: number) => unknown>> = {
  loops: (size) => {
    let turns = 0;
    for (let index = 0; index < size; index++) turns++;
    return turns;
  },
  'built-ins': (size) =>
    'a b '
      .repeat(size)
      .split(/\s+/)
      .filter((word) => word.startsWith('a'))
      .map((word) => word.length),
  'a global expression': (size) => 'a b $(X)'.repeat(size).replace(/\$\$|\$\(([^()]*)\)/g, 'x'),
};
