const opening = '"managedFields":[';
/** What follows them in all that has a spec: they are the last field of the metadata (ObjectMeta in types.go). */
const usualEnd = ']},"spec":{';

const quote = 0x22;
const comma = 0x2c;
const openBracket = 0x5b;
const backslash = 0x5c;
const closeBracket = 0x5d;
const openBrace = 0x7b;

/**
 * Empties the `managedFields` of a JSON text, so that nobody parses them: they are half of a review's bytes, their keys
 * are all different, so that they are more than half of the work of JSON.parse, and nothing is judged by them.
 *
 * Whatever can be parsed can be parsed afterwards too, to the same value but for lists under that key. Only the compact
 * form that the API server writes is found, and what is no such list is left for JSON.parse.
 */
export function withoutManagedFields(text: string): string {
  let result = '';
  let kept = 0;
  let found = text.indexOf(opening);
  let bracket = -1;
  while (found >= 0) {
    const start = found + opening.length;
    if (bracket < start) bracket = text.indexOf(']', start);
    if (bracket < 0) break;
    const end = endOfField(text, found, bracket);
    if (text.charCodeAt(end) === closeBracket) {
      result += text.slice(kept, start);
      kept = end;
    }
    // What was looked at is never looked at again, whatever it turned out to be: the work is linear.
    found = text.indexOf(opening, end);
  }
  return kept === 0 ? text : result + text.slice(kept);
}

/**
 * Where the list ends whose key was found, as far as is known; the first closing bracket behind its start is given.
 *
 * With the usual end behind it, that bracket is in no string: the quote of `"spec"` would be the string's end. With no
 * bracket before it, it closes this list. Two searches find that out in a tenth of the time of looking at each character.
 */
function endOfField(text: string, found: number, bracket: number): number {
  const start = found + opening.length;
  if (!isKeyStart(text, found)) return start;
  if (!text.startsWith(usualEnd, bracket)) return endOfList(text, start);
  const other = text.indexOf('[', start);
  return other < 0 || other > bracket ? bracket : endOfList(text, start);
}

/** Behind anything else the quote may be an escaped one, in the middle of some other key. */
function isKeyStart(text: string, at: number): boolean {
  const before = text.charCodeAt(at - 1);
  return before === comma || before === openBrace;
}

/**
 * Where the bracket stands that closes a list whose first entry begins at `start`. Where another list begins first, which
 * managed fields never hold (FieldsV1 has objects only), that one's bracket; else the end of the text.
 */
function endOfList(text: string, start: number): number {
  for (let at = start; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === quote) at = endOfString(text, at + 1);
    else if (code === closeBracket || code === openBracket) return at;
  }
  return text.length;
}

/** Where the quote stands that closes a string; the end of the text when none does. */
function endOfString(text: string, start: number): number {
  for (let at = start; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === quote) return at;
    if (code === backslash) at++;
  }
  return text.length;
}
