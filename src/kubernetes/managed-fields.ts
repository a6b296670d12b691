const opening = '"managedFields":[';

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
  while (found >= 0) {
    const start = found + opening.length;
    const end = isKeyStart(text, found) ? endOfList(text, start) : start;
    if (text.charCodeAt(end) === closeBracket) {
      result += text.slice(kept, start);
      kept = end;
    }
    // What was looked at is never looked at again, whatever it turned out to be: the work is linear.
    found = text.indexOf(opening, end);
  }
  return kept === 0 ? text : result + text.slice(kept);
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
