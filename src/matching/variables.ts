/** A variable of a container; one without a literal value is unknown here. */
export interface Variable {
  readonly name?: string | null | undefined;
  readonly value?: string | null | undefined;
}

/** Linux's PATH_MAX: a longer word names no program. */
const longestProgram = 4096;
/** How far variables that refer to variables are followed. */
const deepest = 64;
/**
 * What expanding one command line may cost, in characters and look-ups. A variable of a few characters may stand for
 * thousands, and a pod may have thousands of variables; no command line of use takes a hundredth of this.
 */
const mostWork = 16_384;
/** How many variables that one text refers to are looked at. */
const mostNames = 256;

/** What is known of the variables of a container. */
export interface Expander {
  /**
   * Expands `$(NAME)` and `$$` in a word as the kubelet does (third_party/forked/golang/expansion); an unknown name stays,
   * and so does a word that could name no program.
   */
  expand(word: string): string;
  /** What each `$(NAME)` in a text stands for, where that is known. */
  valuesIn(text: string): readonly string[];
}

/** A variable with a literal value, and the one of the same name that was there before it. */
interface Literal {
  readonly index: number;
  readonly value: string;
  readonly previous: Literal | undefined;
  expanded: string | undefined;
}

const reference = /\$\$|\$\(([^()]*)\)/g;

/** Reads the variables of a container; only what a command line refers to is ever looked at. */
export function expander(variables: readonly Variable[]): Expander {
  let known: ReadonlyMap<string, Literal> | undefined;
  let left = mostWork;

  /** A variable may refer to those before it, and to no other. */
  function valueOfName(name: string, before: number, depth: number): string | undefined {
    known ??= literals(variables);
    let literal = known.get(name);
    while (literal !== undefined && literal.index >= before && left-- > 0) literal = literal.previous;
    if (literal === undefined || literal.index >= before) return undefined;
    literal.expanded ??= expanded(literal.value, literal.index, depth + 1);
    return literal.expanded;
  }

  function expanded(word: string, before: number, depth: number): string {
    if (!word.includes('$(') || word.length > longestProgram || depth > deepest) return word;
    left -= word.length;
    let length = 0;
    const text = word.replace(reference, (whole, name: string | undefined) => {
      if (length > longestProgram || left < 0) return '';
      const value = name === undefined ? '$' : (valueOfName(name, before, depth) ?? whole);
      length += value.length;
      left -= value.length;
      return value;
    });
    return length > longestProgram || left < 0 ? word : text;
  }

  return {
    expand: (word) => expanded(word, Number.POSITIVE_INFINITY, 0),
    valuesIn(text) {
      if (!text.includes('$(')) return [];
      const names = new Set<string>();
      for (const [, name] of text.matchAll(reference)) {
        if (name !== undefined) names.add(name);
        if (names.size === mostNames) break;
      }
      return [...names].flatMap((name) => valueOfName(name, Number.POSITIVE_INFINITY, 0) ?? []);
    },
  };
}

function literals(variables: readonly Variable[]): ReadonlyMap<string, Literal> {
  const known = new Map<string, Literal>();
  for (let index = 0; index < variables.length; index++) {
    const { name, value } = variables[index] ?? {};
    if (typeof name !== 'string' || typeof value !== 'string') continue;
    known.set(name, { index, value, previous: known.get(name), expanded: undefined });
  }
  return known;
}
