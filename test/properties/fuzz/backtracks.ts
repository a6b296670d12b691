import { setFlagsFromString } from 'node:v8';
import type { Scan } from './built-ins.ts';

type Limited = (source: string, flags: string, limit: number) => RegExp;

setFlagsFromString('--allow-natives-syntax');
/** V8's own counter: an expression that gives up, and matches nothing, once it has gone back that many times. */
const limited = new Function(
  'source',
  'flags',
  'limit',
  'return %NewRegExpWithBacktrackLimit(source, flags, limit)',
) as Limited;
// It is compiled by its first call, for which the syntax must still be known.
limited('', '', 1);
setFlagsFromString('--no-allow-natives-syntax');

/** Steps back for each character that a search went over; a linear expression takes one or two. */
const perCharacter = 16;
const slack = 256;

/**
 * Whether a search went back and forth no more than a few times for each character that it went over: V8 repeats it
 * with a limit, on an expression that otherwise matches everywhere, so that no match can only mean the limit.
 */
export function isLinear({ pattern, text, from, to }: Scan): boolean {
  const flags = [...pattern.flags].filter((flag) => flag !== 'g' && flag !== 'y' && flag !== 'd').join('');
  // A search tries one place after the other, a sticky expression only the first.
  const search = pattern.sticky ? '' : countable('[^]*?');
  // The limits are few, so that expressions are compiled once and not for each text.
  const limit = 1 << Math.ceil(Math.log2(perCharacter * (to - from) + slack));
  const twin = twinOf(`(?:${search}(?:${countable(pattern.source)}))|`, `${flags}y`, limit);
  twin.lastIndex = from;
  return twin.exec(text) !== null;
}

const twins = new Map<string, RegExp>();

function twinOf(source: string, flags: string, limit: number): RegExp {
  const key = `${limit} ${flags} ${source}`;
  const known = twins.get(key);
  if (known !== undefined) return known;
  const twin = limited(source, flags, limit);
  twins.set(key, twin);
  return twin;
}

/** An escape, a class, or any other character. */
const token = /\\(?:[pPu]\{[^}]*\}|x..|u....|.)|\[(?:\\.|[^\]\\])*\]|./gsu;
const quantifier = /^[*+?{]$/;

/**
 * The same expression, with each repeated atom in a group of its own. Without one V8 has a loop for it in which it
 * counts no step back, and so `\s+$`, which is quadratic, would pass for linear.
 */
function countable(source: string): string {
  const tokens = source.match(token) ?? [];
  return tokens
    .map((one, index) => {
      const isAtom = !/^[()|^$*+?{}]$/.test(one) && !isInsideBraces(tokens, index);
      return isAtom && quantifier.test(tokens[index + 1] ?? '') ? `(${one})` : one;
    })
    .join('');
}

/** Whether a token is of a quantifier such as `{1,6}`: the last brace before it is an open one. */
function isInsideBraces(tokens: readonly string[], index: number): boolean {
  for (let at = index - 1; at >= 0 && at > index - 12; at--) {
    if (tokens[at] === '}') return false;
    if (tokens[at] === '{') return true;
  }
  return false;
}
