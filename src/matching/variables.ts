/** A variable of a container; one that comes from elsewhere is unknown here. */
export interface Variable {
  readonly name?: string | null | undefined;
  /** Left out when it is empty. */
  readonly value?: string | null | undefined;
  readonly valueFrom?: object | null | undefined;
  /** What stands in its value is not expanded. */
  readonly isVerbatim?: true;
}

/** How far variables that refer to variables are followed. */
const deepest = 64;
/**
 * What expanding the words of one command line may cost, in characters and look-ups, beyond what is in the pod: a variable
 * of a few characters may stand for thousands, and again in each word. No command line of use takes a hundredth of this.
 */
const mostWork = 16_384;

/** What is known of the variables of a container. */
export interface Expander {
  /**
   * Expands `$(NAME)` and `$$` in a word as the kubelet does (third_party/forked/golang/expansion). An unknown name stays,
   * and so does a word that costs too much.
   */
  expand(word: string): string;
  /** Whether a word has stayed because it costs too much. */
  hasGivenUp(): boolean;
}

/** A variable with a literal value, and the one of the same name that was there before it. */
interface Literal {
  readonly index: number;
  readonly value: string;
  readonly previous: Literal | undefined;
  expanded: string | undefined;
  isUsed: boolean;
}

/** A name goes to the next `)`, whatever is in it: since Kubernetes 1.34 it may be anything but `=`. */
const reference = /\$\$|\$\(([^)]*)\)/g;

/** Reads the variables of a container; only what a command line refers to is ever looked at. */
export function expander(variables: readonly Variable[]): Expander {
  let known: ReadonlyMap<string, Literal> | undefined;
  let left = mostWork;
  let hasGivenUp = false;

  /** A variable may refer to those before it, and to no other. */
  function valueOfName(name: string, before: number, depth: number): string | undefined {
    known ??= literals(variables);
    let literal = known.get(name);
    while (literal !== undefined && literal.index >= before && left-- > 0) literal = literal.previous;
    if (literal === undefined || literal.index >= before) return undefined;
    literal.expanded ??= expanded(literal.value, literal.index, depth + 1);
    // What is written in the pod costs something when it is repeated.
    left -= literal.isUsed ? literal.expanded.length : Math.max(0, literal.expanded.length - literal.value.length);
    literal.isUsed = true;
    return literal.expanded;
  }

  function expanded(word: string, before: number, depth: number): string {
    if (!word.includes('$(')) return word;
    // Behind the last `)` no reference ends.
    const end = word.lastIndexOf(')') + 1;
    const isTooDeep = depth > deepest;
    const text = isTooDeep
      ? word
      : word.slice(0, end).replace(reference, (whole, name: string | undefined) => {
          if (left < 0) return '';
          return name === undefined ? '$' : (valueOfName(name, before, depth) ?? whole);
        });
    if (isTooDeep || left < 0) {
      hasGivenUp = true;
      return word;
    }
    return text + word.slice(end);
  }

  return {
    expand: (word) => expanded(word, Number.POSITIVE_INFINITY, 0),
    hasGivenUp: () => hasGivenUp,
  };
}

function literals(variables: readonly Variable[]): ReadonlyMap<string, Literal> {
  const known = new Map<string, Literal>();
  for (let index = 0; index < variables.length; index++) {
    const { name, value, valueFrom, isVerbatim } = variables[index] ?? {};
    // One that may turn out not to be there leaves the one before it in force.
    if (typeof name !== 'string' || (!value && valueFrom != null)) continue;
    const text = typeof value === 'string' ? value : '';
    const previous = known.get(name);
    known.set(name, { index, value: text, previous, expanded: isVerbatim ? text : undefined, isUsed: false });
  }
  return known;
}
