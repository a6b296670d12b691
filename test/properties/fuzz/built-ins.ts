/** A search by a regular expression: which, in which text, from where, and where it ended. */
export interface Scan {
  readonly pattern: RegExp;
  readonly text: string;
  readonly from: number;
  readonly to: number;
}

/** Elements and characters that built-ins walked over, by part. */
export interface Walked {
  readonly elements: ReadonlyMap<string, number>;
  readonly scans: readonly Scan[];
}

type Callable = (this: unknown, ...parameters: readonly unknown[]) => unknown;
/** What a call cost, once its result is known. */
type Cost = (self: unknown, parameters: readonly unknown[], result: unknown) => number;

const length: Cost = (self) => (self as { readonly length: number }).length;
const one: Cost = () => 1;
/** What was made may be much longer than what it was made of. */
const made: Cost = (_, __, result) => (result as string).length;

/** From where an index was looked for to where it was found, or to the end. */
const searched: Cost = (self, [, from], result) => {
  const end = typeof result === 'number' && result >= 0 ? result : (self as string).length;
  return Math.max(1, end - (typeof from === 'number' ? from : 0));
};
const searchedBackwards: Cost = (self, _, result) => (self as string).length - Math.max(0, Number(result)) || 1;
const compared: Cost = (_, [prefix]) => String(prefix).length;

const iterators = [[][Symbol.iterator](), new Map().entries(), new Set().values(), ''[Symbol.iterator]()];

/**
 * What is counted. Callbacks are counted with the blocks of whoever wrote them, so that a method costs its length even
 * where it stops early: the count is an upper bound, and a growth that is too large is looked at by a person.
 */
const counted: readonly (readonly [holder: object, cost: Cost, names: readonly string[]])[] = [
  ...iterators.map((iterator) => [Object.getPrototypeOf(iterator), one, ['next']] as const),
  [
    Array.prototype,
    length,
    [
      'map',
      'filter',
      'flatMap',
      'some',
      'every',
      'find',
      'findIndex',
      'includes',
      'indexOf',
      'join',
      'reduce',
      'slice',
    ],
  ],
  [Array.prototype, length, ['concat', 'sort', 'toSorted', 'reverse', 'toReversed', 'shift', 'unshift', 'splice']],
  [
    String.prototype,
    length,
    ['toLowerCase', 'toUpperCase', 'trim', 'trimEnd', 'trimStart', 'split', 'replaceAll', 'isWellFormed'],
  ],
  [String.prototype, length, ['toWellFormed', 'normalize', 'repeat']],
  [String.prototype, made, ['replace', 'padStart', 'padEnd']],
  [String.prototype, searched, ['indexOf', 'includes']],
  [String.prototype, searchedBackwards, ['lastIndexOf']],
  [String.prototype, compared, ['startsWith', 'endsWith']],
  [String.prototype, one, ['charCodeAt', 'codePointAt', 'charAt', 'at']],
  [Object, (_, [value]) => Object.getOwnPropertyNames(value ?? {}).length, ['keys', 'values', 'entries']],
  [JSON, (_, __, result) => String(result ?? '').length, ['stringify']],
];

/** Runs functions with built-ins that count, and puts the built-ins back whatever becomes of them. */
export function countBuiltIns(parts: Readonly<Record<string, () => unknown>>): Walked {
  const scans: Scan[] = [];
  const elements = new Map<string, number>();
  const named = Object.entries(parts);
  const restore: (() => void)[] = [];
  let steps = 0;
  const add = (more: number): void => {
    steps += more;
  };
  const scan: Cost = (self, [text], result) => {
    const found = scanOf(self as RegExp, String(text), result as RegExpExecArray | null);
    scans.push(found);
    return found.to - found.from;
  };
  try {
    for (const [holder, cost, names] of counted) {
      for (const name of names) restore.push(replaced(holder, name, cost, add));
    }
    restore.push(replaced(RegExp.prototype, 'exec', scan, add));
    // By index, so that this loop itself walks over nothing.
    for (let index = 0; index < named.length; index++) {
      const [name = '', run] = named[index] as [string, () => unknown];
      steps = 0;
      run();
      elements.set(name, steps);
    }
  } finally {
    for (const undo of restore) undo();
  }
  return { elements, scans };
}

/**
 * Where a search began and ended. The call itself has moved `lastIndex`, so that the beginning is remembered before it.
 * A sticky expression that fails has looked at one place only.
 */
function scanOf(pattern: RegExp, text: string, match: RegExpExecArray | null): Scan {
  const from = Math.min(starts.get(pattern) ?? 0, text.length);
  const missed = pattern.sticky ? Math.min(from + 1, text.length) : text.length;
  return { pattern, text, from, to: match === null ? missed : match.index + match[0].length };
}

const starts = new WeakMap<RegExp, number>();

function replaced(holder: object, name: string, cost: Cost, add: (steps: number) => void): () => void {
  const descriptor = Object.getOwnPropertyDescriptor(holder, name);
  if (descriptor === undefined) throw new Error(`There is no built-in ${name}.`);
  const original = descriptor.value as Callable;
  function counting(this: unknown, ...parameters: unknown[]): unknown {
    if (this instanceof RegExp) starts.set(this, this.global || this.sticky ? this.lastIndex : 0);
    const result: unknown = Reflect.apply(original, this, parameters);
    add(cost(this, parameters, result));
    return result;
  }
  Object.defineProperty(holder, name, { ...descriptor, value: counting });
  return () => Object.defineProperty(holder, name, descriptor);
}
