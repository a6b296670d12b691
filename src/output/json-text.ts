/** What a terminal may obey or hide, and the start of `##[…]` and `##vso[…]`, which CI systems obey in a job log. */
const unsafe = /[\u007f-\u009f\p{Cf}\p{Zl}\p{Zp}]|(?<=#)#/gu;

/**
 * A value as one line of JSON that is safe to print: every character is kept, but those that a terminal or a CI system
 * may obey are written as escapes, and half a surrogate pair becomes U+FFFD (RFC 7493 §2.1 forbids it).
 */
export function jsonText(value: unknown): string {
  return JSON.stringify(value, (_key, part) => (typeof part === 'string' ? part.toWellFormed() : part)).replace(
    unsafe,
    escaped,
  );
}

function escaped(characters: string): string {
  let text = '';
  for (let at = 0; at < characters.length; at += 1) {
    text += `\\u${characters.charCodeAt(at).toString(16).padStart(4, '0')}`;
  }
  return text;
}
